/*
 * hsss.h: the HSSs of a server: the one that a URI names, or those of an SLF,
 * each with a worker of its own, so that one which is out of reach is waited
 * for by nobody else.
 */
#ifndef GBA_HSSS_H
#define GBA_HSSS_H

#include "bsf/answer.h"
#include "vectors/slf.h"

struct hsss {
	struct slf slf;
	bool by_slf;
	struct one_hss {
		struct answerer answerer;
		const struct source_kind *kind;
		struct store_work *work;
	} *v;
	size_t count;
};

/*
 * Open what URI names; it stays the caller's, as the GRANT does.  Those of an
 * SLF are opened when they are needed.  OK; USAGE; MALFORMED of an SLF; FAILED.
 * All are closed by hsss_close(), also after a failure.
 */
MUST_USE enum status hsss_open(struct hsss *, const char *uri,
    const struct grant *);
void hsss_close(struct hsss *);

/* What they need of confine.h, and its files. */
unsigned hsss_confine(const struct hsss *);

/*
 * The worker of the HSS that has the subscriber of REQUEST.  OK; REJECTED where
 * the SLF knows none, or the NAF may not ask for its private identity there.
 */
MUST_USE enum status hsss_find(struct hsss *, const struct record *request,
    struct store_worker **);

/*
 * Begin with what waits, and do what has to be done in the loop.  After each
 * wait, and not from within the loop.  Returns whether more waits already, and
 * nobody is at it.
 */
bool hsss_go_on(struct hsss *);

#endif
