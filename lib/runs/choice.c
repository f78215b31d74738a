/* choice.c: the devices that options choose. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "record/json.h"
#include "runs/choice.h"
#include "store/store.h"

#define UE_ID_MAX 255	/* characters */

/* A device that is named: an item of the stage. */
struct chosen {
	uint64_t line;		/* of the file, or its record; 0: an option */
	char ue_id[UE_ID_MAX + 1];
};

/* Called for each, and with NULL where there are none for now. */
typedef enum status chosen_fn(void *arg, const struct chosen *);

/* The file of --ue-id-file, and whether it has nothing for now. */
static struct input in = { .fd = -1 };
static bool waits;

/* ---- options ---- */

/* The state that the LEN characters WORD name, or -1. */
static int
state_of(const char *word, size_t len)
{
	for (int i = STATE_REQUESTED; i <= STATE_FAILED; i++) {
		const char *name = field_word(KEY_STATE, (uint64_t)i);

		if (strlen(name) == len && memcmp(name, word, len) == 0)
			return i;
	}
	return -1;
}

enum status
choice_states(const char *words, uint64_t *states)
{
	const char *word = words;
	size_t len;
	int state;

	*states = 0;
	for (; word != NULL; word = word[len] == ',' ? word + len + 1 : NULL) {
		len = strcspn(word, ",");
		if ((state = state_of(word, len)) < 0)
			return fail(USAGE, "--state: '%.*s' is not requested, "
			    "answered, stored, sent, delivered, responded, "
			    "connected, expired or failed", (int)len, word);
		*states |= STATE_BIT(state);
	}
	return OK;
}

enum status
choice_check(struct choice *c)
{
	return choice_states(c->state, &c->states);
}

bool
choice_waits(void)
{
	return waits;
}

bool
choice_names(const struct choice *c)
{
	return c->ue_id.count > 0 || c->file != NULL;
}

/* ---- complaints ---- */

static void
complain_of(uint64_t line)
{
	if (line == 0)
		complain("%s", "");
	else
		complain("%s%s%s %" PRIu64 ": ", in.name != NULL ? in.name :
		    "", in.name != NULL ? ": " : "", in.framing ==
		    FRAMING_TEXT_LINES ? "line" : "record", line);
}

/* The octets of an item need not be aligned. */
static uint64_t
line_of(const struct item *item)
{
	uint64_t line = 0;

	if (item->r == NULL)
		memcpy(&line, item->v, sizeof(line));
	return line;
}

bool
choice_has_line(const struct item *item)
{
	return line_of(item) > 0;
}

void
choice_complain(void *unused, const struct item *item)
{
	(void)unused;
	complain_of(line_of(item));
}

const char *
choice_ue_id(const struct item *item)
{
	return item->r != NULL ? item->r->ue_id.v :
	    (const char *)item->v + offsetof(struct chosen, ue_id);
}

/* ---- the file ---- */

/* A record, the JSON of one or of something else, or the identity alone. */
static enum status
read_ue_id(const uint8_t *v, size_t len, struct chosen *c)
{
	const uint8_t *end = v + len;
	struct record r;
	enum status status;

	if (in.framing == FRAMING_SEQUENCE) {
		status = record_decode(&r, v, len);
		if (status == OK && !record_has(&r, HAS(UE_ID)))
			status = fail(MALFORMED, "ue_id: found nothing, "
			    "expected it");
		if (status == OK)
			strcpy(c->ue_id, r.ue_id.v);
		record_wipe(&r);
		return status;
	}
	while (v < end && (*v == ' ' || *v == '\t'))
		v++;
	while (v < end && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	len = (size_t)(end - v);
	if (json_is(v, len)) {
		status = json_string_of((const char *)v, len, "ue_id",
		    c->ue_id, sizeof(c->ue_id));
		if (status != OK)
			return status;
	} else if (memchr(v, '\0', len) != NULL) {
		return fail(MALFORMED, "a NUL octet; a line is text, in "
		    "UTF-8");
	} else if (len > UE_ID_MAX) {
		return fail(MALFORMED, "ue_id: found %zu characters, expected "
		    "1 to %d", len, UE_ID_MAX);
	} else {
		memcpy(c->ue_id, v, len);
		c->ue_id[len] = '\0';
	}
	return record_set(&r, KEY_UE_ID, c->ue_id);
}

/*
 * Before a line is complained about, what came before it is ended, so that
 * complaints are in order.
 */
static enum status
bad_line(chosen_fn *fn, void *arg, uint64_t line, enum status *worst)
{
	struct outcome bad = outcome_of(MALFORMED);
	enum status status = fn(arg, NULL);

	if (status != OK)
		return status;
	*worst = status_worst(*worst, fail_as(&bad));
	complain_of(line);
	return OK;
}

static enum status
one_line(const uint8_t *v, size_t len, uint64_t number, chosen_fn *fn,
    void *arg, enum status *worst)
{
	struct chosen c = { .line = in.framing == FRAMING_TEXT_LINES ?
	    in.line : number };

	return read_ue_id(v, len, &c) == OK ? fn(arg, &c) :
	    bad_line(fn, arg, c.line, worst);
}

static enum status
each_line(chosen_fn *fn, void *arg, enum status *worst)
{
	enum status status = OK;
	enum event event = INPUT_ITEM;
	uint64_t number = 0;
	const uint8_t *v;
	size_t len;

	while (status == OK && event != INPUT_END) {
		event = input_next(&in, event == INPUT_PAUSE, &v, &len);
		if (event == INPUT_ITEM)
			status = one_line(v, len, ++number, fn, arg, worst);
		waits = event == INPUT_PAUSE;
		if (waits)
			status = fn(arg, NULL);
		waits = false;
		if (event == INPUT_BROKEN)
			return fail_as(&in.broken) == FAILED ?
			    fail_in(FAILED, "%s", in.name != NULL ? in.name :
			    "--ue-id-file") : bad_line(fn, arg, in.framing ==
			    FRAMING_TEXT_LINES ? in.line : number + 1, worst);
	}
	return status;
}

/* Each device that is named; *WORST is MALFORMED where a line was none. */
static enum status
each_named(const struct choice *c, chosen_fn *fn, void *arg,
    enum status *worst)
{
	struct chosen one = { 0 };
	enum status status = OK;

	*worst = OK;
	if (c->file != NULL && (status = input_open(&in, c->file)) != OK)
		return status;
	in.framing = FRAMING_LINES_OR_SEQUENCE;
	for (size_t i = 0; status == OK && i < c->ue_id.count; i++) {
		status = strlen(c->ue_id.v[i]) > UE_ID_MAX ?
		    fail(USAGE, "--ue-id: found %zu characters, expected 1 to "
		    "%d", strlen(c->ue_id.v[i]), UE_ID_MAX) : OK;
		snprintf(one.ue_id, sizeof(one.ue_id), "%s", c->ue_id.v[i]);
		if (status == OK)
			status = fn(arg, &one);
	}
	if (c->file == NULL)
		return status;
	if (status == OK)
		status = each_line(fn, arg, worst);
	input_close(&in);
	return status;
}

/* ---- a run over them ---- */

struct run {
	const struct choice *choice;
	struct db *db;
	struct stream *stream;
};

static enum status
put_chosen(void *arg, const struct chosen *c)
{
	const struct run *run = arg;
	bool in_states = true;
	enum status status = OK;

	if (c == NULL)
		return stream_pause(run->stream);
	if (run->choice->states != 0)
		status = trigger_newest_in(run->db, c->ue_id,
		    run->choice->states, &in_states);
	return status != OK || !in_states ? status : stream_put(run->stream,
	    (const uint8_t *)c, offsetof(struct chosen, ue_id) +
	    strlen(c->ue_id) + 1);
}

static enum status
put_device(void *arg, const struct record *device)
{
	const struct run *run = arg;

	return device == NULL ? stream_pause(run->stream) :
	    stream_put_record(run->stream, device);
}

enum status
choice_run(const struct choice *c, struct db *db, const struct stage *stage,
    void *arg, struct output *out)
{
	struct run run = { c, db, NULL };
	enum status status = stream_open(&run.stream, stage, arg, out);
	enum status worst = OK;

	if (status == OK && choice_names(c))
		status = each_named(c, put_chosen, &run, &worst);
	else if (status == OK && c->states != 0)
		status = device_each_in(db, c->states, put_device, &run);
	else if (status == OK)
		status = device_each(db, put_device, &run);
	return status_worst(stream_close(run.stream, status), worst);
}

void
choice_say_none(const struct choice *c)
{
	if (c->states != 0)
		warn("%s in --state %s", choice_names(c) ? "none of the "
		    "devices is" : "no device is", c->state);
	else
		warn("%s", c->file != NULL ? "--ue-id-file: there is no device "
		    "in it" : "no device is registered");
}

/* ---- all of them in memory ---- */

static enum status
keep(void *ids, const struct chosen *c)
{
	struct opt_list *list = ids;

	if (c == NULL)
		return OK;
	if (!array_reserve(list->v, list->room, list->count + 1) ||
	    (list->v[list->count] = strdup(c->ue_id)) == NULL)
		return fail(FAILED, "--ue-id-file: no memory");
	list->count++;
	return OK;
}

enum status
choice_list(const struct choice *c, struct opt_list *ids)
{
	enum status worst, status = each_named(c, keep, ids, &worst);

	return status_worst(status, worst);
}

void
choice_free_list(struct opt_list *ids)
{
	for (size_t i = 0; i < ids->count; i++)
		free((char *)ids->v[i]);
	free(ids->v);
	*ids = (struct opt_list){ 0 };
}
