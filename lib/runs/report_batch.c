/* report_batch.c: what became of GPIs, into the store. */
#include "runs/report_batch.h"

#define TURN 512

static bool known[TURN];	/* the P-TID of each */

static enum status
take(void *db, size_t i, const uint8_t *item, size_t len)
{
	struct record report;
	enum status status;

	if ((status = record_decode_as(&report, RECORD_REPORT, item,
	    len)) != OK)
		return status;
	return trigger_ask_report(db, &report, &known[i]);
}

static enum status
decide(void *db, size_t i, const uint8_t *item, size_t len,
    struct output *out)
{
	struct record report;
	enum status status = record_decode_as(&report, RECORD_REPORT, item,
	    len);

	(void)db;
	(void)out;
	return status == OK ? trigger_reported(&report, known[i]) : status;
}

const struct stage report_stage = { .begin = db_stage_begin, .take = take,
    .settle = db_stage_settle, .decide = decide, .turn = TURN,
    .commit = db_stage_commit, .abandon = db_stage_abandon,
    .again = db_stage_again, .silent = true,
    .progress = true };
