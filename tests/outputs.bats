# outputs.bats: where output goes, and what is decided before anything is spent.

load helper

# requested: an HSS with one subscriber, and ./request for it
requested() {
	subscriber
	cbor 'request()' >request
}

# draft FILE: it is one
draft() {
	same "$1" "$(field type "$1")" draft
}

# powerless COMMAND...: as this user, but with no more rights than others
powerless() {
	setpriv --bounding-set=-all --inh-caps=-all "$@"
}

# ---- names ----

# a link that was replaced was /dev/stdout: netdata/netdata#18642
@test "-o: links are followed and stay" {
	requested
	mkdir d
	echo old >file
	chmod 644 file
	ln -s ../file d/link
	ln -s d/link chain
	ln -s ../later d/dangling
	ln -s /proc/self/fd/1 d/stdout
	does gen -o chain request
	draft file
	mode file 600
	same links "$(readlink chain d/link | words)" 'd/link ../file'
	does gen -o d/dangling request
	draft later
	same link "$(readlink d/dangling)" ../later
	does gen -o d/stdout request
	draft out
	same link "$(readlink d/stdout)" /proc/self/fd/1
}

@test "-o: a descriptor is written to where it stands" {
	requested
	(echo before; gen -o /dev/stdout request; echo behind) >both
	same lines "$(sed -n '1p;$p' both | tr -d '\0' | grep -aoE '^before|behind$' |
	    words)" 'before behind'
	gen -o /dev/fd/7 request 7>seven
	draft seven
	gen -o /dev/stderr request 2>two
	draft two
	gen -o /proc/self/fd/1 request | cat >piped
	draft piped
	fails 4 'gpi-gen: /dev/fd/7: closed, or not open for writing' \
	    gen -o /dev/fd/7 request 7</dev/null
	try gen -o /dev/fd/77 request
	same status "$status" 4
}

@test "-o: a FIFO, a terminal and /dev/null stay what they are" {
	requested
	mkfifo fifo
	timeout 10 cat fifo >got &
	does gen -o fifo request
	wait $!
	draft got
	[ -p fifo ]
	does gen -o /dev/null request
	[ -c /dev/null ]
	script -qec "gpi-gen --hss hss.db --bsf $BSF --now $NOW -o /dev/tty request" \
	    tty </dev/null >/dev/null
	grep -qa "$NAF" tty
}

@test "-o: a name may be as long as names may be, and no longer" {
	requested
	long=$(printf '%0255d' 0)
	does gen -o "$long" request
	draft "$long"
	same files "$(find . -name '.*' -type f)" ''
	before=$(sqn)
	fails 4 "gpi-gen: 0$long: File name too long" gen -o "0$long" request
	fails 2 'gpi-gen: --output: expected the name of a file, found an empty one' \
	    gen -o '' request
	fails 2 'gpi-gen: expected the name of the input, found an empty one' \
	    gen ''
	fails 2 'gpi-push: --report: expected the name of a file, found an empty one' \
	    gpi-push --report '' /dev/null
	fails 2 'gpi-recv: --sync-failures: expected the name of a file, found an empty one' \
	    gpi-recv --card card --any-naf --sync-failures= /dev/null
	mkdir dir
	for name in dir dir/ none/ none/file request/file dir/../none/x; do
		try gen -o "$name" request
		same "status with $name" "$status" 4
		same "lines with $name" "$(lines_in err)" 1
	done
	same SQN "$(sqn)" "$before"
}

# ---- directories ----

@test "-o: a directory that may not be read will do; one that may not be written, not" {
	requested
	mkdir blind fixed
	echo old >fixed/file
	chmod 300 blind
	chmod 500 fixed
	does powerless "$(command -v gpi-gen)" --hss hss.db --bsf $BSF \
	    --now $NOW -o blind/file request
	chmod 700 blind
	draft blind/file
	before=$(sqn)
	for name in file new; do
		fails 4 "gpi-gen: fixed/$name: Permission denied" \
		    powerless "$(command -v gpi-gen)" --hss hss.db --bsf $BSF \
		    --now $NOW -o fixed/$name request
	done
	same file "$(<fixed/file)" old
	same SQN "$(sqn)" "$before"
}

# an O_TMPFILE that is not known, a directory whose fsync() is invalid, a rename()
# onto what is mounted: as of network and FUSE file systems, and in containers
@test "-o: file systems that can do less" {
	requested
	cat >poor.c <<-'.'
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <errno.h>
	#include <fcntl.h>
	#include <stdarg.h>
	#include <stdlib.h>
	#include <string.h>
	#include <sys/stat.h>
	int open(const char *name, int flags, ...) {
		va_list ap;
		mode_t mode = 0;
		if ((flags & O_TMPFILE) == O_TMPFILE) {
			errno = EOPNOTSUPP;
			return -1;
		}
		if ((flags & O_CREAT) != 0) {
			va_start(ap, flags);
			mode = va_arg(ap, mode_t);
			va_end(ap);
		}
		return ((int (*)(const char *, int, mode_t))
		    dlsym(RTLD_NEXT, "open"))(name, flags, mode);
	}
	int fsync(int fd) {
		struct stat st;
		if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
			errno = EINVAL;
			return -1;
		}
		return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(fd);
	}
	int rename(const char *from, const char *to) {
		if (getenv("MOUNTED") != NULL &&
		    strstr(to, getenv("MOUNTED")) != NULL) {
			errno = EBUSY;
			return -1;
		}
		return ((int (*)(const char *, const char *))
		    dlsym(RTLD_NEXT, "rename"))(from, to);
	}
	.
	cc -shared -fPIC -o poor.so poor.c -ldl
	poor() {
		LD_PRELOAD=$PWD/poor.so ASAN_OPTIONS=verify_asan_link_order=0 \
		    "$@"
	}
	does poor gen -o file request
	draft file
	mode file 600
	printf '%05000d' 0 >mounted
	MOUNTED=mounted does poor gen -o mounted request
	draft mounted
	same files "$(find . -name '.*' -type f)" ''
	rm *.db
	elements
	gpi >one
	does poor recv -o accepted one
	same type "$(field type accepted)" accepted
}

@test "-o: another's file in a sticky directory is refused first" {
	[ "$(id -u)" = 0 ] || skip 'not root'
	requested
	gen request >draft
	sticky=$(mktemp -d)
	chmod 1777 "$sticky"
	echo theirs >"$sticky/file"
	fails 4 "gpi-sign: $sticky/file: belongs to another user, in a directory where nobody else may replace it" \
	    setpriv --reuid 65534 --clear-groups "$(realpath "$BUILD")/gpi-sign" \
	    -o "$sticky/file" <draft
	same file "$(<"$sticky/file")" theirs
	rm -r "$sticky"
}

@test "-o: what chattr has fixed is refused first" {
	requested
	echo old >fixed
	mkdir growing
	chattr +a fixed 2>/dev/null && chattr +a growing || skip 'no chattr here'
	for name in fixed growing/file; do
		fails 4 "gpi-gen: $name: an attribute (chattr) of the file or its directory forbids to replace it" \
		    gen -o $name request
	done
	chattr -a fixed growing
	same file "$(<fixed)" old
	same SQN "$(sqn)" 0
}

# ---- one file for two things ----

@test "two outputs that are one file, and what would be overwritten: refused" {
	elements
	request >request
	gen request | gpi-sign >response
	gpi-push --to - response >gpi
	ln -s report link
	ln card hard
	cp card card.before
	# clash MESSAGE COMMAND...
	clash() {
		fails 2 "$1" "${@:2}"
	}
	clash 'gpi-push: --output and --report name the same file' \
	    gpi-push --to - -o x --report ./x response
	clash 'gpi-push: --report and --sync-failures name the same file' \
	    gpi-push --report link --sync-failures report response
	clash 'gpi-recv: --output and --sync-failures name the same file' \
	    recv -o z --sync-failures "$PWD/z" gpi
	clash 'gpi-recv: --output: this would overwrite the file of --card' \
	    recv -o ./hard gpi
	clash 'gpi-recv: --output: this would overwrite the input' \
	    recv -o gpi gpi
	clash 'gpi-recv: --output: this would overwrite the input' \
	    recv -o /dev/stdin <gpi
	clash 'gpi-gen: --output: this would overwrite the file of --hss' \
	    gen -o hss.db request
	# sqlite.org/howtocorrupt.html: the files beside it belong to it
	ln -s hss.db store
	clash 'gpi-gen: --output: this would overwrite the file of --hss' \
	    gpi-gen --hss store --bsf $BSF -o ./hss.db-wal request
	rm hard store
	clash 'gpi-recv: card.journal: the card'\''s journal' \
	    recv -o card.journal gpi
	clash 'gpi-push: --to and --report name the same file' \
	    gpi-push --to file:x --report x response
	# standard output, where it is in use
	try recv --sync-failures out gpi
	same status "$status" 2
	same complaint "$(<err)" \
	    'gpi-recv: standard output and --sync-failures name the same file'
	cp gpi again
	same 'status of its own input' "$(recv again >>again 2>err; echo $?)" 2
	same input "$(stat -c %s again)" "$(stat -c %s gpi)"
	same_octets card card.before
	same files "$(compgen -G '[xyz]' || true)" ''
	# what is no clash
	does gpi-push --to file:dev --report done --resume done response
	does gpi-push --to file:dev --report /dev/null \
	    --sync-failures /dev/null response
	does recv -o /dev/null --sync-failures /dev/null gpi
	gpi-push --to file:dev --report /dev/stdout response >told
	same reports "$(field type told)" report
}

# ---- standard streams ----

@test "standard output that is closed or read-only: nothing is spent" {
	elements
	request >request
	gen request | gpi-sign | gpi-push --to - >gpi
	hss-store set -d hss.db --impi $IMPI --sqn 7
	cp card card.before
	complaint='standard output: closed, or not open for writing'
	for command in "gpi-gen --hss hss.db --bsf $BSF --now $NOW request" \
	    "gpi-recv --card card --any-naf --now $NOW gpi" \
	    "mtc-trigger request -d mtc.db --naf $NAF --ue-id meter-7 --now $NOW" \
	    'sa-store expire -d mtc.db' 'sa-store count -d mtc.db'; do
		for way in '>&-' '1</dev/null'; do
			status=0
			eval "$command $way" 2>err || status=$?
			same "status of $command $way" "$status" 4
			same complaint "$(<err)" \
			    "${command%% *}: $complaint"
		done
	done
	same SQN "$(sqn)" 7
	same_octets card card.before
	same triggers "$(mtc-trigger status -d mtc.db -t | value type | wc -l)" 1
	# no database takes the place of a stream
	same status "$(gpi-gen --hss hss.db --bsf $BSF --now $NOW -o draft \
	    request <&- >&- 2>&-; echo $?)" 0
	draft draft
	does sa-store count -d mtc.db
}

# nodejs/node#19838, moonbitlang/async#553: another program made it O_NONBLOCK
@test "descriptors that are O_NONBLOCK are waited for" {
	subscriber
	many 3000 >requests
	python '
import fcntl, subprocess, threading, time
def pipe(size=4096):
    r, w = os.pipe()
    fcntl.fcntl(w, 1031, size)
    return r, w
def slow(r, out):
    time.sleep(.2)
    while v := os.read(r, 65536):
        out.append(v)
ends = [pipe() for _ in range(2)] + [os.pipe()]
for fd in ends[0][1], ends[1][1], ends[2][0]:
    os.set_blocking(fd, False)
p = subprocess.Popen(["gpi-gen", "--hss", "hss.db", "--bsf", "'$BSF'",
    "--now", "'$NOW'"], stdin=ends[2][0], stdout=ends[0][1],
    stderr=ends[1][1])
for fd in ends[0][1], ends[1][1], ends[2][0]:
    os.close(fd)
got = [[], []]
# what is not there yet, is waited for by those who read lines, too
r, w = os.pipe()
os.set_blocking(r, False)
allow = subprocess.Popen(["gpi-gen", "--hss", "hss.db", "--bsf", "'$BSF'",
    "--allow", "-", "/dev/null"], stdin=r)
time.sleep(.1)
os.write(w, b"'$NAF' 0100000007 *\n")
os.close(w)
assert allow.wait() == 0
threads = [threading.Thread(target=slow, args=(ends[i][0], got[i]))
    for i in (0, 1)]
for t in threads:
    t.start()
octets = read("requests")
os.write(ends[2][1], octets[:1000])
time.sleep(.1)
with open(ends[2][1], "wb") as f:
    # and a complaint for each of these, more than its pipe takes
    f.write(octets[1000:] + b"".join(item(request(p_tid="n%d" % n,
        ue_id="nobody")) for n in range(300)))
for t in threads:
    t.join()
assert p.wait() == 1
out.write(b"".join(got[0]))
open("said", "wb").write(b"".join(got[1]))' >drafts
	same drafts "$(field type drafts | tally)" '3000 draft'
	same complaints "$(lines_in said)" 300
}

# as rsyslog/rsyslog#4606: what is stuck hears no signal
@test "SIGTERM ends what is stuck, and what was not said is said at the next start" {
	elements
	for i in 1 2 3; do
		gpi >gpi.$i
	done
	cp card other
	request >request
	gen request | gpi-sign >response
	python '
import fcntl, re, signal, socket, subprocess, time
def full():
    r, w = os.pipe()
    fcntl.fcntl(w, 1031, 1 << 20)
    os.set_blocking(w, False)
    try:
        while True:
            os.write(w, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(w, True)
    return r, w
recv = ["gpi-recv", "--naf", "'$NAF'", "--now", "'$NOW'", "--listen",
    "udp://127.0.0.1:0", "--card"]
def start(card, stdout, before):
    p = subprocess.Popen(recv + [card], stdout=stdout, stderr=-1)
    port = int(re.search(rb":(\d+)$", p.stderr.readline().strip()).group(1))
    before()
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.sendto(read("gpi.1"), ("127.0.0.1", port))
    return p
held = full()
stuck = start("card", held[1], lambda: None)
lock = open("other")
locked = start("other", -3, lambda: fcntl.flock(lock, fcntl.LOCK_EX))
push = subprocess.Popen(["gpi-push", "--to", "-", "response"], stdout=held[1],
    stderr=-1)
mute = subprocess.Popen(["gpi-push", "--to", "file:none/x", "response"],
    stderr=held[1])
os.mkfifo("fifo")
os.mkfifo("empty")
alone = subprocess.Popen(["gpi-push", "--to", "-", "-o", "fifo", "response"],
    stderr=-1)
unread = subprocess.Popen(["gpi-push", "empty"], stderr=-1)
time.sleep(.4)
since = time.monotonic()
nobody = ": standard output: nobody takes what is written; stopped by a signal\n"
ends = (
    (stuck, "gpi-recv" + nobody + "gpi-recv: 1 accepted record is kept in " +
        os.getcwd() + "/card.journal; the next run writes it first\n"),
    (locked, "gpi-recv: other: another program has it locked; stopped by a "
        "signal\n"),
    (push, "gpi-push" + nobody),
    (mute, None),
    (alone, "gpi-push: fifo: No such device or address\n"),
    (unread, "gpi-push: stopped by a signal\n"))
for p, said in ends:
    p.send_signal(signal.SIGTERM)
for p, said in ends:
    found = p.stderr.read().decode() if p.stderr else None
    assert (p.wait(10), found) == (4, said), (p.args, p.returncode, found)
assert time.monotonic() - since < 10'
	does recv gpi.2
	same 'accepted of both' "$(field type out | tally)" '2 accepted'
	fails 1 'gpi-recv: gpi.1: record 1: rand: found one that this card accepted or answered before, expected a new one' \
	    recv gpi.1
}

# ---- the journal ----

# killed COMMAND...: gpi-recv, by kill -9, after it has accepted gpi.1
killed() {
	local before pid

	before=$(cksum <card)
	mkfifo -m 600 in
	"$@" <in >left 2>/dev/null &
	pid=$!
	exec 9>in
	cat gpi.1 >&9
	accepted() { [ "$(cksum <card)" != "$before" ]; }
	await accepted
	sleep .1
	kill -9 $pid
	wait $pid || true
	exec 9>&-
	rm in
}

@test "kill -9 before -o appears: the next run writes what was accepted, first" {
	elements
	for i in 1 2 3; do
		gpi >gpi.$i
	done
	recv() {
		gpi-recv --card card --naf $NAF --now $NOW "$@"
	}
	killed gpi-recv --card card --naf $NAF --now $NOW -o accepted
	[ ! -e accepted ]
	mode card.journal 600
	# it is for runs that spend
	does recv --dry-run gpi.2
	same 'of a dry run' "$(field type out | tally)" '1 accepted'
	fails 2 'gpi-recv: --timeout needs --listen' recv --timeout 1 gpi.2
	ends 4 'gpi-recv: none/x: No such file or directory' \
	    recv -o none/x gpi.2
	# of /dev/full nobody knows before
	ends 4 'gpi-recv: /dev/full: No space left on device' \
	    recv -o /dev/full gpi.2
	same kept "$(sed -n 2p err)" \
	    "gpi-recv: 1 accepted record is kept in $PWD/card.journal; the next run writes it first"
	does recv -o accepted gpi.2
	same 'accepted of both' "$(field type accepted | tally)" '2 accepted'
	[ ! -e card.journal ]
	does recv gpi.3
	same 'accepted then' "$(field type out | tally)" '1 accepted'
}

@test "what is kept counts for --count, and has the form that is asked for" {
	elements
	gpi >gpi.1
	killed gpi-recv --card card --naf $NAF --now $NOW -o accepted
	does timeout 10 gpi-recv --card card --naf $NAF --now $NOW --count 1 \
	    -j --listen unix:socket
	same 'JSON lines' "$(pick type <out)" '["accepted"]'
}

@test "a journal that is damaged: said, kept aside, and the run goes on" {
	elements
	gpi >gpi.1
	recv() {
		gpi-recv --card card --naf $NAF --now $NOW "$@"
	}
	killed gpi-recv --card card --naf $NAF --now $NOW -o accepted
	# the length of its batch
	printf '\1' | dd of=card.journal conv=notrunc status=none
	cp card.journal before
	: >none
	try recv none
	same status "$status" 0
	same said "$(<err)" "gpi-recv: warning: $PWD/card.journal: damaged at octet 0: accepted records may be lost; have the device woken again; kept as $PWD/card.journal.damaged.1"
	cmp before card.journal.damaged.1
	mode card.journal.damaged.1 600
	[ ! -e card.journal ]
}

@test "a journal that is another's is not used" {
	[ "$(id -u)" = 0 ] || skip 'not root'
	elements
	gpi >gpi
	touch card.journal
	chown 65534 card.journal
	fails 4 "gpi-recv: $PWD/card.journal: Operation not permitted" recv gpi
	rm card.journal
	does recv gpi
}
