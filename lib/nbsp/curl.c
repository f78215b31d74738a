/* curl.c: libcurl, loaded when it is needed. */
#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/octets.h"
#include "nbsp/curl.h"

#define LIBRARY "libcurl.so.4"

struct curl curl;

static const struct {
	const char *name;
	size_t offset;
} functions[] = {
#define CURL_ROW(name) { #name, offsetof(struct curl, name) },
	CURL_FUNCTIONS(CURL_ROW)
#undef CURL_ROW
};

enum status
curl_load(void)
{
	void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	void **to;

	if (library == NULL)
		return fail(FAILED, "a BSF over HTTP needs %s (Debian package "
		    "libcurl4)", LIBRARY);
	for (size_t i = 0; i < COUNT(functions); i++) {
		to = (void **)(void *)((char *)&curl + functions[i].offset);
		if ((*to = dlsym(library, functions[i].name)) == NULL)
			return fail(FAILED, "%s has no %s", LIBRARY,
			    functions[i].name);
	}
	/* the keys of TLS are for no file */
	unsetenv("SSLKEYLOGFILE");
	if (curl.curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return fail(FAILED, "%s does not start", LIBRARY);
	if ((curl.curl_version_info(CURLVERSION_NOW)->features &
	    CURL_VERSION_HTTP2) == 0)
		return fail(FAILED, "%s has no HTTP/2", LIBRARY);
	return OK;
}
