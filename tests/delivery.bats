# delivery.bats: from registration to data, over the transports that need no
# other program: UDP, TCP and Unix sockets; one, many, floods.

load helper
load delivery

# ---- from registration to data ----

@test "a device behind udp:// is triggered and connects back" {
	subscriber && card
	free_port
	device meter-7 udp://127.0.0.1:$port
	wakes -- udp://127.0.0.1:$port
	same report "$(FROM=2 reported)" "udp://127.0.0.1:$port sent"
}

@test "a device behind tcp:// is triggered and connects back" {
	subscriber && card
	free_port
	device meter-7 tcp://127.0.0.1:$port
	wakes -- tcp://127.0.0.1:$port
	same report "$(FROM=2 reported)" "tcp://127.0.0.1:$port sent"
}

@test "a device behind unix: is triggered and connects back" {
	elements
	wakes -- unix:dev
	same report "$(FROM=2 reported)" 'unix:dev sent'
}

@test "several --listen: each is heard" {
	elements
	free_port
	listen unix:one --listen unix:two --listen udp://127.0.0.1:$port \
	    --listen tcp://127.0.0.1:$port --count 4
	await heard_at unix:one unix:two udp://:$port tcp://:$port
	for to in unix:one unix:two udp://127.0.0.1:$port tcp://127.0.0.1:$port; do
		request | gen | gpi-sign | does gpi-push --to $to
	done
	wait $pid
	same accepted "$(field type heard | tally)" '4 accepted'
	nothing_in heard.err
	[ ! -e one ]
	[ ! -e two ]
}

@test "port 0: a free one, which is named" {
	elements
	listen udp://127.0.0.1:0 --listen tcp://127.0.0.1:0 --count 2
	await has_line tcp heard.err
	for uri in $(sed -n 's/^gpi-recv: listening on //p' heard.err); do
		request | gen | gpi-sign | does gpi-push --to "$uri"
	done
	wait $pid
	same 'lines of stderr' "$(lines_in heard.err)" 2
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
	free_port
	activated "u$port t$port xdev" --naf $NAF --now $NOW --count 3 \
	    >heard 2>heard.err 3>&- &
	pid=$!
	await heard_at udp://:$port tcp://:$port unix:dev
	for to in udp://127.0.0.1:$port tcp://127.0.0.1:$port unix:dev; do
		request | gen | gpi-sign | does gpi-push --to $to
	done
	wait $pid
	same accepted "$(field type heard | tally)" '3 accepted'
	nothing_in heard.err
}

@test "LISTEN_FDS of another process, or with what is no such socket" {
	with_gpi
	LISTEN_PID=1 LISTEN_FDS=1 does recv gpi
	fails 2 'gpi-recv: LISTEN_FDS: descriptor 3 is no socket for this: bound UDP, listening TCP or Unix datagram' \
	    bash -c 'exec 3<card; LISTEN_PID=$$ LISTEN_FDS=1 exec gpi-recv --card card --any-naf'
}

@test "--version says which transports are in" {
	for program in gpi-push gpi-recv; do
		does $program --version
		same line "$(sed -n 2p out)" 'transports: udp tcp unix file coap smpp smpps sms-pdu'
	done
}

# ---- datagrams ----

@test "datagrams to many places: one that is refused is alone in that" {
	elements
	free_port
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
		4) echo udp://127.255.255.255:9 ;;
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
	same states "$(reported | awk '{ print $3 }' | sort | tally)" \
	    '10 failed 20 sent'
	same 'P-TIDs' "$(reported | awk '{ print $1 }' | sort -u | lines)" 30
	same complaints "$(cut -d: -f4- err | sort -u)" ' udp://127.255.255.255:9: Permission denied
 unix:nobody: No such file or directory'
	same 'lines of stderr' "$(lines_in err)" 10
	heard_so_many() { [ "$(lines_in heard.err)" = 20 ]; }
	await heard_so_many
	kill $pid
	wait $pid
}

@test "datagrams to one place: of any lengths, each arrives as it is" {
	free_port
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
	same reports "$(reported | awk '{ print $1 }' | words)" "$(echo p{0..499})"
	# and where none can leave, each has an error of its own
	responses 100 >all
	try gpi-push --to udp://127.255.255.255:9 --report failed all
	same status "$status" 1
	same reports "$(reported failed | awk '{ print $1, $3 }' | sort -u |
	    grep -c failed)" 100
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
	same report "$(FROM=2 reported)" 'unix:dev sent'
	same type "$(field type heard)" accepted
}

@test "datagrams that the kernel dropped are counted, and named in one line" {
	elements
	free_port
	listen udp://127.0.0.1:$port
	await heard_at udp://:$port
	kill -STOP $pid
	python 'import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(20000):
    s.sendto(bytes(1000), ("127.0.0.1", int(sys.argv[1])))' $port
	kill -CONT $pid
	await grep -q "^gpi-recv: warning: udp://127.0.0.1:$port: lost [0-9]* datagrams*, which came faster than the program takes them$" heard.err
	sleep 0.3
	kill $pid
	wait $pid
	same words "$(grep -c ' lost ' heard.err)" 1
}

# ---- TCP ----

@test "tcp://: many in one stream, each in order and once" {
	elements
	free_port
	listen tcp://127.0.0.1:$port --count 200
	await heard_at tcp://:$port
	many 200 p | gen | gpi-sign >responses
	does gpi-push --to tcp://127.0.0.1:$port --report report responses
	wait $pid
	same 'P-TIDs' "$(field ul_sa_id heard | words)" "$(echo p{0..199})"
	same reports "$(reported | awk '{ print $1, $3 }' | words)" \
	    "$(printf '%s sent ' p{0..199} | words)"
	nothing_in heard.err
}

@test "tcp://: garbage ends its connection, and nothing else" {
	elements
	free_port
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
	free_port
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
	free_port
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

@test "a device that answers one GPI without end" {
	elements
	request | gen | gpi-sign >response
	free_port
	python 'import socket
n = int(sys.argv[1])
r = dict(rand=h(sys.argv[2]), auts=bytes(14), time=int(sys.argv[3]))
l = socket.create_server(("127.0.0.1", n))
open("there", "w")
c = l.accept()[0]
c.recv(4096)
try:
    while True:
        c.sendall(item(rec("sync_failure", **r)) * 1000)
except OSError:
    pass' $port "$(gpi-push --to - response | field rand)" $NOW 3>&- &
	device=$!
	await test -e there
	ends 0 "gpi-push: tcp://127.0.0.1:$port: answer: there are more than GPIs" \
	    gpi-push --to tcp://127.0.0.1:$port --sync-failures back \
	    --timeout 9 response
	wait $device
	same 'lines of stderr' "$(lines_in err)" 1
	same answers "$(field type back | tally)" '1 sync-failure'
}

# ---- floods ----

@test "a flood of garbage: the genuine one is accepted, memory and log stay small" {
	elements
	free_port
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
	[ "$(lines_in heard.err)" -lt 2100 ]
	grep -q '^gpi-recv: [0-9]* more were refused, too many at once to report each$' heard.err
}

@test "a flood over TCP costs no memory" {
	elements
	free_port
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
