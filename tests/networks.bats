# networks.bats: short messages as SMSCs, modems and tools make them: odd ones
# that hold a genuine GPI, and others, which may not cost one.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
}

teardown() {
	[ -z "${smsc:-}" ] || kill "$smsc" 2>/dev/null || true
}

# gpis N: ./gpis, one after the other, for the card
gpis() {
	elements
	for ((i = 0; i < $1; i++)); do
		request
	done | gen | gpi-sign | gpi-push --to - >gpis
}

# what makes TPDUs and PDUs; G has the GPIs
MAKE='
import cbor2
def split(b):
    f = io.BytesIO(b); d = cbor2.CBORDecoder(f); all = []
    while f.tell() < len(b):
        at = f.tell(); d.decode(); all.append(b[at:f.tell()])
    return all
G = split(open("gpis", "rb").read())
PORTS = h("05043f5f3f5f")
def ud(g, *elements):
    udh = b"".join(elements)
    return bytes([len(udh)]) + udh + g
def tpdu(ud, first=0x44, oa="0c91947100000010", pid=0x30, dcs=4,
         scts="62101021430500", udl=None, behind=b""):
    return bytes([first]) + h(oa) + bytes([pid, dcs]) + h(scts) + bytes(
        [len(ud) if udl is None else udl]) + ud + behind
def pdu(id, seq, body=b"", status=0, length=None):
    return b"".join(x.to_bytes(4, "big") for x in (16 + len(body) if length is
        None else length, id, status, seq)) + body
def sm(ud, behind=b"", source=h("0101") + b"4917\0", esm=0x40, coding=4,
       dest=h("0101") + b"16223\0", n=None):
    return b"\0" + source + dest + bytes([esm, 0x30, 0, 0, 0, 0, 0, coding, 0,
        len(ud) if n is None else n]) + ud + behind
def data(esm=0x40, behind=b"", coding=4):
    return b"\0\1\1\x34\0\1\1\x35\0" + bytes([esm, 0, coding]) + behind
def tlv(tag, v): return tag.to_bytes(2, "big") + len(v).to_bytes(2, "big") + v
PORT = tlv(0x020b, h("3f5f"))
def sar(ref, total, n):
    return tlv(0x20c, ref.to_bytes(2, "big")) + tlv(0x20e, bytes([total])) + \
        tlv(0x20f, bytes([n]))
'

# odd_smsc: at 127.0.0.1:$port; to whom binds it sends ./early before the
# answer, and ./late behind it; ./heard_by_smsc has the answers
odd_smsc() {
	touch early late
	python 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen()
print(s.getsockname()[1], flush=True)
log = open("heard_by_smsc", "w", buffering=1)
while True:
    c, _ = s.accept(); b = b""
    while True:
        try: d = c.recv(65536)
        except OSError: break
        if not d: break
        b += d
        while len(b) >= 16 and len(b) >= int.from_bytes(b[:4], "big"):
            n = int.from_bytes(b[:4], "big")
            id, status, seq = (int.from_bytes(b[i:i + 4], "big") for i in (4, 8, 12))
            b = b[n:]
            log.write("%x %x %x\n" % (id, status, seq))
            if id == 1:
                late = open("late", "rb").read()
                if os.path.exists("next"): os.rename("next", "late")
                c.sendall(open("early", "rb").read() + h("0000001180000001"
                    "00000000") + seq.to_bytes(4, "big") + b"\0" + late)
            if id == 6:
                c.sendall(h("000000108000000600000000") + seq.to_bytes(4, "big"))
    log.write("closed\n")' >smsc 3>&- &
	smsc=$!
	await test -s smsc
	read -r port <smsc
}

# receives N [OPTION...]: gpi-recv accepts N GPIs there
receives() {
	try timeout 20 gpi-recv --card card --naf $NAF --now $NOW --count "$1" \
	    --timeout 15 --listen "smpp://127.0.0.1:$port" "${@:2}"
	same status "$status" 0
	same accepted "$(gpi-show -t out | value type | tally)" "$1 accepted"
}

# ---- an SMSC ----

@test "deliver_sm and data_sm that hold a GPI: each is accepted and answered" {
	gpis 17
	python "$MAKE"'
B = b"\0"
ONE = [
    # praekelt/python-smpp#7
    lambda g: sm(ud(g, PORTS), B), lambda g: sm(ud(g, PORTS), B * 3 + PORT),
    # senders: none, of 21 characters, without NUL, of no type that there is
    lambda g: sm(ud(g, PORTS), source=B * 3),
    lambda g: sm(ud(g, PORTS), source=h("0101") + b"1" * 21 + B),
    lambda g: sm(ud(g, PORTS), source=h("0101") + b"1" * 21),
    lambda g: sm(ud(g, PORTS), source=h("ffff") + h("c29b9b") + B),
    # UDHI is lost; a TLV has the port; nothing has it; text, it is said
    lambda g: sm(ud(g, PORTS), esm=0), lambda g: sm(g, PORT, esm=0),
    lambda g: sm(g, esm=0), lambda g: sm(ud(g, PORTS), coding=0),
    # what is no receipt, whatever is said
    lambda g: sm(ud(g, PORTS), esm=0x48),
    # message_payload: alone, beside a text, too long; a TLV that is cut
    lambda g: sm(b"", tlv(0x424, ud(g, PORTS))),
    lambda g: sm(b"see the payload", tlv(0x424, ud(g, PORTS))),
    lambda g: sm(b"", PORT + h("0424ffff") + g, esm=0),
    lambda g: sm(ud(g, PORTS), PORT + h("020c0002ff")),
]
for i, make in enumerate(ONE):
    out.write(pdu(5, 0x7fffffff + i, make(G[i])))
out.write(pdu(0x103, 1, data(behind=tlv(0x424, ud(G[15], PORTS)))))
for n in 2, 1:
    out.write(pdu(5, 1 + n, sm((G[16][:50], G[16][50:])[n - 1],
        PORT + sar(300, 2, n), esm=0)))' >late
	odd_smsc
	receives 17
	same answers "$(grep -E '^8000(0005|0103)' heard_by_smsc | sort | tr '\n' ' ')" \
	    "$( (for ((i = 0; i < 15; i++)); do
		printf '80000005 0 %x\n' $((0x7fffffff + i))
	    done; printf '%s\n' '80000103 0 1' '80000005 0 2' '80000005 0 3') |
	    sort | tr '\n' ' ')"
}

@test "what is not for us is answered, told once a second, and costs nothing" {
	gpis 2
	python "$MAKE"'
out.write(pdu(5, 7, sm(ud(G[0], PORTS))))' >early
	python "$MAKE"'
for i in range(100):
    out.write(pdu(5, 16 + i, sm(b"hello", esm=0, coding=0,
        source=b"\5\0" + h("c29b") + b"31mx\x9b\n" + b"\0")))
out.write(pdu(5, 0, sm(b"id:1 stat:DELIVRD", esm=4)))
out.write(pdu(5, 0xffffffff, b"\0\1\1no end"))
out.write(pdu(0x102, 1, b"\1\1a\0\1\1b\0"))	# alert_notification
out.write(pdu(0x0b, 2, b"a\0b\0"))	# outbind
out.write(pdu(0x10000, 3))	# not of SMPP
out.write(pdu(4, 4, sm(ud(G[1], PORTS))))	# submit_sm
out.write(pdu(0x15, 5))
out.write(pdu(0x80000005, 6) + pdu(0x80001234, 6))
out.write(pdu(5, 8, bytes(80000)))	# longer than any
out.write(pdu(5, 9, sm(ud(G[1], PORTS))))' >late
	odd_smsc
	receives 2
	await grep -q closed heard_by_smsc
	same answers "$(grep -v '^80000005 0 [1-7][0-9a-f]$' heard_by_smsc |
	    tr '\n' ' ')" "1 0 1 80000005 0 0 80000005 66 ffffffff $(:
	    )80000000 3 3 80000000 3 4 80000015 0 5 80000000 2 8 $(:
	    )80000005 0 7 80000005 0 9 6 0 2 closed "
	same texts "$(grep -c '^80000005 0 [1-7][0-9a-f]$' heard_by_smsc)" 100
	# of the text, of what is malformed, and bound
	same lines "$(grep -c : err)" 3
	has_line "Z: smpp://127.0.0.1:$port: from ??31mx??: port: found none, expected 16223 or 2948" err
	same others "$(LC_ALL=C grep -c '[^ -~]' err)" 0
}

@test "a length that none has ends the session; the next one has the rest" {
	gpis 2
	python "$MAKE"'
out.write(pdu(5, 7, sm(ud(G[0], PORTS))) + pdu(5, 8, length=15))' >late
	python "$MAKE"'
out.write(pdu(5, 9, sm(ud(G[1], PORTS))))' >next
	odd_smsc
	receives 2
	await grep -q '^6 ' heard_by_smsc
	same answers "$(sed '/^6 /q' heard_by_smsc | tr '\n' ' ')" \
	    "1 0 1 80000000 2 8 closed 1 0 1 80000005 0 9 6 0 2 "
	has_line "gpi-recv: warning: smpp://127.0.0.1:$port: command_length: found 15, expected 16 to 70000; trying again" err
}

# ---- a modem ----

@test "sms-pdu: what modems and tools write around and into a TPDU" {
	gpis 16
	python "$MAKE"'
SMSC = h("0791947106004034")
def x(b): return b.hex().encode()
def one(i, **k): return tpdu(ud(G[i], PORTS), **k)
out.write(b"\xef\xbb\xbf" + x(one(0)) + b"\r\n")
out.write(b"AT+CMGL=4\r\r\n+CMGL: 0,1,,%d\r\n" % len(one(1)))
out.write(x(SMSC + one(1)).upper() + b"\r\n\r\nOK\r\n")
out.write(b"\r\n+CMT: \"x\",24\r\n 00 " + one(2).hex(" ").encode() + b" \x1a\r\n")
out.write(b"^RSSI: 17\r\nRING\r\n> \r\nNO CARRIER\r\n0\r\n")
out.write(b"\"" + x(one(3, oa="0080")) + b"\"\n")	# warthog618/sms
out.write(x(one(4, oa="0dd0c8329bfd06d1d1", scts="00000000000000")) + b"\n")
out.write(x(one(5, behind=b"\xff" * 20)) + b"f\n")	# eeeeeta/huawei-modem#23
out.write(x(one(6, dcs=0xf5, pid=0x7f)) + b"\n" + x(one(7, dcs=0, udl=137)) + b"\n")
# onomondo/onomondo-uicc#158
out.write(x(tpdu(ud(G[8], PORTS, h("0003070102")))) + b"\n")
out.write(x(tpdu(ud(G[9], PORTS, h("7001ff"), h("0003070000")), first=0xe7)) + b"\n")
# a part of an older message, and then all of the newer one, as
# php8-smpp/php8-smpp#36; and then the older one
def part(i, n): return x(tpdu(ud((G[i][:50], G[i][50:])[n - 1], PORTS,
    h("000307020%d" % n)))) + b"\n"
out.write(part(10, 1) + part(11, 2) + part(11, 1) + part(10, 2))
out.write(x(tpdu(G[12], first=4)) + b"\n" + x(one(13, first=4)) + b"\n")
out.write(b"0" * 2000 + b"\n" + x(tpdu(b"hello", first=4, dcs=0)) + b"\nzz\n0601\n")
out.write(x(one(14)) + b"\r" + x(one(15)))' >lines
	try recv --listen sms-pdu:lines
		same accepted "$(gpi-show -t out | value type | tally)" '16 accepted'
	same refused "$(grep -c 'from +4917' err)" 0
	same 'what is no GPI' "$(sed -n 's/^.*: line/line/p' err)" 'line 36: found over 1023 characters, expected fewer
line 37: tp-dcs: found 00, expected 8-bit data, as 04
line 38: found no hex, expected a TPDU
line 39: tp-mti: found SMS-STATUS-REPORT or SMS-COMMAND, expected SMS-DELIVER or SMS-SUBMIT'
	# and where the SMSC address is asked for
	gpis 1
	python "$MAKE"'
print(tpdu(ud(G[0], PORTS)).hex())' >lines
	does recv --listen 'sms-pdu:lines?modem'
	same accepted "$(field type out)" accepted
}

# php8-smpp/php8-smpp#36
@test "references that come again: only a message that proves nothing is refused" {
	gpis 3
	cat >parts <<-'.'
	def part(i, n, ref=7, g=None):
	    g = g or G[i]
	    return tpdu(ud((g[:50], g[50:])[n - 1], PORTS,
	        bytes([0, 3, ref, 2, n]))).hex().encode() + b"\n"
	.
	python "$MAKE$(<parts)"'
out.write(part(0, 1) + part(1, 2) + part(1, 1))' >lines
	does recv --listen sms-pdu:lines
	same accepted "$(field type out)" accepted
	python "$MAKE$(<parts)"'
bad = G[2][:-1] + bytes([G[2][-1] ^ 1])
out.write(part(2, 1, g=bad) + part(2, 2, g=bad) + part(2, 1, 8) + part(2, 2, 8))' >lines
	try recv --listen sms-pdu:lines
	same status "$status" 1
	same accepted "$(field type out)" accepted
	same refused "$(cut -d: -f 5- err)" " sms-pdu:lines: from +491700000001: the GPI was altered, or this card (BSF bsf.example.org) is for another BSF"
}

# serialport/node-serialport#1532, newaetech/ChipSHOUTER#10: terminals echo by
# default; gammu/gammu#126 and others: modems that go
@test "sms-pdu: a modem hears no echo of itself, may have a link, and may go" {
	elements
	request | gen | gpi-sign >response
	python '
import pty, select, subprocess, termios, time
def modem():
    m, s = pty.openpty()
    if os.path.lexists("modem"):
        os.unlink("modem")
    os.symlink(os.ttyname(s), "modem")
    return m, s
def silent(m):
    return select.select([m], [], [], 0.1)[0] == []
m, s = modem()
p = subprocess.Popen(["gpi-push", "--to", "sms-pdu:modem?deliver&from=+4915",
    "response"])
same = p.wait(9) == 0
pdu = os.read(m, 2000)
os.write(m, b"OK\r\n")
print(same, silent(m))
os.close(s), os.close(m)
m, s = modem()
p = subprocess.Popen(["gpi-recv", "--card", "card", "--any-naf", "--now",
    "'$NOW'", "--listen", "sms-pdu:modem", "-j"], stdout=-1, stderr=-1)
while termios.tcgetattr(s)[3] & termios.ECHO and p.poll() is None:
    time.sleep(0.01)
os.write(m, b"+CMT: ,131\r\n" + pdu)
accepted = b"accepted" in p.stdout.readline()
print(accepted, silent(m))
os.close(s), os.close(m)
print(p.wait(9), p.stderr.read().decode(), end="")' >told
	same told "$(<told)" "True True
True True
4 gpi-recv: sms-pdu:modem: the modem is gone"
}
