# bsf-serve.bats: the BSF on the network, Nbsp_GBA of TS 29.309.

load helper
load bsf-serve

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	need_bsf
}

TRIGGER='mtcTrigger={"indication":2,"time":30}'

@test "the device opens the GPI of an answer, with the trigger" {
	elements
	bsf
	ask "$(ask_json "$TRIGGER" 'unknownMember=[1]' 'gsIds=[9]')"
	answers 200
	has_line 'content-type: application/json' headers
	has_line 'cache-control: no-store' headers
	same members "$(jq -c keys_unsorted answer)" \
	    '["meKeyMaterial","gbaPushInfo","keyExpiryTime","bootstrappingInfoCreationTime","gbaType"]'
	same times "$(jq -r '.keyExpiryTime, .gbaType' answer | words)" \
	    '2027-01-15T09:00:00Z 3G_GBA'
	gpi_of answer >gpi
	does recv gpi
	gpi-show -ts out >accepted
	same trigger "$(value trigger_ind <accepted) $(value trigger_time <accepted)" \
	    '2 30'
	same P-TID "$(value ul_sa_id <accepted)" one
	same Ks_NAF "$(value ks_naf <accepted)" "$(jq -r .meKeyMaterial answer)"
	same SQN "$(sqn)" 33
	nothing_in <(grep -v listening serve.err)
	stop_bsf
}

@test "without mtcTrigger it is plain GBA Push" {
	elements
	bsf
	ask "$(ask_json)"
	answers 200
	gpi_of answer >gpi
	does recv gpi
	lacks trigger <(gpi-show -t out)
}

@test "GBA_U, private identities, and a lifetime that is too long" {
	elements
	bsf --max-lifetime 600
	ask "$(ask_json 'uiccOrMe="GBA_U"' gbaUAware=true)"
	answers 200
	same life "$(jq -r .keyExpiryTime answer)" 2027-01-15T08:10:00Z
	gpi_of answer >gpi
	does recv gpi
	gpi-show -ts out >accepted
	same keys "$(value ks_naf <accepted) $(value ks_int_naf <accepted)" \
	    "$(jq -r '.meKeyMaterial + " " + .uiccKeyMaterial' answer)"
	ask "$(ask_json 'uiccOrMe="GBA_U"' "ueId=\"$IMPI\"" \
	    'ueIdType="PRIVATE"' privateIdRequest=true)"
	answers 200
	same 'key of the UICC' "$(jq .uiccKeyMaterial answer)" null
	same impi "$(jq -r .impi answer)" $IMPI
}

@test "what is wrong with a request, and its status" {
	elements
	bsf
	local post=(-H 'content-type: application/json' -d '{}') n=0
	# problem CODE DETAIL [OPTION OF CURL...]
	problem() {
		code=$("${curl[@]}" "${@:3}" -o answer -D headers \
		    -w '%{http_code}')
		answers "$1" "$2"
		has_line "refused: $1: $2" serve.err ||
		    has_line "$1: $2" serve.err
		n=$((n + 1))
	}
	problem 404 "no such resource; there is $REQUESTS" \
	    "${post[@]}" "http://$at/nbsp-gba/v1"
	problem 501 'this BSF answers GBA Push alone' "${post[@]}" \
	    "http://$at/nbsp-gba/v1/bootstrapping-info-retrieval"
	problem 405 'method: found GET, expected POST' "$url"
	has_line 'allow: POST' headers
	problem 411 'the request has no content-length' -X POST \
	    -H 'content-type: application/json' -T - "$url" <<<'{}'
	problem 415 'content-type: expected application/json' -d '{}' "$url"
	head -c 20000 /dev/zero | tr '\0' ' ' >long
	problem 413 'the body is longer than 16384 octets' "${post[@]:0:2}" \
	    --data-binary @long "$url"
	head -c 3000000 /dev/zero >longest
	"${curl[@]}" "${post[@]:0:2}" --data-binary @longest "$url" || true
	same 'too long' "$(grep -c '413: the body is' serve.err)" 2
	n=$((n + 1))
	problem 431 'the headers are longer than 8192 octets' "${post[@]}" \
	    -H "x: $(head -c 9000 long | tr ' ' x)" "$url"
	problem 400 'the body is no JSON, at octet 1' "${post[@]:0:2}" -d x \
	    "$url"
	problem 400 'ueId: found nothing, expected it in the body' \
	    "${post[@]}" "$url"
	same 'the member' "$(jq -r '.cause, .invalidParams[0].param' answer |
	    words)" 'MANDATORY_IE_MISSING /ueId'
	ask "$(ask_json 'requestedLifeTime="2027-01-15T08:00:00Z"')"
	answers 400 "key_lt: found $NOW (2027-01-15T08:00:00Z), expected a later time than now"
	ask "$(ask_json 'ueId="meter-8"')"
	answers 404 'the HSS has no such subscriber'
	ask "$(ask_json "nafId={\"nafFqdn\":\"$BSF\",\"uaSecProtId\":\"0100000007\"}")"
	answers 403 "naf_id: found the BSF's own name $BSF, expected a NAF's"
	ask "$(ask_json "auts=\"$(printf %028d 0)\"" "rand=\"$(printf %032d 0)\"")"
	answers 400 'auts: MAC-S does not match'
	same SQN "$(sqn)" 0
	same 'all are told' "$(grep -c ' from 127.0.0.1:' serve.err)" $((n + 4))
	ask "$(ask_json)"
	answers 200
}

@test "the allow file says which NAF may ask for which device" {
	elements
	echo "$NAF 0100000007 pump-*" >allow
	bsf --allow allow
	ask "$(ask_json)"
	answers 403 "naf_id: the allow file does not let $NAF/0100000007 ask for meter-7"
}

@test "the NAF is who its certificate says" {
	elements
	certificates
	secure_bsf --client-ca ca.pem
	for version in '--tlsv1.3' '--tls-max 1.2'; do
		# shellcheck disable=SC2086	# words
		ask "$(ask_json)" "${naf[@]}" $version
		answers 200
	done
	ask "$(ask_json)" --cert rogue.pem --key rogue.key
	answers 403 "naf_id: found $NAF, expected a name of the client's certificate"
	ask "$(ask_json)" --cert nameless.pem --key nameless.key
	answers 403 "naf_id: found $NAF, but the client's certificate has no dNSName of a NAF"
	try ask "$(ask_json)"
	[ "$status" != 0 ]
	await has_line 'tls: it shows no certificate' serve.err
	try "${curl[@]}" --http1.1 "${naf[@]}" "$url"
	[ "$status" != 0 ]
	await has_line 'tls: it does not speak HTTP/2 (ALPN h2)' serve.err
	same SQN "$(sqn)" 66
	stop_bsf
}

@test "or its token" {
	elements
	certificates
	(umask 077 && printf '%s\n' '# tokens' "$TOKEN $NAF" \
	    'another-0123456789 other.example.org' >tokens)
	secure_bsf --token-file tokens
	bearer() { ask "$(ask_json)" -H "authorization: $1"; }
	bearer "Bearer $TOKEN"
	answers 200
	for wrong in Bearer "Bearer ${TOKEN%?}" "Bearer ${TOKEN}x" "$TOKEN" \
	    "Bearer $(printf x%.0s {1..600})"; do
		bearer "$wrong"
		answers 401 'authorization: no such token'
	done
	has_line 'www-authenticate: Bearer' headers
	ask "$(ask_json)"
	answers 401 'authorization: expected a bearer token'
	bearer 'Bearer another-0123456789'
	answers 403 "naf_id: found $NAF, expected other.example.org of the token"
	lacks "$TOKEN|another" serve.err
	stop_bsf
	# and with both, either; a token says more
	secure_bsf --token-file tokens --client-ca ca.pem
	ask "$(ask_json)" "${naf[@]}"
	answers 200
	for wrong in wrong-0123456789 "$(printf x%.0s {1..600})"; do
		ask "$(ask_json)" "${naf[@]}" -H "authorization: Bearer $wrong"
		answers 401 'authorization: no such token'
	done
	ask "$(ask_json)" "${naf[@]}" -H "authorization: Bearer $TOKEN" \
	    -H 'authorization: Bearer another-0123456789'
	answers 401 'authorization: found it 2 times, expected it once'
}

@test "resynchronisation with RAND and AUTS" {
	subscriber meter-7 $IMPI --sqn 5000000
	card
	hss-store set -d hss.db --impi $IMPI --sqn 0
	bsf
	ask "$(ask_json "$TRIGGER")"
	answers 200
	gpi_of answer >gpi
	try recv --sync-failures sync gpi
	same status "$status" 1
	gpi-show -ts sync >failure
	ask "$(ask_json "$TRIGGER" 'ptId="two"' \
	    "rand=\"$(value rand <failure)\"" "auts=\"$(value auts <failure)\"")"
	answers 200
	gpi_of answer >gpi
	does recv gpi
	[ "$(sqn)" -gt 5000000 ]
}

@test "at a socket of Unix, whose file an earlier run has left" {
	elements
	bsf_at --listen unix:socket --insecure
	same 'where it listens' "$at" unix:socket
	curl=(curl -sS --http2-prior-knowledge --unix-socket socket)
	url=http://localhost$REQUESTS
	ask "$(ask_json)"
	answers 200
	kill -KILL "$pid"
	wait "$pid" || true
	bsf_at --listen unix:socket --insecure	# where the last one was
	ask "$(ask_json)"
	answers 200
	stop_bsf
	[ ! -e socket ]
}

@test "options that are wrong" {
	elements
	certificates
	printf '%s\n' "short $NAF" >tokens
	printf '%s\n' "$TOKEN $NAF" "$TOKEN other.example.org" >twice
	chmod 600 tokens twice
	wrong() {
		fails "$1" "bsf-serve: $2" bsf-serve --hss hss.db --bsf $BSF \
		    "${@:3}"
	}
	wrong 2 'missing option: --cert FILE; or --insecure, on this machine alone' \
	    --listen 127.0.0.1:0
	wrong 2 'missing option: --key FILE; or --insecure, on this machine alone' \
	    --listen 127.0.0.1:0 --cert bsf.pem
	wrong 2 'give --client-ca FILE, --token-file FILE or both: who the NAFs are' \
	    --listen 127.0.0.1:0 --cert bsf.pem --key bsf.key
	wrong 2 '--insecure: 0.0.0.0:0 is no address of this machine alone: 127.0.0.1, [::1] or unix:PATH' \
	    --listen 0.0.0.0:0 --insecure
	wrong 2 '--insecure goes without --cert, --key and --client-ca' \
	    --listen 127.0.0.1:0 --insecure --cert bsf.pem
	wrong 2 '--listen: unix:PATH is without TLS; give --insecure' \
	    --listen unix:socket
	wrong 3 'twice: line 2: TOKEN: found one that an earlier line has, expected another' \
	    --listen 127.0.0.1:0 --insecure --token-file twice
	wrong 3 'tokens: line 1: TOKEN: expected 16 to 256 letters, digits and - . _ ~ + / with = at the end' \
	    --listen 127.0.0.1:0 --insecure --token-file tokens
	chmod 600 ca.pem
	wrong 3 'ca.pem: found no private key in PEM without a password, or not that of the certificate' \
	    --listen 127.0.0.1:0 --cert bsf.pem --key ca.pem --client-ca ca.pem
	openssl pkey -in bsf.key -aes128 -passout pass:x -out locked.key
	chmod 600 locked.key
	wrong 3 'locked.key: found no private key in PEM without a password, or not that of the certificate' \
	    --listen 127.0.0.1:0 --cert bsf.pem --key locked.key \
	    --client-ca ca.pem
	wrong 3 'tokens: found no certificate in PEM' \
	    --listen 127.0.0.1:0 --cert tokens --key bsf.key --client-ca ca.pem
	wrong 4 'none: No such file or directory' \
	    --listen 127.0.0.1:0 --cert bsf.pem --key bsf.key --client-ca none
	fails 4 "bsf-serve: none: No such file or directory" bsf-serve \
	    --hss none --bsf $BSF --listen 127.0.0.1:0 --insecure
}

# ---- a judge that is not ours ----

# open_api: the documents of $GBA_OPENAPI in ./documents; what they refer to and
# is not there, is any object
open_api() {
	local file name

	[ -n "${GBA_OPENAPI:-}" ] ||
	    skip 'GBA_OPENAPI names no directory with the OpenAPI of TS 29.309'
	PATH=$BUILD/peers/node_modules/.bin:$PATH
	command -v prism >/dev/null || skip 'prism (npm) is not there'
	mkdir documents
	cp "$GBA_OPENAPI"/*.yaml documents
	grep -ohE 'TS[0-9A-Za-z_]+\.yaml#/components/schemas/[A-Za-z0-9]+' \
	    documents/*.yaml | sort -u | tr '#/' '  ' |
	    while read -r file name; do
		[ ! -e "$GBA_OPENAPI/$file" ] || continue
		[ -e "documents/$file" ] || printf '%s\n' 'openapi: 3.0.0' \
		    'info: {title: none, version: "1"}' 'paths: {}' \
		    components: '  schemas:' >"documents/$file"
		echo "    ${name##* }: {type: object}" >>"documents/$file"
	done
}

@test "prism finds requests and answers as the OpenAPI document has them" {
	open_api
	elements
	bsf
	node "$TESTS/peers/relay.js" "http://$at" >relay 2>&1 3>&- &
	await test -s relay
	free_port
	prism proxy --errors -p "$port" documents/TS29309_Nbsp_GBA.yaml \
	    "http://127.0.0.1:$(<relay)/nbsp-gba/v1" >prism 2>&1 3>&- &
	await has_line 'Prism is listening' prism || { cat prism; false; }
	url=http://127.0.0.1:$port/push-info-retrieval
	curl=(curl -sS)
	ask "$(ask_json "$TRIGGER" gsIds='[9]' 'securityFeaturesRequest=["GPL_U"]')"
	answers 200
	ask "$(ask_json 'uiccOrMe="GBA_U"' gbaUAware=true privateIdRequest=true)"
	answers 200
	same 'what it has' "$(jq -c keys answer)" \
	    '["bootstrappingInfoCreationTime","gbaPushInfo","gbaType","impi","keyExpiryTime","meKeyMaterial","uiccKeyMaterial"]'
	ask "$(ask_json 'ueId="nobody"')"
	answers 404 'the HSS has no such subscriber'
	ask "$(ask_json "nafId={\"nafFqdn\":\"$BSF\",\"uaSecProtId\":\"0100000007\"}")"
	answers 403
	ask "$(ask_json "auts=\"$(printf %028d 0)\"" "rand=\"$(printf %032d 0)\"")"
	answers 400
	lacks 'VIOLATIONS|UNPROCESSABLE' prism
}
