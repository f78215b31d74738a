/*
 * hss_set.h: the HSSs of a server: the one that a URI names, or those of an
 * SLF.  Each has a worker of its own: one that is out of reach delays requests
 * to no other.
 */
#ifndef GBA_HSS_SET_H
#define GBA_HSS_SET_H

#include "bsf/answer.h"
#include "vectors/slf.h"

struct hss_set {
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
 * All are closed by hss_set_close(), also after a failure.
 */
MUST_USE enum status hss_set_open(struct hss_set *, const char *uri,
    const struct grant *);
void hss_set_close(struct hss_set *);

/* What they need of confine.h, and its files. */
unsigned hss_set_confine(const struct hss_set *);

/*
 * The worker of the HSS that has the subscriber of REQUEST.  OK; REJECTED where
 * the SLF knows none, or the NAF may not ask for its private identity there.
 */
MUST_USE enum status hss_set_find(struct hss_set *,
    const struct record *request, struct store_worker **);

/*
 * Begin with what waits, and do what has to be done in the loop.  After each
 * wait, and not from within the loop.  Returns whether more waits already, and
 * nobody is at it.
 */
bool hss_set_go_on(struct hss_set *);

#endif
