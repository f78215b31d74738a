# delivery.bats: GPIs over the transports that need no other program: who
# hears them, what is reported, what is tried again.

load helper
load delivery

# ---- from registration to data ----

@test "a device behind udp:// is triggered and connects back" {
	subscriber && card
	port=$(free_port)
	device meter-7 udp://127.0.0.1:$port
	wakes -- udp://127.0.0.1:$port
	same report "$(reported | cut -d' ' -f2-)" "udp://127.0.0.1:$port sent"
}

@test "a device behind tcp:// is triggered and connects back" {
	subscriber && card
	port=$(free_port)
	device meter-7 tcp://127.0.0.1:$port
	wakes -- tcp://127.0.0.1:$port
	same report "$(reported | cut -d' ' -f2-)" "tcp://127.0.0.1:$port sent"
}

@test "a device behind unix: is triggered and connects back" {
	elements
	wakes -- unix:dev
	same report "$(reported | cut -d' ' -f2-)" 'unix:dev sent'
}

@test "several --listen: each is heard" {
	elements
	port=$(free_port)
	listen unix:one --listen unix:two --listen udp://127.0.0.1:$port \
	    --listen tcp://127.0.0.1:$port --count 4
	await heard_at unix:one unix:two udp://:$port tcp://:$port
	for to in unix:one unix:two udp://127.0.0.1:$port tcp://127.0.0.1:$port; do
		request | gen | gpi-sign | does gpi-push --to $to
	done
	wait $pid
	same accepted "$(field type heard | uniq -c | xargs)" '4 accepted'
	nothing_in heard.err
	[ ! -e one ]
	[ ! -e two ]
}

@test "port 0: a free one, which is named" {
	elements
	listen udp://127.0.0.1:0 --listen tcp://127.0.0.1:0 --count 2
	await grep -q tcp heard.err
	for uri in $(sed -n 's/^gpi-recv: listening on //p' heard.err); do
		request | gen | gpi-sign | does gpi-push --to "$uri"
	done
	wait $pid
	same 'lines of stderr' "$(wc -l <heard.err)" 2
}

# ---- datagrams ----

@test "datagrams to many places: one that is refused is alone in that" {
	elements
	port=$(free_port)
	listen unix:one --listen unix:two --listen udp://127.0.0.1:$port \
	    --listen udp://[::1]:$port
	await heard_at unix:one unix:two
	await grep -q ":$(printf %04X "$port") " /proc/net/udp6
	for i in {1..30}; do
		case $((i % 6)) in
		0) echo unix:one ;;
		1) echo udp://127.0.0.1:$port ;;
		2) echo unix:nobody ;;
		3) echo "udp://[::1]:$port" ;;
		4) echo udp://255.255.255.255:9 ;;
		5) echo unix:two ;;
		esac
	done >uris
	python 'r = next(r for r in rows("gpi.csv") if r["name"] == "full")
for i, uri in enumerate(open("uris").read().split(), 1):
    out.write(item(rec("response", gpi=h(r["gpi"]), key_lt=1900000000,
        naf_id=naf("mtc.example.org"), p_tid="p%d" % i, ue_id="u",
        ue_trp=uri, ks_naf=bytes(32))))' >all
	try gpi-push --report report all
	same status "$status" 1
	same states "$(reported | awk '{ print $3 }' | sort | uniq -c | xargs)" \
	    '10 failed 20 sent'
	same 'P-TIDs' "$(reported | awk '{ print $1 }' | sort -u | wc -l)" 30
	same complaints "$(cut -d: -f4- err | sort -u)" ' udp://255.255.255.255:9: Permission denied
 unix:nobody: No such file or directory'
	same 'lines of stderr' "$(wc -l <err)" 10
	heard_so_many() { [ "$(wc -l <heard.err)" = 20 ]; }
	await heard_so_many
	kill $pid
	wait $pid
}

@test "datagrams to one place: of any lengths, each arrives as it is" {
	port=$(free_port)
	python 'r = {r["name"]: h(r["gpi"]) for r in rows("gpi.csv")}
for i in range(500):
    name = ("full", "largest", "no-trigger")[i % 7 % 3 if i % 200 < 30 else 0]
    out.write(item(rec("response", gpi=r[name], key_lt=1900000000,
        naf_id=naf("mtc.example.org"), p_tid="p%d" % i, ue_id="u",
        ue_trp="udp://127.0.0.1:" + sys.argv[1], ks_naf=bytes(32))))' $port >all
	gpi-push --to - all >expected
	python 'import socket
expected = [item(gpi) for gpi in items(read("expected"))]
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(5)
s.bind(("127.0.0.1", int(sys.argv[1])))
for gpi in expected:
    assert s.recv(2048) == gpi' $port 3>&- &
	pid=$!
	await heard_at udp://:$port
	does gpi-push --rate 5000 --report report all
	wait $pid
	same reports "$(reported | awk '{ print $1 }' | xargs)" "$(echo p{0..499})"
	# and where none can leave, each has an error of its own
	many 100 >all
	try gpi-push --to udp://255.255.255.255:9 all
	same status "$status" 1
	same 'lines of stderr' "$(uniq err | wc -l)" 100
}

@test "one datagram leaves at once, and its report after it" {
	elements
	listen unix:dev --count 1
	await heard_at unix:dev
	request | gen | gpi-sign >response
	mkfifo fifo
	exec 9<>fifo
	gpi-push --report report fifo 3>&- 9>&- &
	push=$!
	cat response >&9
	await test -s report
	wait $pid
	exec 9>&-
	wait $push
	same report "$(reported | cut -d' ' -f2-)" 'unix:dev sent'
	same type "$(field type heard)" accepted
}

@test "datagrams that the kernel dropped are counted, and named in one line" {
	elements
	port=$(free_port)
	listen udp://127.0.0.1:$port
	await heard_at udp://:$port
	kill -STOP $pid
	python 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(20000):
    s.sendto(bytes(1000), ("127.0.0.1", int(sys.argv[1])))' $port
	kill -CONT $pid
	await grep -q "^gpi-recv: udp://127.0.0.1:$port: [0-9]* datagrams were lost: more came than could be taken$" heard.err
	sleep 0.3
	kill $pid
	wait $pid
	same words "$(grep -c 'were lost' heard.err)" 1
}

# ---- TCP ----

@test "tcp://: many in one stream, each in order and once" {
	elements
	port=$(free_port)
	listen tcp://127.0.0.1:$port --count 200
	await heard_at tcp://:$port
	for i in {1..200}; do
		request --p-tid "p$i"
	done | gen | gpi-sign >responses
	does gpi-push --to tcp://127.0.0.1:$port --report report responses
	wait $pid
	same 'P-TIDs' "$(field ul_sa_id heard | xargs)" "$(echo p{1..200})"
	same reports "$(reported | awk '{ print $1, $3 }' | xargs)" \
	    "$(for i in {1..200}; do echo p$i sent; done | xargs)"
	nothing_in heard.err
}

@test "tcp://: garbage ends its connection, and nothing else" {
	elements
	port=$(free_port)
	listen tcp://127.0.0.1:$port --count 1
	await heard_at tcp://:$port
	python 'import socket
for octets in b"\xff" * 9, b"\x00", b"\x58", bytes(3000), b"\x5a\xff\xff\xff\xff":
    s = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    s.sendall(octets)
    s.shutdown(socket.SHUT_WR)
    try:
        assert s.recv(1) == b""
    except ConnectionResetError:
        pass' $port
	request | gen | gpi-sign | does gpi-push --to tcp://127.0.0.1:$port
	status=0
	wait $pid || status=$?
	same status $status 3
	same type "$(field type heard)" accepted
}

@test "tcp://: more connections than there is room for cost the stillest ones" {
	elements
	port=$(free_port)
	listen tcp://127.0.0.1:$port --count 1
	await heard_at tcp://:$port
	request | gen | gpi-sign >response
	python 'import socket, subprocess
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    for i in range(200)]
subprocess.run(["gpi-push", "--to", "tcp://127.0.0.1:" + sys.argv[1],
    "response"], check=True)' $port
	wait $pid
	same type "$(field type heard)" accepted
}

@test "AUTS comes back over the TCP connection, and leads to a new trigger" {
	stale
	put <old
	port=$(free_port)
	listen tcp://127.0.0.1:$port --sync-failures kept --count 1
	await heard_at tcp://:$port
	does gpi-push --to tcp://127.0.0.1:$port --sync-failures back old
	same_octets back kept
	same type "$(field type back)" sync-failure
	mode back 600
	mtc-trigger resync -d mtc.db --now $NOW back | gen | gpi-sign |
	    put mtc.db --pass | does gpi-push --to tcp://127.0.0.1:$port
	status=0
	wait $pid || status=$?
	same status $status 1
	same type "$(field type heard)" accepted
}

# ---- sockets that somebody else opened ----

# activated SOCKETS OPTION...: gpi-recv, started as systemd starts a service
activated() {
	python 'import socket
at, fds = sys.argv[1].split(), []
for a in at:
    kind = socket.SOCK_STREAM if a[0] == "t" else socket.SOCK_DGRAM
    if a[0] == "x":
        s = socket.socket(socket.AF_UNIX, kind)
        s.bind(a[1:])
    else:
        s = socket.socket(socket.AF_INET, kind)
        s.bind(("127.0.0.1", int(a[1:])))
    if a[0] == "t":
        s.listen()
    fds.append(s)
for i, s in enumerate(fds):
    os.dup2(s.fileno(), 100 + i)
for i in range(len(fds)):
    os.dup2(100 + i, 3 + i)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS=str(len(fds)))
os.execvp("gpi-recv", ["gpi-recv", "--card", "card"] + sys.argv[2:])' "$@"
}

@test "LISTEN_FDS: the sockets that whoever started it opened" {
	elements
	port=$(free_port)
	activated "u$port t$port xdev" --naf $NAF --now $NOW --count 3 \
	    >heard 2>heard.err 3>&- &
	pid=$!
	await heard_at udp://:$port tcp://:$port unix:dev
	for to in udp://127.0.0.1:$port tcp://127.0.0.1:$port unix:dev; do
		request | gen | gpi-sign | does gpi-push --to $to
	done
	wait $pid
	same accepted "$(field type heard | uniq -c | xargs)" '3 accepted'
	nothing_in heard.err
}

@test "LISTEN_FDS of another process, or with what is no such socket" {
	elements
	gpi >gpi
	LISTEN_PID=1 LISTEN_FDS=1 does recv gpi
	fails 2 'gpi-recv: LISTEN_FDS: found descriptor 3, expected a socket: bound UDP, listening TCP or Unix datagram' \
	    bash -c 'exec 3<card; LISTEN_PID=$$ LISTEN_FDS=1 exec gpi-recv --card card --any-naf'
}

# ---- reports, tries ----

@test "--retry-for: tried again until the device is there" {
	elements
	request | gen | gpi-sign >response
	gpi-push --retry-for 20 --report report response 2>err 3>&- &
	push=$!
	sleep 0.5
	listen unix:dev --count 1
	wait $push
	wait $pid
	nothing_in err
	same report "$(reported | cut -d' ' -f2-)" 'unix:dev sent'
}

@test "--retry-for: what cannot be delivered by then has failed, and the others went on" {
	port=$(free_port)
	(many 3; many 2 4 tcp://127.0.0.1:$port; many 1 6 file:device) >responses
	try gpi-push --retry-for 2 --report report responses
	same status "$status" 1
	same reports "$(reported | sort)" "$(for i in 1 2 3; do
		echo "p$i unix:dev failed unix:dev: No such file or directory"
	done; for i in 4 5; do
		echo "p$i tcp://127.0.0.1:$port failed tcp://127.0.0.1:$port: Connection refused"
	done; echo 'p6 file:device sent')"
	same complaints "$(sort err)" "$(for i in 1 2 3; do
		echo "gpi-push: responses: record $i: unix:dev: No such file or directory"
	done; for i in 4 5; do
		echo "gpi-push: responses: record $i: tcp://127.0.0.1:$port: Connection refused"
	done)"
}

@test "a record is not tried after its key's end" {
	known full
	many 1 >response
	fails 1 'gpi-push: record 1: unix:dev: No such file or directory' \
	    timeout 5 gpi-push --retry-for 1000 --now 1900000001 <response
}

@test "a tcp:// peer that takes nothing and says nothing" {
	port=$(free_port)
	python 'import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(0)
held = []
for i in range(3):	# the queue is full: a new one gets no answer
    c = socket.socket()
    c.setblocking(False)
    c.connect_ex(("127.0.0.1", int(sys.argv[1])))
    held.append(c)
open("full", "w").close()
time.sleep(20)' $port 3>&- &
	await test -e full
	many 1 1 tcp://127.0.0.1:$port |
	    fails 1 "gpi-push: record 1: tcp://127.0.0.1:$port: no answer in time" \
	    gpi-push --timeout 1
}

@test "a tcp:// peer that takes the connection and reads nothing" {
	port=$(free_port)
	python 'import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(9)
held = []
while True:
    held.append(s.accept())' $port 3>&- &
	await heard_at tcp://:$port
	many 3000 1 tcp://127.0.0.1:$port >all
	try gpi-push --timeout 1 --window 3000 --report report all
	same status "$status" 1
	same reports "$(reported | wc -l)" 3000
	grep -q "^gpi-push: all: record 3000: tcp://127.0.0.1:$port: no answer in time$" err
}

@test "a window of one: each has its report before the next is taken" {
	elements
	port=$(free_port)
	listen tcp://127.0.0.1:$port
	await heard_at tcp://:$port
	many 20 1 tcp://127.0.0.1:$port | does gpi-push --window 1 --report report
	same reports "$(reported | awk '{ print $1, $3 }' | xargs)" \
	    "$(for i in {1..20}; do echo p$i sent; done | xargs)"
	stop
}

@test "SIGTERM: what is under way is named, and left to --resume" {
	mkfifo fifo
	exec 9<>fifo
	many 3 >&9
	gpi-push --retry-for 1000 --report report fifo 2>err 3>&- 9>&- &
	push=$!
	await test -e report
	sleep 0.2
	kill $push
	status=0
	wait $push || status=$?
	same status "$status" 4
	sort -o err err
	same complaints "$(cat err)" 'gpi-push: fifo: record 1: unix:dev: stopped by a signal
gpi-push: fifo: record 2: unix:dev: stopped by a signal
gpi-push: fifo: record 3: unix:dev: stopped by a signal
gpi-push: stopped by a signal'
	nothing_in report
	many 3 | does gpi-push --to file:device --report report --resume report
	same states "$(reported | awk '{ print $1, $3 }' | xargs)" \
	    'p1 sent p2 sent p3 sent'
}

@test "--report and --sync-failures append to nothing else" {
	elements
	many 1 >response
	for option in --report --sync-failures; do
		cp card before
		echo text >text
		for file in card text hss.db; do
			fails 4 "gpi-push: $file: found another file, expected one of ${type:-report} records" \
			    gpi-push --to file:device $option $file response
			[ ! -e device ]
		done
		same_octets card before
		type=sync-failure
	done
	fails 4 'gpi-recv: text: found another file, expected one of sync-failure records' \
	    recv --sync-failures text response
}

@test "--rate: no more in a second, each at its moment" {
	many 8 >all
	start=$(date +%s%N)
	does gpi-push --to file:device --rate 10 --report report all
	ms=$((($(date +%s%N) - start) / 1000000))
	[ $ms -ge 700 ] && [ $ms -lt 1500 ] || { echo "$ms ms"; false; }
	same order "$(reported | awk '{ print $1 }' | xargs)" "$(echo p{1..8})"
	many 2000 >all
	start=$(date +%s%N)
	does gpi-push --to - --rate 10000 all
	ms=$((($(date +%s%N) - start) / 1000000))
	[ $ms -ge 198 ] && [ $ms -lt 900 ] || { echo "$ms ms"; false; }
	same octets "$(stat -c %s out)" $((2000 * 112))
}

@test "--rate: what waits for its turn has let go what was before" {
	many 3 >all
	gpi-push --to - --rate 1 --report report all >out 3>&- &
	push=$!
	await test -s report
	same octets "$(stat -c %s out)" 112
	kill $push
	status=0
	wait $push || status=$?
	same status $status 4
}

@test "--rate holds for what is tried again" {
	many 20 >all
	gpi-push --retry-for 9 --rate 20 --report report all 2>err 3>&- &
	push=$!
	sleep 1
	python 'import socket, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.settimeout(8)
s.bind("dev")
at = []
for i in range(20):
    s.recv(2048)
    at.append(time.monotonic())
assert all(b - a > 0.5 for a, b in zip(at, at[12:])), at'
	wait $push
	nothing_in err
	same states "$(reported | awk '{ print $3 }' | uniq -c | xargs)" '20 sent'
}

# ---- resuming ----

@test "--resume: what is reported is not sent again" {
	many 10 >all
	many 4 | does gpi-push --to file:first --report report
	does gpi-push --to file:second --report report --resume report all
	same reports "$(reported | awk '{ print $1 }' | xargs)" "$(echo p{1..10})"
	same octets "$(stat -c %s second)" $((6 * 112))
	does gpi-push --to file:third --report report --resume report all
	[ ! -e third ]
}

@test "--resume: a report that was cut short does not count, and goes" {
	many 5 >all
	many 3 | does gpi-push --to file:first --report report
	for cut in 1 10 30; do
		head -c -$cut report >torn
		ends 0 "gpi-push: torn: the last report is cut short by $(($(stat -c %s report) / 3 - cut)) octets: it does not count" \
		    gpi-push --to file:again --report torn --resume torn all
		same reports "$(reported torn | awk '{ print $1 }' | xargs)" \
		    'p1 p2 p3 p4 p5'
	done
}

@test "--resume: a file of something else stays as it is" {
	many 2 >all
	for text in 'notes of mine' '#!/bin/sh' pppppppp; do
		printf '%s\n' "$text" >notes
		cp notes before
		try gpi-push --to file:device --report notes --resume notes all
		same status "$status" 3
		same_octets notes before
	done
	[ ! -e device ]
}

@test "--resume: a first run, a file that is not there, one of other records" {
	many 2 >all
	does gpi-push --to file:first --report report --resume report all
	same reports "$(reported | wc -l)" 2
	fails 4 'gpi-push: none: No such file or directory' \
	    gpi-push --to file:first --resume none all
	fails 3 'gpi-push: all: record 1: type: found response, expected report' \
	    gpi-push --to file:first --resume all all
	printf '\xff' >broken
	ends 3 'gpi-push: broken: record 1: item: found octet ff out of place, expected CBOR' \
	    gpi-push --to file:first --resume broken all
}

@test "kill -9, wherever: with --resume all are reported once, one window is sent twice at most" {
	many 10000 >all
	for i in 1 2 3; do
		rm -f report first
		: >second
		gpi-push --to file:first --window 50 --report report all 3>&- &
		push=$!
		await test -s report
		sleep 0.00$i
		kill -9 $push 2>/dev/null || true
		wait $push || true
		sent=$(($(stat -c %s first) / 112))
		gpi-push --to file:second --report report --resume report all \
		    2>/dev/null
		again=$((sent + $(stat -c %s second) / 112 - 10000))
		[ $again -ge 0 ] && [ $again -le 50 ] ||
		    { echo "$sent sent, $again again"; false; }
		same reports "$(reported | wc -l)" 10000
		same 'P-TIDs' "$(reported | awk '{ print $1 }' | sort -u | wc -l)" 10000
	done
}

# ---- floods ----

@test "a flood of garbage: the genuine one is accepted, memory and log stay small" {
	elements
	port=$(free_port)
	request | gen | gpi-sign >response
	listen udp://127.0.0.1:$port --count 1
	await heard_at udp://:$port
	resident() { awk '$1 == "VmHWM:" { print $2 }' /proc/$pid/status; }
	flood() {
		python 'import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.connect(("127.0.0.1", int(sys.argv[1])))
n = int(sys.argv[2])
junk = [os.urandom(200) for i in range(64)]
start = time.monotonic()
for i in range(n):
    try:
        s.send(junk[i % 64])
    except OSError:
        pass
    if i % 500 == 499:	# 50,000 a second
        left = start + (i + 1) / 50000 - time.monotonic()
        if left > 0:
            time.sleep(left)' $port "$1"
	}
	flood 10000
	before=$(resident)
	flood 100000 3>&- &
	flooder=$!
	sleep 1
	for try in {1..20}; do	# UDP may lose it
		gpi-push --to udp://127.0.0.1:$port response
		sleep 0.05
		[ ! -e /proc/$pid ] && break
		[ "$(wc -c <heard)" -gt 0 ] && break
		after=$(resident)
	done
	status=0
	wait $pid || status=$?
	kill $flooder 2>/dev/null || true
	same status $status 3
	same type "$(field type heard)" accepted
	sanitized || [ $((after - before)) -lt 1024 ] || { echo "$before to $after kB"; false; }
	[ "$(wc -l <heard.err)" -lt 2100 ]
	grep -q '^gpi-recv: [0-9]* more were refused, with too many at once to name each$' heard.err
}

@test "a flood over TCP costs no memory" {
	elements
	port=$(free_port)
	listen tcp://127.0.0.1:$port --count 1
	await heard_at tcp://:$port
	python 'import socket
held = [socket.create_connection(("127.0.0.1", int(sys.argv[1])))
    for i in range(64)]
for s in held:
    s.setblocking(False)
for i in range(20):
    for s in held:
        try:
            s.send(bytes(4096))	# each octet is an item
        except OSError:
            pass' $port
	resident=$(awk '$1 == "VmHWM:" { print $2 }' /proc/$pid/status)
	request | gen | gpi-sign | does gpi-push --to tcp://127.0.0.1:$port
	wait $pid || true
	same type "$(field type heard)" accepted
	sanitized || [ "$resident" -lt 20000 ] || { echo "$resident kB"; false; }
}

@test "--version says which transports are in" {
	for program in gpi-push gpi-recv; do
		does $program --version
		same line "$(sed -n 2p out)" 'transports: udp tcp unix file coap smpp sms-pdu'
	done
}
