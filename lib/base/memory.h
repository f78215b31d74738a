/*
 * memory.h: memory that keeps no secrets, and libraries that run out of it.
 *
 * The programs have a malloc() and a free() of their own, for all libraries.
 * What is freed is erased: OpenSSL, SQLite, libpq, jansson and stdio do not
 * erase the rows, records and keys that they free.  And where there is no
 * memory, the program ends by memory_out(): only what runs with the malloc() of
 * a sanitizer sees a null pointer.
 */
#ifndef GBA_MEMORY_H
#define GBA_MEMORY_H

#include "base/octets.h"

/*
 * Before all else: no core dump and no debugger of the same user reads this
 * process, unless the environment has GBA_PUSH_DEBUG; and where a library calls
 * abort() or exit(), the program says one line and ends with status 4.
 */
void memory_begin(void);

/* The end of main(): exit() is no library's. */
void memory_end(void);

/*
 * Whether there would be N octets, at most 64 KiB, at this moment: who can do
 * without what these are for, asks before memory_out() would end the program.
 */
bool memory_there(size_t n);

/* The program's last line: it has no memory.  Ends it with status 4. */
_Noreturn void memory_out(void);

/* Erase what calls that have returned left on this thread's stack. */
void memory_wipe_stack(void);

/*
 * The same before a wait; and from the first on nothing is swapped out, where
 * the process may lock all its memory.
 */
void memory_wait(void);

/*
 * Remove the file NAME, which stays where it is until memory_keep(), should a
 * library end the program.
 */
void memory_remove(const char *name);
void memory_keep(const char *name);

#endif
