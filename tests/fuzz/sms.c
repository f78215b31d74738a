/*
 * sms.c: fuzzes short messages: each of them is an octet that says who sent it
 * and when, one that says how long it is, and as many of a TPDU or, after a
 * sender below 128, of user data.
 */
#include <string.h>

#include "sms/tpdu.h"
#include "fuzz.h"

static struct sms_params form;
static struct sms_joiner joiner;

static void
user_data(const char *from, uint64_t now_ms, const uint8_t *ud, size_t len)
{
	uint8_t gpi[GPI_ROOM];
	enum status status;
	size_t n = 99;

	status = sms_join(&joiner, &form, from, now_ms, ud, len, true, gpi,
	    &n);
	expect(status == OK || status == MALFORMED);
	expect(n <= GPI_MAX && (status == OK || n == 0));
}

/* An alphanumeric sender may be written with the same characters. */
static bool
is_number(const char *s)
{
	s += s[0] == '+';
	return s[0] != '\0' && s[strspn(s, "0123456789*#")] == '\0';
}

/* What is read, is written so that it reads the same. */
static void
message(const uint8_t *in, size_t len, uint64_t now_ms)
{
	uint8_t made[TPDU_MAX];
	struct tpdu t, again;
	size_t n;

	if (tpdu_decode(&t, in, len) != OK)
		return;
	expect(t.ud_len <= SMS_UD_MAX && strlen(t.number) <= SMS_NUMBER_MAX);
	user_data(t.number, now_ms, t.ud, t.ud_len);
	if (!is_number(t.number))
		return;
	n = tpdu_encode(&t, made);
	expect(n <= TPDU_MAX && tpdu_decode(&again, made, n) == OK);
	expect(again.deliver == t.deliver && again.udhi == t.udhi);
	expect(again.pid == t.pid && again.dcs == t.dcs && again.mr == t.mr);
	expect(again.time == t.time && again.validity == t.validity);
	expect(strcmp(again.number, t.number) == 0);
	expect(again.ud_len == t.ud_len);
	expect(memcmp(again.ud, t.ud, t.ud_len) == 0);
}

/* A GPI of any octets comes out as it went in. */
static void
both_ways(const uint8_t *in, size_t len)
{
	struct sms_part parts[SMS_PARTS_MAX];
	uint8_t gpi[GPI_ROOM];
	size_t count, n = 0;

	memset(&joiner, 0, sizeof(joiner));
	expect(sms_split(&form, in[0], in, len, parts, &count) == OK);
	for (size_t i = count; i-- > 0;) {
		expect(n == 0);
		expect(sms_join(&joiner, &form, "1", 0, parts[i].v,
		    parts[i].len, true, gpi, &n) == OK);
	}
	expect(n == len && memcmp(gpi, in, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	static const char *const params[] = { "", "wap",
	    "wap=0x9081&type=0x320", "port=2948", "wap=0x12&type=0x20" };
	char from[2] = "0";
	uint64_t now_ms = 0;
	size_t n;

	if (len == 0)
		return 0;
	expect(sms_params_parse(&form, params[in[0] % COUNT(params)]) == OK);
	if (len <= GPI_MAX)
		both_ways(in, len);
	memset(&joiner, 0, sizeof(joiner));
	for (size_t at = 1; at + 2 <= len; at += n) {
		from[0] = (char)('0' + (in[at] & 7));
		now_ms += (in[at] >> 3 & 15) * UINT64_C(60000);
		n = in[at + 1] < len - at - 2 ? in[at + 1] : len - at - 2;
		if (in[at] < 128)
			user_data(from, now_ms, in + at + 2, n);
		else
			message(in + at + 2, n, now_ms);
		n += 2;
	}
	return 0;
}
