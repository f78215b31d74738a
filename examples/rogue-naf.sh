#!/bin/sh
# rogue-naf.sh: a NAF with a connection of its own to the BSF asks for keys
# that are not its own: another NAF's, those that K_GPI and TMPI are, those
# of the BSF's name, those of devices that it may not trigger.  The BSF refuses
# them all before the HSS spends a vector.  A device refuses the GPIs for them
# even where a BSF was fooled.
set -eu
# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname -- "$0")/common.sh"

rogue=rogue.example.net

# What the rogue NAF asks for: its own tools do as they are told.
ask() { # FQDN UA DEVICE
	mtc-trigger request -d rogue.db --naf "$1" --ua "$2" --ue-id "$3" \
	    --ue-trp udp://192.0.2.1:7 -o rogue.request
}

# The BSF's answer to one whom the transport knows as PEER.
bsf_says() { # STATUS PEER [OPTION...]
	status=$1 peer=$2
	shift 2
	rm -f rogue.draft
	expect "$status" gpi-gen --hss hss.db --bsf "$BSF" --peer "$peer" "$@" \
	    -o rogue.draft rogue.request
}

refused() { # WHAT REASON
	because "$2"
	[ ! -s rogue.draft ] || die "a draft for $1"
	same "SQN of meter-7 after $1" "$(sqn meter-7)" "$spent"
	say "refused: $1"
	say "    $(sed 's/^gpi-gen: [^:]*: record 1: //' err)"
}

provision meter-7 milenage
provision tracker-9 tuak
spent=$(sqn meter-7)

# ---- another's keys ----

ask "$NAF" 0100000007 meter-7
bsf_says 1 "$rogue"
refused "the keys of $NAF" 'naf_id: found mtc.example.org, expected rogue'

bsf_says 0 "$NAF"
spent=$(sqn meter-7)
cp rogue.draft honest.draft
say "granted: the same to $NAF itself"

# ---- keys that are no NAF's ----

ask "$BSF" ff67706901 meter-7
bsf_says 1 "$rogue"
refused 'K_GPI, by its name' 'naf_id: found Ua identifier ff67706901'
bsf_says 1 "$BSF"
refused 'K_GPI, from a host with the name of the BSF' 'naf_id: found Ua'

ask "$rogue" ff67706901 meter-7
bsf_says 1 "$rogue"
refused 'the Ua identifier of K_GPI, its own name' 'naf_id: found Ua'

ask "$BSF" 0100000100 meter-7
bsf_says 1 "$rogue"
refused 'TMPI, TS 33.220 clause B.4' 'naf_id: found Ua identifier 0100000100'
ask "$rogue" 0100000100 meter-7
bsf_says 1 "$rogue"
refused 'the Ua identifier of TMPI, its own name' 'naf_id: found Ua'

ask "$BSF" 0100000007 meter-7
bsf_says 1 "$BSF"
refused "keys of the BSF's name" "naf_id: found the BSF's own name"

# ---- names that only look like one ----

ask "$NAF" 0100000007 meter-7
from=$(printf %s "$NAF" | xxd -p)
unhex "$(hex rogue.request | sed "s/$from/$(printf MTC.example.org | xxd -p)/")" \
    >upper.request
mv upper.request rogue.request
bsf_says 3 "$rogue"
refused "$NAF in capitals" 'naf_id:'

# ---- the allow file ----

cat >allow <<END
# FQDN			Ua identifier	UE_Id
$NAF		0100000007	*
$rogue	0100000007	tracker-*
END
ask "$rogue" 0100000007 meter-7
bsf_says 1 "$rogue" --allow allow
refused "its own keys for meter-7, not in its line of the allow file" \
    'naf_id: the allow file does not let rogue'
ask "$rogue" 0100000002 tracker-9
bsf_says 1 "$rogue" --allow allow
refused 'tracker-9, another Ua identifier' 'naf_id: the allow file does not let rogue'
ask "$rogue" 0100000007 tracker-9
bsf_says 0 "$rogue" --allow allow
same 'naf_id of its draft' "$(field naf_id rogue.draft)" "$rogue/0100000007"
say 'granted: its own keys for tracker-9, in its line of the allow file'

# ---- the device, if a BSF were fooled ----

# A draft made over for the NAF_Id HEX, as long as the old one, and signed.
fooled() { # WHAT HEX
	unhex "$(hex honest.draft | sed "s/${from}0100000007/$2/")" >fooled.draft
	cmp -s fooled.draft honest.draft && die "the draft is not made over: $1"
	gpi-sign fooled.draft | gpi-push --to - -o fooled.gpi
	cp meter-7.card before
	expect 1 gpi-recv --card meter-7.card --any-naf \
	    --accept-unprotected-trigger --sync-failures sync \
	    -o fooled.accepted fooled.gpi
	because "naf_id: found $3"
	[ ! -s fooled.accepted ] || die "accepted: $1"
	[ ! -s sync ] || die "a sync failure: $1"
	cmp -s meter-7.card before || die "the card changed: $1"
	say "refused by the device, which takes any NAF: $1"
}

name=$(printf %s "$BSF" | xxd -p)
fooled 'K_GPI' "${name}ff67706901" 'Ua identifier ff67706901'
fooled 'TMPI' "${name}0100000100" 'Ua identifier 0100000100'
fooled "the BSF's name" "${name}0100000007" "the BSF's own name"

ask "$rogue" 0100000007 meter-7
bsf_says 0 "$rogue"
gpi-sign rogue.draft | gpi-push --to - -o rogue.gpi
expect 1 gpi-recv --card meter-7.card --naf "$NAF" -o rogue.accepted rogue.gpi
because 'this GPI is for NAF rogue'
say "refused by a device of $NAF: a GPI of $rogue"

gpi-sign honest.draft | gpi-push --to - -o honest.gpi
expect 0 gpi-recv --card meter-7.card --naf "$NAF" -o honest.accepted \
    honest.gpi
say "accepted by it: the GPI of $NAF"
