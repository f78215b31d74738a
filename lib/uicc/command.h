/*
 * command.h: commands to a UICC and their whole answers, by whatever way, and
 * shown for --explain.
 */
#ifndef GBA_COMMAND_H
#define GBA_COMMAND_H

#include "uicc/link.h"

struct channel {
	struct link link;
	bool explain;		/* show them on standard error, */
	bool secrets;		/* also what is hidden otherwise */
};

enum hidden { HIDE_NOTHING, HIDE_COMMAND, HIDE_ANSWER };

/* Have IN done.  OK, whatever the card says to it; or FAILED. */
MUST_USE enum status command(struct channel *, const struct apdu *in,
    struct answer_apdu *out, enum hidden);

/* The same for a command that has to go well; WHAT it was for. */
MUST_USE enum status command_good(struct channel *, const struct apdu *in,
    struct answer_apdu *out, const char *what);

/*
 * Read FILE of the application, which is called NAME; or write LEN octets V
 * into it.  OK or FAILED.
 */
MUST_USE enum status command_read(struct channel *, unsigned file,
    const char *name, struct answer_apdu *out);
MUST_USE enum status command_update(struct channel *, unsigned file,
    const char *name, const uint8_t *v, size_t len);

#endif
