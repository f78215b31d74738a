/*
 * hash.h: hash tables: uthash, where it is no reason to end the program that
 * memory runs out.  HASH_ADDED() is false then, and the table is as it was.
 */
#ifndef GBA_HASH_H
#define GBA_HASH_H

#define HASH_NONFATAL_OOM 1
#include <uthash.h>

/* Whether ELEMENT, whose handle is HH, is in a table after HASH_ADD. */
#define HASH_ADDED(element) ((element)->hh.tbl != NULL)

#endif
