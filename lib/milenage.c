/* milenage.c: the MILENAGE algorithm set, TS 35.206 clause 4.1. */
#include <assert.h>
#include <string.h>

#include "crypto.h"
#include "milenage.h"

static_assert(sizeof(struct milenage_f1) == 16, "OUT1");
static_assert(sizeof(struct milenage_f2345) == 64, "OUT2 to OUT5");

static void
xor16(void *out, const void *a, const void *b)
{
	uint64_t x[2], y[2];

	memcpy(x, a, 16);
	memcpy(y, b, 16);
	x[0] ^= y[0];
	x[1] ^= y[1];
	memcpy(out, x, 16);
}

/* OPc = OP xor E[OP]K */
enum status
milenage_opc(const uint8_t k[static 16], const uint8_t op[static 16],
    uint8_t opc[static 16])
{
	uint8_t out[16];
	enum status status;

	if ((status = aes128_blocks(k, op, 1, out)) == OK)
		xor16(opc, op, out);
	wipe(out, sizeof(out));
	return status;
}

/* TEMP = E[RAND xor OPc]K */
static enum status
make_temp(const uint8_t *k, const uint8_t *opc, const uint8_t *rand,
    uint8_t *temp)
{
	xor16(temp, rand, opc);
	return aes128_blocks(k, temp, 1, temp);
}

/* OUT1 = E[TEMP xor rot(IN1 xor OPc, r1) xor c1]K xor OPc, r1 = 64, c1 = 0 */
enum status
milenage_f1(const uint8_t k[static 16], const uint8_t opc[static 16],
    const uint8_t rand[static 16], const uint8_t sqn[static 6],
    const uint8_t amf[static 2], struct milenage_f1 *f1)
{
	struct {
		uint8_t temp[16], in1[16], twice[32];
	} s;
	enum status status;

	memcpy(s.in1, sqn, 6);
	memcpy(s.in1 + 6, amf, 2);
	memcpy(s.in1 + 8, s.in1, 8);
	if ((status = make_temp(k, opc, rand, s.temp)) != OK)
		goto out;
	/* To rotate by r octets is to begin r octets into it written twice. */
	xor16(s.twice, s.in1, opc);
	memcpy(s.twice + 16, s.twice, 16);
	xor16(s.temp, s.temp, s.twice + 8);
	if ((status = aes128_blocks(k, s.temp, 1, (uint8_t *)f1)) != OK)
		goto out;
	xor16(f1, f1, opc);
out:
	wipe(&s, sizeof(s));
	return status;
}

/*
 * OUTn = E[rot(TEMP xor OPc, rn) xor cn]K xor OPc, n = 2..5, in one call:
 * rn = 0, 32, 64 and 96 bits, cn = 1, 2, 4 and 8.
 */
enum status
milenage_f2345(const uint8_t k[static 16], const uint8_t opc[static 16],
    const uint8_t rand[static 16], struct milenage_f2345 *f)
{
	struct {
		uint8_t twice[32], in[4][16];
	} s;
	uint8_t *out = (uint8_t *)f;
	enum status status;

	if ((status = make_temp(k, opc, rand, s.twice)) != OK)
		goto out;
	xor16(s.twice, s.twice, opc);
	memcpy(s.twice + 16, s.twice, 16);
	for (size_t n = 0; n < 4; n++) {
		memcpy(s.in[n], s.twice + 4 * n, 16);
		s.in[n][15] ^= (uint8_t)(1 << n);
	}
	if ((status = aes128_blocks(k, s.in[0], 4, out)) != OK)
		goto out;
	for (size_t n = 0; n < 4; n++)
		xor16(out + 16 * n, out + 16 * n, opc);
out:
	wipe(&s, sizeof(s));
	return status;
}
