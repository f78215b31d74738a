# secure.bats: step 407, the secure connection: mtc-trigger serve and connect,
# with each other and with peers that this project did not write.

load helper

# ---- the two ends ----

# serve [OPTION...]: the server, as $pid at $at; its JSON into ./lines
serve() {
	: >serve.err
	mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 \
	    --now "${AT:-$NOW}" "$@" >lines 2>serve.err 3>&- 8>&- &
	pid=$!
	await grep -q listening serve.err
	at=$(sed -n 's/^mtc-trigger: listening on //p' serve.err)
}

# trigger P_TID [OPTION OF REQUEST...]: for meter-7, and its accepted record
# into the file P_TID: steps 401 to 406
trigger() {
	request --p-tid "$1" "${@:2}" | gen | gpi-sign |
	    put mtc.db --pass | gpi-push --to - | recv >"$1"
}

# connect P_TID [OPTION...]: as that device
connect() {
	mtc-trigger connect --server "$at" --now "${AT:-$NOW}" "${@:2}" "$1"
}

# connecting P_TID [OPTION...]: the same, as $device, which goes on
connecting() {
	mtc-trigger connect --server "$at" --now "${AT:-$NOW}" "${@:2}" "$1" \
	    >out 2>err 3>&- 8>&- &
	device=$!
}

# ended STATUS [LINE]: $device does so, and says no more than that
ended() {
	status=0
	wait "$device" || status=$?
	same stderr "$(cat err)" "${2:-}"
	same 'status of the device' "$status" "$1"
}

has_lines() {
	[ "$(wc -l <lines)" -ge "$1" ]
}

# line N TEXT: the server's Nth line, once it is there; none after it
line() {
	await has_lines "$1"
	same "line $1" "$(tail -n "+$1" lines)" "$2"
}

# of P_TID TEXT: a line of a trigger to report; TEXT is from the state on
of() {
	printf '%s' "{\"p_tid\":\"$1\",\"ue_id\":\"meter-7\",\"trigger_ind\":2,\"state\":$2}"
}

# unspent P_TID [N]: its genuine device connects; the server's Nth line
unspent() {
	does connect "$1" --exec "echo $1"
	line "${2:-2}" "$(of "$1" "\"connected\",\"octets\":$((${#1} + 1)),\"data\":\"$1\\n\"")"
	same state "$(state "$1")" connected
}

in_state() {
	[ "$(state "$1")" = "$2" ]
}

# times P_TID: of which states there are any
times() {
	mtc-trigger status -d mtc.db -j --p-tid "$1" | jq -r 'keys_unsorted -
	    (keys_unsorted - ["requested", "answered", "stored", "responded",
	    "connected", "expired", "failed"]) | join(" ")'
}

# key FILE; as state() of the helper, without jq, which takes its time to start
key() {
	gpi-show -js "$1" | sed 's/.*"ks_naf":"\([0-9a-f]*\)".*/\1/'
}

state() {
	mtc-trigger status -d mtc.db -j --p-tid "$1" |
	    sed 's/.*"state":"\([a-z]*\)".*/\1/'
}

# ---- foreign ends: what they say comes from fd 8, what they hear is ./heard

fifo() {
	exec 8>&-
	[ -p fifo ] || mkfifo fifo
	: >heard
}

TLS13=(-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256)
PSK='3GPP-bootstrapping;'

# s_client OPTION...: as $device, until fd 8 is closed
s_client() {
	fifo
	openssl s_client -connect "$at" -quiet -no_ign_eof -nocommands "$@" \
	    <fifo >heard 2>s_client.err 3>&- 8>&- &
	device=$!
	exec 8>fifo
}

# peer P_TID [OPTION...]: OpenSSL as its device
peer() {
	s_client "${TLS13[@]}" -psk "$(key "$1")" -psk_identity "$PSK$1" \
	    "${@:2}"
}

# is_refused OPTION...: s_client by these does not even get an answer
is_refused() {
	status=0
	openssl s_client -connect "$at" -quiet "$@" </dev/null >heard \
	    2>s_client.err || status=$?
	same 'status of s_client' "$status" 1
	nothing_in heard
}

# response P_TID [FIELD=VALUE]: a trigger response, made by hand
response() {
	cbor "rec('trigger_response', p_tid='$1', time=$NOW, ${2:-})"
}

# quit: the device closes cleanly
quit() {
	exec 8>&-
	wait "$device" || true
}

# vanish: the device is gone, without a word
vanish() {
	kill -KILL "$device"
	wait "$device" 2>/dev/null || true
	exec 8>&-
}

# is_answered STATE P_TID [DETAIL]: the server's trigger response
is_answered() {
	await test -s heard
	same answer "$(gpi-show -j heard | sed -E 's/"time":18[0-9]{8},//')" \
	    "{\"type\":\"trigger-response\",\"p_tid\":\"$2\",\"state\":\"$1\"${3:+,\"detail\":\"$3\"}}"
}

# port PID: the one that it listens at, in hex
port() {
	readlink /proc/"$1"/fd/* | awk '
	NR == FNR { gsub(/^socket:\[|\]$/, ""); mine[$0]; next }
	$4 == "0A" && $10 in mine { sub(/.*:/, "", $2); print $2 }
	' - /proc/net/tcp
}

listens() {
	[ -n "$(port "$1")" ]
}

# foreign COMMAND...: a server, as $pid at $at
foreign() {
	fifo
	"$@" <fifo >heard 2>server.err 3>&- 8>&- &
	pid=$!
	exec 8>fifo
	await listens $pid
	at=127.0.0.1:$((0x$(port $pid)))
}

# s_server P_TID [OPTION...]: OpenSSL as the server of that device
s_server() {
	foreign openssl s_server -accept 127.0.0.1:0 -quiet -naccept 1 \
	    "${TLS13[@]}" -nocert -psk "$(key "$1")" -psk_identity "$PSK$1" \
	    "${@:2}"
}

# arm: triggers for all devices; ./fleet has their P-TIDs and keys
arm() {
	mtc-trigger request -d mtc.db --naf $NAF --all --now $NOW \
	    "${REPORT[@]}" | gen | gpi-sign | put mtc.db --pass | gpi-show -js |
	    sed 's/.*"p_tid":"\([^"]*\)".*"ks_naf":"\([0-9a-f]*\)".*/\1 \2/' >fleet
}

# fleet N: N devices with triggers; ./devices connects those of a file as
# ./fleet: see tests/bench/devices.c
fleet() {
	python 'import json
for n in range(int(sys.argv[1])):
    print(json.dumps(dict(impi="i%d" % n, ue_id=["m%d" % n], k="'$K'",
        opc="'$OPC'")))' "$1" | hss-store import -d hss.db
	python 'for n in range(int(sys.argv[1])):
    print("{\"ue_id\":\"m%d\",\"ue_trp\":\"file:gpi.%d\"}" % (n, n))' \
	    "$1" | mtc-trigger register -d mtc.db -
	arm
	# shellcheck disable=SC2046	# words, on purpose
	cc -o devices "$TESTS/bench/devices.c" \
	    $(pkg-config --libs libssl libcrypto)
}

# stored STATE: how many triggers are in it
stored() {
	mtc-trigger status -d mtc.db -j | grep -c "\"state\":\"$1\"" || true
}

# ---- before and after ----

# ready: the elements, and two triggers to report, one and two
ready() {
	cp "$BATS_FILE_TMPDIR"/ready/* .
}

# Limits of ten seconds pass while the other tests run: see the last one.
setup_file() {
	mkdir "$BATS_FILE_TMPDIR/ready" "$BATS_FILE_TMPDIR/patience"
	cd "$BATS_FILE_TMPDIR/ready" || return
	elements
	trigger one "${REPORT[@]}"
	trigger two "${REPORT[@]}"
	(key one; key two) >keys
	cd ../patience || return
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
	openssl s_server -accept 127.0.0.1:0 -quiet "${TLS13[@]}" -nocert \
	    -psk "$(key two)" -psk_identity "${PSK}two" \
	    <>silent >heard.two 2>s_server.err 3>&- &
	echo $! >>pids
	await listens $!
	at=127.0.0.1:$((0x$(port $!)))
	(try connect two && echo "$status" >status) 3>&- &
}

teardown_file() {
	# shellcheck disable=SC2046	# numbers
	kill $(cat "$BATS_FILE_TMPDIR/patience/pids") 2>/dev/null || true
}

# What a test has started ends with it; and no key is in what was said.
teardown() {
	local jobs

	jobs=$(jobs -p)
	# shellcheck disable=SC2086	# numbers
	[ -z "$jobs" ] || kill $jobs 2>/dev/null || true
	[ ! -e keys ] || ! grep -Ff keys lines serve.err out err 2>/dev/null
}

REPORT=(--indication report --time 30)

# ---- as it should be ----

@test "report: the device's command sends; what the server says is its output" {
	ready
	serve --exec 'cat >received; echo config'
	does connect one --exec 'cat; echo 4711 kWh'
	same 'on standard output' "$(cat out)" config
	same 'at the server' "$(cat received)" '4711 kWh'
	line 1 "$(of one '"connected","octets":9')"
}

@test "connect: the commands of both ends talk with each other" {
	elements
	trigger one --indication connect --time 30
	serve --exec 'read -r word; echo "you said $word"; cat >rest'
	does connect one --exec 'echo hello; read -r answer; echo "$answer" >answer
	    echo and goodbye'
	nothing_in out
	same 'at the device' "$(cat answer)" 'you said hello'
	same 'at the server' "$(cat rest)" 'and goodbye'
	line 1 '{"p_tid":"one","ue_id":"meter-7","trigger_ind":1,"state":"connected","octets":18}'
}

@test "any indication reaches both commands, in their environment" {
	elements
	trigger one --indication 300 --time 40
	trigger two
	export GBA_TRIGGER_IND=outer GBA_TRIGGER_TIME=outer GBA_P_TID=outer
	serve --exec 'env | grep ^GBA_ | sort >server.$GBA_P_TID; cat >device.$GBA_P_TID'
	does connect one --exec 'env | grep ^GBA_ | sort'
	diff device.one - <<-.
	GBA_NAF_FQDN=$NAF
	GBA_P_TID=one
	GBA_TRIGGER_IND=300
	GBA_TRIGGER_TIME=40
	GBA_UE_ID=$IMPI
	.
	diff server.one <(sed 's/GBA_UE_ID=.*/GBA_UE_ID=meter-7/' device.one)
	line 1 '{"p_tid":"one","ue_id":"meter-7","trigger_ind":300,"state":"connected","octets":'"$(stat -c %s device.one)}"
	# and plain GBA Push has no trigger
	does connect two --exec 'env | grep ^GBA_ | sort'
	diff device.two - <<-.
	GBA_NAF_FQDN=$NAF
	GBA_P_TID=two
	GBA_UE_ID=$IMPI
	.
	diff server.two <(sed 's/GBA_UE_ID=.*/GBA_UE_ID=meter-7/' device.two)
	line 2 '{"p_tid":"two","ue_id":"meter-7","state":"connected","octets":'"$(stat -c %s device.two)}"
}

@test "without commands: the device sends nothing, and shows what it gets" {
	ready
	serve --exec 'echo firmware 2'
	says 'firmware 2' connect one
	line 1 "$(of one '"connected","octets":0')"
	stop
	serve
	says '' connect two
	line 1 "$(of two '"connected","octets":0,"data":""')"
}

@test "data as text, or where it is not UTF-8, as data_hex" {
	ready
	trigger three "${REPORT[@]}"
	serve
	does connect one --exec 'printf "\"\\\\\t\001 \303\274 \360\237\224\221"'
	line 1 "$(of one '"connected","octets":12,"data":"\"\\\t\u0001 ü 🔑"')"
	for p_tid in two three; do
		case $p_tid in
		two) python 'out.write(bytes(range(256)) * 3)' ;;
		three) printf 'half \303' ;;
		esac >data
		does connect $p_tid --exec 'cat data'
		hex=$(xxd -p data | tr -d '\n')
		line $((++n + 1)) "$(of $p_tid "\"connected\",\"octets\":$((${#hex} / 2)),\"data_hex\":\"$hex\"")"
	done
}

@test "data in the line: up to 1 MiB" {
	ready
	serve
	does connect one --exec 'head -c 1048576 /dev/zero | tr "\0" x'
	await has_lines 1
	same data "$(jq -c '[.state, .octets, (.data | length)]' lines)" \
	    '["connected",1048576,1048576]'
	fails 4 'mtc-trigger: two: record 1: tls: the server is gone without close_notify' \
	    connect two --exec 'head -c 1048577 /dev/zero | tr "\0" x; sleep 9'
	await has_lines 2
	same detail "$(jq -r 'select(.p_tid == "two") | .detail' lines)" \
	    'data: found more than 1048576 octets, expected --dir or --exec for so much'
	unspent two 3
}

@test "--dir: a file for each, mode 0600, once it is whole" {
	ready
	mkdir inbox
	serve --dir inbox
	head -c 3000000 /dev/urandom >data
	connecting one --exec 'cat data; until [ -e go ]; do sleep 0.01; done'
	is_there() {
		[ -n "$(find inbox -type f -size 3000000c)" ]
	}
	await is_there
	same 'before the end' "$(ls inbox)" ''
	touch go
	ended 0
	same_octets inbox/one data
	mode inbox/one 600
	same files "$(ls -A inbox)" one
	line 1 "$(of one '"connected","octets":3000000')"
}

@test "--dir: nothing of a connection that broke" {
	ready
	mkdir inbox
	serve --dir inbox
	connecting one --exec 'echo half; sleep 9'
	is_there() {
		[ -n "$(find inbox -type f -size 5c)" ]
	}
	await is_there
	vanish
	line 1 "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":5')"
	same files "$(ls -A inbox)" ''
	does connect one --exec 'echo whole'
	same file "$(cat inbox/one)" whole
	line 2 "$(of one '"connected","octets":6')"
}

@test "megabytes both ways at once, through slow commands" {
	ready
	head -c 2000000 /dev/urandom >data
	serve --exec 'sleep 0.2; cat'
	does connect one --exec 'cat data'
	same_octets out data
	line 1 "$(of one '"connected","octets":2000000')"
}

@test "states: responded, then connected, each when it happened" {
	ready
	AT=$((NOW + 7)) serve
	AT=$((NOW + 7)) connecting one --exec 'until [ -e go ]; do sleep 0.01; done'
	await in_state one responded
	same times "$(times one)" 'requested answered stored responded'
	touch go
	ended 0
	line 1 "$(of one '"connected","octets":0,"data":""')"
	same times "$(times one)" 'requested answered stored responded connected'
	same order "$(mtc-trigger status -d mtc.db -j --p-tid one |
	    jq "[.stored == $NOW, .responded >= $NOW + 7, .responded < $NOW + 10,
	    .connected >= .responded, .connected < $NOW + 17, .time == .connected,
	    .state == \"connected\"] | all")" true
}

@test "20 devices at once, in one process" {
	python 'import json
for n in range(20):
    print(json.dumps(dict(impi="i%d" % n, ue_id=["m%d" % n], k="'$K'",
        opc="'$OPC'")))' | hss-store import -d hss.db
	python 'for n in range(20):
    print("{\"ue_id\":\"m%d\",\"ue_trp\":\"file:gpi.%d\"}" % (n, n))' |
	    mtc-trigger register -d mtc.db -
	for n in {0..19}; do
		card i$n card.$n
	done
	mtc-trigger request -d mtc.db --naf $NAF --all --now $NOW \
	    "${REPORT[@]}" | gen | gpi-sign | put mtc.db --pass | gpi-push
	serve --count 20
	devices=()
	for n in {0..19}; do
		gpi-recv --card card.$n --naf $NAF --now $NOW gpi.$n >accepted.$n
		connect accepted.$n --exec "echo I am m$n
		    until [ -e go ]; do sleep 0.05; done" 2>err.$n 3>&- &
		devices+=($!)
	done
	all_there() {
		[ "$(mtc-trigger status -d mtc.db -j |
		    jq -r .state | sort | uniq -c | xargs)" = '20 responded' ]
	}
	await all_there
	same 'children of the server' "$(pgrep -P $pid)" ''
	touch go
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
	same states "$(mtc-trigger status -d mtc.db -j |
	    jq -r .state | sort | uniq -c | xargs)" '20 connected'
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
	same files "$(find inbox -type f -size 200c | wc -l)" 37
	same 'all of them' "$(find inbox -mindepth 1 | wc -l)" 40
	# where it can, later
	rmdir "inbox/${bad[0]}"
	head -n 1 fleet >again
	try ./devices "$at" again 1
	same failed "$(cut -f 2 out)" 0
	same states "$(stored connected) $(stored responded)" '38 2'
}

@test "a reader of the lines that stops holds up the lines, then new devices" {
	ready
	trigger three "${REPORT[@]}"
	trigger four "${REPORT[@]}"
	mkfifo pipe
	# it opens the pipe, but does not read until there is ./go
	(exec 7<pipe; until [ -e go ]; do sleep 0.01; done; cat <&7 >all) 3>&- &
	reader=$!
	: >serve.err
	mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 --now $NOW --count 4 \
	    >pipe 2>serve.err 3>&- 8>&- &
	pid=$!
	await grep -q listening serve.err
	at=$(sed -n 's/^mtc-trigger: listening on //p' serve.err)
	for p_tid in one two three; do
		does connect $p_tid --exec 'head -c 1000000 /dev/zero |
		    tr "\0" x'
		same state "$(state $p_tid)" connected
	done
	connecting four --exec 'echo late'
	sleep 0.3
	same state "$(state four)" stored
	touch go
	ended 0
	wait $pid
	wait $reader
	same lines "$(jq -c '[.p_tid, .state, (.data | length)]' all | xargs)" \
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
	await grep -q held held
	same states "$(stored responded)" 60
	kill $device
	stop
	ulimit -Sn 50
	serve --exec 'ulimit -n >limit; cat >/dev/null'
	ulimit -Sn "$(ulimit -Hn)"
	head -n 1 fleet >first
	does ./devices "$at" first 1
	same limit "$(cat limit)" 50
}

@test "several accepted records: each connects, a refused one costs itself" {
	ready
	serve --count 4
	cat one one two >all
	ends 1 'mtc-trigger: record 2: tls: the server knows no such SA, or its key differs' \
	    connect - --exec 'echo $GBA_P_TID' <all
	same 'lines of stderr' "$(wc -l <err)" 1
	await has_lines 3
	same lines "$(jq -c '[.p_tid, .state, .data]' lines | xargs)" \
	    '[one,connected,one\n] [one,refused,null] [two,connected,two\n]'
}

@test "over IPv6" {
	ready
	grep -q . /proc/net/if_inet6 || skip 'no IPv6 here'
	: >serve.err
	mtc-trigger serve -d mtc.db --listen '[::1]:0' --now $NOW >lines \
	    2>serve.err 3>&- &
	pid=$!
	await grep -q 'listening on \[::1\]:[0-9]*$' serve.err
	at=$(sed -n 's/^mtc-trigger: listening on //p' serve.err)
	unspent one 1
}

# ---- peers of others ----

@test "OpenSSL as the device" {
	ready
	serve
	peer one
	response one trigger_ind=2 >&8
	await test -s heard
	python 'r, = map(named, items(read("heard")))
t = r.pop("time")
assert '$NOW' <= t <= '$NOW' + 10, t
assert r == dict(type=7, p_tid="one", state=0), r'
	printf '4711 kWh' >&8
	quit
	line 1 "$(of one '"connected","octets":8,"data":"4711 kWh"')"
	same state "$(state one)" connected
}

@test "OpenSSL as the device, and a command at the server" {
	ready
	serve --exec 'cat; echo done'
	peer one
	response one >&8
	is_answered accepted one
	before=$(stat -c %s heard)
	echo 'to and fro' >&8
	await grep -aq fro heard
	same 'what comes back' "$(tail -c +$((before + 1)) heard)" 'to and fro'
	quit
	line 1 "$(of one '"connected","octets":11')"
}

# gnutls P_TID KX PROGRAM [OPTION...]
GNUTLS=NONE:+VERS-TLS1.3:+AES-128-GCM:+AEAD:+GROUP-ALL:+SIGN-ALL
gnutls_cli() {
	fifo
	gnutls-cli --priority "$GNUTLS:$2" --pskusername "$PSK$1" \
	    --pskkey "$(key "$1")" -p "${at##*:}" --logfile log 127.0.0.1 \
	    <fifo >heard 2>gnutls.err 3>&- 8>&- &
	device=$!
	exec 8>fifo
}

@test "GnuTLS as the device" {
	ready
	serve
	gnutls_cli one +ECDHE-PSK:+DHE-PSK
	response one >&8
	is_answered accepted one
	echo '4711 kWh' >&8
	quit
	line 1 "$(of one '"connected","octets":9,"data":"4711 kWh\n"')"
}

@test "a device that renews its keys on the way" {
	ready
	serve
	fifo
	openssl s_client -connect "$at" -quiet -no_ign_eof "${TLS13[@]}" \
	    -psk "$(key one)" -psk_identity "${PSK}one" \
	    <fifo >heard 2>s_client.err 3>&- 8>&- &
	device=$!
	exec 8>fifo
	response one >&8
	is_answered accepted one
	for command in k K; do		# update_not_requested, _requested
		echo $command >&8
		sleep 0.1	# a command is a read of its own
		echo data >&8
		sleep 0.1
	done
	quit
	line 1 "$(of one '"connected","octets":10,"data":"data\ndata\n"')"
}

@test "OpenSSL as the server" {
	elements
	trigger one --indication connect --time 30
	s_server one
	connecting one --exec 'echo hello; read -r word; echo "word: $word" >answer'
	await test -s heard
	python 'r, = map(named, items(read("heard")))
t = r.pop("time")
assert '$NOW' <= t <= '$NOW' + 10, t
assert r == dict(type=7, p_tid="one", trigger_ind=1), r'
	size=$(stat -c %s heard)
	response one state=0 >&8
	heard_more() {
		[ "$(tail -c +$((size + 1)) heard)" = hello ]
	}
	await heard_more
	echo wonderful >&8
	ended 0
	nothing_in out
	same 'at the device' "$(cat answer)" 'word: wonderful'
}

@test "nothing is sent before the server accepts" {
	ready
	s_server one
	connecting one --exec 'touch ran; echo hello'
	await test -s heard
	sleep 0.3
	[ ! -e ran ]
	lacks hello heard
	response one state=0 >&8
	await grep -aq hello heard
	ended 0
}

@test "servers that are not right: what the device says of each" {
	ready
	while IFS='|' read -r code message answer; do
		s_server one
		connecting one --exec 'touch ran'
		await test -s heard
		cbor "$answer" >&8
		ended $code "mtc-trigger: one: record 1: $message"
		nothing_in out
		wait $pid || true
	done <<-.
	1|server: refused: no more meters|rec("trigger_response", p_tid="one", time=$NOW, state=1, detail="no more meters")
	1|server: refused|rec("trigger_response", p_tid="one", time=$NOW, state=1)
	3|trigger response: state: found connected, expected accepted or refused|rec("trigger_response", p_tid="one", time=$NOW, state=8)
	1|p_tid: found two in the server's answer, expected one|rec("trigger_response", p_tid="two", time=$NOW, state=0)
	3|state: found nothing in the server's answer, expected accepted or refused|rec("trigger_response", p_tid="one", time=$NOW)
	3|trigger response: type: found report, expected trigger-response|rec("report", p_tid="one", time=$NOW, state=0)
	3|trigger response: p_tid: found nothing, expected in a trigger-response|rec("trigger_response", time=$NOW, state=0)
	3|trigger response: item: found octet ff out of place, expected CBOR|h("ff")
	3|trigger response: item: found over 2048 octets, expected at most 2048|h("5a00010000") + bytes(3000)
	.
	[ ! -e ran ]
	# none of it kept the device from the real one
	serve
	unspent one 1
}

@test "servers that do not have the key" {
	ready
	# its own, of another, under the name of this
	s_server two -psk_identity "${PSK}one"
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one --exec 'touch ran'
	# none at all, but a certificate
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj /CN=127.0.0.1 -keyout server.key -out server.pem 2>/dev/null
	foreign openssl s_server -accept 127.0.0.1:0 -quiet -naccept 1 \
	    -cert server.pem -key server.key
	fails 1 'mtc-trigger: one: record 1: tls: the server shows a certificate, expected the shared key' \
	    connect one --exec 'touch ran'
	# the key, but by the rules of TLS 1.2
	foreign openssl s_server -accept 127.0.0.1:0 -quiet -naccept 1 -tls1_2 \
	    -nocert -psk "$(key one)" -psk_identity "${PSK}one"
	fails 1 'mtc-trigger: one: record 1: tls: the server does not speak TLS 1.3' \
	    connect one --exec 'touch ran'
	# another cipher suite
	foreign openssl s_server -accept 127.0.0.1:0 -quiet -naccept 1 -tls1_3 \
	    -ciphersuites TLS_CHACHA20_POLY1305_SHA256 \
	    -nocert -psk "$(key one)" -psk_identity "${PSK}one"
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one --exec 'touch ran'
	# no TLS
	foreign /usr/bin/python3 -ISc 'import socket
s = socket.create_server(("127.0.0.1", 0))
c, _ = s.accept()
c.sendall(b"220 mail.example.org ESMTP\r\n")
c.recv(9999)'
	fails 1 'mtc-trigger: one: record 1: tls: the server does not speak TLS' \
	    connect one --exec 'touch ran'
	# nobody
	wait $pid
	fails 4 "mtc-trigger: one: record 1: $at: Connection refused" \
	    connect one --exec 'touch ran'
	[ ! -e ran ]
	serve
	unspent one 1
}

# ---- refused: and the genuine device connects nevertheless ----

@test "a device that claims another's P-TID" {
	ready
	serve
	peer one
	response two trigger_ind=2 >&8
	is_answered refused one 'p_tid: found two, expected that of the key in use'
	wait "$device"
	line 1 "$(of one '"refused","detail":"p_tid: found two, expected that of the key in use","octets":0')"
	same states "$(state one) $(state two)" 'stored stored'
	unspent one 2
	unspent two 3
}

@test "a device with another key" {
	ready
	serve
	is_refused "${TLS13[@]}" -psk "$(key two)" -psk_identity "${PSK}one"
	line 1 "$(of one '"refused","detail":"tls: the device has another key","octets":0')"
	same state "$(state one)" stored
	# for all that connect knows, the server is to blame
	edit "ks_naf=bytes(32)" <one >forged
	fails 1 'mtc-trigger: forged: record 1: tls: the server knows no such SA, or its key differs' \
	    connect forged
	line 2 "$(of one '"refused","detail":"tls: the device has another key","octets":0')"
	unspent one 3
	unspent two 4
}

@test "identities that are not ours" {
	ready
	serve
	is_refused "${TLS13[@]}" -psk "$(key one)" -psk_identity "${PSK}nobody"
	line 1 '{"p_tid":"nobody","state":"refused","detail":"p_tid: found no such SA, expected one that was stored","octets":0}'
	for id in one '3gpp-bootstrapping;one' "$PSK" "${PSK}one;two" \
	    "${PSK}../one" "$PSK$(printf '%065d' 1)"; do
		is_refused "${TLS13[@]}" -psk "$(key one)" -psk_identity "$id"
		line $((++n + 1)) '{"state":"refused","detail":"tls: the device offers no key with psk_dhe_ke","octets":0}'
	done
	unspent one 8
}

@test "who guesses P-TIDs does not learn which are known" {
	ready
	serve
	# none, another key, and spent
	for p_tid in nobody one two; do
		[ $p_tid != two ] || does connect two
		is_refused "${TLS13[@]}" -psk "$(printf '%064d' 1)" \
		    -psk_identity "$PSK$p_tid"
		grep -o 'alert.*' s_client.err >alert.$p_tid
		grep -q number alert.$p_tid
	done
	diff alert.nobody alert.one
	diff alert.nobody alert.two
	await has_lines 4
	same details "$(jq -r '.detail // "connected"' lines)" \
	    "$(printf '%s\n' 'p_tid: found no such SA, expected one that was stored' \
	    'tls: the device has another key' connected \
	    'p_tid: found its trigger connected, expected an open one')"
}

@test "an SA without a response stored for it" {
	elements
	request --p-tid one >/dev/null
	trigger two "${REPORT[@]}"
	serve
	is_refused "${TLS13[@]}" -psk "$(key two)" -psk_identity "${PSK}one"
	line 1 '{"p_tid":"one","ue_id":"meter-7","state":"refused","detail":"p_tid: found no such SA, expected one that was stored","octets":0}'
	same state "$(state one)" requested
}

@test "an expired SA" {
	elements
	trigger one --indication report --lifetime 600
	AT=$((NOW + 600)) serve
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one
	line 1 "$(of one '"expired","detail":"key_lt: the life of the key is over","octets":0')"
	same state "$(state one)" expired
	same times "$(times one)" 'requested answered stored expired'
	# once more
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one
	line 2 "$(of one '"expired","detail":"p_tid: found its trigger expired, expected an open one","octets":0')"
	# the device, for its part, does not even try
	AT=$((NOW + 600)) fails 1 'mtc-trigger: one: record 1: key_lt: the life of the key is over' \
	    connect one
	stop
	same lines "$(wc -l <lines)" 2
}

@test "an SA that expires while it is in use" {
	elements
	trigger one --indication report --lifetime 600
	trigger two --indication report --lifetime 600
	AT=$((NOW + 599)) serve
	fails 4 'mtc-trigger: one: record 1: tls: the server is gone without close_notify' \
	    connect one --exec 'echo one; sleep 9'
	line 1 "$(of one '"failed","detail":"key_lt: the life of the key is over","octets":4,"data":"one\n"')"
	stop
	serve
	AT=$((NOW + 599)) fails 1 'mtc-trigger: two: record 1: key_lt: the life of the key is over' \
	    connect two --exec 'echo two; sleep 9'
	line 1 "$(of two '"failed","detail":"tls: the device is gone without close_notify","octets":4,"data":"two\n"')"
}

@test "a trigger that was cancelled: before, meanwhile, and too late" {
	ready
	trigger three "${REPORT[@]}"
	cancel() {
		does mtc-trigger cancel -d mtc.db --p-tid "$1" --now $NOW
	}
	serve
	cancel one
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one
	line 1 "$(of one '"refused","detail":"p_tid: found its trigger failed, expected an open one","octets":0')"
	# between handshake and trigger response
	peer two -msg -msgfile handshake
	await grep -q Finished handshake
	cancel two
	response two >&8
	is_answered refused two 'p_tid: found the trigger two closed, expected an open one'
	line 2 "$(of two '"refused","detail":"p_tid: found the trigger two closed, expected an open one","octets":0')"
	# in the middle of the stream
	connecting three --exec 'until [ -e go ]; do sleep 0.01; done'
	await in_state three responded
	cancel three
	touch go
	try wait "$device"
	line 3 "$(of three '"failed","detail":"p_tid: found no open trigger three, expected one","octets":0,"data":""')"
	for p_tid in one two three; do
		same state "$(mtc-trigger status -d mtc.db -j --p-tid $p_tid |
		    jq -c '[.state, .detail, .connected]')" '["failed","cancelled",null]'
	done
}

@test "a trigger that was cancelled leaves no file behind" {
	ready
	mkdir inbox
	serve --dir inbox
	connecting one --exec 'echo data; until [ -e go ]; do sleep 0.01; done'
	await in_state one responded
	does mtc-trigger cancel -d mtc.db --p-tid one
	touch go
	try wait "$device"
	same status "$status" 4
	line 1 "$(of one '"failed","detail":"p_tid: found no open trigger one, expected one","octets":5')"
	same files "$(ls -A inbox)" ''
}

@test "a trigger that was resynchronised" {
	elements
	gpi | recv >/dev/null
	hss-store set -d hss.db --impi $IMPI --sqn 0
	request --p-tid one "${REPORT[@]}" | gen | gpi-sign | put mtc.db --pass |
	    gpi-push --to - >stale
	try recv --sync-failures sync stale
	does mtc-trigger resync -d mtc.db --now $NOW sync
	new=$(field p_tid out)
	# as a device might that took the old one all the same
	sa-store get -d mtc.db --ul one >one
	serve
	is_refused "${TLS13[@]}" -psk "$(key one)" -psk_identity "${PSK}one"
	line 1 "$(of one '"refused","detail":"p_tid: found its trigger failed, expected an open one","octets":0')"
	same states "$(state one) $(state "$new")" 'failed requested'
}

@test "a report that its GPI failed does not keep out the device that has it" {
	ready
	cbor "rec('report', p_tid='one', state=10, time=$NOW)" |
	    mtc-trigger record -d mtc.db
	same state "$(state one)" failed
	serve
	unspent one 1
}

@test "a second connection after a clean close" {
	ready
	serve
	unspent one 1
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one --exec 'echo again'
	line 2 "$(of one '"refused","detail":"p_tid: found its trigger connected, expected an open one","octets":0')"
	is_refused "${TLS13[@]}" -psk "$(key one)" -psk_identity "${PSK}one"
	same state "$(state one)" connected
}

@test "TLS 1.2, other cipher suites, certificates, psk_ke" {
	ready
	serve
	key=$(key one)
	refused() {
		local detail=$1

		shift
		is_refused -psk "$key" -psk_identity "${PSK}one" "$@"
		line $((++n)) "$detail"
	}
	refused '{"state":"refused","detail":"tls: the device does not speak TLS 1.3","octets":0}' \
	    -tls1_2 -cipher PSK
	for suite in TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256; do
		refused '{"state":"refused","detail":"tls: the device does not offer TLS_AES_128_GCM_SHA256","octets":0}' \
		    -tls1_3 -ciphersuites $suite
	done
	is_refused "${TLS13[@]}"
	line 4 '{"state":"refused","detail":"tls: the device offers no key with psk_dhe_ke","octets":0}'
	# GnuTLS can be told not to do without Diffie-Hellman
	gnutls_cli one +PSK
	line 5 '{"state":"refused","detail":"tls: the device offers no key with psk_dhe_ke","octets":0}'
	nothing_in heard
	same state "$(state one)" stored
	unspent one 6
}

@test "session tickets: none is given, none is taken" {
	ready
	# from elsewhere, with the same key
	s_server two
	mkfifo silent
	openssl s_client -connect "$at" -quiet "${TLS13[@]}" \
	    -psk "$(key two)" -psk_identity "${PSK}two" -sess_out ticket \
	    <>silent >heard 2>&1 3>&- 8>&- &
	await grep -qs END ticket
	kill $!
	serve
	peer one -sess_out given
	response one >&8
	is_answered accepted one
	quit
	[ ! -e given ]
	line 1 "$(of one '"connected","octets":0,"data":""')"
	is_refused "${TLS13[@]}" -sess_in ticket
	line 2 '{"state":"refused","detail":"tls: the device offers no key with psk_dhe_ke","octets":0}'
	# beside the key it does no harm
	peer two -sess_in ticket
	response two >&8
	is_answered accepted two
	quit
	line 3 "$(of two '"connected","octets":0,"data":""')"
}

@test "early data" {
	ready
	serve
	# OpenSSL sends some where it believes that the key allows that
	python 'import ctypes as c
ssl, crypto = c.CDLL("libssl.so.3"), c.CDLL("libcrypto.so.3")
for f in ("TLS_client_method", "SSL_CTX_new", "SSL_new", "SSL_SESSION_new",
    "SSL_CIPHER_find"):
    getattr(ssl, f).restype = c.c_void_p
crypto.BIO_new_file.restype = c.c_void_p
p = c.c_void_p
s = p(ssl.SSL_new(p(ssl.SSL_CTX_new(p(ssl.TLS_client_method())))))
psk, key = p(ssl.SSL_SESSION_new()), h(sys.argv[1])
assert ssl.SSL_SESSION_set1_master_key(psk, key, c.c_size_t(32))
assert ssl.SSL_SESSION_set_cipher(psk, p(ssl.SSL_CIPHER_find(s, b"\x13\x01")))
assert ssl.SSL_SESSION_set_protocol_version(psk, 0x0304)
assert ssl.SSL_SESSION_set_max_early_data(psk, 1000)
b = p(crypto.BIO_new_file(b"psk", b"w"))
assert ssl.PEM_write_bio_SSL_SESSION(b, psk)
crypto.BIO_free(b)' "$(key one)"
	response one >early
	s_client "${TLS13[@]}" -psk_session psk -psk_identity "${PSK}one" \
	    -early_data early
	line 1 "$(of one '"refused","detail":"tls: the device breaks the rules of TLS 1.3","octets":0')"
	nothing_in heard
	same state "$(state one)" stored
	unspent one
}

@test "an SA for another Ua security protocol" {
	elements
	request --p-tid one --ua 0100000002 "${REPORT[@]}" | gen | gpi-sign |
	    put mtc.db --pass | gpi-push --to - |
	    gpi-recv --card card --naf $NAF/0100000002 --now $NOW >one
	serve
	fails 1 'mtc-trigger: one: record 1: naf_id: found Ua identifier 0100000002, expected 0100000007' \
	    connect one
	nothing_in lines
	is_refused "${TLS13[@]}" -psk "$(key one)" -psk_identity "${PSK}one"
	line 1 "$(of one '"refused","detail":"naf_id: found Ua identifier 0100000002, expected 0100000007","octets":0')"
	same state "$(state one)" stored
}

@test "what is no TLS" {
	ready
	serve
	say() {
		exec 7<>"/dev/tcp/${at/://}"
		cat >&7
		cat <&7 >heard || true
		exec 7>&-
	}
	printf 'GET / HTTP/1.1\r\n\r\n' | say
	line 1 '{"state":"refused","detail":"tls: the device does not speak TLS","octets":0}'
	python 'out.write(bytes(range(255, -1, -1)))' | say
	line 2 '{"state":"refused","detail":"tls: the device does not speak TLS","octets":0}'
	printf '\026\003\001\000\005\001\000\000\001\000' | say
	line 3 '{"state":"refused","detail":"tls: the device breaks the rules of TLS 1.3","octets":0}'
	(exec 7<>"/dev/tcp/${at/://}")
	line 4 '{"state":"failed","detail":"tls: the device is gone without close_notify","octets":0}'
	unspent one 5
}

@test "what is no trigger response" {
	ready
	serve
	while IFS='|' read -r detail what; do
		peer one
		cbor "$what" >&8
		is_answered refused one "$detail"
		wait "$device" || true
		line $((++n)) "$(of one "\"refused\",\"detail\":\"$detail\",\"octets\":0")"
		same state "$(state one)" stored
	done <<-.
	trigger response: item: found octet ff out of place, expected CBOR|h("ff")
	trigger response: item: found over 2048 octets, expected at most 2048|h("5a00010000") + bytes(3000)
	trigger response: type: found report, expected trigger-response|rec("report", p_tid="one", time=$NOW, state=7)
	trigger response: time: found nothing, expected in a trigger-response|rec("trigger_response", p_tid="one")
	state: found accepted, expected none from a device|rec("trigger_response", p_tid="one", time=$NOW, state=0)
	.
	# one that does not come
	peer one
	quit
	line $((++n)) "$(of one '"failed","detail":"trigger response: the peer closed without one","octets":0')"
	peer one -msg -msgfile handshake
	await grep -q Finished handshake
	vanish
	line $((++n)) "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":0')"
	same state "$(state one)" stored
	unspent one $((++n))
}

# ---- before and after its time ----

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
	line 1 "$(of one '"failed","detail":"trigger_time: the window of 1 seconds is over","octets":8,"data":"in time\n"')"
	same state "$(state one)" responded
	# and does not come back
	AT=$((NOW - 9)) fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one --exec 'echo too late'
	line 2 "$(of one '"refused","detail":"trigger_time: the window of 1 seconds is over","octets":0')"
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
	same lines "$(wc -l <lines)" 1
	[ ! -e ran ]
	# the server, for its part, would still have it
	unspent one
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
	same 'the first response' "$(mtc-trigger status -d mtc.db -j --p-tid one |
	    jq ".responded < $NOW + 10 and .connected >= $NOW + 20")" true
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
	diff lines - <<-.
	$(of one '"failed","detail":"superseded by a newer connection of the device","octets":0,"data":""')
	$(of one '"connected","octets":6,"data":"newer\n"')
	.
	wait "$older" || true
	same state "$(state one)" connected
}

@test "to know a P-TID is not enough to supersede its device" {
	ready
	serve
	connecting one --exec 'until [ -e go ]; do sleep 0.01; done; echo done'
	await in_state one responded
	is_refused "${TLS13[@]}" -psk "$(key two)" -psk_identity "${PSK}one"
	line 1 "$(of one '"refused","detail":"tls: the device has another key","octets":0')"
	touch go
	ended 0
	line 2 "$(of one '"connected","octets":5,"data":"done\n"')"
}

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
	fails 4 'mtc-trigger: one: record 1: exec: CMD ended with status 3' \
	    connect one --exec 'echo half; exit 3'
	line 1 "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":5,"data":"half\n"')"
	fails 4 'mtc-trigger: one: record 1: exec: CMD was ended by signal 9' \
	    connect one --exec 'kill -KILL $$'
	line 2 "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":0,"data":""')"
	ends 4 'sh: 1: ./no-such-program: not found' connect one --exec ./no-such-program
	same message "$(sed -n 2p err)" 'mtc-trigger: one: record 1: exec: CMD ended with status 127'
	unspent one 4
}

@test "the server's command fails" {
	ready
	serve --exec 'read -r word; echo "$word" >>words; [ "$word" = right ]'
	fails 4 'mtc-trigger: one: record 1: tls: the server is gone without close_notify' \
	    connect one --exec 'echo wrong; sleep 9'
	line 1 "$(of one '"failed","detail":"exec: CMD ended with status 1","octets":6')"
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
		! kill -0 "$(cat "$1")" 2>/dev/null
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
	ends 4 'mtc-trigger: record 2: exec: CMD ended with status 3' connect - \
	    --exec 'echo $GBA_P_TID; [ $GBA_P_TID != two ] || exit 3' <all
	same 'lines of stderr' "$(wc -l <err)" 1
	await has_lines 3
	same lines "$(jq -c '[.p_tid, .state, .data]' lines | xargs)" \
	    '[one,connected,one\n] [two,failed,two\n] [three,connected,three\n]'
	stop
	ends 4 "mtc-trigger: record 1: $at: Connection refused" connect - <all
	same 'lines of stderr' "$(wc -l <err)" 3
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
	same file "$(cat inbox/one)" now
	# in the end
	mkdir inbox/two
	ends 4 'mtc-trigger: two: record 1: tls: the server is gone without close_notify' \
	    connect two --exec 'echo now'
	line 3 "$(of two '"failed","detail":"inbox/two: Is a directory","octets":4')"
	same state "$(state two)" responded
	same files "$(ls -A inbox | xargs)" 'one two'
	rmdir inbox/two
	does connect two --exec 'echo then'
	line 4 "$(of two '"connected","octets":5')"
	same file "$(cat inbox/two)" then
}

@test "a device that cannot show the data says so" {
	ready
	serve --exec 'echo config'
	status=0
	connect one --exec 'sleep 9' >/dev/full 2>err || status=$?
	same status $status 4
	same stderr "$(cat err)" 'mtc-trigger: one: record 1: data: No space left on device'
	await has_lines 1
	same line "$(sed 's/gone: Conn.*peer/gone without close_notify/' lines)" \
	    "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":0')"
	same state "$(state one)" responded
	says config connect one
}

# ---- the programs ----

@test "serve --count: it ends after so many connections, good or bad" {
	ready
	serve --count 2
	is_refused -tls1_2
	does connect one
	wait $pid
	same states "$(jq -r .state lines | xargs)" 'refused connected'
}

@test "serve -o: the lines of a run that has ended" {
	ready
	serve --count 1 -o file
	connecting one --exec 'until [ -e go ]; do sleep 0.01; done'
	await in_state one responded
	[ ! -e file ]
	touch go
	ended 0
	wait $pid
	same file "$(cat file)" "$(of one '"connected","octets":0,"data":""')"
	mode file 600
	nothing_in lines
}

@test "signals end serve with status 0, and open connections as failed" {
	ready
	for signal in TERM HUP INT; do
		# what a script runs in the background ignores INT, otherwise
		set -m
		serve
		set +m
		connecting one --exec "touch there.$signal; sleep 9"
		await test -e there.$signal
		kill -$signal $pid
		wait $pid
		ended 4 'mtc-trigger: one: record 1: tls: the server is gone without close_notify'
		same lines "$(cat lines)" "$(of one '"failed","detail":"the server was stopped","octets":0,"data":""')"
		same 'lines of stderr' "$(wc -l <serve.err)" 1
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
	await grep -q listening serve.err
	at=$(sed -n 's/^mtc-trigger: listening on //p' serve.err)
	does connect one --exec 'echo data'
	status=0
	wait $pid || status=$?
	same status $status 4
	same stderr "$(tail -n 1 serve.err)" 'mtc-trigger: standard output: No space left on device'
}

@test "called wrongly" {
	ready
	fails 2 'mtc-trigger: --dir: found with --exec, expected one of them' \
	    mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 --dir . --exec cat
	for where in 127.0.0.1 127.0.0.1: :7433 ::1:7433 '[::1]' 127.0.0.1:http 127.0.0.1:70000 ''; do
		fails 2 "mtc-trigger: --listen: address: found \"$where\", expected HOST:PORT" \
		    mtc-trigger serve -d mtc.db --listen "$where"
		fails 2 "mtc-trigger: --server: address: found \"$where\", expected HOST:PORT" \
		    mtc-trigger connect --server "$where" --now $NOW one
	done
	serve
	fails 4 "mtc-trigger: $at: Address already in use" \
	    mtc-trigger serve -d mtc.db --listen "$at"
}

@test "keys are in no argument and in no environment of a command" {
	ready
	serve --exec 'cat >said; env; tr "\0" "\n" </proc/$PPID/cmdline'
	does connect one --exec 'env; tr "\0" "\n" </proc/$PPID/cmdline'
	grep -q GBA_P_TID=one out
	grep -q GBA_P_TID=one said
	lacks "$(key one)" <(cat out said)
	lacks "$(key one | xxd -r -p | base64)" <(cat out said)
}

@test "patience is ten seconds, at both ends" {
	cd "$BATS_FILE_TMPDIR/patience"
	at=$(cat at)
	pid=
	for ((i = 0; i < 3; i++)); do
		if await has_lines 2; then
			break
		fi
	done >/dev/null
	diff lines - <<-.
	{"state":"failed","detail":"trigger response: found none within 10 seconds","octets":0}
	$(of one '"failed","detail":"trigger response: found none within 10 seconds","octets":0')
	.
	await test -s status
	same status "$(cat status)" 4
	same stderr "$(cat err)" 'mtc-trigger: two: record 1: server: found no answer within 10 seconds'
	same state "$(state one)" stored
	unspent one 3
}
