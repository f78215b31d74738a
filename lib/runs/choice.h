/*
 * choice.h: the devices that options choose: by identity, in a file, all, or
 * by the state of their newest trigger.
 */
#ifndef GBA_CHOICE_H
#define GBA_CHOICE_H

#include "pipe/opt.h"
#include "pipe/stream.h"

struct choice {
	struct opt_list ue_id;	/* of --ue-id */
	const char *file;	/* of --ue-id-file; `-': standard input */
	bool all;		/* --all */
	const char *state;	/* of --state: words with commas between them */
	uint64_t states;	/* the same as a set (store.h), or 0: any */
};

/* The set (store.h) of the states WORDS; NULL: any.  OK or USAGE. */
MUST_USE enum status choice_states(const char *words, uint64_t *states);

/* Read --state.  OK or USAGE. */
MUST_USE enum status choice_check(struct choice *);

/* Whether it names devices, in options or in a file. */
bool choice_names(const struct choice *);

/*
 * Put the devices, as items, through STAGE.  An item of a device that is named
 * has no record, and choice_ue_id(); of --all, or of --state without a name,
 * it is the record of a registered device.  Lines that name no device are
 * complained about and skipped.  Returns the most severe status seen.
 */
MUST_USE enum status choice_run(const struct choice *, struct db *,
    const struct stage *, void *arg, struct output *);

/* Say that there was no device. */
void choice_say_none(const struct choice *);

/* The identity of an item. */
const char *choice_ue_id(const struct item *);

/* A stage's complain(): its file and line are named, if it has one. */
void choice_complain(void *unused, const struct item *);

/* Whether it came from a file. */
bool choice_has_line(const struct item *);

/*
 * Whether a batch ends because the file has no more for now: others may want
 * the store meanwhile.
 */
bool choice_waits(void);

/*
 * All identities that are named, into IDS, which the caller empties with
 * choice_free_list().  OK; MALFORMED where lines were complained about and
 * left out; FAILED.
 */
MUST_USE enum status choice_list(const struct choice *, struct opt_list *ids);
void choice_free_list(struct opt_list *ids);

#endif
