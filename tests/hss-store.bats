# hss-store.bats: the subscribers of an HSS, and their cards.
# engines: sqlite postgresql

load helper

keys() {
	(umask 077 && printf '%s\n' "$@" >key)
}

add() {
	hss-store add -d hss.db --impi $IMPI --key-file key "$@"
}

show() {
	hss-store show -d hss.db --impi "${1:-$IMPI}" -js
}

# bats test_tags=any-store
@test "add takes the defaults of the manual" {
	keys "k $K" "opc $OPC"
	does add
	nothing_in out
	says "{\"type\":\"subscriber\",\"ue_priv_id\":\"$IMPI\",\"k\":\"$K\",\"opc\":\"$OPC\",\"algorithm\":\"milenage\",\"amf\":\"0000\",\"sqn\":0}" show
}

@test "add takes all that the manual names" {
	keys "k $K" "opc $OPC"
	does add --ue-id meter-7 --ue-id sip:7@example.org \
	    --imsi 001010123456789 --algorithm milenage --amf b9b9 \
	    --sqn 281474976710655 --ind 31
	says "{\"type\":\"subscriber\",\"ue_priv_id\":\"$IMPI\",\"k\":\"$K\",\"opc\":\"$OPC\",\"algorithm\":\"milenage\",\"amf\":\"b9b9\",\"sqn\":281474976710655,\"ind\":31,\"imsi\":\"001010123456789\",\"ue_id\":[\"meter-7\",\"sip:7@example.org\"]}" show
}

# bats test_tags=any-store
@test "milenage_35208.csv: OPc of OP, each set" {
	python 'import json
for r in rows("milenage_35208.csv"):
    print(json.dumps(dict(impi=r["set"], k=r["K"], op=r["OP"])))
    print(r["OPc"], file=open("expected", "a"))' | hss-store import -d hss.db
	hss-store list -d hss.db -ts | value opc | diff expected -
}

# bats test_tags=any-store
@test "tuak_35233.csv: TOPc of TOP, each set" {
	python 'import json
for n, r in enumerate(rows("tuak_35233.csv")):
    print(json.dumps(dict(impi=str(n), k=r["K"], top=r["TOP"],
        algorithm="tuak", iterations=int(r["iterations"]))))
    print(r["TOPc"], file=open("expected", "a"))' | hss-store import -d hss.db
	hss-store list -d hss.db -ts | value topc | diff expected -
}

# bats test_tags=any-store
@test "the key file: op or opc, blanks and empty lines" {
	op=$(vector milenage_35208.csv set 1 OP)
	keys '' "  op	$op" "k   $K " ''
	does add
	same opc "$(show | values opc)" $OPC
}

# bats test_tags=any-store
@test "a key file that is none: no subscriber, and no key in the message" {
	for line in "$K" "k $K extra-is-fine" "key $K" "k" "opc ${OPC}00" \
	    "opc ${OPC:2}" "op $K$K" "topc $OPC" "k ${K}zz" "k 0x$K"; do
		case $line in
		*fine) continue ;;
		esac
		keys "k $K" "$line"
		try add
		same "status of $line" "$status" 3
		same "lines for $line" "$(lines_in err)" 1
		lacks "${K:0:8}|${OPC:0:8}" err
	done
	keys "opc $OPC"
	fails 3 'hss-store: the key file has no k' add
	keys "k $K"
	fails 3 'hss-store: the key file has no op or opc, which milenage needs' add
	fails 3 'hss-store: the key file has no top or topc, which tuak needs' \
	    add --algorithm tuak
	keys "k $K$K" "opc $OPC"
	fails 3 'hss-store: k: found 32 octets, expected 16' add
	same subscribers "$(hss-store list -d hss.db)" ''
}

# bats test_tags=any-store
@test "a key file that others can read earns a warning" {
	keys "k $K" "opc $OPC"
	chmod 640 key
	try add
	same status "$status" 0
	same warning "$(<err)" \
	    'hss-store: warning: key: mode 0640 lets others read its keys; chmod 600'
}

# bats test_tags=any-store
@test "the key file may be standard input" {
	hss-store add -d hss.db --impi $IMPI --key-file - <<-.
	k $K
	opc $OPC
	.
	same k "$(show | values k)" $K
}

# bats test_tags=any-store
@test "a missing key file leaves nothing behind" {
	fails 4 'hss-store: none: No such file or directory' \
	    hss-store add -d hss.db --impi $IMPI --key-file none
	[ ! -e hss.db ] || same subscribers "$(hss-store list -d hss.db)" ''
}

@test "an identity is one subscriber's" {
	keys "k $K" "opc $OPC"
	add --ue-id meter-7 --imsi 001010123456789
	fails 1 "hss-store: ue_priv_id: another subscriber has $IMPI" add
	fails 1 'hss-store: ue_id: another subscriber has meter-7' \
	    hss-store add -d hss.db --impi two --key-file key --ue-id meter-7
	fails 1 'hss-store: imsi: another subscriber has 001010123456789' \
	    hss-store add -d hss.db --impi two --key-file key \
	    --imsi 001010123456789
	same subscribers "$(hss-store list -d hss.db -j | lines)" 1
}

# bats test_tags=any-store
@test "values out of bounds" {
	keys "k $K" "opc $OPC"
	fails 2 'hss-store: --sqn: found 281474976710656, expected 0 to 281474976710655' \
	    add --sqn 281474976710656
	fails 2 'hss-store: --sqn: found "-1", expected a decimal number' \
	    add --sqn -1
	fails 2 'hss-store: --ind: found 32, expected 0 to 31' add --ind 32
	fails 2 'hss-store: --amf: found 3 octets, expected 2' \
	    add --amf 000000
	fails 2 'hss-store: --algorithm: found "xor", expected milenage or tuak' \
	    add --algorithm xor
	fails 2 'hss-store: --iterations: found 0, expected 1 to 255' \
	    add --iterations 0
	fails 2 'hss-store: --imsi: found other characters, expected digits' \
	    add --imsi 00101x123456789
	fails 2 'hss-store: --ue-id: ue_id: found other characters, expected printable ASCII without space' \
	    add --ue-id 'a b'
	fails 2 'hss-store: --impi: found 0 characters, expected 1 to 255' \
	    hss-store add -d hss.db --impi '' --key-file key
}

@test "set changes what it is told, and nothing else" {
	keys "k $K" "opc $OPC"
	add --ue-id meter-7 --sqn 99
	cp key old
	does hss-store set -d hss.db --impi $IMPI --amf b9b9
	same set "$(show | pick amf sqn ue_id k)" \
	    "[\"b9b9\",99,[\"meter-7\"],\"$K\"]"
	keys "k $OPC" "opc $K"
	does hss-store set -d hss.db --impi $IMPI --key-file key --sqn 3 \
	    --ue-id meter-8
	same set "$(show | pick amf sqn ue_id k opc)" \
	    "[\"b9b9\",3,[\"meter-8\"],\"$OPC\",\"$K\"]"
	fails 1 'hss-store: ue_priv_id: no subscriber has IMPI nobody' \
	    hss-store set -d hss.db --impi nobody --sqn 3
}

@test "rm: the identities are free again" {
	keys "k $K" "opc $OPC"
	add --ue-id meter-7
	does hss-store rm -d hss.db --impi $IMPI
	fails 1 "hss-store: ue_priv_id: no subscriber has IMPI $IMPI" \
	    hss-store rm -d hss.db --impi $IMPI
	does add --ue-id meter-7
}

# bats test_tags=any-store
@test "card: what the USIM knows, 0600, with SQN as far as the HSS's" {
	keys "k $K" "opc $OPC"
	add --sqn $((1000 * 32 + 7)) --ue-id meter-7
	does hss-store card -d hss.db --impi $IMPI --bsf $BSF -o card
	mode card 600
	does gpi-show -js card
	same card "$(<out)" "{\"type\":\"card\",\"ue_priv_id\":\"$IMPI\",\"k\":\"$K\",\"opc\":\"$OPC\",\"algorithm\":\"milenage\",\"bsf\":\"$BSF\",\"seq\":\"$(
	    printf '0000000003e8%.0s' {1..32})\",\"rands\":\"\"}"
	fails 1 'hss-store: ue_priv_id: no subscriber has IMPI nobody' \
	    hss-store card -d hss.db --impi nobody --bsf $BSF -o nobody
	[ ! -e nobody ]
	fails 2 'hss-store: --bsf: found other characters, expected lower-case letters, digits, hyphens and dots' \
	    hss-store card -d hss.db --impi $IMPI --bsf BSF
}

# bats test_tags=any-store
@test "card: one that was used is replaced with --force alone" {
	local used="hss-store: card: a card that was used, whose RANDs and SQNs a new one does not know; give another FILE or --force"

	elements
	does card
	gpi --indication report >gpi
	recv gpi >/dev/null
	cp card used
	fails 1 "$used" card
	cmp card used
	ln -s card link
	fails 1 "${used/card:/link:}" card $IMPI link
	fails 1 "$used" hss-store card -d hss.db --impi $IMPI --bsf $BSF -jo card
	does hss-store card -d hss.db --impi $IMPI --bsf $BSF -o card --force
	same rands "$(gpi-show card | value rands)" ''
	echo something else >card
	does card
}

# bats test_tags=any-store
@test "list and show hide keys, unless -s" {
	keys "k $K" "opc $OPC"
	add
	for verb in list "show --impi $IMPI"; do
		for format in -j -t; do
			# shellcheck disable=SC2086
			does hss-store $verb -d hss.db $format
			same hidden "$(grep -o '(hidden)' out | lines)" 2
			lacks "$K|$OPC" out
		done
	done
	fails 1 'hss-store: ue_priv_id: no subscriber has IMPI nobody' \
	    hss-store show -d hss.db --impi nobody -j
}

@test "import: JSON Lines, each with its own fate" {
	cat >lines <<-.
	{"impi": "a", "ue_id": ["a1", "a2"], "k": "$K", "opc": "$OPC", "sqn": 7}

	{"impi": "b", "k": "$K", "opc": "$OPC", "imsi": "001010123456789", "amf": "b9b9"}
	{"impi": "a", "k": "$K", "opc": "$OPC"}
	{"impi": "c", "k": "$K"}
	{"impi": "d", "k": "$K", "opc": "$OPC", "colour": "red"}
	{"impi": "e", "k": "$K", "opc": "$OPC", "k": "$K"}
	not JSON $K
	["f"]
	{"impi": "g", "k": "$K", "opc": "$OPC", "sqn": -1}
	{"impi": "h", "ue_id": ["h1", "a2"], "k": "$K", "opc": "$OPC"}
	{"impi": "i", "k": "${K}00", "opc": "$OPC"}
	{"impi": "j", "ue_id": ["h1"], "k": "$K", "opc": "$OPC"}
	.
	printf '{"impi": "z", "ue_id": [], "k": "%s", "opc": "%s"}' $K $OPC >>lines
	try hss-store import -d hss.db lines
	same status "$status" 3
	nothing_in out
	diff err - <<-.
	hss-store: lines: line 4: ue_priv_id: another subscriber has a
	hss-store: lines: line 5: opc: found nothing, expected it for milenage
	hss-store: lines: line 6: colour: type subscriber has no such field
	hss-store: lines: line 7: invalid JSON at column 101: member "k" twice
	hss-store: lines: line 8: not a JSON object
	hss-store: lines: line 9: a JSON array; 'jq -c .[]' writes its objects, one a line
	hss-store: lines: line 10: sqn: found "-1", expected a decimal number
	hss-store: lines: line 11: ue_id: another subscriber has a2
	hss-store: lines: line 12: k: found 17 octets, expected 16
	.
	same subscribers "$(hss-store list -d hss.db -t |
	    value ue_priv_id | words)" 'a b z j'
}

@test "import: the same again changes nothing, and is counted" {
	line() { # IMPI [MEMBERS]
		echo "{\"impi\": \"$1\", \"ue_id\": [\"$1-1\", \"$1-2\"], \"k\": \"$K\", \"opc\": \"$OPC\"${2:-}}"
	}
	(line a; line b ', "sqn": 100') >lines
	does hss-store import -d hss.db lines
	hss-store set -d hss.db --impi a --sqn 7777
	hss-store list -d hss.db -js >before
	line c >>lines
	ends 0 'hss-store: 2 subscribers were there already, with the same content' \
	    hss-store import -d hss.db lines
	same 'a line' "$(lines_in err)" 1
	hss-store list -d hss.db -js | head -n 2 | diff before -
	# what is not the same: a key, an identity, a SQN that is ahead
	(line a; line b ', "sqn": 101'; line c ', "amf": "8000"'; line d
	    line d) >lines
	try hss-store import -d hss.db lines
	same status "$status" 1
	diff - err <<-.
	hss-store: lines: line 2: ue_priv_id: another subscriber has b
	hss-store: lines: line 3: ue_priv_id: another subscriber has c
	hss-store: 2 subscribers were there already, with the same content
	.
	hss-store list -d hss.db -js | head -n 2 | diff before -
	same names "$(sql hss.db 'SELECT count(*) FROM identity')" 12
}

# bats test_tags=any-store
@test "import: an identity with a space is refused, and not made two" {
	fails 3 'hss-store: line 1: ue_id: found an array of other things than strings without space, expected a string' \
	    hss-store import -d hss.db <<<"{\"impi\": \"a\", \"ue_id\": [\"x y\"], \"k\": \"$K\", \"opc\": \"$OPC\"}"
	same subscribers "$(hss-store list -d hss.db)" ''
}

@test "export: what list shows, import takes" {
	keys "k $K" "opc $OPC"
	add --ue-id meter-7 --ue-id meter-8 --sqn 77 --ind 3
	hss-store list -d hss.db -js >lines
	does hss-store import -d other.db lines
	hss-store list -d other.db -js | diff lines -
}
