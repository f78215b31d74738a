/* subscriber.c: a subscriber as people write it down. */
#include <string.h>
#include <strings.h>

#include "base/lines.h"
#include "base/message.h"
#include "base/oddity.h"
#include "crypto/aka.h"
#include "gba/auth_record.h"
#include "gba/steps.h"
#include "store/card.h"
#include "store/subscriber.h"

#define ALGORITHM_FIELDS (HAS(UE_PRIV_ID) | HAS(K) | HAS(OPC) | HAS(TOPC) | \
    HAS(ALGORITHM) | HAS(ITERATIONS))

void
subscriber_init(struct subscriber *s)
{
	record_init(&s->r, RECORD_SUBSCRIBER);
	s->given = 0;
	s->op.len = 0;
	s->from_file = false;
}

void
subscriber_wipe(struct subscriber *s)
{
	wipe(s, sizeof(*s));
}

/* OP and TOP are not fields of the record: the operator has only one. */
static enum status
set_op(struct subscriber *s, const char *name, const char *value, size_t len)
{
	char odd[ODDITY_MAX];
	const char *found;
	int n;

	if (s->op.len > 0)
		return fail(MALFORMED, "%s: op or top is given twice", name);
	if ((n = hex_read(s->op.v, sizeof(s->op.v), value)) != (int)len) {
		found = n >= 0 ? NULL :
		    oddity_in_hex(value, strlen(value), odd);
		return found != NULL ? fail(MALFORMED, "%s: found %s, expected "
		    "%zu hex digits in one piece", name, found, 2 * len) :
		    fail(MALFORMED, "%s: expected %zu hex digits", name,
		    2 * len);
	}
	s->op.len = (uint16_t)len;
	return OK;
}

enum status
subscriber_set(void *arg, const char *name, const char *value)
{
	struct subscriber *s = arg;
	enum status status;
	enum key key;

	if (strcmp(name, "type") == 0 && strcmp(value, "subscriber") == 0)
		return OK;
	if (strcmp(name, "op") == 0)
		return set_op(s, name, value, 16);
	if (strcmp(name, "top") == 0)
		return set_op(s, name, value, 32);
	if (strcmp(name, "impi") == 0)
		key = KEY_UE_PRIV_ID;
	else if (strcmp(name, "ue_id") == 0)
		key = KEY_UE_IDS;
	else if ((status = record_key(RECORD_SUBSCRIBER, name, &key)) != OK)
		return status;
	if (key == KEY_UE_IDS && value[0] == '\0')
		return OK;
	if ((s->given & UINT64_C(1) << key) != 0)
		return fail(MALFORMED, "%s is given twice", name);
	s->given |= UINT64_C(1) << key;
	return record_set(&s->r, key, value);
}

/* NAME HEX, NAME=HEX or NAME: HEX, in either case; or a comment. */
static enum status
set_key(void *s, char *line)
{
	static const char *const known[] = { "k", "op", "opc", "top", "topc" };
	size_t n = strcspn(line, " \t=:");
	char *value = line + n + strspn(line + n, " \t"), odd[ODDITY_MAX];
	const char *found;

	if (line[0] == '\0' || line[0] == '#')
		return OK;
	if (*value == '=' || *value == ':')
		value += 1 + strspn(value + 1, " \t");
	for (size_t i = 0; *value != '\0' && i < COUNT(known); i++)
		if (strlen(known[i]) == n && strncasecmp(line, known[i], n) ==
		    0)
			return subscriber_set(s, known[i], value);
	found = oddity(line, n, odd);
	return fail(MALFORMED, "%s%snot understood; a line is 'k HEX', "
	    "'op HEX', 'opc HEX', 'top HEX' or 'topc HEX'",
	    found != NULL ? found : "", found != NULL ? ": " : "");
}

enum status
subscriber_read_keys(struct subscriber *s, const char *file)
{
	s->from_file = true;
	return lines_each(file, true, set_key, s);
}

/* OPc of OP, or TOPc of TOP (TS 35.206 clause 4.1, TS 35.231 clause 6.1). */
static enum status
make_opc(struct subscriber *s)
{
	bool tuak = s->r.algorithm == AF_TUAK;
	uint8_t opc[32];
	struct af af;
	enum status status;

	if ((s->given & (HAS(OPC) | HAS(TOPC))) != 0)
		return fail(MALFORMED, "give %s or %sc, not both",
		    tuak ? "top" : "op", tuak ? "top" : "op");
	if (s->op.len != (tuak ? 32 : 16))
		return fail(MALFORMED, "%s: found %d octet%s, expected %d",
		    tuak ? "top" : "op", s->op.len, plural(s->op.len),
		    tuak ? 32 : 16);
	auth_record_af(&s->r, &af);
	if ((status = af_opc(&af, s->op.v, opc)) == OK)
		record_put(&s->r, tuak ? KEY_TOPC : KEY_OPC, opc, s->op.len);
	wipe(&af, sizeof(af));
	wipe(opc, sizeof(opc));
	return status;
}

enum status
subscriber_finish(struct subscriber *s)
{
	static const uint8_t amf[2];	/* its separation bit belongs to EPS */
	enum status status;

	if (!record_has(&s->r, HAS(ALGORITHM)))
		record_put_uint(&s->r, KEY_ALGORITHM, AF_MILENAGE);
	if (s->r.algorithm == AF_TUAK && !record_has(&s->r, HAS(ITERATIONS)))
		record_put_uint(&s->r, KEY_ITERATIONS, 1);
	if (!record_has(&s->r, HAS(AMF)))
		record_put(&s->r, KEY_AMF, amf, sizeof(amf));
	if (!record_has(&s->r, HAS(SQN)))
		record_put_uint(&s->r, KEY_SQN, 0);
	if (!record_has(&s->r, HAS(K)))
		return fail(MALFORMED, s->from_file ? "the key file has no k" :
		    "k: found nothing, expected it");
	if ((status = auth_record_check_k(&s->r)) != OK)
		return status;
	if (s->from_file && s->op.len == 0 && !record_has(&s->r,
	    s->r.algorithm == AF_TUAK ? HAS(TOPC) : HAS(OPC)))
		return fail(MALFORMED, s->r.algorithm == AF_TUAK ?
		    "the key file has no top or topc, which tuak needs" :
		    "the key file has no op or opc, which milenage needs");
	if (s->op.len > 0 && (status = make_opc(s)) != OK)
		return status;
	if ((status = auth_record_check(&s->r)) != OK)
		return status;
	return record_check(&s->r);
}

void
subscriber_card(const struct record *subscriber, const char *bsf,
    struct record *card)
{
	uint8_t seq[6 * IND_COUNT];

	for (int ind = 0; ind < IND_COUNT; ind++)
		be_write(seq + 6 * ind, 6, SEQ(subscriber->sqn));
	record_init(card, RECORD_CARD);
	record_copy(card, subscriber, ALGORITHM_FIELDS);
	record_put(card, KEY_BSF, bsf, strlen(bsf));
	record_put(card, KEY_SEQ, seq, sizeof(seq));
	record_put(card, KEY_RANDS, "", 0);
}
