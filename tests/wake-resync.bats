# wake-resync.bats: mtc-trigger wake, and cards that find SQN stale.

load helper
load delivery
load wake

# behind: the HSS knows less of meter-7's SQN than its card
behind() {
	local before

	elements
	before=$(sqn)
	gpi | recv >/dev/null
	hss-store set -d hss.db --impi $IMPI --sqn "$before"
}

# there_at URI: meter-7 listens there, answers a stale SQN, and will connect
there_at() {
	gpi-recv --card card --naf $NAF --now $NOW --count 1 --timeout 20 \
	    --sync-failures kept --listen "$1" 2>device.err 3>&- |
	    sa-store put -d dev.db --now $NOW --pass 2>>device.err 3>&- |
	    mtc-trigger connect --server "$at" --now $NOW --exec 'echo 42' \
	    2>>device.err 3>&- &
	device=$!
	await heard_at "${1/coap/udp}"
}

stale_once() {
	behind
	serve
	free_port
	there_at "$1://127.0.0.1:$port"
	try wake --p-tid chosen --to "$1://127.0.0.1:$port" -o ended --timeout 20
	wait $device
	same status "$status" 0
	complains 'mtc-trigger: SQN was stale in 1 device; requested again'
	same 'how they ended' "$(gpi-show -j ended | values state | words)" \
	    'failed connected'
	again=$(gpi-show -j ended | pick p_tid state | sed -n 's/\["\(.*\)","connected"\]/\1/p')
	same reason "$(gpi-show -j ended | pick p_tid detail | head -n 1)" \
	    "[\"chosen\",\"resynchronised as $again\"]"
	same kept "$(kept)" \
	    'meter-7 requested meter-7 failed meter-7 connected'
	await test -s lines
	same data "$(values p_tid state data <lines | words)" \
	    "$again connected 42\\n"
	same 'one AUTS' "$(gpi-show -j kept | lines)" 1
}

@test "a stale card is resynchronised, over TCP" {
	stale_once tcp
}

@test "a stale card is resynchronised, over CoAP, which says that it failed" {
	gpi-push --version | grep -q coap || skip 'without CoAP'
	stale_once coap
}

@test "a card that is stale again has failed; others are woken meanwhile" {
	behind
	absent pump-1 unix:nobody
	free_port
	serve
	there_at "tcp://127.0.0.1:$port"
	mtc-trigger register -d mtc.db --ue-id meter-7 \
	    --ue-trp tcp://127.0.0.1:$port
	# a BSF that does not hand AUTS on: each of its SQNs is stale
	(declare -p PYTHON; declare -f python edit
	echo "gpi-gen --hss hss.db --bsf $BSF --now $NOW | gpi-sign") >rest
	cat >bsf <<-.
	hss-store set -d hss.db --impi $IMPI --sqn 0
	. ./rest
	.
	sed -i '$d' rest
	echo "edit rand=None auts=None >asked
	gpi-gen --hss hss.db --bsf $BSF --now $NOW <asked | gpi-sign" >>rest
	bsf='bash bsf'
	try wake --ue-id pump-1 --timeout 20
	same status "$status" 1
	complains 'mtc-trigger: SQN was stale in 1 device; requested again' \
	    'mtc-trigger: meter-7: failed: SQN is stale again, after a resynchronisation' \
	    'mtc-trigger: pump-1: failed: unix:nobody: No such file or directory' \
	    'mtc-trigger: 2 devices: 2 failed; 0:0'
	same kept "$(kept)" \
	    'meter-7 requested meter-7 failed pump-1 failed meter-7 failed'
	same 'what devices sent' "$(gpi-show -j kept | lines)" 2
	kill $device || true
}

@test "a sync failure that belongs to no trigger of the run changes nothing" {
	elements
	request | gen | gpi-sign | put	# another's, still open
	rand=$(sa-store list -d mtc.db -j | pick dl_sa_id | cut -c 3-34)
	free_port
	python 'import socket
s = socket.socket()
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
open("listening", "w").close()
c = s.accept()[0]
c.recv(4096)
for rand in bytes(16), h(sys.argv[2]):
    c.sendall(item(rec("sync_failure", rand=rand, auts=bytes(14), time=1)))
c.sendall(item([1, 2, 3]))
c.close()' $port "$rand" &
	await test -e listening
	try wake --to tcp://127.0.0.1:$port --timeout 1
	same status "$status" 1
	complains 'mtc-trigger: meter-7: sent; no connection within 1 s' \
	    "mtc-trigger: tcp://127.0.0.1:$port: answer: rand: found 00000000000000000000000000000000, expected that of a GPI that was sent here" \
	    "mtc-trigger: tcp://127.0.0.1:$port: answer: there are more than GPIs"
	same kept "$(kept)" 'meter-7 stored meter-7 sent'
}
