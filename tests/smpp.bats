# smpp.bats: GPIs as short messages, through the SMSC simulator of
# peers/smsc.js, which is npm's smpp, and as PDUs in lines of hex.

load helper
load delivery
load smsc

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
}

teardown() {
	[ -z "${smsc:-}" ] || kill "$smsc" 2>/dev/null || true
}

# ---- what the SMSC gets ----

@test "submit_sm: one SMS, TP-PID 0x48, 8-bit data, application port, to the octet" {
	of_row full
	smsc
	does gpi-push --to "$to" --report report response
	stop_smsc
	same report "$(reported)" 'one sms:+491700000001 sent'
	same bind "$(events bind '[.system_id, .type] | join(" ")')" \
	    'mtc bind_transmitter'
	same submit "$(events submit '[.destination_addr, .protocol_id,
	    .data_coding, .esm_class, .registered_delivery,
	    .validity_period, .short_message] | join(" ")')" \
	    "491700000001 72 4 64 0 300101000000000+ 0605043f5f3f5f$row_gpi"
}

@test "the largest GPI: two SMS or more, each with port and reference" {
	of_row largest
	smsc
	does gpi-push --to "$to" response
	stop_smsc
	events submit .short_message >parts
	python 'parts = [h(l.strip()) for l in open("parts")]
n = len(parts)
assert n > 1
for i, p in enumerate(parts):
    assert len(p) <= 140 and p[:7] == h("0b05043f5f3f5f"), p.hex()
    assert p[7:9] == h("0003") and p[9] == parts[0][9]
    assert (p[10], p[11]) == (n, i + 1)
    assert i == n - 1 or len(p) == 140
print(b"".join(p[12:] for p in parts).hex())' >joined
	same octets "$(<joined)" "$row_gpi"
}

@test "from, ports and WAP Push are as the URI says" {
	of_row full
	smsc
	does gpi-push --to "$to?from=+4912345&port=16999&from-port=16001" response
	does gpi-push --to "$to?wap=0x9081&type=0x031f" response
	stop_smsc
	same first "$(events submit '[.source_addr, .short_message] |
	    join(" ")' | head -n 1)" "4912345 060504426742413e81$row_gpi" ||
	    same first "$(events submit '[.source_addr, .short_message] |
	    join(" ")' | head -n 1)" "4912345 06050442673e81$row_gpi"
	events submit .short_message | sed -n 2p >wap
	grep -q "^0605040b8423f0" wap
	grep -q "$row_gpi\$" wap
}

# ---- from registration to data ----

@test "a device behind smpp:// is triggered and connects back" {
	subscriber && card
	smsc --route
	device meter-7 sms:+491700000001
	heard_at() { has_line '"bind_receiver"' smsc; }
	wakes --to "$to" -- "smpp://491700000001@127.0.0.1:$port"
	same report "$(FROM=2 reported)" 'sms:+491700000001 sent'
}

@test "a device behind smpp:// with WAP Push is triggered and connects back" {
	subscriber && card
	smsc --route
	device meter-7 "$to/+491700000001?wap"
	heard_at() { has_line '"bind_receiver"' smsc; }
	wakes -- "smpp://491700000001@127.0.0.1:$port"
}

@test "the largest GPI arrives, its parts out of order and one twice" {
	of_row largest
	smsc --route --shuffle --duplicate
	gpi-recv --card card --naf "$row_naf" --now $NOW --count 1 \
	    --listen "smpp://491700000001@127.0.0.1:$port" >heard 2>heard.err 3>&- &
	pid=$!
	await has_line '"bind_receiver"' smsc
	does gpi-push --to "$to" response
	wait $pid
	same gpi "$(field gpi heard)" "$row_gpi"
}

@test "a receiver whose SMSC goes away binds again" {
	elements
	response
	smsc --route
	gpi-recv --card card --naf $NAF --now $NOW --count 1 \
	    --listen "smpp://491700000001@127.0.0.1:$port" >heard 2>heard.err 3>&- &
	pid=$!
	await has_line '"bind_receiver"' smsc
	stop_smsc
	smsc --route --port "$port"
	await has_line '"bind_receiver"' smsc
	does gpi-push --to "$to/491700000001" response
	wait $pid
	same accepted "$(field type heard)" accepted
}

# receives [OPTION...]: gpi-recv, bound at the SMSC as the device
receives() {
	gpi-recv --card card --naf "${row_naf:-$NAF}" --now $NOW --count 1 "$@" \
	    --listen "smpp://491700000001@127.0.0.1:$port" >heard 2>heard.err 3>&- &
	pid=$!
	await grep -q bound heard.err
}

@test "a short message is answered once the card has it: kill -9 loses none" {
	of_row largest
	smsc --route
	receives
	exec 8<card
	flock 8	# so the card cannot be had
	does gpi-push --to "$to" response
	parts=$(events submit .status | wc -l)
	[ "$parts" -gt 1 ]
	blocked() { readlink /proc/$pid/fd/* | grep -qx "$PWD/card"; }
	await blocked
	same answers "$(answers)" ''
	kill -9 $pid
	wait $pid || true
	flock -u 8
	exec 8<&-
	receives
	wait $pid
	same gpi "$(field gpi heard)" "$row_gpi"
	await test "$(events deliver .status | wc -l)" = "$parts"
	same answers "$(answers | tr ' ' '\n' | sort -u)" 0
}

@test "a short message whose GPI the card cannot take comes again" {
	of_row largest
	smsc --route
	mkdir ro
	mv card ro
	setpriv --bounding-set=-all --inh-caps=-all "$(command -v gpi-recv)" \
	    --card ro/card --naf "$row_naf" --now $NOW \
	    --listen "smpp://491700000001@127.0.0.1:$port" >heard 2>heard.err 3>&- &
	pid=$!
	await grep -q bound heard.err
	chmod 500 ro
	does gpi-push --to "$to" response
	status=0
	wait $pid || status=$?
	same status $status 4
	same 'last line' "$(tail -n 1 heard.err)" 'gpi-recv: ro/card: Permission denied'
	nothing_in heard
	temporary() { answers | tr ' ' '\n' | grep -qx 100; }
	await temporary
	same answers "$(answers | tr ' ' '\n' | sort -u)" 100
	chmod 700 ro
	mv ro/card card
	receives
	wait $pid
	same gpi "$(field gpi heard)" "$row_gpi"
}

@test "an SMSC that delivers one by one: each GPI in parts arrives" {
	of_row largest
	smsc --route --one-by-one
	receives
	does gpi-push --to "$to" response
	wait $pid
	same gpi "$(field gpi heard)" "$row_gpi"
	same answers "$(answers | tr ' ' '\n' | sort -u)" 0
}

@test "a short message that is refused is not sent again, and who sent it is told" {
	elements
	smsc --route
	response
	receives
	does gpi-push --to "$to/491700000001?from=+4915" response
	wait $pid
	rm heard.err
	receives
	does gpi-push --to "$to/491700000001?from=+4915" response
	refused() { [ "$(wc -l <heard.err)" -gt 1 ]; }
	await refused
	kill $pid
	wait $pid
	same answers "$(answers)" '0 0'
	same line "$(tail -n 1 heard.err | cut -d: -f1-9)" \
	    "gpi-recv: 2027-01-15T08:00:00Z: smpp://491700000001@127.0.0.1:$port: from +4915: rand"
}

@test "other short messages at the receiver cost nothing" {
	elements
	smsc --route
	gpi-recv --card card --naf $NAF --now $NOW --count 1 \
	    --listen "smpp://491700000001@127.0.0.1:$port" >heard 2>heard.err 3>&- &
	pid=$!
	await has_line '"bind_receiver"' smsc
	NODE_PATH=$peers node -e '
const smpp = require("smpp");
const s = smpp.connect({ port: +process.argv[1], host: "127.0.0.1" });
const texts = [Buffer.from("hello"), Buffer.from(""), Buffer.from("060504111122220102", "hex"),
    Buffer.from("ff", "hex"), Buffer.from("0b05043f5f3f5f000301020188", "hex")];
s.bind_transmitter({ system_id: "other" }, () => {
	let left = texts.length;
	for (const t of texts)
		s.submit_sm({ destination_addr: "491700000001",
		    esm_class: t.length && t[0] != 0x68 ? 0x40 : 0, data_coding: 4,
		    short_message: t }, () => --left || s.unbind(() => s.close()));
});' "$port"
	response
	does gpi-push --to "$to/491700000001" response
	wait $pid || true
	same accepted "$(field type heard)" accepted
}

# ---- passwords ----

@test "--passwords: the line of that SMSC, and never shown" {
	elements
	response
	smsc --password secret07
	pushes failed "smpp://mtc@127.0.0.1:$port: bind_transmitter: ESME_RINVPASWD (0x0e)"
	(umask 077; printf '%s\n' '# SMSCs' 'mtc@other:2775 wrong' \
	    "mtc@127.0.0.1:$port secret07" >passwords)
	options=(--passwords passwords)
	pushes sent
	chmod 644 passwords
	pushes sent
	grep -q '^gpi-push: warning: passwords: ' err
	lacks secret07 err
	lacks secret07 report
	gpi-recv --card card --naf $NAF --passwords passwords --timeout 1 \
	    --listen "$to" 2>&1 | lacks secret07 -
}

@test "--passwords: as people write them, and from a pipe" {
	elements
	response
	smsc --password 'a long:@# one'
	# earendil-works/pi#7499
	printf '\357\273\277# SMSCs\r\n\r\n smpp://mtc@127.0.0.1:%s\t a long:@# one \r\n' \
	    "$port" >passwords
	chmod 600 passwords
	options=(--passwords passwords)
	pushes sent
	options=(--passwords /dev/fd/9)
	pushes sent 9< <(cat passwords)
	options=(--passwords -)
	pushes sent <passwords
}

@test "--passwords: what is no line is refused, and what is not there is said" {
	elements
	response
	for line in "mtc@127.0.0.1 secret" "secret" "mtc:secret@127.0.0.1:1" \
	    "@h:1 secret" "mtc@h:1 $(printf '%065d' 1)"; do
		echo "$line" >passwords
		chmod 600 passwords
		try gpi-push --to smpp://mtc@127.0.0.1:1 --passwords passwords \
		    response
		same "status of $line" "$status" 3
		grep -qE '^gpi-push: passwords: line 1: (not understood; a line is SYSTEM_ID@HOST:PORT PASSWORD|the password has 65 characters; 64 are possible)$' err
		same lines "$(lines_in err)" 1
	done
	printf 'mtc@h:1 %s\n' one one two >passwords
	fails 3 'gpi-push: passwords: line 3: another password for mtc@h:1' \
	    gpi-push --to smpp://mtc@127.0.0.1:1 --passwords passwords response
	fails 2 'gpi-push: standard input cannot be both --passwords and the responses; give a FILE' \
	    gpi-push --to smpp://mtc@127.0.0.1:1 --passwords - </dev/null
	fails 4 'gpi-push: nowhere: No such file or directory' \
	    gpi-push --to smpp://mtc@127.0.0.1:1 --passwords nowhere response
	smsc
	echo mtc@other:1 x >passwords
	options=(--passwords passwords)
	pushes sent
	same said "$(<err)" "gpi-push: warning: passwords: no line for mtc@127.0.0.1:$port; its password is empty"
}

@test "a listener that is refused later says why, and when it is bound again" {
	elements
	smsc --password secret
	printf 'mtc@127.0.0.1:%s secret\n' "$port" >passwords
	chmod 600 passwords
	gpi-recv --card card --naf $NAF --passwords passwords --listen "$to" \
	    >heard 2>heard.err 3>&- &
	pid=$!
	await grep -q bound heard.err
	stop_smsc
	await grep -q trying heard.err
	smsc --password other --port "$port"
	await grep -q PASWD heard.err
	printf 'mtc@127.0.0.1:%s other\n' "$port" >passwords
	again() { [ "$(grep -c ': bound$' heard.err)" = 2 ]; }
	await again
	kill $pid
	wait $pid
	same reasons "$(grep -v refused heard.err | sed "s|smpp.*:$port||")" \
	    'gpi-recv: : bound
gpi-recv: warning: : closed by the SMSC; trying again
gpi-recv: warning: : bind_receiver: ESME_RINVPASWD (0x0e); trying again
gpi-recv: : bound'
}

@test "--retry-for: why the SMSC is not bound is said once, and when it is" {
	elements
	response
	smsc --refuse-bind ESME_RALYBND
	gpi-push --to "$to/+491700000001" --retry-for 20 response 2>err 3>&- &
	pid=$!
	refused() { [ "$(grep -c '"bind_transmitter"' smsc)" -ge 2 ]; }
	await refused
	stop_smsc
	smsc --port "$port"
	wait $pid
	same said "$(grep -v refused err | sed "s|smpp.*:$port||")" \
	    'gpi-push: warning: : bind_transmitter: ESME_RALYBND (0x05); trying again
gpi-push: : bound'
}

# ---- what providers ask for ----

@test "the parameters of the bind and of the submit are as the URI says" {
	elements
	response
	# onlinecity/php-smpp#45, jookies/jasmin#124
	smsc --system-type WWW --no-validity
	pushes failed "smpp://mtc@127.0.0.1:$port: bind_transmitter: ESME_RINVSYSTYP (0x53)"
	query='?system-type=WWW'
	pushes failed 'smpp: submit_sm: ESME_RINVEXPIRY (0x62)'
	query='?system-type=WWW&address-range=%5e49&address-ton=2&address-npi=1&interface-version=0x33&validity=none&service-type=CMT&from=Meter&from-ton=5&from-npi=0&to-ton=2&to-npi=9&data-coding=0xf5'
	pushes sent
	stop_smsc
	same bind "$(events bind '[.system_type, .address_range, .addr_ton,
	    .addr_npi, .interface_version] | join(" ")' | tail -n 1)" \
	    'WWW ^49 2 1 51'
	same submit "$(events submit '[.service_type, .source_addr,
	    .source_addr_ton, .source_addr_npi, .dest_addr_ton, .dest_addr_npi,
	    .data_coding, .validity_period] | join(" ")' | tail -n 1)" \
	    'CMT Meter 5 0 2 9 245 '
	smsc
	query='?validity=90061'
	pushes sent
	stop_smsc
	same relative "$(events submit .validity_period)" 000001010101000R
}

# ---- SMSCs that are not kind ----

@test "an SMSC that refuses" {
	elements
	response
	smsc --refuse-bind ESME_RBINDFAIL
	try gpi-push --to "$to/+491700000001" --report report response
	same status "$status" 1
	same state "$(reported | awk '{ print $3 }')" failed
	has_line 'ESME_RBINDFAIL' err
	status=0
	timeout 10 gpi-recv --card card --naf $NAF --listen "$to" 2>err ||
	    status=$?
	[ "$status" = 4 ] || [ "$status" = 1 ]
	has_line 'ESME_RBINDFAIL' err
}

@test "a number that the SMSC does not know has failed, the others are sent" {
	smsc --reject 491700000002
	for i in 1 2 3; do
		responses 1 $i "sms:+49170000000$i"
	done >responses
	try gpi-push --to "$to" --retry-for 100 --report report responses
	same status "$status" 1
	same states "$(reported | awk '{ print $1, $3 }' | sort | words)" \
	    'p1 sent p2 failed p3 sent'
	has_line 'ESME_RINVDSTADR' err
}

@test "an SMSC that throttles gets everything, once, later" {
	smsc --throttle 7
	responses 60 1 sms:+491700000001 >responses
	does gpi-push --to "$to" --report report responses
	stop_smsc
	same reports "$(reported | awk '{ print $3 }' | sort | tally)" \
	    '60 sent'
	same accepted "$(events submit 'select(.status == 0) | .sequence' |
	    wc -l)" 60
}

@test "an SMSC that closes in mid-window: with --retry-for all are sent" {
	smsc --close-after 15
	responses 40 1 sms:+491700000001 >responses
	try gpi-push --to "$to" --report report responses
	same status "$status" 1
	same reports "$(reported | lines)" 40
	lost=$(reported | grep -c ' failed ')
	[ "$lost" -ge 1 ] && [ "$lost" -le 20 ]
	stop_smsc
	smsc --close-after 15
	rm report
	does gpi-push --to "$to" --retry-for 20 --report report responses
	same reports "$(reported | awk '{ print $3 }' | tally)" '40 sent'
}

@test "an SMSC that never answers" {
	elements
	response
	smsc --mute
	options=(--timeout 1)
	try gpi-push --to "$to/+491700000001" --timeout 1 --report report response
	same status "$status" 1
	has_line 'no answer' err
	stop_smsc
	smsc --mute-submit
	try gpi-push --to "$to/+491700000001" --timeout 1 --report report2 response
	same status "$status" 1
	same states "$(cat report report2 | gpi-show -t | value state | words)" \
	    'failed failed'
}

@test "no SMSC at all" {
	free_port
	responses 1 1 sms:+491700000001 |
	    fails 1 "gpi-push: record 1: smpp://mtc@127.0.0.1:$port: Connection refused" \
	    gpi-push --to "smpp://mtc@127.0.0.1:$port"
}

# ---- receipts ----

@test "delivery receipts: delivered, or failed, or none in time" {
	elements
	response
	smsc --receipts 50
	query='?receipt=5'
	pushes delivered
	same bind "$(events bind .type)" bind_transceiver
	stop_smsc
	smsc --receipts 50 --receipt-stat UNDELIV
	try gpi-push --to "$to/+491700000001$query" --report report2 response
	same status "$status" 1
	same state "$(reported report2 | awk '{ print $3 }')" failed
	has_line UNDELIV err
	stop_smsc
	smsc --receipts 20000
	query='?receipt=1'
	pushes sent
}

@test "delivery receipts of all parts: the largest GPI is delivered as a whole" {
	of_row largest
	smsc --receipts 0
	does gpi-push --to "$to?receipt=5" --report report response
	same report "$(reported)" 'one sms:+491700000001 delivered'
}

@test "delivery receipts, however the SMSC writes them" {
	elements
	response
	query='?receipt=5'
	# praekeltfoundation/vumi#872, elibom/mokai#8
	for form in decimal plain data_sm; do
		smsc --receipts 0 --receipts-like $form
		pushes delivered
		await test "$(answers)" = 0
		stop_smsc
	done
}

@test "an SMSC without bind_transceiver: what to do is said" {
	elements
	response
	smsc --no-transceiver
	query='?receipt=5'
	pushes failed "smpp://mtc@127.0.0.1:$port: receipts need bind_transceiver, which this SMSC does not know; leave out receipt: bind_transceiver: ESME_RINVCMDID (0x03)"
	query=
	pushes sent
}

# ---- many ----

@test "10,000 triggers: every one is reported exactly once" {
	smsc --throttle 997 --quiet
	responses 10000 1 sms:+491700000001 >responses
	does gpi-push --to "$to?window=50" --report report responses
	stop_smsc
	gpi-show -j report | jq -r '[.p_tid, .state] | join(" ")' >states
	same reports "$(lines_in states)" 10000
	same 'P-TIDs' "$(sort -u states | wc -l)" 10000
	same states "$(cut -d' ' -f2 states | tally)" '10000 sent'
	same accepted "$(tail -n 1 smsc | jq .accepted)" 10000
}

# ---- PDUs as lines of hex ----

@test "sms-pdu: one SMS-SUBMIT, as tshark and we read it" {
	of_row full
	does gpi-push --to sms-pdu:- --now 1893452400 response
	# 23.040: MTI SUBMIT, relative VP, UDHI; MR; DA; PID 48; DCS 04; VP 11
	# (an hour); UDL
	python 'line = open("out").read()
o = h(line.strip())
assert line == line.lower() and line.endswith("\n")
assert o[0] & 0x5f == 0x51, o.hex()
assert o[2:10] == h("0c91947100000010"), o.hex()
assert o[10:13] == h("48040b"), o.hex()
assert o[13] == len(o) - 14 == 7 + 112
assert o[14:21] == h("0605043f5f3f5f")
print(o[21:].hex())' >gpi
	same gpi "$(<gpi)" "$row_gpi"
}

@test "sms-pdu: what is written is heard again; noise of a modem is passed over" {
	elements
	device tracker sms:+491700000009
	for form in '' '?deliver&from=+491234567' '?modem' '?wap' '?deliver&from=+4912&modem&wap'; do
		response
		rm -f pdus
		does gpi-push --to "sms-pdu:pdus${form:-?}${form:+&}to=+491700000001" response
		mode pdus 600
		(printf 'OK\r\n\r\n+CMT: ,24\r\n'; cat pdus) >noise
		listening=sms-pdu:noise
		case $form in *modem*) listening+='?modem' ;; esac
		does recv --listen "$listening"
		same type "$(field type out)" accepted
	done
}

@test "a device behind a modem, sms-pdu:, is triggered and connects back" {
	subscriber && card
	mkfifo modem
	device meter-7 sms:+491700000001
	exec 9<>modem
	heard_at() { :; }
	wakes --to 'sms-pdu:modem?deliver&from=+4915' -- sms-pdu:modem
}

@test "sms-pdu: lines that are no PDU cost themselves, with their number" {
	elements
	response
	does gpi-push --to 'sms-pdu:pdus?to=+491700000001' response
	(echo zz; echo 0102; head -c 40 pdus; echo; cat pdus) >lines
	try recv --listen sms-pdu:lines
	same type "$(field type out)" accepted
	has_line 'line 1' err
	has_line 'line 2' err
	has_line 'line 3' err
}

@test "smpp:// and sms-pdu: called wrongly" {
	for uri in smpp:// smpp://a@b@c:1 smpp://$(printf '%065d' 1)@h:1 'smpp://h?x' \
	    'smpp://h?window=0' smpp://h/12a 'sms-pdu:' 'sms-pdu:f?window=x'; do
		try gpi-push --to "$uri" /dev/null
		same "status of $uri" "$status" 2
		nothing_in out
		same lines "$(lines_in err)" 1
		grep -q '^gpi-push: --to: ' err
	done
}
