# coap.bats: GPIs over CoAP, with libcoap's own programs at the other end, and
# peers that are gone, late or odd.

load helper
load delivery

# ---- peers ----

# coap_server: libcoap's, as $peer at coap://127.0.0.1:$port/gpi; what it is
# sent, it keeps
coap_server() {
	command -v coap-server-notls >/dev/null ||
	    skip 'coap-server-notls (libcoap3-bin) is not there'
	free_port
	coap-server-notls -A 127.0.0.1 -p "$port" -d 10 >peer.out 2>&1 3>&- &
	peer=$!
	await heard_at "udp://127.0.0.1:$port"
}

# coap_client METHOD PATH [OPTION...]: libcoap's, to $port; what it is told
coap_client() {
	command -v coap-client-notls >/dev/null ||
	    skip 'coap-client-notls (libcoap3-bin) is not there'
	timeout 10 coap-client-notls -m "$1" -B 5 "${@:3}" \
	    "coap://127.0.0.1:$port/$2" 2>&1
}

# odd PROGRAM: a CoAP server of a few lines, as $peer at $port, which has a
# request as mid, token, payload; and answer(code[, token, mid, type])
odd() {
	free_port
	python '
import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(("127.0.0.1", int(sys.argv[1])))
def request():
    global mid, token, payload, at, whole
    while True:
        d, at = s.recvfrom(2000)
        if d[0] >> 4 & 3 == 0:	# confirmable
            break
    whole = d
    mid, token = d[2:4], d[4:4 + (d[0] & 15)]
    payload = d.partition(b"\xff")[2]
def answer(code, type=2, payload=b"", token_=None, mid_=None, options=b""):
    t = token if token_ is None else token_
    s.sendto(bytes([0x40 | type << 4 | len(t), code]) + (mid_ or mid) + t +
        options + (b"\xff" + payload if payload else b""), at)
'"$1" "$port" 3>&- &
	peer=$!
	await heard_at "udp://127.0.0.1:$port"
}

listens() {
	free_port
	listen "coap://127.0.0.1:$port" "$@"
	await heard_at "udp://127.0.0.1:$port"
}

# to_peer STATE [DETAIL]: ./response goes to $port, and is reported so
to_peer() {
	local uri=coap://127.0.0.1:$port/gpi

	: >report
	try gpi-push --to "$uri" --timeout "${TIMEOUT:-5}" --report report \
	    response
	same report "$(FROM=2 reported)" "$uri $1${2:+ $uri: $2}"
	same status "$status" "$([ "$1" = failed ] && echo 1 || echo 0)"
}

# ---- both ends ours ----

@test "a device behind coap:// is triggered and connects back" {
	subscriber && card
	free_port
	device meter-7 "coap://127.0.0.1:$port/gpi"
	wakes -- "coap://127.0.0.1:$port"
	same report "$(FROM=2 reported)" \
	    "coap://127.0.0.1:$port/gpi delivered"
	[ -n "$(mtc-trigger status -d mtc.db -t | value delivered)" ]
}

@test "coap://: many, in order" {
	elements
	listens --count 200
	many 200 p | gen | gpi-sign >responses
	does gpi-push --to "coap://127.0.0.1:$port" --report report responses
	wait "$pid"
	same 'P-TIDs' "$(field ul_sa_id heard | words)" "$(echo p{0..199})"
	same reports "$(reported | awk '{ print $3 }' | tally)" \
	    '200 delivered'
}

@test "coap://: a refused GPI has failed, and why is not told" {
	with_response
	listens
	to_peer delivered
	to_peer failed '4.03 Forbidden'
	edit 'gpi=b"\x88" + r[16][1:-1] + bytes([r[16][-1] ^ 1])' <response >bad
	mv bad response
	to_peer failed '4.03 Forbidden'
	edit 'gpi=b"\x00"' <response >bad
	mv bad response
	to_peer failed '4.00 Bad Request'
	stop
	same status "$status" 0
}

@test "coap://: AUTS is the answer to a stale GPI" {
	stale
	put <old
	listens --sync-failures kept --count 1
	try gpi-push --to "coap://127.0.0.1:$port" --sync-failures back \
	    --report report old
	same status "$status" 1
	same report "$(FROM=3 reported)" \
	    "failed coap://127.0.0.1:$port: sync failure"
	same_octets back kept
	same type "$(field type back)" sync-failure
	mtc-trigger resync -d mtc.db --now $NOW back | gen | gpi-sign |
	    put mtc.db --pass | does gpi-push --to "coap://127.0.0.1:$port"
	wait "$pid" || true
	same type "$(field type heard)" accepted
}

# ---- libcoap's server ----

@test "coap-server: has the GPI, to the octet" {
	for name in full largest; do
		known $name
		coap_server
		python 'row = next(r for r in rows("gpi.csv")
    if r["name"] == sys.argv[1])
out.write(item(rec("response", gpi=h(row["gpi"]), naf_id=h(row["naf_id"]),
    key_lt=1900000000, p_tid="one", ue_id="meter-7", ks_naf=bytes(32))))' \
		    $name >response
		to_peer delivered
		coap_client get gpi -o got
		unhex "$row_gpi" | same_octets got -
		kill "$peer"
	done
}

@test "coap-server: says no" {
	with_response
	coap_server
	port=$port to_peer delivered
	try gpi-push --to "coap://127.0.0.1:$port/time/x?y" --report more response
	[ "$status" = 0 ]	# it makes any path
	try gpi-push --to "coap://127.0.0.1:$port/.well-known/core" response
	same status "$status" 1
	same line "$(<err)" "gpi-push: response: record 1: coap://127.0.0.1:$port/.well-known/core: 4.05 Method Not Allowed"
}

# ---- libcoap's client ----

@test "coap-client: POST and PUT, whole and in blocks" {
	elements
	listens --count 4
	for options in 'post' 'put' 'post 64' 'put 16'; do
		# shellcheck disable=SC2086
		set -- $options
		gpi >gpi
		same answer "$(coap_client "$1" gpi -t 60 -f gpi ${2:+-b "$2"})" ''
	done
	wait "$pid"
	same accepted "$(field type heard | tally)" '4 accepted'
	nothing_in heard.err
}

@test "coap-client: what is not for this resource" {
	elements
	listens --count 1
	gpi >gpi
	same GET "$(coap_client get gpi)" '4.05 Method Not Allowed'
	same DELETE "$(coap_client delete gpi)" '4.05 Method Not Allowed'
	same path "$(coap_client post other -t 60 -f gpi | head -c 4)" '4.04'
	same format "$(coap_client post gpi -t 50 -f gpi | head -c 4)" '4.15'
	same nothing "$(coap_client post gpi -t 60 | head -c 4)" '4.00'
	same 'no format' "$(coap_client post gpi -f gpi)" ''
	status=0
	wait "$pid" || status=$?
	same accepted "$(field type heard)" accepted
}

# ---- odd peers ----

@test "a peer that is gone" {
	with_response
	free_port
	to_peer failed 'Connection refused'
}

@test "a peer that never answers" {
	with_response
	odd '
while True:
    request()'
	TIMEOUT=1 to_peer failed 'no answer in 1 s'
}

@test "a peer that acknowledges, and then has no response" {
	with_response
	odd '
while True:
    request()
    answer(0, token_=b"")'
	TIMEOUT=1 to_peer failed 'no answer in 1 s'
}

@test "a peer that answers late: after its acknowledgement, and at the second time" {
	with_response
	odd '
request()
answer(0, token_=b"")
time.sleep(.5)
answer(0x44, type=0, mid_=b"zz")
time.sleep(5)'
	to_peer delivered
	kill "$peer"
	odd '
request()
request()
answer(0x44)
time.sleep(5)'
	to_peer delivered
}

@test "a peer that answers twice, or something else first" {
	with_response
	cat response response response >three
	odd '
for i in range(3):
    request()
    answer(0x83, type=1, token_=b"oo", mid_=b"qq")
    answer(0x44)
    answer(0x44)
    answer(0x83)
time.sleep(5)'
	does gpi-push --to "coap://127.0.0.1:$port" --report report three
	same reports "$(FROM=3 reported | tally)" \
	    '3 delivered'
}

# RFC 7959 clause 2.9.3: contiki-ng/contiki-ng#3268, which has room for 64
# octets; eclipse-californium/californium#395
@test "a peer that has room for small blocks only: the GPI is sent in these" {
	with_response
	# Size1 64; Block1 with 64 octets; neither: they are tried; and in vain
	for hint in d12f40 d10e02 ''; do
		odd '
request()
gpi = whole[15:]
answer(0x8d, options=h("'$hint'"))
request()
first = whole[-64:]
answer(0x5f, options=h("d10e0a"))
request()
same = first + whole[64 - len(gpi):] == gpi
answer(0x44 if same else 0x80, options=h("d10e12"))
time.sleep(5)'
		to_peer delivered
		kill "$peer"
	done
	odd '
for i in range(2):
    request()
    answer(0x8d, options=h("d10e02"))
time.sleep(5)'
	to_peer failed '4.13 Request Entity Too Large'
}

@test "a peer that resets, and one that is too busy for now" {
	with_response
	odd '
request()
answer(0, type=3, token_=b"")
time.sleep(5)'
	to_peer failed 'reset by the receiver'
	kill "$peer"
	odd '
request()
answer(0xa3)
request()
answer(0x44)
time.sleep(5)'
	try gpi-push --to "coap://127.0.0.1:$port" --retry-for 5 \
	    --report report2 response
	same status "$status" 0
	same said "$(<err)" "$(said_of_tries \
	    "coap://127.0.0.1:$port: 5.03 Service Unavailable" 5 1 0)"
	same report "$(FROM=3 reported report2)" delivered
}

@test "--retry-for: 5.03 with Max-Age: no other try before" {
	with_response
	# a minute is beyond the end, so there is one more, when that is
	odd '
for i in range(9):
    request()
    print("asked", flush=True)
    answer(0xa3, options=b"\xd1\1\x3c")' >asked
	try gpi-push --to "coap://127.0.0.1:$port" --retry-for 2 response
	same status "$status" 1
	same asked "$(grep -c asked asked)" 2
}

@test "a request that comes again is dealt with once, and answered alike" {
	with_gpi
	listens --count 2
	python 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(.3)
s.connect(("127.0.0.1", int(sys.argv[1])))
r = b"\x42\x02\x12\x34to\xb3gpi\x11\x3c\xff" + read("gpi")
for i in range(3):
    s.send(r)
    s.send(r)
    try:
        while True:
            d = s.recv(100)
            if d[0] >> 4 & 3 == 0:	# confirmable
                s.send(b"\x60\0" + d[2:4])
            if d[1] != 0:
                print("%d.%02d" % (d[1] >> 5, d[1] & 31), d[4:].decode())
    except TimeoutError:
        pass' "$port" | sort -u >answers
	same answers "$(<answers)" '2.04 to'
	gpi | coap_client post gpi -t 60 -f -
	wait "$pid"
	same accepted "$(field type heard | tally)" '2 accepted'
	nothing_in heard.err
}

@test "garbage and unfinished blocks cost nothing but themselves" {
	elements
	listens --count 1
	python 'import socket, random
random.seed(1)
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", int(sys.argv[1])))
good = b"\x42\x02\x12\x34to\xb3gpi\x11\x3c\xff" + bytes(112)
for i in range(3000):
    g = bytearray(good)
    for j in range(random.randrange(1, 5)):
        g[random.randrange(20)] = random.randrange(256)
    try:
        s.send(bytes(g[:random.randrange(len(g))]) if i & 1 else bytes(g))
        s.send(os.urandom(random.randrange(60)))
        # the first block of many that never end
        s.send(b"\x42\x02" + i.to_bytes(2, "big") + i.to_bytes(2, "big") +
            b"\xb3gpi\x11\x3c\xd1\x02\x08\xff" + bytes(16))
    except OSError:
        pass' "$port"
	gpi | coap_client post gpi -t 60 -f -
	await test -s heard
	wait "$pid" || true
	same accepted "$(field type heard)" accepted
}

@test "coap://: called wrongly" {
	elements
	fails 2 "gpi-push: --to: coap: 'h:99999' is not HOST:PORT: the port is over 65535" \
	    gpi-push --to coap://h:99999 /dev/null
	for uri in 'coap://h/a b' coap://h/%4; do
		fails 2 "gpi-push: --to: '$uri' is not coap://HOST[:PORT][/PATH]: there are characters that a URI has only as %XX" \
		    gpi-push --to "$uri" /dev/null
	done
	fails 2 "gpi-push: --to: 'coap://h#f' is not coap://HOST[:PORT][/PATH]: CoAP has no fragments" \
	    gpi-push --to 'coap://h#f' /dev/null
	listens
	fails 4 "gpi-recv: coap://127.0.0.1:$port: Address already in use" \
	    recv --listen "coap://127.0.0.1:$port"
	stop
}

# eclipse-californium/californium#5, obgm/libcoap#1340
@test "URIs that are equal by RFC 7252 are so at both ends" {
	elements
	free_port
	listen "COAP://127.0.0.1:$port/%7es/x/../a%2fb" --count 3
	await heard_at "udp://127.0.0.1:$port"
	for path in '~s/a%2Fb' '%7Es/./%61%2f%62' 'y/../~s/%61%2fb'; do
		request | gen | gpi-sign |
		    does gpi-push --to "CoAP://127.0.0.1:$port/$path"
	done
	wait $pid
	same accepted "$(field type heard | uniq -c | xargs)" '3 accepted'
}
