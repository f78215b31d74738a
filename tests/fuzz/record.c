/*
 * record.c: fuzzes the decoder of records: whatever it takes has exactly one
 * encoding, and can be shown.
 */
#include <string.h>

#include "gba/gpi.h"
#include "gba/hexview.h"
#include "record/json.h"
#include "fuzz.h"

static char shown[1 << 18];

static void
show(const uint8_t *in, size_t len, const struct record *r, bool secrets)
{
	struct text t = { shown, 0, sizeof(shown) };
	struct record gpi = { 0 };
	json_t *json;
	bool within = r != NULL && record_has(r, HAS(GPI)) &&
	    gpi_decode(&gpi, r->gpi.v, r->gpi.len) == OK;

	hexview(&t, in, len, &(struct hexview){ .r = r, .secrets = secrets,
	    .gpi = within ? &gpi : NULL, .colour = secrets });
	expect(t.len < sizeof(shown) - 1);
	if (r == NULL)
		return;
	t.len = 0;
	show_text(&t, r, secrets);
	expect(t.len < SHOW_MAX);
	t.len = 0;
	show_json(&t, r, secrets);
	expect(t.len < SHOW_MAX);
	json = json_loadb(shown, t.len, JSON_REJECT_DUPLICATES, NULL);
	expect(json_is_object(json));
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static struct record r;
	uint8_t again[RECORD_MAX];
	enum status status = record_decode(&r, in, len);
	size_t n;

	expect(status == OK || status == MALFORMED);
	if (len > 0 && len <= RECORD_MAX)
		show(in, len, status == OK ? &r : NULL, in[len - 1] & 1);
	if (status != OK)
		return 0;
	expect(record_check(&r) == OK);
	expect(cbor_measure(in, len, &n) == OK && n == len);
	if (record_encode(&r, again) != len)
		r.has &= ~HAS(TRIGGER_MODE);	/* filled in */
	expect(record_encode(&r, again) == len);
	expect(memcmp(again, in, len) == 0);
	return 0;
}
