# fleet.bats: a fleet in and out of the stores, and how far that has come.
# engines: sqlite postgresql

load helper

# fleet N: so many devices, each with its SA, in hss.db and mtc.db
fleet() {
	local n

	for ((n = 0; n < $1; n++)); do
		echo "{\"impi\":\"i$n\",\"ue_id\":[\"m$n\"],\"imsi\":\"$((1000000 + n))\",\"k\":\"$K\",\"opc\":\"$OPC\"}"
	done >subscribers
	hss-store import -d hss.db subscribers
	for ((n = 0; n < $1; n++)); do
		echo "{\"ue_id\":\"m$n\",\"ue_trp\":\"unix:dev\"}"
	done | mtc-trigger register -d mtc.db -
	mtc-trigger request -d mtc.db --naf $NAF --all --now $NOW >requests
	gen requests | gpi-sign >responses
	put mtc.db responses
}

# terminal COMMAND: run so that stderr is one; what it shows, line by line
terminal() {
	script -qec "$1 2>&1" /dev/null | tr '\r' '\n'
}

# ---- out and in ----

@test "SAs: what list writes, put reads, records or JSON" {
	fleet 3
	sa-store list -d mtc.db -o records
	sa-store list -d mtc.db -js >lines
	same lines "$(lines_in lines)" 3
	does adopt dev.db records
	does adopt other.db lines
	for store in dev.db other.db; do
		sa-store list -d $store -o "$store.out"
		same_octets "$store.out" records
	done
	# again: they are there
	does adopt other.db --pass lines
	same_octets out records
}

# bats test_tags=any-store
@test "SAs: hidden keys, unknown members and other types are no SAs" {
	fleet 1
	sa-store list -d mtc.db -js >line
	sa-store list -d mtc.db -j | fails 3 \
	    'sa-store: line 1: ks_naf: found (hidden), expected what -s shows' adopt other.db
	jq -c '.more = 1' line | fails 3 \
	    'sa-store: line 1: more: type naf-sa has no such field' \
	    adopt other.db
	jq -c 'del(.type)' line | fails 3 \
	    'sa-store: line 1: the type is missing' adopt other.db
	jq -c '.type = "device"' line | ends 3 \
	    'sa-store: line 1: rand: type device has no such field' \
	    adopt other.db
	jq -c 'del(.rand)' line | fails 3 \
	    'sa-store: line 1: rand: found nothing, expected in a naf-sa' \
	    adopt other.db
	same SAs "$(sa-store count -d other.db)" 0
}

@test "subscribers: what list writes, import reads, records or JSON" {
	fleet 3
	hss-store list -d hss.db -o records
	hss-store list -d hss.db -js >lines
	does hss-store import -d ms_hss.db records
	hss-store list -d ms_hss.db -o again
	same_octets again records
	fails 0 'hss-store: 3 subscribers were there already, with the same content' \
	    hss-store import -d ms_hss.db lines
	# vectors for each identity, and a card
	does gpi-gen --hss ms_hss.db --bsf $BSF --now $NOW requests
	same drafts "$(field type out | lines)" 3
	does hss-store card -d ms_hss.db --impi i2 --bsf $BSF -o card
}

# bats test_tags=any-store
@test "devices: what list writes, register reads, records or JSON" {
	fleet 3
	mtc-trigger devices -d mtc.db -o records
	mtc-trigger devices -d mtc.db -j >lines
	does mtc-trigger register -d dev.db records
	does mtc-trigger register -d other.db lines
	for store in dev.db other.db; do
		mtc-trigger devices -d $store -o "$store.out"
		same_octets "$store.out" records
	done
}

@test "import: a refused subscriber leaves nothing, whatever is beside it" {
	cat >lines <<-.
	{"impi": "a", "ue_id": ["x", "y"], "imsi": "111111", "k": "$K", "opc": "$OPC"}
	{"impi": "b", "ue_id": ["z", "x"], "imsi": "222222", "k": "$K", "opc": "$OPC"}
	{"impi": "c", "ue_id": ["w"], "imsi": "111111", "k": "$K", "opc": "$OPC"}
	{"impi": "b", "ue_id": ["z", "z"], "imsi": "222222", "k": "$K", "opc": "$OPC"}
	{"impi": "c", "ue_id": ["w"], "k": "$K", "opc": "$OPC"}
	{"impi": "a", "k": "$K", "opc": "$OPC"}
	.
	try hss-store import -d hss.db lines
	same status "$status" 1
	diff err - <<-.
	hss-store: lines: line 2: ue_id: another subscriber has x
	hss-store: lines: line 3: imsi: another subscriber has 111111
	hss-store: lines: line 6: ue_priv_id: another subscriber has a
	.
	same subscribers "$(hss-store list -d hss.db -t | value ue_priv_id | words)" 'a b c'
	mtc-trigger request -d mtc.db --naf $NAF --now $NOW --ue-trp unix:dev \
	    --ue-id x --ue-id y --ue-id z --ue-id w >requests
	does gen requests
	same drafts "$(field type out | lines)" 4
}

@test "an import of more than a turn and more than a batch" {
	python 'import json
for n in range(10500):
    print(json.dumps(dict(ue_id="m%d" % n, ue_trp="unix:dev")))
    print("m%d" % n, file=sys.stderr)' >lines 2>expected
	does mtc-trigger register -d mtc.db lines
	mtc-trigger devices -d mtc.db -t | value ue_id | same_octets expected -
}

# ---- batches ----

@test "rm --ue removes all SAs of a device, however many" {
	python 'import os
for n in range(10050):
    rand = os.urandom(16)
    out.write(item(rec("accepted", rand=rand, autn=bytes(16), app_lbl=b"",
        um=0, naf_id=naf("mtc.example.org"), key_lt='$NOW' + 3600,
        ue_priv_id="impi", gpi=b"gpi", ks_naf=b"n" * 32, ul_sa_id="sa%d" % n,
        time='$NOW', dl_sa_id=rand.hex() + "@mtc.example.org")))' |
	    does put dev.db
	same SAs "$(sa-store count -d dev.db)" 10050
	does sa-store rm -d dev.db --ue impi
	same SAs "$(sa-store count -d dev.db)" 0
}

# bats test_tags=any-store
@test "a BSF that grants less than is asked: all the same, SA for SA" {
	for n in 1 2 3; do
		subscriber m$n i$n
		device m$n
	done
	mtc-trigger request -d mtc.db --naf $NAF --all --now $NOW \
	    --lifetime 7200 | gen --max-lifetime 60 | gpi-sign >responses
	does put mtc.db --pass responses
	same_octets out responses
	same states "$(mtc-trigger status -d mtc.db -t | value state | words)" \
	    'stored stored stored'
	says 3 sa-store expire -d mtc.db --now $((NOW + 60))
	same states "$(mtc-trigger status -d mtc.db -t | value state | words)" \
	    'expired expired expired'
}

# ---- progress ----

# bats test_tags=any-store
@test "an import shows on a terminal how far it has come, and nowhere else" {
	local bin

	bin=$(dirname "$(type -P mtc-trigger)")
	python 'import json
for n in range(200):
    print(json.dumps(dict(ue_id="m%d" % n, ue_trp="unix:dev")))
    print("m%d" % n, file=sys.stderr)' >lines 2>expected
	# a slow input: half of it, a pause of over a second, the rest
	terminal "(head -n 100 lines; sleep 1.2; tail -n 100 lines) |
	    '$bin/mtc-trigger' register -d terminal.db -" >shown
	grep -qE 'mtc-trigger: [12]00 records, [0-9]+/s' shown
	# the line is taken away at the end
	tail -n 1 shown | grep -q "$(printf '\033\\[K')$"
	does mtc-trigger register -d mtc.db - < <(head -n 100 lines; sleep 1.2
	    tail -n 100 lines)
}
