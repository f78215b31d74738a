# secure-fleet.bats: many devices at one mtc-trigger serve.

load helper
load secure

@test "20 devices at once, in one process" {
	gate
	python 'import json
for n in range(20):
    print(json.dumps(dict(impi="i%d" % n, ue_id=["m%d" % n], k="'$K'",
        opc="'$OPC'")))' | hss-store import -d hss.db
	python 'for n in range(20):
    print("{\"ue_id\":\"m%d\",\"ue_trp\":\"file:gpi.%d\"}" % (n, n))' |
	    mtc-trigger register -d mtc.db -
	for n in {0..19}; do
		card i$n card.$n
		: >gpi.$n
	done
	mtc-trigger request -d mtc.db --naf $NAF --all --now $NOW \
	    "${REPORT[@]}" | gen | gpi-sign | put mtc.db --pass | gpi-push
	serve --count 20
	devices=()
	for n in {0..19}; do
		gpi-recv --card card.$n --naf $NAF --now $NOW gpi.$n >accepted.$n
		connect accepted.$n --exec "echo I am m$n
		    : <go" 2>err.$n 3>&- &
		devices+=($!)
	done
	all_there() {
		[ "$(mtc-trigger status -d mtc.db -t |
		    value state | sort | tally)" = '20 responded' ]
	}
	await all_there
	same 'children of the server' "$(pgrep -P $pid)" ''
	open_gate
	for device in "${devices[@]}"; do
		wait "$device"
	done
	wait $pid
	nothing_in <(cat err.*)
	for n in {0..19}; do
		echo "m$n connected I am m$n"
	done | sort >expected
	jq -r '"\(.ue_id) \(.state) \(.data[:-1])"' lines | sort |
	    diff - expected
	same states "$(mtc-trigger status -d mtc.db -t |
	    value state | sort | tally)" '20 connected'
}

@test "200 devices at once: what each hears is stored before it hears it" {
	fleet 200
	serve
	try ./devices "$at" fleet 200
	# without a chance to write anything more
	kill -KILL $pid
	same failed "$(cut -f 2 out)" 0
	same states "$(stored connected)" 200
	same lines "$(jq -c '[.state, (.data | length)]' lines | sort -u)" \
	    '["connected",200]'
	# and when it is killed in the middle
	arm
	serve
	./devices "$at" fleet 50 >out 3>&- &
	device=$!
	await has_lines 20
	kill -KILL $pid
	status=0
	wait "$device" || status=$?
	same status $status 1
	[ "$(stored connected)" -ge $((400 - $(cut -f 2 out))) ]
}

@test "a file that cannot appear, among many that do" {
	fleet 40
	mkdir inbox
	for n in 1 20 40; do
		bad+=("$(sed -n "${n}s/ .*//p" fleet)")
		mkdir "inbox/${bad[-1]}"
	done
	serve --dir inbox
	try ./devices "$at" fleet 40
	same failed "$(cut -f 2 out)" 3
	same states "$(stored connected) $(stored responded)" '37 3'
	await has_lines 40
	same details "$(jq -r 'select(.state != "connected") | .detail' lines |
	    sort)" "$(printf 'inbox/%s: Is a directory\n' "${bad[@]}" | sort)"
	same files "$(find inbox -type f -size 200c | lines)" 37
	same 'all of them' "$(find inbox -mindepth 1 | lines)" 40
	# where it can, later
	rmdir "inbox/${bad[0]}"
	head -n 1 fleet >again
	try ./devices "$at" again 1
	same failed "$(cut -f 2 out)" 0
	same states "$(stored connected) $(stored responded)" '38 2'
}

@test "a reader of the lines that stops holds up the lines, then new devices" {
	gate
	ready
	trigger three "${REPORT[@]}"
	trigger four "${REPORT[@]}"
	mkfifo pipe
	# it opens the pipe, but does not read until there is ./go
	(exec 7<pipe; : <go; cat <&7 >all) 3>&- &
	reader=$!
	: >serve.err
	mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 --now $NOW --count 4 \
	    >pipe 2>serve.err 3>&- 8>&- &
	pid=$!
	await listening serve.err
	for p_tid in one two three; do
		does connect $p_tid --exec 'head -c 1000000 /dev/zero |
		    tr "\0" x'
		same state "$(state $p_tid)" connected
	done
	connecting four --exec 'echo late'
	sleep 0.3
	same state "$(state four)" stored
	open_gate
	ended 0
	wait $pid
	wait $reader
	same lines "$(jq -c '[.p_tid, .state, (.data | length)]' all | words)" \
	    '[one,connected,1000000] [two,connected,1000000] [three,connected,1000000] [four,connected,5]'
}

@test "as many descriptors as the system gives, but not for CMD" {
	fleet 60
	[ "$(ulimit -Hn)" = unlimited ] || [ "$(ulimit -Hn)" -ge 200 ] ||
	    skip 'the system gives none'
	ulimit -Sn 50
	serve
	ulimit -Sn "$(ulimit -Hn)"
	mkfifo hold
	./devices "$at" fleet 60 --hold 60 <>hold >held 3>&- &
	device=$!
	await has_line held held
	same states "$(stored responded)" 60
	kill $device
	stop
	ulimit -Sn 50
	serve --exec 'ulimit -n >limit; cat >/dev/null'
	ulimit -Sn "$(ulimit -Hn)"
	head -n 1 fleet >first
	does ./devices "$at" first 1
	same limit "$(<limit)" 50
}
