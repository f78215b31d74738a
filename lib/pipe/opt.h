/*
 * opt.h: one table of options per program, from which come parsing, checks,
 * and --help; tests compare it with the manual.
 */
#ifndef GBA_OPT_H
#define GBA_OPT_H

#include "record/record.h"
#include "store/db.h"

/* What an option's value is, and so what `to' points at. */
enum opt_kind {
	OPT_FLAG,	/* bool: no value */
	OPT_STRING,	/* const char * */
	OPT_LIST,	/* struct opt_list: may be given again */
	OPT_OUTPUT,	/* a string: the name of what is written to */
	OPT_NUMBER,	/* uint64_t, 1..2^32-1 */
	OPT_FIELD	/* a field of a struct record, by its rules */
};

struct opt_list {
	const char **v;		/* an array (array.h) */
	size_t count, room;
};

#define ALL_VERBS (~0u)
#define VERB(name) (1u << VERB_ ## name)

struct opt {
	const char *name;	/* --name */
	char letter;		/* -x, or 0 */
	enum opt_kind kind;
	const char *value;	/* in --help; NULL for a flag */
	void *to;
	enum key field;
	unsigned verbs;		/* that take it */
	unsigned required;	/* of those, that want it */
	/* In --help; the words of a field of few follow.  From what ends with
	   `: WORD, WORD' shells complete. */
	const char *help;
};

/*
 * What every program has: -h -V -o -j -t -s --cbor --now --rand, and the
 * operand.
 */
struct common {
	const char *output;
	const char *operand;	/* the input file, or NULL */
	bool json, text, cbor, secrets, help, version, no_confine, verbose;
	uint64_t now;
	const char *rand;
};
extern struct common common;

struct output;

/*
 * One thing that a program does; one without a name is all it does.  run()
 * does it, or else write() does, which puts records into an output that was
 * opened for it.
 */
struct verb {
	const char *name;
	const char *args;	/* in --help, after the options */
	const char *help;
	enum status (*run)(void);
	enum {
		VERB_NO_OPERAND = 1,
		VERB_NO_OUTPUT = 2,	/* neither -o nor -j, -t, -s */
		VERB_RANDOM = 4,	/* --rand */
		VERB_NO_STORE = 8,
		VERB_CHANGE = 16,	/* all it does is one transaction */
		VERB_FOR_PROGRAMS = 32,	/* no text on a terminal */
		VERB_PRINTS = 64,	/* a line on standard output */
		VERB_NO_NEW_STORE = 128,	/* the store must be there */
		/* text wherever people or scripts look: a table, or as -t;
		   records into a file of -o, or with --cbor */
		VERB_TABLE = 256,
		VERB_TEXT = 512,
		VERB_QUIET = 1024	/* nothing on a terminal, unasked */
	} manners;
	enum status (*check)(void);	/* of its options; or NULL */
	enum status (*write)(struct output *);
};

/* The store of a program, opened for its verbs as *DB, closed after them. */
struct program_store {
	const char **name;	/* what the option says */
	const struct schema *schema;
	struct db **db;
	/* db_open(): a program without a store is linked with no database */
	enum status (*open)(struct db **, const char *name,
	    const struct schema *, bool create);
};

struct program {
	const char *name;
	const char *about;	/* one line */
	const struct verb *verbs;
	size_t verb_count;
	const struct opt *opts;
	size_t opt_count;
	const char *(*built_with)(void);	/* a line of --version, or
						   NULL */
	struct program_store store;	/* none: all 0 */
};

/*
 * Read ARGV by the tables of VERB and of all programs.  OK, also where --help
 * or --version is all that is asked for; or USAGE.
 */
MUST_USE enum status opt_parse(const struct program *, const struct verb *,
    int argc, char **argv);

/*
 * Standard output, where records are written to it, is no file of an option or
 * of the input.  OK or USAGE.
 */
MUST_USE enum status opt_check_standard(void);

/* --help of VERB, after opt_parse(). */
void opt_help(const struct program *, const struct verb *);

#endif
