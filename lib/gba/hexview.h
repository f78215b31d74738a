/*
 * hexview.h: the octets of an item, annotated: which are what, and in a GPI
 * which are encrypted and which are authenticated.
 */
#ifndef GBA_HEXVIEW_H
#define GBA_HEXVIEW_H

#include "record/show.h"

/*
 * Write the view of the LEN octets ITEM.  R is what they decode to, or NULL
 * where they do not; an opened GPI is shown opened.  Octets of secret fields
 * read `..' unless SECRETS.
 */
void hexview(struct text *, const uint8_t *item, size_t len,
    const struct record *r, bool secrets);

#endif
