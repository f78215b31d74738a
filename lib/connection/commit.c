/* commit.c: what sessions have to store, in one transaction. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "connection/admit.h"
#include "connection/commit.h"
#include "store/admission.h"

/* ---- what they say when it is stored ---- */

/* Where the data goes: a file, a command, or memory. */
static enum status
open_sink(struct session *s)
{
	const struct serve_options *options = s->service->options;

	if (options->exec != NULL)
		return relay_run(&s->relay, options->exec, s->trigger, true);
	if (options->dir != NULL)
		return upload_begin(&s->file, options->dir, session_p_tid(s),
		    &s->relay.to.fd);
	s->relay.keep = true;
	return OK;
}

static enum status
begin_stream(struct session *s)
{
	struct record answer;
	enum status status = open_sink(s);

	free(s->trigger);
	s->trigger = NULL;
	if (status != OK)
		return status;
	s->accepted = true;
	s->phase = PHASE_STREAM;
	s->deadline = clock_monotonic_ms() + trigger_window_left_ms(&s->window);
	record_init(&answer, RECORD_TRIGGER_RESPONSE);
	record_put_uint(&answer, KEY_STATE, STATE_ACCEPTED);
	return relay_put_response(&s->relay, &answer, session_p_tid(s));
}

/* It stays unstored: a device that waits for an answer gets to know. */
static void
go_without(struct session *s, enum status why)
{
	if (s->phase == PHASE_RESPONDED)
		session_refuse(s, why);
	else
		session_stop(s, fail_text());
}

/* Store, then speak: close_notify tells the device that all is well. */
static void
speak(struct session *s, enum status status)
{
	bool finished = s->phase == PHASE_FINISHED;

	if (status == OK && finished) {
		assert(s->file.temporary == NULL);
		session_conclude(s, STATE_CONNECTED, "");
		session_begin_closing(s);
	} else if (status == OK) {
		status = begin_stream(s);
	}
	/* where nobody knows whether that was stored, the file stays */
	s->file.there = false;
	if (status != OK)
		go_without(s, status);
	else if (relay_send(&s->relay) != OK)
		session_stop(s, fail_text());
	else if (finished && s->relay.closed)
		s->phase = PHASE_ENDED;
}

/* ---- storing ---- */

/*
 * Put the data of a stream that has ended well in its place.  A trigger that
 * is closed by now leaves no file, not even for a moment.
 */
static enum status
keep(struct session *s, bool *sync)
{
	const struct service *service = s->service;
	enum status status;
	bool open;

	if (s->phase != PHASE_FINISHED || s->file.temporary == NULL)
		return OK;
	status = admission_open(service->db, session_p_tid(s), &open);
	if (status != OK || !open)
		return status;
	*sync = true;
	return upload_appear(&s->file, service->options->dir,
	    session_p_tid(s), s->relay.to.fd);
}

/* Before the transaction: a disk takes its time, and other writers wait. */
static void
keep_all(const struct service *service, const struct commit *g)
{
	enum status status;
	bool sync = false;

	for (struct session *s = g->first; s != NULL; s = s->next)
		if ((status = keep(s, &sync)) != OK)
			go_without(s, status);
	if (!sync || upload_sync(service->options->dir) == OK)
		return;
	for (struct session *s = g->first; s != NULL; s = s->next)
		if (s->file.there)
			session_stop(s, fail_text());
}

static enum status
store(struct session *s, bool in_doubt)
{
	struct db *db = s->service->db;
	enum status status = s->phase == PHASE_FINISHED ?
	    admit_connected(db, session_p_tid(s), in_doubt) :
	    admit_responded(db, session_p_tid(s), &s->window);

	if (status == OK || (status == FAILED &&
	    db_again(db, ADMIT_AGAIN_MS) == OK))
		return status;
	go_without(s, status);
	return status;
}

/*
 * Those of PHASE that are not stored otherwise.  FAILED: the transaction is
 * spoilt, and one of them is out now, or there is another server.
 */
static enum status
store_phase(const struct commit *g, enum phase phase, bool in_doubt)
{
	for (struct session *s = g->first; s != NULL; s = s->next)
		if (s->phase == phase && store(s, in_doubt) == FAILED)
			return FAILED;
	return OK;
}

/* A device that ends one connection and begins another, ends one first. */
static enum status
store_once(struct db *db, const struct commit *g, bool in_doubt, bool *spoilt)
{
	enum status status = db_begin(db);

	*spoilt = false;
	if (status != OK)
		return status;
	if (store_phase(g, PHASE_FINISHED, in_doubt) == OK &&
	    store_phase(g, PHASE_RESPONDED, in_doubt) == OK)
		return db_commit(db);
	*spoilt = true;
	db_rollback(db);
	return FAILED;
}

/* A server that is lost with its answer may have committed all the same. */
static enum status
store_all(struct db *db, const struct commit *g)
{
	bool spoilt, in_doubt = false;
	enum status status;

	while ((status = store_once(db, g, in_doubt, &spoilt)) != OK) {
		if (spoilt)
			continue;
		if (db_again(db, ADMIT_AGAIN_MS) != OK)
			break;
		in_doubt = true;
	}
	return status;
}

void
commit_store(const struct service *service, const struct commit *g)
{
	enum status status;
	char why[256];

	if (g->first == NULL)
		return;
	keep_all(service, g);
	status = store_all(service->db, g);
	snprintf(why, sizeof(why), "%s", fail_text());
	for (struct session *s = g->first; s != NULL; s = s->next) {
		if (session_wants(s) != SESSION_STORES)
			continue;
		if (status != OK)
			fail_because("%s", why);
		speak(s, status);
	}
}
