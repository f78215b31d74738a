/* naf_policy.c: the BSF's allow file. */
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/naf_policy.h"

struct naf_rule {
	char naf[FQDN_MAX + 1];
	uint8_t ua[UA_LEN];
	char glob[256];
};

/* One line, its comment cut; OK without a rule where nothing is left. */
static enum status
add_line(struct naf_policy *allow, char *line)
{
	struct naf_rule rule, *more;
	char *word[4] = { NULL }, *save;
	int n = 0;

	line[strcspn(line, "#\n")] = '\0';
	for (char *w = strtok_r(line, " \t\r", &save); w != NULL && n < 4;
	    w = strtok_r(NULL, " \t\r", &save))
		word[n++] = w;
	if (n == 0)
		return OK;
	if (n != 3)
		return fail(MALFORMED, "found %s3 words, expected FQDN UA-HEX "
		    "UE-ID-GLOB", n < 3 ? "fewer than " : "more than ");
	if (!fqdn_valid(word[0], strlen(word[0])))
		return fail(MALFORMED, "FQDN: found \"%s\", expected "
		    "lower-case letters, digits, hyphens and dots", word[0]);
	if (hex_decode(rule.ua, UA_LEN, word[1], strlen(word[1])) != UA_LEN)
		return fail(MALFORMED, "UA-HEX: found \"%s\", expected 10 hex "
		    "digits", word[1]);
	if (strlen(word[2]) >= sizeof(rule.glob))
		return fail(MALFORMED, "UE-ID-GLOB: found %zu characters, "
		    "expected at most %zu", strlen(word[2]),
		    sizeof(rule.glob) - 1);
	strcpy(rule.naf, word[0]);
	strcpy(rule.glob, word[2]);
	more = reallocarray(allow->rule, allow->count + 1, sizeof(rule));
	if (more == NULL)
		return fail(FAILED, "no memory");
	allow->rule = more;
	allow->rule[allow->count++] = rule;
	return OK;
}

enum status
naf_policy_read(struct naf_policy *allow, const char *name)
{
	FILE *f = fopen(name, "re");
	enum status status = OK;
	char *line = NULL;
	size_t room = 0;
	int number = 0;

	*allow = (struct naf_policy){ NULL, 0 };
	if (f == NULL)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	while (status == OK && getline(&line, &room, f) >= 0) {
		number++;
		if ((status = add_line(allow, line)) != OK)
			status = fail_in(status, "%s: line %d", name, number);
	}
	if (status == OK && ferror(f))
		status = fail(FAILED, "%s: %s", name, strerror(errno));
	free(line);
	fclose(f);
	return status;
}

void
naf_policy_free(struct naf_policy *allow)
{
	free(allow->rule);
}

enum status
naf_policy_check(const struct naf_policy *allow, const struct record *request)
{
	char naf[FQDN_MAX + 1], ua[HEX_LEN(UA_LEN)];

	record_naf_fqdn(request, naf);
	for (size_t i = 0; i < allow->count; i++) {
		const struct naf_rule *rule = &allow->rule[i];

		if (strcmp(rule->naf, naf) == 0 &&
		    memcmp(rule->ua, record_ua(request), UA_LEN) == 0 &&
		    fnmatch(rule->glob, request->ue_id.v, 0) == 0)
			return OK;
	}
	return fail(REJECTED, "naf_id: found %s/%s asking for %s, expected "
	    "what the allow file names", naf,
	    hex_encode(ua, record_ua(request), UA_LEN), request->ue_id.v);
}
