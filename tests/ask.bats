# ask.bats: mtc-trigger ask of a BSF that is not ours: node's http2, with the
# answers that the pipe makes; and of ours.

load helper
load ask

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
}

@test "a request as TS 29.309 has it, and its response as the pipe's" {
	with_answers 1 --indication report --time 30
	bsf_node
	asks
	same 'what came' "$(events request '[.version, .method, .path, .type,
	    .client, .agent] | join(" ")')" "2.0 POST /nbsp-gba/v1/push-info-retrieval application/json DNS:mtc.example.org gba-push/$(mtc-trigger --version | sed 's/.* //;q')"
	same 'what is accepted' "$(events request .accept)" \
	    'application/json, application/problem+json'
	same body "$(events request .body)" "$(jq -cn --arg p "$(
	    gpi-show -j requests | values p_tid)" '{ueId: "meter-7",
	    ueIdType: "PUBLIC", uiccAppLabel: "", nafId: {
	    nafFqdn: "mtc.example.org", uaSecProtId: "0100000007"},
	    ptId: $p, uiccOrMe: "GBA_ME",
	    requestedLifeTime: "2027-01-15T09:00:00Z",
	    mtcTrigger: {indication: 2, time: 30, mode: "FULL"}}')"
}

@test "requests are under way at once, and answered in their order" {
	with_answers 60
	bsf_node --quiet --do reverse=60
	asks
	same connections "$(events connection .event | lines)" 1
}

# plain [OPTION...]: ./requests, without TLS
plain() {
	mtc-trigger ask --bsf "$url" --insecure "$@" requests
}

@test "a private identity is confirmed, GBA_U and AUTS go along" {
	elements
	mtc-trigger register -d mtc.db --ue-id pump-1 --ue-trp unix:dev \
	    --um u --ue-priv-id i@ims --app-lbl a0000000871002ff49ff0589
	subscriber pump-1 i@ims
	mtc-trigger request -d mtc.db --naf $NAF --ue-id pump-1 --now $NOW |
	    edit 'auts=bytes(14)' 'rand=b"r" * 16' >requests
	edit auts=None rand=None <requests | gen | gpi-sign >responses
	gpi-show -j -s responses >answers
	bsf_plain
	does plain
	same_octets out responses
	same body "$(events request '.body | fromjson | [.uiccAppLabel,
	    .uiccOrMe, .privateIdRequest, .gbaUAware, .auts, .rand] |
	    join(" ")')" "a0000000871002ff49ff0589 GBA_U true true $(
	    printf '0%.0s' {1..28}) $(printf '72%.0s' {1..16})"
	sed -i 's/"i@ims"/"j@ims"/' answers
	stop_bsf
	bsf_plain
	fails 1 "mtc-trigger: requests: record 1: $url: impi: found j@ims, expected i@ims" plain
}

@test "a Unix socket, and a token" {
	with_answers 1
	echo 't0ken.of~the+naf/= mtc.example.org' >token
	chmod 600 token
	bsf_plain --unix sock --token 't0ken.of~the+naf/='
	url=unix:sock
	does plain --token-file token
	same_octets out responses
	fails 1 'mtc-trigger: requests: record 1: unix:sock: no token (401)' \
	    plain
}

# refused WORDS NODE_OPTION...: the one request is, by the BSF
refused() {
	bsf_plain "${@:2}"
	fails "${expected:-1}" "mtc-trigger: requests: record 1: $url: $1" plain
	stop_bsf
}

@test "what the BSF refuses, in its words" {
	with_answers 1
	refused 'no such user (404)' --do problem --code 404 \
	    --detail 'no such user'
	refused 'a?b (403)' --do problem --code 403 --detail $'a\eb'
	refused 'title (500)' --do problem --code 500
	refused 'it redirects, which is not followed (307)' --do redirect
}

@test "what is no answer costs its request" {
	with_answers 1
	expected=3
	refused 'the body is no JSON, at octet 1' --do garbage
	refused 'the body is no JSON, at octet 0' --do empty
	expected=1
	refused 'found an answer of more than 16384 octets' --do endless
	with_answers 3
	bsf_plain --do same
	try plain
	same status "$status" 1
	same complaints "$(<err)" "$(for n in 2 3; do
		echo "mtc-trigger: requests: record $n: $url: gbaPushInfo: found a RAND that was given before, expected a new one"
	done)"
	same answers "$(gpi-show -j out | values p_tid)" t0
}

# asked_again WHY NODE_OPTION...: and then all is well
asked_again() {
	bsf_plain "${@:2}"
	try plain --timeout 1
	# a connection that is dropped while octets wait is reset
	same stderr "$(sed 's/Connection reset by peer/closed by the server/' \
	    err)" \
	    "mtc-trigger: $url: $1; what has no answer is asked again"
	same status "$status" 0
	same_octets out responses
	stop_bsf
}

@test "what is lost is asked again" {
	with_answers 3
	asked_again 'overloaded (503)' --do busy
	asked_again 'INTERNAL_ERROR' --do reset=2
	asked_again 'INTERNAL_ERROR' --do cut
	asked_again 'closed by the server' --do drop=2
	asked_again 'no answer within 1 s' --do silent
	bsf_plain --do goaway
	does plain
	same_octets out responses
}

@test "a BSF that never answers is given up, one that never answers one is not" {
	with_answers 3
	bsf_plain --do busy=1000 --after 1
	ends 4 "mtc-trigger: $url: overloaded (503); what has no answer is asked again" \
	    plain --retry-for 1
	same 'the end' "${complaints[1]}" "mtc-trigger: $url: overloaded (503)"
	nothing_in out
	stop_bsf
	bsf_plain --do never=t1
	try plain --retry-for 1
	same status "$status" 1
	same complaints "$(sort -u err)" "mtc-trigger: $url: HSS away (503); what has no answer is asked again
mtc-trigger: requests: record 2: $url: HSS away (503)"
	same answers "$(gpi-show -j out | values p_tid | words)" 't0 t2'
	stop_bsf
	with_answers 1
	bsf_plain --do reset=1000
	ends 1 "mtc-trigger: $url: INTERNAL_ERROR; what has no answer is asked again" \
	    plain
	same 'the end' "${complaints[1]}" "mtc-trigger: requests: record 1: $url: asked 3 times: INTERNAL_ERROR"
}

@test "nobody there, no HTTP/2, no TLS" {
	with_answers 1
	url=http://127.0.0.1:9
	fails 4 "mtc-trigger: $url: Connection refused" plain
	bsf_plain --do raw
	ends 4 "mtc-trigger: $url: it breaks the rules of HTTP/2; what has no answer is asked again" \
	    plain
	same 'the end' "${complaints[1]}" \
	    "mtc-trigger: $url: it breaks the rules of HTTP/2"
	url=https://127.0.0.1:$port
	fails 4 "mtc-trigger: $url: tls: it does not speak TLS" ask
	stop_bsf
	bsf_node --http1
	fails 4 "mtc-trigger: $url: tls: it does not speak HTTP/2 (ALPN h2)" \
	    ask
}

@test "certificates, of both ends" {
	with_answers 1
	cert=elsewhere
	bsf_node
	fails 4 "mtc-trigger: $url: tls: its certificate is for another address" \
	    ask
	stop_bsf
	cert=here
	bsf_node
	url=https://localhost:$port
	asks
	url=https://127.0.0.1:$port
	try mtc-trigger ask --bsf "$url" --ca "$BATS_FILE_TMPDIR/ca.pem" \
	    requests
	same status "$status" 4
	try mtc-trigger ask --bsf "$url" --ca "$BATS_FILE_TMPDIR/other.pem" \
	    requests
	same stderr "$(<err)" "mtc-trigger: $url: tls: its certificate comes from an authority that is not trusted; see --ca"
	mkdir -p none
	SSL_CERT_FILE=$PWD/none/x SSL_CERT_DIR=$PWD/none \
	    try mtc-trigger ask --bsf "$url" requests
	same stderr "$(<err)" "mtc-trigger: $url: tls: its certificate comes from an authority that is not trusted; see --ca"
	same status "$status" 4
	SSL_CERT_FILE=$BATS_FILE_TMPDIR/ca.pem does mtc-trigger ask \
	    --bsf "$url" --cert "$BATS_FILE_TMPDIR/naf.pem" \
	    --key "$BATS_FILE_TMPDIR/naf.key" requests
	same_octets out responses
}

@test "what a busy BSF has refused is asked again over TLS while all is quiet" {
	with_answers 1
	bsf_node --do busy
	try timeout 20 mtc-trigger ask --bsf "$url" --timeout 60 \
	    --cert "$BATS_FILE_TMPDIR/naf.pem" --ca "$BATS_FILE_TMPDIR/ca.pem" \
	    --key "$BATS_FILE_TMPDIR/naf.key" requests
	same status "$status" 0
	same_octets out responses
}

@test "options that do not fit" {
	with_answers 1
	certs=$BATS_FILE_TMPDIR
	url=http://127.0.0.1:9
	fails 2 "mtc-trigger: $url: without TLS the keys are for all to read; only with --insecure, and to this machine" \
	    mtc-trigger ask --bsf $url
	url=http://192.0.2.1
	fails 2 "mtc-trigger: $url: without TLS the keys are for all to read; only with --insecure, and to this machine" plain
	fails 2 'mtc-trigger: unix:a: without TLS, only with --insecure' \
	    mtc-trigger ask --bsf unix:a
	fails 2 'mtc-trigger: --insecure: https://127.0.0.1 has TLS' \
	    mtc-trigger ask --bsf https://127.0.0.1 --insecure
	url=http://localhost
	fails 2 'mtc-trigger: --cert, --key and --ca are for https://' \
	    plain --ca x
	fails 2 'mtc-trigger: cat: expected https://HOST[:PORT]' \
	    mtc-trigger ask --bsf cat
	fails 2 'mtc-trigger: https://a/?b: found a character that no path has' \
	    mtc-trigger ask --bsf 'https://a/?b'
	fails 2 'mtc-trigger: give --cert and --key, or neither' \
	    mtc-trigger ask --bsf https://a --cert "$certs/naf.pem"
	fails 3 "mtc-trigger: $certs/naf.key: found no certificate in PEM" \
	    mtc-trigger ask --bsf https://a --cert "$certs/naf.key" \
	    --key "$certs/naf.key"
	fails 3 "mtc-trigger: $certs/here.key: found no private key in PEM without a password, or not that of the certificate" \
	    mtc-trigger ask --bsf https://a --cert "$certs/naf.pem" \
	    --key "$certs/here.key"
	fails 4 'mtc-trigger: nowhere: No such file or directory' \
	    mtc-trigger ask --bsf https://a --ca nowhere
	(umask 077 && echo '"' >token)
	fails 3 'mtc-trigger: token: found no bearer token, expected one as its first word' \
	    mtc-trigger ask --bsf https://a --token-file token
	: >requests
	says '' plain
	cbor 'request(naf_id=naf("naf"))' >requests
	fails 1 'mtc-trigger: requests: record 1: naf_id: found naf, expected an FQDN of two labels or more, the last of letters' plain
}

@test "a signal ends it" {
	with_answers 1
	bsf_plain --do silent=1000
	mtc-trigger ask --bsf "$url" --insecure requests >out 2>err 3>&- &
	pid=$!
	await has_line '"request"' bsf
	status=0
	kill -TERM $pid && wait $pid || status=$?
	same status "$status" 4
	same stderr "$(<err)" 'mtc-trigger: stopped by a signal'
}
