/* keylog.c: the keys of TLS connections, for those who debug them. */
#include <errno.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/message.h"
#include "connection/keylog.h"

static struct {
	const char *name;
	int fd;
	bool failed;		/* and was complained of */
} keylog = { .fd = -1 };

enum status
keylog_open(const char *name)
{
	struct stat st;

	keylog.name = name;
	keylog.fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
	    O_NOCTTY, 0600);
	/* one that is there may be for others to read */
	if (keylog.fd < 0 || fstat(keylog.fd, &st) != 0 ||
	    (S_ISREG(st.st_mode) && fchmod(keylog.fd, 0600) != 0))
		return fail(FAILED, "%s: %s", name, strerror(errno));
	warn("warning: %s gets the keys of all connections; whoever reads it "
	    "can read them", name);
	return OK;
}

/* A debugger that cannot write is no reason to end a connection. */
static void
put_line(const SSL *unused, const char *line)
{
	char v[512];
	int n = snprintf(v, sizeof(v), "%s\n", line);

	(void)unused;
	if (n > 0 && (size_t)n < sizeof(v) && !keylog.failed &&
	    file_write(keylog.fd, keylog.name, v, (size_t)n) != OK) {
		complain("%s", "");
		keylog.failed = true;
	}
	wipe(v, sizeof(v));
}

void
keylog_attach(struct ssl_ctx_st *ctx)
{
	if (keylog.fd >= 0)
		SSL_CTX_set_keylog_callback(ctx, put_line);
}
