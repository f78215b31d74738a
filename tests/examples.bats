# examples.bats: the examples do what they say, and notice where they do not.

setup() {
	cd "$BATS_TEST_DIRNAME/.." || return
	BUILD=$(cd "${BUILD:-build}" && pwd)
	TMPDIR=$BATS_TEST_TMPDIR
	export BUILD TMPDIR
}

example() { # NAME: it succeeds, quietly, and leaves nothing behind
	run "examples/$1.sh"
	echo "$output"
	[ "$status" -eq 0 ]
	[ -z "$(compgen -G "$TMPDIR/tmp.*")" ]
}

has() { # LINE: a part of one of output's lines
	[[ $output == *"$1"* ]]
}

@test "trigger.sh: two devices are woken and call back, in under 40 lines" {
	example trigger
	[ "${#lines[@]}" -lt 40 ]
	[ "$(printf '%s\n' "$output" | wc -l)" -lt 40 ]
	has 'kWh=1042.7 V=229.8 Hz=50.01'
	has 'lat=48.1374 lon=11.5755 speed=0'
	has 'AUTN, MAC, NAF_Id, SQN: right'
	has 'AUTN*, MAC, NAF_Id, SQN: right'
	[ "$(printf '%s\n' "$output" | grep -c \
	    'requested answered stored sent responded connected')" -eq 2 ]
	[ -z "$(printf '%s\n' "$output" | sed -n '/.\{81\}/p')" ]
	for element in HSS 'MTC server' BSF device; do
		has "$element"
	done
}

@test "by-hand.sh: openssl alone makes the same octets" {
	example by-hand
	# the GPI and keys of gpi.csv, which another implementation made
	IFS=, read -r _ _ _ _ _ _ _ _ _ _ _ _ k_gpi gpi ks_naf _ \
	    < <(grep '^full,1,' tests/vectors/gpi.csv | tr -d '\r')
	has "GPI        = $gpi  (gpi-sign, gpi-push)"
	has "K_GPI      = $k_gpi  (gpi-gen)"
	has "Ks_NAF     = $ks_naf  (gpi-recv)"
	# the rest of gba_selfcomputed.csv set 1
	IFS=, read -r _ _ _ _ autn autn_star ks _ ks_int_naf \
	    < <(grep '^1,' tests/vectors/gba_selfcomputed.csv | tr -d '\r')
	has "AUTN       = $autn  (gpi-gen)"
	has "AUTN*      = $autn_star  (gpi-gen)"
	has "Ks         = $ks"
	has "Ks_int_NAF = $ks_int_naf  (gpi-gen)"
}

@test "mqtt.sh: a GPI waits at a broker for its device" {
	command -v mosquitto_pub >/dev/null || skip 'mosquitto is not there'
	example mqtt
	has 'the MTC server has published a GPI of 112 octets'
	has 'says over TLS: back from the broker'
}

@test "real.sh: osmo-hlr, a UICC in a reader, an SMSC and s_client are others'" {
	run examples/real.sh
	echo "$output"
	[ "$status" -ne 77 ] || skip "${output#*left out: }"
	[ "$status" -eq 0 ]
	[ -z "$(compgen -G "$TMPDIR/tmp.*")" ]
	has "406         AUTN by the UICC, MAC, NAF_Id: right; Ks_NAF is the NAF's"
	has '407         s_client with Ks_NAF is accepted; it says 1042.7 kWh'
	[ -z "$(printf '%s\n' "$output" | sed -n '/.\{81\}/p')" ]
}

@test "resync.sh: a stale card is resynchronised, then triggered" {
	example resync
	has 'with one bit of AUTS flipped the HSS refuses'
	has 'moves its SQN from 33 to 132'
	has 'the device says over TLS: awake again'
	has 'states: the stale trigger failed, the new one connected'
}

@test "tamper.sh: no damaged GPI is accepted" {
	example tamper
	has 'flipped 896, refused for'
	has 'cut 111, refused for'
	[ "$(printf '%s\n' "$output" | grep -c 'moved 52, refused')" -eq 2 ]
	has 'no damaged one was accepted; each genuine one was, afterwards'
}

@test "graft.sh: no trigger moves between GPIs, no mode is lowered" {
	example graft
	[ "$(printf '%s\n' "$output" | grep -c '^    ')" -eq 19 ]
	has 'gpi-recv refuses mode none'
}

@test "replay.sh: a GPI is accepted once" {
	example replay
	has 'of its AUTS the MTC server makes no request: that trigger is over'
	has 'once more: refused without an AUTS, for the RAND is known again'
}

@test "rogue-naf.sh: a NAF gets its own keys and no others" {
	example rogue-naf
	[ "$(printf '%s\n' "$output" | grep -c '^refused: ')" -eq 10 ]
	[ "$(printf '%s\n' "$output" | grep -c '^refused by the device')" -eq 3 ]
	[ "$(printf '%s\n' "$output" | grep -c '^granted: ')" -eq 2 ]
}

# is_picture FILE: a PNG of a few hundred pixels, or an SVG
is_picture() {
	case $1 in
	*.png)
		[ "$(head -c 8 "$1" | xxd -p)" = 89504e470d0a1a0a ]
		[ $((0x$(tail -c +17 "$1" | head -c 4 | xxd -p))) -gt 300 ] ;;
	*.svg) grep -q '^</svg>' "$1" ;;
	esac
}

@test "sequence.sh: the chart of a trigger, from registration to close" {
	example sequence
	# that of the README, at another time
	diff <(printf '%s\n' "$output" | timeless) \
	    <(sed -n '/^ *device  *MTC server/,/\[connected\]/p' README | timeless)
	[ -z "$(printf '%s\n' "$output" | sed -n '/.\{81\}/p')" ]
}

timeless() {
	sed -E 's/^[0-9]{2}(:[0-9]{2}){2}\.[0-9]{3} /TIME /'
}

@test "sequence.sh draws what the store and the reports say" {
	cd "$BATS_TEST_TMPDIR"
	echo '{"type":"trigger","p_tid":"a","ue_id":"pump-1","ue_trp":"tcp://h:1","state":"failed","detail":"cancelled","requested":1800000000,"answered":1800000001,"stored":1800000001,"failed":1800003723}' >status
	echo '{"type":"report","p_tid":"a","state":"failed","detail":"h: Connection refused"}' >reported
	run "$OLDPWD/examples/sequence.sh" status reported
	diff - <(echo "$output") <<-.
	             device               MTC server                    BSF         HSS
	                |                      |                         |            |
	                |                      |       401 request       |            |
	08:00:00        |                      |------------------------>|            |
	                |                      |                         |  402 IMPI  |
	                |                      |                         |----------->|
	                |                      |                         |AUTN, CK, IK|
	                |                      |                         |<...........|
	                |                      |       403 response      |            |
	08:00:01        |                      |<........................|            |
	08:00:01        |             (404 SA is stored)                 |            |
	09:02:03        |           (h: Connection refused)              |            |
	09:02:03        |             [failed: cancelled]                |            |
	.
	command -v mscgen >/dev/null || skip 'mscgen is not there'
	for file in chart.png chart.svg; do
		run "$OLDPWD/examples/sequence.sh" -o $file status reported
		[ "$status" -eq 0 ] && [ -z "$output" ]
		is_picture $file
	done
	grep -q '404 SA is stored' chart.svg
	grep -q 'failed: cancelled' chart.svg
}

@test "timeline.sh: a fleet over time" {
	command -v gnuplot >/dev/null || skip 'gnuplot is not there'
	export DEVICES=8 RATE=1000 SPREAD=1
	example timeline
	for text in '8 triggers, from 20' 'requested (8)' 'stored (8)' \
	    'sent (8)' 'responded (7)' 'connected (7)'; do
		has "$text"
	done
	[ -z "$(printf '%s\n' "$output" | sed -n '/.\{81\}/p')" ]
}

@test "timeline.sh draws what the store says" {
	command -v gnuplot >/dev/null || skip 'gnuplot is not there'
	cd "$BATS_TEST_TMPDIR"
	for i in 1 2 3 4 5 6; do
		echo "{\"type\":\"trigger\",\"requested\":1800000000,\"stored\":1800000001,\"sent\":180000000$i,\"delivered\":180000000$((i + 1)),\"expired\":1800000009}"
	done >status
	for file in fleet.png fleet.svg; do
		"$OLDPWD/examples/timeline.sh" -o $file - <status
		is_picture $file
	done
	for text in '6 triggers, from 2027-01-15 08:00:00 UTC on' \
	    'requested (6)' 'delivered (6)' 'expired (6)'; do
		grep -qF "$text" fleet.svg
	done
	! grep -qF responded fleet.svg
	run "$OLDPWD/examples/timeline.sh" /dev/null
	[ "$status" -eq 1 ]
	[ "$output" = 'timeline.sh: no triggers' ]
	run "$OLDPWD/examples/timeline.sh" -T gif status
	[ "$output" = 'timeline.sh: gif: expected png, svg or txt' ]
}

@test "an example fails where a program does not do its part" {
	mkdir "$BATS_TEST_TMPDIR/bad"
	ln -s "$BUILD"/* "$BATS_TEST_TMPDIR/bad"
	rm "$BATS_TEST_TMPDIR/bad/gpi-recv"
	printf '#!/bin/sh\nexit 0\n' >"$BATS_TEST_TMPDIR/bad/gpi-recv"
	chmod +x "$BATS_TEST_TMPDIR/bad/gpi-recv"
	BUILD=$BATS_TEST_TMPDIR/bad
	for name in resync replay; do
		run "examples/$name.sh"
		echo "$name: $output"
		[ "$status" -eq 1 ]
	done
}

@test "every example is in the README, and only those" {
	[ "$(sed -n 's/^\([a-z-]*\.sh\) .*/\1/p' examples/README | sort)" = \
	    "$(cd examples && printf '%s\n' *.sh | sort)" ]
}
