/* file.c: small files, and files that appear whole or not at all. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/await.h"
#include "base/file.h"
#include "base/memory.h"
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

ssize_t
file_read_some(int fd, void *v, size_t max)
{
	ssize_t n;

	while ((n = read(fd, v, max)) < 0 && (errno == EAGAIN ||
	    errno == EINTR) && !loop_signalled())
		(void)await(fd, POLLIN, LOOP_NEVER);
	return n;
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
	while (*len < max && (n = file_read_some(fd, out + *len,
	    max - *len)) > 0)
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

/* The directory of NAME, with its slash, or "./"; NULL: no memory. */
static char *
directory_of(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash == NULL ? strdup("./") :
	    strndup(name, (size_t)(slash - name) + 1);
}

/*
 * Put random letters in the place of the six X at the end of NAME.  A name
 * without them may be somebody else's, who may not be let near the file: NAME
 * has room for more.
 */
static enum status
make_unique(char *name)
{
	uint8_t v[6];
	char *x = name + strlen(name) - sizeof(v);

	if (strcmp(x, "XXXXXX") != 0) {
		if (unlink(name) == 0 || errno == ENOENT)
			return OK;
		strcat(name, ".XXXXXX");
		x = name + strlen(name) - sizeof(v);
	}
	if (getrandom(v, sizeof(v), 0) != sizeof(v))
		return fail(FAILED, "random: %s", strerror(errno));
	for (size_t i = 0; i < sizeof(v); i++)
		x[i] = (char)('a' + v[i] % 26);
	return OK;
}

/*
 * A file without a name goes with the program, whatever ends it.  Where the
 * file system has no such files, it has its temporary name from the start.
 */
static int
open_nameless(const char *dir, const char *temporary)
{
	int fd = access("/proc/self/fd", X_OK) != 0 ? -1 :
	    open(dir, O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);

	if (fd >= 0 || errno == EACCES)
		return fd;
	unlink(temporary);
	return open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

/*
 * The name beside NAME while the file is not whole, with room for ".XXXXXX";
 * NULL: no memory.
 */
static char *
temporary_of(const char *dir, const char *name, const char *suffix)
{
	const char *slash = strrchr(name, '/');
	char *made;

	/* a long name leaves no room for more */
	if (asprintf(&made, "%s.%.*s%s.XXXXXX", dir,
	    (int)(NAME_MAX - 8 - strlen(suffix)),
	    slash == NULL ? name : slash + 1, suffix) < 0)
		return NULL;
	made[strlen(made) - 7] = '\0';
	return made;
}

enum status
file_begin(const char *name, const char *suffix, char **temporary, int *fd)
{
	char *dir = directory_of(name);
	enum status status;

	*fd = -1;
	*temporary = dir == NULL ? NULL : temporary_of(dir, name, suffix);
	if (*temporary == NULL) {
		free(dir);
		return fail(FAILED, "%s: no memory", name);
	}
	memory_remove(*temporary);
	status = make_unique(*temporary);
	if (status == OK && (*fd = open_nameless(dir, *temporary)) < 0)
		status = fail(FAILED, "%s: %s", name, strerror(errno));
	free(dir);
	if (status == OK)
		return OK;
	memory_keep(*temporary);
	free(*temporary);
	*temporary = NULL;
	return status;
}

enum status
file_link(const char *temporary, int fd)
{
	char self[32];
	struct stat st;

	if (fstat(fd, &st) == 0 && st.st_nlink > 0)
		return OK;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	unlink(temporary);	/* left by a run that was killed just then */
	return linkat(AT_FDCWD, self, AT_FDCWD, temporary,
	    AT_SYMLINK_FOLLOW) == 0 ? OK :
	    fail(FAILED, "%s: %s", temporary, strerror(errno));
}

/*
 * A file that is mounted, as into a container, cannot be replaced: it gets the
 * octets of FD.
 */
static bool
overwrite(const char *name, int fd)
{
	int to = open(name, O_WRONLY | O_TRUNC | O_CLOEXEC);
	ssize_t n = 1;
	off_t at = 0;

	while (to >= 0 && n > 0)
		n = sendfile(to, fd, &at, 1 << 20);
	if (to >= 0 && n == 0 && fsync(to) != 0)
		n = -1;
	if (to >= 0)
		close(to);
	return to >= 0 && n == 0;
}

/*
 * The rename is durable with its directory.  One that may not be read cannot
 * be opened, so all of its file system is synced; some file systems have
 * nothing to sync in a directory.
 */
static bool
sync_rename(int dir, int fd)
{
	if (dir < 0)
		return syncfs(fd) == 0;
	return fsync(dir) == 0 || errno == EINVAL || errno == ENOTSUP;
}

static enum status
put_in_place(const char *name, const char *temporary, int fd, int dir)
{
	if (rename(temporary, name) == 0)
		return sync_rename(dir, fd) ? OK : fail(FAILED, "%s: it is "
		    "there, but not durably: %s", name, strerror(errno));
	return errno == EBUSY && overwrite(name, fd) &&
	    unlink(temporary) == 0 ? OK :
	    fail(FAILED, "%s: %s", name, strerror(errno));
}

enum status
file_appear(const char *name, char **temporary, int fd)
{
	char *path = directory_of(name);
	int dir = path == NULL ? -1 : open(path, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC);
	enum status status = OK;

	if (path == NULL || (dir < 0 && errno != EACCES) || fsync(fd) != 0)
		status = fail(FAILED, "%s: %s", name, strerror(errno));
	if (status == OK)
		status = file_link(*temporary, fd);
	if (status == OK)
		status = put_in_place(name, *temporary, fd, dir);
	free(path);
	if (dir >= 0)
		close(dir);
	if (status != OK)
		file_forget(temporary);
	memory_keep(*temporary);
	free(*temporary);
	*temporary = NULL;
	return status;
}

void
file_forget(char **temporary)
{
	if (*temporary != NULL)
		unlink(*temporary);
	memory_keep(*temporary);
	free(*temporary);
	*temporary = NULL;
}
