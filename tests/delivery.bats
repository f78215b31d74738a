# delivery.bats: from registration to data, over the transports that need no
# other program.

load helper
load delivery

# ---- from registration to data ----

@test "a device behind udp:// is triggered and connects back" {
	subscriber && card
	free_port
	device meter-7 udp://127.0.0.1:$port
	wakes -- udp://127.0.0.1:$port
	same report "$(reported | cut -d' ' -f2-)" "udp://127.0.0.1:$port sent"
}

@test "a device behind tcp:// is triggered and connects back" {
	subscriber && card
	free_port
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
		same line "$(sed -n 2p out)" 'transports: udp tcp unix file coap smpp sms-pdu'
	done
}
