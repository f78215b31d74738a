/*
 * receive.h: what the device does with a GPI (step 406 of gba-push(7)): the
 * checks in their order, and the values of each for --explain.  No I/O, no
 * clock.
 */
#ifndef GBA_RECEIVE_H
#define GBA_RECEIVE_H

#include "crypto/aka.h"
#include "record/show.h"

/*
 * The RANDs that a process has answered.  The card has the last 32, and whoever
 * has recorded more sends these in turn, to have it written for ever.
 */
#define ANSWERED_MAX 1024

struct answered {
	uint8_t rand[ANSWERED_MAX][16];
	size_t count;
	uint64_t last;		/* time */
};

struct receive_policy {
	const char *const *naf;		/* FQDN or FQDN/UA, naf_count of them */
	size_t naf_count;
	bool any_naf;
	bool unprotected_trigger;	/* accept mode none */
	bool sync_failures;		/* answer a stale SQN with AUTS: */
	struct answered *answered;	/* each but these; or NULL */
};

struct reception;

/*
 * A UICC, which keeps K to itself: it checks AUTN and SQN in one command and
 * spends SQN there, before a GPI can be opened.  In GBA_U it keeps Ks, too.
 */
struct uicc_functions {
	/*
	 * Begin with the GPI of R: have AUTN or AUTN* checked and, in GBA_ME,
	 * set R's ks; the card's ue_priv_id is that of the application.  OK;
	 * REJECTED, where R's `stale' says that SQN is not fresh and its AUTS
	 * is set; or FAILED.
	 */
	enum status (*authenticate)(void *uicc, struct reception *r);

	/* GBA_U: Ks_ext_NAF for NAF_ID.  OK, REJECTED or FAILED. */
	enum status (*naf_key)(void *uicc, struct reception *r,
	    const uint8_t *naf_id, size_t len, uint8_t out[static 32]);

	/* GBA_U: R's GPI is opened and right: note its P-TID and Key_LT. */
	void (*bootstrapped)(void *uicc, struct reception *r);

	/* What authenticate() began is over, whatever came of it. */
	void (*end)(void *uicc);
};

/* One GPI on its way through the checks. */
struct reception {
	const struct receive_policy *policy;
	uint64_t now;
	struct record *card;		/* changed if the GPI is accepted.  With
					   a UICC its bsf, rands and
					   ue_priv_id alone */
	bool card_changed;
	const struct uicc_functions *functions;	/* NULL: the card has K */
	void *uicc;
	bool stale;			/* says the UICC, with this AUTS */
	uint8_t auts[14];
	struct record gpi;
	struct af af;
	struct aka aka;
	uint8_t ks[32], k_gpi[32];
};

/* Check that RULE is FQDN or FQDN/UA.  OK or USAGE. */
MUST_USE enum status receive_naf_valid(const char *rule);

/*
 * Check the GPI of LEN octets IN against R's card, policy and time.
 * OK: OUT is the accepted record, and the card has its SQN and RAND.
 * REJECTED or MALFORMED: the GPI is refused, and nothing changed.  There is
 * one exception: if only SQN is stale and the policy has sync_failures, the
 * card remembers the RAND and OUT is a sync failure; otherwise the type of OUT
 * is RECORD_GPI.  The policy's RANDs are answered no more, and where these are
 * ANSWERED_MAX, one new one in a second.  FAILED: OpenSSL, or the UICC, failed.
 * A UICC has spent SQN also where a check after AUTN fails, and finds SQN stale
 * before anything else could be checked.
 * EXPLAIN, if not NULL, gets lines about the check that failed; secrets read
 * (hidden) unless SECRETS.
 */
MUST_USE enum status receive(struct reception *r, const uint8_t *in,
    size_t len, struct record *out, struct text *explain, bool secrets);

/* What one check came to. */
struct verdict {
	const char *check;	/* its name */
	bool made;		/* else it was impossible, after another */
	struct outcome outcome;
};
#define RECEIVE_CHECKS 7

/*
 * For people: make every check on the decoded GPI of R, also after one that
 * failed, in their order.  The card in memory may change.  OK; REJECTED or
 * MALFORMED, as V says; FAILED.
 */
MUST_USE enum status receive_examine(struct reception *r,
    struct verdict v[static RECEIVE_CHECKS]);

/* Erase the secrets of a reception. */
void receive_wipe(struct reception *);

#endif
