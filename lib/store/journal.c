/*
 * journal.c: accepted records that have not left yet.  The file is a sequence
 * of batches: four octets for the length of the records, the mark of the card
 * that was replaced then, and the records.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/file.h"
#include "base/message.h"
#include "record/cbor.h"
#include "store/journal.h"

#define BLOCK 4096
#define ERASED (1 << 16)	/* octets; a longer file is cut */
#define FILES 64		/* programs that use a card at the same time */
#define AT_MARK 4		/* in a batch, after the length of its rest */
#define HEAD (AT_MARK + CARD_MARK)

/* ---- batches ---- */

/*
 * The length of the batch that V begins with; 0: there is none that is whole,
 * or the card still has the MARK that it had before: nothing of it was spent.
 * The octets of one that was spent were durable before.
 */
static size_t
whole_batch(const uint8_t *v, size_t len, const uint8_t *mark)
{
	size_t n;

	if (len <= HEAD)
		return 0;
	n = HEAD + (size_t)be_read(v, AT_MARK);
	if (n == HEAD || n > len || (mark != NULL &&
	    memcmp(mark, v + AT_MARK, CARD_MARK) == 0))
		return 0;
	return n;
}

/* Begin a batch, where none has begun. */
static bool
make_room(struct journal *j, size_t len)
{
	size_t head = j->len == 0 ? HEAD : 0;

	if (!array_reserve_secret(j->v, j->room, j->len + head + len))
		return false;
	j->len += head;
	return true;
}

enum status
journal_put(struct journal *j, const uint8_t *accepted, size_t len)
{
	if (!make_room(j, len))
		return fail(FAILED, "%s: no memory", j->path);
	memcpy(j->v + j->len, accepted, len);
	j->len += len;
	j->count++;
	return OK;
}

void
journal_drop(struct journal *j)
{
	wipe(j->v, j->len);
	j->len = 0;
	j->count = 0;
}

/*
 * Fill the last block, so that the next batch is written where this one was:
 * then fdatasync() has octets to write, and nothing of the file system.
 */
static bool
fill_block(struct journal *j, size_t *len)
{
	size_t over = (j->end + j->len) % BLOCK;

	*len = j->len + (over == 0 ? 0 : BLOCK - over);
	if (!array_reserve_secret(j->v, j->room, *len))
		return false;
	memset(j->v + j->len, 0, *len - j->len);
	return true;
}

/* Add the batch to the file; MARK is that of the card before. */
static enum status
write_batch(struct journal *j, const uint8_t mark[static CARD_MARK])
{
	enum status status = OK;
	size_t len;

	be_write(j->v, AT_MARK, j->len - HEAD);
	memcpy(j->v + AT_MARK, mark, CARD_MARK);
	if (!fill_block(j, &len))
		return fail(FAILED, "%s: no memory", j->path);
	if (lseek(j->fd, (off_t)j->end, SEEK_SET) < 0)
		status = fail(FAILED, "%s: %s", j->path, strerror(errno));
	if (status == OK)
		status = file_write(j->fd, j->path, j->v, len);
	if (status == OK && fdatasync(j->fd) != 0)
		status = fail(FAILED, "%s: %s", j->path, strerror(errno));
	if (status == OK)
		j->end += j->len;
	else
		(void)!ftruncate(j->fd, (off_t)j->end);
	return status;
}

enum status
journal_commit(struct journal *j, const struct card_file *card)
{
	return j->count == 0 ? OK : write_batch(j, card->mark);
}

void
journal_committed(struct journal *j)
{
	j->kept += j->count;
	journal_drop(j);
}

/*
 * Erase what has left.  That need not be durable: a record may come again, but
 * must not be lost.
 */
void
journal_left(struct journal *j)
{
	static const uint8_t zero[ERASED];

	j->kept = 0;
	if (j->fd < 0 || j->end == 0)
		return;
	if ((j->end <= ERASED && pwrite(j->fd, zero, j->end, 0) ==
	    (ssize_t)j->end) || ftruncate(j->fd, 0) == 0)
		j->end = 0;
}

/* ---- what is kept ---- */

/* All octets of the file FD, into *V, which the caller wipes and frees. */
static enum status
read_file(int fd, const char *name, uint8_t **v, size_t *len)
{
	struct stat st;
	ssize_t n = 1;

	*v = NULL;
	*len = 0;
	if (fstat(fd, &st) != 0)
		return fail(FAILED, "%s: %s", name, strerror(errno));
	if ((*v = malloc((size_t)st.st_size + 1)) == NULL)
		return fail(FAILED, "%s: no memory", name);
	while (*len < (size_t)st.st_size && n > 0) {
		n = pread(fd, *v + *len, (size_t)st.st_size - *len,
		    (off_t)*len);
		*len += n > 0 ? (size_t)n : 0;
	}
	return n >= 0 ? OK : fail(FAILED, "%s: %s", name, strerror(errno));
}

/*
 * Give each record of the batch V; *GOOD octets of it are records, and what is
 * no accepted record ends it.
 */
static enum status
each_of_batch(const uint8_t *v, size_t len, size_t *good,
    enum status (*give)(void *, const struct record *), void *arg)
{
	struct record r;
	enum status status = OK;
	size_t n = 0;

	for (*good = 0; status == OK && *good < len; *good += n) {
		if (cbor_measure(v + *good, len - *good, &n) != OK || n == 0 ||
		    record_decode_as(&r, RECORD_ACCEPTED, v + *good, n) !=
		    OK) {
			fail_said();
			break;
		}
		status = give(arg, &r);
		record_wipe(&r);
	}
	return status;
}

enum status
journal_each(struct journal *j,
    enum status (*give)(void *, const struct record *), void *arg)
{
	enum status status;
	size_t len, n = 0, good;
	uint8_t *v;

	status = read_file(j->fd, j->path, &v, &len);
	for (size_t at = 0; status == OK && at < j->end; at += n) {
		if ((n = whole_batch(v + at, len - at, NULL)) == 0)
			break;
		status = each_of_batch(v + at + HEAD, n - HEAD, &good, give,
		    arg);
	}
	if (v != NULL)
		wipe(v, len);
	free(v);
	return status;
}

static enum status
count_one(void *journal, const struct record *accepted)
{
	struct journal *j = journal;

	(void)accepted;
	j->kept++;
	return OK;
}

/* ---- files ---- */

/* The Ith file beside the card. */
static void
set_path(struct journal *j, const struct card_file *card, int i)
{
	if (i == 0)
		snprintf(j->path, sizeof(j->path), "%s.journal", card->path);
	else
		snprintf(j->path, sizeof(j->path), "%s.journal.%d",
		    card->path, i);
}

/*
 * Open and lock the file at J's path.  -1 where it is not there, or, with
 * EWOULDBLOCK, where another program has it.
 */
static int
open_file(const struct journal *j, int flags)
{
	int fd = open(j->path, O_RDWR | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
	int e = EPERM;
	struct stat st;

	if (fd < 0)
		return -1;
	if (flock(fd, LOCK_EX | LOCK_NB) != 0)
		e = errno;
	else if (fstat(fd, &st) == 0 && st.st_nlink == 0)
		e = ENOENT;	/* its program has just ended */
	else if (S_ISREG(st.st_mode) && st.st_uid == geteuid() &&
	    st.st_nlink == 1)
		return fd;
	close(fd);
	errno = e;
	return -1;
}

/* How much of V counts: what is torn or was not spent does not. */
static size_t
end_of(const uint8_t *v, size_t len, const uint8_t *mark)
{
	size_t end = 0, n;

	while ((n = whole_batch(v + end, len - end, mark)) > 0)
		end += n;
	return end;
}

/* Put the records of the batches V into the batch that is being made. */
static enum status
take_over(struct journal *j, const uint8_t *v, size_t end)
{
	size_t n;

	for (size_t at = 0; at < end; at += n) {
		n = HEAD + (size_t)be_read(v + at, AT_MARK);
		if (!make_room(j, n - HEAD))
			return fail(FAILED, "%s: no memory", j->path);
		memcpy(j->v + j->len, v + at + HEAD, n - HEAD);
		j->len += n - HEAD;
		j->count++;
	}
	return OK;
}

static enum status
ignore(void *unused, const struct record *accepted)
{
	(void)unused;
	(void)accepted;
	return OK;
}

/*
 * The octet of V from which on it is no longer what was written, of which END
 * octets count; LEN: there is none.  A batch that was not spent may be torn,
 * and an empty journal has what was erased in part.
 */
static size_t
damage_in(const uint8_t *v, size_t len, size_t end, const uint8_t *mark)
{
	static const uint8_t none[HEAD];
	size_t n, good;

	for (size_t at = 0; at < end; at += n) {
		n = HEAD + (size_t)be_read(v + at, AT_MARK);
		(void)!each_of_batch(v + at + HEAD, n - HEAD, &good, ignore,
		    NULL);
		if (HEAD + good < n)
			return at + HEAD + good;
	}
	n = len - end < HEAD ? len - end : HEAD;
	if (memcmp(v + end, none, n) == 0 || (n == HEAD &&
	    memcmp(v + end + AT_MARK, mark, CARD_MARK) == 0))
		return len;
	return end;
}

/*
 * Keep a copy of the file V at J's path, which is damaged from octet AT on: it
 * may have what was lost, though not for this program.
 */
static enum status
keep_damaged(const struct journal *j, const uint8_t *v, size_t len, size_t at)
{
	char name[sizeof(j->path) + 16], *temporary;
	enum status status;
	int fd, i = 0;

	do
		snprintf(name, sizeof(name), "%s.damaged.%d", j->path, ++i);
	while (access(name, F_OK) == 0 && i < FILES);
	if ((status = file_begin(name, "", &temporary, &fd)) != OK)
		return status;
	if ((status = file_write(fd, name, v, len)) == OK)
		status = file_appear(name, &temporary, fd);
	file_forget(&temporary);
	close(fd);
	if (status == OK)
		warn("warning: %s: damaged at octet %zu: accepted records may "
		    "be lost; have the device woken again; kept as %s",
		    j->path, at, name);
	return status;
}

/* FD is the file at J's path, which nobody else has: ours, or taken over. */
static enum status
adopt(struct journal *j, int fd, const struct card_file *card, char *own)
{
	enum status status;
	size_t len, end, damage;
	uint8_t *v;

	status = read_file(fd, j->path, &v, &len);
	end = status == OK ? end_of(v, len, card->mark) : 0;
	damage = status == OK ? damage_in(v, len, end, card->mark) : len;
	if (damage < len)
		status = keep_damaged(j, v, len, damage);
	if (status == OK && j->fd < 0) {
		j->fd = fd;
		j->end = end;
		strcpy(own, j->path);
		(void)!ftruncate(fd, (off_t)end);
	} else if (status == OK) {
		status = take_over(j, v, end);
	}
	if (v != NULL)
		wipe(v, len);
	free(v);
	return status;
}

/*
 * Look at each file, though there are gaps: in TAKEN those whose records go
 * into ours, which is the first that nobody else has.
 */
static enum status
look_at_all(struct journal *j, const struct card_file *card, int taken[FILES],
    char *own)
{
	enum status status = OK;

	for (int i = 0; i < FILES && status == OK; i++) {
		int fd;

		set_path(j, card, i);
		fd = open_file(j, j->fd < 0 ? O_CREAT : 0);
		if (fd < 0 && errno != EWOULDBLOCK && errno != ENOENT)
			return fail(FAILED, "%s: %s", j->path,
			    strerror(errno));
		if (fd < 0)
			continue;
		status = adopt(j, fd, card, own);
		if (fd == j->fd)
			continue;
		taken[i] = fd;
	}
	return status;
}

/* What was taken over is ours, durably, before it goes there. */
static enum status
finish_taking(struct journal *j, const struct card_file *card,
    const int taken[FILES], const char *own, enum status status)
{
	static const uint8_t no_mark[CARD_MARK];

	strcpy(j->path, own);
	if (status == OK && j->count > 0)
		status = write_batch(j, no_mark);
	journal_drop(j);
	for (int i = 0; i < FILES; i++) {
		if (taken[i] < 0)
			continue;
		set_path(j, card, i);
		if (status == OK)
			unlink(j->path);
		close(taken[i]);
	}
	strcpy(j->path, own);
	return status;
}

enum status
journal_open(struct journal *j, const struct card_file *card)
{
	char own[sizeof(j->path)] = "";
	int taken[FILES];
	enum status status;

	memset(j, 0, sizeof(*j));
	j->fd = -1;
	memset(taken, -1, sizeof(taken));
	status = look_at_all(j, card, taken, own);
	status = finish_taking(j, card, taken, own, status);
	if (status == OK && j->fd < 0)
		return fail(FAILED, "%s: over %d programs use the card",
		    card->name, FILES);
	return status == OK ? journal_each(j, count_one, j) : status;
}

void
journal_close(struct journal *j)
{
	journal_drop(j);
	free(j->v);
	j->v = NULL;
	j->room = 0;
	if (j->fd < 0)
		return;
	if (j->end == 0)
		unlink(j->path);
	close(j->fd);
	j->fd = -1;
}
