"""kill.py DIRECTORY POSTGRESQL [SCENARIO...]: kill -9, see tests/soak/kill.

DIRECTORY is empty; POSTGRESQL is the URI of a store there whose schema is NAME,
or empty.  Each scenario begins with the same chance, $SEED and its name.
"""
import io
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time

import cbor2

K, OPC = os.environ["K"], bytes.fromhex(os.environ["OPC"])
BSF, NAF = os.environ["BSF"], os.environ["NAF"]
KILLS = int(os.environ["KILLS"])
WORK, POSTGRESQL = sys.argv[1:3]
RAND, AUTN, P_TID, UE_ID, GPI, UL_SA_ID, STATE = 2, 3, 8, 13, 16, 21, 26
CONNECTED = "connected"
DEVICES = 20

# ---- octets ----


def items(octets):
    """The whole items, and whether something was left that is none."""
    f, found = io.BytesIO(octets), []
    while f.tell() < len(octets):
        try:
            found.append(cbor2.load(f))
        except cbor2.CBORDecodeEOF:
            return found, True
    return found, False


def whole(octets):
    found, torn = items(octets)
    assert not torn
    return found


def aes(blocks):
    return subprocess.run(["openssl", "enc", "-aes-128-ecb", "-nopad", "-K", K],
                          input=b"".join(blocks), stdout=-1, check=True).stdout


def xor(*v):
    return bytes(a ^ b ^ c for a, b, c in zip(*v))


def sqns(pairs):
    """The SQN of each RAND and AUTN: AK is f5 of TS 35.206."""
    def each(v):
        return [v[i:i + 16] for i in range(0, len(v), 16)]
    temp = each(aes(xor(rand, OPC, bytes(16)) for rand, _ in pairs))
    ak = each(aes(xor(t, OPC, bytes(15) + b"\1") for t in temp))
    return [int.from_bytes(xor(autn, a, OPC)[:6], "big")
            for (_, autn), a in zip(pairs, ak)]


# ---- programs ----

def start(args, **streams):
    return subprocess.Popen(args, stderr=subprocess.DEVNULL, bufsize=0,
                            **streams)


def ran(*args, given=b""):
    p = subprocess.run(args, input=given, stdout=-1, stderr=-1, check=False)
    assert p.returncode == 0, (args, p.returncode, p.stderr)
    return p.stdout


def feed(to, octets, pieces):
    """Write in uneven PIECES, and close, whoever reads or does not."""
    at = 0
    try:
        while at < len(octets):
            n = random.choice(pieces)
            to.write(octets[at:at + n])
            at += n
            if random.random() < .5:
                time.sleep(random.random() * .003)
    except OSError:
        pass
    to.close()


class Pipeline:
    """Commands in a row, fed with octets; one of them may be killed."""

    def __init__(self, commands, given, pieces=(300, 700, 3000, 20000)):
        self.all, source = [], subprocess.PIPE
        for command in commands:
            p = start(command, stdin=source, stdout=subprocess.PIPE)
            if self.all:
                source.close()
            source = p.stdout
            self.all.append(p)
        self.out = b""
        self.threads = [
            threading.Thread(target=feed, args=(self.all[0].stdin, given,
                                                pieces)),
            threading.Thread(target=self.read)]
        for thread in self.threads:
            thread.start()

    def read(self):
        self.out = self.all[-1].stdout.read()

    def end(self, after=None, victim=None):
        """What came out, and whether it was killed AFTER so many seconds."""
        if after is not None:
            time.sleep(random.random() * after)
        p = self.all[random.randrange(len(self.all)) if victim is None
                     else victim]
        killed = after is not None and p.poll() is None
        if killed:
            p.kill()
        for thread in self.threads:
            thread.join()
        for p in self.all:
            p.wait()
        return self.out, killed


def took(commands, given):
    """How long it takes when nobody is killed."""
    since = time.monotonic()
    out, _ = Pipeline(commands, given).end()
    return out, time.monotonic() - since


# ---- stores ----

class Stores:
    """The stores of one scenario, all new."""

    def __init__(self, engine, where):
        self.engine, self.where = engine, where

    def __call__(self, name):
        if self.engine == "sqlite":
            return os.path.join(self.where, name + ".db")
        schema = os.path.basename(self.where) + "_" + name
        if name not in self.__dict__:
            self.__dict__[name] = True
            uri = POSTGRESQL.replace("&options=-csearch_path%3DNAME", "")
            subprocess.run([os.environ["PSQL"], "-XqAt", "-c",
                            "CREATE SCHEMA " + schema, uri], check=True)
        return POSTGRESQL.replace("NAME", schema)

    def sound(self):
        """What SQLite says of its files."""
        for name in os.listdir(self.where):
            if self.engine == "sqlite" and name.endswith(".db"):
                assert ran("sqlite3", os.path.join(self.where, name),
                           "PRAGMA integrity_check") == b"ok\n", name


def write(name, text):
    with open(name, "w") as f:
        f.write(text)
    return name


class Scenario:
    """Elements with DEVICES devices, and what is counted."""

    def __init__(self, engine, name):
        random.seed("%s %s" % (os.environ["SEED"], name))
        self.name = "%s, %s" % (name, engine)
        self.dir = os.path.join(WORK, "%s_%s" % (name, engine))
        os.mkdir(self.dir)
        os.chdir(self.dir)
        self.store = Stores(engine, self.dir)
        self.kills = self.runs = 0
        self.wrong, self.notes = [], []
        self.used, self.rands = set(), set()
        ran("hss-store", "import", "-d", self.store("hss"), write("subs",
            "".join('{"impi":"i%d@x","ue_id":["m%d"],"k":"%s","opc":"%s"}\n'
                    % (i, i, K, OPC.hex()) for i in range(DEVICES))))
        ran("mtc-trigger", "register", "-d", self.store("mtc"), write("devices",
            "".join('{"ue_id":"m%d","ue_trp":"udp://127.0.0.1:9"}\n' % i
                    for i in range(DEVICES))))

    # what the elements do
    def request(self, *more):
        return ran("mtc-trigger", "request", "-d", self.store("mtc"), "--naf",
                   NAF, "--indication", "report", "--time", "3000",
                   "--lifetime", "36000", *(more or ["--all"]))

    def requests(self, n):
        return b"".join(self.request() for _ in range(n // DEVICES))

    def gen(self):
        return ["gpi-gen", "--hss", self.store("hss"), "--bsf", BSF]

    def put(self, name="mtc"):
        return ["sa-store", "put", "-d", self.store(name), "--pass"]

    def responses(self, requests):
        return ran("gpi-sign", given=ran(*self.gen(), given=requests))

    # what is found
    def once(self, made):
        """No SQN of a device, and no RAND, of (device, rand, autn) twice."""
        for (ue, rand, _), sqn in zip(made, sqns([m[1:] for m in made])):
            if (ue, sqn) in self.used or rand in self.rands:
                self.wrong.append("SQN %d of %s is used twice" % (sqn, ue))
            self.used.add((ue, sqn))
            self.rands.add(rand)

    def none(self, what, lost):
        if lost:
            self.wrong.append("%d %s" % (len(lost), what))

    def ended(self):
        self.store.sound()
        left = [f for f in os.listdir(self.dir) if f.endswith(".new")
                or f.startswith(".")]
        if [f for f in left if f not in (".card.new", ".card.lock")]:
            self.notes.append("left: " + " ".join(left))
        print("%s: %d runs, %d killed%s: %s" % (
            self.name, self.runs, self.kills,
            "".join(", " + n for n in self.notes),
            "; ".join(self.wrong[:5]) or "nothing wrong"), flush=True)
        return self.kills, len(self.wrong)


def made_of(responses):
    """(device, RAND, AUTN) of drafts, or of responses by their GPI."""
    for r in responses:
        if GPI in r:
            gpi = cbor2.loads(r[GPI])
            yield r[UE_ID], gpi[1], gpi[2]
        else:
            yield r[UE_ID], r[RAND], r[AUTN]


# ---- the scenarios: each makes so many kills ----

def gen(s, kills):
    """The BSF's side: no SQN twice, and a file is whole or not there."""
    requests = s.requests(600)
    _, full = took([s.gen(), ["gpi-sign"]], requests)
    torn = 0
    while s.kills < kills:
        s.runs += 1
        pipeline = [s.gen()]
        if s.runs % 3 == 0:
            pipeline[0] += ["-o", "drafts"]
        elif s.runs % 3 == 1:
            pipeline.append(["gpi-sign"])
        out, killed = Pipeline(pipeline, requests).end(full * 1.1)
        s.kills += killed
        found, cut = items(out)
        torn += cut
        if os.path.exists("drafts"):
            with open("drafts", "rb") as f:
                found = whole(f.read())
            if len(found) != 600:
                s.wrong.append("a file has %d drafts" % len(found))
            os.unlink("drafts")
        s.once(list(made_of(found)))
    s.notes.append("%d drafts and responses, %d cut off at the end of a pipe"
                   % (len(s.used), torn))


def put(s, kills):
    """What was passed on is stored; once all is put, all is there."""
    given, passed = [], set()
    full = None
    while s.kills < kills:
        if s.runs % 10 == 0:
            responses = s.responses(s.requests(400))
            expected = {r[P_TID] for r in whole(responses)}
            given.append(responses)
        if full is None:
            _, full = took([s.put()], s.responses(s.requests(400)))
        s.runs += 1
        out, killed = Pipeline([s.put()], responses).end(full * 1.1)
        s.kills += killed
        got = {r[P_TID] for r in items(out)[0]}
        passed |= got
        if not got <= expected:
            s.wrong.append("passed what was not given")
        if killed and s.runs % 5 == 0:
            s.none("passed on, but not stored", got - stored(s, "mtc"))
    s.none("passed on, but not stored", passed - stored(s, "mtc"))
    for responses in given:
        out = ran(*s.put(), given=responses)
        s.none("not passed when put again", {r[P_TID] for r in
               whole(responses)} - {r[P_TID] for r in whole(out)})
    every = {r[P_TID] for g in given for r in whole(g)}
    s.none("not stored when put again", every - stored(s, "mtc"))
    s.none("SAs whose trigger is not stored", {p for p, state in
           states(s).items() if p in every and state != "stored"})
    s.notes.append("%d passed" % len(passed))


def stored(s, name):
    return {r[UL_SA_ID] for r in whole(ran("sa-store", "list", "--cbor", "-d",
                                           s.store(name)))}


def states(s):
    lines = ran("mtc-trigger", "status", "-d", s.store("mtc"), "-j")
    return {re.search(rb'"p_tid":"([^"]*)"', line)[1].decode():
            re.search(rb'"state":"([^"]*)"', line)[1].decode()
            for line in lines.splitlines()}


def card(s, i, name):
    ran("hss-store", "card", "-d", s.store("hss"), "--impi", "i%d@x" % i,
        "--bsf", BSF, "-o", name, "--force")


def gpis_of(s, i, n):
    """N GPIs for a device, and its card from before them."""
    card(s, i, "card.0")
    return ran("gpi-push", "--to", "-", given=s.responses(b"".join(
        s.request("--ue-id", "m%d" % i) for _ in range(n))))


def fresh_card(cycle):
    """A directory with the card, so that what is beside it is gone, too."""
    os.mkdir("device.%d" % cycle)
    with open("card.0", "rb") as old:
        with open("device.%d/card" % cycle, "wb") as new:
            new.write(old.read())
    os.chmod("device.%d/card" % cycle, 0o600)
    return "device.%d/card" % cycle


def whole_card(s, name):
    with open(name, "rb") as f:
        found, torn = items(f.read())
    if torn or len(found) != 1:
        s.wrong.append("a card is half written")


def recv(s, kills):
    """Each GPI that the card spent is said, by this start or the next."""
    gpis = gpis_of(s, 3, 50)
    rands = {g[1] for g in whole(gpis)}
    again = accepted = cycle = torn = 0
    while s.kills < kills:
        said, killed, cycle = [], True, cycle + 1
        name = fresh_card(cycle)
        command = ["gpi-recv", "--card", name, "--naf", NAF]
        while killed:
            s.runs += 1
            pipe = Pipeline([command], gpis, (60, 120, 300, 700))
            out, killed = pipe.end(.15 if s.kills < kills else None)
            s.kills += killed
            found, cut = items(out)
            torn += cut
            said += [r[RAND] for r in found]
            whole_card(s, name)
        accepted += len(set(said))
        again += len(said) - len(set(said))
        s.none("spent by the card and never said", rands - set(said))
    s.notes.append("%d accepted, %d said twice, %d cut off at the end of a "
                   "pipe" % (accepted, again, torn))


def device(s, kills):
    """The same, and then it is stored by the device's sa-store."""
    gpis = gpis_of(s, 4, 40)
    rands = {g[1] for g in whole(gpis)}
    cycle = in_pipe = 0
    while s.kills < kills:
        killed, cycle = True, cycle + 1
        name = fresh_card(cycle)
        stores = Stores(s.store.engine, os.path.join(s.dir, "device_%d"
                                                     % cycle))
        if stores.engine == "sqlite":
            os.mkdir(stores.where)
        commands = [["gpi-recv", "--card", name, "--naf", NAF],
                    ["sa-store", "put", "-d", stores("dev"), "--pass"]]
        reader = False
        while killed:
            s.runs += 1
            # what sa-store has in hand, is nobody else's any more
            victim = 1 if s.kills % 4 == 3 else 0
            pipe = Pipeline(commands, gpis, (60, 120, 300, 700))
            _, killed = pipe.end(.2 if s.kills < kills else None, victim)
            s.kills += killed
            reader |= killed and victim == 1
        lost = rands - {r[RAND] for r in whole(ran(
            "sa-store", "list", "--cbor", "-d", stores("dev")))}
        if reader:
            in_pipe += len(lost)
        else:
            s.none("spent by the card and not stored", lost)
    s.notes.append("%d lost with a sa-store that was killed" % in_pipe)


def wake(s, kills):
    """The server's side: what is sent is stored, and no SQN is used twice."""
    full, again = None, 0
    while s.kills < kills:
        requests = s.requests(200)
        of = {r[P_TID]: r for r in whole(requests)}
        s.runs += 1
        name = "gpis.%d" % s.runs
        commands = [s.gen(), ["gpi-sign"], s.put(),
                    ["gpi-push", "--to", "file:" + name]]
        if full is None:
            _, full = took([*commands[:3], ["gpi-push", "--to", "-"]],
                           requests)
            continue
        _, killed = Pipeline(commands, requests).end(full * 1.1)
        s.kills += killed
        sent = []
        if os.path.exists(name):
            with open(name, "rb") as f:
                sent, torn = items(f.read())
            if torn:
                s.wrong.append("a GPI is half written")
        known = {r[RAND]: r for r in whole(ran(
            "sa-store", "list", "--cbor", "-d", s.store("mtc")))} if sent else {}
        s.none("sent, but not stored", [g for g in sent if g[1] not in known])
        s.once([(of[known[g[1]][UL_SA_ID]][UE_ID], g[1], g[2]) for g in sent
                if g[1] in known])
        state = states(s)
        s.none("requested, but not known", set(of) - set(state))
        again += ask_again(s) if killed and s.kills % 5 == 0 else 0
    s.notes.append("%d sent, %d asked again" % (len(s.used), again))


def ask_again(s):
    """For what was in a pipe, as gba-push(7) has it; how many devices."""
    requests = s.request("--state", "requested")
    ran(*s.put(), given=s.responses(requests))
    s.none("devices that are still not asked", ran(
        "mtc-trigger", "status", "-d", s.store("mtc"), "--latest",
        "--state", "requested", "-j").splitlines())
    return len(whole(requests))


class Server:
    def __init__(self, s):
        self.s = s
        self.at = None

    def begin(self):
        self.p = subprocess.Popen(
            ["mtc-trigger", "serve", "-d", self.s.store("mtc"), "--listen",
             self.at or "127.0.0.1:0", "--dir", "data"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, bufsize=0)
        for line in iter(self.p.stderr.readline, b""):
            if b"listening on " in line:
                self.at = line.split()[-1].decode()
                break
        self.thread = threading.Thread(target=self.p.stderr.read)
        self.thread.start()

    def end(self, sign):
        self.p.send_signal(sign)
        self.p.wait()
        self.thread.join()
        self.p.stderr.close()


def accepted_by_all(s):
    """An accepted record of each device, as files; their P-TIDs."""
    responses = ran(*s.put(), given=s.responses(s.request()))
    names = {}
    for r in whole(responses):
        ue = r[UE_ID]
        out = ran("gpi-recv", "--card", "card." + ue, "--naf", NAF,
                  given=r[GPI])
        with open("accepted." + ue, "wb") as f:
            f.write(out)
        names[r[P_TID]] = "accepted." + ue
    return names


def connect(s, server, names, kills, full):
    """Devices connect, at once; who succeeds."""
    devices = {p_tid: start(
        ["mtc-trigger", "connect", "--server", server.at, "--exec",
         "echo data of " + p_tid, name], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL) for p_tid, name in names.items()}
    if s.kills < kills and random.random() < .8:
        time.sleep(random.random() * full)
        server.end(signal.SIGKILL)
        s.kills += 1
        server.begin()
    elif s.kills < kills:
        time.sleep(random.random() * full)
        random.choice(list(devices.values())).kill()
        s.kills += 1
    return {p_tid for p_tid, p in devices.items() if p.wait() == 0}


def serve(s, kills):
    """Each device gets through in the end, and its data is there."""
    for i in range(DEVICES):
        card(s, i, "card.m%d" % i)
    os.mkdir("data")
    server, full, total = Server(s), None, 0
    server.begin()
    while s.kills < kills or full is None:
        names = accepted_by_all(s)
        todo, since = dict(names), time.monotonic()
        for n in range(10):
            s.runs += 1
            # the last rounds are left in peace
            good = connect(s, server, todo, kills if full and n < 5 else 0,
                           full)
            state = states(s)
            s.none("devices that are done, but not connected",
                   {p for p in good if state[p] != CONNECTED})
            todo = {p: n for p, n in todo.items() if state[p] != CONNECTED}
            if not todo:
                break
        if full is None:
            full = time.monotonic() - since
        s.none("devices that never got through: " + " ".join(
            state[p] for p in todo), todo)
        for p in set(names) - set(todo):
            with open(os.path.join("data", p)) as f:
                if f.read() != "data of %s\n" % p:
                    s.wrong.append("data of a device is not whole")
        total += len(names)
    server.end(signal.SIGTERM)
    s.notes.append("%d devices" % total)


SCENARIOS = {"gen": gen, "put": put, "recv": recv, "device": device,
             "wake": wake, "serve": serve}


def main():
    os.umask(0o077)
    names = sys.argv[3:] or list(SCENARIOS)
    engines = ["sqlite"] + (["postgresql"] if POSTGRESQL else [])
    todo = [(e, n) for n in names for e in engines
            if (e, n) != ("postgresql", "recv")]	# it has no store
    kills = wrong = 0
    for engine, name in todo:
        s = Scenario(engine, name)
        try:
            SCENARIOS[name](s, -(-KILLS // len(todo)))
        except (AssertionError, OSError, KeyError, TypeError) as e:
            s.wrong.append("ended with %s %s" % (type(e).__name__, e))
        a, b = s.ended()
        kills += a
        wrong += b
    print("%d kills, %s: %s" % (kills, " and ".join(engines),
          "%d wrong" % wrong if wrong else
          "no SQN twice, nothing lost, nothing half written"))
    return wrong > 0


sys.exit(main())
