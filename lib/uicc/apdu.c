/* apdu.c: the commands to a UICC and its answers. */
#include <stdio.h>

#include "uicc/apdu.h"

#define INS_VERIFY 0x20
#define INS_AUTHENTICATE 0x88
#define INS_SELECT 0xa4

#define CONTEXT_3G 0x81		/* TS 31.102 clause 7.1.2: P2 */
#define CONTEXT_GBA 0x84
#define TAG_BOOTSTRAP 0xdd
#define TAG_NAF 0xde
#define TAG_SUCCESS 0xdb
#define TAG_SYNC_FAILURE 0xdc

#define PIN_1 0x01		/* TS 102 221 clause 9.5.1 */
#define PIN_LEN 8

/* ---- commands ---- */

void
apdu_read(struct apdu *a, uint8_t ins, uint8_t p1, uint8_t p2, uint8_t le)
{
	*a = (struct apdu){ .len = 5, .v = { 0, ins, p1, p2, le } };
}

void
apdu_write(struct apdu *a, uint8_t ins, uint8_t p1, uint8_t p2,
    const uint8_t *data, size_t len)
{
	*a = (struct apdu){ 5 + len, { 0, ins, p1, p2, (uint8_t)len },
	    .answers = ins == INS_SELECT || ins == INS_AUTHENTICATE };
	memcpy(a->v + 5, data, len);
}

/* P2 04: FCP in the answer.  It is the first application with this AID. */
void
apdu_select_aid(struct apdu *a, const uint8_t *aid, size_t len)
{
	apdu_write(a, INS_SELECT, 0x04, 0x04, aid, len);
}

void
apdu_select_file(struct apdu *a, unsigned file)
{
	uint8_t id[2];

	be_write(id, 2, file);
	apdu_write(a, INS_SELECT, 0x00, 0x04, id, sizeof(id));
}

void
apdu_verify(struct apdu *a, const char *pin)
{
	uint8_t v[PIN_LEN];

	memset(v, 0xff, sizeof(v));
	if (pin != NULL)
		memcpy(v, pin, strnlen(pin, PIN_LEN));
	apdu_write(a, INS_VERIFY, 0, PIN_1, v, pin != NULL ? PIN_LEN : 0);
	wipe(v, sizeof(v));
}

/* TAG 0: none. */
static void
authenticate(struct apdu *a, uint8_t context, uint8_t tag, const uint8_t *rand,
    const uint8_t *autn)
{
	uint8_t v[35], *end = v;

	if (tag != 0)
		*end++ = tag;
	*end++ = 16;
	memcpy(end, rand, 16);
	end[16] = 16;
	memcpy(end + 17, autn, 16);
	apdu_write(a, INS_AUTHENTICATE, 0, context, v,
	    (size_t)(end + 33 - v));
}

void
apdu_authenticate_3g(struct apdu *a, const uint8_t rand[static 16],
    const uint8_t autn[static 16])
{
	authenticate(a, CONTEXT_3G, 0, rand, autn);
}

void
apdu_bootstrap(struct apdu *a, const uint8_t rand[static 16],
    const uint8_t autn[static 16])
{
	authenticate(a, CONTEXT_GBA, TAG_BOOTSTRAP, rand, autn);
}

enum status
apdu_naf_key(struct apdu *a, const uint8_t *naf_id, size_t naf_id_len,
    const char *impi)
{
	size_t impi_len = strlen(impi), len = 3 + naf_id_len + impi_len;
	uint8_t v[APDU_DATA_MAX];

	if (len > sizeof(v))
		return fail(REJECTED, "naf_id and IMPI have %zu octets, a "
		    "command to the card has room for %zu",
		    naf_id_len + impi_len, sizeof(v) - 3);
	v[0] = TAG_NAF;
	v[1] = (uint8_t)naf_id_len;
	memcpy(v + 2, naf_id, naf_id_len);
	v[2 + naf_id_len] = (uint8_t)impi_len;
	memcpy(v + 3 + naf_id_len, impi, impi_len);
	apdu_write(a, INS_AUTHENTICATE, 0, CONTEXT_GBA, v, len);
	return OK;
}

/* ---- answers ---- */

/* 91XX: good, and the card has a command for the terminal. */
bool
sw_good(unsigned sw)
{
	return sw == 0x9000 || sw >> 8 == 0x91;
}

const char *
sw_text(unsigned sw)
{
	static const struct {
		unsigned sw;
		const char *text;
	} texts[] = {
		{ 0x6700, "wrong length" },
		{ 0x6881, "it has no logical channels" },
		{ 0x6982, "its PIN is wanted: give --pin-file" },
		{ 0x6983, "its PIN is blocked" },
		{ 0x6984, "its PIN is not in use" },
		{ 0x6985, "the conditions of use are not met" },
		{ 0x6a81, "it does not have this function" },
		{ 0x6a82, "not found" },
		{ 0x6a86, "it does not have this function" },
		{ 0x6d00, "it does not have this command" },
		{ 0x6e00, "it does not have this class of commands" },
		{ 0x9862, "MAC is wrong" },
		{ 0x9864, "it does not have this security context" },
	};

	for (size_t i = 0; i < COUNT(texts); i++)
		if (texts[i].sw == sw)
			return texts[i].text;
	return "unexpected";
}

static enum status
refused(const struct answer_apdu *a)
{
	if (a->sw == 0x9862)
		return fail(REJECTED, "autn: MAC does not match this card");
	return fail(REJECTED, "the card answered AUTHENTICATE with SW %04X: %s",
	    a->sw, sw_text(a->sw));
}

/*
 * The part at *AT of the answer, which has its length before it; NULL where
 * it is not of LEN octets, LEN 0: of any length.
 */
static const uint8_t *
part(const struct answer_apdu *a, size_t *at, size_t len)
{
	size_t n = *at < a->len ? a->v[*at] : 0, begin = *at + 1;

	if (begin > a->len || n > a->len - begin || (len != 0 && n != len))
		return NULL;
	*at = begin + n;
	return a->v + begin;
}

static enum status
malformed(void)
{
	return fail(REJECTED, "the card answered AUTHENTICATE with something "
	    "else than TS 31.102 says");
}

/*
 * The beginning of an answer.  OK and *AT is behind the tag of success; or
 * REJECTED, with AUTS where that is what the card says.
 */
static enum status
begin(const struct answer_apdu *a, struct authentication *out, size_t *at)
{
	*out = (struct authentication){ 0 };
	*at = 1;
	if (!sw_good(a->sw))
		return refused(a);
	if (a->len > 0 && a->v[0] == TAG_SUCCESS)
		return OK;
	if (a->len == 0 || a->v[0] != TAG_SYNC_FAILURE ||
	    (out->auts = part(a, at, 14)) == NULL)
		return malformed();
	return fail(REJECTED, "sqn: not fresh, says the card");
}

enum status
answer_3g(const struct answer_apdu *a, struct authentication *out)
{
	enum status status;
	size_t at;

	if ((status = begin(a, out, &at)) != OK)
		return status;
	if (part(a, &at, 0) == NULL ||
	    (out->ck = part(a, &at, 16)) == NULL ||
	    (out->ik = part(a, &at, 16)) == NULL)
		return malformed();
	return OK;	/* Kc may follow */
}

enum status
answer_bootstrap(const struct answer_apdu *a, struct authentication *out)
{
	enum status status;
	size_t at;

	if ((status = begin(a, out, &at)) != OK)
		return status;
	return part(a, &at, 0) != NULL ? OK : malformed();
}

enum status
answer_naf_key(const struct answer_apdu *a, struct authentication *out)
{
	enum status status;
	size_t at;

	status = begin(a, out, &at);
	if (out->auts != NULL)
		return malformed();
	if (status == OK && (out->ks_ext_naf = part(a, &at, 32)) == NULL)
		return malformed();
	return status;
}

/* TS 102 221 clause 11.1.1.3: 62 LL, and in it 80 02 and the size. */
enum status
fcp_size(const struct answer_apdu *a, size_t *size)
{
	size_t at = 2;

	while (a->len >= 2 && a->v[0] == 0x62 && at + 2 <= a->len) {
		size_t n = a->v[at + 1];

		if (n > a->len - at - 2)
			break;
		if (a->v[at] == 0x80 && n >= 2 && n <= 4) {
			*size = (size_t)be_read(a->v + at + 2, n);
			return OK;
		}
		at += 2 + n;
	}
	return fail(FAILED, "the card does not say how long the file is");
}

/* ---- files ---- */

/* TS 31.103 clause 4.2.2: 80 LL and the identity. */
enum status
impi_of_isim(const uint8_t *v, size_t len, char out[static IMPI_MAX + 1])
{
	size_t n = len >= 2 ? v[1] : 0;

	if (n == 0 || v[0] != 0x80 || n > len - 2)
		return fail(FAILED, "EF_IMPI has no identity");
	for (size_t i = 0; i < n; i++)
		if (v[2 + i] <= ' ' || v[2 + i] > '~')
			return fail(FAILED, "EF_IMPI: found other characters, "
			    "expected visible ASCII");
	memcpy(out, v + 2, n);
	out[n] = '\0';
	return OK;
}

/* TS 31.102 clause 4.2.2; a digit of F ends it.  Returns 0 if it is none. */
static size_t
imsi_digits(const uint8_t *v, size_t len, char out[static 16])
{
	size_t n = len >= 1 ? v[0] : 0, digits = 0;

	if (n == 0 || n > 8 || n >= len || (v[1] & 7) != 1)
		return 0;
	for (size_t i = 1; i < 2 * n; i++) {
		unsigned digit = i % 2 != 0 ? v[1 + i / 2] >> 4 :
		    v[1 + i / 2] & 15;

		if (digit == 15 && i == 2 * n - 1)
			break;
		if (digit > 9)
			return 0;
		out[digits++] = (char)('0' + digit);
	}
	out[digits] = '\0';
	return digits;
}

/* EF_AD has the length of the MNC in its fourth octet. */
enum status
impi_of_usim(const uint8_t *ef_imsi, size_t imsi_len, const uint8_t *ef_ad,
    size_t ad_len, char out[static IMPI_MAX + 1])
{
	char imsi[16];
	size_t n = imsi_digits(ef_imsi, imsi_len, imsi);
	int mnc = ad_len >= 4 ? ef_ad[3] & 15 : 0;

	if (n < 6)
		return fail(FAILED, "EF_IMSI has no IMSI");
	if (mnc != 2 && mnc != 3)
		return fail(FAILED, "EF_AD does not say whether the MNC has 2 "
		    "or 3 digits; give --impi");
	snprintf(out, IMPI_MAX + 1, "%s@ims.mnc%s%.*s.mcc%.3s.3gppnetwork.org",
	    imsi, mnc == 2 ? "0" : "", mnc, imsi + 3, imsi);
	return OK;
}

/* TS 31.102 clause 4.2.79: each with its length before it. */
size_t
gbabp_encode(const uint8_t rand[static 16], const char *b_tid,
    const char *date, uint8_t *out, size_t max)
{
	const struct {
		const void *v;
		size_t len;
	} parts[] = { { rand, 16 }, { b_tid, strlen(b_tid) },
	    { date, strlen(date) } };
	size_t len = 0;

	for (size_t i = 0; i < COUNT(parts); i++) {
		if (len + 1 + parts[i].len <= max) {
			out[len] = (uint8_t)parts[i].len;
			memcpy(out + len + 1, parts[i].v, parts[i].len);
		}
		len += 1 + parts[i].len;
	}
	return len;
}
