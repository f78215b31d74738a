/*
 * lookup.h: a look-up of the device behind a P-TID, off the loop.
 */
#ifndef GBA_LOOKUP_H
#define GBA_LOOKUP_H

#include "connection/admit.h"
#include "connection/store_work.h"
#include "connection/tls.h"
#include "store/admission.h"

struct lookup {
	struct store_task task;		/* OK: the device may connect */
	struct admission ask;
	bool decided;			/* its outcome is there */
	bool whole;			/* TRIGGER is wanted, too */
	char p_tid[65];
	/* the answer */
	enum state verdict;		/* where it is not OK: admit.h */
	bool overdue;			/* its trigger is to be expired first */
	TEXT(255) ue_id;		/* empty where it is not known */
	uint64_t trigger_ind;		/* 0: none */
	struct trigger_window window;
	uint8_t key[TLS_KEY_LEN];
	struct record *trigger;		/* or NULL */
};

/* One of P_TID for STORE; CALL as store_task.  NULL: no memory. */
struct lookup *lookup_begin(struct store_work *, const char *p_tid,
    bool whole, void (*call)(void *), void *arg);
void lookup_drop(struct store_work *, struct lookup *);

/* The store_run_fn of look-ups: all of them are asked for together. */
enum status lookup_run(struct store_worker *, struct store_task *);

#endif
