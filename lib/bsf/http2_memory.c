/* http2_memory.c: memory for libnghttp2. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bsf/http2_memory.h"

#define LARGE 16384

/* Stands before all of it, and leaves what follows aligned. */
struct head {
	_Alignas(16) size_t len;	/* of what follows */
};

static struct head *
head_of(void *p)
{
	return (struct head *)p - 1;
}

static void *
allocate(size_t len, void *unused)
{
	struct head *h;

	(void)unused;
	if (len > SIZE_MAX - sizeof(*h))
		return NULL;
	if (len < LARGE) {
		h = malloc(sizeof(*h) + len);
	} else {
		h = mmap(NULL, sizeof(*h) + len, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		h = h == MAP_FAILED ? NULL : h;
	}
	if (h == NULL)
		return NULL;
	h->len = len;
	return h + 1;
}

static void
release(void *p, void *unused)
{
	struct head *h = p == NULL ? NULL : head_of(p);

	(void)unused;
	if (h != NULL && h->len >= LARGE)
		munmap(h, sizeof(*h) + h->len);
	else
		free(h);
}

static void *
allocate_zeros(size_t count, size_t len, void *unused)
{
	void *p = len > 0 && count > SIZE_MAX / len ? NULL :
	    allocate(count * len, unused);

	return p == NULL ? NULL : memset(p, 0, count * len);
}

static void *
reallocate(void *old, size_t len, void *unused)
{
	void *new = allocate(len, unused);
	size_t n = old == NULL ? 0 : head_of(old)->len;

	if (new == NULL)
		return NULL;
	if (n > 0)
		memcpy(new, old, n < len ? n : len);
	release(old, unused);
	return new;
}

nghttp2_mem http2_memory = { NULL, allocate, release, allocate_zeros,
    reallocate };
