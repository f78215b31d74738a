/*
 * keys.h: rows of an SA store that are found by a value which is as good as
 * random: a RAND, a UE.  An index of such values would have every new row
 * change a page of it at random; once the index is larger than the cache, those
 * pages cost ten times as much as the rows.
 *
 * So keys are numbered as they come, and PART_KEYS of them are a part.  A key
 * is the number of its part, some bits of a hash of the value, and which key of
 * the part it is; beside it is the number of the row.  Keys are added to the
 * newest part alone.  A search asks one part after the other, but a part has a
 * filter, which nearly always knows that the part has no such key.  Keys stay
 * when their row is removed, until the whole part is: what a search finds is
 * looked at.
 *
 * PostgreSQL has indexes on such columns instead.
 */
#ifndef GBA_KEYS_H
#define GBA_KEYS_H

#include "store/db.h"
#include "store/filters.h"
#include "store/rows.h"

#define PART_BITS 17
#define PART_KEYS (UINT64_C(1) << PART_BITS)

/*
 * What rows are found by: triggers, and SAs without one, by their UE; SAs by
 * their RAND.
 */
enum keys { KEYS_UE, KEYS_RAND };

/* Whether rows of DB are found so. */
bool has_keys(const struct db *);

/* What the values of a key are compared by. */
uint64_t keys_hash(const void *v, size_t len);

/* The key of this number by a hash. */
uint64_t keys_key(uint64_t number, uint64_t hash);

/* Inside a transaction: a number for a trigger, or an SA without one. */
MUST_USE enum status keys_next_row(struct db *, uint64_t *row);

/* Inside a transaction: one more key, that of ROW. */
MUST_USE enum status keys_put(struct db *, enum keys, uint64_t hash,
    uint64_t row);

/*
 * The rows that may have a value with this hash, in ascending order; whether
 * they are still there, and have it, is to be seen.
 */
MUST_USE enum status keys_find(struct db *, enum keys, uint64_t hash,
    struct rows *);

/* Inside a transaction: remove the keys of parts that have no row. */
MUST_USE enum status keys_tidy(struct db *);

/* SQL of the tables. */
#define KEYS_TABLES \
	"CREATE TABLE key_ue (key INTEGER PRIMARY KEY," \
	"  row INTEGER NOT NULL);" \
	"CREATE TABLE key_rand (key INTEGER PRIMARY KEY," \
	"  row INTEGER NOT NULL);" \
	"CREATE TABLE key_count (keys INTEGER PRIMARY KEY," \
	"  count INTEGER NOT NULL);" \
	"CREATE TABLE key_part (id INTEGER PRIMARY KEY," \
	"  first_row INTEGER NOT NULL, last_row INTEGER NOT NULL," \
	"  filter BLOB NOT NULL);"

#endif
