/* keys.c: rows of an SA store that are found by the hash of a value. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/keys.h"

/* A key: its part, HASH_BITS of the hash, and which key of the part it is. */
#define HASH_BITS FILTER_HASH_BITS
#define KEY_BITS (HASH_BITS + PART_BITS)
#define NUMBER_MASK (PART_KEYS - 1)
#define PARTS_MAX (UINT64_C(1) << (63 - KEY_BITS))

#define FILTERS_MAX ((db_cache_mib << 20) / 5 * 3) /* octets in memory */
#define TOGETHER 8	/* filters that are read at a time */
#define PATIENCE 512	/* searches that cost as much as to read those */
#define PENDING 2048	/* keys that are put into the table together */

_Static_assert(FILTER_KEYS == PART_KEYS, "a filter for each part");

struct key {
	uint64_t key, row;
};

/* What is known of the keys of one kind. */
struct parts {
	uint64_t turn;		/* of which this is true */
	uint64_t count;		/* keys that there are, pending ones, too */
	struct key pending[PENDING];
	size_t pending_count;
	/* the parts that are full and have a row, or had, in ascending order */
	uint64_t *v;
	size_t v_count, room;
	uint64_t known;		/* of parts from here on nothing is known */
	struct filters filters;	/* of the first ones of V */
	uint8_t *newest;	/* the filter of the part that is not full */
	bool newest_known;	/* it is true */
	uint64_t searched;	/* parts without a filter */
	bool put;		/* in this transaction */
};

struct keys_memory {
	struct parts parts[KEYS_RAND + 1];
	uint64_t row_turn, row;	/* of which this is the number given last */
	uint64_t undone;
};

#define SQL(table, row_in) { { "INSERT INTO " table " VALUES ($1, $2)", \
	NULL, true, 0, "INSERT INTO " table " SELECT p1, p2 FROM u" }, \
	"DELETE FROM " table " WHERE key BETWEEN $1 AND $2", \
	"SELECT key, row FROM " table " WHERE key BETWEEN $1 AND $2", row_in }
#define ROW_IN(table) "SELECT 1 FROM " table " WHERE id BETWEEN $1 AND $2"

static const struct {
	struct db_many put;
	const char *drop, *find, *row_in;
} sql[] = {
	[KEYS_UE] = SQL("key_ue", ROW_IN("trigger_state") " UNION ALL "
	    ROW_IN("sa") " LIMIT 1"),
	[KEYS_RAND] = SQL("key_rand", ROW_IN("sa") " LIMIT 1"),
};

bool
has_keys(const struct db *db)
{
	return !db_is_shared(db);
}

/* FNV-1a, and then its upper bits depend on all. */
uint64_t
keys_hash(const void *v, size_t len)
{
	const uint8_t *p = v;
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < len; i++)
		h = (h ^ p[i]) * UINT64_C(0x100000001b3);
	h = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	return (h ^ h >> 29) * UINT64_C(0xbf58476d1ce4e5b9);
}

/* The bits of a hash that a key has. */
static uint32_t
hash_bits(uint64_t hash)
{
	return (uint32_t)(hash >> (64 - HASH_BITS));
}

static uint32_t
key_bits(uint64_t key)
{
	return (uint32_t)(key >> PART_BITS) & ((1 << HASH_BITS) - 1);
}

/* The first key of a part that may have this hash. */
static uint64_t
first_key(uint64_t part, uint64_t hash)
{
	return part << KEY_BITS | (uint64_t)hash_bits(hash) << PART_BITS;
}

uint64_t
keys_key(uint64_t number, uint64_t hash)
{
	return first_key(number >> PART_BITS, hash) | (number & NUMBER_MASK);
}

static uint64_t
newest_part(const struct parts *parts)
{
	return parts->count >> PART_BITS;
}

/* ---- memory ---- */

static void
forget_parts(struct keys_memory *m)
{
	for (size_t k = 0; k < COUNT(m->parts); k++) {
		filters_free(&m->parts[k].filters);
		free(m->parts[k].newest);
		free(m->parts[k].v);
	}
	memset(m, 0, sizeof(*m));
}

static void
release(void *memory)
{
	forget_parts(memory);
	free(memory);
}

static enum status settle(struct db *);

/* What was read in a transaction that was undone may never have been. */
static struct keys_memory *
memory_of(struct db *db)
{
	void **p = db_memory(db, DB_MEMORY_KEYS, settle, release);
	struct keys_memory *m = *p;

	if (m == NULL)
		*p = m = calloc(1, sizeof(*m));
	if (m != NULL && m->undone != db_undone(db)) {
		forget_parts(m);
		m->undone = db_undone(db);
	}
	return m;
}

static enum status
no_memory(void)
{
	return fail(FAILED, "store: no memory");
}

/* ---- parts ---- */

static uint64_t
part_id(enum keys keys, uint64_t part)
{
	return keys * PARTS_MAX + part;
}

static enum status
add_part(struct parts *parts, uint64_t part)
{
	if (!array_reserve(parts->v, parts->room, parts->v_count + 1))
		return no_memory();
	parts->v[parts->v_count++] = part;
	parts->known = part + 1;
	return OK;
}

/* Parts that others have filled, of those that COUNT tells of. */
static enum status
read_parts(struct db *db, enum keys keys, struct parts *parts)
{
	struct query *q = db_query(db, "SELECT id FROM key_part WHERE id "
	    "BETWEEN $1 AND $2 ORDER BY id", "nn",
	    part_id(keys, parts->known), part_id(keys, newest_part(parts) - 1));
	enum status status = OK, done;

	while (status == OK && db_row(q))
		status = add_part(parts, db_number(q, 0) % PARTS_MAX);
	done = db_done(db, q);
	parts->known = newest_part(parts);
	return done != OK ? done : status;
}

/* Find out what keys there are, unless that cannot have changed. */
static enum status
know_parts(struct db *db, enum keys keys, struct parts *parts)
{
	enum status status;
	struct query *q;
	uint64_t count;

	if (db_turn(db) != 0 && parts->turn == db_turn(db))
		return OK;
	q = db_query(db, "SELECT count FROM key_count WHERE keys = $1", "n",
	    (uint64_t)keys);
	count = db_row(q) ? db_number(q, 0) : 0;
	if ((status = db_done(db, q)) != OK)
		return status;
	parts->turn = db_turn(db);
	if (count == parts->count)
		return OK;
	parts->count = count;
	parts->newest_known = false;
	return parts->known < newest_part(parts) ? read_parts(db, keys, parts) :
	    OK;
}

/* ---- filters ---- */

/* Call for each key of a part that is in the table. */
static enum status
each_key(struct db *db, enum keys keys, uint64_t part,
    void (*fn)(void *arg, const struct key *), void *arg)
{
	struct query *q = db_query(db, sql[keys].find, "nn",
	    first_key(part, 0), first_key(part + 1, 0) - 1);

	while (db_row(q))
		fn(arg, &(struct key){ db_number(q, 0), db_number(q, 1) });
	return db_done(db, q);
}

struct part {
	uint64_t first_row, last_row;
	uint8_t *filter;
};

static void
note_key(void *arg, const struct key *k)
{
	struct part *part = arg;

	if (k->row < part->first_row)
		part->first_row = k->row;
	if (k->row > part->last_row)
		part->last_row = k->row;
	filter_add(part->filter, key_bits(k->key));
}

/* Write what is known of a part that has become full. */
static enum status
write_part(struct db *db, enum keys keys, uint64_t number)
{
	struct part part = { UINT64_MAX, 0, calloc(1, FILTER_OCTETS) };
	enum status status;

	if (part.filter == NULL)
		return no_memory();
	status = each_key(db, keys, number, note_key, &part);
	if (status == OK)
		status = db_run(db, NULL, "INSERT INTO key_part "
		    "VALUES ($1, $2, $3, $4)", "nnno", part_id(keys, number),
		    part.first_row, part.last_row, part.filter, FILTER_OCTETS);
	free(part.filter);
	return status;
}

/* Whether COUNT more have room beside those of all kinds. */
static bool
fits(const struct keys_memory *m, const struct parts *parts, size_t count)
{
	size_t octets = 0;

	for (size_t k = 0; k < COUNT(m->parts); k++)
		octets += filters_octets(m->parts[k].filters.count +
		    (&m->parts[k] == parts ? count : 0));
	return octets <= FILTERS_MAX;
}

/* A copy into *FILTER; empty where the part has gone, and so has no key. */
static enum status
read_filter(struct db *db, enum keys keys, uint64_t part, uint8_t **filter)
{
	struct query *q = db_query(db, "SELECT filter FROM key_part "
	    "WHERE id = $1", "n", part_id(keys, part));
	size_t len = FILTER_OCTETS;
	const uint8_t *v = db_row(q) ? db_octets(q, 0, &len) : NULL;
	enum status status = OK, done;

	if (len != FILTER_OCTETS)
		status = fail(FAILED, "store: a filter of %zu octets, "
		    "expected %zu", len, FILTER_OCTETS);
	else if ((*filter = calloc(1, FILTER_OCTETS)) == NULL)
		status = no_memory();
	else if (v != NULL)
		memcpy(*filter, v, FILTER_OCTETS);
	done = db_done(db, q);
	return done != OK ? done : status;
}

/* Read some more filters, if there are any that fit. */
static enum status
read_filters(struct db *db, enum keys keys, struct keys_memory *m)
{
	struct parts *parts = &m->parts[keys];
	size_t count = parts->v_count - parts->filters.count;
	uint8_t *filter[TOGETHER] = { NULL };
	enum status status = OK;

	if (count > TOGETHER)
		count = TOGETHER;
	while (count > 0 && !fits(m, parts, count))
		count--;
	for (size_t i = 0; status == OK && i < count; i++)
		status = read_filter(db, keys,
		    parts->v[parts->filters.count + i], &filter[i]);
	if (status == OK && !filters_add(&parts->filters,
	    (const uint8_t *const *)filter, count))
		status = no_memory();
	for (size_t i = 0; i < count; i++)
		free(filter[i]);
	return status;
}

/* Make the filter of the newest part; pending keys are no matter. */
static enum status
make_newest(struct db *db, enum keys keys, struct parts *parts)
{
	struct part part = { 0, 0, parts->newest };
	enum status status;

	if (parts->newest == NULL)
		part.filter = parts->newest = malloc(FILTER_OCTETS);
	if (parts->newest == NULL)
		return no_memory();
	memset(parts->newest, 0, FILTER_OCTETS);
	status = each_key(db, keys, newest_part(parts), note_key, &part);
	for (size_t i = 0; i < parts->pending_count; i++)
		note_key(&part, &parts->pending[i]);
	parts->newest_known = status == OK;
	return status;
}

/* ---- keys that are new ---- */

static int
compare(const void *a, const void *b)
{
	const struct key *x = a, *y = b;

	return (x->key > y->key) - (x->key < y->key);
}

static enum status
put_pending(struct db *db, enum keys keys, struct parts *parts)
{
	enum status status = OK;

	qsort(parts->pending, parts->pending_count, sizeof(parts->pending[0]),
	    compare);
	for (size_t i = 0; status == OK && i < parts->pending_count; i++)
		status = db_ask_many(db, NULL, NULL, &sql[keys].put, "nn",
		    parts->pending[i].key, parts->pending[i].row);
	parts->pending_count = 0;
	return status;
}

/* Before a commit. */
static enum status
settle(struct db *db)
{
	struct keys_memory *m = memory_of(db);
	enum status status = m == NULL ? no_memory() : OK;

	for (enum keys k = 0; status == OK && k < COUNT(m->parts); k++) {
		if (!m->parts[k].put)
			continue;
		m->parts[k].put = false;
		status = put_pending(db, k, &m->parts[k]);
		if (status == OK)
			status = db_run(db, NULL, "INSERT OR REPLACE INTO "
			    "key_count VALUES ($1, $2)", "nn", (uint64_t)k,
			    m->parts[k].count);
	}
	return status;
}

/* The part that was the newest has become full. */
static enum status
begin_part(struct db *db, enum keys keys, struct parts *parts)
{
	uint64_t full = newest_part(parts) - 1;
	enum status status = put_pending(db, keys, parts);

	if (status == OK)
		status = write_part(db, keys, full);
	if (parts->newest_known)
		memset(parts->newest, 0, FILTER_OCTETS);
	return status == OK ? add_part(parts, full) : status;
}

enum status
keys_next_row(struct db *db, uint64_t *row)
{
	struct keys_memory *m = memory_of(db);
	enum status status = OK;
	struct query *q;

	if (m == NULL)
		return no_memory();
	if (db_turn(db) == 0 || m->row_turn != db_turn(db)) {
		/* a request without a trigger: that was refused */
		q = db_query(db, "SELECT max(coalesce((SELECT max(id) "
		    "FROM trigger_request), 0), coalesce((SELECT max(id) "
		    "FROM sa), 0))", "");
		m->row = db_row(q) ? db_number(q, 0) : 0;
		m->row_turn = db_turn(db);
		status = db_done(db, q);
	}
	*row = ++m->row;
	return status;
}

enum status
keys_put(struct db *db, enum keys keys, uint64_t hash, uint64_t row)
{
	struct keys_memory *m = memory_of(db);
	struct parts *parts;
	enum status status;
	uint64_t key;

	if (m == NULL)
		return no_memory();
	parts = &m->parts[keys];
	if ((status = know_parts(db, keys, parts)) != OK)
		return status;
	if (newest_part(parts) >= PARTS_MAX)
		return fail(FAILED, "store: it has had too many rows");
	key = keys_key(parts->count++, hash);
	parts->put = true;
	parts->pending[parts->pending_count++] = (struct key){ key, row };
	if (parts->newest_known)
		filter_add(parts->newest, key_bits(key));
	if ((parts->count & NUMBER_MASK) == 0)
		return begin_part(db, keys, parts);
	return parts->pending_count == PENDING ? put_pending(db, keys, parts) :
	    OK;
}

/* ---- searches ---- */

static enum status
search(struct db *db, enum keys keys, uint64_t part, uint64_t hash,
    struct rows *rows)
{
	uint64_t key = first_key(part, hash);
	struct query *q = db_query(db, sql[keys].find, "nn", key,
	    key | NUMBER_MASK);
	enum status status = OK, done;

	while (status == OK && db_row(q))
		status = rows_add(rows, db_number(q, 1));
	done = db_done(db, q);
	return done != OK ? done : status;
}

/* The same of what is not in the table yet. */
static enum status
search_pending(const struct parts *parts, uint64_t hash, struct rows *rows)
{
	enum status status = OK;

	for (size_t i = 0; status == OK && i < parts->pending_count; i++)
		if (key_bits(parts->pending[i].key) == hash_bits(hash))
			status = rows_add(rows, parts->pending[i].row);
	return status;
}

static enum status
search_newest(struct db *db, enum keys keys, struct parts *parts,
    uint64_t hash, struct rows *rows)
{
	enum status status;

	if (parts->newest_known && !filter_may_have(parts->newest,
	    hash_bits(hash)))
		return OK;
	parts->searched += !parts->newest_known;
	status = search(db, keys, newest_part(parts), hash, rows);
	return status == OK ? search_pending(parts, hash, rows) : status;
}

static enum status
search_full(struct db *db, enum keys keys, struct parts *parts, uint64_t hash,
    struct rows *rows)
{
	struct filter_probe probe;
	enum status status = OK;
	size_t i;

	filters_probe(&parts->filters, hash_bits(hash), &probe);
	while (status == OK && (i = filters_next(&parts->filters, &probe)) !=
	    FILTERS_END)
		status = search(db, keys, parts->v[i], hash, rows);
	for (i = parts->filters.count; status == OK && i < parts->v_count;
	    i++) {
		parts->searched++;
		status = search(db, keys, parts->v[i], hash, rows);
	}
	return status;
}

enum status
keys_find(struct db *db, enum keys keys, uint64_t hash, struct rows *rows)
{
	struct keys_memory *m = memory_of(db);
	struct parts *parts;
	enum status status;

	rows->count = 0;
	if (m == NULL)
		return no_memory();
	parts = &m->parts[keys];
	if ((status = know_parts(db, keys, parts)) == OK)
		status = search_full(db, keys, parts, hash, rows);
	if (status == OK)
		status = search_newest(db, keys, parts, hash, rows);
	/* a row may have the number of an earlier one, and its UE */
	rows_sort(rows);
	if (status != OK || parts->searched <= PATIENCE)
		return status;
	parts->searched = 0;
	return parts->newest_known ? read_filters(db, keys, m) :
	    make_newest(db, keys, parts);
}

/* ---- parts that have become empty ---- */

static enum status
tidy_part(struct db *db, enum keys keys, uint64_t part)
{
	enum status status;
	struct query *q;
	uint64_t row[2] = { 0 };
	bool found, used = false;

	q = db_query(db, "SELECT first_row, last_row FROM key_part "
	    "WHERE id = $1", "n", part_id(keys, part));
	if ((found = db_row(q))) {
		row[0] = db_number(q, 0);
		row[1] = db_number(q, 1);
	}
	if ((status = db_done(db, q)) != OK || !found)
		return status;
	q = db_query(db, sql[keys].row_in, "nn", row[0], row[1]);
	used = db_row(q);
	if ((status = db_done(db, q)) != OK || used)
		return status;
	status = db_run(db, NULL, sql[keys].drop, "nn", first_key(part, 0),
	    first_key(part + 1, 0) - 1);
	return status != OK ? status : db_run(db, NULL, "DELETE FROM key_part "
	    "WHERE id = $1", "n", part_id(keys, part));
}

enum status
keys_tidy(struct db *db)
{
	struct keys_memory *m = memory_of(db);
	enum status status = m == NULL ? no_memory() : OK;

	for (enum keys k = 0; status == OK && k < COUNT(m->parts); k++) {
		struct parts *parts = &m->parts[k];

		status = know_parts(db, k, parts);
		for (size_t i = 0; status == OK && i < parts->v_count; i++)
			status = tidy_part(db, k, parts->v[i]);
	}
	return status;
}
