# helper.bash: what all tests have.  A test file says `load helper'; each test
# then runs in a directory of its own, with the programs of $BUILD in PATH.
#
# A file that says `# engines: sqlite postgresql' runs with $ENGINE as either:
# what it calls mtc.db is a file, or a schema in a server.  A test whose rule is
# the same for any store, and says so in a tag, runs with the first only.
# shellcheck shell=bash

TESTS=$BATS_TEST_DIRNAME
BUILD=${BUILD:-build}
[ "${BUILD#/}" != "$BUILD" ] || BUILD=$TESTS/../$BUILD
# shellcheck source=examples/harness.sh
. "$TESTS/../examples/harness.sh"
programs_of "$BUILD"
NOW=1800000000			# 2027-01-15T08:00:00Z
IMPI=001010123456789@ims.mnc001.mcc001.3gppnetwork.org

ENGINE=${ENGINE:-sqlite}
# shellcheck source=tests/postgresql.bash
. "$TESTS/postgresql.bash"

setup_file() {
	[ $ENGINE = sqlite ] || pg_stores
}

teardown_file() {
	[ $ENGINE = sqlite ] || pg_leave
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	[ $ENGINE = sqlite ] || pg_empty
}

# what a test has begun and not ended, and what that has: a function is a shell
teardown() {
	local pid

	for pid in $(jobs -p); do
		pkill -P "$pid" || true
		kill "$pid" 2>/dev/null || true
	done
}

# ---- what a program does ----

# try COMMAND...: its streams into ./out and ./err, its status into $status
try() {
	status=0
	"$@" >out 2>err || status=$?
}

nothing_in() {
	[ ! -s "$1" ] || { echo "$1 is not empty:"; head -c 2000 "$1"; false; }
}

# does COMMAND...: status 0, and nothing to complain about
does() {
	try "$@"
	same status "$status" 0 || { cat err; false; }
	nothing_in err
}

# ends STATUS LINE COMMAND...: that status, that first line on stderr
ends() {
	local expected=$1 line=$2

	shift 2
	try "$@"
	mapfile -t complaints <err
	same stderr "${complaints[0]}" "$line"
	same status "$status" "$expected"
}

# fails STATUS LINE COMMAND...: and not a word more, on either stream
fails() {
	ends "$@"
	same 'lines of stderr' ${#complaints[@]} 1
	nothing_in out
}

# says TEXT COMMAND...: just that on stdout, status 0
says() {
	local text=$1

	shift
	does "$@"
	same stdout "$(<out)" "$text"
}

# value NAME: as that of the harness, which would take long where there is much
value() {
	local view line lines

	IFS= read -rN 8000 view || true
	if [ ${#view} = 8000 ]; then
		line="s/^  $1  *\([^ ]*\).*/\1/p"
		[ "$1" != type ] || line='/^[^ ]/p'
		(printf %s "$view" && cat) | sed -n "$line"
		return
	fi
	mapfile -t lines <<<"$view"
	for line in "${lines[@]}"; do
		if [[ $line =~ ^'  '$1\ +([^ ]*) ]]; then
			echo "${BASH_REMATCH[1]}"
		elif [[ $1 = type && $line = [^\ ]* ]]; then
			echo "$line"
		fi
	done
}

# has_line TEXT FILE: as that of the harness, without a process
has_line() {
	[ -e "$2" ] && [[ $(<"$2") = *"$1"* ]]
} 2>/dev/null

# unhex HEX: as that of the harness, without a process
unhex() {
	local i text=

	for ((i = 0; i < ${#1}; i += 2)); do
		text+=\\x${1:i:2}
	done
	printf %b "$text"
}

# lines_in FILE: how many
lines_in() {
	local lines

	mapfile -t lines <"$1"
	echo ${#lines[@]}
}

# lines: how many stdin has
lines() {
	lines_in /dev/stdin
}

# words: those of stdin in one line, without double quotes
words() {
	local words

	read -rd '' -a words || true
	echo "${words[*]//\"/}"
}

# tally: of lines that are equal and follow each other, how many and which
tally() {
	local line last n=0 counts=()

	while read -r line; do
		if [ $n -gt 0 ] && [ "$line" != "$last" ]; then
			counts+=("$n" "$last")
			n=0
		fi
		last=$line
		n=$((n + 1))
	done
	[ $n = 0 ] || counts+=("$n" "$last")
	echo "${counts[*]}"
}

# pick NAME...: these values of each JSON object on stdin, as [A,B]; there is no
# object within another
pick() {
	local line name picked value='("([^"\\]|\\.)*"|[^,}]*)'

	while read -r line; do
		picked=
		for name; do
			[[ $line =~ [{,]\"$name\":$value ]] ||
			    BASH_REMATCH=('' null)
			picked+=,${BASH_REMATCH[1]}
		done
		echo "[${picked#,}]"
	done
}

# values NAME...: the same, as words without quotes
values() {
	local line

	while read -r line; do
		line=${line#[}
		line=${line%]}
		line=${line//,null/}
		line=${line//\",\"/ }
		line=${line//\"/}
		echo "${line//,/ }"
	done < <(pick "$@")
}

# same_octets FILE FILE
same_octets() {
	cmp "$1" "$2"
}

# lacks REGEX FILE: no line of it matches, in either case
lacks() {
	if grep -aiE -e "$1" "$2"; then
		echo "in $2, against /$1/"
		return 1
	fi
}

# mode FILE OCTAL
mode() {
	same "mode of $1" "$(stat -c %a "$1")" "$2"
}

# ---- octets, made and read by what this project did not write ----

# python PROGRAM [ARGUMENT...]: with item(), rec(), items() and fields below
python() {
	/usr/bin/python3 -IS -c "$PYTHON
$1" "${@:2}"
}

PYTHON='
import sys, os, io
sys.path.append("/usr/lib/python3/dist-packages")	# -S starts faster
h = bytes.fromhex
out = sys.stdout.buffer
KEYS = """type ver rand autn app_lbl um naf_id key_lt p_tid mac trigger_ind
trigger_time trigger_mode ue_id ue_priv_id ue_trp gpi enc_gpi ks_naf ks_int_naf
k_gpi ul_sa_id dl_sa_id auts ue_id_type time state detail""".split()
TYPES = """gpi request draft response naf_sa accepted sync_failure
trigger_response report""".split()
def head(major, n):
    if n < 24: return bytes([major << 5 | n])
    size = 1 if n < 256 else 2 if n < 65536 else 4 if n < 2**32 else 8
    return bytes([major << 5 | 23 + size.bit_length()]) + n.to_bytes(size, "big")
def item(x):
    """x in CBOR; known answers take cbor2 instead"""
    if x is None: return b"\xf6"
    if isinstance(x, int): return head(0, x) if x >= 0 else head(1, -1 - x)
    if isinstance(x, bytes): return head(2, len(x)) + x
    if isinstance(x, str): return head(3, len(x)) + x.encode()
    if isinstance(x, list): return head(4, len(x)) + b"".join(map(item, x))
    return head(5, len(x)) + b"".join(item(k) + item(x[k]) for k in sorted(x))
def naf(fqdn, ua="0100000007"):
    return fqdn.encode() + h(ua)
def rec(type, **fields):
    fields = {k: v for k, v in fields.items() if v is not None}
    return {0: TYPES.index(type), **{KEYS.index(k): v
            for k, v in fields.items()}}
def request(**more):
    return rec("request", **{**dict(app_lbl=b"", um=0,
        naf_id=naf("mtc.example.org"), key_lt='$NOW' + 3600, p_tid="one",
        ue_id="meter-7", ue_trp="unix:dev"), **more})
def items(octets):
    import cbor2
    f = io.BytesIO(octets)
    while f.tell() < len(octets):
        yield cbor2.load(f)
def named(r):
    return {KEYS[k]: v for k, v in r.items()}
def read(name):
    return open(name, "rb").read()
def rows(name):
    import csv
    return csv.DictReader(open("'$TESTS'/vectors/" + name))
'

# cbor EXPRESSION...: each as one item, or as it is where it is octets already.
# What a file asks for again, is in a file: a line of the expressions, and the
# octets in hex.
cbor() {
	local known expressions octets

	set -- "${@//$'\n'/ }"
	known=${*//[^a-zA-Z0-9]/}
	known=$BATS_FILE_TMPDIR/cbor.${#known}.${known:0:100}
	if [ -e "$known" ] &&
	    { read -r expressions && read -r octets; } <"$known" &&
	    [ "$expressions" = "$*" ]; then
		unhex "$octets"
		return
	fi
	python 'octets = b""
for e in sys.argv[2:]:
    x = eval(e)
    octets += x if isinstance(x, bytes) else item(x)
open(sys.argv[1], "w").write(" ".join(sys.argv[2:]) + "\n" + octets.hex() + "\n")
out.write(octets)' "$known" "$@"
}

# more for python: sqns() of pairs of RAND and AUTN, of the subscriber's keys
# above.  AK = f5: two AES blocks of each RAND, TS 35.206
SQNS='
import subprocess
k, opc = "'$K'", h("'$OPC'")
xor = lambda *v: bytes(a ^ b ^ c for a, b, c in zip(*v))
def aes(blocks):
    return subprocess.run(["openssl", "enc", "-aes-128-ecb", "-nopad", "-K",
        k], input=b"".join(blocks), stdout=-1, check=True).stdout
def each(v):
    return [v[i:i + 16] for i in range(0, len(v), 16)]
def sqns(drafts):
    temp = each(aes(xor(rand, opc, bytes(16)) for rand, autn in drafts))
    c2 = bytes(15) + b"\1"
    ak = each(aes(xor(t, opc, c2) for t in temp))
    for (rand, autn), a in zip(drafts, ak):
        yield int.from_bytes(xor(autn, a, opc)[:6], "big")
'

# row FILE COLUMN VALUE: that row of tests/vectors/FILE, as $row_... for each
# column, in lower case
row() {
	local names values i found=

	IFS=, read -ra names
	names=("${names[@]%$'\r'}")
	while IFS=, read -ra values; do
		for i in "${!names[@]}"; do
			[ "${names[i]}" != "$2" ] ||
			    [ "${values[i]:-}" != "$3" ] || found=yes
		done
		[ -n "$found" ] || continue
		for i in "${!names[@]}"; do
			printf -v "row_${names[i],,}" %s "${values[i]%$'\r'}"
		done
		return
	done
	echo "$1: no $2 $3"
	return 1
} <"$TESTS/vectors/$1"

# vector FILE COLUMN VALUE WANTED: a column of that row
vector() {
	local REPLY="row_${4,,}"

	row "$1" "$2" "$3"
	echo "${!REPLY}"
}

# ---- the elements ----

# subscriber [ID [IMPI [OPTION...]]]: one more in hss.db, with the keys in
# ./key, else those of set 1
subscriber() {
	[ -e key ] || (umask 077 && printf 'k %s\nopc %s\n' $K $OPC >key)
	hss-store add -d hss.db --impi "${2:-$IMPI}" --ue-id "${1:-meter-7}" \
	    --key-file key "${@:3}"
}

# card [IMPI [FILE]]: of a subscriber
card() {
	hss-store card -d hss.db --impi "${1:-$IMPI}" --bsf $BSF \
	    -o "${2:-card}"
}

device() {
	mtc-trigger register -d mtc.db --ue-id "${1:-meter-7}" \
	    --ue-trp "${2:-unix:dev}"
}

# once NAME COMMAND...: what COMMAND makes in an empty directory is here; it runs
# once for all tests of a file
once() {
	local made=$BATS_FILE_TMPDIR/$1

	if [ ! -d "$made" ]; then
		mkdir "$made"
		(cd "$made" && "${@:2}")
	fi
	cp -r "$made"/. .
}

# the elements of most tests: an HSS, a card, an MTC server
elements() {
	if [ $ENGINE = sqlite ]; then
		once elements make_elements
	else
		make_elements
	fi
}

make_elements() {
	subscriber
	card
	device
}

# with_gpi [OPTION OF REQUEST...]: the elements, and ./gpi, a GPI so requested
with_gpi() {
	once "gpi${*// /}" make_gpi "$@"
}

make_gpi() {
	elements
	gpi "$@" >gpi
}

# gpis N: as many for meter-7, into ./1 and so on
gpis() {
	many "$1" | gen | gpi-sign | gpi-push --to - | python 'n = 0
for gpi in items(sys.stdin.buffer.read()):
    n += 1
    open(str(n), "wb").write(item(gpi))'
}

# with_response: the elements, and ./response to a request for meter-7
with_response() {
	once response make_response
}

make_response() {
	elements
	request | gen | gpi-sign >response
}

# request [OPTION...]: one for meter-7 to stdout
request() {
	mtc-trigger request -d mtc.db --naf $NAF --ue-id meter-7 --now $NOW \
	    "$@"
}

gen() {
	gpi-gen --hss hss.db --bsf $BSF --now $NOW "$@"
}

# many N [PREFIX]: requests for meter-7 to stdout
many() {
	python 'for n in range(int(sys.argv[1])):
    out.write(item(request(p_tid=sys.argv[2] + str(n))))' "$1" "${2:-t}"
}

put() {
	sa-store put -d "${1:-mtc.db}" --now $NOW "${@:2}"
}

# adopt [DB [OPTION...]]: the same of what nobody requested
adopt() {
	put "${1:-mtc.db}" --unrequested "${@:2}"
}

recv() {
	gpi-recv --card card --naf $NAF --now $NOW "$@"
}

# listen URI [OPTION...]: gpi-recv there, as $pid, into ./heard and heard.err
listen() {
	gpi-recv --card card --naf $NAF --now $NOW --listen "$@" \
	    >heard 2>heard.err 3>&- &
	pid=$!
}

# stop: what listens; its status into $status
stop() {
	kill "$pid"
	status=0
	wait "$pid" || status=$?
}

# gpi [OPTION OF REQUEST...]: a new GPI for meter-7 to stdout
gpi() {
	request "$@" | gen | gpi-sign 2>/dev/null | gpi-push --to -
}

# sql STORE SQL: what it selects, columns with | between them
sql() {
	if [ $ENGINE = sqlite ]; then
		sqlite3 "$1" "$2"
	else
		store_of "$1"
		pg main "$2" "$REPLY"
	fi
}

# octets HEX: as SQL
octets() {
	[ $ENGINE = sqlite ] && echo "x'$1'" || echo "'\\x$1'::bytea"
}
[ $ENGINE = sqlite ] && OCTETS=BLOB || OCTETS=BYTEA	# their type

# key P_TID: as SQL has one that is not of the usual form
key() {
	octets "ff$(printf %s "$1" | xxd -p -c 100)"
}

# empty STORE: as if it had not been made
empty() {
	if [ $ENGINE = sqlite ]; then
		rm -f "$1" "$1-wal" "$1-shm"
	else
		store_of "$1"
		pg_empty "$REPLY"
	fi
}

# response [FIELD=EXPRESSION...] [-- ...]: one for meter-7, of a GPI of gpi.csv;
# another after each --.  In an expression, r is the one without changes.
response() {
	local base arg fields= records=()

	row gpi.csv name full
	base="dict(gpi=h('$row_gpi'), naf_id=naf('$NAF'), key_lt=$NOW + 3600,"
	base+=" p_tid='one', ue_id='meter-7', ue_trp='unix:dev', ks_naf=b'n' * 32)"
	for arg in "$@" --; do
		if [ "$arg" != -- ]; then
			fields+=", **dict($arg)"
			continue
		fi
		records+=("(lambda r: rec('response', **{**r$fields}))($base)")
		fields=
	done
	cbor "${records[@]}"
}

# another RAND: a GPI with it, as octets
ANOTHER='r["gpi"].replace(h("23553cbe9637a89d"), h("%s") * 8)'

another() {
	# shellcheck disable=SC2059
	printf "gpi=$ANOTHER" "$1"
}

# count [DB]: how many SAs it has
count() {
	sa-store count -d "${1:-mtc.db}"
}

# states NAME...: of all triggers, as JSON
states() {
	mtc-trigger status -d mtc.db -j | pick "$@"
}

# sqn [IMPI]: of a subscriber
sqn() {
	sqn_of "${1:-$IMPI}"
}

# sanitized: whether the programs are slower and bigger than they are
sanitized() {
	ldd "$(type -P gpi-gen)" | grep -qE 'lib[at]san'
}

# nap: as that of the harness, without a process: nothing comes from there
nap() {
	[ -n "$never" ] || exec {never}<>/dev/udp/127.0.0.1/9
	read -rt 0.02 -u "$never" || true
}
never=

# known ROW: the elements of a row of vectors/gpi.csv, one vector before it:
# hss.db, card and gpi; $row_... for its columns and those of its set of
# TS 35.208
known() {
	local fqdn i

	row gpi.csv name "$1"
	row milenage_35208.csv set "$row_set_35208"
	row_before=$(((0x$row_sqn / 32 - 1) * 32 + (0x$row_sqn - 1) % 32))
	row_naf=
	for ((i = 0; i < ${#row_naf_id} - 10; i += 2)); do
		printf -v fqdn %b "\\x${row_naf_id:i:2}"
		row_naf+=$fqdn
	done
	row_naf+=/${row_naf_id: -10}
	[ ! -e hss.db ] || rm -f hss.db* card
	unhex "$row_gpi" >gpi
	hss-store import -d hss.db <<-.
	{"impi": "$row_impi", "ue_id": ["meter-7"], "k": "$row_k", "opc": "$row_opc", "amf": "$row_amf", "sqn": $row_before}
	.
	hss-store card -d hss.db --impi "$row_impi" --bsf "$row_bsf" -o card
}

# bats looks at every command of a test.  It need not at those of the loops
# above, which are many.
for name in value unhex lines_in words tally pick values row known; do
	eval "untraced_$(declare -f $name)
	$name() { local -; set +T; untraced_$name \"\$@\"; }"
done

ROWS='full integrity none no-trigger gba-u no-time app-lbl largest'

# edit FIELD=EXPRESSION...: those of each record on stdin; None takes it away
edit() {
	python 'import cbor2
for r in items(sys.stdin.buffer.read()):
    for s in sys.argv[1:]:
        k, e = s.split("=", 1)
        r[KEYS.index(k)] = eval(e)
    out.write(item({k: v for k, v in r.items() if v is not None}))' "$@"
}

# reseal FIELD=EXPRESSION...: a GPI of a draft edited so, as only the BSF can
reseal() {
	request "${INDICATION[@]}" | gen | edit "$@" | gpi-sign 2>/dev/null |
	    gpi-push --to -
}
INDICATION=(--indication 2 --time 30)
