/*
 * application.h: the application of a UICC that authenticates, a USIM or an
 * ISIM: which one, its PIN, its identity.
 */
#ifndef GBA_APPLICATION_H
#define GBA_APPLICATION_H

#include "uicc/command.h"
#include "uicc/uicc.h"

#define PIN_MAX 8

struct aid {
	size_t len;
	uint8_t v[AID_MAX];
};

struct application {
	struct channel *channel;
	const struct uicc_options *options;
	char pin[PIN_MAX + 1];	/* or empty */
	bool wrong;		/* some application did not take it */
	struct aid usual;	/* where a GPI names none */
	struct aid known;	/* whose identity this is */
	char impi[IMPI_MAX + 1];
	bool isim;		/* the one that was chosen last */
};

/* Read --pin-file, if there is one.  OK, MALFORMED or FAILED. */
MUST_USE enum status application_read_pin(struct application *);

/*
 * Find the usual one, --aid, else an ISIM, else a USIM, and enter it.  As
 * application_enter(); or USAGE where --aid is none.
 */
MUST_USE enum status application_find(struct application *);

/* Whether it is a USIM or an ISIM, and no other application of the card. */
bool application_authenticates(const struct aid *);

/*
 * Choose the application, NAMED by a GPI alone, and what it takes to use it.
 * OK; REJECTED where the card has none; FAILED.
 */
MUST_USE enum status application_enter(struct application *,
    const struct aid *, bool named);

#endif
