# pressure.bats: the manners of the pipe: who reads slowly, holds back; who
# goes, ends it; who is silent, delays nothing.

load helper

N=20000

# what all tests read, of one device: N records of each step
setup_file() {
	cd "$BATS_FILE_TMPDIR" || exit 1
	subscriber
	card
	device
	seq -f '{"ue_id":"d%06.0f","ue_trp":"unix:dev"}' $N |
	    mtc-trigger register -d all.db -
	request --indication report --p-tid pppppppppppppppppppp >one
	python 'one = sys.stdin.buffer.read()
for i in range(int(sys.argv[1])):
    out.write(one.replace(b"p" * 20, b"p%019d" % i))' $N <one >requests
	gen <requests | tee drafts | gpi-sign | tee responses |
	    gpi-push --to - >gpis
	# those programs whose output the input decides
	cp card before
	recv gpis >accepted
	mv before card
	gpi-show -js responses >shown
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	cp "$BATS_FILE_TMPDIR"/{hss.db,mtc.db,all.db,card} .
	ln -s "$BATS_FILE_TMPDIR"/{requests,drafts,responses,gpis,accepted,shown} .
}

# output | standard input | program: an output that begins with ~ differs
# from run to run, but not in its length
programs() {
	cat <<-.
	~requests|/dev/null|mtc-trigger request -d all.db --naf $NAF --all --indication report --now $NOW
	~drafts|requests|gpi-gen --hss hss.db --bsf $BSF --now $NOW
	responses|drafts|gpi-sign
	responses|responses|sa-store put -d sa.db --pass --unrequested --now $NOW
	gpis|responses|gpi-push --to - --report report
	accepted|gpis|gpi-recv --card card --naf $NAF --now $NOW
	shown|responses|gpi-show -js
	.
}

READER='
import subprocess, fcntl, termios, struct, select, time, signal
rows = [l.split("|") for l in sys.argv[1].splitlines()]
def start(row, stdin=None):
    stdin = stdin or open(row[1], "rb")
    return subprocess.Popen(row[2].split(), stdin=stdin,
        stdout=subprocess.PIPE, bufsize=0,
        stderr=open("err." + row[2].split()[0], "wb"))
def waiting(p):
    return struct.unpack("i", fcntl.ioctl(p.stdout, termios.FIONREAD,
        bytes(4)))[0]
def status(p, name):
    for l in open("/proc/%d/status" % p.pid):
        if l.startswith(name):
            return l.split()[1]
def held(p):		# it waits for its reader
    last = -1
    for i in range(500):
        if status(p, "State:") == "S" and waiting(p) == last > 0:
            return
        last = waiting(p)
        time.sleep(.03)
    raise Exception("not held back: %s" % p.args)
def take(p, n):
    got = bytearray()
    while len(got) < n:
        more = p.stdout.read(min(n - len(got), 65536))
        if not more:
            break
        got += more
    return bytes(got)
'

# Memory is a plateau: caches fill in the first half (that of the store takes
# up to 16 MiB, so it gets all records twice, the second time in vain).  In the
# second half a program that kept its records would grow by their size; one that
# does not, grows by less than half of that, as a batch may be larger than those
# before it where the machine is busy.
@test "a reader that stops holds back, costs no memory and loses nothing" {
	cat responses responses >twice
	python "$READER"'
ps = [start(row) for row in rows]
got = {p: b"" for p in ps}
# short of what the pipe holds, after which nobody waits
size = {p: os.stat(row[0].strip("~")).st_size - 1300000
    for p, row in zip(ps, rows)}
mark = {}
for share in .1, .55, 1:
    for p in ps:
        got[p] += take(p, int(size[p] * share) - len(got[p]))
        held(p)
        high = int(status(p, "VmHWM:"))
        if share == .55:
            mark[p] = high
        may = 1536 + size[p] * .45 / 2 / 1024
        if sys.argv[2] == "exact" and high > mark.get(p, high) + may:
            sys.exit("%s: from %d to %d kB" % (p.args, mark[p], high))
for p, row in zip(ps, rows):
    got[p] += take(p, 1 << 30)
    assert p.wait() == 0, p.args
    with open(row[0].strip("~"), "rb") as f:
        expected = f.read()
    if row[0][0] == "~":
        got[p], expected = len(got[p]), len(expected)
    if got[p] != expected:
        sys.exit("%s: other octets" % p.args)
    assert os.stat("err." + p.args[0]).st_size == 0, p.args
' "$(programs | sed 's/^responses.responses.sa-store/twice|twice|sa-store/')" \
	    "$(sanitized || echo exact)"
	same reports "$(gpi-show -j report | wc -l)" $N
	same SAs "$(sa-store count -d sa.db)" $N
}

@test "a reader that dies ends the writer with one complaint, and what is stored is good" {
	python "$READER"'
ps = [start(row) for row in rows]
for p in ps:
    take(p, 1000)
    p.stdout.close()
for p in ps:
    assert p.wait() == 4, (p.args, p.returncode)
    said = open("err." + p.args[0]).read()
    why = said.splitlines()[0].split(";")[0]
    if why != p.args[0] + ": standard output: Broken pipe":
        sys.exit("%s: %s" % (p.args, said))
' "$(programs)"
	# what the pipe had taken, and no more
	[ "$(gpi-show -j report | wc -l)" -le 10000 ]
	adopt sa.db --pass <responses | same_octets responses -
	same SAs "$(sa-store count -d sa.db)" $N
	mtc-trigger request -d all.db --naf $NAF --all \
	    --indication report --now $NOW >again
	[ "$(mtc-trigger status -d all.db | wc -l)" -ge $N ]
	gpi >gpi
	does recv --dry-run gpi
}

@test "an input that is open and silent delays nothing" {
	python "$READER"'
for row in rows[1:]:
    with open(row[1], "rb") as f:
        all = f.read(4096)
    one = all[:int(sys.argv[2 + rows.index(row)])]
    r, w = os.pipe()
    p = start(row, r)
    for i in range(2):
        before = time.monotonic()
        os.write(w, one)
        assert select.select([p.stdout], [], [], 9)[0]
        assert time.monotonic() - before < 1, p.args
        assert p.stdout.read(65536), p.args
        one = one if i else all[len(one):2 * len(one)]
    assert p.poll() is None, p.args
    p.stdout.close()
    os.close(w)
    assert p.wait() == 0, p.args
    assert os.stat("err." + p.args[0]).st_size == 0, p.args
' "$(programs)" 0 $(for f in requests drafts responses responses gpis responses; do
		echo $(($(stat -L -c %s $f) / N))
	done)
	same reports "$(gpi-show -j report | lines)" 2
}
