#!/usr/bin/env bats
#
# man.bats: the manuals and lib/record/records.cddl say what the code says.

load ../examples/harness.sh

PROGRAMS="hss-store mtc-trigger gpi-gen gpi-sign sa-store gpi-push gpi-recv
    gpi-show"
# which may have been left out
[ ! -x "${BUILD:-build}/bsf-serve" ] || PROGRAMS+=" bsf-serve"
# manuals of others that ours refer to, whether or not they are installed
FOREIGN="cron(8) crontab(5) logrotate(8) openssl(1) pg_basebackup(1) ps(1) sh(1) ssh(1) sshd(8) stunnel(8) umask(1)"
# words that take the place of type names in the tables of gpi(5)
SHORT="sync=sync-failure resp=trigger-response subscr=subscriber"

# The programs' own words, once: $HELP/PROGRAM, and $HELP/PROGRAM.VERB.
setup_file() {
	local p v

	export HELP=$BATS_FILE_TMPDIR/help
	mkdir "$HELP"
	for p in $PROGRAMS; do
		"${BUILD:-build}/$p" --help >"$HELP/$p"
		if has_line "usage: $p COMMAND" "$HELP/$p"; then
			sed -n 's/^  \([a-z][a-z]*\)  *[A-Z].*/\1/p' "$HELP/$p"
		else
			echo
		fi >"$HELP/$p.verbs"
		for v in $(verbs $p); do
			"${BUILD:-build}/$p" "$v" --help >"$HELP/$p.$v"
		done
	done
}

setup() {
	cd "$BATS_TEST_DIRNAME/.." || exit 1
	bin=$(cd "${BUILD:-build}" && pwd)
	free_port
	udp=$port
	free_port
}

# ---- the code's side ----

verbs() {			# of program $1; one empty line where none
	echo "$(<"$HELP/$1.verbs")"
}

# the options in a --help, one a line, as `-d, --db DB'
help_options() {
	sed -nE '
		s/^ +((-., )?--[a-z-]+ [A-Z][^ ]*) .*/\1/p
		t
		s/^ +((-., )?--[a-z-]+) .*/\1/p' "$HELP/$1${2:+.$2}" | sort
}

# a line `KEY NAME COLUMNS' for each row of the table of fields
fields() {
	awk '
	FNR == NR && /^enum key \{/ { inside = 1; next }
	FNR == NR && inside && /^\};/ { inside = 0 }
	FNR == NR && inside {
		gsub(/\/\*.*\*\//, "")
		n = split($0, word, /[ ,\t]+/)
		for (i = 1; i <= n; i++)
			if (word[i] ~ /^KEY_/)
				number[word[i]] = count++
	}
	FNR == NR { next }
	/^\[KEY_/ {
		key = name = $0
		sub(/^\[/, "", key); sub(/\].*/, "", key)
		match($0, /"[mo.]+"\)?,|"[mo.]+", /)
		columns = substr($0, RSTART + 1); sub(/".*/, "", columns)
		if (name ~ /= CHARS/)
			sub(/^[^"]*"/, "", name)
		else
			sub(/^[^(]*\(/, "", name)
		sub(/[",].*/, "", name)
		print number[key], name, columns
	}' lib/record/record.h lib/record/fields.c
}

# the words of record types, from 0
types() {
	sed -n '/const type_words\[\]/,/NULL/p' lib/record/fields.c | tr ',' '\n' |
	    sed -n 's/.*"\(.*\)".*/\1/p'
}

# ---- the manual's side ----

# section $2 of a page as text on one line
section() {
	mandoc -Tascii "man/$1" 2>/dev/null | sed 's/.\x08//g' | awk -v name="$2" '
	/^[A-Z]/ { inside = $0 == name; next }
	inside' | tr -s ' \n' ' '
}

# displays under EXAMPLES, as a shell gets them from a terminal
examples() {
	awk '
	/^\.Sh / { inside = $0 == ".Sh EXAMPLES" }
	/^\.Ed/ { display = 0 }
	inside && display
	/^\.Bd -literal/ { display = 1 }' "man/$1" |
	    sed "s/\\\\(aq/'/g; s/\\\\e/\\\\/g; s/\\\\&//g; s/\\\\-/-/g"
}

# run the script on standard input, on ports of this test's own
run_examples() {
	sed "s/:7100/:$udp/; s/:7433/:$port/" |
	    PATH="$bin:$PATH" bash -e -u -o pipefail
}

# same FOUND EXPECTED: many lines
same() {
	[ "$1" = "$2" ] || diff <(printf '%s\n' "$1") <(printf '%s\n' "$2")
}

# ---- tests ----

@test "every program has a manual, and every manual a program or a topic" {
	local expected

	expected=$(printf '%s.1\n' ${PROGRAMS% bsf-serve} bsf-serve
	    echo gba-push.7; echo gpi.5)
	same "$(sort <<<"$expected")" "$(cd man && ls | sort)"
	for p in $PROGRAMS; do
		[ -x "$bin/$p" ]
	done
}

@test "mandoc finds nothing to say" {
	# cross references are the matter of a test below
	run bash -c 'mandoc -Tlint -Wstyle man/* 2>/dev/null |
	    grep -v "referenced manual not found"'
	[ -z "$output" ]
}

# for python: theirs(NAME) are the options in a --help, as `-d, --db DB';
# ours(PAGE, BEGIN) those that stand as .It Fl from that line to the next section
OPTIONS='
import os, re, sys
help = os.environ["HELP"] + "/"
def theirs(name):
    found = (re.match(r" +((?:-., )?--[a-z-]+(?: [A-Z][^ \n]*(?= ))?)[ \n]", l)
        for l in open(help + name))
    return {m[1] for m in found if m}
def ours(page, begin):
    options, inside = set(), False
    for line in open("man/" + page):
        if line.startswith((".Ss ", ".Sh ")):
            inside = line.rstrip() == begin
        elif inside and line.startswith(".It Fl "):
            options.add("-" + line[7:].rstrip().replace(" , Fl ", ", -")
                .replace(" Ar ", " "))
    return options
def same(name, found, expected):
    if found != expected:
        sys.exit("%s: found and not expected: %s; expected and not found: %s"
            % (name, sorted(found - expected), sorted(expected - found)))
def verbs(p):
    return open(help + p + ".verbs").read().split()
'

@test "the options of each program are those of its manual" {
	# shellcheck disable=SC2086	# words, on purpose
	/usr/bin/python3 -IS -c "$OPTIONS"'
for p in sys.argv[1:]:
    if not verbs(p):
        same(p, theirs(p), ours(p + ".1", ".Sh DESCRIPTION"))' $PROGRAMS
}

@test "the options of each verb are those of its section, and the common ones" {
	/usr/bin/python3 -IS -c "$OPTIONS"'
for p in "hss-store", "mtc-trigger", "sa-store":
    common, used = ours(p + ".1", ".Ss Common options"), set()
    for v in verbs(p):
        mine = ours(p + ".1", ".Ss " + v)
        same(p + " " + v + ", in both places", mine & common, set())
        same(p + " " + v, theirs(p + "." + v) - common, mine)
        used |= theirs(p + "." + v) & common
    assert verbs(p) and common
    same(p + ", common", used, common)'
}

@test "each verb has a section, and no section lacks its verb" {
	for p in hss-store mtc-trigger sa-store; do
		same "$(verbs $p; echo "Common options")" \
		    "$(sed -n 's/^\.Ss //p' man/$p.1)"
	done
}

@test "the synopsis has each verb with what it requires" {
	local text usage

	for p in $PROGRAMS; do
		text=$(section $p.1 SYNOPSIS)
		for v in $(verbs $p | sed 's/^$/-/'); do
			[ "$v" != - ] || v=
			read -r _ usage <"$HELP/$p${v:+.$v}"
			usage=${usage%%[[]option*}
			usage=${usage%"${usage##*[! ]}"}
			echo "$usage: $text"
			[[ $text == *"$usage"* ]]
		done
	done
}

@test "exit statuses are those of lib/base/status.h" {
	local expected

	expected=$(sed -n 's/^	[A-Z]* = \([0-9]\).*/\1/p' lib/base/status.h)
	[ -n "$expected" ]
	for p in $PROGRAMS; do
		same "$expected" "$(awk '/^\.Sh / { on = /EXIT STATUS/ }
		    on && /^\.It / { print $2 }' man/$p.1)"
	done
}

@test "every manual has the sections of a manual" {
	for page in man/*; do
		text=$(<"$page")
		for s in NAME DESCRIPTION EXAMPLES "SEE ALSO" STANDARDS \
		    '(SECURITY CONSIDERATIONS|CAVEATS)'; do
			[[ $text =~ $'\n'.Sh\ $s$'\n' ]]
		done
	done
}

@test "what a manual refers to is there" {
	local ours

	ours=$(cd man && ls | sed 's/\(.*\)\.\(.\)$/\1(\2)/')
	for xr in $(sed -n \
	    's/^\.\(It \)\{0,1\}Xr \([^ ]*\) \([0-9]\).*/\2(\3)/p
	     s/.* Xr \([^ ]*\) \([0-9]\).*/\1(\2)/p' man/* | sort -u); do
		echo "$xr"
		[[ " ${ours//$'\n'/ } $FOREIGN " = *" $xr "* ]]
	done
}

@test "gpi(5) lists every key by its number and name" {
	same "$(fields | cut -d ' ' -f 1,2)" \
	    "$(sed -n 's/^\.It \([0-9]*\) Ta Va \([a-z0-9_]*\) .*/\1 \2/p' \
	    man/gpi.5)"
}

@test "gpi(5) lists every type by its number and word" {
	same "$(types | awk '{ print NR - 1, $0 }')" \
	    "$(sed -n 's/^\.It \([0-9]*\) Ta \([a-z-]*\) Ta .*/\1 \2/p' \
	    man/gpi.5)"
}

@test "gpi(5) says which type has which field, as the code does" {
	local code page

	# TYPE FIELD m|o, ordered by type
	code=$(fields | awk -v types="$(types | tr '\n' ' ')" '
	BEGIN { split(types, type) }
	{
		for (i = 1; i <= length($3); i++)
			if (substr($3, i, 1) != ".")
				print type[i], $2, substr($3, i, 1)
	}' | sort)
	page=$(awk -v short="$SHORT" '
	BEGIN {
		split(short, pair)
		for (i in pair) {
			split(pair[i], w, "=")
			long[w[1]] = w[2]
		}
	}
	/^\.It Em field / {
		n = split($0, head, / Ta Em /)
		next
	}
	/^\.El/ { n = 0 }
	n > 0 && /^\.It Va / {
		split($0, cell, / Ta /)
		sub(/^\.It Va /, "", cell[1])
		for (i = 2; i <= n; i++)
			if (cell[i] != "-")
				print (head[i] in long ? long[head[i]] : \
				    head[i]), cell[1], cell[i]
	}' man/gpi.5 | sort)
	[ -n "$code" ]
	same "$code" "$page"
}

@test "records.cddl has the keys of every record, as the code does" {
	local code cddl

	# TYPE KEY FIELD m|o, where the GPI is an array of its own
	code=$(fields | awk -v types="$(types | tr '\n' ' ')" '
	BEGIN { split(types, type) }
	{
		for (i = 2; i <= length($3); i++)
			if (substr($3, i, 1) != ".")
				print type[i], $1, $2, substr($3, i, 1)
	}' | sort)
	cddl=$(awk '
	/^[a-z-]+ = \{$/ { type = $1 }
	/^\}/ { type = "" }
	type != "" && / => / {
		name = $0
		sub(/.*; /, "", name)
		sub(/[,:].*/, "", name)
		if ($1 == "?")
			print type, $2, name, "o"
		else
			print type, $1, name, "m"
	}' lib/record/records.cddl | sort)
	[ -n "$code" ]
	same "$code" "$cddl"
	# each type says its number
	same "$(types | awk 'NR > 1 { print $0, NR - 1 }')" \
	    "$(awk '/^[a-z-]+ = \{$/ { t = $1 }
	    /^  0 => / { sub(/,/, "", $3); print t, $3 }' lib/record/records.cddl)"
	# and what a GPI alone has stands there as well
	for name in c2 enc mac secret; do
		grep -qw "$name" lib/record/records.cddl
	done
}

@test "records.cddl takes its words from enumerations of the code" {
	local words

	words=$(sed -n '/state_words\[\]/,/NULL/p' lib/record/fields.c | tr ',' '\n' |
	    sed -n 's/.*"\(.*\)".*/\1/p' | tr '\n' ' ')
	same "$words" "$(awk '/^state = / { on = 1 } on && !/;/ { exit }
	    on { sub(/.*; /, ""); gsub(/,/, ""); printf "%s ", $0 }' \
	    lib/record/records.cddl)"
}

@test "the example of gba-push(7) works as pasted" {
	cd "$BATS_TEST_TMPDIR"
	run run_examples <<<"$(cd - >/dev/null; examples gba-push.7)"
	echo "$output"
	[ "$status" -eq 0 ]
	[[ $output == *'"state":"connected"'*'"data":"4711 kWh\n"'* ]]
	[[ $output == *stale* ]]
	[[ $output == *'  trigger_ind  2'* ]]
}

@test "the examples of the programs work as pasted, one after the other" {
	local programs=${PROGRAMS//gpi-push/} p

	# shellcheck disable=SC2086	# words, on purpose
	programs=$(printf '%s ' ${programs//sa-store/gpi-push sa-store})
	for p in $programs; do
		examples $p.1 >"$BATS_TEST_TMPDIR/$p.sh"
		[ -s "$BATS_TEST_TMPDIR/$p.sh" ]
	done
	cd "$BATS_TEST_TMPDIR"
	for p in $programs; do
		run run_examples <$p.sh
		echo "$p: $output"
		[ "$status" -eq 0 ]
	done
}

@test "the example of gpi(5) gives the keys of the vectors" {
	local keys

	keys=$(awk -F, '$1 == "full" { print $15; print $13 }' \
	    tests/vectors/gpi.csv)
	same "$keys" "$(examples gpi.5 | bash -e)"
}

@test "the octets in gpi(5) are those of the vectors" {
	local gpi

	gpi=$(awk -F, '$1 == "full" { print $14 }' tests/vectors/gpi.csv)
	same "$gpi" "$(awk '/^offset octets/ { on = 1; next } /^\.Ed/ { on = 0 }
	    on {
		for (i = 2; i <= NF && $i ~ /^([0-9a-f][0-9a-f])+$/; i++)
			printf "%s", $i
	    }' man/gpi.5)"
}
