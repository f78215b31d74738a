# bsf-serve-limits.bats: what the BSF's server does when it is stopped, killed,
# attacked, or without its HSS.

load helper
load bsf-serve
load hlr

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	need_bsf
}

# many_asks N PREFIX: N requests at once, each its own connection's stream; the
# answers are added to ./answers, one a line
many_asks() {
	local i body

	body=$(ask_json 'ptId="@"')
	for ((i = 0; i < $1; i++)); do
		echo "${body/@/$2$i}" >body.$i
		[ "$i" = 0 ] || echo next
		printf 'url = "%s"\nheader = "content-type: application/json"\ndata = "@body.%s"\noutput = "out.%s"\nsilent\n' \
		    "$url" $i $i
	done >config
	rm -f out.*
	curl --http2-prior-knowledge -Z --parallel-max 50 -K config \
	    >/dev/null 2>&1 || true
	cat out.* 2>/dev/null | tr '}' '\n' | grep gbaPushInfo >>answers || true
}

# a connection: h2(), which sends frames and reads them
H2='
import socket, time
def frame(kind, flags, stream, body=b""):
    return len(body).to_bytes(3, "big") + bytes([kind, flags]) + \
        stream.to_bytes(4, "big") + body
def field(name, value):
    return bytes([0, len(name)]) + name + bytes([len(value)]) + value
def post(stream, length=0, more=b"", end=False):
    return frame(1, 5 if end else 4, stream, field(b":method", b"POST") +
        field(b":scheme", b"http") + field(b":authority", b"x") +
        field(b":path", b"'$REQUESTS'") +
        field(b"content-type", b"application/json") +
        field(b"content-length", b"%d" % length) + more)
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0)
def connect(at):
    host, port = at.rsplit(":", 1)
    s = socket.create_connection((host, int(port)))
    s.settimeout(5)
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return s
def frames(s):
    """all that come, until the connection ends"""
    data = b""
    try:
        while True:
            got = s.recv(65536)
            if not got: break
            data += got
    except OSError: pass
    while len(data) >= 9:
        n = int.from_bytes(data[:3], "big")
        yield data[3], data[4], int.from_bytes(data[5:9], "big"), data[9:9 + n]
        data = data[9 + n:]
'

# crowded [OPTION OF CURL...]: 20 connections of HTTP/2 that ask nothing stay
# while one asks ./body; its answer is ./answer
crowded() {
	python "$H2"'
import subprocess
idle = []
for i in range(20):
    idle.append(connect(sys.argv[1]))
    idle[i].sendall(PREFACE)
    idle[i].recv(9)
sys.exit(subprocess.call(sys.argv[2:]))
' "$at" "${curl[@]}" -m 5 -d @body -H 'content-type: application/json' \
	    -f -o answer "$@" "$url"
}

# a lock of hss.db, for python, which free() ends
HELD='
import sqlite3
lock = sqlite3.connect("hss.db", isolation_level=None)
lock.execute("BEGIN IMMEDIATE")
def free(): lock.execute("ROLLBACK")
'

@test "SIGTERM: what was asked is answered, and no more is taken" {
	elements
	bsf
	ask_json >body
	python "$H2$HELD"'
import os, signal
body = read("body").strip()
idle, s = connect(sys.argv[1]), connect(sys.argv[1])
idle.sendall(PREFACE)
s.sendall(PREFACE + post(1, len(body)) + frame(0, 1, 1, body))
time.sleep(.2)
os.kill(int(sys.argv[2]), signal.SIGTERM)
assert [(k, i) for k, f, i, b in frames(idle)][-1] == (7, 0)	# GOAWAY
free()
got = list(frames(s))
assert 7 in [k for k, *_ in got], got
assert b"gbaPushInfo" in b"".join(b for k, f, i, b in got if k == 0), got
' "$at" $pid
	status=0
	wait $pid || status=$?
	same status "$status" 0
	same SQN "$(sqn)" 33
}

@test "SIGTERM: who has proved nothing is not waited for" {
	elements
	certificates
	secure_bsf --client-ca ca.pem
	exec 5<>"/dev/tcp/${at%:*}/${at##*:}"
	nap
	before=$SECONDS
	stop_bsf
	[ $((SECONDS - before)) -lt 5 ]
	exec 5>&-
}

@test "killed again and again, it gives no SQN twice" {
	elements
	bsf
	for round in 1 2 3; do
		many_asks 150 "r$round-" &
		asking=$!
		[ $round = 3 ] || { nap; nap; nap; kill -KILL $pid; wait $pid || true; }
		wait $asking
		[ $round = 3 ] || bsf
	done
	python "$SQNS"'
import json
answers = [json.loads(line + "}") for line in open("answers")]
drafts = []
for a in answers:
    gpi, = items(h(a["gbaPushInfo"]))
    drafts.append((gpi[1], gpi[2]))
got = list(sqns(drafts))
assert len(got) >= 150 and len(set(got)) == len(got), len(got)
assert max(got) <= int(sys.argv[1]), (max(got), sys.argv[1])
' "$(sqn)"
	stop_bsf
}

@test "an HSS that does not answer costs a second and 503, and comes back" {
	elements
	bsf
	ask_json >body
	python "$H2$HELD"'
body = read("body").strip()
s = connect(sys.argv[1])
s.sendall(PREFACE + post(1, len(body)) + frame(0, 1, 1, body))
time.sleep(2)
other = connect(sys.argv[1])		# and now at once
other.sendall(PREFACE + post(1, len(body)) + frame(0, 1, 1, body))
for c in s, other:
    time.sleep(.1)
    got = c.recv(65536)
    assert b"\"status\":503" in got and b"out of reach" in got, got
    assert b"retry-after" in got or b"\x35\x30\x33" in got
free()
' "$at"
	await has_line 'the HSS is back: hss.db' serve.err
	ask @body
	answers 200
	has_line 'warning: the HSS is out of reach: hss.db: no answer within a second' serve.err
	stop_bsf
}

@test "who waits is answered where all before have gone" {
	elements
	bsf
	ask_json >body
	python "$H2$HELD"'
body = open("body", "rb").read()
def asks():
    s = connect(sys.argv[1])
    s.sendall(PREFACE + post(1, len(body)) + frame(0, 1, 1, body))
    time.sleep(.1)
    return s
gone, before = asks(), asks()	# the request of gone is with the HSS
gone.close()
time.sleep(.1)
after = asks()
free()
for s in before, after:
    data = b""
    while b"gbaPushInfo" not in data: data += s.recv(65536)
' "$at"
	stop_bsf
}

@test "rapid reset, floods and garbage cost their connection alone" {
	elements
	bsf
	ask_json >body
	python "$H2"'
body = read("body").strip()
def ends(octets, kind=7):
    """the server ends such a connection, most with GOAWAY"""
    s = connect(sys.argv[1])
    try:
        for piece in octets: s.sendall(piece)
        s.shutdown(socket.SHUT_WR)
    except OSError: pass
    got = [k for k, *_ in frames(s)]
    assert kind is None or kind in got, got
# CVE-2023-44487
ends([PREFACE] + [post(i, len(body)) + frame(0, 1, i, body) +
    frame(3, 0, i, b"\0\0\0\x08") for i in range(1, 4001, 2)], None)
# what is answered may be reset, as libcurl does
s = connect(sys.argv[1])
s.sendall(PREFACE + frame(8, 0, 0, b"\x3f\0\0\0"))
for i in range(1, 801, 2):
    s.sendall(post(i, len(body)) + frame(0, 1, i, body))
    got = b""
    while b"gbaType" not in got: got += s.recv(65536)
    s.sendall(frame(3, 0, i, b"\0\0\0\0"))
s.sendall(frame(6, 0, 0, b"12345678"))
assert s.recv(65536).endswith(frame(6, 1, 0, b"12345678"))
s.close()
# a trailer says nothing of the request
s = connect(sys.argv[1])
s.sendall(PREFACE + post(1, len(body)) + frame(0, 0, 1, body) +
    frame(1, 5, 1, field(b"content-type", b"text/plain")))
got = b""
while b"gbaType" not in got: got += s.recv(65536)
s.close()
# more streams than it allows, without end: refused, and the connection stays
s = connect(sys.argv[1])
s.sendall(PREFACE + b"".join(post(i) for i in range(1, 601, 2)))
s.sendall(frame(6, 0, 0, b"12345678"))
got = b""
while frame(6, 1, 0, b"12345678") not in got:
    got += s.recv(1 << 20)
assert got.count(b"\0\0\x04\x03\0") == 300 - 128, got.count(b"\0\0\x04\x03\0")
# PING and SETTINGS that are not read from: it does not keep answers for ever
ends([PREFACE] + [frame(6, 0, 0, b"12345678") * 20000], None)
ends([PREFACE, post(1, 0, b"\xff" * 100)])		# no HPACK
ends([PREFACE, frame(1, 0, 1, b"\0")] + [frame(9, 0, 1, b"")] * 100, None)
ends([PREFACE, frame(0, 0, 7, b"x")], 7)
ends([b"GET / HTTP/1.1\r\n\r\n"], None)
ends([b"\x16\x03\x01\2\0\1\0\1\xfc\3\3" + bytes(300)], None)
' "$at"
	await has_line 'http: it does not speak HTTP/2' serve.err
	ask @body
	answers 200
	[ "$(sqn)" -lt 100000 ]
	stop_bsf
}

@test "who does not read its answers is not read from" {
	elements
	bsf
	ask_json >body
	python "$H2"'
body = read("body").strip()
s = connect(sys.argv[1])
# no window for answers: they wait, and so do further requests
s.sendall(PREFACE[:24] + frame(4, 0, 0, b"\0\4\0\0\0\0") +
    b"".join(post(i, len(body)) + frame(0, 1, i, body)
    for i in range(1, 257, 2)))
time.sleep(.3)
n = int([l for l in open("/proc/" + sys.argv[2] + "/status")
    if l.startswith("VmRSS")][0].split()[1])
assert n < 30000, n
' "$at" $pid
	ask @body
	answers 200
	stop_bsf
}

@test "at most --max-connections: the weakest of them goes" {
	elements
	bsf --max-connections 4
	ask_json >body
	python "$H2"'
silent = [connect(sys.argv[1]) for i in range(20)]
time.sleep(.2)
' "$at"
	ask @body
	answers 200
	await has_line 'too many that have proved no key' serve.err
	stop_bsf
}

@test "who does not ask keeps nobody out, whether or not it is known" {
	elements
	ask_json >body
	bsf --max-connections 4
	crowded
	await has_line 'connection: it was the quietest of too many' serve.err
	stop_bsf
	(umask 077 && echo "$TOKEN $NAF" >tokens)
	bsf --max-connections 4 --token-file tokens
	crowded -H "authorization: Bearer $TOKEN"
	await has_line 'too many that have proved no key' serve.err
	stop_bsf
}

@test "who asks one at a time is answered while another asks too much" {
	elements
	ask_json >body
	bsf
	python "$H2$HELD"'
body = open("body", "rb").read()
def asks(n):
    s = connect(sys.argv[1])
    s.sendall(PREFACE + b"".join(post(2 * i + 1, len(body)) +
        frame(0, 1, 2 * i + 1, body) for i in range(n)))
    return s
def hears(s, words):
    data = b""
    try:
        while words not in data: data += s.recv(65536) or 1 / 0
    except OSError: return False
    return True
greedy = [asks(128) for i in range(66)]
print(hears(greedy[65], b"too many requests wait"))
modest = asks(1)
time.sleep(.1)
free()
print(hears(modest, b"gbaPushInfo"))
' "$at" >answers
	same answers "$(<answers)" $'True\nTrue'
	kill -9 "$pid"
}

@test "who has not said who it is has no more than 64 KiB held for it" {
	elements
	(umask 077 && echo "$TOKEN $NAF" >tokens)
	bsf --token-file tokens
	python "$H2"'
s = connect(sys.argv[1])
s.sendall(PREFACE)
for i in range(1, 11, 2):
    s.sendall(post(i, 16384) + frame(0, 0, i, b" " * 15000))
s.sendall(frame(0, 1, 9, b" " * 1384))
s.settimeout(.3)
print(b"too many requests wait for their rest" in
    b"".join(f[3] for f in frames(s)))
' "$at" >refused
	same 'the fifth is refused' "$(<refused)" True
	stop_bsf
}

@test "who is known has as much held as all together may have" {
	elements
	ask_json >body
	bsf
	python "$H2"'
body = open("body", "rb").read()
half = b"".join(post(i, 16384) + frame(0, 0, i, b" " * 16000)
    for i in range(1, 256, 2))
greedy = []
for i in range(36):
    greedy.append(connect(sys.argv[1]))
    greedy[i].sendall(PREFACE + half)
greedy[35].sendall(frame(0, 1, 255, b" " * 384))
greedy[35].settimeout(.5)
print(b"too many requests wait for their rest" in
    b"".join(f[3] for f in frames(greedy[35])))
modest = connect(sys.argv[1])
modest.sendall(PREFACE + post(1, len(body)) + frame(0, 1, 1, body))
modest.settimeout(.5)
print(b"gbaPushInfo" in b"".join(f[3] for f in frames(modest)))
' "$at" >answers
	same answers "$(<answers)" $'True\nTrue'
	kill -9 "$pid"
}

@test "osmo-hlr: it answers, is gone, and comes back" {
	hlr
	elements
	mtc-trigger register -d mtc.db --ue-id $IMPI --ue-trp unix:dev
	HSS=$home/bsf bsf
	ask_json "ueId=\"$IMPI\"" 'ueIdType="PRIVATE"' >body
	ask @body
	answers 200
	gpi_of answer >gpi
	does recv gpi
	ask "$(ask_json)"
	answers 404 'the HSS has no such subscriber'
	stop_hlr
	ask @body
	answers 503 'the HSS is out of reach'
	ask @body
	answers 503
	hlr
	await has_line 'the HSS is back' serve.err
	ask @body
	answers 200
	gpi_of answer >gpi
	does recv gpi
	stop_bsf
	stop_hlr
}

@test "an SLF: an HSS that is gone holds up no other" {
	elements
	subscriber pump-1 pump@x
	mv hss.db one.db
	subscriber pump-1 pump@x
	printf '%s\n' 'meter-* one.db' 'pump-* none.db' >slf
	HSS=slf:slf bsf
	ask "$(ask_json)"
	answers 200
	ask "$(ask_json 'ueId="pump-1"')"
	answers 503
	ask "$(ask_json 'ueId="fan-1"')"
	answers 404 'the HSS has no such subscriber'
	has_line '404: ue_id: no line of slf names the HSS of fan-1' serve.err
	ask "$(ask_json)"
	answers 200
	stop_bsf
}
