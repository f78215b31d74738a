/*
 * inject.c: a library to be preloaded, with which calls fail.  The environment
 * says which:
 *
 *	FAULT_PROGRAM	the program that it is for; its children are let alone
 *	FAULT_KIND	the first argument of a row below
 *	FAULT_AT	the first call of that kind that fails, from 1
 *	FAULT_ROW	how many in a row do (1)
 *	FAULT_LOG	a file that gets the name of each function that failed
 *
 * Failing calls are those of the program and of all its libraries; of SQLite,
 * OpenSSL and libpq, those of the program.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <netdb.h>
#include <poll.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *kind, *log_name;	/* KIND is NULL: nothing fails */
static long at, row, count;
static uintptr_t low, high;		/* of the program */
static struct stat said;		/* standard error */

static void
note(const char *function, const char *more)
{
	long fd = syscall(SYS_openat, AT_FDCWD, log_name, O_WRONLY | O_CREAT |
	    O_APPEND, 0600);

	if (fd < 0)
		return;
	syscall(SYS_write, fd, function, strlen(function));
	syscall(SYS_write, fd, more, strlen(more));
	syscall(SYS_close, fd);
}

/* Whether this call of FUNCTION, of the kind K, fails. */
static int
fails(const char *k, const char *function)
{
	long n;

	if (kind == NULL || strcmp(kind, k) != 0)
		return 0;
	n = __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED);
	if (n < at || n >= at + row)
		return 0;
	note(function, "\n");
	return 1;
}

/* The same of a write to FD: what is not said cannot be heard. */
static int
fails_at(int fd, const char *function)
{
	struct stat st;
	int fault = fails("write", function);

	if (fault && syscall(SYS_fstat, fd, &st) == 0 &&
	    st.st_dev == said.st_dev && st.st_ino == said.st_ino)
		note("", "standard error\n");
	return fault;
}

/*
 * The next definition of NAME: libpq is loaded with dlopen(), and its functions
 * are replaced by a dlsym() of ours.
 */
static void *
next(const char *name)
{
	static void *(*real)(void *, const char *);

	if (real == NULL)
		real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT,
		    "dlsym", "GLIBC_2.34");
	if (real == NULL)
		real = (void *(*)(void *, const char *))dlvsym(RTLD_NEXT,
		    "dlsym", "GLIBC_2.2.5");
	return real(RTLD_NEXT, name);
}

/* ---- the program ---- */

static int (*program_main)(int, char **, char **);

/* The first object is the program itself. */
static int
find_program(struct dl_phdr_info *info, size_t size, void *arg)
{
	uintptr_t from;

	(void)size;
	(void)arg;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		if (info->dlpi_phdr[i].p_type != PT_LOAD)
			continue;
		from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
		if (low == 0 || from < low)
			low = from;
		if (from + info->dlpi_phdr[i].p_memsz > high)
			high = from + info->dlpi_phdr[i].p_memsz;
	}
	return 1;
}

/* Whether the program itself made the call. */
#define BY_PROGRAM() ((uintptr_t)__builtin_return_address(0) >= low && \
	(uintptr_t)__builtin_return_address(0) < high)

/* What happens before main() is the loader's. */
static int
main_with_faults(int argc, char **argv, char **env)
{
	const char *program = getenv("FAULT_PROGRAM"), *n;

	dl_iterate_phdr(find_program, NULL);
	n = getenv("FAULT_AT");
	at = n == NULL ? 0 : atol(n);
	n = getenv("FAULT_ROW");
	row = n == NULL ? 1 : atol(n);
	log_name = getenv("FAULT_LOG");
	syscall(SYS_fstat, 2, &said);
	if (program != NULL && log_name != NULL &&
	    strcmp(program, program_invocation_short_name) == 0)
		kind = getenv("FAULT_KIND");
	return program_main(argc, argv, env);
}

int
__libc_start_main(int (*main)(int, char **, char **), int argc, char **argv,
    void (*init)(void), void (*fini)(void), void (*loader_fini)(void),
    void *stack_end)
{
	__typeof__(&__libc_start_main) start = (__typeof__(start))next(
	    "__libc_start_main");

	program_main = main;
	return start(main_with_faults, argc, argv, init, fini, loader_fini,
	    stack_end);
}

/* ---- memory ---- */

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);

static int
no_memory(const char *function)
{
	if (!fails("alloc", function))
		return 0;
	errno = ENOMEM;
	return 1;
}

static void *
fault_malloc(size_t n)
{
	return no_memory("malloc") ? NULL : __libc_malloc(n);
}

static void *
fault_calloc(size_t n, size_t size)
{
	return no_memory("calloc") ? NULL : __libc_calloc(n, size);
}

void *
malloc(size_t n)
{
	return fault_malloc(n);
}

void *
calloc(size_t n, size_t size)
{
	return fault_calloc(n, size);
}

void *
realloc(void *p, size_t n)
{
	return no_memory("realloc") ? NULL : __libc_realloc(p, n);
}

/* ---- the C library ---- */

#define REAL(f) ((__typeof__(&f))next(#f))

/* F of KIND, called with CALL, gives BAD and errno E where it fails. */
#define FAULT(kind, type, f, args, call, bad, e) \
type f args \
{ \
	static __typeof__(&f) real; \
	if (real == NULL) \
		real = REAL(f); \
	if (!fails(kind, #f)) \
		return real call; \
	errno = (e); \
	return bad; \
}

ssize_t
write(int d, const void *v, size_t n)
{
	if (!fails_at(d, "write"))
		return REAL(write)(d, v, n);
	errno = ENOSPC;
	return -1;
}

FAULT("write", ssize_t, pwrite64, (int d, const void *v, size_t n, off64_t o),
    (d, v, n, o), -1, ENOSPC)
FAULT("write", ssize_t, writev, (int d, const struct iovec *v, int n),
    (d, v, n), -1, ENOSPC)
FAULT("write", int, ftruncate64, (int d, off64_t n), (d, n), -1, EIO)
FAULT("read", ssize_t, read, (int d, void *v, size_t n), (d, v, n), -1, EIO)
FAULT("read", ssize_t, pread, (int d, void *v, size_t n, off_t o),
    (d, v, n, o), -1, EIO)
FAULT("read", ssize_t, pread64, (int d, void *v, size_t n, off64_t o),
    (d, v, n, o), -1, EIO)
FAULT("sync", int, fsync, (int d), (d), -1, EIO)
FAULT("sync", int, fdatasync, (int d), (d), -1, EIO)
FAULT("name", int, rename, (const char *a, const char *b), (a, b), -1, EACCES)
FAULT("name", int, linkat, (int d, const char *a, int e, const char *b, int f),
    (d, a, e, b, f), -1, EACCES)
FAULT("name", int, unlink, (const char *a), (a), -1, EACCES)
FAULT("name", int, flock, (int d, int o), (d, o), -1, ENOLCK)
FAULT("name", char *, realpath, (const char *a, char *b), (a, b), NULL, EACCES)
FAULT("name", int, access, (const char *a, int m), (a, m), -1, EACCES)
FAULT("name", int, fstat, (int d, struct stat *s), (d, s), -1, EIO)
FAULT("name", int, stat, (const char *d, struct stat *s), (d, s), -1, EIO)
FAULT("name", int, lstat, (const char *d, struct stat *s), (d, s), -1, EIO)
FAULT("name", off_t, lseek, (int d, off_t o, int w), (d, o, w), -1, EIO)
FAULT("random", ssize_t, getrandom, (void *v, size_t n, unsigned f), (v, n, f),
    -1, ENOSYS)
FAULT("map", void *, mmap, (void *a, size_t n, int p, int f, int d, off_t o),
    (a, n, p, f, d, o), MAP_FAILED, ENOMEM)
FAULT("map", void *, mmap64, (void *a, size_t n, int p, int f, int d,
    off64_t o), (a, n, p, f, d, o), MAP_FAILED, ENOMEM)
FAULT("net", int, socket, (int a, int b, int c), (a, b, c), -1, EMFILE)
FAULT("net", int, bind, (int d, const struct sockaddr *a, socklen_t n),
    (d, a, n), -1, EADDRINUSE)
FAULT("net", int, listen, (int d, int n), (d, n), -1, EADDRINUSE)
FAULT("net", int, connect, (int d, const struct sockaddr *a, socklen_t n),
    (d, a, n), -1, ENETUNREACH)
FAULT("net", int, accept4, (int d, struct sockaddr *a, socklen_t *n, int f),
    (d, a, n, f), -1, EMFILE)
/* A connection that was reset stays so. */
static int
is_reset(int fd, const char *function)
{
	int type = 0;
	socklen_t len = sizeof(type);

	if (!fails("net", function))
		return 0;
	syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &len);
	if (type == SOCK_STREAM)
		syscall(SYS_shutdown, fd, SHUT_RDWR);
	errno = ECONNRESET;
	return 1;
}

ssize_t
send(int d, const void *v, size_t n, int f)
{
	return is_reset(d, "send") ? -1 : REAL(send)(d, v, n, f);
}

ssize_t
recv(int d, void *v, size_t n, int f)
{
	return is_reset(d, "recv") ? -1 : REAL(recv)(d, v, n, f);
}

FAULT("net", ssize_t, sendto, (int d, const void *v, size_t n, int f,
    const struct sockaddr *a, socklen_t l), (d, v, n, f, a, l), -1, ENOBUFS)
FAULT("net", ssize_t, sendmsg, (int d, const struct msghdr *m, int f),
    (d, m, f), -1, ENOBUFS)
FAULT("net", int, sendmmsg, (int d, struct mmsghdr *m, unsigned n, int f),
    (d, m, n, f), -1, ENOBUFS)
FAULT("net", ssize_t, recvmsg, (int d, struct msghdr *m, int f), (d, m, f),
    -1, ENOMEM)
FAULT("net", int, recvmmsg, (int d, struct mmsghdr *m, unsigned n, int f,
    struct timespec *t), (d, m, n, f, t), -1, ENOMEM)
FAULT("net", int, getsockname, (int d, struct sockaddr *a, socklen_t *n),
    (d, a, n), -1, ENOBUFS)
FAULT("net", int, getsockopt, (int d, int l, int o, void *a, socklen_t *n),
    (d, l, o, a, n), -1, ENOBUFS)
FAULT("net", int, setsockopt, (int d, int l, int o, const void *a,
    socklen_t n), (d, l, o, a, n), -1, ENOBUFS)
FAULT("net", int, shutdown, (int d, int h), (d, h), -1, ENOTCONN)
FAULT("net", int, getaddrinfo, (const char *a, const char *b,
    const struct addrinfo *h, struct addrinfo **l), (a, b, h, l), EAI_AGAIN, 0)
FAULT("poll", int, epoll_create1, (int f), (f), -1, EMFILE)
FAULT("poll", int, epoll_ctl, (int e, int o, int d, struct epoll_event *v),
    (e, o, d, v), -1, ENOSPC)
FAULT("poll", int, epoll_wait, (int e, struct epoll_event *v, int n, int t),
    (e, v, n, t), -1, EBADF)
FAULT("poll", int, epoll_pwait, (int e, struct epoll_event *v, int n, int t,
    const sigset_t *s), (e, v, n, t, s), -1, EBADF)
FAULT("poll", int, poll, (struct pollfd *p, nfds_t n, int t), (p, n, t), -1,
    ENOMEM)
FAULT("poll", int, ppoll, (struct pollfd *p, nfds_t n,
    const struct timespec *t, const sigset_t *s), (p, n, t, s), -1, ENOMEM)
FAULT("proc", int, pipe2, (int p[2], int f), (p, f), -1, EMFILE)
FAULT("proc", int, posix_spawn, (pid_t *p, const char *f,
    const posix_spawn_file_actions_t *a, const posix_spawnattr_t *t,
    char *const v[], char *const e[]), (p, f, a, t, v, e), EAGAIN, 0)
FAULT("proc", int, waitid, (idtype_t a, id_t b, siginfo_t *i, int o),
    (a, b, i, o), -1, ECHILD)
FAULT("proc", int, pthread_create, (pthread_t *t, const pthread_attr_t *a,
    void *(*f)(void *), void *v), (t, a, f, v), EAGAIN, 0)

FAULT("open", void *, dlopen, (const char *a, int f), (a, f), NULL, 0)

/* Those with an argument that may be left out. */
#define FAULT_OPEN(f) \
int f(const char *name, int flags, ...) \
{ \
	va_list ap; \
	mode_t mode; \
	va_start(ap, flags); \
	mode = va_arg(ap, mode_t); \
	va_end(ap); \
	if (!fails("open", #f)) \
		return REAL(f)(name, flags, mode); \
	errno = EMFILE; \
	return -1; \
}
FAULT_OPEN(open)
FAULT_OPEN(open64)
FAULT("open", FILE *, fopen, (const char *a, const char *b), (a, b), NULL,
    EMFILE)

#define FAULT_FCNTL(f) \
int f(int fd, int command, ...) \
{ \
	va_list ap; \
	void *arg; \
	va_start(ap, command); \
	arg = va_arg(ap, void *); \
	va_end(ap); \
	if (!fails("fcntl", #f)) \
		return REAL(f)(fd, command, arg); \
	errno = EINVAL; \
	return -1; \
}
FAULT_FCNTL(fcntl)
FAULT_FCNTL(fcntl64)

/* ---- SQLite and OpenSSL, whose types do not matter here ---- */

#define FAULT_IN(kind, type, f, args, call, bad) \
type f args; \
type f args \
{ \
	static type (*real) args; \
	if (real == NULL) \
		real = (type (*) args)next(#f); \
	return BY_PROGRAM() && fails(kind, #f) ? bad : real call; \
}
#define IOERR 10	/* SQLITE_IOERR */

FAULT_IN("sqlite", int, sqlite3_step, (void *s), (s), IOERR)
FAULT_IN("sqlite", int, sqlite3_prepare_v2, (void *d, void *q, int n, void *s,
    void *t), (d, q, n, s, t), IOERR)
FAULT_IN("sqlite", int, sqlite3_prepare_v3, (void *d, void *q, int n,
    unsigned f, void *s, void *t), (d, q, n, f, s, t), IOERR)
FAULT_IN("sqlite", int, sqlite3_bind_text, (void *s, int i, void *v, int n,
    void *x), (s, i, v, n, x), IOERR)
FAULT_IN("sqlite", int, sqlite3_bind_blob, (void *s, int i, void *v, int n,
    void *x), (s, i, v, n, x), IOERR)
FAULT_IN("sqlite", int, sqlite3_bind_int64, (void *s, int i, int64_t v),
    (s, i, v), IOERR)
FAULT_IN("sqlite", int, sqlite3_exec, (void *d, void *q, void *c, void *a,
    void *e), (d, q, c, a, e), IOERR)
FAULT_IN("sqlite", int, sqlite3_wal_checkpoint_v2, (void *d, void *z, int m,
    void *a, void *b), (d, z, m, a, b), IOERR)
FAULT_IN("sqlite", int, sqlite3_create_function, (void *d, void *z, int n,
    int f, void *a, void *x, void *y, void *w), (d, z, n, f, a, x, y, w),
    IOERR)
FAULT_IN("sqlite", int, sqlite3_open_v2, (void *f, void *d, int g, void *v),
    (f, d, g, v), IOERR)

FAULT_IN("evp", void *, EVP_CIPHER_fetch, (void *l, void *a, void *p),
    (l, a, p), NULL)
FAULT_IN("evp", void *, EVP_MD_fetch, (void *l, void *a, void *p), (l, a, p),
    NULL)
FAULT_IN("evp", void *, EVP_MAC_fetch, (void *l, void *a, void *p), (l, a, p),
    NULL)
FAULT_IN("evp", void *, EVP_CIPHER_CTX_new, (void), (), NULL)
FAULT_IN("evp", void *, EVP_MD_CTX_new, (void), (), NULL)
FAULT_IN("evp", void *, EVP_MAC_CTX_new, (void *m), (m), NULL)
FAULT_IN("evp", int, EVP_MAC_CTX_set_params, (void *m, void *p), (m, p), 0)
FAULT_IN("evp", int, EVP_CipherInit_ex2, (void *c, void *t, void *k, void *i,
    int e, void *p), (c, t, k, i, e, p), 0)
FAULT_IN("evp", int, EVP_EncryptInit_ex2, (void *c, void *t, void *k, void *i,
    void *p), (c, t, k, i, p), 0)
FAULT_IN("evp", int, EVP_EncryptUpdate, (void *c, void *o, void *n, void *i,
    int l), (c, o, n, i, l), 0)
FAULT_IN("evp", int, EVP_DigestInit_ex2, (void *c, void *t, void *p),
    (c, t, p), 0)
FAULT_IN("evp", int, EVP_DigestUpdate, (void *c, void *d, size_t n),
    (c, d, n), 0)
FAULT_IN("evp", int, EVP_DigestFinal_ex, (void *c, void *o, void *n),
    (c, o, n), 0)
FAULT_IN("evp", int, EVP_DigestFinalXOF, (void *c, void *o, size_t n),
    (c, o, n), 0)
FAULT_IN("evp", int, EVP_MAC_init, (void *c, void *k, size_t n, void *p),
    (c, k, n, p), 0)
FAULT_IN("evp", int, EVP_MAC_update, (void *c, void *d, size_t n), (c, d, n),
    0)
FAULT_IN("evp", int, EVP_MAC_final, (void *c, void *o, void *n, size_t max),
    (c, o, n, max), 0)
FAULT_IN("evp", int, RAND_priv_bytes, (void *v, int n), (v, n), 0)
FAULT_IN("evp", int, RAND_bytes, (void *v, int n), (v, n), 0)
FAULT_IN("evp", void *, SSL_CTX_new, (void *m), (m), NULL)
FAULT_IN("evp", void *, SSL_new, (void *c), (c), NULL)
FAULT_IN("evp", int, SSL_set_fd, (void *c, int d), (c, d), 0)
FAULT_IN("evp", void *, SSL_SESSION_new, (void), (), NULL)
FAULT_IN("evp", int, SSL_SESSION_set1_master_key, (void *s, void *k, size_t n),
    (s, k, n), 0)
FAULT_IN("evp", int, SSL_CTX_set_ciphersuites, (void *s, void *k), (s, k), 0)

/* ---- what the program looks up: functions of libpq, malloc() ---- */

#define FAULT_PQ(type, f, args, call, bad) \
static type (*real_##f) args; \
static type \
fault_##f args \
{ \
	return fails("pq", #f) ? bad : real_##f call; \
}
#define PQ_ROW(f) { #f, (void *)fault_##f, (void **)&real_##f }

FAULT_PQ(void *, PQconninfoParse, (void *u, void *e), (u, e), NULL)
FAULT_PQ(void *, PQconnectdbParams, (void *k, void *v, int x), (k, v, x), NULL)
FAULT_PQ(int, PQsetnonblocking, (void *c, int n), (c, n), -1)
FAULT_PQ(int, PQenterPipelineMode, (void *c), (c), 0)
FAULT_PQ(int, PQsendQuery, (void *c, void *q), (c, q), 0)
FAULT_PQ(int, PQsendQueryParams, (void *c, void *q, int n, void *t, void *v,
    void *l, void *f, int r), (c, q, n, t, v, l, f, r), 0)
FAULT_PQ(int, PQsendPrepare, (void *c, void *s, void *q, int n, void *t),
    (c, s, q, n, t), 0)
FAULT_PQ(int, PQsendQueryPrepared, (void *c, void *s, int n, void *v, void *l,
    void *f, int r), (c, s, n, v, l, f, r), 0)
FAULT_PQ(int, PQpipelineSync, (void *c), (c), 0)
FAULT_PQ(int, PQsendFlushRequest, (void *c), (c), 0)
FAULT_PQ(int, PQflush, (void *c), (c), -1)
FAULT_PQ(int, PQconsumeInput, (void *c), (c), 0)

static void *ignored;

static const struct {
	const char *name;
	void *ours, **real;
} looked_up[] = {
	/* the program has its own, which look for those behind them */
	{ "malloc", (void *)fault_malloc, &ignored },
	{ "calloc", (void *)fault_calloc, &ignored },
	PQ_ROW(PQconninfoParse), PQ_ROW(PQconnectdbParams),
	PQ_ROW(PQsetnonblocking), PQ_ROW(PQenterPipelineMode),
	PQ_ROW(PQsendQuery), PQ_ROW(PQsendQueryParams), PQ_ROW(PQsendPrepare),
	PQ_ROW(PQsendQueryPrepared), PQ_ROW(PQpipelineSync),
	PQ_ROW(PQsendFlushRequest), PQ_ROW(PQflush), PQ_ROW(PQconsumeInput),
};

void *
dlsym(void *library, const char *name)
{
	static void *(*real)(void *, const char *);
	void *found;

	if (real == NULL)
		real = (void *(*)(void *, const char *))next("dlsym");
	found = real(library, name);
	for (size_t i = 0; i < sizeof(looked_up) / sizeof(looked_up[0]); i++) {
		if (found == NULL || strcmp(looked_up[i].name, name) != 0)
			continue;
		*looked_up[i].real = found;
		return looked_up[i].ours;
	}
	return found;
}
