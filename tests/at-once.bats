# at-once.bats: programs that use one store at once; what a store has of them.
# engines: sqlite postgresql

load helper

# at_once COMMAND FILE...: for each file; all pass, and complain of nothing
at_once() {
	local command=$1 file pids=()

	shift
	for file; do
		$command "$file" >"$file.passed" 2>"$file.err" 3>&- &
		pids+=($!)
	done
	for file; do
		wait "${pids[0]}" || echo "status $?: $file" >>"$file.err"
		pids=("${pids[@]:1}")
	done
	same complaints "$(cat "${@/%/.err}")" ''
}

# ---- gpi-gen ----

# fleet N: subscribers i0 ..., with public identities m0 ...
fleet() {
	python 'import json
for n in range(int(sys.argv[1])):
    print(json.dumps(dict(impi="i%d" % n, ue_id=["m%d" % n], k="'$K'",
        opc="'$OPC'")))' "$1" | hss-store import -d hss.db
}

@test "four gpi-gen for the same 1,000 subscribers: no SQN twice, all good" {
	fleet 1000
	for ue in 0 1 999; do
		card i$ue card$ue
	done
	# each asks once of each and 8 times of the first, in an order of its own
	python 'import random
random.seed(7)
for f in "abcd":
    ues = list(range(1000)) + [0] * 7
    random.shuffle(ues)
    open(f, "wb").write(b"".join(item(request(ue_id="m%d" % ue,
        p_tid="%s%d" % (f, n))) for n, ue in enumerate(ues)))'
	at_once gen a b c d
	cat {a,b,c,d}.passed >drafts
	same drafts "$(gpi-show -j drafts | wc -l)" 4028
	python "$SQNS"'import random
drafts = [named(d) for f in "abcd" for d in items(read(f + ".passed"))]
used = list(sqns([(d["rand"], d["autn"]) for d in drafts]))
for ue in set(d["ue_id"] for d in drafts):
    of_ue = sorted(s for d, s in zip(drafts, used) if d["ue_id"] == ue)
    seqs = [s >> 5 for s in of_ue]
    assert seqs == list(range(1, len(seqs) + 1)), (ue, seqs)
    assert [s & 31 for s in of_ue] == [(i + 1) % 32
        for i in range(len(of_ue))], ue
random.seed(8)
for ue in "m0", "m1", "m999":
    mine = [d for d in drafts if d["ue_id"] == ue]
    random.shuffle(mine)
    open(ue, "wb").write(b"".join(item({KEYS.index(k): v
        for k, v in d.items()}) for d in mine))'
	for ue in 0 1 999; do
		gpi-sign m$ue | gpi-push --to - >gpis
		does gpi-recv --card card$ue --naf $NAF --now $NOW gpis
		same accepted "$(field type out | sort | tally)" \
		    "$([ $ue = 0 ] && echo 32 || echo 4) accepted"
		# and once each
		try gpi-recv --card card$ue --naf $NAF --now $NOW gpis
		same status "$status" 1
		nothing_in out
	done
}

# ---- hss-store ----

@test "eight hss-store add one subscriber: one does, and it is found" {
	(umask 077 && printf 'k %s\nopc %s\n' $K $OPC >key)
	hss-store import -d hss.db </dev/null
	for n in {1..8}; do
		(status=0
		subscriber meter-7 $IMPI 2>"err.$n" || status=$?
		echo $status >"status.$n") 3>&- &
	done
	wait
	same statuses "$(sort status.* | tally)" '1 0 7 1'
	# of whichever was there at the look-up
	same complaints "$(grep -vE "^hss-store: (ue_priv_id: another subscriber has $IMPI|ue_id: another subscriber has meter-7)$" err.* || true)" ''
	same lines "$(cat err.* | lines)" 7
	same subscribers "$(hss-store list -d hss.db -j | lines)" 1
	cbor 'request()' | does gen
}

# ---- sa-store ----

pass() {
	adopt mtc.db --pass "$1"
}

@test "two sa-store put on one store: both succeed" {
	subscriber
	for f in a b; do
		many 2000 $f | gen | gpi-sign >$f
	done
	at_once pass a b
	same_octets a a.passed
	same_octets b b.passed
	same SAs "$(count)" 4000
}

@test "two sa-store put of the same responses: both pass, stored once" {
	fleet 1500
	for ((n = 0; n < 1500; n++)); do
		echo "{\"ue_id\": \"m$n\", \"ue_trp\": \"unix:dev\"}"
	done | mtc-trigger register -d mtc.db -
	mtc-trigger request -d mtc.db --naf $NAF --all --now $NOW |
	    gen | gpi-sign >a
	cp a b
	at_once pass a b
	same_octets a a.passed
	same_octets a b.passed
	same SAs "$(count)" 1500
	same states "$(mtc-trigger status -d mtc.db -t | value state |
	    uniq -c | words)" '1500 stored'
}

# ---- all ----

@test "eight programs make a store at once" {
	for n in {1..8}; do
		(status=0
		device "m$n" 2>"err.$n" || status=$?
		echo $status >"status.$n") 3>&- &
	done
	wait
	same statuses "$(cat status.* | tally)" '8 0'
	same complaints "$(cat err.*)" ''
	same devices "$(mtc-trigger devices -d mtc.db -j | lines)" 8
	(umask 077 && printf 'k %s\nopc %s\n' $K $OPC >key)
	for n in {1..8}; do
		hss-store add -d hss.db --impi "i$n" --key-file key \
		    2>"err.$n" 3>&- &
	done
	wait
	same complaints "$(cat err.*)" ''
	same subscribers "$(hss-store list -d hss.db -j | lines)" 8
}

# bats test_tags=any-store
@test "a damaged record in a store is the system's failure" {
	device
	sql mtc.db "UPDATE device SET record = $(octets a0)"
	ends 4 'mtc-trigger: store: type: found none of a record, expected 1 to 12' \
	    mtc-trigger devices -d mtc.db
}

