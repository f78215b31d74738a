/* check.c: the bounds of values and the rules of records. */
#include <inttypes.h>
#include <string.h>
#include <threads.h>

#include "base/oddity.h"
#include "record/record.h"

/* ---- values ---- */

/* Sets of characters, each a bit. */
enum set { LINE = 1, VISIBLE = 2, TOKEN = 4, DIGIT = 8, FQDN = 16, HEX = 32 };
#define PRINTED (LINE | VISIBLE)

/* The sets that each character is in. */
static const uint8_t sets[256] = {
	[' '] = LINE,
	['!' ... ','] = PRINTED,
	['-'] = PRINTED | TOKEN | FQDN,
	['.'] = PRINTED | FQDN,
	['/'] = PRINTED,
	['0' ... '9'] = PRINTED | TOKEN | FQDN | HEX | DIGIT,
	[':' ... '@'] = PRINTED,
	['A' ... 'Z'] = PRINTED | TOKEN,
	['[' ... '^'] = PRINTED,
	['_'] = PRINTED | TOKEN,
	['`'] = PRINTED,
	['a' ... 'f'] = PRINTED | TOKEN | FQDN | HEX,
	['g' ... 'z'] = PRINTED | TOKEN | FQDN,
	['{' ... '~'] = PRINTED,
};

/* Whether all characters of V are in SET: every octet of input passes here. */
static inline bool
each_in(const uint8_t *v, size_t len, enum set set)
{
	unsigned common = set;

	for (size_t i = 0; i < len; i++)
		common &= sets[v[i]];
	return common != 0;
}

bool
fqdn_valid(const char *name, size_t len)
{
	return len > 0 && len <= FQDN_MAX &&
	    each_in((const uint8_t *)name, len, FQDN);
}

bool
fqdn_dots(const char *name, size_t len)
{
	bool dot = true;

	for (size_t i = 0; i < len; i++) {
		if (name[i] == '.' && dot)
			return true;
		dot = name[i] == '.';
	}
	return dot;
}

/* NULL if V is valid in CHARSET, else a description of the charset. */
static const char *
misfit(enum charset charset, const uint8_t *v, size_t len)
{
	switch (charset) {
	case CHARSET_ANY:
		return NULL;
	case CHARSET_VISIBLE:
		return each_in(v, len, VISIBLE) ? NULL :
		    "printable ASCII without space";
	case CHARSET_LINE:
		return each_in(v, len, LINE) ? NULL : "printable ASCII";
	case CHARSET_TOKEN:
		return each_in(v, len, TOKEN) ? NULL :
		    "letters, digits, - and _";
	case CHARSET_DIGITS:
		return each_in(v, len, DIGIT) ? NULL : "digits";
	case CHARSET_FQDN:
		return fqdn_valid((const char *)v, len) ? NULL :
		    "lower-case letters, digits, hyphens and dots";
	case CHARSET_NAF_ID:
		return fqdn_valid((const char *)v, len - UA_LEN) ? NULL :
		    "a lower-case FQDN and 5 octets";
	case CHARSET_DL_SA_ID:
		return each_in(v, 32, HEX) && v[32] == '@' &&
		    fqdn_valid((const char *)v + 33, len - 33) ? NULL :
		    "lower-case hex of RAND, @, NAF FQDN";
	}
	return "something else";
}

static enum status
check_length(const struct field *f, uint64_t len)
{
	const char *unit = f->kind == KIND_BYTES ? "octet" : "character";

	if (len >= f->min && len <= f->max)
		return OK;
	if (f->min == f->max)
		return fail(MALFORMED, "%s: found %" PRIu64 " %s%s, expected "
		    "%" PRIu64, f->name, len, unit, plural(len), f->min);
	return fail(MALFORMED, "%s: found %" PRIu64 " %s%s, expected %" PRIu64
	    " to %" PRIu64, f->name, len, unit, plural(len), f->min, f->max);
}

enum status
field_check_number(const struct field *f, uint64_t n)
{
	if (n >= f->min && n <= f->max)
		return OK;
	if (f->min == f->max)
		return fail(MALFORMED, "%s: found %" PRIu64 ", expected %"
		    PRIu64, f->name, n, f->min);
	return fail(MALFORMED, "%s: found %" PRIu64 ", expected %" PRIu64
	    " to %" PRIu64, f->name, n, f->min, f->max);
}

/* The message does not quote the value, which may be secret. */
enum status
field_check_string(const struct field *f, const uint8_t *v, uint64_t len)
{
	char odd[ODDITY_MAX];
	const char *expected, *found;
	enum status status;

	if ((status = check_length(f, len)) != OK)
		return status;
	if ((expected = misfit(f->charset, v, len)) == NULL)
		return OK;
	found = oddity((const char *)v, len, odd);
	return fail(MALFORMED, "%s: found %s, expected %s", f->name,
	    found != NULL ? found : "other characters", expected);
}

/* ---- records ---- */

/* The keys that each type must have, and may have. */
static uint64_t must_have[RECORD_TYPES], may_have[RECORD_TYPES];

/* Called once, however many threads look at records. */
static void
find_keys(void)
{
	for (int t = 0; t < RECORD_TYPES; t++)
		for (int key = 0; key < KEY_COUNT; key++) {
			if (fields[key].columns[t] == 'm')
				must_have[t] |= UINT64_C(1) << key;
			if (fields[key].columns[t] == 'o')
				may_have[t] |= UINT64_C(1) << key;
		}
}

static enum status
check_presence(const struct record *r)
{
	static once_flag once = ONCE_FLAG_INIT;
	const char *type = field_word(KEY_TYPE, r->type);
	uint64_t missing, extra;

	call_once(&once, find_keys);
	missing = must_have[r->type] & ~r->has;
	extra = r->has & ~(must_have[r->type] | may_have[r->type]);
	if (missing != 0)
		return fail(MALFORMED, "%s: found nothing, expected in a %s",
		    fields[__builtin_ctzll(missing)].name, type);
	if (extra != 0)
		return fail(MALFORMED, "%s: found, expected nothing in a %s",
		    fields[__builtin_ctzll(extra)].name, type);
	return OK;
}

/* The rules between fields. */
static enum status
check_rules(const struct record *r)
{
	bool ind = record_has(r, HAS(TRIGGER_IND));

	if (!ind && record_has(r, HAS(TRIGGER_TIME)))
		return fail(MALFORMED, "trigger_time: found without "
		    "trigger_ind");
	if (!ind && record_has(r, HAS(TRIGGER_MODE)) && r->type != RECORD_GPI)
		return fail(MALFORMED, "trigger_mode: found without "
		    "trigger_ind");
	if (r->type == RECORD_REQUEST &&
	    record_has(r, HAS(RAND)) != record_has(r, HAS(AUTS)))
		return fail(MALFORMED, "auts: found rand or auts alone, "
		    "expected both or neither");
	if (record_has(r, HAS(BOOT_ID)) != record_has(r, HAS(UPTIME)))
		return fail(MALFORMED, "uptime: found boot_id or uptime alone, "
		    "expected both or neither");
	if (r->type == RECORD_TRIGGER_RESPONSE && record_has(r, HAS(STATE)) &&
	    r->state > STATE_REFUSED)
		return fail(MALFORMED, "state: found %s, expected accepted "
		    "or refused", field_word(KEY_STATE, r->state));
	return OK;
}

static enum status
check_values(const struct record *r)
{
	const struct field *f;
	const struct octets *o;
	enum status status;

	for (int key = 0; key < KEY_COUNT; key++) {
		if ((r->has & UINT64_C(1) << key) == 0)
			continue;
		f = &fields[key];
		o = octets_at(r, f);
		status = f->kind == KIND_UINT ?
		    field_check_number(f, *number_at(r, f)) :
		    field_check_string(f, o->v, o->len);
		if (status != OK)
			return status;
	}
	return OK;
}

enum status
record_check_keys(const struct record *r)
{
	enum status status;

	if ((status = check_presence(r)) != OK)
		return status;
	return check_rules(r);
}

enum status
record_check(const struct record *r)
{
	enum status status;

	if ((status = check_values(r)) != OK)
		return status;
	return record_check_keys(r);
}
