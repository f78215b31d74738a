/* pq.c: libpq, loaded when it is needed. */
#include <dlfcn.h>
#include <stddef.h>

#include "base/octets.h"
#include "store/pq.h"

#define LIBRARY "libpq.so.5"

struct pq pq;

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define PQ_ROW(name) { #name, offsetof(struct pq, name) },
	PQ_FUNCTIONS(PQ_ROW)
#undef PQ_ROW
};

enum status
pq_load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	void **to;

	if (library == NULL)
		return fail(FAILED, "postgresql:// needs %s (Debian package "
		    "libpq5)", LIBRARY);
	for (size_t i = 0; i < COUNT(functions); i++) {
		to = (void **)(void *)((char *)&pq + functions[i].offset);
		if ((*to = dlsym(library, functions[i].name)) == NULL)
			return fail(FAILED, "%s: has no %s; PostgreSQL 14 or "
			    "later has it", LIBRARY,
			    functions[i].name);
	}
	return OK;
}
