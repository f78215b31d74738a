# gsup.bats: vectors of osmo-hlr, and of an HLR that lies; and which HSS has
# which subscriber.

load helper
load hlr

# from HSS [OPTION...]: drafts of its vectors
from() {
	gpi-gen --hss "$1" --bsf $BSF --now $NOW "${@:2}"
}

# private [FIELD=EXPRESSION...]: a request for IMPI
private() {
	cbor "request(ue_id='$IMPI', ue_id_type=0${*:+, $*})"
}

# ---- osmo-hlr ----

# opens [OPTION OF REQUEST...]: the card opens a GPI of its vector
opens() {
	mtc-trigger request -d mtc.db --naf $NAF --ue-id "$IMPI" --private \
	    --now $NOW "$@" | from "$home" | gpi-sign | gpi-push --to - >gpi
	does recv "${recv[@]}" gpi
}

@test "osmo-hlr: the device opens the GPI, in GBA_ME and GBA_U" {
	hlr
	subscriber
	card
	mtc-trigger register -d mtc.db --ue-id $IMPI --ue-trp unix:dev
	opens "${INDICATION[@]}"
	same U/M "$(gpi-show -t out | value um)" me
	mtc-trigger register -d mtc.db --ue-id $IMPI --ue-trp unix:dev --um u
	opens "${INDICATION[@]}"
	same U/M "$(gpi-show -t out | value um)" u
	same 'SQN of the HLR' "$(hlr_sqn)" 65
	stop_hlr
}

@test "osmo-hlr: resynchronisation" {
	hlr
	subscriber meter-7 $IMPI --sqn 5000000
	card
	mtc-trigger register -d mtc.db --ue-id $IMPI --ue-trp unix:dev
	mtc-trigger request -d mtc.db --naf $NAF --ue-id $IMPI --private \
	    --now $NOW "${INDICATION[@]}" | from "$home" | gpi-sign |
	    put mtc.db --pass | gpi-push --to - >gpi
	try recv --sync-failures sync gpi
	same status "$status" 1
	mtc-trigger resync -d mtc.db --now $NOW sync >again
	from "$home" again | gpi-sign | gpi-push --to - >gpi
	does recv gpi
	[ "$(hlr_sqn)" -gt 5000000 ]
	# and one that is forged
	edit 'auts=bytes(14)' <again >forged
	fails 1 "gpi-gen: forged: record 1: $home:4222: IMSI ${IMPI%@*}: IMSI unknown in HLR (cause 2); or AUTS is wrong" \
	    from "$home" forged
	stop_hlr
}

@test "osmo-hlr: who is refused, and why; the others are answered in order" {
	local who=001010000000002 realm=@ims.mnc001.mcc001.3gppnetwork.org

	hlr
	hlr_subscriber $who auc_2g
	hlr_subscriber 001010000000003 none
	(private "p_tid='a'"
	cbor "request(ue_id='$who$realm', ue_id_type=0, p_tid='b')" \
	    "request(ue_id='001010000000003$realm', ue_id_type=0, p_tid='c')" \
	    "request(ue_id='001010000000009$realm', ue_id_type=0, p_tid='d')" \
	    "request(p_tid='e')" "request(p_tid='f', ue_priv_id='$IMPI')" \
	    "request(p_tid='g', ue_id='1@a', ue_id_type=0)" \
	    "request(p_tid='h', ue_id='$who$realm', ue_id_type=0, ue_priv_id='$IMPI')"
	private "p_tid='i'") >requests
	try from "$home" requests
	same status "$status" 1
	same drafts "$(gpi-show -t out | value p_tid | xargs)" 'a f i'
	same stderr "$(<err)" "gpi-gen: requests: record 2: $home:4222: IMSI $who: the HLR has no keys of 3G for it
gpi-gen: requests: record 3: $home:4222: IMSI 001010000000003: IMSI unknown in HLR (cause 2)
gpi-gen: requests: record 4: $home:4222: IMSI 001010000000009: IMSI unknown in HLR (cause 2)
gpi-gen: requests: record 5: ue_id: $home:4222 finds no public identity meter-7; expected a private one, or ue_priv_id
gpi-gen: requests: record 7: ue_priv_id: found 1@a, expected an IMSI before the @
gpi-gen: requests: record 8: ue_priv_id: found $IMPI, expected the IMPI of $who$realm"
	# nothing that is refused here costs a vector
	same SQN "$(hlr_sqn)" 97
	# whom a NAF may name, it may name in both ways
	echo "$NAF 0100000007 meter-*" >allow
	cbor "request(ue_priv_id='$IMPI')" >request
	fails 1 "gpi-gen: request: record 1: naf_id: the allow file does not let $NAF/0100000007 ask for $IMPI" \
	    from "$home" --allow allow request
	echo "$NAF 0100000007 001010123456789@*" >>allow
	does from "$home" --allow allow request
	stop_hlr
}

@test "osmo-hlr dies between two requests, and comes again" {
	hlr
	private "p_tid='a'" >a
	private "p_tid='b'" >b
	mkfifo requests
	from "$home" -o drafts requests 2>err 3>&- &
	gen=$!
	exec 9>requests
	cat a >&9
	await eval '[ "$(hlr_sqn)" -gt 0 ]'
	stop_hlr
	hlr
	cat b >&9
	exec 9>&-
	wait $gen
	nothing_in err
	same drafts "$(gpi-show -t drafts | value p_tid | xargs)" 'a b'
	same RANDs "$(field rand drafts | sort -u | lines)" 2
	stop_hlr
}

# ---- an HLR that lies ----

# liar MODE: peers/hlr.py, as $liar at $home; what it hears is in ./heard.MODE
liar() {
	rm -f "heard.$1"
	/usr/bin/python3 -IS "$TESTS/peers/hlr.py" "$1" >"heard.$1" 2>&1 3>&- &
	liar=$!
	await test -s "heard.$1"
	read -r port <"heard.$1"
	home=gsup://127.0.0.1:$port
}

# asks N: requests for the IMSIs of a network, from 1
asks() {
	[ -e "asks.$1" ] || python 'for n in range(1, int(sys.argv[1]) + 1):
    out.write(item(request(ue_id="00101%010d@a" % n, ue_id_type=0,
        p_tid="p%d" % n)))' "$1" >"asks.$1"
	echo "asks.$1"
}

# rands: of the drafts in ./out, as numbers
rands() {
	local rand

	for rand in $(field rand out); do
		echo $((16#$rand))
	done | xargs
}

# answers MODE N RANDS: all are, without a word
answers() {
	liar "$1"
	does from "$home/me" "$(asks "$2")"
	same 'drafts in order' "$(gpi-show -t out | value p_tid | xargs)" \
	    "$(seq -f p%.0f -s ' ' "$2")"
	same RANDs "$(rands)" "$3"
	same 'clients and requests' "$(grep -c client "heard.$1") $(grep -c ask \
	    "heard.$1")" "1 $2"
	kill $liar
}

@test "answers in another order, without a session, in pieces, two at a time" {
	answers good 4 '1 2 3 4'
	same name "$(sed -n 2p heard.good)" 'client me'
	answers reverse 8 '4 3 2 1 8 7 6 5'
	answers old 4 '1 2 3 4'
	answers slow 3 '1 2 3'
	answers pair 3 '1 2 3'
	# more than are under way at a time, and than a turn has
	answers good 1200 "$(seq -s ' ' 1200)"
}

@test "one subscriber's answers without sessions are taken in order" {
	liar old
	private "p_tid='a'" >a
	private "p_tid='b'" >b
	does from "$home" <(cat a b a)
	same RANDs "$(rands)" '1 2 3'
}

# again MODE N RANDS WHY: all are answered, after WHY and another connection; no
# RANDS: by vectors of which none is the same
again() {
	liar "$1"
	ends 0 "gpi-gen: $home: connection lost ($4); asked again what was not answered" \
	    from "$home" "$(asks "$2")"
	same RANDs "$(rands)" "${3:-$(rands | xargs -n 1 | sort -nu | xargs)}"
	same drafts "$(rands | wc -w)" "$2"
	kill $liar
}

@test "a connection that breaks is made again; no vector is given twice" {
	again break 8 '1 2 3 4 5 6 7 8' 'the HLR closed the connection'
	same asked "$(grep -c ask heard.break)" $((6 + 5))
}

@test "answers that come twice, or in a later connection, are not taken" {
	again twice 3 '' 'GSUP: an answer for IMSI 001010000000001, which was not asked'
	again late 4 '5 6 7 8' 'the HLR closed the connection'
	same complaints "$(sed 's/.*lost (\(.*\));.*/\1/' err)" 'the HLR closed the connection
GSUP: an answer for IMSI 001010000000001, which was not asked'
}

# gives_up MODE WHY CONNECTIONS: nothing is answered,
# each of which but the last earns a warning
gives_up() {
	liar "$1"
	try from "$home" "$(asks 3)"
	same status "$status" 4
	same complaint "$(tail -n 1 err)" "gpi-gen: $home: $2"
	same connections "$(lines_in err)" "$3"
	nothing_in out
	kill $liar
}

@test "garbage, wrong lengths, the answer of another: the run ends" {
	gives_up garbage 'GSUP: a frame of 14519 octets; 4096 are possible' 1
	gives_up other 'GSUP: an answer for IMSI 999990000000000, which was not asked' 3
	gives_up short 'GSUP: element 20 has 15 octets; expected 16' 3
}

@test "silence, and pings without end: 5 seconds" {
	liar mute
	from "$home" /dev/null 2>mute.err 3>&- &
	mute=$!
	mute_home=$home
	gives_up endless 'no answer within 5 s; another client of the HLR may have the name gpi-gen' 1
	status=0
	wait $mute || status=$?
	same status "$status" 4
	same stderr "$(<mute.err)" "gpi-gen: $mute_home: nothing came within 5 s; a GSUP server speaks first"
}

@test "a vector that was given before is not used again" {
	liar same
	ends 1 "gpi-gen: asks.3: record 2: $home: IMSI 001010000000002: the HLR gave this vector before" \
	    from "$home" "$(asks 3)"
	same RANDs "$(rands)" 1
}

@test "CK and IK of an answer are gone once its draft has left" {
	[ "$(id -u)" = 0 ] || skip 'only root reads the memory of another process'
	! sanitized || skip 'a sanitizer keeps what is freed'
	liar good
	mkfifo requests
	from "$home" requests >out 3>&- &
	gen=$!
	exec 9>requests
	cat "$(asks 2)" >&9
	await test -s out
	await holds_none "$(pgrep -P $gen -x gpi-gen || echo $gen)" "CK=$(printf %032d 0 | sed s/../63/g)" \
	    "IK=$(printf %032d 0 | sed s/../69/g)" "K_GPI=$(field k_gpi out |
	    head -n 1)" || { cat found; false; }
	exec 9>&-
	wait $gen
}

# holds_none PID KEY...: as peers/hlr.py sent it, or what came of it
holds_none() {
	"$TESTS/scan.py" "$@" >found && nothing_in found
}

@test "causes by name" {
	liar cause
	try from "$home" "$(asks 22)"
	same status "$status" 1
	same 'causes' "$(sed -n '11p; 17p; 19p; 22p' err)" \
	    "$(printf "gpi-gen: asks.22: record %d: $home: IMSI 0010100000000%d: %s (cause %d)\n" \
	    11 11 'PLMN not allowed' 11 17 17 'network failure' 17 \
	    19 19 'a cause without a name' 19 22 22 congestion 22)"
}

@test "URIs of an HLR, and no HLR" {
	fails 2 'gpi-gen: gsup://127.0.0.1/a b: a client'"'"'s name has 1 to 32 letters, digits, '"'-', '.' or '_'" \
	    from 'gsup://127.0.0.1/a b' /dev/null
	try from gsup://:1 /dev/null
	same status "$status" 2
	free_port
	fails 4 "gpi-gen: gsup://127.0.0.1:$port: Connection refused" \
	    from "GSUP://127.0.0.1:$port/" /dev/null
}

# ---- slf: ----

@test "slf: the first pattern that matches an identity names the HSS" {
	local other=001020000000001@operator.example

	subscriber
	subscriber pump-1 001020000000001@a.example
	mv hss.db one.db
	subscriber meter-7 $other
	mv hss.db two.db
	cat >slf <<-.
	# public, private, IMSI

	meter-8	nowhere.db
	pump-*	one.db
	*@operator.example two.db
	00101?????????? one.db
	.
	cbor 'request(p_tid="a", ue_id="pump-1")' \
	    "request(p_tid='b', ue_priv_id='$other')" \
	    "request(p_tid='c', ue_id='$IMPI', ue_id_type=0)" \
	    "request(p_tid='d', ue_id='meter-7')" \
	    "request(p_tid='e', ue_id='$other', ue_id_type=0)" >requests
	ends 1 'gpi-gen: requests: record 4: ue_id: no line of slf names the HSS of meter-7' \
	    from slf:slf requests
	same drafts "$(gpi-show -t out | value p_tid | xargs)" 'a b c e'
	mv one.db hss.db
	same 'SQN in one.db' "$(sqn) $(sqn 001020000000001@a.example)" '33 33'
	mv hss.db one.db
	mv two.db hss.db
	same 'SQN in two.db' "$(sqn $other)" 66
	mv hss.db two.db
	# opened when it is needed: that fails, and nothing is spent
	cbor 'request(ue_id="pump-1")' 'request(ue_id="meter-8")' >requests
	fails 4 'gpi-gen: nowhere.db: No such file or directory' \
	    from slf:slf requests
	mv one.db hss.db
	same SQN "$(sqn 001020000000001@a.example)" 33
}

@test "slf: an HLR and a store" {
	liar good
	subscriber
	printf '001019* %s\nmeter-* hss.db\n' "$home" >slf
	cbor 'request(p_tid="a")' \
	    'request(p_tid="b", ue_id="001019000000001@a", ue_id_type=0)' \
	    'request(p_tid="c")' >requests
	does from slf:slf requests
	same drafts "$(gpi-show -t out | value p_tid | xargs)" 'a b c'
	same RAND "$(field rand out | sed -n 2p)" \
	    00000000000000000000000000000001
	same SQN "$(sqn)" 66
}

@test "slf: a file that is none" {
	echo 'a b c' >slf
	fails 3 'gpi-gen: slf: line 1: more than 2 words; a line is PATTERN HSS' \
	    from slf:slf /dev/null
	printf '# a\n*\n' >slf
	fails 3 'gpi-gen: slf: line 2: fewer than 2 words; a line is PATTERN HSS' \
	    from slf:slf /dev/null
	echo '* slf:slf' >slf
	fails 3 "gpi-gen: slf: line 1: HSS: 'slf:slf' is an SLF itself" \
	    from slf:slf /dev/null
	fails 4 'gpi-gen: nothing: No such file or directory' \
	    from slf:nothing /dev/null
	fails 2 'gpi-gen: --output: this would overwrite the file of --hss' \
	    from slf:slf -o slf /dev/null
}
