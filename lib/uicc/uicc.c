/*
 * uicc.c: a UICC as what a device authenticates with.  All that one GPI needs
 * is done between begin() and end() of the link, where nobody else selects an
 * application or takes the card's Ks away.
 */
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/message.h"
#include "crypto/kdf.h"
#include "gba/gpi.h"
#include "uicc/application.h"

struct uicc {
	const struct uicc_options *options;
	struct channel channel;
	struct application app;
};

/* ---- one GPI ---- */

/* What identifies the NAF is sealed, but not how long it is at least. */
#define SEALED_MAX (1 + 3 + 5 + 2 + 64)	/* beside NAF_Id */

/* Whether all names fit, before the card spends SQN for nothing. */
static enum status
check_room(const struct reception *r)
{
	const char *impi = r->card->ue_priv_id.v;
	uint8_t naf_id[KDF_NAF_ID_MAX] = { 0 };
	size_t len = kdf_gpi_naf_id(r->card->bsf.v, (uint8_t)r->gpi.ver,
	    naf_id), sealed = r->gpi.enc_gpi.len - MAC_LEN, least = SIZE_MAX;
	struct apdu unused;
	enum status status = apdu_naf_key(&unused, naf_id, len, impi);

	for (size_t i = 0; i < r->policy->naf_count; i++) {
		len = strcspn(r->policy->naf[i], "/") + UA_LEN;
		least = len < least ? len : least;
	}
	if (r->policy->any_naf)
		least = sealed > SEALED_MAX ? sealed - SEALED_MAX : 0;
	if (status == OK && least <= sizeof(naf_id))
		status = apdu_naf_key(&unused, naf_id, least, impi);
	return status;
}

static enum status
run_aka(struct uicc *u, struct reception *r)
{
	bool gba_u = r->gpi.um == GBA_U;
	struct authentication a = { 0 };
	struct answer_apdu out;
	struct apdu in;
	enum status status;

	if (gba_u)
		apdu_bootstrap(&in, r->gpi.rand.v, r->gpi.autn.v);
	else
		apdu_authenticate_3g(&in, r->gpi.rand.v, r->gpi.autn.v);
	if ((status = command(&u->channel, &in, &out, HIDE_ANSWER)) == OK)
		status = gba_u ? answer_bootstrap(&out, &a) :
		    answer_3g(&out, &a);
	if (status == OK && !gba_u) {
		memcpy(r->ks, a.ck, 16);
		memcpy(r->ks + 16, a.ik, 16);
	}
	r->stale = a.auts != NULL;
	if (r->stale)
		memcpy(r->auts, a.auts, sizeof(r->auts));
	wipe(&out, sizeof(out));
	return status;
}

static enum status
begin(struct uicc *u)
{
	return u->channel.link.functions->begin(u->channel.link.arg);
}

static enum status
begin_gpi(struct uicc *u, struct reception *r)
{
	bool named = u->options->aid == NULL && r->gpi.app_lbl.len > 0;
	struct aid aid = u->app.usual;
	const char *impi;
	enum status status;

	if (named) {
		aid.len = r->gpi.app_lbl.len;
		memcpy(aid.v, r->gpi.app_lbl.v, aid.len);
		if (!application_authenticates(&aid))
			return fail(REJECTED, "app_lbl: found something else, "
			    "expected the AID of a USIM or an ISIM");
	}
	if ((status = begin(u)) != OK)
		return status;
	/* a GPI that nobody has checked yet must not end the run */
	if ((status = application_enter(&u->app, &aid, named)) != OK)
		return named ? REJECTED : status;
	impi = u->options->impi != NULL ? u->options->impi : u->app.impi;
	record_put(r->card, KEY_UE_PRIV_ID, impi, strlen(impi));
	if (r->gpi.um == GBA_U && (status = check_room(r)) != OK)
		return status;
	return run_aka(u, r);
}

/* Say which card it is: pcsc: alone is pcsc. */
static enum status
name_card(const struct uicc *u, enum status status)
{
	const char *card = u->options->card;
	size_t len = strlen(card);

	return fail_in(status, "%.*s", (int)(len - (card[len - 1] == ':')),
	    card);
}

/* What fails is the card's or its link's. */
static enum status
of_card(const struct uicc *u, enum status status)
{
	return status != FAILED ? status : name_card(u, FAILED);
}

static enum status
authenticate(void *uicc, struct reception *r)
{
	return of_card(uicc, begin_gpi(uicc, r));
}

static enum status
naf_key(void *uicc, struct reception *r, const uint8_t *naf_id, size_t len,
    uint8_t out[static 32])
{
	struct uicc *u = uicc;
	struct answer_apdu answer;
	struct authentication a;
	struct apdu in;
	enum status status;

	status = apdu_naf_key(&in, naf_id, len, r->card->ue_priv_id.v);
	if (status != OK)
		return status;
	if ((status = command(&u->channel, &in, &answer, HIDE_ANSWER)) == OK &&
	    (status = answer_naf_key(&answer, &a)) == OK)
		memcpy(out, a.ks_ext_naf, 32);
	wipe(&answer, sizeof(answer));
	return of_card(uicc, status);
}

/*
 * TS 33.220 clause 5.3.2: the terminal keeps B-TID and lifetime in the card.  A
 * card that will not have them costs no GPI, which is genuine.
 */
static void
bootstrapped(void *uicc, struct reception *r)
{
	struct uicc *u = uicc;
	uint8_t v[APDU_DATA_MAX];
	char date[CLOCK_DATE_MAX];
	size_t len = gbabp_encode(r->gpi.rand.v, r->gpi.p_tid.v,
	    clock_date(r->gpi.key_lt, date), v, sizeof(v));

	if (command_update(&u->channel, u->app.isim ? EF_GBABP_ISIM :
	    EF_GBABP_USIM, "EF_GBABP", v, len) != OK)
		complain("warning: the card does not keep the P-TID: ");
	fail_said();
}

static void
end(void *uicc)
{
	struct uicc *u = uicc;

	u->channel.link.functions->end(u->channel.link.arg);
}

const struct uicc_functions uicc_functions = { authenticate, naf_key,
	bootstrapped, end };

/* ---- opening ---- */

#ifndef HAVE_PCSC
enum status
pcsc_open(struct link *link, const char *name)
{
	(void)link;
	(void)name;
	return fail(USAGE, "this program was built without libpcsclite");
}
#endif

static const struct {
	const char *scheme;
	enum status (*open)(struct link *, const char *name);
} links[] = {
	{ "pcsc:", pcsc_open },
	{ "at:", modem_open },
};

/* Which of the links a card's name means, or -1. */
static int
find_link(const char *card)
{
	for (size_t i = 0; i < COUNT(links); i++)
		if (strncmp(card, links[i].scheme, strlen(links[i].scheme)) ==
		    0)
			return (int)i;
	return -1;
}

const char *
uicc_list(void)
{
#ifdef HAVE_PCSC
	return "cards: file pcsc at";
#else
	return "cards: file (pcsc: built without libpcsclite) at";
#endif
}

bool
uicc_named(const char *card)
{
	return find_link(card) >= 0;
}

enum status
uicc_open(struct uicc **out, const struct uicc_options *options)
{
	int i = find_link(options->card);
	struct uicc *u = calloc(1, sizeof(*u));
	struct outcome outcome;
	enum status status;

	*out = u;
	if (u == NULL)
		return fail(FAILED, "%s: no memory", options->card);
	u->options = u->app.options = options;
	u->channel.explain = options->explain;
	u->channel.secrets = options->secrets;
	u->app.channel = &u->channel;
	if ((status = application_read_pin(&u->app)) != OK)
		return status;
	status = links[i].open(&u->channel.link, options->card +
	    strlen(links[i].scheme));
	if (status == OK)
		status = begin(u);
	if (status == OK) {
		outcome = outcome_of(application_find(&u->app));
		end(u);
		status = fail_as(&outcome);
	}
	/* what the card refuses now is the system's failure */
	if (status == REJECTED)
		status = FAILED;
	return status == OK ? OK : name_card(u, status);
}

void
uicc_close(struct uicc *u)
{
	if (u == NULL)
		return;
	if (u->channel.link.functions != NULL)
		u->channel.link.functions->close(u->channel.link.arg);
	wipe(u, sizeof(*u));
	free(u);
}
