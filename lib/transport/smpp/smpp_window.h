/*
 * smpp_window.h: the requests of an SMPP session that have no answer yet, and
 * how many there may be: half as many where the SMSC asks for a slower pace,
 * and one more again for each 50 that it took.
 */
#ifndef GBA_SMPP_WINDOW_H
#define GBA_SMPP_WINDOW_H

#include "base/octets.h"
#include "base/status.h"

#define SMPP_WINDOW_MAX 1024	/* more than form.window may be */

struct smpp_window {
	struct submit {
		bool taken;
		uint32_t sequence;
		void *of;		/* what the answer is for, or NULL */
		uint64_t deadline;
	} submit[SMPP_WINDOW_MAX];	/* at the sequence number modulo that */
	uint64_t count, window, taken;
	uint32_t narrowed;
};

/* There are none: a session begins or has ended. */
void smpp_window_clear(struct smpp_window *);

/* Whether there is a place for the request SEQUENCE. */
bool smpp_window_free(const struct smpp_window *, uint32_t sequence);
void smpp_window_put(struct smpp_window *, uint32_t sequence, void *of,
    uint64_t deadline);

/* The request SEQUENCE was answered; *OF wants to know.  False: never made. */
MUST_USE bool smpp_window_answered(struct smpp_window *, uint32_t sequence,
    void **of);

/* Nobody wants the answer to SEQUENCE any more. */
void smpp_window_disown(struct smpp_window *, uint32_t sequence);

/* Whether the time of any is over; else *NEXT is when, or UINT64_MAX. */
MUST_USE bool smpp_window_overdue(const struct smpp_window *, uint64_t now,
    uint64_t *next);

/* One was taken. */
void smpp_window_wider(struct smpp_window *);

/*
 * SEQUENCE was to come more slowly, while WINDOW was allowed to it and LAST was
 * the last request.
 */
void smpp_window_narrower(struct smpp_window *, uint32_t sequence,
    uint64_t window, uint32_t last);

#endif
