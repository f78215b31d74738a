/* answers.c: sync failures that come back on a connection. */
#include <string.h>

#include "gba/gpi.h"
#include "transport/answers.h"
#include "test.h"

static unsigned taken;

static void
answer(void *arg, const uint8_t *v, size_t len)
{
	(void)arg;
	(void)v;
	(void)len;
	taken++;
}

static const struct transport_options options = { .answer = answer };

static size_t
make_gpi(uint8_t v[static GPI_MAX], uint64_t number)
{
	struct record gpi;
	uint8_t rand[16] = { 0 }, rest[56] = { 0 };

	be_write(rand, 8, number);
	record_init(&gpi, RECORD_GPI);
	record_put(&gpi, KEY_RAND, rand, 16);
	record_put_uint(&gpi, KEY_VER, 1);
	record_put(&gpi, KEY_AUTN, rest, 16);
	record_put(&gpi, KEY_APP_LBL, rest, 0);
	record_put_uint(&gpi, KEY_UM, 0);
	record_put(&gpi, KEY_ENC_GPI, rest, sizeof(rest));
	record_put(&gpi, KEY_MAC, rest, 16);
	return gpi_encode(&gpi, v);
}

static void
expect(struct answers *a, uint64_t number)
{
	uint8_t v[GPI_MAX];

	answers_expect(a, v, make_gpi(v, number));
}

static enum status
come(struct answers *a, uint64_t number)
{
	uint8_t rand[16] = { 0 }, auts[14] = { 0 }, v[RECORD_MAX];
	struct record r;

	be_write(rand, 8, number);
	record_init(&r, RECORD_SYNC_FAILURE);
	record_put(&r, KEY_RAND, rand, 16);
	record_put(&r, KEY_AUTS, auts, 14);
	record_put_uint(&r, KEY_TIME, 1);
	return answers_take(a, &options, "name", v, record_encode(&r, v));
}

static void
test_answers(void)
{
	struct answers a = { 0 };

	test("answers: one for each GPI, if it is that GPI's");
	check_fail(come(&a, 1), FAILED, "there are more than GPIs");
	for (uint64_t i = 1; i <= 4; i++)
		expect(&a, i);
	check_ok(come(&a, 3));
	check_ok(come(&a, 1));
	check_uint(taken, 2);
	check_ok(come(&a, 3));		/* again */
	check_ok(come(&a, 9));
	check_uint(taken, 2);
	check_fail(come(&a, 2), FAILED, "there are more than GPIs");
	expect(&a, 5);
	check_ok(come(&a, 5));
	check_uint(taken, 3);
	answers_free(&a);
}

static void
test_many(void)
{
	struct answers a = { 0 };

	test("answers: the last GPIs are known, however many there were");
	taken = 0;
	for (uint64_t i = 0; i < ANSWERS_MAX + 5; i++)
		expect(&a, i);
	check_uint(a.count, ANSWERS_MAX);
	check_ok(come(&a, 4));
	check_uint(taken, 0);
	check_ok(come(&a, 5));
	check_ok(come(&a, ANSWERS_MAX + 4));
	check_uint(taken, 2);
	check_uint(a.count, ANSWERS_MAX - 2);
	answers_free(&a);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_answers();
	test_many();
	return test_end();
}
