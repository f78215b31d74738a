/* clock.c: the time, which --now replaces. */
#include <fcntl.h>
#include <string.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/number.h"
#include "base/octets.h"

#define NO_DATE 10000000	/* so few seconds are meant to be an age */

static struct {
	bool fixed, running;
	uint64_t now_ms, since_ms;	/* --now, and when it was set */
} fixed_time;

static uint64_t
clock_ms(clockid_t id)
{
	struct timespec ts;

	clock_gettime(id, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

uint64_t
clock_monotonic_ms(void)
{
	return clock_ms(CLOCK_MONOTONIC);
}

uint64_t
clock_now_ms(void)
{
	if (!fixed_time.fixed)
		return clock_ms(CLOCK_REALTIME);
	if (!fixed_time.running)
		return fixed_time.now_ms;
	return fixed_time.now_ms + clock_monotonic_ms() - fixed_time.since_ms;
}

uint64_t
clock_now(void)
{
	return clock_now_ms() / 1000;
}

char *
clock_date(uint64_t seconds, char out[static CLOCK_DATE_MAX])
{
	time_t when = (time_t)seconds;
	struct tm tm;

	strftime(out, CLOCK_DATE_MAX, "%Y-%m-%dT%H:%M:%SZ",
	    gmtime_r(&when, &tm));
	return out;
}

/* So long before now. */
static bool
read_ago(const char *text, uint64_t *seconds)
{
	static const struct { char unit; uint64_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	uint64_t now = clock_now(), n;
	size_t len = strlen(text);
	char number[16];

	if (len < 2 || len > sizeof(number))
		return false;
	memcpy(number, text, len - 1);
	number[len - 1] = '\0';
	for (size_t i = 0; i < COUNT(units); i++)
		if (text[len - 1] == units[i].unit &&
		    number_read(number, 0, UINT32_MAX, &n)) {
			n *= units[i].seconds;
			*seconds = n < now ? now - n : 0;
			return true;
		}
	return false;
}

static bool
read_date(const char *text, uint64_t *seconds)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%SZ",
	    "%Y-%m-%d" };
	const char *end;
	struct tm tm;
	time_t when;
	int day;

	for (size_t i = 0; i < COUNT(forms); i++) {
		memset(&tm, 0, sizeof(tm));
		end = strptime(text, forms[i], &tm);
		day = tm.tm_mday;
		if (end == NULL || *end != '\0' || (when = timegm(&tm)) < 0 ||
		    tm.tm_mday != day)	/* 30 February */
			continue;
		*seconds = (uint64_t)when;
		return true;
	}
	return false;
}

enum status
clock_read(const char *option, const char *text, uint64_t *seconds)
{
	char date[CLOCK_DATE_MAX];

	if (number_read(text, 0, UINT32_MAX, seconds)) {
		if (*seconds > 0 && *seconds < NO_DATE)
			warn("warning: %s %s is %s; an age is written 12h or "
			    "30d", option, text, clock_date(*seconds, date));
		return OK;
	}
	return read_ago(text, seconds) || read_date(text, seconds) ? OK :
	    fail(USAGE, "%s: '%s' is not seconds since 1970, a date as "
	    "2026-11-25 or 2026-11-25T20:10:08Z, or an age as 12h or 30d",
	    option, text);
}

/* ---- since the boot ---- */

#define UUID_LEN 36		/* 8-4-4-4-12 digits of hex */

static struct {
	once_flag once;
	bool known;
	uint8_t id[CLOCK_BOOT_ID];
} boot = { .once = ONCE_FLAG_INIT };

/* Once: a confined process could not ask for it any more. */
static void
find_boot_id(void)
{
	char uuid[UUID_LEN], hex[2 * CLOCK_BOOT_ID];
	size_t n = 0;
	int fd;

	fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (read(fd, uuid, UUID_LEN) == UUID_LEN)
		for (size_t i = 0; i < UUID_LEN && n < sizeof(hex); i++)
			if (uuid[i] != '-')
				hex[n++] = uuid[i];
	close(fd);
	boot.known = hex_decode(boot.id, CLOCK_BOOT_ID, hex, n) ==
	    CLOCK_BOOT_ID;
}

bool
clock_since_boot(uint8_t boot_id[static CLOCK_BOOT_ID], uint64_t *ms)
{
	call_once(&boot.once, find_boot_id);
	if (!boot.known)
		return false;
	memcpy(boot_id, boot.id, CLOCK_BOOT_ID);
	*ms = clock_ms(CLOCK_BOOTTIME);
	return true;
}

/* ---- --now ---- */

void
clock_fix(uint64_t now)
{
	fixed_time.fixed = true;
	fixed_time.now_ms = now * 1000;
	fixed_time.since_ms = clock_monotonic_ms();
}

void
clock_release(void)
{
	fixed_time.running = true;
}

bool
clock_is_fixed(void)
{
	return fixed_time.fixed;
}
