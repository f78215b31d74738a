#!/bin/bash
# memory: what each program of the pipe takes at its most, by how many records
# pass.
# shellcheck source=tests/bench/common.sh
. "$BENCH/common.sh"

sizes=$(for size in 10000 100000 $((RECORDS)); do
	[ "$size" -gt "$RECORDS" ] || echo "$size"
done | sort -nu)

for _ in $(rounds); do
	for size in $sizes; do
		stores "$size"
		copy "$hss" hss.db
		copy "$mtc" mtc.db
		sink_begin "$size"
		pipe
		sink_end
		for program in "${PIPE[@]}"; do
			read -r _ _ peak _ <"cost.$program"
			eval "peak_${program}_$size=$(calc "$peak / 1024")"
		done
	done
	for program in "${PIPE[@]}"; do
		most=peak_${program}_$size
		row "$program of $size" "${!most}" MiB "64 MiB" 64 lower 1
		for less in $sizes; do
			few=peak_${program}_$less
			# with fewer, SQLite has not filled its cache; put
			# takes two octets for each SA that is stored
			[ "$less" = "$size" ] || row "$program of $size" \
			    "${!most}" MiB "of $less" "${!few}" lower \
			    "$([ "$less" -lt 100000 ] && echo - || echo 1.3)"
		done
	done
done
