# mtc-trigger.bats: devices and requests.
# engines: sqlite postgresql

load helper

# ---- devices ----

# bats test_tags=any-store
@test "register: a device with the defaults of the manual" {
	does device
	nothing_in out
	says '{"type":"device","app_lbl":"","um":"me","ue_id":"meter-7","ue_trp":"unix:dev"}' \
	    mtc-trigger devices -d mtc.db -j
}

@test "register: all that the manual names; a known ue_id is replaced" {
	device
	does mtc-trigger register -d mtc.db --ue-id meter-7 \
	    --ue-trp udp://192.0.2.1:7 --ue-priv-id impi --app-lbl a000 --um u
	says '{"type":"device","app_lbl":"a000","um":"u","ue_id":"meter-7","ue_priv_id":"impi","ue_trp":"udp://192.0.2.1:7"}' \
	    mtc-trigger devices -d mtc.db -j
}

@test "register -: JSON Lines" {
	try mtc-trigger register -d mtc.db - <<-.
	{"ue_id": "a", "ue_trp": "unix:a"}
	{"ue_id": "b", "ue_trp": "unix:b", "um": "u", "app_lbl": "a000", "ue_priv_id": "impi"}
	{"ue_id": "c"}
	{"ue_trp": "unix:d"}
	{"ue_id": "e", "ue_trp": "unix:e", "um": "x"}
	{"ue_id": "a", "ue_trp": "unix:aa"}
	{"ue_id": "f", "ue_trp": "unix:f", "k": "0"}
	text
	.
	same status "$status" 3
	diff err - <<-.
	mtc-trigger: line 3: ue_trp: found nothing, expected in a device
	mtc-trigger: line 4: ue_id: found nothing, expected in a device
	mtc-trigger: line 5: um: found "x", expected me or u
	mtc-trigger: line 7: k: type device has no such field
	mtc-trigger: line 8: not a JSON object
	.
	same devices "$(mtc-trigger devices -d mtc.db -j |
	    pick ue_id ue_trp um | words)" \
	    '[a,unix:aa,me] [b,unix:b,u]'
}

# bats test_tags=any-store
@test "register: called wrongly" {
	fails 2 'mtc-trigger: give --ue-id ID, or a FILE of devices' \
	    mtc-trigger register -d mtc.db --ue-trp x
	fails 2 'mtc-trigger: give --ue-id ID once' \
	    mtc-trigger register -d mtc.db --ue-trp x --ue-id a --ue-id b
	fails 2 'mtc-trigger: a device needs ue_trp (--ue-trp)' \
	    mtc-trigger register -d mtc.db --ue-id a
	fails 2 'mtc-trigger: --ue-trp: found 0 characters, expected 1 to 255' \
	    mtc-trigger register -d mtc.db --ue-id a --ue-trp ''
	same devices "$(mtc-trigger devices -d mtc.db)" ''
}

@test "unregister" {
	device
	does mtc-trigger unregister -d mtc.db --ue-id meter-7
	fails 1 'mtc-trigger: device meter-7 is not registered' \
	    mtc-trigger unregister -d mtc.db --ue-id meter-7
}

# ---- requests ----

# bats test_tags=any-store
@test "request: just what the manual says, to the octet" {
	device
	request --p-tid one >out
	cbor 'request()' | same_octets out -
	request --p-tid two --indication report --time 30 >out
	cbor 'request(p_tid="two", trigger_ind=2, trigger_time=30,
	    trigger_mode=2)' | same_octets out -
	request --p-tid three --ua 0100000002 --lifetime 60 --indication 300 \
	    --mode integrity >out
	cbor "request(p_tid='three', naf_id=naf('$NAF', '0100000002'),
	    key_lt=$NOW + 60, trigger_ind=300, trigger_mode=1)" |
	    same_octets out -
}

# bats test_tags=any-store
@test "request: indications by name" {
	device
	for name in connect report bootstrap update-registration; do
		request --indication $name
	done >requests
	same indications "$(field trigger_ind requests | words)" '1 2 3 4'
}

# bats test_tags=any-store
@test "request: a device's um, label and IMPI go along" {
	mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp unix:dev \
	    --ue-priv-id impi --app-lbl a000 --um u
	request --p-tid one >out
	cbor 'request(um=1, app_lbl=h("a000"), ue_priv_id="impi")' |
	    same_octets out -
	# another address for this once does not make it another device
	request --p-tid two --ue-trp unix:elsewhere >out
	cbor 'request(um=1, app_lbl=h("a000"), ue_priv_id="impi", p_tid="two",
	    ue_trp="unix:elsewhere")' | same_octets out -
}

# bats test_tags=any-store
@test "request: --ue-trp stands for a registration" {
	request --p-tid one --ue-trp unix:dev >out
	cbor 'request()' | same_octets out -
	same devices "$(mtc-trigger devices -d mtc.db)" ''
}

# bats test_tags=any-store
@test "request --private: the identity is an IMPI" {
	mtc-trigger request -d mtc.db --naf $NAF --ue-id impi --private \
	    --ue-trp sms:123 --now $NOW | field ue_id_type >type
	same type "$(<type)" private
}

# bats test_tags=any-store
@test "request: a P-TID of 20 characters that sorts by time" {
	device
	for now in $NOW $NOW $((NOW + 1)) $((NOW + 3600)); do
		mtc-trigger request -d mtc.db --naf $NAF --ue-id meter-7 \
		    --now $now | field p_tid
	done >ids
	same 'different ones' "$(sort -u ids | grep -cE '^[0-9a-v]{20}$')" 4
	sort -c <(sed -n '2,$p' ids)
	mtc-trigger request -d mtc.db --naf $NAF --ue-id meter-7 \
	    --now $NOW --rand 000000000000 | field p_tid >id
	# 48 bits of milliseconds, 48 of random, base32hex
	same 'with --rand' "$(<id)" "$(python 'v = int('$NOW'000) << 52
print("".join("0123456789abcdefghijklmnopqrstuv"[v >> s & 31]
    for s in range(95, -1, -5)))')"
}

@test "request: several devices, each on its own" {
	device a unix:a
	device b unix:b
	ends 1 'mtc-trigger: --ue-id x: device x is not registered' \
	    mtc-trigger request -d mtc.db --naf $NAF --ue-id b --ue-id x --ue-id a
	same requests "$(field ue_id out | words)" 'b a'
	does mtc-trigger request -d mtc.db --naf $NAF --all
	same requests "$(field ue_id out | words)" 'a b'
	same triggers "$(states state | words)" '[requested] [requested] [requested] [requested]'
}

@test "request: a P-TID is one trigger's" {
	device
	request --p-tid one >/dev/null
	fails 1 'mtc-trigger: --ue-id meter-7: p_tid: the trigger one exists already' \
	    request --p-tid one
}

# bats test_tags=any-store
@test "request: called wrongly" {
	device
	fails 2 'mtc-trigger: give --ue-id ID, --ue-id-file FILE, --state S or --all' \
	    mtc-trigger request -d mtc.db --naf $NAF
	fails 2 'mtc-trigger: give --ue-id or --all, not both' \
	    request --all
	fails 2 'mtc-trigger: --p-tid is for one device only' \
	    request --ue-id b --p-tid x
	fails 2 'mtc-trigger: --ue-trp cannot be given with --all' \
	    mtc-trigger request -d mtc.db --naf $NAF --all --ue-trp x
	fails 2 'mtc-trigger: --time needs --indication' \
	    request --time 3
	fails 2 'mtc-trigger: --mode needs --indication' \
	    request --mode full
	fails 2 "mtc-trigger: --indication: '0' is not connect, report, bootstrap, update-registration or 1 to 65535" \
	    request --indication 0
	fails 2 "mtc-trigger: --indication: 'wake' is not connect, report, bootstrap, update-registration or 1 to 65535" \
	    request --indication wake
	fails 2 'mtc-trigger: --mode: found "most", expected none, integrity or full' \
	    request --indication 1 --mode most
	fails 2 'mtc-trigger: --naf, --ua: naf_id: found "a/07", expected FQDN/UA with UA 10 hex digits' \
	    mtc-trigger request -d mtc.db --naf a --ua 07 --ue-id meter-7
	fails 2 "mtc-trigger: --naf: 'A' is not a lower-case FQDN" \
	    mtc-trigger request -d mtc.db --naf A --ue-id meter-7
	fails 2 'mtc-trigger: --p-tid: found other characters, expected letters, digits, - and _' \
	    request --p-tid 'a b'
	fails 2 'mtc-trigger: --lifetime: the key would end after the year 2106' \
	    request --lifetime 4294967295
	same triggers "$(states p_tid)" ''
}

# bats test_tags=any-store
@test "an address that gpi-push could not send to is refused, wherever it is given" {
	local not="'amqp://x' is not a known transport; use udp://, tcp://, unix:, file:, coap://, smpp://, smpps:// or sms-pdu:"

	fails 2 "mtc-trigger: --ue-trp: $not" \
	    mtc-trigger register -d mtc.db --ue-id a --ue-trp amqp://x
	fails 2 "mtc-trigger: --ue-trp: $not" \
	    mtc-trigger request -d mtc.db --naf $NAF --ue-id a --ue-trp amqp://x
	fails 3 "mtc-trigger: line 1: ue_trp: $not" \
	    mtc-trigger register -d mtc.db - <<<'{"ue_id":"a","ue_trp":"amqp://x"}'
	does mtc-trigger register -d mtc.db --ue-id a --ue-trp amqp://x \
	    --ue-trp-any
	mtc-trigger devices -d mtc.db -o records
	fails 3 "mtc-trigger: records: record 1: ue_trp: $not" \
	    mtc-trigger register -d mtc.db records
	ends 0 'mtc-trigger: warning: ue_trp UDP://H:07/ is kept as udp://h:7' \
	    mtc-trigger register -d mtc.db --ue-id a --ue-trp UDP://H:07/
	same devices "$(mtc-trigger devices -d mtc.db -j | pick ue_trp)" '["udp://h:7"]'
}

# bats test_tags=any-store
@test "register: a file as an editor leaves it" {
	local a='{"ue_id":"a","ue_trp":"unix:a"}' b='{"ue_id":"b","ue_trp":" unix:b "}'

	for file in "\xef\xbb\xbf$a\r\n\r\n$b" "$a\r \t\r$b\r" "\n  $a \n$b\n\n"; do
		printf "$file" | does mtc-trigger register -d mtc.db -
		same devices "$(mtc-trigger devices -d mtc.db -j |
		    pick ue_id ue_trp | words)" '[a,unix:a] [b,unix:b]'
		mtc-trigger unregister -d mtc.db --ue-id a
		mtc-trigger unregister -d mtc.db --ue-id b
	done
	printf '%s\r\n\r\nx\r\n' "$a" >lines
	fails 3 'mtc-trigger: lines: line 3: not a JSON object' \
	    mtc-trigger register -d mtc.db lines
	printf 'ue_id,ue_trp\na,unix:a\n"b",unix:b\n[]\nx\n' >devices.csv
	try mtc-trigger register -d mtc.db devices.csv
	same status $status 3
	diff err - <<-'.'
	mtc-trigger: devices.csv: line 1: not a JSON object, but perhaps CSV; 'jq -R' makes JSON of it
	mtc-trigger: devices.csv: lines 2 to 3: likewise
	mtc-trigger: devices.csv: line 4: a JSON array; 'jq -c .[]' writes its objects, one a line
	mtc-trigger: devices.csv: line 5: not a JSON object
	.
	printf '\xff\xfe{\0"\0' >lines
	fails 3 'mtc-trigger: lines: line 1: UTF-16; save it as UTF-8' \
	    mtc-trigger register -d mtc.db lines
}
