# gpi-recv.bats: step 406, the device checks each GPI and accepts it once.

load helper
load gpi-recv

# ---- known answers ----

@test "gpi.csv: each GPI opens to the listed fields" {
	python 'from cbor2 import dumps, loads
for r in rows("gpi.csv"):
    number = lambda k: int(r[k]) if r[k] else None
    gpi = loads(h(r["gpi"]))
    open(r["name"], "wb").write(dumps(rec("accepted", rand=gpi[1], autn=gpi[2],
        um=int(r["um"]), app_lbl=h(r["app_lbl"]), naf_id=h(r["naf_id"]),
        key_lt=int(r["key_lt"]), trigger_ind=number("trigger_ind"),
        trigger_time=number("trigger_time"),
        trigger_mode=number("trigger_mode"), ue_priv_id=r["impi"],
        gpi=h(r["gpi"]), ks_naf=h(r["ks_naf"]),
        ks_int_naf=h(r["ks_int_naf"]) or None, ul_sa_id=r["p_tid"],
        dl_sa_id=gpi[1].hex() + "@" + h(r["naf_id"])[:-5].decode(),
        time=int(r["key_lt"]) - 1), canonical=True))'
	for name in $ROWS; do
		known "$name"
		does gpi-recv --card card --naf "$row_naf" \
		    --accept-unprotected-trigger --now $((row_key_lt - 1)) gpi
		same_octets out "$name"
	done
}

# ---- once, and only what is genuine ----

@test "a GPI is accepted once, in one run or in two" {
	with_gpi
	cat gpi gpi >twice
	ends 1 "gpi-recv: twice: record 2: $AGAIN" recv twice
	same accepted "$(field type out)" accepted
	refused "$AGAIN"
}

@test "a replay yields no AUTS" {
	with_gpi
	does recv gpi
	refused "$AGAIN" --sync-failures sync
	nothing_in sync
}

@test "one GPI at eight programs at once is accepted by one" {
	with_gpi
	for i in 1 2 3 4 5 6 7 8; do
		recv gpi >"accepted$i" 2>>err.all &
	done
	wait
	same accepted "$(cat accepted? | field type)" accepted
	same refusals "$(sort err.all | tally)" \
	    "7 gpi-recv: gpi: record 1: $AGAIN"
}

@test "eight GPIs at eight programs at once are accepted by all" {
	elements
	gpis 8
	for i in 1 2 3 4 5 6 7 8; do
		recv $i >"accepted$i" &
	done
	wait
	same accepted "$(cat accepted? | field type | tally)" \
	    '8 accepted'
	cat ? | try recv
	same again "$(grep -c "$AGAIN" err)" 8
}

@test "GPIs that overtook each other are fresh, 32 of them" {
	elements
	many 32 | gen | gpi-sign | gpi-push --to - >gpis
	python 'out.write(b"".join(reversed([item(i)
	    for i in items(read("gpis"))])))' | does recv
	same accepted "$(field type out | tally)" '32 accepted'
}

@test "of its own BSF, card and IMPI only" {
	with_gpi
	mv card ours
	hss-store card -d hss.db --impi $IMPI --bsf other.example.org -o card
	BSF=other.example.org refused_by_mac
	subscriber meter-8 somebody.else
	card somebody.else
	refused_by_mac
	rm hss.db* card
	(umask 077 && printf 'k %s\nopc %s\n' $OPC $K >key)
	subscriber
	card
	refused 'autn: MAC does not match this card'
	mv ours card
	does recv gpi
}

@test "a trigger of mode none is refused unless it is asked for" {
	with_gpi --indication 2 --mode none
	refused 'trigger_mode: found none, expected integrity or full'
	does recv --accept-unprotected-trigger gpi
	same mode "$(field trigger_mode out)" none
}

@test "a GPI without a trigger is plain GBA Push" {
	elements
	gpi | does recv
	same trigger "$(field trigger_mode out)$(field trigger_ind out)" ''
}

@test "--naf: which NAFs may be in a GPI" {
	elements
	gpi >default
	gpi --ua 0100000002 >other
	expect() {
		same "$*" "$(gpi-recv --card card --now $NOW --dry-run "${@:2}" \
		    2>/dev/null | field naf_id | sed 's/.*\(..\)$/\1/' | words)" "$1"
	}
	cat default other >both
	expect 07 --naf $NAF both
	expect 07 --naf $NAF/0100000007 both
	expect 02 --naf $NAF/0100000002 both
	expect '07 02' --naf $NAF --naf $NAF/0100000002 both
	expect '07 02' --any-naf both
	expect '' --naf example.org both
	expect '' --naf mtc.example.or both
	expect '' --naf mtc.example.org.uk both
	expect 07 --naf other.example.org --naf $NAF both
	cp default gpi
	fails 1 "gpi-recv: gpi: record 1: this GPI is for NAF $NAF/0100000007; this device accepts other.example.org" \
	    gpi-recv --card card --naf other.example.org --now $NOW gpi
}

@test "--naf: what is no NAF" {
	elements
	for naf in MTC.example.org '' 'a b' a/01 a/01000000070 a/010000000g /0100000007; do
		fails 2 "gpi-recv: --naf: '$naf' is not FQDN or FQDN/UA" \
		    gpi-recv --card card --naf "$naf"
	done
	fails 2 'gpi-recv: give --naf FQDN or --any-naf' \
	    gpi-recv --card card
	fails 2 'gpi-recv: give --naf or --any-naf, not both' \
	    gpi-recv --card card --naf a --any-naf
}

@test "reserved naf_ids are refused, even from the BSF" {
	elements
	for ua in ff67706901 ff00000000 0100000100; do
		reseal "naf_id=naf('$NAF', '$ua')" >gpi
		refused "naf_id: found Ua identifier $ua, expected one that is not reserved" \
		    --naf $NAF/$ua
	done
	reseal "naf_id=naf('$BSF')" >gpi
	refused "naf_id: found the BSF's own name $BSF, expected a NAF's" \
	    --naf $BSF
}

@test "a key whose life is over is refused" {
	with_gpi --lifetime 60
	for now in $((NOW + 60)) $((NOW + 61)) 4294967295; do
		unchanged fails 1 "gpi-recv: gpi: record 1: the key expired at 2027-01-15T08:01:00Z" \
		    gpi-recv --card card --naf $NAF --now $now gpi
	done
	does gpi-recv --card card --naf $NAF --now $((NOW + 59)) gpi
}

# ---- the card ----

@test "a card that is none" {
	elements
	fails 4 'gpi-recv: none: No such file or directory' \
	    gpi-recv --card none --naf $NAF
	request >request
	fails 3 'gpi-recv: request: type: found request, expected card' \
	    gpi-recv --card request --naf $NAF
	cat card card >two
	try gpi-recv --card two --naf $NAF
	same status "$status" 3
	head -c 100 card >cut
	try gpi-recv --card cut --naf $NAF
	same status "$status" 3
	echo text >text
	fails 3 'gpi-recv: text: not a record of these programs' \
	    gpi-recv --card text --naf $NAF
}

@test "a card behind a symbolic link is still one card" {
	with_gpi
	mv card real
	ln -s real card
	for card in card real; do
		gpi-recv --card $card --naf $NAF --now $NOW gpi 2>/dev/null || true
	done >accepted
	[ "$(field type accepted | wc -l)" -le 1 ]
}

@test "a card that others can read earns a warning, and is replaced 0600" {
	elements
	chmod 644 card
	gpi >gpi
	try recv gpi
	same status "$status" 0
	same warning "$(<err)" \
	    'gpi-recv: warning: card: mode 0644 lets others read its keys; chmod 600'
	mode card 600
}

@test "a card that cannot be replaced: nothing is accepted" {
	with_gpi
	mkdir ro
	mv card ro
	chmod 500 ro
	fails 4 "gpi-recv: $PWD/ro/card.journal: Permission denied" \
	    setpriv --bounding-set=-all --inh-caps=-all \
	    "$(command -v gpi-recv)" --card ro/card --naf $NAF --now $NOW gpi
	chmod 700 ro
	mv ro/card card
	does recv gpi
}

@test "a card that cannot be replaced: no AUTS is told" {
	stale
	mkdir ro
	mv card ro
	chmod 500 ro
	fails 4 "gpi-recv: $PWD/ro/card.journal: Permission denied" \
	    setpriv --bounding-set=-all --inh-caps=-all \
	    "$(command -v gpi-recv)" --card ro/card --naf $NAF --now $NOW \
	    --sync-failures sync gpi
	[ ! -e sync ]
	chmod 700 ro
}

@test "--text says who calls, without keys" {
	elements
	gpi --indication 2 --time 30 | does recv -t
	grep -q "^  naf_id       $NAF/0100000007$" out
	grep -q '^  trigger_ind  2$' out
	grep -q '^  ks_naf       (hidden)$' out
}

# ---- datagrams ----

@test "--listen udp: what gpi-push sends, until --count are accepted" {
	elements
	free_port
	listen udp://127.0.0.1:$port --count 2
	await heard_at udp://127.0.0.1:$port
	for i in 1 2; do
		request --indication 2 | gen | gpi-sign |
		    does gpi-push --to udp://127.0.0.1:$port
		nothing_in out
	done
	wait $pid
	same accepted "$(field type heard | tally)" '2 accepted'
	nothing_in heard.err
}

@test "a datagram holds exactly one GPI, and never ends a run" {
	with_gpi
	gpi >next
	python 'g = read("gpi")
print("", "00", "1c", "ff", g.hex() * 2, g.hex() + "00", "58ff", "00" * 3000,
    g.hex()[:-2], sep="\n")' >datagrams
	bombard 9
	does recv gpi
}

@test "a refusal names the listener and the sender, and shows no odd octet" {
	elements
	free_port
	gpi >gpi
	does recv gpi
	listen udp://127.0.0.1:$port --listen udp://[::1]:$port \
	    --listen tcp://127.0.0.1:$port --listen unix:socket --count 1
	await heard_at udp://127.0.0.1:$port tcp://127.0.0.1:$port unix:socket
	python 'import socket
port, old = int(sys.argv[1]), read("gpi")
def names(s):
    at = s.getsockname()
    return ("[%s]:%d" if ":" in at[0] else "%s:%d") % at[:2]
for host in "127.0.0.1", "::1":
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET,
        socket.SOCK_DGRAM)
    s.connect((host, port))
    s.send(old)
    print("udp://%s: from %s" % ("127.0.0.1:%d" % port if host != "::1" else
        "[::1]:%d" % port, names(s)))
s = socket.create_connection(("127.0.0.1", port))
s.sendall(old)
print("tcp://127.0.0.1:%d: from %s" % (port, names(s)))
s.shutdown(socket.SHUT_WR)
s.recv(1)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(old, "socket")
print("unix:socket")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(b"a\x1b[2J\xc2\x9b\xffb")
s.sendto(old, "socket")
print("unix:socket: from a?[2J???b")' $port | sort >expected
	gpi >new
	python 'import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(read("new"), "socket")'
	wait $pid || true
	sed -n 's/^gpi-recv: 2027-01-15T08:00:00Z: \(.*\): rand: .*/\1/p' heard.err | sort >named
	same refusals "$(cat named)" "$(cat expected)"
	same 'lines of stderr' "$(wc -l <heard.err)" 5
}

@test "--log-json: each message is a line of JSON" {
	elements
	gpi >gpi
	does recv gpi
	listen unix:socket --log-json
	await test -S socket
	python 'import socket
a, s = (socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for i in "as")
a.sendto(b"\x80", "socket")
s.bind(b"a \" \\ \x1b")
s.sendto(read("gpi"), "socket")'
	two() { [ "$(wc -l <heard.err)" = 2 ]; }
	await two
	stop
	python 'import json
a, b = map(json.loads, open("heard.err"))
assert a == dict(time='$NOW', listener="unix:socket", state="refused",
    detail="gpi: found another length, expected an array of 8"), a
assert b.pop("detail").startswith("rand: "), b
assert b == dict(time='$NOW', listener="unix:socket", peer="a \" \\ ?",
    state="refused"), b'
	echo 80 | xxd -r -p >bad
	fails 3 '{"time":'$NOW',"message":"bad: record 1: gpi: found another length, expected an array of 8"}' \
	    recv --log-json bad
	fails 2 '{"time":'$NOW',"message":"give --explain or --log-json, not both"}' \
	    recv --log-json --explain bad
}

@test "a Unix socket goes when the run ends, and one left over is taken" {
	with_response
	listen unix:socket
	await test -S socket
	kill -KILL $pid
	wait $pid || true
	test -S socket
	listen unix:socket --count 1
	await gpi-push --to unix:socket response 2>/dev/null
	wait $pid
	same type "$(field type heard)" accepted
	[ ! -e socket ]
}

@test "one that listens already keeps its socket" {
	elements
	listen unix:socket
	await test -S socket
	fails 4 'gpi-recv: unix:socket: Address already in use' \
	    recv --listen unix:socket
	test -S socket
	stop
	same status "$status" 0
	[ ! -e socket ]
}

@test "--listen takes no file away that is no socket" {
	elements
	cp card card.before
	fails 4 'gpi-recv: unix:card: Address already in use' \
	    recv --listen unix:card --timeout 1
	same_octets card card.before
}

@test "--timeout with too few good GPIs" {
	elements
	fails 1 'gpi-recv: accepted 0 of 1 GPIs within 1 s' \
	    recv --listen unix:socket --count 1 --timeout 1
	[ ! -e socket ]
	: >lines
	fails 1 'gpi-recv: accepted 0 of 1 GPIs; nothing more can arrive' \
	    recv --listen sms-pdu:lines --count 1
}

@test "--listen: called wrongly" {
	elements
	fails 2 "gpi-recv: --listen: 'amqp://x' is not a known transport; use udp://, tcp://, unix:, file:, coap://, smpp://, smpps:// or sms-pdu:" \
	    recv --listen amqp://x
	fails 2 'gpi-recv: give --listen or a FILE, not both' \
	    recv --listen unix:socket gpi
	fails 2 'gpi-recv: --timeout needs --listen' recv --timeout 1
}
