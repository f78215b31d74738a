# manners.bats: what all programs share, whatever they are for: gba-push(7), CONVENTIONS.

load helper
load secure

# every program and verb | what it must be given | how many operands it takes
read -rd '' TABLE <<'.' || true
gpi-gen|--hss hss.db --bsf bsf.example.org|1
gpi-sign||1
gpi-push|--to -|1
gpi-recv|--card card --any-naf|1
gpi-show||1
hss-store add|-d hss.db --impi i --key-file key|0
hss-store card|-d hss.db --impi i --bsf bsf.example.org|0
hss-store show|-d hss.db --impi i|0
hss-store set|-d hss.db --impi i|0
hss-store list|-d hss.db|0
hss-store rm|-d hss.db --impi i|0
hss-store import|-d hss.db|1
mtc-trigger register|-d mtc.db|1
mtc-trigger devices|-d mtc.db|0
mtc-trigger unregister|-d mtc.db|0
mtc-trigger request|-d mtc.db --naf mtc.example.org|0
mtc-trigger wake|-d mtc.db --naf mtc.example.org --bsf CMD|0
mtc-trigger ask|--bsf URL|1
mtc-trigger record|-d mtc.db|1
mtc-trigger cancel|-d mtc.db --p-tid p|0
mtc-trigger resync|-d mtc.db|1
mtc-trigger serve|-d mtc.db --listen 127.0.0.1:0|0
mtc-trigger connect|--server 127.0.0.1:1|1
mtc-trigger status|-d mtc.db|0
mtc-trigger prune|-d mtc.db --before 30d|0
sa-store put|-d mtc.db|1
sa-store get|-d mtc.db|0
sa-store list|-d mtc.db|0
sa-store rm|-d mtc.db|0
sa-store expire|-d mtc.db|0
sa-store count|-d mtc.db|0
.
[ ! -x "$BUILD/bsf-serve" ] ||
    TABLE+=$'\nbsf-serve|--hss hss.db --bsf bsf.example.org --listen 127.0.0.1:0|0'

# each FUNCTION: with the program, verb as words, options as words, operands
each() {
	local IFS='|'

	while read -r command options operands; do
		IFS=' '
		# shellcheck disable=SC2086
		"$1" "${command%% *}" "$command" "$options" "$operands" </dev/null
		IFS='|'
	done <<<"$TABLE"
}

# shellcheck disable=SC2086	# words, on purpose, in all of these

# ---- help ----

help_and_version() {
	does $2 --help
	read -r line <out
	[[ $line = "usage: $2 "* ]] || same usage "$line" "usage: $2 ..."
	[ "$program" != "$1" ] || return 0
	program=$1
	does $2 -V
	read -r line <out
	[[ $line =~ ^$1\ [0-9]+\.[0-9]+\.[0-9]+$ ]] ||
	    same version "$line" "$1 1.2.3"
}

@test "-h and --help of every verb, -V and --version of every program" {
	each help_and_version
	# by either name
	does sa-store count -h
	does sa-store count --version
}

@test "-h and -V of the programs that have verbs" {
	for program in hss-store mtc-trigger sa-store; do
		for option in -h --help; do
			does $program $option
			same usage "$(head -n 1 out)" \
			    "usage: $program COMMAND [option ...]"
		done
		sed -n "s/^$program \([a-z]*\)|.*/\1/p" <<<"$TABLE" | sort >expected
		sed -n 's/^  \([a-z]*\) .*/\1/p' out | sort | diff expected -
		does $program -V
		does $program --version
	done
}

@test "help comes before what else is wrong" {
	does gpi-gen --help operand another
	does gpi-recv -h
	does sa-store put -V
}

# ---- called wrongly ----

unknown_option() {
	fails 2 "$1: unknown option --bogus" \
	    $2 $3 --bogus
}

@test "an option that nobody knows" {
	each unknown_option
	fails 2 'sa-store: unknown option -q' \
	    sa-store count -q -d mtc.db
	fails 2 'sa-store: unknown option -q' \
	    sa-store count -d mtc.db -qd
	[ ! -e hss.db ] && [ ! -e mtc.db ]
}

# value_of OPTION COMMAND: what --help calls its value, into $value
value_of() {
	case $1 in
	-d) value=DB ;;
	--hss) value=HSS ;;
	--bsf | --naf) value=FQDN
		case $1$2 in
		--bsf*wake) value=CMD ;;
		--bsf*ask) value=URL ;;
		esac ;;
	--card | --key-file) value=FILE ;;
	--impi) value=IMPI ;;
	--p-tid) value=TEXT ;;
	--listen | --server) value=HOST:PORT ;;
	--before) value=TIME ;;
	--to) value=URI ;;
	esac
}

# the last that it must be given, else one that all may be
missing_value() {
	local words=($3)

	if [ ${#words[@]} -lt 2 ] || [ "${words[-1]}" = --any-naf ]; then
		fails 2 "$1: missing value: --now SECONDS" $2 $3 --now
	else
		value_of "${words[-2]}" "$2"
		fails 2 "$1: missing value: ${words[-2]} $value" \
		    $2 ${words[@]:0:${#words[@]}-1}
	fi
}

@test "an option without its value" {
	each missing_value
	fails 2 'gpi-gen: missing value: -o FILE' gpi-gen -o
	[ ! -e hss.db ] && [ ! -e mtc.db ]
}

@test "a value where none is wanted" {
	fails 2 'gpi-gen: --json takes no value' gpi-gen --json=yes
}

given_twice() {
	set -- "$1" "$2" $3
	if [ $# -lt 4 ] || [ "$3" = --any-naf ]; then
		fails 2 "$1: --now is given twice" \
		    $2 "${@:3}" --now 1 --now 1
	else
		[ "$3" = -d ] && long=--db || long=$3
		fails 2 "$1: $long is given twice" \
		    $2 "${@:3}" "$3" "$4"
	fi
}

@test "an option given twice" {
	each given_twice
	fails 2 'gpi-gen: --json is given twice' gpi-gen -j --json
	[ ! -e hss.db ] && [ ! -e mtc.db ]
}

missing_option() {
	local words=($3) name i

	for ((i = 0; i < ${#words[@]}; i++)); do
		name=${words[i]}
		[[ $name = -?* ]] || continue
		case $name in
		--any-naf | --to | --p-tid) continue ;;
		esac
		value_of $name "$2"
		fails 2 "$1: missing option: $name $value" \
		    $2 ${words[@]:0:i} ${words[@]:i + 2}
	done
}

@test "an option that is required" {
	each missing_option
	[ ! -e hss.db ] && [ ! -e mtc.db ]
}

too_many_operands() {
	if [ "$4" = 1 ]; then
		fails 2 "$1: unexpected argument 'two': only one FILE is read" \
		    $2 one $3 two
	else
		fails 2 "$1: unexpected argument 'one': no FILE is read" $2 $3 one
	fi
}

@test "one operand at most" {
	each too_many_operands
	[ ! -e hss.db ] && [ ! -e mtc.db ]
}

@test "no verb, an unknown verb" {
	for program in hss-store mtc-trigger sa-store; do
		fails 2 "$program: no command given; see $program --help" \
		    $program
		fails 2 "$program: unknown command 'bogus'; see $program --help" \
		    $program bogus
		fails 2 "$program: no command given; see $program --help" \
		    $program -d x list
	done
}

@test "what is called wrongly, makes no store" {
	fails 2 'sa-store: give one of --ul, --dl and --ue' \
	    sa-store get -d new.db
	fails 2 'mtc-trigger: give --ue-id ID, --ue-id-file FILE, --state S or --all' \
	    mtc-trigger request -d new.db --naf $NAF
	fails 2 'mtc-trigger: give --ue-id ID or --ue-id-file FILE' \
	    mtc-trigger unregister -d new.db
	[ ! -e new.db ]
}

@test "--now and --rand: values that are none" {
	for now in 0 -1 x '' 4294967296 1.5 ' 1' 0x10 99999999999999999999; do
		fails 2 "gpi-sign: --now: '$now' is not a number from 1 to 4294967295" \
		    gpi-sign --now "$now"
	done
	subscriber
	for rand in x '' 0 0g; do
		fails 2 'gpi-gen: --rand: expected 1 to 64 octets in hex' \
		    gen --rand "$rand"
	done
}

@test "--rand: too few octets are called wrongly" {
	subscriber
	cbor 'request()' >request
	try gen --rand 0011 request
	same status "$status" 2
	same SQN "$(sqn)" 0
}

@test "-j and -t do not go together" {
	fails 2 'gpi-sign: give -j or -t, not both' gpi-sign -jt
}

# ---- secrets ----

@test "no option takes a key" {
	help() {
		$2 --help >>help
	}
	each help
	lacks '--(k|op|opc|top|topc|key|k-gpi|ks-naf|psk) +([^F ]|F[^I])' help
}

@test "no message holds a key, whatever is wrong with the record" {
	subscriber
	(umask 077 && echo "$K$K" >k_gpi)
	python 'K = h("'$K'")
def draft(**more):
    return rec("draft", **{**dict(ver=1, rand=bytes(16), autn=bytes(16),
        app_lbl=b"", um=0, naf_id=naf("a"), key_lt=1, p_tid="p", ue_id="u",
        ks_naf=K * 2, k_gpi=K * 2), **more})
for r in (draft(ks_naf=K), draft(k_gpi=K * 3), draft(ks_naf=(K * 2).hex()),
    draft(k_gpi="'$K'"), draft(ks_int_naf=K), draft(ue_id="'$K'" * 8),
    draft(rand=None), draft(p_tid="a b"), draft() | {29: K}, draft() | {29: K.hex()},
    {0: 10, 29: K, 30: K}, {0: 11, 14: "i", 29: K, 30: K + K}):
    out.write(item(r))' >records
	for command in gpi-sign "gpi-gen --hss hss.db --bsf $BSF" \
	    'sa-store put -d mtc.db --pass' 'gpi-push --to -' gpi-show \
	    'mtc-trigger record -d mtc.db'; do
		try $command records
		same "status of $command" "$status" 3
		lacks "${K:4:12}" err
		xxd -p -c 100000 err >err.hex
		lacks "${K:4:12}" err.hex
	done
	chmod 644 k_gpi
	gpi-show --k-gpi-file k_gpi /dev/null 2>err
	same warning "$(<err)" \
	    'gpi-show: warning: k_gpi: mode 0644 lets others read its keys; chmod 600'
}

@test "a message is one line, without control characters" {
	subscriber
	printf 'x' >"$(printf 'a\nb\033c')"
	fails 3 'gpi-sign: a?b?c: record 1: item: found the end of input after 1 octet, expected the rest' \
	    gpi-sign "$(printf 'a\nb\033c')"
	fails 2 "gpi-recv: --naf: 'a?b' is not FQDN or FQDN/UA" \
	    gpi-recv --card card --naf "$(printf 'a\nb')"
	# C1 in UTF-8 and as an octet, U+202E; what is shown stays
	fails 2 "gpi-recv: --naf: 'a?31m?b?ü' is not FQDN or FQDN/UA" \
	    gpi-recv --card card --naf "$(printf 'a\302\23331m\233b\342\200\256ü')"
}

# ---- what is said to people ----

@test "what is called wrongly is named, with what to do" {
	fails 2 'mtc-trigger: no command given; see mtc-trigger --help' \
	    mtc-trigger
	fails 2 "mtc-trigger: unknown command 'statsu' (did you mean 'status'?)" \
	    mtc-trigger statsu
	fails 2 "hss-store: unknown command 'lst' (did you mean 'list'?)" \
	    hss-store lst
	fails 2 "sa-store: unknown command 'store'; see sa-store --help" \
	    sa-store store
	fails 2 'gpi-gen: unknown option --frob' gpi-gen --frob
	fails 2 'gpi-gen: --json takes no value' gpi-gen --json=1
	fails 2 'gpi-gen: missing option: --hss HSS' gpi-gen
	fails 2 'sa-store: missing option: -d DB' sa-store count
	fails 2 "gpi-recv: unexpected argument 'flip.gpi': only one FILE is read" \
	    gpi-recv --card card --any-naf one.gpi flip.gpi
	fails 2 'mtc-trigger: give --ue-id ID, or a FILE of devices' \
	    mtc-trigger register -d mtc.db
	fails 2 'mtc-trigger: a device needs ue_trp (--ue-trp)' \
	    mtc-trigger register -d mtc.db --ue-id a
	[ ! -e mtc.db ]
}

@test "a key file that is not understood is shown how it should be" {
	add() {
		hss-store add -d hss.db --impi i --key-file key
	}
	umask 077
	echo "k $K" >key
	fails 3 'hss-store: the key file has no op or opc, which milenage needs' add
	printf 'k %s\nopc; %s\n' $K $OPC >key
	fails 3 "hss-store: key: line 2: not understood; a line is 'k HEX', 'op HEX', 'opc HEX', 'top HEX' or 'topc HEX'" \
	    add
	printf 'k %s\nop %s\n' $K ${OPC:2} >key
	fails 3 'hss-store: key: line 2: op: expected 32 hex digits' add
	echo secret >k_gpi
	fails 3 'gpi-show: k_gpi: line 1: expected 64 hex digits' \
	    gpi-show --k-gpi-file k_gpi /dev/null
}

@test "a file of something else is named as that" {
	elements
	gpi >gpi
	(printf 'ff'; xxd -p gpi) >hex
	fails 3 'gpi-recv: record 1: not a GPI' \
	    recv < <(xxd -r -p <<<3a00000000)
	request | fails 3 'gpi-recv: record 1: a record, not a GPI' recv
	fails 3 'gpi-gen: gpi: record 1: a GPI, not a record' gen gpi
	fails 3 'mtc-trigger: line 1: invalid JSON at column 33: member "ue_id" twice' \
	    mtc-trigger register -d mtc.db - \
	    <<<'{"ue_id":"a","ue_trp":"x","ue_id":"b"}'
	fails 3 "mtc-trigger: line 1: a JSON array; 'jq -c .[]' writes its objects, one a line" \
	    mtc-trigger register -d mtc.db - <<<'["ue_id"]'
	ends 3 'gpi-recv: hex: hex; its octets are read' recv hex
	same complaint "${complaints[1]}" \
	    'gpi-recv: hex: record 1: item: found octet ff out of place, expected CBOR'
}

@test "a refused GPI: what it is, and what this device is" {
	elements
	gpi --lifetime 60 >gpi
	fails 1 "gpi-recv: gpi: record 1: this GPI is for NAF $NAF/0100000007; this device accepts a.example.org, b.example.org/0100000007" \
	    gpi-recv --card card --now $NOW --naf a.example.org \
	    --naf b.example.org/0100000007 gpi
	fails 1 'gpi-recv: gpi: record 1: the key expired at 2027-01-15T08:01:00Z' \
	    gpi-recv --card card --now 1999999999 --any-naf gpi
	hss-store card -d hss.db --impi $IMPI --bsf bsf2.example.org -o card
	fails 1 'gpi-recv: gpi: record 1: the GPI was altered, or this card (BSF bsf2.example.org) is for another BSF' \
	    recv gpi
}

@test "a device that does not call: its state, and why" {
	elements
	wake() {
		mtc-trigger wake -d mtc.db --naf $NAF --ue-id meter-7 --now $NOW \
		    --timeout 1 --to file:gpis --bsf "$1" -o triggers
	}
	fails 1 'mtc-trigger: meter-7: failed: the BSF gave no answer' wake true
	fails 1 'mtc-trigger: meter-7: sent; no connection within 1 s' \
	    wake "gpi-gen --hss hss.db --bsf $BSF --now $NOW | gpi-sign"
	request --ue-trp sms:+491700000001 | gen | gpi-sign |
	    fails 1 'gpi-push: record 1: sms:+491700000001: needs an SMSC or a modem: --via sms=smpp://... or --via sms=sms-pdu:...' \
	    gpi-push
}

@test "warnings say so, and what to do" {
	elements
	chmod 644 card
	recv /dev/null 2>err
	same warning "$(cat err)" \
	    'gpi-recv: warning: card: mode 0644 lets others read its keys; chmod 600'
	request --indication 1 --mode none --p-tid one | gen |
	    gpi-sign 2>err >/dev/null
	same warning "$(cat err)" \
	    'gpi-sign: warning: p_tid one: trigger_mode none: anybody can read and change this trigger'
}

narrow() {
	does $2 --help
	same "wide lines of $2" "$(awk 'length > 80' out)" ''
}

@test "help and the hex view fit 80 columns" {
	each narrow
	elements
	request --ue-trp "udp://$(printf 'a%.0s' {1..99}):1" >request
	gen request >draft
	gpi-sign draft >response
	gpi-push --to - response >gpi
	for file in request draft response gpi card; do
		does gpi-show --hex $file
		same "wide lines of $file" "$(awk 'length > 80' out)" ''
	done
}

# nohup, `&' in a script: fish-shell/fish-shell#4007, cloudwego/hertz#441
@test "a signal that was ignored at the start stays ignored" {
	elements
	trigger one --indication report --time 3600
	printf '#!/bin/sh\nexec sleep 5\n' >bsf
	chmod +x bsf
	python '
import signal, socket, subprocess, time
signals = signal.SIGINT, signal.SIGTERM, signal.SIGHUP
def ignore():
    for s in signals: signal.signal(s, signal.SIG_IGN)
def status(pid):
    lines = open("/proc/%d/status" % pid).read().splitlines()
    return dict(line.split(":\t", 1) for line in lines if ":\t" in line)
def waits(p):
    return status(p.pid)["State"][0] == "S"
def begun(p):	# it waits for good
    end = time.monotonic() + 20
    while time.monotonic() < end:
        if all(waits(p) for i in range(20) if not time.sleep(0.002)): return True
silent = socket.create_server(("127.0.0.1", 0))
ps = {c: subprocess.Popen(c.split("\t"), stdin=subprocess.PIPE,
    stdout=subprocess.DEVNULL, preexec_fn=ignore, stderr=subprocess.DEVNULL)
    for c in sys.argv[1].replace("PORT", str(silent.getsockname()[1])).split("\n")}
time.sleep(0.2)
for c, p in ps.items(): assert begun(p), c
caught = {c: int(status(p.pid)["SigCgt"], 16) for c, p in ps.items()}
for p in ps.values():
    for s in signals: p.send_signal(s)
time.sleep(0.1)
ended = [c for c, p in ps.items() if p.poll() is not None]
for p in ps.values(): p.kill(); p.wait()
assert not ended, ended
for c in ps: assert not any(caught[c] >> s - 1 & 1 for s in signals), c
' "$(tr ' ' '\t' <<-.
	gpi-gen --hss hss.db --bsf $BSF
	gpi-sign
	gpi-push --to -
	gpi-push --to tcp://127.0.0.1:PORT
	gpi-recv --card card --any-naf
	gpi-recv --card card --any-naf --listen udp://127.0.0.1:0 --listen unix:here
	gpi-show
	hss-store import -d hss.db
	mtc-trigger register -d mtc.db -
	mtc-trigger record -d mtc.db
	mtc-trigger resync -d mtc.db
	mtc-trigger wake -d mtc.db --naf $NAF --ue-id meter-7 --bsf ./bsf
	mtc-trigger serve -d mtc.db --listen 127.0.0.1:0
	mtc-trigger connect --server 127.0.0.1:PORT --now $NOW one
	sa-store put -d mtc.db
	.
	)"
}
