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

key() {
	gpi-show -js "$1" | jq -r .ks_naf
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
	    <fifo >heard 2>err 3>&- 8>&- &
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
	openssl s_client -connect "$at" -quiet "$@" </dev/null >heard 2>err ||
	    status=$?
	same 'status of s_client' "$status" 1
	nothing_in heard
}

# response P_TID [FIELD=VALUE,...]: a trigger response, made by hand
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

# is_answered STATE P_TID [DETAIL]: the server's trigger response, by cbor2
is_answered() {
	await test -s heard
	python 'state, p_tid, *detail = sys.argv[1:]
r, = map(named, items(read("heard")))
t = r.pop("time")
assert '"${AT:-$NOW}"' <= t <= '"${AT:-$NOW}"' + 10, t
want = dict(type=7, p_tid=p_tid, state=int(state))
if detail:
    want["detail"] = detail[0]
assert r == want, r' "$@"
}
ACCEPTED=0 REFUSED=1

# port PID: one that it listens at
port() {
	local fd inode

	for fd in /proc/"$1"/fd/*; do
		inode=$(readlink "$fd" | sed -n 's/^socket:\[\(.*\)\]$/\1/p')
		[ -z "$inode" ] || awk -v inode="$inode" '$4 == "0A" &&
		    $10 == inode { sub(".*:", "", $2); print $2 }' /proc/net/tcp
	done
}

listens() {
	[ -n "$(port "$1")" ]
}

# foreign COMMAND...: a server, as $pid at $at
foreign() {
	fifo
	"$@" <fifo >heard 2>foreign.err 3>&- 8>&- &
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

# ---- before and after ----

# Limits of ten seconds pass while the other tests run: see the last one.
setup_file() {
	mkdir "$BATS_FILE_TMPDIR/patience"
	cd "$BATS_FILE_TMPDIR/patience" || return
	elements
	trigger one "${REPORT[@]}"
	trigger two "${REPORT[@]}"
	mkfifo silent			# opened both ways it never ends
	serve
	(exec 7<>"/dev/tcp/${at/://}" && exec sleep 60) 3>&- &
	echo $! $pid >pids
	openssl s_client -connect "$at" -quiet "${TLS13[@]}" \
	    -psk "$(key one)" -psk_identity "${PSK}one" \
	    <>silent >heard 2>s_client.err 3>&- &
	echo $! >>pids
	openssl s_server -accept 127.0.0.1:0 -quiet "${TLS13[@]}" -nocert \
	    -psk "$(key two)" -psk_identity "${PSK}two" <>silent >heard.two 2>s_server.err 3>&- &
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
	local jobs p_tid

	jobs=$(jobs -p)
	# shellcheck disable=SC2086	# numbers
	[ -z "$jobs" ] || kill $jobs 2>/dev/null || true
	for p_tid in one two; do
		[ ! -s $p_tid ] || [ ! -e lines ] ||
		    lacks "$(key $p_tid)" <(cat lines serve.err out err)
	done
}

REPORT=(--indication report --time 30)

# ---- as it should be ----

@test "report: the device's command sends; what the server says is its output" {
	elements
	trigger one "${REPORT[@]}"
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
	elements
	trigger one "${REPORT[@]}"
	trigger two "${REPORT[@]}"
	serve --exec 'echo firmware 2'
	says 'firmware 2' connect one
	line 1 "$(of one '"connected","octets":0')"
	stop
	serve
	says '' connect two
	line 1 "$(of two '"connected","octets":0,"data":""')"
}

@test "data as text, or where it is not UTF-8, as data_hex" {
	elements
	trigger one "${REPORT[@]}"
	trigger two "${REPORT[@]}"
	trigger three "${REPORT[@]}"
	serve
	does connect one --exec 'printf "\"\\\\\t\001 \303\274 \360\237\224\221"'
	line 1 "$(of one '"connected","octets":12,"data":"\"\\\u0009\u0001 ü 🔑"')"
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
	elements
	trigger one "${REPORT[@]}"
	trigger two "${REPORT[@]}"
	serve
	does connect one --exec 'head -c 1048576 /dev/zero | tr "\0" x'
	await has_lines 1
	same data "$(jq -c '[.state, .octets, (.data | length)]' lines)" \
	    '["connected",1048576,1048576]'
	fails 4 'mtc-trigger: tls: the server is gone without close_notify' \
	    connect two --exec 'head -c 1048577 /dev/zero | tr "\0" x; sleep 9'
	await has_lines 2
	same detail "$(jq -r 'select(.p_tid == "two") | .detail' lines)" \
	    'data: found more than 1048576 octets, expected --dir or --exec for so much'
	unspent two 3
}

@test "--dir: a file for each, mode 0600, once it is whole" {
	elements
	trigger one "${REPORT[@]}"
	mkdir inbox
	serve --dir inbox
	head -c 3000000 /dev/urandom >data
	connecting one --exec 'cat data; until [ -e go ]; do sleep 0.01; done'
	is_there() {
		[ "$(stat -c %s inbox/.one.* 2>/dev/null)" = 3000000 ]
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
	elements
	trigger one "${REPORT[@]}"
	mkdir inbox
	serve --dir inbox
	connecting one --exec 'echo half; sleep 9'
	is_there() {
		[ "$(cat inbox/.one.* 2>/dev/null)" = half ]
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
	elements
	trigger one "${REPORT[@]}"
	head -c 2000000 /dev/urandom >data
	serve --exec 'sleep 0.2; cat'
	does connect one --exec 'cat data'
	same_octets out data
	line 1 "$(of one '"connected","octets":2000000')"
}

@test "states: responded, then connected, each when it happened" {
	elements
	trigger one "${REPORT[@]}"
	AT=$((NOW + 7)) serve
	AT=$((NOW + 7)) connecting one --exec 'until [ -e go ]; do sleep 0.01; done'
	await in_state one responded
	same times "$(times one)" 'requested answered stored responded'
	sleep 1		# for a second time to be another
	touch go
	ended 0
	line 1 "$(of one '"connected","octets":0,"data":""')"
	same times "$(times one)" 'requested answered stored responded connected'
	same order "$(mtc-trigger status -d mtc.db -j |
	    jq "[.stored == $NOW, .responded >= $NOW + 7, .responded < $NOW + 10,
	    .connected > .responded, .connected < $NOW + 17, .time == .connected,
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

@test "several accepted records: each connects, a refused one costs itself" {
	elements
	trigger one "${REPORT[@]}"
	trigger two "${REPORT[@]}"
	serve --count 4
	cat one one two >all
	ends 1 'mtc-trigger: record 2: tls: the server knows no such SA, or its key differs' \
	    connect - --exec 'echo $GBA_P_TID' <all
	same 'lines of stderr' "$(wc -l <err)" 1
	await has_lines 3
	same lines "$(jq -c '[.p_tid, .state, .data]' lines | xargs)" \
	    '[one,connected,one\n] [one,refused,null] [two,connected,two\n]'
}

# ---- peers of others ----

@test "OpenSSL as the device" {
	elements
	trigger one "${REPORT[@]}"
	serve
	peer one
	response one trigger_ind=2 >&8
	is_answered $ACCEPTED one
	printf '4711 kWh' >&8
	quit
	line 1 "$(of one '"connected","octets":8,"data":"4711 kWh"')"
	same state "$(state one)" connected
}

@test "OpenSSL as the device, and a command at the server" {
	elements
	trigger one "${REPORT[@]}"
	serve --exec 'cat; echo done'
	peer one
	response one >&8
	is_answered $ACCEPTED one
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
	    <fifo >heard 2>err 3>&- 8>&- &
	device=$!
	exec 8>fifo
}

@test "GnuTLS as the device" {
	elements
	trigger one "${REPORT[@]}"
	serve
	gnutls_cli one +ECDHE-PSK:+DHE-PSK
	response one >&8
	is_answered $ACCEPTED one
	echo '4711 kWh' >&8
	quit
	line 1 "$(of one '"connected","octets":9,"data":"4711 kWh\n"')"
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
	elements
	trigger one "${REPORT[@]}"
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
