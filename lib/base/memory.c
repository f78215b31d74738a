/* memory.c: memory that keeps no secrets, and libraries that run out of it. */
#include <dlfcn.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/message.h"

/*
 * More than any call leaves: SQLite, OpenSSL and the C library's resolver take
 * 10 to 40 KiB.  To erase it costs 2 us.
 */
#define STACK_DEPTH (128 << 10)

/* ---- what is freed is erased, and what is wanted is there ---- */

/*
 * A sanitizer has its own, looks at what is done to them, and at the end into
 * the memory of its process.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) || \
    __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#if !SANITIZED
/* The functions of the C library, or of a library that was loaded before it. */
static struct {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void (*free)(void *);
	bool looking;		/* for these, which itself may allocate */
} next;

/* musl has none, and allocates nothing meanwhile. */
extern void *__libc_malloc(size_t) __attribute__((weak));
extern void *__libc_calloc(size_t, size_t) __attribute__((weak));
extern void __libc_free(void *) __attribute__((weak));

static bool
find_next(void)
{
	if (next.free != NULL)
		return true;
	if (next.looking)
		return false;
	next.looking = true;
	*(void **)&next.malloc = dlsym(RTLD_NEXT, "malloc");
	*(void **)&next.calloc = dlsym(RTLD_NEXT, "calloc");
	*(void **)&next.free = dlsym(RTLD_NEXT, "free");
	return true;
}

/*
 * No library is to see that there is none: some crash (OpenSSL while it fetches
 * an algorithm), abort (libuv), exit (libcoap), take it for a fault of their
 * input (jansson) or of the peer, or tell nobody.
 */
static void *
sure(void *p)
{
	if (p == NULL)
		memory_out();
	return p;
}

void *
malloc(size_t n)
{
	return sure(find_next() ? next.malloc(n) : __libc_malloc(n));
}

void *
calloc(size_t count, size_t n)
{
	return sure(find_next() ? next.calloc(count, n) :
	    __libc_calloc(count, n));
}

/* As wipe(), without its calls: free() comes a thousand times a millisecond. */
static inline void
erase(void *p, size_t n)
{
	memset(p, 0, n);
	__asm__ volatile("" : : "r"(p) : "memory");
}

/*
 * The same for a large block: to write to pages that nothing has touched would
 * have the kernel make them, 3 ms for 5 MiB.  Instead it takes back those that
 * are there; they are zeros from then on.  It does not where they are locked.
 */
#define LARGE (1 << 20)
static void
erase_large(void *p, size_t n)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t head = -(uintptr_t)p & (page - 1);
	size_t whole = (n - head) & ~(page - 1);
	char *at = (char *)p + head;

	erase(p, head);
	if (madvise(at, whole, MADV_DONTNEED) != 0)
		erase(at, whole);
	erase(at + whole, n - head - whole);
}

void
free(void *p)
{
	size_t n;

	if (p == NULL)
		return;
	if ((n = malloc_usable_size(p)) < LARGE)
		erase(p, n);
	else
		erase_large(p, n);
	if (find_next())
		next.free(p);
	else
		__libc_free(p);
}

/*
 * What grows moves, so that what it leaves behind is erased; what shrinks by
 * less than half stays.
 */
void *
realloc(void *p, size_t n)
{
	size_t had = p == NULL ? 0 : malloc_usable_size(p);
	void *new;

	if (p != NULL && n == 0) {
		free(p);
		return NULL;
	}
	if (n <= had && n >= had / 2) {
		wipe((char *)p + n, had - n);
		return p;
	}
	new = malloc(n);
	if (p != NULL)
		memcpy(new, p, had < n ? had : n);
	free(p);
	return new;
}

/* Nothing is in it, and so there is nothing to erase. */
bool
memory_there(size_t n)
{
	void *p = find_next() ? next.malloc(n) : __libc_malloc(n);

	if (p != NULL)
		next.free(p);
	return p != NULL;
}
#else
bool
memory_there(size_t n)
{
	void *p = malloc(n);

	free(p);
	return p != NULL;
}
#endif

void __attribute__((noinline))
memory_wipe_stack(void)
{
	char v[STACK_DEPTH];

	explicit_bzero(v, sizeof(v));
}

/* ---- what a library does that has no memory ---- */

#define FILES 64	/* with names, at a time; most have none (file.c) */

static const char *files[FILES];
static volatile bool ended;

void
memory_remove(const char *name)
{
	for (size_t i = 0; i < FILES; i++) {
		if (files[i] == NULL) {
			files[i] = name;
			return;
		}
	}
}

void
memory_keep(const char *name)
{
	for (size_t i = 0; i < FILES && name != NULL; i++)
		if (files[i] == name)
			files[i] = NULL;
}

/* Only what needs no memory, and holds no lock of a library. */
static _Noreturn void
end_because(const char *why)
{
	ended = true;
	for (size_t i = 0; i < FILES; i++)
		if (files[i] != NULL)
			unlink(files[i]);
	warn("%s", why);
	_exit(FAILED);
}

_Noreturn void
memory_out(void)
{
	end_because("no memory");
}

/* libuv, where the kernel has no room for a descriptor, and assert(). */
static void
aborted(int number)
{
	(void)number;
	if (!ended)
		end_because("a library gave up; no memory, or no descriptors?");
	_exit(FAILED);
}

/* libcoap calls exit(), where it has no memory. */
static void
exiting(void)
{
	if (!ended)
		end_because("a library gave up; no memory?");
}

void
memory_end(void)
{
	ended = true;
}

/* ---- the process ---- */

/* More than any limit of locked memory, but one that is none. */
#define MUCH ((size_t)1 << 36)

/*
 * Under a limit, what is allocated later could not be had: then nothing is
 * locked.  It would be of little use: what waits has no keys, and what works is
 * not swapped out.  For that reason, too, it can be left until the first wait:
 * it takes as long as a quarter of the start of a program.
 */
static void
lock_once(void)
{
	static bool tried;
	void *much;

	if (tried || SANITIZED)
		return;
	tried = true;
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0)
		return;
	much = mmap(NULL, MUCH, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS |
	    MAP_NORESERVE, -1, 0);
	if (much == MAP_FAILED)
		munlockall();
	else
		munmap(much, MUCH);
}

void
memory_wait(void)
{
	lock_once();
	memory_wipe_stack();
}

void
memory_begin(void)
{
	struct rlimit limit = { 0, 0 };
	struct sigaction on_abort = { .sa_handler = aborted };

	if (getenv("GBA_PUSH_DEBUG") == NULL && !SANITIZED) {
		/* a command of --exec may raise it again */
		getrlimit(RLIMIT_CORE, &limit);
		limit.rlim_cur = 0;
		setrlimit(RLIMIT_CORE, &limit);
		prctl(PR_SET_DUMPABLE, 0);
	}
	sigaction(SIGABRT, &on_abort, NULL);
	atexit(exiting);
}
