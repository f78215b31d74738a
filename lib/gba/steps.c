/* steps.c: what the home network and the NAF do with a request. */
#include <string.h>

#include "crypto/aka.h"
#include "crypto/kdf.h"
#include "gba/auth_record.h"
#include "gba/gpi.h"
#include "gba/steps.h"

#define TRIGGER_FIELDS (HAS(TRIGGER_IND) | HAS(TRIGGER_TIME) | \
    HAS(TRIGGER_MODE))
#define BOOT_FIELDS (HAS(BOOT_ID) | HAS(UPTIME))
#define UE_FIELDS (HAS(UE_ID) | HAS(UE_PRIV_ID) | HAS(UE_TRP))

enum status
gba_ua_is_tls13(const struct record *r)
{
	static const uint8_t ua_tls13[UA_LEN] = { 0x01, 0, 0, 0, 0x07 };
	char hex[HEX_LEN(UA_LEN)];

	return memcmp(record_ua(r), ua_tls13, UA_LEN) == 0 ? OK :
	    fail(REJECTED, "naf_id: found Ua identifier %s, expected "
	    "0100000007", hex_encode(hex, record_ua(r), UA_LEN));
}

enum status
gba_naf_allowed(const struct record *r, const char *bsf)
{
	static const uint8_t ua_tmpi[UA_LEN] = { 0x01, 0, 0, 0x01, 0 };
	const uint8_t *ua = record_ua(r);
	char fqdn[FQDN_MAX + 1], hex[HEX_LEN(UA_LEN)];

	/* FF: K_GPI of this project; 0100000100: TMPI, TS 33.220 B.4 */
	if (ua[0] == 0xff || memcmp(ua, ua_tmpi, UA_LEN) == 0)
		return fail(REJECTED, "naf_id: found Ua identifier %s, "
		    "expected one that is not reserved",
		    hex_encode(hex, ua, UA_LEN));
	if (strcmp(record_naf_fqdn(r, fqdn), bsf) == 0)
		return fail(REJECTED, "naf_id: found the BSF's own name %s, "
		    "expected a NAF's", bsf);
	return OK;
}

enum status
gba_naf_keys(struct record *r, const uint8_t ks[static 32], const char *impi)
{
	uint8_t key[32];
	enum status status;

	status = kdf_ks_naf(ks, r->rand.v, impi, r->naf_id.v, r->naf_id.len,
	    key);
	record_put(r, KEY_KS_NAF, key, sizeof(key));
	if (status == OK && r->um == GBA_U) {
		status = kdf_ks_int_naf(ks, r->rand.v, impi, r->naf_id.v,
		    r->naf_id.len, key);
		record_put(r, KEY_KS_INT_NAF, key, sizeof(key));
	}
	wipe(key, sizeof(key));
	return status;
}

/* All keys of DRAFT, from KS = CK || IK. */
static enum status
derive(struct record *draft, const uint8_t ks[static 32], const char *impi,
    const char *bsf)
{
	uint8_t key[32];
	enum status status;

	if ((status = gba_naf_keys(draft, ks, impi)) != OK)
		return status;
	status = kdf_k_gpi(ks, draft->rand.v, impi, bsf, GPI_VER, key);
	record_put(draft, KEY_K_GPI, key, sizeof(key));
	wipe(key, sizeof(key));
	return status;
}

enum status
gba_vector(const struct record *subscriber, const uint8_t rand[static 16],
    uint64_t sqn, struct vector *v)
{
	struct {
		struct af af;
		struct aka aka;
	} secret;
	enum status status;

	v->impi.len = subscriber->ue_priv_id.len;
	memcpy(v->impi.v, subscriber->ue_priv_id.v, v->impi.len + 1u);
	memcpy(v->rand, rand, 16);
	auth_record_af(subscriber, &secret.af);
	status = aka_generate(&secret.af, rand, sqn, subscriber->amf.v, false,
	    v->autn, &secret.aka);
	if (status == OK) {
		memcpy(v->ck, secret.aka.ck, 16);
		memcpy(v->ik, secret.aka.ik, 16);
	}
	wipe(&secret, sizeof(secret));
	return status;
}

enum status
gba_generate(const struct record *request, const struct vector *vector,
    const char *bsf, uint64_t key_lt, struct record *draft)
{
	uint8_t autn[16], ks[32];
	enum status status = OK;

	record_init(draft, RECORD_DRAFT);
	record_copy(draft, request, UE_FIELDS | TRIGGER_FIELDS |
	    HAS(APP_LBL) | HAS(UM) | HAS(NAF_ID) | HAS(P_TID));
	record_put_uint(draft, KEY_VER, GPI_VER);
	record_put_uint(draft, KEY_KEY_LT, key_lt);
	record_put(draft, KEY_RAND, vector->rand, 16);

	memcpy(autn, vector->autn, 16);
	if (request->um == GBA_U)
		status = aka_autn_star(vector->ik, autn);
	record_put(draft, KEY_AUTN, autn, sizeof(autn));
	memcpy(ks, vector->ck, 16);
	memcpy(ks + 16, vector->ik, 16);
	if (status == OK)
		status = derive(draft, ks, vector->impi.v, bsf);
	wipe(ks, sizeof(ks));
	return status;
}

enum status
gba_sign(const struct record *draft, enum trigger_mode at_least,
    struct record *response)
{
	uint8_t gpi[GPI_MAX];
	enum status status;
	size_t len;

	record_init(response, RECORD_RESPONSE);
	record_copy(response, draft, UE_FIELDS | HAS(NAF_ID) | HAS(KEY_LT) |
	    HAS(P_TID) | HAS(KS_NAF) | HAS(KS_INT_NAF));
	if ((status = gpi_seal(draft, at_least, gpi, &len)) == OK)
		record_put(response, KEY_GPI, gpi, len);
	return status;
}

enum status
gba_naf_sa(const struct record *response, struct record *sa)
{
	struct record gpi;
	enum status status;

	record_init(sa, RECORD_NAF_SA);
	if (!record_has(response, HAS(UE_TRP)))
		return fail(REJECTED, "ue_trp: found nothing, expected in a "
		    "response to be stored");
	status = gpi_decode(&gpi, response->gpi.v, response->gpi.len);
	if (status != OK)
		return fail_in(status, "gpi");
	record_copy(sa, &gpi, HAS(RAND) | HAS(AUTN) | HAS(APP_LBL) | HAS(UM) |
	    HAS(MAC) | HAS(ENC_GPI));
	record_copy(sa, response, UE_FIELDS | HAS(NAF_ID) | HAS(KEY_LT) |
	    HAS(KS_NAF) | HAS(KS_INT_NAF));
	record_put(sa, KEY_UL_SA_ID, response->p_tid.v, response->p_tid.len);
	record_put_dl_sa_id(sa, gpi.rand.v);
	return OK;
}

void
gba_ue_sa(const struct record *accepted, struct record *sa)
{
	record_init(sa, RECORD_ACCEPTED);
	record_copy(sa, accepted, ~(TRIGGER_FIELDS | BOOT_FIELDS));
}
