# names.bats: names of several addresses, not all of which answer.

load helper
load delivery

# named ADDRESS... -- COMMAND...: run it where dev.test has these addresses, and
# nobody has another name
named() {
	: >hosts
	echo 'hosts: files' >nsswitch
	while [ "$1" != -- ]; do
		echo "$1 dev.test" >>hosts
		shift
	done
	unshare -rm sh -c 'mount --bind hosts /etc/hosts &&
	    mount --bind nsswitch /etc/nsswitch.conf && shift && exec "$@"' \
	    sh "$@"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	named 127.0.0.1 -- true 2>/dev/null ||
	    skip 'no name can be made here (it takes unshare and mount)'
	elements
	free_port
}

response() {
	request | gen | gpi-sign
}

# reaches STATE URI: with one of its two addresses deaf
reaches() {
	rm -f report
	response >response
	does named ::1 127.0.0.1 -- gpi-push --to "$2" --report report \
	    --timeout 4 response
	same report "$(reported | cut -d' ' -f2-)" "$2 $1"
}

@test "coap:// and tcp://: an address that refuses is followed by the next" {
	listen coap://127.0.0.1:$port --listen tcp://127.0.0.1:$port --count 2
	await heard_at udp://127.0.0.1:$port tcp://127.0.0.1:$port
	reaches delivered coap://dev.test:$port/gpi
	reaches sent tcp://dev.test:$port
	wait $pid
	same accepted "$(field type heard | uniq -c | xargs)" '2 accepted'
}

@test "coap://: an address that does not answer is followed by the next" {
	python 'import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(("::1", int(sys.argv[1])))
open("deaf", "w")
s.settimeout(10)
while s.recv(2000) != b"end":
    pass' "$port" 3>&- &
	await test -e deaf
	listen coap://127.0.0.1:$port --count 2
	await heard_at udp://127.0.0.1:$port
	cat <(response) <(response) >response
	does named ::1 127.0.0.1 -- gpi-push --to coap://dev.test:$port \
	    --report report --timeout 4 response
	wait $pid
	printf end >"/dev/udp/::1/$port"
	same states "$(reported | cut -d' ' -f3- | xargs)" 'delivered delivered'
}

@test "tcp://: an address that does not answer is followed by the next" {
	python 'import socket, time
s = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
s.bind(("::1", int(sys.argv[1])))
s.listen(0)
held = [socket.socket(socket.AF_INET6, socket.SOCK_STREAM) for i in range(4)]
for c in held:	# its queue is full: no more is answered
    c.setblocking(False)
    c.connect_ex(("::1", int(sys.argv[1])))
open("deaf", "w")
time.sleep(10)' "$port" 3>&- >/dev/null 2>&1 &
	await test -e deaf
	listen tcp://127.0.0.1:$port --count 1
	await heard_at tcp://127.0.0.1:$port
	reaches sent tcp://dev.test:$port
	wait $pid
	same accepted "$(field type heard)" accepted
}

@test "an address after the other: the last one says why" {
	response >response
	try named ::1 127.0.0.1 -- gpi-push --to coap://dev.test:$port response
	same status "$status" 1
	same line "$(cat err)" "gpi-push: response: record 1: coap://dev.test:$port: Connection refused"
}

@test "a name that nobody knows: tried again, and reported" {
	response >response
	try named 127.0.0.1 -- gpi-push --to udp://nobody.test:$port \
	    --retry-for 2 --report report response
	same status "$status" 1
	same states "$(reported | cut -d' ' -f3)" failed
	grep -q "^gpi-push: response: record 1: udp://nobody.test:$port: no such host$" err
	try named 127.0.0.1 -- gpi-push --to coap://nobody.test:$port response
	same status "$status" 1
	grep -q "^gpi-push: response: record 1: coap://nobody.test:$port: no such host$" err
}

@test "many GPIs to one name" {
	listen udp://127.0.0.1:$port
	await heard_at udp://127.0.0.1:$port
	responses 500 1 "udp://dev.test:$port" >all
	does named 127.0.0.1 -- gpi-push --rate 5000 --report report all
	same states "$(reported | cut -d' ' -f3 | uniq -c | xargs)" '500 sent'
	heard_so_many() { [ "$(wc -l <heard.err)" = 500 ]; }
	await heard_so_many
	stop
}

@test "listening at a name: the first address that is free" {
	listen udp://[::1]:$port --listen tcp://[::1]:$port
	await has_line ":$(printf %04X "$port") " /proc/net/tcp6
	first=$pid
	named ::1 127.0.0.1 -- gpi-recv --card card --naf $NAF --now $NOW \
	    --listen udp://dev.test:$port --listen tcp://dev.test:$port \
	    --count 2 >heard 2>heard.err 3>&- &
	pid=$!
	await heard_at udp://127.0.0.1:$port tcp://127.0.0.1:$port
	response | does gpi-push --to udp://127.0.0.1:$port
	response | does gpi-push --to tcp://127.0.0.1:$port
	wait $pid
	same accepted "$(field type heard | uniq -c | xargs)" '2 accepted'
	pid=$first
	stop
	named ::1 127.0.0.1 -- gpi-recv --card card --naf $NAF --now $NOW \
	    --listen coap://dev.test:$port --count 1 >heard 2>heard.err 3>&- &
	pid=$!
	await has_line ":$(printf %04X "$port") " /proc/net/udp6
	response | does gpi-push --to coap://[::1]:$port
	wait $pid
}

# eclipse-leshan/leshan#1580, mkovatsc/Copper#18
@test "a link-local address with its zone, at both ends of each transport" {
	unshare -rn ip link set lo up 2>/dev/null ||
	    skip 'no network can be made here (it takes unshare and ip)'
	cat <(response) <(response) <(response) >response
	cat >run <<-'END'
	ip link set lo up
	ip addr add fe80::1/64 dev lo nodad
	gpi-recv --card card --naf "$1" --now "$2" --count 3 --timeout 20 \
	    --listen 'udp://[fe80::1%lo]:7100' \
	    --listen 'tcp://[fe80::1%25lo]:7100/' \
	    --listen 'COAP://[fe80::1%25l%6f]:7101' >heard 2>heard.err &
	until grep -q :1BBD /proc/net/udp6; do sleep 0.05; done
	for to in 'UDP://[fe80::1%1]:07100/' 'tcp://[FE80:0::1%lo]:7100' \
	    'coap://[fe80::1%251]:7101/%67pi'; do
		gpi-push --to "$to" --timeout 5 --report report response
	done
	wait
	END
	unshare -rn bash run $NAF $NOW
	same accepted "$(field type heard | uniq -c | xargs)" '3 accepted'
}
