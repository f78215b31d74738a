/*
 * fuzz.h: what the fuzzers share.  tests/fuzz/run builds and runs them;
 * tests/fuzz/replay.c runs what they once found in the tests.
 */
#ifndef GBA_FUZZ_H
#define GBA_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * Standard error as it was at the start: what the library says on it goes
 * nowhere, by -close_fd_mask of libFuzzer, or by replay.c.
 */
static int standard_error = 2;

__attribute__((constructor)) static inline void
keep_standard_error(void)
{
	standard_error = dup(2);
}

/* What must hold of any input. */
#define expect(cond) do { \
	if (!(cond)) { \
		dprintf(standard_error, "%s:%d: expected %s\n", __FILE__, __LINE__, \
		    #cond); \
		abort(); \
	} \
} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

/* The input in pieces: an octet that says how long each is, and so much. */
struct pieces {
	const uint8_t *v;
	size_t left;
};

static inline const uint8_t *
piece(struct pieces *p, size_t *len)
{
	const uint8_t *v = p->v + 1;

	if (p->left == 0)
		return NULL;
	*len = p->v[0] < p->left - 1 ? p->v[0] : p->left - 1;
	p->v += 1 + *len;
	p->left -= 1 + *len;
	return v;
}

#endif
