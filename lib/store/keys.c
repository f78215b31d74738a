/* keys.c: rows of an SA store that are found by the hash of a value. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/keys.h"

/* A key: its part, HASH_BITS of the hash, and the row within the part. */
#define HASH_BITS 28
#define KEY_BITS (HASH_BITS + PART_BITS)
#define ROW_MASK (PART_ROWS - 1)
#define PARTS_MAX (UINT64_C(1) << (63 - KEY_BITS))

/*
 * A filter: 16 bits for each row, in lines of the cache.  A key sets BITS of
 * one line.  Of a hundred searches in vain, it lets 0.15 through; 0.05 find a
 * key with the same HASH_BITS.  In memory, the same lines of LANES filters are
 * side by side: a search that looks at all filters waits for memory once in a
 * while, not for each.
 */
#define LINE 64
#define FILTER_OCTETS (2 * PART_ROWS)
#define LANES 8
#define LINE_BITS 16	/* of the hash, that do not say which line */
#define BITS 5
#define FILTERS_MAX ((db_cache_mib << 20) / 5 * 3) /* octets in memory */
#define PATIENCE 256		/* searches of a part that cost as much */

_Static_assert(FILTER_OCTETS / LINE == 1 << (HASH_BITS - LINE_BITS),
    "a line for each value of the other bits");

/* A part that is full; FILTER is NULL, or its first line. */
struct part {
	uint64_t number;
	uint8_t *filter;
};

/* What is known of the parts that have keys of one kind. */
#define PENDING 256	/* keys that are put into the table together */
#define TOGETHER 16	/* by one statement */
struct parts {
	uint64_t pending[PENDING];
	size_t pending_count;
	struct part *v;		/* in ascending order */
	size_t count, room;
	uint64_t turn;		/* of which this is true */
	uint64_t newest;	/* the one that is not full */
	uint64_t searched;	/* parts without a filter */
	uint8_t **block;	/* of LANES filters each */
	size_t block_room, filters;
};

struct keys_memory {
	struct parts parts[KEYS_TRIGGER_UE + 1];
	struct {
		uint64_t turn, row;
	} next[KEYED_TRIGGER + 1];
	uint64_t undone;
	size_t octets;		/* of filters */
};

static const struct {
	enum keys first, last;
	const char *last_row, *row_in;
} tables[] = {
	[KEYED_SA] = { KEYS_SA_RAND, KEYS_SA_UE,
	    "SELECT max(id) FROM sa",
	    "SELECT 1 FROM sa WHERE id BETWEEN $1 AND $2 LIMIT 1" },
	[KEYED_TRIGGER] = { KEYS_TRIGGER_UE, KEYS_TRIGGER_UE,
	    "SELECT max(id) FROM trigger_state",
	    "SELECT 1 FROM trigger_state WHERE id BETWEEN $1 AND $2 LIMIT 1" },
};

_Static_assert(TOGETHER == 16, "as in PUT_SQL and put_together()");
#define PUT_SQL(table, values) "INSERT OR IGNORE INTO " table " VALUES " values
#define SQL(table) { PUT_SQL(table, "($1)"), PUT_SQL(table, \
	"($1), ($2), ($3), ($4), ($5), ($6), ($7), ($8), " \
	"($9), ($10), ($11), ($12), ($13), ($14), ($15), ($16)"), \
	"DELETE FROM " table " WHERE key BETWEEN $1 AND $2", \
	"SELECT key FROM " table " WHERE key BETWEEN $1 AND $2" }

static const struct {
	const char *put, *put_together, *drop, *find;
} sql[] = {
	[KEYS_SA_RAND] = SQL("sa_rand"),
	[KEYS_SA_UE] = SQL("sa_ue"),
	[KEYS_TRIGGER_UE] = SQL("trigger_ue"),
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

/* The key of the first row of a part that may have this hash. */
static uint64_t
first_key(uint64_t part, uint64_t hash)
{
	return part << KEY_BITS | hash >> (64 - HASH_BITS) << PART_BITS;
}

uint64_t
keys_key(uint64_t row, uint64_t hash)
{
	return first_key(row >> PART_BITS, hash) | (row & ROW_MASK);
}

/* ---- memory ---- */

static void
forget_parts(struct keys_memory *m)
{
	for (size_t k = 0; k < COUNT(m->parts); k++) {
		for (size_t i = 0; i * LANES < m->parts[k].filters; i++)
			free(m->parts[k].block[i]);
		free(m->parts[k].block);
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
	void **p = db_memory(db, settle, release);
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

/* ---- filters ---- */

/* Which bits of its line a key sets; returns where the line begins. */
static size_t
filter_bits(uint64_t key, uint16_t bit[static BITS])
{
	uint64_t h = key >> PART_BITS & ((UINT64_C(1) << HASH_BITS) - 1);
	uint64_t mixed = ((h & ((1 << LINE_BITS) - 1)) + 1) *
	    UINT64_C(0x9e3779b97f4a7c15);

	for (int i = 0; i < BITS; i++)
		bit[i] = mixed >> (64 - 9 * (i + 1)) & (8 * LINE - 1);
	return (h >> LINE_BITS) * LINE;
}

/* Three of four searches in vain end with the first bit. */
static bool
may_have(const uint8_t *line, const uint16_t bit[static BITS])
{
	for (int i = 0; i < BITS; i++)
		if ((line[bit[i] / 8] & 1 << bit[i] % 8) == 0)
			return false;
	return true;
}

static uint64_t
filter_row(enum keys keys, uint64_t part)
{
	return keys * PARTS_MAX + part;
}

/* Make the filter of a part that has become full. */
static enum status
make_filter(struct db *db, enum keys keys, uint64_t part)
{
	uint16_t bit[BITS];
	uint8_t *filter = calloc(1, FILTER_OCTETS);
	struct query *q;
	enum status status;
	size_t at;

	if (filter == NULL)
		return no_memory();
	q = db_query(db, sql[keys].find, "nn", first_key(part, 0),
	    first_key(part + 1, 0) - 1);
	while (db_row(q)) {
		at = filter_bits(db_number(q, 0), bit);
		for (int i = 0; i < BITS; i++)
			filter[at + bit[i] / 8] |=
			    (uint8_t)(1 << bit[i] % 8);
	}
	status = db_done(db, q);
	if (status == OK)
		status = db_run(db, NULL, "INSERT OR REPLACE INTO part_filter "
		    "VALUES ($1, $2)", "no", filter_row(keys, part), filter,
		    (size_t)FILTER_OCTETS);
	free(filter);
	return status;
}

/* The first line of one more filter, or NULL: there is no room. */
static uint8_t *
filter_room(struct keys_memory *m, struct parts *parts)
{
	size_t block = parts->filters / LANES, lane = parts->filters % LANES;

	if (lane == 0) {
		if (m->octets + LANES * FILTER_OCTETS > FILTERS_MAX ||
		    !array_reserve(parts->block, parts->block_room, block + 1))
			return NULL;
		parts->block[block] = malloc(LANES * FILTER_OCTETS);
		m->octets += LANES * FILTER_OCTETS;
	}
	parts->filters++;
	return parts->block[block] + lane * LINE;
}

/* Read the filters that are not in memory, the newest first, as far as fits. */
static enum status
read_filters(struct db *db, enum keys keys, struct keys_memory *m)
{
	struct parts *parts = &m->parts[keys];
	enum status status = OK;
	struct query *q;
	const uint8_t *v;
	uint8_t *to;
	size_t len;

	for (size_t i = parts->count; status == OK && i-- > 0;) {
		if (parts->v[i].filter != NULL)
			continue;
		if ((to = filter_room(m, parts)) == NULL)
			break;
		q = db_query(db, "SELECT bits FROM part_filter WHERE id = $1",
		    "n", filter_row(keys, parts->v[i].number));
		/* a part that has gone meanwhile has no key */
		v = db_row(q) ? db_octets(q, 0, &len) : NULL;
		for (size_t at = 0; at < FILTER_OCTETS; at += LINE)
			if (v != NULL && len == FILTER_OCTETS)
				memcpy(to + at * LANES, v + at, LINE);
			else
				memset(to + at * LANES, 0, LINE);
		parts->v[i].filter = to;
		status = db_done(db, q);
	}
	parts->searched = 0;
	return status;
}

/* ---- keys that are new ---- */

static enum status
put_together(struct db *db, enum keys keys, const uint64_t k[static TOGETHER])
{
	return db_run(db, NULL, sql[keys].put_together, "nnnnnnnnnnnnnnnn",
	    k[0], k[1], k[2], k[3], k[4], k[5], k[6], k[7], k[8], k[9], k[10],
	    k[11], k[12], k[13], k[14], k[15]);
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static enum status
put_pending(struct db *db, enum keys keys, struct parts *parts)
{
	enum status status = OK;
	size_t i = 0;

	qsort(parts->pending, parts->pending_count, sizeof(parts->pending[0]),
	    compare);
	for (; status == OK && i + TOGETHER <= parts->pending_count;
	    i += TOGETHER)
		status = put_together(db, keys, parts->pending + i);
	for (; status == OK && i < parts->pending_count; i++)
		status = db_run(db, NULL, sql[keys].put, "n",
		    parts->pending[i]);
	parts->pending_count = 0;
	return status;
}

static enum status
put_all_pending(struct db *db, enum keyed_table table, struct keys_memory *m)
{
	enum status status = OK;

	for (enum keys k = tables[table].first;
	    status == OK && k <= tables[table].last; k++)
		status = put_pending(db, k, &m->parts[k]);
	return status;
}

/* Before a commit. */
static enum status
settle(struct db *db)
{
	struct keys_memory *m = memory_of(db);
	enum status status = put_all_pending(db, KEYED_SA, m);

	return status == OK ? put_all_pending(db, KEYED_TRIGGER, m) : status;
}

/* ---- parts ---- */

/* Find out which parts there are, unless that cannot have changed. */
static enum status
know_parts(struct db *db, enum keys keys, struct keys_memory *m)
{
	struct parts *parts = &m->parts[keys];
	struct query *q;
	bool full = false;

	if (db_turn(db) != 0 && parts->turn == db_turn(db))
		return OK;
	q = db_query(db, "SELECT id FROM part_filter WHERE id BETWEEN $1 AND "
	    "$2 ORDER BY id", "nn", filter_row(keys, parts->newest),
	    filter_row(keys, PARTS_MAX - 1));
	while (!full && db_row(q)) {
		full = !array_reserve(parts->v, parts->room, parts->count + 1);
		if (full)
			break;
		parts->newest = db_number(q, 0) % PARTS_MAX;
		parts->v[parts->count++] = (struct part){ parts->newest++,
		    NULL };
	}
	parts->turn = db_turn(db);
	return db_done(db, q) != OK ? FAILED : full ? no_memory() : OK;
}

/* The parts before that of ROW are full. */
static enum status
fill_parts(struct db *db, enum keyed_table table, uint64_t row,
    struct keys_memory *m)
{
	enum status status = put_all_pending(db, table, m);
	uint64_t part;

	for (part = m->parts[tables[table].first].newest;
	    status == OK && part < row >> PART_BITS; part++)
		for (enum keys k = tables[table].first;
		    status == OK && k <= tables[table].last; k++) {
			status = make_filter(db, k, part);
			m->parts[k].turn = 0;
		}
	return status;
}

/*
 * Numbers are not used again, even after all rows were removed: another program
 * may remember the filter of a part.
 */
enum status
keys_next(struct db *db, enum keyed_table table, uint64_t *row)
{
	struct keys_memory *m = memory_of(db);
	enum keys first = tables[table].first;
	struct query *q;
	enum status status;

	if (m == NULL)
		return no_memory();
	if ((status = know_parts(db, first, m)) != OK)
		return status;
	if (m->next[table].turn != db_turn(db) || db_turn(db) == 0) {
		q = db_query(db, tables[table].last_row, "");
		*row = db_row(q) ? db_number(q, 0) + 1 : 1;
		if ((status = db_done(db, q)) != OK)
			return status;
		if (*row < m->parts[first].newest << PART_BITS)
			*row = m->parts[first].newest << PART_BITS;
		m->next[table].row = *row;
		m->next[table].turn = db_turn(db);
	}
	*row = m->next[table].row;
	if (*row >> PART_BITS == m->parts[first].newest)
		return OK;
	if (*row >> PART_BITS >= PARTS_MAX)
		return fail(FAILED, "store: it has had too many rows");
	status = fill_parts(db, table, *row, m);
	return status == OK ? know_parts(db, first, m) : status;
}

enum status
keys_put(struct db *db, enum keyed_table table, uint64_t row,
    const uint64_t hash[static TABLE_KEYS])
{
	struct keys_memory *m = memory_of(db);
	enum keys first = tables[table].first;
	enum status status = OK;

	if (m == NULL)
		return no_memory();
	for (enum keys k = first; status == OK && k <= tables[table].last;
	    k++) {
		struct parts *parts = &m->parts[k];

		parts->pending[parts->pending_count++] = keys_key(row,
		    hash[k - first]);
		if (parts->pending_count == PENDING)
			status = put_pending(db, k, parts);
	}
	m->next[table].row = row + 1;
	return status;
}

enum status
keys_drop(struct db *db, enum keyed_table table, uint64_t row,
    const uint64_t hash[static TABLE_KEYS])
{
	struct keys_memory *m = memory_of(db);
	enum keys first = tables[table].first;
	enum status status = m == NULL ? no_memory() :
	    put_all_pending(db, table, m);

	for (enum keys k = first; status == OK && k <= tables[table].last; k++)
		status = db_run(db, NULL, sql[k].drop, "nn", keys_key(row,
		    hash[k - first]), keys_key(row, hash[k - first]));
	return status;
}

/* ---- searches ---- */

static enum status
search(struct db *db, enum keys keys, uint64_t part, uint64_t hash,
    struct key_rows *rows)
{
	uint64_t key = first_key(part, hash);
	struct query *q = db_query(db, sql[keys].find, "nn", key,
	    key | ROW_MASK);
	bool full = false;
	enum status status;

	while (!full && db_row(q)) {
		full = !array_reserve(rows->v, rows->room, rows->count + 1);
		if (!full)
			rows->v[rows->count++] = part << PART_BITS |
			    (db_number(q, 0) & ROW_MASK);
	}
	status = db_done(db, q);
	return status == OK && full ? no_memory() : status;
}

/* The same of what is not in the table yet. */
static enum status
search_pending(const struct parts *parts, uint64_t hash, struct key_rows *rows)
{
	uint64_t key = first_key(parts->newest, hash);

	for (size_t i = 0; i < parts->pending_count; i++) {
		if ((parts->pending[i] & ~ROW_MASK) != key)
			continue;
		if (!array_reserve(rows->v, rows->room, rows->count + 1))
			return no_memory();
		rows->v[rows->count++] = parts->newest << PART_BITS |
		    (parts->pending[i] & ROW_MASK);
	}
	return OK;
}

enum status
keys_find(struct db *db, enum keys keys, uint64_t hash, struct key_rows *rows)
{
	struct keys_memory *m = memory_of(db);
	struct parts *parts = m == NULL ? NULL : &m->parts[keys];
	uint16_t want[BITS];
	enum status status;
	size_t at;

	rows->count = 0;
	if (m == NULL)
		return no_memory();
	if ((status = know_parts(db, keys, m)) != OK)
		return status;
	at = filter_bits(first_key(0, hash), want);
	/* all at once, not one after the other */
	for (size_t i = 0; i < parts->filters; i++)
		__builtin_prefetch(parts->block[i / LANES] + at * LANES +
		    i % LANES * LINE);
	for (size_t i = 0; status == OK && i < parts->count; i++) {
		const struct part *part = &parts->v[i];

		if (part->filter != NULL &&
		    !may_have(part->filter + at * LANES, want))
			continue;
		parts->searched += part->filter == NULL;
		status = search(db, keys, part->number, hash, rows);
	}
	if (status == OK)
		status = search(db, keys, parts->newest, hash, rows);
	if (status == OK)
		status = search_pending(parts, hash, rows);
	if (status == OK && parts->searched > PATIENCE)
		status = read_filters(db, keys, m);
	return status;
}

/* ---- parts that have become empty ---- */

/* That there was a part is remembered of the last one; see keys_next(). */
static enum status
drop_part(struct db *db, enum keyed_table table, uint64_t part, bool last)
{
	enum status status = OK;

	for (enum keys k = tables[table].first;
	    status == OK && k <= tables[table].last; k++) {
		status = db_run(db, NULL, sql[k].drop, "nn",
		    first_key(part, 0), first_key(part + 1, 0) - 1);
		if (status == OK && !last)
			status = db_run(db, NULL, "DELETE FROM part_filter "
			    "WHERE id = $1", "n", filter_row(k, part));
	}
	return status;
}

enum status
keys_tidy(struct db *db, enum keyed_table table)
{
	struct keys_memory *m = memory_of(db);
	struct parts *parts = m == NULL ? NULL :
	    &m->parts[tables[table].first];
	enum status status;
	struct query *q;
	bool used;

	if (m == NULL)
		return no_memory();
	if ((status = put_all_pending(db, table, m)) == OK)
		status = know_parts(db, tables[table].first, m);
	for (size_t i = 0; status == OK && i < parts->count; i++) {
		uint64_t first = parts->v[i].number << PART_BITS;

		q = db_query(db, tables[table].row_in, "nn", first,
		    first | ROW_MASK);
		used = db_row(q);
		if ((status = db_done(db, q)) == OK && !used)
			status = drop_part(db, table, parts->v[i].number,
			    i + 1 == parts->count);
	}
	return status;
}
