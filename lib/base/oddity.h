/*
 * oddity.h: what stands in text that people write or copy and should not, in
 * words for messages: most of it cannot be seen.
 */
#ifndef GBA_ODDITY_H
#define GBA_ODDITY_H

#include "base/octets.h"

#define ODDITY_MAX 64

/*
 * Describe the first of the LEN characters V that is not ASCII, such as "a
 * no-break space (U+00A0)", in OUT.  Returns OUT, or NULL where there is none.
 */
const char *oddity(const char *v, size_t len, char out[static ODDITY_MAX]);

/*
 * The same for what is not one string of hex digits: "a blank", "an odd number
 * of digits".  A message may show it of a key, too.
 */
const char *oddity_in_hex(const char *v, size_t len,
    char out[static ODDITY_MAX]);

#endif
