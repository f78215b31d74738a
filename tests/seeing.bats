# seeing.bats: what an operator sees of many triggers.
# engines: sqlite postgresql

load helper

# reports [P_TID STATE TIME [DETAIL]]...: of gpi-push, into the store
reports() {
	python 'a = sys.argv[1:]
while a:
    p_tid, state, time, detail = a[:4]
    a = a[4:]
    out.write(item(rec("report", p_tid=p_tid, state=int(state),
        time=int(time), detail=detail or None)))' "$@" |
	    mtc-trigger record -d mtc.db
}

# Six triggers of three devices: one stays requested, one sent, four failed.
triggers() {
	for id in a b c; do
		device $id
	done
	mtc-trigger request -d mtc.db --naf $NAF --ue-id a --p-tid one \
	    --now $NOW >/dev/null
	n=0
	for id in a a b b c; do
		n=$((n + 1))
		mtc-trigger request -d mtc.db --naf $NAF --ue-id $id \
		    --p-tid t$n --now $((NOW + n)) >/dev/null
	done
	reports t1 10 $((NOW + 20)) 'udp://10.0.0.1:7: Connection refused' \
	    t2 10 $((NOW + 40)) 'udp://10.0.0.2:7: Connection refused' \
	    t3 10 $((NOW + 30)) 'a: b, c: no' \
	    t4 5 $((NOW + 50)) '' t5 10 $((NOW + 10)) ''
}

SUMMARY='STATE      COUNT      OLDEST                NEWEST                REASON
requested  1          2027-01-15T08:00:00Z  2027-01-15T08:00:00Z  -
sent       1          2027-01-15T08:00:50Z  2027-01-15T08:00:50Z  -
failed     4          2027-01-15T08:00:10Z  2027-01-15T08:00:40Z  Connection refused (2)
-          -          -                     -                     a: b, c: no (1)'

@test "status --summary: a line for each state, with the most frequent reason" {
	device
	does mtc-trigger status -d mtc.db --summary
	nothing_in out
	triggers
	says "$SUMMARY" mtc-trigger status -d mtc.db --summary
	says '{"state":"requested","count":1,"oldest":1800000000,"newest":1800000000}
{"state":"sent","count":1,"oldest":1800000050,"newest":1800000050}
{"state":"failed","count":4,"oldest":1800000010,"newest":1800000040,"reason":"Connection refused","reasons":2,"more_reasons":[{"reason":"a: b, c: no","count":1}]}' \
	    mtc-trigger status -d mtc.db --summary -j
	does mtc-trigger status -d mtc.db --summary -o summary
	nothing_in out
	same file "$(<summary)" "$SUMMARY"
}

@test "status --summary: ten reasons, the most frequent first, and how many more" {
	local i reports=()

	device
	for i in {0..29}; do
		mtc-trigger request -d mtc.db --naf $NAF --ue-id meter-7 \
		    --p-tid p$i --now $NOW >/dev/null
		reports+=(p$i 10 $NOW "unix:x: r$((i < 12 ? i : i % 3))")
	done
	reports "${reports[@]}"
	mtc-trigger status -d mtc.db --summary | tail -n +2 |
	    sed 's/.* r/r/; s/.*  //' | words >reasons
	same reasons "$(<reasons)" 'r0 (7) r1 (7) r2 (7) r10 (1) r11 (1) r3 (1) r4 (1) r5 (1) r6 (1) r7 (1) 2 others (2)'
	mtc-trigger status -d mtc.db --summary -j >json
	same first "$(jq -c '[.count, .reason, .reasons]' json)" '[30,"r0",7]'
	same more "$(jq -c '.more_reasons[0], .more_reasons[8], .other_reasons' json | words)" \
	    '{reason:r1,count:7} {reason:r7,count:1} 2'
}

# chosen OPTION...: the P-TIDs that status shows
chosen() {
	mtc-trigger status -d mtc.db --now $((NOW + 60)) -t "$@" |
	    value p_tid | sort | words
}

@test "status: --state, --since and --latest, of triggers and of their summary" {
	triggers
	same all "$(chosen)" 'one t1 t2 t3 t4 t5'
	same failed "$(chosen --state failed)" 't1 t2 t3 t5'
	same two "$(chosen --state sent,requested)" 'one t4'
	same none "$(chosen --state connected)" ''
	same since "$(chosen --since $((NOW + 30)))" 't2 t3 t4'
	same date "$(chosen --since 2027-01-15T08:00:40Z)" 't2 t4'
	same age "$(chosen --since 10s)" t4
	same latest "$(chosen --latest)" 't2 t4 t5'
	same 'latest failed' "$(chosen --latest --state failed)" 't2 t5'
	same 'latest failed since' "$(chosen --latest --state failed \
	    --since 20s)" t2
	same 'of a device' "$(chosen --latest --ue-id a)" t2
	says "$(head -n 1 <<<"$SUMMARY")
failed     2          2027-01-15T08:00:10Z  2027-01-15T08:00:40Z  Connection refused (1)" \
	    mtc-trigger status -d mtc.db --summary --latest --state failed
	says "$(head -n 1 <<<"$SUMMARY")
sent       1          2027-01-15T08:00:50Z  2027-01-15T08:00:50Z  -" \
	    mtc-trigger status -d mtc.db --summary --since 10s \
	    --now $((NOW + 60))
}

@test "status: a listing of some is in the order of the requests" {
	triggers
	mtc-trigger status -d mtc.db -j >all
	mtc-trigger status -d mtc.db --since 0 -j | same_octets - all
	grep -v '"state":"\(sent\|failed\)"' all |
	    same_octets - <(mtc-trigger status -d mtc.db --state requested -j)
}

@test "status --metrics: a file for Prometheus, whole, for all to read" {
	umask 077
	triggers
	echo old >m.prom
	does mtc-trigger status -d mtc.db --summary --metrics m.prom
	nothing_in out
	mode m.prom 644
	{
		echo '# HELP gba_push_triggers Triggers by state.'
		echo '# TYPE gba_push_triggers gauge'
		for count in requested:1 answered:0 stored:0 sent:1 \
		    delivered:0 responded:0 connected:0 expired:0 failed:4; do
			echo "gba_push_triggers{state=\"${count%:*}\"} ${count#*:}"
		done
		for which in oldest:0:50:10 newest:0:50:40; do
			IFS=: read -r name requested sent failed <<<"$which"
			name=gba_push_trigger_${name}_timestamp_seconds
			echo "# HELP $name Since when the ${which%%:*} trigger is in its state."
			echo "# TYPE $name gauge"
			echo "$name{state=\"requested\"} $((NOW + requested))"
			echo "$name{state=\"sent\"} $((NOW + sent))"
			echo "$name{state=\"failed\"} $((NOW + failed))"
		done
	} | same_octets - m.prom
	mkdir dir
	fails 4 "mtc-trigger: dir/no/m.prom: No such file or directory" \
	    mtc-trigger status -d mtc.db --summary --metrics dir/no/m.prom
}

# bats test_tags=any-store
@test "status: options that do not belong together" {
	device
	for case in '--metrics needs --summary|--metrics m' \
	    "--state: 'lost' is not requested, answered, stored, sent, delivered, responded, connected, expired or failed|--state sent,lost" \
	    "--state: '' is not requested, answered, stored, sent, delivered, responded, connected, expired or failed|--state sent," \
	    "--since: 'noon' is not seconds since 1970, a date as 2026-11-25 or 2026-11-25T20:10:08Z, or an age as 12h or 30d|--since noon" \
	    "--since: '2026-02-30' is not seconds since 1970, a date as 2026-11-25 or 2026-11-25T20:10:08Z, or an age as 12h or 30d|--since 2026-02-30" \
	    '--cbor: a summary has no records|--summary --cbor' \
	    'give devices or --summary, not both|--summary --ue-id a' \
	    '--p-tid: one trigger needs no --state, --since, --latest or --summary|--p-tid a --latest'; do
		fails 2 "mtc-trigger: ${case%%|*}" \
		    mtc-trigger status -d mtc.db ${case#*|}
		[ ! -e m ]
	done
}

@test "a store of an earlier release has no index of reasons once it is opened" {
	[ $ENGINE = postgresql ] || skip 'a file is upgraded'
	triggers
	sql mtc.db 'CREATE INDEX trigger_reason ON trigger_state (state, detail,
	    time); ALTER TABLE trigger_state RESET (fillfactor);'
	says "$SUMMARY" mtc-trigger status -d mtc.db --summary
	sql mtc.db 'CREATE INDEX trigger_reason ON trigger_state (state, detail,
	    time)'
	sql mtc.db 'DROP INDEX trigger_reason'
	same options "$(sql mtc.db "SELECT reloptions FROM pg_class
	    WHERE oid = 'trigger_state'::regclass")" '{fillfactor=50}'
}
