/* clash.c: one file that is named for two things. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/place.h"
#include "pipe/clash.h"

/* The path that the text of an option names, in PATH; or NULL. */
static const char *
path_of(const struct opt *row, const char *text, char path[static PATH_MAX])
{
	static const char *const schemes[] = { "file:", "sms-pdu:" };

	if (row->value == NULL || text == NULL)
		return NULL;
	if (strcmp(row->value, "FILE") == 0 || strcmp(row->value, "DB") == 0)
		return text;
	if (strcmp(row->value, "HSS") == 0)	/* a store, or slf:FILE */
		return strncasecmp(text, "slf:", 4) == 0 ? text + 4 : text;
	if (strcmp(row->value, "URI") != 0)
		return NULL;
	for (size_t i = 0; i < COUNT(schemes); i++) {
		size_t n = strlen(schemes[i]);

		if (strncasecmp(text, schemes[i], n) != 0)
			continue;
		snprintf(path, PATH_MAX, "%.*s", i == 0 ? PATH_MAX :
		    (int)strcspn(text + n, "?"), text + n);
		return file_is_standard(path) ? NULL : path;
	}
	return NULL;
}

static bool
leads_to(const char *name, const struct place *place)
{
	struct place p;

	if (place_find(&p, name) == OK)
		return place_same(&p, place);
	fail_said();	/* who opens it, says so */
	return false;
}

static bool
is_store(const struct opt *row)
{
	return strcmp(row->value, "DB") == 0 || strcmp(row->value, "HSS") == 0;
}

/* Whether PLACE is one of the files that SQLite has beside that of a store. */
static bool
belongs_to(const char *store, const struct place *place)
{
	static const char *const ends[] = { "-wal", "-shm", "-journal" };
	char path[PATH_MAX + 10];
	struct place p;

	if (place_find(&p, store) != OK) {
		fail_said();
		return false;
	}
	for (size_t i = 0; i < COUNT(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", p.path, ends[i]);
		if (leads_to(path, place))
			return true;
	}
	return false;
}

/* Whether the Ith option names the file at PLACE. */
static bool
names(const struct given *g, int i, const struct place *place)
{
	const struct opt *row = g->row[i];
	const struct opt_list *list = row->to;
	char room[PATH_MAX];
	const char *path;

	if (!g->seen[i] || row->kind == OPT_FLAG || row->kind == OPT_NUMBER ||
	    row->kind == OPT_FIELD)
		return false;
	if (row->kind != OPT_LIST) {
		path = path_of(row, *(const char *const *)row->to, room);
		return path != NULL && (leads_to(path, place) ||
		    (is_store(row) && belongs_to(path, place)));
	}
	for (size_t n = 0; n < list->count; n++) {
		path = path_of(row, list->v[n], room);
		if (path != NULL && leads_to(path, place))
			return true;
	}
	return false;
}

/* Whether the option says where something is written to. */
static bool
is_output(const struct opt *row)
{
	return row->kind == OPT_OUTPUT || (row->kind == OPT_STRING &&
	    row->value != NULL && strcmp(row->value, "URI") == 0);
}

static bool
is_input(const struct given *g, const struct place *place)
{
	struct place in;

	if (g->input == NULL || !S_ISREG(place->mode))
		return false;
	if (!file_is_standard(g->input))
		return leads_to(g->input, place);
	if (place_of(&in, STDIN_FILENO) == OK)
		return place_same(&in, place);
	fail_said();
	return false;
}

/* NAME writes records to PLACE, where nothing else may be. */
static enum status
check_records(const struct given *g, const char *name, int own,
    const struct place *place)
{
	for (int i = 0; i < g->count; i++) {
		if (i == own || !names(g, i, place))
			continue;
		return is_output(g->row[i]) ? fail(USAGE, "%s and --%s name "
		    "the same file", name, g->row[i]->name) : fail(USAGE,
		    "%s: this would overwrite the file of --%s", name,
		    g->row[i]->name);
	}
	return is_input(g, place) ? fail(USAGE, "%s: this would overwrite the "
	    "input", name) : OK;
}

/*
 * What else is written, may be read as well: of --report, by --resume.  -o has
 * checked against all.
 */
static enum status
check_others(const struct given *g, int own, const struct place *place)
{
	for (int i = own + 1; i < g->count; i++)
		if (g->row[i]->kind == OPT_OUTPUT &&
		    g->row[i]->to != &common.output && names(g, i, place))
			return fail(USAGE, "--%s and --%s name the same file",
			    g->row[own]->name, g->row[i]->name);
	return OK;
}

enum status
clash_check(const struct given *g)
{
	enum status status = OK;
	char room[PATH_MAX];
	const char *path;
	struct place p;

	for (int i = 0; i < g->count && status == OK; i++) {
		if (!g->seen[i] || !is_output(g->row[i]))
			continue;
		path = path_of(g->row[i], *(const char *const *)g->row[i]->to,
		    room);
		if (path == NULL || (g->row[i]->to == &common.output &&
		    file_is_standard(path)))
			continue;
		if (place_find(&p, path) != OK)
			fail_said();
		else if (g->row[i]->to == &common.output)
			status = check_records(g, "--output", i, &p);
		else
			status = check_others(g, i, &p);
	}
	return status;
}

enum status
clash_check_standard(const struct given *g)
{
	struct place p;

	if (place_of(&p, STDOUT_FILENO) == OK)
		return check_records(g, "standard output", -1, &p);
	fail_said();
	return OK;
}

enum status
clash_reads(const char *option, const char *name)
{
	if (name == NULL || !file_is_standard(name) ||
	    !file_is_standard(common.operand))
		return OK;
	return fail(USAGE, "standard input cannot be both --%s and the input; "
	    "give a FILE", option);
}
