/* subprocess.c: CMD of --exec, and of --bsf. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd_limit.h"
#include "pipe/subprocess.h"

/* ---- environment ---- */

/* The first of its keys that the record has gives a variable its value. */
static const struct {
	const char *name;
	int key[2];
} variables[] = {
	{ "GBA_UE_ID=", { KEY_UE_ID, KEY_UE_PRIV_ID } },
	{ "GBA_P_TID=", { KEY_P_TID, KEY_UL_SA_ID } },
	{ "GBA_TRIGGER_IND=", { KEY_TRIGGER_IND, KEY_TRIGGER_IND } },
	{ "GBA_TRIGGER_TIME=", { KEY_TRIGGER_TIME, KEY_TRIGGER_TIME } },
	{ "GBA_NAF_FQDN=", { KEY_NAF_ID, KEY_NAF_ID } },
};
#define VARIABLES COUNT(variables)

struct environment {
	char value[VARIABLES][32 + 256];
	char **list;
};

static bool
print_variable(char *out, size_t max, size_t i, const struct record *r)
{
	int key = variables[i].key[r->has >> variables[i].key[0] & 1 ? 0 : 1];
	char fqdn[FQDN_MAX + 1];

	if ((r->has >> key & 1) == 0)
		return false;
	if (fields[key].kind == KIND_UINT)
		snprintf(out, max, "%s%" PRIu64, variables[i].name,
		    *number_at(r, &fields[key]));
	else
		snprintf(out, max, "%s%s", variables[i].name,
		    key == KEY_NAF_ID ? record_naf_fqdn(r, fqdn) :
		    (const char *)octets_at(r, &fields[key])->v);
	return true;
}

static bool
is_ours(const char *entry)
{
	for (size_t i = 0; i < VARIABLES; i++)
		if (strncmp(entry, variables[i].name,
		    strlen(variables[i].name)) == 0)
			return true;
	return false;
}

/* Our own environment, without what an outer connection left there. */
static enum status
environment_make(struct environment *e, const struct record *about)
{
	size_t n = 0;

	while (environ[n] != NULL)
		n++;
	e->list = calloc(n + VARIABLES + 1, sizeof(*e->list));
	if (e->list == NULL)
		return fail(FAILED, "exec: no memory");
	n = 0;
	for (char **old = environ; *old != NULL; old++)
		if (!is_ours(*old))
			e->list[n++] = *old;
	for (size_t i = 0; i < VARIABLES; i++)
		if (print_variable(e->value[i], sizeof(e->value[i]), i, about))
			e->list[n++] = e->value[i];
	return OK;
}

/* ---- process ---- */

/* Let the child be FDS[0] and FDS[1], and lead a group of its own. */
static int
start(pid_t *pid, const char *cmd, const int fds[static 2], char **list)
{
	static char sh[] = "sh", c[] = "-c";
	char *argv[] = { sh, c, (char *)(uintptr_t)cmd, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, ignored;
	int e;

	sigemptyset(&none);
	sigemptyset(&ignored);
	sigaddset(&ignored, SIGPIPE);
	sigaddset(&ignored, SIGXFSZ);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, &ignored);
	fd_limit_lower();
	e = posix_spawn(pid, "/bin/sh", &actions, &attr, argv, list);
	fd_limit_raise_again();
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return e;
}

static void
close_pair(int fds[static 2])
{
	for (int i = 0; i < 2; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* THEIRS and OURS get the ends of what the child has for input, or output. */
static int
open_end(bool input, bool empty, int *theirs, int *ours)
{
	int ends[2];

	if (empty)
		return *theirs = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (pipe2(ends, O_CLOEXEC) != 0)
		return -1;
	*theirs = ends[input ? 0 : 1];
	*ours = ends[input ? 1 : 0];
	return fcntl(*ours, F_SETFL, O_NONBLOCK);
}

/* Start CMD, whose standard input and output are THEIRS. */
static enum status
run(struct subprocess *c, const char *name, const char *cmd,
    const struct record *about, const int theirs[static 2])
{
	struct environment env = { .list = NULL };
	enum status status;
	int e;

	c->pid = 0;
	c->name = name;
	c->ended = false;
	if ((status = environment_make(&env, about)) != OK)
		return status;
	e = start(&c->pid, cmd, theirs, env.list);
	free(env.list);
	if (e == 0)
		return OK;
	c->pid = 0;
	return fail(FAILED, "%s: %s", name, strerror(e));
}

enum status
subprocess_start(struct subprocess *c, const char *cmd,
    const struct record *about, int *in, int *out)
{
	int theirs[2] = { -1, -1 }, ours[2] = { -1, -1 };
	enum status status;

	c->pid = 0;
	if (open_end(true, in == NULL, &theirs[0], &ours[0]) < 0 ||
	    open_end(false, false, &theirs[1], &ours[1]) < 0)
		status = fail(FAILED, "exec: %s", strerror(errno));
	else
		status = run(c, "exec", cmd, about, theirs);
	close_pair(theirs);
	if (status != OK) {
		close_pair(ours);
		return status;
	}
	if (in != NULL)
		*in = ours[0];
	*out = ours[1];
	return OK;
}

enum status
subprocess_filter(struct subprocess *c, const char *name, const char *cmd,
    int in, int *out)
{
	static const struct record nothing;
	int theirs[2] = { in, -1 };
	enum status status;

	c->pid = 0;
	*out = -1;
	if (open_end(false, false, &theirs[1], out) < 0)
		status = fail(FAILED, "%s: %s", name, strerror(errno));
	else
		status = run(c, name, cmd, &nothing, theirs);
	if (theirs[1] >= 0)
		close(theirs[1]);
	return status;
}

enum status
subprocess_check(struct subprocess *c)
{
	siginfo_t info = { .si_pid = 0 };

	if (c->pid == 0 || c->ended)
		return OK;
	/* a child that is looked at but not reaped keeps its group's number */
	if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) !=
	    0)
		return fail(FAILED, "%s: %s", c->name, strerror(errno));
	if (info.si_pid == 0)
		return OK;
	if (info.si_code != CLD_EXITED)
		return fail(FAILED, "%s: CMD was ended by signal %d", c->name,
		    info.si_status);
	if (info.si_status != 0)
		return fail(FAILED, "%s: CMD ended with status %d", c->name,
		    info.si_status);
	c->ended = true;
	return OK;
}

void
subprocess_end(struct subprocess *c)
{
	if (c->pid == 0)
		return;
	if (!c->ended) {
		kill(-c->pid, SIGKILL);
		kill(c->pid, SIGKILL);	/* should it have left its group */
	}
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
	c->pid = 0;
}
