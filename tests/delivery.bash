# delivery.bash: what tests of transports have.
# shellcheck shell=bash disable=SC2154

# wakes [OPTION OF PUSH...] -- URI...: the device that listens there is
# triggered, and its data arrives over TLS; HEARS are options of its gpi-recv
wakes() {
	local options=()

	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	serve
	gpi-recv --card card --naf $NAF --now $NOW --count 1 \
	    "${hears[@]}" "${@/#/--listen=}" 2>device.err 3>&- |
	    sa-store put -d dev.db --now $NOW --pass 2>>device.err 3>&- |
	    mtc-trigger connect --server "$at" --now $NOW --exec 'echo 42' \
	    2>>device.err 3>&- &
	device=$!
	await heard_at "$@"
	request --indication report --time 30 | gen | gpi-sign |
	    put mtc.db --pass |
	    does gpi-push --now $NOW --report report "${options[@]}"
	mtc-trigger record -d mtc.db report
	wait $device
	same device.err "$(grep -v ': bound$' device.err)" ''
	await test -s lines
	same data "$(values state data <lines | words)" 'connected 42\n'
	stop_server
}

serve() {
	mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 --now $NOW \
	    >lines 2>serve.err 3>&- &
	server=$!
	await listening serve.err
}

stop_server() {
	kill $server
	wait $server
}

# reported [FILE]: P-TID, address, state and detail of each report, from word
# $FROM on
reported() {
	gpi-show -t "${1:-report}" | awk -v from="${FROM:-1}" '
	/^  (p_tid|ue_trp|state|detail) / {
		sub(/^ *[a-z_]* */, ""); line = line $0 " " }
	/^$/ {
		for (i = 1; i < from; i++)
			sub(/^[^ ]* /, "", line)
		print substr(line, 1, length(line) - 1)
		line = ""
	}'
}

# responses N [FIRST [UE_TRP]]: of p1..., whose GPIs are no good but for their
# form
responses() {
	python 'r = next(r for r in rows("gpi.csv") if r["name"] == "full")
n, first = int(sys.argv[1]), int(sys.argv[2])
for i in range(first, first + n):
    out.write(item(rec("response", gpi=h(r["gpi"]), key_lt=1900000000,
        naf_id=naf("mtc.example.org"), p_tid="p%d" % i, ue_id="u%d" % i,
        ue_trp=sys.argv[3], ks_naf=bytes(32))))' "$1" "${2:-1}" "${3:-unix:dev}"
}

# stale: ./old is a response whose GPI this card finds stale, on one IND
stale() {
	subscriber meter-7 $IMPI --ind 3
	card
	device
	request | gen | gpi-sign >old
	request | gen | gpi-sign | gpi-push --to - | recv >/dev/null
}

# said_of_tries WHY SECONDS LEFT FAILED: the lines of gpi-push --retry-for
said_of_tries() {
	echo "gpi-push: $1; trying again for up to $2 s"
	echo "gpi-push: no more tries: $3 that were tried again have left, $4 have failed"
}
