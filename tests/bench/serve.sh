#!/bin/bash
# serve: full exchanges of mtc-trigger serve (handshake, trigger response, 200
# octets of data, close_notify), beside a bare TLS loop of the same that stores
# nothing (tlsloop.c), both under the same load (devices.c); the same of two
# processes beside one; then what a connection takes while many are open.
# shellcheck source=tests/bench/common.sh
. "$BENCH/common.sh"

n=$((RECORDS < 8000 ? RECORDS : 8000))
held=$((n < 5000 ? n : 5000))
key=000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
pids=()
trap '[ ${#pids[@]} = 0 ] || kill "${pids[@]}" 2>/dev/null || true
	wait' EXIT

stores "$n"
copy "$hss" hss.db
copy "$mtc" all.db
mtc-trigger request -d all.db "${ASK[@]}" |
    gpi-gen --hss hss.db --bsf $BSF | gpi-sign |
    sa-store put -d all.db --pass | gpi-show -js |
    jq -r '.p_tid + " " + .ks_naf' >keys
sed "s/ .*/ $key/" keys >same

# server PROGRAM...: it begins; $server
server()
{
	"$@" >lines 2>err &
	server=$!
	pids=("$server")
}

# serve [OPTION...]: the one to be measured, on a fresh store, at $at
serve()
{
	copy all.db db
	: >err
	server mtc-trigger serve -d db --listen 127.0.0.1:0 "$@"
	until grep -q listening err; do
		sleep 0.05
	done
	at=$(sed -n 's/.*listening on //p' err)
}

two_workers()
{
	# each has half of what one address may have
	serve --workers 2
}

# all_connected: or a note says how many were
all_connected()
{
	local connected

	connected=$(grep -c '"connected"' lines)
	[ "$connected" = "$n" ] ||
		note "serve: $connected of $n devices connected"
}

# bare_loop: the yardstick, at $at
bare_loop()
{
	# below those that connections are made from
	at=127.0.0.1:$((10000 + ($$ + SECONDS) % 20000))
	server tlsloop "${at#*:}" $key
	sleep 0.3
	kill -0 "$server"
}

# finish: the server ends
finish()
{
	kill "$server"
	wait "$server" || true
	pids=()
}

# exchanges SERVER KEYS CONCURRENCY: a second, into $rate
exchanges()
{
	"$1"
	rate=$(devices "$at" "$2" "$3" | cut -f 1)
	finish
}

resident()
{
	awk '/VmRSS/ { print $2 }' "/proc/$server/status"
}

# hold SERVER KEYS: into $each, KiB of a connection
hold()
{
	local before load

	"$1"
	before=$(resident)
	rm -f hold held	# else the last one is read
	mkfifo hold
	# shellcheck disable=SC2094	# so that nobody waits for the other end
	devices "$at" "$2" 64 --hold "$held" <>hold >held &
	load=$!
	pids+=("$load")
	until grep -qs held held; do
		sleep 0.1
	done
	each=$(calc "($(resident) - $before) / $held")
	kill "$load"
	wait "$load" || true
	finish
}

for _ in $(rounds); do
	for concurrency in 64 256; do
		exchanges bare_loop same $concurrency
		theirs=$rate
		exchanges serve keys $concurrency
		all_connected
		row "serve, $concurrency devices at once" "$rate" exchanges/s \
		    "a bare TLS loop" "$theirs" higher 0.9
		one=$rate
		exchanges two_workers keys $concurrency
		all_connected
		row "serve --workers 2, $concurrency devices at once" "$rate" \
		    exchanges/s "one process" "$one" higher -
	done
	hold bare_loop same
	theirs=$each
	hold serve keys
	row "a connection of $held" "$each" KiB "a bare TLS loop" "$theirs" \
	    lower -
done
