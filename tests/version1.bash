# version1.bash: stores as the first version of these programs made them.
# shellcheck shell=bash

# elder NEW OLD: the store in the file NEW as a file of version 1
elder() {
	rm -f "$2" "$2-wal" "$2-shm"
	sqlite3 "$1" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	# shellcheck disable=SC2016
	python 'import sqlite3, cbor2
new, old = (sqlite3.connect(f, isolation_level=None) for f in sys.argv[1:])
def text(record, key):
    return cbor2.loads(record)[KEYS.index(key)]
def copy(sql, to, edit=lambda *row: row):
    for row in new.execute(sql).fetchall():
        row = edit(*row)
        old.execute("INSERT INTO " + to + " VALUES (" + ",".join("?" * len(row))
            + ")", row)
for (id,) in new.execute("PRAGMA application_id"):
    old.execute("PRAGMA journal_mode = WAL")
    old.execute("BEGIN")
    old.execute("PRAGMA application_id = %d" % id)
    old.execute("PRAGMA user_version = 1")
if id == 0x67706973:
    for sql in """CREATE TABLE sa (id INTEGER PRIMARY KEY,
      ul TEXT NOT NULL UNIQUE, rand BLOB NOT NULL UNIQUE,
      ue TEXT NOT NULL, expires INTEGER NOT NULL, record BLOB NOT NULL);
    CREATE INDEX sa_ue ON sa (ue);
    CREATE INDEX sa_expires ON sa (expires);
    CREATE TABLE device (id INTEGER PRIMARY KEY,
      ue_id TEXT NOT NULL UNIQUE, record BLOB NOT NULL);
    CREATE TABLE trigger_state (id INTEGER PRIMARY KEY,
      p_tid TEXT NOT NULL UNIQUE, ue_id TEXT NOT NULL,
      state INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0,
      time INTEGER NOT NULL, expires INTEGER NOT NULL, detail TEXT,
      requested INTEGER, answered INTEGER, stored INTEGER, sent INTEGER,
      delivered INTEGER, responded INTEGER, connected INTEGER,
      expired INTEGER, failed INTEGER, request BLOB NOT NULL);
    CREATE INDEX trigger_expires ON trigger_state (expires)
      WHERE closed = 0""".split(";"):
        old.execute(sql)
    copy("SELECT id, rand, ue, expires, record FROM sa", "sa",
        lambda id, rand, ue, expires, r: (id, text(r, "ul_sa_id"), rand, ue,
            expires, r))
    copy("SELECT id, ue_id, record FROM device", "device")
    copy("""SELECT id, ue_id, state, closed, time, expires, detail, requested,
        answered, stored, sent, delivered, responded, connected, expired,
        failed, request FROM trigger_state""", "trigger_state",
        lambda id, *row: (id, text(row[-1], "p_tid"), *row))
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
old.execute("COMMIT")' "$1" "$2"
	chmod 600 "$2"
}
