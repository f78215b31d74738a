/*
 * window.c: Trigger Time while somebody sets the clock, as NTP does on a device
 * that starts in 1970 (catalinii/minisatip#269, bluekitchen/btstack#240).  What
 * the clocks show, this program decides.
 */
#include <time.h>

#include "base/clock.h"
#include "connection/trigger_window.h"
#include "test.h"

#define YEAR (365 * 86400)
#define TRIGGER_TIME 30

static time_t date = 52 * YEAR, since_boot = 5000;

int
clock_gettime(clockid_t id, struct timespec *ts)
{
	*ts = (struct timespec){ id == CLOCK_REALTIME ? date : since_boot, 0 };
	return 0;
}

static struct record
accepted(void)
{
	struct record r;

	record_init(&r, RECORD_ACCEPTED);
	record_put_uint(&r, KEY_TIME, (uint64_t)date);
	record_put_uint(&r, KEY_KEY_LT, 70 * (uint64_t)YEAR);
	record_put_uint(&r, KEY_TRIGGER_TIME, TRIGGER_TIME);
	trigger_window_note(&r);
	return r;
}

static uint64_t
left(const struct record *r)
{
	struct trigger_window w;

	trigger_window_accepted(&w, r);
	return trigger_window_left_ms(&w);
}

static void
check_over(const struct record *r, const char *text)
{
	struct trigger_window w;

	trigger_window_accepted(&w, r);
	check_uint(trigger_window_left_ms(&w), 0);
	check_fail(trigger_window_over(&w), REJECTED, text);
}

static void
test_same_boot(void)
{
	struct record r = accepted();

	test("window: it counts on a clock that nobody sets");
	check(record_has(&r, HAS(BOOT_ID) | HAS(UPTIME)));
	check_uint(r.uptime, 5000 * 1000);
	date += 9 * YEAR;
	check_uint(left(&r), 30000);
	since_boot += 29;
	check_uint(left(&r), 1000);
	date -= 9 * YEAR + 99;
	check_uint(left(&r), 1000);
	since_boot += 1;
	check_over(&r, "trigger_time: the window of 30 seconds is over");

	test("window: it ends with the key, which is a date");
	r = accepted();
	r.key_lt = (uint64_t)date + 10;
	check_uint(left(&r), 10000);
	date += 10;
	check_over(&r, "the key expired at 2021-12-18T23:58:31Z");
}

static void
check_by_date(const struct record *r)
{
	date += 29;
	check_uint(left(r), 1000);
	date += 1;
	check_over(r, "trigger_time: the window of 30 seconds is over");
}

static void
test_by_date(void)
{
	struct record r = accepted();

	test("window: by the date, if the machine has booted since");
	r.boot_id.v[15] ^= 1;
	check_by_date(&r);

	test("window: by the date, if nobody noted more");
	r = accepted();
	r.has &= ~(HAS(BOOT_ID) | HAS(UPTIME));
	check_by_date(&r);

	test("window: by the date, if the other moment is to come");
	r = accepted();
	r.uptime++;
	check_by_date(&r);

	test("window: from now, if nobody had set the clock");
	r = accepted();
	r.boot_id.v[0] ^= 1;
	r.time = 100;
	check_uint(left(&r), 30000);

	test("window: one that begins now, whatever the date does");
	struct trigger_window w;
	trigger_window_set(&w, &r, 1, r.key_lt);
	trigger_window_begin(&w);
	date += YEAR;
	since_boot += 10;
	check_uint(trigger_window_left_ms(&w), 20000);

	test("window: by the date of --now");
	r = accepted();
	clock_fix((uint64_t)date + 29);
	check_uint(left(&r), 1000);
	struct record repeated = accepted();
	check(!record_has(&repeated, HAS(BOOT_ID)));
	r.time = 100;
	check_over(&r, "trigger_time: the window of 30 seconds is over");
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_same_boot();
	test_by_date();
	return test_end();
}
