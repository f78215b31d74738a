# gpi-recv-uicc.bats: gpi-recv with a UICC, which the tests bring.

load helper
load gpi-recv
load uicc

@test "GBA_ME: what is accepted is that of the card's file, octet for octet" {
	home
	behind csim
	gpi >gpi
	recv gpi -o expected
	does by_uicc gpi -o accepted
	same_octets accepted expected
	mode state 600
	same state "$(<state)" "gpi-recv card state 1
rand $(field rand gpi)"
	fails 1 "gpi-recv: gpi: record 1: $AGAIN" by_uicc gpi
	same AUTHENTICATE "$(asked)" 1
	[ ! -e state.journal ]
}

@test "GBA_U: Ks_int_NAF stays in the card, EF_GBABP has the P-TID" {
	home --um u
	behind csim
	as_file
	same Ks_int_NAF "$(held ks_int_naf)" \
	    "$(sed 's/.*"ks_int_naf":"//;s/".*//' expected)"
	python 'import json
r = json.load(open("out"))
for v in bytes.fromhex(r["rand"]), r["ul_sa_id"].encode(), b"2027-01-15T09:00:00Z":
    out.write(bytes([len(v)]) + v)' >gbabp
	same EF_GBABP "$(held gbabp | sed 's/\(ff\)*$//')" "$(hex gbabp)"
	# on one channel, and in this order
	same commands "$(sed -n 's/^00\(70[0-9]*\) .*/\1/p;
	    s/^01\(88008423dd\|880084..de..62\|880084..de..6d\|d6\).*/\1/p' \
	    uicc.json.log | sed 's/^\(880084\)..\(de\)../\1\2/' | words)" \
	    '70000001 70800100 70000001 88008423dd 880084de62 d6 880084de6d 70800100'
	same channels "$(grep -c '^0[02-3][^7]' uicc.json.log)" 0
}

@test "a modem with AT+CCHO and AT+CGLA" {
	home --um u
	behind cgla
	as_file
}

@test "a USIM alone: the identity is made from EF_IMSI and EF_AD" {
	home
	behind cgla '"impi": null'
	as_file
}

@test "--impi, --aid" {
	home
	behind cgla '"impi": "other@example.org"'
	as_file --impi $IMPI
	rm state
	hss-store set -d hss.db --impi $IMPI --sqn 32
	uicc_before=$(asked)
	gpi >gpi
	does by_uicc --aid $USIM gpi -j
	same ue_priv_id "$(values ue_priv_id <out)" $IMPI
	fails 4 "gpi-recv: $uicc: the card answered SW 6A82 to the choice of application a000000151: not found" \
	    by_uicc --aid a000000151 gpi
	fails 2 "gpi-recv: $uicc: --aid: 'a0' is not 5 to 16 octets in hex" \
	    by_uicc --aid a0 gpi
	same AUTHENTICATE "$(asked)" $((uicc_before + 1))
}

@test "App_Lbl chooses the application" {
	home --app-lbl $USIM
	behind cgla '"impi": "other@example.org"'
	as_file
}

@test "an App_Lbl that is no USIM and no ISIM costs the card nothing" {
	home --app-lbl a000000151000000
	behind cgla
	gpi >gpi
	fails 1 'gpi-recv: gpi: record 1: app_lbl: found something else, expected the AID of a USIM or an ISIM' \
	    by_uicc gpi
	same AUTHENTICATE "$(asked)" 0
	does by_uicc --aid $ISIM gpi
}

@test "an application that the card does not have costs one GPI" {
	home --app-lbl ${ISIM}aa
	behind csim
	gpi >gpi
	fails 1 "gpi-recv: gpi: record 1: the card answered SW 6A82 to the choice of application ${ISIM}aa: not found" \
	    by_uicc gpi
}

@test "a wrong MAC-A, and a GPI that was altered" {
	home
	behind cgla
	gpi >gpi
	python 'g = read("gpi"); out.write(g[:34] + bytes([g[34] ^ 1]) + g[35:])' >bad
	fails 1 'gpi-recv: bad: record 1: autn: MAC does not match this card' \
	    by_uicc bad
	python 'g = read("gpi"); out.write(g[:-1] + bytes([g[-1] ^ 1]))' >bad
	fails 1 "gpi-recv: bad: record 1: $(mac_reason)" by_uicc bad
	# the card has spent SQN
	fails 1 'gpi-recv: gpi: record 1: sqn: not fresh, says the card' \
	    by_uicc gpi
	same state "$(cat state)" ''
}

@test "a sync failure of the card, at most one in 10 seconds" {
	home
	behind cgla "\"seq\": [range(32) | 5]"
	gpi >gpi
	gpi >gpi2
	stale='sqn: not fresh, says the card'
	fails 1 "gpi-recv: gpi: record 1: $stale" by_uicc gpi
	fails 1 "gpi-recv: gpi: record 1: $stale" \
	    by_uicc --sync-failures sync gpi
	same SQN.MS "$(osmo-auc-gen -3 -a milenage -k $K -o $OPC \
	    -r "$(field rand gpi)" -A "$(field auts sync)" |
	    sed -n 's/^SQN.MS:[[:space:]]*//p')" $((5 * 32))
	same state "$(<state)" "gpi-recv card state 1
sync-failure $NOW
rand $(field rand gpi)"
	fails 1 "gpi-recv: gpi: record 1: $AGAIN" \
	    by_uicc --sync-failures sync gpi
	fails 1 "gpi-recv: gpi2: record 1: $stale" \
	    by_uicc --sync-failures sync gpi2
	same 'sync failures' "$(field type sync | tally)" '1 sync-failure'
	fails 1 "gpi-recv: gpi2: record 1: $stale" gpi-recv --card "$uicc" \
	    --bsf $BSF --state state --naf $NAF --now $((NOW + 10)) \
	    --sync-failures sync gpi2
	same 'sync failures' "$(field type sync | tally)" '2 sync-failure'
	gpi-show sync >/dev/null
	mtc-trigger resync -d mtc.db --now $NOW <sync | gen | gpi-sign |
	    gpi-push --to - >fresh
	does by_uicc fresh
}

@test "GBA_U: a sync failure" {
	home --um u
	behind csim "\"seq\": [range(32) | 5]"
	gpi >gpi
	fails 1 'gpi-recv: gpi: record 1: sqn: not fresh, says the card' \
	    by_uicc --sync-failures sync gpi
	same SQN.MS "$(osmo-auc-gen -3 -a milenage -k $K -o $OPC \
	    -r "$(field rand gpi)" -A "$(field auts sync)" |
	    sed -n 's/^SQN.MS:[[:space:]]*//p')" $((5 * 32))
}

@test "the PIN" {
	home
	behind cgla '"pin": "1234"'
	gpi >gpi
	fails 4 "gpi-recv: $uicc: the card wants its PIN: give --pin-file" \
	    by_uicc gpi
	(umask 077; echo 4321 >wrong; echo 1234 >pin; echo 12x4 >odd)
	fails 3 "gpi-recv: odd: found no PIN, expected 4 to 8 digits in one line" \
	    by_uicc --pin-file odd gpi
	fails 4 "gpi-recv: $uicc: the PIN in wrong is not the card's; tries left: 2" \
	    by_uicc --pin-file wrong gpi
	fails 4 "gpi-recv: $uicc: the PIN in wrong is not the card's; tries left: 1" \
	    by_uicc --pin-file wrong gpi
	fails 4 "gpi-recv: $uicc: the card has one try left for its PIN, which is not used" \
	    by_uicc --pin-file pin gpi
	same tries "$(held tries)" 1
}

@test "the right PIN; --explain shows the commands, and no secret without -s" {
	home --um u
	behind cgla '"pin": "86421357"'
	(umask 077; echo 86421357 >pin)
	gpi >gpi
	try by_uicc --pin-file pin --explain gpi -o accepted
	same status "$status" 0
	has_line '  -> 0020000108 (hidden)' err
	has_line "  -> 0088008423dd10$(field rand gpi)10$(field autn gpi)" err
	has_line '  <- db (hidden) 9000' err
	for secret in $(jq -r '.ks, .ks_int_naf' uicc.json) \
	    $(field ks_naf accepted) 3836343231333537; do
		lacks "$secret" err
	done
	gpi >gpi
	try by_uicc --explain gpi -sj
	has_line "  <- db20$(sed 's/.*"ks_naf":"//;s/".*//' out) 9000" err
}

@test "names that do not fit one command are refused before the card is asked" {
	home --um u
	behind cgla
	gpi >gpi
	long=$(printf 'a%.0s' {1..60})
	impi=$long$long$long$long@b
	fails 1 'gpi-recv: gpi: record 1: naf_id and IMPI have 262 octets, a command to the card has room for 252' \
	    by_uicc --impi "$impi" gpi
	fails 1 "gpi-recv: gpi: record 1: naf_id and IMPI have 297 octets, a command to the card has room for 252" \
	    gpi-recv --card "$uicc" --bsf $BSF --state state --now $NOW \
	    --naf "$long.$long.$long.$long" gpi
	same AUTHENTICATE "$(asked)" 0
}

@test "a card that does not keep the P-TID costs no GPI" {
	home --um u
	behind cgla '"gbabp": ("ff" * 40)'
	gpi >gpi
	ends 0 'gpi-recv: warning: the card does not keep the P-TID: EF_GBABP has 40 octets, expected 59' \
	    by_uicc gpi
	same type "$(field type out)" accepted
}

@test "a card without GBA_U, and one that lies, cost one GPI" {
	home --um u
	behind cgla '"gba": false'
	gpi >gpi
	fails 1 'gpi-recv: gpi: record 1: the card answered AUTHENTICATE with SW 9864: it does not have this security context' \
	    by_uicc gpi
	for answer in 9000 db9000 db0812349000 dc0e009000 ffff9000; do
		behind cgla "\"faults\": {\"01880084\": \"$answer\"}"
		fails 1 'gpi-recv: gpi: record 1: the card answered AUTHENTICATE with something else than TS 31.102 says' \
		    by_uicc gpi
	done
	behind cgla '"faults": {"01880084": "6110", "01c00000": "6110"}'
	fails 4 "gpi-recv: $uicc: the card's answer has no end" \
	    by_uicc gpi
}

@test "a modem that lies" {
	home
	behind garbage
	gpi >gpi
	fails 4 "gpi-recv: $uicc: the modem gives no session to AT+CCHO" \
	    by_uicc gpi
	fails 4 'gpi-recv: at:/dev/null: not a serial line' \
	    gpi-recv --card at:/dev/null --bsf $BSF --state state --any-naf gpi
	fails 2 'gpi-recv: at: the device is missing: at:DEVICE' \
	    gpi-recv --card at: --bsf $BSF --state state --any-naf gpi
	fails 4 'gpi-recv: at:absent: No such file or directory' \
	    gpi-recv --card at:absent --bsf $BSF --state state --any-naf gpi
	fails 2 "gpi-recv: at:x,300: '300' is no rate of a serial line, as 115200 is" \
	    gpi-recv --card at:x,300 --bsf $BSF --state state --any-naf gpi
}

@test "what does not leave is kept beside the state" {
	home
	behind csim
	gpi >gpi
	ends 4 "gpi-recv: /dev/full: No space left on device" \
	    by_uicc gpi -o /dev/full
	mode state.journal 600
	# killed before the state was replaced: the card has spent SQN
	: >state
	does by_uicc </dev/null
	same rand "$(field rand out)" "$(field rand gpi)"
	[ ! -e state.journal ]
}

@test "a state that is none, and options for the other kind of card" {
	home
	behind csim
	gpi >gpi
	echo other >state
	fails 3 "gpi-recv: state: found something else, expected the state of a card, or nothing" \
	    by_uicc gpi
	same state "$(<state)" other
	same AUTHENTICATE "$(asked)" 0
	fails 2 "gpi-recv: --card $uicc needs --bsf and --state" \
	    gpi-recv --card "$uicc" --bsf $BSF --any-naf gpi
	fails 2 "gpi-recv: --dry-run is not for --card $uicc: a UICC spends SQN" \
	    by_uicc --dry-run gpi
	fails 2 "gpi-recv: --bsf, --state, --impi, --aid and --pin-file are for --card pcsc: and at:" \
	    recv --bsf $BSF gpi
}

@test "a UICC listens, too" {
	home
	behind csim
	gpi >gpi
	does by_uicc --listen unix:socket --count 1 --timeout 20 &
	await test -S socket
	python 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("socket")
s.send(read("gpi"))'
	wait $!
	same rand "$(field rand out)" "$(field rand gpi)"
}

@test "pcsc: in a reader, GBA_U and GBA_ME" {
	want_reader
	home --um u
	uicc '"pin": "1234"'
	(umask 077; echo 1234 >pin)
	export BSF NAF NOW
	gpi >gpi
	recv gpi -sj >expected
	mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp unix:dev --um me
	gpi >gpi2
	recv gpi2 -sj >>expected
	request | gen | gpi-sign >response
	gpi-push --to - <response >gpi3
	recv gpi3 -sj >>expected
	does in_reader 'recv() {
		gpi-recv --bsf $BSF --state state --naf $NAF --now $NOW \
		    --pin-file pin "$@"
	}
	recv --card pcsc: gpi -sj
	recv --card "pcsc:Virtual PCD 00 01" gpi2 -sj
	recv --card pcsc: -sj --listen unix:dev --count 1 --timeout 10 &
	until [ -S dev ]; do sleep 0.05; done
	gpi-push --to unix:dev response
	wait $!
	recv --card pcsc:Other gpi 2>other
	recv --card pcsc:Virtual gpi 2>several
	recv --card "pcsc:Virtual PCD 00 00" gpi 2>empty
	echo ends'
	same accepted "$(<out)" \
	    "$(sed 's/"ks_int_naf":"[0-9a-f]*",//' expected; echo ends)"
	same other "$(<other)" "gpi-recv: pcsc:Other: there is no such reader; the readers are 'Virtual PCD 00 00', 'Virtual PCD 00 01'"
	same several "$(<several)" "gpi-recv: pcsc:Virtual: several readers have this name; name one; the readers are 'Virtual PCD 00 00', 'Virtual PCD 00 01'"
	same empty "$(<empty)" 'gpi-recv: pcsc:Virtual PCD 00 00: there is no card in the reader'
}

@test "pcsc: a card with T=1, and one that is taken out" {
	want_reader
	home --um u
	export BSF NAF NOW
	# clause 8.2.3 of ISO 7816-3: TD1 80, TD2 01, and TCK
	uicc '"atr": "3b80800101"'
	gpi >gpi
	recv gpi -sj >expected
	gpi >gpi2
	cat gpi gpi2 >both
	does in_reader 'gpi-recv --bsf $BSF --state state --naf $NAF \
	    --now $NOW --card pcsc: gpi -sj
	mkfifo gpis
	gpi-recv --bsf $BSF --state state --naf $NAF --now $NOW --card pcsc: \
	    gpis 2>gone &
	exec 3>gpis
	until [ -e state.journal ]; do sleep 0.05; done
	kill $card
	wait $card
	cat gpi2 >&3
	exec 3>&-
	wait $! || echo $?'
	same accepted "$(<out)" \
	    "$(sed 's/"ks_int_naf":"[0-9a-f]*",//' expected; echo 4)"
	# by whether pcscd has noticed yet
	grep -qxE 'gpi-recv: pcsc: (there is no card in the reader|the card does not answer)' gone
	same lines "$(lines_in gone)" 1
}

@test "pcsc: without a pcscd" {
	want_reader
	home
	gpi >gpi
	export BSF
	fails 4 'gpi-recv: pcsc: pcscd is not running' \
	    unshare -rnm sh -c 'mount -t tmpfs none /run
	        exec gpi-recv --card pcsc: --bsf $BSF --state state --any-naf gpi'
}
