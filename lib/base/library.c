/* library.c: shared libraries that are loaded when they are needed. */
#include <dlfcn.h>

#include "base/library.h"

bool
library_load(const char *name, void *table, const struct library_function *f,
    size_t count, const char **lacks)
{
	void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
	void **to;

	*lacks = NULL;
	for (size_t i = 0; library != NULL && i < count; i++) {
		to = (void **)(void *)((char *)table + f[i].offset);
		if ((*to = dlsym(library, f[i].name)) == NULL) {
			*lacks = f[i].name;
			return false;
		}
	}
	return library != NULL;
}
