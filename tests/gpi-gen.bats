# gpi-gen.bats: step 402, drafts of GPIs from the HSS's vectors.
# engines: sqlite postgresql

load helper

# Ks_NAF of CK, IK, RAND, IMPI and NAF_Id in hex, by the openssl command alone
ks_naf_by_hand() {
	local s

	s=01$(printf gba-me | xxd -p)0006$3'0010'
	s+=$(printf %s "$4" | xxd -p -c 256)$(printf %04x ${#4})
	s+=$5$(printf %04x $((${#5} / 2)))
	unhex "$s" | openssl mac -digest SHA256 \
	    -macopt "hexkey:$1$2" HMAC | tr A-F a-f
}

# ---- known answers ----

# bats test_tags=any-store
@test "gpi.csv: RAND, AUTN, the keys and the rest of each draft" {
	python 'from cbor2 import dumps, loads
for r in rows("gpi.csv"):
    number = lambda k: int(r[k]) if r[k] else None
    gpi = loads(h(r["gpi"]))
    shared = dict(app_lbl=h(r["app_lbl"]), um=int(r["um"]),
        naf_id=h(r["naf_id"]), key_lt=int(r["key_lt"]), p_tid=r["p_tid"],
        ue_id="meter-7", trigger_ind=number("trigger_ind"),
        trigger_time=number("trigger_time"),
        trigger_mode=number("trigger_mode"))
    for name, record in (("request", rec("request", **shared)), ("draft",
        rec("draft", ver=1, rand=gpi[1], autn=gpi[2], ks_naf=h(r["ks_naf"]),
            ks_int_naf=h(r["ks_int_naf"]) or None, k_gpi=h(r["k_gpi"]),
            **shared))):
        open(name + "." + r["name"], "wb").write(dumps(record, canonical=True))'
	for name in $ROWS; do
		known "$name"
		does gpi-gen --hss hss.db --bsf "$row_bsf" --rand "$row_rand" \
		    --now $((row_key_lt - 60)) "request.$name"
		same_octets out "draft.$name"
	done
}

# tuak N: a subscriber of a set of TS 35.233, one vector before; its draft
tuak() {
	eval "$(python 'r = list(rows("tuak_35233.csv"))[int(sys.argv[1]) - 1]
for k, v in r.items():
    print("set_%s=\"%s\"" % (k.lower(), v))
sqn = int(r["SQN"], 16)
print("set_before=%d" % ((sqn // 32 - 1) * 32 + (sqn - 1) % 32))' "$1")"
	(umask 077 && printf 'k %s\ntop %s\n' "$set_k" "$set_top" >key)
	hss-store add -d hss.db --impi $IMPI --ue-id meter-7 --key-file key \
	    --algorithm tuak --iterations "$set_iterations" \
	    --amf "$set_amf" --sqn "$set_before"
	cbor 'request()' | gen --rand "$set_rand" >draft
}

# bats test_tags=any-store
@test "TUAK: MAC-A of TS 35.233 test set 1" {
	tuak 1
	same 'AMF and MAC-A' "$(field autn draft | cut -c 13-)" \
	    "$set_amf$set_f1"
}

# bats test_tags=any-store
@test "TUAK: AK, CK and IK of TS 35.233 test set 2" {
	tuak 2
	same 'SQN xor AK' "$(field autn draft | cut -c -12)" \
	    "$(printf %012x $((0x$set_sqn ^ 0x$set_f5_ak)))"
	same Ks_NAF "$(field ks_naf draft)" "$(ks_naf_by_hand "$set_f3_ck" \
	    "$set_f4_ik" "$set_rand" $IMPI \
	    "$(printf $NAF | xxd -p)0100000007")"
}

# bats test_tags=any-store
@test "osmo-auc-gen agrees on AUTN, CK and IK of random inputs" {
	cbor 'request()' >request
	for i in 1 2 3 4 5; do
		empty hss.db
		hex=$(openssl rand -hex 56)
		k=${hex:0:32} opc=${hex:32:32} rand=${hex:64:32}
		amf=${hex:96:4} sqn=$((0x${hex:100:12} & 0xffffffffff7f))
		(umask 077 && printf "k %s\nopc %s\n" "$k" "$opc" >key)
		subscriber meter-7 $IMPI --amf "$amf" --sqn "$sqn"
		gen --rand "$rand" request >draft
		osmo-auc-gen -3 -a milenage -k "$k" -o "$opc" -r "$rand" \
		    -f "$amf" -s "$(sqn)" >osmo
		same AUTN "$(field autn draft)" \
		    "$(sed -n 's/^AUTN:[[:space:]]*//p' osmo)"
		same Ks_NAF "$(field ks_naf draft)" "$(ks_naf_by_hand \
		    "$(sed -n 's/^CK:[[:space:]]*//p' osmo)" \
		    "$(sed -n 's/^IK:[[:space:]]*//p' osmo)" "$rand" $IMPI \
		    "$(printf $NAF | xxd -p)0100000007")"
	done
}

# ---- who may ask ----

# bats test_tags=any-store
@test "--peer: the NAF is who the transport says it is" {
	subscriber
	cbor 'request()' >request
	does gen --peer $NAF request
	fails 1 "gpi-gen: request: record 1: naf_id: found $NAF, expected rogue.example.org of --peer" \
	    gen --peer rogue.example.org request
	fails 1 "gpi-gen: request: record 1: naf_id: found $NAF, expected example.org of --peer" \
	    gen --peer example.org request
	fails 2 "gpi-gen: --peer: 'MTC.example.org' is not a lower-case FQDN" \
	    gen --peer MTC.example.org request
	same SQN "$(sqn)" 33
}

# bats test_tags=any-store
@test "--allow: only what a line names" {
	subscriber
	cbor 'request()' >request
	cat >allow <<-.
	# FQDN UA-HEX UE-ID-GLOB
	other.example.org 0100000007 *

	mtc.example.org 0100000007 meter-[0-9]	# ours
	.
	does gen --allow allow request
	for line in 'other.example.org 0100000007 *' \
	    'mtc.example.org 0100000002 *' 'example.org 0100000007 *' \
	    'mtc.example.org 0100000007 meter-[0-6]' \
	    'mtc.example.org 0100000007 meter' '# nobody'; do
		echo "$line" >allow
		fails 1 "gpi-gen: request: record 1: naf_id: the allow file does not let $NAF/0100000007 ask for meter-7" \
		    gen --allow allow request
	done
	same SQN "$(sqn)" 33
}

# bats test_tags=any-store
@test "--allow: a line that is none ends the run before it begins" {
	subscriber
	cbor 'request()' >request
	printf '# one\nmtc.example.org 0100000007\n' >allow
	fails 3 'gpi-gen: allow: line 2: fewer than 3 words; a line is FQDN UA-HEX UE-ID-GLOB' \
	    gen --allow allow request
	echo 'mtc.example.org 0100000007 * *' >allow
	fails 3 'gpi-gen: allow: line 1: more than 3 words; a line is FQDN UA-HEX UE-ID-GLOB' \
	    gen --allow allow request
	echo 'MTC 0100000007 *' >allow
	fails 3 "gpi-gen: allow: line 1: FQDN: 'MTC' is not lower-case letters, digits, hyphens and dots" \
	    gen --allow allow request
	echo 'mtc 01000000 *' >allow
	fails 3 "gpi-gen: allow: line 1: UA-HEX: '01000000' is not 10 hex digits" \
	    gen --allow allow request
	fails 4 'gpi-gen: none: No such file or directory' \
	    gen --allow none request
	same SQN "$(sqn)" 0
}

# bats test_tags=any-store
@test "no NAF gets the keys of a reserved naf_id" {
	subscriber
	for ua in ff67706901 ff00000000 ffffffffff 0100000100; do
		cbor "request(naf_id=naf('mtc.example.org', '$ua'))" >request
		fails 1 "gpi-gen: request: record 1: naf_id: found Ua identifier $ua, expected one that is not reserved" \
		    gen request
	done
	cbor "request(naf_id=naf('$BSF'))" >request
	fails 1 "gpi-gen: request: record 1: naf_id: found the BSF's own name $BSF, expected a NAF's" \
	    gen request
	same SQN "$(sqn)" 0
}

# ---- for whom ----

@test "a device that nobody has: no vector" {
	subscriber
	cbor 'request(ue_id="meter-8")' >request
	fails 1 'gpi-gen: request: record 1: ue_id: no subscriber has public identity meter-8' \
	    gen request
}

@test "each type of identity is searched in its own namespace" {
	subscriber meter-7 meter-8
	subscriber meter-8 meter-9
	cbor 'request(ue_id="meter-8", ue_id_type=0)' | does gen
	same SQN "$(sqn meter-8) $(sqn meter-9)" '33 0'
	cbor 'request(ue_id="meter-8", ue_id_type=1)' | does gen
	cbor 'request(ue_id="meter-8")' | does gen
	same SQN "$(sqn meter-8) $(sqn meter-9)" '33 66'
	cbor 'request(ue_id="meter-7", ue_id_type=0)' |
	    fails 1 'gpi-gen: record 1: ue_priv_id: no subscriber has IMPI meter-7' gen
}

@test "ue_id and ue_priv_id belong to one subscriber" {
	subscriber meter-7 one
	subscriber meter-8 two
	cbor 'request(ue_priv_id="one")' | does gen
	same ue_priv_id "$(field ue_priv_id out)" one
	cbor 'request(ue_priv_id="two")' |
	    fails 1 'gpi-gen: record 1: ue_priv_id: found two, expected the IMPI of meter-7' gen
	same SQN "$(sqn one) $(sqn two)" '33 0'
}

# bats test_tags=any-store
@test "ue_priv_id comes back only where the request carried it" {
	subscriber
	cbor 'request()' | does gen
	same ue_priv_id "$(field ue_priv_id out)" ''
}

# ---- for how long ----

# bats test_tags=any-store
@test "a lifetime is granted up to --max-lifetime" {
	subscriber
	for asked in 1 59 60; do
		cbor "request(key_lt=$((NOW + asked)))" |
		    gen --max-lifetime 60 >draft
		same key_lt "$(field key_lt draft)" $((NOW + asked))
	done
	cbor "request(key_lt=$((NOW + 61)))" | gen --max-lifetime 60 >draft
	same key_lt "$(field key_lt draft)" $((NOW + 60))
	cbor 'request(key_lt=4294967295)' | gen >draft
	same key_lt "$(field key_lt draft)" $((NOW + 86400))
}

# bats test_tags=any-store
@test "a life that is over is refused" {
	subscriber
	for asked in 1 $((NOW - 1)) $NOW; do
		cbor "request(key_lt=$asked)" |
		    fails 1 "gpi-gen: record 1: key_lt: found $asked ($(date -u -d @$asked +%FT%TZ)), expected a later time than now" gen
	done
	same SQN "$(sqn)" 0
}

# ---- SQN ----

@test "each vector takes SEQ + 1 and IND + 1 mod 32" {
	subscriber meter-7 $IMPI --sqn $((1000 * 32 + 30))
	cbor 'request()' 'request()' 'request()' >requests
	for after in $((1003 * 32 + 1)) $((1006 * 32 + 4)); do
		does gen requests
		same SQN "$(sqn)" $after
	done
}

@test "a subscriber may keep one IND" {
	subscriber meter-7 $IMPI --sqn $((1000 * 32 + 30)) --ind 5
	cbor 'request()' 'request()' | does gen
	same SQN "$(sqn)" $((1002 * 32 + 5))
}

@test "what is refused spends no SQN, whoever else asks at the same time" {
	subscriber a one --sqn $((1000 * 32 + 30))
	subscriber b two --ind 5
	subscriber c three
	python 'for n in range(90):
    ids = dict(ue_id="ab"[n % 2])
    if n % 10 == 3:
        ids["ue_priv_id"] = "three"	# of another
    out.write(item(request(p_tid="t%d" % n, **ids)))' >requests
	try gen requests
	same status "$status" 1
	same refusals "$(grep -c 'found three, expected the IMPI of b' err)" 9
	same drafts "$(field p_tid out | wc -l)" 81
	# 45 of a; of b 45, 9 of which are refused; none of c
	same SQNs "$(sqn one) $(sqn two) $(sqn three)" \
	    "$((1045 * 32 + 11)) $((36 * 32 + 5)) 0"
}

@test "SQN does not begin again at its end" {
	subscriber meter-7 $IMPI --sqn $((2 ** 48 - 33))
	cbor 'request()' | does gen
	same SQN "$(sqn)" $((2 ** 48 - 32))
	cbor 'request()' | fails 1 'gpi-gen: record 1: sqn: exhausted' gen
	same SQN "$(sqn)" $((2 ** 48 - 32))
}

@test "no vector leaves before its SQN is spent" {
	subscriber
	cbor 'request()' >request
	fails 4 'gpi-gen: /dev/full: No space left on device; drafts lost, and their SQNs skipped: up to 1' \
	    gen -o /dev/full request
	same SQN "$(sqn)" 33
}

# bats test_tags=any-store
@test "--rand is good for one record" {
	subscriber
	cbor 'request()' 'request()' |
	    ends 1 'gpi-gen: record 2: --rand is for one record only' \
	    gen --rand 000102030405060708090a0b0c0d0e0f
	same RAND "$(field rand out)" 000102030405060708090a0b0c0d0e0f
	same SQN "$(sqn)" 33
}

# ---- AUTS ----

# auts SQN_MS: RAND and AUTS of a card at it, into ./rand and ./auts
auts() {
	once "auts-$1" make_auts "$1"
}

# osmo-auc-gen makes none, so a card at SQN_MS answers a stale vector of an HSS,
# which for that is always a file
make_auts() {
	unset -f hss-store gpi-gen
	subscriber meter-7 $IMPI --sqn "$1"
	card
	hss-store set -d hss.db --impi $IMPI --sqn 0
	cbor 'request()' | gen | gpi-sign | gpi-push --to - |
	    recv --sync-failures sync 2>/dev/null || true
	field rand sync >rand
	field auts sync >auts
	rm hss.db key card sync
}

resync() {
	cbor "request(rand=h('$(<rand)'), auts=h('$(<auts)'))"
}

# bats test_tags=any-store
@test "AUTS: osmo-auc-gen reads the same SQN_MS" {
	auts 32000000
	same SQN.MS "$(osmo-auc-gen -3 -a milenage -k $K -o $OPC \
	    -r "$(<rand)" -A "$(<auts)" |
	    sed -n 's/^SQN.MS:[[:space:]]*//p')" 32000000
}

@test "AUTS moves SQN to SQN_MS, and the vector is the next one" {
	auts 32000000
	subscriber
	resync | does gen
	same SQN "$(sqn)" 32000033
}

# bats test_tags=any-store
@test "AUTS with a wrong MAC-S is refused and SQN does not move" {
	auts 32000000
	subscriber
	for octet in 0 5 6 13; do
		cbor "request(rand=h('$(<rand)'), auts=bytes(
		    a ^ (i == $octet) for i, a in enumerate(h('$(<auts)'))))" |
		    fails 1 'gpi-gen: record 1: auts: MAC-S does not match' gen
	done
	cbor "request(rand=bytes(16), auts=h('$(<auts)'))" |
	    fails 1 'gpi-gen: record 1: auts: MAC-S does not match' gen
	same SQN "$(sqn)" 0
}

@test "an old AUTS never rewinds SQN" {
	auts 32000
	subscriber meter-7 $IMPI --sqn 64000
	resync | does gen
	same SQN "$(sqn)" 64033
	# nor one just as old as the HSS is
	hss-store set -d hss.db --impi $IMPI --sqn 32000
	resync | does gen
	same SQN "$(sqn)" 32033
	resync | does gen
	same SQN "$(sqn)" 32066
}

@test "AUTS: an SQN that the card finds too far ahead comes back" {
	auts 32000
	subscriber meter-7 $IMPI --sqn $((32 * (1000 + 2 ** 28)))
	resync | does gen
	same SQN "$(sqn)" 32033
	hss-store set -d hss.db --impi $IMPI --sqn $((32 * (999 + 2 ** 28)))
	resync | does gen
	same SQN "$(sqn)" $((32 * (1000 + 2 ** 28) + 1))
}

# ---- what leaves ----

# bats test_tags=any-store
@test "a bad request costs itself alone, and the order is kept" {
	subscriber
	cbor 'request(p_tid="a")' 'request(p_tid="b", ue_id="nobody")' \
	    'request(p_tid="c")' '"alien"' 'request(p_tid="d")' >requests
	ends 3 'gpi-gen: requests: record 2: ue_id: no subscriber has public identity nobody' \
	    gen requests
	same 'second line' "$(sed -n 2p err)" \
	    'gpi-gen: requests: record 4: not a record of these programs'
	same drafts "$(field p_tid out | words)" 'a c d'
	same SQN "$(sqn)" 99
}

# bats test_tags=any-store
@test "keys are hidden in text and JSON, unless -s" {
	subscriber
	cbor 'request()' >request
	for format in -j -t; do
		does gen $format --rand 00112233445566778899aabbccddeeff request
		same 'hidden keys' "$(grep -o '(hidden)' out | lines)" 2
		lacks '[0-9a-f]{64}' out
		does gen $format -s --rand 00112233445566778899aabbccddeeff request
		same 'shown keys' "$(grep -oE '[0-9a-f]{64}' out | lines)" 2
	done
}
