# delivery-reports.bats: what is reported of GPIs, tried again, and resumed.

load helper
load delivery

# ---- reports, tries ----

@test "--retry-for: tried again until the device is there" {
	with_response
	gpi-push --retry-for 20 --report report response 2>err 3>&- &
	push=$!
	sleep 0.5
	listen unix:dev --count 1
	wait $push
	wait $pid
	same said "$(<err)" "$(said_of_tries \
	    'unix:dev: No such file or directory' 20 1 0)"
	same report "$(FROM=2 reported)" 'unix:dev sent'
}

@test "--retry-for: what cannot be delivered by then has failed, and the others went on" {
	free_port
	: >device
	(responses 3; responses 2 4 tcp://127.0.0.1:$port; responses 1 6 file:device) >responses
	try gpi-push --retry-for 2 --report report responses
	same status "$status" 1
	same reports "$(reported | sort)" "$(for i in 1 2 3; do
		echo "p$i unix:dev failed unix:dev: No such file or directory"
	done; for i in 4 5; do
		echo "p$i tcp://127.0.0.1:$port failed tcp://127.0.0.1:$port: Connection refused"
	done; echo 'p6 file:device sent')"
	said_of_tries 'unix:dev: No such file or directory' 2 0 5 >said
	same complaints "$(sort err)" "$(tail -n 1 said; for i in 1 2 3; do
		echo "gpi-push: responses: record $i: unix:dev: No such file or directory"
	done; for i in 4 5; do
		echo "gpi-push: responses: record $i: tcp://127.0.0.1:$port: Connection refused"
	done; head -n 1 said)"
}

@test "a record is not tried after its key's end" {
	known full
	responses 1 >response
	fails 1 'gpi-push: record 1: unix:dev: No such file or directory' \
	    timeout 5 gpi-push --retry-for 1000 --now 1900000001 <response
}

@test "a tcp:// peer that takes nothing and says nothing" {
	free_port
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
	responses 1 1 tcp://127.0.0.1:$port |
	    fails 1 "gpi-push: record 1: tcp://127.0.0.1:$port: no answer in time" \
	    gpi-push --timeout 1
}

@test "a tcp:// peer that takes the connection and reads nothing" {
	free_port
	python 'import socket, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
s.bind(("127.0.0.1", int(sys.argv[1])))
s.listen(9)
held = []
while True:
    held.append(s.accept())' $port 3>&- &
	await heard_at tcp://:$port
	responses 3000 1 tcp://127.0.0.1:$port >all
	try gpi-push --timeout 1 --window 3000 --report report all
	same status "$status" 1
	same reports "$(reported | wc -l)" 3000
	has_line ' failed in all: no answer in time' <(tail -n 1 err)
}

@test "a window of one: each has its report before the next is taken" {
	elements
	free_port
	listen tcp://127.0.0.1:$port
	await heard_at tcp://:$port
	responses 20 1 tcp://127.0.0.1:$port | does gpi-push --window 1 --report report
	same reports "$(reported | awk '{ print $1, $3 }' | words)" \
	    "$(for i in {1..20}; do echo p$i sent; done | words)"
	stop
}

@test "many that fail for one reason are counted, not named one by one" {
	responses 1000 >all
	try gpi-push --report report all
	same status "$status" 1
	same 'the first' "$(head -n 10 err)" "$(for i in {1..10}; do
		echo "gpi-push: all: record $i: unix:dev: No such file or directory"
	done)"
	sed '1,10d; $d' err >between
	lacks '^(gpi-push: all|.*[0-9] more failed: .*[^y]$)' between
	same 'in all' "$(tail -n 1 err)" 'gpi-push: 1000 failed in all: No such file or directory'
	same reports "$(reported | wc -l)" 1000
}

@test "SIGTERM: what is under way is named, and left to --resume" {
	mkfifo fifo
	exec 9<>fifo
	responses 3 >&9
	gpi-push --retry-for 1000 --report report fifo 2>err 3>&- 9>&- &
	push=$!
	await test -e report
	sleep 0.2
	kill $push
	status=0
	wait $push || status=$?
	same status "$status" 4
	sort -o err err
	same complaints "$(<err)" 'gpi-push: fifo: record 1: unix:dev: stopped by a signal
gpi-push: fifo: record 2: unix:dev: stopped by a signal
gpi-push: fifo: record 3: unix:dev: stopped by a signal
gpi-push: stopped by a signal
gpi-push: unix:dev: No such file or directory; trying again for up to 1000 s'
	nothing_in report
	responses 3 | does gpi-push --to file:device --report report --resume report
	same states "$(reported | awk '{ print $1, $3 }' | words)" \
	    'p1 sent p2 sent p3 sent'
}

@test "--report and --sync-failures append to nothing else" {
	elements
	responses 1 >response
	for option in --report --sync-failures; do
		cp card before
		echo text >text
		for file in card text hss.db; do
			fails 4 "gpi-push: $file: exists, but is not a file of ${type:-report} records" \
			    gpi-push --to file:device $option $file response
			[ ! -e device ]
		done
		same_octets card before
		type=sync-failure
	done
	fails 4 'gpi-recv: text: exists, but is not a file of sync-failure records' \
	    recv --sync-failures text response
}

@test "--rate: no more in a second, each at its moment" {
	responses 8 >all
	start=$(date +%s%N)
	does gpi-push --to file:device --rate 10 --report report all
	ms=$((($(date +%s%N) - start) / 1000000))
	[ $ms -ge 700 ] && [ $ms -lt 5000 ] || { echo "$ms ms"; false; }
	same order "$(reported | awk '{ print $1 }' | words)" "$(echo p{1..8})"
	responses 2000 >all
	start=$(date +%s%N)
	does gpi-push --to - --rate 10000 all
	ms=$((($(date +%s%N) - start) / 1000000))
	[ $ms -ge 198 ] && [ $ms -lt 5000 ] || { echo "$ms ms"; false; }
	same octets "$(stat -c %s out)" $((2000 * 112))
}

@test "--rate: what waits for its turn has let go what was before" {
	responses 3 >all
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
	responses 20 >all
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
	same 'lines that tell of tries' "$(grep -c 'again' err)" 2
	same states "$(reported | awk '{ print $3 }' | tally)" '20 sent'
}

# ---- resuming ----

@test "--resume: what is reported is not sent again" {
	responses 10 >all
	responses 4 | does gpi-push --to file:first --report report
	does gpi-push --to file:second --report report --resume report all
	same reports "$(reported | awk '{ print $1 }' | words)" "$(echo p{1..10})"
	same octets "$(stat -c %s second)" $((6 * 112))
	does gpi-push --to file:third --report report --resume report all
	[ ! -e third ]
}

@test "--resume: a report that was cut short does not count, and goes" {
	responses 5 >all
	responses 3 | does gpi-push --to file:first --report report
	for cut in 1 10 30; do
		head -c -$cut report >torn
		ends 0 "gpi-push: warning: torn: the last report is cut off after $(($(stat -c %s report) / 3 - cut)) octets and does not count" \
		    gpi-push --to file:again --report torn --resume torn all
		same reports "$(reported torn | awk '{ print $1 }' | words)" \
		    'p1 p2 p3 p4 p5'
	done
}

@test "--resume: a file of something else stays as it is" {
	responses 2 >all
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
	responses 2 >all
	does gpi-push --to file:first --report report --resume report all
	same reports "$(reported | lines)" 2
	fails 4 'gpi-push: none: No such file or directory' \
	    gpi-push --to file:first --resume none all
	fails 3 'gpi-push: all: record 1: type: found response, expected report' \
	    gpi-push --to file:first --resume all all
	printf '\xff' >broken
	ends 3 'gpi-push: broken: record 1: item: found octet ff out of place, expected CBOR' \
	    gpi-push --to file:first --resume broken all
}

@test "--resume --retry-failed: what failed is sent again, and no more then" {
	(responses 2; responses 2 3 file:none/device; responses 1 5) >all
	: >first
	fails 2 'gpi-push: --retry-failed needs --resume FILE' \
	    gpi-push --retry-failed all
	responses 1 5 file:first | does gpi-push --report report
	responses 2 3 file:none/device |
	    ends 1 'gpi-push: record 1: file:none/device: is not there, and the address in a record makes no file' \
	    gpi-push --report report
	same reports "$(reported | awk '{ print $1, $3 }' | words)" \
	    'p5 sent p3 failed p4 failed'
	# as JSON, which is cut, too
	gpi-show -j report >json
	head -c -9 json >cut.json
	does gpi-push --to file:second --resume json --retry-failed all
	same 'p1 to p4' "$(stat -c %s second)" $((4 * 112))
	ends 0 "gpi-push: warning: cut.json: the last report is cut off after $(($(sed -n 3p json | wc -c) - 9)) octets and does not count" \
	    gpi-push --to file:third --resume cut.json all
	same 'p1, p2, p4' "$(stat -c %s third)" $((3 * 112))
	does gpi-push --to file:fourth --report report --resume report \
	    --retry-failed all
	same 'p1 to p4' "$(stat -c %s fourth)" $((4 * 112))
	does gpi-push --to file:fifth --resume report --retry-failed all
	[ ! -e fifth ]
	# the last one counts
	responses 1 | ends 1 'gpi-push: record 1: unix:dev: No such file or directory' \
	    gpi-push --report report
	does gpi-push --to file:sixth --resume report --retry-failed all
	same p1 "$(stat -c %s sixth)" 112
	echo '{"type":"device"}' >other
	fails 3 'gpi-push: other: line 1: app_lbl: found nothing, expected in a device' \
	    gpi-push --to file:sixth --resume other all
	fails 4 'gpi-push: json: exists, but is not a file of report records' \
	    gpi-push --to file:sixth --resume json --report json all
}

@test "kill -9, wherever: with --resume all are reported once, one window is sent twice at most" {
	responses 10000 >all
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
