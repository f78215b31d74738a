# crash.bats: killed programs, programs at once, stores that are not right.

load helper

# A program that waits ten seconds for a lock begins now; the last test looks.
setup_file() {
	export LOCKED=$BATS_FILE_TMPDIR

	cd "$LOCKED" || exit 1
	deadly
	sa-store count -d locked.db >/dev/null
	hold locked.db 3>&-
	(status=0
	sa-store rm -d locked.db --ul x >out 2>err || status=$?
	echo $status >ended) 3>&- &
}

teardown_file() {
	touch "$LOCKED/let-go"
}

# hold DB: a lock for writing, until ./let-go is there
hold() {
	rm -f let-go
	mkfifo "lock.$1"
	sqlite3 "$1" <"lock.$1" >held 2>&1 &
	# shellcheck disable=SC2094
	(echo "PRAGMA busy_timeout = 9000; BEGIN IMMEDIATE; SELECT 'held';"
	while [ ! -e let-go ]; do sleep 0.05; done) >"lock.$1" &
	await grep -q held held
}

# deadly: a library with which a program is killed as its system call $DIE_AT
# that changes a file, or the world outside, would begin
deadly() {
	cat >deadly.c <<-.
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <signal.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <unistd.h>
	static void count(void)
	{
		static long n;
		const char *at = getenv("DIE_AT");
		if (at != NULL && ++n == atol(at))
			kill(getpid(), SIGKILL);
	}
	#define DEADLY(type, f, args, call) type f args \
	{ count(); return ((__typeof__(&f))dlsym(RTLD_NEXT, #f)) call; }
	DEADLY(ssize_t, write, (int d, const void *v, size_t n), (d, v, n))
	DEADLY(ssize_t, pwrite, (int d, const void *v, size_t n, off_t o),
	    (d, v, n, o))
	DEADLY(ssize_t, pwrite64, (int d, const void *v, size_t n, off64_t o),
	    (d, v, n, o))
	DEADLY(int, rename, (const char *a, const char *b), (a, b))
	DEADLY(int, fsync, (int d), (d))
	DEADLY(int, fdatasync, (int d), (d))
	DEADLY(int, ftruncate, (int d, off_t n), (d, n))
	DEADLY(int, unlink, (const char *a), (a))
	.
	cc -shared -fPIC -o deadly.so deadly.c -ldl
}

# killed N PROGRAM...: at its Nth call, while ./items come in two parts, cut
# within a record; what left into ./out.N; false where it ended before that
killed() {
	status=0
	DIE_AT=$1 LD_PRELOAD=$LOCKED/deadly.so \
	    ASAN_OPTIONS=verify_asan_link_order=0 "${@:2}" >"out.$1" \
	    2>"err.$1" < <(head -c 1000 items; sleep 0.01
		tail -c +1001 items) 3>&- || status=$?
	[ $status = 137 ]
}

# whole: the whole records of ./out.*, without what was cut off at their ends
WHOLE='
import cbor2, glob
def whole(name):
    try:
        yield from items(read(name))
    except cbor2.CBORDecodeEOF:
        pass
'

# many N: requests for meter-7
many() {
	python 'for n in range(int(sys.argv[1])):
    out.write(item(request(p_tid=sys.argv[2] + str(n))))' "$1" "${2:-t}"
}

# ---- kill -9 ----

@test "kill -9 of gpi-gen, wherever: no SQN is used twice" {
	subscriber
	many 20 >items
	for ((n = 1; ; n++)); do
		killed $n gpi-gen --hss hss.db --bsf $BSF --now $NOW || break
	done
	same 'status at the end' $status 0
	# two batches, each with its commit
	[ $n -gt 10 ]
	# AK = f5: two AES blocks of each RAND, TS 35.206
	python "$WHOLE"'
import subprocess
k, opc = sys.argv[1], h(sys.argv[2])
xor = lambda *v: bytes(a ^ b ^ c for a, b, c in zip(*v))
def aes(blocks):
    return subprocess.run(["openssl", "enc", "-aes-128-ecb", "-nopad", "-K",
        k], input=b"".join(blocks), stdout=-1, check=True).stdout
def each(v):
    return [v[i:i + 16] for i in range(0, len(v), 16)]
drafts = [(d[2], d[3]) for f in glob.glob("out.*") for d in whole(f)]
temp = each(aes(xor(rand, opc, bytes(16)) for rand, autn in drafts))
c2 = bytes(15) + b"\1"
ak = each(aes(xor(t, opc, c2) for t in temp))
sqns = [int.from_bytes(xor(autn, a, opc)[:6], "big")
    for (rand, autn), a in zip(drafts, ak)]
assert len(set(sqns)) == len(sqns) == len(set(r for r, a in drafts))
assert max(sqns) == int(sys.argv[3])
assert len(sqns) >= 40' $K $OPC "$(sqn)"
}

@test "kill -9 of sa-store put, wherever: nothing that was passed is missing" {
	subscriber
	many 20 >requests
	gen requests | gpi-sign >items
	sa-store count -d empty.db
	for ((n = 1; ; n++)); do
		cp empty.db mtc.db
		killed $n sa-store put -d mtc.db --pass --now $NOW && more=1 || more=0
		sa-store list -d mtc.db -o "stored.$n"
		same 'SAs without trigger' "$(sqlite3 mtc.db "SELECT count(*)
		    FROM sa LEFT JOIN trigger_state ON p_tid = ul
		    WHERE p_tid IS NULL OR state != 4; PRAGMA integrity_check" |
		    xargs)" '0 ok'
		rm -f mtc.db*
		[ $more = 1 ] || break
	done
	same 'status at the end' $status 0
	[ $n -gt 10 ]
	same_octets "out.$n" items
	python "$WHOLE"'
for n in range(1, int(sys.argv[1]) + 1):
    stored = {(s[21], s[2], s[18]) for s in items(read("stored.%d" % n))}
    passed = {(r[8], r[16][3:19], r[18]) for r in whole("out.%d" % n)}
    assert passed <= stored, n' "$n"
}

@test "kill -9 of gpi-recv, wherever: the card accepts nothing twice" {
	subscriber
	card $IMPI new
	many 20 >requests
	gen requests | gpi-sign | gpi-push --to - >items
	for ((n = 1; ; n++)); do
		cp new card
		killed $n gpi-recv --card card --naf $NAF --now $NOW &&
		    more=1 || more=0
		gpi-recv --card card --naf $NAF --now $NOW items >"again.$n" \
		    2>/dev/null || true
		mode card 600
		[ $more = 1 ] || break
	done
	same 'status at the end' $status 0
	[ $n -gt 5 ]
	python "$WHOLE"'
for n in range(1, int(sys.argv[1]) + 1):
    accepted = {a[2] for a in whole("out.%d" % n)}
    again = {a[2] for a in items(read("again.%d" % n))}
    assert not accepted & again, n' "$n"
}

@test "kill -9 of gpi-recv, wherever: one AUTS for a stale GPI, or none" {
	subscriber
	gen < <(many 1) >/dev/null
	card $IMPI new
	hss-store set -d hss.db --impi $IMPI --sqn 0
	gen < <(many 1) | gpi-sign | gpi-push --to - >items
	for ((n = 1; ; n++)); do
		cp new card
		rm -f sync
		killed $n gpi-recv --card card --naf $NAF --now $NOW \
		    --sync-failures sync && more=1 || more=0
		try recv --sync-failures sync items
		[ "$(field type sync | wc -l)" -le 1 ]
		[ $more = 1 ] || break
	done
	[ $n -gt 3 ]
}

@test "kill -9 of mtc-trigger request, wherever: what left is known" {
	for ((n = 1; n <= 20; n++)); do
		echo "{\"ue_id\": \"m$n\", \"ue_trp\": \"unix:dev\"}"
	done | mtc-trigger register -d mtc.db -
	: >items
	for ((n = 1; ; n++)); do
		killed $n mtc-trigger request -d mtc.db --naf $NAF --all || break
	done
	same 'status at the end' $status 0
	mtc-trigger status -d mtc.db -j | jq -r .p_tid | sort >known
	python "$WHOLE"'
for f in glob.glob("out.*"):
    for r in whole(f):
        print(r[8])' | sort | comm -23 - known >unknown
	nothing_in unknown
}

# ---- at once ----

@test "two gpi-gen on one HSS: both succeed, no SQN twice" {
	subscriber
	many 2000 a >a
	many 2000 b >b
	gen a >a.drafts 2>err.a 3>&- &
	gen b >b.drafts 2>err.b
	wait $!
	nothing_in err.a
	nothing_in err.b
	same SQN "$(($(sqn) / 32))" 4000
	python 'print(len({d[3] for f in ("a", "b")
    for d in items(read(f + ".drafts"))}))' >count
	same AUTNs "$(cat count)" 4000
}

@test "two sa-store put on one store: both succeed" {
	subscriber
	for f in a b; do
		many 2000 $f | gen | gpi-sign >$f
	done
	put mtc.db --pass a >a.passed 2>err.a 3>&- &
	put mtc.db --pass b >b.passed 2>err.b
	wait $!
	nothing_in err.a
	nothing_in err.b
	same_octets a a.passed
	same_octets b b.passed
	same SAs "$(sa-store count -d mtc.db)" 4000
}

@test "eight programs make a store at once" {
	for n in {1..8}; do
		(status=0
		device "m$n" 2>"err.$n" || status=$?
		echo $status >"status.$n") 3>&- &
	done
	wait
	same statuses "$(cat status.* | uniq -c | xargs)" '8 0'
	same complaints "$(cat err.*)" ''
	same devices "$(mtc-trigger devices -d mtc.db -j | wc -l)" 8
	mode mtc.db 600
	(umask 077 && printf 'k %s\nopc %s\n' $K $OPC >key)
	for n in {1..8}; do
		hss-store add -d hss.db --impi "i$n" --key-file key \
		    2>"err.$n" 3>&- &
	done
	wait
	same complaints "$(cat err.*)" ''
	same subscribers "$(hss-store list -d hss.db -j | wc -l)" 8
}

@test "a lock that passes is waited for; readers do not wait" {
	device
	hold mtc.db 3>&-
	does mtc-trigger status -d mtc.db
	does mtc-trigger devices -d mtc.db -j
	same devices "$(wc -l <out)" 1
	(sleep 0.3; touch let-go) 3>&- &
	does mtc-trigger register -d mtc.db --ue-id meter-8 --ue-trp unix:dev
	same devices "$(mtc-trigger devices -d mtc.db -j | wc -l)" 2
}

# ---- stores that are not right ----

EVERY='hss-store_list mtc-trigger_devices sa-store_count'

# each STATUS MESSAGE DB: what a program of each store says of it
each() {
	local program

	for program in $EVERY; do
		# shellcheck disable=SC2086
		fails "$1" "${program%_*}: $2" ${program/_/ } -d "$3"
	done
}

@test "a newer schema is refused" {
	hss-store list -d hss.db
	sa-store list -d mtc.db
	for db in hss.db mtc.db; do
		sqlite3 $db 'PRAGMA user_version = 3'
		cp $db $db.before
	done
	fails 4 'hss-store: hss.db: found version 3 of an HSS store, expected 2' \
	    hss-store list -d hss.db
	fails 4 'gpi-gen: hss.db: found version 3 of an HSS store, expected 2' \
	    gpi-gen --hss hss.db --bsf $BSF /dev/null
	fails 4 'sa-store: mtc.db: found version 3 of an SA store, expected 2' \
	    sa-store count -d mtc.db
	fails 4 'mtc-trigger: mtc.db: found version 3 of an SA store, expected 2' \
	    mtc-trigger status -d mtc.db
	for db in hss.db mtc.db; do
		same_octets $db $db.before
	done
}

@test "another database is refused, and left as it is" {
	sqlite3 other.db 'CREATE TABLE t (x); INSERT INTO t VALUES (1)'
	cp other.db before
	fails 4 'hss-store: other.db: found another database, expected an HSS store' \
	    hss-store list -d other.db
	fails 4 'sa-store: other.db: found another database, expected an SA store' \
	    sa-store count -d other.db
	same_octets other.db before
	hss-store list -d hss.db
	fails 4 'mtc-trigger: hss.db: found another database, expected an SA store' \
	    mtc-trigger devices -d hss.db
	sa-store list -d mtc.db
	fails 4 'gpi-gen: mtc.db: found another database, expected an HSS store' \
	    gpi-gen --hss mtc.db --bsf $BSF /dev/null
}

@test "a file that is no database is refused, and left as it is" {
	yes 'this is a text file' | head -n 200 >text
	cp text before
	each 4 'text: file is not a database' text
	same_octets text before
}

@test "a directory, and a directory that is not there" {
	mkdir dir
	each 4 'dir: Is a directory' dir
	each 4 'none/x.db: No such file or directory' none/x.db
}

@test "a directory where nothing can be made, a store that cannot be written" {
	unable=(setpriv --bounding-set=-all --inh-caps=-all)
	mkdir ro
	chmod 500 ro
	for program in $EVERY; do
		# shellcheck disable=SC2086
		fails 4 "${program%_*}: ro/x.db: Permission denied" \
		    "${unable[@]}" env "PATH=$PATH" ${program/_/ } -d ro/x.db
	done
	[ ! -e ro/x.db ]
	sa-store list -d mtc.db
	chmod 400 mtc.db
	fails 4 'sa-store: mtc.db: Permission denied' \
	    "${unable[@]}" env "PATH=$PATH" sa-store count -d mtc.db
}

@test "stores and all beside them are 0600, whatever the umask" {
	umask 000
	subscriber
	device
	mkfifo in
	request | gen | gpi-sign >response
	(cat response; cat in) | put mtc.db 3>&- &
	exec 9>in
	there() { [ "$(sa-store count -d mtc.db)" = 1 ]; }
	await there
	[ -e mtc.db-wal ]
	for file in hss.db mtc.db mtc.db-wal mtc.db-shm; do
		[ ! -e $file ] || mode $file 600
	done
	exec 9>&-
	wait
}

@test "a damaged record in a store is the system's failure" {
	device
	sqlite3 mtc.db "UPDATE device SET record = x'a0'"
	ends 4 'mtc-trigger: store: type: found none of a record, expected 1 to 12' \
	    mtc-trigger devices -d mtc.db
}

@test "a locked store: ten seconds, then one line and status 4" {
	cd "$LOCKED"
	for ((i = 0; i < 4; i++)); do
		await test -s ended && break
	done
	same stderr "$(cat err)" 'sa-store: locked.db: database is locked'
	same status "$(cat ended)" 4
	nothing_in out
}
