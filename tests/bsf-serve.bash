# bsf-serve.bash: the BSF on the network, bsf-serve, and NAFs that ask it by curl.
# shellcheck shell=bash disable=SC2154,SC2034

load certificates

REQUESTS=/nbsp-gba/v1/push-info-retrieval
TOKEN=0123456789abcdef.naf

# need_bsf: the programs that the tests need, or the test is skipped
need_bsf() {
	command -v bsf-serve >/dev/null || skip 'built without libnghttp2'
	command -v curl >/dev/null || skip 'curl is not there'
}

# certificates: ca.pem, and NAME.pem and NAME.key of the BSF and two NAFs
certificates() {
	once certificates make_certificates
}

make_certificates() {
	local name fqdn

	authority ca
	while read -r name fqdn; do
		certificate "$name" ca "$fqdn" "$NAF"
	done <<-.
	bsf DNS:localhost,IP:127.0.0.1
	naf DNS:other.example.org,DNS:$NAF
	rogue DNS:rogue.example.org,DNS:*.example.org
	nameless DNS:*.example.org
	.
}

# bsf [OPTION...]: the server without TLS, as $pid at $at; what it says is in
# ./serve.err
bsf() {
	bsf_at --listen 127.0.0.1:0 --insecure "$@"
	url=http://$at$REQUESTS
	curl=(curl -sS --http2-prior-knowledge)
}

# secure_bsf [OPTION...]: the same with TLS; NAF has naf.pem
secure_bsf() {
	bsf_at --listen 127.0.0.1:0 --cert bsf.pem --key bsf.key "$@"
	url=https://$at$REQUESTS
	curl=(curl -sS --http2 --cacert ca.pem)
	naf=(--cert naf.pem --key naf.key)
}

bsf_at() {
	: >serve.err
	bsf-serve --hss "${HSS:-hss.db}" --bsf $BSF --now "${AT:-$NOW}" "$@" \
	    2>serve.err 3>&- 8>&- &
	pid=$!
	await listening serve.err
	at=$(sed -n 's/.*: listening on //p' serve.err)
}

# stop_bsf: it ends at once, and well
stop_bsf() {
	kill "$pid"
	status=0
	wait "$pid" || status=$?
	same 'status of the BSF' "$status" 0
}

# ask_json [MEMBER=JSON...]: a request for meter-7; a member without JSON is not
# there
ask_json() {
	jq -cn '{ ueId: "meter-7", ueIdType: "PUBLIC", uiccAppLabel: "",
	    nafId: { nafFqdn: "'$NAF'", uaSecProtId: "0100000007" },
	    ptId: "one", uiccOrMe: "GBA_ME",
	    requestedLifeTime: "2027-01-15T09:00:00Z" } |
	    reduce $ARGS.positional[] as $m (.; ($m | index("=")) as $at |
	    if $m[$at + 1:] == "" then delpaths([[$m[:$at]]])
	    else .[$m[:$at]] = ($m[$at + 1:] | fromjson) end)' --args "$@"
}

# ask BODY [OPTION OF CURL...]: POST it; the answer is ./answer, its headers
# ./headers, and its status $code
ask() {
	code=$("${curl[@]}" "${@:2}" -H 'content-type: application/json' \
	    --data-binary "$1" -o answer -D headers -w '%{http_code}' "$url")
}

# answers CODE [TEXT]: the last answer is that, its detail TEXT
answers() {
	same code "$code" "$1" || { cat answer; false; }
	[ -n "${2:-}" ] || return 0
	same detail "$(jq -r .detail answer)" "$2"
	same 'status within' "$(jq .status answer)" "$1"
	has_line 'content-type: application/problem+json' headers
}

# gpi_of FILE: the GPI in an answer, as octets
gpi_of() {
	jq -r .gbaPushInfo "$1" | xxd -r -p
}
