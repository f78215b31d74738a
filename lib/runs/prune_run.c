/* prune_run.c: old triggers are removed. */
#include "base/progress.h"
#include "runs/prune_run.h"
#include "store/store.h"

#define BATCH 10000	/* rows that are looked at in one transaction */

enum status
prune_run(struct db *db, uint64_t before, uint64_t now, uint64_t *removed)
{
	enum status status = OK;
	uint64_t after = 0;
	bool more = true;

	*removed = 0;
	while (more && (status = db_begin(db)) == OK &&
	    (status = db_end(db, trigger_prune_next(db, before, now, BATCH,
	    &after, removed, &more))) == OK)
		progress(*removed, 0, 0);
	progress_clear();
	return status;
}
