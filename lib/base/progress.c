/* progress.c: the progress of a long run. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/message.h"
#include "base/progress.h"

#define FIRST_MS 1000
#define PAUSE_MS 250
#define DEFAULT_COLUMNS 79

static struct {
	uint64_t since, due;	/* monotonic ms */
	bool wanted, asked, shown;
} line;

bool
progress_wanted(void)
{
	if (!line.asked) {
		line.asked = true;
		line.wanted = isatty(STDERR_FILENO) == 1;
		line.since = clock_monotonic_ms();
		line.due = line.since + FIRST_MS;
	}
	return line.wanted;
}

bool
progress_due(void)
{
	return progress_wanted() && clock_monotonic_ms() >= line.due;
}

/* One that is wider than the terminal could not be removed again. */
static int
columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 1 ? size.ws_col - 1 : DEFAULT_COLUMNS;
}

void
progress_line(const char *text)
{
	int len = (int)strlen(text), max = columns();
	char v[512];

	line.due = clock_monotonic_ms() + PAUSE_MS;
	line.shown = true;
	/* half a number would be another one */
	if (len > max)
		for (len = max; len > 0 && text[len] != ','; len--)
			continue;
	snprintf(v, sizeof(v), "\r\033[K%.*s", len, text);
	message_text(v);
}

void
progress(uint64_t records, uint64_t done, uint64_t total)
{
	char text[256], left[PROGRESS_TIME_MAX];
	uint64_t ms;
	int n;

	if (!progress_due())
		return;
	ms = clock_monotonic_ms() - line.since;
	n = snprintf(text, sizeof(text), "%s: %" PRIu64 " records, %" PRIu64
	    "/s", program_name, records, records * 1000 / ms);
	if (done > 0 && done < total)
		snprintf(text + n, sizeof(text) - (size_t)n, ", %s left",
		    progress_time((total - done) / (done / ms + 1) / 1000,
		    left));
	progress_line(text);
}

char *
progress_time(uint64_t seconds, char out[static PROGRESS_TIME_MAX])
{
	snprintf(out, PROGRESS_TIME_MAX, "%" PRIu64 ":%02d:%02d",
	    seconds / 3600, (int)(seconds / 60 % 60), (int)(seconds % 60));
	return out;
}

void
progress_clear(void)
{
	if (line.shown)
		message_text("\r\033[K");
	line.shown = false;
}
