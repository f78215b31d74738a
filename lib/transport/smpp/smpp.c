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
};

/* The next N octets of what is called NAME. */
static enum status
take(struct reader *r, const char *name, size_t n, const uint8_t **v)
{
	if (r->left < n)
		return fail(MALFORMED, "%s: found %zu octets, expected %zu",
		    name, r->left, n);
	*v = r->v;
	r->v += n;
	r->left -= n;
	return OK;
}

static enum status
take_string(struct reader *r, const struct param *f, const uint8_t **v,
    size_t *n)
{
	size_t room = r->left < f->room ? r->left : f->room;
	const uint8_t *end = memchr(r->v, 0, room);

	if (end == NULL)
		return fail(MALFORMED, "%s: found no end in %zu octets",
		    f->name, room);
	*n = (size_t)(end - r->v) + 1;
	return take(r, f->name, *n, v);
}

static enum status
take_message(struct reader *r, const struct param *f, struct smpp_pdu *p)
{
	enum status status = take(r, f->name, 1, &p->text);

	if (status != OK)
		return status;
	p->len = p->text[0];
	if (p->len > SMPP_TEXT_MAX)
		return fail(MALFORMED, "%s: found %zu octets, expected at "
		    "most %d", f->name, p->len, SMPP_TEXT_MAX);
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
		memcpy((char *)p + f->at, v, n);
	return status;
}

/* 5.3.2: an SMSC may send any; these are of use. */
enum {
	RECEIPTED_MESSAGE_ID = 0x001e,
	MESSAGE_PAYLOAD = 0x0424,
	MESSAGE_STATE = 0x0427
};

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
	case MESSAGE_PAYLOAD:		/* one or the other, 4.4.1 */
		if (p->len > 0)
			break;
		p->text = v;
		p->len = len;
		break;
	case MESSAGE_STATE:
		if (len == 1)
			p->message_state = v[0];
		break;
	}
}

static enum status
take_tlvs(struct reader *r, struct smpp_pdu *p)
{
	enum status status = OK;
	const uint8_t *v;
	unsigned tag;
	size_t len;

	while (r->left > 0 && status == OK) {
		if ((status = take(r, "tlv", 4, &v)) != OK)
			break;
		tag = (unsigned)be_read(v, 2);
		len = be_read(v + 2, 2);
		if ((status = take(r, "tlv", len, &v)) == OK)
			keep_tlv(p, tag, v, len);
	}
	return status;
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

enum status
smpp_decode(struct smpp_pdu *p, const uint8_t *in, size_t len)
{
	struct reader r = { in + SMPP_HEADER, len - SMPP_HEADER };
	const struct command *c;
	enum status status = OK;

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
	for (size_t i = 0; i < c->count && status == OK; i++)
		status = take_param(&r, &c->params[i], p);
	if (status == OK && c->tlvs)
		status = take_tlvs(&r, p);
	return status == OK ? OK : fail_in(status, "%s", c->name);
}
