# secure-store.bats: a store that does not answer, while devices are connected.
# engines: sqlite postgresql

load helper
load secure

# its own server, which it stops
setup_file() {
	[ $ENGINE = sqlite ] || pg_stores -c synchronous_commit=on
}

# A server that a failed test left stopped could not even be ended.
teardown() {
	# shellcheck disable=SC2086	# numbers
	[ -z "${held:-}" ] || kill -CONT $held 2>/dev/null || true
	end_connections
}

# server_pid: of serve itself, where a function stands before it
server_pid() {
	[ $ENGINE = sqlite ] && echo "$pid" || pgrep -P "$pid"
}

# The store does not answer: another program holds its lock, or its server does
# not run, though it is there.
HOLDER='import sqlite3, time
db = sqlite3.connect("mtc.db", isolation_level=None)
db.execute("BEGIN EXCLUSIVE")
open("is_held", "w")
while not os.path.exists("is_free"):
    time.sleep(.02)
db.execute("ROLLBACK")'

hold_store() {
	local servers

	rm -f is_held is_free
	if [ $ENGINE = sqlite ]; then
		python "$HOLDER" 3>&- 8>&- &
		holder=$!
		await test -e is_held
	else
		servers=$(cat "$SERVERS/main.pid")
		held="$servers $(pgrep -P "$servers" | xargs)"
		# shellcheck disable=SC2086	# numbers
		kill -STOP $held
	fi
}

free_store() {
	touch is_free
	if [ $ENGINE = sqlite ]; then
		wait $holder
	else
		# shellcheck disable=SC2086	# numbers
		kill -CONT $held
	fi
}

# device N: the Nth of the fleet, alone, into ./one
device_alone() {
	sed -n "$1p" fleet >one
}

# is_alerted N: the Nth of the fleet gets an alert: internal_error
is_alerted() {
	local p_tid key

	read -r p_tid key < <(sed -n "$1p" fleet)
	is_refused "${TLS13[@]}" -psk "$key" -psk_identity "$PSK$p_tid"
	grep -q 'tlsv1 alert internal error' s_client.err
}

# details TEXT: of so many lines
details() {
	jq -r .detail lines | grep -cxF "$1" || true
}

# said [REGEX...]: a line for each, and no other, after that of listening
said() {
	local expected n=1

	same 'lines of stderr' "$(wc -l <serve.err)" $(($# + 1)) ||
	    { cat serve.err; false; }
	for expected; do
		n=$((n + 1))
		sed -n "${n}p" serve.err | grep -qE "$expected" ||
		    { cat serve.err; false; }
	done
}

# known: what the server knows of a device whose key it has looked up
known() {
	[ $ENGINE = sqlite ] && cat || sed 's/"ue_id":"meter-7","trigger_ind":2,//'
}

says_out() {
	grep -q '^mtc-trigger: warning: the store is out of reach: ' serve.err
}

says_back() {
	grep -q '^mtc-trigger: the store is back: ' serve.err
}

# echoes N: N devices exchange octets with serve, until no_more_echoes
echoes() {
	mkfifo more
	exec 9<>more
	./devices "$at" fleet 100 --echo "$1" <more >echoes 3>&- 9>&- &
	echoing=$!
	await grep -q held echoes
	same held "$(cut -f 2 echoes)" "$1"
}

# Three seconds are far more than any exchange takes, and less than one that
# has to wait for a store that is held for five.
no_more_echoes() {
	exec 9>&-
	wait $echoing
	read -r _ slowest count < <(tail -n 1 echoes)
	echo "slowest: $slowest ms of $count" | tee -a "${ECHOES:-/dev/null}"
	[ "$slowest" -lt 3000 ]
	[ "$count" -gt 100 ]
}

@test "a store that does not answer for 5 s, while 100 devices exchange data" {
	fleet 103
	serve --exec cat
	echoes 100
	hold_store
	freed=$((SECONDS + 5))
	device_alone 101
	./devices "$at" one 1 >out.101 3>&- 9>&- &
	device=$!
	await says_out
	is_alerted 102
	is_alerted 102
	while [ $SECONDS -lt $freed ]; do
		sleep 0.1
	done
	is_alerted 103
	free_store
	await says_back
	status=0
	wait $device || status=$?
	if [ $ENGINE = sqlite ]; then
		# its key was there; it waited for what it had to be stored
		same failed "$(cut -f 2 out.101)" 0
		same alerted "$(details 'the store is out of reach')" 3
	else
		same failed "$(cut -f 2 out.101)" 1
		same alerted "$(details 'the store is out of reach')" 4
	fi
	device_alone 102
	does ./devices "$at" one 1
	no_more_echoes
	said 'out of reach: .*: no answer within a second$' 'is back: .*'
}

@test "SIGTERM ends serve while its store does not answer" {
	elements
	trigger one "${REPORT[@]}"
	trigger two "${REPORT[@]}"
	serve
	hold_store
	connecting one
	await says_out
	fails 4 'mtc-trigger: two: record 1: tls: the server has an internal error' \
	    connect two
	await grep -q '"two"' lines
	start=$SECONDS
	kill "$(server_pid)"
	status=0
	wait "$pid" || status=$?
	[ $((SECONDS - start)) -lt 10 ]
	same status $status 0
	wait "$device" || true
	free_store
	# a look-up ends at once, what is to be stored with the server
	[ $ENGINE = sqlite ] && how='the server was stopped' ||
	    how='the store is out of reach'
	same lines "$(bare lines | sort)" \
	    "$(of one "\"failed\",\"detail\":\"$how\",\"octets\":0" | known)
{\"p_tid\":\"two\",\"state\":\"failed\",\"detail\":\"the store is out of reach\",\"octets\":0}"
	said 'out of reach'
}

@test "SIGTERM ends wake while its store does not answer" {
	elements
	mtc-trigger wake -d mtc.db --naf $NAF --ue-id meter-7 "${REPORT[@]}" \
	    --p-tid one --bsf 'cat >/dev/null; sleep 60' >out 2>err 3>&- 8>&- &
	pid=$!
	await in_state one requested
	hold_store
	sleep 0.5
	start=$SECONDS
	kill "$(server_pid)"
	status=0
	wait "$pid" || status=$?
	[ $((SECONDS - start)) -lt 10 ]
	free_store
	if [ $ENGINE = postgresql ]; then
		same status $status 4
		grep -q '^mtc-trigger: .*: stopped by a signal, and the server does not answer$' err
	fi
}

@test "a server that ends and comes back, while devices exchange data" {
	[ $ENGINE = postgresql ] || skip 'a file has no server'
	fleet 12
	serve --exec cat
	echoes 10
	pg_stop main
	device_alone 11
	try ./devices "$at" one 1
	same status "$status" 1
	await says_out
	is_alerted 12
	pg_run main -c fsync=off -c autovacuum=off
	await says_back
	does ./devices "$at" one 1
	no_more_echoes
	# what the server said last, or libpq of it
	said 'out of reach: postgresql://.*: .*(server|terminat|connection)' \
	    'is back: postgresql://'
}
