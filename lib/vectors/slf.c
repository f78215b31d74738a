/* slf.c: which HSS has a subscriber. */
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "base/lines.h"
#include "base/oddity.h"
#include "vectors/identity.h"
#include "vectors/slf.h"

struct slf_line {
	char *pattern;
	size_t hss;
};

/* The index of an HSS, which is new or was named before. */
static enum status
find_hss(struct slf *slf, const char *uri, size_t *at)
{
	for (*at = 0; *at < slf->hss_count; ++*at)
		if (strcmp(slf->hss[*at], uri) == 0)
			return OK;
	if (!array_reserve(slf->hss, slf->hss_room, *at + 1) ||
	    (slf->hss[*at] = strdup(uri)) == NULL)
		return fail(FAILED, "no memory");
	slf->hss_count++;
	return OK;
}

/* One line, or nothing but a comment: in a URI, # stands for itself. */
static enum status
add_line(void *arg, char *line)
{
	struct slf *slf = arg;
	char *word[3], odd[ODDITY_MAX];
	const char *found, *p;
	struct slf_line *l;
	enum status status;
	size_t n;

	if (line[0] == '#')
		return OK;
	if ((found = oddity(line, strlen(line), odd)) != NULL)
		return fail(MALFORMED, "found %s, expected ASCII", found);
	if ((n = line_words(line, word, COUNT(word))) == 0)
		return OK;
	if (n != 2)
		return fail(MALFORMED, "%s2 words; a line is PATTERN HSS",
		    n < 2 ? "fewer than " : "more than ");
	if (strncasecmp(word[1], "slf:", 4) == 0)
		return fail(MALFORMED, "HSS: '%s' is an SLF itself", word[1]);
	if ((p = strrchr(word[0], '[')) != NULL && strchr(p, ']') == NULL)
		return fail(MALFORMED, "PATTERN: a [ without a ]");
	if (!array_reserve(slf->line, slf->room, slf->count + 1))
		return fail(FAILED, "no memory");
	l = &slf->line[slf->count];
	if ((status = find_hss(slf, word[1], &l->hss)) != OK)
		return status;
	if ((l->pattern = strdup(word[0])) == NULL)
		return fail(FAILED, "no memory");
	slf->count++;
	return OK;
}

enum status
slf_read(struct slf *slf, const char *name)
{
	*slf = (struct slf){ .name = name };
	return lines_each(name, false, add_line, slf);
}

void
slf_free(struct slf *slf)
{
	for (size_t i = 0; i < slf->count; i++)
		free(slf->line[i].pattern);
	for (size_t i = 0; i < slf->hss_count; i++)
		free(slf->hss[i]);
	free(slf->line);
	free(slf->hss);
}

enum status
slf_locate(const struct slf *slf, const struct record *request, size_t *hss)
{
	const char *private = identity_private(request);
	char imsi[IMSI_MAX + 1];
	const char *name[] = { request->ue_id.v, private, imsi };

	if (private == NULL || identity_imsi(private, imsi) != OK)
		name[2] = NULL;
	fail_said();
	for (size_t i = 0; i < slf->count; i++)
		for (size_t k = 0; k < COUNT(name); k++)
			if (name[k] != NULL &&
			    fnmatch(slf->line[i].pattern, name[k], 0) == 0) {
				*hss = slf->line[i].hss;
				return OK;
			}
	return fail(REJECTED, "ue_id: no line of %s names the HSS of %s",
	    slf->name, request->ue_id.v);
}
