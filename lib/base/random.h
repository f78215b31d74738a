/*
 * random.h: random octets.  --rand replaces them, so that a run can be
 * repeated.
 */
#ifndef GBA_RANDOM_H
#define GBA_RANDOM_H

#include "base/octets.h"
#include "base/status.h"

/* --rand: the first call gets these LEN octets; further calls fail. */
void random_fix(const uint8_t *v, size_t len);
bool random_is_fixed(void);

/*
 * Get LEN random octets.  OK; REJECTED if --rand was used already; USAGE if
 * it has another length; FAILED.
 */
MUST_USE enum status random_octets(uint8_t *out, size_t len);

#endif
