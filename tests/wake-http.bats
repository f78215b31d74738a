# wake-http.bats: BSFs of mtc-trigger wake over HTTP/2: ours, and a foreign one
# that does what it should not.

load helper
load delivery
load wake
load ask

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	certs=$BATS_FILE_TMPDIR
}

teardown() {
	local one

	for one in "$server" "${bsf_pid:-}" "${ours:-}"; do
		[ -z "$one" ] || { kill "$one" && wait "$one"; } || true
	done
}

# bsf_ours [OPTION...]: bsf-serve with TLS, as $ours, which wake will ask
bsf_ours() {
	command -v bsf-serve >/dev/null || skip 'built without libnghttp2'
	bsf-serve --hss hss.db --bsf $BSF --now $NOW --listen 127.0.0.1:0 \
	    --cert "$certs/here.pem" --key "$certs/here.key" \
	    --client-ca "$certs/ca.pem" "$@" 2>ours.err 3>&- &
	ours=$!
	await has_line 'listening on' ours.err
	bsf=https://$(sed -n 's/.*: listening on //p' ours.err)
	as_naf=(--ca "$certs/ca.pem" --cert "$certs/naf.pem"
	    --key "$certs/naf.key")
}

@test "one line, a BSF on the network, and a device has sent its data" {
	elements
	bsf_ours
	serve
	there
	does wake --indication report --time 30 -j "${as_naf[@]}"
	wait $device
	nothing_in device.err
	same 'its end' "$(ended <out)" 'meter-7 connected' ||
	    same 'its end' "$(values ue_id state <out | words)" \
	    'meter-7 connected'
	await test -s lines
	same data "$(values state data <lines | words)" 'connected 42\n'
	says 1 sa-store count -d mtc.db
}

@test "a BSF on the network refuses one of two" {
	elements
	absent pump-1 unix:dev
	echo "$NAF 0100000007 meter-7" >allow
	bsf_ours --allow allow
	serve
	there
	try wake --ue-id pump-1 "${as_naf[@]}"
	wait $device
	same status "$status" 1
	same 'its words' "$(grep -c "^mtc-trigger: pump-1: $bsf: .*([0-9]*)$" \
	    err)" 1
	has_line 'mtc-trigger: pump-1: failed: the BSF gave no answer' err
	same kept "$(kept)" 'meter-7 connected pump-1 failed'
	says 1 sa-store count -d mtc.db
}

# wakes STATUS LINE...: the foreign BSF is asked for o0, and that comes of it
wakes() {
	local expected=$1

	bsf=$url
	try wake --p-tid o0 --insecure --timeout 3
	same status "$status" "$expected"
	complains "${@:2}" 'mtc-trigger: meter-7: failed: the BSF gave no answer'
	says 0 sa-store count -d mtc.db
	stop_bsf
}

@test "foreign BSFs: one refuses, one lies, one is none" {
	elements
	many 1 o >requests
	gen requests | gpi-sign >responses
	gpi-show -j -s responses >answers
	bsf_plain --do problem --code 404 --detail 'no such user'
	wakes 1 "mtc-trigger: meter-7: $url: no such user (404)"
	empty mtc.db
	device
	bsf_plain --do garbage
	wakes 3 "mtc-trigger: meter-7: $url: the body is no JSON, at octet 1"
	empty mtc.db
	device
	bsf_plain --do silent=9
	wakes 4 "mtc-trigger: bsf: $url was still running after 3 s"
	empty mtc.db
	device
	serve
	there
	bsf_plain
	bsf=$url
	does wake --p-tid o0 --insecure
	wait $device
}

@test "options of a BSF over HTTP, for a command" {
	elements
	fails 2 'mtc-trigger: --cert, --key, --token-file and --insecure are for --bsf https://' \
	    wake --token-file token
}
