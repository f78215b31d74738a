/* smpp_message.c: a delivery as short messages.  Clauses are of SMPP 3.4. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sms/tpdu.h"
#include "transport/smpp/smpp_message.h"

/* 5.2.5, 5.2.6: E.164, or unknown. */
static struct smpp_address
make_address(const char *number)
{
	bool international = number[0] == '+';
	struct smpp_address a = { .ton = international,
	    .npi = international };

	strcpy(a.number, number + international);
	return a;
}

/* 7.1.1: YYMMDDhhmmsstnnp; what it cannot say, is left to the SMSC. */
static void
make_validity(char out[static 17], uint64_t when)
{
	time_t at = (time_t)when;
	struct tm tm;

	if (when < UINT64_C(4102444800))	/* 2100-01-01 */
		strftime(out, 17, "%y%m%d%H%M%S000+", gmtime_r(&at, &tm));
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
	    .source = make_address(f->from), .dest = make_address(number),
	    .esm_class = SMPP_UDHI, .protocol_id = PID_TRIGGER,
	    .data_coding = DCS_DATA,
	    .registered_delivery = f->receipt > 0 };

	make_validity(p.validity_period, key_lt);
	return p;
}

enum status
smpp_message_make(struct delivery *d, uint16_t ref, struct smpp_messages *list)
{
	struct sms_part parts[SMS_PARTS_MAX];
	struct smpp_uri u;
	const char *number;
	enum status status;
	struct smpp_message *l;
	size_t count;

	if (smpp_uri_split(d->where, &u) != OK)
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
