# reopen.bats: services whose files are renamed: SIGHUP.

load helper
load secure

teardown() {
	[ -z "${pid:-}" ] || kill "$pid" 2>/dev/null || true
}

# hung_up COMMAND...: SIGHUP to $pid, until COMMAND succeeds
hung_up() {
	kill -HUP $pid
	await "$@"
}

# P-TIDs of the JSON lines in a file
p_tids() {
	values p_tid <"$1" | words
}

# the same of the accepted records
accepted() {
	gpi-show -j "$1" | values ul_sa_id | words
}

@test "serve -o: lines are appended as they come, and SIGHUP reopens the file" {
	elements
	for p_tid in one two three; do
		trigger $p_tid --indication 2
	done
	echo '{"p_tid":"zero"}' >file
	serve -o file
	does connect one
	await has_line '"one"' file
	mv file file.1
	does connect two
	await has_line '"two"' file.1
	hung_up test -e file
	mode file 600
	does connect three
	await has_line '"three"' file
	same 'the old file' "$(p_tids file.1)" 'zero one two'
	same 'the new file' "$(p_tids file)" three
	# each with where it came from, and when
	grep -qE '^\{"time":18[0-9]{8},"peer":"127\.0\.0\.1:[0-9]+","listener":"'"$at"'","p_tid":"three",' file
	# one that cannot be opened: the old one goes on
	mv file file.2
	mkdir file
	hung_up has_line 'mtc-trigger: file: not a file any more' serve.err
	kill $pid
	status=0
	wait $pid || status=$?
	same status $status 0
}

@test "SIGHUP does not end a server that writes to standard output" {
	elements
	trigger one --indication 2
	serve
	kill -HUP $pid
	unspent one 1
	kill $pid
	wait $pid
}

@test "gpi-recv -o and --sync-failures: appended as they come, and reopened" {
	elements
	for n in 1 2 3; do
		gpi --p-tid t$n >$n
	done
	hss-store set -d hss.db --impi $IMPI --sqn 0
	gpi --p-tid t4 >4
	send() {
		python 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
for name in sys.argv[1:]: s.sendto(read(name), "socket")' "$@"
	}
	gpi-recv --card card --naf $NAF --now $NOW --listen unix:socket \
	    -o accepted --sync-failures stale >out 2>err 3>&- &
	pid=$!
	await test -S socket
	has() {
		[ "$(gpi-show -j "$1" | grep -c "\"type\":\"$2\"")" = "$3" ]
	} 2>/dev/null
	send 1
	await has accepted accepted 1
	mode accepted 600
	mv accepted accepted.1
	mv stale stale.1
	hung_up test -e stale
	await test -e accepted
	send 2 4
	await has stale sync-failure 1
	await has accepted accepted 1
	nothing_in stale.1
	same 'the old file' "$(accepted accepted.1)" t1
	same 'the new file' "$(accepted accepted)" t2
	# of another run, and appended to
	stop
	same status "$status" 0
	nothing_in out
	gpi-recv --card card --naf $NAF --now $NOW --listen unix:socket \
	    -o accepted >out 2>err 3>&- &
	pid=$!
	await test -S socket
	send 3
	await has accepted accepted 2
	stop
	# what holds other records stays as it is
	fails 4 'gpi-recv: stale: exists, but is not a file of accepted records' \
	    recv --listen unix:socket -o stale
	has stale sync-failure 1
}

@test "gpi-recv --count -o: a file that appears whole, when all are there" {
	elements
	gpi --p-tid t1 >gpi
	echo old >accepted
	gpi-recv --card card --naf $NAF --now $NOW --listen unix:socket \
	    --count 1 -o accepted >out 2>err 3>&- &
	pid=$!
	await test -S socket
	kill -HUP $pid
	same 'the file' "$(<accepted)" old
	python 'import socket
socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(read("gpi"), "socket")'
	wait $pid
	same 'the file' "$(accepted accepted)" t1
}
