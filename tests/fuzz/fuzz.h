/*
 * fuzz.h: what the fuzzers share.  tests/fuzz/run builds and runs them.
 */
#ifndef GBA_FUZZ_H
#define GBA_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* What must hold of any input. */
#define expect(cond) do { \
	if (!(cond)) { \
		fprintf(stderr, "%s:%d: expected %s\n", __FILE__, __LINE__, \
		    #cond); \
		abort(); \
	} \
} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *in, size_t len);

#endif
