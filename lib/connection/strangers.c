/* strangers.c: the connections of a server that have proved no key. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/message.h"
#include "connection/strangers.h"

#define TELL_MS 1000	/* between two words on them */
#define ASKING_MS 1000	/* that one that asks has, however many come */
#define LINES 100	/* of their own, at once; then one a second */

/* ---- what is said ---- */

static void
tell(struct strangers *s)
{
	bool one = s->untold == 1;

	if (s->untold == 0)
		return;
	warn("%" PRIu64 " connection%s ended before %s proved a key (last: "
	    "%s: %s)", s->untold, one ? "" : "s", one ? "it" : "they",
	    s->peer, s->why);
	s->untold = 0;
	s->tell_at = clock_monotonic_ms() + TELL_MS;
}

static void
tell_later(void *arg, short revents)
{
	(void)revents;
	tell(arg);
}

void
strangers_tell(struct strangers *all, const struct stranger *s,
    const char *why)
{
	all->untold++;
	address_text(&s->from.sa, s->from.len, all->peer);
	snprintf(all->why, sizeof(all->why), "%s", why);
	if (clock_monotonic_ms() >= all->tell_at)
		tell(all);
	else if (all->watch.wake == LOOP_NEVER)
		loop_wake(&all->watch, all->tell_at);
}

bool
strangers_may_have_line(struct strangers *s)
{
	return bucket_take(&s->lines);
}

/* ---- who is there ---- */

enum status
strangers_open(struct strangers *s, size_t max, size_t max_per_address)
{
	enum status status;

	memset(s, 0, sizeof(*s));
	s->max = max;
	s->max_per_address = max_per_address;
	bucket_begin(&s->lines, 1, LINES);
	s->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = tell_later, .arg = s };
	/* one more, until somebody has gone for it */
	if ((status = crowd_open(&s->silent, max + 1)) != OK)
		return status;
	return loop_add(&s->watch);
}

void
strangers_close(struct strangers *s)
{
	tell(s);
	loop_remove(&s->watch);
	crowd_close(&s->silent);
}

enum status
strangers_put(struct strangers *all, struct stranger *s)
{
	enum status status;

	s->silent.arg = s;
	if ((status = crowd_join(&all->silent, &s->silent, &s->from)) != OK)
		return status;
	s->since = clock_monotonic_ms();
	s->in = true;
	all->count++;
	return OK;
}

void
strangers_remove(struct strangers *all, struct stranger *s)
{
	if (!s->in)
		return;
	if (s->asks)
		DL_DELETE(all->asking, s);
	else
		crowd_leave(&all->silent, &s->silent);
	s->in = s->asks = false;
	all->count--;
}

/* Without memory for its source it stays where it is. */
void
strangers_mark(struct strangers *all, struct stranger *s, bool asks)
{
	if (!s->in || s->asks == asks)
		return;
	if (asks) {
		crowd_leave(&all->silent, &s->silent);
		DL_APPEND(all->asking, s);
	} else if (crowd_join(&all->silent, &s->silent, &s->from) == OK) {
		DL_DELETE(all->asking, s);
	} else {
		return;
	}
	s->since = clock_monotonic_ms();
	s->asks = asks;
}

/* ---- who has to go ---- */

struct stranger *
strangers_weakest(const struct strangers *all)
{
	const struct crowd_member *m = crowd_weakest(&all->silent);
	struct stranger *oldest = all->asking;

	if (m != NULL)
		return m->arg;
	return oldest != NULL && clock_monotonic_ms() >=
	    oldest->since + ASKING_MS ? oldest : NULL;
}

bool
strangers_have_room(const struct strangers *all, uint64_t open, uint64_t most)
{
	return (open < most && all->count < all->max) ||
	    strangers_weakest(all) != NULL;
}

struct stranger *
strangers_surplus(const struct strangers *all, const struct stranger *s)
{
	if (!s->in || s->asks)
		return NULL;
	if (crowd_around(&s->silent) > all->max_per_address)
		return crowd_oldest(&s->silent)->arg;
	return all->count > all->max ? strangers_weakest(all) : NULL;
}
