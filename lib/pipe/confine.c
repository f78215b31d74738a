/* confine.c: what a program that talks to a network keeps. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <linux/sockios.h>
#include <openssl/crypto.h>
#include <openssl/x509.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#ifdef HAVE_SECCOMP
#include <seccomp.h>
#endif

#include "base/array.h"
#include "base/clock.h"
#include "base/helper.h"
#include "base/message.h"
#include "base/number.h"
#include "delivery/transports.h"
#include "base/place.h"
#include "pipe/confine.h"

/* ---- files ---- */

/* later than the headers of Linux 6.1 */
#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

#define NET_BIND (1ULL << 0)
#define NET_CONNECT (1ULL << 1)
#define RULE_NET_PORT 2

struct ruleset {
	uint64_t files, net;
};

struct net_rule {
	uint64_t access, port;
};

#define READ_FILES LANDLOCK_ACCESS_FS_READ_FILE
#define USE_FILES (READ_FILES | LANDLOCK_ACCESS_FS_WRITE_FILE | \
    LANDLOCK_ACCESS_FS_TRUNCATE)
#define MAKE_FILES (USE_FILES | LANDLOCK_ACCESS_FS_READ_DIR | \
    LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | \
    LANDLOCK_ACCESS_FS_MAKE_REG)
#define ALL_ACCESS ((LANDLOCK_ACCESS_FS_REFER << 1) - 1)

static struct {
	struct path {
		int fd;
		uint64_t access;
	} *v;
	size_t count, room;
} paths;

static uint64_t port;		/* the only one; 0: any, or none */

/* What is not there, will be opened in vain in any case. */
static void
add_path(const char *name, uint64_t access)
{
	int fd = array_reserve(paths.v, paths.room, paths.count + 1) ?
	    open(name, O_PATH | O_CLOEXEC) : -1;

	if (fd >= 0)
		paths.v[paths.count++] = (struct path){ fd, access };
}

void
confine_reads(const char *file)
{
	if (file != NULL && strcmp(file, "-") != 0)
		add_path(file, READ_FILES);
}

void
confine_writes_in(const char *dir)
{
	if (dir != NULL)
		add_path(dir, MAKE_FILES);
}

void
confine_replaces(const char *file)
{
	const char *slash = strrchr(file, '/');
	char dir[PATH_MAX] = ".";

	if (slash != NULL)
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - file) + 1,
		    file);
	add_path(dir, MAKE_FILES);
}

/*
 * A device or FIFO has nothing beside it; a link is where it leads, be there a
 * file or not yet.
 */
void
confine_writes(const char *file)
{
	struct place p;

	if (file == NULL || strcmp(file, "-") == 0)
		return;
	if (place_find(&p, file) != OK)
		fail_said();	/* who opens it, says so */
	else if (p.fd < 0 && p.mode != 0 && !S_ISREG(p.mode))
		add_path(p.path, S_ISDIR(p.mode) ? MAKE_FILES : USE_FILES);
	else if (p.fd < 0)
		confine_replaces(p.path);
}

void
confine_connects(const char *where)
{
	const char *colon = strrchr(where, ':');

	(void)number_read(colon + 1, 1, UINT16_MAX, &port);
}

unsigned
confine_store(const char *name)
{
	if (strstr(name, "://") != NULL)
		return CONFINE_LIBPQ;
	confine_writes(name);
	return 0;
}

/* Where OpenSSL looks for an authority when a server shows its certificate. */
void
confine_reads_certificates(void)
{
	const char *dir = getenv(X509_get_default_cert_dir_env());
	const char *file = getenv(X509_get_default_cert_file_env());

	add_path(file != NULL ? file : X509_get_default_cert_file(),
	    READ_FILES);
	add_path(dir != NULL ? dir : X509_get_default_cert_dir(), READ_FILES);
	add_path("/usr/share/ca-certificates", READ_FILES);
	add_path("/usr/local/share/ca-certificates", READ_FILES);
}

unsigned
confine_sends_to(const char *uri)
{
	char where[TRANSPORT_WHERE_MAX];
	const struct transport *t;

	if (uri == NULL)
		return CONFINE_SOCKETS | CONFINE_ANY_FILE;
	if (transport_find(uri, USE_SEND, &t, where) != OK) {
		fail_said();	/* who sends there, says so */
		return CONFINE_SOCKETS;
	}
	if (t == &transport_file || t == &transport_sms_pdu) {
		if (t == &transport_sms_pdu)
			where[strcspn(where, "?")] = '\0';
		confine_writes(where);
		return 0;
	}
	if (t == &transport_smpps)
		confine_reads_certificates();
	return CONFINE_SOCKETS;
}

static void
allow(int rules, const struct path *path, uint64_t of)
{
	struct landlock_path_beneath_attr rule = { path->access & of,
	    path->fd };
	struct stat st;

	if (fstat(path->fd, &st) == 0 && !S_ISDIR(st.st_mode))
		rule.allowed_access &= USE_FILES;
	(void)syscall(SYS_landlock_add_rule, rules,
	    LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
}

/* What the rules are about: what they do not allow, is forbidden. */
static struct ruleset
handled(unsigned needs, long abi)
{
	struct ruleset all = { .files = ALL_ACCESS };

	if (abi < 2)
		all.files &= ~(uint64_t)LANDLOCK_ACCESS_FS_REFER;
	if (abi >= 3)
		all.files |= LANDLOCK_ACCESS_FS_TRUNCATE;
	if (abi >= 4 && port != 0)
		all.net = NET_BIND | NET_CONNECT;
	if ((needs & CONFINE_ANY_FILE) != 0)
		all.files &= ~(uint64_t)USE_FILES;
	if ((needs & CONFINE_NEW_FILE) != 0)
		all.files &= ~(uint64_t)LANDLOCK_ACCESS_FS_MAKE_REG;
	if ((needs & CONFINE_LIBPQ) != 0)
		all.files &= ~(uint64_t)(READ_FILES |
		    LANDLOCK_ACCESS_FS_READ_DIR);
	return all;
}

/* False with the reason in errno. */
static bool
confine_files(unsigned needs)
{
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0,
	    LANDLOCK_CREATE_RULESET_VERSION);
	struct ruleset all = handled(needs, abi);
	struct net_rule rule = { NET_CONNECT, port };
	bool done;
	int rules;

	if (abi < 0 || (rules = (int)syscall(SYS_landlock_create_ruleset, &all,
	    abi < 4 ? sizeof(all.files) : sizeof(all), 0)) < 0)
		return false;
	for (size_t i = 0; i < paths.count; i++)
		allow(rules, &paths.v[i], all.files);
	if (all.net != 0)
		(void)syscall(SYS_landlock_add_rule, rules, RULE_NET_PORT,
		    &rule, 0);
	done = syscall(SYS_landlock_restrict_self, rules, 0) == 0;
	close(rules);
	return done;
}

/* ---- system calls ---- */

#ifdef HAVE_SECCOMP

/* The calls that each need allows; those of 0 all have. */
static const struct {
	unsigned need;
	int call;
} calls[] = {
#define CALL(name) { 0, SCMP_SYS(name) }
	CALL(read), CALL(write), CALL(readv), CALL(writev), CALL(pread64),
	CALL(pwrite64), CALL(lseek), CALL(_llseek), CALL(close), CALL(fcntl),
	CALL(fcntl64), CALL(dup), CALL(dup2), CALL(dup3), CALL(pipe2),
	/* files, as far as Landlock leaves them */
	CALL(open), CALL(openat), CALL(access), CALL(faccessat),
	CALL(faccessat2), CALL(stat), CALL(stat64), CALL(lstat),
	CALL(lstat64), CALL(fstat), CALL(fstat64), CALL(fstatat64),
	CALL(newfstatat), CALL(statx), CALL(statfs), CALL(fstatfs),
	CALL(readlink), CALL(readlinkat), CALL(getcwd), CALL(getdents64),
	CALL(rename), CALL(renameat), CALL(renameat2), CALL(link),
	CALL(linkat), CALL(unlink), CALL(unlinkat), CALL(ftruncate),
	CALL(ftruncate64), CALL(fallocate), CALL(fsync), CALL(fdatasync),
	CALL(flock), CALL(fchmod), CALL(fchown), CALL(fchown32), CALL(umask),
	/* sockets that are there */
	CALL(accept), CALL(accept4), CALL(recv), CALL(recvfrom),
	CALL(recvmsg), CALL(recvmmsg), CALL(recvmmsg_time64), CALL(send),
	CALL(sendto), CALL(sendmsg), CALL(sendmmsg), CALL(shutdown),
	CALL(getsockname), CALL(getpeername), CALL(getsockopt),
	CALL(setsockopt),
	/* waiting, time */
	CALL(poll), CALL(ppoll), CALL(ppoll_time64), CALL(epoll_create1),
	CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait),
	CALL(epoll_pwait2), CALL(eventfd2), CALL(timerfd_create),
	CALL(timerfd_settime), CALL(timerfd_settime64),
	CALL(timerfd_gettime), CALL(clock_gettime), CALL(clock_gettime64),
	CALL(clock_getres), CALL(clock_nanosleep),
	CALL(clock_nanosleep_time64), CALL(nanosleep), CALL(gettimeofday),
	CALL(time),
	/* memory, threads, signals */
	CALL(brk), CALL(munmap), CALL(mremap), CALL(madvise), CALL(mlock),
	CALL(mlock2), CALL(munlock), CALL(mlockall), CALL(munlockall),
	CALL(futex), CALL(futex_time64),
	CALL(futex_waitv), CALL(set_robust_list), CALL(get_robust_list),
	CALL(rseq), CALL(membarrier), CALL(sched_yield),
	CALL(sched_getaffinity), CALL(getcpu), CALL(rt_sigaction),
	CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(sigreturn),
	CALL(rt_sigtimedwait), CALL(sigaltstack), CALL(tgkill),
	CALL(restart_syscall), CALL(exit), CALL(exit_group),
	/* who and where */
	CALL(getpid), CALL(gettid), CALL(getppid), CALL(getuid),
	CALL(geteuid), CALL(getgid), CALL(getegid), CALL(getuid32),
	CALL(geteuid32), CALL(getgid32), CALL(getegid32), CALL(uname),
	CALL(sysinfo), CALL(getrandom), CALL(prlimit64), CALL(getrlimit),
	CALL(ugetrlimit), CALL(getrusage),
#undef CALL
	{ CONFINE_SOCKETS, SCMP_SYS(connect) },
	{ CONFINE_SOCKETS, SCMP_SYS(bind) },
	/* libraries that are loaded late */
	{ CONFINE_CHILDREN, SCMP_SYS(wait4) },
	{ CONFINE_CHILDREN, SCMP_SYS(waitid) },
	{ CONFINE_LIBPQ, SCMP_SYS(mmap) },
	{ CONFINE_LIBPQ, SCMP_SYS(mprotect) },
};

/* Calls that one argument decides: VALUE is what it has under MASK. */
static const struct {
	unsigned need;
	int call;
	unsigned argument;
	uint64_t mask, value;
} some[] = {
	{ 0, SCMP_SYS(mmap), 2, PROT_EXEC, 0 },
	{ 0, SCMP_SYS(mmap2), 2, PROT_EXEC, 0 },
	{ 0, SCMP_SYS(mprotect), 2, PROT_EXEC, 0 },
	{ 0, SCMP_SYS(clone), 0, CLONE_THREAD, CLONE_THREAD },
	{ 0, SCMP_SYS(ioctl), 1, UINT32_MAX, TCGETS },	/* isatty() */
	{ 0, SCMP_SYS(ioctl), 1, UINT32_MAX, TCSETS },	/* modems */
	{ 0, SCMP_SYS(ioctl), 1, UINT32_MAX, TCSETSW },
	{ 0, SCMP_SYS(ioctl), 1, UINT32_MAX, TCFLSH },
	{ 0, SCMP_SYS(ioctl), 1, UINT32_MAX, TIOCGWINSZ },
	{ 0, SCMP_SYS(ioctl), 1, UINT32_MAX, FIONREAD },
	{ 0, SCMP_SYS(ioctl), 1, UINT32_MAX, FIONBIO },
	{ 0, SCMP_SYS(ioctl), 1, UINT32_MAX, SIOCOUTQ },
	{ 0, SCMP_SYS(prctl), 0, UINT32_MAX, PR_SET_NAME },
	{ 0, SCMP_SYS(prctl), 0, UINT32_MAX, PR_SET_DUMPABLE },
	{ 0, SCMP_SYS(prctl), 0, UINT32_MAX, 0x53564d41 /* PR_SET_VMA */ },
	{ CONFINE_SOCKETS, SCMP_SYS(ioctl), 1, UINT32_MAX, SIOCGIFINDEX },
	{ CONFINE_SOCKETS, SCMP_SYS(ioctl), 1, UINT32_MAX, SIOCGIFNAME },
	{ CONFINE_SOCKETS, SCMP_SYS(socket), 0, UINT32_MAX, AF_INET },
	{ CONFINE_SOCKETS, SCMP_SYS(socket), 0, UINT32_MAX, AF_INET6 },
	{ CONFINE_SOCKETS, SCMP_SYS(socket), 0, UINT32_MAX, AF_UNIX },
	{ CONFINE_LIBPQ, SCMP_SYS(socket), 0, UINT32_MAX, AF_NETLINK },
};

/* A call that is not allowed is an attack, or has been forgotten above. */
static void
not_allowed(int number, siginfo_t *info, void *context)
{
	char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE,
	    info->si_syscall);

	(void)number;
	(void)context;
	warn("stopped: it may not call %s (%d) once it is confined; "
	    "--no-confine lets it", name == NULL ? "?" : name,
	    info->si_syscall);
	_exit(FAILED);
}

static int
add_calls(scmp_filter_ctx filter, unsigned needs)
{
	int e = 0;

	for (size_t i = 0; i < COUNT(calls) && e == 0; i++)
		if ((calls[i].need & ~needs) == 0)
			e = seccomp_rule_add(filter, SCMP_ACT_ALLOW,
			    calls[i].call, 0);
	for (size_t i = 0; i < COUNT(some) && e == 0; i++) {
		if ((some[i].need & ~needs) != 0 || ((needs & CONFINE_LIBPQ) !=
		    0 && some[i].mask == PROT_EXEC))
			continue;
		e = seccomp_rule_add(filter, SCMP_ACT_ALLOW, some[i].call, 1,
		    SCMP_CMP(some[i].argument, SCMP_CMP_MASKED_EQ,
		    some[i].mask, some[i].value));
	}
	/* it shows the number of an interface that it cannot name */
	if (e == 0 && (needs & CONFINE_SOCKETS) == 0)
		e = seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES),
		    SCMP_SYS(socket), 1, SCMP_CMP(1, SCMP_CMP_EQ, SOCK_DGRAM |
		    SOCK_CLOEXEC));
	/* its flags are out of sight; the C library then calls clone() */
	return e != 0 ? e : seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS),
	    SCMP_SYS(clone3), 0);
}

/* Returns 0, or an error number. */
static int
confine_calls(unsigned needs)
{
	const struct sigaction action = { .sa_sigaction = not_allowed,
	    .sa_flags = SA_SIGINFO };
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_TRAP);
	int e;

	if (filter == NULL)
		return ENOMEM;
	sigaction(SIGSYS, &action, NULL);
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	(void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if ((e = add_calls(filter, needs)) == 0)
		e = seccomp_load(filter);
	seccomp_release(filter);
	return -e;
}

#else

static int
confine_calls(unsigned needs)
{
	(void)needs;
	return ENOSYS;
}

#endif

/* ---- all of it ---- */

extern void gcov(void) __asm__("__gcov_init") __attribute__((weak));

/* What watches a program from inside needs more than the program does. */
static const char *
watched_by(void)
{
	const char *preload = getenv("LD_PRELOAD");

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
	return "a sanitizer";
#endif
	if (gcov != NULL)
		return "gcov";
	return preload != NULL && strstr(preload, "/vgpreload_") != NULL ?
	    "valgrind" : NULL;
}

static void
say(const char *what, const char *why)
{
	if (common.verbose)
		warn("%s%s%s", what, why == NULL ? "" : ": ",
		    why == NULL ? "" : why);
}

enum status
confine_helper(const char *cmd)
{
	return common.no_confine || watched_by() != NULL ? OK :
	    helper_start(cmd);
}

enum status
confine(unsigned needs)
{
	const char *watched = watched_by();
	uint8_t boot_id[CLOCK_BOOT_ID];
	uint64_t ms;
	int e;

	if (common.no_confine || watched != NULL) {
		say("not confined", watched);
		return OK;
	}
	if ((needs & CONFINE_LIBPQ) != 0)
		needs |= CONFINE_SOCKETS;
	add_path("/dev/null", USE_FILES);
	/* what is read once, must be read before */
	(void)OPENSSL_init_crypto(OPENSSL_INIT_LOAD_CONFIG, NULL);
	(void)clock_since_boot(boot_id, &ms);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return fail(FAILED, "confine: %s", strerror(errno));
	if (confine_files(needs))
		say("its files are confined (Landlock)", NULL);
	else
		say("its files are not confined (Landlock)", strerror(errno));
	for (size_t i = 0; i < paths.count; i++)
		close(paths.v[i].fd);
	paths.count = 0;
	if ((e = confine_calls(needs)) == 0)
		say("its system calls are confined (seccomp)", NULL);
	else
		say("its system calls are not confined (seccomp)",
		    strerror(e));
	return OK;
}
