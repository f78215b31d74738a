/*
 * push_info.c: fuzzes JSON as the body of a request, of a response to what that
 * request says, and of a problem.  The first octet says which.
 */
#include <string.h>

#include "base/message.h"
#include "nbsp/push_info.h"
#include "fuzz.h"
#include "made.h"

/* What is taken is a record, and reads the same when written again. */
static void
request(const char *json, size_t len)
{
	static struct record r, again;
	struct push_info_asked asked;
	struct push_info_problem problem;
	char out[PUSH_INFO_ROOM];
	enum status status = push_info_read_request(&r, &asked, &problem,
	    json, len);

	expect(status == OK || status == MALFORMED);
	expect((status == OK) == (problem.cause == NULL));
	if (status != OK) {
		len = push_info_write_problem(400, "x", &problem, out);
		expect(len < sizeof(out) - 1 && out[len - 1] == '}');
		return;
	}
	expect(record_check(&r) == OK);
	expect(push_info_write_request(&r, out, &len) == OK);
	expect(len < sizeof(out) - 1);
	expect(push_info_read_request(&again, &asked, &problem, out, len) ==
	    OK);
	expect(same(&r, &again));
}

/* FORM says what the request was for. */
static void
response(uint8_t form, const char *json, size_t len)
{
	static struct record asked, r, again;
	char out[PUSH_INFO_ROOM];
	enum status status;

	make(&asked, RECORD_REQUEST, form & 2, form & 4);
	asked.um = form >> 3 & 1;
	/* the trigger of gpi.csv */
	asked.trigger_ind = 2;
	asked.trigger_time = 30;
	asked.trigger_mode = form >> 4 & 1;
	if (form & 32)
		asked.has &= ~(HAS(UE_PRIV_ID) | HAS(TRIGGER_MODE));
	if (form & 64)
		asked.key_lt = 1893456000;
	expect(record_check(&asked) == OK);
	status = push_info_read_response(&r, &asked, json, len);
	expect(status == OK || status == MALFORMED || status == REJECTED);
	if (status != OK)
		return;
	expect(record_check(&r) == OK);
	expect(r.key_lt <= asked.key_lt);
	len = push_info_write_response(&r, record_has(&r, HAS(UE_PRIV_ID)) ?
	    r.ue_priv_id.v : NULL, 1, out);
	expect(len < sizeof(out) - 1);
	expect(push_info_read_response(&again, &asked, out, len) == OK);
	expect(same(&r, &again));
}

static void
problem(const char *json, size_t len)
{
	char words[PUSH_INFO_WORDS], out[PUSH_INFO_ROOM];
	char again[PUSH_INFO_WORDS];

	push_info_read_problem(json, len, words);
	expect(strlen(words) < sizeof(words) && message_is_clean(words));
	len = push_info_write_problem(404, words, NULL, out);
	expect(len < sizeof(out) - 1);
	push_info_read_problem(out, len, again);
	expect(strcmp(again, words[0] != '\0' ? words : "Not Found") == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	const char *json = (const char *)in + 1;

	if (len == 0)
		return 0;
	if (in[0] == 0)
		request(json, len - 1);
	else if (in[0] == 2)
		problem(json, len - 1);
	else
		response(in[0], json, len - 1);
	return 0;
}
