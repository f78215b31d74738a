/* ask.c: requests for GPIs, each with its trigger kept. */
#include <stdio.h>

#include "ask.h"
#include "source.h"
#include "store.h"

static enum status
fresh_p_tid(struct record *request)
{
	uint8_t random[P_TID_RANDOM];
	enum status status;

	if ((status = source_random(random, sizeof(random))) == OK)
		request_put_p_tid(request, source_now_ms(), random);
	return status;
}

enum status
ask_device(struct db *db, const struct record *template,
    const struct record *device, uint64_t lifetime, struct record *request)
{
	uint64_t now = source_now();
	enum status status = OK;

	request_make(request, template, device, now + lifetime);
	if (record_has(template, HAS(P_TID)))
		record_copy(request, template, HAS(P_TID));
	else
		status = fresh_p_tid(request);
	return status == OK ? trigger_add(db, request, now) : status;
}

enum status
ask_again(struct db *db, const struct record *failure, struct record *request)
{
	uint64_t when, now = source_now();
	struct record old;
	enum status status;
	enum state state;
	char detail[128];

	status = trigger_find_rand(db, failure->rand.v, &old, &when, &state);
	if (status == OK && state == STATE_RESPONDED)
		status = fail(REJECTED, "rand: found the trigger %s "
		    "responded, expected one before that", old.p_tid.v);
	if (status != OK)
		return status;
	request_again(request, &old, when, failure, now);
	if ((status = fresh_p_tid(request)) != OK)
		return status;
	snprintf(detail, sizeof(detail), "resynchronised as %s",
	    request->p_tid.v);
	status = trigger_close(db, old.p_tid.v, STATE_FAILED, now, detail);
	return status == OK ? trigger_add(db, request, now) : status;
}
