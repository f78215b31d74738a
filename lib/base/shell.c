/* shell.c: a command of /bin/sh -c. */
#include <spawn.h>
#include <stdint.h>
#include <unistd.h>

#include "base/fd_limit.h"
#include "base/shell.h"

int
shell_start(pid_t *pid, const char *cmd, const int fds[static 2],
    char **list, const sigset_t *handled)
{
	static char sh[] = "sh", c[] = "-c";
	char *argv[] = { sh, c, (char *)(uintptr_t)cmd, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none;
	int e;

	sigemptyset(&none);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP |
	    POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attr, &none);
	posix_spawnattr_setsigdefault(&attr, handled);
	fd_limit_lower();
	e = posix_spawn(pid, "/bin/sh", &actions, &attr, argv, list);
	fd_limit_raise_again();
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&actions);
	return e;
}
