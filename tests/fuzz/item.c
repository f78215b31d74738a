/* item.c: fuzzes where an item ends in a sequence. */
#include <stdlib.h>

#include "record/cbor.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	size_t n, again, cut = len > 0 ? in[len - 1] % len : 0;
	enum status status = cbor_measure(in, len, &n), part;
	struct token t;

	expect(status == OK || status == MALFORMED);
	expect(n <= len && n <= ITEM_MAX);
	expect(status == OK || n == 0);
	part = cbor_measure(in, cut, &again);
	/* what is no CBOR stays so, and an item ends where it ends */
	expect(part != MALFORMED || status == MALFORMED);
	expect(part == MALFORMED || again == 0 || again == n);
	if (n > 0) {
		expect(cbor_measure(in, n, &again) == OK && again == n);
		expect(cbor_measure(in, n - 1, &again) == OK && again == 0);
	}
	for (size_t at = 0; at < len; at += again) {
		again = token_read(&t, in + at, len - at);
		expect(again <= len - at);
		if (t.kind == TOKEN_BYTES || t.kind == TOKEN_TEXT)
			expect(t.v + t.n == in + at + again);
		if (again == 0)
			break;
	}
	return 0;
}
