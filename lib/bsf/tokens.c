/* tokens.c: the bearer tokens of NAFs. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/lines.h"
#include "bsf/tokens.h"
#include "record/record.h"

#define SCHEME "Bearer "
#define TOKEN_MIN 16		/* characters: shorter ones are guessed */

/* The rest of the room after a token is zeros, so that lengths compare, too. */
struct naf_token {
	char v[TOKEN_MAX];
	char naf[FQDN_MAX + 1];
};

/* The form of a token, RFC 6750 clause 2.1. */
static bool
is_token(const char *v)
{
	size_t n = strspn(v, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	    "abcdefghijklmnopqrstuvwxyz0123456789-._~+/");

	n += strspn(v + n, "=");
	return v[n] == '\0' && n >= TOKEN_MIN && n <= TOKEN_MAX;
}

static const struct naf_token *
find(const struct tokens *t, const char v[static TOKEN_MAX])
{
	const struct naf_token *found = NULL;

	for (size_t i = 0; i < t->count; i++)
		if (same_octets(v, t->v[i].v, TOKEN_MAX))
			found = &t->v[i];
	return found;
}

/* Add a token, which one NAF alone may have. */
static enum status
add(struct tokens *t, const char *v, const char *naf)
{
	struct naf_token *token;

	if (!array_reserve_secret(t->v, t->room, t->count + 1))
		return fail(FAILED, "no memory");
	token = &t->v[t->count];
	memset(token, 0, sizeof(*token));
	memcpy(token->v, v, strlen(v));
	strcpy(token->naf, naf);
	if (find(t, token->v) != NULL)
		return fail(MALFORMED, "TOKEN: found one that an earlier line "
		    "has, expected another");
	t->count++;
	return OK;
}

/* One line; what is wrong with a token is said without it. */
static enum status
add_line(void *arg, char *line)
{
	char *word[3];
	size_t n;

	if (line[0] == '#' || (n = line_words(line, word, COUNT(word))) == 0)
		return OK;
	if (n != 2)
		return fail(MALFORMED, "%s2 words; a line is TOKEN FQDN",
		    n < 2 ? "fewer than " : "more than ");
	if (!is_token(word[0]))
		return fail(MALFORMED, "TOKEN: expected %d to %d letters, "
		    "digits and - . _ ~ + / with = at the end", TOKEN_MIN,
		    TOKEN_MAX);
	if (!fqdn_valid(word[1], strlen(word[1])))
		return fail(MALFORMED, "FQDN: expected lower-case letters, "
		    "digits, hyphens and dots");
	return add(arg, word[0], word[1]);
}

enum status
tokens_read(struct tokens *t, const char *name)
{
	*t = (struct tokens){ NULL, 0, 0 };
	return lines_each(name, true, add_line, t);
}

void
tokens_free(struct tokens *t)
{
	if (t->v != NULL)
		wipe(t->v, t->room * sizeof(t->v[0]));
	free(t->v);
	*t = (struct tokens){ NULL, 0, 0 };
}

const char *
tokens_find(const struct tokens *t, const char *authorization, size_t len)
{
	const size_t scheme = strlen(SCHEME);
	const struct naf_token *token;
	char v[TOKEN_MAX] = "";

	if (len <= scheme || len - scheme > TOKEN_MAX ||
	    strncasecmp(authorization, SCHEME, scheme) != 0)
		return NULL;
	memcpy(v, authorization + scheme, len - scheme);
	token = find(t, v);
	wipe(v, sizeof(v));
	return token == NULL ? NULL : token->naf;
}
