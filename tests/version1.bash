# version1.bash: stores as earlier versions of these programs made them.
# shellcheck shell=bash

# elder NEW OLD [VERSION]: the store in the file NEW as a file of VERSION, 1 to 3
elder() {
	rm -f "$2" "$2-wal" "$2-shm"
	sqlite3 "$1" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	# shellcheck disable=SC2016
	python 'import sqlite3, cbor2
new, old = (sqlite3.connect(f, isolation_level=None) for f in sys.argv[1:3])
version = int(sys.argv[3])
def field(record, *keys):
    r = cbor2.loads(record)
    return next(r[KEYS.index(key)] for key in keys if KEYS.index(key) in r)
def copy(sql, to, edit=lambda *row: row):
    for row in new.execute(sql).fetchall():
        row = edit(*row)
        old.execute("INSERT INTO " + to + " VALUES (" + ",".join("?" * len(row))
            + ")", row)
for (id,) in new.execute("PRAGMA application_id"):
    old.execute("PRAGMA journal_mode = WAL")
    old.execute("BEGIN")
    old.execute("PRAGMA application_id = %d" % id)
    old.execute("PRAGMA user_version = %d" % version)
TIMES = """requested{0}, answered{0}, stored{0}, sent{0}, delivered{0},
    responded{0}, connected{0}, expired{0}, failed{0}"""
if id == 0x67706973:
    key = ("", "TEXT", "BLOB", "BLOB")[version]
    wide = ("", "", "ue_trp TEXT, naf_id BLOB,", "")[version]
    request = "" if version > 2 else ", request BLOB NOT NULL"
    for sql in """CREATE TABLE sa (id INTEGER PRIMARY KEY,
      ul {0} NOT NULL UNIQUE, {3} expires INTEGER NOT NULL,
      record BLOB NOT NULL);
    CREATE INDEX sa_expires ON sa (expires);
    CREATE TABLE device (id INTEGER PRIMARY KEY,
      ue_id TEXT NOT NULL UNIQUE, record BLOB NOT NULL);
    CREATE TABLE trigger_state (id INTEGER PRIMARY KEY,
      p_tid {0} NOT NULL UNIQUE, ue_id TEXT NOT NULL, {1}
      state INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0,
      time INTEGER NOT NULL, expires INTEGER NOT NULL, detail TEXT,
      {2}{4});
    CREATE INDEX trigger_expires ON trigger_state (expires)
      WHERE closed = 0;
    {5}""".format(key, wide, TIMES.format(" INTEGER"), "" if version > 2 else
        "rand BLOB NOT NULL UNIQUE, ue TEXT NOT NULL,", request,
        """CREATE TABLE trigger_request (id INTEGER PRIMARY KEY, ue_trp TEXT,
      naf_id BLOB, request BLOB NOT NULL);
    CREATE TABLE sa_rand (key INTEGER PRIMARY KEY);
    CREATE TABLE sa_ue (key INTEGER PRIMARY KEY);
    CREATE TABLE trigger_ue (key INTEGER PRIMARY KEY);
    CREATE TABLE part_filter (id INTEGER PRIMARY KEY, bits BLOB NOT NULL)"""
        if version > 2 else "CREATE INDEX sa_ue ON sa (ue)").split(";"):
        old.execute(sql)
    copy("""SELECT sa.id, coalesce(ul, p_tid), sa.expires, record FROM sa
        LEFT JOIN trigger_state t ON t.id = sa.id""", "sa",
        lambda id, ul, expires, r: (id, ul if version > 1 else
            field(r, "ul_sa_id")) + (() if version > 2 else (field(r, "rand"),
            field(r, "ue_id", "ue_priv_id"))) + (expires, r))
    copy("SELECT id, ue_id, record FROM device", "device")
    copy("SELECT id, p_tid, ue_id, " + ("ue_trp, naf_id, " if wide else "")
        + "state, closed, time, expires, detail, " + TIMES.format("")
        + ", request FROM trigger_state JOIN trigger_request USING (id)",
        "trigger_state", lambda id, p_tid, *row: (id, p_tid if version > 1 else
            field(row[-1], "p_tid"), *row[:None if request else -1]))
    if version > 2:
        copy("SELECT * FROM trigger_request", "trigger_request")
else:
    for sql in """CREATE TABLE subscriber (id INTEGER PRIMARY KEY,
      impi TEXT NOT NULL UNIQUE, imsi TEXT UNIQUE,
      sqn INTEGER NOT NULL, record BLOB NOT NULL);
    CREATE TABLE identity (id INTEGER PRIMARY KEY,
      ue_id TEXT NOT NULL UNIQUE, subscriber INTEGER NOT NULL);
    CREATE INDEX identity_subscriber ON identity (subscriber)""".split(";"):
        old.execute(sql)
    copy("""SELECT id, i.name, (SELECT name FROM identity WHERE kind = 2
        AND subscriber = id), sqn, record FROM subscriber
        JOIN identity i ON i.subscriber = id AND kind = 0""", "subscriber")
    copy("SELECT name, subscriber FROM identity WHERE kind = 1",
        "identity (ue_id, subscriber)")
old.execute("COMMIT")' "$1" "$2" "${3:-1}"
	chmod 600 "$2"
}
