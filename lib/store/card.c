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

#include "base/await.h"
#include "base/clock.h"
#include "base/file.h"
#include "crypto/af.h"
#include "crypto/crypto.h"
#include "gba/auth_record.h"
#include "store/card.h"

#define PAUSE_MS 16		/* at most, between looks at a lock */

/* In flock(2) no signal would be heard. */
static bool
lock(int fd)
{
	uint64_t now, pause = 1;

	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		now = clock_monotonic_ms();
		if (errno != EWOULDBLOCK || now >= loop_stop_by())
			return false;
		(void)await(-1, 0, now + pause);
		pause = pause < PAUSE_MS ? 2 * pause : PAUSE_MS;
	}
	return true;
}

/* Lock the file NAME, which may be replaced during the wait for the lock. */
static int
open_locked(const char *name, nlink_t *names, bool *in_use)
{
	struct stat held, named;
	int fd;

	for (;;) {
		fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || !lock(fd))
			break;
		if (fstat(fd, &held) == 0 && stat(name, &named) == 0 &&
		    held.st_ino == named.st_ino &&
		    held.st_dev == named.st_dev) {
			*names = held.st_nlink;
			return fd;
		}
		close(fd);
	}
	*in_use = fd >= 0 && errno == EWOULDBLOCK;
	if (fd >= 0)
		close(fd);
	return -1;
}

enum status
card_open(struct card_file *file, const char *name, bool create, uint8_t *v,
    size_t max, size_t *len)
{
	char resolved[PATH_MAX];
	nlink_t names = 1;
	bool in_use = false;
	enum status status = OK;
	ssize_t n;

	file->name = name;
	file->fd = -1;
	*len = 0;
	/* one that is made now is found then */
	if (create && (n = open(name, O_WRONLY | O_CREAT | O_CLOEXEC,
	    0600)) >= 0)
		close((int)n);
	if (realpath(name, resolved) != NULL)
		file->fd = open_locked(resolved, &names, &in_use);
	if (file->fd < 0)
		return fail(FAILED, "%s: %s", name, in_use ?
		    "another program has it locked; stopped by a signal" :
		    strerror(errno));
	snprintf(file->path, sizeof(file->path), "%s", resolved);
	n = read(file->fd, v, max);
	if (n < 0)
		status = fail(FAILED, "%s: %s", name, strerror(errno));
	else if (names > 1)
		status = fail(FAILED, "%s: the file has %lu hard links; a card "
		    "may have one", name, (unsigned long)names);
	else
		status = shake256(v, (size_t)n, file->mark, CARD_MARK);
	if (status == OK)
		*len = (size_t)n;
	else
		card_unlock(file);
	return status;
}

/* The card whose LEN octets are V, and which are wiped. */
static enum status
read_card(const char *name, uint8_t *v, size_t len, struct record *card)
{
	enum status status;

	if ((status = record_decode_as(card, RECORD_CARD, v, len)) != OK ||
	    (status = auth_record_check(card)) != OK)
		status = fail_in(status, "%s", name);
	wipe(v, len);
	return status;
}

enum status
card_read(const char *name, struct record *card)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	uint8_t v[RECORD_MAX + 1];
	ssize_t n = fd < 0 ? -1 : read(fd, v, sizeof(v));
	int e = errno;

	if (fd >= 0)
		close(fd);
	return n < 0 ? fail(FAILED, "%s: %s", name, strerror(e)) :
	    read_card(name, v, (size_t)n, card);
}

enum status
card_lock(struct card_file *file, const char *name, struct record *card)
{
	uint8_t v[RECORD_MAX + 1];
	enum status status;
	size_t len;

	status = card_open(file, name, false, v, sizeof(v), &len);
	if (status == OK &&
	    (status = read_card(name, v, len, card)) != OK)
		card_unlock(file);
	return status;
}

enum status
card_write(const struct card_file *file, const uint8_t *v, size_t len)
{
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
	return status;
}

enum status
card_replace(const struct card_file *file, const struct record *card)
{
	uint8_t v[RECORD_MAX];
	enum status status = card_write(file, v, record_encode(card, v));

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
