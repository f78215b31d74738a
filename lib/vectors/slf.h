/*
 * slf.h: the Subscription Locator Function: a file whose lines `PATTERN HSS'
 * say which HSS has a subscriber.  Empty lines are skipped, # begins a comment.
 */
#ifndef GBA_SLF_H
#define GBA_SLF_H

#include "record/record.h"

struct slf {
	const char *name;		/* of the file */
	struct slf_line *line;
	size_t count, room;
	char **hss;			/* the HSSs, each once */
	size_t hss_count, hss_room;
};

/*
 * Read the file NAME, which stays the caller's.  OK; MALFORMED, naming the
 * line; FAILED.
 */
MUST_USE enum status slf_read(struct slf *, const char *name);
void slf_free(struct slf *);

/*
 * The first line whose pattern matches an identity of REQUEST: its ue_id, its
 * ue_priv_id, or the IMSI of either.  OK with the index *HSS; REJECTED where
 * there is none.
 */
MUST_USE enum status slf_locate(const struct slf *,
    const struct record *request, size_t *hss);

#endif
