#!/bin/sh
# timeline.sh: how many triggers of a fleet have been requested, stored, sent,
# delivered, responded to and connected, over time: by gnuplot, as PNG, SVG or
# text.
#
# usage: timeline.sh [-T png|svg|txt] [-o FILE] [STATUS...]
#
# STATUS is what `mtc-trigger status -j' says of the triggers.  Without one, a
# fleet of DEVICES (24) is woken here and now, RATE (8) in a second.  Each
# device waits up to SPREAD (3) seconds before it calls back; every eighth is
# switched off.
set -eu
# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname -- "$0")/common.sh"

picture "$@"
command -v gnuplot >/dev/null || die 'gnuplot is not there'

# ---- a fleet to look at ----

# A device of the fleet, which takes its time to call back.
device() { # DEVICE URI SECONDS
	stage "$1.recv" gpi-recv --card "$1.card" --naf "$NAF" --listen "$2" \
	    --count 1 --timeout 20 -o "$1.accepted" 2>"$1.recv.err"
	sleep "$3"
	stage "$1.connect" mtc-trigger connect --server "$at" --exec \
	    "echo $1" "$1.accepted" 2>"$1.connect.err"
}

run() {
	: "${DEVICES:=24}" "${RATE:=8}" "${SPREAD:=3}"
	awake='' heard='' number=0
	serve $((DEVICES - DEVICES / 8))
	while [ "$number" -lt "$DEVICES" ]; do
		number=$((number + 1))
		name=meter-$(printf %05d "$number")
		free_port
		next_port=$((port + 1))
		provision "$name" milenage
		say "{\"ue_id\":\"$name\",\"ue_trp\":\"udp://127.0.0.1:$port\"}" \
		    >>devices
		[ $((number % 8)) -ne 0 ] || continue
		device "$name" "udp://127.0.0.1:$port" \
		    "$((number % SPREAD)).$((number % 10))" &
		awake="$awake $name"
		heard="$heard udp://127.0.0.1:$port"
	done
	mtc-trigger register -d mtc.db devices
	# shellcheck disable=SC2086	# words
	await heard_at $heard
	mtc-trigger request -d mtc.db --naf "$NAF" --all --indication report \
	    --time 60 | gpi-gen --hss hss.db --bsf "$BSF" | gpi-sign |
	    sa-store put -d mtc.db --pass |
	    gpi-push --rate "$RATE" --report reports
	for name in $awake; do
		ended 0 "$name.recv" "$name.connect"
	done
	ended 0 serve
	mtc-trigger record -d mtc.db reports
	mtc-trigger status -d mtc.db -j >seen
}

# ---- the curves ----

STATES='requested stored sent delivered responded connected failed expired'

# How many have been in a state, from the first request on: SECONDS COUNT, from
# 0 0 to the end.
curve() { # STATE FIRST LAST FILE...
	state=$1 first=$2 last=$3
	shift 3
	sed -n "s/.*\"$state\":\([0-9]*\).*/\1/p" "$@" | sort -n |
	    awk -v first="$first" -v last="$last" '
	BEGIN { print 0, 0 }
	NR > 1 && $1 != time { print time - first, NR - 1 }
	{ time = $1 }
	END {
		if (NR > 0)
			print time - first, NR
		print last - first + 1, NR
	}'
}

moments() { # FILE...
	cat "$@" | grep -oE "\"($(echo "$STATES" | tr ' ' '|'))\":[0-9]+" |
	    sed 's/.*://' | sort -n
}

plot() { # FILE...
	first=$(moments "$@" | head -n 1)
	last=$(moments "$@" | tail -n 1)
	[ -n "$first" ] || die 'no triggers'
	total=$(cat "$@" | grep -c '"type":"trigger"')
	date=$(date -u -d "@$first" '+%Y-%m-%d %H:%M:%S')
	curves='' style=0
	for state in $STATES; do
		style=$((style + 1))
		curve "$state" "$first" "$last" "$@" >"$state.curve"
		count=$(tail -n 1 "$state.curve")
		[ "${count#* }" -gt 0 ] || continue
		curves="$curves '$state.curve' with steps linestyle $style"
		curves="$curves title '$state (${count#* })',"
	done
	cat <<-.
	set output 'chart'
	set title "$total triggers, from $date UTC on"
	set xlabel 'seconds'
	set ylabel 'triggers'
	set key outside right reverse Left
	set border 3
	set tics nomirror out
	$([ "$format" = txt ] ||
	    say "set grid ytics linetype 1 linecolor rgb '#e0e0e0'")
	set xrange [0:$((last - first + 1))]
	set yrange [0:$total * 1.05]
	set style line 1 linewidth 6 linecolor rgb '#d0d0d0'
	set style line 2 linewidth 2 linecolor rgb '#6a1b9a'
	set style line 3 linewidth 2 linecolor rgb '#1565c0'
	set style line 4 linewidth 2 linecolor rgb '#00838f'
	set style line 5 linewidth 6 linecolor rgb '#ffcc80'
	set style line 6 linewidth 2 linecolor rgb '#2e7d32'
	set style line 7 linewidth 2 linecolor rgb '#c62828'
	set style line 8 linewidth 2 linecolor rgb '#c62828' dashtype 2
	plot ${curves%,}
	.
}

# ---- the picture ----

if [ -z "$data" ]; then
	run
	data=seen
fi
case $format in
png) terminal='pngcairo size 900,500 font "sans,11"' ;;
svg) terminal='svg size 900,500 font "sans,12" background "#ffffff"' ;;
txt) terminal='dumb size 79,24' ;;
esac
# shellcheck disable=SC2086	# words
{ say "set terminal $terminal"; plot $data; } >chart.gp
gnuplot chart.gp
[ "$format" != txt ] || sed 's/ *$//; /./!d' chart >trimmed
[ "$format" != txt ] || mv trimmed chart
shown chart
