/* lines.c: files of lines that people write. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lines.h"

/* All that holds what was read, so that it can be wiped. */
struct reader {
	char buffer[BUFSIZ];
	char line[LINE_LEN_MAX + 1];
};

#define BLANKS " \t"

/*
 * Editors put a byte order mark before UTF-8, too; and some write UTF-16, which
 * has another.
 */
static enum status
skip_mark(FILE *f)
{
	static const uint8_t mark[] = { 0xef, 0xbb, 0xbf };
	int c = getc(f), n = 0;

	if (c == 0xfe || c == 0xff)
		return fail(MALFORMED, "UTF-16; save it as UTF-8");
	while (n < 3 && c == mark[n]) {
		n++;
		c = getc(f);
	}
	ungetc(c, f);
	return n == 0 || n == 3 ? OK : fail(MALFORMED, "not UTF-8 text");
}

/* Read a line without its end: LF, CR LF or CR; *END: there is none. */
static enum status
read_line(FILE *f, char line[static LINE_LEN_MAX + 1], bool *end)
{
	size_t n = 0;
	int c;

	while ((c = getc(f)) != EOF && c != '\n' && c != '\r') {
		if (c == '\0')
			return fail(MALFORMED, "a NUL octet; a line is text, "
			    "in UTF-8");
		if (n == LINE_LEN_MAX)
			return fail(MALFORMED, "found over %d characters, "
			    "expected fewer", LINE_LEN_MAX);
		line[n++] = (char)c;
	}
	*end = c == EOF && n == 0;
	if (c == '\r' && (c = getc(f)) != '\n')
		ungetc(c, f);
	while (n > 0 && strchr(BLANKS, line[n - 1]) != NULL)
		n--;
	line[n] = '\0';
	return OK;
}

static enum status
read_lines(FILE *f, struct reader *r, const char *name, line_fn *each,
    void *arg)
{
	enum status status = skip_mark(f);
	unsigned number = 1;
	bool end = false;

	for (; status == OK; number++) {
		if ((status = read_line(f, r->line, &end)) == OK && end)
			break;
		if (status == OK)
			status = each(arg, r->line + strspn(r->line, BLANKS));
		if (status != OK)
			break;
	}
	if (status != OK)
		return fail_in(status, "%s: line %u", name, number);
	return ferror(f) ? fail(FAILED, "%s: %s", name, strerror(errno)) : OK;
}

static ssize_t
read_some(void *fd, char *v, size_t max)
{
	return file_read_some(*(int *)fd, v, max);
}

enum status
lines_each(const char *name, bool secret, line_fn *each, void *arg)
{
	bool standard = file_is_standard(name);
	int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) :
	    open(name, O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fopencookie(&fd, "r",
	    (cookie_io_functions_t){ .read = read_some });
	enum status status;
	struct reader r;

	if (f == NULL) {
		status = fail(FAILED, "%s: %s", name, strerror(errno));
		if (fd >= 0)
			close(fd);
		return status;
	}
	if (secret && !standard)
		file_warn_readable(name);
	setvbuf(f, r.buffer, _IOFBF, sizeof(r.buffer));
	status = read_lines(f, &r, name, each, arg);
	fclose(f);
	close(fd);
	wipe(&r, sizeof(r));
	return status;
}

size_t
line_words(char *line, char *word[], size_t max)
{
	size_t n = 0;
	char *save;

	for (char *w = strtok_r(line, BLANKS, &save); w != NULL && n < max;
	    w = strtok_r(NULL, BLANKS, &save))
		word[n++] = w;
	return n;
}
