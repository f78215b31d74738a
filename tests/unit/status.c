/* status.c: failures, and what something came to as a value. */
#include <string.h>
#include <threads.h>

#include "test.h"

static void
test_outcome(void)
{
	struct outcome first, second, good;
	char many[2000];

	test("outcome: keeps its text while other things fail");
	first = outcome_of(fail(REJECTED, "mac: does not match"));
	check(fail_text()[0] == '\0');
	fail_because("no memory");
	second = outcome_of(fail_in(FAILED, "card"));
	check_uint(second.status, FAILED);
	check(strcmp(second.text, "card: no memory") == 0);
	check_fail(fail_as(&first), REJECTED, "mac: does not match");

	test("outcome: OK has no text and says nothing");
	good = outcome_of(OK);
	check(good.status == OK && good.text[0] == '\0');
	check_fail(fail(REJECTED, "sqn: stale"), REJECTED, "sqn: stale");
	check_ok(fail_as(&good));
	check(strcmp(fail_text(), "sqn: stale") == 0);

	test("outcome: a long text is cut off");
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	first = outcome_of(fail(MALFORMED, "%s", many));
	check_uint(strlen(first.text), sizeof(first.text) - 1);
}

static int
fail_elsewhere(void *ended)
{
	*(struct outcome *)ended = outcome_of(fail(REJECTED, "elsewhere"));
	return fail(FAILED, "elsewhere again");
}

static void
test_threads(void)
{
	struct outcome ended = { .status = OK };
	thrd_t thread;
	int status;

	test("fail: each thread has its own last failure");
	check_fail(fail(MALFORMED, "here"), MALFORMED, "here");
	check(thrd_create(&thread, fail_elsewhere, &ended) == thrd_success);
	check(thrd_join(thread, &status) == thrd_success);
	check_uint((unsigned)status, FAILED);
	check(strcmp(fail_text(), "here") == 0);
	check_fail(fail_as(&ended), REJECTED, "elsewhere");
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_outcome();
	test_threads();
	return test_end();
}
