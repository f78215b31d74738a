# wake.bats: the one line of an operator, steps 401 to 407 in one go.

load helper
load delivery
load wake

# ---- woken ----

@test "one line, and a device has sent its data" {
	elements
	serve
	there
	does wake --indication report --time 30 -j
	wait $device
	nothing_in device.err
	same 'its end' "$(pick type ue_id ue_trp trigger_ind state <out)" \
	    '["trigger","meter-7","unix:dev",2,"connected"]'
	same states "$(grep -oE '"[a-z]+":18[0-9]{8}' out | cut -d '"' -f 2 |
	    words)" 'time requested answered stored sent responded connected'
	await test -s lines
	same data "$(values state data <lines | words)" 'connected 42\n'
	mtc-trigger status -d mtc.db -j | same_octets out -
	says 1 sa-store count -d mtc.db
	# the same SA at both ends, of which neither stream has a key
	for db in mtc.db dev.db; do
		sa-store list -d $db -js | pick ul_sa_id ks_naf >$db.sa
	done
	same_octets mtc.db.sa dev.db.sa
	ks_naf=$(field ks_naf <(sa-store list -d mtc.db --cbor))
	lacks "$ks_naf" out
	lacks "$ks_naf" <(xxd -p -c 0 out)
}

@test "all options of request, and a URI for all" {
	elements
	serve
	there elsewhere
	does wake --indication 300 --time 30 --mode integrity --lifetime 60 \
	    --p-tid one --ua 0100000007 --to unix:elsewhere -o woken
	nothing_in out
	wait $device
	same trigger "$(gpi-show -j woken | pick p_tid trigger_ind trigger_time trigger_mode ue_trp state)" \
	    '["one",300,30,"integrity","unix:dev","connected"]'
	mode woken 600
}

@test "--ue-trp, --private and --rand: a device that nobody registered" {
	subscriber
	card
	serve
	there
	does mtc-trigger wake -d mtc.db --naf $NAF --ue-id "$IMPI" --private \
	    --now $NOW --rand 000000000000 --ue-trp unix:dev --bsf "$bsf"
	wait $device
	same 'its end' "$(ended)" "$IMPI connected"
}

@test "a device that is not there: its Unix socket, its answer, its number" {
	elements
	absent pump-1 unix:nobody
	absent pump-2 udp://127.0.0.1:9
	absent pump-3 sms:+491700000001
	serve
	there
	ends 1 "$(printf 'mtc-trigger: --ue-id pump-9: device pump-9 is not registered')" \
	    wake --ue-id pump-1 --ue-id pump-2 --ue-id pump-3 --ue-id pump-9 \
	    --indication report --timeout 3
	complains 'mtc-trigger: --ue-id pump-9: device pump-9 is not registered' \
	    'mtc-trigger: pump-1: failed: unix:nobody: No such file or directory' \
	    'mtc-trigger: pump-3: failed: sms:+491700000001: needs an SMSC or a modem: --via sms=smpp://... or --via sms=sms-pdu:...' \
	    'mtc-trigger: pump-2: sent; no connection within 3 s' \
	    'mtc-trigger: 4 devices: 1 sent, 1 connected, 2 failed; 0:00:0'
	same 'those that have ended first' "$(left | sort | words)" \
	    'meter-7 connected pump-1 failed pump-2 sent pump-3 failed'
	same 'the last' "$(left | tail -n 1)" 'pump-2 sent'
	same kept "$(kept)" \
	    'meter-7 connected pump-1 failed pump-2 sent pump-3 failed'
}

@test "nothing is waited for that has ended" {
	elements
	SECONDS=0
	ends 1 'mtc-trigger: meter-7: failed: unix:dev: No such file or directory' \
	    wake
	[ $SECONDS -lt 10 ]
}

@test "a device that is late: after the run it may still connect" {
	elements
	device meter-7 file:gpis
	serve
	ends 1 'mtc-trigger: meter-7: sent; no connection within 3 s' \
	    wake --indication report --timeout 3
	same 'as it stood' "$(ended)" 'meter-7 sent'
	recv gpis | does mtc-trigger connect --server "$at" --now $NOW
	same kept "$(kept)" 'meter-7 connected'
}

@test "--retry-for: a device that comes while it is tried" {
	elements
	serve
	waking --retry-for 9
	await all_are 'meter-7 stored'
	there
	woken 0
	complains 'mtc-trigger: unix:dev: No such file or directory; trying again for up to 9 s' \
	    'mtc-trigger: no more tries: 1 that were tried again have left, 0 have failed'
	same 'its end' "$(ended)" 'meter-7 connected'
}

@test "--retry-for: the run ends when its time is over, all the same" {
	elements
	try wake --retry-for 100 --timeout 3
	same status "$status" 1
	complains 'mtc-trigger: unix:dev: No such file or directory; trying again for up to 100 s' \
	    'mtc-trigger: meter-7: stored; no connection within 3 s'
	same 'as it stood' "$(ended)" 'meter-7 stored'
}

@test "a trigger that somebody else ends" {
	elements
	device meter-7 file:gpis
	waking --p-tid one
	await all_are 'meter-7 sent'
	mtc-trigger cancel -d mtc.db --p-tid one
	woken 1
	complains 'mtc-trigger: meter-7: failed: cancelled'
	same 'its end' "$(ended)" 'meter-7 failed'
}

# ---- how a run ends ----

# stopped SIGNAL STATE: while the trigger is in that state
stopped() {
	waking
	await all_are "meter-7 $2"
	kill -s "$1" $wake
	woken 4
	complains 'mtc-trigger: stopped by a signal' \
	    "mtc-trigger: 1 device: 1 $2; 0:00:0" \
	    "mtc-trigger: 1 $2, without a connection so far; the last: meter-7"
	same 'as it stood' "$(ended)" "meter-7 $2"
	same kept "$(kept)" "meter-7 $2"
	rm -f mtc.db*
	device meter-7 file:gpis
}

@test "SIGTERM and SIGINT end it in order" {
	elements
	device meter-7 file:gpis
	stopped TERM sent
	stopped INT sent
	bsf='echo $$ >bsf.pid; sleep 100'
	stopped TERM requested
	await bsf_is_gone
}

@test "SIGTERM: what ended before is in the file of -o, and the rest" {
	elements
	absent pump-1 unix:nobody
	device meter-7 file:gpis
	waking --ue-id pump-1 -o file
	await all_are 'meter-7 sent pump-1 failed'
	kill $wake
	woken 4
	same 'in the file' "$(gpi-show -j file | values ue_id state | sort |
	    words)" 'meter-7 sent pump-1 failed'
	mode file 600
	has_line 'mtc-trigger: 2 devices: 1 sent, 1 failed; 0:00:0' err
}

@test "on a terminal: one line that changes, and a summary, not what each came to" {
	elements
	absent pump-1 unix:nobody
	device meter-7 file:gpis
	script -qec "mtc-trigger wake -d mtc.db --naf $NAF --now $NOW --all \
	    --timeout 2 --bsf '$bsf'" tty </dev/null >/dev/null 2>&1 || true
	tr '\r' '\n' <tty >lines
	grep -q '^.\[K0:00:0[01] left, 0/s: connected 0, failed 1, responded 0, delivered 0, sent 1$' lines
	grep -q '^.\[Kmtc-trigger: meter-7: sent; no connection within 2 s$' lines
	grep -q '^mtc-trigger: 2 devices: 1 sent, 1 failed; 0:00:0[2-9]$' lines
	lacks 'p_tid|^trigger' lines
}

@test "SIGTERM while a GPI is tried: it has failed" {
	elements
	waking --retry-for 100
	await all_are 'meter-7 stored'
	kill $wake
	woken 4
	complains 'mtc-trigger: unix:dev: No such file or directory; trying again for up to 100 s' \
	    'mtc-trigger: stopped by a signal' \
	    'mtc-trigger: meter-7: failed: unix:dev: stopped by a signal' \
	    'mtc-trigger: 1 device: 1 failed; 0:00:0'
	same kept "$(kept)" 'meter-7 failed'
}

@test "a store that cannot be written" {
	elements
	device meter-7 file:gpis
	sqlite3 mtc.db "CREATE TRIGGER full BEFORE INSERT ON sa
	    BEGIN SELECT raise(FAIL, 'disk full'); END"
	fails 4 'mtc-trigger: mtc.db: disk full' wake
	same kept "$(kept)" 'meter-7 requested'
	[ ! -e gpis ]
}

@test "an output that nobody reads" {
	elements
	ends 4 'mtc-trigger: meter-7: failed: unix:dev: No such file or directory' \
	    wake -o /dev/full
	complains "${complaints[0]}" 'mtc-trigger: /dev/full: No space left on device'
	same kept "$(kept)" 'meter-7 failed'
}

@test "called wrongly: nothing is requested" {
	elements
	fails 2 'mtc-trigger: missing option: --bsf CMD' \
	    mtc-trigger wake -d mtc.db --naf $NAF --all
	fails 2 'mtc-trigger: give --ue-id or --all, not both' \
	    wake --all
	fails 2 'mtc-trigger: --to: wake needs a URI, not -' wake --to -
	fails 2 "mtc-trigger: --to: 'x' is not a known transport; use udp://, tcp://, unix:, file:, coap://, smpp://, smpps:// or sms-pdu:" \
	    wake --to x
	fails 2 "mtc-trigger: --timeout: '0' is not a number from 1 to 4294967295" \
	    wake --timeout 0
	fails 1 'mtc-trigger: --ue-id nobody: device nobody is not registered' \
	    mtc-trigger wake -d mtc.db --naf $NAF --ue-id nobody \
	    --bsf 'touch ran'
	[ ! -e ran ]
	same kept "$(kept)" ''
}

@test "--version shows the transports" {
	says "$(gpi-push --version | sed 's/^gpi-push/mtc-trigger/'
	    mtc-trigger ask --version | grep ^BSF)" mtc-trigger wake --version
}

# many N: devices u0..., all at the end of a file
many() {
	python 'for i in range(int(sys.argv[1])):
    print("""{"impi": "%d@x", "ue_id": ["u%d"], "k": "%s", "opc": "%s"}"""
        % (i, i, *sys.argv[2:]))' "$1" $K $OPC | hss-store import -d hss.db -
	python 'for i in range(int(sys.argv[1])):
    print("""{"ue_id": "u%d", "ue_trp": "file:gpis"}""" % i)' "$1" |
	    mtc-trigger register -d mtc.db -
}

all=(mtc-trigger wake -d mtc.db --naf $NAF --now $NOW --all)

@test "--all: a thousand devices, of which none is there" {
	many 1000
	seconds=5
	! sanitized || seconds=20
	try "${all[@]}" --bsf "$bsf" --timeout $seconds
	same status "$status" 1
	# the first few one by one, then their number
	same 'what is said' "$(sed 's/u[0-9][0-9]* */u /; s/u *$/u/; s/; 0:.*//' err |
	    tally)" "10 mtc-trigger: u : sent; no connection within $seconds s \
1 mtc-trigger: 1000 devices: 1000 sent \
1 mtc-trigger: 1000 sent, without a connection so far; the last: u"
	same 'those that left' "$(left | sort -u | grep -c sent)" 1000
	same GPIs "$(gpi-show -j gpis | wc -l)" 1000
	same kept "$(mtc-trigger status -d mtc.db -t | value state |
	    tally)" '1000 sent'
	says 1000 sa-store count -d mtc.db
}

@test "kill -9: no GPI has left whose SA is not kept" {
	many 200
	for size in 1 5000 10000 15000 20000; do
		rm -f gpis
		"${all[@]}" --bsf "$bsf" >out 2>err 3>&- &
		wake=$!
		of_size() { [ "$(stat -c %s gpis 2>/dev/null)" -ge $size ]; }
		await of_size
		kill -9 $wake
		wait $wake || true
		sa-store list -d mtc.db -t | value rand | sort >stored
		gpi-show -t gpis | value rand | sort | comm -23 - stored >lost
		nothing_in lost
	done
}
