/*
 * smsc.c: what is made of what an SMSC says: statuses, receipts and which
 * message they are for; of how many submits it takes; and of its URI.
 */
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
	check(strcmp(r.id, "0123456789") == 0);
	check(r.last);
	check_fail(smpp_receipt_fail(&r), FAILED,
	    "smpp: receipt UNDELIV err:011");

	test("smpp: a receipt in TLVs, which go before the text");
	check(read_receipt(&r, "id:1 stat:UNDELIV", "b2", 2));
	check(strcmp(r.id, "b2") == 0);
	check(r.last && r.verdict == OK);
	check(read_receipt(&r, "", "b2", 1));
	check(!r.last);
	check(read_receipt(&r, "", "b2", 8));
	check_fail(smpp_receipt_fail(&r), REJECTED, "smpp: receipt REJECTD");

	test("smpp: no receipts");
	check(!read_receipt(&r, "", "", 2));
	check(!read_receipt(&r, "id:1", "", 0));
	check(!read_receipt(&r, "id:1 stat:WHATEVER", "", 9));
	check(!read_receipt(&r, "xid:1 xstat:DELIVRD", "", 0));
	check(read_receipt(&r, "ID:1 Stat:delivrd err:\377\377 ", "", 0));
	check(r.err[0] == '\0');
}

static void
test_matching(void)
{
	static struct smpp_receipts all;
	struct awaited a[3] = { { .id = "" } };
	struct smpp_receipt early = { .id = "7", .last = true };

	test("receipts: before and after the answer, once");
	check(smpp_receipts_find(&all, "1") == NULL);
	check(smpp_receipts_await(&all, &a[0], "1") == NULL);
	smpp_receipts_early(&all, &early);
	check(smpp_receipts_await(&all, &a[1], "7") == &all.early[0]);
	check(smpp_receipts_await(&all, &a[2], "7") == NULL);
	check(smpp_receipts_find(&all, "1") == &a[0]);
	smpp_receipts_forget(&all, &a[0]);
	smpp_receipts_forget(&all, &a[0]);
	check(smpp_receipts_find(&all, "1") == NULL);
	for (size_t i = 0; i < 2 * RECEIPTS_EARLY; i++)
		smpp_receipts_early(&all, &early);
	check_uint(all.early_count, RECEIPTS_EARLY);
	smpp_receipts_settled(&all);
	check(smpp_receipts_await(&all, &a[0], "7") == NULL);
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

static void
test_uris(void)
{
	static const char *const wrong[] = { "", "@h:1", "a b@h:1", "h:1:2",
	    "sixteen.letters.@h:1", "h:70000", "h/", "h/12", "h/+49x", "::1",
	    "h?what", "h/123456789012345678901", "[::1", "a@b@h:1" };
	struct smpp_uri u;

	test("smpp: URIs");
	check_ok(smpp_uri_split("mtc@smsc.example/+491700000001?window=5", &u));
	check(strcmp(u.name, "mtc@smsc.example:2775") == 0);
	check(strcmp(u.address, "smsc.example:2775") == 0);
	check(strcmp(u.system_id, "mtc") == 0);
	check(strcmp(u.number, "+491700000001") == 0);
	check_uint(u.form.window, 5);
	check_uint(smpp_uri_name("mtc@h?from=123"), 5);
	check_ok(smpp_uri_split("[::1]:4?wap=x/y", &u));
	check(strcmp(u.name, "[::1]:4") == 0);
	check_ok(smpp_uri_split("[::1]", &u));
	check(strcmp(u.address, "[::1]:2775") == 0);
	for (size_t i = 0; i < COUNT(wrong); i++)
		check(smpp_uri_split(wrong[i], &u) == USAGE);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_statuses();
	test_receipts();
	test_matching();
	test_window();
	test_uris();
	return test_end();
}
