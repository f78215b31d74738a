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

/* The bits of an octet as words. */
static void
spread(uint16_t words[static 256][8])
{
	for (unsigned octet = 0; octet < 256; octet++)
		for (unsigned bit = 0; bit < 8; bit++)
			words[octet][bit] = octet >> bit & 1;
}

static void
put_lane(uint16_t *block, unsigned lane, const uint8_t *filter)
{
	uint16_t words[256][8];

	spread(words);
	for (size_t i = 0; i < FILTER_OCTETS; i++, block += 8)
		for (size_t bit = 0; bit < 8; bit++)
			block[bit] |= (uint16_t)(words[filter[i]][bit] << lane);
}

bool
filters_add(struct filters *set, const uint8_t *filter)
{
	size_t block = set->count / LANES;

	if (set->count % LANES == 0 &&
	    (!array_reserve(set->block, set->block_room, block + 1) ||
	    (set->block[block] = calloc(1, BLOCK)) == NULL))
		return false;
	if (filter != NULL)
		put_lane(set->block[block], set->count % LANES, filter);
	set->count++;
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
