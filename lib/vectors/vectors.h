/*
 * vectors.h: the HSSs of a run, from which its vectors come: the one that a URI
 * names, or those of an SLF, each opened when it is first needed.  Step 402 of
 * gba-push(7).
 */
#ifndef GBA_VECTORS_H
#define GBA_VECTORS_H

#include "vectors/slf.h"
#include "vectors/source.h"

/* One HSS. */
struct hss {
	const struct source_kind *kind;
	const char *uri;
	void *source;
	bool opened;
	bool begun;		/* something was asked since begin() */
	size_t count;		/* of its requests in the turn */
};

struct vectors {
	struct slf slf;
	bool by_slf;
	struct hss *hss;
	size_t count;
	const struct hss *failed;	/* the last that did */
	struct asked {
		struct hss *hss;
		size_t i;		/* of the turn at that HSS */
	} asked[VECTORS_TURN];
};

/*
 * List what URI names: a file, postgresql://..., gsup://HOST[:PORT][/NAME] or
 * slf:FILE; it stays the caller's.  OK; USAGE; MALFORMED of a FILE; FAILED.
 */
MUST_USE enum status vectors_list(struct vectors *, const char *uri);

/*
 * Open it, or, with an SLF, each HSS when it is first needed.  OK; USAGE where
 * it cannot be used; FAILED.  All are closed by vectors_close(), also where
 * there is but a list.
 */
MUST_USE enum status vectors_open(struct vectors *);
void vectors_close(struct vectors *);

/*
 * How many requests make a turn, and whether that is a transaction, because
 * others may wait for it.
 */
size_t vectors_turn(const struct vectors *, bool *alone);

/*
 * Which HSS has the subscriber of REQUEST; it is opened.  OK; REJECTED where
 * the SLF knows none; or as it opens.
 */
MUST_USE enum status vectors_locate(struct vectors *,
    const struct record *request, struct hss **);

/* What source.h says, of all HSSs: */
MUST_USE enum status vectors_want(struct vectors *, size_t i, struct hss *,
    const struct record *request);
MUST_USE enum status vectors_find(struct vectors *);
MUST_USE enum status vectors_get(struct vectors *, size_t i,
    const struct record *request, struct vector *);
void vectors_forget(struct vectors *);
void vectors_wipe(struct vectors *);

MUST_USE enum status vectors_commit(struct vectors *);
void vectors_abandon(struct vectors *);
MUST_USE enum status vectors_again(struct vectors *, uint64_t ms);

/* Which kind of HSS a URI names; and the FILE of slf:FILE, or NULL. */
const struct source_kind *vectors_kind(const char *uri);
const char *vectors_slf(const char *uri);

/* The kinds of HSS, as --version lists them. */
const char *vectors_kinds(void);

#endif
