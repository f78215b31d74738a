/*
 * workers.h: a server of several processes, and the one that began them: it
 * writes what they say, waits for their ends, and ends them.
 */
#ifndef GBA_WORKERS_H
#define GBA_WORKERS_H

#include "connection/crew.h"
#include "connection/serve.h"

/* What each of them does: serve, with the lines to OUT. */
typedef enum status worker_fn(const struct serve_options *,
    struct output *out, struct crew *);

/*
 * Have options->workers processes do FN, until all have ended: after SIGTERM or
 * SIGINT, or after COUNT connections.  Where one ends before, so do the others,
 * and that is said.  OUT gets whole lines.  Returns the worst of their
 * statuses; FAILED, too, where one did not end by itself.
 */
MUST_USE enum status workers_run(const struct serve_options *,
    struct output *out, worker_fn *fn);

#endif
