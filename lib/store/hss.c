/* hss.c: the HSS's store. */
#include <stdio.h>
#include <string.h>

#include "crypto/aka.h"
#include "store/hss.h"

/*
 * SQN changes with each vector, so it has a column of its own.  An identity is
 * a public one, an IMPI or an IMSI: each KIND is a namespace.
 */
#define TABLES(ID, NUMBER, OCTETS, NAME, COMPACT) \
	"CREATE TABLE subscriber (id " ID ", sqn " NUMBER " NOT NULL," \
	"  record " OCTETS " NOT NULL);" \
	"CREATE TABLE identity (name " NAME " NOT NULL," \
	"  kind " NUMBER " NOT NULL, subscriber " NUMBER " NOT NULL, " \
	COMPACT("name, kind", "subscriber") ";"

enum kind_of_name { IMPI = ID_PRIVATE, PUBLIC = ID_PUBLIC, IMSI };

const struct schema hss_schema = {
	.name = "an HSS store", .id = 0x67706968 /* gpih */, .version = 2,
	.postgresql_version = 2, .sqlite = SCHEMA_SQLITE(TABLES),
	.postgresql = SCHEMA_POSTGRESQL(TABLES),
	.postgresql_later = SCHEMA_HALF_FULL("subscriber"),
	.postgresql_lacks = SCHEMA_NOT_HALF_FULL("subscriber"),
	.blank = "INSERT INTO subscriber (sqn, record) "
	"VALUES (0, zeroblob(3500))",
	/* version 1 had columns for IMPI and IMSI */
	.upgrade[0].to = 2,
	.upgrade[0].sql = "ALTER TABLE subscriber RENAME TO subscriber_1;"
	"ALTER TABLE identity RENAME TO identity_1;"
	SCHEMA_SQLITE(TABLES)
	"INSERT INTO subscriber SELECT id, sqn, record FROM subscriber_1;"
	"INSERT INTO identity SELECT ue_id, 1, subscriber FROM identity_1;"
	"INSERT INTO identity SELECT impi, 0, id FROM subscriber_1;"
	"INSERT INTO identity SELECT imsi, 2, id FROM subscriber_1 "
	"WHERE imsi IS NOT NULL;"
	SCHEMA_DROP("subscriber_1") SCHEMA_DROP("identity_1")
};

/* ---- names ---- */

/* Called for each name of a subscriber. */
typedef enum status name_fn(struct db *, enum kind_of_name, const char *name,
    uint64_t row, void *arg);

static enum status
each_name(struct db *db, const struct record *s, name_fn *each, uint64_t row,
    void *arg)
{
	enum status status = each(db, IMPI, s->ue_priv_id.v, row, arg);
	char ids[sizeof(s->ue_ids.v)], *save, *id;

	if (status == OK && record_has(s, HAS(IMSI)))
		status = each(db, IMSI, s->imsi.v, row, arg);
	if (status != OK || !record_has(s, HAS(UE_IDS)))
		return status;
	strcpy(ids, s->ue_ids.v);
	for (id = strtok_r(ids, " ", &save); id != NULL && status == OK;
	    id = strtok_r(NULL, " ", &save))
		status = each(db, PUBLIC, id, row, arg);
	return status;
}

/* Check that no subscriber except that of ROW (0: none) has the name. */
static enum status
is_free(struct db *db, enum kind_of_name kind, const char *name, uint64_t row,
    void *unused)
{
	static const char *const field[] = { "ue_priv_id", "ue_id", "imsi" };
	struct query *q = db_query(db, "SELECT subscriber FROM identity "
	    "WHERE name = $1 AND kind = $2", "tn", name, (uint64_t)kind);
	bool other = db_row(q) && db_number(q, 0) != row;
	enum status status = db_done(db, q);

	(void)unused;
	return status == OK && other ? fail(REJECTED, "%s: another subscriber "
	    "has %s", field[kind], name) : status;
}

/* The same name may be given twice, or another program may have taken it. */
static enum status
name_add(struct db *db, enum kind_of_name kind, const char *name, uint64_t row,
    void *unused)
{
	uint64_t added;
	enum status status = db_run(db, &added, "INSERT INTO identity "
	    "(name, kind, subscriber) VALUES ($1, $2, $3) "
	    "ON CONFLICT DO NOTHING", "tnn", name, (uint64_t)kind, row);

	return status == OK && added == 0 ? is_free(db, kind, name, row,
	    unused) : status;
}

static enum status
name_remove(struct db *db, enum kind_of_name kind, const char *name,
    uint64_t row, void *unused)
{
	(void)unused;
	return db_run(db, NULL, "DELETE FROM identity WHERE name = $1 "
	    "AND kind = $2 AND subscriber = $3", "tnn", name, (uint64_t)kind,
	    row);
}

/* ---- adding ---- */

static void
note_row(void *row, struct query *q)
{
	*(uint64_t *)row = db_row(q) ? db_number(q, 0) : 0;
}

static const struct db_many add_subscriber = {
	"INSERT INTO subscriber (sqn, record) VALUES ($1, $2) RETURNING id",
	"WITH u AS MATERIALIZED (SELECT nextval('gba_push_id') AS id, "
	"unnest($1) AS sqn, unnest($2) AS record, "
	"generate_subscripts($1, 1) AS n), added AS (INSERT INTO subscriber "
	"(id, sqn, record) SELECT id, sqn, record FROM u) SELECT id, n FROM u",
	false, 0, NULL
}, add_name = {
	"INSERT INTO identity (name, kind, subscriber) VALUES ($1, $2, $3) "
	"ON CONFLICT DO NOTHING",
	"INSERT INTO identity (name, kind, subscriber) SELECT unnest($1), "
	"unnest($2), unnest($3)", true, 0, NULL
};

static enum status
insert(struct db *db, const struct record *s, uint64_t *row)
{
	uint8_t record[RECORD_MAX];
	size_t len = record_encode(s, record);
	enum status status = db_ask_many(db, note_row, row, &add_subscriber,
	    "no", s->sqn, record, len);

	wipe(record, len);
	return status;
}

/* A refused subscriber must leave nothing behind. */
static enum status
undo(struct db *db, uint64_t row, const struct record *s)
{
	struct outcome refused = outcome_of(REJECTED);
	enum status status = hss_remove(db, row, s);

	return status == OK ? fail_as(&refused) : status;
}

enum status
hss_add(struct db *db, const struct record *s)
{
	enum status status;
	uint64_t row;

	if ((status = each_name(db, s, is_free, 0, NULL)) != OK ||
	    (status = insert(db, s, &row)) != OK ||
	    (status = db_await(db)) != OK)
		return status;
	status = each_name(db, s, name_add, row, NULL);
	return status == REJECTED ? undo(db, row, s) : status;
}

static void
count_name(void *addition, struct query *q)
{
	((struct hss_addition *)addition)->added += db_changed(q) > 0;
}

static enum status
ask_name(struct db *db, enum kind_of_name kind, const char *name, uint64_t row,
    void *addition)
{
	((struct hss_addition *)addition)->names++;
	return db_ask_many(db, count_name, addition, &add_name, "tnn", name,
	    (uint64_t)kind, row);
}

enum status
hss_ask_add(struct db *db, const struct record *s, struct hss_addition *a)
{
	*a = (struct hss_addition){ .subscriber = s };
	return insert(db, s, &a->row);
}

enum status
hss_ask_names(struct db *db, struct hss_addition *a)
{
	return each_name(db, a->subscriber, ask_name, a->row, a);
}

/* ---- finding ---- */

/* The SQN after K more: SEQ and IND, TS 33.102 Annex C.3, each counted on. */
#define COUNTED(sqn, k) \
    "((" sqn " >> 5) + " k ") << 5 | ((" sqn " + " k ") & 31)"

_Static_assert(IND_COUNT == 32, "as in COUNTED");

static const struct db_many find_row = {
	"SELECT subscriber FROM identity WHERE name = $1 AND kind = $2",
	"SELECT i.subscriber, u.n FROM " DB_EACH("unnest($1) AS name, "
	"unnest($2) AS kind") "JOIN identity i ON i.name = u.name "
	"AND i.kind = u.kind", false, 0,
	"SELECT i.subscriber, u.n FROM u CROSS JOIN identity i "
	"ON i.name = u.p1 AND i.kind = u.p2"
}, read_rows = {
	"SELECT id, sqn, record FROM subscriber WHERE id = $1", NULL, false, 0,
	"SELECT s.id, s.sqn, s.record, u.n FROM u CROSS JOIN subscriber s "
	"ON s.id = u.p1"
}, count_on = {
	"UPDATE subscriber SET sqn = " COUNTED("sqn", "$1") " WHERE id = $2 "
	"RETURNING id, sqn, record",
	"UPDATE subscriber s SET sqn = " COUNTED("s.sqn", "u.k")
	" FROM " DB_EACH("unnest($1) AS k, unnest($2) AS id")
	"WHERE s.id = u.id RETURNING s.id, s.sqn, s.record, u.n", false, 2,
	NULL
}, correct = {
	"UPDATE subscriber SET sqn = $1 WHERE id = $2",
	"UPDATE subscriber s SET sqn = u.sqn FROM "
	DB_EACH("unnest($1) AS sqn, unnest($2) AS id")
	"WHERE s.id = u.id RETURNING u.n", false, 2,
	/* all are there; UPDATE would keep u in a table of its own */
	"INSERT INTO subscriber (id, sqn, record) SELECT p2, p1, x'' FROM u "
	"WHERE true ON CONFLICT (id) DO UPDATE SET sqn = excluded.sqn"
};

enum status
hss_ask_row(struct db *db, enum ue_id_type type, const char *id,
    uint64_t *row)
{
	return db_ask_many(db, note_row, row, &find_row, "tn", id,
	    (uint64_t)type);
}

/* The current row of Q: id, sqn, record. */
static enum status
read_row(struct query *q, struct record *s)
{
	size_t len;
	const void *v = db_octets(q, 2, &len);
	enum status status = record_decode_as(s, RECORD_SUBSCRIBER, v, len);

	s->sqn = db_number(q, 1);
	return status == OK ? OK : fail_in(FAILED, "subscriber");
}

static void
note_found(void *arg, struct query *q)
{
	struct hss_found *f = arg;
	const void *v;

	if (!db_row(q))
		return;
	f->stored = db_number(q, 1);
	f->sqn = SQN(SEQ(f->stored) - f->counted, (f->stored - f->counted) %
	    IND_COUNT);
	v = db_octets(q, 2, &f->len);
	f->len = f->len < sizeof(f->record) ? f->len : sizeof(f->record);
	memcpy(f->record, v, f->len);
	if (f->answered != NULL)
		f->answered(f);
}

enum status
hss_ask_found(struct db *db, struct hss_found *f)
{
	f->len = 0;
	f->counted = db_is_shared(db) ? f->count : 0;
	return db_is_shared(db) ?
	    db_ask_many(db, note_found, f, &count_on, "nn", f->count, f->row) :
	    db_ask_many(db, note_found, f, &read_rows, "n", f->row);
}

enum status
hss_read(const struct hss_found *f, struct record *s)
{
	enum status status = record_decode_as(s, RECORD_SUBSCRIBER, f->record,
	    f->len);

	s->sqn = f->sqn;
	return status == OK ? OK : fail_in(FAILED, "subscriber");
}

enum status
hss_nobody(enum ue_id_type type, const char *id)
{
	return fail(REJECTED, "%s: no subscriber has %s %s",
	    type == ID_PRIVATE ? "ue_priv_id" : "ue_id",
	    type == ID_PRIVATE ? "IMPI" : "public identity", id);
}

enum status
hss_find(struct db *db, enum ue_id_type type, const char *id,
    struct record *s, uint64_t *row)
{
	enum status status, read = OK;
	struct query *q;
	bool found;

	if ((status = hss_ask_row(db, type, id, row)) != OK ||
	    (status = db_await(db)) != OK)
		return status;
	q = db_query(db, "SELECT id, sqn, record FROM subscriber "
	    "WHERE id = $1", "n", *row);
	if ((found = db_row(q)))
		read = read_row(q, s);
	status = db_done(db, q);
	if (status != OK || read != OK)
		return status != OK ? status : read;
	return found ? OK : hss_nobody(type, id);
}

enum status
hss_hold(struct db *db, uint64_t row, struct record *s)
{
	struct hss_found f = { .row = row };
	enum status status;

	if ((status = hss_ask_found(db, &f)) != OK ||
	    (status = db_await(db)) != OK)
		return status;
	status = f.len == 0 ? hss_nobody(ID_PRIVATE, s->ue_priv_id.v) :
	    hss_read(&f, s);
	wipe(f.record, f.len);
	return status;
}

/* ---- what was there before ---- */

/* Whether the subscriber with the IMPI of S is S, perhaps at a later SQN. */
static enum status
is_there(struct db *db, const struct record *s, bool *there)
{
	uint8_t v[2][RECORD_MAX];
	size_t len = record_encode(s, v[0]);
	struct record old;
	enum status status;
	uint64_t row;

	*there = false;
	record_init(&old, RECORD_SUBSCRIBER);
	status = hss_find(db, ID_PRIVATE, s->ue_priv_id.v, &old, &row);
	if (status == OK && old.sqn >= s->sqn) {
		old.sqn = s->sqn;
		*there = record_encode(&old, v[1]) == len &&
		    same_octets(v[0], v[1], len);
	}
	record_wipe(&old);
	wipe(v, sizeof(v));
	/* that nobody has the IMPI is no failure */
	if (status == REJECTED)
		fail_said();
	return status == REJECTED ? OK : status;
}

enum status
hss_added(struct db *db, const struct hss_addition *a, bool *there)
{
	const struct record *s = a->subscriber;
	enum status status;

	*there = false;
	if (a->names == a->added)
		return OK;
	/* start again, to find out what is taken */
	if ((status = hss_remove(db, a->row, s)) != OK ||
	    (status = is_there(db, s, there)) != OK)
		return status;
	return *there ? OK : hss_add(db, s);
}

/* ---- changing ---- */

enum status
hss_ask_sqn(struct db *db, struct hss_found *f)
{
	if (f->len == 0 || f->sqn == f->stored)
		return OK;
	f->stored = f->sqn;
	return db_ask_many(db, NULL, NULL, &correct, "nn", f->sqn, f->row);
}

enum status
hss_put(struct db *db, uint64_t row, const struct record *old,
    const struct record *s)
{
	uint8_t record[RECORD_MAX];
	size_t len = record_encode(s, record);
	enum status status;

	if ((status = each_name(db, s, is_free, row, NULL)) == OK)
		status = db_run(db, NULL, "UPDATE subscriber SET sqn = $1, "
		    "record = $2 WHERE id = $3", "non", s->sqn, record, len,
		    row);
	wipe(record, len);
	if (status == OK)
		status = each_name(db, old, name_remove, row, NULL);
	return status == OK ? each_name(db, s, name_add, row, NULL) : status;
}

enum status
hss_remove(struct db *db, uint64_t row, const struct record *old)
{
	enum status status = each_name(db, old, name_remove, row, NULL);

	return status == OK ? db_run(db, NULL,
	    "DELETE FROM subscriber WHERE id = $1", "n", row) : status;
}

enum status
hss_each(struct db *db, each_fn *fn, void *arg)
{
	return walk(db, "SELECT id, sqn, record FROM subscriber WHERE id > $1 "
	    "ORDER BY id LIMIT $2", read_row, fn, arg);
}
