/*
 * hexview.h: the octets of an item with their fields, and in a GPI which are
 * encrypted and which are authenticated.
 */
#ifndef GBA_HEXVIEW_H
#define GBA_HEXVIEW_H

#include "record/show.h"

struct hexview {
	const struct record *r;		/* the decoded item, or NULL: it is
					   none; an opened GPI is shown so */
	const struct record *gpi;	/* the same of the GPI within a record,
					   or NULL: no annotations */
	bool secrets;			/* else octets of secrets read `..' */
	bool colour;
};

/* Write the view of the LEN octets ITEM. */
void hexview(struct text *, const uint8_t *item, size_t len,
    const struct hexview *);

#endif
