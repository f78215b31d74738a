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
user_data(struct sms_message m, uint64_t now_ms)
{
	enum status status = sms_join(&joiner, &form, now_ms, &m);

	expect(status == OK || status == MALFORMED);
	expect(joiner.gpi_count <= (status == OK ? SMS_TRIES : 0));
	for (size_t i = 0; i < joiner.gpi_count; i++) {
		expect(joiner.gpi[i].len > 0 && joiner.gpi[i].len <= GPI_MAX);
		/* some are accepted, some lost */
		sms_join_answered(&joiner, joiner.gpi[i].number,
		    (enum status)(joiner.gpi[i].v[0] % 5));
	}
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
	expect(t.ud_len <= SMS_UD_MAX && strlen(t.number) <= SMS_FROM_MAX);
	user_data((struct sms_message){ .from = t.number, .ud = t.ud,
	    .len = t.ud_len, .udhi = t.udhi, .data = sms_is_data(t.dcs),
	    .port = -1 }, now_ms);
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
	size_t count;

	memset(&joiner, 0, sizeof(joiner));
	expect(sms_split(&form, in[0], in, len, parts, &count) == OK);
	for (size_t i = count; i-- > 0;) {
		expect(sms_join(&joiner, &form, 0, &(struct sms_message){
		    .from = "1", .ud = parts[i].v, .len = parts[i].len,
		    .udhi = true, .data = true, .port = -1 }) == OK);
		expect(joiner.gpi_count == (i == 0));
	}
	/* what is behind a GPI is left out */
	expect(joiner.gpi[0].len <= len);
	expect(memcmp(joiner.gpi[0].v, in, joiner.gpi[0].len) == 0);
}

/* What SMPP says beside the user data, by its last octets. */
static struct sms_message
said(const char *from, uint8_t octet, const uint8_t *v, size_t len)
{
	struct sms_message m = { .from = from, .ud = v, .len = len,
	    .udhi = (octet & 3) != 0, .data = (octet & 4) != 0, .port = -1 };

	if ((octet & 0x78) != 0x78 || len < 3)
		return m;
	m.len -= 3;
	m.port = (v[len - 1] & 1) != 0 ? 16223 : 2948;
	m.ref = v[len - 1] >> 4;
	m.total = v[len - 2];
	m.number = v[len - 3];
	return m;
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
			user_data(said(from, in[at], in + at + 2, n), now_ms);
		else
			message(in + at + 2, n, now_ms);
		n += 2;
	}
	return 0;
}
