/* store.c: the schema of an SA store, its SAs and its devices. */
#include <string.h>

#include "gba/request.h"
#include "record/p_tid.h"
#include "store/store.h"

/*
 * SAs and triggers are found by the octets of a P-TID (p_tid_key()).  These
 * grow with time, so new rows go to the end of an index.  rand is the RAND of
 * dl_sa_id: one Ks makes one SA.  A trigger has a column for the time of each
 * state; closed: its SA is closed.  Statements that look for one trigger say
 * closed + 0: otherwise a planner that sees a small table uses the index of all
 * open triggers.
 */
#define TABLES(ID, NUMBER, OCTETS, ALSO, PARTS, KEY, COMPACT) \
	"CREATE TABLE sa (id " ID ", ul " OCTETS " NOT NULL," \
	"  rand " OCTETS " NOT NULL, ue TEXT NOT NULL," \
	"  expires " NUMBER " NOT NULL, record " OCTETS " NOT NULL," \
	"  UNIQUE (ul" ALSO("ue") "), UNIQUE (rand" ALSO("ue") ")" \
	KEY("id, ue") ")" PARTS("ue") ";" \
	"CREATE INDEX sa_ue ON sa (ue);" \
	"CREATE INDEX sa_expires ON sa (expires);" \
	"CREATE TABLE trigger_state (id " ID ", p_tid " OCTETS " NOT NULL," \
	"  ue_id TEXT NOT NULL, ue_trp TEXT, naf_id " OCTETS "," \
	"  state " NUMBER " NOT NULL, closed " NUMBER " NOT NULL DEFAULT 0," \
	"  time " NUMBER " NOT NULL, expires " NUMBER " NOT NULL," \
	"  detail TEXT, requested " NUMBER ", answered " NUMBER "," \
	"  stored " NUMBER ", sent " NUMBER ", delivered " NUMBER "," \
	"  responded " NUMBER ", connected " NUMBER ", expired " NUMBER "," \
	"  failed " NUMBER ", request " OCTETS " NOT NULL," \
	"  UNIQUE (p_tid" ALSO("ue_id") ")" KEY("id, ue_id") ")" \
	PARTS("ue_id") ";" \
	"CREATE INDEX trigger_expires ON trigger_state (expires)" \
	"  WHERE closed = 0;"

/*
 * What later releases look for.  A store that an earlier one made gets these
 * when it is opened.
 */
#define INDEXES(ID, NUMBER, OCTETS, ALSO, PARTS, KEY, COMPACT) \
	"CREATE INDEX IF NOT EXISTS trigger_ue ON trigger_state (ue_id" \
	    ALSO("id") ");"
#define REASONS \
	"CREATE INDEX IF NOT EXISTS trigger_reason ON trigger_state" \
	"  (state, detail, time);"

#define DEVICES(ID, NUMBER, OCTETS, ALSO, PARTS, KEY, COMPACT) \
	"CREATE TABLE device (id " ID ", ue_id TEXT NOT NULL UNIQUE," \
	"  record " OCTETS " NOT NULL" KEY("id, ue_id") ")" PARTS("ue_id") ";"

_Static_assert(P_TID_KEY_MAX <= CONVERTED_MAX, "a key fits");

const struct schema store_schema = {
	.name = "an SA store", .id = 0x67706973 /* gpis */, .version = 2,
	.sqlite = SCHEMA_SQLITE(TABLES) SCHEMA_SQLITE(DEVICES)
	    SCHEMA_SQLITE(INDEXES) REASONS,
	.postgresql = SCHEMA_POSTGRESQL(TABLES) SCHEMA_POSTGRESQL(DEVICES),
	.sqlite_indexes = SCHEMA_SQLITE(INDEXES) REASONS,
	.last_index = "trigger_reason",
	/*
	 * A row whose state changes stays where it is: no index has the state,
	 * and its page has room.  Releases before had an index of reasons.
	 */
	.postgresql_later = SCHEMA_POSTGRESQL(INDEXES)
	    "DROP INDEX IF EXISTS trigger_reason;"
	    SCHEMA_HALF_FULL("trigger_state"),
	.postgresql_lacks = "to_regclass('trigger_ue') IS NULL OR "
	    "to_regclass('trigger_reason') IS NOT NULL OR "
	    SCHEMA_NOT_HALF_FULL("trigger_state"),
	.tables = (const char *const[]){ "sa", "trigger_state", "device",
	    NULL },
	.blank = "INSERT INTO device (ue_id, record) "
	"VALUES ('', zeroblob(3500))",
	/* the first version had P-TIDs as text */
	.convert = p_tid_key,
	.upgrade = "DROP INDEX sa_ue; DROP INDEX sa_expires;"
	"DROP INDEX trigger_expires; ALTER TABLE sa RENAME TO sa_1;"
	"ALTER TABLE trigger_state RENAME TO trigger_1;"
	SCHEMA_SQLITE(TABLES)
	"INSERT INTO sa SELECT id, convert(ul), rand, ue, expires, record "
	"FROM sa_1;"
	"INSERT INTO trigger_state SELECT id, convert(p_tid), ue_id, NULL,"
	"  NULL, state, closed, time, expires, detail, requested, answered,"
	"  stored, sent, delivered, responded, connected, expired, failed,"
	"  request FROM trigger_1;"
	"DROP TABLE sa_1; DROP TABLE trigger_1;" SCHEMA_SQLITE(INDEXES)
	REASONS
};

/* ---- SAs ---- */

const char *
sa_ue(const struct record *sa)
{
	return record_has(sa, HAS(UE_ID)) ? sa->ue_id.v : sa->ue_priv_id.v;
}

/*
 * Check that the row of Q, if there is one, holds exactly these octets.  OK if
 * it does or there is none; *THERE says which.
 */
static enum status
same_row(struct db *db, struct query *q, const uint8_t *record, size_t len,
    const char *field, bool *there)
{
	const void *v;
	bool same = true;
	size_t n;
	enum status status;

	*there = db_row(q);
	if (*there) {
		v = db_octets(q, 0, &n);
		same = n == len && same_octets(v, record, len);
	}
	status = db_done(db, q);
	if (status == OK && !same)
		return fail(REJECTED, "%s: it is stored with other content",
		    field);
	return status;
}

/* An SA is found by its RAND, so its DL_SA_Id must have the same RAND. */
enum status
sa_check(const struct record *r)
{
	char hex[HEX_LEN(16)];
	size_t naf = r->naf_id.len - UA_LEN;

	return r->dl_sa_id.len == 33 + naf &&
	    memcmp(r->dl_sa_id.v, hex_encode(hex, r->rand.v, 16), 32) == 0 &&
	    memcmp(r->dl_sa_id.v + 33, r->naf_id.v, naf) == 0 ? OK :
	    fail(MALFORMED, "dl_sa_id: found %s, expected RAND and NAF of the "
	    "record", r->dl_sa_id.v);
}

static const struct db_many add_sa = {
	"INSERT INTO sa (ul, rand, ue, expires, record) "
	"VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
	"INSERT INTO sa (ul, rand, ue, expires, record) "
	"SELECT * FROM unnest($1, $2, $3, $4, $5)", true, 0
};

enum status
sa_ask(struct db *db, const struct record *sa, bool *inserted)
{
	uint8_t record[RECORD_MAX], ul[P_TID_KEY_MAX];
	size_t len = record_encode(sa, record);
	enum status status;

	*inserted = false;
	status = db_ask_many(db, db_note_changed, inserted, &add_sa, "ootno",
	    ul, p_tid_key(sa->ul_sa_id.v, ul), sa->rand.v, (size_t)16,
	    sa_ue(sa), sa->key_lt, record, len);
	wipe(record, len);
	return status;
}

enum status
sa_put(struct db *db, const struct record *sa)
{
	uint8_t record[RECORD_MAX], ul[P_TID_KEY_MAX];
	size_t len = record_encode(sa, record);
	bool there = false, inserted;
	enum status status;

	if ((status = sa_check(sa)) == OK)
		status = same_row(db, db_query(db, "SELECT record FROM sa "
		    "WHERE rand = $1", "o", sa->rand.v, (size_t)16), record,
		    len, "dl_sa_id", &there);
	if (status == OK && !there)
		status = same_row(db, db_query(db, "SELECT record FROM sa "
		    "WHERE ul = $1", "o", ul, p_tid_key(sa->ul_sa_id.v, ul)),
		    record, len, "ul_sa_id", &there);
	wipe(record, len);
	if (status != OK || there)
		return status;
	if ((status = sa_ask(db, sa, &inserted)) == OK &&
	    (status = db_await(db)) == OK && !inserted)
		status = fail(FAILED, "%s: stored by another program at the "
		    "same time", sa->ul_sa_id.v);
	return status;
}

enum status
sa_take_back(struct db *db, const struct record *sa)
{
	return db_ask(db, NULL, NULL, "DELETE FROM sa WHERE rand = $1 "
	    "AND ue = $2", "ot", sa->rand.v, (size_t)16, sa_ue(sa));
}

static enum status
read_record(struct query *q, struct record *r)
{
	size_t len;
	const void *v = db_octets(q, 1, &len);

	return record_decode(r, v, len) == OK ? OK : fail_in(FAILED, "store");
}

/* Call FN for the few rows of Q: id and record. */
static enum status
each(struct db *db, struct query *q, each_fn *fn, void *arg)
{
	enum status status = OK, done;
	struct record r;

	record_init(&r, RECORD_GPI);
	while (status == OK && db_row(q))
		if ((status = read_record(q, &r)) == OK)
			status = fn(arg, &r);
	record_wipe(&r);
	done = db_done(db, q);
	return done != OK ? done : status;
}

/* The RAND at the beginning of a DL_SA_Id, or REJECTED. */
static enum status
dl_rand(const char *dl, uint8_t rand[static 16])
{
	return strlen(dl) > 33 && dl[32] == '@' &&
	    hex_decode(rand, 16, dl, 32) == 16 ? OK :
	    fail(REJECTED, "dl_sa_id: found %s, expected RAND in hex, @, NAF "
	    "FQDN", dl);
}

/* A search by the whole DL_SA_Id, not only by its RAND. */
struct by_dl {
	const char *dl;
	uint8_t rand[16];	/* at its beginning */
	each_fn *fn;		/* NULL: only find out whether it exists */
	void *arg;
	bool found;
};

static enum status
if_same_dl(void *arg, const struct record *sa)
{
	struct by_dl *by = arg;

	if (strcmp(sa->dl_sa_id.v, by->dl) != 0)
		return OK;
	by->found = true;
	return by->fn == NULL ? OK : by->fn(by->arg, sa);
}

static enum status
find_dl(struct db *db, struct by_dl *by)
{
	enum status status;

	if ((status = dl_rand(by->dl, by->rand)) != OK)
		return status;
	return each(db, db_query(db, "SELECT id, record FROM sa "
	    "WHERE rand = $1", "o", by->rand, sizeof(by->rand)), if_same_dl,
	    by);
}

enum status
sa_find(struct db *db, enum sa_key key, const char *id, each_fn *fn,
    void *arg)
{
	struct by_dl by = { .dl = id, .fn = fn, .arg = arg };
	uint8_t ul[P_TID_KEY_MAX];

	switch (key) {
	case SA_UL:
		return each(db, db_query(db, "SELECT id, record FROM sa "
		    "WHERE ul = $1", "o", ul, p_tid_key(id, ul)), fn, arg);
	case SA_UE:
		return each(db, db_query(db, "SELECT id, record FROM sa "
		    "WHERE ue = $1 ORDER BY id", "t", id), fn, arg);
	case SA_DL:
		break;
	}
	return find_dl(db, &by);
}

/* ---- many at once ---- */

#define EVER INT64_MAX	/* as expires <= */
#define DELETE_SQL "DELETE FROM sa WHERE expires <= $1 AND id = $2 AND ue = $3"
#define EXPIRE_SQL "UPDATE trigger_state SET state = 9, expired = $1, " \
    "time = $1, closed = 1 WHERE expires <= $1 AND id = $2 AND ue_id = $3 " \
    "AND closed + 0 = 0"

_Static_assert(STATE_EXPIRED == 9, "as in EXPIRE_SQL");

static void
count_changed(void *changed, struct query *q)
{
	*(uint64_t *)changed += db_changed(q);
}

/*
 * Run one of the above on each row that Q finds.  With one statement for all,
 * IN (SELECT ... LIMIT), a planner may read the whole table each time.
 */
static enum status
change_each(struct db *db, struct query *q, const char *change,
    uint64_t expires, uint64_t *changed)
{
	enum status status = OK, done;

	*changed = 0;
	while (status == OK && db_row(q))
		status = db_ask(db, count_changed, changed, change, "nnt",
		    expires, db_number(q, 0), db_text(q, 1));
	done = db_done(db, q);
	if (status == OK)
		status = done;
	return status == OK ? db_await(db) : status;
}

enum status
sa_remove(struct db *db, enum sa_key key, const char *id, uint64_t limit,
    uint64_t *removed)
{
	struct by_dl by = { .dl = id };
	uint8_t ul[P_TID_KEY_MAX];
	enum status status;

	*removed = 0;
	switch (key) {
	case SA_UL:
		return db_run(db, removed, "DELETE FROM sa WHERE ul = $1", "o",
		    ul, p_tid_key(id, ul));
	case SA_UE:
		return change_each(db, db_query(db, "SELECT id, ue FROM sa "
		    "WHERE ue = $1 LIMIT $2", "tn", id, limit), DELETE_SQL,
		    EVER, removed);
	case SA_DL:
		break;
	}
	if ((status = find_dl(db, &by)) != OK || !by.found)
		return status;
	return db_run(db, removed, "DELETE FROM sa WHERE rand = $1", "o",
	    by.rand, sizeof(by.rand));
}

enum status
sa_each(struct db *db, each_fn *fn, void *arg)
{
	return walk(db, "SELECT id, record FROM sa WHERE id > $1 "
	    "ORDER BY id LIMIT $2", read_record, fn, arg);
}

enum status
sa_count(struct db *db, uint64_t *n)
{
	struct query *q = db_query(db, "SELECT count(*) FROM sa", "");

	*n = db_row(q) ? db_number(q, 0) : 0;
	return db_done(db, q);
}

enum status
sa_expire(struct db *db, uint64_t now, uint64_t limit, uint64_t *removed,
    bool *more)
{
	enum status status;
	uint64_t closed;

	status = change_each(db, db_query(db, "SELECT id, ue_id "
	    "FROM trigger_state WHERE closed = 0 AND expires <= $1 LIMIT $2",
	    "nn", now, limit), EXPIRE_SQL, now, &closed);
	if (status == OK)
		status = change_each(db, db_query(db, "SELECT id, ue FROM sa "
		    "WHERE expires <= $1 LIMIT $2", "nn", now, limit),
		    DELETE_SQL, now, removed);
	*more = status == OK && (closed == limit || *removed == limit);
	return status;
}

/* ---- devices ---- */

static const struct db_many put_device = {
	"INSERT INTO device (ue_id, record) VALUES ($1, $2) "
	"ON CONFLICT (ue_id) DO UPDATE SET record = excluded.record",
	"INSERT INTO device (ue_id, record) SELECT * FROM unnest($1, $2) "
	"ON CONFLICT (ue_id) DO UPDATE SET record = excluded.record", true, 1
};

enum status
device_put(struct db *db, const struct record *device)
{
	uint8_t record[RECORD_MAX];

	return db_ask_many(db, NULL, NULL, &put_device, "to",
	    device->ue_id.v, record, record_encode(device, record));
}

enum status
device_find(struct db *db, const char *ue_id, struct record *device)
{
	enum status status;

	record_init(device, RECORD_GPI);
	status = each(db, db_query(db, "SELECT id, record FROM device "
	    "WHERE ue_id = $1", "t", ue_id), each_copy, device);
	return status == OK && device->type != RECORD_DEVICE ? fail(REJECTED,
	    "device %s is not registered", ue_id) :
	    status;
}

enum status
device_remove(struct db *db, const char *ue_id)
{
	uint64_t removed;
	enum status status = db_run(db, &removed, "DELETE FROM device "
	    "WHERE ue_id = $1", "t", ue_id);

	return status == OK && removed == 0 ? fail(REJECTED,
	    "device %s is not registered", ue_id) :
	    status;
}

enum status
device_each(struct db *db, each_fn *fn, void *arg)
{
	return walk(db, "SELECT id, record FROM device WHERE id > $1 "
	    "ORDER BY id LIMIT $2", read_record, fn, arg);
}
