#!/bin/sh
# mqtt.sh: MQTT is a pipe.  The device's topic is at a broker, mosquitto, on
# loopback; the GPI is published while the device is away, waits there, and
# wakes it when it comes back.  No key needs to be the broker's: it can keep a
# GPI, or lose it, but neither open, change nor repeat it.
set -eu
# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname -- "$0")/common.sh"
PATH=$PATH:/usr/sbin
for program in mosquitto mosquitto_pub mosquitto_sub; do
	command -v $program >/dev/null || die "no $program: install mosquitto" \
	    "and mosquitto-clients"
done

broker() {
	printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$port" \
	    >mosquitto.conf
	[ "$(id -u)" != 0 ] || say "user root" >>mosquitto.conf
	stage broker mosquitto -c mosquitto.conf >broker.out 2>broker.err
}

# The device's subscription, which the broker keeps while it is away.
topic() { # OPTION...
	mosquitto_sub -h 127.0.0.1 -p "$port" -i meter-7 -c -q 1 \
	    -t gpi/meter-7 -N "$@"
}

free_port
broker &
await heard_at "tcp://127.0.0.1:$port"
provision meter-7 milenage
mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp mqtt:gpi/meter-7 \
    --ue-trp-any
serve 1
topic -E
say "meter-7 has subscribed gpi/meter-7 at the broker, and sleeps"

mtc-trigger request -d mtc.db --naf "$NAF" --ue-id meter-7 \
    --indication report --time 30 |
    gpi-gen --hss hss.db --bsf "$BSF" | gpi-sign |
    sa-store put -d mtc.db --pass | tee response |
    gpi-push --to - --report report |
    mosquitto_pub -h 127.0.0.1 -p "$port" -q 1 -t gpi/meter-7 -s
mtc-trigger record -d mtc.db report
say "the MTC server has published a GPI of" \
    "$(field gpi response | xxd -r -p | wc -c) octets"

topic -C 1 | gpi-recv --card meter-7.card --naf "$NAF" |
    sa-store put -d meter-7.db --pass |
    mtc-trigger connect --server "$at" --exec 'echo back from the broker'
ended 0 serve
grep -q '"data":"back from the broker\\n"' serve.out || die "$(cat serve.out)"
say "meter-7 came back, was woken, and says over TLS: back from the broker"
same 'state of the trigger' "$(mtc-trigger status -d mtc.db -t |
    value state)" connected
