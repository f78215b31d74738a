/* gsup.c: fuzzes what an HLR says over GSUP, frame by frame. */
#include <string.h>

#include "vectors/gsup.h"
#include "fuzz.h"

/* What was read of an answer is whole, and of no one else. */
static void
check(const struct gsup_frame *f, const uint8_t *v, size_t len)
{
	bool answer = f->kind == GSUP_VECTOR || f->kind == GSUP_REFUSAL;
	size_t digits = strspn(f->imsi, "0123456789");

	expect(memchr(f->imsi, '\0', sizeof(f->imsi)) != NULL);
	expect(f->imsi[digits] == '\0');
	expect((digits > 0) == answer);
	expect(answer ? v[2] == 0xee && v[3] == 5 : !f->has_keys);
	expect(!f->has_keys || len >= 64);
	expect(gsup_cause(f->cause)[0] != '\0');
}

/* The request for its IMSI begins as one, whatever that is. */
static void
ask(const struct gsup_frame *f)
{
	uint8_t v[GSUP_REQUEST_MAX], name[GSUP_IDENTITY_MAX];
	struct gsup_frame again;
	size_t n, len = gsup_request(&(struct gsup_request){ f->imsi,
	    f->session, f->rand, f->ik }, v);

	expect(len <= sizeof(v) && gsup_measure(v, len, &n) == OK && n == len);
	expect(gsup_measure(name, gsup_identity(f->imsi, name), &n) == OK);
	v[4] = 0x09;	/* as if it came back */
	expect(gsup_decode(&again, v, len) == OK);
	expect(again.kind == GSUP_REFUSAL && again.has_session);
	expect(strcmp(again.imsi, f->imsi) == 0);
	expect(again.session == f->session);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct gsup_frame f;
	enum status status;
	size_t n;

	for (size_t at = 0; at < len; at += n) {
		status = gsup_measure(in + at, len - at, &n);
		expect(status == OK || status == MALFORMED);
		if (status != OK || n == 0)
			break;
		expect(n <= len - at);
		status = gsup_decode(&f, in + at, n);
		expect(status == OK || status == MALFORMED);
		if (status != OK)
			continue;
		check(&f, in + at, n);
		if (f.imsi[0] != '\0')
			ask(&f);
	}
	/* of any length, too */
	status = gsup_decode(&f, in, len);
	expect(status == OK || status == MALFORMED);
	return 0;
}
