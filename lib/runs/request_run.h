/*
 * request_run.h: requests for GPIs, each with its trigger kept in the MTC
 * server's store (step 401 of gba-push(7)).
 */
#ifndef GBA_REQUEST_RUN_H
#define GBA_REQUEST_RUN_H

#include "pipe/io.h"
#include "runs/choice.h"

/* What is requested, as options say it. */
struct request_options {
	const char *naf, *ua;		/* FQDN, and 10 hex digits */
	const char *indication;		/* a number, a name, or NULL */
	struct record template;		/* may have p_tid, trigger_time and
					   trigger_mode; gets the rest */
	struct record device;		/* may have ue_trp: then devices need
					   not be registered */
	struct choice choice;
	bool private;			/* ue_id is an IMPI */
	uint64_t lifetime;		/* of the key, from now */

	/* called for each request that is kept; may be NULL */
	enum status (*requested)(void *arg, const struct record *request);
	void *arg;
};

/* Check them and complete the template.  OK or USAGE. */
MUST_USE enum status request_options_check(struct request_options *);

/*
 * Request a GPI for each device: the trigger is kept, then the request leaves
 * through OUT.  A device that is not known, or a known p_tid, is complained
 * about and skipped.  Returns the most severe status seen.
 */
MUST_USE enum status request_run(const struct request_options *, struct db *,
    struct output *out);

/*
 * Store the SA of RESPONSE, the answer to a request: as sa_put_naf(), and
 * MALFORMED where its GPI is.
 */
MUST_USE enum status request_answered(struct db *,
    const struct record *response);

/*
 * Request the GPI again that FAILURE is the answer to; OLD gets the request
 * before.  Its trigger fails, its SA is closed.  REJECTED where no trigger is
 * open that has its RAND, or its device has responded; FAILED.
 */
MUST_USE enum status request_resync(struct db *,
    const struct record *failure, struct record *request,
    struct record *old);

#endif
