/*
 * core.c: what vectors, GPIs and records cost, each beside a yardstick that is
 * measured in the same run, in slices that alternate.  Built with
 *
 *	cc -O2 -o core -Wl,--exclude-libs,libgba.a tests/bench/core.c \
 *	    build/libgba.a $(pkg-config --cflags --libs libcrypto libcbor \
 *	    libosmogsm)
 *
 * (libosmogsm has functions of the same names, which must not become ours.)
 *
 *	core [DRAFTS]	the drafts are the first of a file, else made up
 *
 * It prints a line for each row, with tabs between: NAME, NANOSECONDS, NAME OF
 * THE YARDSTICK, ITS NANOSECONDS; medians of ROUNDS slices of processor
 * time.  The last yardstick is what a draft costs at least: gpi-sign is
 * compared with it, too.
 */
#include <cbor.h>
#include <openssl/evp.h>
#include <osmocom/core/utils.h>
#include <osmocom/crypt/auth.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "crypto/aka.h"
#include "gba/steps.h"
#include "gba/gpi.h"

#define ROUNDS 31
#define SLICE_NS 3e6
#define MANY 64			/* keys and drafts, so that none is the last */
#define NAF "mtc.example.org\1\0\0\0\7"
#define IMPI "001010123456789@ims.mnc001.mcc001.3gppnetwork.org"

/* libosmogsm has it, its headers have not. */
int milenage_generate(const uint8_t *opc, const uint8_t *amf, const uint8_t *k,
    const uint8_t *sqn, const uint8_t *rand, uint8_t *autn, uint8_t *ik,
    uint8_t *ck, uint8_t *res, size_t *res_len);

struct octets_of {
	uint8_t *v;
	size_t len;
};

static struct device {
	struct af af;
	uint8_t rand[16];
	struct record draft, sealed, response;
	struct octets_of draft_in, accepted_in;
	size_t plain_len, ad1_len, ad2_len;
} *devices;

static uint8_t data[GPI_MAX], out[2 * RECORD_MAX];
static struct record record, other;

static void
must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "core: %s: %s\n", what, fail_text());
		exit(1);
	}
}

/* ---- what is measured ---- */

static const uint8_t sqn[6] = { 0, 0, 0, 0, 1, 1 }, amf[2], zero[16];

static void
vector_ours(struct device *d)
{
	struct aka a;

	must(aka_generate(&d->af, d->rand, 257, amf, false, out, &a) == OK,
	    "aka_generate");
}

static void
vector_osmocom(struct device *d)
{
	uint8_t ik[16], ck[16], res[8];
	size_t len = 8;

	must(milenage_generate(d->af.opc, amf, d->af.k, sqn, d->rand, out, ik,
	    ck, res, &len) == 0, "milenage_generate");
}

static EVP_CIPHER_CTX *ecb, *cbc, *ctr;

static EVP_CIPHER_CTX *
context(const char *name)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	EVP_CIPHER *cipher = EVP_CIPHER_fetch(NULL, name, NULL);

	must(EVP_EncryptInit_ex2(ctx, cipher, NULL, NULL, NULL), name);
	EVP_CIPHER_free(cipher);
	return ctx;
}

/* TEMP, then OUT1 to OUT4. */
static void
vector_evp(struct device *d)
{
	int n;

	EVP_EncryptInit_ex2(ecb, NULL, d->af.k, NULL, NULL);
	EVP_EncryptUpdate(ecb, out, &n, data, 16);
	EVP_EncryptUpdate(ecb, out, &n, data, 64);
}

static void
seal_ours(struct device *d)
{
	size_t len;

	must(gpi_seal(&d->draft, MODE_NONE, out, &len) == OK, "gpi_seal");
}

static void
open_ours(struct device *d)
{
	d->sealed.has &= ~(HAS(NAF_ID) | HAS(KEY_LT) | HAS(P_TID));
	must(gpi_open(&d->sealed, d->draft.k_gpi.v) == OK, "gpi_open");
}

/* CBC-MAC of LEN octets in whole blocks. */
static void
floor_mac(size_t len)
{
	int n;

	EVP_EncryptInit_ex2(cbc, NULL, NULL, zero, NULL);
	EVP_EncryptUpdate(cbc, out, &n, data, (int)(len + 15) / 16 * 16);
}

/* E[0], then the CMACs of zero, of both associated data, and of P. */
static void
floor_s2v(const struct device *d)
{
	int n;

	EVP_EncryptInit_ex2(cbc, NULL, d->draft.k_gpi.v, zero, NULL);
	EVP_EncryptUpdate(cbc, out, &n, data, 16);
	floor_mac(16);
	floor_mac(d->ad1_len);
	floor_mac(d->ad2_len);
	floor_mac(d->plain_len);
}

static void
floor_ctr(const struct device *d)
{
	int n;

	EVP_EncryptInit_ex2(ctr, NULL, d->draft.k_gpi.v + 16, d->rand, NULL);
	EVP_EncryptUpdate(ctr, out, &n, data, (int)d->plain_len);
}

static void
seal_floor(struct device *d)
{
	floor_s2v(d);
	floor_ctr(d);
}

static void
open_floor(struct device *d)
{
	floor_ctr(d);
	floor_s2v(d);
}

static void
decode_ours(struct device *d)
{
	must(record_decode(&record, d->accepted_in.v, d->accepted_in.len) ==
	    OK, "record_decode");
}

static void
encode_ours(struct device *d)
{
	(void)d;
	record_encode(&other, out);
}

static void
decode_draft(struct device *d)
{
	must(record_decode(&record, d->draft_in.v, d->draft_in.len) == OK,
	    "record_decode");
}

static void
encode_response(struct device *d)
{
	record_encode(&d->response, out);
}

static void
sign_ours(struct device *d)
{
	struct record draft, response;

	must(record_decode_as(&draft, RECORD_DRAFT, d->draft_in.v, d->draft_in.len) ==
	    OK && gba_sign(&draft, MODE_NONE, &response) == OK, "gba_sign");
	record_encode(&response, out);
	record_wipe(&draft);
	record_wipe(&response);
}

static void
copy(struct device *d)
{
	memcpy(out, d->accepted_in.v, d->accepted_in.len);
	__asm__ volatile("" : : : "memory");
}

/* All octets of all values, as who reads a tree has to look at them. */
static void
decode_tree(struct device *d)
{
	struct cbor_load_result result;
	cbor_item_t *map = cbor_load(d->accepted_in.v, d->accepted_in.len,
	    &result), *value;
	struct cbor_pair *pair = cbor_map_handle(map);

	for (size_t i = 0; i < cbor_map_size(map); i++) {
		value = pair[i].value;
		if (cbor_isa_uint(value))
			record.time = cbor_get_int(value);
		else if (cbor_isa_bytestring(value))
			memcpy(out, cbor_bytestring_handle(value),
			    cbor_bytestring_length(value));
		else
			memcpy(out, cbor_string_handle(value),
			    cbor_string_length(value));
	}
	cbor_decref(&map);
}

static void
encode_tree(struct device *d)
{
	cbor_item_t *map = cbor_new_definite_map(
	    (size_t)__builtin_popcountll(other.has));

	(void)d;
	for (int key = 0; key < KEY_COUNT; key++) {
		const struct field *f = &fields[key];
		const struct octets *o = octets_at(&other, f);

		if ((other.has & UINT64_C(1) << key) == 0)
			continue;
		must(cbor_map_add(map, (struct cbor_pair){
		    .key = cbor_move(cbor_build_uint8((uint8_t)key)),
		    .value = cbor_move(f->kind == KIND_UINT ?
		    cbor_build_uint32((uint32_t)*number_at(&other, f)) :
		    f->kind == KIND_BYTES ? cbor_build_bytestring(o->v, o->len) :
		    cbor_build_stringn((const char *)o->v, o->len)) }),
		    "cbor_map_add");
	}
	cbor_serialize(map, out, sizeof(out));
	cbor_decref(&map);
}

/* ---- the rows ---- */

static struct work {
	void (*once)(struct device *);
	size_t count;		/* of one slice */
	double ns[ROUNDS];
} works[] = {
	{ .once = vector_ours }, { .once = vector_osmocom },
	{ .once = vector_evp }, { .once = seal_ours }, { .once = seal_floor },
	{ .once = open_ours }, { .once = open_floor },
	{ .once = encode_ours }, { .once = encode_tree },
	{ .once = decode_ours }, { .once = decode_tree }, { .once = copy },
	{ .once = decode_draft }, { .once = encode_response },
	{ .once = sign_ours },
};

static const struct {
	const char *name;
	void (*ours)(struct device *);
	const char *yardstick;
	void (*theirs[3])(struct device *);	/* their sum */
} rows[] = {
	{ "Milenage vector", vector_ours, "libosmocore milenage_generate",
	  { vector_osmocom } },
	{ "Milenage vector", vector_ours,
	  "raw EVP: one key set-up, five blocks", { vector_evp } },
	{ "seal", seal_ours, "the same EVP calls in a bare loop",
	  { seal_floor } },
	{ "open", open_ours, "the same EVP calls in a bare loop",
	  { open_floor } },
	{ "record encode", encode_ours, "libcbor's tree", { encode_tree } },
	{ "record encode", encode_ours, "memcpy", { copy } },
	{ "record decode", decode_ours, "libcbor's tree", { decode_tree } },
	{ "record decode", decode_ours, "memcpy", { copy } },
	{ "sign: decode, seal, encode, wipe", sign_ours,
	  "seal floor + decode + encode",
	  { seal_floor, decode_draft, encode_response } },
};

static double
slice(const struct work *w)
{
	struct timespec from, to;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	for (size_t i = 0; i < w->count; i++)
		w->once(&devices[i % MANY]);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	return (to.tv_sec - from.tv_sec) * 1e9 + to.tv_nsec - from.tv_nsec;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
measure(void)
{
	for (size_t i = 0; i < COUNT(works); i++)
		for (works[i].count = MANY; slice(&works[i]) < SLICE_NS;)
			works[i].count *= 2;
	for (int round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < COUNT(works); i++)
			works[i].ns[round] = slice(&works[i]) /
			    (double)works[i].count;
	for (size_t i = 0; i < COUNT(works); i++)
		qsort(works[i].ns, ROUNDS, sizeof(double), by_value);
}

static double
median(void (*once)(struct device *))
{
	for (size_t i = 0; i < COUNT(works); i++)
		if (works[i].once == once)
			return works[i].ns[ROUNDS / 2];
	return 0;
}

/* ---- what it is measured with ---- */

static struct octets_of
encoded(const struct record *r)
{
	uint8_t v[RECORD_MAX];
	struct octets_of o = { .len = record_encode(r, v) };

	o.v = malloc(o.len);
	must(o.v != NULL, "malloc");
	memcpy(o.v, v, o.len);
	return o;
}

static void
make_draft(struct device *d, unsigned i)
{
	struct record request, subscriber;
	struct vector vector;
	char text[64];

	record_init(&request, RECORD_REQUEST);
	record_put_uint(&request, KEY_UM, GBA_ME);
	record_put(&request, KEY_APP_LBL, "", 0);
	record_put(&request, KEY_NAF_ID, NAF, sizeof(NAF) - 1);
	record_put(&request, KEY_P_TID, "05tnq4m0b41g3c8eq10s", 20);
	record_put_uint(&request, KEY_TRIGGER_IND, TRIGGER_REPORT);
	record_put_uint(&request, KEY_TRIGGER_TIME, 30);
	record_put_uint(&request, KEY_TRIGGER_MODE, MODE_FULL);
	record_put(&request, KEY_UE_ID, text,
	    (size_t)snprintf(text, sizeof(text), "meter-%u", i));
	record_put(&request, KEY_UE_TRP, text, (size_t)snprintf(text,
	    sizeof(text), "udp://127.0.0.1:%u", 7000 + i));
	record_init(&subscriber, RECORD_SUBSCRIBER);
	record_put(&subscriber, KEY_UE_PRIV_ID, IMPI, strlen(IMPI));
	record_put(&subscriber, KEY_K, d->af.k, 16);
	record_put(&subscriber, KEY_OPC, d->af.opc, 16);
	record_put_uint(&subscriber, KEY_ALGORITHM, AF_MILENAGE);
	record_put(&subscriber, KEY_AMF, amf, 2);
	must(gba_vector(&subscriber, d->rand, 32 * (i + 1), &vector) == OK &&
	    gba_generate(&request, &vector, "bsf.example.org", 1893456000,
	    &d->draft) == OK, "gba_generate");
	d->draft_in = encoded(&d->draft);
}

static bool
read_draft(struct device *d, FILE *file)
{
	uint8_t v[RECORD_MAX];
	long at = ftell(file);
	size_t n = fread(v, 1, sizeof(v), file), len;

	if (cbor_measure(v, n, &len) != OK || len == 0 ||
	    record_decode_as(&d->draft, RECORD_DRAFT, v, len) != OK)
		return false;
	fseek(file, at + (long)len, SEEK_SET);
	d->draft_in = encoded(&d->draft);
	return true;
}

/* What becomes of a draft. */
static void
follow(struct device *d)
{
	const struct record *draft = &d->draft;
	struct record accepted;
	bool full;

	must(gba_sign(draft, MODE_NONE, &d->response) == OK &&
	    gpi_decode(&d->sealed, d->response.gpi.v, d->response.gpi.len) ==
	    OK, "draft");
	full = record_has(&d->sealed, HAS(C2));
	d->plain_len = d->sealed.enc_gpi.len - MAC_LEN +
	    (full ? d->sealed.c2.len : 0);
	d->ad1_len = GPI_CLEAR_LEN(draft->app_lbl.len);
	d->ad2_len = 3;		/* one block in any mode */
	record_init(&accepted, RECORD_ACCEPTED);
	record_copy(&accepted, draft, ~(HAS(TYPE) | HAS(VER) | HAS(K_GPI) |
	    HAS(P_TID) | HAS(UE_TRP)));
	record_put(&accepted, KEY_UE_PRIV_ID, IMPI, strlen(IMPI));
	record_put(&accepted, KEY_GPI, d->response.gpi.v, d->response.gpi.len);
	record_put(&accepted, KEY_UL_SA_ID, draft->p_tid.v, draft->p_tid.len);
	record_put_dl_sa_id(&accepted, draft->rand.v);
	record_put_uint(&accepted, KEY_TIME, 1800000000);
	must(record_check(&accepted) == OK, "accepted");
	d->accepted_in = encoded(&accepted);
	other = accepted;
}

int
main(int argc, char **argv)
{
	FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
	double theirs;

	devices = calloc(MANY, sizeof(*devices));
	must(devices != NULL && (argc < 2 || file != NULL), "cannot begin");
	ecb = context("AES-128-ECB");
	cbc = context("AES-128-CBC");
	ctr = context("AES-128-CTR");
	for (unsigned i = 0; i < MANY; i++) {
		struct device *d = &devices[i];

		d->af.k_len = 16;
		for (unsigned j = 0; j < 16; j++) {
			d->af.k[j] = (uint8_t)(i * 7 + j);
			d->af.opc[j] = (uint8_t)(i * 3 + j * j);
			d->rand[j] = (uint8_t)(i * 5 + j * 11);
		}
		if (file == NULL)
			make_draft(d, i);
		else
			must(read_draft(d, file), argv[1]);
		follow(d);
	}
	measure();
	for (size_t i = 0; i < COUNT(rows); i++) {
		theirs = 0;
		for (int j = 0; j < 3 && rows[i].theirs[j] != NULL; j++)
			theirs += median(rows[i].theirs[j]);
		printf("%s\t%.1f\t%s\t%.1f\n", rows[i].name,
		    median(rows[i].ours), rows[i].yardstick, theirs);
	}
	return 0;
}
