#!/bin/sh
# graft.sh: the trigger of one GPI is put on another, taken off, or its mode is
# lowered so that it may be changed.  Each of these GPIs is well formed and made
# of genuine parts; the MAC refuses them all.  Last comes the exception that
# the method allows: a trigger of mode none, which a device refuses unless it
# is told not to, and which anybody can change.
set -eu
# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname -- "$0")/common.sh"

# The parts of NAME.gpi, one after the other: clear header, 38 octets here;
# C1 with its head, 50 octets here; the trigger item; the MAC with its head.
part() { # NAME FROM TO: octets of it, a negative TO from its end
	[ -e "$1.hex" ] || hex "$1.gpi" >"$1.hex"
	read -r gpi <"$1.hex"
	size=$((${#gpi} / 2))
	from=$((($2 + size) % size))
	octets "$gpi" "$from" "$((($3 + size - 1) % size + 1 - from))"
}
header() { # NAME
	part "$1" 0 38
}
c1() { # NAME
	part "$1" 38 88
}
item() { # NAME
	part "$1" 88 -17
}
mac() { # NAME
	part "$1" -17 0
}

# The device would take any mode: what refuses here is not its policy.
recv() { # NAME
	gpi-recv --card meter-7.card --naf "$NAF" --accept-unprotected-trigger \
	    --sync-failures sync -o "$1.accepted" "$1.gpi"
}

graft() { # WHAT HEADER C1 ITEM MAC: each of the GPI named so, or as hex
	unhex "$(header "$2")$(c1 "$3")$4$(mac "$5")" >grafted.gpi
	expect 0 gpi-show -o shown grafted.gpi
	expect 1 recv grafted
	because 'the GPI was altered'
	[ ! -s grafted.accepted ] || die "accepted: $1"
	[ ! -s sync ] || die "a sync failure: $1"
	cmp -s meter-7.card before || die "the card changed: $1"
	say "    $1"
}

takes() { # NAME INDICATION TIME: the device accepts this of NAME.gpi
	expect 0 recv "$1"
	same "$1: trigger_ind" "$(field trigger_ind "$1.accepted")" "$2"
	same "$1: trigger_time" "$(field trigger_time "$1.accepted")" "$3"
}

provision meter-7 milenage
mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp unix:device.sock
make_gpi report --indication report --time 30
make_gpi other --indication 5 --time 60
make_gpi open --indication report --time 30 --mode integrity
make_gpi open-other --indication connect --time 60 --mode integrity
make_gpi plain
same 'the item of a plain GPI' "$(item plain)" f6
same 'the item of mode integrity' "$(item open)" 82018202181e
same 'the item of mode full' "$(item report | cut -c 1-6)" 820244
cp meter-7.card before

say 'refused for its MAC, a GPI of mode full with'
graft 'the trigger of another' report report "$(item other)" report
graft 'the trigger and MAC of another' report report "$(item other)" other
graft 'the header of another' other report "$(item report)" report
graft 'the C1 of another' report other "$(item report)" report
graft 'its trigger taken off' report report f6 report
graft 'its trigger guessed, mode integrity' report report 82018202181e report
graft 'its trigger guessed, mode none' report report 82008202181e report
graft 'another trigger, mode none' report report 82008101 report
say 'refused for its MAC, a GPI of mode integrity with'
graft 'the trigger of another' open open "$(item open-other)" open
graft 'another time' open open 82018202185a open
graft 'its time taken off' open open 82018102 open
graft 'its trigger taken off' open open f6 open
graft 'its mode lowered to none' open open 82008202181e open
say 'refused for its MAC, a GPI without a trigger with'
graft 'a trigger of mode full' plain plain "$(item report)" plain
graft 'a trigger of mode integrity' plain plain 82018101 plain
graft 'a trigger of mode none' plain plain 82008101 plain

takes report 2 30
takes open 2 30
takes plain '' ''
say 'accepted: the same three as they were made'

# the BSF only makes a mode stronger

gpi-sign --mode none other.draft | gpi-push --to - -o again.gpi
cmp -s again.gpi other.gpi || die 'gpi-sign made a mode weaker'
say 'gpi-sign --mode none leaves mode full as it is, to the octet'
mtc-trigger request -d mtc.db --naf "$NAF" --ue-id meter-7 -o firm.request \
    --indication report --time 30 --mode none
answer firm --mode full
same 'the item, strengthened' "$(item firm | cut -c 1-6)" 820244
takes firm 2 30
say 'gpi-sign --mode full makes a trigger of mode none one of mode full'

# mode none

make_gpi none --indication report --time 30 --mode none 2>err
because 'trigger_mode none'
say 'gpi-sign warns of mode none'
cp meter-7.card before
expect 1 gpi-recv --card meter-7.card --naf "$NAF" -o none.accepted none.gpi
because 'trigger_mode: found none'
cmp -s meter-7.card before || die 'the card changed'
say 'gpi-recv refuses mode none'
say 'refused for its MAC even where mode none is accepted, such a GPI with'
graft 'its trigger taken off' none none f6 none
graft 'its mode raised to integrity' none none 82018202181e none
graft 'the C1 of another' none other "$(item none)" none
unhex "$(header none)$(c1 none)82008101$(mac none)" >changed.gpi
takes changed 1 ''
say 'accepted by a device that was told so: mode none, its trigger changed'
