#!/bin/sh
# trigger.sh: the whole method, steps 401 to 407 of gba-push(7).  Two devices
# sleep: meter-7 with Milenage and GBA_ME at a UDP port, tracker-9 with TUAK
# and GBA_U at a Unix socket.  The MTC server wakes both; both call back over
# TLS, with the keys that came of the wake-up, and send their data.
set -eu
# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname -- "$0")/common.sh"

tell() { # STEP ELEMENT PROGRAM DEVICE TEXT...
	printf '%-4s %-10s %-20s %-9s ' "$1" "$2" "$3" "$4"
	shift 4
	say "$@"
}

sa() { # DB P_TID NAME: a field of that SA
	sa-store get -d "$1" --ul "$2" -t | value "$3"
}

keys_of() { # DB P_TID
	sa-store get -d "$1" --ul "$2" -t -s | grep ' ks_.*naf '
}

data() { # DEVICE: what it has to tell
	case $1 in
	meter-7) say 'kWh=1042.7 V=229.8 Hz=50.01' ;;
	tracker-9) say 'lat=48.1374 lon=11.5755 speed=0' ;;
	esac
}

# A device, asleep until a GPI comes; then its command has the connection.
device() { # DEVICE URI COMMAND
	stage "$1.recv" gpi-recv --card "$1.card" --naf "$NAF" --listen "$2" \
	    --count 1 --timeout 20 2>"$1.recv.err" |
	    stage "$1.put" sa-store put -d "$1.db" --pass 2>"$1.put.err" |
	    stage "$1.connect" mtc-trigger connect --server "$at" \
	    --exec "$3" 2>"$1.connect.err"
}

say 'Two devices sleep, are woken by a GBA-Push message, and call back.'
say
tell step element program device 'what happened'

# ---- before: subscribers, cards, devices that sleep ----

provision meter-7 milenage
provision tracker-9 tuak
tell '' HSS 'hss-store add, card' meter-7 'Milenage; its card is made'
tell '' HSS 'hss-store add, card' tracker-9 'TUAK; its card is made'

mkdir inbox
serve 2 --dir inbox
tell '' 'MTC server' 'mtc-trigger serve' '' "waits at $at"

free_port
to=udp://127.0.0.1:$port
device meter-7 "$to" "echo '$(data meter-7)'" &
device tracker-9 unix:tracker-9.sock "echo '$(data tracker-9)'" &
await heard_at "$to" unix:tracker-9.sock
tell '' device gpi-recv meter-7 "sleeps at $to"
tell '' device gpi-recv tracker-9 'sleeps at unix:tracker-9.sock'

mtc-trigger register -d mtc.db --ue-id meter-7 --um me \
    --ue-trp "$to"
mtc-trigger register -d mtc.db --ue-id tracker-9 --um u \
    --ue-trp unix:tracker-9.sock
tell '' 'MTC server' 'mtc-trigger register' meter-7 'GBA_ME'
tell '' 'MTC server' 'mtc-trigger register' tracker-9 'GBA_U'

# ---- 401 to 405: one pipe from the wish to the two messages ----

{
	stage request mtc-trigger request -d mtc.db --naf "$NAF" \
	    --ue-id meter-7 --indication report --time 30 &&
	stage request2 mtc-trigger request -d mtc.db --naf "$NAF" \
	    --ue-id tracker-9 --indication connect --time 60
} </dev/null 2>request.err |
    tee requests |
    stage gen gpi-gen --hss hss.db --bsf "$BSF" --peer "$NAF" 2>gen.err |
    stage sign gpi-sign 2>sign.err |
    stage put sa-store put -d mtc.db --pass 2>put.err |
    stage push gpi-push --report reports 2>push.err
ended 0 request request2 gen sign put push

# ---- 406 and 407: the devices do the rest by themselves ----

for device in meter-7 tracker-9; do
	ended 0 "$device.recv" "$device.put" "$device.connect"
done
ended 0 serve
mtc-trigger record -d mtc.db reports

# ---- what came of it, as each element's own store has it ----

p_tids=$(field p_tid requests)
same 'requests made' "$(say "$p_tids" | wc -l)" 2

each() { # FUNCTION: of DEVICE P_TID
	for p_tid in $p_tids; do
		"$1" "$(sa mtc.db "$p_tid" ue_id)" "$p_tid"
	done
}

begin_of() { # HEX
	printf '%.16s...' "$1"
}
step_401() {
	tell 401 'MTC server' 'mtc-trigger request' "$1" "P-TID $2"
}
step_402() {
	tell 402 'BSF, HSS' 'gpi-gen, gpi-sign' "$1" \
	    "SQN $(sqn "$1"), RAND $(begin_of "$(sa mtc.db "$2" rand)")"
}
step_404() {
	tell 404 'MTC server' 'sa-store put' "$1" \
	    "NAF SA, MAC $(begin_of "$(sa mtc.db "$2" mac)")"
}
step_405() {
	gpi=$(sa "$1.db" "$2" gpi)
	tell 405 'MTC server' gpi-push "$1" "a GPI of $((${#gpi} / 2)) octets"
}
step_406() {
	for name in rand autn um; do
		same "$1: $name" "$(sa "$1.db" "$2" "$name")" \
		    "$(sa mtc.db "$2" "$name")"
	done
	same "$1: trigger in the SA" "$(sa "$1.db" "$2" trigger_ind)" ''
	case $(sa "$1.db" "$2" um) in
	me) same "$1: keys" "$(keys_of "$1.db" "$2" | wc -l)" 1; autn=AUTN ;;
	u) same "$1: keys" "$(keys_of "$1.db" "$2" | wc -l)" 2; autn='AUTN*' ;;
	esac
	tell 406 device 'gpi-recv, sa-store' "$1" \
	    "$autn, MAC, NAF_Id, SQN: right"
}
step_407() {
	same "$1: keys" "$(keys_of "$1.db" "$2")" "$(keys_of mtc.db "$2")"
	tell 407 device 'mtc-trigger connect' "$1" \
	    'TLS 1.3 with Ks_NAF; its data:'
	same "$1: data" "$(cat "inbox/$2")" "$(data "$1")"
	sed 's/^/     /' "inbox/$2"
}
for step in step_401 step_402 step_404 step_405 step_406 step_407; do
	each "$step"
done

# ---- the states, each written by the program that saw it ----

states() { # DEVICE P_TID
	view=$(mtc-trigger status -d mtc.db --p-tid "$2" -t)
	same "$1: state" "$(say "$view" | value state)" connected
	states=$(say "$view" | awk '$2 ~ /^[0-9]+$/ &&
	    $1 !~ /^(key_lt|time|trigger_)/ { printf " %s", $1 }')
	same "$1: states" "$states" \
	    ' requested answered stored sent responded connected'
	tell '' 'MTC server' 'mtc-trigger status' "$1" 'its trigger was:'
	say "     ${states# }"
}
each states
