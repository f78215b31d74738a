/*
 * examine.h: what a card would say of a captured GPI: every check of step 406,
 * shown.  The card stays as it is.
 */
#ifndef GBA_EXAMINE_H
#define GBA_EXAMINE_H

#include "gba/receive.h"

struct examination {
	struct reception r;
	struct record card;	/* a copy: a genuine GPI changes it */
	struct verdict verdict[RECEIVE_CHECKS];
	bool is_for_card;	/* AUTN is the card's: SQN and K_GPI are what
				   was sent */
	char likely[768];	/* why neither AUTN nor MAC fits, or "" */
};

/*
 * Make every check on the decoded GPI G by CARD at the time NOW, for any NAF.
 * OF is the record that has it, and may say whose it is; or G.
 * OK; REJECTED or MALFORMED, as the first check that failed says; FAILED.
 * Unless it FAILED, E has the GPI, opened if it is genuine.  The caller calls
 * examine_wipe().
 */
MUST_USE enum status examine(struct examination *e, const struct record *g,
    const struct record *of, const struct record *card, uint64_t now);
void examine_wipe(struct examination *);

/* What it came to: lines of text; or a JSON object, for show_line(). */
void examine_show(struct text *, const struct examination *, bool secrets);
struct json_t *examine_json(const struct examination *, bool secrets);

#endif
