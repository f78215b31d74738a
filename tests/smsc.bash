# smsc.bash: what tests have that need the SMSC simulator of peers/smsc.js,
# which is npm's smpp.
# shellcheck shell=bash disable=SC2154

peers=$TESTS/../build/peers/node_modules

# smsc [OPTION...]: the SMSC, as $smsc at 127.0.0.1:$port; its events in ./smsc
smsc() {
	[ -d "$peers/smpp" ] ||
	    skip 'npm smpp is not there (it takes node, npm and its registry)'
	: >smsc
	NODE_PATH=$peers node "$TESTS/peers/smsc.js" "$@" >smsc 2>smsc.err 3>&- &
	smsc=$!
	await test -s smsc
	read -r port <smsc
	to=smpp://mtc@127.0.0.1:$port
}

stop_smsc() {
	kill "$smsc"
	wait "$smsc" || true
	smsc=
}

# events NAME FILTER: of the SMSC
events() {
	tail -n +2 smsc | jq -r "select(.event == \"$1\") | $2"
}

# pushes STATE [DETAIL]: ./response to a number at the SMSC is reported so
pushes() {
	local uri=$to/+491700000001$query

	: >report
	try gpi-push --to "$uri" --timeout 5 --report report "${options[@]}" \
	    response
	same report "$(FROM=2 reported)" "$uri $1${2:+ $2}"
	same status "$status" "$([ "$1" = failed ] && echo 1 || echo 0)"
}

response() {
	request --indication 2 | gen | gpi-sign >response
}

# of_row NAME [NUMBER]: ./response with the GPI of that row of gpi.csv
of_row() {
	known "$1"
	python 'row = next(r for r in rows("gpi.csv") if r["name"] == sys.argv[1])
out.write(item(rec("response", gpi=h(row["gpi"]), naf_id=h(row["naf_id"]),
    key_lt=1893456000, p_tid="one", ue_id="meter-7",
    ue_trp="sms:+491700000001", ks_naf=bytes(32))))' "$1" >response
}

# answers: the statuses of all deliver_sm_resp
answers() {
	events deliver .status | xargs
}
