/* pq.c: libpq, loaded when it is needed. */
#include "base/library.h"
#include "base/octets.h"
#include "store/pq.h"

#define LIBRARY "libpq.so.5"

struct pq pq;

static const struct library_function functions[] = {
#define PQ_ROW(name) { #name, offsetof(struct pq, name) },
	PQ_FUNCTIONS(PQ_ROW)
#undef PQ_ROW
};

enum status
pq_load(void)
{
	const char *lacks;

	if (library_load(LIBRARY, &pq, functions, COUNT(functions), &lacks))
		return OK;
	return lacks == NULL ? fail(FAILED, "postgresql:// needs %s (Debian "
	    "package libpq5)", LIBRARY) : fail(FAILED, "%s: has no %s; "
	    "PostgreSQL 14 or later has it", LIBRARY, lacks);
}
