/* report_batch.c: what became of GPIs, into the store. */
#include "record/json.h"
#include "runs/report_batch.h"

static enum status
take(void *batch, size_t i, const struct item *report)
{
	struct report_batch *b = batch;

	return trigger_ask_report(b->db, report->r, &b->known[i]);
}

static enum status
decide(void *batch, size_t i, const struct item *report, struct output *out)
{
	const struct report_batch *b = batch;

	(void)out;
	return trigger_reported(report->r, b->known[i]);
}

static enum status
read_report(struct record *r, const uint8_t *item, size_t len)
{
	return json_or_record_as(r, RECORD_REPORT, item, len);
}

struct stage
report_batch_stage(const struct report_batch *b)
{
	return (struct stage){ .type = RECORD_REPORT, .read = read_report,
	    .framing = FRAMING_SEQUENCE_OR_LINES, .take = take,
	    .decide = decide, .turn = REPORT_BATCH_TURN, .db = b->db,
	    .repeatable = db_is_shared(b->db), .silent = true,
	    .progress = true };
}
