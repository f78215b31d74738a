#!/bin/bash
# programs: each program on many records, beside its floor: a bare loop of the
# same SQL on a copy of the same store (sql.c), the cryptography and records of
# it alone (core.c), bare datagrams (udp.c), or cat of the same input.
# shellcheck source=tests/bench/common.sh
. "$BENCH/common.sh"

n=$RECORDS
some=$((GEN_RECORDS < n ? GEN_RECORDS : n))
stores "$n"
json_subscribers "$n" >subscribers.jsonl
json_devices "$n" >devices.jsonl
hss-store list -d "$hss" --cbor >subscriber-records
mtc-trigger devices -d "$mtc" --cbor >device-records
hss-store import -d empty-hss.db /dev/null
mtc-trigger register -d empty-mtc.db /dev/null

# what each reads
copy "$mtc" asked.db
copy "$hss" hss.db
mtc-trigger request -d asked.db "${ASK[@]}" >requests
records shuffle "$some" 1 <requests >shuffled
gpi-gen --hss hss.db --bsf $BSF requests >drafts
gpi-sign drafts >responses
gpi-push --to - responses >gpis
size=$(($(stat -c %s gpis) / n))
copy asked.db stored.db
sa-store put -d stored.db responses
records sent <responses >reports
hss-store card -d hss.db --bsf $BSF --impi $IMPI -o card0
mtc-trigger request -d asked.db --naf $NAF --ue-id dev-0 --indication report \
    --lifetime 86400 | records again "$some" |
    gpi-gen --hss hss.db --bsf $BSF | gpi-sign | gpi-push --to - >own-gpis

# beside_sql NAME COUNT TARGET TASK FROM FILE PROGRAM...: on a copy of the store
# FROM, db, PROGRAM, which is then to be beside `sql TASK' of FILE
beside_sql()
{
	local name=$1 count=$2 target=$3 task=$4 from=$5 file=$6

	shift 6
	copy "$from" db
	take "$@" >/dev/null
	copy "$from" db
	bare "$task" db "$file"
	row "$name" "$(calc "$count / $wall")" records/s "sql $task" \
	    "$(calc "$count / $bare")" higher -
	[ "$target" = - ] ||
		row "$name" "$(calc "$wall / $count * 1e6")" us \
		    "sql $task, same store" \
		    "$(calc "$bare / $count * 1e6")" lower "$target"
	row "$name, processor" "$(calc "$cpu / $count * 1e6")" us \
	    "sql $task, processor" "$(calc "$bare_cpu / $count * 1e6")" \
	    lower -
}

# beside_cat NAME COUNT FILE PROGRAM...
beside_cat()
{
	local name=$1 count=$2 file=$3 wall cpu theirs

	shift 3
	take cat "$file" >/dev/null
	theirs=$wall
	take "$@" "$file" >/dev/null
	row "$name" "$(calc "$wall / $count * 1e6")" us "cat of the same" \
	    "$(calc "$theirs / $count * 1e6")" lower -
}

sign()
{
	local floor

	floor=$(core drafts | awk -F '\t' '/^sign/ { print $4 / 1000 }')
	take gpi-sign drafts >/dev/null
	row gpi-sign "$(calc "$wall / $n * 1e6")" us \
	    "seal floor + decode + encode" "$floor" lower 1.4
	row "gpi-sign, processor" "$(calc "$cpu / $n * 1e6")" us \
	    "seal floor + decode + encode" "$floor" lower 1.4
}

push()
{
	local ours

	sink_begin "$n"
	take gpi-push --to "udp://127.0.0.1:$PORT" responses
	sink_end
	ours=$wall
	[ "$arrived" = "$n" ] || note "gpi-push: $arrived of $n arrived"
	sink_begin "$n"
	take udp send "$n" "$size" "$PORT" >/dev/null
	sink_end
	row "gpi-push to udp" "$(calc "$n / $ours")" GPIs/s \
	    "bare sendmmsg() of as many octets" "$(calc "$n / $wall")" \
	    higher -
}

for _ in $(rounds); do
	beside_sql "hss-store import" "$n" - import empty-hss.db \
	    subscriber-records hss-store import -d db subscribers.jsonl
	beside_sql "mtc-trigger register" "$n" - register empty-mtc.db \
	    device-records mtc-trigger register -d db devices.jsonl
	beside_sql "mtc-trigger request --all" "$n" - request "$mtc" \
	    requests mtc-trigger request -d db "${ASK[@]}"
	beside_sql "gpi-gen, random order" "$some" 1.3 gen "$hss" shuffled \
	    gpi-gen --hss db --bsf $BSF shuffled
	sign
	beside_sql "sa-store put" "$n" 1.15 put asked.db responses \
	    sa-store put -d db responses
	push
	beside_sql "mtc-trigger record" "$n" - record stored.db reports \
	    mtc-trigger record -d db reports
	cp card0 card
	beside_cat "gpi-recv" "$some" own-gpis gpi-recv --card card --naf $NAF
	beside_cat "gpi-push --to -" "$n" responses gpi-push --to -
	beside_cat "gpi-show -j" "$n" responses gpi-show -j
done
