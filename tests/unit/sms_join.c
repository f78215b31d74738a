/*
 * sms_join.c: short messages as GPIs: parts in any order, references that come
 * again, headers as networks leave them, and floods.
 */
#include <stdlib.h>
#include <string.h>

#include "sms/sms.h"
#include "../fuzz/vector.h"

#define FROM "+491700000001"

static struct sms_joiner joiner;
static struct sms_params plain;
static struct gpi_vector a, b;	/* two GPIs of one length */

static size_t
forget(void)
{
	memset(&joiner, 0, sizeof(joiner));
	return 0;
}

/* Join a copy of the user data V, so that nothing stands behind it. */
static enum status
join(struct sms_message m, uint64_t now_ms, const uint8_t *v, size_t len)
{
	uint8_t *exact = malloc(len + 1);
	enum status status;

	memcpy(exact + 1, v, len);
	m.ud = exact + 1;
	m.len = len;
	m.from = m.from == NULL ? FROM : m.from;
	m.port = m.port == 0 ? -1 : m.port;
	status = sms_join(&joiner, &plain, now_ms, &m);
	free(exact);
	check(status == OK || (status == MALFORMED && joiner.gpi_count == 0));
	return status;
}

/* Whether GPI is one of those that the last message completed. */
static bool
made(const struct out *gpi)
{
	for (size_t i = 0; i < joiner.gpi_count; i++)
		if (joiner.gpi[i].len == gpi->len &&
		    memcmp(joiner.gpi[i].v, gpi->v, gpi->len) == 0)
			return true;
	return false;
}

static void
accepted(const struct out *gpi)
{
	for (size_t i = 0; i < joiner.gpi_count; i++)
		sms_join_answered(&joiner, joiner.gpi[i].number,
		    joiner.gpi[i].len == gpi->len && memcmp(joiner.gpi[i].v,
		    gpi->v, gpi->len) == 0 ? OK : REJECTED);
}

/*
 * Part NUMBER of TOTAL under an 8-bit REF, the octets WHAT of the GPI.  Returns
 * how many GPIs it completes.
 */
static size_t
part_of(const char *from, uint64_t now_ms, unsigned ref, unsigned total,
    unsigned number, const void *what, size_t len)
{
	uint8_t v[140] = { 11, 5, 4, 0x3f, 0x5f, 0x3f, 0x5f, 0, 3,
	    (uint8_t)ref, (uint8_t)total, (uint8_t)number };

	memcpy(v + 12, what, len);
	check_ok(join((struct sms_message){ .from = from, .udhi = true,
	    .data = true }, now_ms, v, 12 + len));
	return joiner.gpi_count;
}

/* The same of one octet; returns the octets that it completes. */
static size_t
octet(const char *from, uint64_t now_ms, unsigned ref, unsigned total,
    unsigned number, unsigned what)
{
	uint8_t v = (uint8_t)what;

	return part_of(from, now_ms, ref, total, number, &v, 1) == 0 ? 0 :
	    joiner.gpi[0].len;
}

#define GOT joiner.gpi[0].v

/* Part NUMBER of TOTAL of a GPI, in parts of one length. */
static size_t
gpi_part(const struct gpi_vector *w, unsigned ref, unsigned total,
    unsigned number)
{
	size_t n = (w->gpi.len + total - 1) / total, at = n * (number - 1);

	return part_of(FROM, 0, ref, total, number, w->gpi.v + at,
	    number == total ? w->gpi.len - at : n);
}

/* ---- parts ---- */

static void
test_numbers(void)
{
	uint64_t first;

	test("sms_join: the parts of a message have one number, others another");
	forget();
	check_uint(octet(FROM, 0, 1, 2, 1, 7), 0);
	first = joiner.number;
	check(first > 0);
	check_uint(octet(FROM, 0, 2, 2, 1, 7), 0);
	check(joiner.number != first);
	check_uint(octet("+4915", 0, 1, 2, 1, 7), 0);
	check(joiner.number != first);
	check_uint(octet(FROM, 0, 1, 2, 2, 8), 2);
	check_uint(joiner.number, first);
	check_uint(octet(FROM, 0, 1, 2, 2, 8), 0);
	check_uint(joiner.number, first);
}

static void
test_orders(void)
{
	uint64_t x = 88172645463325252;
	struct sms_part p[SMS_PARTS_MAX];
	struct gpi_vector w;
	size_t n, at[8], to;

	test("sms_join: the largest GPI in every order, some of it twice");
	vector_find(&w, "largest");
	for (unsigned run = 0; run < 500; run++) {
		check_ok(sms_split(&plain, (uint16_t)run, w.gpi.v, w.gpi.len,
		    p, &n));
		check_uint(n, (w.gpi.len + 127) / 128);
		for (size_t i = 0; i < n; i++) {
			to = noise(&x) % (i + 1);
			at[i] = at[to];
			at[to] = i;
		}
		for (size_t i = 0; i < n; i++) {
			const struct sms_message m = { .udhi = true };

			to = at[i > 0 ? noise(&x) % i : 0];
			if (i > 0)
				check_ok(join(m, run, p[to].v, p[to].len));
			check_uint(i > 0 ? joiner.gpi_count : 0, 0);
			check_ok(join(m, run, p[at[i]].v, p[at[i]].len));
			check_uint(joiner.gpi_count, i + 1 == n);
		}
		check(made(&w.gpi));
		accepted(&w.gpi);
	}
}

static void
test_references(void)
{
	uint8_t v[140] = { 11, 5, 4, 0x3f, 0x5f, 0, 0, 0, 3, 0x55, 9 };
	const struct sms_message m = { .udhi = true };

	forget();
	test("sms_join: two senders with one reference at once");
	check_uint(octet("+111", 0, 7, 2, 1, 0x11), 0);
	check_uint(octet("+222", 0, 7, 2, 2, 0x22), 0);
	check_uint(octet("+111", 0, 7, 2, 2, 0x12), 2);
	check_hex(GOT, "1112");
	sms_join_answered(&joiner, joiner.gpi[0].number, OK);
	check_uint(octet("+222", 0, 7, 2, 1, 0x21), 2);
	check_hex(GOT, "2122");

	test("sms_join: a part that comes again after all, and all again");
	check_uint(octet("+111", 1, 7, 2, 1, 0x11), 0);
	check_uint(octet("+111", 1, 7, 2, 1, 0x11), 0);
	check_uint(octet("+111", 1, 7, 2, 2, 0x12), 2);
	check_hex(GOT, "1112");

	test("sms_join: a reference used again after what was accepted");
	check_uint(octet("+111", 2, 7, 2, 2, 0x14), 0);
	check_uint(octet("+111", 2, 7, 2, 1, 0x13), 2);
	check_hex(GOT, "1314");

	test("sms_join: another total is another message");
	check_uint(octet("+111", 3, 8, 3, 1, 0x31), 0);
	check_uint(octet("+111", 3, 8, 2, 1, 0x21), 0);
	check_uint(octet("+111", 3, 8, 2, 2, 0x22), 2);
	check_hex(GOT, "2122");
	check_uint(octet("+111", 3, 8, 3, 3, 0x33), 0);
	check_uint(octet("+111", 3, 8, 3, 2, 0x32), 3);
	check_hex(GOT, "313233");

	test("sms_join: references of 16 bits are others");
	check_ok(join(m, 0, (const uint8_t *)"\14\5\4\x3f\x5f\x3f\x5f"
	    "\10\4\12\13\2\2\xa2", 14));
	check_uint(octet(FROM, 0, 0x0b, 2, 1, 0x99), 0);
	check_ok(join(m, 0, (const uint8_t *)"\14\10\4\12\14\2\1"
	    "\5\4\x3f\x5f\x3f\x5f\x99", 14));
	check_uint(joiner.gpi_count, 0);
	check_ok(join(m, 0, (const uint8_t *)"\14\10\4\12\13\2\1"
	    "\5\4\x3f\x5f\x3f\x5f\xa1", 14));
	check_uint(joiner.gpi_count, 1);
	check_hex(GOT, "a1a2");

	test("sms_join: a joined GPI of over 1024 octets");
	for (v[11] = 1; v[11] < 9; v[11]++)
		check_ok(join(m, 0, v, sizeof(v)));
	check_fail(join(m, 0, v, 13), MALFORMED,
	    "gpi: found 1025 octets, expected 1 to 1024");
}

/* ---- references that come again ---- */

/* php8-smpp/php8-smpp#36, MengMengCode/VoCat#104 */
static void
test_reuse(void)
{
	test("sms_join: a lost older message costs the newer one nothing");
	for (unsigned late = 0; late < 2; late++) {
		forget();
		check_uint(gpi_part(&a, 7, 2, 1), 0);
		check_uint(gpi_part(&b, 7, 2, 2), 1);	/* of both */
		check(!made(&b.gpi));
		accepted(&b.gpi);
		/* nor does the older one, if its rest comes after all */
		if (late == 1) {
			gpi_part(&a, 7, 2, 2);
			check(made(&a.gpi));
			accepted(&a.gpi);
		}
		gpi_part(&b, 7, 2, 1);
		check(made(&b.gpi));
		accepted(&b.gpi);
	}
	check_uint(gpi_part(&a, 7, 2, 1), 0);
	check_uint(gpi_part(&b, 7, 2, 1), 0);

	test("sms_join: two of four parts, one reference, every order");
	for (unsigned order = 0; order < 256; order++) {
		unsigned at[2] = { 0, 0 }, seen = 0;

		if (__builtin_popcount(order) != 4)
			continue;
		forget();
		for (unsigned i = 0; i < 8; i++) {
			const struct gpi_vector *w = order >> i & 1 ? &a : &b;
			unsigned n = at[order >> i & 1]++;

			/* one forwards, one backwards */
			gpi_part(w, 7, 4, w == &a ? n + 1 : 4 - n);
			check(joiner.gpi_count <= SMS_TRIES);
			seen |= (unsigned)made(&a.gpi) |
			    (unsigned)made(&b.gpi) << 1;
		}
		check_uint(seen, 3);
	}

	test("sms_join: what failed comes again with any one part of it");
	forget();
	gpi_part(&a, 7, 2, 1);
	check_uint(gpi_part(&a, 7, 2, 2), 1);
	check_uint(gpi_part(&a, 7, 2, 2), 0);
	sms_join_answered(&joiner, joiner.gpis, FAILED);
	check_uint(gpi_part(&a, 7, 2, 2), 1);
	check(made(&a.gpi));
	accepted(&a.gpi);
	check_uint(gpi_part(&a, 7, 2, 2), 0);
}

/* ---- what networks leave of a header ---- */

/* The GPI A behind HEX, as M says it came. */
static enum status
behind(struct sms_message m, const char *hex)
{
	uint8_t v[256];
	size_t n = unhex(v, sizeof(v), hex);

	memcpy(v + n, a.gpi.v, a.gpi.len);
	return join(m, 0, v, n + a.gpi.len);
}

static void
test_evident(void)
{
	static const struct {
		const char *hex;
		struct sms_message m;
	} t[] = {
		/* no port, by whatever is said of the rest */
		{ "", { .data = true } }, { "", { .data = false } },
		{ "", { .udhi = true } }, { "00", { .udhi = true } },
		{ "0500030a0101", { .udhi = true } },
		{ "0500030a0101", { .udhi = false } },
		/* a header that is not spoken of */
		{ "0605043f5f3f5f", { .udhi = false } },
		/* a cut element makes it ignored, whatever was in it */
		{ "0c05041234ffff0003070201" "00", { .udhi = true } },
		/* the port in a TLV, or both, or another in the TLV */
		{ "", { .port = 16223 } }, { "", { .port = 16223,
		  .udhi = true } },
		{ "0605043f5f3f5f", { .port = 16223 } },
		{ "0605043f5f3f5f", { .port = 7, .udhi = true } },
		{ "03700101", { .port = 16223, .udhi = true } },
		/* SAR of one, and such as is to be ignored */
		{ "", { .port = 16223, .total = 1, .number = 1 } },
		{ "", { .port = 16223, .total = 2, .number = 3 } },
		{ "", { .port = 16223, .total = 2 } },
		{ "", { .port = 16223, .number = 2 } },
		{ "", { .total = 1, .number = 1 } },
		/* said to be a part, and all of it */
		{ "0b05043f5f3f5f" "0003070201", { .udhi = true } },
		{ "0c05043f5f3f5f" "080407ffff02", { .udhi = true } },
		{ "", { .port = 16223, .total = 2, .number = 2 } },
		{ "05" "0003070201", { .udhi = true } },
	};

	for (size_t i = 0; i < COUNT(t); i++) {
		test("sms_join: evidently a GPI: %s, %zu", t[i].hex, i);
		forget();
		check_ok(behind(t[i].m, t[i].hex));
		check(made(&a.gpi));
	}
}

static void
test_port_8(void)
{
	struct sms_params before = plain;

	test("sms_join: a port of 8 bits");
	check_ok(sms_params_parse(&plain, "port=240"));
	check_ok(behind((struct sms_message){ .udhi = true }, "040402f0f0"));
	check(made(&a.gpi));
	check_fail(behind((struct sms_message){ .udhi = true }, "040402f1f0"),
	    MALFORMED, "port: found 241 of 8 bits, expected 240 or 2948");
	plain = before;
}

static void
test_sar(void)
{
	struct sms_message m = { .port = 16223, .ref = 300, .total = 2 };
	const struct sms_message text = { .udhi = true };
	uint8_t v[SMS_CONTENT_MAX + 1] = { 0 };

	test("sms_join: SAR as concatenation, with a port, and without");
	for (m.data = false; m.port != 0; m.data = true) {
		forget();
		m.number = 2;
		check_ok(join(m, 0, a.gpi.v + 50, a.gpi.len - 50));
		m.number = 1;
		check_ok(join(m, 0, a.gpi.v, 50));
		check(made(&a.gpi));
		m.port = m.data ? 0 : -1;
	}

	test("sms_join: only the first part says the port");
	forget();
	m = (struct sms_message){ .port = 16223, .ref = 300, .total = 2,
	    .number = 1 };
	check_ok(join(m, 0, a.gpi.v, 50));
	m = (struct sms_message){ .port = -1, .ref = 300, .total = 2,
	    .number = 2, .data = true };
	check_ok(join(m, 0, a.gpi.v + 50, a.gpi.len - 50));
	check(made(&a.gpi));

	test("sms_join: parts without a port that are no GPI, or no data");
	forget();
	m.number = 1;
	check_ok(join(m, 0, v, 50));
	m.number = 2;
	check_fail(join(m, 0, v, 50), MALFORMED,
	    "port: found none, expected 16223 or 2948");
	check_fail(join(text, 0, (const uint8_t *)"\5\0\3\7\2\1hello", 11),
	    MALFORMED, "port: found none, expected 16223 or 2948");

	test("sms_join: a part of 254 octets, and of 255");
	m.port = 16223;
	check_ok(join(m, 0, v, 254));
	check_fail(join(m, 0, v, 255), MALFORMED,
	    "part: found 255 octets, expected at most 254");
}

static void
test_behind(void)
{
	uint8_t v[256] = { 6, 5, 4, 0x3f, 0x5f, 0x3f, 0x5f };

	test("sms_join: octets behind the GPI");
	memcpy(v + 7, a.gpi.v, a.gpi.len);
	for (size_t n = 0; n < 9; n++) {
		memset(v + 7 + a.gpi.len, (int)(n * 0x1f), n);
		check_ok(join((struct sms_message){ .udhi = true }, 0, v,
		    7 + a.gpi.len + n));
		check(made(&a.gpi));
	}
}

/* ---- bounds ---- */

static void
test_bounds(void)
{
	char from[16];

	test("sms_join: a day, and more");
	forget();
	check_uint(octet(FROM, 5, 1, 2, 1, 1), 0);
	check_uint(octet(FROM, 5, 2, 2, 1, 1), 0);
	check_uint(octet(FROM, 5 + SMS_HELD_MS, 1, 2, 2, 2), 2);
	check_uint(octet(FROM, 6 + SMS_HELD_MS, 2, 2, 2, 2), 0);

	test("sms_join: 257 senders at once: the oldest goes");
	forget();
	for (unsigned i = 0; i <= SMS_HELD_MAX; i++) {
		snprintf(from, sizeof(from), "+49170%06u", i);
		check_uint(octet(from, 1 + i, 1, 2, 1, i), 0);
	}
	check_uint(octet("+49170000256", 999, 1, 2, 2, 0xff), 2);
	check_uint(GOT[0], 0);
	check_uint(octet("+49170000002", 999, 1, 2, 2, 0xff), 2);
	check_uint(GOT[0], 2);
	check_uint(octet("+49170000000", 999, 1, 2, 2, 0xff), 0);

	test("sms_join: one sender's flood costs the others nothing");
	forget();
	check_uint(octet(FROM, 0, 1, 2, 1, 0x11), 0);
	for (unsigned i = 0; i < 1000; i++)
		check_uint(octet("+222", 1, i, 2, 1, i >> 8), 0);
	check_uint(octet(FROM, 2, 1, 2, 2, 0x12), 2);

	test("sms_join: a flood of one part: the oldest of it goes");
	forget();
	check_uint(octet(FROM, 0, 1, 2, 1, 0x11), 0);
	for (unsigned i = 0; i < 255; i++)
		check_uint(octet(FROM, 0, 2, 2, 1, i), 0);
	check_uint(octet(FROM, 0, 1, 2, 2, 0x12), 2);
	check_uint(octet(FROM, 0, 2, 2, 2, 0xff), 2);
	check_hex(GOT, "feff");

	test("sms_join: what is whole makes room for what is not");
	forget();
	for (unsigned i = 0; i < SMS_HELD_OF_ONE - 1; i++)
		check_uint(octet(FROM, i, i, 2, 1, i), 0);
	check_uint(octet(FROM, 99, 62, 2, 2, 0xff), 2);
	check_uint(octet(FROM, 99, 64, 2, 1, 64), 0);
	check_uint(octet(FROM, 99, 65, 2, 1, 65), 0);
	check_uint(octet(FROM, 99, 0, 2, 2, 0xff), 2);

	test("sms_join: versions of sixteen parts: a bounded number of tries");
	forget();
	for (unsigned i = 0; i < 16 * 4; i++)
		check(part_of(FROM, 0, 1, 16, 1 + i / 4, &i, 1) <= 1);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	check_ok(sms_params_parse(&plain, NULL));
	vector_find(&a, "full");
	vector_find(&b, "gba-u");
	test_numbers();
	test_orders();
	test_references();
	test_reuse();
	test_evident();
	test_port_8();
	test_sar();
	test_behind();
	test_bounds();
	return test_end();
}
