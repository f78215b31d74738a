/*
 * json.c: fuzzes lines of JSON, of a subscriber, of a device, and of a record:
 * whatever is taken is a record, and reads the same when shown as JSON and
 * taken again.
 */
#include <string.h>

#include "gba/device.h"
#include "record/json.h"
#include "record/show.h"
#include "store/subscriber.h"
#include "fuzz.h"

static enum status
take(struct subscriber *s, const char *line, size_t len)
{
	enum status status;

	subscriber_init(s);
	status = json_members(line, len, subscriber_set, s);
	return status == OK ? subscriber_finish(s) : status;
}

static void
subscriber(const uint8_t *in, size_t len)
{
	static struct subscriber s, again;
	static struct record card;
	static char shown[SHOW_MAX];
	uint8_t octets[RECORD_MAX], same[RECORD_MAX];
	struct text t = { shown, 0, sizeof(shown) };
	enum status status = take(&s, (const char *)in, len);
	size_t n;

	expect(status == OK || status == MALFORMED);
	if (status != OK)
		return;
	expect(record_check(&s.r) == OK);
	n = record_encode(&s.r, octets);
	show_json(&t, &s.r, true);
	expect(take(&again, shown, t.len) == OK);
	expect(record_encode(&again.r, same) == n);
	expect(memcmp(octets, same, n) == 0);
	expect(record_decode_as(&again.r, RECORD_SUBSCRIBER, octets, n) == OK);
	subscriber_card(&s.r, "bsf.example.org", &card);
	expect(record_check(&card) == OK);
}

typedef enum status reader(struct record *, const uint8_t *, size_t);

static void
record(reader *read, const uint8_t *in, size_t len)
{
	static struct record r, again;
	static char shown[SHOW_MAX];
	uint8_t octets[RECORD_MAX], same[RECORD_MAX];
	struct text t = { shown, 0, sizeof(shown) };
	enum status status = read(&r, in, len);
	size_t n;

	expect(status == OK || status == MALFORMED);
	if (status != OK)
		return;
	expect(record_check(&r) == OK);
	n = record_encode(&r, octets);
	show_json(&t, &r, true);
	expect(read(&again, (const uint8_t *)shown, t.len) == OK);
	expect(record_encode(&again, same) == n);
	expect(memcmp(octets, same, n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	json_decref(json_text((const char *)in, len));
	subscriber(in, len);
	record(device_read, in, len);
	record(json_or_record, in, len);
	return 0;
}
