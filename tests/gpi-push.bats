# gpi-push.bats: step 405, the GPI leaves, and nothing else.

load helper

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	: >device
}

# pushed [FIELD=EXPRESSION...] [-- ...]: responses to go into the file ./device
pushed() {
	local arg args=('ue_trp="file:device"')

	for arg; do
		args+=("$arg")
		[ "$arg" != -- ] || args+=('ue_trp="file:device"')
	done
	response "${args[@]}"
}

# genuine [N]: its GPI, N times
genuine() {
	local n

	row gpi.csv name full
	for ((n = 0; n < ${1:-1}; n++)); do
		unhex "$row_gpi"
	done
}

reports() {
	gpi-show -j report | sed 's/"type":"report",//; s/"time":[0-9]*,//'
}

@test "the GPI and nothing else of a response, to ue_trp" {
	pushed | does gpi-push
	nothing_in out
	genuine | same_octets device -
	pushed | does gpi-push
	genuine 2 | same_octets device -
}

@test "--to: a file, instead of each ue_trp" {
	pushed -- ue_trp=None | does gpi-push --to file:other
	genuine 2 | same_octets other -
	mode other 600
	nothing_in device
}

@test "an address in a record makes no file, and opens no device" {
	for uri in file: sms-pdu:; do
		pushed "ue_trp='${uri}new'" |
		    fails 1 "gpi-push: record 1: ${uri}new: is not there, and the address in a record makes no file" \
		    gpi-push --retry-for 5
		[ ! -e new ]
	done
	pushed 'ue_trp="file:/dev/null"' |
	    fails 1 'gpi-push: record 1: file:/dev/null: a device, not a file' gpi-push
}

@test "--to -: to stdout, in order; as text and JSON, too" {
	pushed 'p_tid="a"' -- >responses
	does gpi-push --to - responses
	genuine 2 | same_octets out -
	does gpi-push --to - -j responses
	same types "$(values type <out | words)" 'gpi gpi'
	does gpi-push --to - -o gpis responses
	genuine 2 | same_octets gpis -
	nothing_in out
}

@test "no key of the response leaves" {
	pushed >response
	for format in '' -j -js -ts; do
		# shellcheck disable=SC2086
		does gpi-push --to - $format response
		lacks 'nnnnnnnn|6e6e6e6e6e6e6e6e' out
	done
}

@test "a response without ue_trp goes nowhere without --to" {
	pushed ue_trp=None -- |
	    ends 1 'gpi-push: record 1: the response has no ue_trp; give --to URI' gpi-push
	genuine | same_octets device -
}

@test "an address that nothing here knows" {
	local known='udp://, tcp://, unix:, file:, coap://, smpp://, smpps:// or sms-pdu:'

	for uri in x mtc.example.org 491700000001@smsc; do
		pushed "ue_trp='$uri'" |
		    fails 1 "gpi-push: record 1: ue_trp: '$uri' is not a known transport; use $known" gpi-push
		fails 2 "gpi-push: --to: '$uri' is not a known transport; use $known" \
		    gpi-push --to "$uri" /dev/null
	done
	fails 2 "gpi-push: --to: '' is not a known transport; use $known" gpi-push --to '' /dev/null
	while IFS='|' read -r uri hint; do
		pushed "ue_trp='$uri'" >response
		fails 2 "gpi-push: --to: '$uri' is not a known transport; $hint" \
		    gpi-push --to "$uri" response
		[[ $uri = sms:* ]] || fails 1 "gpi-push: response: record 1: ue_trp: '$uri' is not a known transport; $hint" \
		    gpi-push response
	done <<-.
	sms:+491700000001|an SMSC or a modem sends short messages; use smpp://[SYSTEM_ID@]HOST[:PORT] or sms-pdu:PATH
	+491700000001|a device with a number is sms:NUMBER, in its ue_trp
	tel:+491700000001|a device with a number is sms:NUMBER, in its ue_trp
	HTTP://mtc.example.org/|another program has to speak HTTP: gpi-push --to -
	mqtts://broker/meter-7|another program has to speak MQTT: gpi-push --to -
	coaps://192.0.2.7|a GPI is protected without DTLS; use coap://
	./device|for a path use unix:PATH, file:PATH or sms-pdu:PATH
	udp:127.0.0.1:7|use udp://127.0.0.1:7
	tcp:/127.0.0.1:7|use tcp://127.0.0.1:7
	192.0.2.7:7100|put its scheme before it, as udp://192.0.2.7:7100
	[2001:db8::7]:7100|put its scheme before it, as udp://[2001:db8::7]:7100
	meter-7:7100|put its scheme before it, as udp://meter-7:7100
	.
	pushed 'ue_trp="sms:+491700000001"' |
	    fails 1 'gpi-push: record 1: sms:+491700000001: needs an SMSC or a modem: --via sms=smpp://... or --via sms=sms-pdu:...' gpi-push
}

@test "--via: a mixed fleet in one run" {
	pushed 'ue_trp="sms:+491700000001"' -- 'p_tid="two"' -- \
	    'p_tid="three", ue_trp="Topic:meter-7"' -- 'p_tid="four", ue_trp="sms"' |
	    fails 1 "gpi-push: record 4: ue_trp: 'sms' is not a known transport; use udp://, tcp://, unix:, file:, coap://, smpp://, smpps:// or sms-pdu:" \
	    gpi-push --via sms=sms-pdu:modem --via topic=file:broker \
	    --report report
	same reports "$(reports | pick p_tid ue_trp state | words)" \
	    '[one,sms:+491700000001,sent] [two,file:device,sent] [three,file:broker,sent] [four,sms,failed]'
	genuine | same_octets broker -
	genuine | same_octets device -
	# the number in a TP-DA: 12 digits, international, and then swapped
	grep -q 0c91947100000010 modem || { cat modem; false; }
}

@test "--via: called wrongly" {
	for via in sms =file:x sms=-; do
		fails 2 "gpi-push: --via: '$via' is not SCHEME=URI, as sms=smpp://mtc@smsc.example.org" \
		    gpi-push --via "$via" /dev/null
	done
	fails 2 'gpi-push: --via: SMS is given twice' \
	    gpi-push --via sms=file:a --via SMS=file:b /dev/null
	fails 2 "gpi-push: --via: 'x' is not a known transport; use udp://, tcp://, unix:, file:, coap://, smpp://, smpps:// or sms-pdu:" \
	    gpi-push --via sms=x /dev/null
	fails 2 'gpi-push: give --to or --via, not both' \
	    gpi-push --to file:a --via sms=file:b /dev/null
}

@test "what is no response costs itself alone" {
	(cbor 'request()' '1'; pushed 'gpi=b"\x00"' --) |
	    ends 3 'gpi-push: record 1: type: found request, expected response' \
	    gpi-push --to -
	genuine | same_octets out -
	same complaints "$(sed -n '2,$p' err)" \
	    'gpi-push: record 2: not a record of these programs
gpi-push: record 3: gpi: not a GPI'
}

@test "--report: sent with each GPI that left" {
	pushed -- 'p_tid="two"' |
	    does gpi-push --now $NOW --report report
	mode report 600
	same reports "$(reports)" '{"p_tid":"one","ue_id":"meter-7","ue_trp":"file:device","state":"sent"}
{"p_tid":"two","ue_id":"meter-7","ue_trp":"file:device","state":"sent"}'
	same time "$(field time report | uniq)" $NOW
	pushed | does gpi-push --to file:other --report report
	same reports "$(reports | tail -n 1)" \
	    '{"p_tid":"one","ue_id":"meter-7","ue_trp":"file:other","state":"sent"}'
}

@test "--report: failed with the reason, the others go on" {
	pushed 'ue_trp="unix:nobody"' -- 'p_tid="two"' |
	    try gpi-push --report report
	same 'first line' "$(<err)" \
	    'gpi-push: record 1: unix:nobody: No such file or directory'
	same reports "$(reports | sort)" '{"p_tid":"one","ue_id":"meter-7","ue_trp":"unix:nobody","state":"failed","detail":"unix:nobody: No such file or directory"}
{"p_tid":"two","ue_id":"meter-7","ue_trp":"file:device","state":"sent"}'
}

@test "a device that cannot be reached is status 1, and the others go on" {
	try gpi-push < <(pushed 'ue_trp="unix:nobody"' --)
	same 'lines of stderr' "$(lines_in err)" 1
	genuine | same_octets device -
	same status "$status" 1
}

@test "--to: no HOST:PORT" {
	for where in '' 127.0.0.1 :7; do
		pushed | try gpi-push --to "udp://$where"
		same lines "$(lines_in err)" 1
		nothing_in out
	done
}

@test "a report file that cannot be: nothing is sent" {
	pushed | fails 4 'gpi-push: none/report: No such file or directory' \
	    gpi-push --report none/report
	nothing_in device
}

@test "a device that is full" {
	pushed | fails 4 'gpi-push: /dev/full: No space left on device' \
	    gpi-push --to file:/dev/full
}

@test "--report: nothing is sent where the GPIs cannot be written" {
	pushed >responses
	status=0
	gpi-push --to - --report report responses >/dev/full 2>err || status=$?
	same status "$status" 4
	same stderr "$(<err)" \
	    'gpi-push: standard output: No space left on device'
	same octets "$(stat -c %s report)" 0
}
