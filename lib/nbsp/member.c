/* member.c: the members of JSON that the services of 3GPP send. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "nbsp/member.h"
#include "record/show.h"

#define HEX_DIGITS "0123456789abcdefABCDEF"

const char *
json_kind(const json_t *value)
{
	static const char *const kinds[] = { [JSON_OBJECT] = "an object",
	    [JSON_ARRAY] = "an array", [JSON_STRING] = "a string",
	    [JSON_INTEGER] = "a number", [JSON_REAL] = "a fraction",
	    [JSON_TRUE] = "true", [JSON_FALSE] = "false",
	    [JSON_NULL] = "null" };

	return kinds[json_typeof(value)];
}

/* The depth of the objects and arrays of JSON, whether or not it is any. */
static unsigned
depth_of(const char *json, size_t len)
{
	unsigned depth = 0, deepest = 0;
	bool string = false;

	for (size_t i = 0; i < len; i++)
		if (json[i] == '"')
			string = !string;
		else if (string)
			i += json[i] == '\\';
		else if (json[i] == '{' || json[i] == '[')
			deepest = ++depth > deepest ? depth : deepest;
		else if (json[i] == '}' || json[i] == ']')
			depth -= depth > 0;
	return deepest;
}

json_t *
json_body(const char *json, size_t len)
{
	json_error_t error;
	json_t *object;

	if (len > PUSH_INFO_MAX || depth_of(json, len) > PUSH_INFO_DEPTH) {
		fail_because("the body is longer than %d octets, or deeper "
		    "than %d objects", PUSH_INFO_MAX, PUSH_INFO_DEPTH);
		return NULL;
	}
	object = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
	if (json_is_object(object))
		return object;
	if (object != NULL)
		fail_because("the body is %s, expected an object",
		    json_kind(object));
	else if (json_error_code(&error) == json_error_duplicate_key)
		fail_because("the body has a member twice, at octet %d",
		    error.position);
	else
		fail_because("the body is no JSON, at octet %d",
		    error.position);
	json_decref(object);
	return NULL;
}

/* What went wrong with M: CAUSE, and where. */
static enum status
blame(const struct reading *in, const struct member *m, const char *cause,
    enum status status)
{
	struct push_info_problem *p = in->problem;

	if (p->cause != NULL)	/* of a member of M */
		return status;
	p->cause = cause;
	snprintf(p->param, sizeof(p->param), "%s%s/%s",
	    in->within != NULL ? "/" : "", in->within != NULL ? in->within :
	    "", m->name);
	return status;
}

enum status
members_read(struct reading *in, const struct member *m, const json_t *object)
{
	const json_t *value;
	enum status status;

	for (; m->name != NULL; m++) {
		value = json_object_get(object, m->name);
		if (value == NULL && m->must)
			return blame(in, m, "MANDATORY_IE_MISSING",
			    fail(MALFORMED, "%s: found nothing, expected it "
			    "in %s", m->name, in->within != NULL ? in->within :
			    "the body"));
		if (value != NULL &&
		    (status = m->read(in, m, value)) != OK)
			return blame(in, m, m->must ? "MANDATORY_IE_INCORRECT" :
			    "OPTIONAL_IE_INCORRECT", status);
	}
	return OK;
}

enum status
member_object(struct reading *in, const struct member *m, const json_t *value)
{
	enum status status;

	if (!json_is_object(value))
		return member_wrong(m, json_kind(value), "an object");
	in->within = m->name;
	status = members_read(in, m->members, value);
	in->within = NULL;
	return status;
}

const char *
member_text(const struct member *m, const json_t *value)
{
	if (!json_is_string(value))
		(void)member_wrong(m, json_kind(value), "a string");
	return json_string_value(value);
}

enum status
member_string(struct reading *in, const struct member *m, const json_t *value)
{
	const char *text = member_text(m, value);
	struct field f = fields[m->key];
	enum status status;

	f.name = m->name;
	if (text == NULL)
		return MALFORMED;
	status = field_check_string(&f, (const uint8_t *)text, strlen(text));
	if (status == OK)
		record_put(in->r, m->key, text, strlen(text));
	return status;
}

/* Hex of as many octets as the field may have; it may be a key. */
enum status
member_hex(struct reading *in, const struct member *m, const json_t *value)
{
	const char *text = member_text(m, value);
	struct field f = fields[m->key];
	uint8_t v[GPI_MAX];
	enum status status;
	size_t len;

	f.name = m->name;
	if (text == NULL)
		return MALFORMED;
	len = strlen(text);
	if (len % 2 != 0 || strspn(text, HEX_DIGITS) != len)
		return member_wrong(m, len % 2 != 0 ? "an odd number of "
		    "characters" : "other characters",
		    "hex, two digits an octet");
	if ((status = field_check_string(&f, v, len / 2)) != OK)
		return status;
	record_put(in->r, m->key, v, (size_t)hex_decode(v, sizeof(v), text,
	    len));
	wipe(v, sizeof(v));
	return OK;
}

enum status
member_number(struct reading *in, const struct member *m, const json_t *value)
{
	json_int_t n = json_integer_value(value);
	struct field f = fields[m->key];
	enum status status;

	f.name = m->name;
	if (!json_is_integer(value) || n < 0)
		return member_wrong(m, n < 0 ? "a negative number" :
		    json_kind(value), "a whole number");
	if ((status = field_check_number(&f, (uint64_t)n)) == OK)
		record_put_uint(in->r, m->key, (uint64_t)n);
	return status;
}

/* A word of an enumeration, which later releases may extend. */
enum status
member_word(struct reading *in, const struct member *m, const json_t *value)
{
	const char *text = member_text(m, value);
	char words[128] = "";
	struct text t = { words, 0, sizeof(words) };

	if (text == NULL)
		return MALFORMED;
	for (uint64_t i = 0; m->words[i] != NULL; i++) {
		if (strcmp(m->words[i], text) == 0) {
			record_put_uint(in->r, m->key, i);
			return OK;
		}
		text_put(&t, "%s%s", i > 0 ? " or " : "", m->words[i]);
	}
	return fail(MALFORMED, "%s: found \"%.40s\", expected %s", m->name,
	    text, words);
}

/* ---- times ---- */

/* N digits at *TEXT as a number from MIN to MAX, which is followed by END. */
static bool
read_digits(const char **text, size_t n, int min, int max, const char *end,
    int *value)
{
	*value = 0;
	for (size_t i = 0; i < n; i++, ++*text) {
		if (**text < '0' || **text > '9')
			return false;
		*value = 10 * *value + (**text - '0');
	}
	if (*end != '\0' && (**text == '\0' || strchr(end, *(*text)++) == NULL))
		return false;
	return *value >= min && *value <= max;
}

/* What stands behind the seconds: perhaps a fraction; Z, or an offset. */
static bool
read_offset(const char *text, int *minutes)
{
	bool west;
	int hour, minute;

	if (*text == '.') {
		if (strspn(++text, "0123456789") == 0)
			return false;
		text += strspn(text, "0123456789");
	}
	*minutes = 0;
	if (*text == 'Z' || *text == 'z')
		return text[1] == '\0';
	west = *text == '-';
	if (!west && *text != '+')
		return false;
	text++;
	if (!read_digits(&text, 2, 0, 23, ":", &hour) ||
	    !read_digits(&text, 2, 0, 59, "", &minute) || *text != '\0')
		return false;
	*minutes = (west ? -1 : 1) * (60 * hour + minute);
	return true;
}

/*
 * A date-time of RFC 3339 clause 5.6 as seconds since 1970; a fraction of one
 * and a leap second are left out.
 */
static bool
read_date_time(const char *text, time_t *seconds)
{
	struct tm tm = { 0 };
	int offset, day;

	if (!read_digits(&text, 4, 0, 9999, "-", &tm.tm_year) ||
	    !read_digits(&text, 2, 1, 12, "-", &tm.tm_mon) ||
	    !read_digits(&text, 2, 1, 31, "Tt", &tm.tm_mday) ||
	    !read_digits(&text, 2, 0, 23, ":", &tm.tm_hour) ||
	    !read_digits(&text, 2, 0, 59, ":", &tm.tm_min) ||
	    !read_digits(&text, 2, 0, 60, "", &tm.tm_sec) ||
	    !read_offset(text, &offset))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	tm.tm_sec -= tm.tm_sec == 60;
	day = tm.tm_mday;
	*seconds = timegm(&tm) - 60 * offset;
	return tm.tm_mday == day;	/* no 30 February */
}

/* A time after all that a record can have is its last one. */
enum status
member_time(struct reading *in, const struct member *m, const json_t *value)
{
	const char *text = member_text(m, value);
	time_t seconds;

	if (text == NULL)
		return MALFORMED;
	if (!read_date_time(text, &seconds) || seconds <= 0)
		return fail(MALFORMED, "%s: found \"%.40s\", expected a "
		    "date-time of RFC 3339 after 1970", m->name, text);
	record_put_uint(in->r, m->key, seconds < UINT32_MAX ?
	    (uint64_t)seconds : UINT32_MAX);
	return OK;
}
