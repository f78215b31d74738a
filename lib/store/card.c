/* card.c: the device's USIM as a file. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "crypto/af.h"
#include "gba/auth_record.h"
#include "store/card.h"

/* Lock the file NAME, which may be replaced during the wait for the lock. */
static int
open_locked(const char *name, nlink_t *names)
{
	struct stat held, named;
	int fd;

	for (;;) {
		fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || flock(fd, LOCK_EX) != 0)
			break;
		if (fstat(fd, &held) == 0 && stat(name, &named) == 0 &&
		    held.st_ino == named.st_ino &&
		    held.st_dev == named.st_dev) {
			*names = held.st_nlink;
			return fd;
		}
		close(fd);
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Read the card of FD, which is NAME. */
static enum status
read_card(int fd, const char *name, struct record *card)
{
	uint8_t v[RECORD_MAX + 1];
	ssize_t n = read(fd, v, sizeof(v));
	enum status status;

	if (n < 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	status = record_decode_as(card, RECORD_CARD, v, (size_t)n);
	wipe(v, sizeof(v));
	if (status != OK || (status = auth_record_check(card)) != OK)
		return fail_in(status, "%s", name);
	return OK;
}

enum status
card_read(const char *name, struct record *card)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	enum status status;

	if (fd < 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	status = read_card(fd, name, card);
	close(fd);
	return status;
}

enum status
card_lock(struct card_file *file, const char *name, struct record *card)
{
	char resolved[PATH_MAX];
	nlink_t names = 1;
	enum status status;

	file->name = name;
	file->fd = -1;
	if (realpath(name, resolved) != NULL)
		file->fd = open_locked(resolved, &names);
	if (file->fd < 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	snprintf(file->path, sizeof(file->path), "%s", resolved);
	if (names > 1)
		status = fail(FAILED, "%s: the file has %lu hard links; a card "
		    "may have one", name, (unsigned long)names);
	else
		status = read_card(file->fd, name, card);
	if (status != OK)
		card_unlock(file);
	return status;
}

enum status
card_replace(const struct card_file *file, const struct record *card)
{
	uint8_t v[RECORD_MAX];
	size_t len = record_encode(card, v);
	char *temporary;
	enum status status;
	int fd;

	/* the lock makes a fixed name safe: a kill leaves at most one file */
	status = file_begin(file->path, ".new", &temporary, &fd);
	if (status != OK)
		return fail(FAILED, "%s: %s", file->name, strerror(errno));
	if ((status = file_write(fd, file->name, v, len)) == OK)
		status = file_appear(file->path, &temporary, fd);
	file_forget(&temporary);
	close(fd);
	wipe(v, sizeof(v));
	return status;
}

void
card_unlock(struct card_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
}
