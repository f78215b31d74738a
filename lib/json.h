/*
 * json.h: JSON Lines on the way in.
 */
#ifndef GBA_JSON_H
#define GBA_JSON_H

#include "octets.h"
#include "status.h"

/* Takes one member: a string, a number in decimals, or strings in an array,
 * with a space between two. */
typedef enum status member_fn(void *, const char *name, const char *value);

/*
 * Call EACH for every member of the JSON object LINE, of LEN characters.
 * OK; MALFORMED where it is none, or a member is another kind or there twice;
 * or what EACH returned.
 */
MUST_USE enum status json_members(const char *line, size_t len,
    member_fn *each, void *);

#endif
