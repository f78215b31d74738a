/*
 * answer.h: many requests to one HSS, answered in one transaction off the loop:
 * step 402 of gba-push(7), from a vector to the JSON of the response.
 */
#ifndef GBA_ANSWER_H
#define GBA_ANSWER_H

#include "connection/store_work.h"
#include "nbsp/push_info.h"
#include "vectors/grant.h"
#include "vectors/vectors.h"

/* An HSS; its worker has it as OWN. */
struct answerer {
	const char *uri;
	const struct grant *grant;
	struct vectors *vectors;	/* NULL: it is not open */
};

extern const struct store_kind answerer_kind, answerer_kind_in_loop;

/*
 * Open it, or leave that to whoever needs it first.  OK; USAGE, MALFORMED or
 * FAILED as vectors_open().
 */
MUST_USE enum status answerer_open(struct answerer *);

/* A request that waits for its answer. */
struct answer {
	struct store_task task;
	struct push_info_asked asked;
	/* once it is answered: the body where the outcome is OK, else which
	   status of HTTP it has */
	char *json;
	size_t json_len;
	unsigned code;
	size_t len;
	uint8_t request[];
};

/*
 * Have REQUEST answered by the worker of an HSS; CALL is called in the loop
 * once it is, or the HSS is out of reach.  NULL: no memory.
 */
struct answer *answer_new(struct store_worker *, const struct record *request,
    const struct push_info_asked *, void (*call)(void *), void *arg);
void answer_drop(struct store_worker *, struct answer *);

/* A store_run_fn: answer those of BATCH. */
MUST_USE enum status answer_run(struct store_worker *,
    struct store_task *batch);

/* The status of HTTP for a request that REJECTED because of TEXT. */
unsigned answer_code(const char *text);

#endif
