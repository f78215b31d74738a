/*
 * helper.c: a process that does what a confined program may not do.
 *
 * Both talk over a socket of packets.  A packet has a struct request, text
 * that it asks about, and descriptors to answer on.  The helper trusts nobody:
 * it runs no command but the one that it had from the start.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "base/fd_limit.h"
#include "base/helper.h"
#include "base/shell.h"
#include "base/uv.h"

#define TEXT_ROOM 4096
#define FDS_MAX 3
#define EVENTS 16

enum what { RESOLVE, RUN, FORGET };

struct request {
	enum what what;
	uint32_t number;	/* of a command, to forget */
	bool kill;
};

struct reply {
	int e;
	uint32_t number;
};

/* A packet with its descriptors. */
struct packet {
	struct msghdr msg;
	struct iovec part[2];
	union {
		char v[CMSG_SPACE(FDS_MAX * sizeof(int))];
		struct cmsghdr align;
	} control;
};

static void
packet_init(struct packet *p, struct request *r, char *text, size_t len)
{
	memset(p, 0, sizeof(*p));
	p->part[0] = (struct iovec){ r, sizeof(*r) };
	p->part[1] = (struct iovec){ text, len };
	p->msg.msg_iov = p->part;
	p->msg.msg_iovlen = 2;
	p->msg.msg_control = p->control.v;
	p->msg.msg_controllen = sizeof(p->control.v);
}

/* ---- in the helper ---- */

struct child {
	pid_t pid;		/* 0: this number is free */
	int pidfd, ended;	/* ended: -1 for a look-up */
};

static struct {
	const char *cmd;
	int socket, epoll;
	struct child *v;
	size_t count, room;
	sigset_t handled;	/* that we ignore, and the command shall not */
} own;

static void
close_fds(const int *fds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		close(fds[i]);
}

/* A number for a child, or -1; then ENDED is closed. */
static int
new_child(pid_t pid, int ended)
{
	struct epoll_event event = { .events = EPOLLIN };
	int pidfd = pidfd_open(pid, 0);
	size_t i = 0;

	while (i < own.count && own.v[i].pid != 0)
		i++;
	event.data.u64 = i + 1;
	if (pidfd >= 0 && array_reserve(own.v, own.room, i + 1) &&
	    epoll_ctl(own.epoll, EPOLL_CTL_ADD, pidfd, &event) == 0) {
		own.count += i == own.count;
		own.v[i] = (struct child){ pid, pidfd, ended };
		return (int)i;
	}
	if (pidfd >= 0)
		close(pidfd);
	if (ended >= 0)
		close(ended);
	return -1;
}

/* Others may still have the descriptors, from a fork. */
static void
close_child(struct child *c)
{
	if (c->pidfd >= 0) {
		(void)epoll_ctl(own.epoll, EPOLL_CTL_DEL, c->pidfd, NULL);
		close(c->pidfd);
	}
	if (c->ended >= 0)
		close(c->ended);
	c->pidfd = c->ended = -1;
}

static void
drop_child(struct child *c)
{
	(void)waitpid(c->pid, NULL, 0);
	close_child(c);
	c->pid = 0;
}

/* What has ended keeps its number until it is forgotten. */
static void
child_ended(struct child *c)
{
	siginfo_t info = { .si_pid = 0 };
	struct helper_end end;

	if (c->pid == 0 || c->pidfd < 0 || waitid(P_PID, (id_t)c->pid, &info,
	    WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0)
		return;
	if (c->ended < 0) {
		drop_child(c);
		return;
	}
	end = (struct helper_end){ info.si_code, info.si_status };
	(void)!write(c->ended, &end, sizeof(end));
	close_child(c);
}

static void
look_up(const char *host, const char *port, int fd)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
	struct helper_found found = { .e = 0 };
	uv_getaddrinfo_t uv;
	pid_t pid = fork();

	if (pid > 0)
		(void)new_child(pid, -1);
	if (pid != 0)
		return;
	found.e = uv_getaddrinfo(loop_uv(), &uv, NULL, host, port, &hints);
	if (found.e == 0)
		addresses_copy(&found.addresses, uv.addrinfo);
	(void)!write(fd, &found, sizeof(found));
	_exit(0);
}

/* Set what TEXT has of LEN octets, and unset what has no value. */
static void
set_variables(char *text, size_t len)
{
	for (char *p = text, *is; p < text + len; p += strlen(p) + 1) {
		if ((is = strchr(p, '=')) == NULL) {
			unsetenv(p);
			continue;
		}
		*is = '\0';
		setenv(p, is + 1, 1);
		*is = '=';
	}
}

/* Who cannot be answered would wait for ever, but for the end. */
static void
reply_with(struct reply reply)
{
	if (send(own.socket, &reply, sizeof(reply), MSG_NOSIGNAL) < 0)
		_exit(1);
}

/* Descriptors that did not come, did not fit into our table. */
static void
run(char *text, size_t len, const int fds[static FDS_MAX], size_t count)
{
	struct reply reply = { .e = count < FDS_MAX ? EMFILE : ENOENT };
	pid_t pid = 0;
	int number;

	set_variables(text, len);
	if (own.cmd != NULL && count == FDS_MAX)
		reply.e = shell_start(&pid, own.cmd, fds, environ,
		    &own.handled);
	if (reply.e == 0) {
		number = new_child(pid, fcntl(fds[2], F_DUPFD_CLOEXEC, 0));
		reply.number = (uint32_t)number;
		if (number < 0) {
			kill(-pid, SIGKILL);
			(void)waitpid(pid, NULL, 0);
			reply.e = EMFILE;
		}
	}
	reply_with(reply);
}

static void
forget(const struct request *r)
{
	struct child *c = own.v + r->number;

	if (r->number < own.count && c->pid != 0 && r->kill) {
		kill(-c->pid, SIGKILL);
		kill(c->pid, SIGKILL);	/* should it have left its group */
	}
	if (r->number < own.count && c->pid != 0)
		drop_child(c);
	reply_with((struct reply){ .e = 0 });
}

static size_t
take_fds(struct msghdr *msg, int fds[static FDS_MAX])
{
	struct cmsghdr *c = CMSG_FIRSTHDR(msg);
	size_t n;

	if (c == NULL || c->cmsg_type != SCM_RIGHTS)
		return 0;
	n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
	memcpy(fds, CMSG_DATA(c), n * sizeof(int));
	return n;
}

/* Do what the program asks; ends with it. */
static void
serve_one(void)
{
	struct request r;
	struct packet p;
	char text[TEXT_ROOM + 1] = "";
	int fds[FDS_MAX] = { -1, -1, -1 };
	ssize_t n;
	size_t len, count;

	packet_init(&p, &r, text, TEXT_ROOM);
	n = recvmsg(own.socket, &p.msg, MSG_CMSG_CLOEXEC);
	if (n < 0 && errno == EINTR)
		return;
	if (n < (ssize_t)sizeof(r))
		_exit(0);
	len = (size_t)n - sizeof(r);
	text[len] = '\0';
	count = take_fds(&p.msg, fds);
	if (r.what == RESOLVE && count == 1)
		look_up(text, text + strlen(text) + (strlen(text) < len),
		    fds[0]);
	else if (r.what == RUN)
		run(text, len, fds, count);
	else if (r.what == FORGET)
		forget(&r);
	close_fds(fds, count);
}

/* It ends with the program, and not by what is meant for that. */
static void
ignore_signals(void)
{
	static const int number[] = { SIGINT, SIGTERM, SIGHUP };

	sigemptyset(&own.handled);
	sigaddset(&own.handled, SIGPIPE);
	sigaddset(&own.handled, SIGXFSZ);
	for (size_t i = 0; i < COUNT(number); i++)
		if (signal(number[i], SIG_IGN) != SIG_IGN)
			sigaddset(&own.handled, number[i]);
}

static void
helper_main(void)
{
	struct epoll_event event = { .events = EPOLLIN }, events[EVENTS];
	int null = open("/dev/null", O_RDWR | O_CLOEXEC), n;

	ignore_signals();
	unsetenv("NOTIFY_SOCKET");
	/* nobody may wait for the end of what only we hold open */
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	fd_limit_raise();
	own.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (epoll_ctl(own.epoll, EPOLL_CTL_ADD, own.socket, &event) != 0)
		_exit(1);
	for (;;) {
		n = epoll_wait(own.epoll, events, EVENTS, -1);
		if (n < 0 && errno != EINTR)
			_exit(1);
		for (int i = 0; i < n; i++)
			if (events[i].data.u64 == 0)
				serve_one();
			else
				child_ended(own.v + events[i].data.u64 - 1);
	}
}

/* ---- in the program ---- */

static int helper = -1;		/* its socket */

enum status
helper_start(const char *cmd)
{
	int ends[2];
	pid_t pid;

	if (helper >= 0)
		return OK;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0 ||
	    (pid = fork()) < 0)
		return fail(FAILED, "helper: %s", strerror(errno));
	if (pid == 0) {
		close(ends[0]);
		own.cmd = cmd;
		own.socket = ends[1];
		helper_main();
	}
	close(ends[1]);
	helper = ends[0];
	return OK;
}

bool
helper_runs(void)
{
	return helper >= 0;
}

/* Ask, with COUNT descriptors. */
static enum status
ask(struct request r, const char *text, size_t len, const int *fds,
    size_t count)
{
	struct packet p;
	struct cmsghdr *c;

	packet_init(&p, &r, (char *)(uintptr_t)text, len);
	if (count == 0) {
		p.msg.msg_control = NULL;
		p.msg.msg_controllen = 0;
	} else {
		p.msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		c = CMSG_FIRSTHDR(&p.msg);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(c), fds, count * sizeof(int));
	}
	return sendmsg(helper, &p.msg, MSG_NOSIGNAL) >= 0 ? OK :
	    fail(FAILED, "helper: %s", strerror(errno));
}

static enum status
answer(struct reply *reply)
{
	ssize_t n;

	while ((n = recv(helper, reply, sizeof(*reply), 0)) < 0 &&
	    errno == EINTR)
		;
	return n == sizeof(*reply) ? OK : fail(FAILED, "helper: it is gone");
}

enum status
helper_resolve(const char *host, const char *port, int *fd)
{
	char text[TEXT_ROOM];
	size_t n = strlen(host) + 1, m = strlen(port);
	enum status status;
	int ends[2];

	if (n + m > sizeof(text) || pipe2(ends, O_CLOEXEC) != 0)
		return fail(FAILED, "helper: %s", strerror(errno));
	memcpy(text, host, n);
	memcpy(text + n, port, m);
	status = ask((struct request){ .what = RESOLVE }, text, n + m,
	    &ends[1], 1);
	close(ends[1]);
	*fd = ends[0];
	if (status != OK)
		close(ends[0]);
	return status;
}

enum status
helper_run(const char *const *variables, size_t count,
    const int fds[static 2], uint32_t *number, int *ended)
{
	char text[TEXT_ROOM], *p = text;
	struct reply reply;
	enum status status;
	int ends[2];

	for (size_t i = 0; i < count; i++)
		p = stpcpy(p, variables[i]) + 1;
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return fail(FAILED, "helper: %s", strerror(errno));
	status = ask((struct request){ .what = RUN }, text, (size_t)(p -
	    text), (int[]){ fds[0], fds[1], ends[1] }, 3);
	close(ends[1]);
	if (status == OK && (status = answer(&reply)) == OK && reply.e != 0)
		status = fail(FAILED, "%s", strerror(reply.e));
	if (status != OK) {
		close(ends[0]);
		return status;
	}
	*number = reply.number;
	*ended = ends[0];
	return OK;
}

void
helper_forget(uint32_t number, bool kill)
{
	struct reply reply;

	if (ask((struct request){ FORGET, number, kill }, "", 0, NULL, 0) !=
	    OK || answer(&reply) != OK)
		fail_said();
}
