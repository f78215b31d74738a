# secure-ends.bats: how connections fail, and how serve ends.

load helper
load secure

# ---- when something fails ----

@test "the server is gone in the middle" {
	ready
	serve
	connecting one --exec 'sleep 9'
	await in_state one responded
	kill -KILL $pid
	ended 4 'mtc-trigger: one: record 1: tls: the server is gone without close_notify'
	serve
	unspent one 1
}

@test "the device's command fails" {
	ready
	serve
	fails 4 'mtc-trigger: one: record 1: exec: the command ended with status 3' \
	    connect one --exec 'echo half; exit 3'
	line 1 "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":5,"data":"half\n"')"
	fails 4 'mtc-trigger: one: record 1: exec: the command was ended by signal 9' \
	    connect one --exec 'kill -KILL $$'
	line 2 "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":0,"data":""')"
	ends 4 'sh: 1: ./no-such-program: not found' connect one --exec ./no-such-program
	same message "$(sed -n 2p err)" 'mtc-trigger: one: record 1: exec: the command ended with status 127'
	unspent one 4
}

@test "the server's command fails" {
	ready
	serve --exec 'read -r word; echo "$word" >>words; [ "$word" = right ]'
	fails 4 'mtc-trigger: one: record 1: tls: the server is gone without close_notify' \
	    connect one --exec 'echo wrong; sleep 9'
	line 1 "$(of one '"failed","detail":"exec: the command ended with status 1","octets":6')"
	same state "$(state one)" responded
	does connect one --exec 'echo right'
	line 2 "$(of one '"connected","octets":6')"
	same words "$(xargs <words)" 'wrong right'
}

@test "commands need not read all, and what breaks ends the other's" {
	ready
	serve --exec 'sleep 60 & echo $! >sleeps; wait'
	connecting one --exec 'sleep 60 & echo $! >sleeps.too; wait'
	await test -s sleeps
	await test -s sleeps.too
	gone() {
		! kill -0 "$(<"$1")" 2>/dev/null
	}
	kill -TERM "$device"
	ended 4 'mtc-trigger: stopped by a signal'
	line 1 "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":0')"
	await gone sleeps
	await gone sleeps.too
	stop
	serve --exec 'exec <&-; echo enough'
	says enough connect one --exec 'head -c 300000 /dev/zero'
	line 1 "$(of one '"connected","octets":300000')"
}

@test "a connection that fails costs itself, not those that follow" {
	ready
	trigger three "${REPORT[@]}"
	serve
	# a device's pipe goes on for years
	cat one two three >all
	ends 4 'mtc-trigger: record 2: exec: the command ended with status 3' connect - \
	    --exec 'echo $GBA_P_TID; [ $GBA_P_TID != two ] || exit 3' <all
	same 'lines of stderr' "$(lines_in err)" 1
	await has_lines 3
	same lines "$(pick p_tid state data <lines | words)" \
	    '[one,connected,one\n] [two,failed,two\n] [three,connected,three\n]'
	stop
	ends 4 "mtc-trigger: record 1: $at: Connection refused" connect - <all
	same 'lines of stderr' "$(lines_in err)" 3
}

@test "a server that cannot keep the data says so" {
	ready
	fails 4 'mtc-trigger: inbox: No such file or directory' \
	    mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 --dir inbox
	mkdir inbox
	serve --dir inbox
	rmdir inbox
	fails 1 'mtc-trigger: one: record 1: server: refused: the server failed' \
	    connect one --exec 'touch ran'
	[ ! -e ran ]
	line 1 "$(of one '"failed","detail":"inbox/one: No such file or directory","octets":0')"
	mkdir inbox
	does connect one --exec 'echo now'
	line 2 "$(of one '"connected","octets":4')"
	same file "$(<inbox/one)" now
	# in the end
	mkdir inbox/two
	ends 4 'mtc-trigger: two: record 1: tls: the server is gone without close_notify' \
	    connect two --exec 'echo now'
	line 3 "$(of two '"failed","detail":"inbox/two: Is a directory","octets":4')"
	same state "$(state two)" responded
	same files "$(ls -A inbox | words)" 'one two'
	rmdir inbox/two
	does connect two --exec 'echo then'
	line 4 "$(of two '"connected","octets":5')"
	same file "$(<inbox/two)" then
}

@test "a device that cannot show the data says so" {
	ready
	serve --exec 'echo config'
	status=0
	connect one --exec 'sleep 9' >/dev/full 2>err || status=$?
	same status $status 4
	same stderr "$(<err)" 'mtc-trigger: one: record 1: data: No space left on device'
	await has_lines 1
	same line "$(bare lines |
	    sed 's/gone: Conn.*peer/gone without close_notify/')" \
	    "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":0')"
	same state "$(state one)" responded
	says config connect one
}

# ---- the programs ----

@test "serve --count: it ends after so many that proved a key, good or bad" {
	ready
	serve --count 2
	is_refused -tls1_2
	is_refused "${TLS13[@]}" -psk "$(key two)" -psk_identity "${PSK}one"
	does connect one
	peer two
	response one >&8
	is_answered refused two 'p_tid: found one, expected that of the key in use'
	quit
	wait $pid
	same states "$(values state <lines | words)" 'refused connected refused'
	told 1 'tls: the device does not speak TLS 1.3'
}

@test "serve -o: the lines of a run that has ended" {
	gate
	ready
	serve --count 1 -o file
	connecting one --exec ': <go'
	await in_state one responded
	[ ! -e file ]
	open_gate
	ended 0
	wait $pid
	same file "$(bare file)" "$(of one '"connected","octets":0,"data":""')"
	mode file 600
	nothing_in lines
}

@test "signals end serve with status 0, and open connections as failed" {
	ready
	for signal in TERM INT; do
		# what a script runs in the background ignores INT, otherwise
		set -m
		serve
		set +m
		connecting one --exec "touch there.$signal; sleep 9"
		await test -e there.$signal
		kill -$signal $pid
		wait $pid
		ended 4 'mtc-trigger: one: record 1: tls: the server is gone without close_notify'
		same lines "$(bare lines)" "$(of one '"failed","detail":"the server was stopped","octets":0,"data":""')"
		same 'lines of stderr' "$(lines_in serve.err)" 1
	done
	serve
	stop
	same status "$status" 0
	nothing_in lines
}

@test "serve ends where its lines cannot be written" {
	ready
	: >serve.err
	mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 --now $NOW >/dev/full \
	    2>serve.err 3>&- &
	pid=$!
	await listening serve.err
	does connect one --exec 'echo data'
	status=0
	wait $pid || status=$?
	same status $status 4
	same stderr "$(tail -n 1 serve.err)" 'mtc-trigger: standard output: No space left on device'
}

@test "called wrongly" {
	ready
	fails 2 'mtc-trigger: give --dir or --exec, not both' \
	    mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 --dir . --exec cat
	for option in max-connections max-unproved max-per-address \
	    handshake-timeout max-octets max-time; do
		fails 2 "mtc-trigger: --$option: '0' is not a number from 1 to 4294967295" \
		    mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 --$option 0
	done
	while IFS='|' read -r where why; do
		fails 2 "mtc-trigger: --listen: '$where' is not HOST:PORT: $why" \
		    mtc-trigger serve -d mtc.db --listen "$where"
		fails 2 "mtc-trigger: --server: '$where' is not HOST:PORT: $why" \
		    mtc-trigger connect --server "$where" --now $NOW one
	done <<-'END'
	127.0.0.1:|the port is missing
	:7433|the host is missing
	::1:7433|an IPv6 address stands in brackets
	127.0.0.1:http|the port is not a decimal number
	127.0.0.1:70000|the port is over 65535
	END
	serve
	fails 4 "mtc-trigger: $at: Address already in use" \
	    mtc-trigger serve -d mtc.db --listen "$at"
}
