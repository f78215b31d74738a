/*
 * records.c: sequences of records, as measurements want them.
 *
 *	records shuffle COUNT SEED	the first COUNT records in an order that
 *					SEED tells
 *	records split COUNT PREFIX	the first COUNT, each in the file
 *					PREFIX and its number, from 0
 *	records again COUNT		the first, a request, COUNT times, each
 *					with a P-TID of its own
 *	records sent			a report for each response
 *
 * From standard input to standard output.
 *
 * cc -O2 -o records tests/bench/records.c build/libgba.a \
 *     $(pkg-config --libs libcrypto libcbor)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/random.h"
#include "gba/request.h"
#include "pipe/io.h"
#include "record/p_tid.h"

static struct {
	uint8_t *v;
	uint32_t len;
} *items;
static size_t count;

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "records: %s: %s\n", what, fail_text());
		exit(1);
	}
}

static void
read_items(void)
{
	static struct input in;
	const uint8_t *item;
	size_t len, room = 0;

	must(input_open(&in, NULL) == OK, "input");
	while (input_next(&in, true, &item, &len) == INPUT_ITEM) {
		if (count == room) {
			room = 2 * room + 1024;
			items = realloc(items, room * sizeof(items[0]));
			must(items != NULL, "memory");
		}
		items[count].v = malloc(len);
		must(items[count].v != NULL, "memory");
		memcpy(items[count].v, item, len);
		items[count++].len = (uint32_t)len;
	}
}

static void
write_item(size_t i, FILE *file)
{
	must(fwrite(items[i].v, items[i].len, 1, file) == 1, "output");
}

static void
write_record(const struct record *r)
{
	uint8_t v[RECORD_MAX];

	must(fwrite(v, record_encode(r, v), 1, stdout) == 1, "output");
}

/* splitmix64 */
static uint64_t
draw(uint64_t *state)
{
	uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static void
shuffle(size_t n, uint64_t seed)
{
	for (size_t i = 0; i < count && i < n; i++) {
		size_t j = i + draw(&seed) % (count - i);

		uint8_t *v = items[i].v;
		uint32_t len = items[i].len;

		items[i] = items[j];
		items[j].v = v;
		items[j].len = len;
		write_item(i, stdout);
	}
}

static void
split(size_t n, const char *prefix)
{
	char name[4096];
	FILE *file;

	for (size_t i = 0; i < count && i < n; i++) {
		snprintf(name, sizeof(name), "%s%zu", prefix, i);
		must((file = fopen(name, "w")) != NULL, name);
		write_item(i, file);
		must(fclose(file) == 0, name);
	}
}

static void
again(size_t n)
{
	uint8_t random[P_TID_RANDOM];
	struct record r;

	must(count > 0 && record_decode_as(&r, RECORD_REQUEST, items[0].v,
	    items[0].len) == OK, "request");
	while (n-- > 0) {
		must(random_octets(random, sizeof(random)) == OK, "random");
		p_tid_put(&r, clock_now_ms(), random);
		write_record(&r);
	}
}

static void
sent(void)
{
	struct record r, report;

	for (size_t i = 0; i < count; i++) {
		must(record_decode_as(&r, RECORD_RESPONSE, items[i].v,
		    items[i].len) == OK, "response");
		record_init(&report, RECORD_REPORT);
		record_copy(&report, &r, HAS(P_TID));
		record_put_uint(&report, KEY_STATE, STATE_SENT);
		record_put_uint(&report, KEY_TIME, clock_now());
		write_record(&report);
	}
}

int
main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;

	must(loop_open() == OK, "loop");
	read_items();
	if (strcmp(what, "shuffle") == 0 && argc == 4)
		shuffle(n, strtoul(argv[3], NULL, 10));
	else if (strcmp(what, "split") == 0 && argc == 4)
		split(n, argv[3]);
	else if (strcmp(what, "again") == 0 && argc == 3)
		again(n);
	else if (strcmp(what, "sent") == 0)
		sent();
	else
		return 2;
	must(fflush(stdout) == 0, "output");
	return 0;
}
