/* aka.c: UMTS AKA, TS 33.102 clause 6.3 and Annex C, and AUTN* of GBA_U. */
#include <inttypes.h>
#include <string.h>

#include "crypto/aka.h"
#include "crypto/crypto.h"

#define SEQ_MAX SEQ(SQN_MAX)

/*
 * TS 33.220 clause 5.3.2: if GBA_U, OUT = MAC xor the first 64 bits of
 * SHA-1(IK), which turns AUTN into AUTN* and back.  Else OUT = MAC.
 */
static enum status
mac_star(const uint8_t ik[static 16], bool gba_u, const uint8_t *mac,
    uint8_t *out)
{
	uint8_t mask[20];
	enum status status;

	memcpy(out, mac, 8);
	if (!gba_u)
		return OK;
	if ((status = sha1(ik, 16, mask)) == OK)
		xor_octets(out, mac, mask, 8);
	wipe(mask, sizeof(mask));
	return status;
}

enum status
aka_autn_star(const uint8_t ik[static 16], uint8_t autn[static 16])
{
	uint8_t star[8];
	enum status status = mac_star(ik, true, autn + 8, star);

	memcpy(autn + 8, star, sizeof(star));
	return status;
}

/* AUTN = SQN xor AK || AMF || MAC-A */
enum status
aka_generate(const struct af *af, const uint8_t rand[static 16], uint64_t sqn,
    const uint8_t amf[static 2], bool gba_u, uint8_t autn[static 16],
    struct aka *a)
{
	struct {
		struct af_vector av;
		uint8_t sqn[6];
	} s;
	enum status status;

	be_write(s.sqn, 6, sqn);
	if ((status = af_vector(af, rand, s.sqn, amf, &s.av)) != OK)
		goto out;
	*a = (struct aka){ .sqn = sqn };
	memcpy(a->ck, s.av.ck, 16);
	memcpy(a->ik, s.av.ik, 16);
	memcpy(a->ak, s.av.ak, 6);
	memcpy(a->amf, amf, 2);
	memcpy(a->mac, s.av.mac, 8);
	memcpy(a->xmac, s.av.mac, 8);
	xor_octets(autn, s.sqn, a->ak, 6);
	memcpy(autn + 6, amf, 2);
	status = mac_star(a->ik, gba_u, a->mac, autn + 8);
out:
	wipe(&s, sizeof(s));
	return status;
}

enum status
aka_verify(const struct af *af, const uint8_t rand[static 16],
    const uint8_t autn[static 16], bool gba_u, struct aka *a)
{
	uint8_t res[8], sqn[6];
	enum status status;

	if ((status = af_f2345(af, rand, res, a->ck, a->ik, a->ak)) != OK)
		goto out;
	xor_octets(sqn, autn, a->ak, 6);
	a->sqn = be_read(sqn, 6);
	memcpy(a->amf, autn + 6, 2);
	if ((status = mac_star(a->ik, gba_u, autn + 8, a->mac)) != OK)
		goto out;
	if ((status = af_f1(af, false, rand, sqn, a->amf, a->xmac)) != OK)
		goto out;
	if (!same_octets(a->mac, a->xmac, 8))
		status = fail(REJECTED, "autn: MAC does not match this card");
out:
	wipe(res, sizeof(res));
	wipe(sqn, sizeof(sqn));
	return status;
}

/* The AMF in MAC-S is fixed, so that it need not be sent; clause 6.3.3. */
static const uint8_t amf_star[2] = { 0, 0 };

/* AUTS = SQN_MS xor AK* || MAC-S */
enum status
aka_auts(const struct af *af, const uint8_t rand[static 16], uint64_t sqn_ms,
    uint8_t auts[static 14])
{
	uint8_t ak[6], sqn[6];
	enum status status;

	be_write(sqn, 6, sqn_ms);
	if ((status = af_f5star(af, rand, ak)) != OK)
		goto out;
	xor_octets(auts, sqn, ak, 6);
	status = af_f1(af, true, rand, sqn, amf_star, auts + 6);
out:
	wipe(ak, sizeof(ak));
	wipe(sqn, sizeof(sqn));
	return status;
}

enum status
aka_auts_verify(const struct af *af, const uint8_t rand[static 16],
    const uint8_t auts[static 14], uint64_t *sqn_ms)
{
	uint8_t ak[6], sqn[6], xmac[8];
	enum status status;

	if ((status = af_f5star(af, rand, ak)) != OK)
		goto out;
	xor_octets(sqn, auts, ak, 6);
	if ((status = af_f1(af, true, rand, sqn, amf_star, xmac)) != OK)
		goto out;
	if (same_octets(auts + 6, xmac, 8))
		*sqn_ms = be_read(sqn, 6);
	else
		status = fail(REJECTED, "auts: MAC-S does not match");
out:
	wipe(ak, sizeof(ak));
	wipe(sqn, sizeof(sqn));
	wipe(xmac, sizeof(xmac));
	return status;
}

enum status
sqn_next(uint64_t sqn, int ind, uint64_t *next)
{
	unsigned next_ind = ind < 0 ? IND(sqn) + 1 : (unsigned)ind;

	if (SEQ(sqn) >= SEQ_MAX)
		return fail(REJECTED, "sqn: exhausted");
	*next = SQN(SEQ(sqn) + 1, next_ind % IND_COUNT);
	return OK;
}

/* A replayed old AUTS must not take SQN_HE back to an SQN that was used. */
uint64_t
sqn_resync(uint64_t sqn_he, uint64_t sqn_ms)
{
	uint64_t next = SEQ(sqn_he) + 1, seq_ms = SEQ(sqn_ms);

	if (next > seq_ms && next - seq_ms <= SQN_DELTA)
		return sqn_he;
	return sqn_ms;
}

enum status
sqn_check(const uint64_t seq[static IND_COUNT], uint64_t sqn, uint64_t delta,
    uint64_t limit)
{
	uint64_t new = SEQ(sqn), seq_ms = SEQ(sqn_ms(seq));
	unsigned ind = IND(sqn);

	/* C.2.2 c: a large jump would bring SEQ_MS nearer to its end. */
	if (new > seq_ms && new - seq_ms > delta)
		return fail(REJECTED, "sqn: SEQ %" PRIu64 " is more than %"
		    PRIu64 " ahead of SEQ_MS %" PRIu64, new, delta, seq_ms);
	/* C.2.2 d: an SQN that old was not merely overtaken on the way. */
	if (limit != 0 && new < seq_ms && seq_ms - new >= limit)
		return fail(REJECTED, "sqn: SEQ %" PRIu64 " is too old, "
		    "expected less than %" PRIu64 " behind SEQ_MS %" PRIu64,
		    new, limit, seq_ms);
	if (new <= seq[ind])
		return fail(REJECTED, "sqn: SEQ %" PRIu64 " IND %u is not "
		    "fresh, expected SEQ over %" PRIu64, new, ind, seq[ind]);
	return OK;
}

void
sqn_accept(uint64_t seq[static IND_COUNT], uint64_t sqn)
{
	seq[IND(sqn)] = SEQ(sqn);
}

uint64_t
sqn_ms(const uint64_t seq[static IND_COUNT])
{
	unsigned highest = 0;

	for (unsigned ind = 1; ind < IND_COUNT; ind++)
		if (seq[ind] > seq[highest])
			highest = ind;
	return SQN(seq[highest], highest);
}
