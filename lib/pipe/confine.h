/*
 * confine.h: what a program that talks to a network keeps once it has started.
 * Landlock leaves it the files that were named here; seccomp leaves it the
 * system calls of the table in confine.c, among them none that runs a program.
 */
#ifndef GBA_CONFINE_H
#define GBA_CONFINE_H

#include "pipe/opt.h"

/* What some of them need besides. */
enum {
	CONFINE_SOCKETS = 1,	/* new sockets, and connections to anywhere */
	CONFINE_ANY_FILE = 2,	/* files that records name */
	CONFINE_NEW_FILE = 4,	/* and that are made */
	CONFINE_LIBPQ = 8,	/* late libraries, and what libpq reads */
	CONFINE_CHILDREN = 16	/* how processes that it began have ended */
};

/* Rows of an option table: --no-confine and -v of the VERBS that confine. */
#define CONFINE_OPTS(verbs) \
	{ "no-confine", 0, OPT_FLAG, NULL, &common.no_confine, 0, verbs, 0, \
	  "keep all rights of the user, for debugging" }, \
	{ "verbose", 'v', OPT_FLAG, NULL, &common.verbose, 0, verbs, 0, \
	  "say how the program confines itself" }

/*
 * FILE, or NULL, is read; or it is written: a regular file is replaced by
 * another of its directory, or has others beside it.  REPLACES: so is one of
 * any kind.  IN: files of the directory DIR are made.
 */
void confine_reads(const char *file);
void confine_writes(const char *file);
void confine_replaces(const char *file);
void confine_writes_in(const char *dir);

/* The authorities that the system trusts are read. */
void confine_reads_certificates(void);

/* The one HOST:PORT that the program connects to: no other port, by TCP. */
void confine_connects(const char *where);

/* The store NAME, if it is a file; returns the needs of one that is none. */
unsigned confine_store(const char *name);

/*
 * The address URI to send to; NULL: those of records.  Returns what it needs.
 */
unsigned confine_sends_to(const char *uri);

/*
 * Before there are secrets and threads: start the helper (helper.h) that looks
 * names up, and runs CMD if it is not NULL, unless the program will not be
 * confined.  OK or FAILED.
 */
MUST_USE enum status confine_helper(const char *cmd);

/*
 * Give up all else, for this thread and those that it begins.  What the system
 * cannot do is left out; -v says so.  A call that is not allowed ends the
 * program with one line and status 4; a file that is not, cannot be opened.
 * OK or FAILED.
 */
MUST_USE enum status confine(unsigned needs);

#endif
