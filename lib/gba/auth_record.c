/* auth_record.c: the secrets of a card or a subscriber. */
#include <string.h>

#include "gba/auth_record.h"

enum status
auth_record_check_k(const struct record *r)
{
	bool tuak = r->algorithm == AF_TUAK;

	return r->k.len == 16 || (tuak && r->k.len == 32) ? OK :
	    fail(MALFORMED, "k: found %d octet%s, expected %s", r->k.len,
	    plural(r->k.len),
	    tuak ? "16 or 32" : "16");
}

enum status
auth_record_check(const struct record *r)
{
	bool tuak = r->algorithm == AF_TUAK;
	enum status status;

	if ((status = auth_record_check_k(r)) != OK)
		return status;
	if (!record_has(r, tuak ? HAS(TOPC) : HAS(OPC)))
		return fail(MALFORMED, "%s: found nothing, expected it for %s",
		    tuak ? "topc" : "opc",
		    field_word(KEY_ALGORITHM, r->algorithm));
	if (record_has(r, HAS(RANDS)) && r->rands.len % 16 != 0)
		return fail(MALFORMED, "rands: found %d octet%s, expected a "
		    "multiple of 16", r->rands.len, plural(r->rands.len));
	return OK;
}

void
auth_record_af(const struct record *r, struct af *af)
{
	bool tuak = r->algorithm == AF_TUAK;

	memset(af, 0, sizeof(*af));
	af->algorithm = tuak ? AF_TUAK : AF_MILENAGE;
	af->iterations = record_has(r, HAS(ITERATIONS)) ?
	    (unsigned)r->iterations : 1;
	af->k_len = r->k.len;
	memcpy(af->k, r->k.v, r->k.len);
	memcpy(af->opc, tuak ? r->topc.v : r->opc.v, tuak ? 32 : 16);
}
