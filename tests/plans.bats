# plans.bats: how PostgreSQL finds what it is asked for.
# engines: postgresql

load helper

setup_file() {
	pg_there
	[ -e "$("$SERVER_BIN/pg_config" --pkglibdir)/auto_explain.so" ] ||
	    skip 'auto_explain is not there'
	pg_stores -c session_preload_libraries=auto_explain \
	    -c auto_explain.log_min_duration=0 -c log_min_messages=log
}

# bad: the plans in the server's log that read a table otherwise than by what
# was asked for; what is about all rows, and the row that says what a store is,
bad() {
	awk '
	/ LOG: / { bad = text = "" }
	/Query Text: / { text = $0 }
	text ~ /count\(\*\)|FROM gba_push_store|information_schema|pg_class|WHERE time >=/ {
		next }
	wanted && !/Index Cond:/ { print text; print node }
	{ wanted = 0 }
	/ Scan .*(sa|trigger_state|device|subscriber|identity)(_[0-7])?/ {
		if (/Seq Scan/) { print text; print }
		else if (!/Bitmap Heap/) { wanted = 1; node = $0 } }
	' "$SERVERS/main.log"
}

# everything PART: that a statement does; PART is what ends a table's name
everything() {
	elements
	: >"$SERVERS/main.log"
	# what is done for each of many
	request --p-tid one | gen | gpi-sign >one
	put mtc.db one
	put mtc.db one
	request --p-tid two >/dev/null
	many 3 | gen | gpi-sign | adopt
	cbor 'rec("report", p_tid="one", state=5, time=1)' \
	    'rec("report", p_tid="one", state=6, time=1)' \
	    'rec("report", p_tid="one", state=10, time=1)' |
	    mtc-trigger record -d mtc.db
	dl=$(sa-store get -d mtc.db --ul one --cbor | field dl_sa_id)
	cbor "rec('sync_failure', time=$NOW, auts=b'a' * 14,
	    rand=h('${dl%%@*}'))" | mtc-trigger resync -d mtc.db --now $NOW \
	    >/dev/null
	mtc-trigger cancel -d mtc.db --p-tid two
	hss-store import -d hss.db \
	    <<<"{\"impi\": \"i\", \"k\": \"$K\", \"opc\": \"$OPC\"}"
	# what looks for one
	sa-store get -d mtc.db --dl "$dl" >/dev/null
	sa-store get -d mtc.db --ue meter-7 >/dev/null
	state one
	hss-store set -d hss.db --impi i --sqn 7
	hss-store rm -d hss.db --impi i
	# what goes over all, in steps
	sa-store list -d mtc.db >/dev/null
	mtc-trigger devices -d mtc.db >/dev/null
	mtc-trigger status -d mtc.db >/dev/null
	mtc-trigger status -d mtc.db --state failed,sent >/dev/null
	mtc-trigger status -d mtc.db --summary >/dev/null
	mtc-trigger status -d mtc.db --ue-id meter-7 >/dev/null
	for which in --all '--ue-id meter-7 --all' '--ue-id meter-7'; do
		mtc-trigger request -d mtc.db --naf $NAF ${which% --all} \
		    --state failed,stored >/dev/null
		mtc-trigger cancel -d mtc.db ${which#--ue-id meter-7 } \
		    --state requested >/dev/null
	done
	mtc-trigger cancel -d mtc.db --all >/dev/null
	mtc-trigger prune -d mtc.db --before 0s --now $((NOW + 9999)) >/dev/null
	hss-store list -d hss.db >/dev/null
	sa-store rm -d mtc.db --ul t0
	sa-store rm -d mtc.db --ue meter-7
	many 3 u | gen | gpi-sign | adopt
	sa-store expire -d mtc.db --now $((NOW + 3600))
	mtc-trigger unregister -d mtc.db --ue-id meter-7

	bad >found
	nothing_in found
	# there were plans, of every table
	for table in sa trigger_state device subscriber identity; do
		grep -qE "Index .*Scan using [a-z_0-7]+ on $table$1 " \
		    "$SERVERS/main.log"
	done
	[ "$(grep -c 'Query Text: [DISU]' "$SERVERS/main.log")" -gt 60 ]
}

@test "every statement finds its rows by an index, from the first on" {
	everything ''
}

@test "so it does in a store of 1.3.0, which stays in parts" {
	for store in hss mtc; do
		pg main "DROP SCHEMA $store CASCADE; CREATE SCHEMA $store"
		pg main "$(<"$TESTS/postgresql-1.3.sql")" $store
	done
	everything '_[0-7]'
	same 'parts that are half full' "$(pg main "SELECT count(*) FROM pg_class
	    WHERE relname LIKE 'trigger_state__'
	    AND reloptions = '{fillfactor=50}'")" 8
}
