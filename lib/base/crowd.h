/*
 * crowd.h: a crowd of peers who have proved nothing yet, by the address that
 * each comes from; and who has to go first where there are too many.
 */
#ifndef GBA_CROWD_H
#define GBA_CROWD_H

#include "base/address.h"

struct crowd_source;

/* One of them.  It stays where it is while it is in the crowd. */
struct crowd_member {
	struct crowd_source *source;	/* NULL: it is not in it */
	struct crowd_member *prev, *next;
	void *arg;			/* the owner's */
};

struct crowd {
	size_t max, count;
	struct crowd_source *sources;	/* a hash table */
	struct crowd_source **by_count;	/* those that have so many members */
	size_t most;			/* of one source */
	uint8_t salt[16];		/* so that nobody chooses its hashes */
};

/* A crowd of at most MAX.  OK or FAILED. */
MUST_USE enum status crowd_open(struct crowd *, size_t max);
void crowd_close(struct crowd *);

/*
 * M is in the crowd from now on, as its newest.  Addresses of one IPv6 /64 are
 * one source, and an IPv4 address is the same one inside IPv6.  OK, or FAILED
 * where memory runs out or the crowd is full.
 */
MUST_USE enum status crowd_join(struct crowd *, struct crowd_member *m,
    const struct address *);

/* M is not in it any more, if it was. */
void crowd_leave(struct crowd *, struct crowd_member *m);

/* M, which is in it, has been heard of: it is the newest of its source. */
void crowd_renew(struct crowd_member *m);

/* How many the source of M has, M included; and the oldest of them. */
size_t crowd_around(const struct crowd_member *m);
struct crowd_member *crowd_oldest(const struct crowd_member *m);

/*
 * Who has to go: the oldest of the source that has most; or NULL, where nobody
 * is in it.  So a source that opens many connections takes them from itself.
 */
struct crowd_member *crowd_weakest(const struct crowd *);

#endif
