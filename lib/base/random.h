/*
 * random.h: where random octets come from, so that a run can be repeated:
 * --rand replaces them.
 */
#ifndef GBA_RANDOM_H
#define GBA_RANDOM_H

#include "base/octets.h"
#include "base/random.h"
#include "base/status.h"

/* --rand: the first random octets are these LEN, and there are no others. */
void random_fix(const uint8_t *v, size_t len);

/*
 * LEN random octets.  OK; REJECTED where --rand is used up; USAGE where it has
 * another length; FAILED.
 */
MUST_USE enum status random_octets(uint8_t *out, size_t len);

#endif
