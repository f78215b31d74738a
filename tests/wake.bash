# wake.bash: what the tests of mtc-trigger wake share.
# shellcheck shell=bash disable=SC2154

bsf="gpi-gen --hss hss.db --bsf $BSF --now $NOW | gpi-sign"

# wake [OPTION...]: meter-7, and who else they say
wake() {
	mtc-trigger wake -d mtc.db --naf $NAF --now $NOW --ue-id meter-7 \
	    --bsf "$bsf" "$@"
}

# waking [OPTION...]: the same, as $wake, which goes on; its streams as of try
waking() {
	# what a script runs in the background ignores INT, otherwise
	env --default-signal=INT mtc-trigger wake -d mtc.db --naf $NAF \
	    --now $NOW --ue-id meter-7 --bsf "$bsf" "$@" >out 2>err 3>&- &
	wake=$!
}

# woken STATUS: it does, with that
woken() {
	status=0
	wait $wake || status=$?
	same 'status of wake' $status "$1"
}

teardown() {
	[ -z "$server" ] || { kill "$server" && wait "$server"; }
}

# there [PATH]: meter-7 listens at that Unix socket, and will connect
there() {
	gpi-recv --card card --naf $NAF --now $NOW --count 1 --timeout 20 \
	    --listen "unix:${1:-dev}" 2>device.err 3>&- |
	    sa-store put -d dev.db --now $NOW --pass 2>>device.err 3>&- |
	    mtc-trigger connect --server "$at" --now $NOW --exec 'echo 42' \
	    2>>device.err 3>&- &
	device=$!
	await test -S "${1:-dev}"
}

# absent ID URI: one more device, which nobody runs
absent() {
	subscriber "$1" "$1@ims.example.org"
	device "$1" "$2"
}

# left: each trigger that did, a line, in the order in which it did
left() {
	gpi-show -j out | values ue_id state
}

ended() {
	left | words
}

# kept: the same as the store has it, in the order of requests
kept() {
	mtc-trigger status -d mtc.db -j | values ue_id state |
	    words
}

all_are() {
	[ "$(kept)" = "$1" ]
}

# complains LINE...: on stderr, just so, in whatever order
complains() {
	local said line

	mapfile -t said <err
	for line; do
		has_line "$line" err
	done
	same 'lines of stderr' ${#said[@]} $#
}

# bsf_is_gone: and what it ran, as ./bsf.pid says who it was
bsf_is_gone() {
	! pgrep -r D,R,S,T -g "$(<bsf.pid)" >/dev/null
}
