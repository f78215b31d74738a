/* filters.c: which keys a part of a store may have. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/filters.h"

#define LINE 64		/* octets */
#define LINE_BITS 16	/* of the hash, that do not say which line */
#define LANES 16	/* filters side by side, a bit of a word each */
#define BLOCK (8 * FILTER_OCTETS * sizeof(uint16_t))

_Static_assert(FILTER_OCTETS / LINE == 1 << (FILTER_HASH_BITS - LINE_BITS),
    "a line for each value of the other bits");

static void
make_probe(uint32_t hash, struct filter_probe *p)
{
	uint64_t mixed = ((hash & ((1 << LINE_BITS) - 1)) + UINT64_C(1)) *
	    UINT64_C(0x9e3779b97f4a7c15);

	for (size_t i = 0; i < COUNT(p->bit); i++)
		p->bit[i] = mixed >> (64 - 9 * (i + 1)) & (8 * LINE - 1);
	p->line = hash >> LINE_BITS;
	p->block = p->left = 0;
}

void
filter_add(uint8_t filter[static FILTER_OCTETS], uint32_t hash)
{
	struct filter_probe p;

	make_probe(hash, &p);
	for (size_t i = 0; i < COUNT(p.bit); i++)
		filter[p.line * LINE + p.bit[i] / 8] |=
		    (uint8_t)(1 << p.bit[i] % 8);
}

bool
filter_may_have(const uint8_t filter[static FILTER_OCTETS], uint32_t hash)
{
	const uint8_t *line;
	struct filter_probe p;

	make_probe(hash, &p);
	line = filter + p.line * LINE;
	/* three of four searches in vain end with the first bit */
	for (size_t i = 0; i < COUNT(p.bit); i++)
		if ((line[p.bit[i] / 8] & 1 << p.bit[i] % 8) == 0)
			return false;
	return true;
}

/* ---- many ---- */

size_t
filters_octets(size_t count)
{
	return (count + LANES - 1) / LANES * BLOCK;
}

/* Eight words of a block, which the processor may have in one register. */
typedef uint16_t words __attribute__((vector_size(16)));

/* The bits of each octet as words. */
static void
spread(words octets[static 256])
{
	for (unsigned octet = 0; octet < 256; octet++)
		for (unsigned bit = 0; bit < 8; bit++)
			octets[octet][bit] = octet >> bit & 1;
}

/* The COUNT of FILTER are those of a block from LANE on. */
static void
put_lanes(uint16_t *block, size_t lane, const uint8_t *const *filter,
    size_t count)
{
	words octets[256], all;

	spread(octets);
	for (size_t i = 0; i < FILTER_OCTETS; i++, block += 8) {
		memset(&all, 0, sizeof(all));
		for (size_t f = count; f-- > 0;)
			all = (all << 1) | octets[filter[f][i]];
		all <<= lane;
		for (size_t bit = 0; bit < 8; bit++)
			block[bit] |= all[bit];
	}
}

/* The last block of SET, a new one where the others are full; or no memory. */
static uint16_t *
last_block(struct filters *set)
{
	size_t block = set->count / LANES;

	if (set->count % LANES == 0 &&
	    (!array_reserve(set->block, set->block_room, block + 1) ||
	    (set->block[block] = calloc(1, BLOCK)) == NULL))
		return NULL;
	return set->block[block];
}

bool
filters_add(struct filters *set, const uint8_t *const *filter, size_t count)
{
	while (count > 0) {
		size_t lane = set->count % LANES;
		size_t n = count < LANES - lane ? count : LANES - lane;
		uint16_t *block = last_block(set);

		if (block == NULL)
			return false;
		put_lanes(block, lane, filter, n);
		set->count += n;
		filter += n;
		count -= n;
	}
	return true;
}

void
filters_free(struct filters *set)
{
	for (size_t i = 0; i * LANES < set->count; i++)
		free(set->block[i]);
	free(set->block);
	*set = (struct filters){ 0 };
}

/* ---- a search in many ---- */

static const uint16_t *
line_of(const struct filters *set, size_t block, size_t line)
{
	return set->block[block] + line * LINE * 8;
}

void
filters_probe(const struct filters *set, uint32_t hash, struct filter_probe *p)
{
	make_probe(hash, p);
	/* all at once, not one after the other */
	for (size_t block = 0; block * LANES < set->count; block++)
		for (size_t i = 0; i < COUNT(p->bit); i++)
			__builtin_prefetch(line_of(set, block, p->line) +
			    p->bit[i]);
}

size_t
filters_next(const struct filters *set, struct filter_probe *p)
{
	unsigned lane;

	while (p->left == 0) {
		const uint16_t *line;

		if (p->block * LANES >= set->count)
			return FILTERS_END;
		line = line_of(set, p->block++, p->line);
		p->left = UINT16_MAX;
		for (size_t i = 0; i < COUNT(p->bit); i++)
			p->left &= line[p->bit[i]];
	}
	lane = (unsigned)__builtin_ctz(p->left);
	p->left &= (uint16_t)(p->left - 1);
	return (p->block - 1) * LANES + lane;
}
