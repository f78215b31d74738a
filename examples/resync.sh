#!/bin/sh
# resync.sh: the HSS has lost its count (here: an old backup of its store), so
# that the card finds the SQN of a trigger stale.  The device answers AUTS, the
# MTC server asks once more with it, the HSS moves its SQN past the card's, and
# the new trigger is accepted and answered over TLS.
set -eu
# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname -- "$0")/common.sh"

recv() { # NAME: of NAME.gpi make NAME.accepted
	gpi-recv --card meter-7.card --naf "$NAF" \
	    --sync-failures "$1.sync" -o "$1.accepted" "$1.gpi"
}

provision meter-7 milenage
mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp unix:meter-7.sock
cp hss.db hss.backup

for i in 1 2 3; do
	make_gpi "$i" --indication report --time 30
	expect 0 recv "$i"
done
say "three triggers were accepted; SQN at the HSS is $(sqn meter-7)"

mv hss.backup hss.db
say "the HSS is restored from a backup: its SQN is $(sqn meter-7) again"

make_gpi stale --indication report --time 30
cp meter-7.card before
expect 1 recv stale
because 'sqn:'
[ ! -s stale.accepted ] || die 'a stale GPI was accepted'
say "the device refuses the next trigger: $(sed 's/^gpi-recv: //' err)"
say "    and answers AUTS $(field auts stale.sync)"

# an AUTS that the card did not make, moves nothing

auts=$(field auts stale.sync)
wrong=$(octets "$auts" 0 13)$(printf %02x $((0x$(octets "$auts" 13 1) ^ 1)))
before=$(sqn meter-7)
cp mtc.db mtc.copy
unhex "$(hex stale.sync | sed "s/$auts/$wrong/")" >wrong.sync
same 'the damaged AUTS' "$(field auts wrong.sync)" "$wrong"
expect 0 mtc-trigger resync -d mtc.copy -o wrong.request wrong.sync
expect 1 gpi-gen --hss hss.db --bsf "$BSF" -o wrong.draft wrong.request
because 'auts:'
same 'SQN after a wrong AUTS' "$(sqn meter-7)" "$before"
say "with one bit of AUTS flipped the HSS refuses, and its SQN stays $before"

# the right one does, once

expect 0 mtc-trigger resync -d mtc.db -o fresh.request stale.sync
expect 1 mtc-trigger resync -d mtc.db -o again.request stale.sync
because 'rand:'
say 'the MTC server makes one new request of it, and no second one'

answer fresh
[ "$(sqn meter-7)" -gt "$before" ] || die 'the HSS did not move its SQN'
say "the HSS verifies MAC-S and moves its SQN from $before to $(sqn meter-7)"

expect 0 recv fresh
[ ! -s fresh.sync ] || die 'a sync failure for a fresh GPI'
say "the device accepts the new trigger: $(field trigger_ind fresh.accepted)," \
    "within $(field trigger_time fresh.accepted) s"

serve 1
expect 0 mtc-trigger connect --server "$at" --exec 'echo awake again' \
    fresh.accepted
ended 0 serve
grep -q '"data":"awake again\\n"' serve.out || die "$(cat serve.out)"
say "the device says over TLS: awake again"

stale=$(state "$(field p_tid stale.request)")
fresh=$(state "$(field p_tid fresh.request)")
same 'state of the stale trigger' "$stale" failed
same 'state of the new trigger' "$fresh" connected
say "states: the stale trigger $stale, the new one $fresh"
