/*
 * json.h: JSON Lines on the way in, and what jansson needs on the way out.
 */
#ifndef GBA_JSON_H
#define GBA_JSON_H

#include <jansson.h>

#include "record/record.h"

/*
 * V as a string of JSON, or NULL: no memory.  What is not ASCII becomes `?'
 * where V is no UTF-8.
 */
json_t *json_text(const char *v, size_t len);

/*
 * Takes one member: a string; a number in decimals, which only a field that is
 * a number may be; or strings in an array, with a space between two.
 */
typedef enum status member_fn(void *, const char *name, const char *value);

/*
 * Call EACH for every member of the JSON object LINE, of LEN characters.
 * OK; MALFORMED where it is none, or a member is another kind, or there twice,
 * or may be meant as another value than it is;
 * or what EACH returned.
 */
MUST_USE enum status json_members(const char *line, size_t len,
    member_fn *each, void *);

/*
 * The string that the member NAME of the JSON object LINE is, into OUT; other
 * members may be anything.  OK or MALFORMED.
 */
MUST_USE enum status json_string_of(const char *line, size_t len,
    const char *name, char *out, size_t room);

/*
 * Read an ITEM of LEN octets as a record, CBOR or the JSON that -j and -s show
 * of one.  OK or MALFORMED.
 */
MUST_USE enum status json_or_record(struct record *, const uint8_t *item,
    size_t len);

/* The same for a record of TYPE. */
MUST_USE enum status json_or_record_as(struct record *, enum record_type,
    const uint8_t *item, size_t len);

/* Whether it looks like that JSON, or like a CBOR map, as records are. */
static inline bool
json_is(const uint8_t *item, size_t len)
{
	return len > 0 && item[0] == '{';
}

static inline bool
json_is_not(const uint8_t *item, size_t len)
{
	return len > 0 && CBOR_IS_MAP(item[0]);
}

#endif
