/* answers.c: the sync failures that come back on a connection. */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/bucket.h"
#include "base/message.h"
#include "gba/gpi.h"
#include "transport/answers.h"

void
answers_free(struct answers *a)
{
	free(a->rand);
	memset(a, 0, sizeof(*a));
}

/* Only the last of them are kept: most devices never answer. */
void
answers_expect(struct answers *a, const uint8_t *v, size_t len)
{
	struct record gpi;
	size_t at = a->count;

	a->due++;
	if (gpi_decode(&gpi, v, len) != OK ||
	    (a->count < ANSWERS_MAX && !array_reserve(a->rand, a->room,
	    a->count + 1))) {
		fail_said();
		return;
	}
	if (at < ANSWERS_MAX)
		a->count++;
	else
		at = a->next++ % ANSWERS_MAX;
	memcpy(a->rand[at], gpi.rand.v, 16);
}

/* RAND is that of a GPI without an answer; it has one now. */
static bool
take(struct answers *a, const uint8_t rand[static 16])
{
	for (size_t i = 0; i < a->count; i++)
		if (memcmp(a->rand[i], rand, 16) == 0) {
			/* the last one fills its place */
			memmove(a->rand[i], a->rand[--a->count], 16);
			return true;
		}
	return false;
}

/* Who floods us with answers does not flood the log, too. */
static void
say(const char *name)
{
	static struct bucket said;

	if (said.rate == 0)
		bucket_begin(&said, 1, 2);
	if (bucket_take(&said))
		complain("%s: answer: ", name);
	else
		fail_said();
}

enum status
answers_take(struct answers *a, const struct transport_options *c,
    const char *name, const uint8_t *item, size_t len)
{
	static const char too_many[] = "there are more than GPIs";
	struct record r;
	char hex[HEX_LEN(16)];

	if (a->due == 0) {
		fail_because("%s", too_many);
		say(name);
		return fail(FAILED, "%s", too_many);
	}
	a->due--;
	if (c->answer == NULL)
		return OK;
	/* what is no sync failure its receiver complains of */
	if (record_decode_as(&r, RECORD_SYNC_FAILURE, item, len) == OK &&
	    !take(a, r.rand.v)) {
		fail_because("rand: found %s, expected that of a GPI that was "
		    "sent here", hex_encode(hex, r.rand.v, 16));
		say(name);
		return OK;
	}
	c->answer(c->arg, item, len);
	return OK;
}
