/*
 * filters.h: for each part of the keys of a store (keys.h), which keys it may
 * have.  A filter has 16 bits for each key, in lines of the processor's cache;
 * a key sets five bits of one line.  Of a hundred keys that a part does not
 * have, its filter lets 0.15 through.
 */
#ifndef GBA_FILTERS_H
#define GBA_FILTERS_H

#include "base/octets.h"

#define FILTER_KEYS (UINT32_C(1) << 17)
#define FILTER_OCTETS ((size_t)FILTER_KEYS * 2)
#define FILTER_HASH_BITS 28	/* of a hash that is known of a key */

/* Note in FILTER, which begins as zeros, a key with these bits of a hash. */
void filter_add(uint8_t filter[static FILTER_OCTETS], uint32_t hash);
bool filter_may_have(const uint8_t filter[static FILTER_OCTETS],
    uint32_t hash);

/*
 * Many filters, numbered from 0.  In memory the same bits of several are side
 * by side, so that a search reads a few words, not a line of each.
 */
struct filters {
	uint16_t **block;
	size_t block_room, count;
};

/*
 * Copy the COUNT of FILTER into SET as its next ones, which takes 0.3 ms for
 * each.  False: no memory for all.
 */
bool filters_add(struct filters *set, const uint8_t *const *filter,
    size_t count);
void filters_free(struct filters *);

/* The octets of memory of COUNT of them. */
size_t filters_octets(size_t count);

/*
 * A search in all: after filters_probe(), filters_next() gives the number of
 * one after the other that may have a key with these bits of a hash, in
 * ascending order, and then FILTERS_END.
 */
#define FILTERS_END SIZE_MAX
struct filter_probe {
	size_t line, block;
	uint16_t bit[5];
	uint16_t left;		/* of the filters of the block before BLOCK */
};
void filters_probe(const struct filters *, uint32_t hash,
    struct filter_probe *);
size_t filters_next(const struct filters *, struct filter_probe *);

#endif
