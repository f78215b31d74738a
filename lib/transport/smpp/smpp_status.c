/* smpp_status.c: what an SMSC says of a message: statuses and receipts. */
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

/* 5.2.28, by the numbers of message_state, and Appendix B. */
static const struct state {
	char stat[8];
	bool last;
	enum status verdict;
} states[] = {
	[1] = { "ENROUTE", false, OK },
	[2] = { "DELIVRD", true, OK },
	[3] = { "EXPIRED", true, FAILED },
	[4] = { "DELETED", true, REJECTED },
	[5] = { "UNDELIV", true, FAILED },
	[6] = { "ACCEPTD", false, OK },
	[7] = { "UNKNOWN", true, FAILED },
	[8] = { "REJECTD", true, REJECTED },
};

/*
 * The value of KEY, `stat:' or the like, in TEXT; it ends where no visible
 * character is, so it may be shown.
 */
static void
find(char *out, size_t room, const char *text, const char *key)
{
	const char *at = text;
	size_t n = 0;

	while ((at = strcasestr(at, key)) != NULL && at > text &&
	    at[-1] != ' ')
		at++;
	if (at != NULL)
		at += strlen(key);
	while (at != NULL && n < room - 1 && at[n] > ' ' && at[n] <= '~')
		n++;
	memcpy(out, at == NULL ? "" : at, n);
	out[n] = '\0';
}

static const struct state *
find_state(const char *stat)
{
	for (size_t i = 1; i < COUNT(states); i++)
		if (strcasecmp(states[i].stat, stat) == 0)
			return &states[i];
	return NULL;
}

bool
smpp_receipt_read(struct smpp_receipt *r, const struct smpp_pdu *p)
{
	char text[256], stat[16];
	size_t len = p->len < sizeof(text) ? p->len : sizeof(text) - 1;
	const struct state *s;

	if (len > 0)
		memcpy(text, p->text, len);
	text[len] = '\0';
	find(r->id, sizeof(r->id), text, "id:");
	find(r->err, sizeof(r->err), text, "err:");
	find(stat, sizeof(stat), text, "stat:");
	if (p->receipted_message_id[0] != '\0')
		strcpy(r->id, p->receipted_message_id);
	s = find_state(stat);
	if (p->message_state > 0 && p->message_state < COUNT(states))
		s = &states[p->message_state];
	if (s == NULL || r->id[0] == '\0')
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
