/* smpp_status.c: what an SMSC says of a message: statuses and receipts. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "transport/smpp/smpp.h"

/* ---- statuses ---- */

/* 5.1.3; the last ones are of SMPP 5.0, which some say all the same. */
static const struct {
	uint32_t status;
	const char *name;
	enum status verdict;
} statuses[] = {
	{ 0x01, "ESME_RINVMSGLEN", REJECTED },
	{ 0x02, "ESME_RINVCMDLEN", REJECTED },
	{ SMPP_RINVCMDID, "ESME_RINVCMDID", REJECTED },
	{ SMPP_RINVBNDSTS, "ESME_RINVBNDSTS", FAILED },
	{ 0x05, "ESME_RALYBND", FAILED },
	{ 0x06, "ESME_RINVPRTFLG", REJECTED },
	{ 0x07, "ESME_RINVREGDLVFLG", REJECTED },
	{ 0x08, "ESME_RSYSERR", FAILED },
	{ 0x0a, "ESME_RINVSRCADR", REJECTED },
	{ 0x0b, "ESME_RINVDSTADR", REJECTED },
	{ 0x0c, "ESME_RINVMSGID", REJECTED },
	{ 0x0d, "ESME_RBINDFAIL", FAILED },
	{ 0x0e, "ESME_RINVPASWD", REJECTED },
	{ 0x0f, "ESME_RINVSYSID", REJECTED },
	{ SMPP_RMSGQFUL, "ESME_RMSGQFUL", FAILED },
	{ 0x15, "ESME_RINVSERTYP", REJECTED },
	{ 0x43, "ESME_RINVESMCLASS", REJECTED },
	{ 0x45, "ESME_RSUBMITFAIL", FAILED },
	{ 0x48, "ESME_RINVSRCTON", REJECTED },
	{ 0x49, "ESME_RINVSRCNPI", REJECTED },
	{ 0x50, "ESME_RINVDSTTON", REJECTED },
	{ 0x51, "ESME_RINVDSTNPI", REJECTED },
	{ 0x53, "ESME_RINVSYSTYP", REJECTED },
	{ SMPP_RTHROTTLED, "ESME_RTHROTTLED", FAILED },
	{ 0x61, "ESME_RINVSCHED", REJECTED },
	{ 0x62, "ESME_RINVEXPIRY", REJECTED },
	{ SMPP_RX_T_APPN, "ESME_RX_T_APPN", FAILED },
	{ 0x65, "ESME_RX_P_APPN", REJECTED },
	{ SMPP_RX_R_APPN, "ESME_RX_R_APPN", REJECTED },
	{ 0xfe, "ESME_RDELIVERYFAILURE", FAILED },
	{ 0xff, "ESME_RUNKNOWNERR", FAILED },
	{ 0x101, "ESME_RPROHIBITED", REJECTED },
	{ 0x104, "ESME_RINVDCS", REJECTED },
};

enum status
smpp_verdict(uint32_t id, uint32_t status)
{
	const char *name = "unknown status";
	enum status verdict = FAILED;

	if (status == SMPP_ROK)
		return OK;
	for (size_t i = 0; i < COUNT(statuses); i++)
		if (statuses[i].status == status) {
			name = statuses[i].name;
			verdict = statuses[i].verdict;
		}
	return fail(verdict, "%s: %s (0x%02x)", smpp_name(id), name,
	    (unsigned)status);
}

bool
smpp_throttled(uint32_t status)
{
	return status == SMPP_RTHROTTLED || status == SMPP_RMSGQFUL;
}

/* ---- receipts ---- */

/*
 * 5.2.28, by the numbers of message_state, and Appendix B; SMPP 5.0 has 0 and
 * 9.  SMSCs shorten the names in other ways, too, so the HEAD of one will do.
 */
static const struct state {
	char stat[10], head[6];
	bool last;
	enum status verdict;
} states[] = {
	[0] = { "SCHEDULED", "SCHED", false, OK },
	[1] = { "ENROUTE", "ENR", false, OK },
	[2] = { "DELIVRD", "DELIV", true, OK },
	[3] = { "EXPIRED", "EXP", true, FAILED },
	[4] = { "DELETED", "DEL", true, REJECTED },
	[5] = { "UNDELIV", "UND", true, FAILED },
	[6] = { "ACCEPTD", "ACC", false, OK },
	[7] = { "UNKNOWN", "UNK", true, FAILED },
	[8] = { "REJECTD", "REJ", true, REJECTED },
	[9] = { "SKIPPED", "SKIP", true, FAILED },
	{ "FAILED", "FAIL", true, FAILED },
	{ "ENROUTE", "EN_R", false, OK },
	{ "ENROUTE", "EN-R", false, OK },
	{ "BUFFERED", "BUF", false, OK },
};
#define STATES 10		/* that have a number */

/* A value ends where no visible character is, so it may be shown. */
static size_t
value_len(const char *value)
{
	size_t n = 0;

	while (value[n] > ' ' && value[n] <= '~' && value[n] != ',' &&
	    value[n] != ';')
		n++;
	return n;
}

/*
 * The value of KEY, `stat:' or the like, in TEXT, which may stand behind
 * blanks; what has a colon is the next key then.
 */
static void
find(char *out, size_t room, const char *text, const char *key)
{
	const char *at = text, *value;
	size_t n;

	out[0] = '\0';
	while ((at = strcasestr(at, key)) != NULL && at > text &&
	    value_len(at - 1) > 0)
		at++;
	if (at == NULL)
		return;
	at += strlen(key);
	value = at + strspn(at, " \t");
	n = value_len(value);
	if (value > at && memchr(value, ':', n) != NULL)
		return;
	snprintf(out, room, "%.*s", (int)n, value);
}

/* The head is longer for that of DELIVRD than for that of DELETED. */
static const struct state *
find_state(const char *stat)
{
	for (size_t i = 0; i < COUNT(states); i++)
		if (strncasecmp(states[i].head, stat, strlen(states[i].head))
		    == 0)
			return &states[i];
	return NULL;
}

/*
 * The text of P up to `text:', in which the message itself may begin.  Where it
 * is UCS-2, what is left without NULs is ASCII.
 */
static void
copy_text(char text[static 256], const struct smpp_pdu *p)
{
	char *end;
	size_t n = 0;

	for (size_t i = 0; i < p->len && n < 255; i++)
		if (p->text[i] != 0)
			text[n++] = (char)p->text[i];
	text[n] = '\0';
	if ((end = strcasestr(text, " text:")) != NULL)
		*end = '\0';
}

bool
smpp_receipt_read(struct smpp_receipt *r, const struct smpp_pdu *p)
{
	const struct state *s;
	char text[256], stat[16];

	copy_text(text, p);
	find(r->text_id, sizeof(r->text_id), text, "id:");
	find(r->err, sizeof(r->err), text, "err:");
	find(stat, sizeof(stat), text, "stat:");
	strcpy(r->id, p->receipted_message_id);
	s = p->message_state > 0 && p->message_state < STATES ?
	    &states[p->message_state] : find_state(stat);
	if (s == NULL || (r->id[0] == '\0' && r->text_id[0] == '\0'))
		return false;
	strcpy(r->stat, s->stat);
	r->last = s->last;
	r->verdict = s->verdict;
	return true;
}

enum status
smpp_receipt_fail(const struct smpp_receipt *r)
{
	return fail(r->verdict, "smpp: receipt %s%s%s", r->stat,
	    r->err[0] == '\0' ? "" : " err:", r->err);
}
