/*
 * uicc.c: a UICC as what a device authenticates with.  All that one GPI needs
 * is done between begin() and end() of the link, where nobody else selects an
 * application or takes the card's Ks away.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/message.h"
#include "crypto/kdf.h"
#include "gba/gpi.h"
#include "uicc/link.h"
#include "uicc/uicc.h"

#define INS_READ_BINARY 0xb0
#define INS_UPDATE_BINARY 0xd6
#define INS_GET_RESPONSE 0xc0
#define TURNS 16		/* of GET RESPONSE: a card may be endless */

#define PIN_MIN 4
#define PIN_MAX 8
#define TRIES(sw) ((sw) & 15)	/* of 63CX */

static const uint8_t usim_aid[] = { 0xa0, 0, 0, 0, 0x87, 0x10, 0x02 };
static const uint8_t isim_aid[] = { 0xa0, 0, 0, 0, 0x87, 0x10, 0x04 };

struct aid {
	size_t len;
	uint8_t v[AID_MAX];
};

struct uicc {
	const struct uicc_options *options;
	struct link link;
	char pin[PIN_MAX + 1];	/* or empty */
	bool wrong;		/* some application did not take it */
	struct aid aid;		/* where a GPI names none */
	struct aid known;	/* whose identity this is */
	char impi[IMPI_MAX + 1];
	bool isim;		/* the one that was chosen last */
};

/* ---- commands ---- */

enum hidden { HIDE_NOTHING, HIDE_COMMAND, HIDE_ANSWER };

static void
trace(const struct uicc *u, const char *arrow, const uint8_t *v, size_t len,
    size_t shown, const char *end)
{
	char line[2 * APDU_MAX + 32], hex[HEX_LEN(APDU_MAX)];

	if (!u->options->explain)
		return;
	if (u->options->secrets || shown > len)
		shown = len;
	snprintf(line, sizeof(line), "  %s %s%s%s\n", arrow,
	    hex_encode(hex, v, shown), shown < len ? " (hidden)" : "", end);
	message_text(line);
	wipe(line, sizeof(line));
	wipe(hex, sizeof(hex));
}

/* One command and its answer, as they are. */
static enum status
transmit(struct uicc *u, const struct apdu *in, struct answer_apdu *out,
    enum hidden hidden)
{
	enum status status;
	char sw[8];

	out->len = 0;
	out->sw = 0;
	trace(u, "->", in->v, in->len, hidden == HIDE_COMMAND ? 5 : APDU_MAX,
	    "");
	status = u->link.functions->transmit(u->link.arg, in, out);
	if (status != OK)
		return status;
	snprintf(sw, sizeof(sw), "%s%04x", out->len > 0 ? " " : "", out->sw);
	/* AUTS, which begins with DC, is no secret */
	trace(u, "<-", out->v, out->len, hidden == HIDE_ANSWER &&
	    out->v[0] != 0xdc ? 1 : APDU_MAX, sw);
	return OK;
}

/* Add MORE to the answer.  Whether it goes on, and then with which command. */
static bool
goes_on(struct answer_apdu *out, const struct answer_apdu *more,
    struct apdu *next)
{
	memcpy(out->v + out->len, more->v, more->len);
	out->len += more->len;
	out->sw = more->sw;
	if (more->sw >> 8 == 0x61)
		apdu_read(next, INS_GET_RESPONSE, 0, 0, (uint8_t)more->sw);
	else if (more->sw >> 8 == 0x6c && next->len == 5)
		next->v[4] = (uint8_t)more->sw;
	else
		return false;
	return true;
}

/*
 * Have IN done, and all of its answer fetched: TS 102 221 clause 7.3.1.1.  OK,
 * whatever the card says to it; or FAILED.
 */
static enum status
command(struct uicc *u, const struct apdu *in, struct answer_apdu *out,
    enum hidden hidden)
{
	struct answer_apdu more;
	struct apdu next = *in;
	enum status status;
	int turns = 0;

	out->len = 0;
	do {
		status = transmit(u, &next, &more, hidden);
		if (status == OK && (++turns > TURNS ||
		    more.len > sizeof(out->v) - out->len))
			status = fail(FAILED, "the card's answer has no end");
	} while (status == OK && goes_on(out, &more, &next));
	wipe(&more, sizeof(more));
	wipe(&next, sizeof(next));
	return status;
}

/* The same for a command that has to go well; WHAT it was for. */
static enum status
have_done(struct uicc *u, const struct apdu *in, struct answer_apdu *out,
    const char *what)
{
	enum status status;

	if ((status = command(u, in, out, HIDE_NOTHING)) == OK &&
	    !sw_good(out->sw))
		status = fail(FAILED, "%s: the card answered SW %04X: %s",
		    what, out->sw, sw_text(out->sw));
	return status;
}

/* ---- the application, its PIN, its identity ---- */

static bool
same_aid(const struct aid *a, const uint8_t *v, size_t len)
{
	return a->len >= len && memcmp(a->v, v, len) == 0;
}

/* Whether it is a USIM or an ISIM, and no other application of the card. */
static bool
authenticates(const struct aid *aid)
{
	return same_aid(aid, usim_aid, sizeof(usim_aid)) ||
	    same_aid(aid, isim_aid, sizeof(isim_aid));
}

/* OK, and *SW is what the card says to it; or FAILED. */
static enum status
choose(struct uicc *u, const struct aid *aid, unsigned *sw)
{
	struct answer_apdu out;
	struct apdu in;
	enum status status;

	u->isim = same_aid(aid, isim_aid, sizeof(isim_aid));
	if (u->link.functions->choose != NULL)
		return u->link.functions->choose(u->link.arg, aid->v, aid->len,
		    sw);
	apdu_select_aid(&in, aid->v, aid->len);
	status = command(u, &in, &out, HIDE_NOTHING);
	*sw = out.sw;
	return status;
}

/*
 * A wrong PIN must not block the card: the last try is for people, and what
 * only a GPI has NAMED gets it no more once it was wrong.
 */
static enum status
unlock(struct uicc *u, bool named)
{
	struct answer_apdu out;
	struct apdu in;
	enum status status;

	apdu_verify(&in, NULL);
	if ((status = command(u, &in, &out, HIDE_NOTHING)) != OK)
		return status;
	if (out.sw == 0x6983 || out.sw == 0x63c0)
		return fail(FAILED, "the card's PIN is blocked");
	if ((out.sw & 0xfff0) != 0x63c0)
		return OK;	/* it is verified, or not in use */
	if (u->pin[0] == '\0' || (named && u->wrong))
		return fail(FAILED, "the card wants its PIN: give --pin-file");
	if (TRIES(out.sw) == 1)
		return fail(FAILED, "the card has one try left for its PIN, "
		    "which is not used");
	apdu_verify(&in, u->pin);
	status = command(u, &in, &out, HIDE_COMMAND);
	wipe(&in, sizeof(in));
	if (status != OK || sw_good(out.sw))
		return status;
	u->wrong = true;
	return fail(FAILED, "the PIN in %s is not the card's; tries left: %u",
	    u->options->pin_file, TRIES(out.sw));
}

/* Select FILE of the application; *SIZE is what it has room for. */
static enum status
select_file(struct uicc *u, unsigned file, const char *name, size_t *size)
{
	struct answer_apdu out;
	struct apdu in;
	enum status status;

	apdu_select_file(&in, file);
	if ((status = have_done(u, &in, &out, name)) == OK &&
	    (status = fcp_size(&out, size)) != OK)
		status = fail_in(status, "%s", name);
	return status;
}

static enum status
read_file(struct uicc *u, unsigned file, const char *name,
    struct answer_apdu *out)
{
	struct apdu in;
	enum status status;
	size_t size;

	if ((status = select_file(u, file, name, &size)) != OK)
		return status;
	apdu_read(&in, INS_READ_BINARY, 0, 0, (uint8_t)(size < 255 ? size :
	    255));
	return have_done(u, &in, out, name);
}

/* The private identity of the application, which is chosen. */
static enum status
identify(struct uicc *u, const struct aid *aid)
{
	struct answer_apdu file, ad;
	enum status status;

	if (u->options->impi != NULL || (u->known.len == aid->len &&
	    same_aid(&u->known, aid->v, aid->len)))
		return OK;
	u->known.len = 0;
	if (u->isim) {
		status = read_file(u, EF_IMPI, "EF_IMPI", &file);
		if (status == OK)
			status = impi_of_isim(file.v, file.len, u->impi);
	} else if (same_aid(aid, usim_aid, sizeof(usim_aid))) {
		status = read_file(u, EF_IMSI, "EF_IMSI", &file);
		if (status == OK)
			status = read_file(u, EF_AD, "EF_AD", &ad);
		if (status == OK)
			status = impi_of_usim(file.v, file.len, ad.v, ad.len,
			    u->impi);
	} else {
		status = fail(FAILED, "the application is neither a USIM nor "
		    "an ISIM; give --impi");
	}
	if (status == OK)
		u->known = *aid;
	return status;
}

/* Choose the application, NAMED by a GPI alone, and what it takes to use it. */
static enum status
enter(struct uicc *u, const struct aid *aid, bool named)
{
	char hex[HEX_LEN(AID_MAX)];
	enum status status;
	unsigned sw;

	if ((status = choose(u, aid, &sw)) != OK)
		return status;
	if (!sw_good(sw))
		return fail(REJECTED, "the card answered SW %04X to the choice "
		    "of application %s: %s", sw, hex_encode(hex, aid->v,
		    aid->len), sw_text(sw));
	if ((status = unlock(u, named)) == OK)
		status = identify(u, aid);
	return status;
}

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
	if ((status = command(u, &in, &out, HIDE_ANSWER)) == OK)
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
begin_gpi(struct uicc *u, struct reception *r)
{
	bool named = u->options->aid == NULL && r->gpi.app_lbl.len > 0;
	struct aid aid = u->aid;
	const char *impi;
	enum status status;

	if (named) {
		aid.len = r->gpi.app_lbl.len;
		memcpy(aid.v, r->gpi.app_lbl.v, aid.len);
		if (!authenticates(&aid))
			return fail(REJECTED, "app_lbl: found something else, "
			    "expected the AID of a USIM or an ISIM");
	}
	if ((status = u->link.functions->begin(u->link.arg)) != OK)
		return status;
	/* a GPI that nobody has checked yet must not end the run */
	if ((status = enter(u, &aid, named)) != OK)
		return named ? REJECTED : status;
	impi = u->options->impi != NULL ? u->options->impi : u->impi;
	record_put(r->card, KEY_UE_PRIV_ID, impi, strlen(impi));
	if (r->gpi.um == GBA_U && (status = check_room(r)) != OK)
		return status;
	return run_aka(u, r);
}

/* What fails is the card's or its link's: which one, is said. */
static enum status
of_card(const struct uicc *u, enum status status)
{
	return status != FAILED ? status : fail_in(FAILED, "%s",
	    u->options->card);
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
	struct answer_apdu answer;
	struct authentication a;
	struct apdu in;
	enum status status;

	status = apdu_naf_key(&in, naf_id, len, r->card->ue_priv_id.v);
	if (status != OK)
		return status;
	if ((status = command(uicc, &in, &answer, HIDE_ANSWER)) == OK &&
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
	struct answer_apdu out;
	struct apdu in;
	enum status status;
	size_t size, len;

	status = select_file(u, u->isim ? EF_GBABP_ISIM : EF_GBABP_USIM,
	    "EF_GBABP", &size);
	if (status == OK) {
		len = gbabp_encode(r->gpi.rand.v, r->gpi.p_tid.v,
		    clock_date(r->gpi.key_lt, date), v, sizeof(v));
		if (len > size || len > sizeof(v)) {
			status = fail(FAILED, "EF_GBABP has %zu octet%s, "
			    "expected %zu", size, plural(size), len);
		} else {
			apdu_write(&in, INS_UPDATE_BINARY, 0, 0, v, len);
			status = have_done(u, &in, &out, "EF_GBABP");
		}
	}
	if (status != OK)
		complain("warning: the card does not keep the P-TID: ");
	fail_said();
}

static void
end(void *uicc)
{
	struct uicc *u = uicc;

	u->link.functions->end(u->link.arg);
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

static enum status
read_pin(struct uicc *u)
{
	const char *name = u->options->pin_file;
	char v[64];
	enum status status;
	size_t len;

	if (name == NULL)
		return OK;
	if ((status = file_read(name, true, v, sizeof(v), &len)) == OK) {
		len = strcspn(v, "\r\n");
		if (len < PIN_MIN || len > PIN_MAX ||
		    strspn(v, "0123456789") != len ||
		    v[len + strspn(v + len, "\r\n")] != '\0')
			status = fail(MALFORMED, "%s: found no PIN, expected "
			    "4 to 8 digits in one line", name);
		else
			memcpy(u->pin, v, len);
	}
	wipe(v, sizeof(v));
	return status;
}

/* The application where a GPI names none: --aid, else ISIM, else USIM. */
static enum status
find_application(struct uicc *u)
{
	enum status status;
	unsigned sw = 0;
	int n;

	if (u->options->aid != NULL) {
		n = hex_read(u->aid.v, sizeof(u->aid.v), u->options->aid);
		if (n < 5)
			return fail(USAGE, "--aid: '%s' is not 5 to 16 octets "
			    "in hex", u->options->aid);
		u->aid.len = (size_t)n;
		return enter(u, &u->aid, false);
	}
	u->aid.len = sizeof(isim_aid);
	memcpy(u->aid.v, isim_aid, sizeof(isim_aid));
	if ((status = choose(u, &u->aid, &sw)) != OK)
		return status;
	if (!sw_good(sw))
		memcpy(u->aid.v, usim_aid, sizeof(usim_aid));
	return enter(u, &u->aid, false);
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
	u->options = options;
	if ((status = read_pin(u)) != OK)
		return status;
	status = links[i].open(&u->link, options->card +
	    strlen(links[i].scheme));
	if (status == OK)
		status = u->link.functions->begin(u->link.arg);
	if (status == OK) {
		outcome = outcome_of(find_application(u));
		end(u);
		status = fail_as(&outcome);
	}
	/* what the card refuses now is the system's failure */
	if (status == REJECTED)
		status = FAILED;
	return status == OK ? OK : fail_in(status, "%s", options->card);
}

void
uicc_close(struct uicc *u)
{
	if (u == NULL)
		return;
	if (u->link.functions != NULL)
		u->link.functions->close(u->link.arg);
	wipe(u, sizeof(*u));
	free(u);
}
