#!/bin/bash
# growth: stores of 10 k to SAS SAs, beside the smallest of them: how fast SAs
# go in, are found by each id, and expire.  The SAs are made up by lookup.c,
# and stored by sa-store.
# shellcheck source=tests/bench/common.sh
. "$BENCH/common.sh"

few=10000		# in the smallest
more=10000		# put in each
gone=5000		# expired in each
finds=20000		# looked for by each id
sizes=$(for size in $few 100000 1000000 $((SAS)); do
	[ "$size" -gt "$SAS" ] || echo "$size"
done | sort -nu)

have=0
for size in $sizes; do
	lookup ask all.db "$have" $((size - have)) >responses
	sa-store put -d all.db --unrequested responses
	copy all.db "$size.db"
	have=$size
done
rm -f all.db responses

# beside SIZE WHAT OURS UNIT THEIRS higher|lower TARGET: that of the smallest
beside()
{
	row "$2 ($1 SAs)" "$3" "$4" "$few SAs" "$5" "$6" "$7"
}

# find SIZE ROUND: into $found, two for each id
find_all()
{
	# the first ones have expired
	mapfile -t found < <(lookup find "$1.db" \
	    $(($1 == few ? 0 : gone * ($2 - 1))) $(($1 - ROUNDS * gone > 0 ?
	    $1 - ROUNDS * gone : $1)) $finds "$2" | tr ' ' '\n')
	[ ${#found[@]} = 6 ]
}

# change SIZE ROUND: into $in and $out, a second
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
	take sa-store put -d "$db" --unrequested responses
	in=$(calc "$more / $wall")
	# so many of them end their days in a second
	take sa-store expire -d "$db" \
	    --now $((1800000000 + 86400 + gone * $2 / 1000 - 1)) >expired
	out=$(calc "$(cat expired) / $wall")
}

target()
{
	if [ "$1" -lt 3000000 ]; then
		echo -
	else
		echo "$2"
	fi
}

names=(ul dl ue)
for round in $(rounds); do
	for size in $sizes; do
		find_all "$size" "$round"
		[ "$size" != $few ] || small=("${found[@]}")
		for i in 0 1 2; do
			beside "$size" "find by ${names[i]}" "${found[2 * i]}" \
			    us "${small[2 * i]}" lower "$(target "$size" 3)"
			beside "$size" "in a transaction, ${names[i]}" \
			    "${found[2 * i + 1]}" us "${small[2 * i + 1]}" \
			    lower "$(target "$size" 7)"
		done
		change "$size" "$round"
		[ "$size" != $few ] || small+=("$in" "$out")
		beside "$size" "put" "$in" SAs/s "${small[6]}" higher -
		beside "$size" "expire" "$out" SAs/s "${small[7]}" higher -
	done
done
