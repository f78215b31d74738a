/* gpi.c: the GPI, in octets and protected. */
#include <cbor.h>
#include <string.h>

#include "crypto/siv.h"
#include "gba/gpi.h"

/* the longest C1: an array of naf_id, key_lt and p_tid, with their heads */
#define SECRET_MAX (1 + 3 + FQDN_MAX + UA_LEN + 5 + 2 + 64)
#define PLAIN_MAX (GPI_MAX / 2)

/* ---- encoding ---- */

/* Each writes to OUT, which has room for it, and returns how many octets. */
static size_t
put_uint(uint8_t *out, uint64_t n)
{
	return head_put(out, HEAD_MAX, MAJOR_UINT, n);
}

static size_t
put_array(uint8_t *out, size_t n)
{
	return head_put(out, HEAD_MAX, MAJOR_ARRAY, n);
}

static size_t
put_bytes_head(uint8_t *out, size_t len)
{
	return head_put(out, HEAD_MAX, MAJOR_BYTES, len);
}

static size_t
put_bytes(uint8_t *out, const uint8_t *v, size_t len)
{
	size_t n = put_bytes_head(out, len);

	memcpy(out + n, v, len);
	return n + len;
}

/* The clear header, which is the first component of the associated data. */
static size_t
put_clear(uint8_t *out, const struct record *r)
{
	size_t n = put_array(out, 8);

	n += put_uint(out + n, r->ver);
	n += put_bytes(out + n, r->rand.v, 16);
	n += put_bytes(out + n, r->autn.v, 16);
	n += put_bytes(out + n, r->app_lbl.v, r->app_lbl.len);
	return n + put_uint(out + n, r->um);
}

static size_t
put_trig(uint8_t *out, const struct record *r)
{
	bool timed = record_has(r, HAS(TRIGGER_TIME));
	size_t n = put_array(out, timed ? 2 : 1);

	n += put_uint(out + n, r->trigger_ind);
	if (timed)
		n += put_uint(out + n, r->trigger_time);
	return n;
}

/*
 * The trigger item of R in MODE; in mode full up to the head of C2, which has
 * N2 octets.  *AD_LEN is how much of the item is the second component of the
 * associated data: enough that nobody can change the mode or the boundary
 * between C1 and C2.  In mode none the trigger itself is not part of it.
 */
static size_t
put_trigger(uint8_t *out, const struct record *r, uint64_t mode, size_t n2,
    size_t *ad_len)
{
	size_t n;

	if (!record_has(r, HAS(TRIGGER_MODE)))
		return *ad_len = cbor_encode_null(out, HEAD_MAX);
	n = put_array(out, 2);
	n += put_uint(out + n, mode);
	if (mode == MODE_FULL)
		return *ad_len = n + put_bytes_head(out + n, n2);
	*ad_len = n;
	n += put_trig(out + n, r);
	if (mode == MODE_INTEGRITY)
		*ad_len = n;
	return n;
}

size_t
gpi_encode(const struct record *g, uint8_t out[static GPI_MAX])
{
	size_t n2 = record_has(g, HAS(C2)) ? g->c2.len : 0, unused;
	size_t n = put_clear(out, g);

	n += put_bytes(out + n, g->enc_gpi.v, g->enc_gpi.len - MAC_LEN);
	n += put_trigger(out + n, g, g->trigger_mode, n2, &unused);
	memcpy(out + n, g->c2.v, n2);
	n += n2;
	return n + put_bytes(out + n, g->mac.v, MAC_LEN);
}

static size_t
put_secret(uint8_t *out, const struct record *r)
{
	size_t n = put_array(out, 3);

	n += put_bytes(out + n, r->naf_id.v, r->naf_id.len);
	n += put_uint(out + n, r->key_lt);
	n += head_put(out + n, HEAD_MAX, MAJOR_TEXT, r->p_tid.len);
	memcpy(out + n, r->p_tid.v, r->p_tid.len);
	return n + r->p_tid.len;
}

/* ---- decoding ---- */

struct cursor {
	const uint8_t *v;
	size_t len;
	bool wide;	/* some head was longer than necessary */
};

static struct token
next(struct cursor *c)
{
	struct token t;
	size_t n = token_read(&t, c->v, c->len);

	c->v += n;
	c->len -= n;
	c->wide = c->wide || t.wide;
	return t;
}

/* Check that C was exactly one item, in deterministic encoding. */
static enum status
finish(const struct cursor *c, const char *name)
{
	return c->len == 0 && !c->wide ? OK : fail(MALFORMED, "%s: found "
	    "another encoding, expected the deterministic one", name);
}

static enum status
take_uint(struct cursor *c, struct record *r, enum key key)
{
	struct token t = next(c);
	enum status status;

	if (t.kind != TOKEN_UINT)
		return fail(MALFORMED, "%s: found %s, expected an integer",
		    fields[key].name, token_name(&t));
	if ((status = field_check_number(&fields[key], t.n)) == OK)
		record_put_uint(r, key, t.n);
	return status;
}

static enum status
take_string(struct cursor *c, struct record *r, enum key key)
{
	bool bytes = fields[key].kind == KIND_BYTES;
	struct token t = next(c);
	enum status status;

	if (t.kind != (bytes ? TOKEN_BYTES : TOKEN_TEXT))
		return fail(MALFORMED, "%s: found %s, expected %s",
		    fields[key].name, token_name(&t), bytes ? "bytes" : "text");
	if ((status = field_check_string(&fields[key], t.v, t.n)) == OK)
		record_put(r, key, t.v, t.n);
	return status;
}

static enum status
take_array(struct cursor *c, const char *name, uint64_t min, uint64_t max,
    uint64_t *n)
{
	struct token t = next(c);

	if (t.kind != TOKEN_ARRAY || t.n < min || t.n > max)
		return fail(MALFORMED, "%s: found %s, expected an array of %d",
		    name, t.kind == TOKEN_ARRAY ? "another length" :
		    token_name(&t), (int)max);
	*n = t.n;
	return OK;
}

static enum status
take_trig(struct cursor *c, struct record *r)
{
	enum status status;
	uint64_t n;

	if ((status = take_array(c, "trig", 1, 2, &n)) != OK ||
	    (status = take_uint(c, r, KEY_TRIGGER_IND)) != OK)
		return status;
	return n == 1 ? OK : take_uint(c, r, KEY_TRIGGER_TIME);
}

static enum status
take_trigger(struct cursor *c, struct record *r)
{
	struct cursor null = *c;
	enum status status;
	uint64_t n;

	if (next(&null).kind == TOKEN_NULL) {
		*c = null;
		return OK;
	}
	if ((status = take_array(c, "trigger", 2, 2, &n)) != OK ||
	    (status = take_uint(c, r, KEY_TRIGGER_MODE)) != OK)
		return status;
	return r->trigger_mode == MODE_FULL ? take_string(c, r, KEY_C2) :
	    take_trig(c, r);
}

/* enc_gpi is C1 and then the MAC, as in Table 2 of the method. */
static enum status
take_enc(struct cursor *c, struct record *r)
{
	struct token t = next(c);

	if (t.kind != TOKEN_BYTES)
		return fail(MALFORMED, "enc: found %s, expected bytes",
		    token_name(&t));
	if (t.n < 1 || t.n > SECRET_MAX)
		return fail(MALFORMED, "enc: found %llu octets, expected 1 to "
		    "%d", (unsigned long long)t.n, SECRET_MAX);
	record_put(r, KEY_ENC_GPI, t.v, t.n);
	return OK;
}

/* People give a record in place of a GPI. */
static enum status
check_array(const uint8_t *in, size_t len)
{
	if (len == 0 || CBOR_IS_ARRAY(in[0]))
		return OK;
	return fail(MALFORMED, CBOR_IS_MAP(in[0]) ? "a record, not a GPI" :
	    "not a GPI");
}

enum status
gpi_decode(struct record *g, const uint8_t *in, size_t len)
{
	struct cursor c = { in, len, false };
	enum status status;
	uint64_t n;

	record_init(g, RECORD_GPI);
	if (len > GPI_MAX)
		return fail(MALFORMED, "gpi: found %zu octets, expected at "
		    "most %d", len, GPI_MAX);
	if ((status = check_array(in, len)) != OK ||
	    (status = take_array(&c, "gpi", 8, 8, &n)) != OK ||
	    (status = take_uint(&c, g, KEY_VER)) != OK ||
	    (status = take_string(&c, g, KEY_RAND)) != OK ||
	    (status = take_string(&c, g, KEY_AUTN)) != OK ||
	    (status = take_string(&c, g, KEY_APP_LBL)) != OK ||
	    (status = take_uint(&c, g, KEY_UM)) != OK ||
	    (status = take_enc(&c, g)) != OK ||
	    (status = take_trigger(&c, g)) != OK ||
	    (status = take_string(&c, g, KEY_MAC)) != OK)
		return status;
	memcpy(g->enc_gpi.v + g->enc_gpi.len, g->mac.v, MAC_LEN);
	g->enc_gpi.len += MAC_LEN;
	return finish(&c, "gpi");
}

/* ---- protection ---- */

enum status
gpi_seal(const struct record *draft, enum trigger_mode at_least,
    uint8_t out[static GPI_MAX], size_t *len)
{
	bool triggered = record_has(draft, HAS(TRIGGER_MODE));
	enum trigger_mode mode = triggered && draft->trigger_mode > at_least ?
	    draft->trigger_mode : at_least;
	uint8_t plain[PLAIN_MAX], sealed[PLAIN_MAX];
	size_t n1 = put_secret(plain, draft), n2 = 0, n = put_clear(out, draft);
	struct siv_ad ad[2] = { { out, n } };
	uint8_t *c1, *c2;
	enum status status;

	if (triggered && mode == MODE_FULL)
		n2 = put_trig(plain + n1, draft);
	n += put_bytes_head(out + n, n1);
	c1 = out + n;
	ad[1].v = c1 + n1;
	n += n1 + put_trigger(c1 + n1, draft, mode, n2, &ad[1].len);
	c2 = out + n;
	n += n2 + put_bytes_head(c2 + n2, MAC_LEN);
	status = siv_seal(draft->k_gpi.v, ad, plain, n1 + n2, sealed, out + n);
	if (status == OK) {
		memcpy(c1, sealed, n1);
		memcpy(c2, sealed + n1, n2);
	}
	*len = n + MAC_LEN;
	wipe(plain, n1 + n2);
	return status;
}

/* Decode the opened octets: they must fill C1 and C2 exactly. */
static enum status
take_plain(struct record *g, const uint8_t *plain, size_t n1, size_t n2)
{
	struct cursor secret = { plain, n1, false };
	struct cursor trig = { plain + n1, n2, false };
	enum status status;
	uint64_t n;

	if ((status = take_array(&secret, "secret", 3, 3, &n)) != OK ||
	    (status = take_string(&secret, g, KEY_NAF_ID)) != OK ||
	    (status = take_uint(&secret, g, KEY_KEY_LT)) != OK ||
	    (status = take_string(&secret, g, KEY_P_TID)) != OK)
		return status;
	if (n2 > 0 && (status = take_trig(&trig, g)) != OK)
		return status;
	if ((status = finish(&secret, "secret")) != OK)
		return status;
	return finish(&trig, "trig");
}

/* The input of the MAC of a GPI. */
struct protected {
	uint8_t clear[GPI_CLEAR_LEN(16)], trigger[AD2_MAX];
	struct siv_ad ad[2];
	uint8_t sealed[PLAIN_MAX];	/* C1 and C2: one ciphertext */
	size_t n1, n2;
};

static void
gather(struct protected *p, const struct record *g)
{
	p->n1 = g->enc_gpi.len - MAC_LEN;
	p->n2 = record_has(g, HAS(C2)) ? g->c2.len : 0;
	memcpy(p->sealed, g->enc_gpi.v, p->n1);
	memcpy(p->sealed + p->n1, g->c2.v, p->n2);
	p->ad[0] = (struct siv_ad){ p->clear, put_clear(p->clear, g) };
	p->ad[1].v = p->trigger;
	put_trigger(p->trigger, g, g->trigger_mode, p->n2, &p->ad[1].len);
}

enum status
gpi_open(struct record *g, const uint8_t k_gpi[static 32])
{
	uint8_t plain[PLAIN_MAX];
	struct protected p;
	enum status status;

	gather(&p, g);
	status = siv_open(k_gpi, p.ad, p.sealed, p.n1 + p.n2, plain, g->mac.v);
	if (status == OK)
		status = take_plain(g, plain, p.n1, p.n2);
	wipe(plain, p.n1 + p.n2);
	return status;
}

enum status
gpi_expect(const struct record *g, const uint8_t k_gpi[static 32],
    uint8_t ad2[static AD2_MAX], size_t *ad2_len, uint8_t xmac[static 16])
{
	struct protected p;

	gather(&p, g);
	*ad2_len = p.ad[1].len;
	memcpy(ad2, p.trigger, p.ad[1].len);
	return siv_expect(k_gpi, p.ad, p.sealed, p.n1 + p.n2, g->mac.v, xmac);
}
