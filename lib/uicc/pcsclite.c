/* pcsclite.c: libpcsclite, loaded when it is needed. */
#include "base/library.h"
#include "base/octets.h"
#include "uicc/pcsclite.h"

#define LIBRARY "libpcsclite.so.1"

struct pcsclite pcsclite;

static const struct library_function functions[] = {
#define PCSC_ROW(name) { #name, offsetof(struct pcsclite, name) },
	PCSC_FUNCTIONS(PCSC_ROW)
#undef PCSC_ROW
};

enum status
pcsclite_load(void)
{
	const char *lacks;

	if (library_load(LIBRARY, &pcsclite, functions, COUNT(functions),
	    &lacks))
		return OK;
	return lacks == NULL ? fail(FAILED, "it needs %s (Debian package "
	    "libpcsclite1)", LIBRARY) : fail(FAILED, "%s has no %s", LIBRARY,
	    lacks);
}
