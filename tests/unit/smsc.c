/*
 * smsc.c: what is made of what an SMSC says: statuses, receipts and which
 * message they are for; of how many submits it takes; and of its URI.
 */
#include <stdio.h>
#include <string.h>

#include "transport/smpp/smpp_receipts.h"
#include "transport/smpp/smpp_uri.h"
#include "transport/smpp/smpp_window.h"
#include "test.h"

/* ---- statuses and receipts ---- */

static void
test_statuses(void)
{
	test("smpp: statuses");
	check_ok(smpp_verdict(SMPP_SUBMIT_SM, 0));
	check_fail(smpp_verdict(SMPP_SUBMIT_SM, 0x0b), REJECTED,
	    "submit_sm: ESME_RINVDSTADR (0x0b)");
	check_fail(smpp_verdict(SMPP_BIND_RECEIVER, 0x0e), REJECTED,
	    "bind_receiver: ESME_RINVPASWD (0x0e)");
	check_fail(smpp_verdict(SMPP_SUBMIT_SM, 0x08), FAILED,
	    "submit_sm: ESME_RSYSERR (0x08)");
	check_fail(smpp_verdict(SMPP_SUBMIT_SM, 0x401), FAILED,
	    "submit_sm: unknown status (0x401)");
	check(smpp_throttled(0x58) && smpp_throttled(0x14));
	check(!smpp_throttled(0) && !smpp_throttled(0x45));
}

static bool
read_receipt(struct smpp_receipt *r, const char *text, const char *id,
    uint8_t state)
{
	struct smpp_pdu p = { .text = (const uint8_t *)text,
	    .len = strlen(text), .message_state = state };

	strcpy(p.receipted_message_id, id);
	return smpp_receipt_read(r, &p);
}

static void
test_receipts(void)
{
	struct smpp_receipt r;

	test("smpp: a receipt as Appendix B has it");
	check(read_receipt(&r, "id:0123456789 sub:001 dlvrd:000 submit "
	    "date:2701150800 done date:2701150801 stat:UNDELIV err:011 "
	    "text:stat:DELIVRD id:9", "", 0));
	check(strcmp(r.text_id, "0123456789") == 0);
	check(r.id[0] == '\0' && r.last);
	check_fail(smpp_receipt_fail(&r), FAILED,
	    "smpp: receipt UNDELIV err:011");

	test("smpp: a receipt in TLVs, which go before the text");
	check(read_receipt(&r, "id:1 stat:UNDELIV", "b2", 2));
	check(strcmp(r.id, "b2") == 0 && strcmp(r.text_id, "1") == 0);
	check(r.last && r.verdict == OK);
	check(read_receipt(&r, "", "b2", 1));
	check(!r.last);
	check(read_receipt(&r, "", "b2", 8));
	check_fail(smpp_receipt_fail(&r), REJECTED, "smpp: receipt REJECTD");
	check(read_receipt(&r, "stat:EXPIRED", "b2", 0));
	check_fail(smpp_receipt_fail(&r), FAILED, "smpp: receipt EXPIRED");

	test("smpp: no receipts");
	check(!read_receipt(&r, "", "", 2));
	check(!read_receipt(&r, "id:1", "", 0));
	check(!read_receipt(&r, "id:1 stat:WHATEVER", "", 10));
	check(!read_receipt(&r, "xid:1 xstat:DELIVRD", "", 0));
	check(!read_receipt(&r, "id: stat:DELIVRD", "", 0));
	check(!read_receipt(&r, "text:id:1 stat:DELIVRD", "", 0));
}

/* Fields in any order, of any case, and what stands between them. */
static void
test_odd_receipts(void)
{
	static const char ucs2[] = "\0i\0d\0:\0" "7\0 \0s\0t\0a\0t\0:\0D\0E"
	    "\0L\0I\0V\0R\0D";
	struct smpp_pdu p = { .text = (const uint8_t *)ucs2,
	    .len = sizeof(ucs2) - 1 };
	struct smpp_receipt r;

	test("smpp: receipts in other words");
	check(read_receipt(&r, "ID:1 Stat:delivrd err:\377\377 ", "", 0));
	check(r.err[0] == '\0');
	check(read_receipt(&r, "stat:DELIVRD id:7", "", 0));
	check(strcmp(r.text_id, "7") == 0 && r.err[0] == '\0');
	check(read_receipt(&r, "id: 7, stat: DELIVRD; err: text:", "", 0));
	check(strcmp(r.text_id, "7") == 0 && r.err[0] == '\0');
	check(read_receipt(&r, "id:7\r\nstat:DELIVRD\r\n", "", 0));
	check(strcmp(r.text_id, "7") == 0);
	check(smpp_receipt_read(&r, &p) && strcmp(r.text_id, "7") == 0);
}

static void
test_states(void)
{
	static const struct {
		const char *text, *stat;
		bool last;
		enum status verdict;
	} known[] = {
		{ "Delivered", "DELIVRD", true, OK },
		{ "DELIVRED", "DELIVRD", true, OK },
		{ "ACCEPTED", "ACCEPTD", false, OK },
		{ "En_Route", "ENROUTE", false, OK },
		{ "undeliverable", "UNDELIV", true, FAILED },
		{ "UNDELIVRD", "UNDELIV", true, FAILED },
		{ "Expird", "EXPIRED", true, FAILED },
		{ "DELETED", "DELETED", true, REJECTED },
		{ "REJECTED", "REJECTD", true, REJECTED },
		{ "FAILED", "FAILED", true, FAILED },
		{ "UNKNOWN", "UNKNOWN", true, FAILED },
		{ "SKIPPED", "SKIPPED", true, FAILED },
	};
	struct smpp_receipt r;
	char text[64];

	/* praekeltfoundation/vumi#637, farhadi/node-smpp#140 */
	test("smpp: states as SMSCs shorten them");
	for (size_t i = 0; i < COUNT(known); i++) {
		snprintf(text, sizeof(text), "id:1 stat:%s", known[i].text);
		check(read_receipt(&r, text, "", 0));
		check(strcmp(r.stat, known[i].stat) == 0);
		check(r.last == known[i].last);
		check(r.verdict == known[i].verdict);
	}
}

/* ---- which message a receipt is for ---- */

static struct smpp_receipts all;
static struct awaited a[8];

static void
await(size_t i, const char *id)
{
	a[i].of = &a[i];
	smpp_receipts_await(&all, &a[i], id);
}

/* The one that a receipt for ID finds, which is forgotten; or -1. */
static int
found(void)
{
	struct smpp_receipt r;
	struct awaited *of = smpp_receipts_next(&all, &r);

	if (of == NULL)
		return -1;
	smpp_receipts_forget(&all, of);
	return (int)(of - a);
}

static int
put(const char *id, const char *text_id)
{
	struct smpp_receipt r = { .last = true };

	strcpy(r.id, id);
	strcpy(r.text_id, text_id);
	smpp_receipts_put(&all, &r);
	return found();
}

static void
forget_all(void)
{
	for (size_t i = 0; i < COUNT(a); i++)
		smpp_receipts_forget(&all, &a[i]);
	smpp_receipts_settled(&all);
	memset(all.misses, 0, sizeof(all.misses));
	all.best = 0;
	all.doubt = false;
}

static void
test_matching(void)
{
	test("receipts: before and after the answer, once");
	check(put("", "1") == -1);
	await(0, "1");
	check(found() == 0 && found() == -1);
	await(0, "1");
	await(1, "7");
	check(put("", "7") == 1);
	check(put("", "7") == -1);
	check(put("", "1") == 0);
	smpp_receipts_forget(&all, &a[0]);
	check(put("", "8") == -1);
	smpp_receipts_settled(&all);
	await(0, "8");
	check(found() == -1);
	await(1, "");
	check(put("", "8") == 0);
	for (size_t i = 0; i < 2 * RECEIPTS_KEPT; i++)
		check(put("", "5") == -1);
	check_uint(all.kept_end, RECEIPTS_KEPT);
	await(2, "5");
	check(found() == 2 && found() == -1);
	smpp_receipts_settled(&all);
	check_uint(all.kept_end, 0);
	forget_all();
}

static void
test_id_forms(void)
{
	static const struct {
		const char *answer, *receipt;
	} same[] = {
		{ "1F", "31" }, { "31", "1F" }, { "0000001f", "31" },
		{ "0x1F", "0000000031" }, { "abc", "ABC" }, { "7", "007" },
		{ "007", "7" }, { "0", "0000" }, { "m-01 ", "M-01" },
		{ " 00123", "123" }, { "0X0aF", "af" },
		{ "AB54A98CEB1F0AD2", "12345678901234567890" },
		{ "340282366920938463463374607431768211455",
		  "ffffffffffffffffffffffffffffffff" },
		{ "6d0a4d1c-41f2", "6D0A4D1C-41F2" },
	};
	static const char *const others[] = { "", "1G", "32", "0x", "1F0",
	    "31.", "999999999999999999999999999999999999999999999999" };

	/* elibom/mokai#8, MavoCz/smscsim#4, jookies/jasmin#210 */
	test("receipts: ids that are written otherwise");
	for (size_t i = 0; i < COUNT(same); i++) {
		await(0, same[i].answer);
		check(put("", same[i].receipt) == 0);
		forget_all();
		check(put(same[i].receipt, "") == -1);
		await(0, same[i].answer);
		check(found() == 0);
		forget_all();
	}
	await(0, "31");
	for (size_t i = 0; i < COUNT(others); i++)
		check(put("", others[i]) == -1);
	check(put("zz", "31") == 0);
	forget_all();
}

static void
test_doubts(void)
{
	test("receipts: as they are before any other form");
	await(0, "Ab");
	await(1, "aB");
	check(put("", "aB") == 1);
	await(1, "aB");
	check(put("", "AB") == -1 && all.doubt);
	forget_all();

	test("receipts: hex or decimal, until others tell");
	await(0, "10");
	await(1, "16");
	check(put("", "16") == -1 && all.doubt);
	check(put("", "22") == 1);
	check(found() == 0);
	forget_all();
	await(0, "10");
	await(1, "16");
	await(2, "30");
	check(put("", "16") == -1);
	check(put("", "30") == 2);
	check(found() == 1);
	check(put("", "16") == -1);	/* again, and not for 0x10 */
	check(put("", "10") == 0);
	forget_all();

	test("receipts: several parts of one message with one id");
	await(0, "5");
	await(1, "5");
	check(put("", "5") == -1);
	forget_all();
	await(0, "5");
	a[1].of = &a[0];
	smpp_receipts_await(&all, &a[1], "5");
	check(put("", "5") >= 0);
	check(put("", "5") >= 0);
	check(put("", "5") == -1);
	forget_all();
}

/* ---- the window ---- */

static void
test_window(void)
{
	static struct smpp_window s;
	uint64_t next;
	void *of;

	test("submits: answers, orphans, deadlines");
	smpp_window_clear(&s);
	smpp_window_put(&s, 1, &s, 500);
	check(!smpp_window_free(&s, 1 + SMPP_WINDOW_MAX));
	check(!smpp_window_overdue(&s, 499, &next));
	check_uint(next, 500);
	check(smpp_window_overdue(&s, 500, &next));
	check(!smpp_window_answered(&s, 1 + SMPP_WINDOW_MAX, &of));
	smpp_window_disown(&s, 1);
	check(smpp_window_answered(&s, 1, &of) && of == NULL);
	check(!smpp_window_answered(&s, 1, &of));
	check(!smpp_window_overdue(&s, 500, &next));

	test("submits: half for what was sent since, one more for fifty");
	smpp_window_narrower(&s, 3, 10, 8);
	check_uint(s.window, 5);
	smpp_window_narrower(&s, 8, 10, 9);
	check_uint(s.window, 5);
	smpp_window_narrower(&s, 9, 10, 9);
	check_uint(s.window, 2);
	for (int i = 0; i < 100; i++)
		smpp_window_wider(&s);
	check_uint(s.window, 4);
}

/* ---- URIs ---- */

#define FIFTY "12345678901234567890123456789012345678901234567890"

static void
test_uris(void)
{
	static const char *const wrong[] = { "", "@h:1", "a b@h:1", "h:1:2",
	    "65.letters." FIFTY "1234@h:1", "h:70000", "h/12", "h/+49x", "::1",
	    "h?what", "h/123456789012345678901", "[::1", "a@b@h:1" };
	char name[TRANSPORT_WHERE_MAX];
	struct smpp_uri u;

	test("smpp: URIs");
	check_ok(smpp_uri_split("mtc@smsc.example/+491700000001?window=5",
	    false, &u));
	check(strcmp(u.uri, "smpp://mtc@smsc.example:2775") == 0);
	check(strcmp(u.name, "mtc@smsc.example:2775") == 0);
	check(strcmp(u.address, "smsc.example:2775") == 0);
	check(strcmp(u.system_id, "mtc") == 0);
	check(strcmp(u.number, "+491700000001") == 0);
	check_uint(u.form.window, 5);
	check_ok(smpp_uri_split("[::1]:4?wap=x/y", false, &u));
	check(strcmp(u.name, "[::1]:4") == 0);
	check_ok(smpp_uri_split("[::1]", false, &u));
	check(strcmp(u.address, "[::1]:2775") == 0);
	check_ok(smpp_uri_split("sixteen.letters.@h:1", false, &u));
	check_ok(smpp_uri_split("h/?window=1", false, &u));
	check(u.number[0] == '\0' && u.form.window == 1);
	check_ok(smpp_uri_split("mtc@h", true, &u));
	check(strcmp(u.uri, "smpps://mtc@h:3550") == 0);
	for (size_t i = 0; i < COUNT(wrong); i++)
		check(smpp_uri_split(wrong[i], false, &u) == USAGE);
	check_fail(smpp_uri_split("", true, &u), USAGE, "'smpps://' is not "
	    "smpps://[SYSTEM_ID@]HOST[:PORT][/NUMBER][?FORM]");

	test("smpp: names of sessions");
	smpp_uri_name("mtc@h?from=123", name);
	check(strcmp(name, "mtc@h") == 0);
	smpp_uri_name("mtc@h:1/4917?system-type=A&window=2&address-ton=1&"
	    "system-types", name);
	check(strcmp(name, "mtc@h:1?system-type=A&address-ton=1") == 0);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_statuses();
	test_receipts();
	test_odd_receipts();
	test_states();
	test_matching();
	test_id_forms();
	test_doubts();
	test_window();
	test_uris();
	return test_end();
}
