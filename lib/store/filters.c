/* filters.c: which keys a part of a store may have. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "store/filters.h"

#define LINE 64		/* octets */
#define LINE_BITS 16	/* of the hash, that do not say which line */
#define LANES 8		/* filters that are side by side */
#define BLOCK (LANES * FILTER_OCTETS)

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
}

/* Three of four searches in vain end with the first bit. */
static bool
has_all(const uint8_t *line, const struct filter_probe *p)
{
	for (size_t i = 0; i < COUNT(p->bit); i++)
		if ((line[p->bit[i] / 8] & 1 << p->bit[i] % 8) == 0)
			return false;
	return true;
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
	struct filter_probe p;

	make_probe(hash, &p);
	return has_all(filter + p.line * LINE, &p);
}

/* ---- many ---- */

static uint8_t *
line_of(const struct filters *set, size_t i, size_t line)
{
	return set->block[i / LANES] + (line * LANES + i % LANES) * LINE;
}

size_t
filters_octets(size_t count)
{
	return (count + LANES - 1) / LANES * BLOCK;
}

bool
filters_add(struct filters *set, const uint8_t *filter)
{
	size_t block = set->count / LANES;

	if (set->count % LANES == 0 &&
	    (!array_reserve(set->block, set->block_room, block + 1) ||
	    (set->block[block] = malloc(BLOCK)) == NULL))
		return false;
	for (size_t line = 0; line < FILTER_OCTETS / LINE; line++)
		if (filter != NULL)
			memcpy(line_of(set, set->count, line),
			    filter + line * LINE, LINE);
		else
			memset(line_of(set, set->count, line), 0, LINE);
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

void
filters_probe(const struct filters *set, uint32_t hash, struct filter_probe *p)
{
	make_probe(hash, p);
	/* all at once, not one after the other */
	for (size_t i = 0; i < set->count; i++)
		__builtin_prefetch(line_of(set, i, p->line));
}

bool
filters_may_have(const struct filters *set, size_t i,
    const struct filter_probe *p)
{
	return has_all(line_of(set, i, p->line), p);
}
