# secure-again.bats: connections that are tried again, and that can be read.

load helper
load secure

setup_file() {
	make_ready
}

# refusing: $port is free, $at is there
refusing() {
	free_port
	at=127.0.0.1:$port
}

@test "--retry-for: a server that is not there yet is called again" {
	ready
	refusing
	connecting one --retry-for 20 --exec 'echo data; echo ran >>ran'
	await test -s err
	mtc-trigger serve -d mtc.db --listen "$at" --now $NOW \
	    >lines 2>serve.err 3>&- &
	pid=$!
	ended 0 "mtc-trigger: $at: Connection refused; trying again for 20 s"
	line 1 "$(of one '"connected","octets":5,"data":"data\n"')"
	same 'runs of CMD' "$(<ran)" ran
}

@test "--retry-for: one that dies in the handshake, or before its answer, is, too" {
	ready
	refusing
	# the first caller is cut off, the second one, after its response
	python 'import socket
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
open("listening", "w").close()
c = s.accept()[0]
c.recv(1)
c.close()
s.close()' "$port" &
	first=$!
	await test -e listening
	connecting one --retry-for 20
	wait $first
	await test -s err
	mtc-trigger serve -d mtc.db --listen "$at" --now $NOW \
	    >lines 2>serve.err 3>&- &
	pid=$!
	try wait "$device"
	same status "$status" 0
	line 1 "$(of one '"connected","octets":0,"data":""')"
}

@test "--retry-for ends in time, with the window, and by a signal" {
	ready
	refusing
	expected="mtc-trigger: $at: Connection refused; trying again for 1 s
mtc-trigger: one: record 1: $at: Connection refused"
	try connect one --retry-for 1
	same status "$status" 4
	same stderr "$(<err)" "$expected"

	trigger short --indication report --time 1
	try connect short --retry-for 1000
	same status "$status" 4
	same 'last line' "$(tail -n 1 err)" \
	    "mtc-trigger: short: record 1: $at: Connection refused"

	rm err
	connecting two --retry-for 1000
	await test -s err
	kill "$device"
	ended 4 "mtc-trigger: $at: Connection refused; trying again for 1000 s
mtc-trigger: stopped by a signal"
}

@test "--retry-for: one that refuses is not called again" {
	ready
	serve
	mtc-trigger cancel -d mtc.db --p-tid one
	SECONDS=0
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one --retry-for 60
	[ $SECONDS -lt 10 ]
}

# ---- key logs ----

WARNING='mtc-trigger: warning: %s gets the keys of all connections; whoever reads it can read them'

@test "--keylog: Wireshark shows what a connection carries, with either's file" {
	command -v tshark >/dev/null || skip "tshark is not there"
	ready
	(umask 0 && echo '# kept' >server.keys)
	serve --keylog server.keys
	has_line "$(printf "$WARNING" server.keys)" serve.err
	mode server.keys 600
	free_port
	# what goes by is written as packets of a capture
	python 'import select, socket, struct
there = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
s = socket.socket()
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen()
open("listening", "w").close()
here = s.accept()[0]
f = open("tls.pcap", "wb")
f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
seq = {here: 1, there: 1}
def packet(source, v, flags):
    other = there if source is here else here
    ports = (40000, 7000) if source is here else (7000, 40000)
    tcp = struct.pack(">HHIIBBHHH", *ports, seq[source], seq[other], 80, flags,
        65535, 0, 0) + v
    ip = struct.pack(">BBHHHBBH4s4s", 69, 0, 20 + len(tcp), 0, 0, 64, 6, 0,
        b"\x7f\0\0\1", b"\x7f\0\0\1") + tcp
    f.write(struct.pack("<IIII", 0, 0, len(ip), len(ip)) + ip)
    seq[source] += len(v)
open_ = [here, there]
while open_:
    for c in select.select(open_, [], [])[0]:
        v = c.recv(16384)
        other = there if c is here else here
        if not v:
            open_.remove(c)
            try: other.shutdown(socket.SHUT_WR)
            except OSError: pass
            continue
        for i in range(0, len(v), 1400): packet(c, v[i:i + 1400], 0x18)
        other.sendall(v)
f.close()' "$port" "${at##*:}" &
	relay=$!
	await test -e listening
	at=127.0.0.1:$port
	try connect one --keylog device.keys --exec 'echo a secret reading'
	same status "$status" 0
	same stderr "$(<err)" "$(printf "$WARNING" device.keys)"
	wait $relay
	mode device.keys 600
	same 'what was there' "$(head -n 1 server.keys)" '# kept'
	same secrets "$(cut -d ' ' -f 1 device.keys | sort -u | words)" \
	    'CLIENT_HANDSHAKE_TRAFFIC_SECRET CLIENT_TRAFFIC_SECRET_0 EXPORTER_SECRET SERVER_HANDSHAKE_TRAFFIC_SECRET SERVER_TRAFFIC_SECRET_0'
	sed 1d server.keys | sort | diff - <(sort device.keys)
	! grep -q secret tls.pcap
	for keys in server.keys device.keys /dev/null; do
		HOME=$PWD try tshark -r tls.pcap -d tcp.port==7000,tls \
		    -o "tls.keylog_file:$keys" -q -z follow,tls,ascii,0
		same "shown with $keys" \
		    "$(grep -c '^a secret reading' out || true)" \
		    "$([ $keys = /dev/null ] && echo 0 || echo 1)"
	done
}

@test "a key log that cannot be" {
	ready
	at=127.0.0.1:9
	fails 4 'mtc-trigger: none/keys: No such file or directory' \
	    connect one --keylog none/keys
	fails 4 'mtc-trigger: none/keys: No such file or directory' \
	    mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 --keylog none/keys
	serve
	ends 0 "$(printf "$WARNING" /dev/full)" connect one --keylog /dev/full
	same complaint "${complaints[1]}" \
	    'mtc-trigger: /dev/full: No space left on device'
	same 'lines of stderr' ${#complaints[@]} 2
}
