/* store.c: the schema of an SA store, and its devices. */
#include <string.h>

#include "base/progress.h"
#include "record/p_tid.h"
#include "store/expiry.h"
#include "store/keys.h"
#include "store/store.h"

/*
 * SAs and triggers are found by the octets of a P-TID (p_tid_key()).  These
 * grow with time, so new rows go to the end of an index.  A trigger has a
 * column for the time of each state; closed: its SA is closed.  Statements that
 * look for one trigger say closed + 0: otherwise a planner that sees a small
 * table uses the index of all open triggers.
 */
#define TIMES(NUMBER) \
	"requested " NUMBER ", answered " NUMBER ", stored " NUMBER "," \
	"  sent " NUMBER ", delivered " NUMBER ", responded " NUMBER "," \
	"  connected " NUMBER ", expired " NUMBER ", failed " NUMBER
#define DEVICES(ID, NUMBER, OCTETS, NAME, COMPACT) \
	"CREATE TABLE device (id " ID ", ue_id " NAME " NOT NULL UNIQUE," \
	"  record " OCTETS " NOT NULL);"

/*
 * What changes of a trigger is apart from what does not, in rows of 60 octets
 * and not 200, since whatever changes a row writes its page.  An SA has the
 * number of its trigger, and is found by that's P-TID; ul is that of an SA
 * without a trigger.
 */
#define TABLES \
	"CREATE TABLE sa (id INTEGER PRIMARY KEY, ul BLOB," \
	"  expires INTEGER NOT NULL, record BLOB NOT NULL);" \
	"CREATE UNIQUE INDEX sa_ul ON sa (ul) WHERE ul IS NOT NULL;" \
	"CREATE TABLE trigger_state (id INTEGER PRIMARY KEY," \
	"  p_tid BLOB NOT NULL UNIQUE, ue_id TEXT NOT NULL," \
	"  state INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0," \
	"  time INTEGER NOT NULL, expires INTEGER NOT NULL, detail TEXT," \
	TIMES("INTEGER") ");" \
	"CREATE TABLE trigger_request (id INTEGER PRIMARY KEY, ue_trp TEXT," \
	"  naf_id BLOB, request BLOB NOT NULL);" KEYS_TABLES EXPIRY_TABLE

/* rand is the RAND of dl_sa_id: one Ks makes one SA. */
#define WIDE_TABLES(ID, NUMBER, OCTETS, NAME, COMPACT) \
	"CREATE TABLE sa (id " ID ", ul " OCTETS " NOT NULL UNIQUE," \
	"  rand " OCTETS " NOT NULL UNIQUE, ue " NAME " NOT NULL," \
	"  expires " NUMBER " NOT NULL, record " OCTETS " NOT NULL);" \
	"CREATE INDEX sa_ue ON sa (ue);" \
	"CREATE INDEX sa_expires ON sa (expires);" \
	"CREATE TABLE trigger_state (id " ID "," \
	"  p_tid " OCTETS " NOT NULL UNIQUE," \
	"  ue_id " NAME " NOT NULL, ue_trp TEXT, naf_id " OCTETS "," \
	"  state " NUMBER " NOT NULL, closed " NUMBER " NOT NULL DEFAULT 0," \
	"  time " NUMBER " NOT NULL, expires " NUMBER " NOT NULL," \
	"  detail TEXT, " TIMES(NUMBER) ", request " OCTETS " NOT NULL);" \
	"CREATE INDEX trigger_expires ON trigger_state (expires)" \
	"  WHERE closed = 0;"

/*
 * What later releases look for; a store of PostgreSQL that an earlier one made
 * gets it when it is opened.  No index there has the state of a trigger: so a
 * row whose state changes stays on its page, and no index is written.
 */
#define LATER \
	"CREATE INDEX IF NOT EXISTS trigger_ue ON trigger_state (ue_id, id);" \
	"DROP INDEX IF EXISTS trigger_reason;" \
	SCHEMA_HALF_FULL("trigger_state")
#define LACKS "to_regclass('trigger_ue') IS NULL OR " \
	"to_regclass('trigger_reason') IS NOT NULL OR " \
	SCHEMA_NOT_HALF_FULL("trigger_state")

/* ---- upgrades ---- */

/* The first version had P-TIDs as text. */
#define FROM_1 "DROP INDEX sa_ue; DROP INDEX sa_expires;" \
	"DROP INDEX trigger_expires; ALTER TABLE sa RENAME TO sa_1;" \
	"ALTER TABLE trigger_state RENAME TO trigger_1;" \
	SCHEMA_SQLITE(WIDE_TABLES) \
	"INSERT INTO sa SELECT id, convert(ul), rand, ue, expires, record " \
	"FROM sa_1;" \
	"INSERT INTO trigger_state SELECT id, convert(p_tid), ue_id, NULL," \
	"  NULL, state, closed, time, expires, detail, requested, answered," \
	"  stored, sent, delivered, responded, connected, expired, failed," \
	"  request FROM trigger_1;" \
	SCHEMA_DROP("sa_1") SCHEMA_DROP("trigger_1")

/* The second had indexes of all that an SA or a trigger is found by. */
#define FROM_2 "DROP INDEX sa_ue; DROP INDEX sa_expires;" \
	"DROP INDEX trigger_expires; DROP INDEX IF EXISTS trigger_ue;" \
	"DROP INDEX IF EXISTS trigger_reason;" \
	"ALTER TABLE sa RENAME TO sa_2;" \
	"ALTER TABLE trigger_state RENAME TO trigger_2;" TABLES
#define END_2 SCHEMA_DROP("sa_2") SCHEMA_DROP("trigger_2")

/* The third had keys, and indexes of P-TIDs and lifetimes for SAs as well. */
#define FROM_3 "DROP INDEX sa_expires; DROP INDEX trigger_expires;" \
	SCHEMA_DROP("sa_rand") SCHEMA_DROP("sa_ue") \
	SCHEMA_DROP("trigger_ue") SCHEMA_DROP("part_filter") \
	"ALTER TABLE sa RENAME TO sa_2;" \
	"ALTER TABLE trigger_state RENAME TO trigger_3;" \
	"ALTER TABLE trigger_request RENAME TO request_3;" \
	"CREATE VIEW trigger_2 AS SELECT * FROM trigger_3 " \
	"JOIN request_3 USING (id);" TABLES
#define END_3 "DROP VIEW trigger_2;" SCHEMA_DROP("sa_2") \
	SCHEMA_DROP("trigger_3") SCHEMA_DROP("request_3")

_Static_assert(P_TID_KEY_MAX <= CONVERTED_MAX, "a key fits");

/* Number a trigger anew. */
static enum status
move_trigger(struct db *db, struct query *q)
{
	const char *ue = db_text(q, 1);
	uint64_t old = db_number(q, 0), row;
	enum status status = keys_next_row(db, &row);

	if (status == OK)
		status = db_run(db, NULL, "INSERT INTO trigger_state SELECT "
		    "$1, p_tid, ue_id, state, closed, time, expires, detail, "
		    "requested, answered, stored, sent, delivered, responded, "
		    "connected, expired, failed FROM trigger_2 WHERE id = $2",
		    "nn", row, old);
	if (status == OK)
		status = db_run(db, NULL, "INSERT INTO trigger_request SELECT "
		    "$1, ue_trp, naf_id, request FROM trigger_2 WHERE id = $2",
		    "nn", row, old);
	if (status == OK)
		status = expiry_note(db, row, db_number(q, 2));
	return status == OK ? keys_put(db, KEYS_UE,
	    keys_hash(ue, strlen(ue)), row) : status;
}

/* An SA, which gets the number of its trigger, or where it has none its own. */
static enum status
move_sa(struct db *db, struct query *q)
{
	bool alone = db_null(q, 2);
	uint64_t row = alone ? 0 : db_number(q, 2);
	enum status status;
	struct record sa;

	record_init(&sa, RECORD_GPI);
	status = store_read_record(q, &sa);
	if (status == OK && !alone)
		alone = strcmp(sa_ue(&sa), db_text(q, 3)) != 0;
	if (status == OK && alone)
		status = keys_next_row(db, &row);
	if (status == OK)
		status = db_run(db, NULL, "INSERT INTO sa (id, ul, expires, "
		    "record) SELECT $1, iif($2, ul, NULL), expires, record "
		    "FROM sa_2 WHERE id = $3", "nnn", row, (uint64_t)alone,
		    db_number(q, 0));
	if (status == OK)
		status = sa_index(db, &sa, row, alone);
	record_wipe(&sa);
	return status;
}

static enum status
move_rows(struct db *db)
{
	static const struct {
		const char *rows;
		enum status (*move)(struct db *, struct query *);
	} moves[] = {
		{ "SELECT id, ue_id, expires FROM trigger_2 ORDER BY id",
		  move_trigger },
		{ "SELECT s.id, s.record, t.id, t.ue_id FROM sa_2 s LEFT JOIN "
		  "trigger_state t ON t.p_tid = s.ul ORDER BY s.id", move_sa },
	};
	enum status status = OK, done;
	uint64_t n = 0;

	for (size_t i = 0; status == OK && i < COUNT(moves); i++) {
		struct query *q = db_query(db, moves[i].rows, "");

		while (status == OK && db_row(q)) {
			status = moves[i].move(db, q);
			if (++n % 1024 == 0)
				progress(n, 0, 0);
		}
		done = db_done(db, q);
		status = status == OK ? done : status;
	}
	progress_clear();
	return status;
}

const struct schema store_schema = {
	.name = "an SA store", .id = 0x67706973 /* gpis */, .version = 4,
	.postgresql_version = 2,
	.sqlite = TABLES SCHEMA_SQLITE(DEVICES),
	.postgresql = SCHEMA_POSTGRESQL(WIDE_TABLES)
	    SCHEMA_POSTGRESQL(DEVICES),
	.postgresql_later = LATER, .postgresql_lacks = LACKS,
	.blank = "INSERT INTO device (ue_id, record) "
	"VALUES ('', zeroblob(3500))",
	.convert = p_tid_key,
	.upgrade = {
		{ 2, FROM_1, NULL, NULL },
		{ 4, FROM_2, move_rows, END_2 },
		{ 4, FROM_3, move_rows, END_3 },
	},
};

/* ---- devices ---- */

enum status
store_read_record(struct query *q, struct record *r)
{
	size_t len;
	const void *v = db_octets(q, 1, &len);

	return record_decode(r, v, len) == OK ? OK : fail_in(FAILED, "store");
}

static const struct db_many put_device = {
	"INSERT INTO device (ue_id, record) VALUES ($1, $2) "
	"ON CONFLICT (ue_id) DO UPDATE SET record = excluded.record",
	"INSERT INTO device (ue_id, record) SELECT unnest($1), unnest($2) "
	"ON CONFLICT (ue_id) DO UPDATE SET record = excluded.record", true, 1,
	NULL
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
	struct query *q = db_query(db, "SELECT id, record FROM device "
	    "WHERE ue_id = $1", "t", ue_id);
	enum status status, read = OK;
	bool found = db_row(q);

	record_init(device, RECORD_GPI);
	if (found)
		read = store_read_record(q, device);
	if ((status = db_done(db, q)) != OK || read != OK)
		return status != OK ? status : read;
	return found ? OK : fail(REJECTED, "device %s is not registered",
	    ue_id);
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
	    "ORDER BY id LIMIT $2", store_read_record, fn, arg);
}
