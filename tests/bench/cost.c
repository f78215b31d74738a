/*
 * cost.c: cost FILE PROGRAM [ARG ...]: run a program and write what it took to
 * FILE: seconds, seconds of processor time, KiB of memory at its most.  Ends
 * as the program does.
 */
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
	double start = now();
	struct rusage u;
	FILE *file;
	pid_t pid;
	int status;

	if (argc < 3 || posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2,
	    environ) != 0 || wait4(pid, &status, 0, &u) != pid) {
		fprintf(stderr, "cost: cannot run a program\n");
		return 1;
	}
	if ((file = fopen(argv[1], "w")) == NULL)
		return 1;
	fprintf(file, "%.4f %.4f %ld\n", now() - start,
	    seconds(&u.ru_utime) + seconds(&u.ru_stime), u.ru_maxrss);
	fclose(file);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
