/* tpdu.c: SMS-SUBMIT and SMS-DELIVER.  Clauses are of TS 23.040. */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "sms/tpdu.h"

/* The first octet, 9.2.3.1 to 9.2.3.23. */
enum {
	TP_MTI = 0x03,
	TP_DELIVER = 0x00,
	TP_SUBMIT = 0x01,
	TP_STATUS_REPORT = 0x02,	/* or a command */
	TP_NO_MORE = 0x04,		/* TP-MMS of TP_DELIVER */
	TP_VPF = 0x18,		/* of TP_SUBMIT */
	TP_VPF_NONE = 0x00,
	TP_VPF_RELATIVE = 0x10,
	TP_REPORT = 0x20,	/* TP-SRR of SUBMIT, TP-SRI of DELIVER */
	TP_UDHI = 0x40
};

/* Type-of-address, 9.1.2.5. */
enum {
	TOA = 0x80,
	TON = 0x70,
	TON_INTERNATIONAL = 0x10,
	TON_ALPHANUMERIC = 0x50,
	NPI_E164 = 0x01
};

#define SCTS_LEN 7
#define SCTS_MAX 3155759999		/* the end of 2069 */

static const char digits[] = "0123456789*#abc";	/* 9.1.2.3 */

/* 9.2.3.12.1: a relative TP-VP in seconds. */
static uint64_t
vp_seconds(unsigned vp)
{
	const uint64_t minute = 60, hour = 60 * minute, day = 24 * hour;

	if (vp < 144)
		return (vp + 1) * 5 * minute;
	if (vp < 168)
		return 12 * hour + (vp - 143) * 30 * minute;
	if (vp < 197)
		return (vp - 166) * day;
	return (vp - 192) * 7 * day;
}

/* ---- writing ---- */

static size_t
put_number(uint8_t *out, const char *number)
{
	bool international = number[0] == '+';
	const char *d, *s = number + international;
	size_t n = strlen(s);

	assert(n <= SMS_FROM_MAX);
	out[0] = (uint8_t)n;
	out[1] = (uint8_t)(TOA | NPI_E164 |
	    (international ? TON_INTERNATIONAL : 0));
	memset(out + 2, 0xff, (n + 1) / 2);
	for (size_t i = 0; i < n; i++) {
		d = strchr(digits, s[i]);
		assert(d != NULL);
		/* 9.1.2.3: the first digit is the low half */
		out[2 + i / 2] &= (uint8_t)(i % 2 == 0 ? 0xf0 : 0x0f);
		out[2 + i / 2] |= (uint8_t)((d - digits) << i % 2 * 4);
	}
	return 2 + (n + 1) / 2;
}

/* 9.2.3.11, in UTC: the time zone in quarters of an hour is 0. */
static size_t
put_time(uint8_t *out, uint64_t seconds)
{
	time_t at = seconds < SCTS_MAX ? (time_t)seconds : SCTS_MAX;
	struct tm tm;
	int n[SCTS_LEN];

	gmtime_r(&at, &tm);
	memcpy(n, (const int[]){ tm.tm_year % 100, tm.tm_mon + 1, tm.tm_mday,
	    tm.tm_hour, tm.tm_min, tm.tm_sec, 0 }, sizeof(n));
	for (int i = 0; i < SCTS_LEN; i++)
		out[i] = (uint8_t)(n[i] % 10 << 4 | n[i] / 10);
	return SCTS_LEN;
}

static uint8_t
relative_vp(uint64_t validity)
{
	unsigned vp = UINT8_MAX;

	while (vp > 0 && vp_seconds(vp) > validity)
		vp--;
	return (uint8_t)vp;
}

size_t
tpdu_encode(const struct tpdu *t, uint8_t out[static TPDU_MAX])
{
	bool vp = !t->deliver && t->validity > 0;
	size_t at = 1;

	assert(t->ud_len <= SMS_UD_MAX);
	out[0] = (uint8_t)((t->deliver ? TP_DELIVER | TP_NO_MORE : TP_SUBMIT) |
	    (vp ? TP_VPF_RELATIVE : 0) | (t->report ? TP_REPORT : 0) |
	    (t->udhi ? TP_UDHI : 0));
	if (!t->deliver)
		out[at++] = t->mr;
	at += put_number(out + at, t->number);
	out[at++] = t->pid;
	out[at++] = t->dcs;
	if (t->deliver)
		at += put_time(out + at, t->time);
	if (vp)
		out[at++] = relative_vp(t->validity);
	out[at++] = (uint8_t)t->ud_len;
	memcpy(out + at, t->ud, t->ud_len);
	return at + t->ud_len;
}

/* ---- reading ---- */

struct reader {
	const uint8_t *v;
	size_t len, at;
};

/* The next N octets. */
static enum status
take(struct reader *r, size_t n, const uint8_t **v)
{
	if (r->len - r->at < n)
		return fail(MALFORMED, "found %zu octet%s, expected %zu",
		    r->len - r->at, plural(r->len - r->at), n);
	*v = r->v + r->at;
	r->at += n;
	return OK;
}

static enum status
take_octet(struct reader *r, uint8_t *octet)
{
	const uint8_t *v;
	enum status status = take(r, 1, &v);

	if (status == OK)
		*octet = *v;
	return status;
}

static enum status
read_mr(struct tpdu *t, struct reader *r)
{
	return take_octet(r, &t->mr);
}

static enum status
read_pid(struct tpdu *t, struct reader *r)
{
	return take_octet(r, &t->pid);
}

static enum status
read_dcs(struct tpdu *t, struct reader *r)
{
	return take_octet(r, &t->dcs);
}

/* 9.1.2.3: N semi-octets; fill bits, also in between, are no digits. */
static void
read_digits(char *out, size_t max, const uint8_t *v, size_t n)
{
	for (size_t i = 0; i < n && max > 0; i++) {
		unsigned d = i % 2 == 0 ? v[i / 2] & 15u : v[i / 2] >> 4;

		if (d < strlen(digits)) {
			*out++ = digits[d];
			max--;
		}
	}
	*out = '\0';
}

/*
 * 9.1.2.5: N semi-octets of 7-bit characters, TS 23.038 clause 6.2.1.
 * Characters that ASCII has are kept.
 */
static void
read_text(char *out, size_t max, const uint8_t *v, size_t n)
{
	static const char others[] = "$@[\\]^_`{|}~\177";
	unsigned c;
	size_t i;

	for (i = 0; i < n * 4 / 7 && i < max; i++) {
		c = v[i * 7 / 8] >> i * 7 % 8;
		if (i * 7 % 8 > 1)
			c |= (unsigned)v[i * 7 / 8 + 1] << (8 - i * 7 % 8);
		c &= 0x7f;
		if (c == 0x00 || c == 0x02 || c == 0x11)
			out[i] = c == 0 ? '@' : c == 2 ? '$' : '_';
		else
			out[i] = c < ' ' || strchr(others, (int)c) != NULL ?
			    '?' : (char)c;
	}
	out[i] = '\0';
}

/*
 * Nothing is derived from an address, so that whatever it holds it is only
 * skipped by its length: it may have no digits, too many, any type and plan.
 */
static enum status
read_number(struct tpdu *t, struct reader *r)
{
	enum status status;
	bool international;
	const uint8_t *v;
	size_t n;

	if ((status = take(r, 2, &v)) != OK)
		return status;
	n = v[0];
	if ((status = take(r, (n + 1) / 2, &v)) != OK)
		return status;
	if ((v[-1] & TON) == TON_ALPHANUMERIC) {
		read_text(t->number, SMS_FROM_MAX, v, n);
		return OK;
	}
	international = (v[-1] & TON) == TON_INTERNATIONAL;
	read_digits(t->number + international, SMS_FROM_MAX - international,
	    v, n);
	if (international && t->number[1] != '\0')
		t->number[0] = '+';
	return OK;
}

/* 9.2.3.11: two digits; a semi-octet that is no digit counts as 0. */
static int
two_digits(uint8_t octet)
{
	int tens = octet & 15, ones = octet >> 4;

	return (tens < 10 ? 10 * tens : 0) + (ones < 10 ? ones : 0);
}

/* What is no date, such as all zeros, is time 0. */
static enum status
read_time(struct tpdu *t, struct reader *r)
{
	struct tm tm, same;
	enum status status;
	const uint8_t *v;
	time_t at;

	if ((status = take(r, SCTS_LEN, &v)) != OK)
		return status;
	tm = (struct tm){ .tm_year = two_digits(v[0]),
	    .tm_mon = two_digits(v[1]) - 1, .tm_mday = two_digits(v[2]),
	    .tm_hour = two_digits(v[3]), .tm_min = two_digits(v[4]),
	    .tm_sec = two_digits(v[5]) };
	tm.tm_year += tm.tm_year < 70 ? 100 : 0;
	same = tm;
	at = timegm(&same);
	if (same.tm_mon != tm.tm_mon || same.tm_mday != tm.tm_mday ||
	    same.tm_hour != tm.tm_hour || same.tm_min != tm.tm_min ||
	    same.tm_sec != tm.tm_sec)
		return OK;
	/* the time zone in quarters of an hour; bit 3 is its sign */
	at += (v[6] & 8 ? 1 : -1) * two_digits(v[6] & 0xf7) * 15 * 60;
	t->time = at > 0 ? (uint64_t)at : 0;
	return OK;
}

/* The absolute and the enhanced form have the length of a time. */
static enum status
read_vp(struct tpdu *t, struct reader *r)
{
	unsigned vpf = r->v[0] & TP_VPF;
	enum status status = OK;
	const uint8_t *v;

	if (vpf == TP_VPF_RELATIVE && (status = take(r, 1, &v)) == OK)
		t->validity = vp_seconds(*v);
	else if (vpf != TP_VPF_NONE && vpf != TP_VPF_RELATIVE)
		status = take(r, SCTS_LEN, &v);
	return status;
}

/*
 * TP-UDL counts septets where the alphabet has them, and some count them where
 * it has not.  So user data ends there or with the TPDU, whichever is first;
 * what is behind is the rest of a longer one that was stored there before.
 */
static enum status
read_ud(struct tpdu *t, struct reader *r)
{
	enum status status;
	const uint8_t *v;
	uint8_t udl;
	size_t n;

	if ((status = take_octet(r, &udl)) != OK)
		return status;
	n = udl < r->len - r->at ? udl : r->len - r->at;
	if (n > SMS_UD_MAX)
		return fail(MALFORMED, "found %zu octets, expected at most %d",
		    n, SMS_UD_MAX);
	if ((status = take(r, n, &v)) != OK)
		return status;
	memcpy(t->ud, v, n);
	t->ud_len = n;
	return OK;
}

struct step {
	const char *name;
	enum status (*read)(struct tpdu *, struct reader *);
};

static const struct step deliver[] = {
	{ "tp-oa", read_number }, { "tp-pid", read_pid },
	{ "tp-dcs", read_dcs }, { "tp-scts", read_time },
	{ "tp-ud", read_ud }, { NULL, NULL }
};
static const struct step submit[] = {
	{ "tp-mr", read_mr }, { "tp-da", read_number }, { "tp-pid", read_pid },
	{ "tp-dcs", read_dcs }, { "tp-vp", read_vp }, { "tp-ud", read_ud },
	{ NULL, NULL }
};

/* 9.2.3.1: one of a reserved type is treated as SMS-DELIVER. */
enum status
tpdu_decode(struct tpdu *t, const uint8_t *in, size_t len)
{
	struct reader r = { in, len, 1 };
	enum status status;

	memset(t, 0, sizeof(*t));
	if (len == 0)
		return fail(MALFORMED, "tpdu: found 0 octets, expected a "
		    "TPDU");
	if ((in[0] & TP_MTI) == TP_STATUS_REPORT)
		return fail(MALFORMED, "tp-mti: found SMS-STATUS-REPORT or "
		    "SMS-COMMAND, expected SMS-DELIVER or SMS-SUBMIT");
	t->deliver = (in[0] & TP_MTI) != TP_SUBMIT;
	t->report = in[0] & TP_REPORT;
	t->udhi = in[0] & TP_UDHI;
	for (const struct step *s = t->deliver ? deliver : submit;
	    s->name != NULL; s++)
		if ((status = s->read(t, &r)) != OK)
			return fail_in(status, "%s: %s", t->deliver ?
			    "SMS-DELIVER" : "SMS-SUBMIT", s->name);
	return OK;
}

enum status
tpdu_smsc(const uint8_t *in, size_t len, size_t *n)
{
	*n = len > 0 ? 1 + (size_t)in[0] : 1;
	if (*n > len || *n > 1 + 11)
		return fail(MALFORMED, "smsc address: found %zu octet%s, "
		    "expected %zu, at most 12", len, plural(len), *n);
	return OK;
}
