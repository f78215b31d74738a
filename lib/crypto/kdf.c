/* kdf.c: the key derivations of TS 33.220 Annex B. */
#include <assert.h>
#include <string.h>

#include "crypto/crypto.h"
#include "crypto/kdf.h"

#define FC_GBA 0x01	/* B.3: FC of all keys of GBA */
#define PARAMS_MAX 8
#define OCTETS_MAX 1024

enum status
kdf(const uint8_t key[static 32], uint8_t fc, const struct kdf_param *p,
    size_t count, uint8_t out[static 32])
{
	uint8_t s[1 + OCTETS_MAX + 2 * PARAMS_MAX], *end = s;

	assert(count <= PARAMS_MAX);
	*end++ = fc;
	for (size_t i = 0; i < count; i++, p++) {
		assert(p->len <= OCTETS_MAX &&
		    (size_t)(end - s) + p->len + 2 <= sizeof(s));
		memcpy(end, p->v, p->len);
		end += p->len;
		be_write(end, 2, p->len);
		end += 2;
	}
	return hmac_sha256(key, s, (size_t)(end - s), out);
}

/* B.3: P0 is the usage, P1 RAND, P2 IMPI, P3 NAF_ID. */
static enum status
kdf_naf(const uint8_t *ks, const char *usage, const uint8_t *rand,
    const char *impi, struct kdf_param naf_id, uint8_t *out)
{
	const struct kdf_param p[] = {
		{ usage, strlen(usage) },
		{ rand, 16 },
		{ impi, strlen(impi) },
		naf_id
	};

	return kdf(ks, FC_GBA, p, COUNT(p), out);
}

enum status
kdf_ks_naf(const uint8_t ks[static 32], const uint8_t rand[static 16],
    const char *impi, const uint8_t *naf_id, size_t naf_id_len,
    uint8_t out[static 32])
{
	return kdf_naf(ks, "gba-me", rand, impi,
	    (struct kdf_param){ naf_id, naf_id_len }, out);
}

enum status
kdf_ks_int_naf(const uint8_t ks[static 32], const uint8_t rand[static 16],
    const char *impi, const uint8_t *naf_id, size_t naf_id_len,
    uint8_t out[static 32])
{
	return kdf_naf(ks, "gba-u", rand, impi,
	    (struct kdf_param){ naf_id, naf_id_len }, out);
}

size_t
kdf_gpi_naf_id(const char *bsf, uint8_t ver, uint8_t out[static KDF_NAF_ID_MAX])
{
	/* H.1: no organisation has the octet FF, so no NAF has this. */
	const uint8_t ua_id[] = { 0xff, 'g', 'p', 'i', ver };
	size_t len = strlen(bsf);

	assert(len + sizeof(ua_id) <= KDF_NAF_ID_MAX);
	memcpy(out, bsf, len);
	memcpy(out + len, ua_id, sizeof(ua_id));
	return len + sizeof(ua_id);
}

enum status
kdf_k_gpi(const uint8_t ks[static 32], const uint8_t rand[static 16],
    const char *impi, const char *bsf, uint8_t ver, uint8_t out[static 32])
{
	uint8_t naf_id[KDF_NAF_ID_MAX];
	size_t len = kdf_gpi_naf_id(bsf, ver, naf_id);

	return kdf_ks_naf(ks, rand, impi, naf_id, len, out);
}
