"""
hlr.py MODE: an HLR that speaks GSUP, and lies.  The port at which it listens at
127.0.0.1 is the first line of its stdout; then each client is a line `client
NAME', each request `ask IMSI [AUTS]'.  RANDs of its vectors are 1, 2, 3 ... in
each mode but `same'; the others are at the end.
"""
import os, random, socket, struct, sys

PING = bytes([0, 1, 0xfe, 0])
count = 0


def say(*words):
    print(*words, flush=True)


def frame(protocol, body):
    return struct.pack(">HB", len(body), protocol) + body


def element(tag, v):
    return bytes([tag, len(v)]) + v


def bcd(digits):
    digits += "f" * (len(digits) % 2)
    return bytes(int(digits[i + 1] + digits[i], 16)
                 for i in range(0, len(digits), 2))


def rand(n):
    return n.to_bytes(16, "big")


def tuple_of(n, rand_len=16):
    r = rand(n)
    return element(3, element(0x20, r[:rand_len]) + element(0x23, b"i" * 16) +
                   element(0x24, b"c" * 16) + element(0x25, r) +
                   element(0x27, b"r" * 8))


def answer(imsi, session, body, type=10):
    if session is not None:
        body += element(0x30, session) + element(0x31, b"\x03")
    return frame(0xee, bytes([5, type]) + element(1, bcd(imsi)) + body)


def vector(imsi, session, **more):
    global count
    count += 1
    return answer(imsi, session, tuple_of(count, **more))


class Client:
    def __init__(self, s, number):
        self.s, self.number, self.buffer, self.asked = s, number, b"", []

    def octets(self, n):
        while len(self.buffer) < n:
            more = self.s.recv(65536)
            if not more:
                raise EOFError
            self.buffer += more
        v, self.buffer = self.buffer[:n], self.buffer[n:]
        return v

    def frame(self):
        n, protocol = struct.unpack(">HB", self.octets(3))
        return protocol, self.octets(n)

    def send(self, v):
        self.s.sendall(v)

    def request(self):
        """IMSI and session of the next"""
        protocol, v = self.frame()
        if protocol == 0xfe:
            if v[0] == 5:
                say("client", v[v.rindex(b"\0", 0, -1) + 1:-1].decode())
            return self.request()
        at, found = 2, {}
        while at < len(v):
            found[v[at]] = v[at + 2:at + 2 + v[at + 1]]
            at += 2 + v[at + 1]
        imsi = "".join("%x%x" % (b & 15, b >> 4) for b in found[1])
        imsi = imsi.rstrip("f")
        say("ask", imsi, found[0x26].hex() if 0x26 in found else "")
        self.asked.append((imsi, found[0x30]))
        return self.asked[-1]


def each(act):
    def mode(c):
        while True:
            act(c, *c.request())
    return mode


lost = []		# what earlier connections were asked


def breaks(c):
    if c.number > 1:
        return good(c)
    for _ in range(3):
        c.send(vector(*c.request()))
    while len(c.asked) < 6:
        c.request()


def late(c):
    if c.number == 1:
        while len(c.asked) < 4:
            c.request()
        lost.extend(c.asked)
        return
    if c.number == 2:
        c.request()
        c.send(b"".join(vector(*old) for old in lost))
        c.octets(1 << 20)
    good(c)


def reversed_(c):
    while True:
        for _ in range(4):
            c.request()
        while c.asked:
            c.send(vector(*c.asked.pop()))


def garbage(c):
    c.send(random.Random(7).randbytes(4000))
    c.s.recv(1)


def endless(c):
    c.send(frame(0xfe, b"\4"))
    while True:
        c.send(PING * 1000)


def twice(c, imsi, session):
    v = vector(imsi, session)
    c.send(v + v)


good = each(lambda c, imsi, session: c.send(vector(imsi, session)))
MODES = {
    "good": good,
    "break": breaks,		# after three answers, once
    "late": late,		# answers come in the next connection
    "reverse": reversed_,	# four by four
    "garbage": garbage,
    "endless": endless,		# pings, no answers
    "mute": lambda c: c.s.recv(1),
    "twice": each(twice),
    "other": each(lambda c, imsi, session:
                  c.send(vector("999990000000000", session))),
    "short": each(lambda c, imsi, session:
                  c.send(vector(imsi, session, rand_len=15))),
    "same": each(lambda c, imsi, session:
                 c.send(answer(imsi, session, tuple_of(1)))),
    "old": each(lambda c, imsi, session: c.send(vector(imsi, None))),
    "pair": each(lambda c, imsi, session:
                 c.send(answer(imsi, session, tuple_of(int(imsi[-4:])) +
                               tuple_of(9999)))),
    "slow": each(lambda c, imsi, session:
                 [c.send(bytes([b])) for b in PING + vector(imsi, session)]),
    "cause": each(lambda c, imsi, session:
                  c.send(answer(imsi, session,
                                element(2, bytes([int(imsi[-3:])])), 9))),
}

mode = MODES[sys.argv[1]]
listener = socket.create_server(("127.0.0.1", 0))
say(listener.getsockname()[1])
number = 0
while True:
    s, _ = listener.accept()
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    number += 1
    try:
        client = Client(s, number)
        if mode not in (garbage, MODES["mute"]):
            client.send(frame(0xfe, bytes.fromhex(
                "0401080107010201030104010501010100")))
        mode(client)
    except (EOFError, OSError):
        pass
    s.close()
