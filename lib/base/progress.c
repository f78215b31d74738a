/* progress.c: the progress of a long run. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/progress.h"

#define FIRST_MS 1000
#define PAUSE_MS 250

static struct {
	uint64_t since, due;	/* monotonic ms */
	bool wanted, asked, shown;
} line;

/* Hours, minutes and seconds. */
static void
put_time(uint64_t seconds)
{
	fprintf(stderr, ", %" PRIu64 ":%02d:%02d left", seconds / 3600,
	    (int)(seconds / 60 % 60), (int)(seconds % 60));
}

void
progress(uint64_t records, uint64_t done, uint64_t total)
{
	uint64_t now = clock_monotonic_ms(), ms;

	if (!line.asked) {
		line.asked = true;
		line.wanted = isatty(STDERR_FILENO) == 1;
		line.since = now;
		line.due = now + FIRST_MS;
	}
	if (!line.wanted || now < line.due)
		return;
	ms = now - line.since;
	line.due = now + PAUSE_MS;
	line.shown = true;
	fprintf(stderr, "\r\033[K%s: %" PRIu64 " records, %" PRIu64 "/s",
	    program_name, records, records * 1000 / ms);
	if (done > 0 && done < total)
		put_time((total - done) / (done / ms + 1) / 1000);
	fflush(stderr);
}

void
progress_clear(void)
{
	if (line.shown)
		fputs("\r\033[K", stderr);
	line.shown = false;
}
