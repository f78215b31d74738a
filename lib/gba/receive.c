/* receive.c: what the device does with a GPI. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "crypto/kdf.h"
#include "gba/auth_record.h"
#include "gba/gpi.h"
#include "gba/receive.h"
#include "gba/steps.h"

#define RULE_MAX (FQDN_MAX + 1 + 2 * UA_LEN)
#define UA_DEFAULT "/0100000007"

/* ---- the card's memory ---- */

static void
seq_read(const struct record *card, uint64_t seq[static IND_COUNT])
{
	for (int i = 0; i < IND_COUNT; i++)
		seq[i] = be_read(card->seq.v + 6 * i, 6);
}

static void
seq_write(struct record *card, const uint64_t seq[static IND_COUNT])
{
	for (int i = 0; i < IND_COUNT; i++)
		be_write(card->seq.v + 6 * i, 6, seq[i]);
}

/* Remember RAND as the newest of the last 32. */
static void
remember(struct reception *r)
{
	struct record *card = r->card;

	if (card->rands.len == 16 * RANDS_MAX) {
		card->rands.len -= 16;
		memmove(card->rands.v, card->rands.v + 16, card->rands.len);
	}
	memcpy(card->rands.v + card->rands.len, r->gpi.rand.v, 16);
	card->rands.len += 16;
	r->card_changed = true;
}

/* ---- the checks ---- */

static enum status
check_rand(struct reception *r)
{
	for (size_t i = 0; i < r->card->rands.len; i += 16)
		if (memcmp(r->card->rands.v + i, r->gpi.rand.v, 16) == 0)
			return fail(REJECTED, "rand: found one that this card "
			    "accepted or answered before, expected a new one");
	return OK;
}

static enum status
check_autn(struct reception *r)
{
	enum status status;

	if (r->functions != NULL)
		return r->functions->authenticate(r->uicc, r);
	auth_record_af(r->card, &r->af);
	status = aka_verify(&r->af, r->gpi.rand.v, r->gpi.autn.v,
	    r->gpi.um == GBA_U, &r->aka);
	memcpy(r->ks, r->aka.ck, 16);
	memcpy(r->ks + 16, r->aka.ik, 16);
	return status;
}

/* Whether Ks stays in the card. */
static bool
ks_inside(const struct reception *r)
{
	return r->functions != NULL && r->gpi.um == GBA_U;
}

static enum status
find_k_gpi(struct reception *r)
{
	uint8_t naf_id[KDF_NAF_ID_MAX];
	size_t len;

	if (!ks_inside(r))
		return kdf_k_gpi(r->ks, r->gpi.rand.v, r->card->ue_priv_id.v,
		    r->card->bsf.v, (uint8_t)r->gpi.ver, r->k_gpi);
	len = kdf_gpi_naf_id(r->card->bsf.v, (uint8_t)r->gpi.ver, naf_id);
	return r->functions->naf_key(r->uicc, r, naf_id, len, r->k_gpi);
}

static enum status
check_mac(struct reception *r)
{
	enum status status = find_k_gpi(r);

	if (status != OK)
		return status;
	status = gpi_open(&r->gpi, r->k_gpi);
	return status != REJECTED ? status : fail(REJECTED,
	    "the GPI was altered, or this card (BSF %s) is for another BSF",
	    r->card->bsf.v);
}

static enum status
check_mode(struct reception *r)
{
	if (!record_has(&r->gpi, HAS(TRIGGER_MODE)) ||
	    r->gpi.trigger_mode != MODE_NONE || r->policy->unprotected_trigger)
		return OK;
	return fail(REJECTED, "trigger_mode: found none, expected integrity "
	    "or full");
}

static char *
naf_text(const struct record *gpi, char out[static RULE_MAX + 1])
{
	record_naf_fqdn(gpi, out);
	out[gpi->naf_id.len - UA_LEN] = '/';
	hex_encode(out + gpi->naf_id.len - UA_LEN + 1, record_ua(gpi), UA_LEN);
	return out;
}

static bool
naf_matches(const char *rule, const char *naf)
{
	const char *ua = strchr(rule, '/') == NULL ? UA_DEFAULT : "";
	size_t n = strlen(rule);

	return strncasecmp(naf, rule, n) == 0 && strcasecmp(naf + n, ua) == 0;
}

static enum status
refuse_naf(const struct receive_policy *policy, const char *naf)
{
	char accepted[512] = "";
	size_t len = 0;

	for (size_t i = 0; i < policy->naf_count && len < sizeof(accepted); i++)
		len += (size_t)snprintf(accepted + len, sizeof(accepted) - len,
		    "%s%s", i == 0 ? "" : ", ", policy->naf[i]);
	return fail(REJECTED, "this GPI is for NAF %s; this device accepts %s",
	    naf, accepted);
}

static enum status
check_naf_id(struct reception *r)
{
	char naf[RULE_MAX + 1];
	enum status status;

	status = gba_naf_allowed(&r->gpi, r->card->bsf.v);
	if (status != OK || r->policy->any_naf)
		return status;
	naf_text(&r->gpi, naf);
	for (size_t i = 0; i < r->policy->naf_count; i++)
		if (naf_matches(r->policy->naf[i], naf))
			return OK;
	return refuse_naf(r->policy, naf);
}

static enum status
check_key_lt(struct reception *r)
{
	char date[CLOCK_DATE_MAX];

	if (r->gpi.key_lt > r->now)
		return OK;
	return fail(REJECTED, "the key expired at %s",
	    clock_date(r->gpi.key_lt, date));
}

/* Whether a stale SQN is to be answered, and not for the second time. */
static bool
may_answer(const struct reception *r)
{
	struct answered *a = r->policy->answered;

	if (!r->policy->sync_failures || a == NULL)
		return r->policy->sync_failures;
	if (a->count >= ANSWERED_MAX && a->last == r->now)
		return false;
	for (size_t i = 0; i < a->count && i < ANSWERED_MAX; i++)
		if (memcmp(a->rand[i], r->gpi.rand.v, 16) == 0)
			return false;
	memcpy(a->rand[a->count++ % ANSWERED_MAX], r->gpi.rand.v, 16);
	a->last = r->now;
	return true;
}

static enum status
check_sqn(struct reception *r)
{
	uint64_t seq[IND_COUNT];
	enum status status;

	if (r->functions != NULL) {	/* the UICC has checked it */
		remember(r);
		return OK;
	}
	seq_read(r->card, seq);
	status = sqn_check(seq, r->aka.sqn, SQN_DELTA, 0);
	if (status == OK) {
		sqn_accept(seq, r->aka.sqn);
		seq_write(r->card, seq);
	}
	if (status == OK || may_answer(r))
		remember(r);
	return status;
}

/* ---- the values of each check, for --explain ---- */

static void
line(struct text *t, const char *name, const void *v, size_t len, bool shown)
{
	char hex[HEX_LEN(GPI_MAX)];

	text_put(t, "  %-12s %s\n", name, shown ? hex_encode(hex, v, len) :
	    "(hidden)");
	wipe(hex, sizeof(hex));
}

static void
explain_rand(const struct reception *r, struct text *t, bool secrets)
{
	(void)secrets;
	line(t, "RAND", r->gpi.rand.v, 16, true);
	text_put(t, "  remembered %d of %d\n", r->card->rands.len / 16,
	    RANDS_MAX);
}

static void
explain_autn(const struct reception *r, struct text *t, bool secrets)
{
	uint8_t sqn[6];

	if (r->functions != NULL) {
		line(t, "RAND", r->gpi.rand.v, 16, true);
		line(t, r->gpi.um == GBA_U ? "AUTN*" : "AUTN", r->gpi.autn.v,
		    16, true);
		return;
	}
	be_write(sqn, 6, r->aka.sqn);
	text_put(t, "  %-12s %s\n", "IMPI", r->card->ue_priv_id.v);
	text_put(t, "  %-12s %s\n", "algorithm",
	    field_word(KEY_ALGORITHM, r->card->algorithm));
	line(t, "RAND", r->gpi.rand.v, 16, true);
	line(t, r->gpi.um == GBA_U ? "AUTN*" : "AUTN", r->gpi.autn.v, 16, true);
	line(t, "CK", r->aka.ck, 16, secrets);
	line(t, "IK", r->aka.ik, 16, secrets);
	line(t, "AK", r->aka.ak, 6, true);
	line(t, "SQN", sqn, 6, true);
	line(t, "AMF", r->aka.amf, 2, true);
	line(t, "MAC-A", r->aka.mac, 8, true);
	line(t, "XMAC-A", r->aka.xmac, 8, true);
}

static void
explain_mac(const struct reception *r, struct text *t, bool secrets)
{
	uint8_t octets[GPI_MAX], ad2[AD2_MAX], xmac[MAC_LEN];
	const struct record *g = &r->gpi;
	size_t ad2_len;

	gpi_encode(g, octets);
	if (gpi_expect(g, r->k_gpi, ad2, &ad2_len, xmac) != OK)
		return;
	text_put(t, "  %-12s %s\n", "IMPI", r->card->ue_priv_id.v);
	text_put(t, "  %-12s %s\n", "BSF", r->card->bsf.v);
	if (!ks_inside(r))
		line(t, "Ks", r->ks, 32, secrets);
	line(t, "K_GPI", r->k_gpi, 32, secrets);
	line(t, "AD1", octets, GPI_CLEAR_LEN(g->app_lbl.len), true);
	line(t, "AD2", ad2, ad2_len, true);
	line(t, "C1", g->enc_gpi.v, g->enc_gpi.len - MAC_LEN, true);
	if (record_has(g, HAS(C2)))
		line(t, "C2", g->c2.v, g->c2.len, true);
	line(t, "MAC", g->mac.v, 16, true);
	line(t, "XMAC", xmac, 16, true);
}

static void
explain_opened(const struct reception *r, struct text *t, bool secrets)
{
	static const enum key opened[] = { KEY_NAF_ID, KEY_KEY_LT, KEY_P_TID,
	    KEY_TRIGGER_IND, KEY_TRIGGER_TIME, KEY_TRIGGER_MODE };
	char date[CLOCK_DATE_MAX];

	for (size_t i = 0; i < COUNT(opened); i++) {
		if ((r->gpi.has & UINT64_C(1) << opened[i]) == 0)
			continue;
		text_put(t, "  %-12s ", fields[opened[i]].name);
		show_value(t, &r->gpi, opened[i], secrets);
		text_char(t, '\n');
	}
	text_put(t, "  %-12s %" PRIu64 " (%s)\n", "now", r->now,
	    clock_date(r->now, date));
}

static void
explain_sqn(const struct reception *r, struct text *t, bool secrets)
{
	uint64_t seq[IND_COUNT], ms;

	(void)secrets;
	seq_read(r->card, seq);
	ms = sqn_ms(seq);
	text_put(t, "  %-12s %" PRIu64 " (SEQ %" PRIu64 ", IND %u)\n", "SQN",
	    r->aka.sqn, SEQ(r->aka.sqn), IND(r->aka.sqn));
	text_put(t, "  %-12s %" PRIu64 "\n", "SEQ_MS(IND)",
	    seq[IND(r->aka.sqn)]);
	text_put(t, "  %-12s %" PRIu64 " (SEQ %" PRIu64 ", IND %u)\n",
	    "SQN_MS", ms, SEQ(ms), IND(ms));
	text_put(t, "  %-12s %" PRIu64 "\n", "delta", SQN_DELTA);
}

/* ---- the order of the checks ---- */

enum step { STEP_RAND, STEP_AUTN, STEP_MAC, STEP_MODE, STEP_NAF_ID,
    STEP_KEY_LT, STEP_SQN };

static const struct {
	const char *name;
	enum status (*check)(struct reception *);
	void (*explain)(const struct reception *, struct text *, bool secrets);
	enum step needs;	/* what has to be genuine for it; or itself */
} steps[] = {
	[STEP_RAND] = { "rand", check_rand, explain_rand, STEP_RAND },
	[STEP_AUTN] = { "autn", check_autn, explain_autn, STEP_AUTN },
	[STEP_MAC] = { "mac", check_mac, explain_mac, STEP_MAC },
	[STEP_MODE] = { "trigger_mode", check_mode, explain_opened,
	    STEP_MODE },
	[STEP_NAF_ID] = { "naf_id", check_naf_id, explain_opened, STEP_MAC },
	[STEP_KEY_LT] = { "key_lt", check_key_lt, explain_opened, STEP_MAC },
	/* last: then it is spent */
	[STEP_SQN] = { "sqn", check_sqn, explain_sqn, STEP_AUTN },
};
_Static_assert(COUNT(steps) == RECEIVE_CHECKS, "receive.h has their number");

/* Ks_int_NAF stays in a UICC. */
static enum status
find_naf_keys(struct reception *r, struct record *out)
{
	uint8_t key[32];
	enum status status;

	if (!ks_inside(r))
		return gba_naf_keys(out, r->ks, r->card->ue_priv_id.v);
	r->functions->bootstrapped(r->uicc, r);
	status = r->functions->naf_key(r->uicc, r, out->naf_id.v,
	    out->naf_id.len, key);
	if (status == OK)
		record_put(out, KEY_KS_NAF, key, sizeof(key));
	wipe(key, sizeof(key));
	return status;
}

static enum status
accept(struct reception *r, const uint8_t *in, size_t len, struct record *out)
{
	const struct record *g = &r->gpi;

	record_init(out, RECORD_ACCEPTED);
	record_copy(out, g, HAS(RAND) | HAS(AUTN) | HAS(APP_LBL) | HAS(UM) |
	    HAS(NAF_ID) | HAS(KEY_LT) | HAS(TRIGGER_IND) | HAS(TRIGGER_TIME) |
	    HAS(TRIGGER_MODE));
	record_copy(out, r->card, HAS(UE_PRIV_ID));
	record_put(out, KEY_GPI, in, len);
	record_put(out, KEY_UL_SA_ID, g->p_tid.v, g->p_tid.len);
	record_put_dl_sa_id(out, g->rand.v);
	record_put_uint(out, KEY_TIME, r->now);
	return find_naf_keys(r, out);
}

/* TS 33.102 clause 6.3.3: answer a stale SQN.  Returns STALE or FAILED. */
static enum status
answer_stale(struct reception *r, enum status stale, struct record *out)
{
	uint64_t seq[IND_COUNT];
	struct outcome outcome = outcome_of(stale);
	enum status status = OK;

	if (r->functions == NULL) {
		seq_read(r->card, seq);
		status = aka_auts(&r->af, r->gpi.rand.v, sqn_ms(seq), r->auts);
	}
	if (status != OK)
		return status;
	record_init(out, RECORD_SYNC_FAILURE);
	record_put(out, KEY_RAND, r->gpi.rand.v, 16);
	record_put(out, KEY_AUTS, r->auts, sizeof(r->auts));
	record_put_uint(out, KEY_TIME, r->now);
	return fail_as(&outcome);
}

static enum status
take(struct reception *r, const uint8_t *in, size_t len, struct record *out,
    struct text *explain, bool secrets)
{
	enum status status;
	size_t i;

	status = gpi_decode(&r->gpi, in, len);
	for (i = 0; status == OK && i < COUNT(steps); i++)
		status = steps[i].check(r);
	if (status == OK)
		return accept(r, in, len, out);
	if (r->stale && may_answer(r))
		remember(r);
	if (explain != NULL && i > 0 && status != FAILED)
		steps[i - 1].explain(r, explain, secrets);
	if (r->card_changed && status == REJECTED)
		return answer_stale(r, status, out);
	return status;
}

enum status
receive(struct reception *r, const uint8_t *in, size_t len,
    struct record *out, struct text *explain, bool secrets)
{
	struct outcome outcome;
	enum status status;

	r->card_changed = r->stale = false;
	record_init(out, RECORD_GPI);
	status = take(r, in, len, out, explain, secrets);
	if (r->functions == NULL)
		return status;
	outcome = outcome_of(status);	/* its text, whatever end() says */
	r->functions->end(r->uicc);
	return fail_as(&outcome);
}

enum status
receive_examine(struct reception *r, struct verdict v[static RECEIVE_CHECKS])
{
	enum status status, worst = OK;

	for (size_t i = 0; i < COUNT(steps); i++) {
		v[i] = (struct verdict){ .check = steps[i].name };
		v[i].made = steps[i].needs == i ||
		    v[steps[i].needs].outcome.status == OK;
		if (!v[i].made)
			continue;
		if ((status = steps[i].check(r)) == FAILED)
			return FAILED;
		v[i].outcome = outcome_of(status);
		worst = status_worst(worst, status);
	}
	return worst;
}

void
receive_wipe(struct reception *r)
{
	wipe(&r->af, sizeof(r->af));
	wipe(&r->aka, sizeof(r->aka));
	wipe(r->ks, sizeof(r->ks));
	wipe(r->k_gpi, sizeof(r->k_gpi));
}

enum status
receive_naf_valid(const char *rule)
{
	const char *slash = strchr(rule, '/');
	size_t n = slash == NULL ? strlen(rule) : (size_t)(slash - rule);
	uint8_t ua[UA_LEN];

	if (fqdn_valid(rule, n) && !fqdn_dots(rule, n) && (slash == NULL ||
	    hex_decode(ua, UA_LEN, slash + 1, strlen(slash + 1)) == UA_LEN))
		return OK;
	return fail(USAGE, "'%s' is not FQDN or FQDN/UA", rule);
}
