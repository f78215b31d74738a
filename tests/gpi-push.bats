# gpi-push.bats: step 405, the GPI leaves, and nothing else.

load helper

# response [FIELD=EXPRESSION...]: one, of a GPI of gpi.csv
response() {
	python 'r = next(r for r in rows("gpi.csv") if r["name"] == "full")
r = dict(gpi=h(r["gpi"]), naf_id=naf("mtc.example.org"), key_lt=1900000000,
    p_tid="one", ue_id="meter-7", ue_trp="file:device", ks_naf=b"n" * 32)
for s in sys.argv[1:]:
    k, e = s.split("=", 1)
    r[k] = eval(e)
out.write(item(rec("response", **r)))' "$@"
}

genuine() {
	vector gpi.csv name full gpi | xxd -r -p
}

reports() {
	gpi-show -j report | jq -c 'del(.type, .time)'
}

@test "the GPI and nothing else of a response, to ue_trp" {
	response | does gpi-push
	nothing_in out
	genuine | same_octets device -
	mode device 600
	response | does gpi-push
	(genuine; genuine) | same_octets device -
}

@test "--to: a file, instead of each ue_trp" {
	(response; response ue_trp=None) | does gpi-push --to file:other
	(genuine; genuine) | same_octets other -
	[ ! -e device ]
}

@test "--to -: to stdout, in order; as text and JSON, too" {
	(response 'p_tid="a"'; response) >responses
	does gpi-push --to - responses
	(genuine; genuine) | same_octets out -
	does gpi-push --to - -j responses
	same types "$(jq -r .type out | xargs)" 'gpi gpi'
	does gpi-push --to - -o gpis responses
	(genuine; genuine) | same_octets gpis -
	nothing_in out
}

@test "no key of the response leaves" {
	response >response
	for format in '' -j -js -ts; do
		# shellcheck disable=SC2086
		does gpi-push --to - $format response
		lacks 'nnnnnnnn|6e6e6e6e6e6e6e6e' out
	done
}

@test "a response without ue_trp goes nowhere without --to" {
	(response ue_trp=None; response) |
	    ends 1 'gpi-push: record 1: the response has no ue_trp; give --to URI' gpi-push
	genuine | same_octets device -
}

@test "an address that nothing here knows" {
	local known='udp://, tcp://, unix:, file:, coap://, smpp:// or sms-pdu:'

	for uri in x mtc.example.org udp:127.0.0.1:7; do
		response "ue_trp='$uri'" |
		    fails 1 "gpi-push: record 1: ue_trp: '$uri' is not a known transport; use $known" gpi-push
		fails 2 "gpi-push: --to: '$uri' is not a known transport; use $known" \
		    gpi-push --to "$uri" /dev/null
	done
	fails 2 "gpi-push: --to: '' is not a known transport; use $known" gpi-push --to '' /dev/null
	response 'ue_trp="sms:+491700000001"' |
	    fails 1 'gpi-push: record 1: sms:+491700000001: needs an SMSC or a modem: --to smpp://... or --to sms-pdu:...' gpi-push
}

@test "what is no response costs itself alone" {
	(cbor 'request()' '1'; response 'gpi=b"\x00"'; response) |
	    ends 3 'gpi-push: record 1: type: found request, expected response' \
	    gpi-push --to -
	genuine | same_octets out -
	same complaints "$(sed -n '2,$p' err)" \
	    'gpi-push: record 2: not a record of these programs
gpi-push: record 3: gpi: not a GPI (is the file hex?)'
}

@test "--report: sent with each GPI that left" {
	(response; response 'p_tid="two"') |
	    does gpi-push --now $NOW --report report
	mode report 600
	same reports "$(reports)" '{"p_tid":"one","ue_id":"meter-7","ue_trp":"file:device","state":"sent"}
{"p_tid":"two","ue_id":"meter-7","ue_trp":"file:device","state":"sent"}'
	same time "$(field time report | uniq)" $NOW
	response | does gpi-push --to file:other --report report
	same reports "$(reports | tail -n 1)" \
	    '{"p_tid":"one","ue_id":"meter-7","ue_trp":"file:other","state":"sent"}'
}

@test "--report: failed with the reason, the others go on" {
	(response 'ue_trp="unix:nobody"'; response 'p_tid="two"') |
	    try gpi-push --report report
	same 'first line' "$(cat err)" \
	    'gpi-push: record 1: unix:nobody: No such file or directory'
	same reports "$(reports)" '{"p_tid":"one","ue_id":"meter-7","ue_trp":"unix:nobody","state":"failed","detail":"unix:nobody: No such file or directory"}
{"p_tid":"two","ue_id":"meter-7","ue_trp":"file:device","state":"sent"}'
}

@test "a device that cannot be reached is status 1, and the others go on" {
	try gpi-push < <(response 'ue_trp="unix:nobody"'; response)
	same 'lines of stderr' "$(wc -l <err)" 1
	genuine | same_octets device -
	same status "$status" 1
}

@test "--to: no HOST:PORT" {
	for where in '' 127.0.0.1 :7; do
		response | try gpi-push --to "udp://$where"
		same lines "$(wc -l <err)" 1
		nothing_in out
	done
}

@test "a report file that cannot be: nothing is sent" {
	response | fails 4 'gpi-push: none/report: No such file or directory' \
	    gpi-push --report none/report
	[ ! -e device ]
}

@test "a device that is full" {
	response | fails 4 'gpi-push: /dev/full: No space left on device' \
	    gpi-push --to file:/dev/full
}

@test "--report: nothing is sent where the GPIs cannot be written" {
	response >responses
	status=0
	gpi-push --to - --report report responses >/dev/full 2>err || status=$?
	same status "$status" 4
	same stderr "$(cat err)" \
	    'gpi-push: standard output: No space left on device'
	same octets "$(stat -c %s report)" 0
}
