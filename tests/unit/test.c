/* test.c: the harness of the unit tests. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "test.h"

static const char *vectors = "tests/vectors";
static unsigned count, failures;
static char name[256];
static char why[1024];	/* of the running test: its first failure, or empty */

static void
bail_out(const char *what, const char *of)
{
	printf("Bail out! %s: %s\n", of, what);
	exit(1);
}

void
test_init(int argc, char **argv)
{
	if (argc > 1)
		vectors = argv[1];
	else if (getenv("VECTORS") != NULL)
		vectors = getenv("VECTORS");
}

static void
report(void)
{
	if (count == 0)
		return;
	if (why[0] == '\0') {
		printf("ok %u - %s\n", count, name);
		return;
	}
	printf("not ok %u - %s # %s\n", count, name, why);
	failures++;
}

void
test(const char *fmt, ...)
{
	va_list ap;

	report();
	count++;
	why[0] = '\0';
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
}

int
test_end(void)
{
	report();
	printf("1..%u\n", count);
	return failures > 0;
}

void
test_check(bool ok, const char *file, int line, const char *fmt, ...)
{
	va_list ap;
	size_t n;

	if (ok || why[0] != '\0')
		return;
	n = (size_t)snprintf(why, sizeof(why), "%s:%d: ", file, line);
	va_start(ap, fmt);
	vsnprintf(why + n, sizeof(why) - n, fmt, ap);
	va_end(ap);
}

void
test_ok(enum status status, const char *file, int line)
{
	test_check(status == OK, file, line, "status %d, %s", (int)status,
	    fail_text());
}

void
test_fail(enum status status, enum status want, const char *text,
    const char *file, int line)
{
	test_check(status == want, file, line, "status %d, expected %d",
	    (int)status, (int)want);
	test_check(strcmp(fail_text(), text) == 0, file, line,
	    "\"%s\", expected \"%s\"", fail_text(), text);
}

void
test_hex(const uint8_t *got, const char *want, const char *file, int line)
{
	char hex[HEX_LEN(512)];
	size_t n = strlen(want) / 2;

	if (n > 512)
		bail_out("too long", want);
	hex_encode(hex, got, n);
	test_check(strcmp(hex, want) == 0, file, line, "%s, expected %s", hex,
	    want);
}

void
test_uint(uint64_t got, uint64_t want, const char *file, int line)
{
	test_check(got == want, file, line, "%" PRIu64 ", expected %" PRIu64,
	    got, want);
}

const char *
test_file(const char *text, size_t len)
{
	static char at[] = "/tmp/gba-push-test.XXXXXX";
	int fd;

	strcpy(at + strlen(at) - 6, "XXXXXX");
	fd = mkstemp(at);
	check(fd >= 0 && write(fd, text, len) == (ssize_t)len);
	close(fd);
	return at;
}

size_t
unhex(uint8_t *out, size_t max, const char *hex)
{
	int n = hex_decode(out, max, hex, strlen(hex));

	if (n < 0)
		bail_out("no hex, or too long", hex);
	return (size_t)n;
}

/* Read a line to *LINE and cut it at its commas; returns how many fields. */
static size_t
csv_read(struct csv *csv, char **line, const char **field)
{
	size_t size = 0, n = 0;
	char *rest, *p;

	free(*line);
	*line = NULL;
	if (getline(line, &size, csv->file) < 0)
		return 0;
	(*line)[strcspn(*line, "\r\n")] = '\0';
	for (rest = *line; (p = strsep(&rest, ",")) != NULL; n++) {
		if (n == COUNT(csv->name))
			bail_out("too many columns", *line);
		field[n] = p;
	}
	return n;
}

void
csv_open(struct csv *csv, const char *file)
{
	char path[1024];

	snprintf(path, sizeof(path), "%s/%s", vectors, file);
	memset(csv, 0, sizeof(*csv));
	if ((csv->file = fopen(path, "r")) == NULL)
		bail_out("cannot open", path);
	if ((csv->columns = csv_read(csv, &csv->head, csv->name)) == 0)
		bail_out("is empty", path);
}

bool
csv_next(struct csv *csv)
{
	size_t n = csv_read(csv, &csv->row, csv->value);

	if (n == 0)
		csv_close(csv);
	else if (n != csv->columns)
		bail_out("not as many columns as names", csv->row);
	return n != 0;
}

void
csv_find(struct csv *csv, const char *file, const char *column,
    const char *value)
{
	csv_open(csv, file);
	do {
		if (!csv_next(csv))
			bail_out("no such row", value);
	} while (strcmp(csv_text(csv, column), value) != 0);
}

void
csv_close(struct csv *csv)
{
	fclose(csv->file);
	free(csv->head);
	free(csv->row);
}

const char *
csv_text(const struct csv *csv, const char *column)
{
	size_t i = 0;

	while (i < csv->columns && strcmp(csv->name[i], column) != 0)
		i++;
	if (i == csv->columns)
		bail_out("no such column", column);
	return csv->value[i];
}

size_t
csv_octets(const struct csv *csv, const char *column, uint8_t *out, size_t max)
{
	return unhex(out, max, csv_text(csv, column));
}
