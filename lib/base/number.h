/*
 * number.h: decimal numbers as people write them.
 */
#ifndef GBA_NUMBER_H
#define GBA_NUMBER_H

#include "base/octets.h"

/*
 * Read TEXT, decimal digits and nothing else, as a number from MIN to MAX into
 * N.  Returns false, and leaves N as it was, where it is none.
 */
bool number_read(const char *text, uint64_t min, uint64_t max, uint64_t *n);

#endif
