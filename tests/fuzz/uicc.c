/*
 * uicc.c: fuzzes what a UICC and a modem send: answers in pieces, the first of
 * each an octet that says what was asked, and the same octets as text.
 */
#include <string.h>

#include "uicc/at.h"
#include "fuzz.h"

/* The octets V are within the answer. */
static void
inside(const struct answer_apdu *a, const uint8_t *v, size_t len)
{
	expect(v == NULL || (v >= a->v && len <= a->len &&
	    v - a->v <= (ptrdiff_t)(a->len - len)));
}

static void
card(uint8_t asked, const uint8_t *in, size_t len)
{
	static enum status (*const read[])(const struct answer_apdu *,
	    struct authentication *) = { answer_3g, answer_bootstrap,
	    answer_naf_key };
	struct authentication out;
	struct answer_apdu a = { .len = len, .sw = 0x9000 };
	enum status status;

	memcpy(a.v, in, len);
	if (asked & 0x80)
		a.sw = 0x9862;
	status = read[asked % 3](&a, &out);
	expect(status == OK || status == REJECTED);
	expect(status == REJECTED || out.auts == NULL);
	inside(&a, out.auts, 14);
	inside(&a, out.ck, 16);
	inside(&a, out.ik, 16);
	inside(&a, out.ks_ext_naf, 32);
	if (status == OK)
		expect(asked % 3 == 0 ? out.ik != NULL : asked % 3 == 1 ||
		    out.ks_ext_naf != NULL);
}

static void
files(const uint8_t *in, size_t len)
{
	struct answer_apdu a = { .len = len, .sw = 0x9000 };
	char impi[IMPI_MAX + 1];
	size_t size, half = len / 2;

	memcpy(a.v, in, len);
	if (fcp_size(&a, &size) == OK)
		expect(size <= UINT32_MAX);
	if (impi_of_isim(in, len, impi) == OK)
		expect(strlen(impi) > 0 && strlen(impi) <= IMPI_MAX);
	if (impi_of_usim(in, half, in + half, len - half, impi) == OK)
		expect(strchr(impi, '@') != NULL);
}

static void
modem(const uint8_t *in, size_t len)
{
	struct at_reader r = { 0 };
	char value[AT_LINE_MAX] = "";
	struct answer_apdu a;

	at_reset(&r);
	(void)at_read(&r, (const char *)in, len, "AT+CSIM=10,\"00\"",
	    "+CSIM:", value);
	expect(strlen(value) < sizeof(value));
	if (at_apdu(value, &a) == OK)
		expect(a.len <= ANSWER_MAX && a.sw <= 0xffff);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct pieces p = { in, len };
	const uint8_t *v;
	size_t n;

	modem(in, len);
	while ((v = piece(&p, &n)) != NULL) {
		if (n == 0)
			continue;
		card(v[0], v + 1, n - 1);
		files(v + 1, n - 1);
	}
	return 0;
}
