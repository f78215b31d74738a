#!/bin/bash
# growth: stores of 10 k to SAS SAs, beside the smallest of them: how fast SAs
# go in, what that writes, how fast they are found by each id, and expire.  The
# SAs are made up by lookup.c, and stored by sa-store.  With OLD, a tree of an
# earlier release that is built, its programs do the same up to 3,000,000.
# shellcheck source=tests/bench/common.sh
. "$BENCH/common.sh"

few=10000		# in the smallest
more=50000		# put in each
gone=10000		# expired in each
finds=20000		# looked for by each id
day=$((1800000000 + 86400))
most=$SAS

# a row of each, twice that while a store is copied, and its log
room=$(df --output=avail -B 1M . | tail -n 1)
while [ $((most * 3 / 1000)) -gt "$room" ]; do
	most=$((most / 3))
	note "growth: no room for more than $most SAs"
done
sizes=$(for size in $few 100000 1000000 3000000 "$most"; do
	[ "$size" -gt "$most" ] || echo "$size"
done | sort -nu)

# made SIZE FROM: SAs up to SIZE in all.db, which has FROM
made()
{
	lookup ask all.db "$2" $(($1 - $2)) >responses
	take sa-store put -d all.db responses
}

have=0
for size in $sizes; do
	made "$size" "$have"
	copy all.db "$size.db"
	have=$size
done
rm -f all.db responses

# beside SIZE WHAT OURS UNIT THEIRS higher|lower TARGET: that of the smallest
beside()
{
	row "$2 ($1 SAs)" "$3" "$4" "$few SAs" "$5" "$6" "$7"
}

# find_all SIZE ROUND: into $found, two for each id
find_all()
{
	# the first ones have expired
	mapfile -t found < <(lookup find "$1.db" \
	    $(($1 == few ? 0 : gone * ($2 - 1))) $(($1 - ROUNDS * gone > 0 ?
	    $1 - ROUNDS * gone : $1)) $finds "$2" | tr ' ' '\n')
	[ ${#found[@]} = 6 ]
}

# change SIZE ROUND: into $in and $out, a second, and $octets of a record's
change()
{
	local size=$1 first=$(($1 + ($2 - 1) * more)) db=$1.db

	if [ "$size" = $few ]; then
		# else it would not stay so small
		copy "$db" small.db
		db=small.db
		first=$size
	fi
	lookup ask "$db" "$first" $more >responses
	sync "$db"
	take sa-store put -d "$db" responses
	in=$(calc "$more / $wall")
	octets=$(calc "$written / $more / $record")
	# so many of them end their days in a second
	take sa-store expire -d "$db" \
	    --now $((day + gone * $2 / 1000 - 1)) >expired
	out=$(calc "$(cat expired) / $wall")
}

# target SIZE NUMBER: from 3,000,000 on
target()
{
	if [ "$1" -lt 3000000 ]; then
		echo -
	else
		echo "$2"
	fi
}

# the octets of the record of an SA
record=$(sa-store list -d "$few.db" --cbor | wc -c)
record=$(calc "$record / $few")
names=(ul dl ue) puts=() ends=() writes=()
for round in $(rounds); do
	for size in $sizes; do
		find_all "$size" "$round"
		[ "$size" != $few ] || small=("${found[@]}")
		for i in 0 1 2; do
			beside "$size" "find by ${names[i]}" "${found[2 * i]}" \
			    us "${small[2 * i]}" lower "$(target "$size" 2)"
			beside "$size" "in a transaction, ${names[i]}" \
			    "${found[2 * i + 1]}" us "${small[2 * i + 1]}" \
			    lower "$(target "$size" 5)"
		done
		change "$size" "$round"
		[ "$size" != $few ] || small+=("$in" "$out")
		beside "$size" "put" "$in" SAs/s "${small[6]}" higher \
		    "$(target "$size" 0.7)"
		beside "$size" "expire" "$out" SAs/s "${small[7]}" higher \
		    "$(target "$size" 0.7)"
		row "written for one SA put ($size SAs)" \
		    "$(calc "$octets * $record")" octets "its record" \
		    "$record" lower "$(target "$size" 4)"
		if [ "$size" = $((most < 3000000 ? most : 3000000)) ]; then
			at_3m=$in puts[round]=$in ends[round]=$out
			writes[round]=$(calc "$octets * $record")
		fi
		[ "$size" -le 3000000 ] || row "put ($size SAs)" "$in" SAs/s \
		    "3000000 SAs" "$at_3m" higher 0.9
	done
done

# a day later, in one go
for size in $sizes; do
	[ "$size" -ge 1000000 ] || continue
	take sa-store expire -d "$size.db" \
	    --now $((day + (gone * ROUNDS + 500000) / 1000 - 1)) >expired
	row "expire of 500000 ($size SAs)" "$(calc "$(cat expired) / $wall")" \
	    SAs/s "200,000 a second" 200000 higher "$(target "$size" 1)"
done

# ---- an earlier release ----

[ -n "${OLD:-}" ] || exit 0
rm -f ./*.db
old_tools
size=$((most < 3000000 ? most : 3000000))
made "$size" 0
mv all.db "$size.db"
for round in $(rounds); do
	change "$size" "$round"
	row "put ($size SAs)" "${puts[round]}" SAs/s "$version" "$in" higher -
	row "expire ($size SAs)" "${ends[round]}" SAs/s "$version" "$out" \
	    higher -
	row "written for one SA put ($size SAs)" "${writes[round]}" octets \
	    "$version" "$(calc "$octets * $record")" lower -
done
