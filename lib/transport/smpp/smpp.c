/* smpp.c: PDUs of SMPP 3.4 in octets. */
#include <assert.h>
#include <string.h>

#include "transport/smpp/smpp.h"

/* ---- the table of commands ---- */

enum kind {
	OCTET,
	KIND_STRING,		/* with the NUL that ends it,
	    3.1: C-Octet String */
	MESSAGE		/* sm_length and short_message */
};

#define NOWHERE SIZE_MAX

struct param {
	const char *name;
	enum kind kind;
	size_t room;	/* octets at most */
	size_t at;	/* in struct smpp_pdu; NOWHERE: 0 or empty */
};

#define OCTET_OF(m) OCTET, 1, offsetof(struct smpp_pdu, m)
#define STRING_OF(m) KIND_STRING, sizeof(((struct smpp_pdu *)0)->m), \
    offsetof(struct smpp_pdu, m)
#define NUMBER_OF(m, room) KIND_STRING, room, offsetof(struct smpp_pdu, m)

/* 4.1.1, 4.1.3, 4.1.5 */
static const struct param bind[] = {
	{ "system_id", STRING_OF(system_id) },
	{ "password", STRING_OF(password) },
	{ "system_type", STRING_OF(system_type) },
	{ "interface_version", OCTET_OF(interface_version) },
	{ "addr_ton", OCTET_OF(addr_ton) },
	{ "addr_npi", OCTET_OF(addr_npi) },
	{ "address_range", STRING_OF(address_range) },
};

/* 4.1.2, 4.1.4, 4.1.6 */
static const struct param bind_resp[] = {
	{ "system_id", STRING_OF(system_id) },
};

/* 4.4.1, 4.6.1 */
static const struct param sm[] = {
	{ "service_type", STRING_OF(service_type) },
	{ "source_addr_ton", OCTET_OF(source.ton) },
	{ "source_addr_npi", OCTET_OF(source.npi) },
	{ "source_addr", NUMBER_OF(source.number, 21) },
	{ "dest_addr_ton", OCTET_OF(dest.ton) },
	{ "dest_addr_npi", OCTET_OF(dest.npi) },
	{ "destination_addr", NUMBER_OF(dest.number, 21) },
	{ "esm_class", OCTET_OF(esm_class) },
	{ "protocol_id", OCTET_OF(protocol_id) },
	{ "priority_flag", OCTET, 1, NOWHERE },
	{ "schedule_delivery_time", KIND_STRING, 17, NOWHERE },
	{ "validity_period", STRING_OF(validity_period) },
	{ "registered_delivery", OCTET_OF(registered_delivery) },
	{ "replace_if_present_flag", OCTET, 1, NOWHERE },
	{ "data_coding", OCTET_OF(data_coding) },
	{ "sm_default_msg_id", OCTET, 1, NOWHERE },
	{ "short_message", MESSAGE, 1 + SMPP_TEXT_MAX, NOWHERE },
};

/* 4.7.1 */
static const struct param data[] = {
	{ "service_type", STRING_OF(service_type) },
	{ "source_addr_ton", OCTET_OF(source.ton) },
	{ "source_addr_npi", OCTET_OF(source.npi) },
	{ "source_addr", NUMBER_OF(source.number, 65) },
	{ "dest_addr_ton", OCTET_OF(dest.ton) },
	{ "dest_addr_npi", OCTET_OF(dest.npi) },
	{ "destination_addr", NUMBER_OF(dest.number, 65) },
	{ "esm_class", OCTET_OF(esm_class) },
	{ "registered_delivery", OCTET_OF(registered_delivery) },
	{ "data_coding", OCTET_OF(data_coding) },
};

/* 4.4.2, 4.6.2, 4.7.2 */
static const struct param sm_resp[] = {
	{ "message_id", STRING_OF(message_id) },
};

static const struct command {
	uint32_t id;
	const char *name;
	const struct param *params;
	size_t count;
	bool tlvs;		/* that count */
} commands[] = {
	{ SMPP_GENERIC_NACK, "generic_nack", NULL, 0, false },
	{ SMPP_BIND_RECEIVER, "bind_receiver", bind, COUNT(bind), false },
	{ SMPP_BIND_RECEIVER | SMPP_RESPONSE, "bind_receiver_resp", bind_resp,
	  COUNT(bind_resp), false },
	{ SMPP_BIND_TRANSMITTER, "bind_transmitter", bind, COUNT(bind),
	  false },
	{ SMPP_BIND_TRANSMITTER | SMPP_RESPONSE, "bind_transmitter_resp",
	  bind_resp, COUNT(bind_resp), false },
	{ SMPP_BIND_TRANSCEIVER, "bind_transceiver", bind, COUNT(bind),
	  false },
	{ SMPP_BIND_TRANSCEIVER | SMPP_RESPONSE, "bind_transceiver_resp",
	  bind_resp, COUNT(bind_resp), false },
	{ SMPP_SUBMIT_SM, "submit_sm", sm, COUNT(sm), true },
	{ SMPP_SUBMIT_SM | SMPP_RESPONSE, "submit_sm_resp", sm_resp,
	  COUNT(sm_resp), false },
	{ SMPP_DELIVER_SM, "deliver_sm", sm, COUNT(sm), true },
	{ SMPP_DELIVER_SM | SMPP_RESPONSE, "deliver_sm_resp", sm_resp,
	  COUNT(sm_resp), false },
	{ SMPP_DATA_SM, "data_sm", data, COUNT(data), true },
	{ SMPP_DATA_SM | SMPP_RESPONSE, "data_sm_resp", sm_resp,
	  COUNT(sm_resp), false },
	{ SMPP_UNBIND, "unbind", NULL, 0, false },
	{ SMPP_UNBIND | SMPP_RESPONSE, "unbind_resp", NULL, 0, false },
	{ SMPP_ENQUIRE_LINK, "enquire_link", NULL, 0, false },
	{ SMPP_ENQUIRE_LINK | SMPP_RESPONSE, "enquire_link_resp", NULL, 0,
	  false },
};

static const struct command *
find(uint32_t id)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if (commands[i].id == id)
			return &commands[i];
	return NULL;
}

const char *
smpp_name(uint32_t id)
{
	const struct command *c = find(id);

	return c == NULL ? NULL : c->name;
}

/* ---- writing ---- */

static size_t
put_param(uint8_t *out, const struct param *f, const struct smpp_pdu *p)
{
	const char *from = f->at == NOWHERE ? "" : (const char *)p + f->at;
	size_t n = 1;

	switch (f->kind) {
	case OCTET:
		out[0] = (uint8_t)*from;
		break;
	case KIND_STRING:
		n = strlen(from) + 1;
		assert(n <= f->room);
		memcpy(out, from, n);
		break;
	case MESSAGE:
		n += p->len;
		assert(n <= f->room);
		out[0] = (uint8_t)p->len;
		if (p->len > 0)
			memcpy(out + 1, p->text, p->len);
		break;
	}
	return n;
}

size_t
smpp_encode(const struct smpp_pdu *p, uint8_t out[static SMPP_PDU_MAX])
{
	const struct command *c = find(p->id);
	size_t at = SMPP_HEADER;

	assert(c != NULL);
	for (size_t i = 0; i < c->count; i++)
		at += put_param(out + at, &c->params[i], p);
	be_write(out, 4, at);
	be_write(out + 4, 4, p->id);
	be_write(out + 8, 4, p->status);
	be_write(out + 12, 4, p->sequence);
	return at;
}

/* ---- reading ---- */

struct reader {
	const uint8_t *v;
	size_t left;
	bool full;		/* a string without a NUL in its room fills
				   that; else it is longer */
	bool odd;		/* there was one */
	bool cut;		/* sm_length says more than there is */
};

/* The next N octets of what is called NAME. */
static enum status
take(struct reader *r, const char *name, size_t n, const uint8_t **v)
{
	if (r->left < n)
		return fail(MALFORMED, "%s: found %zu octet%s, expected %zu",
		    name, r->left, plural(r->left), n);
	*v = r->v;
	r->v += n;
	r->left -= n;
	return OK;
}

/* *N octets are of the string, and its NUL if it has one. */
static enum status
take_string(struct reader *r, const struct param *f, const uint8_t **v,
    size_t *n)
{
	const uint8_t *end = memchr(r->v, 0, r->left < f->room ? r->left :
	    f->room);

	r->odd |= end == NULL;
	if (end == NULL && !r->full)
		end = memchr(r->v, 0, r->left);
	if (end == NULL && !r->full)
		return fail(MALFORMED, "%s: found no end in %zu octet%s",
		    f->name, r->left, plural(r->left));
	*n = end != NULL ? (size_t)(end - r->v) + 1 : f->room;
	return take(r, f->name, *n, v);
}

/* sm_length may count a NUL that is not there. */
static enum status
take_message(struct reader *r, const struct param *f, struct smpp_pdu *p)
{
	enum status status = take(r, f->name, 1, &p->text);

	if (status != OK)
		return status;
	r->cut = p->text[0] > r->left;
	p->len = r->cut ? r->left : p->text[0];
	return take(r, f->name, p->len, &p->text);
}

static enum status
take_param(struct reader *r, const struct param *f, struct smpp_pdu *p)
{
	enum status status;
	const uint8_t *v;
	size_t n = 1;

	if (f->kind == MESSAGE)
		return take_message(r, f, p);
	if (f->kind == KIND_STRING)
		status = take_string(r, f, &v, &n);
	else
		status = take(r, f->name, n, &v);
	if (status == OK && f->at != NOWHERE)
		memcpy((char *)p + f->at, v, f->kind == OCTET ||
		    n < f->room ? n : f->room - 1);
	return status;
}

/* 5.3.2: an SMSC may send any; these are of use. */
enum {
	RECEIPTED_MESSAGE_ID = 0x001e,
	DESTINATION_PORT = 0x020b,
	SAR_MSG_REF_NUM = 0x020c,
	SAR_TOTAL_SEGMENTS = 0x020e,
	SAR_SEGMENT_SEQNUM = 0x020f,
	MESSAGE_PAYLOAD = 0x0424,
	MESSAGE_STATE = 0x0427
};

/* A number, however wide it was written; 0: it does not fit. */
static uint64_t
tlv_number(const uint8_t *v, size_t len, uint64_t max)
{
	uint64_t n = len <= 8 ? be_read(v, len) : 0;

	return n <= max ? n : 0;
}

/* Of repeated ones the last counts. */
static void
keep_tlv(struct smpp_pdu *p, unsigned tag, const uint8_t *v, size_t len)
{
	switch (tag) {
	case RECEIPTED_MESSAGE_ID:	/* not all end it with NUL */
		if (len > SMPP_ID_MAX)
			len = SMPP_ID_MAX;
		memcpy(p->receipted_message_id, v, len);
		p->receipted_message_id[len] = '\0';
		break;
	case DESTINATION_PORT:
		p->port = (uint16_t)tlv_number(v, len, UINT16_MAX);
		break;
	case SAR_MSG_REF_NUM:
		p->sar_ref = (uint16_t)tlv_number(v, len, UINT16_MAX);
		break;
	case SAR_TOTAL_SEGMENTS:
		p->sar_total = (uint8_t)tlv_number(v, len, UINT8_MAX);
		break;
	case SAR_SEGMENT_SEQNUM:
		p->sar_number = (uint8_t)tlv_number(v, len, UINT8_MAX);
		break;
	case MESSAGE_PAYLOAD:
		p->payload = v;
		p->payload_len = len;
		break;
	case MESSAGE_STATE:
		if (len == 1)
			p->message_state = v[0];
		break;
	}
}

/* Keep the TLVs in V, if P is given; returns the octets that are left then. */
static size_t
walk_tlvs(struct smpp_pdu *p, const uint8_t *v, size_t left)
{
	size_t len;

	while (left >= 4 && (len = be_read(v + 2, 2)) <= left - 4) {
		if (p != NULL)
			keep_tlv(p, (unsigned)be_read(v, 2), v + 4, len);
		v += 4 + len;
		left -= 4 + len;
	}
	/* the last one is cut; but a payload says itself what it lacks */
	if (p != NULL && left > 4 && be_read(v, 2) == MESSAGE_PAYLOAD)
		keep_tlv(p, MESSAGE_PAYLOAD, v + 4, left - 4);
	return left;
}

#define NULS_MAX 8		/* behind short_message */

/*
 * NULs that sm_length does not count may be behind short_message: TLVs begin
 * where they end with the PDU, and if nowhere, at once.
 */
static void
take_tlvs(struct reader *r, struct smpp_pdu *p)
{
	size_t nuls = 0, n;

	for (n = 0; n <= NULS_MAX && n <= r->left; n++) {
		if (walk_tlvs(NULL, r->v + n, r->left - n) == 0) {
			nuls = n;
			break;
		}
		if (n == r->left || r->v[n] != 0)
			break;
	}
	r->left = walk_tlvs(p, r->v + nuls, r->left - nuls);
	if (p->len == 0) {		/* one or the other, 4.4.1 */
		p->text = p->payload;
		p->len = p->payload_len;
	}
}

/*
 * The one parameter of a response, if it has one, is a string.  Not all SMSCs
 * end it, or keep to its length, and its status counts all the same.
 */
static void
take_response(const struct reader *r, const struct command *c,
    struct smpp_pdu *p)
{
	const struct param *f = c->params;
	size_t n;

	if (c->count == 0 || p->status != 0)
		return;
	n = strnlen((const char *)r->v, r->left);
	memcpy((char *)p + f->at, r->v, n < f->room ? n : f->room - 1);
}

enum status
smpp_measure(const uint8_t *in, size_t len, size_t *n)
{
	uint64_t length;

	*n = 0;
	if (len < 4)
		return OK;
	length = be_read(in, 4);
	if (length < SMPP_HEADER || length > SMPP_READ_MAX)
		return fail(MALFORMED, "command_length: found %llu, expected "
		    "%d to %d", (unsigned long long)length, SMPP_HEADER,
		    SMPP_READ_MAX);
	if (length <= len)
		*n = length;
	return OK;
}

static enum status
take_request(struct reader *r, const struct command *c, struct smpp_pdu *p)
{
	enum status status = OK;

	for (size_t i = 0; i < c->count && status == OK; i++)
		status = take_param(r, &c->params[i], p);
	if (status == OK && c->tlvs)
		take_tlvs(r, p);
	return status == OK ? OK : fail_in(status, "%s", c->name);
}

/* Whether there is a message, whole, and nothing that is neither it nor TLV. */
static bool
fits(const struct reader *r, const struct smpp_pdu *p)
{
	return p->len > 0 && !r->cut && r->left == 0;
}

enum status
smpp_decode(struct smpp_pdu *p, const uint8_t *in, size_t len)
{
	const struct reader whole = { .v = in + SMPP_HEADER,
	    .left = len - SMPP_HEADER };
	struct reader r = whole;
	const struct command *c;
	enum status status;
	struct smpp_pdu head;

	assert(len >= SMPP_HEADER);
	*p = (struct smpp_pdu){ .id = (uint32_t)be_read(in + 4, 4),
	    .status = (uint32_t)be_read(in + 8, 4),
	    .sequence = (uint32_t)be_read(in + 12, 4) };
	if ((c = find(p->id)) == NULL)
		return fail(REJECTED, "command_id: found 0x%08x, which is not "
		    "known here", (unsigned)p->id);
	if ((p->id & SMPP_RESPONSE) != 0) {
		take_response(&r, c, p);
		return OK;
	}
	/* a string whose end is not known is read so that all else fits */
	head = *p;
	status = take_request(&r, c, p);
	if (!r.odd || (status == OK && fits(&r, p)))
		return status;
	r = (struct reader){ whole.v, whole.left, .full = true };
	*p = head;
	if (take_request(&r, c, p) == OK && fits(&r, p))
		return OK;
	r = whole;
	*p = head;
	return take_request(&r, c, p);
}
