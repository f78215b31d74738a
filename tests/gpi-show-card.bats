# gpi-show-card.bats: a captured GPI, and the card that it was for.

load helper

NEW='refused: found one that this card accepted or answered before, expected a new one'
MAC='refused: the GPI was altered, or this card (BSF %s) is for another BSF'
UNKNOWN='not known'
NO_KEYS=(ok 'refused: MAC does not match this card'
    'refused: does not match either' ok "$UNKNOWN" "$UNKNOWN" "$UNKNOWN")

# examined VERDICT... -- [OPTION...]: of ./gpi by ./card, in the order of the
# checks; the card stays as it is; at $NOW, if no other time is set
examined() {
	local expected= before after

	while [ "$1" != -- ]; do
		expected+=$1$'\n'
		shift
	done
	[[ $* = *--now* ]] || set -- "$@" --now $NOW
	mapfile -d '' before <card
	try gpi-show --card card "${@:2}" gpi
	mapfile -d '' after <card
	same card "${after[*]@Q}" "${before[*]@Q}"
	sed '1,/^checks of step 406$/d; s/^  [^ ]* *//' out | sed -n 4,10p |
	    diff - <(printf %s "$expected")
}

# why STATUS REASON: so it ended
why() {
	same status "$status" "$1"
	same stderr "$(<err)" "gpi-show: gpi: record 1: $2"
}

@test "gpi.csv: --card shows the listed K_GPI, SQN and content" {
	for name in $ROWS; do
		known "$name"
		try gpi-show -j -s --card card --now $((row_key_lt - 1)) gpi
		same "status of $name" "$status" "$([ "$name" = none ] && echo 1 ||
		    echo 0)"
		jq -r '.sqn, .seq, .ind, .k_gpi, .p_tid, .checks.mac' out |
		    diff - <(printf '%s\n' $((0x$row_sqn)) \
		    $((0x$row_sqn / 32)) $((0x$row_sqn % 32)) "$row_k_gpi" \
		    "$row_p_tid" ok)
	done
}

@test "the verdict of every check" {
	with_gpi --indication report --time 30
	examined ok ok ok ok ok ok ok --
	same status "$status" 0
	nothing_in err
	sed -n '/^checks/,$p' out | diff - <(cat <<-.
	checks of step 406
	  card         $IMPI
	  bsf          $BSF
	  now          $NOW (2027-01-15T08:00:00Z)
	  rand         ok
	  autn         ok
	  mac          ok
	  trigger_mode ok
	  naf_id       ok
	  key_lt       ok
	  sqn          ok
	  SQN          33 (SEQ 1, IND 1)
	  K_GPI        (hidden)

	.
	)
	same trigger "$(value trigger_time <out)" 30
	! has_line checks <(gpi-show gpi)
}

@test "each check is made, also after one that failed" {
	with_gpi --indication report --time 30
	recv gpi >accepted
	examined "$NEW" ok ok ok ok \
	    "refused: the key expired at 2027-01-15T09:00:00Z" \
	    'refused: SEQ 1 IND 1 is not fresh, expected SEQ over 1' -- \
	    --now $((NOW + 3600))
	why 1 "rand: ${NEW#refused: }"

	# another BSF's: what the GPI hides is not known
	# shellcheck disable=SC2059
	printf -v reason "$MAC" bsf2.example.org
	examined "$NEW" ok "$reason" ok "$UNKNOWN" "$UNKNOWN" \
	    'refused: SEQ 1 IND 1 is not fresh, expected SEQ over 1' -- \
	    --bsf bsf2.example.org

	# the GPI of the record that was accepted
	mv accepted gpi
	examined "$NEW" ok ok ok ok ok \
	    'refused: SEQ 1 IND 1 is not fresh, expected SEQ over 1' --
	same types "$(value type <out | words)" 'accepted gpi checks of step 406'
}

@test "a GPI that was altered, and one for another card" {
	local octets

	with_gpi --indication report --time 30
	octets=$(xxd -p -c 256 gpi)

	# one bit of MAC-A, which the MAC of the GPI protects as well
	unhex "${octets:0:70}$(printf %02x $((0x${octets:70:2} ^ 1)))${octets:72}" \
	    >gpi
	examined "${NO_KEYS[@]}" --
	why 1 'autn: MAC does not match this card'
	! has_line K_GPI out
	examined "${NO_KEYS[@]}" -- --hex

	# a mode that a device does not take by itself
	known none
	examined ok ok ok \
	    'refused: found none, expected integrity or full' ok ok ok --
	why 1 'trigger_mode: found none, expected integrity or full'
}

@test "where no key of the card fits, the likely reason is not another BSF" {
	local opc

	with_gpi --indication report --time 30
	hss-store show -d hss.db --impi $IMPI -s -j >one
	opc=$(jq -r .opc one)
	jq -c ".opc = \"$(tr 0-9a-f 1-9a-f0 <<<"$opc")\"" one >other
	likely() {
		same likely "$(sed -n 's/^  likely *//p' out)" "$1"
		same json "$(gpi-show -j --card card --now $NOW gpi 2>err |
		    jq -r 'select(.checks).likely')" "$1"
	}

	# the same IMPI with another OPc
	hss-store import -d other.db other
	hss-store card -d other.db --impi $IMPI --bsf $BSF -o card
	examined "${NO_KEYS[@]}" --
	why 1 'autn: MAC does not match this card'
	likely "the GPI is for another card, or K or OPc of this card is not what the HSS has for $IMPI"
	request --indication report >r
	gen r | gpi-sign >gpi
	examined "${NO_KEYS[@]}" --
	likely "the GPI is for another card (the record says ue_id meter-7), or K or OPc of this card is not what the HSS has for $IMPI"

	# a response that names the IMPI
	mtc-trigger register -d mtc.db --ue-id meter-7 --ue-priv-id $IMPI \
	    --ue-trp unix:x
	request --indication report >r
	gen r | gpi-sign >gpi
	examined "${NO_KEYS[@]}" --
	likely "K or OPc of this card is not what the HSS has for $IMPI"

	# another subscriber's card
	jq -c '.ue_priv_id = "other@example.org" | del(.ue_id)' other |
	    hss-store import -d third.db
	hss-store card -d third.db --impi other@example.org --bsf $BSF -o card
	examined "${NO_KEYS[@]}" --
	likely "the GPI is for the card of $IMPI; this is that of other@example.org"
}

@test "--card and its options, wrongly" {
	with_gpi --indication report --time 30
	chmod 640 card
	ends 0 'gpi-show: warning: card: mode 0640 lets others read its keys; chmod 600' \
	    gpi-show --card card --now $NOW gpi
	fails 2 'gpi-show: give --card or --k-gpi-file, not both' \
	    gpi-show --card card --k-gpi-file card gpi
	fails 2 'gpi-show: --bsf needs --card' gpi-show --bsf $BSF gpi
	fails 2 'gpi-show: --card: a UICC shows no K, so it cannot be examined; see gpi-recv --explain' \
	    gpi-show --card at:/dev/null gpi
	fails 4 'gpi-show: none: No such file or directory' \
	    gpi-show --card none gpi
	fails 3 'gpi-show: gpi: a GPI, not a record' \
	    gpi-show --card gpi gpi
}

@test "gpi-recv takes hex, too, and says what is no GPI once" {
	elements
	gpi | xxd -p >hex
	try recv hex
	same status "$status" 0
	same stderr "$(<err)" 'gpi-recv: hex: hex; its octets are read'
	same type "$(gpi-show <out | value type)" accepted
	printf '\x01\x02\x03' >other
	ends 3 'gpi-recv: other: record 1: not a GPI' recv other
	same complaints "$(sed 1d err)" 'gpi-recv: other: records 2 to 3: likewise'
}
