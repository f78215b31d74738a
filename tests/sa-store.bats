# sa-store.bats: step 404 at the NAF, and the same at the device.
# engines: sqlite postgresql

load helper

# accepted [FIELD=EXPRESSION...]: a UE SA with its trigger
accepted() {
	python 'r = dict(rand=h("00" * 16), autn=bytes(16), app_lbl=b"", um=0,
    naf_id=naf("mtc.example.org"), key_lt='$NOW' + 3600, trigger_ind=2,
    trigger_time=30, trigger_mode=2, ue_priv_id="impi", gpi=b"gpi",
    ks_naf=b"n" * 32, ul_sa_id="one", time='$NOW',
    dl_sa_id="00" * 16 + "@mtc.example.org")
for s in sys.argv[1:]:
    k, e = s.split("=", 1)
    r[k] = eval(e)
out.write(item(rec("accepted", **r)))' "$@"
}

# ---- put ----

@test "put keeps the NAF SA of a response, and is silent" {
	response >response
	does adopt mtc.db response
	nothing_in out
	python 'from cbor2 import loads, dumps
row = next(r for r in rows("gpi.csv") if r["name"] == "full")
g = loads(h(row["gpi"]))
out.write(dumps(rec("naf_sa", rand=g[1], autn=g[2], app_lbl=b"", um=0,
    naf_id=naf("mtc.example.org"), key_lt='$NOW' + 3600, mac=g[7],
    ue_id="meter-7", ue_trp="unix:dev", enc_gpi=g[5] + g[7],
    ks_naf=b"n" * 32, ul_sa_id="one",
    dl_sa_id=g[1].hex() + "@mtc.example.org"), canonical=True))' >sa
	does sa-store get -d mtc.db --ul one -o -
	same_octets out sa
}

# bats test_tags=any-store
@test "put --pass lets through the octets that came in" {
	response >response
	does adopt mtc.db --pass response
	same_octets out response
	does adopt mtc.db --pass response
	same_octets out response
	same SAs "$(count)" 1
}

@test "put keeps a UE SA without its trigger, and passes it with it" {
	accepted >accepted
	does put dev.db --pass accepted
	same_octets out accepted
	accepted trigger_ind=None trigger_time=None trigger_mode=None >sa
	does sa-store list -d dev.db -o -
	same_octets out sa
}

@test "put keeps a NAF SA as it is" {
	response | adopt mtc.db
	sa-store list -d mtc.db --cbor >sa
	does adopt other.db --pass sa
	same_octets out sa
	sa-store list -d other.db --cbor | same_octets - sa
}

@test "the same again changes nothing; other content is refused" {
	response >response
	does adopt mtc.db response
	does adopt mtc.db response
	response key_lt=$((NOW + 60)) |
	    fails 1 'sa-store: record 1: dl_sa_id: it is stored with other content' adopt
	response 'ks_naf=b"m" * 32' | fails 1 'sa-store: record 1: dl_sa_id: it is stored with other content' adopt mtc.db --pass
	response "$(another 00)" |
	    fails 1 'sa-store: record 1: ul_sa_id: it is stored with other content' adopt mtc.db --pass
	same SAs "$(count)" 1
	same key_lt "$(sa-store list -d mtc.db -t | value key_lt)" $((NOW + 3600))
}

# bats test_tags=any-store
@test "a response without ue_trp is refused: nobody could be triggered" {
	response ue_trp=None |
	    fails 1 'sa-store: record 1: ue_trp: found nothing, expected in a response to be stored' adopt mtc.db --pass
	same SAs "$(count)" 0
	same triggers "$(mtc-trigger status -d mtc.db)" ''
}

# bats test_tags=any-store
@test "a cancelled trigger wants no answer" {
	device
	request --p-tid one >/dev/null
	mtc-trigger cancel -d mtc.db --p-tid one
	response | fails 1 'sa-store: record 1: the trigger one is closed' adopt mtc.db --pass
	same SAs "$(count)" 0
}

# bats test_tags=any-store
@test "what is refused is not in the way of what came before it" {
	device
	request --p-tid one >/dev/null
	mtc-trigger cancel -d mtc.db --p-tid one
	response 'p_tid="a"' 'ue_id="meter-8"' >good
	response >one
	(cat good one) | fails 1 'sa-store: record 2: the trigger one is closed' adopt mtc.db
	cat good one >both
	try adopt mtc.db --pass both
	same_octets out good
	same SAs "$(count)" 1
}

# bats test_tags=any-store
@test "the answer for another device than asked for is refused" {
	device
	request --p-tid one >/dev/null
	response 'ue_id="meter-8"' |
	    fails 1 'sa-store: record 1: ue_id: found meter-8, expected meter-7 of the trigger one' adopt mtc.db --pass
	same SAs "$(count)" 0
	same state "$(state one)" requested
}

@test "a response that nobody requested is refused" {
	device
	request --p-tid two >/dev/null
	response >one
	response 'p_tid="two"' "$(another 01)" >two
	for SA in one two; do
		adopt other.db --pass $SA >/dev/null
	done
	sa-store list -d other.db --cbor >SAs
	unasked='p_tid: found one, expected one that was requested here; --unrequested takes others'
	cat one two >both
	for file in both SAs; do
		ends 1 "sa-store: $file: record 1: $unasked" \
		    put mtc.db --pass $file
		same 'lines of stderr' ${#complaints[@]} 1
		same passed "$(field "$([ $file = SAs ] && echo ul_sa_id ||
		    echo p_tid)" out)" two
		same SAs "$(sa-store list -d mtc.db -t | value ul_sa_id)" two
		same triggers "$(states p_tid state)" '["two","stored"]'
	done
}

@test "a response that nobody requested is taken as plain GBA Push: state stored" {
	response | does adopt
	same trigger "$(mtc-trigger status -d mtc.db -j |
	    pick p_tid state requested trigger_ind stored)" \
	    "[\"one\",\"stored\",null,null,$NOW]"
}

# bats test_tags=any-store
@test "a response whose gpi is none is malformed" {
	response 'gpi=b"gpi"' |
	    fails 3 'sa-store: record 1: gpi: not a GPI' adopt
	same SAs "$(count)" 0
}

# bats test_tags=any-store
@test "the identities of an accepted record are those of its RAND and NAF" {
	for wrong in 'dl_sa_id="11" * 16 + "@mtc.example.org"' \
	    'dl_sa_id="00" * 16 + "@other.example.org"'; do
		try put dev.db < <(accepted "$wrong")
		same "status of $wrong" "$status" 3
	done
	same SAs "$(count dev.db)" 0
}

# bats test_tags=any-store
@test "bad records cost themselves alone, those passed are kept" {
	(response 'p_tid="a"' "$(another 01)" -- 'p_tid="b"' ue_trp=None
	    cbor 'request()' '7'
	    response 'p_tid="c"' "$(another 02)" -- \
		'p_tid="c"' "$(another 03)" -- \
		'p_tid="d"' "$(another 04)") >responses
	ends 3 'sa-store: responses: record 2: ue_trp: found nothing, expected in a response to be stored' \
	    adopt mtc.db --pass responses
	diff err - <<-.
	sa-store: responses: record 2: ue_trp: found nothing, expected in a response to be stored
	sa-store: responses: record 3: type: found request, expected response, naf-sa or accepted
	sa-store: responses: record 4: not a record of these programs
	sa-store: responses: record 6: ul_sa_id: it is stored with other content
	.
	same passed "$(field p_tid out | words)" 'a c d'
	same kept "$(sa-store list -d mtc.db -t |
	    value ul_sa_id | words)" 'a c d'
}

# ---- get, list, rm ----

# three: SAs a, b of meter-7 and c of meter-8
three() {
	if [ $ENGINE = sqlite ]; then
		once three make_three
	else
		make_three
	fi
}

make_three() {
	response 'p_tid="a"' "$(another 0a)" -- 'p_tid="b"' "$(another 0b)" -- \
	    'p_tid="c"' "$(another 0c)" 'ue_id="meter-8"' | adopt
}

dl() {
	sa-store get -d mtc.db -t --ul "$1" | value dl_sa_id
}

@test "get finds by ul_sa_id, dl_sa_id and ue_id" {
	three
	found() {
		sa-store get -d mtc.db -t "$@" | value ul_sa_id | words
	}
	same '--ul b' "$(found --ul b)" b
	same '--dl of b' "$(found --dl "$(dl b)")" b
	same '--ue meter-7' "$(found --ue meter-7)" 'a b'
	same '--ue meter-8' "$(found --ue meter-8)" c
}

# bats test_tags=any-store
@test "get: what is not there" {
	three
	for option in '--ul d' '--ul A' '--ue meter-9' '--ue meter'; do
		# shellcheck disable=SC2086
		try sa-store get -d mtc.db $option
		same "status of $option" "$status" 1
		nothing_in out
	done
	fails 1 'sa-store: no SA has ul_sa_id d' \
	    sa-store get -d mtc.db --ul d
	fails 1 'sa-store: no SA has ue_id meter-9' \
	    sa-store get -d mtc.db --ue meter-9
	fails 1 'sa-store: dl_sa_id: found x, expected RAND in hex, @, NAF FQDN' \
	    sa-store get -d mtc.db --dl x
}

@test "a dl_sa_id is its RAND and its NAF: another NAF's is not found" {
	three
	other=$(dl a | sed s/mtc/other/)
	fails 1 "sa-store: no SA has dl_sa_id $other" \
	    sa-store get -d mtc.db --dl "$other"
	fails 1 "sa-store: no SA has dl_sa_id $other" \
	    sa-store rm -d mtc.db --dl "$other"
	same SAs "$(count)" 3
}

# bats test_tags=any-store
@test "get and rm want just one identity" {
	three
	fails 2 'sa-store: give one of --ul, --dl and --ue' \
	    sa-store get -d mtc.db
	fails 2 'sa-store: give one of --ul, --dl and --ue' \
	    sa-store rm -d mtc.db --ul a --ue meter-7
	same SAs "$(count)" 3
}

@test "rm removes by each identity, and says where there is none" {
	three
	c=$(dl c)
	does sa-store rm -d mtc.db --ul a
	does sa-store rm -d mtc.db --dl "$c"
	does sa-store rm -d mtc.db --ue meter-7
	same SAs "$(count)" 0
	fails 1 'sa-store: no SA has ul_sa_id a' \
	    sa-store rm -d mtc.db --ul a
	fails 1 "sa-store: no SA has dl_sa_id $c" \
	    sa-store rm -d mtc.db --dl "$c"
	fails 1 'sa-store: no SA has ue_id meter-7' \
	    sa-store rm -d mtc.db --ue meter-7
}

@test "list shows all in the order they came; a view by default text to eyes" {
	three
	does sa-store list -d mtc.db -j
	same SAs "$(values ul_sa_id <out | words)" 'a b c'
	same keys "$(values ks_naf <out | uniq)" '(hidden)'
	does sa-store list -d mtc.db -js
	same keys "$(values ks_naf <out | uniq | cut -c -6)" 6e6e6e
}

# ---- expire, count ----

@test "expire removes what is past its Key_LT, and says how many" {
	three
	says 0 sa-store expire -d mtc.db --now $((NOW + 3599))
	says 3 sa-store expire -d mtc.db --now $((NOW + 3600))
	says 0 sa-store expire -d mtc.db --now $((NOW + 3600))
	same SAs "$(count)" 0
	same states "$(mtc-trigger status -d mtc.db -t | value state |
	    uniq -c | words)" '3 expired'
	same expired "$(states expired | uniq)" \
	    "[$((NOW + 3600))]"
}

@test "expire ends every trigger that is past, however many" {
	device
	request >/dev/null
	# of PostgreSQL the request is in the same table
	[ $ENGINE = sqlite ] && also= || also=', request'
	sql mtc.db "INSERT INTO trigger_state (p_tid, ue_id, state, time,
	    expires$also) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL
	    SELECT i + 1 FROM n WHERE i < 12000) SELECT CAST('t' || i AS $OCTETS),
	    ue_id, state, time, expires$also FROM trigger_state, n"
	# and what a file says of when rows expire
	[ $ENGINE = postgresql ] || sql mtc.db 'INSERT OR REPLACE INTO expiry
	    SELECT expires, min(id), max(id) FROM trigger_state'
	says 0 sa-store expire -d mtc.db --now $((NOW + 3600))
	same open "$(sql mtc.db \
	    'SELECT count(*) FROM trigger_state WHERE closed = 0')" 0
}

@test "expire leaves the triggers that have ended as they are" {
	device
	request --p-tid one >/dev/null
	mtc-trigger cancel -d mtc.db --p-tid one
	says 0 sa-store expire -d mtc.db --now $((NOW + 3600))
	same state "$(state one)" failed
}

@test "count" {
	put mtc.db /dev/null
	says 0 sa-store count -d mtc.db
	three
	says 3 sa-store count -d mtc.db
}
