/*
 * hexview.h: the octets of an item with their fields, and in a GPI which are
 * encrypted and which are authenticated.
 */
#ifndef GBA_HEXVIEW_H
#define GBA_HEXVIEW_H

#include "record/show.h"

/*
 * Write the view of the LEN octets ITEM.  R is the decoded item, or NULL if it
 * cannot be decoded; if R is an opened GPI, its content is shown.  Octets of
 * secret fields read `..' unless SECRETS.
 */
void hexview(struct text *, const uint8_t *item, size_t len,
    const struct record *r, bool secrets);

#endif
