/* naf_policy.c: the BSF's allow file. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/lines.h"
#include "base/oddity.h"
#include "store/naf_policy.h"

struct naf_rule {
	char naf[FQDN_MAX + 1];
	uint8_t ua[UA_LEN];
	char glob[256];
};

/* One line: a rule, or nothing but a comment. */
static enum status
add_line(void *arg, char *line)
{
	struct naf_policy *allow = arg;
	struct naf_rule *rule;
	char *word[4], odd[ODDITY_MAX];
	const char *found;
	size_t n;

	line[strcspn(line, "#")] = '\0';
	if ((found = oddity(line, strlen(line), odd)) != NULL)
		return fail(MALFORMED, "found %s, expected ASCII", found);
	if ((n = line_words(line, word, COUNT(word))) == 0)
		return OK;
	if (n != 3)
		return fail(MALFORMED, "%s3 words; a line is FQDN UA-HEX "
		    "UE-ID-GLOB", n < 3 ? "fewer than " : "more than ");
	if (!array_reserve(allow->rule, allow->room, allow->count + 1))
		return fail(FAILED, "no memory");
	rule = &allow->rule[allow->count];
	if (!fqdn_valid(word[0], strlen(word[0])))
		return fail(MALFORMED, "FQDN: '%s' is not lower-case letters, "
		    "digits, hyphens and dots", word[0]);
	if (fqdn_dots(word[0], strlen(word[0])))
		return fail(MALFORMED, "FQDN: '%s' has a dot too many",
		    word[0]);
	if (hex_read(rule->ua, UA_LEN, word[1]) != UA_LEN)
		return fail(MALFORMED, "UA-HEX: '%s' is not 10 hex digits",
		    word[1]);
	if (strlen(word[2]) >= sizeof(rule->glob))
		return fail(MALFORMED, "UE-ID-GLOB: %zu characters; %zu are "
		    "possible", strlen(word[2]),
		    sizeof(rule->glob) - 1);
	strcpy(rule->naf, word[0]);
	strcpy(rule->glob, word[2]);
	allow->count++;
	return OK;
}

enum status
naf_policy_read(struct naf_policy *allow, const char *name)
{
	*allow = (struct naf_policy){ NULL, 0, 0 };
	return lines_each(name, false, add_line, allow);
}

void
naf_policy_free(struct naf_policy *allow)
{
	free(allow->rule);
}

enum status
naf_policy_check(const struct naf_policy *allow, const struct record *request,
    const char *id)
{
	char naf[FQDN_MAX + 1], ua[HEX_LEN(UA_LEN)];

	record_naf_fqdn(request, naf);
	for (size_t i = 0; i < allow->count; i++) {
		const struct naf_rule *rule = &allow->rule[i];

		if (strcmp(rule->naf, naf) == 0 &&
		    memcmp(rule->ua, record_ua(request), UA_LEN) == 0 &&
		    fnmatch(rule->glob, id, 0) == 0)
			return OK;
	}
	return fail(REJECTED, "naf_id: the allow file does not let %s/%s ask "
	    "for %s", naf,
	    hex_encode(ua, record_ua(request), UA_LEN), id);
}
