/* smpp_message.c: a delivery as short messages.  Clauses are of SMPP 3.4. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "sms/tpdu.h"
#include "transport/smpp/smpp_message.h"

/* 5.2.5, 5.2.6: E.164, or unknown, but where TON and NPI say else. */
static struct smpp_address
make_address(const char *number, int ton, int npi)
{
	bool international = number[0] == '+';
	struct smpp_address a = {
	    .ton = (uint8_t)(ton < 0 ? international : ton),
	    .npi = (uint8_t)(npi < 0 ? international : npi) };

	strcpy(a.number, number + international);
	return a;
}

/*
 * 7.1.1: YYMMDDhhmmsstnnp, absolute, or relative where somebody says how many
 * SECONDS at most; what it cannot say, is left to the SMSC.
 */
static void
make_validity(char out[static 17], uint64_t seconds, uint64_t key_lt)
{
	uint64_t now = clock_now(), left = key_lt > now ? key_lt - now : 1;
	unsigned days, rest;
	time_t at = (time_t)key_lt;
	struct tm tm;

	if (left > seconds)
		left = seconds;
	days = (unsigned)(left / 86400);
	rest = (unsigned)(left % 86400);
	if (seconds == SMS_VALIDITY_KEY && key_lt < UINT64_C(4102444800))
		strftime(out, 17, "%y%m%d%H%M%S000+", gmtime_r(&at, &tm));
	else if (seconds != SMS_VALIDITY_KEY && left > 0 && days < 36500)
		snprintf(out, 17, "%02u%02u%02u%02u%02u%02u000R", days / 365,
		    days % 365 / 30, days % 365 % 30, rest / 3600,
		    rest / 60 % 60, rest % 60);
}

/* The URI's own number goes before that of the device. */
static enum status
find_number(const struct delivery *d, const struct smpp_uri *u,
    const char **number)
{
	*number = u->number[0] != '\0' ? u->number : u->form.to[0] != '\0' ?
	    u->form.to : d->number;
	if (*number == NULL)
		return fail(REJECTED, "smpp: no number; give one in the URI or "
		    "as sms:NUMBER");
	return sms_number_valid(*number) == OK ? OK : fail_in(REJECTED,
	    "smpp");
}

static struct smpp_pdu
make_pdu(const struct sms_params *f, const char *number, uint64_t key_lt)
{
	struct smpp_pdu p = { .id = SMPP_SUBMIT_SM,
	    .source = make_address(f->from, f->from_ton, f->from_npi),
	    .dest = make_address(number, f->to_ton, f->to_npi),
	    .esm_class = SMPP_UDHI, .protocol_id = PID_TRIGGER,
	    .data_coding = f->data_coding < 0 ? DCS_DATA :
	    (uint8_t)f->data_coding,
	    .registered_delivery = f->receipt > 0 };

	strcpy(p.service_type, f->service_type);
	make_validity(p.validity_period, f->validity, key_lt);
	return p;
}

enum status
smpp_message_make(struct delivery *d, bool secure, uint16_t ref,
    struct smpp_messages *list)
{
	struct sms_part parts[SMS_PARTS_MAX];
	struct smpp_uri u;
	const char *number;
	enum status status;
	struct smpp_message *l;
	size_t count;

	if (smpp_uri_split(d->where, secure, &u) != OK)
		return REJECTED;
	if ((status = find_number(d, &u, &number)) != OK ||
	    (status = sms_split(&u.form, ref, d->gpi, d->len, parts,
	    &count)) != OK)
		return status;
	d->to_number = number == d->number;
	l = calloc(1, sizeof(*l) + count * sizeof(l->part[0]));
	if (l == NULL)
		return fail(FAILED, "smpp: no memory");
	*l = (struct smpp_message){ .list = list, .d = d, .count = count,
	    .receipt = u.form.receipt, .window = u.form.window,
	    .pdu = make_pdu(&u.form, number, d->key_lt) };
	for (size_t i = 0; i < count; i++) {
		l->part[i] = (struct part){ .message = l, .awaited.of = l,
		    .bit = UINT32_C(1) << i, .ud = parts[i] };
		l->todo |= l->part[i].bit;
	}
	l->expected = l->receipt > 0 ? l->todo : 0;
	d->own = l;
	TAILQ_INSERT_TAIL(list, l, link);
	return OK;
}

void
smpp_message_move(struct smpp_message *l, struct smpp_messages *to)
{
	TAILQ_REMOVE(l->list, l, link);
	TAILQ_INSERT_TAIL(to, l, link);
	l->list = to;
}

void
smpp_message_move_first(struct smpp_message *l, struct smpp_messages *to)
{
	TAILQ_REMOVE(l->list, l, link);
	TAILQ_INSERT_HEAD(to, l, link);
	l->list = to;
}

bool
smpp_message_submitted(const struct smpp_message *l)
{
	return l->todo == 0 && l->open == 0;
}

void
smpp_message_free(struct smpp_message *l)
{
	TAILQ_REMOVE(l->list, l, link);
	l->d->own = NULL;
	free(l);
}
