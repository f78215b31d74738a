/*
 * af.c: the authentication functions, with either algorithm set.
 * TS 33.102 clause 6.3 fixes MAC at 64 bits, CK and IK at 128.
 */
#include <assert.h>
#include <string.h>

#include "crypto/af.h"
#include "crypto/milenage.h"
#include "crypto/tuak.h"

static enum status
m_f1(const struct af *af, bool star, const uint8_t rand[static 16],
    const uint8_t sqn[static 6], const uint8_t amf[static 2],
    uint8_t mac[static 8])
{
	struct milenage_f1 f;
	enum status status;

	status = milenage_f1(af->k, af->opc, rand, sqn, amf, &f);
	if (status == OK)
		memcpy(mac, star ? f.mac_s : f.mac_a, 8);
	wipe(&f, sizeof(f));
	return status;
}

static enum status
m_f2345(const struct af *af, const uint8_t rand[static 16],
    uint8_t res[static 8], uint8_t ck[static 16], uint8_t ik[static 16],
    uint8_t ak[static 6])
{
	struct milenage_f2345 f;
	enum status status;

	if ((status = milenage_f2345(af->k, af->opc, rand, &f)) != OK)
		goto out;
	memcpy(res, f.res, 8);
	memcpy(ck, f.ck, 16);
	memcpy(ik, f.ik, 16);
	memcpy(ak, f.ak, 6);
out:
	wipe(&f, sizeof(f));
	return status;
}

static enum status
m_f5star(const struct af *af, const uint8_t rand[static 16],
    uint8_t ak[static 6])
{
	struct milenage_f2345 f;
	enum status status;

	if ((status = milenage_f2345(af->k, af->opc, rand, &f)) == OK)
		memcpy(ak, f.ak_star, 6);
	wipe(&f, sizeof(f));
	return status;
}

static enum status
m_vector(const struct af *af, const uint8_t rand[static 16],
    const uint8_t sqn[static 6], const uint8_t amf[static 2],
    struct af_vector *v)
{
	struct milenage m;
	enum status status = milenage(af->k, af->opc, rand, sqn, amf, &m);

	if (status == OK) {
		memcpy(v->mac, m.f1.mac_a, 8);
		memcpy(v->res, m.f2345.res, 8);
		memcpy(v->ck, m.f2345.ck, 16);
		memcpy(v->ik, m.f2345.ik, 16);
		memcpy(v->ak, m.f2345.ak, 6);
	}
	wipe(&m, sizeof(m));
	return status;
}

static enum status
m_opc(const struct af *af, const uint8_t *op, uint8_t *opc)
{
	return milenage_opc(af->k, op, opc);
}

static struct tuak
tuak_of(const struct af *af)
{
	return (struct tuak){ .k = af->k, .topc = af->opc,
	    .k_len = af->k_len, .mac_len = 8, .res_len = 8, .ck_len = 16,
	    .ik_len = 16, .iterations = af->iterations };
}

static enum status
t_f1(const struct af *af, bool star, const uint8_t rand[static 16],
    const uint8_t sqn[static 6], const uint8_t amf[static 2],
    uint8_t mac[static 8])
{
	struct tuak t = tuak_of(af);

	return tuak_f1(&t, star, rand, sqn, amf, mac);
}

static enum status
t_f2345(const struct af *af, const uint8_t rand[static 16],
    uint8_t res[static 8], uint8_t ck[static 16], uint8_t ik[static 16],
    uint8_t ak[static 6])
{
	struct tuak t = tuak_of(af);

	return tuak_f2345(&t, rand, res, ck, ik, ak);
}

static enum status
t_f5star(const struct af *af, const uint8_t rand[static 16],
    uint8_t ak[static 6])
{
	struct tuak t = tuak_of(af);

	return tuak_f5star(&t, rand, ak);
}

static enum status
t_vector(const struct af *af, const uint8_t rand[static 16],
    const uint8_t sqn[static 6], const uint8_t amf[static 2],
    struct af_vector *v)
{
	enum status status = t_f2345(af, rand, v->res, v->ck, v->ik, v->ak);

	return status == OK ? t_f1(af, false, rand, sqn, amf, v->mac) : status;
}

static enum status
t_opc(const struct af *af, const uint8_t *op, uint8_t *opc)
{
	struct tuak t = tuak_of(af);

	return tuak_topc(&t, op, opc);
}

static const struct set {
	enum status (*f1)(const struct af *, bool, const uint8_t *,
	    const uint8_t *, const uint8_t *, uint8_t *);
	enum status (*f2345)(const struct af *, const uint8_t *, uint8_t *,
	    uint8_t *, uint8_t *, uint8_t *);
	enum status (*f5star)(const struct af *, const uint8_t *, uint8_t *);
	enum status (*vector)(const struct af *, const uint8_t *,
	    const uint8_t *, const uint8_t *, struct af_vector *);
	enum status (*opc)(const struct af *, const uint8_t *, uint8_t *);
} sets[] = {
	[AF_MILENAGE] = { m_f1, m_f2345, m_f5star, m_vector, m_opc },
	[AF_TUAK] = { t_f1, t_f2345, t_f5star, t_vector, t_opc }
};

static const struct set *
set_of(const struct af *af)
{
	assert(af->algorithm < COUNT(sets));
	return &sets[af->algorithm];
}

enum status
af_f1(const struct af *af, bool star, const uint8_t rand[static 16],
    const uint8_t sqn[static 6], const uint8_t amf[static 2],
    uint8_t mac[static 8])
{
	return set_of(af)->f1(af, star, rand, sqn, amf, mac);
}

enum status
af_f2345(const struct af *af, const uint8_t rand[static 16],
    uint8_t res[static 8], uint8_t ck[static 16], uint8_t ik[static 16],
    uint8_t ak[static 6])
{
	return set_of(af)->f2345(af, rand, res, ck, ik, ak);
}

enum status
af_f5star(const struct af *af, const uint8_t rand[static 16],
    uint8_t ak[static 6])
{
	return set_of(af)->f5star(af, rand, ak);
}

enum status
af_vector(const struct af *af, const uint8_t rand[static 16],
    const uint8_t sqn[static 6], const uint8_t amf[static 2],
    struct af_vector *v)
{
	return set_of(af)->vector(af, rand, sqn, amf, v);
}

enum status
af_opc(const struct af *af, const uint8_t *op, uint8_t *opc)
{
	return set_of(af)->opc(af, op, opc);
}
