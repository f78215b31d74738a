/* hss.c: the HSS's store. */
#include <string.h>

#include "hss.h"

const struct schema hss_schema = {
	.name = "an HSS store", .id = 0x67706968 /* gpih */, .version = 1,
	.sql =
	/* SQN changes with each vector, so it has a column of its own */
	"CREATE TABLE subscriber (id INTEGER PRIMARY KEY,"
	"  impi TEXT NOT NULL UNIQUE, imsi TEXT UNIQUE,"
	"  sqn INTEGER NOT NULL, record BLOB NOT NULL);"
	"CREATE TABLE identity (id INTEGER PRIMARY KEY,"
	"  ue_id TEXT NOT NULL UNIQUE, subscriber INTEGER NOT NULL);"
	"CREATE INDEX identity_subscriber ON identity (subscriber);"
};

/* Whether a query for the row of an identity finds another row than ROW. */
static enum status
taken(struct db *db, struct query *q, uint64_t row, const char *field,
    const char *id)
{
	bool other = db_row(q) && db_number(q, 0) != row;
	enum status status = db_done(db, q);

	return status == OK && other ? fail(REJECTED, "%s: found %s already, "
	    "expected a new one", field, id) : status;
}

static const char *
imsi(const struct record *s)
{
	return record_has(s, HAS(IMSI)) ? s->imsi.v : NULL;
}

/* Call EACH for every word of S's ue_ids. */
static enum status
each_id(struct db *db, const struct record *s, uint64_t row,
    enum status (*each)(struct db *, const char *id, uint64_t row))
{
	enum status status = OK;
	char ids[sizeof(s->ue_ids.v)], *save, *id;

	if (!record_has(s, HAS(UE_IDS)))
		return OK;
	strcpy(ids, s->ue_ids.v);
	for (id = strtok_r(ids, " ", &save); id != NULL && status == OK;
	    id = strtok_r(NULL, " ", &save))
		status = each(db, id, row);
	return status;
}

static enum status
id_is_free(struct db *db, const char *id, uint64_t row)
{
	return taken(db, db_query(db, "SELECT subscriber FROM identity "
	    "WHERE ue_id = $1", "t", id), row, "ue_id", id);
}

/* Nobody else than ROW, or nobody at all where it is 0, has S's names. */
static enum status
names_are_free(struct db *db, const struct record *s, uint64_t row)
{
	enum status status = taken(db, db_query(db, "SELECT id FROM "
	    "subscriber WHERE impi = $1", "t", s->ue_priv_id.v), row,
	    "ue_priv_id", s->ue_priv_id.v);

	if (status == OK && record_has(s, HAS(IMSI)))
		status = taken(db, db_query(db, "SELECT id FROM subscriber "
		    "WHERE imsi = $1", "t", s->imsi.v), row, "imsi",
		    s->imsi.v);
	return status == OK ? each_id(db, s, row, id_is_free) : status;
}

static enum status
id_add(struct db *db, const char *id, uint64_t row)
{
	return db_run(db, NULL, "INSERT INTO identity (ue_id, subscriber) "
	    "VALUES ($1, $2) ON CONFLICT DO NOTHING", "tn", id, row);
}

enum status
hss_add(struct db *db, const struct record *s)
{
	uint8_t record[RECORD_MAX];
	size_t len = record_encode(s, record);
	enum status status;
	struct query *q;
	uint64_t row;

	if ((status = names_are_free(db, s, 0)) != OK)
		return status;
	q = db_query(db, "INSERT INTO subscriber (impi, imsi, sqn, record) "
	    "VALUES ($1, $2, $3, $4) RETURNING id",
	    "ttno", s->ue_priv_id.v, imsi(s), s->sqn, record, len);
	row = db_row(q) ? db_number(q, 0) : 0;
	wipe(record, sizeof(record));
	status = db_done(db, q);
	return status == OK ? each_id(db, s, row, id_add) : status;
}

/* The current row of Q: id, sqn, record. */
static enum status
read_row(struct query *q, struct record *s)
{
	size_t len;
	const void *v = db_octets(q, 2, &len);
	enum status status = record_decode_as(s, SUBSCRIBER, v, len);

	s->sqn = db_number(q, 1);
	return status == OK ? OK : fail_in(FAILED, "subscriber");
}

enum status
hss_find(struct db *db, enum ue_id_type type, const char *id,
    struct record *s, uint64_t *row)
{
	struct query *q = type == ID_PRIVATE ?
	    db_query(db, "SELECT id, sqn, record FROM subscriber "
	    "WHERE impi = $1", "t", id) :
	    db_query(db, "SELECT s.id, s.sqn, s.record FROM identity i "
	    "JOIN subscriber s ON s.id = i.subscriber WHERE i.ue_id = $1",
	    "t", id);
	bool found = db_row(q);
	enum status read = found ? read_row(q, s) : OK;
	enum status status;

	*row = found ? db_number(q, 0) : 0;
	status = db_done(db, q);
	if (status != OK || read != OK)
		return status != OK ? status : read;
	return found ? OK : fail(REJECTED, "%s: found nobody with %s %s",
	    type == ID_PRIVATE ? "ue_priv_id" : "ue_id",
	    type == ID_PRIVATE ? "IMPI" : "public identity", id);
}

enum status
hss_put_sqn(struct db *db, uint64_t row, uint64_t sqn)
{
	return db_run(db, NULL, "UPDATE subscriber SET sqn = $1 WHERE id = $2",
	    "nn", sqn, row);
}

enum status
hss_put(struct db *db, uint64_t row, const struct record *s)
{
	uint8_t record[RECORD_MAX];
	size_t len = record_encode(s, record);
	enum status status;

	if ((status = names_are_free(db, s, row)) == OK)
		status = db_run(db, NULL, "UPDATE subscriber SET imsi = $1, "
		    "sqn = $2, record = $3 WHERE id = $4",
		    "tnon", imsi(s), s->sqn, record, len, row);
	if (status == OK)
		status = db_run(db, NULL, "DELETE FROM identity "
		    "WHERE subscriber = $1", "n", row);
	wipe(record, sizeof(record));
	return status == OK ? each_id(db, s, row, id_add) : status;
}

enum status
hss_remove(struct db *db, uint64_t row)
{
	enum status status = db_run(db, NULL,
	    "DELETE FROM identity WHERE subscriber = $1", "n", row);

	return status == OK ? db_run(db, NULL,
	    "DELETE FROM subscriber WHERE id = $1", "n", row) : status;
}

enum status
hss_each(struct db *db, each_fn *fn, void *arg)
{
	return walk(db, "SELECT id, sqn, record FROM subscriber WHERE id > $1 "
	    "ORDER BY id LIMIT $2", read_row, fn, arg);
}
