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

@test "a refusal names the listener and the sender, and shows no odd octet" {
	elements
	free_port
	gpi >gpi
	does recv gpi
	listen udp://127.0.0.1:$port --listen udp://[::1]:$port \
	    --listen tcp://127.0.0.1:$port --listen unix:socket --count 1
	await heard_at udp://127.0.0.1:$port tcp://127.0.0.1:$port unix:socket
	python 'import socket
port, old = int(sys.argv[1]), read("gpi")
def names(s):
    at = s.getsockname()
    return ("[%s]:%d" if ":" in at[0] else "%s:%d") % at[:2]
for host in "127.0.0.1", "::1":
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET,
        socket.SOCK_DGRAM)
    s.connect((host, port))
    s.send(old)
    print("udp://%s: from %s" % ("127.0.0.1:%d" % port if host != "::1" else
        "[::1]:%d" % port, names(s)))
s = socket.create_connection(("127.0.0.1", port))
s.sendall(old)
print("tcp://127.0.0.1:%d: from %s" % (port, names(s)))
s.shutdown(socket.SHUT_WR)
s.recv(1)
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.sendto(old, "socket")
print("unix:socket")
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(b"a\x1b[2J\xc2\x9b\xffb")
s.sendto(old, "socket")
print("unix:socket: from a?[2J???b")' $port | sort >expected
	gpi >new
	python 'import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(read("new"), "socket")'
	wait $pid || true
	sed -n 's/^gpi-recv: \(.*\): rand: .*/\1/p' heard.err | sort >named
	same refusals "$(cat named)" "$(cat expected)"
	same 'lines of stderr' "$(wc -l <heard.err)" 5
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
	: >lines
	fails 1 'gpi-recv: accepted 0 of 1 GPIs; nothing more can arrive' \
	    recv --listen sms-pdu:lines --count 1
}

@test "--listen: called wrongly" {
	elements
	fails 2 "gpi-recv: --listen: 'http://x' is not a known transport; use udp://, tcp://, unix:, file:, coap://, smpp:// or sms-pdu:" \
	    recv --listen http://x
	fails 2 'gpi-recv: give --listen or a FILE, not both' \
	    recv --listen unix:socket gpi
	fails 2 'gpi-recv: --timeout needs --listen' recv --timeout 1
}
