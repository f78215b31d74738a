#!/bin/sh
# replay.sh: somebody has recorded a GPI and sends it again: in the same
# breath, later, over the air, and after so many others that the card no
# longer remembers its RAND.  The device accepts it once; and what a replay can
# make it answer at most, an AUTS, is no way to a second trigger.
set -eu
# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname -- "$0")/common.sh"

recv() { # NAME [FILE]: of FILE or NAME.gpi make NAME.accepted, perhaps sync
	gpi-recv --card meter-7.card --naf "$NAF" --sync-failures sync \
	    -o "$1.accepted" "${2:-$1.gpi}"
}

refused() { # REASON: so it was, and nothing came of it
	because "$1"
	[ ! -s replay.accepted ] || die 'a replay was accepted'
	cmp -s meter-7.card before || die 'a replay changed the card'
	[ ! -s sync ] || die 'a replay made an AUTS'
}

provision meter-7 milenage
mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp unix:device.sock

# twice in one breath

make_gpi first --indication report --time 60
cat first.gpi first.gpi >twice
expect 1 recv first twice
because 'record 2: rand:'
same 'accepted of two' "$(field ul_sa_id first.accepted)" \
    "$(field p_tid first.request)"
say "twice in one run: accepted once, then $(sed 's/^.*: rand:/rand:/' err)"

# again, and over the air

cp meter-7.card before
expect 1 recv replay first.gpi
refused 'rand:'
say 'in a new run: refused, without an AUTS, the card as it was'

stage air gpi-recv --card meter-7.card --naf "$NAF" --sync-failures sync \
    --listen unix:device.sock >replay.accepted 2>air.err </dev/null &
await test -S device.sock
cat first.response first.response first.response >thrice
expect 0 gpi-push thrice
heard() { [ "$(grep -c 'unix:device.sock: rand:' air.err)" = 3 ]; }
await heard
kill "$(cat air.pid)"
ended 0 air
tail -n 1 air.err >err
refused 'rand:'
say 'pushed three times more: refused three times, without an AUTS'

# the device answers its trigger, and the card is made to forget

serve 1
expect 0 mtc-trigger connect --server "$at" --exec 'echo 1042.7' \
    first.accepted
ended 0 serve
say 'the device answers its trigger over TLS'

set --
while [ $# -lt 62 ]; do
	set -- "$@" --ue-id meter-7
done
make_gpi others "$@" --indication report --time 60
expect 0 recv others
same 'other triggers accepted' "$(field rand others.accepted | wc -l)" 32
say '32 other triggers are accepted: the card no longer knows the RAND'

expect 1 recv replay first.gpi
because 'sqn:'
[ ! -s replay.accepted ] || die 'a replay was accepted'
same 'AUTS made' "$(field auts sync | wc -l)" 1
say "the replay now: refused, $(sed 's/^.*: sqn:/sqn:/' err)"

expect 1 mtc-trigger resync -d mtc.db -o again.request sync
because 'rand:'
[ ! -s again.request ] || die 'a replay made a request'
say 'of its AUTS the MTC server makes no request: that trigger is over'

cp meter-7.card before
rm sync
expect 1 recv replay first.gpi
refused 'rand:'
say 'once more: refused without an AUTS, for the RAND is known again'
