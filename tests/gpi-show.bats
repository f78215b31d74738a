# gpi-show.bats: any record or GPI, for eyes.

load helper

# opened NAME: that row as $row_..., its GPI in ./gpi, its key in ./k_gpi
opened() {
	row gpi.csv name "$1"
	unhex "$row_gpi" >gpi
	(umask 077 && echo "$row_k_gpi" >k_gpi)
}

# octets_of: what the hex view on stdin shows, without its notes
octets_of() {
	local octets

	octets=$(sed -nE 's/^[0-9a-f]{4} (( [0-9a-f.]{2})+).*/\1/p')
	echo "${octets//[ $'\n']/}"
}

@test "gpi.csv: --k-gpi-file opens each GPI to the listed fields" {
	for name in $ROWS; do
		opened "$name"
		does gpi-show -j --k-gpi-file k_gpi gpi
		mv out "$name.out"
	done
	python 'import json
for r in rows("gpi.csv"):
    found = json.load(open(r["name"] + ".out"))
    expected = dict(type="gpi", ver=1, um="u" if r["um"] == "1" else "me",
        app_lbl=r["app_lbl"], key_lt=int(r["key_lt"]), p_tid=r["p_tid"],
        naf_id=h(r["naf_id"])[:-5].decode() + "/" + r["naf_id"][-10:])
    if r["trigger_mode"]:
        expected["trigger_mode"] = ["none", "integrity", "full"][
            int(r["trigger_mode"])]
    for k in "trigger_ind", "trigger_time":
        if r[k]: expected[k] = int(r[k])
    for k in expected:
        assert found.pop(k, None) == expected[k], (r["name"], k)
    # and nothing else but what every GPI shows
    assert set(found) - {"c2"} == {"rand", "autn", "mac", "enc_gpi"}, found'
}

@test "without K_GPI, what is encrypted stays so" {
	opened full
	says "gpi
  ver          1
  rand         23553cbe9637a89d218ae64dae47bf35
  autn         55f328b43577b9b94a9ffac354dfafb3
  app_lbl      
  um           me
  mac          ${row_gpi: -32}
  trigger_mode full
  enc_gpi      ${row_gpi:80:96}${row_gpi: -32}
  c2           ${row_gpi:182:8}" gpi-show gpi
}

@test "another K_GPI does not open it" {
	opened full
	vector gpi.csv name none k_gpi >k_gpi
	fails 1 'gpi-show: gpi: record 1: the GPI was altered, or K_GPI is that of another' \
	    gpi-show --k-gpi-file k_gpi gpi
}

@test "a K_GPI file that is none" {
	opened full
	echo 00112233 >k_gpi
	fails 3 'gpi-show: k_gpi: line 1: expected 64 hex digits' \
	    gpi-show --k-gpi-file k_gpi gpi
	fails 4 'gpi-show: none: No such file or directory' \
	    gpi-show --k-gpi-file none gpi
}

@test "text: names, words, dates, and an empty line after each" {
	cbor 'request(trigger_ind=1, trigger_time=30, trigger_mode=1, um=1,
	    app_lbl=h("a000"), ue_id_type=0)' >request
	cat request request >requests
	does gpi-show requests
	head -n 13 out >first
	cat first first | diff out -
	diff first - <<-.
	request
	  app_lbl      a000
	  um           u
	  naf_id       mtc.example.org/0100000007
	  key_lt       1800003600 (2027-01-15T09:00:00Z)
	  p_tid        one
	  trigger_ind  1
	  trigger_time 30
	  trigger_mode integrity
	  ue_id        meter-7
	  ue_trp       unix:dev
	  ue_id_type   private

	.
}

@test "JSON: one line each, numbers as numbers" {
	cbor 'request(trigger_ind=1)' 'rec("report", p_tid="one", state=10,
	    time=1, detail="a \"b\\ c")' >records
	says '{"type":"request","app_lbl":"","um":"me","naf_id":"mtc.example.org/0100000007","key_lt":1800003600,"p_tid":"one","trigger_ind":1,"trigger_mode":"full","ue_id":"meter-7","ue_trp":"unix:dev"}
{"type":"report","p_tid":"one","time":1,"state":"failed","detail":"a \"b\\ c"}' \
	    gpi-show -j records
}

@test "every secret of every record is hidden, unless -s" {
	subscriber
	card
	cbor 'rec("draft", ver=1, rand=bytes(16), autn=bytes(16), app_lbl=b"",
	    um=1, naf_id=naf("a"), key_lt=1, p_tid="p", ue_id="u",
	    ks_naf=b"SSSS" * 8, ks_int_naf=b"SSSS" * 8, k_gpi=b"SSSS" * 8)' \
	    'rec("accepted", rand=bytes(16), autn=bytes(16), app_lbl=b"", um=1,
	    naf_id=naf("a"), key_lt=1, ue_priv_id="i", gpi=b"g",
	    ks_naf=b"SSSS" * 8, ks_int_naf=b"SSSS" * 8, ul_sa_id="p",
	    dl_sa_id="0" * 32 + "@a", time=1)' >records
	for view in -j -t --hex; do
		cat records card | does gpi-show $view
		tr -d ' ' <out >packed
		lacks "5353535353|${K:0:14}|${OPC:0:14}" packed
		cat records card | does gpi-show -s $view
		tr -d ' ' <out >packed
		has_line 5353535353 packed
		has_line "${K:0:14}" packed
		has_line "${OPC:0:14}" packed
	done
}

@test "--hex shows each octet of a GPI once, and says what it is" {
	for name in $ROWS; do
		opened "$name"
		does gpi-show --hex gpi
		same "octets of $name" "$(octets_of <out)" "$row_gpi"
		does gpi-show --hex --k-gpi-file k_gpi gpi
		same "octets of $name" "$(octets_of <out)" "$row_gpi"
		# a long one goes on in the next line
		tr -d ' \n' <out | grep -q "=p_tid$row_p_tid"
	done
}

@test "--hex says what is encrypted, and what is authenticated" {
	opened full
	does gpi-show --hex gpi
	grep -q 'rand .*clear, authenticated' out
	grep -q 'enc .*encrypted, authenticated: C1' out
	grep -q 'c2 .*encrypted, authenticated: C2' out
	opened integrity
	does gpi-show --hex gpi
	grep -q 'trig .*clear, authenticated' out
	opened none
	does gpi-show --hex gpi
	grep -q 'trig .*clear, NOT authenticated' out
}

@test "--hex shows each octet of a record, but for the secret ones" {
	cbor 'request(trigger_ind=1)' >request
	does gpi-show --hex request
	same octets "$(octets_of <out)" "$(xxd -p -c 256 request)"
	cbor 'rec("response", naf_id=naf("a"), key_lt=1, p_tid="p", ue_id="u",
	    gpi=b"g", ks_naf=b"S" * 32)' >response
	does gpi-show --hex response
	same octets "$(octets_of <out)" \
	    "$(xxd -p -c 256 response | sed -E 's/5820(53){32}/'"$(
	    printf '.%.0s' {1..68})"'/')"
	does gpi-show --hex -s response
	same octets "$(octets_of <out)" "$(xxd -p -c 256 response)"
}

@test "--hex shows what does not decode, too; what may be a key only with -s" {
	cbor '{0: 1, 99: [1, 2]}' >item
	ends 3 'gpi-show: item: record 1: key 99: found, expected a key of gpi(5)' \
	    gpi-show --hex item
	same octets "$(octets_of <out)" a20001..........
	try gpi-show --hex -s item
	same octets "$(octets_of <out)" "$(xxd -p item)"
}

@test "--hex shows what has come of an item that is cut off" {
	known full
	head -c 40 gpi >item
	ends 3 'gpi-show: item: record 1: item: found the end of input after 40 octets, expected the rest' \
	    gpi-show --hex item
	same octets "$(sed 's/^.....//; s/  .*//' out | tr -d ' \n')" \
	    "$(xxd -p -c 99 item)"
	same last "$(tail -n 2 out | head -n 1)" '0026  58 30                    enc            cut off'
	cat gpi item >both
	try gpi-show --hex both
	same 'the first is whole' "$(grep -c 'authenticated' out)" \
	    "$(gpi-show --hex gpi | grep -c authenticated)"
	try gpi-show item
	nothing_in out
}

@test "--hex hides the key of a record that is not well made" {
	# an indefinite map, an indefinite string, an array around it
	for item in 'b"\xbf\x00\x03\x12\x58\x20" + b"S" * 32 + b"\xff"' \
	    'b"\xa2\x00\x03\x12\x5f\x58\x20" + b"S" * 32 + b"\xff"' \
	    'b"\xa2\x00\x03\x18\x12\x58\x20" + b"S" * 32' \
	    'b"\xa2\x12\x58\x20" + b"S" * 32 + b"\x00\x03"'; do
		cbor "$item" >item
		try gpi-show --hex item
		same status "$status" 3
		lacks '53 53 53' out
	done
}

@test "--hex and -j do not go together" {
	fails 2 'gpi-show: give --hex or -j, not both' \
	    gpi-show --hex -j /dev/null
}

@test "a bad item is named by file and number, the others are shown" {
	opened full
	(cbor 'request(p_tid="a")' '17'; cat gpi
	    cbor '{0: 77}' 'request(p_tid="b")') >items
	ends 3 'gpi-show: items: record 2: not a record of these programs' \
	    gpi-show -j items
	same 'second line' "$(sed -n 2p err)" \
	    'gpi-show: items: record 4: type: found 77, expected 0 to 12'
	same types "$(values type <out | words)" 'request gpi request'
}

# ---- hex ----

@test "hex is read as octets, however it is written; that is told once" {
	opened full
	xxd -p gpi >plain
	xxd -p -u -c 1 gpi | words >blanks
	xxd -p -c 256 gpi | sed 's/../&:/g; s/:$//' >colons
	xxd -i <gpi | tr -d ' ,\n' >prefixed	# 0x880x01...
	(printf 0x; xxd -p -c 256 gpi) | tr -d '\n' >once
	xxd -i <gpi >array	# 0x88, 0x01, ...
	xxd -p -c 256 gpi | sed 's/../\\x&/g' >escaped
	xxd -p -c 256 gpi | sed 's/../&-/g; s/-$//' >hyphens
	{ cat plain; echo; cat colons; } >two
	gpi-show gpi >expected
	for form in plain blanks colons prefixed once array escaped hyphens; do
		try gpi-show $form
		same "status of $form" "$status" 0
		same stderr "$(<err)" "gpi-show: $form: hex; its octets are read"
		same_octets out expected
	done
	try gpi-show <two
	same stderr "$(<err)" 'gpi-show: standard input: hex; its octets are read'
	cat expected expected | same_octets out -
}

@test "hex that comes in pieces, within an octet, too" {
	opened full
	gpi-show gpi >expected
	printf %s "$row_gpi" | dd bs=7 status=none | try gpi-show
	(printf '%s' "${row_gpi:0:5}"; await grep -q hex err
	    printf '%s' "${row_gpi:5}") | gpi-show >out 2>err
	same_octets out expected
}

@test "a dump with offsets is not taken for hex: what makes octets of it" {
	opened full
	xxd gpi >dump
	od -A x -t x1 gpi >plain
	for form in dump plain; do
		fails 3 "gpi-show: $form: record 1: a dump with offsets; of one of xxd, xxd -r makes octets" \
		    gpi-show $form
	done
	xxd -r dump | cmp - gpi
}

@test "what is not hex throughout is said to be so" {
	opened full
	printf %s "${row_gpi}8" >odd
	ends 3 'gpi-show: odd: hex; its octets are read' gpi-show odd
	same complaint "${complaints[1]}" \
	    'gpi-show: odd: record 2: an odd number of hex digits'
	for wrong in "${row_gpi:0:300}zz record.1:.text,.neither.CBOR.nor.hex.(was.it.written.with.-j.or.-t?)" \
	    "${row_gpi:0:9}:${row_gpi:9} record.1:.not.all.of.it.is.hex,.two.digits.for.each.octet"; do
		echo "${wrong% *}" >wrong
		try gpi-show <wrong
		same status "$status" 3
		wrong=${wrong#* }
		same stderr "$(tail -n 1 err)" "gpi-show: ${wrong//./ }"
	done
}

@test "a file of something else earns two lines, not one for each octet" {
	opened full
	(printf '\x01\x02\x03\x04'; cat gpi; printf '\x05'; cat gpi
	    printf '\x06\x07') >items
	ends 3 'gpi-show: items: record 1: not a record of these programs' \
	    gpi-show -j items
	same complaints "$(sed 1d err)" 'gpi-show: items: records 2 to 4: likewise
gpi-show: items: record 6: not a record of these programs
gpi-show: items: record 8: not a record of these programs
gpi-show: items: record 9: likewise'
	same types "$(values type <out | words)" 'gpi gpi'
}

# ---- from JSON ----

@test "--from-json makes the same records and GPIs again" {
	cbor 'request(trigger_ind=1, trigger_time=30, trigger_mode=2)' \
	    'rec("report", p_tid="one", state=10, time=1, detail="a \"b\\ c")' \
	    >records
	response >>records
	subscriber
	card
	cat card >>records
	hss-store list -d hss.db -o subscribers
	cat subscribers >>records
	for name in $ROWS; do
		opened "$name"
		cat gpi >>records
	done
	gpi-show -j -s records >lines
	same lines "$(lines_in lines)" 13
	does gpi-show --from-json lines
	same_octets out records
	gpi-show -j --k-gpi-file k_gpi gpi | does gpi-show --from-json
	same_octets out gpi
}

@test "--from-json refuses what is no record, and what is hidden" {
	response >response
	gpi-show -j response >hidden
	(echo hello; cat hidden; echo '{"type":"gpi","ver":1}'
	    echo '{"type":"sms"}'; gpi-show -j -s response) >lines
	ends 3 'gpi-show: lines: line 1: not a JSON object' \
	    gpi-show --from-json lines
	same complaints "$(sed 1d err)" 'gpi-show: lines: line 2: ks_naf: found (hidden), expected what -s shows
gpi-show: lines: line 3: rand: found nothing, expected in a gpi
gpi-show: lines: line 4: type: found "sms", expected gpi, request, draft, response, naf-sa, accepted, sync-failure, trigger-response, report, device, card, subscriber or trigger'
	same_octets out response
	for option in --hex '--card none' '--k-gpi-file none'; do
		# shellcheck disable=SC2086	# words
		fails 2 'gpi-show: --from-json does not go with --hex, --card and --k-gpi-file' \
		    gpi-show --from-json $option lines
	done
}

# ---- a GPI within a record, and colours ----

@test "--hex shows the GPI of a record as it shows a GPI" {
	opened full
	response >response
	gpi-show --hex --k-gpi-file k_gpi gpi | sed -n 's/^[0-9a-f]* *//; /./p' \
	    >alone
	does gpi-show --hex --k-gpi-file k_gpi response
	sed -n '/array of 8/,/synthetic/p; /synthetic/{n;p;n;p}' out |
	    sed 's/^[0-9a-f]* *//' | same_octets - alone
	same octets "$(gpi-show --hex -s response | octets_of)" \
	    "$(xxd -p -c 2000 response)"

	# in text, the record and then its GPI
	does gpi-show --k-gpi-file k_gpi response
	same types "$(value type <out | words)" 'response gpi'
	same trigger "$(value trigger_time <out)" "$row_trigger_time"
	cbor 'rec("response", naf_id=naf("a"), key_lt=1, p_tid="p", ue_id="u",
	    gpi=b"g", ks_naf=b"S" * 32)' >response
	does gpi-show --hex response
	grep -q '41 67  *gpi$' out
}

@test "--hex has colours on a terminal, unless NO_COLOR says no" {
	local octets

	opened full
	script -qec 'TERM=xterm NO_COLOR= gpi-show --hex gpi' /dev/null </dev/null |
	    tr -d '\r' >tty
	gpi-show --hex gpi >plain
	sed 's/\x1b\[[0-9]*m//g' tty | same_octets - plain
	for octets in '32m 88 ' '32m 50 ' '33m 58 ' '35m [0-9a-f ]*  enc' \
	    '35m [0-9a-f ]*  c2'; do
		grep -q $'^[0-9a-f]* \x1b'"\\[$octets" tty
	done
	same 'rows without colour' "$(grep -c '^[0-9a-f]\{4\}  ' tty)" 0
	opened none
	script -qec 'TERM=xterm gpi-show --hex gpi' /dev/null </dev/null |
	    grep -q $'\x1b''\[33m .*NOT authenticated'
	for no in NO_COLOR=1 TERM=dumb; do
		script -qec "TERM=xterm $no gpi-show --hex gpi" /dev/null \
		    </dev/null | tr -d '\r' | diff - <(gpi-show --hex gpi)
	done
}
