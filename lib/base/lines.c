/* lines.c: files of lines that people write. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/lines.h"

#define BOM "\357\273\277"	/* before UTF-8, as some editors write it */

/* All that holds what was read, so that it can be wiped. */
struct reader {
	char buffer[BUFSIZ];
	char line[LINE_LEN_MAX + 2];	/* with its end, and NUL */
};

static enum status
read_lines(FILE *f, struct reader *r, const char *name, line_fn *each,
    void *arg)
{
	enum status status = OK;
	unsigned number = 0;
	size_t n, bom;

	while (status == OK && fgets(r->line, sizeof(r->line), f) != NULL) {
		number++;
		n = strcspn(r->line, "\n");
		status = n > LINE_LEN_MAX ? fail(MALFORMED, "found over %d "
		    "characters, expected fewer", LINE_LEN_MAX) : OK;
		r->line[n] = '\0';
		bom = number == 1 && strncmp(r->line, BOM, strlen(BOM)) == 0 ?
		    strlen(BOM) : 0;
		if (status == OK)
			status = each(arg, r->line + bom);
		if (status != OK)
			status = fail_in(status, "%s: line %u", name, number);
	}
	if (status == OK && ferror(f))
		status = fail(FAILED, "%s: %s", name, strerror(errno));
	return status;
}

enum status
lines_each(const char *name, bool secret, line_fn *each, void *arg)
{
	bool standard = file_is_standard(name);
	int fd = standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) :
	    open(name, O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");
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
	wipe(&r, sizeof(r));
	return status;
}

size_t
line_words(char *line, char *word[], size_t max)
{
	size_t n = 0;
	char *save;

	for (char *w = strtok_r(line, " \t\r", &save); w != NULL && n < max;
	    w = strtok_r(NULL, " \t\r", &save))
		word[n++] = w;
	return n;
}
