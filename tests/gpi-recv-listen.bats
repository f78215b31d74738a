# gpi-recv-listen.bats: GPIs in datagrams.

load helper
load gpi-recv

@test "--listen udp: what gpi-push sends, until --count are accepted" {
	elements
	free_port
	listen udp://127.0.0.1:$port --count 2
	await heard_at udp://127.0.0.1:$port
	for i in 1 2; do
		request --indication 2 | gen | gpi-sign |
		    does gpi-push --to udp://127.0.0.1:$port
		nothing_in out
	done
	wait $pid
	same accepted "$(field type heard | tally)" '2 accepted'
	nothing_in heard.err
}

@test "a datagram holds exactly one GPI, and never ends a run" {
	with_gpi
	gpi >next
	python 'g = read("gpi")
print("", "00", "1c", "ff", g.hex() * 2, g.hex() + "00", "58ff", "00" * 3000,
    g.hex()[:-2], sep="\n")' >datagrams
	bombard 9
	does recv gpi
}

@test "a Unix socket goes when the run ends, and one left over is taken" {
	with_response
	listen unix:socket
	await test -S socket
	kill -KILL $pid
	wait $pid || true
	test -S socket
	listen unix:socket --count 1
	await gpi-push --to unix:socket response 2>/dev/null
	wait $pid
	same type "$(field type heard)" accepted
	[ ! -e socket ]
}

@test "one that listens already keeps its socket" {
	elements
	listen unix:socket
	await test -S socket
	fails 4 'gpi-recv: unix:socket: Address already in use' \
	    recv --listen unix:socket
	test -S socket
	stop
	same status "$status" 0
	[ ! -e socket ]
}

@test "--listen takes no file away that is no socket" {
	elements
	cp card card.before
	fails 4 'gpi-recv: unix:card: Address already in use' \
	    recv --listen unix:card --timeout 1
	same_octets card card.before
}

@test "--timeout with too few good GPIs" {
	elements
	fails 1 'gpi-recv: accepted 0 of 1 GPIs within 1 s' \
	    recv --listen unix:socket --count 1 --timeout 1
	[ ! -e socket ]
}

@test "--listen: called wrongly" {
	elements
	fails 2 "gpi-recv: --listen: 'http://x' is not a known transport; use udp://, tcp://, unix:, file:, coap://, smpp:// or sms-pdu:" \
	    recv --listen http://x
	fails 2 'gpi-recv: give --listen or a FILE, not both' \
	    recv --listen unix:socket gpi
	fails 2 'gpi-recv: --timeout needs --listen' recv --timeout 1
}
