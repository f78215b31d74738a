/*
 * member.h: the members of JSON that the services of 3GPP send, read by a table
 * of them into a record.  Failures are MALFORMED, "NAME: found X, expected Y".
 */
#ifndef GBA_MEMBER_H
#define GBA_MEMBER_H

#include "nbsp/push_info.h"
#include "record/json.h"

/* Where what is read goes, and which object it is in. */
struct reading {
	struct record *r;
	struct push_info_asked *asked;
	struct push_info_problem *problem;
	const char *within;	/* the member that is an object, or NULL */
	TEXT(FQDN_MAX) text;	/* of one member, for the next */
};

/* A member: READ takes its value, into the field KEY where it has one. */
struct member {
	const char *name;
	bool must;
	enum status (*read)(struct reading *, const struct member *,
	    const json_t *value);
	enum key key;
	const char *const *words;	/* of an enumeration, from 0 */
	const struct member *members;	/* of an object; ends without a name */
};

/* The failure of a member. */
#define member_wrong(member, found, expected) fail(MALFORMED, \
    "%s: found %s, expected %s", (member)->name, found, expected)

/* What VALUE is: "a string", "null" ... */
const char *json_kind(const json_t *value);

/*
 * A body, LEN octets JSON, as an object within the bounds of push_info.h; or
 * NULL, which is a failure whose text quotes nothing of it.
 */
json_t *json_body(const char *json, size_t len);

/*
 * Read all that the table M lists of OBJECT; what it does not list is ignored.
 * OK; or the failure of a member, which the problem then names.
 */
MUST_USE enum status members_read(struct reading *, const struct member *m,
    const json_t *object);

/* VALUE as a string, or NULL, which is a failure. */
const char *member_text(const struct member *, const json_t *value);

/*
 * What READ of a member may be: an object; or a field as a string, in hex, as a
 * number, as a word of WORDS; or a date-time of RFC 3339 as a moment, the last
 * that a field can have where it is later.
 */
#define MEMBER_READS(_) _(object) _(string) _(hex) _(number) _(word) _(time)
#define MEMBER_READ(kind) enum status member_##kind(struct reading *, \
    const struct member *, const json_t *value);
MEMBER_READS(MEMBER_READ)
#undef MEMBER_READ

#endif
