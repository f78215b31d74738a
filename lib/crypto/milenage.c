/* milenage.c: the MILENAGE algorithm set, TS 35.206 clause 4.1. */
#include <assert.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/milenage.h"

static_assert(sizeof(struct milenage_f1) == 16, "OUT1");
static_assert(sizeof(struct milenage_f2345) == 64, "OUT2 to OUT5");
static_assert(sizeof(struct milenage) == 80, "OUT1 to OUT5");

/* OPc = OP xor E[OP]K */
enum status
milenage_opc(const uint8_t k[static 16], const uint8_t op[static 16],
    uint8_t opc[static 16])
{
	uint8_t out[16];
	enum status status;

	if ((status = aes128_key(k)) == OK &&
	    (status = aes128_blocks(op, 1, out)) == OK)
		xor_block(opc, op, out);
	wipe(out, sizeof(out));
	return status;
}

/* TEMP, the octets to rotate, and for each OUT the block to encipher. */
struct work {
	uint8_t temp[16], twice[32], in[5][16];
};

/* TEMP = E[RAND xor OPc]K, and K is set up */
static enum status
make_temp(const uint8_t *k, const uint8_t *opc, const uint8_t *rand,
    uint8_t *temp)
{
	enum status status = aes128_key(k);

	xor_block(temp, rand, opc);
	return status == OK ? aes128_blocks(temp, 1, temp) : status;
}

/* A xor B rotated by r octets begins r octets into A xor B written twice. */
static void
xor_twice(uint8_t out[static 32], const uint8_t *a, const uint8_t *b)
{
	xor_block(out, a, b);
	memcpy(out + 16, out, 16);
}

/* The block of OUT1: TEMP xor rot(IN1 xor OPc, r1) xor c1, r1 = 64, c1 = 0. */
static void
prepare_f1(struct work *w, const uint8_t *opc, const uint8_t *sqn,
    const uint8_t *amf)
{
	uint8_t in1[16];

	memcpy(in1, sqn, 6);
	memcpy(in1 + 6, amf, 2);
	memcpy(in1 + 8, in1, 8);
	xor_twice(w->twice, in1, opc);
	xor_block(w->in[0], w->temp, w->twice + 8);
}

/*
 * The blocks of OUTn: rot(TEMP xor OPc, rn) xor cn, n = 2..5, rn = 0, 32, 64
 * and 96 bits, cn = 1, 2, 4 and 8.
 */
static void
prepare_f2345(struct work *w, const uint8_t *opc)
{
	xor_twice(w->twice, w->temp, opc);
	for (size_t n = 0; n < 4; n++) {
		memcpy(w->in[1 + n], w->twice + 4 * n, 16);
		w->in[1 + n][15] ^= (uint8_t)(1 << n);
	}
}

/* OUTn = E[block of OUTn]K xor OPc, COUNT of them in one call. */
static enum status
finish(const uint8_t *opc, const uint8_t *in, size_t count, void *out)
{
	uint8_t *o = out;
	enum status status = aes128_blocks(in, count, o);

	for (size_t n = 0; n < count; n++)
		xor_block(o + 16 * n, o + 16 * n, opc);
	return status;
}

enum status
milenage(const uint8_t k[static 16], const uint8_t opc[static 16],
    const uint8_t rand[static 16], const uint8_t sqn[static 6],
    const uint8_t amf[static 2], struct milenage *m)
{
	struct work w;
	enum status status;

	if ((status = make_temp(k, opc, rand, w.temp)) == OK) {
		prepare_f1(&w, opc, sqn, amf);
		prepare_f2345(&w, opc);
		status = finish(opc, w.in[0], 5, m);
	}
	wipe(&w, sizeof(w));
	return status;
}

enum status
milenage_f1(const uint8_t k[static 16], const uint8_t opc[static 16],
    const uint8_t rand[static 16], const uint8_t sqn[static 6],
    const uint8_t amf[static 2], struct milenage_f1 *f1)
{
	struct work w;
	enum status status;

	if ((status = make_temp(k, opc, rand, w.temp)) == OK) {
		prepare_f1(&w, opc, sqn, amf);
		status = finish(opc, w.in[0], 1, f1);
	}
	wipe(&w, sizeof(w));
	return status;
}

enum status
milenage_f2345(const uint8_t k[static 16], const uint8_t opc[static 16],
    const uint8_t rand[static 16], struct milenage_f2345 *f)
{
	struct work w;
	enum status status;

	if ((status = make_temp(k, opc, rand, w.temp)) == OK) {
		prepare_f2345(&w, opc);
		status = finish(opc, w.in[1], 4, f);
	}
	wipe(&w, sizeof(w));
	return status;
}
