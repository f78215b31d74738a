"""uicc.py: a UICC with a USIM and an ISIM that have GBA, for the tests.

It is made from TS 102 221, TS 31.102, TS 31.103, TS 33.102, TS 33.220, TS
35.206 and FIPS 197 alone and shares nothing with lib/, so that it is a second
opinion.  It runs as

    uicc.py vpcd PORT CARD       in the reader of vsmartcard-vpcd
    uicc.py modem CARD [MANNER]  behind a modem: it prints the device's name;
                                 MANNER csim has no AT+CCHO and AT+CGLA

CARD is a JSON file: k, opc, imsi, impi, pin (or null), tries, seq, and what the
card keeps of GBA; it is written again after each command that changes it.  With a
member `atr', that of T=1, it speaks T=1.  Its member `faults' maps the hex that a command begins with to the answer that it
gets instead.  Each command and answer is appended to CARD.log.
"""
import hashlib
import hmac
import json
import os
import re
import socket
import struct
import sys
import termios
import tty

# ---- AES-128, one block (FIPS 197) ----


def _sbox():
    exp, log, x = [0] * 255, [0] * 256, 1
    for i in range(255):
        exp[i], log[x] = x, i
        x ^= (x << 1) ^ (0x11b if x & 0x80 else 0)
    box = []
    for v in range(256):
        v = 0 if v == 0 else exp[(255 - log[v]) % 255]
        r = 0
        for i in range(5):
            r ^= (v << i | v >> (8 - i)) & 0xff if i else v
        box.append(r ^ 0x63)
    return box


SBOX = _sbox()


def double(a):
    return (a << 1) ^ (0x11b if a & 0x80 else 0)


def aes(key, block):
    w = [list(key[i:i + 4]) for i in range(0, 16, 4)]
    rcon = 1
    for i in range(4, 44):
        t = list(w[i - 1])
        if i % 4 == 0:
            t = [SBOX[v] for v in t[1:] + t[:1]]
            t[0] ^= rcon
            rcon = double(rcon)
        w.append([a ^ b for a, b in zip(w[i - 4], t)])
    keys = [sum(w[4 * r:4 * r + 4], []) for r in range(11)]
    s = [a ^ b for a, b in zip(block, keys[0])]
    for r in range(1, 11):
        s = [SBOX[v] for v in s]
        s = [s[(i + 4 * (i % 4)) % 16] for i in range(16)]
        if r < 10:
            m = []
            for c in range(0, 16, 4):
                a = s[c:c + 4]
                every = a[0] ^ a[1] ^ a[2] ^ a[3]
                m += [a[i] ^ every ^ double(a[i] ^ a[(i + 1) % 4])
                      for i in range(4)]
            s = m
        s = [a ^ b for a, b in zip(s, keys[r])]
    return bytes(s)


# ---- MILENAGE (TS 35.206) and AKA (TS 33.102) ----


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


class Milenage:
    def __init__(self, k, opc, rand):
        self.k, self.opc = k, opc
        self.temp = aes(k, xor(rand, opc))

    def out(self, rotation, constant):
        v = xor(self.temp, self.opc)
        v = v[rotation:] + v[:rotation]
        v = v[:15] + bytes([v[15] ^ constant])
        return xor(aes(self.k, v), self.opc)

    def f1(self, sqn, amf):
        """MAC-A and MAC-S."""
        v = xor((sqn + amf) * 2, self.opc)
        v = v[8:] + v[:8]
        v = xor(aes(self.k, xor(self.temp, v)), self.opc)
        return v[:8], v[8:]

    def f2(self):
        return self.out(0, 1)[8:]

    def f3(self):
        return self.out(4, 2)

    def f4(self):
        return self.out(8, 4)

    def f5(self):
        return self.out(0, 1)[:6]

    def f5star(self):
        return self.out(12, 8)[:6]


def derive(ks, usage, rand, impi, naf_id):
    """TS 33.220 Annex B.3."""
    s = b"\1"
    for p in usage, rand, impi, naf_id:
        s += p + struct.pack(">H", len(p))
    return hmac.new(ks, s, hashlib.sha256).digest()


# ---- the card ----

USIM = bytes.fromhex("a0000000871002ff49ff0589")
ISIM = bytes.fromhex("a0000000871004ff49ff0589")


class Refused(Exception):
    pass


def refuse(sw):
    raise Refused(sw)


class Card:
    def __init__(self, name):
        self.name = name
        with open(name) as f:
            self.d = json.load(f)
        self.reset()

    def reset(self):
        self.channels = {0: [None, None]}
        self.verified = self.d["pin"] is None
        self.rest = b""

    def save(self):
        with open(self.name + ".new", "w") as f:
            json.dump(self.d, f)
        os.rename(self.name + ".new", self.name)

    def hex(self, name):
        return bytes.fromhex(self.d[name])

    def file(self, adf, fid):
        """Name of a file in the card's JSON, or its octets."""
        if adf == USIM:
            imsi = self.d["imsi"]
            digits = "%x" % (9 if len(imsi) % 2 else 1) + imsi
            digits += "f" * (len(digits) % 2)
            swapped = re.sub("(.)(.)", r"\2\1", digits)
            return {0x6f07: bytes([len(swapped) // 2]) +
                    bytes.fromhex(swapped).ljust(8, b"\xff"),
                    0x6fad: bytes([0, 0, 0, self.d.get("mnc", 2)]),
                    0x6fd6: "gbabp"}.get(fid)
        if adf == ISIM:
            impi = self.d["impi"].encode()
            return {0x6f02: b"\x80" + bytes([len(impi)]) + impi,
                    0x6fd5: "gbabp"}.get(fid)
        return None

    def octets(self, file):
        return self.hex(file) if isinstance(file, str) else file

    def command(self, a):
        """The answer to a TPDU of T=0: octets and SW1 SW2."""
        for begin, answer in self.d.get("faults", {}).items():
            if a.hex().startswith(begin):
                return bytes.fromhex(answer)
        t1 = "atr" in self.d
        if t1 and len(a) == 4:
            a += b"\0"
        elif t1 and len(a) > 5 and len(a) == 6 + a[4]:
            a = a[:-1]
        elif t1 and a[1] in (0x88, 0xa4):
            return b"\x67\0"       # Le is wanted
        try:
            v = self.perform(a)
            if len(a) > 5 and v and not t1:
                self.rest = v
                return bytes([0x61, len(v) & 0xff])
            return v + b"\x90\0"
        except Refused as e:
            return bytes.fromhex(str(e))

    def perform(self, a):
        if len(a) < 5:
            refuse("6700")
        ins, p1, p2, p3, data = a[1], a[2], a[3], a[4], a[5:]
        if a[0] & 0xfc or a[0] & 3 not in self.channels:
            refuse("6e00")
        if data and len(data) != p3:
            refuse("6700")
        state = self.channels[a[0] & 3]
        if ins == 0xc0:
            v, self.rest = self.rest[:p3 or 256], self.rest[p3 or 256:]
            return v
        self.rest = b""
        if ins == 0x70:
            return self.manage_channel(p1, p2)
        if ins == 0xa4:
            return self.select(state, p1, data)
        if ins == 0x20:
            return self.verify(p2, data)
        if state[0] is None:
            refuse("6985")
        if ins == 0x88:
            return self.authenticate(state[0], p2, data)
        if ins in (0xb0, 0xd6):
            return self.binary(state, ins, p1 << 8 | p2, p3, data)
        refuse("6d00")

    def manage_channel(self, p1, p2):
        if p1 == 0x80:
            if self.channels.pop(p2, None) is None or p2 == 0:
                refuse("6a86")
            return b""
        free = [n for n in (1, 2, 3) if n not in self.channels]
        if not free:
            refuse("6a81")
        self.channels[free[0]] = [None, None]
        return bytes(free[:1])

    def select(self, state, p1, data):
        if p1 == 4:
            for aid in ISIM, USIM:
                if aid.startswith(data) and (aid == USIM or self.d["impi"]):
                    state[:] = [aid, None]
                    return b"\x62\x0e\x84\x0c" + aid
            refuse("6a82")
        file = self.file(state[0], int.from_bytes(data, "big"))
        if file is None:
            refuse("6a82")
        state[1] = file
        size = struct.pack(">H", len(self.octets(file)))
        return b"\x62\x0c\x82\x02\x41\x21\x83\x02" + data + b"\x80\x02" + size

    def verify(self, p2, data):
        if p2 != 1:
            refuse("6a88")
        if not data:
            if self.verified:
                return b""
            refuse("63c%x" % self.d["tries"])
        if self.d["tries"] == 0:
            refuse("6983")
        if data == self.d["pin"].encode().ljust(8, b"\xff"):
            self.d["tries"] = 3
            self.verified = True
        else:
            self.d["tries"] -= 1
            self.verified = False
        self.save()
        if not self.verified:
            refuse("63c%x" % self.d["tries"])
        return b""

    def binary(self, state, ins, offset, p3, data):
        if state[1] is None:
            refuse("6986")
        if not self.verified:
            refuse("6982")
        v = self.octets(state[1])
        if ins == 0xb0:
            if offset + (p3 or 256) > len(v):
                return refuse("6c%02x" % (len(v) - offset))
            return v[offset:offset + (p3 or 256)]
        if not isinstance(state[1], str):
            refuse("6982")
        if offset + len(data) > len(v):
            refuse("6700")
        v = v[:offset] + data + v[offset + len(data):]
        self.d[state[1]] = v.hex()
        self.save()
        return b""

    def authenticate(self, adf, context, data):
        if not self.verified:
            refuse("6982")
        if context == 0x81:
            return self.aka(data, False)
        if context != 0x84 or not self.d.get("gba", True):
            refuse("9864")
        if data[:1] == b"\xdd":
            return self.aka(data[1:], True)
        if data[:1] == b"\xde":
            return self.naf_key(data[1:])
        refuse("6a80")

    def aka(self, data, gba):
        if len(data) != 34 or data[0] != 16 or data[17] != 16:
            refuse("6700")
        rand, autn = data[1:17], data[18:]
        m = Milenage(self.hex("k"), self.hex("opc"), rand)
        sqn, amf, mac = xor(autn[:6], m.f5()), autn[6:8], autn[8:]
        expected = m.f1(sqn, amf)[0]
        if gba:         # MAC* = MAC xor Trunc(SHA-1(IK))
            expected = xor(expected, hashlib.sha1(m.f4()).digest()[:8])
        if mac != expected:
            refuse("9862")
        n = int.from_bytes(sqn, "big")
        seq, ind = n >> 5, n & 31
        highest = max(self.d["seq"])
        if seq <= self.d["seq"][ind] or seq - highest > 1 << 28:
            ms = highest << 5 | self.d["seq"].index(highest)
            ms = ms.to_bytes(6, "big")
            return b"\xdc\x0e" + xor(ms, m.f5star()) + \
                m.f1(ms, b"\0\0")[1]
        self.d["seq"][ind] = seq
        ck, ik, res = m.f3(), m.f4(), m.f2()
        if gba:
            self.d["ks"], self.d["rand"] = (ck + ik).hex(), rand.hex()
            old = self.hex("gbabp")
            self.d["gbabp"] = (b"\x10" + rand + b"\0\0").ljust(
                len(old), b"\xff")[:len(old)].hex()
        self.save()
        if gba:
            return b"\xdb" + bytes([len(res)]) + res
        return b"\xdb\x08" + res + b"\x10" + ck + b"\x10" + ik

    def naf_key(self, data):
        n = data[0]
        naf_id, impi = data[1:1 + n], data[2 + n:]
        if len(impi) != data[1 + n]:
            refuse("6700")
        if not self.d.get("ks"):
            refuse("6985")
        ks, rand = self.hex("ks"), self.hex("rand")
        inside = derive(ks, b"gba-u", rand, impi, naf_id)
        self.d["ks_int_naf"] = inside.hex()
        self.save()
        return b"\xdb\x20" + derive(ks, b"gba-me", rand, impi, naf_id)


def logged(card, a):
    v = card.command(a)
    with open(card.name + ".log", "a") as f:
        f.write("%s %s\n" % (a.hex(), v.hex()))
    return v


# ---- how it is reached ----


def vpcd(port, card):
    s = socket.create_connection(("127.0.0.1", port))

    def receive(n):
        v = b""
        while len(v) < n:
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)
            more = s.recv(n - len(v))
            if not more:
                sys.exit(0)
            v += more
        return v

    while True:
        a = receive(struct.unpack(">H", receive(2))[0])
        if len(a) > 1:
            v = logged(card, a)
        elif a == b"\4":
            v = bytes.fromhex(card.d.get("atr", "3b00"))
        else:
            card.reset()
            continue
        s.sendall(struct.pack(">H", len(v)) + v)


class Modem:
    def __init__(self, card, manner):
        self.card, self.manner = card, manner
        self.sessions = {}

    def say(self, text):
        os.write(self.fd, b"\r\n" + text.encode() + b"\r\n")

    def answer(self, line):
        """The information lines for a command, or None for ERROR."""
        m = re.fullmatch(r'AT\+CSIM=(\d+),"?([0-9A-Fa-f]*)"?', line)
        if m and int(m[1]) == len(m[2]):
            v = logged(self.card, bytes.fromhex(m[2])).hex().upper()
            return ['+CSIM: %d,"%s"' % (len(v), v)]
        if line == "ATE0":
            self.echo = False
            return []
        if self.manner == "csim":
            return None
        if line in ("AT+CCHO=?", "AT+CGLA=?"):
            return []
        m = re.fullmatch(r'AT\+CCHO="([0-9a-fA-F]*)"', line)
        if m:
            n = self.card.perform(b"\0\x70\0\0\1")[0]
            v = logged(self.card, bytes([n, 0xa4, 4, 4, len(m[1]) // 2]) +
                       bytes.fromhex(m[1]))
            if v[0] != 0x61:
                self.card.perform(bytes([0, 0x70, 0x80, n, 0]))
                return None
            self.sessions[n + 100] = n
            return ["+CCHO: %d" % (n + 100)]
        m = re.fullmatch(r'AT\+CGLA=(\d+),(\d+),"?([0-9A-Fa-f]*)"?', line)
        if m and int(m[1]) in self.sessions and int(m[2]) == len(m[3]):
            a = bytes.fromhex(m[3])
            a = bytes([a[0] | self.sessions[int(m[1])]]) + a[1:]
            v = logged(self.card, a).hex().upper()
            return ['+CGLA: %d,%s' % (len(v), v)]
        m = re.fullmatch(r"AT\+CCHC=(\d+)", line)
        if m and int(m[1]) in self.sessions:
            n = self.sessions.pop(int(m[1]))
            self.card.perform(bytes([0, 0x70, 0x80, n, 0]))
            return []
        return None

    def run(self):
        self.fd, other = os.openpty()
        tty.setraw(other)
        self.echo = True
        print(os.ttyname(other), flush=True)
        line = b""
        while True:
            c = os.read(self.fd, 1)
            if c != b"\r":
                line += c
                continue
            text, line = line.decode(), b""
            if self.echo:
                os.write(self.fd, text.encode() + b"\r")
            if self.manner == "silent" and text != "ATE0":
                continue
            if self.manner == "garbage" and text != "ATE0":
                os.write(self.fd, b"\0\xff+CSIM: 9" * 300 + b"\r\nOK\r\n")
                continue
            self.say("+CREG: 1")
            lines = self.answer(text)
            for each in lines or []:
                self.say(each)
            self.say("+CME ERROR: 3" if lines is None else "OK")


if __name__ == "__main__":
    if sys.argv[1] == "vpcd":
        vpcd(int(sys.argv[2]), Card(sys.argv[3]))
    else:
        Modem(Card(sys.argv[2]), (sys.argv + [""])[3]).run()
