# helper.bash: what all tests have.  A test file says `load helper'; each test
# then runs in a directory of its own, with the programs of $BUILD in PATH.
# shellcheck shell=bash

TESTS=$BATS_TEST_DIRNAME
BUILD=${BUILD:-build}
[ "${BUILD#/}" != "$BUILD" ] || BUILD=$TESTS/../$BUILD
PATH=$(cd "$BUILD" && pwd):$PATH
LC_ALL=C
NOW=1800000000			# 2027-01-15T08:00:00Z
IMPI=001010123456789@ims.mnc001.mcc001.3gppnetwork.org
BSF=bsf.example.org
NAF=mtc.example.org
K=465b5ce8b199b49faa5f0a2ee238a6bc	# TS 35.208 set 1
OPC=cd63cb71954a9f4e48a5994e37a02baf

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
}

# ---- what a program does ----

# try COMMAND...: its streams into ./out and ./err, its status into $status
try() {
	status=0
	"$@" >out 2>err || status=$?
}

# same WHAT FOUND EXPECTED
same() {
	[ "$2" = "$3" ] && return
	printf '%s\n  found:    %s\n  expected: %s\n' "$1" "$2" "$3"
	return 1
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
	same stderr "$(head -n 1 err)" "$line"
	same status "$status" "$expected"
}

# fails STATUS LINE COMMAND...: and not a word more, on either stream
fails() {
	ends "$@"
	same 'lines of stderr' "$(wc -l <err)" 1
	nothing_in out
}

# says TEXT COMMAND...: just that on stdout, status 0
says() {
	local text=$1

	shift
	does "$@"
	same stdout "$(cat out)" "$text"
}

# same_octets FILE FILE
same_octets() {
	cmp "$1" "$2"
}

# mode FILE OCTAL
mode() {
	same "mode of $1" "$(stat -c %a "$1")" "$2"
}

# ---- octets, made and read by what this project did not write ----

# python PROGRAM [ARGUMENT...]: with item(), rec(), items() and fields below
python() {
	/usr/bin/python3 -c "$PYTHON
$1" "${@:2}"
}

PYTHON='
import sys, os, io, csv, json, cbor2
h = bytes.fromhex
out = sys.stdout.buffer
KEYS = """type ver rand autn app_lbl um naf_id key_lt p_tid mac trigger_ind
trigger_time trigger_mode ue_id ue_priv_id ue_trp gpi enc_gpi ks_naf ks_int_naf
k_gpi ul_sa_id dl_sa_id auts ue_id_type time state detail""".split()
TYPES = """gpi request draft response naf_sa accepted sync_failure
trigger_response report""".split()
def item(x):
    return cbor2.dumps(x, canonical=True)
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
    f = io.BytesIO(octets)
    while f.tell() < len(octets):
        yield cbor2.load(f)
def named(r):
    return {KEYS[k]: v for k, v in r.items()}
def read(name):
    return open(name, "rb").read()
def rows(name):
    return csv.DictReader(open("'$TESTS'/vectors/" + name))
'

# cbor EXPRESSION...: each as one item, or as it is where it is octets already
cbor() {
	python 'for e in sys.argv[1:]:
    x = eval(e)
    out.write(x if isinstance(x, bytes) else item(x))' "$@"
}

# field NAME [FILE]: of each record or GPI, by our own gpi-show
field() {
	gpi-show -js "${2:--}" | jq -r ".$1 // empty"
}

# vector FILE COLUMN VALUE WANTED: from tests/vectors
vector() {
	python 'f, c, v, want = sys.argv[1:]
print(next(r[want] for r in rows(f) if r[c] == v))' "$@"
}

# ---- the elements ----

# subscriber [ID [IMPI]]: one more in hss.db, with the key of set 1
subscriber() {
	(umask 077 && printf 'k %s\nopc %s\n' "$K" "$OPC" >key)
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

# the elements of most tests: an HSS, a card, an MTC server
elements() {
	subscriber
	card
	device
}

# request [OPTION...]: one for meter-7 to stdout
request() {
	mtc-trigger request -d mtc.db --naf $NAF --ue-id meter-7 --now $NOW \
	    "$@"
}

gen() {
	gpi-gen --hss hss.db --bsf $BSF --now $NOW "$@"
}

put() {
	sa-store put -d "${1:-mtc.db}" --now $NOW "${@:2}"
}

recv() {
	gpi-recv --card card --naf $NAF --now $NOW "$@"
}

# gpi [OPTION OF REQUEST...]: a new GPI for meter-7 to stdout
gpi() {
	request "$@" | gen | gpi-sign 2>/dev/null | gpi-push --to -
}

# state P_TID: of a trigger
state() {
	mtc-trigger status -d mtc.db -j --p-tid "$1" | jq -r .state
}

# sqn [IMPI]: of a subscriber
sqn() {
	hss-store show -d hss.db --impi "${1:-$IMPI}" -j | jq .sqn
}

# await CONDITION...: until it holds, 5 seconds at most
await() {
	local i

	for ((i = 0; i < 500; i++)); do
		if "$@"; then
			return
		fi
		sleep 0.01
	done
	echo "in vain: $*"
	return 1
}
