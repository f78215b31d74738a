/*
 * sqlite_memory.c: the memory of SQLite.  It takes and gives back a dozen small
 * blocks for each statement; free() would erase each of them, which takes a
 * tenth of the time of a program that stores records.  So small blocks are kept
 * for the next statement, and are erased when the program is about to wait.
 */
#include <stdlib.h>
#include <string.h>

#include "base/octets.h"
#include "store/sqlite.h"

#define STEP 64			/* sizes are multiples of it */
#define CLASSES 24		/* of them are kept: up to 1,536 octets */
#define KEPT_MAX (512 << 10)	/* octets that are kept, of a thread */

/* Before each block, which so stays aligned. */
union head {
	size_t size;
	max_align_t align;
};

struct kept {
	struct kept *next;
};

static _Thread_local struct {
	struct kept *first[CLASSES + 1];
	size_t octets;
} kept;

static union head *
head_of(void *block)
{
	return (union head *)block - 1;
}

static int
round_up(int size)
{
	return (size + STEP - 1) / STEP * STEP;
}

static void *
take(int want)
{
	size_t size = (size_t)round_up(want);
	struct kept *block = size / STEP <= CLASSES ?
	    kept.first[size / STEP] : NULL;
	union head *head;

	if (block != NULL) {
		kept.first[size / STEP] = block->next;
		kept.octets -= size;
		return block;
	}
	if ((head = malloc(sizeof(*head) + size)) == NULL)
		return NULL;
	head->size = size;
	return head + 1;
}

static void
give_back(void *block)
{
	size_t size = block == NULL ? 0 : head_of(block)->size;
	struct kept *k = block;

	if (block == NULL)
		return;
	if (size / STEP > CLASSES || kept.octets + size > KEPT_MAX) {
		free(head_of(block));
		return;
	}
	k->next = kept.first[size / STEP];
	kept.first[size / STEP] = k;
	kept.octets += size;
}

static int
size_of(void *block)
{
	return block == NULL ? 0 : (int)head_of(block)->size;
}

static void *
resize(void *block, int want)
{
	void *other;

	if (round_up(want) == size_of(block))
		return block;
	if ((other = take(want)) == NULL)
		return NULL;
	memcpy(other, block, (size_t)(want < size_of(block) ? want :
	    size_of(block)));
	give_back(block);
	return other;
}

static int
begin(void *unused)
{
	(void)unused;
	return SQLITE_OK;
}

static void
end(void *unused)
{
	(void)unused;
}

void
sqlite_memory_configure(void)
{
	static const sqlite3_mem_methods methods = { take, give_back, resize,
	    size_of, round_up, begin, end, NULL };

	sqlite3_config(SQLITE_CONFIG_MALLOC, &methods);
}

void
sqlite_memory_wipe(void)
{
	for (size_t i = 1; i <= CLASSES; i++)
		for (struct kept *k = kept.first[i]; k != NULL; k = k->next)
			wipe(k + 1, i * STEP - sizeof(*k));
}
