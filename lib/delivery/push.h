/*
 * push.h: GPIs on their way to devices (step 405 of gba-push(7)): many at a
 * time, each tried again until it has left or its time is over, each reported
 * once.
 */
#ifndef GBA_PUSH_H
#define GBA_PUSH_H

#include "delivery/transports.h"

#define PUSH_WINDOW 1000	/* the default */
#define PUSH_TIMEOUT 30

struct push_options {
	const char *to;		/* a URI for all; -: put(); or NULL: each its
				   ue_trp, but */
	const char *const *via;	/* SCHEME=URI: those whose ue_trp has this */
	size_t via_count;	/* SCHEME go to URI */
	uint64_t window;	/* records without a report, at most */
	uint64_t retry_for;	/* seconds; 0: one try */
	uint64_t rate;		/* GPIs that leave in a second, at most; 0:
				   as they come */
	struct transport_options transport;

	/*
	 * What became of the record NUMBER: a report, and OK; or REJECTED, or
	 * FAILED where this machine is at fault.
	 */
	void (*report)(void *arg, const struct record *report,
	    uint64_t number, const struct outcome *);

	/* Have a GPI leave by other ways.  Any status but FAILED. */
	enum status (*put)(void *arg, const uint8_t *gpi, size_t len);

	/* Reports were made, and none may be for a while: it is time to have
	   them written. */
	void (*pause)(void *arg);
	void *arg;
};

struct push;

/* OK; USAGE where --to or --via is wrong; FAILED.  Closed by the caller. */
MUST_USE enum status push_open(struct push **, const struct push_options *);

/*
 * Take a response, or anything with p_tid, gpi, key_lt and perhaps ue_trp; it
 * is reported before this returns or later.  Waits while the window is full,
 * and until it is its turn.  OK, or FAILED where memory runs out.
 */
MUST_USE enum status push_one(struct push *,
    const struct record *response, uint64_t number);

/*
 * Wait until all are reported, and connections have no more answers; a signal
 * of the loop ends that.
 */
void push_finish(struct push *);

/* Those that have no report yet. */
uint64_t push_under_way(const struct push *);

/*
 * Frees it; what is under way is given up.  Connections that are left then
 * take leave of their peers, which takes a second at most.
 */
void push_close(struct push *);

#endif
