/* gpi.c: the GPI against octets that another implementation made. */
#include <string.h>

#include "crypto/siv.h"
#include "../fuzz/vector.h"

#define BAD_MAC "mac: does not match"

/* ---- both ways ---- */

static void
test_both_ways(const struct gpi_vector *w)
{
	const uint64_t trigger = HAS(TRIGGER_IND) | HAS(TRIGGER_TIME);
	uint8_t v[GPI_MAX];
	struct record g, want, sealed;
	size_t len;

	test("gpi_seal: %s", w->name);
	check_ok(gpi_seal(&w->draft, MODE_NONE, v, &len));
	check_uint(len, w->gpi.len);
	check(memcmp(v, w->gpi.v, w->gpi.len) == 0);

	test("gpi_decode: %s, sealed", w->name);
	check_ok(gpi_decode(&g, w->gpi.v, w->gpi.len));
	check_uint(gpi_encode(&g, v), len);
	check(memcmp(v, w->gpi.v, len) == 0);
	sealed = g;
	check((g.has & (HAS(NAF_ID) | HAS(KEY_LT) | HAS(P_TID))) == 0);
	check(record_has(&g, HAS(TRIGGER_IND)) ==
	    (record_has(&w->draft, HAS(TRIGGER_MODE)) &&
	    w->draft.trigger_mode != MODE_FULL));
	check(memcmp(g.mac.v, w->gpi.v + w->end + 1, MAC_LEN) == 0);
	check(memcmp(g.enc_gpi.v + g.enc_gpi.len - MAC_LEN, g.mac.v,
	    MAC_LEN) == 0);

	test("gpi_open: %s", w->name);
	check_ok(open_gpi(&g, &w->gpi, &w->draft));
	record_init(&want, RECORD_GPI);
	record_copy(&want, &w->draft, w->draft.has & ~HAS(K_GPI) & ~HAS(TYPE));
	record_copy(&want, &sealed, HAS(MAC) | HAS(ENC_GPI) | HAS(C2));
	check(same(&g, &want));
	check_ok(record_check(&g));
	check((g.has & trigger) == (w->draft.has & trigger));

	test("gpi_open: %s, every bit of K_GPI", w->name);
	for (size_t bit = 0; bit < 256; bit++) {
		want = w->draft;
		want.k_gpi.v[bit / 8] ^= (uint8_t)(1 << bit % 8);
		check_fail(open_gpi(&g, &w->gpi, &want), REJECTED, BAD_MAC);
	}
}

/* Each mode, and what at least, against the draft in the stronger of them. */
static void
test_at_least(const struct gpi_vector *w)
{
	uint8_t v[GPI_MAX], want[GPI_MAX];
	struct record draft = w->draft;
	enum trigger_mode mode = draft.trigger_mode, least;
	size_t len, want_len;

	for (least = MODE_NONE; least <= MODE_FULL; least++) {
		test("gpi_seal: %s, at least %s", w->name,
		    field_word(KEY_TRIGGER_MODE, least));
		check_ok(gpi_seal(&w->draft, least, v, &len));
		draft.trigger_mode = mode > least ? mode : least;
		check_ok(gpi_seal(&draft, MODE_NONE, want, &want_len));
		check_uint(len, want_len);
		check(memcmp(v, want, len) == 0);
		check(record_has(&draft, HAS(TRIGGER_MODE)) ||
		    (len == w->gpi.len && memcmp(v, w->gpi.v, len) == 0));
	}
}

/*
 * Mode none leaves the trigger's content out of the MAC, these four octets
 * 82 02 18 1e before it; of their 32 bits 10 yield another good trigger.
 */
static void
test_flips(const struct gpi_vector *w)
{
	bool none = strcmp(w->name, "none") == 0;
	struct out o = w->gpi;
	unsigned opened = 0;
	struct record g;

	test("gpi_open: %s, every bit", w->name);
	for (size_t bit = 0; bit < 8 * o.len; bit++) {
		o.v[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (open_gpi(&g, &o, &w->draft) == OK) {
			check(none && bit / 8 >= w->end - 4 &&
			    bit / 8 < w->end);
			check(g.trigger_ind != w->draft.trigger_ind ||
			    g.trigger_time != w->draft.trigger_time);
			opened++;
		}
		o.v[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	check_uint(opened, none ? 10 : 0);

	test("gpi_decode: %s, every cut and octets behind", w->name);
	for (o.len = 0; o.len < w->gpi.len; o.len++)
		check(open_gpi(&g, &o, &w->draft) == MALFORMED);
	for (unsigned next = 0; next < 256; next++) {
		o.len = w->gpi.len;
		put(&o, &(uint8_t){ (uint8_t)next }, 1);
		check(open_gpi(&g, &o, &w->draft) == MALFORMED);
	}
}

/* ---- triggers changed ---- */

/* W with the octets HEX as its trigger item. */
static struct out
graft(const struct gpi_vector *w, const char *hex)
{
	struct record g;
	struct out item;
	size_t at;

	if (gpi_decode(&g, w->gpi.v, w->gpi.len) != OK)
		return w->gpi;
	at = GPI_CLEAR_LEN(g.app_lbl.len) + g.enc_gpi.len - MAC_LEN +
	    (g.enc_gpi.len - MAC_LEN < 256 ? 2 : 3);
	item.len = unhex(item.v, sizeof(item.v), hex);
	return splice(&w->gpi, at, w->end, &item);
}

static void
test_graft(const char *name, const char *what, const char *hex,
    enum status want)
{
	struct gpi_vector w;
	struct record g;
	struct out o;

	test("gpi_open: %s, %s", name, what);
	vector_find(&w, name);
	o = graft(&w, hex);
	if (want == REJECTED)
		check_fail(open_gpi(&g, &o, &w.draft), REJECTED, BAD_MAC);
	else
		check(open_gpi(&g, &o, &w.draft) == want);
}

static void
test_grafts(void)
{
	static const char *const names[] = { "full", "integrity", "none",
	    "no-trigger" };
	static const struct {
		const char *what, *hex;
	} t[] = {
		{ "stripped", "f6" },
		{ "none", "82008103" }, { "none, timed", "8200820218ff" },
		{ "integrity", "82018103" }, { "integrity", "8201820218ff" },
		{ "integrity as none was", "82018202181e" },
		{ "full", "82024448e4b112" }, { "full, short", "820242802f" },
		{ "full, long", "820249e8ee2ed728297a2419" },
		{ "full in clear", "8202448202181e" },
	};

	for (size_t n = 0; n < COUNT(names); n++)
		for (size_t i = n == 3; i < COUNT(t); i++)
			if (n != 1 || i != 5)
				test_graft(names[n], t[i].what, t[i].hex,
				    n == 2 && (i == 1 || i == 2) ? OK :
				    REJECTED);
	test_graft("integrity", "mode none", "82008202181e", REJECTED);
	test_graft("none", "mode 3", "82038202181e", MALFORMED);
	test_graft("none", "null in an array", "8200f6", MALFORMED);
	test_graft("none", "no indication", "820080", MALFORMED);
	test_graft("none", "indication 0", "82008100", MALFORMED);
	test_graft("none", "indication 65536", "8200811a00010000", MALFORMED);
	test_graft("none", "time 0", "8200820200", MALFORMED);
	test_graft("none", "time too long", "820082021b0000000100000000",
	    MALFORMED);
	test_graft("none", "three in trig", "820083020101", MALFORMED);
	test_graft("none", "a longer integer", "82008202190030", MALFORMED);
	test_graft("none", "a longer mode", "821800820218ff", MALFORMED);
	test_graft("none", "an indefinite array", "82009f02ff", MALFORMED);
	test_graft("none", "a tag", "8200c18102", MALFORMED);
	test_graft("none", "undefined", "f7", MALFORMED);
	test_graft("none", "C2 in mode none", "82004448e4b112", MALFORMED);
	test_graft("full", "trig in mode full", "82028202181e", MALFORMED);
	test_graft("full", "C2 of one octet", "82024180", MALFORMED);
	test_graft("full", "C2 of ten octets", "82024a00000000000000000000",
	    MALFORMED);
	test_graft("full", "a longer head of C2", "8202580448e4b112",
	    MALFORMED);
}

/* N octets moved from C2 to C1, or back where it is negative. */
static void
test_boundary(const struct gpi_vector *w, int n)
{
	struct record g, moved;
	struct out o = { .len = 0 };
	size_t c1;

	test("gpi_open: %s, %d octets from C2 to C1", w->name, n);
	check_ok(gpi_decode(&g, w->gpi.v, w->gpi.len));
	moved = g;
	c1 = g.enc_gpi.len - MAC_LEN;
	memcpy(o.v, g.enc_gpi.v, c1);
	memcpy(o.v + c1, g.c2.v, g.c2.len);
	o.len = c1 + g.c2.len;
	c1 = (size_t)((int)c1 + n);
	record_put(&moved, KEY_ENC_GPI, o.v, c1);
	record_put(&moved, KEY_C2, o.v + c1, o.len - c1);
	memcpy(moved.enc_gpi.v + c1, g.mac.v, MAC_LEN);
	moved.enc_gpi.len += MAC_LEN;
	o.len = gpi_encode(&moved, o.v);
	check_fail(open_gpi(&g, &o, &w->draft), REJECTED, BAD_MAC);
}

/* ---- what is sealed, but wrong ---- */

#define NAF "466101000000" "07"
#define SECRET_ANOTHER "secret: found another encoding, " \
    "expected the deterministic one"

/* A GPI of app_lbl empty over the plaintexts HEX, sealed under key 0. */
static void
seal(struct out *o, const char *secret, const char *trig)
{
	uint8_t key[32] = { 0 }, plain[64], sealed[64], mac[MAC_LEN];
	size_t n1 = unhex(plain, sizeof(plain), secret);
	size_t n2 = unhex(plain + n1, sizeof(plain) - n1, trig);
	uint8_t c2[3] = { 0x82, 0x02, (uint8_t)(0x40 | n2) };
	struct siv_ad ad[2] = { { o->v, GPI_CLEAR_LEN(0) }, { c2, 3 } };

	memset(o, 0, sizeof(*o));
	put(o, "\x88\x01\x50" "0123456789abcdef" "\x50" "0123456789abcdef"
	    "\x40\x00", GPI_CLEAR_LEN(0));
	if (n2 == 0)
		ad[1] = (struct siv_ad){ (const uint8_t *)"\xf6", 1 };
	check_ok(siv_seal(key, ad, plain, n1 + n2, sealed, mac));
	put_head(o, 2, n1);
	put(o, sealed, n1);
	put(o, ad[1].v, ad[1].len);
	put(o, sealed + n1, n2);
	put_head(o, 2, MAC_LEN);
	put(o, mac, MAC_LEN);
}

static void
test_sealed(void)
{
	static const struct {
		const char *secret, *trig, *text;	/* NULL: it is good */
	} t[] = {
		{ "83" NAF "016130", "", NULL },
		{ "83" NAF "016130", "8101", NULL },
		{ "83" NAF "016130", "8200", "trigger_ind: found 0, expected 1 to 65535" },
		{ "83" NAF "016130", "8201", "trigger_time: found another kind, expected an integer" },
		{ "83" NAF "016130", "811801", "trig: found another encoding, expected the deterministic one" },
		{ "83" NAF "016130", "810100", "trig: found another encoding, expected the deterministic one" },
		{ "83" NAF "016130", "8301", "trig: found another length, expected an array of 2" },
		{ "83" NAF "016130", "a101", "trig: found a map, expected an array of 2" },
		{ "83" NAF "016130" "00", "", SECRET_ANOTHER },
		{ "83" NAF "016130" "00", "8101", SECRET_ANOTHER },
		{ "83" NAF "18016130", "", SECRET_ANOTHER },
		{ "83" NAF "01780130", "", SECRET_ANOTHER },
		{ "9803" NAF "016130", "", SECRET_ANOTHER },
		{ "82" NAF "01", "", "secret: found another length, expected an array of 3" },
		{ "84" NAF "01613000", "", "secret: found another length, expected an array of 3" },
		{ "9f" NAF "016130ff", "", "secret: found another kind, expected an array of 3" },
		{ "83" "450100000007" "016130", "", "naf_id: found 5 octets, expected 6 to 258" },
		{ "83" "464101000000" "07016130", "", "naf_id: found other characters, expected a lower-case FQDN and 5 octets" },
		{ "83" "6130016130", "", "naf_id: found text, expected bytes" },
		{ "83" NAF "006130", "", "key_lt: found 0, expected 1 to 4294967295" },
		{ "83" NAF "1b00000001000000006130", "", "key_lt: found 4294967296, expected 1 to 4294967295" },
		{ "83" NAF "0160", "", "p_tid: found 0 characters, expected 1 to 64" },
		{ "83" NAF "016120", "", "p_tid: found other characters, expected letters, digits, - and _" },
		{ "83" NAF "014130", "", "p_tid: found bytes, expected text" },
		{ "83" NAF "01", "6130", "p_tid: found another kind, expected text" },
	};
	struct record g, draft = { .k_gpi.len = 32 };
	struct out o;

	for (size_t i = 0; i < COUNT(t); i++) {
		test("gpi_open: %s and %s", t[i].secret, t[i].trig);
		seal(&o, t[i].secret, t[i].trig);
		if (t[i].text == NULL)
			check_ok(open_gpi(&g, &o, &draft));
		else
			check_fail(open_gpi(&g, &o, &draft), MALFORMED,
			    t[i].text);
	}
}

/* ---- the clear header ---- */

static void
test_header(void)
{
	static const struct {
		size_t at, end;		/* of what HEX replaces */
		const char *hex, *text;
	} t[] = {
		{ 0, 1, "87", "gpi: found another length, expected an array of 8" },
		{ 0, 1, "89", "gpi: found another length, expected an array of 8" },
		{ 0, 1, "a8", "a record, not a GPI" },
		{ 0, 1, "9808", "gpi: found another encoding, expected the deterministic one" },
		{ 1, 2, "00", "ver: found 0, expected 1" },
		{ 1, 2, "02", "ver: found 2, expected 1" },
		{ 1, 2, "20", "ver: found another kind, expected an integer" },
		{ 1, 2, "1801", "gpi: found another encoding, expected the deterministic one" },
		{ 2, 4, "4f", "rand: found 15 octets, expected 16" },
		{ 2, 3, "5100", "rand: found 17 octets, expected 16" },
		{ 2, 3, "70", "rand: found text, expected bytes" },
		{ 19, 21, "4f", "autn: found 15 octets, expected 16" },
		{ 19, 20, "5100", "autn: found 17 octets, expected 16" },
		{ 19, 20, "5810", "gpi: found another encoding, expected the deterministic one" },
		{ 36, 37, "60", "app_lbl: found text, expected bytes" },
		{ 36, 37, "510000000000000000000000000000000000", "app_lbl: found 17 octets, expected 0 to 16" },
		{ 37, 38, "02", "um: found 2, expected 0 to 1" },
		{ 37, 38, "f4", "um: found another kind, expected an integer" },
		{ 38, 88, "40", "enc: found 0 octets, expected 1 to 333" },
		{ 38, 40, "7830", "enc: found text, expected bytes" },
		{ 38, 40, "590030", "gpi: found another encoding, expected the deterministic one" },
		{ 89, 91, "4f", "mac: found 15 octets, expected 16" },
		{ 89, 90, "5100", "mac: found 17 octets, expected 16" },
		{ 89, 90, "f6", "mac: found null, expected bytes" },
	};
	struct out part, o;
	struct gpi_vector w;
	struct record g;

	vector_find(&w, "no-trigger");
	for (size_t i = 0; i < COUNT(t); i++) {
		test("gpi_decode: %s at octet %zu", t[i].hex, t[i].at);
		part.len = unhex(part.v, sizeof(part.v), t[i].hex);
		o = splice(&w.gpi, t[i].at, t[i].end, &part);
		check_fail(gpi_decode(&g, o.v, o.len), MALFORMED, t[i].text);
	}
	test("gpi_decode: C1 of 333 octets, and of 334");
	memset(&part, 0, sizeof(part));
	put_head(&part, 2, 333);
	part.len += 333;
	o = splice(&w.gpi, 38, 88, &part);
	check_ok(gpi_decode(&g, o.v, o.len));
	check_fail(gpi_open(&g, w.draft.k_gpi.v), REJECTED, BAD_MAC);
	part.v[2]++;
	part.len++;
	o = splice(&w.gpi, 38, 88, &part);
	check_fail(gpi_decode(&g, o.v, o.len), MALFORMED,
	    "enc: found 334 octets, expected 1 to 333");
	test("gpi_decode: 1025 octets");
	check_fail(gpi_decode(&g, o.v, GPI_MAX + 1), MALFORMED,
	    "gpi: found 1025 octets, expected at most 1024");
}

int
main(int argc, char **argv)
{
	struct gpi_vector w;
	struct csv csv;

	test_init(argc, argv);
	csv_open(&csv, "gpi.csv");
	while (vector_next(&csv, &w)) {
		test_both_ways(&w);
		test_flips(&w);
		test_at_least(&w);
		for (int n = -5; n <= 2; n++)
			if (n != 0 && w.gpi.v[w.end - 5] == 0x44)
				test_boundary(&w, n);	/* C2 of 4 octets */
	}
	test_grafts();
	test_sealed();
	test_header();
	return test_end();
}
