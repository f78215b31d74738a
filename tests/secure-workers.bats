# secure-workers.bats: mtc-trigger serve of several processes.
# engines: sqlite postgresql

load helper
load secure

setup_file() {
	[ $ENGINE = sqlite ] || pg_stores
}

# server_pid: of serve itself, where a function stands before it
server_pid() {
	[ $ENGINE = sqlite ] && echo "$pid" || pgrep -P "$pid"
}

# workers: their pids, as ${workers[@]}
workers() {
	mapfile -t workers < <(pgrep -P "$(server_pid)")
}

# ended_with STATUS: serve ends with it, and leaves no process
ended_with() {
	status=0
	wait "$pid" || status=$?
	same 'status of serve' "$status" "$1"
	for worker in "${workers[@]}"; do
		! kill -0 "$worker" 2>/dev/null || return 1
	done
}

# said LINE...: all that the server has said since it listened
said() {
	same stderr "$(sed 1d serve.err)" "$(printf '%s\n' "$@")"
}

@test "60 devices at three processes: each is served once, in whole lines" {
	fleet 60
	serve --workers 3
	workers
	same processes ${#workers[@]} 3
	try ./devices "$at" fleet 20
	same failed "$(cut -f 2 out)" 0
	same states "$(stored connected)" 60
	await has_lines 60
	same lines "$(jq -r '"\(.state) \(.octets) \(.data | length)"' lines |
	    sort | uniq -c | words)" '60 connected 200 200'
	same devices "$(values p_tid <lines | sort | diff - <(
	    sed 's/ .*//' fleet | sort))" ''
	# each of them has had its share
	for worker in "${workers[@]}"; do
		[ "$(awk '/^voluntary/ { print $2 }' "/proc/$worker/status")" \
		    -gt 20 ]
	done
	kill "$(server_pid)"
	ended_with 0
	same stderr "$(wc -l <serve.err)" 1
}

@test "the newer connection of a device ends its older one, in whichever process" {
	elements
	trigger one "${REPORT[@]}"
	(key one) >keys
	serve --workers 4
	for i in 1 2 3 4 5 6; do
		peer one -msg -msgfile handshake.$i
		await has_line Finished handshake.$i
		exec 7>&8 8>&-
	done
	await has_lines 5
	same details "$(values detail <lines | sort | uniq -c | words)" \
	    '5 superseded by a newer connection of the device'
	# one whose stream has begun
	fifo
	rm fifo
	peer one
	response one >&8
	is_answered accepted one
	connect one --exec 'echo newer'
	await has_lines 8
	same details "$(values detail <lines | sort | uniq -c | words)" \
	    '1 null 7 superseded by a newer connection of the device'
	exec 7>&-
	line 8 "$(of one '"connected","octets":6,"data":"newer\n"')"
	workers
	kill "$(server_pid)"
	ended_with 0
}

@test "--count is of all processes together" {
	fleet 40
	serve --workers 3 --count 25
	workers
	try ./devices "$at" fleet 10
	ended_with 0
	same failed "$(cut -f 2 out)" 15
	same states "$(stored connected)" 25
	same lines "$(values state <lines | sort | uniq -c | words)" \
	    '25 connected'
}

@test "a process that dies, or is ended alone, ends all: status 4" {
	elements
	trigger one "${REPORT[@]}"
	serve --workers 3
	workers
	kill -KILL "${workers[1]}"
	ended_with 4
	said 'mtc-trigger: worker 2 was ended by signal 9 (Killed)'
	serve --workers 3
	workers
	kill -TERM "${workers[2]}"
	ended_with 4
	said 'mtc-trigger: worker 3 was stopped, and all others with it'
	# and with the first one of all they end at once
	serve --workers 3
	workers
	kill -KILL "$(server_pid)"
	gone() {
		for worker in "${workers[@]}"; do
			! kill -0 "$worker" 2>/dev/null || return 1
		done
	}
	await gone
}

@test "SIGTERM: what is open is said to have ended; a whole group hears it" {
	elements
	trigger one "${REPORT[@]}"
	(key one) >keys
	serve --workers 2
	workers
	peer one
	response one >&8
	is_answered accepted one
	kill "${workers[@]}" "$(server_pid)"
	ended_with 0
	line 1 "$(of one '"failed","detail":"the server was stopped","octets":0,"data":""')"
	same stderr "$(wc -l <serve.err)" 1
}

# bats test_tags=any-store
@test "what keeps it from serving is said once; --workers has its bounds" {
	echo text >mtc.db
	fails 4 'mtc-trigger: mtc.db: file is not a database' \
	    mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 --workers 3
	for n in 65 1000; do
		fails 2 "mtc-trigger: --workers: found $n, expected 1 to 64" \
		    mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 \
		    --workers $n
	done
}
