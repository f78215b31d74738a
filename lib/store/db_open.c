/*
 * db_open.c: which engine is behind a store.  It is apart from db.c, so that a
 * program without a store is linked with none.
 */
#include <string.h>

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

/* By how a store's name begins; a file is the last. */
static const struct {
	const char *scheme;
	const struct driver *driver;
} engines[] = {
	{ "postgresql://", &driver_postgresql },
	{ "postgres://", &driver_postgresql },
	{ "", &driver_sqlite },
};

enum status
db_open(struct db **out, const char *name, const struct schema *schema,
    bool create)
{
	size_t i = 0;

	*out = NULL;
	while (strncmp(name, engines[i].scheme, strlen(engines[i].scheme)) != 0)
		i++;
	if (engines[i].driver != &driver_sqlite)
		return engines[i].driver->open(out, name, schema, create);
	if (strstr(name, "://") != NULL)
		return fail(USAGE, "store: %.*s is not known; use a file or "
		    "postgresql://...", (int)strcspn(name, "/"), name);
	/* libpq's other form, which may hold a password */
	if (strncmp(name, "host=", 5) == 0 || strstr(name, "dbname=") != NULL)
		return fail(USAGE, "store: keywords of libpq are not taken; "
		    "use a file or postgresql://...");
	return driver_sqlite.open(out, name, schema, create);
}
