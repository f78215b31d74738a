# secure-time.bats: data before its time, windows, connections that come back,
# and patience.

load helper
load secure

# Limits of ten seconds pass while the other tests run: see the last one.
setup_file() {
	make_ready
	mkdir "$BATS_FILE_TMPDIR/patience"
	cd "$BATS_FILE_TMPDIR/patience" || return
	ready
	mkfifo silent			# opened both ways it never ends
	serve
	echo "$at" >at
	(exec 7<>"/dev/tcp/${at/://}" && exec sleep 60) 3>&- &
	echo $! $pid >pids
	openssl s_client -connect "$at" -quiet "${TLS13[@]}" \
	    -psk "$(key one)" -psk_identity "${PSK}one" \
	    <>silent >heard 2>s_client.err 3>&- &
	echo $! >>pids
	free_port
	at=127.0.0.1:$port
	openssl s_server -accept "$at" -quiet "${TLS13[@]}" -nocert \
	    -psk "$(key two)" -psk_identity "${PSK}two" \
	    <>silent >heard.two 2>s_server.err 3>&- &
	echo $! >>pids
	await heard_at "tcp:$at"
	(try connect two && echo "$status" >status) 3>&- &
	lock_at_end
}

# A store that another program holds from the end of a stream on.
lock_at_end() {
	mkdir "$BATS_FILE_TMPDIR/locked"
	cd "$BATS_FILE_TMPDIR/locked" || return
	ready
	trigger slow --indication report --time 600
	gate
	mkdir inbox
	serve --dir inbox
	echo "$at" >at
	echo $pid >>../patience/pids
	connecting slow --exec 'echo data; : <go'
	await in_state slow responded
	python 'import sqlite3, time
db = sqlite3.connect("mtc.db", isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open("is_held", "w")
while not os.path.exists("is_free"):
    time.sleep(.02)' 3>&- 8>&- &
	echo $! >>../patience/pids
	await test -e is_held
	open_gate
	exec 7>&-
}

teardown_file() {
	# shellcheck disable=SC2046	# numbers
	kill $(<"$BATS_FILE_TMPDIR/patience/pids") 2>/dev/null || true
}

@test "data before acceptance is kept, and counted" {
	ready
	serve
	peer one
	(response one && printf early) >first
	cat first >&8
	is_answered accepted one
	printf ' and late' >&8
	quit
	line 1 "$(of one '"connected","octets":14,"data":"early and late"')"
}

@test "a trigger response in pieces" {
	ready
	serve
	peer one
	response one >first
	for i in 0 1 2; do
		tail -c +$((6 * i + 1)) first | head -c 6 >&8
		sleep 0.1
	done
	is_answered accepted one
	quit
	line 1 "$(of one '"connected","octets":0,"data":""')"
}

@test "the server ends the window, and keeps what came in time" {
	elements
	trigger one --indication report --time 1
	serve
	# this device's clock is slow
	start=$(date +%s%N)
	AT=$((NOW - 9)) fails 4 'mtc-trigger: one: record 1: tls: the server is gone without close_notify' \
	    connect one --exec 'echo in time; sleep 2; echo too late'
	[ $((($(date +%s%N) - start) / 1000000)) -ge 1000 ]
	line 1 "$(of one '"failed","detail":"trigger_time: the window of 1 second is over","octets":8,"data":"in time\n"')"
	same state "$(state one)" responded
	# and does not come back
	AT=$((NOW - 9)) fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one --exec 'echo too late'
	line 2 "$(of one '"refused","detail":"trigger_time: the window of 1 second is over","octets":0')"
	same times "$(times one)" 'requested answered stored responded'
}

@test "the device ends the window, and its command" {
	elements
	trigger one --indication report --time 30
	serve
	AT=$((NOW + 29)) fails 1 'mtc-trigger: one: record 1: trigger_time: the window of 30 seconds is over' \
	    connect one --exec 'echo in time; sleep 2; echo too late; touch ran'
	line 1 "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":8,"data":"in time\n"')"
	AT=$((NOW + 30)) fails 1 'mtc-trigger: one: record 1: trigger_time: the window of 30 seconds is over' \
	    connect one --exec 'touch ran'
	same lines "$(lines_in lines)" 1
	[ ! -e ran ]
	# the server, for its part, would still have it
	unspent one
}

# A device without a clock of its own starts in 1970: catalinii/minisatip#269
@test "a date that was set since acceptance shortens no window" {
	elements
	serve
	for p_tid in one two; do
		request --p-tid $p_tid --indication report --time 30 | gen |
		    gpi-sign | put mtc.db --pass | gpi-push --to - |
		    gpi-recv --card card --naf $NAF >now
		# as if the date had been a day earlier
		python 'import cbor2
r = cbor2.loads(read("now"))
r[25] -= 86400
out.write(item(r))' >$p_tid
	done
	does mtc-trigger connect --server "$at" --exec 'echo in time' one
	line 1 "$(of one '"connected","octets":8,"data":"in time\n"')"
	python 'import cbor2
r = cbor2.loads(read("two"))
r[51] = bytes(16)	# of another boot
out.write(item(r))' >other
	fails 1 'mtc-trigger: other: record 1: trigger_time: the window of 30 seconds is over' \
	    mtc-trigger connect --server "$at" other
}

@test "a connection that broke comes back, within the first window" {
	ready
	serve
	for p_tid in one two; do
		peer $p_tid
		response $p_tid >&8
		is_answered accepted $p_tid
		vanish
		line $((++n)) "$(of $p_tid '"failed","detail":"tls: the device is gone without close_notify","octets":0,"data":""')"
		same state "$(state $p_tid)" responded
	done
	stop
	AT=$((NOW + 20)) serve
	AT=$((NOW + 20)) unspent one 1
	IFS=, read -r responded connected < <(states responded connected |
	    head -n 1 | tr -d '[]')
	# the first response is kept
	[ "$responded" -lt $((NOW + 20)) ] && [ "$connected" -ge $((NOW + 20)) ]
	stop
	AT=$((NOW + 40)) serve
	is_refused "${TLS13[@]}" -psk "$(key two)" -psk_identity "${PSK}two"
	line 1 "$(of two '"refused","detail":"trigger_time: the window of 30 seconds is over","octets":0')"
	same state "$(state two)" responded
}

@test "a device that comes back has given its older connection up" {
	ready
	serve
	peer one
	response one >&8
	is_answered accepted one
	older=$device
	connect one --exec 'echo newer'
	await has_lines 2
	diff <(bare lines) - <<-.
	$(of one '"failed","detail":"superseded by a newer connection of the device","octets":0,"data":""')
	$(of one '"connected","octets":6,"data":"newer\n"')
	.
	wait "$older" || true
	same state "$(state one)" connected
}

@test "to know a P-TID is not enough to supersede its device" {
	gate
	ready
	serve
	connecting one --exec ': <go; echo done'
	await in_state one responded
	is_refused "${TLS13[@]}" -psk "$(key two)" -psk_identity "${PSK}one"
	line 1 "$(of one '"refused","detail":"tls: the device has another key","octets":0')"
	open_gate
	ended 0
	line 2 "$(of one '"connected","octets":5,"data":"done\n"')"
}

@test "patience is ten seconds, at both ends" {
	cd "$BATS_FILE_TMPDIR/patience"
	at=$(<at)
	pid=
	for ((i = 0; i < 3; i++)); do
		if await told_of 1; then
			break
		fi
	done >/dev/null
	told 1 'no trigger response within 10 seconds'
	await has_lines 1
	diff <(bare lines) - <<-.
	$(of one '"failed","detail":"no trigger response within 10 seconds","octets":0')
	.
	await test -s status
	same status "$(<status)" 4
	same stderr "$(<err)" 'mtc-trigger: two: record 1: server: no answer within 10 seconds'
	same state "$(state one)" stored
	unspent one 2
}

@test "a file of --dir whose commit failed is gone" {
	cd "$BATS_FILE_TMPDIR/locked"
	at=$(<at)
	pid=
	for ((i = 0; i < 3; i++)); do
		if await has_lines 1; then
			break
		fi
	done >/dev/null
	line 1 "$(of slow '"failed","detail":"mtc.db: database is locked","octets":5')"
	same files "$(ls -A inbox)" ''
	touch is_free
	await grep -q 'the store is back' serve.err
	does connect slow --exec 'echo data'
	line 2 "$(of slow '"connected","octets":5')"
	same files "$(ls -A inbox)" slow
}
