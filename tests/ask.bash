# ask.bash: what tests have that need a foreign BSF over HTTP: peers/bsf.js, on
# node's http2, and certificates that openssl makes.
# shellcheck shell=bash disable=SC2154

load certificates

setup_file() {
	cd "$BATS_FILE_TMPDIR" || exit 1
	authority ca
	authority other
	certificate here ca 'DNS:localhost,IP:127.0.0.1'
	certificate elsewhere ca 'DNS:bsf.example.org'
	certificate naf ca "DNS:$NAF"
	certificate stranger other "DNS:$NAF"
}

# bsf_node [OPTION...]: the BSF, as $bsf_pid at 127.0.0.1:$port, with TLS and
# certificates of both; its events in ./bsf
bsf_node() {
	local certs=$BATS_FILE_TMPDIR

	bsf_plain --key "$certs/${cert:-here}.key" \
	    --cert "$certs/${cert:-here}.pem" --ca "$certs/ca.pem" "$@"
	url=https://127.0.0.1:$port
}

# bsf_plain [OPTION...]: the same without
bsf_plain() {
	command -v node >/dev/null || skip 'node is not there'
	[[ $(mtc-trigger --version) != *'without libnghttp2'* ]] ||
	    skip 'built without libnghttp2'
	: >bsf
	node "$TESTS/peers/bsf.js" --answers answers "$@" >bsf 2>bsf.err 3>&- &
	bsf_pid=$!
	await test -s bsf
	port=$(jq -r 'select(.event == "listening").port' bsf)
	url=http://127.0.0.1:$port
}

stop_bsf() {
	kill "$bsf_pid"
	wait "$bsf_pid" || true
	bsf_pid=
}

# with_answers N [OPTION OF REQUEST...]: ./requests and ./responses to them, as
# the pipe makes them; and ./answers for the BSF
with_answers() {
	once "answers${*// /}" make_answers "$@"
}

make_answers() {
	elements
	if [ "$1" = 1 ]; then
		request "${@:2}" >requests
	else
		many "$1" >requests
	fi
	gen requests | gpi-sign >responses
	gpi-show -j -s responses >answers
}

# ask [OPTION...]: ./requests, of the BSF, with certificates
ask() {
	mtc-trigger ask --bsf "$url" --cert "$BATS_FILE_TMPDIR/naf.pem" \
	    --key "$BATS_FILE_TMPDIR/naf.key" --ca "$BATS_FILE_TMPDIR/ca.pem" \
	    "$@" requests
}

# asks [OPTION...]: the same, and gets the responses
asks() {
	does ask "$@"
	same_octets out responses
}

# events NAME FILTER: of the BSF
events() {
	jq -r "select(.event == \"$1\") | $2" bsf
}
