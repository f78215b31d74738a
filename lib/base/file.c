/* file.c: small files, and files that appear whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/message.h"

bool
file_is_standard(const char *name)
{
	return name == NULL || strcmp(name, "-") == 0;
}

void
file_warn_readable(const char *name)
{
	struct stat st;

	if (stat(name, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & 077) != 0)
		warn("warning: %s: mode %04o lets others read its keys; chmod "
		    "600", name, (unsigned)st.st_mode & 07777);
}

enum status
file_read(const char *name, bool secret, char *out, size_t max, size_t *len)
{
	int fd = file_is_standard(name) ? STDIN_FILENO :
	    open(name, O_RDONLY | O_CLOEXEC);
	enum status status = OK;
	ssize_t n = 0;

	if (fd < 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	if (secret && fd != STDIN_FILENO)
		file_warn_readable(name);
	*len = 0;
	while (*len < max && (n = read(fd, out + *len, max - *len)) > 0)
		*len += (size_t)n;
	if (n < 0)
		status = fail(FAILED, "%s: %s", name, strerror(errno));
	else if (*len == max)
		status = fail(MALFORMED, "%s: too large: %zu octets or more",
		    name, max);
	else
		out[*len] = '\0';
	if (fd != STDIN_FILENO)
		close(fd);
	return status;
}

enum status
file_write(int fd, const char *name, const void *v, size_t len)
{
	const uint8_t *p = v;
	ssize_t n;

	while (len > 0) {
		n = write(fd, p, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return fail(FAILED, "%s: %s", name, strerror(errno));
		p += n;
		len -= (size_t)n;
	}
	return OK;
}

/* ---- files that appear ---- */

enum status
file_begin(const char *name, const char *suffix, char **temporary, int *fd)
{
	bool unique = strstr(suffix, "XXXXXX") != NULL;
	const char *slash = strrchr(name, '/');
	int dir = slash == NULL ? 0 : (int)(slash - name) + 1;

	if (asprintf(temporary, "%.*s.%s%s", dir, name, name + dir,
	    suffix) < 0) {
		*temporary = NULL;
		return fail(FAILED, "%s: no memory", name);
	}
	*fd = unique ? mkostemp(*temporary, O_CLOEXEC) : open(*temporary,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (*fd >= 0)
		return OK;
	free(*temporary);
	*temporary = NULL;
	return fail(FAILED, "%s: %s", name, strerror(errno));
}

/* Make the rename to NAME durable, which is a change of its directory. */
static int
sync_directory(const char *name)
{
	const char *slash = strrchr(name, '/');
	char *dir = slash == NULL ? strdup(".") :
	    strndup(name, (size_t)(slash - name) + 1);
	int fd = dir == NULL ? -1 : open(dir, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	int result = fd < 0 ? -1 : fsync(fd);

	if (fd >= 0)
		close(fd);
	free(dir);
	return result;
}

enum status
file_appear(const char *name, char **temporary, int fd)
{
	enum status status = OK;

	if (fsync(fd) != 0 || rename(*temporary, name) != 0 ||
	    sync_directory(name) != 0) {
		status = fail(FAILED, "%s: %s", name, strerror(errno));
		file_forget(temporary);
	}
	free(*temporary);
	*temporary = NULL;
	return status;
}

void
file_forget(char **temporary)
{
	if (*temporary != NULL)
		unlink(*temporary);
	free(*temporary);
	*temporary = NULL;
}

static const char *volatile doomed;

static void
remove_and_die(int number)
{
	if (doomed != NULL)
		unlink(doomed);
	signal(number, SIG_DFL);
	raise(number);
}

/* A program with handlers of its own ends in order and removes the file. */
void
file_remove_on_signal(const char *temporary)
{
	static const int deadly[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction act = { .sa_handler = remove_and_die }, old;

	doomed = temporary;
	for (size_t i = 0; temporary != NULL && i < COUNT(deadly); i++)
		if (sigaction(deadly[i], NULL, &old) == 0 &&
		    old.sa_handler == SIG_DFL)
			sigaction(deadly[i], &act, NULL);
}
