/*
 * library.h: shared libraries that are loaded when they are needed, and whose
 * headers alone are there when a program is built.
 */
#ifndef GBA_LIBRARY_H
#define GBA_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

struct library_function {
	const char *name;
	size_t offset;		/* of its pointer in the table */
};

/*
 * Load the library NAME, and put the addresses of its COUNT functions into
 * TABLE.  False: *LACKS is the function that it does not have, or NULL where
 * there is no such library.
 */
bool library_load(const char *name, void *table,
    const struct library_function *, size_t count, const char **lacks);

#endif
