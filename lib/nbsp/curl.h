/*
 * curl.h: libcurl, loaded when the first BSF is asked over HTTP.  It needs
 * thirty other libraries, and loading them takes longer than all else that a
 * program does when it starts.
 */
#ifndef GBA_CURL_H
#define GBA_CURL_H

#define CURL_DISABLE_TYPECHECK	/* its macros, that is, in place of names */
#include <curl/curl.h>

#include "base/status.h"

#define CURL_FUNCTIONS(_) _(curl_easy_cleanup) _(curl_easy_getinfo) \
	_(curl_easy_init) _(curl_easy_setopt) _(curl_easy_strerror) \
	_(curl_global_init) _(curl_multi_add_handle) _(curl_multi_assign) \
	_(curl_multi_cleanup) _(curl_multi_info_read) _(curl_multi_init) \
	_(curl_multi_remove_handle) _(curl_multi_setopt) \
	_(curl_multi_socket_action) _(curl_slist_append) \
	_(curl_slist_free_all) _(curl_version_info)

struct curl {
#define CURL_MEMBER(name) __typeof__(&name) name;
	CURL_FUNCTIONS(CURL_MEMBER)
#undef CURL_MEMBER
};

/* The functions, after curl_load(): OK; or FAILED, also without HTTP/2. */
extern struct curl curl;
MUST_USE enum status curl_load(void);

#endif
