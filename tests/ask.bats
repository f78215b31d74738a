# ask.bats: mtc-trigger ask of a BSF that is not ours: node's http2, with the
# answers that the pipe makes.

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

@test "many requests are under way at once, over one connection" {
	with_answers 1200
	bsf_node --quiet --do reverse=100
	asks
	same connections "$(events connection .event | lines)" 1
	# what comes later, as well
	(head -c 200 requests; sleep 0.2; tail -c +201 requests) |
	    does mtc-trigger ask --bsf "$url" --ca "$BATS_FILE_TMPDIR/ca.pem" \
	    --cert "$BATS_FILE_TMPDIR/naf.pem" \
	    --key "$BATS_FILE_TMPDIR/naf.key" -o late
	same_octets late responses
}

@test "a resynchronisation, GBA_U, private identities" {
	elements
	mtc-trigger register -d mtc.db --ue-id pump-1 --ue-trp unix:dev \
	    --um u --ue-priv-id "$IMPI" --app-lbl a0000000871002ff49ff0589
	subscriber pump-1 i@ims.example.org
	request --ue-id pump-1 >requests
	gen requests | gpi-sign >responses || true
	edit 'auts=bytes(14)' 'rand=b"r" * 16' <requests >again
	mv again requests
	gpi-show -j -s responses >answers
	bsf_node
	ask || true
	events request .body
	events request '.body | fromjson | del(.ptId)'
}
