/*
 * keys.h: rows of an SA store that are found by a value which is as good as
 * random: a RAND, a UE.  An index of such values would have every new row
 * change a page of it at random; once the index is larger than the cache, those
 * pages cost ten times as much as the rows.
 *
 * So rows are numbered on and on, and PART_ROWS of them are a part.  A key is
 * the number of its part, some bits of a hash of the value, and which row of
 * the part it is: only keys of the newest part are added.  A search asks one
 * part after the other, but a part that is full has a filter, which nearly
 * always knows that the part has no such key.  Keys stay when their row is
 * removed, until the whole part is: what a search finds is looked at.
 *
 * PostgreSQL has indexes on such columns instead.
 */
#ifndef GBA_KEYS_H
#define GBA_KEYS_H

#include "store/db.h"

#define PART_BITS 17
#define PART_ROWS (UINT64_C(1) << PART_BITS)

/* What has keys, and the keys that it has. */
enum keyed_table { KEYED_SA, KEYED_TRIGGER };
enum keys { KEYS_SA_RAND, KEYS_SA_UE, KEYS_TRIGGER_UE };
#define TABLE_KEYS 2	/* of one table, at most */

/* Whether rows of DB are found so. */
bool has_keys(const struct db *);

/* What the values of a key are compared by. */
uint64_t keys_hash(const void *v, size_t len);

/* The key of ROW by a hash. */
uint64_t keys_key(uint64_t row, uint64_t hash);

/*
 * Inside a transaction: the number of the next row, and the keys of the row of
 * that number, which is there now: a hash for each, in the order of enum keys.
 */
MUST_USE enum status keys_next(struct db *, enum keyed_table, uint64_t *row);
MUST_USE enum status keys_put(struct db *, enum keyed_table, uint64_t row,
    const uint64_t hash[static TABLE_KEYS]);

/* Remove the keys of a row that is no more; nothing needs that. */
MUST_USE enum status keys_drop(struct db *, enum keyed_table, uint64_t row,
    const uint64_t hash[static TABLE_KEYS]);

/*
 * The rows that may have a value with this hash, in ascending order; whether
 * they are still there, and have it, is to be seen.  V is freed by free().
 */
struct key_rows {
	uint64_t *v;
	size_t count, room;
};
MUST_USE enum status keys_find(struct db *, enum keys, uint64_t hash,
    struct key_rows *);

/* Inside a transaction: remove the keys of parts that have no row. */
MUST_USE enum status keys_tidy(struct db *, enum keyed_table);

/* SQL of the tables and of those that it needs. */
#define KEYS_TABLES \
	"CREATE TABLE sa_rand (key INTEGER PRIMARY KEY);" \
	"CREATE TABLE sa_ue (key INTEGER PRIMARY KEY);" \
	"CREATE TABLE trigger_ue (key INTEGER PRIMARY KEY);" \
	"CREATE TABLE part_filter (id INTEGER PRIMARY KEY," \
	"  bits BLOB NOT NULL);"

#endif
