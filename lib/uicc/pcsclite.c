/* pcsclite.c: libpcsclite, loaded when it is needed. */
#include <dlfcn.h>
#include <stddef.h>

#include "base/octets.h"
#include "uicc/pcsclite.h"

#define LIBRARY "libpcsclite.so.1"

struct pcsclite pcsclite;

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define PCSC_ROW(name) { #name, offsetof(struct pcsclite, name) },
	PCSC_FUNCTIONS(PCSC_ROW)
#undef PCSC_ROW
};

enum status
pcsclite_load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	void **to;

	if (library == NULL)
		return fail(FAILED, "it needs %s (Debian package "
		    "libpcsclite1)", LIBRARY);
	for (size_t i = 0; i < COUNT(functions); i++) {
		to = (void **)(void *)((char *)&pcsclite +
		    functions[i].offset);
		if ((*to = dlsym(library, functions[i].name)) == NULL)
			return fail(FAILED, "%s has no %s", LIBRARY,
			    functions[i].name);
	}
	return OK;
}
