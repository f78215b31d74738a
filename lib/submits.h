/*
 * submits.h: the requests of an SMPP session that have no answer yet, and how
 * many there may be: half as many where the SMSC asks for a slower pace, and
 * one more again for each 50 that it took.
 */
#ifndef GBA_SUBMITS_H
#define GBA_SUBMITS_H

#include "octets.h"
#include "status.h"

#define SUBMITS_MAX 1024	/* more than form.window may be */

struct submits {
	struct submit {
		bool taken;
		uint32_t sequence;
		void *of;		/* whoever wants the answer, or NULL */
		uint64_t deadline;
	} submit[SUBMITS_MAX];		/* at the sequence number modulo that */
	uint64_t count, window, taken;
	uint32_t narrowed;
};

/* There are none: a session begins or has ended. */
void submits_clear(struct submits *);

/* Whether there is a place for the request SEQUENCE. */
bool submits_free(const struct submits *, uint32_t sequence);
void submits_put(struct submits *, uint32_t sequence, void *of,
    uint64_t deadline);

/* The request SEQUENCE was answered; *OF wants to know.  False: never made. */
MUST_USE bool submits_answered(struct submits *, uint32_t sequence, void **of);

/* Nobody wants the answer to SEQUENCE any more. */
void submits_disown(struct submits *, uint32_t sequence);

/* Whether the time of any is over; else *NEXT is when, or UINT64_MAX. */
MUST_USE bool submits_overdue(const struct submits *, uint64_t now,
    uint64_t *next);

/* One was taken. */
void submits_wider(struct submits *);

/*
 * SEQUENCE was to come more slowly, while WINDOW was allowed to it and LAST was
 * the last request.
 */
void submits_narrower(struct submits *, uint32_t sequence, uint64_t window,
    uint32_t last);

#endif
