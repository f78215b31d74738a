# mtc-trigger-states.bats: the state of each trigger, and resynchronisation.
# engines: sqlite postgresql

load helper

# rand_of P_TID: an expression of the RAND that its answer has here
rand_of() {
	echo "__import__('hashlib').md5(b'$1').digest()"
}

# answer P_TID...: a response for each into the store, as if from the BSF
answer() {
	local p_tid records=()

	for p_tid; do
		records+=(-- "p_tid='$p_tid'" "key_lt=$NOW + 1800"
		    "gpi=r['gpi'].replace(r['gpi'][3:19], $(rand_of "$p_tid"))")
	done
	response "${records[@]:1}" | put
}

# report P_TID STATE TIME [DETAIL]
report() {
	cbor "rec('report', p_tid='$1', state=$2, time=$3,
	    detail='${4:-}' or None)" | mtc-trigger record -d mtc.db
}

SENT=5 DELIVERED=6 RESPONDED=7 FAILED=10

sync_failure() {
	cbor "rec('sync_failure', time=$NOW, auts=b'a' * 14, rand=$(rand_of "$1"))"
}

# ---- states ----

@test "requested, answered, stored: each with its time" {
	device
	request --p-tid one --indication 2 --time 30 >/dev/null
	same requested "$(states state requested time stored)" \
	    "[\"requested\",$NOW,$NOW,null]"
	NOW=$((NOW + 5)) answer one
	same stored "$(states state requested answered stored)" \
	    "[\"stored\",$NOW,$((NOW + 5)),$((NOW + 5))]"
	says "{\"type\":\"trigger\",\"app_lbl\":\"\",\"um\":\"me\",\"naf_id\":\"$NAF/0100000007\",\"key_lt\":$((NOW + 3600)),\"p_tid\":\"one\",\"trigger_ind\":2,\"trigger_time\":30,\"trigger_mode\":\"full\",\"ue_id\":\"meter-7\",\"ue_trp\":\"unix:dev\",\"time\":$((NOW + 5)),\"state\":\"stored\",\"requested\":$NOW,\"answered\":$((NOW + 5)),\"stored\":$((NOW + 5))}" \
	    mtc-trigger status -d mtc.db -j
}

@test "record: sent, delivered, failed, each with its time" {
	device
	request --p-tid one >/dev/null
	answer one
	does report one $SENT 1000
	same sent "$(states state sent time)" '["sent",1000,1000]'
	does report one $DELIVERED 1002
	same delivered "$(states state sent delivered)" \
	    '["delivered",1000,1002]'
	request --p-tid two >/dev/null
	answer two
	does report two $FAILED 1003 'no such number'
	same failed "$(mtc-trigger status -d mtc.db -j --p-tid two |
	    pick state failed detail)" \
	    '["failed",1003,"no such number"]'
}

@test "record: a late report never takes a state back" {
	device
	request --p-tid one >/dev/null
	answer one
	report one $DELIVERED 1002
	does report one $SENT 1000
	same state "$(states state sent)" '["delivered",1000]'
	sql mtc.db "UPDATE trigger_state SET state = $RESPONDED, time = 1005"
	for late in $SENT $DELIVERED $FAILED; do
		does report one $late 1006
		same state "$(states state time)" '["responded",1005]'
	done
	mtc-trigger cancel -d mtc.db --p-tid one
	does report one $SENT 1000
	same state "$(states state detail)" '["failed","cancelled"]'
}

# bats test_tags=any-store
@test "record: what was sent before it failed, does not undo the failure" {
	device
	request --p-tid one >/dev/null
	answer one
	report one $SENT 1000
	report one $FAILED 1010 'no answer'
	does report one $SENT 1000
	same state "$(states state failed)" '["failed",1010]'
	# but what was sent again after it does
	does report one $SENT 1020
	same state "$(states state)" '["sent"]'
}

# bats test_tags=any-store
@test "record: the same reports again change nothing" {
	device
	request --p-tid one >/dev/null
	answer one
	report one $SENT 1000
	mtc-trigger status -d mtc.db -j >before
	report one $SENT 2000
	same sent "$(states sent)" '[1000]'
	mtc-trigger status -d mtc.db -j | diff before -
}

# bats test_tags=any-store
@test "record: JSON Lines, as gpi-show -j has them" {
	device
	request --p-tid one >/dev/null
	answer one
	does mtc-trigger record -d mtc.db <<<'{"type":"report","p_tid":"one","time":1000,"state":"sent"}'
	same state "$(states state sent)" '["sent",1000]'
	request --p-tid two | gpi-show -j |
	    fails 3 'mtc-trigger: line 1: type: found request, expected report' \
	    mtc-trigger record -d mtc.db
}

# bats test_tags=any-store
@test "record: a report says sent, delivered or failed, and of a trigger" {
	device
	request --p-tid one >/dev/null
	for state in 0,accepted 1,refused 2,requested 3,answered 4,stored \
	    7,responded 8,connected 9,expired; do
		fails 1 "mtc-trigger: record 1: state: found ${state#*,}, expected sent, delivered or failed" \
		    report one "${state%,*}" 1000
	done
	fails 1 'mtc-trigger: record 1: no trigger has p_tid two' \
	    report two $SENT 1000
	same state "$(states state time)" "[\"requested\",$NOW]"
	request --p-tid two | fails 3 'mtc-trigger: record 1: type: found request, expected report' \
	    mtc-trigger record -d mtc.db
}

@test "cancel: the SA answers no more" {
	device
	request --p-tid one >/dev/null
	does mtc-trigger cancel -d mtc.db --p-tid one --now $((NOW + 7))
	same state "$(states state failed detail)" \
	    "[\"failed\",$((NOW + 7)),\"cancelled\"]"
	fails 1 'mtc-trigger: no open trigger has p_tid one' \
	    mtc-trigger cancel -d mtc.db --p-tid one
	fails 1 'mtc-trigger: no open trigger has p_tid two' \
	    mtc-trigger cancel -d mtc.db --p-tid two
}

@test "status: all, of one P-TID, of some devices" {
	device a unix:a
	device b unix:b
	for ue in a b a; do
		mtc-trigger request -d mtc.db --naf $NAF --ue-id $ue \
		    --p-tid "$((++n))$ue"
	done >/dev/null
	ids() {
		mtc-trigger status -d mtc.db -t "$@" | value p_tid | words
	}
	same all "$(ids)" '1a 2b 3a'
	same 'of a' "$(ids --ue-id a)" '1a 3a'
	same 'of a and b' "$(ids --ue-id b --ue-id a)" '1a 2b 3a'
	same 'of 2b' "$(ids --p-tid 2b)" 2b
	fails 1 'mtc-trigger: no trigger has p_tid x' \
	    mtc-trigger status -d mtc.db --p-tid x -j
}

# ---- resync ----

resync() {
	mtc-trigger resync -d mtc.db --now $NOW "$@"
}

@test "resync: one new request, with the old one's fields, counted anew" {
	device
	request --p-tid one --indication 2 --time 30 --mode integrity \
	    --lifetime 600 >/dev/null
	answer one
	sync_failure one >sync
	does mtc-trigger resync -d mtc.db --now $((NOW + 100)) sync
	new=$(field p_tid out)
	python 'out.write(item(request(p_tid=sys.argv[1], key_lt='$NOW' + 700,
	    trigger_ind=2, trigger_time=30, trigger_mode=1,
	    rand=__import__("hashlib").md5(b"one").digest(),
	    auts=b"a" * 14)))' "$new" >request
	same_octets out request
	same old "$(states state detail | head -n 1)" \
	    "[\"failed\",\"resynchronised as $new\"]"
	same new "$(state "$new")" requested
}

# bats test_tags=any-store
@test "resync: one sync failure, one request" {
	device
	request --p-tid one >/dev/null
	answer one
	sync_failure one >sync
	does resync sync
	fails 1 'mtc-trigger: sync: record 1: rand: no open trigger has it' \
	    resync sync
	cat sync sync >twice
	request --p-tid two >/dev/null
	answer two
	sync_failure two >sync
	cat sync sync | ends 1 'mtc-trigger: record 2: rand: no open trigger has it' resync
	same requests "$(field type out)" request
	same triggers "$(states state | sort | uniq -c | words)" \
	    '2 [failed] 2 [requested]'
}

@test "resync: not once the device has responded, nor after the end" {
	device
	for p_tid in responded cancelled expired connected; do
		request --p-tid $p_tid >/dev/null
	done
	answer responded cancelled expired connected
	sql mtc.db "UPDATE trigger_state SET state = 7 WHERE
	    p_tid = $(key responded); UPDATE trigger_state SET state = 8,
	    closed = 1 WHERE p_tid = $(key connected); UPDATE trigger_state
	    SET state = 9, closed = 1 WHERE p_tid = $(key expired)"
	mtc-trigger cancel -d mtc.db --p-tid cancelled
	sync_failure responded |
	    fails 1 'mtc-trigger: record 1: rand: the device has already responded to the trigger responded' resync
	for p_tid in cancelled expired connected unheard-of; do
		sync_failure $p_tid |
		    fails 1 'mtc-trigger: record 1: rand: no open trigger has it' resync
	done
	same states "$(states state | words)" \
	    '[responded] [failed] [expired] [connected]'
}

# bats test_tags=any-store
@test "resync: while it was sent, delivered or has failed on the way" {
	device
	for state in $SENT $DELIVERED $FAILED; do
		request --p-tid "s$state" >/dev/null
		answer "s$state"
		report "s$state" "$state" 1000
		sync_failure "s$state" | does resync
	done
}
