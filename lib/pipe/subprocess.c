/* subprocess.c: CMD of --exec, and of --bsf. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/helper.h"
#include "base/shell.h"
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

#define VALUE_MAX (32 + 256)
struct environment {
	char value[VARIABLES][VALUE_MAX];
	const char *variable[VARIABLES];	/* a value; or a name alone */
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

/* What ABOUT has of the variables. */
static void
set_variables(struct environment *e, const struct record *about)
{
	for (size_t i = 0; i < VARIABLES; i++) {
		e->variable[i] = e->value[i];
		if (!print_variable(e->value[i], VALUE_MAX, i, about))
			snprintf(e->value[i], VALUE_MAX, "%.*s",
			    (int)strlen(variables[i].name) - 1,
			    variables[i].name);
	}
}

/* Our own environment, without what an outer connection left there. */
static enum status
make_list(struct environment *e)
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
		if (strchr(e->value[i], '=') != NULL)
			e->list[n++] = e->value[i];
	return OK;
}

/* ---- process ---- */

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

static enum status
run_here(struct subprocess *c, const char *cmd, struct environment *env,
    const int theirs[static 2])
{
	enum status status;
	sigset_t handled;
	int e;

	if ((status = make_list(env)) != OK)
		return status;
	sigemptyset(&handled);
	sigaddset(&handled, SIGPIPE);
	sigaddset(&handled, SIGXFSZ);
	e = shell_start(&c->pid, cmd, theirs, env->list, &handled);
	free(env->list);
	return e == 0 ? OK : fail(FAILED, "%s", strerror(e));
}

/* Start CMD, whose standard input and output are THEIRS. */
static enum status
run(struct subprocess *c, const char *cmd, const struct record *about,
    const int theirs[static 2])
{
	struct environment env;
	enum status status;

	c->helped = cmd == NULL;
	set_variables(&env, about);
	status = c->helped ? helper_run(env.variable, VARIABLES, theirs,
	    &c->number, &c->end_fd) : run_here(c, cmd, &env, theirs);
	if (status != OK)
		return fail_in(status, "%s", c->name);
	c->runs = true;
	return OK;
}

static void
init(struct subprocess *c, const char *name)
{
	*c = (struct subprocess){ .name = name, .end_fd = -1 };
}

enum status
subprocess_start(struct subprocess *c, const char *cmd,
    const struct record *about, int *in, int *out)
{
	int theirs[2] = { -1, -1 }, ours[2] = { -1, -1 };
	enum status status;

	init(c, "exec");
	if (open_end(true, in == NULL, &theirs[0], &ours[0]) < 0 ||
	    open_end(false, false, &theirs[1], &ours[1]) < 0)
		status = fail(FAILED, "exec: %s", strerror(errno));
	else
		status = run(c, helper_runs() ? NULL : cmd, about, theirs);
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

	init(c, name);
	*out = -1;
	if (open_end(false, false, &theirs[1], out) < 0)
		status = fail(FAILED, "%s: %s", name, strerror(errno));
	else
		status = run(c, helper_runs() ? NULL : cmd, &nothing, theirs);
	if (theirs[1] >= 0)
		close(theirs[1]);
	return status;
}

int
subprocess_end_fd(const struct subprocess *c)
{
	return c->helped ? fcntl(c->end_fd, F_DUPFD_CLOEXEC, 3) :
	    pidfd_open(c->pid, 0);
}

/* How it ended, if it did: else END's code is 0. */
static bool
look(struct subprocess *c, struct helper_end *end)
{
	siginfo_t info = { .si_pid = 0 };
	ssize_t n;

	*end = (struct helper_end){ 0 };
	if (c->helped) {
		n = read(c->end_fd, end, sizeof(*end));
		if (n == 0)
			errno = EPIPE;		/* the helper is gone */
		return n == sizeof(*end) || (n < 0 && errno == EAGAIN);
	}
	/* a child that is looked at but not reaped keeps its group's number */
	if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) !=
	    0)
		return false;
	if (info.si_pid != 0)
		*end = (struct helper_end){ info.si_code, info.si_status };
	return true;
}

enum status
subprocess_check(struct subprocess *c)
{
	struct helper_end end;

	if (!c->runs || c->ended)
		return OK;
	if (!look(c, &end))
		return fail(FAILED, "%s: %s", c->name, strerror(errno));
	if (end.code == 0)
		return OK;
	if (end.code != CLD_EXITED)
		return fail(FAILED, "%s: the command was ended by "
		    "signal %d", c->name,
		    end.status);
	if (end.status != 0)
		return fail(FAILED, "%s: the command ended with status "
		    "%d", c->name,
		    end.status);
	c->ended = true;
	return OK;
}

static void
end_here(struct subprocess *c)
{
	if (!c->ended) {
		kill(-c->pid, SIGKILL);
		kill(c->pid, SIGKILL);	/* should it have left its group */
	}
	while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR)
		;
}

void
subprocess_end(struct subprocess *c)
{
	if (!c->runs)
		return;
	if (c->helped) {
		helper_forget(c->number, !c->ended);
		close(c->end_fd);
	} else {
		end_here(c);
	}
	c->runs = false;
}
