/* receive.c: what a device makes of a GPI, and in which order. */
#include <string.h>

#include "crypto/kdf.h"
#include "gba/auth_record.h"
#include "gba/steps.h"
#include "gba/receive.h"
#include "../fuzz/vector.h"

#define MTC "mtc.example.org"
#define NOW 1800000000
#define SEQ_CARD 100	/* of every IND of a new card */
#define SQN_CARD SQN(SEQ_CARD, 0)

/* What is wrong with a GPI, in the order of gpi-recv(1). */
enum {
	WRONG_HEADER = 1, OLD_RAND = 2, WRONG_AUTN = 4, WRONG_MAC = 8,
	UNPROTECTED = 16, WRONG_NAF = 32, LATE = 64, STALE = 128
};
static const char *const reason[] = {
	"ver: found 2, expected 1",
	"rand: found one that this card accepted or answered before, expected a new one",
	"autn: MAC does not match this card",
	"the GPI was altered, or this card (BSF bsf.example.org) is for another BSF",
	"trigger_mode: found none, expected integrity or full",
	"this GPI is for NAF other.example.org/0100000007; this device accepts mtc.example.org",
	"the key expired at 2027-01-15T08:00:00Z",
	"sqn: SEQ 100 IND 3 is not fresh, expected SEQ over 100",
};

/* What a NAF asks for. */
struct request_run {
	unsigned wrong;
	uint64_t um, sqn;
	const char *naf_id;
	uint8_t rand;		/* each octet of RAND */
};

/* Make the GPI; DRAFT is what it was made from. */
static void
make_gpi(const struct request_run *a, struct record *draft, struct out *gpi)
{
	struct record request, subscriber, card;
	struct vector vector;
	uint8_t rand[16];

	vector_home("1", SQN_CARD, &subscriber, &card);
	record_init(&request, RECORD_REQUEST);
	record_put(&request, KEY_APP_LBL, "", 0);
	record_put_uint(&request, KEY_UM, a->um);
	check_ok(record_set(&request, KEY_NAF_ID, a->wrong & WRONG_NAF ?
	    "other.example.org/0100000007" : a->naf_id));
	record_put(&request, KEY_P_TID, "p-tid", 5);
	record_put(&request, KEY_UE_ID, "meter-7", 7);
	record_put_uint(&request, KEY_TRIGGER_IND, TRIGGER_REPORT);
	record_put_uint(&request, KEY_TRIGGER_TIME, 30);
	record_put_uint(&request, KEY_TRIGGER_MODE, a->wrong & UNPROTECTED ?
	    MODE_NONE : MODE_FULL);
	memset(rand, a->rand, sizeof(rand));
	check_ok(gba_vector(&subscriber, rand, a->wrong & STALE ?
	    SQN(SEQ_CARD, 3) : a->sqn, &vector));
	check_ok(gba_generate(&request, &vector, BSF,
	    a->wrong & LATE ? NOW : NOW + 1, draft));
	if (a->wrong & WRONG_AUTN)
		draft->autn.v[0] ^= 1;
	check_ok(gpi_seal(draft, MODE_NONE, gpi->v, &gpi->len));
	if (a->wrong & WRONG_MAC)
		gpi->v[gpi->len - 1] ^= 1;
	if (a->wrong & WRONG_HEADER)
		gpi->v[1] = 2;
}

static const char *const naf[] = { MTC };
static const struct receive_policy strict = { .naf = naf, .naf_count = 1 };
static const struct receive_policy answering = { .naf = naf, .naf_count = 1,
	.sync_failures = true };
static const struct receive_policy lenient = { .any_naf = true,
	.unprotected_trigger = true };

/* R, with POLICY and CARD, receives GPI. */
static enum status
take(struct reception *r, const struct receive_policy *policy,
    struct record *card, const struct out *gpi, struct record *out)
{
	*r = (struct reception){ .policy = policy, .now = NOW, .card = card };
	return receive(r, gpi->v, gpi->len, out, NULL, false);
}

/* ---- good ones ---- */

/* gpi.csv, its keys and all; the card is just before the vector's SQN. */
static void
test_vector(const struct csv *csv, const struct gpi_vector *w)
{
	struct record card, subscriber, out, before;
	struct reception r;
	uint64_t sqn;
	char id[512];

	test("receive: gpi.csv %s", w->name);
	sqn = vector_home(csv_text(csv, "set_35208"), 0, &subscriber, &card);
	before = card;
	check_ok(take(&r, &lenient, &card, &w->gpi, &out));
	check_ok(record_check(&out));
	check_uint(out.type, RECORD_ACCEPTED);
	check_hex(out.ks_naf.v, csv_text(csv, "ks_naf"));
	check(record_has(&out, HAS(KS_INT_NAF)) == w->draft.um);
	check_hex(out.ks_int_naf.v, csv_text(csv, "ks_int_naf"));
	check(strcmp(out.ul_sa_id.v, csv_text(csv, "p_tid")) == 0);
	hex_encode(id, w->draft.rand.v, 16);
	id[32] = '@';
	record_naf_fqdn(&w->draft, id + 33);
	check(strcmp(out.dl_sa_id.v, id) == 0);
	check(out.gpi.len == w->gpi.len &&
	    memcmp(out.gpi.v, w->gpi.v, w->gpi.len) == 0);
	check(out.time == NOW && out.key_lt == w->draft.key_lt);
	check(out.naf_id.len == w->draft.naf_id.len);
	check(strcmp(out.ue_priv_id.v, csv_text(csv, "impi")) == 0);
	check((out.has & HAS(TRIGGER_IND)) == (w->draft.has & HAS(TRIGGER_IND)));

	test("receive: gpi.csv %s, what the card remembers", w->name);
	check(r.card_changed);
	check_uint(card.rands.len, 16);
	check(memcmp(card.rands.v, w->draft.rand.v, 16) == 0);
	be_write(before.seq.v + 6 * IND(sqn), 6, SEQ(sqn));
	check(memcmp(card.seq.v, before.seq.v, sizeof(card.seq.v)) == 0);
	before = card;
	check_fail(take(&r, &lenient, &card, &w->gpi, &out), REJECTED,
	    reason[1]);
	check(memcmp(&card, &before, sizeof(card)) == 0);

	test("receive_wipe: gpi.csv %s", w->name);
	card.rands.len = 0;
	check(take(&r, &lenient, &card, &w->gpi, &out) == REJECTED);
	receive_wipe(&r);
	memset(&out, 0, sizeof(out));
	check(memcmp(&r.af, &out, sizeof(r.af)) == 0);
	check(memcmp(&r.aka, &out, sizeof(r.aka)) == 0);
	check(memcmp(r.ks, &out, 32) == 0 && memcmp(r.k_gpi, &out, 32) == 0);
}

/* Wrong in several ways a GPI is refused for the first of them. */
static void
test_order(unsigned wrong, uint64_t um, const struct receive_policy *policy)
{
	struct request_run a = { wrong, um, SQN(101, 3), MTC "/0100000007", 0x5a };
	struct record draft, subscriber, card, before, out;
	struct reception r;
	bool answered = wrong == STALE && policy->sync_failures;
	struct out gpi;

	vector_home("1", SQN_CARD, &subscriber, &card);
	make_gpi(&a, &draft, &gpi);
	if (wrong & OLD_RAND)
		record_put(&card, KEY_RANDS, draft.rand.v, 16);
	before = card;
	check_fail(take(&r, policy, &card, &gpi, &out),
	    wrong & WRONG_HEADER ? MALFORMED : REJECTED,
	    reason[__builtin_ctz(wrong)]);
	check(r.card_changed == answered);
	check(answered || memcmp(&card, &before, sizeof(card)) == 0);
	check_uint(out.type, answered ? RECORD_SYNC_FAILURE : RECORD_GPI);
}

static void
test_orders(void)
{
	for (unsigned first = 1; first <= STALE; first *= 2) {
		test("receive: %s, whatever else", reason[__builtin_ctz(first)]);
		for (unsigned rest = 0; rest < 256; rest += 2 * first)
			for (uint64_t um = GBA_ME; um <= GBA_U; um++) {
				test_order(rest | first, um, &strict);
				test_order(rest | first, um, &answering);
			}
	}
}

/* ---- the card's memory ---- */

/* 32 RANDs are remembered; of an older one only SQN says that it is old. */
static void
test_rands(void)
{
	struct request_run a = { 0, GBA_ME, 0, MTC "/0100000007", 0 };
	struct record draft, subscriber, card, again, out;
	struct reception r;
	struct out gpi;

	test("receive: 40 GPIs, their RANDs remembered");
	vector_home("1", SQN_CARD, &subscriber, &card);
	for (uint8_t i = 0; i < 40; i++) {
		a.rand = i;
		a.sqn = SQN(SEQ_CARD + 1 + i, i % IND_COUNT);
		make_gpi(&a, &draft, &gpi);
		check_ok(take(&r, &strict, &card, &gpi, &out));
		check_uint(card.rands.len, i < 32 ? 16 * (i + 1) : 512);
		check(memcmp(card.rands.v + card.rands.len - 16, draft.rand.v,
		    16) == 0);
		check(card.rands.v[0] == (i < 32 ? 0 : i - 31));
	}
	test("receive: the same again, 8 RANDs forgotten");
	for (uint8_t i = 0; i < 40; i++) {
		again = card;
		a.rand = i;
		a.sqn = SQN(SEQ_CARD + 1 + i, i % IND_COUNT);
		make_gpi(&a, &draft, &gpi);
		check(take(&r, &answering, &again, &gpi, &out) == REJECTED);
		check(strncmp(fail_text(), i < 8 ? "sqn: " : reason[1],
		    5) == 0);
	}
}

/* Whether a stale GPI with this RAND is answered, and so the card changes. */
static bool
answers(struct answered *answered, uint8_t rand, struct record *card)
{
	struct receive_policy policy = { .naf = naf, .naf_count = 1,
	    .sync_failures = true, .answered = answered };
	struct request_run a = { STALE, GBA_ME, 0, MTC "/0100000007", rand };
	struct record draft, out;
	struct reception r;
	struct out gpi;

	make_gpi(&a, &draft, &gpi);
	check(take(&r, &policy, card, &gpi, &out) == REJECTED);
	check(r.card_changed == (out.type == RECORD_SYNC_FAILURE));
	return r.card_changed;
}

/* Who has recorded more than the card remembers does not have it written. */
static void
test_replays_in_turns(void)
{
	static struct answered answered;
	struct record subscriber, card;

	test("receive: 40 stale GPIs in turns, each answered once");
	vector_home("1", SQN_CARD, &subscriber, &card);
	for (int turn = 0; turn < 3; turn++)
		for (uint8_t i = 0; i < 40; i++)
			check(answers(&answered, i, &card) == (turn == 0));
	test("receive: many answered, then one in a second");
	answered.count = ANSWERED_MAX;
	check(!answers(&answered, 200, &card));
	answered.last = NOW - 1;
	check(answers(&answered, 201, &card));
	check(!answers(&answered, 202, &card));
	answered.last = NOW - 1;
	check(!answers(&answered, 1, &card));
}

/* A stale SQN, or one that jumps, yields AUTS where the policy has it. */
static void
test_sync_failure(uint64_t sqn, uint64_t um)
{
	struct request_run a = { 0, um, sqn, MTC "/0100000007", 0x77 };
	struct record draft, subscriber, card, out;
	uint64_t ms = 0;
	struct reception r;
	struct out gpi;
	struct af af;

	test("receive: sync failure of SEQ %u, um %u", (unsigned)SEQ(sqn),
	    (unsigned)um);
	vector_home("1", SQN_CARD, &subscriber, &card);
	be_write(card.seq.v + 6 * 9, 6, SEQ_CARD + 7);
	make_gpi(&a, &draft, &gpi);
	for (int i = 0; i < 2; i++) {
		check(take(&r, &strict, &card, &gpi, &out) == REJECTED);
		check(!r.card_changed && card.rands.len == 0);
		check_uint(out.type, RECORD_GPI);
	}
	check(take(&r, &answering, &card, &gpi, &out) == REJECTED);
	check(strncmp(fail_text(), "sqn: ", 5) == 0);
	check(r.card_changed && card.rands.len == 16);
	check_ok(record_check(&out));
	check_uint(out.type, RECORD_SYNC_FAILURE);
	check_uint(out.time, NOW);
	check(memcmp(out.rand.v, draft.rand.v, 16) == 0);
	auth_record_af(&subscriber, &af);
	check_ok(aka_auts_verify(&af, out.rand.v, out.auts.v, &ms));
	check_uint(ms, SQN(SEQ_CARD + 7, 9));
	check_fail(take(&r, &answering, &card, &gpi, &out), REJECTED,
	    reason[1]);
	check(!r.card_changed);
	check_uint(out.type, RECORD_GPI);
}

static void
test_naf(const char *naf_id, const char *rule, const char *text)
{
	struct request_run a = { 0, GBA_ME, SQN(101, 3), naf_id, 0x11 };
	const char *const rules[] = { "nobody", rule };
	struct receive_policy policy = { .naf = rules, .naf_count = 2,
	    .any_naf = rule == NULL };
	struct record draft, subscriber, card, out;
	struct reception r;
	struct out gpi;

	test("receive: %s from %s", naf_id, rule == NULL ? "any" : rule);
	vector_home("1", SQN_CARD, &subscriber, &card);
	make_gpi(&a, &draft, &gpi);
	if (text == NULL)
		check_ok(take(&r, &policy, &card, &gpi, &out));
	else
		check_fail(take(&r, &policy, &card, &gpi, &out), REJECTED,
		    text);
}

#define NONE(rule) "this GPI is for NAF mtc.example.org/0100000007; this " \
    "device accepts nobody, " rule
#define OTHER(rule) "this GPI is for NAF mtc.example.org/010000000a; this " \
    "device accepts nobody, " rule
#define RESERVED(ua) "naf_id: found Ua identifier " ua ", expected one that is not reserved"
#define BSF_OWN "naf_id: found the BSF's own name bsf.example.org, expected a NAF's"

static void
test_nafs(void)
{
	static const struct {
		const char *naf_id, *rule, *text;
	} t[] = {
		{ MTC "/0100000007", MTC, NULL }, { MTC "/0100000007", MTC "/0100000007", NULL },
		{ MTC "/010000000a", MTC "/010000000A", NULL }, { MTC "/010000000a", NULL, NULL },
		{ MTC "/010000000a", MTC, OTHER(MTC) }, { MTC "/010000000a", MTC "/0100000007", OTHER(MTC "/0100000007") },
		{ MTC "/0100000007", MTC "/010000000a", NONE(MTC "/010000000a") }, { MTC "/0100000007", "mtc.example.or", NONE("mtc.example.or") },
		{ MTC "/0100000007", "tc.example.org", NONE("tc.example.org") }, { MTC "/0100000007", MTC ".", NONE(MTC ".") },
		{ MTC "/0100000007", "mtc", NONE("mtc") }, { MTC "/ff00000001", NULL, RESERVED("ff00000001") },
		{ MTC "/ff67706901", MTC "/ff67706901", RESERVED("ff67706901") },
		{ MTC "/0100000100", NULL, RESERVED("0100000100") }, { BSF "/0100000007", NULL, BSF_OWN },
		{ BSF "/0100000007", BSF, BSF_OWN },
	};
	static const char *const good[] = { MTC, "a", "a/ABCDEFabcd" };
	static const char *const bad[] = { "", "/0100000007", "Mtc", "a b",
	    "a/", "a/010000000", "a/01000000077", "a/01000000zz", "a_b" };

	for (size_t i = 0; i < COUNT(t); i++)
		test_naf(t[i].naf_id, t[i].rule, t[i].text);
	test("receive_naf_valid: what --naf may be");
	for (size_t i = 0; i < COUNT(good); i++)
		check_ok(receive_naf_valid(good[i]));
	for (size_t i = 0; i < COUNT(bad); i++)
		check(receive_naf_valid(bad[i]) == USAGE);
}

/* ---- a UICC ---- */

/* One that has K, here, and notes what it is asked. */
struct fake {
	const struct record *secrets;
	bool stale;
	char asked[8];
	uint8_t ks[32];
};

static void
note(struct fake *f, const char *what)
{
	strncat(f->asked, what, sizeof(f->asked) - 1 - strlen(f->asked));
}

static enum status
fake_authenticate(void *uicc, struct reception *r)
{
	struct fake *f = uicc;
	struct af af;
	struct aka aka;

	note(f, "a");
	auth_record_af(f->secrets, &af);
	check_ok(aka_verify(&af, r->gpi.rand.v, r->gpi.autn.v,
	    r->gpi.um == GBA_U, &aka));
	memcpy(f->ks, aka.ck, 16);
	memcpy(f->ks + 16, aka.ik, 16);
	if (r->gpi.um == GBA_ME)
		memcpy(r->ks, f->ks, 32);
	record_put(r->card, KEY_UE_PRIV_ID, f->secrets->ue_priv_id.v,
	    f->secrets->ue_priv_id.len);
	r->stale = f->stale;
	memset(r->auts, 0xa5, sizeof(r->auts));
	return f->stale ? fail(REJECTED, "stale") : OK;
}

static enum status
fake_naf_key(void *uicc, struct reception *r, const uint8_t *naf_id,
    size_t len, uint8_t out[static 32])
{
	struct fake *f = uicc;

	note(f, "k");
	return kdf_ks_naf(f->ks, r->gpi.rand.v, r->card->ue_priv_id.v, naf_id,
	    len, out);
}

static void
fake_bootstrapped(void *uicc, struct reception *r)
{
	check(strcmp(r->gpi.p_tid.v, "p-tid") == 0);
	note(uicc, "b");
}

static void
fake_end(void *uicc)
{
	note(uicc, "e");
}

static const struct uicc_functions fake_functions = { fake_authenticate,
	fake_naf_key, fake_bootstrapped, fake_end };

/* It is ASKED this, and what comes is refused for TEXT, or NULL: accepted. */
static void
test_uicc(const char *name, unsigned wrong, uint64_t um, bool stale,
    const struct receive_policy *policy, const char *asked, const char *text)
{
	struct request_run a = { wrong & ~(unsigned)OLD_RAND, um, SQN(101, 3),
	    MTC "/0100000007", 0x5a };
	struct record draft, subscriber, secrets, card, out;
	struct fake f = { .secrets = &secrets, .stale = stale };
	struct reception r = { .policy = policy, .now = NOW, .card = &card,
	    .functions = &fake_functions, .uicc = &f };
	bool answered = stale && policy->sync_failures;
	enum status status;
	struct out gpi;

	test("receive: UICC, %s", name);
	vector_home("1", SQN_CARD, &subscriber, &secrets);
	make_gpi(&a, &draft, &gpi);
	record_init(&card, RECORD_CARD);
	record_put(&card, KEY_BSF, BSF, strlen(BSF));
	record_put(&card, KEY_RANDS, draft.rand.v, wrong & OLD_RAND ? 16 : 0);
	status = receive(&r, gpi.v, gpi.len, &out, NULL, false);
	check(strcmp(f.asked, asked) == 0);
	check(r.card_changed == (text == NULL || answered));
	if (text != NULL) {
		check_fail(status, REJECTED, text);
		check(out.type == (answered ? RECORD_SYNC_FAILURE :
		    RECORD_GPI));
		if (answered)
			check_hex(out.auts.v, "a5a5a5a5a5a5a5a5a5a5a5a5a5a5");
		return;
	}
	check_ok(status);
	check_ok(record_check(&out));
	check(memcmp(out.ks_naf.v, draft.ks_naf.v, 32) == 0);
	check(!record_has(&out, HAS(KS_INT_NAF)));
	check_uint(card.rands.len, 16);
}

static void
test_uiccs(void)
{
	test_uicc("GBA_ME", 0, GBA_ME, false, &strict, "ae", NULL);
	test_uicc("GBA_U", 0, GBA_U, false, &strict, "akbke", NULL);
	test_uicc("an altered GPI", WRONG_MAC, GBA_U, false, &strict, "ake",
	    reason[3]);
	test_uicc("another NAF", WRONG_NAF, GBA_U, false, &strict, "ake",
	    reason[5]);
	test_uicc("an old RAND", OLD_RAND, GBA_U, false, &strict, "e",
	    reason[1]);
	test_uicc("stale, and answered", 0, GBA_U, true, &answering, "ae",
	    "stale");
	test_uicc("stale, though altered", WRONG_MAC, GBA_ME, true, &answering,
	    "ae", "stale");
	test_uicc("stale", 0, GBA_ME, true, &strict, "ae", "stale");
}

/* ---- what an engineer sees ---- */

/* gpi.csv full; octet AT is flipped (0: none) and the card is at SQN MS. */
static void
test_explain(size_t at, uint64_t ms, uint64_t now, bool secrets,
    const char *want)
{
	char v[4096] = "";
	struct text t = { v, 0, sizeof(v) };
	struct record subscriber, card, out;
	struct gpi_vector w;
	struct reception r = { .policy = &strict, .now = now, .card = &card };

	test("receive: explained, octet %zu, at %u, %s", at, (unsigned)now,
	    secrets ? "secrets and all" : "secrets hidden");
	vector_home("1", ms, &subscriber, &card);
	vector_find(&w, "full");
	w.gpi.v[at] ^= at > 0;
	check(receive(&r, w.gpi.v, w.gpi.len, &out, &t, secrets) != OK);
	check(strcmp(v, want) == 0);
}

#define RAND_1 "23553cbe9637a89d218ae64dae47bf35"
#define CK_1 "b40ba9a3c58b2a05bbf0d987b21bf8cb"
#define IK_1 "f769bcd751044604127672711c6d3441"
#define K_GPI_1 "5a7baa740d5c2f1784ce14cac78e96085c0656c43081e018604f5f5f5612e450"
#define AUTN_LINES(ck, ik) "  IMPI         " IMPI "\n  algorithm    milenage\n" \
    "  RAND         " RAND_1 "\n  AUTN         55f328b43577b9b94a9ffac354dfafb2\n" \
    "  CK           " ck "\n  IK           " ik "\n  AK           aa689c648370\n  SQN          ff9bb4d0b607\n" \
    "  AMF          b9b9\n  MAC-A        4a9ffac354dfafb2\n  XMAC-A       4a9ffac354dfafb3\n"
#define MAC_LINES(ks, k_gpi) "  IMPI         " IMPI "\n  BSF          " BSF "\n  Ks           " ks "\n" \
    "  K_GPI        " k_gpi "\n  AD1          880150" RAND_1 "5055f328b43577b9b94a9ffac354dfafb34000\n" \
    "  AD2          820244\n" \
    "  C1           3083862fc3604586d00a8d0dfdd33b0a0cc6554c9ea9c3dc88d93502122e5948e0dd297f1ec4f6a12f33e09c28707604\n" \
    "  C2           9273ae65\n" "  MAC          a885ed728297a2419eb5464b2c804bb4\n" \
    "  XMAC         9597d4904ce558c20f27f0c7e1f844ea\n"	/* made with openssl mac CMAC and enc */
#define SQN_1 0xff9bb4d0b607
#define MS_1 (SQN_1 - IND_COUNT)	/* with SEQ just before */

static void
test_explains(void)
{
	test_explain(1, MS_1, NOW, true, "");
	test_explain(35, MS_1, NOW, false, AUTN_LINES("(hidden)", "(hidden)"));
	test_explain(35, MS_1, NOW, true, AUTN_LINES(CK_1, IK_1));
	test_explain(111, MS_1, NOW, false, MAC_LINES("(hidden)", "(hidden)"));
	test_explain(111, MS_1, NOW, true, MAC_LINES(CK_1 IK_1, K_GPI_1));
	test_explain(0, MS_1, UINT32_MAX, false, "  naf_id       "
	    "mtc.example.org/0100000007\n  key_lt       1893456000 (2030-01-01T"
	    "00:00:00Z)\n  p_tid        05tnq4m0b41g3c8eq10s\n  trigger_ind  2\n"
	    "  trigger_time 30\n  trigger_mode full\n  now          4294967295 "
	    "(2106-02-07T06:28:15Z)\n");
	test_explain(0, SQN_1, NOW, false, "  SQN          281044218590727 ("
	    "SEQ 8782631830960, IND 7)\n  SEQ_MS(IND)  8782631830960\n"
	    "  SQN_MS       281044218590720 (SEQ 8782631830960, IND 0)\n"
	    "  delta        268435456\n");
}

/* Of the longest C1, which nobody need have sealed. */
static void
test_longest_sa(void)
{
	struct out gpi, enc = { .v = "" }, o;
	struct record response, sa;
	struct gpi_vector w;

	test("gba_naf_sa: the longest SA is no longer than a record");
	vector_find(&w, "app-lbl");
	put_head(&enc, 2, 333);
	enc.len += 333;
	gpi = splice(&w.gpi, 50, 100, &enc);
	make(&response, RECORD_RESPONSE, true, true);
	record_put(&response, KEY_GPI, gpi.v, gpi.len);
	check_ok(gba_naf_sa(&response, &sa));
	write_record(&o, &sa, -1, NULL);
	check(o.len <= RECORD_MAX);
	check_ok(decode(&sa, o.v, o.len));
}

int
main(int argc, char **argv)
{
	struct gpi_vector w;
	struct csv csv;

	test_init(argc, argv);
	csv_open(&csv, "gpi.csv");
	while (vector_next(&csv, &w))
		test_vector(&csv, &w);
	test_orders();
	test_rands();
	test_replays_in_turns();
	for (uint64_t um = GBA_ME; um <= GBA_U; um++) {
		test_sync_failure(SQN(SEQ_CARD, 4), um);
		test_sync_failure(SQN(1, 9), um);
		test_sync_failure(SQN(SEQ_CARD + 8 + SQN_DELTA, 4), um);
	}
	test_nafs();
	test_uiccs();
	test_explains();
	test_longest_sa();
	return test_end();
}
