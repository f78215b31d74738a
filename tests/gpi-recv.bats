# gpi-recv.bats: step 406, the device checks each GPI and accepts it once.

load helper

AGAIN='rand: found one that this card accepted or answered before, expected a new one'

# unchanged COMMAND...: the card is the same, octet for octet, afterwards
unchanged() {
	cp card card.before
	"$@"
	same_octets card card.before
}

# refused REASON [OPTION...]: ./gpi is, with this reason; it costs nothing
refused() {
	unchanged fails 1 "gpi-recv: gpi: record 1: $1" recv "${@:2}" gpi
}

# stale: ./gpi made with an SQN that the card accepted before
stale() {
	local before

	before=$(sqn)
	gpi "$@" | recv >/dev/null
	hss-store set -d hss.db --impi $IMPI --sqn "$before"
	gpi "$@" >gpi
}

# ---- known answers ----

@test "gpi.csv: each GPI opens to the listed fields" {
	for name in $ROWS; do
		known "$name"
		printf %s "$row_gpi" | xxd -r -p >gpi
		does gpi-recv --card card --naf "$row_naf" \
		    --accept-unprotected-trigger --now $((row_key_lt - 1)) gpi
		python 'from cbor2 import dumps, loads
r = next(r for r in rows("gpi.csv") if r["name"] == sys.argv[1])
number = lambda k: int(r[k]) if r[k] else None
gpi = loads(h(r["gpi"]))
out.write(dumps(rec("accepted", rand=gpi[1], autn=gpi[2], um=int(r["um"]),
    app_lbl=h(r["app_lbl"]), naf_id=h(r["naf_id"]), key_lt=int(r["key_lt"]),
    trigger_ind=number("trigger_ind"), trigger_time=number("trigger_time"),
    trigger_mode=number("trigger_mode"), ue_priv_id=r["impi"],
    gpi=h(r["gpi"]), ks_naf=h(r["ks_naf"]),
    ks_int_naf=h(r["ks_int_naf"]) or None, ul_sa_id=r["p_tid"],
    dl_sa_id=gpi[1].hex() + "@" + h(r["naf_id"])[:-5].decode(),
    time=int(r["key_lt"]) - 1), canonical=True))' "$name" >accepted
		same_octets out accepted
	done
}

# ---- once, and only what is genuine ----

@test "a GPI is accepted once, in one run or in two" {
	elements
	gpi >gpi
	cat gpi gpi >twice
	ends 1 "gpi-recv: twice: record 2: $AGAIN" recv twice
	same accepted "$(field type out)" accepted
	refused "$AGAIN"
}

@test "a replay yields no AUTS" {
	elements
	gpi >gpi
	does recv gpi
	refused "$AGAIN" --sync-failures sync
	nothing_in sync
}

@test "one GPI at eight programs at once is accepted by one" {
	elements
	gpi >gpi
	for i in 1 2 3 4 5 6 7 8; do
		recv gpi >"accepted$i" 2>>err.all &
	done
	wait
	same accepted "$(cat accepted? | field type)" accepted
	same refusals "$(sort err.all | uniq -c | xargs)" \
	    "7 gpi-recv: gpi: record 1: $AGAIN"
}

@test "eight GPIs at eight programs at once are accepted by all" {
	elements
	for i in 1 2 3 4 5 6 7 8; do
		gpi >"gpi$i"
	done
	for i in 1 2 3 4 5 6 7 8; do
		recv "gpi$i" >"accepted$i" &
	done
	wait
	same accepted "$(cat accepted? | field type | uniq -c | xargs)" \
	    '8 accepted'
	cat gpi? | try recv
	same again "$(grep -c "$AGAIN" err)" 8
}

@test "GPIs that overtook each other are fresh, 32 of them" {
	elements
	for i in {1..32}; do
		mtc-trigger request -d mtc.db --naf $NAF --ue-id meter-7 --now $NOW
	done | gen | gpi-sign | gpi-push --to - >gpis
	python 'out.write(b"".join(reversed([item(i)
	    for i in items(read("gpis"))])))' | does recv
	same accepted "$(field type out | uniq -c | xargs)" '32 accepted'
}

@test "of its own BSF, card and IMPI only" {
	elements
	gpi >gpi
	mv card ours
	hss-store card -d hss.db --impi $IMPI --bsf other.example.org -o card
	refused 'mac: does not match'
	subscriber meter-8 somebody.else
	card somebody.else
	refused 'mac: does not match'
	rm hss.db* card
	(umask 077 && printf 'k %s\nopc %s\n' $OPC $K >key)
	subscriber
	card
	refused 'autn: MAC does not match this card'
	mv ours card
	does recv gpi
}

@test "a trigger of mode none is refused unless it is asked for" {
	elements
	gpi --indication 2 --mode none >gpi
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
		    2>/dev/null | field naf_id | sed 's/.*\(..\)$/\1/' | xargs)" "$1"
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
	fails 1 "gpi-recv: gpi: record 1: naf_id: found $NAF/0100000007, expected a NAF that this device accepts" \
	    gpi-recv --card card --naf other.example.org --now $NOW gpi
}

@test "--naf: what is no NAF" {
	elements
	for naf in MTC.example.org '' 'a b' a/01 a/01000000070 a/010000000g /0100000007; do
		fails 2 "gpi-recv: --naf: found \"$naf\", expected FQDN or FQDN/UA" \
		    gpi-recv --card card --naf "$naf"
	done
	fails 2 'gpi-recv: --naf: found nothing, expected --naf or --any-naf' \
	    gpi-recv --card card
	fails 2 'gpi-recv: --naf: found with --any-naf, expected --naf or --any-naf' \
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
	elements
	gpi --lifetime 60 >gpi
	for now in $((NOW + 60)) $((NOW + 61)) 4294967295; do
		unchanged fails 1 "gpi-recv: gpi: record 1: key_lt: found $((NOW + 60)), expected over $now" \
		    gpi-recv --card card --naf $NAF --now $now gpi
	done
	does gpi-recv --card card --naf $NAF --now $((NOW + 59)) gpi
}

# ---- sync failures ----

@test "a stale SQN without --sync-failures: nothing is remembered" {
	elements
	stale
	refused 'sqn: SEQ 1 IND 1 is not fresh, expected SEQ over 1'
	refused 'sqn: SEQ 1 IND 1 is not fresh, expected SEQ over 1'
}

@test "a genuine stale GPI yields one AUTS" {
	elements
	stale
	fails 1 'gpi-recv: gpi: record 1: sqn: SEQ 1 IND 1 is not fresh, expected SEQ over 1' \
	    recv --sync-failures sync gpi
	mode sync 600
	same 'sync failure' "$(gpi-show -j sync | jq -c 'del(.auts)')" \
	    "{\"type\":\"sync-failure\",\"rand\":\"$(field rand gpi)\",\"time\":$NOW}"
	same SQN.MS "$(osmo-auc-gen -3 -a milenage -k $K -o $OPC \
	    -r "$(field rand gpi)" -A "$(field auts sync)" |
	    sed -n 's/^SQN.MS:[[:space:]]*//p')" 33
	cp sync sync.before
	refused "$AGAIN" --sync-failures sync
	same_octets sync sync.before
}

@test "sync failures are appended" {
	elements
	stale
	try recv --sync-failures sync gpi
	hss-store set -d hss.db --impi $IMPI --sqn 0
	gpi | try recv --sync-failures sync
	same 'sync failures' "$(field type sync | uniq -c | xargs)" \
	    '2 sync-failure'
}

@test "what the card cannot remember any more may yield AUTS once more" {
	elements
	gpi >gpi
	does recv gpi
	for i in {1..31}; do gpi; done | does recv
	refused "$AGAIN" --sync-failures sync
	nothing_in sync
	gpi | does recv
	fails 1 'gpi-recv: gpi: record 1: sqn: SEQ 1 IND 1 is not fresh, expected SEQ over 33' \
	    recv --sync-failures sync gpi
	refused "$AGAIN" --sync-failures sync
	same 'sync failures' "$(field type sync)" sync-failure
}

@test "an SQN too far ahead is no way to wear the card out" {
	elements
	hss-store set -d hss.db --impi $IMPI --sqn $((2 ** 28 * 32))
	gpi >gpi
	refused "sqn: SEQ $((2 ** 28 + 1)) is more than $((2 ** 28)) ahead of SEQ_MS 0"
	hss-store set -d hss.db --impi $IMPI --sqn $(((2 ** 28 - 1) * 32))
	gpi | does recv
}

@test "no AUTS where anything else is wrong" {
	elements
	stale --lifetime 60
	unchanged fails 1 "gpi-recv: gpi: record 1: naf_id: found $NAF/0100000007, expected a NAF that this device accepts" \
	    gpi-recv --card card --naf other.example.org --now $NOW \
	    --sync-failures sync gpi
	unchanged fails 1 "gpi-recv: gpi: record 1: key_lt: found $((NOW + 60)), expected over $((NOW + 60))" \
	    gpi-recv --card card --naf $NAF --now $((NOW + 60)) \
	    --sync-failures sync gpi
	python 'g = read("gpi"); out.write(g[:-1] + bytes([g[-1] ^ 1]))' >bad
	unchanged fails 1 'gpi-recv: bad: record 1: mac: does not match' \
	    recv --sync-failures sync bad
	nothing_in sync
}

@test "--dry-run writes neither card nor sync failures" {
	elements
	gpi >gpi
	unchanged does recv --dry-run gpi
	same type "$(field type out)" accepted
	unchanged does recv --dry-run gpi
	does recv gpi
	stale
	refused 'sqn: SEQ 2 IND 2 is not fresh, expected SEQ over 2' \
	    --dry-run --sync-failures sync
	[ ! -e sync ]
}

@test "--explain shows the values of the check that failed, keys hidden" {
	elements
	gpi >gpi
	python 'g = read("gpi"); out.write(g[:-1] + bytes([g[-1] ^ 1]))' >bad
	try recv --explain bad
	same status "$status" 1
	grep -q "^  MAC  *$(field mac bad)$" err
	grep -q '^  Ks  *(hidden)$' err
	grep -q '^  K_GPI  *(hidden)$' err
	try recv --explain -s bad
	grep -qE '^  K_GPI  *[0-9a-f]{64}$' err
	stale
	try recv --explain gpi
	grep -q '^  SQN_MS  *66 (SEQ 2, IND 2)$' err
	python 'g = read("gpi"); out.write(g[:34] + bytes([g[34] ^ 1]) + g[35:])' >bad
	try recv --explain bad
	grep -q '^  XMAC-A ' err
	grep -q '^  CK  *(hidden)$' err
	grep -q '^  IK  *(hidden)$' err
}

# ---- tampering ----

# bombard COUNT: ./datagrams, until COUNT of them were refused
bombard() {
	cp card card.before
	listen unix:socket --accept-unprotected-trigger
	await test -S socket
	python 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("socket")
for line in open("datagrams"):
    s.send(h(line))'
	refusals() { [ "$(wc -l <heard.err)" -ge "$1" ]; }
	await refusals "$1"
	stop
	same status "$status" 0
	same refusals "$(wc -l <heard.err)" "$1"
	nothing_in heard
	same_octets card card.before
}

@test "no bit can be flipped, no octet cut: never accepted, the card unchanged" {
	# the ones with a trigger that anybody may change: see none, below
	for name in full integrity no-trigger gba-u app-lbl; do
		known "$name"
		printf %s "$row_gpi" | xxd -r -p >gpi
		python 'g = read("gpi")
n = int.from_bytes(g, "big")
bad = [g[:i] for i in range(len(g))] + [g + b"\0", g + g] + [
    (n ^ 1 << i).to_bytes(len(g), "big") for i in range(8 * len(g))]
open("datagrams", "w").write("".join(b.hex() + "\n" for b in bad))
print(len(bad))' >count
		bombard "$(cat count)"
		gpi-recv --card card --any-naf --now $NOW gpi >out
		same 'the genuine one' "$(field type out)" accepted
	done
}

@test "each flipped bit on its own ends with 1 or 3" {
	known full
	printf %s "$row_gpi" | xxd -r -p >gpi
	cp card card.before
	for bit in 0 3 8 17 150 290 420 430 437 700 870 880 1000 1300; do
		python 'g = read("gpi"); i = int(sys.argv[1]) % (8 * len(g))
n = int.from_bytes(g, "big") ^ 1 << (8 * len(g) - 1 - i)
out.write(n.to_bytes(len(g), "big"))' $bit >bad
		try recv bad
		[ "$status" = 1 ] || [ "$status" = 3 ]
		nothing_in out
	done
	same_octets card card.before
}

@test "mode none protects all but the trigger, as the warning says" {
	known none
	printf %s "$row_gpi" | xxd -r -p >gpi
	python 'g = read("gpi")
at = g.rindex(b"\x82\x00\x82\x02\x18\x1e") + 2
bad = [g[:i] + bytes([g[i] ^ 1 << b]) + g[i + 1:] for i in range(len(g))
    for b in range(8) if not at <= i < at + 4]
open("datagrams", "w").write("".join(b.hex() + "\n" for b in bad))
open("other", "wb").write(g[:at + 1] + b"\x01" + g[at + 2:])
print(len(bad))' >count
	bombard "$(cat count)"
	does recv --accept-unprotected-trigger other
	same trigger_ind "$(field trigger_ind out)" 1
}

@test "the boundary between C1 and C2 cannot be moved" {
	elements
	gpi --indication 2 --time 30 >gpi
	python 'import cbor2
g = cbor2.loads(read("gpi"))
c1, c2 = g[5], g[6][1]
for n in range(1, len(c1 + c2)):
    if n != len(c1):
        g[5], g[6][1] = (c1 + c2)[:n], (c1 + c2)[n:]
        print(item(g).hex())' >datagrams
	bombard "$(wc -l <datagrams)"
	[ "$(grep -c 'mac: does not match' heard.err)" -gt 6 ]
}

# altered EXPRESSION: ./gpi with its trigger item replaced
altered() {
	python 'import cbor2
g = cbor2.loads(read("genuine"))
other = cbor2.loads(read("other"))
g[6] = eval(sys.argv[1])
out.write(item(g))' "$1" >gpi
}

@test "a trigger is neither grafted, stripped nor downgraded" {
	elements
	for mode in full integrity; do
		gpi --indication 2 --time 30 --mode $mode >genuine
		gpi --indication 1 --time 60 --mode $mode >other
		for trigger in 'other[6]' None '[0, [2, 30]]' '[0, [1]]' \
		    '[1, [1]]' '[1, [2, 31]]'; do
			altered "$trigger"
			refused 'mac: does not match' --accept-unprotected-trigger
		done
		does recv genuine
	done
	gpi >genuine
	for trigger in '[1, [2, 30]]' '[0, [2, 30]]' 'other[6]'; do
		altered "$trigger"
		refused 'mac: does not match' --accept-unprotected-trigger
	done
}

@test "no part of a GPI fits into another" {
	elements
	gpi --indication 2 --time 30 >genuine
	gpi --indication 2 --time 30 >other
	for part in 1 2 5 6 7; do
		python 'import cbor2
g, o, i = cbor2.loads(read("genuine")), cbor2.loads(read("other")), int(sys.argv[1])
g[i] = o[i]
out.write(item(g))' $part >gpi
		case $part in
		1 | 2) refused 'autn: MAC does not match this card' ;;
		*) refused 'mac: does not match' ;;
		esac
	done
}

# ---- what is no GPI ----

@test "alien items between GPIs cost only themselves" {
	elements
	for i in 1 2 3; do gpi; done >gpis
	python 'gpis = [item(g) for g in items(read("gpis"))]
alien = [b"\x00", b"\x20", b"\x40", b"\x43abc", b"\x60", b"\x63abc", b"\x80",
    b"\xa0", b"\xc0\x60", b"\xe0", b"\xf4", b"\xf6", b"\xf7", b"\xf8\xff",
    b"\xf9\x7e\0", b"\xfa\0\0\0\0", b"\xfb" + bytes(8), b"\x5f\x41a\xff",
    b"\x7f\x61a\xff", b"\x9f\x00\xff", b"\xbf\x00\x00\xff", b"\x18\x00",
    b"\x1b" + bytes(8), b"\xd9\xd9\xf7\x00", b"\x88" + b"\x00" * 8,
    item([1] * 8), item({0: 1}), b"\x59\x03\xe8" + bytes(1000)]
print(len(alien) + 3, file=sys.stderr)
out.write(gpis[0] + b"".join(alien[:14]) + gpis[1] + b"".join(alien[14:]) +
    gpis[2])' >items 2>count
	ends 3 'gpi-recv: items: record 2: gpi: found an integer, expected an array of 8' \
	    recv items
	same accepted "$(field type out | uniq -c | xargs)" '3 accepted'
	same refusals "$(wc -l <err)" $(($(cat count) - 3))
}

@test "all before broken CBOR comes out" {
	elements
	gpi >one
	gpi >two
	gpi >three
	for broken in 1c 3e 5e ff 9f1c df bf00ff 5f00ff 7f41 8801 590801; do
		printf $broken | xxd -r -p >broken
		cat one two broken three >items
		try recv --dry-run items
		same "status after $broken" "$status" 3
		same "lines after $broken" "$(wc -l <err)" 1
		same "accepted before $broken" \
		    "$(field ul_sa_id out | wc -l)" 2
	done
}

@test "an item of over 2,048 octets ends the run, one of 2,048 does not" {
	elements
	gpi >one
	gpi >two
	python 'out.write(read("one") + item(bytes(2046)) + read("two"))' >items
	ends 3 'gpi-recv: items: record 2: item: found over 2048 octets, expected at most 2048' \
	    recv --dry-run items
	same accepted "$(field type out)" accepted
	python 'out.write(read("one") + item(bytes(2045)) + read("two"))' >items
	ends 3 'gpi-recv: items: record 2: gpi: found 2048 octets, expected at most 1024' \
	    recv items
	same accepted "$(field type out | uniq -c | xargs)" '2 accepted'
}

@test "a GPI has one encoding" {
	elements
	gpi --indication 2 --time 30 >gpi
	python 'g = read("gpi")
print((b"\x98\x08" + g[1:]).hex(), (b"\x9f" + g[1:] + b"\xff").hex(),
    (g[:1] + b"\x18\x01" + g[2:]).hex(),
    (g[:2] + b"\x58\x10" + g[3:]).hex(),
    (g[:2] + b"\x5f" + g[2:19] + b"\xff" + g[19:]).hex(),
    (b"\xc1" + g).hex(), sep="\n")' >forms
	cp card card.before
	while read -r form; do
		try recv < <(printf %s "$form" | xxd -r -p)
		same "status of $form" "$status" 3
		nothing_in out
	done <forms
	same_octets card card.before
	does recv gpi
}

@test "a version that is not known" {
	elements
	gpi >gpi
	python 'g = read("gpi"); out.write(g[:1] + b"\x02" + g[2:])' >new
	unchanged fails 3 'gpi-recv: new: record 1: ver: found 2, expected 1' \
	    recv new
}

@test "a record is no GPI" {
	elements
	request | fails 3 'gpi-recv: record 1: gpi: found a map, expected an array of 8' recv
}

@test "the gravest status of a run is its status" {
	elements
	gpi >one
	gpi >two
	try recv < <(cat one one two)
	same 'rejected and good' "$status" 1
	try recv < <(cat one; printf '\0'; gpi)
	same 'rejected, malformed and good' "$status" 3
	try recv < <(printf '\0'; cat one; gpi)
	same 'malformed, rejected and good' "$status" 3
}

# ---- datagrams ----

@test "--listen udp: what gpi-push sends, until --count are accepted" {
	elements
	port=$((20000 + RANDOM % 10000))
	listen udp://127.0.0.1:$port --count 2
	await grep -q ":$(printf %04X $port) " /proc/net/udp
	for i in 1 2; do
		request --indication 2 | gen | gpi-sign |
		    does gpi-push --to udp://127.0.0.1:$port
		nothing_in out
	done
	wait $pid
	same accepted "$(field type heard | uniq -c | xargs)" '2 accepted'
	nothing_in heard.err
}

@test "a datagram holds exactly one GPI, and never ends a run" {
	elements
	gpi >gpi
	gpi >next
	python 'g = read("gpi")
print("", "00", "1c", "ff", g.hex() * 2, g.hex() + "00", "58ff", "00" * 3000,
    g.hex()[:-2], sep="\n")' >datagrams
	bombard 9
	does recv gpi
}

@test "a Unix socket goes when the run ends, and one left over is taken" {
	elements
	request | gen | gpi-sign >response
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
	fails 1 'gpi-recv: --timeout: found 0 good GPIs in 1 seconds, expected 1' \
	    recv --listen unix:socket --count 1 --timeout 1
	[ ! -e socket ]
}

@test "--listen: called wrongly" {
	elements
	fails 2 'gpi-recv: --listen: found http://x, expected udp://, tcp://, unix:, file:, coap://, smpp:// or sms-pdu:' \
	    recv --listen http://x
	fails 2 'gpi-recv: --listen: found with a file, expected one of them' \
	    recv --listen unix:socket gpi
	fails 2 'gpi-recv: --timeout: found without --listen' recv --timeout 1
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
	fails 3 'gpi-recv: text: record: found no such item, expected a map of at most 2048 octets' \
	    gpi-recv --card text --naf $NAF
}

@test "a card behind a symbolic link is still one card" {
	elements
	gpi >gpi
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
	same warning "$(cat err)" \
	    'gpi-recv: card: found mode 0644, expected 0600: others can read its keys'
	mode card 600
}

@test "a card that cannot be replaced: nothing is accepted" {
	elements
	gpi >gpi
	mkdir ro
	mv card ro
	chmod 500 ro
	fails 4 'gpi-recv: ro/card: Permission denied' \
	    setpriv --bounding-set=-all --inh-caps=-all \
	    "$(command -v gpi-recv)" --card ro/card --naf $NAF --now $NOW gpi
	chmod 700 ro
	mv ro/card card
	does recv gpi
}

@test "a card that cannot be replaced: no AUTS is told" {
	elements
	stale
	mkdir ro
	mv card ro
	chmod 500 ro
	ends 4 'gpi-recv: gpi: record 1: sqn: SEQ 1 IND 1 is not fresh, expected SEQ over 1' \
	    setpriv --bounding-set=-all --inh-caps=-all \
	    "$(command -v gpi-recv)" --card ro/card --naf $NAF --now $NOW \
	    --sync-failures sync gpi
	same 'second line' "$(sed -n 2p err)" 'gpi-recv: ro/card: Permission denied'
	same octets "$(stat -c %s sync)" 0
	chmod 700 ro
}

@test "--text says who calls, without keys" {
	elements
	gpi --indication 2 --time 30 | does recv -t
	grep -q "^  naf_id       $NAF/0100000007$" out
	grep -q '^  trigger_ind  2$' out
	grep -q '^  ks_naf       (hidden)$' out
}
