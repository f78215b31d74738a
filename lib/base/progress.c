/* progress.c: the progress of a long run. */
#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/progress.h"

#define FIRST_MS 1000
#define PAUSE_MS 250
#define UNKNOWN UINT64_MAX

static struct {
	uint64_t since, due;	/* monotonic ms */
	bool wanted, asked, shown;
} line;

static void
show(uint64_t records, uint64_t rate, uint64_t seconds)
{
	char text[256];
	int n = snprintf(text, sizeof(text), "\r\033[K%s: %" PRIu64
	    " records, %" PRIu64 "/s", program_name, records, rate);

	if (seconds != UNKNOWN)
		snprintf(text + n, sizeof(text) - (size_t)n, ", %" PRIu64
		    ":%02d:%02d left", seconds / 3600,
		    (int)(seconds / 60 % 60), (int)(seconds % 60));
	message_text(text);
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
	show(records, records * 1000 / ms, done > 0 && done < total ?
	    (total - done) / (done / ms + 1) / 1000 : UNKNOWN);
}

void
progress_clear(void)
{
	if (line.shown)
		message_text("\r\033[K");
	line.shown = false;
}
