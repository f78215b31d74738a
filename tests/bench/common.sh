# common.sh: what the parts of the benchmark have in common; run says where
# they are.
# shellcheck shell=bash
# shellcheck disable=SC2034	# who reads this uses them
set -euo pipefail

NAF=mtc.example.org
BSF=bsf.example.org
IMPI=000000000000000@ims.mnc001.mcc001.3gppnetwork.org
ASK=(--naf "$NAF" --all --indication report --lifetime 86400)

# row NAME OURS UNIT YARDSTICK THEIRS higher|lower TARGET
row()
{
	local number='^[0-9.e+-]+$' IFS=$'\t'

	if [[ ! $2 =~ $number || ! $5 =~ $number ]]; then
		echo "row: found $2 and $5, expected numbers: $1" >&2
		return 1
	fi
	echo "ROW	$*"
}

note()
{
	printf 'NOTE\t%s\n' "$*"
}

calc()
{
	awk "BEGIN { printf(\"%.6g\", (${1//$'\n'/ })) }"
}

rounds()
{
	seq "$ROUNDS"
}

# take PROGRAM...: run it; into $wall, $cpu seconds, $peak KiB, $written octets
take()
{
	cost cost.out "$@"
	read -r wall cpu peak written <cost.out
}

# copy FROM TO: a store, all of it on the disk
copy()
{
	rm -f "$2" "$2-wal" "$2-shm"
	cp "$1" "$2"
	sync "$2"
}

# bare TASK DB FILE: the bare loop of SQL; $bare, $bare_cpu
bare()
{
	read -r bare bare_cpu < <(sql "$@" || echo failed)
	[ "$bare" != failed ]
}

json_subscribers()
{
	awk -v n="$1" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "{\"impi\":\"%015d@ims.mnc001.mcc001.3gppnetwork.org\"," \
			    "\"ue_id\":[\"dev-%d\"],\"k\":\"%032x\"," \
			    "\"opc\":\"%032x\"}\n", i, i, i + 1, i + 77 }'
}

json_devices()
{
	awk -v n="$1" -v port="$PORT" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "{\"ue_id\":\"dev-%d\",\"ue_trp\":" \
			    "\"udp://127.0.0.1:%d\"}\n", i, port }'
}

# stores N: N subscribers in $hss, as many devices in $mtc, once for all
stores()
{
	hss=$DATA/hss-$1.db
	mtc=$DATA/mtc-$1.db
	[ ! -e "$mtc" ] || return 0
	json_subscribers "$1" | hss-store import -d "$hss"
	json_devices "$1" | mtc-trigger register -d "$mtc" -
	sync "$hss" "$mtc"
}

# The programs of OLD, a tree of an earlier release that is built; into $version
old_tools()
{
	mkdir -p "$TOOLS/old"
	# shellcheck disable=SC2046	# words, on purpose
	cc -O2 -I"$OLD/lib" -o "$TOOLS/old/lookup" \
	    -Wl,--exclude-libs,libgba.a "$OLD/tests/bench/lookup.c" \
	    "$OLD/build/libgba.a" $(pkg-config --cflags --libs sqlite3 \
	    libcrypto libcbor libuv jansson)
	PATH=$TOOLS/old:$OLD/build:$PATH
	version=$(sa-store --version | awk 'NR == 1 { print $NF }')
}

# The sink of datagrams, for so many.
sink_begin()
{
	udp sink "$PORT" "$1" >sink.out &
	sink=$!
	trap 'kill "$sink" 2>/dev/null || true' EXIT
	until grep -q "$(printf ': 0100007F:%04X ' "$PORT")" /proc/net/udp; do
		kill -0 "$sink"
		sleep 0.02
	done
}

# Into $arrived, $sink_cpu.
sink_end()
{
	kill "$sink" 2>/dev/null || true
	wait "$sink"
	trap - EXIT
	read -r arrived _ sink_cpu <sink.out
}

# The whole pipe, on hss.db and mtc.db here, to the sink; what each program
# took is in cost.*, all of it in $wall.
PIPE=(request gen sign put push)
pipe()
{
	local from=${EPOCHREALTIME/./}

	cost cost.request mtc-trigger request -d mtc.db "${ASK[@]}" |
	    cost cost.gen gpi-gen --hss hss.db --bsf $BSF |
	    cost cost.sign gpi-sign |
	    cost cost.put sa-store put -d mtc.db --pass |
	    cost cost.push gpi-push
	wall=$(calc "(${EPOCHREALTIME/./} - $from) / 1e6")
}
