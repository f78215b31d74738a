# manners.bats: what all programs share, whatever they are for: cli.md.

load helper

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
mtc-trigger record|-d mtc.db|1
mtc-trigger cancel|-d mtc.db --p-tid p|0
mtc-trigger resync|-d mtc.db|1
mtc-trigger serve|-d mtc.db --listen 127.0.0.1:0|0
mtc-trigger connect|--server 127.0.0.1:1|1
mtc-trigger status|-d mtc.db|0
sa-store put|-d mtc.db|1
sa-store get|-d mtc.db|0
sa-store list|-d mtc.db|0
sa-store rm|-d mtc.db|0
sa-store expire|-d mtc.db|0
sa-store count|-d mtc.db|0
.

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
	does $2 -V
	read -r line <out
	[[ $line =~ ^$1\ [0-9]+\.[0-9]+\.[0-9]+$ ]] ||
	    same version "$line" "$1 1.2.3"
}

@test "-h, --help, -V and --version of every verb" {
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
			    "usage: $program VERB [option ...]"
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
	fails 2 "$1: --bogus: found, expected an option that --help shows" \
	    $2 $3 --bogus
}

@test "an option that nobody knows" {
	each unknown_option
	fails 2 'sa-store: -q: found, expected an option that --help shows' \
	    sa-store count -q -d mtc.db
	fails 2 'sa-store: -q: found, expected an option that --help shows' \
	    sa-store count -d mtc.db -qd
	[ ! -e hss.db ] && [ ! -e mtc.db ]
}

# the last that it must be given, and what each may be
missing_value() {
	local words=($3)

	fails 2 "$1: --now: found no value, expected one" $2 $3 --now
	[ ${#words[@]} -lt 2 ] || [ "${words[-1]}" = --any-naf ] ||
	    fails 2 "$1: ${words[-2]}: found no value, expected one" \
	    $2 ${words[@]:0:${#words[@]}-1}
}

@test "an option without its value" {
	each missing_value
	fails 2 'gpi-gen: -o: found no value, expected one' gpi-gen -o
	[ ! -e hss.db ] && [ ! -e mtc.db ]
}

@test "a value where none is wanted" {
	try gpi-gen --json=yes
	same status "$status" 2
	nothing_in out
	same lines "$(lines_in err)" 1
}

given_twice() {
	set -- "$1" "$2" $3
	if [ $# -lt 4 ] || [ "$3" = --any-naf ]; then
		fails 2 "$1: --now: found twice, expected once" \
		    $2 "${@:3}" --now 1 --now 1
	else
		[ "$3" = -d ] && long=--db || long=$3
		fails 2 "$1: $long: found twice, expected once" \
		    $2 "${@:3}" "$3" "$4"
	fi
}

@test "an option given twice" {
	each given_twice
	fails 2 'gpi-gen: --json: found twice, expected once' gpi-gen -j --json
	[ ! -e hss.db ] && [ ! -e mtc.db ]
}

missing_option() {
	local words=($3) name i

	for ((i = 0; i < ${#words[@]}; i++)); do
		name=${words[i]}
		[[ $name = -?* ]] || continue
		case $name in
		--any-naf | --to) continue ;;
		-d) name=--db value=DB ;;
		--hss) value=DB ;;
		--bsf | --naf) value=FQDN
			case $2 in *wake) [ $name = --naf ] || value=CMD ;; esac ;;
		--card | --key-file) value=FILE ;;
		--impi) value=IMPI ;;
		--p-tid) value=TEXT ;;
		--listen | --server) value=HOST:PORT ;;
		esac
		fails 2 "$1: $name: found nothing, expected $value" \
		    $2 ${words[@]:0:i} ${words[@]:i + 2}
	done
}

@test "an option that is required" {
	each missing_option
	[ ! -e hss.db ] && [ ! -e mtc.db ]
}

too_many_operands() {
	if [ "$4" = 1 ]; then
		fails 2 "$1: two: found, expected one operand at most" \
		    $2 one $3 two
	else
		fails 2 "$1: one: found, expected no operand" $2 $3 one
	fi
}

@test "one operand at most" {
	each too_many_operands
	[ ! -e hss.db ] && [ ! -e mtc.db ]
}

@test "no verb, an unknown verb" {
	for program in hss-store mtc-trigger sa-store; do
		fails 2 "$program: no verb: found, expected a verb that --help shows" \
		    $program
		fails 2 "$program: bogus: found, expected a verb that --help shows" \
		    $program bogus
		fails 2 "$program: -d: found, expected a verb that --help shows" \
		    $program -d x list
	done
}

@test "what is called wrongly, makes no store" {
	fails 2 'sa-store: --ul: found 0 of --ul, --dl and --ue, expected one' \
	    sa-store get -d new.db
	fails 2 'mtc-trigger: --ue-id: found nothing, expected --ue-id or --all' \
	    mtc-trigger request -d new.db --naf $NAF
	fails 2 'mtc-trigger: --ue-id: found 0 times, expected once' \
	    mtc-trigger unregister -d new.db
	[ ! -e new.db ]
}

@test "--now and --rand: values that are none" {
	for now in 0 -1 x '' 4294967296 1.5 ' 1' 0x10 99999999999999999999; do
		fails 2 "gpi-sign: --now: found \"$now\", expected a number from 1 to 4294967295" \
		    gpi-sign --now "$now"
	done
	subscriber
	for rand in x '' 0 0g; do
		fails 2 'gpi-gen: --rand: found no hex of 1 to 64 octets, expected it' \
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
	fails 2 'gpi-sign: -j: found with -t, expected one of them' gpi-sign -jt
}

# ---- secrets ----

@test "no option takes a key" {
	help() {
		$2 --help >>help
	}
	each help
	lacks '--(k|op|opc|top|topc|key|k-gpi|ks-naf|psk) ' help
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
	    'gpi-show: k_gpi: found mode 0644, expected 0600: others can read its keys'
}

@test "a message is one line, without control characters" {
	subscriber
	printf 'x' >"$(printf 'a\nb\033c')"
	fails 3 'gpi-sign: a?b?c: record 1: item: found the end of input after 1 octets, expected the rest' \
	    gpi-sign "$(printf 'a\nb\033c')"
	fails 2 'gpi-recv: --naf: found "a?b", expected FQDN or FQDN/UA' \
	    gpi-recv --card card --naf "$(printf 'a\nb')"
}
