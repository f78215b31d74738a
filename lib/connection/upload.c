/* upload.c: the files of --dir. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "connection/upload.h"

/* DIR/P_TID, whose characters are none that a path knows. */
static void
put_name(char name[static PATH_MAX], const char *dir, const char *p_tid)
{
	snprintf(name, PATH_MAX, "%s/%s", dir, p_tid);
}

enum status
upload_begin(struct upload *f, const char *dir, const char *p_tid,
    int *fd)
{
	char name[PATH_MAX];

	put_name(name, dir, p_tid);
	return file_begin(name, ".XXXXXX", &f->temporary, fd);
}

enum status
upload_appear(struct upload *f, const char *dir, const char *p_tid,
    int fd)
{
	char name[PATH_MAX];

	put_name(name, dir, p_tid);
	if (file_link(f->temporary, fd) != OK)
		return FAILED;
	if (fsync(fd) != 0 || rename(f->temporary, name) != 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	free(f->temporary);
	f->temporary = NULL;
	f->there = true;
	return OK;
}

enum status
upload_sync(const char *dir)
{
	int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	enum status status = OK;

	if (fd < 0 || fsync(fd) != 0)
		status = fail(FAILED, "%s: %s", dir, strerror(errno));
	if (fd >= 0)
		close(fd);
	return status;
}

void
upload_forget(struct upload *f, const char *dir, const char *p_tid)
{
	char name[PATH_MAX];

	file_forget(&f->temporary);
	if (!f->there)
		return;
	put_name(name, dir, p_tid);
	unlink(name);
	f->there = false;
}
