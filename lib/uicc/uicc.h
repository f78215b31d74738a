/*
 * uicc.h: a UICC as what a device authenticates with.
 */
#ifndef GBA_UICC_H
#define GBA_UICC_H

#include "gba/receive.h"

struct uicc_options {
	const char *card;	/* pcsc:[READER] or at:DEVICE[,BAUD] */
	const char *pin_file;	/* or NULL */
	const char *impi;	/* or NULL: that of the application */
	const char *aid;	/* hex of its beginning, or NULL */
	bool explain, secrets;	/* show APDUs on standard error */
};

struct uicc;

/* The kinds of cards, and what was not there at build time: a line. */
const char *uicc_list(void);

/* Whether the name of a card is that of a UICC, and of no file. */
bool uicc_named(const char *card);

/*
 * Open the UICC and look for its application.  OK; USAGE; MALFORMED, of the
 * file of the PIN; or FAILED.
 */
MUST_USE enum status uicc_open(struct uicc **, const struct uicc_options *);
void uicc_close(struct uicc *);

/* What receive() calls, with the struct uicc. */
extern const struct uicc_functions uicc_functions;

#endif
