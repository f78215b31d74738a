/* tuak.c: the TUAK algorithm set, TS 35.231 clauses 6 and 7. */
#include <assert.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/keccak.h"
#include "crypto/tuak.h"

/* INSTANCE: the function and the lengths. */
enum {
	TOPC = 0x00, F1 = 0x00, F1_STAR = 0x80, F2345 = 0x40, F5_STAR = 0xc0,
	CK_256 = 0x04, IK_256 = 0x02, K_256 = 0x01
};

/*
 * IN and OUT of Keccak.  TS 35.231 numbers bits in the opposite order of
 * FIPS 202, so the octets of every field are reversed on the way in and out.
 */
struct in {
	uint8_t topc[32], instance, algoname[7];
	uint8_t rand[16], amf[2], sqn[6], k[32];
};
struct out {
	uint8_t mac[32], ck[32], ik[32], ak[6];	/* mac is also RES and TOPc */
};
static_assert(sizeof(struct in) == 96, "TUAK input");

static void
reversed(uint8_t *out, const void *in, size_t n)
{
	const uint8_t *last = in;

	for (last += n; n > 0; n--)
		*out++ = *--last;
}

/* The octets after IN are the padding of SHAKE256 at its rate of 136. */
static enum status
permute(unsigned iterations, const struct in *in, struct out *out)
{
	uint8_t state[200] = { 0 };

	if (iterations == 1)
		return shake256((const uint8_t *)in, sizeof(*in),
		    (uint8_t *)out, sizeof(*out));
	memcpy(state, in, sizeof(*in));
	state[sizeof(*in)] = 0x1f;
	state[135] = 0x80;
	while (iterations-- > 0)
		keccak_f1600(state);
	memcpy(out, state, sizeof(*out));
	wipe(state, sizeof(state));
	return OK;
}

/* Add to IN what all functions have in common, and permute it. */
static enum status
run(const struct tuak *t, size_t instance, const uint8_t *topc, struct in *in,
    struct out *out)
{
	enum status status;

	assert(t->iterations > 0 && (t->k_len == 16 || t->k_len == 32));
	in->instance = (uint8_t)(instance | (t->k_len == 32 ? K_256 : 0));
	reversed(in->topc, topc, sizeof(in->topc));
	reversed(in->algoname, "TUAK1.0", sizeof(in->algoname));
	reversed(in->k, t->k, t->k_len);
	status = permute(t->iterations, in, out);
	wipe(in, sizeof(*in));
	return status;
}

enum status
tuak_topc(const struct tuak *t, const uint8_t top[static 32],
    uint8_t topc[static 32])
{
	struct in in = { 0 };
	struct out out;
	enum status status;

	if ((status = run(t, TOPC, top, &in, &out)) == OK)
		reversed(topc, out.mac, 32);
	wipe(&out, sizeof(out));
	return status;
}

enum status
tuak_f1(const struct tuak *t, bool star, const uint8_t rand[static 16],
    const uint8_t sqn[static 6], const uint8_t amf[static 2], uint8_t *mac)
{
	size_t instance = (star ? F1_STAR : F1) | t->mac_len;
	struct in in = { 0 };
	struct out out;
	enum status status;

	assert(t->mac_len == 8 || t->mac_len == 16 || t->mac_len == 32);
	reversed(in.rand, rand, sizeof(in.rand));
	reversed(in.amf, amf, sizeof(in.amf));
	reversed(in.sqn, sqn, sizeof(in.sqn));
	if ((status = run(t, instance, t->topc, &in, &out)) == OK)
		reversed(mac, out.mac, t->mac_len);
	wipe(&out, sizeof(out));
	return status;
}

enum status
tuak_f2345(const struct tuak *t, const uint8_t rand[static 16], uint8_t *res,
    uint8_t *ck, uint8_t *ik, uint8_t ak[static 6])
{
	size_t instance = F2345 | (t->res_len == 4 ? 0 : t->res_len) |
	    (t->ck_len == 32 ? CK_256 : 0) | (t->ik_len == 32 ? IK_256 : 0);
	struct in in = { 0 };
	struct out out;
	enum status status;

	reversed(in.rand, rand, sizeof(in.rand));
	if ((status = run(t, instance, t->topc, &in, &out)) != OK)
		goto out;
	reversed(res, out.mac, t->res_len);
	reversed(ck, out.ck, t->ck_len);
	reversed(ik, out.ik, t->ik_len);
	reversed(ak, out.ak, 6);
out:
	wipe(&out, sizeof(out));
	return status;
}

enum status
tuak_f5star(const struct tuak *t, const uint8_t rand[static 16],
    uint8_t ak[static 6])
{
	struct in in = { 0 };
	struct out out;
	enum status status;

	reversed(in.rand, rand, sizeof(in.rand));
	if ((status = run(t, F5_STAR, t->topc, &in, &out)) == OK)
		reversed(ak, out.ak, 6);
	wipe(&out, sizeof(out));
	return status;
}
