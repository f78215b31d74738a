/* card.c: the device's USIM as a file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "af.h"
#include "card.h"
#include "io.h"

/* Lock what NAME is now: it may be replaced while one waits for the lock. */
static int
open_locked(const char *name)
{
	struct stat held, named;
	int fd;

	for (;;) {
		fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || flock(fd, LOCK_EX) != 0)
			break;
		if (fstat(fd, &held) == 0 && stat(name, &named) == 0 &&
		    held.st_ino == named.st_ino &&
		    held.st_dev == named.st_dev)
			return fd;
		close(fd);
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

enum status
card_lock(struct card_file *file, const char *name, struct record *card)
{
	uint8_t v[RECORD_MAX + 1];
	enum status status;
	ssize_t n;

	file->name = name;
	file->fd = open_locked(name);
	if (file->fd < 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	n = read(file->fd, v, sizeof(v));
	if (n < 0)
		status = fail(FAILED, "%s: %s", name, strerror(errno));
	else if ((status = record_decode_as(card, CARD, v, (size_t)n)) != OK ||
	    (status = card_check(card)) != OK)
		status = fail_in(status, "%s", name);
	wipe(v, sizeof(v));
	if (status != OK)
		card_unlock(file);
	return status;
}

enum status
card_replace(const struct card_file *file, const struct record *card)
{
	uint8_t v[RECORD_MAX];
	enum status status = file_replace(file->name, v,
	    record_encode(card, v));

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

enum status
card_check_k(const struct record *r)
{
	bool tuak = r->algorithm == TUAK;

	return r->k.len == 16 || (tuak && r->k.len == 32) ? OK :
	    fail(MALFORMED, "k: found %d octets, expected %s", r->k.len,
	    tuak ? "16 or 32" : "16");
}

enum status
card_check(const struct record *r)
{
	bool tuak = r->algorithm == TUAK;
	enum status status;

	if ((status = card_check_k(r)) != OK)
		return status;
	if (!record_has(r, tuak ? HAS(TOPC) : HAS(OPC)))
		return fail(MALFORMED, "%s: found nothing, expected it for %s",
		    tuak ? "topc" : "opc",
		    field_word(KEY_ALGORITHM, r->algorithm));
	if (record_has(r, HAS(RANDS)) && r->rands.len % 16 != 0)
		return fail(MALFORMED, "rands: found %d octets, expected a "
		    "multiple of 16", r->rands.len);
	return OK;
}
