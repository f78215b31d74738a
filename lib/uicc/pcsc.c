/*
 * pcsc.c: a UICC in a reader, by PC/SC.  All calls of the library wait by
 * themselves, so each is made aside.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/aside.h"
#include "uicc/link.h"
#include "uicc/pcsclite.h"

#define CALL_MS 20000		/* a card may take some seconds */
#define TURN_MS 60000		/* while another program has the card */
#define READERS_MAX 2048	/* octets of their names */

/* One call of the library: what it is given, and what it returns. */
struct call {
	SCARDCONTEXT context;
	SCARDHANDLE card;
	DWORD protocol;
	char reader[READERS_MAX];	/* or all of them, a NUL after each */
	uint8_t in[APDU_MAX], out[ANSWER_MAX + 2];
	DWORD in_len, out_len;
	LONG result;
};

struct pcsc {
	struct call call;
	bool connected, begun;
	bool lost;		/* a call did not return: none may follow */
};

/* ---- the calls ---- */

static void
call_establish(void *arg)
{
	struct call *c = arg;

	c->result = pcsclite.SCardEstablishContext(SCARD_SCOPE_SYSTEM, NULL,
	    NULL, &c->context);
}

static void
call_list(void *arg)
{
	struct call *c = arg;
	DWORD len = sizeof(c->reader) - 1;

	memset(c->reader, 0, sizeof(c->reader));
	c->result = pcsclite.SCardListReaders(c->context, NULL, c->reader,
	    &len);
}

static void
call_connect(void *arg)
{
	struct call *c = arg;

	c->result = pcsclite.SCardConnect(c->context, c->reader,
	    SCARD_SHARE_SHARED, SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1,
	    &c->card, &c->protocol);
}

/* Another program may have reset the card since. */
static void
call_begin(void *arg)
{
	struct call *c = arg;

	c->result = pcsclite.SCardBeginTransaction(c->card);
	if (c->result != SCARD_W_RESET_CARD)
		return;
	c->result = pcsclite.SCardReconnect(c->card, SCARD_SHARE_SHARED,
	    SCARD_PROTOCOL_T0 | SCARD_PROTOCOL_T1, SCARD_LEAVE_CARD,
	    &c->protocol);
	if (c->result == SCARD_S_SUCCESS)
		c->result = pcsclite.SCardBeginTransaction(c->card);
}

static void
call_transmit(void *arg)
{
	struct call *c = arg;
	const SCARD_IO_REQUEST pci = { c->protocol, sizeof(pci) };

	c->out_len = sizeof(c->out);
	c->result = pcsclite.SCardTransmit(c->card, &pci, c->in, c->in_len,
	    NULL, c->out, &c->out_len);
}

static void
call_end(void *arg)
{
	struct call *c = arg;

	c->result = pcsclite.SCardEndTransaction(c->card, SCARD_LEAVE_CARD);
}

static void
call_disconnect(void *arg)
{
	struct call *c = arg;

	c->result = pcsclite.SCardDisconnect(c->card, SCARD_RESET_CARD);
}

static void
call_release(void *arg)
{
	struct call *c = arg;

	c->result = pcsclite.SCardReleaseContext(c->context);
}

static enum status
perform(struct pcsc *p, void (*call)(void *), uint64_t ms)
{
	enum status status;

	if (p->lost)
		return fail(FAILED, "no answer before");
	status = aside(call, &p->call, sizeof(p->call), ms);
	p->lost = status != OK;
	if (status != OK)
		return status;
	switch (p->call.result) {
	case SCARD_S_SUCCESS:
		return OK;
	case (LONG)SCARD_E_NO_SERVICE:
		return fail(FAILED, "pcscd is not running");
	case (LONG)SCARD_E_NO_READERS_AVAILABLE:
		return fail(FAILED, "there is no reader");
	case (LONG)SCARD_E_NO_SMARTCARD:
	case (LONG)SCARD_W_REMOVED_CARD:
		return fail(FAILED, "there is no card in the reader");
	case (LONG)SCARD_W_SECURITY_VIOLATION:
		return fail(FAILED, "pcscd does not let this user have the "
		    "card: see polkit(8)");
	case (LONG)SCARD_E_NOT_TRANSACTED:
	case (LONG)SCARD_W_UNPOWERED_CARD:
	case (LONG)SCARD_W_UNRESPONSIVE_CARD:
		return fail(FAILED, "the card does not answer");
	default:
		return fail(FAILED, "%s",
		    pcsclite.pcsc_stringify_error(p->call.result));
	}
}

/* ---- the link ---- */

static enum status
begin(void *link)
{
	struct pcsc *p = link;
	enum status status = perform(p, call_begin, TURN_MS);

	p->begun = status == OK;
	return status;
}

/* T=1 wants Le with what has an answer, and no P3 with what has no data. */
static enum status
transmit(void *link, const struct apdu *in, struct answer_apdu *out)
{
	struct pcsc *p = link;
	struct call *c = &p->call;
	enum status status;

	memcpy(c->in, in->v, in->len);
	c->in_len = (DWORD)in->len;
	if (c->protocol == SCARD_PROTOCOL_T1 && in->answers)
		c->in[c->in_len++] = 0;
	else if (c->protocol == SCARD_PROTOCOL_T1 && in->len == 5 &&
	    in->v[1] == 0x20)
		c->in_len--;
	if ((status = perform(p, call_transmit, CALL_MS)) == OK &&
	    (c->out_len < 2 || c->out_len > sizeof(c->out)))
		status = fail(FAILED, "the card's answer has no status");
	if (status == OK) {
		out->len = c->out_len - 2;
		memcpy(out->v, c->out, out->len);
		out->sw = (unsigned)be_read(c->out + out->len, 2);
	}
	wipe(c->in, sizeof(c->in));
	wipe(c->out, sizeof(c->out));
	return status;
}

static void
end(void *link)
{
	struct pcsc *p = link;

	if (p->begun && !p->lost)
		(void)!perform(p, call_end, CALL_MS);
	p->begun = false;
}

/* A card that is reset forgets that its PIN was right. */
static void
close_link(void *link)
{
	struct pcsc *p = link;

	end(p);
	if (p->connected && !p->lost)
		(void)!perform(p, call_disconnect, CALL_MS);
	if (p->call.context != 0 && !p->lost)
		(void)!perform(p, call_release, CALL_MS);
	wipe(p, sizeof(*p));
	free(p);
}

static const struct link_functions functions = { begin, NULL, transmit, end,
	close_link };

/* ---- which reader ---- */

static const char *
next_reader(const char *reader)
{
	return reader + strlen(reader) + 1;
}

/* The readers that NAME means; returns how many, the last in *FOUND. */
static size_t
match(const char *readers, const char *name, const char **found)
{
	size_t n = 0;

	for (const char *r = readers; *r != '\0'; r = next_reader(r)) {
		if (strcmp(r, name) == 0) {
			*found = r;
			return 1;
		}
		if (strncmp(r, name, strlen(name)) == 0) {
			*found = r;
			n++;
		}
	}
	return n;
}

static enum status
name_one(const char *what, const char *readers)
{
	char all[384] = "";
	size_t len = 0;

	for (const char *r = readers; *r != '\0' && len < sizeof(all);
	    r = next_reader(r))
		len += (size_t)snprintf(all + len, sizeof(all) - len, "%s'%s'",
		    len == 0 ? "" : ", ", r);
	return fail(FAILED, "%s; the readers are %s", what, all);
}

static enum status
connect_to(struct pcsc *p, const char *reader)
{
	enum status status;

	snprintf(p->call.reader, sizeof(p->call.reader), "%s", reader);
	status = perform(p, call_connect, CALL_MS);
	p->connected = status == OK;
	return status;
}

/* Of several readers, the only one that has a card. */
static enum status
connect_any(struct pcsc *p, const char *readers)
{
	const char *with = NULL;
	enum status status;

	for (const char *r = readers; *r != '\0'; r = next_reader(r)) {
		status = connect_to(p, r);
		if (p->lost)
			return status;
		if (status != OK)
			continue;
		status = perform(p, call_disconnect, CALL_MS);
		p->connected = false;
		if (status != OK)
			return status;
		if (with != NULL)
			return name_one("several readers have a card; name "
			    "one", readers);
		with = r;
	}
	return with != NULL ? connect_to(p, with) :
	    name_one("no reader has a card", readers);
}

static enum status
connect_card(struct pcsc *p, const char *name)
{
	char readers[READERS_MAX];
	const char *reader;
	enum status status;
	size_t n;

	if ((status = perform(p, call_establish, CALL_MS)) != OK ||
	    (status = perform(p, call_list, CALL_MS)) != OK)
		return status;
	memcpy(readers, p->call.reader, sizeof(readers));
	if ((n = match(readers, name, &reader)) == 1)
		return connect_to(p, reader);
	return name[0] == '\0' ? connect_any(p, readers) :
	    name_one(n == 0 ? "there is no such reader" :
	    "several readers have this name; name one", readers);
}

enum status
pcsc_open(struct link *link, const char *name)
{
	struct pcsc *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return fail(FAILED, "no memory");
	*link = (struct link){ &functions, p };
	return pcsclite_load() == OK ? connect_card(p, name) : FAILED;
}
