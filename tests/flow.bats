# flow.bats: steps 401 to 407 of gba-push(7), without the connection.
# engines: sqlite postgresql

load helper

# push [OPTION OF REQUEST...]: steps 401 to 405
push() {
	mtc-trigger request -d mtc.db --naf $NAF --ue-id meter-7 "$@" |
	    gpi-gen --hss hss.db --bsf $BSF | gpi-sign |
	    sa-store put -d mtc.db --pass | gpi-push --report report
}

# agree: the device and the server have the same SA
agree() {
	for store in mtc.db dev.db; do
		sa-store list -d $store -js | pick ul_sa_id dl_sa_id ks_naf \
		    ks_int_naf naf_id key_lt rand autn um >$store.sa
	done
	diff mtc.db.sa dev.db.sa
	[ -s mtc.db.sa ]
}

# ---- as in gba-push(7) ----

@test "the whole of it: GBA_ME with Milenage, over UDP" {
	subscriber
	card
	free_port
	device meter-7 udp://127.0.0.1:$port
	(gpi-recv --card card --naf $NAF --listen udp://127.0.0.1:$port \
	    --count 1 | sa-store put -d dev.db --pass >accepted) 3>&- &
	await heard_at udp://127.0.0.1:$port
	does push --indication 2 --time 30
	wait $!
	agree
	same trigger "$(gpi-show -j accepted |
	    pick trigger_ind trigger_time trigger_mode)" '[2,30,"full"]'
	does mtc-trigger record -d mtc.db report
	same state "$(mtc-trigger status -d mtc.db -t | value state)" sent
}

# bats test_tags=any-store
@test "the whole of it: GBA_U with TUAK, over a Unix socket" {
	(umask 077 && printf 'k %s\ntop %s\n' $K$K $OPC$OPC >key)
	subscriber meter-7 $IMPI --algorithm tuak --iterations 2
	card
	mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp unix:dev --um u
	(gpi-recv --card card --naf $NAF --listen unix:dev --count 1 |
	    sa-store put -d dev.db --pass >accepted) 3>&- &
	await test -S dev
	does push --indication connect
	wait $!
	agree
	same um "$(field um accepted)" u
	same Ks_int_NAF "$(field ks_int_naf accepted | grep -cE '^[0-9a-f]{64}$')" 1
}

# bats test_tags=any-store
@test "a record leaves as soon as it is decided: nothing waits for the end" {
	elements
	mkfifo in drafts responses stored
	gen <in >drafts 3>&- &
	gpi-sign <drafts >responses 3>&- &
	put mtc.db --pass <responses >stored 3>&- &
	gpi-push --to - <stored >gpis 3>&- &
	exec 9>in
	for n in 1 2 3; do
		request >&9
		count() { [ "$(gpi-show -j gpis | wc -l)" = $n ]; }
		await count
	done
	exec 9>&-
	wait
}

# ---- secrets stay home ----

@test "K_GPI does not leave the BSF, the NAF's keys not the NAF, Ks nobody" {
	elements
	request >request
	gen request >draft
	gpi-sign draft >response
	put mtc.db --pass response >passed
	gpi-push --to - passed >gpi
	recv gpi >accepted
	osmo-auc-gen -3 -a milenage -k $K -o $OPC -f 0000 -s 33 \
	    -r "$(field rand gpi)" >osmo
	# a store on a server as the rows of its tables
	for store in mtc hss; do
		[ $ENGINE = sqlite ] || pg_rows $store.db >$store.db
	done
	python 'names = "request draft response passed gpi accepted mtc.db hss.db card"
content = {n: read(n) for n in names.split()}
def has(key):	# as octets, or as hex in either case
    return {n for n, c in content.items()
        if h(key) in c or key.encode() in c.lower()}
ks_naf, k_gpi, *ck_ik = sys.argv[1:]
assert len(ck_ik) == 2
for key in ck_ik:
    assert not has(key), has(key)
assert has(k_gpi) == {"draft"}, has(k_gpi)
assert {"response", "mtc.db"} <= has(ks_naf), has(ks_naf)
assert not has(ks_naf) & {"request", "gpi", "hss.db", "card"}, has(ks_naf)' \
	    "$(field ks_naf draft)" "$(field k_gpi draft)" \
	    $(sed -nE 's/^[CI]K:[[:space:]]*//p' osmo)
}

# ---- resynchronisation ----

# lost: the HSS has lost its memory; a push that the device finds stale
lost() {
	hss-store set -d hss.db --impi $IMPI --sqn "${1:-0}"
	request --p-tid old --indication 2 --time 30 | gen | gpi-sign |
	    put mtc.db --pass | gpi-push --to - >stale
	try recv --sync-failures sync stale
}

# bats test_tags=any-store
@test "resynchronisation to the end: the device is triggered after all" {
	elements
	gpi | recv >/dev/null
	gpi | recv >/dev/null
	lost
	same status "$status" 1
	nothing_in out
	mtc-trigger resync -d mtc.db --now $NOW sync | gen | gpi-sign |
	    put mtc.db --pass | gpi-push --to - >gpi
	does recv gpi
	same trigger "$(gpi-show -j out |
	    pick trigger_ind trigger_time)" '[2,30]'
	same SQN "$(sqn)" 99
	same states "$(mtc-trigger status -d mtc.db -t | value state |
	    sort | tally)" '1 failed 2 requested 1 stored'
	# and not once more
	fails 1 'mtc-trigger: sync: record 1: rand: no open trigger has it' \
	    mtc-trigger resync -d mtc.db --now $NOW sync
}

# bats test_tags=any-store
@test "a sync failure that somebody made up moves no SQN" {
	elements
	gpi | recv >/dev/null
	lost
	edit 'auts=bytes(14)' <sync >forged
	mtc-trigger resync -d mtc.db --now $NOW forged |
	    fails 1 'gpi-gen: record 1: auts: MAC-S does not match' gen
	same SQN "$(sqn)" 33
}

# bats test_tags=any-store
@test "an old sync failure does not rewind SQN" {
	elements
	gpi | recv >/dev/null
	lost
	mtc-trigger resync -d mtc.db --now $NOW sync >request
	gen request >/dev/null
	same SQN "$(sqn)" 66
	for after in 99 132; do
		gen request >/dev/null
		same SQN "$(sqn)" $after
	done
}

# bats test_tags=any-store
@test "replays at the device lead to no request at the server" {
	elements
	request --p-tid one | gen | gpi-sign | put mtc.db --pass |
	    gpi-push --to - >gpi
	does recv gpi
	for i in {1..33}; do
		mtc-trigger request -d mtc.db --naf $NAF --ue-id meter-7 --now $NOW
	done | gen | gpi-sign | put mtc.db --pass | gpi-push --to - | does recv
	# forgotten by the card, but the trigger has led to a connection
	try recv --sync-failures sync gpi
	same 'sync failures' "$(field type sync)" sync-failure
	sql mtc.db "UPDATE trigger_state SET state = 7
	    WHERE p_tid = $(key one)"
	try mtc-trigger resync -d mtc.db --now $NOW sync
	same status "$status" 1
	nothing_in out
}

# ---- fleets ----

# hwm PID KIB: so much memory it, or what it runs, has had at most
hwm() {
	local pid

	sanitized || for pid in $1 $(pgrep -P "$1"); do
		[ "$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status")" -lt "$2" ]
	done
}

@test "10,000 requests for 10,000 devices, one of them bad, in constant memory" {
	python 'import json
for n in range(10000):
    print(json.dumps(dict(impi="i%d" % n, ue_id=["m%d" % n], k="'$K'",
        opc="'$OPC'")))' | hss-store import -d hss.db
	python 'import json
for n in range(10000):
    print(json.dumps(dict(ue_id="m%d" % n, ue_trp="unix:dev")))' |
	    mtc-trigger register -d mtc.db -
	mtc-trigger request -d mtc.db --naf $NAF --all --now $NOW >all
	# the one in the middle asks for a device that nobody has
	python 'requests = read("all")
r = list(items(requests))
r[5000][KEYS.index("ue_id")] = "nobody"
out.write(b"".join(map(item, r)))
open("p_tids", "w").write("".join(x[8] + "\n" for i, x in enumerate(r)
    if i != 5000))' >requests
	mkfifo in drafts responses stored
	gpi-gen --hss hss.db --bsf $BSF --now $NOW <in >drafts 2>err.gen 3>&- &
	gen=$!
	gpi-sign <drafts >responses 2>err.sign 3>&- &
	sign=$!
	sa-store put -d mtc.db --pass --now $NOW <responses >stored 2>err.put 3>&- &
	put=$!
	gpi-push --to - <stored >gpis 2>err.push 3>&- &
	push=$!
	exec 9>in
	cat requests >&9
	# 106 octets each: the FQDN and the P-TIDs are of one length
	all_there() { nap && nap && [ "$(stat -c %s gpis)" = $((9999 * 106)) ]; }
	for ((i = 0; i < 12; i++)); do
		all_there || await all_there || true
	done >/dev/null
	all_there
	hwm $gen 32768
	hwm $sign 12288
	hwm $put 40960
	hwm $push 12288
	exec 9>&-
	wait $gen && status=0 || status=$?
	same 'status of gpi-gen' $status 1
	wait $sign
	wait $put
	wait $push
	same complaints "$(cat err.*)" \
	    'gpi-gen: record 5001: ue_id: no subscriber has public identity nobody'
	same SAs "$(sa-store count -d mtc.db)" 9999
	sa-store list -d mtc.db -o sas
	python 'gpis = [g[1] for g in items(read("gpis"))]
sas = list(items(read("sas")))
assert [s[KEYS.index("rand")] for s in sas] == gpis
print(*[s[KEYS.index("ul_sa_id")] for s in sas], sep="\n")' | cmp - p_tids
	same states "$(mtc-trigger status -d mtc.db -j |
	    jq -r .state | sort | tally)" '1 requested 9999 stored'
}
