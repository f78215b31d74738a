/*
 * db_open.c: which engine is behind a store.  It is apart from db.c, so that a
 * program without a store is linked with none.
 */
#include <string.h>
#include <strings.h>

#include "store/driver.h"

#ifndef HAVE_POSTGRESQL
static enum status
built_without(struct db **out, const char *name, const struct schema *schema,
    bool create)
{
	(void)out;
	(void)schema;
	(void)create;
	return fail(USAGE, "%s: this program was built without libpq", name);
}

const struct driver driver_postgresql = { .open = built_without };
#endif

/* By how a store's name begins, in either case. */
static const struct {
	const char *scheme;
	const struct driver *driver;
} engines[] = {
	{ "postgresql://", &driver_postgresql },
	{ "postgres://", &driver_postgresql },
};

/* libpq's other form, which may hold a password. */
static const char *const keywords[] = { "host", "hostaddr", "port", "dbname",
    "user", "password", "passfile", "service", "sslmode", "options" };

static bool
begins_with(const char *name, const char *beginning)
{
	return strncasecmp(name, beginning, strlen(beginning)) == 0;
}

/* Whether NAME begins with KEYWORD = . */
static bool
is_keyword(const char *name)
{
	size_t n;

	name += strspn(name, " ");
	for (size_t i = 0; i < COUNT(keywords); i++) {
		n = strlen(keywords[i]);
		if (begins_with(name, keywords[i]) &&
		    name[n + strspn(name + n, " ")] == '=')
			return true;
	}
	return false;
}

/* A file is the rest; but what may be meant otherwise, is none. */
static enum status
check_file(const char *name)
{
	size_t scheme = strspn(name, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");

	if (name[0] == '\0')
		return fail(USAGE, "store: the name is empty");
	if (strncmp(name + scheme, "://", 3) == 0 ||
	    begins_with(name, "postgresql:") || begins_with(name, "postgres:"))
		return fail(USAGE, "store: %.*s is not known; use a file or "
		    "postgresql://...", (int)strcspn(name, "/"), name);
	if (is_keyword(name))
		return fail(USAGE, "store: keywords of libpq are not taken; "
		    "use a file or postgresql://...");
	return OK;
}

enum status
db_open(struct db **out, const char *name, const struct schema *schema,
    bool create)
{
	enum status status;

	*out = NULL;
	for (size_t i = 0; i < COUNT(engines); i++)
		if (begins_with(name, engines[i].scheme))
			return engines[i].driver->open(out, name, schema,
			    create);
	status = check_file(name);
	return status == OK ? driver_sqlite.open(out, name, schema, create) :
	    status;
}
