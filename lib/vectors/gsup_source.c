/*
 * gsup_source.c: vectors from osmo-hlr, over GSUP.  One connection serves a
 * run; the requests of a turn are under way together.  What was not answered
 * when the connection broke, is asked again: a vector that was lost is skipped,
 * and no vector is given twice.
 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/dial.h"
#include "base/message.h"
#include "vectors/gsup.h"
#include "vectors/source.h"

#define SCHEME "gsup://"
#define PORT "4222"
#define NAME "gpi-gen"		/* where the URI has none */
#define TURN 512		/* requests that are answered together */
#define WINDOW 128		/* requests that have no answer yet */
#define ANSWER_MS 5000		/* for the next answer */
#define LOST_MS 30000		/* for another connection */
#define DIAL_MS 10000
#define PAUSE_MS 200		/* between two attempts */
#define STRIKES 3		/* broken answers in a row */

struct question {
	char imsi[IMSI_MAX + 1];
	bool resync;
	uint8_t rand[16], auts[14];
	enum { WAITS, ASKED, ANSWERED, REFUSED, NO_KEYS, REPEATED } state;
	uint32_t session;
	uint8_t cause;
	struct vector vector;
};

struct gsup {
	char uri[WHERE_MAX + sizeof(SCHEME)], where[WHERE_MAX];
	char name[GSUP_NAME_MAX + 1];
	enum { DOWN, DIALLING, GREETING, READY } state;
	struct dial dial;
	struct watch watch;
	uint8_t in[GSUP_FRAME_MAX];
	size_t in_len;
	uint8_t out[WINDOW * GSUP_REQUEST_MAX];
	size_t out_at, out_len;

	/* the turn */
	struct question question[VECTORS_TURN];
	size_t count;
	size_t first;		/* those before have an answer */
	size_t next;		/* those before were asked */
	size_t left, under_way;	/* without answer; of them, asked */
	uint32_t session;	/* the last */
	uint8_t seen[VECTORS_TURN][16];	/* the last RANDs, in a ring */
	size_t seen_at;

	/* of a connection that was lost */
	bool opening;		/* the first one: there is no second */
	bool ever;		/* an answer came */
	bool again;		/* something is asked again */
	unsigned strikes;
	uint64_t until;		/* when to give up; 0: all is well */
	bool over;
	struct outcome why;	/* the last failure */
	struct outcome lost;	/* that for which requests are asked again */
};

/* ---- the connection ---- */

static void
hang_up(struct gsup *g)
{
	int fd = g->watch.fd;

	dial_stop(&g->dial);
	loop_unwatch(&g->watch);
	if (fd >= 0)
		close(fd);
	wipe(g->in, sizeof(g->in));
	g->in_len = g->out_at = g->out_len = 0;
	g->state = DOWN;
}

/*
 * The connection is gone, for the last failure.  Without questions the next
 * turn makes another.
 */
static void
lose(struct gsup *g)
{
	uint64_t now = clock_monotonic_ms();

	g->why = outcome_of(FAILED);
	hang_up(g);
	if (g->under_way > 0) {
		g->again = true;
		g->lost = g->why;
	}
	g->under_way = g->next = 0;
	for (size_t i = 0; i < g->count; i++)
		if (g->question[i].state == ASKED)
			g->question[i].state = WAITS;
	if (g->until == 0)
		g->until = now + LOST_MS;
	g->over = g->opening || g->strikes >= STRIKES || now >= g->until;
	loop_wake(&g->watch, g->over || g->left == 0 ? LOOP_NEVER :
	    now + PAUSE_MS);
}

static void
dialled(void *arg, int fd)
{
	struct gsup *g = arg;

	if (fd < 0) {
		lose(g);
		return;
	}
	g->state = GREETING;
	loop_wake(&g->watch, clock_monotonic_ms() + ANSWER_MS);
	if (loop_watch(&g->watch, fd, POLLIN) != OK) {
		close(fd);
		lose(g);
	}
}

static void
dial(struct gsup *g)
{
	uint64_t deadline = clock_monotonic_ms() + DIAL_MS;

	g->state = DIALLING;
	if (g->until != 0 && g->until < deadline)
		deadline = g->until;
	dial_start(&g->dial, g->where, deadline);
}

/* ---- octets ---- */

/* Ask as many as the window and the room allow. */
static void
ask(struct gsup *g)
{
	struct question *q;

	while (g->state == READY && g->next < g->count &&
	    g->under_way < WINDOW &&
	    sizeof(g->out) - g->out_len >= GSUP_REQUEST_MAX) {
		q = &g->question[g->next++];
		if (q->state != WAITS)
			continue;
		q->session = ++g->session;
		q->state = ASKED;
		g->under_way++;
		g->out_len += gsup_request(&(struct gsup_request){ q->imsi,
		    q->session, q->resync ? q->rand : NULL,
		    q->resync ? q->auts : NULL }, g->out + g->out_len);
	}
}

static enum status
write_some(struct gsup *g)
{
	ssize_t n;

	ask(g);
	while (g->out_at < g->out_len) {
		n = send(g->watch.fd, g->out + g->out_at,
		    g->out_len - g->out_at, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return fail(FAILED, "%s", strerror(errno));
		g->out_at += (size_t)n;
		if (g->out_at == g->out_len) {
			g->out_at = g->out_len = 0;
			ask(g);
		}
	}
	loop_events(&g->watch, g->out_at < g->out_len ? POLLIN | POLLOUT :
	    POLLIN);
	return OK;
}

/* Small frames that need no place in a window: without room, they are lost. */
static void
put(struct gsup *g, const uint8_t *v, size_t len)
{
	if (sizeof(g->out) - g->out_len < len)
		return;
	memcpy(g->out + g->out_len, v, len);
	g->out_len += len;
}

static void
greet(struct gsup *g)
{
	uint8_t v[GSUP_IDENTITY_MAX];
	size_t len = gsup_identity(g->name, v);

	put(g, v, len);
	if (g->state == READY)
		return;
	g->state = READY;
	if (g->again)
		warn("%s: connection lost (%s); asked again what was not "
		    "answered", g->uri, g->lost.text);
	g->again = false;
	loop_wake(&g->watch, g->left == 0 ? LOOP_NEVER :
	    clock_monotonic_ms() + ANSWER_MS);
}

/* ---- answers ---- */

/* Answers come in order, so it is the first, nearly always. */
static struct question *
find_question(struct gsup *g, const struct gsup_frame *f)
{
	struct question *q;

	while (g->first < g->count && g->question[g->first].state > ASKED)
		g->first++;
	for (size_t i = g->first; i < g->next; i++) {
		q = &g->question[i];
		if (q->state == ASKED && strcmp(q->imsi, f->imsi) == 0 &&
		    (!f->has_session || f->session == q->session))
			return q;
	}
	return NULL;
}

static bool
was_seen(struct gsup *g, const uint8_t rand[static 16])
{
	for (size_t i = 0; i < VECTORS_TURN; i++)
		if (memcmp(g->seen[i], rand, 16) == 0)
			return true;
	memcpy(g->seen[g->seen_at++ % VECTORS_TURN], rand, 16);
	return false;
}

static enum status
answered(struct gsup *g, const struct gsup_frame *f)
{
	struct question *q = find_question(g, f);

	if (q == NULL)
		return fail(MALFORMED, "GSUP: an answer for IMSI %s, which "
		    "was not asked", f->imsi);
	q->cause = f->cause;
	if (f->kind == GSUP_REFUSAL) {
		q->state = REFUSED;
	} else if (!f->has_keys) {
		q->state = NO_KEYS;
	} else if (was_seen(g, f->rand)) {
		q->state = REPEATED;
	} else {
		q->state = ANSWERED;
		memcpy(q->vector.rand, f->rand, 16);
		memcpy(q->vector.autn, f->autn, 16);
		memcpy(q->vector.ck, f->ck, 16);
		memcpy(q->vector.ik, f->ik, 16);
	}
	g->under_way--;
	g->left--;
	g->ever = true;
	g->strikes = 0;
	g->until = 0;
	loop_wake(&g->watch, g->left == 0 ? LOOP_NEVER :
	    clock_monotonic_ms() + ANSWER_MS);
	return OK;
}

static enum status
take(struct gsup *g, const uint8_t *v, size_t len)
{
	struct gsup_frame f;
	enum status status = gsup_decode(&f, v, len);

	if (status == OK && f.kind == GSUP_PING)
		put(g, gsup_pong, GSUP_PONG_LEN);
	else if (status == OK && f.kind == GSUP_WHO)
		greet(g);
	else if (status == OK && f.kind != GSUP_OTHER)
		status = answered(g, &f);
	wipe(&f, sizeof(f));
	return status;
}

static enum status
read_some(struct gsup *g)
{
	size_t at = 0, n = 0;
	enum status status;
	ssize_t got = recv(g->watch.fd, g->in + g->in_len,
	    sizeof(g->in) - g->in_len, MSG_DONTWAIT);

	if (got < 0)
		return errno == EAGAIN ? OK :
		    fail(FAILED, "%s", strerror(errno));
	if (got == 0)
		return fail(FAILED, "the HLR closed the connection");
	g->in_len += (size_t)got;
	while ((status = gsup_measure(g->in + at, g->in_len - at, &n)) == OK &&
	    n > 0) {
		if ((status = take(g, g->in + at, n)) != OK)
			break;
		at += n;
	}
	memmove(g->in, g->in + at, g->in_len - at);
	wipe(g->in + g->in_len - at, at);
	g->in_len -= at;
	return status;
}

/*
 * osmo-hlr does not answer a second client of one name at all, so a first
 * answer that does not come is not waited for twice.
 */
static enum status
no_answer(struct gsup *g)
{
	if (g->state == GREETING)
		return fail(FAILED, "nothing came within %d s; a GSUP server "
		    "speaks first", ANSWER_MS / 1000);
	if (g->ever)
		return fail(FAILED, "no answer within %d s", ANSWER_MS / 1000);
	g->strikes = STRIKES;
	return fail(FAILED, "no answer within %d s; another client of the HLR "
	    "may have the name %s", ANSWER_MS / 1000, g->name);
}

static void
ready(void *arg, short revents)
{
	struct gsup *g = arg;
	enum status status = OK;

	if (revents == 0 && g->state == DOWN) {
		dial(g);
		return;
	}
	if (revents == 0)
		status = no_answer(g);
	if (revents & ~POLLOUT)
		status = read_some(g);
	if (status == OK)
		status = write_some(g);
	if (status == OK)
		return;
	g->strikes += status == MALFORMED;
	lose(g);
}

/* ---- opening ---- */

static enum status
read_uri(struct gsup *g, const char *uri)
{
	const char *where = uri + strlen(SCHEME), *name;
	size_t len = strcspn(where, "/"), n;
	struct host_port p;
	enum status status = address_read(where, len, PORT, &p);

	if (status != OK)
		return fail_in(status, "%s", uri);
	address_put(&p, g->where);
	snprintf(g->uri, sizeof(g->uri), SCHEME "%s", g->where);
	name = where[len] == '\0' || where[len + 1] == '\0' ? NAME :
	    where + len + 1;
	n = strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._");
	if (name[n] != '\0' || n > GSUP_NAME_MAX)
		return fail(USAGE, "%s: a client's name has 1 to %d letters, "
		    "digits, '-', '.' or '_'", uri, GSUP_NAME_MAX);
	strcpy(g->name, name);
	return OK;
}

/* Wait until READY, or while there are questions; a signal ends it. */
static enum status
wait(struct gsup *g)
{
	while (!g->over && (g->opening ? g->state != READY : g->left > 0))
		if (loop_wait(-1, LOOP_NEVER) == LOOP_SIGNAL)
			return fail(FAILED, "stopped by a signal");
	if (!g->over)
		return OK;
	(void)fail_as(&g->why);
	return fail_in(FAILED, "%s", g->uri);
}

static enum status
gsup_open(void **source, const char *uri)
{
	struct gsup *g = calloc(1, sizeof(*g));
	enum status status;

	*source = g;
	if (g == NULL)
		return fail(FAILED, "%s: no memory", uri);
	g->watch = (struct watch){ .fd = -1, .wake = LOOP_NEVER,
	    .ready = ready, .arg = g };
	g->dial = (struct dial){ .done = dialled, .arg = g };
	if ((status = read_uri(g, uri)) != OK ||
	    (status = loop_add(&g->watch)) != OK)
		return status;
	g->opening = true;
	dial(g);
	status = wait(g);
	g->opening = false;
	loop_wake(&g->watch, LOOP_NEVER);
	return status;
}

static void
gsup_close(void *source)
{
	struct gsup *g = source;

	if (g == NULL)
		return;
	if (g->watch.handle != NULL) {
		hang_up(g);
		loop_remove(&g->watch);
	}
	wipe(g, sizeof(*g));
	free(g);
}

static size_t
gsup_turn(const void *source)
{
	(void)source;
	return TURN;
}

/* ---- a turn ---- */

static enum status
gsup_want(void *source, size_t i, const struct record *request)
{
	struct gsup *g = source;
	struct question *q = &g->question[i];
	const char *private = identity_private(request);
	enum status status;

	assert(i == g->count && i < VECTORS_TURN);
	memset(q, 0, sizeof(*q));
	if (private == NULL)
		return fail(REJECTED, "ue_id: %s finds no public identity %s; "
		    "expected a private one, or ue_priv_id", g->uri,
		    request->ue_id.v);
	if (identity_type(request) == ID_PRIVATE &&
	    strcmp(private, request->ue_id.v) != 0)
		return fail(REJECTED, "ue_priv_id: found %s, expected the "
		    "IMPI of %s", private, request->ue_id.v);
	if ((status = identity_imsi(private, q->imsi)) != OK)
		return status;
	q->vector.impi.len = (uint16_t)strlen(private);
	strcpy(q->vector.impi.v, private);
	q->resync = record_has(request, HAS(AUTS));
	if (q->resync) {
		memcpy(q->rand, request->rand.v, sizeof(q->rand));
		memcpy(q->auts, request->auts.v, sizeof(q->auts));
	}
	g->count++;
	g->left++;
	return OK;
}

static enum status
gsup_find(void *source)
{
	struct gsup *g = source;

	g->over = false;
	g->strikes = 0;
	g->until = 0;
	if (g->state == READY) {
		loop_wake(&g->watch, clock_monotonic_ms() + ANSWER_MS);
		if (write_some(g) != OK)
			lose(g);
	} else if (g->state == DOWN) {
		g->until = clock_monotonic_ms() + LOST_MS;
		dial(g);
	}
	return wait(g);
}

static enum status
gsup_vector(void *source, size_t i, const struct record *request,
    struct vector *v)
{
	struct gsup *g = source;
	struct question *q = &g->question[i];

	(void)request;
	switch (q->state) {
	case ANSWERED:
		*v = q->vector;
		return OK;
	case NO_KEYS:
		return fail(REJECTED, "%s: IMSI %s: the HLR has no keys of 3G "
		    "for it", g->uri, q->imsi);
	case REPEATED:
		return fail(REJECTED, "%s: IMSI %s: the HLR gave this vector "
		    "before", g->uri, q->imsi);
	default:
		/* osmo-hlr says of a wrong AUTS that there is no subscriber */
		return fail(REJECTED, "%s: IMSI %s: %s (cause %u)%s", g->uri,
		    q->imsi, gsup_cause(q->cause), q->cause,
		    q->resync ? "; or AUTS is wrong" : "");
	}
}

static void
gsup_forget(void *source)
{
	struct gsup *g = source;

	wipe(g->question, g->count * sizeof(g->question[0]));
	g->count = g->first = g->next = g->left = g->under_way = 0;
}

const struct source_kind source_gsup = {
	.scheme = SCHEME, .by_imsi = true, .in_loop = true,
	.open = gsup_open, .close = gsup_close, .turn = gsup_turn,
	.want = gsup_want, .find = gsup_find, .vector = gsup_vector,
	.forget = gsup_forget
};
