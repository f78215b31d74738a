/* fd_limit.c: how many descriptors a process may have. */
#include <stdbool.h>
#include <stdint.h>
#include <sys/resource.h>

#include "base/fd_limit.h"

static struct rlimit before, raised;
static bool is_raised;

size_t
fd_limit_raise(void)
{
	if (getrlimit(RLIMIT_NOFILE, &before) != 0)
		return SIZE_MAX;
	raised = before;
	raised.rlim_cur = raised.rlim_max;
	is_raised = setrlimit(RLIMIT_NOFILE, &raised) == 0;
	return is_raised ? raised.rlim_cur : before.rlim_cur;
}

/* A command may use select(2), which handles no descriptor above 1,023. */
void
fd_limit_lower(void)
{
	if (is_raised)
		setrlimit(RLIMIT_NOFILE, &before);
}

void
fd_limit_raise_again(void)
{
	if (is_raised)
		setrlimit(RLIMIT_NOFILE, &raised);
}
