/* h2.c: what both ends of HTTP/2 do alike with libnghttp2. */
#include "base/status.h"

#ifdef HAVE_HTTP2

#include <string.h>

#include "nbsp/h2.h"

/* As much of what is pending as there is room for. */
static void
move(struct h2_out *out)
{
	size_t room = out->room - out->len;
	size_t n = out->pending_len < room ? out->pending_len : room;

	memcpy(out->v + out->len, out->pending, n);
	out->len += n;
	out->pending += n;
	out->pending_len -= n;
}

enum status
h2_fill(struct h2_out *out, nghttp2_session *session)
{
	ssize_t n = 0;

	out->len = 0;
	if (out->pending_len > 0)
		move(out);
	while (out->pending_len == 0 &&
	    (n = nghttp2_session_mem_send(session, &out->pending)) > 0) {
		out->pending_len = (size_t)n;
		move(out);
	}
	return n >= 0 ? OK : h2_no_memory();
}

int
h2_options(nghttp2_option **out)
{
	nghttp2_option *o;
	int e = nghttp2_option_new(&o);

	*out = o;
	if (e != 0)
		return e;
	nghttp2_option_set_no_closed_streams(o, 1);
	nghttp2_option_set_max_deflate_dynamic_table_size(o, 0);
	return 0;
}

nghttp2_nv
h2_header(const char *name, const char *value)
{
	return (nghttp2_nv){ .name = (uint8_t *)(uintptr_t)name,
	    .value = (uint8_t *)(uintptr_t)value, .namelen = strlen(name),
	    .valuelen = strlen(value) };
}

bool
h2_is(const char *name, const uint8_t *v, size_t len)
{
	return strlen(name) == len && memcmp(name, v, len) == 0;
}

enum status
h2_no_memory(void)
{
	return fail(FAILED, "http: no memory");
}

#endif
