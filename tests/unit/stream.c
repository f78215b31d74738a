/* stream.c: turns and batches of a program of the pipe. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipe/stream.h"
#include "store/driver.h"
#include "test.h"

static struct {
	char v[512];		/* what the stage was called for, in order */
	size_t len;
} seen;

static void PRINTF_LIKE(1, 2)
see(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	seen.len += (size_t)vsnprintf(seen.v + seen.len,
	    sizeof(seen.v) - seen.len, fmt, ap);
	va_end(ap);
}

/* ---- a database that can be lost ---- */

static int failures;		/* of commits that are to come */

static enum status
db_begins(struct db *db)
{
	(void)db;
	see("begin ");
	return OK;
}

static enum status
db_commits(struct db *db)
{
	(void)db;
	see("commit ");
	return failures == 0 ? OK : fail(FAILED, "gone %d", failures--);
}

static void
db_rolls_back(struct db *db)
{
	(void)db;
	see("rollback ");
}

static enum status
db_is_back(struct db *db, uint64_t ms)
{
	(void)db;
	(void)ms;
	return OK;
}

static enum status
db_answers(struct db *db)
{
	(void)db;
	see("await ");
	return OK;
}

static const struct driver driver = { .begin = db_begins,
    .commit = db_commits, .rollback = db_rolls_back, .again = db_is_back,
    .await = db_answers };
static struct db db = { .driver = &driver };

/* ---- a stage: items are letters ---- */

/* A capital is refused as it comes, a digit when it is decided. */
static enum status
take(void *unused, size_t i, const struct item *item)
{
	(void)unused;
	if (item->v[0] <= 'Z' && item->v[0] >= 'A')
		return fail(REJECTED, "capital");
	see("take%zu%c ", i, item->v[0]);
	return OK;
}

static enum status
decide(void *unused, size_t i, const struct item *item, struct output *out)
{
	(void)unused;
	see("decide%zu%c ", i, item->v[0]);
	if (item->v[0] == '!')
		return fail(FAILED, "disk");
	if (item->v[0] <= '9')
		return fail(MALFORMED, "digit");
	output_put(out, item->v, 1);
	return OK;
}

static void
complain_of(void *unused, const struct item *item)
{
	(void)unused;
	see("%c:%s ", item->v[0], fail_text());
	fail_said();
}

static enum status
after_each(void *unused, const struct item *item)
{
	(void)unused;
	see("after%c%d ", item->v[0], item->status);
	return OK;
}

static void
forget(void *unused)
{
	(void)unused;
	see("forget ");
}

/* Put LETTERS, each an item, and close; what left is seen, too. */
static enum status
run(const struct stage *stage, const char *letters)
{
	struct output out = { .fd = -1 };
	struct stream *stream;
	enum status status;
	int fd[2];
	char left[64];
	ssize_t n;

	seen.len = 0;
	if (pipe(fd) != 0)
		return FAILED;
	output_to(&out, fd[1], "pipe");
	status = stream_open(&stream, stage, NULL, &out);
	for (; status == OK && *letters != '\0'; letters++)
		status = stream_put(stream, (const uint8_t *)letters, 1);
	status = stream_close(stream, status);
	drain_close(&out.drain);
	close(fd[1]);
	n = read(fd[0], left, sizeof(left));
	see("left:%.*s", (int)n, left);
	close(fd[0]);
	output_drop(&out);
	free(out.v);
	return status;
}

#define check_seen(want) \
	test_check(strcmp(seen.v, want) == 0, __FILE__, __LINE__, \
	    "\"%s\", expected \"%s\"", seen.v, want)

static void
test_turns(void)
{
	struct stage stage = { .decide = decide, .complain = complain_of };

	test("stream: the plain case is a turn of one");
	check_uint(run(&stage, "a1b"), MALFORMED);
	check_seen("decide0a decide01 1:digit decide0b left:ab");

	test("stream: a turn is taken, awaited, decided and forgotten");
	stage.take = take;
	stage.forget = forget;
	stage.db = &db;
	stage.turn = 2;
	check_uint(run(&stage, "abc"), OK);
	check_seen("begin take0a take1b await decide0a decide1b forget take0c "
	    "await decide0c forget commit forget left:abc");

	test("stream: refusals are told in the order of the items");
	stage.turn = 4;
	check_uint(run(&stage, "a1Xb"), MALFORMED);
	check_seen("begin take0a take11 take2b await decide0a decide11 "
	    "1:digit X:capital decide2b forget commit forget left:ab");
	check_uint(run(&stage, "XY"), REJECTED);
	check_seen("begin X:capital Y:capital forget commit forget left:");

	test("stream: with a limit, a turn ends where it may be reached");
	stage.limit = 2;
	check_uint(run(&stage, "abc"), OK);
	check_seen("begin take0a take1b await decide0a decide1b forget "
	    "take0c await decide0c forget commit forget left:abc");
}

static void
test_batches(void)
{
	struct stage stage = { .decide = decide, .take = take,
	    .complain = complain_of, .db = &db, .turn = 2, .batch = 2,
	    .after_each = after_each };

	test("stream: what follows an item, follows its batch");
	check_uint(run(&stage, "aXb"), REJECTED);
	check_seen("begin take0a await decide0a X:capital commit aftera0 "
	    "afterX1 begin take0b await decide0b commit afterb0 left:ab");

	test("stream: what FAILED takes its batch with it, and no other");
	stage.after_each = NULL;
	check_uint(run(&stage, "abc!"), FAILED);
	check_seen("begin take0a take1b await decide0a decide1b commit begin "
	    "take0c take1! await decide0c decide1! rollback left:ab");
	stage.db = NULL;
	stage.take = NULL;
	stage.turn = 1;
	check_uint(run(&stage, "ab!"), FAILED);
	check_seen("decide0a decide0b decide0! left:ab");
}

static void
test_repeats(void)
{
	struct stage stage = { .decide = decide, .take = take,
	    .complain = complain_of, .db = &db, .turn = 8,
	    .repeatable = true };

	test("stream: a batch is repeated, its refusals told once");
	failures = 2;
	check_uint(run(&stage, "aX1"), MALFORMED);
	check_seen("begin take0a take11 await decide0a X:capital decide11 "
	    "1:digit commit rollback rollback begin take0a take11 await "
	    "decide0a decide11 commit rollback rollback begin take0a take11 "
	    "await decide0a decide11 commit left:a");

	test("stream: what is not repeatable is not repeated");
	failures = 1;
	stage.repeatable = false;
	check_uint(run(&stage, "a"), FAILED);
	check_seen("begin take0a await decide0a commit rollback rollback "
	    "left:");
	check_uint((uint64_t)failures, 0);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	/* what a run says of its end */
	if (freopen("/dev/null", "w", stderr) == NULL)
		return 1;
	test_turns();
	test_batches();
	test_repeats();
	return test_end();
}
