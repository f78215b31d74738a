# crash.bats: programs that are killed, wherever they are.

load helper
load version1

setup_file() {
	export DEADLY=$BATS_FILE_TMPDIR/deadly.so

	deadly
}

# deadly: $DEADLY, a library with which a program is killed as its system call
# $DIE_AT that changes a file, or the world outside, would begin
deadly() {
	cat >"${DEADLY%.so}.c" <<-.
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
	cc -shared -fPIC -o "$DEADLY" "${DEADLY%.so}.c" -ldl
}

# killed N PROGRAM...: at its Nth call, while ./items come in two parts, cut
# within a record; what left into ./out.N; false where it ended before that
killed() {
	status=0
	DIE_AT=$1 LD_PRELOAD=$DEADLY \
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
	python "$SQNS$WHOLE"'
drafts = [(d[2], d[3]) for f in glob.glob("out.*") for d in whole(f)]
used = list(sqns(drafts))
assert len(set(used)) == len(used) == len(set(r for r, a in drafts))
assert max(used) == int(sys.argv[1])
assert len(used) >= 40' "$(sqn)"
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
		    words)" '0 ok'
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
	mtc-trigger status -d mtc.db -t | value p_tid | sort >known
	python "$WHOLE"'
for f in glob.glob("out.*"):
    for r in whole(f):
        print(r[8])' | sort | comm -23 - known >unknown
	nothing_in unknown
}

@test "kill -9 of an upgrade, wherever: it was not, or it was" {
	subscriber
	many 20 >requests
	gen requests | gpi-sign | put
	hss-store list -d hss.db -js >hss.expected
	sa-store list -d mtc.db -js >mtc.expected
	elder mtc.db mtc.old
	elder hss.db hss.old
	: >items
	for db in mtc hss; do
		[ $db = mtc ] && program=sa-store || program=hss-store
		for ((n = 1; ; n++)); do
			rm -f $db.db*
			cp $db.old $db.db
			killed $n $program list -d $db.db && more=1 || more=0
			# a table is there as it was, or as it will be
			tables=$(sqlite3 $db.db 'PRAGMA user_version;
			    SELECT count(*) FROM sqlite_schema WHERE
			    type = "table"; PRAGMA integrity_check' | words)
			[[ $tables =~ ^[12]\ [23]\ ok$ ]] || same "$n" "$tables" ''
			versions[${tables%% *}]=$n
			$program list -d $db.db -js | cmp - $db.expected
			[ $more = 1 ] || break
		done
		[ $n -gt 5 ]
	done
	# both were seen
	[ "${versions[1]}" -gt 1 ]
	[ "${versions[2]}" -gt 1 ]
}
