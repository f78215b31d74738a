# secure.bash: the secure connection of step 407: mtc-trigger serve and connect,
# their peers, and triggers to connect with.
# shellcheck shell=bash disable=SC2154

# ---- the two ends ----

# serve [OPTION...]: the server, as $pid at $at; its JSON into ./lines
serve() {
	: >serve.err
	mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 \
	    --now "${AT:-$NOW}" "$@" >lines 2>serve.err 3>&- 8>&- &
	pid=$!
	await listening serve.err
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
	same stderr "$(<err)" "${2:-}"
	same 'status of the device' "$status" "$1"
}

has_lines() {
	[ "$(lines_in lines)" -ge "$1" ]
}

# bare FILE: its lines of the server without time and addresses
bare() {
	sed -E 's/^\{"time":18[0-9]{8},"peer":"[^"]*:[0-9]+","listener":"[^"]*:[0-9]+",/{/' "$1"
}

# line N TEXT: the server's Nth line, once it is there, without time and
# addresses; none after it
line() {
	local all

	await has_lines "$1"
	mapfile -t all < <(bare lines)
	same "line $1" "$(printf '%s\n' "${all[@]:$1 - 1}")" "$2"
}

# told N TEXT: the server has told of N in all who proved no key, and what ended
# the last one
told() {
	await told_of "$1"
	same 'the last one' "$(sed -n '$s/.*(last: .*:[0-9]*: \(.*\))$/\1/p' \
	    serve.err)" "$2"
}

told_of() {
	[ "$(awk '/ before (it|they) proved a key \(last: / { n += $2 }
	    END { print n + 0 }' serve.err)" = "$1" ]
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
	mtc-trigger status -d mtc.db -j --p-tid "$1" |
	    grep -oE '"(requested|answered|stored|responded|connected|expired|failed)":' |
	    tr -d : | words
}

# key FILE: the NAF key in it
key() {
	field ks_naf "$1"
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

# foreign COMMAND...: a server, as $pid at $at, which takes the place of AT
foreign() {
	fifo
	free_port
	at=127.0.0.1:$port
	"${@/#AT/$at}" <fifo >heard 2>server.err 3>&- 8>&- &
	pid=$!
	exec 8>fifo
	await heard_at "tcp:$at"
}

# s_server P_TID [OPTION...]: OpenSSL as the server of that device
s_server() {
	foreign openssl s_server -accept AT -quiet -naccept 1 \
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
	once devices make_devices
}

make_devices() {
	# shellcheck disable=SC2046	# words, on purpose
	cc -o devices "$TESTS/bench/devices.c" \
	    $(pkg-config --libs libssl libcrypto)
}

# stored STATE: how many triggers are in it
stored() {
	mtc-trigger status -d mtc.db -j | grep -c "\"state\":\"$1\"" || true
}

# gnutls_cli P_TID KX: GnuTLS as its device
GNUTLS=NONE:+VERS-TLS1.3:+AES-128-GCM:+AEAD:+GROUP-ALL:+SIGN-ALL
gnutls_cli() {
	fifo
	gnutls-cli --priority "$GNUTLS:$2" --pskusername "$PSK$1" \
	    --pskkey "$(key "$1")" -p "${at##*:}" --logfile log 127.0.0.1 \
	    <fifo >heard 2>gnutls.err 3>&- 8>&- &
	device=$!
	exec 8>fifo
}

# ---- before and after ----

# ready: the elements, and two triggers to report, one and two
ready() {
	cp "$BATS_FILE_TMPDIR"/ready/* .
}

setup_file() {
	make_ready
}

make_ready() {
	mkdir "$BATS_FILE_TMPDIR/ready"
	cd "$BATS_FILE_TMPDIR/ready" || return
	elements
	trigger one "${REPORT[@]}"
	trigger two "${REPORT[@]}"
	(key one; key two) >keys
}

# What a test has started ends with it; and no key is in what was said.
teardown() {
	end_connections
}

end_connections() {
	local job

	for job in $(jobs -p); do
		[ $ENGINE = sqlite ] || pkill -P "$job" || true
		kill "$job" 2>/dev/null || true
	done
	[ ! -e keys ] || ! grep -Ff keys lines serve.err out err 2>/dev/null
}

# gate: commands that say `: <go' wait for it, until the test does open_gate
gate() {
	mkfifo go
}

open_gate() {
	exec 7<>go
}

REPORT=(--indication report --time 30)
