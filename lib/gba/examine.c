/* examine.c: what a card would say of a captured GPI. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "gba/examine.h"
#include "record/json.h"

/* What the check NAME came to. */
static struct outcome *
outcome_of_check(struct examination *e, const char *name)
{
	size_t i = 0;

	while (strcmp(e->verdict[i].check, name) != 0)
		i++;
	return &e->verdict[i].outcome;
}

/*
 * K_GPI follows from K as AUTN does.  Where neither fits, another BSF is not
 * the reason, and hardly a GPI that was altered.  OF may say whose it is.
 */
static void
find_likely(struct examination *e, const struct record *of)
{
	struct outcome *mac = outcome_of_check(e, "mac");
	const char *impi = e->card.ue_priv_id.v;
	const char *op = e->card.algorithm == AF_TUAK ? "TOPc" : "OPc";
	bool named = record_has(of, HAS(UE_ID));

	e->likely[0] = '\0';
	if (e->is_for_card || mac->status != REJECTED)
		return;
	snprintf(mac->text, sizeof(mac->text), "does not match either");
	if (record_has(of, HAS(UE_PRIV_ID)) &&
	    strcmp(of->ue_priv_id.v, impi) != 0)
		snprintf(e->likely, sizeof(e->likely), "the GPI is for the "
		    "card of %s; this is that of %s", of->ue_priv_id.v, impi);
	else if (record_has(of, HAS(UE_PRIV_ID)))
		snprintf(e->likely, sizeof(e->likely), "K or %s of this card "
		    "is not what the HSS has for %s", op, impi);
	else
		snprintf(e->likely, sizeof(e->likely), "the GPI is for another "
		    "card%s%s%s, or K or %s of this card is not what the HSS "
		    "has for %s", named ? " (the record says ue_id " : "",
		    named ? of->ue_id.v : "", named ? ")" : "", op, impi);
}

enum status
examine(struct examination *e, const struct record *g,
    const struct record *of, const struct record *card, uint64_t now)
{
	static const struct receive_policy any = { .any_naf = true };
	enum status status;

	e->card = *card;
	e->r = (struct reception){ .policy = &any, .now = now,
	    .card = &e->card, .gpi = *g };
	if ((status = receive_examine(&e->r, e->verdict)) == FAILED)
		return FAILED;
	e->is_for_card = outcome_of_check(e, "autn")->status == OK;
	find_likely(e, of);
	for (size_t i = 0; i < RECEIVE_CHECKS; i++)
		if (e->verdict[i].outcome.status != OK)
			return fail_as(&e->verdict[i].outcome);
	return OK;
}

void
examine_wipe(struct examination *e)
{
	receive_wipe(&e->r);
	record_wipe(&e->r.gpi);
	record_wipe(&e->card);
}

/* The check's name is there already. */
static void
put_verdict(struct text *t, const struct verdict *v)
{
	const char *why = v->outcome.text;
	size_t n = strlen(v->check);

	if (strncmp(why, v->check, n) == 0 && strncmp(why + n, ": ", 2) == 0)
		why += n + 2;
	text_put(t, "%s%s", !v->made ? "not known" :
	    v->outcome.status == OK ? "ok" : "refused: ", why);
}

void
examine_show(struct text *t, const struct examination *e, bool secrets)
{
	char hex[HEX_LEN(32)], date[CLOCK_DATE_MAX];
	uint64_t sqn = e->r.aka.sqn;

	text_put(t, "checks of step 406\n  %-12s %s\n  %-12s %s\n  %-12s %"
	    PRIu64 " (%s)\n", "card", e->card.ue_priv_id.v, "bsf",
	    e->card.bsf.v, "now", e->r.now, clock_date(e->r.now, date));
	for (size_t i = 0; i < RECEIVE_CHECKS; i++) {
		text_put(t, "  %-12s ", e->verdict[i].check);
		put_verdict(t, &e->verdict[i]);
		text_char(t, '\n');
	}
	if (e->likely[0] != '\0')
		text_put(t, "  %-12s %s\n", "likely", e->likely);
	if (e->is_for_card) {
		text_put(t, "  %-12s %" PRIu64 " (SEQ %" PRIu64 ", IND %u)\n"
		    "  %-12s %s\n", "SQN", sqn, SEQ(sqn), IND(sqn), "K_GPI",
		    secrets ? hex_encode(hex, e->r.k_gpi, 32) : "(hidden)");
		wipe(hex, sizeof(hex));
	}
	text_char(t, '\n');
}

json_t *
examine_json(const struct examination *e, bool secrets)
{
	json_t *object = show_object(&e->r.gpi, secrets);
	json_t *checks = json_object();
	char v[sizeof(struct outcome) + 16];
	uint64_t sqn = e->r.aka.sqn;

	for (size_t i = 0; i < RECEIVE_CHECKS; i++) {
		struct text t = { v, 0, sizeof(v) };

		put_verdict(&t, &e->verdict[i]);
		json_object_set_new(checks, e->verdict[i].check,
		    json_text(v, t.len));
	}
	json_object_set_new(object, "checks", checks);
	if (e->likely[0] != '\0')
		json_object_set_new(object, "likely", json_text(e->likely,
		    strlen(e->likely)));
	if (!e->is_for_card)
		return object;
	json_object_set_new(object, "sqn", json_integer((json_int_t)sqn));
	json_object_set_new(object, "seq", json_integer((json_int_t)SEQ(sqn)));
	json_object_set_new(object, "ind", json_integer(IND(sqn)));
	json_object_set_new(object, "k_gpi", json_string(secrets ?
	    hex_encode(v, e->r.k_gpi, 32) : "(hidden)"));
	wipe(v, sizeof(v));
	return object;
}
