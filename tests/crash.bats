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

# for python: killed(N, PROGRAM...) at its Nth call, while ./items come in two
# parts, cut within a record; what left into ./out.N; false where it ended before
# that, with status 0.  whole(N) are its whole records, without what was cut off.
KILLED='
import cbor2, shutil, sqlite3, subprocess, time
def killed(n, *command):
    octets = read("items")
    with open("out.%d" % n, "wb") as o, open("err.%d" % n, "wb") as e:
        p = subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE,
            stdout=o, stderr=e, env={**os.environ, "DIE_AT": str(n),
                "LD_PRELOAD": os.environ["DEADLY"],
                "ASAN_OPTIONS": "verify_asan_link_order=0"})
        try:
            p.stdin.write(octets[:1000])
            time.sleep(.01)
            p.stdin.write(octets[1000:])
        except BrokenPipeError:
            pass
        p.stdin.close()
    assert p.wait() in (0, -9), (n, p.returncode, read("err.%d" % n))
    return p.returncode == -9
def whole(n):
    try:
        yield from items(read("out.%d" % n))
    except cbor2.CBORDecodeEOF:
        pass
def ran(*command):
    return subprocess.run(command, stdout=-1, check=True).stdout
def gone(name):
    for f in (name, name + "-wal", name + "-shm"):
        if os.path.exists(f):
            os.remove(f)
'

# ---- kill -9 ----

# shim PROGRAM: in ./shim; it is killed at call $AT if the file ./victim has its
# name, or its name and command
shim() {
	cat >"shim/$1" <<-.
	#!/bin/sh
	read -r victim at <victim || true
	if [ "\$victim" = "$1" ] || [ "\$victim" = "$1-\$1" ]; then
		DIE_AT=\$at LD_PRELOAD=$DEADLY ASAN_OPTIONS=verify_asan_link_order=0
		export DIE_AT LD_PRELOAD ASAN_OPTIONS
	fi
	exec $(type -P "$1") "\$@"
	.
	chmod +x "shim/$1"
}

@test "kill -9 of each stage of the manual's script, wherever: all leaves in the end" {
	sed -n '/^#!\/bin\/sh/,/^\.Ed/p' "$TESTS/../man/gba-push.7" |
	    sed 's/\\e$/\\/; /^\.Ed/d' >script
	mkdir start shim
	cd start
	for ue in a b c; do
		subscriber $ue $ue@x
		device $ue file:inbox
	done
	cd ..
	for program in mtc-trigger gpi-gen gpi-sign sa-store gpi-push; do
		shim $program
	done
	for victim in mtc-trigger-request gpi-gen gpi-sign sa-store gpi-push \
	    mtc-trigger-record; do
		killed=0
		for ((at = 1;; at *= 2)); do
			rm -rf run done inbox ./*.db*
			cp start/*.db .
			: >inbox
			echo "$victim $at" >victim
			status=0
			PATH=$PWD/shim:$PATH sh script 2>/dev/null || status=$?
			[ $status != 0 ] || break
			killed=$((killed + 1))
			: >victim
			PATH=$PWD/shim:$PATH sh script
			same "files after $victim at $at" "$(cd done && echo *)" \
			    'drafts reports requests responses stored'
			same "left after $victim at $at" "$(gpi-show -j \
			    done/reports | values ue_id state | sort | words)" \
			    'a sent b sent c sent'
			same "kept after $victim at $at" "$(mtc-trigger \
			    status -d mtc.db -j | values ue_id state |
			    grep -v requested | sort | words)" \
			    'a sent b sent c sent'
			same "arrived after $victim at $at" "$(python 'print(
			    len({g[1] for g in items(read("inbox"))}))')" 3
		done
		[ $killed -ge 1 ]
	done
}

@test "kill -9 of gpi-gen, wherever: no SQN is used twice" {
	subscriber
	many 20 >items
	python "$SQNS$KILLED"'
n, drafts = 1, []
while killed(n, "gpi-gen", "--hss", "hss.db", "--bsf", "'$BSF'", "--now",
    "'$NOW'"):
    drafts += whole(n)
    n += 1
drafts += whole(n)
assert n > 10, n		# two batches, each with its commit
used = list(sqns([(d[2], d[3]) for d in drafts]))
assert len(set(used)) == len(used) == len(set(d[2] for d in drafts))
assert len(used) >= 40
print(max(used))' >used
	same 'the last' "$(sqn)" "$(<used)"
}

@test "kill -9 of sa-store put, wherever: nothing that was passed is missing" {
	subscriber
	many 20 >requests
	gen requests | gpi-sign >items
	sa-store put -d empty.db </dev/null
	python "$KILLED"'
n, more = 0, True
while more:
    n += 1
    gone("mtc.db")
    shutil.copy("empty.db", "mtc.db")
    more = killed(n, "sa-store", "put", "-d", "mtc.db", "--pass",
        "--unrequested", "--now", "'$NOW'")
    db = sqlite3.connect("mtc.db")
    stored = {(s[21], s[2], s[18]) for record, in
        db.execute("SELECT record FROM sa") for s in items(record)}
    passed = {(r[8], r[16][3:19], r[18]) for r in whole(n)}
    assert passed <= stored, n
    (alone,), = db.execute("""SELECT count(*) FROM sa LEFT JOIN trigger_state
        ON trigger_state.id = sa.id WHERE p_tid IS NULL OR state != 4""")
    (whole_,), = db.execute("PRAGMA integrity_check")
    assert (alone, whole_) == (0, "ok"), n
    db.close()
assert n > 10, n
assert read("out.%d" % n) == read("items")'
}

@test "kill -9 of gpi-recv, wherever: each GPI is accepted, and once" {
	subscriber
	card $IMPI new
	many 20 >requests
	gen requests | gpi-sign | gpi-push --to - >items
	python "$KILLED"'
import glob
n, more, twice = 0, True, 0
recv = ("gpi-recv", "--card", "card", "--naf", "'$NAF'", "--now", "'$NOW'")
while more:
    n += 1
    shutil.copy("new", "card")
    more = killed(n, *recv)
    first = [item(a) for a in whole(n)]
    again = subprocess.run(recv + ("items",), stdout=-1, stderr=-3)
    second = [item(a) for a in items(again.stdout)]
    assert os.stat("card").st_mode & 0o777 == 0o600, n
    assert len(set(first)) == len(first) and len(set(second)) == len(second)
    assert len({cbor2.loads(a)[2] for a in first + second}) == 20, n
    # what left just before, comes again, and comes first
    both = set(first) & set(second)
    assert both == set(second[:len(both)]), n
    twice += bool(both)
    assert not glob.glob("card.journal*"), n
    third = subprocess.run(recv + ("items",), stdout=-1, stderr=-3)
    assert third.stdout == b"", n
assert n > 8 and twice > 0, (n, twice)'
}

@test "kill -9 of gpi-recv, wherever: one AUTS for a stale GPI, or none" {
	subscriber
	gen < <(many 1) >/dev/null
	card $IMPI new
	hss-store set -d hss.db --impi $IMPI --sqn 0
	gen < <(many 1) | gpi-sign | gpi-push --to - >items
	python "$KILLED"'
recv = ("gpi-recv", "--card", "card", "--naf", "'$NAF'", "--now", "'$NOW'",
    "--sync-failures", "sync")
n, more = 0, True
while more:
    n += 1
    shutil.copy("new", "card")
    gone("sync")
    p = subprocess.run(recv + ("items",), stderr=-1,
        env={**os.environ, "DIE_AT": str(n), "LD_PRELOAD": os.environ["DEADLY"],
            "ASAN_OPTIONS": "verify_asan_link_order=0"})
    assert p.returncode in (1, -9), (n, p)
    more = p.returncode == -9
    subprocess.run(recv + ("items",), stderr=-3)
    assert len(list(items(read("sync")))) <= 1, n
assert n > 3, n'
}

@test "kill -9 of mtc-trigger request, wherever: what left is known" {
	for ((n = 1; n <= 20; n++)); do
		echo "{\"ue_id\": \"m$n\", \"ue_trp\": \"unix:dev\"}"
	done | mtc-trigger register -d new.db -
	: >items
	python "$KILLED"'
n, more, left = 0, True, 0
while more:
    n += 1
    gone("mtc.db")
    shutil.copy("new.db", "mtc.db")
    more = killed(n, "mtc-trigger", "request", "-d", "mtc.db", "--naf",
        "'$NAF'", "--all")
    known = {t[8] for t in items(ran("mtc-trigger", "status", "-d", "mtc.db",
        "--cbor"))}
    left = {r[8] for r in whole(n)}
    assert left <= known, n
assert n > 5 and len(left) == 20, n'
}

@test "kill -9 of an upgrade, wherever: it was not, or it was" {
	subscriber
	many 20 >requests
	gen requests | gpi-sign | adopt
	hss-store list -d hss.db -js >hss.expected
	sa-store list -d mtc.db -js >mtc.expected
	for version in 1 2 3; do
		elder mtc.db mtc.$version $version
	done
	elder hss.db hss.1
	: >items
	python "$KILLED"'
def dump(db):
    at = sqlite3.connect(db)
    (whole_,), = at.execute("PRAGMA integrity_check")
    (version,), = at.execute("PRAGMA user_version")
    tables = list(at.iterdump())
    at.close()
    assert whole_ == "ok", db
    return version, tables
versions = set()
for name, program, was in (("mtc", "sa-store", ".1"), ("mtc", "sa-store", ".2"),
        ("mtc", "sa-store", ".3"), ("hss", "hss-store", ".1")):
    n, more, db = 0, True, name + ".db"
    shutil.copy(name + was, "new")
    assert ran(program, "list", "-d", "new", "-js") == read(name + ".expected")
    old, new = dump(name + was), dump("new")
    while more:
        n += 1
        gone(db)
        shutil.copy(name + was, db)
        more = killed(n, program, "list", "-d", db)
        found = dump(db)
        assert found in (old, new), n
        versions.add((found[0], n > 1))
    assert n > 5 and found == new, n
    assert ran(program, "list", "-d", db, "-js") == read(name + ".expected")
assert {(1, True), (2, True), (3, True), (4, True)} <= versions'
}
