/* base.c: arrays, token buckets, numbers, moments, lines, shown text. */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/bucket.h"
#include "base/clock.h"
#include "base/lines.h"
#include "base/message.h"
#include "base/number.h"
#include "test.h"

static void
test_array(bool secret)
{
	uint32_t *v = NULL, *before;
	size_t room = 0, count = 0;

	test("array: 1000 elements%s", secret ? ", secret" : "");
	for (; count < 1000; count++) {
		check(secret ? array_reserve_secret(v, room, count + 1) :
		    array_reserve(v, room, count + 1));
		check(room > count);
		v[count] = (uint32_t)count;
	}
	for (size_t i = 0; i < count; i++)
		check_uint(v[i], i);

	test("array: no memory for more%s", secret ? ", secret" : "");
	before = v;
	count = room;
	check(!(secret ? array_reserve_secret(v, room, SIZE_MAX) :
	    array_reserve(v, room, SIZE_MAX)));
	check(v == before && room == count);
	check_uint(v[999], 999);
	free(v);
}

static void
test_bucket(void)
{
	struct bucket b;

	test("bucket: without a rate, always a turn");
	bucket_begin(&b, 0, 1);
	for (int i = 0; i < 100000; i++)
		check(bucket_take(&b));

	/* the next of them would be there in 1000 seconds */
	test("bucket: a burst, then none");
	bucket_begin(&b, 1, 1000);
	for (int i = 0; i < 1000; i++)
		check(bucket_take(&b));
	b.credit = 0;
	check(!bucket_take(&b));
	check(bucket_next(&b) > b.at && bucket_next(&b) <= b.at + 1000);

	test("bucket: a pause brings a burst, not more");
	b.at -= 1000 * 5000;
	for (int i = 0; i < 1000; i++)
		check(bucket_take(&b));
	b.credit = 0;
	check(!bucket_take(&b));

	test("bucket: a wait that ends 2 ms late costs no turn");
	bucket_begin(&b, 1000000, 1);
	b.credit = 0;
	b.at -= 2;
	for (int i = 0; i < 2000; i++)
		check(bucket_take(&b));
}

static void
test_number(void)
{
	static const struct {
		const char *text;
		uint64_t min, max;
		bool good;
		uint64_t n;
	} t[] = {
		{ "0", 0, UINT64_MAX, true, 0 },
		{ "007", 0, 7, true, 7 },
		{ "18446744073709551615", 0, UINT64_MAX, true, UINT64_MAX },
		{ "18446744073709551616", 0, UINT64_MAX, false, 0 },
		{ "1", 2, 3, false, 0 }, { "2", 2, 3, true, 2 },
		{ "3", 2, 3, true, 3 }, { "4", 2, 3, false, 0 },
		{ "", 0, 9, false, 0 }, { " 1", 0, 9, false, 0 },
		{ "1 ", 0, 9, false, 0 }, { "+1", 0, 9, false, 0 },
		{ "-1", 0, UINT64_MAX, false, 0 }, { "0x1", 0, 9, false, 0 },
		{ "1.0", 0, 9, false, 0 },
	};

	for (size_t i = 0; i < COUNT(t); i++) {
		uint64_t n = 99;

		test("number: \"%s\"", t[i].text);
		check(number_read(t[i].text, t[i].min, t[i].max, &n) ==
		    t[i].good);
		check_uint(n, t[i].good ? t[i].n : 99);
	}
}

/* Puts the words of each line with a bar behind each, and refuses `no'. */
static enum status
note(void *arg, char *line)
{
	char *word[3];
	size_t n = line_words(line, word, 3);

	for (size_t i = 0; i < n; i++)
		strcat(strcat(arg, word[i]), "|");
	strcat(arg, "\n");
	return n > 0 && strcmp(word[0], "no") == 0 ?
	    fail(REJECTED, "found no") : OK;
}

static void
test_lines(void)
{
	char got[256] = "", why[128], text[LINE_LEN_MAX + 3];
	const char *name;

	test("lines: words, blanks, no end to the last");
	name = test_file("one\t two \r\n\n 1 2 3 4\nlast", 25);
	check_ok(lines_each(name, true, note, got));
	check(strcmp(got, "one|two|\n\n1|2|3|\nlast|\n") == 0);
	unlink(name);

	test("lines: the first that is refused is the last");
	got[0] = '\0';
	name = test_file("yes\nno\nyes\n", 11);
	snprintf(why, sizeof(why), "%s: line 2: found no", name);
	check_fail(lines_each(name, false, note, got), REJECTED, why);
	check(strcmp(got, "yes|\nno|\n") == 0);
	unlink(name);

	test("lines: none is there");
	snprintf(why, sizeof(why), "%s: No such file or directory", name);
	check_fail(lines_each(name, false, note, got), FAILED, why);

	test("lines: one of 4095 characters, and of 4096");
	got[0] = '\0';
	memset(text, ' ', sizeof(text));
	text[LINE_LEN_MAX] = '\n';
	name = test_file(text, LINE_LEN_MAX + 1);
	check_ok(lines_each(name, false, note, got));
	check(strcmp(got, "\n") == 0);
	unlink(name);
	text[LINE_LEN_MAX] = ' ';
	text[LINE_LEN_MAX + 1] = '\n';
	name = test_file(text, LINE_LEN_MAX + 2);
	snprintf(why, sizeof(why), "%s: line 1: found over 4095 characters, "
	    "expected fewer", name);
	check_fail(lines_each(name, false, note, got), MALFORMED, why);
	unlink(name);
}

/* The seconds are those of date -u -d. */
static void
test_moment(void)
{
	static const struct {
		const char *text;
		uint64_t seconds;
	} good[] = {
		{ "0", 0 }, { "1795637408", 1795637408 },
		{ "2026-11-25T20:10:08Z", 1795637408 },
		{ "2026-11-25", 1795564800 }, { "2028-02-29", 1835395200 },
		{ "90s", 1799999910 }, { "15m", 1799999100 },
		{ "12h", 1799956800 }, { "30d", 1797408000 }, { "99999d", 0 },
	};
	static const char *const bad[] = { "", "d", "-1", "1w", "1 d", "1.5h",
	    "2026-02-30", "2026-13-01", "2026-11-25T20:10:08",
	    "2026-11-25T20:10Z", "2026-11-25Z", "25.11.2026", "yesterday",
	    "4294967296", "1960-01-01", "00000000000000000001d" };
	uint64_t seconds;

	test("clock: a moment: seconds, a date, an age");
	clock_fix(1800000000);
	for (size_t i = 0; i < COUNT(good); i++) {
		check_ok(clock_read("--since", good[i].text, &seconds));
		check_uint(seconds, good[i].seconds);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		check(clock_read("--since", bad[i], &seconds) == USAGE);
}

/*
 * Characters of UTF-8 by RFC 3629, and what may not reach a terminal: those of
 * CVE-2021-42574 (bidirectional overrides) and C1 (CVE-2003-0063 and its kin).
 */
static void
test_message_clean(void)
{
	static const struct {
		const char *in, *out;
	} t[] = {
		{ "", "" }, { "a ~", "a ~" }, { "a\tb\nc\x1b[m", "a?b?c?[m" },
		{ "\x7f", "?" },
		/* two, three and four octets */
		{ "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80",
		  "\xc3\xbc \xe2\x82\xac \xf0\x9f\x98\x80" },
		{ "\xc2\xa0", "\xc2\xa0" },
		/* C1: in UTF-8 and as octets */
		{ "\xc2\x80\xc2\x9b" "31m\xc2\x9f", "??31m?" },
		{ "\x9b" "2J\x90", "?2J?" },
		/* overlong, a surrogate, beyond Unicode, no beginning */
		{ "\xc0\x80", "??" }, { "\xc1\xbf", "??" },
		{ "\xe0\x82\x9b", "???" }, { "\xed\xa0\x80", "???" },
		{ "\xf4\x90\x80\x80", "????" }, { "\xff\xfe", "??" },
		{ "\x80", "?" }, { "\xf8\x88\x80\x80\x80", "?????" },
		/* cut */
		{ "\xc3", "?" }, { "\xe2\x82", "??" },
		{ "\xf0\x9f\x98" "x", "???x" },
		/* U+202E, U+2066, U+200F, U+061C, U+2028, U+FEFF, U+200B */
		{ "a\xe2\x80\xae" "b\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c",
		  "a?b???" },
		{ "\xe2\x80\xa8\xef\xbb\xbf\xe2\x80\x8b", "???" },
	};
	char v[32];

	for (size_t i = 0; i < COUNT(t); i++) {
		test("message_clean: %zu", i);
		strcpy(v, t[i].in);
		check(message_is_clean(v) == (strcmp(v, t[i].out) == 0));
		message_clean(v);
		check(strcmp(v, t[i].out) == 0);
	}
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_message_clean();
	test_array(false);
	test_array(true);
	test_bucket();
	test_number();
	test_moment();
	test_lines();
	return test_end();
}
