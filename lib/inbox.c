/* inbox.c: what a device sent, as a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inbox.h"

enum status
inbox_open(char **name, int *fd, const char *dir, const char *p_tid)
{
	if (asprintf(name, "%s/.%s.XXXXXX", dir, p_tid) < 0) {
		*name = NULL;
		return fail(FAILED, "data: no memory");
	}
	if ((*fd = mkostemp(*name, O_CLOEXEC)) >= 0)
		return OK;
	free(*name);
	*name = NULL;
	return fail(FAILED, "data: %s", strerror(errno));
}

/* A rename lasts once its directory is on the disk. */
static int
sync_directory(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), result;

	if (fd < 0)
		return -1;
	result = fsync(fd);
	close(fd);
	return result;
}

enum status
inbox_keep(char **name, int fd, const char *dir, const char *p_tid)
{
	enum status status = OK;
	char *final;

	if (asprintf(&final, "%s/%s", dir, p_tid) < 0)
		return fail(FAILED, "data: no memory");
	if (fsync(fd) != 0 || rename(*name, final) != 0) {
		status = fail(FAILED, "data: %s", strerror(errno));
		inbox_drop(name);
	} else if (sync_directory(dir) != 0) {
		status = fail(FAILED, "data: %s", strerror(errno));
	}
	free(final);
	free(*name);
	*name = NULL;
	return status;
}

void
inbox_drop(char **name)
{
	if (*name != NULL)
		unlink(*name);
	free(*name);
	*name = NULL;
}
