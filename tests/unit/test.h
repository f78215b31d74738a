/*
 * test.h: the harness of the unit tests.  A program runs its tests one after
 * the other and prints a line of TAP for each, and the plan at the end:
 *
 *	test_init(argc, argv);
 *	test("sha1: abc");
 *	check_ok(sha1(in, 3, out));
 *	check_hex(out, "a9993e364706816aba3e25717850c26c9cd0d89d");
 *	return test_end();
 *
 * The first check that fails is what a test says of itself.
 */
#ifndef GBA_TEST_H
#define GBA_TEST_H

#include <stdbool.h>
#include <stdio.h>

#include "base/octets.h"
#include "base/status.h"

/* Vectors are in argv[1], in the environment's VECTORS, or tests/vectors. */
void test_init(int argc, char **argv);

/* Begin a test, which ends the one before. */
void test(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* End the last test and print the plan.  Returns the exit status. */
int test_end(void);

#define check(cond) test_check(cond, __FILE__, __LINE__, "%s", #cond)

/* STATUS is OK; or it is STATUS and fail_text() is TEXT. */
#define check_ok(status) test_ok(status, __FILE__, __LINE__)
#define check_fail(status, want, text) \
	test_fail(status, want, text, __FILE__, __LINE__)

/* GOT begins with the octets of the hex string WANT; unsigned numbers. */
#define check_hex(got, want) test_hex(got, want, __FILE__, __LINE__)
#define check_uint(got, want) test_uint(got, want, __FILE__, __LINE__)

void test_check(bool ok, const char *file, int line, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void test_ok(enum status, const char *file, int line);
void test_fail(enum status, enum status want, const char *text,
    const char *file, int line);
void test_hex(const uint8_t *got, const char *want, const char *file,
    int line);
void test_uint(uint64_t got, uint64_t want, const char *file, int line);

/*
 * Make a file of these octets; returns its name, which holds until the next.
 * The caller removes the file.
 */
const char *test_file(const char *text, size_t len);

/* The octets of HEX to OUT, which has room for MAX; returns how many. */
size_t unhex(uint8_t *out, size_t max, const char *hex);

/*
 * A file of vectors: columns by name, one row at a time.  A file or column
 * that is not there ends the program.
 */
struct csv {
	FILE *file;
	char *head, *row;
	const char *name[32], *value[32];
	size_t columns;
};
void csv_open(struct csv *, const char *name);

/* Go to the next row; at the end close the file and return false. */
bool csv_next(struct csv *);

/* Open the file NAME at the row where COLUMN is VALUE; close when done. */
void csv_find(struct csv *, const char *name, const char *column,
    const char *value);
void csv_close(struct csv *);

/* A column as text, or its hex as octets to OUT; returns how many. */
const char *csv_text(const struct csv *, const char *column);
size_t csv_octets(const struct csv *, const char *column, uint8_t *out,
    size_t max);

#endif
