/* smpp.c: fuzzes PDUs of SMPP, and the receipts in them. */
#include <string.h>

#include "transport/smpp/smpp.h"
#include "fuzz.h"

static bool
ends(const char *s, size_t room)
{
	return memchr(s, '\0', room) != NULL;
}

static void
receipt(const struct smpp_pdu *p)
{
	struct smpp_receipt r;

	if (!smpp_receipt_read(&r, p))
		return;
	expect(ends(r.id, sizeof(r.id)));
	expect(ends(r.text_id, sizeof(r.text_id)));
	expect(r.id[0] != '\0' || r.text_id[0] != '\0');
	expect(ends(r.stat, sizeof(r.stat)) && ends(r.err, sizeof(r.err)));
	if (r.last && r.verdict != OK)
		expect(smpp_receipt_fail(&r) == r.verdict);
}

/* What is written of it, is read again. */
static void
again(const struct smpp_pdu *p)
{
	uint8_t v[SMPP_PDU_MAX];
	struct smpp_pdu q;
	size_t len, n;

	if (smpp_name(p->id) == NULL || p->len > SMPP_TEXT_MAX)
		return;
	len = smpp_encode(p, v);
	expect(len <= sizeof(v) && smpp_measure(v, len, &n) == OK && n == len);
	if (smpp_decode(&q, v, len) != OK)
		return;
	expect(q.id == p->id && q.status == p->status);
	expect(q.sequence == p->sequence);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	enum status status;
	struct smpp_pdu p;
	size_t n;

	status = smpp_measure(in, len, &n);
	expect(status == OK || status == MALFORMED);
	expect(status == OK ? n <= len : true);
	if (len < SMPP_HEADER)
		return 0;
	/* whatever length it claims */
	status = smpp_decode(&p, in, len);
	expect(status == OK || status == REJECTED || status == MALFORMED);
	if (status != OK)
		return 0;
	expect(ends(p.system_id, sizeof(p.system_id)));
	expect(ends(p.source.number, sizeof(p.source.number)));
	expect(ends(p.dest.number, sizeof(p.dest.number)));
	expect(ends(p.message_id, sizeof(p.message_id)));
	expect(p.len == 0 || (p.text >= in && p.text + p.len <= in + len));
	if (smpp_name(p.id) != NULL) {
		status = smpp_verdict(p.id, p.status);
		expect(status == OK || status == FAILED || status == REJECTED);
		expect(status != OK || !smpp_throttled(p.status));
	}
	receipt(&p);
	again(&p);
	return 0;
}
