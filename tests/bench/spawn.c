/*
 * spawn.c: spawn ROUNDS IN OUT PROGRAM [ARG ...]: run a program so often, its
 * input from the file IN, its output to the file OUT, and print the median of
 * its time from fork to reaped exit, in microseconds.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
child(char **argv)
{
	dup2(open(argv[2], O_RDONLY), 0);
	dup2(open(argv[3], O_WRONLY | O_CREAT | O_TRUNC, 0600), 1);
	execv(argv[4], argv + 4);
	_exit(127);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 4 ? atoi(argv[1]) : 0, status;
	double *us = calloc((size_t)rounds + 1, sizeof(*us)), start;
	pid_t pid;

	for (int i = 0; i < rounds; i++) {
		start = now();
		if ((pid = fork()) == 0)
			child(argv);
		if (waitpid(pid, &status, 0) != pid || status != 0) {
			fprintf(stderr, "%s: status %d\n", argv[4], status);
			return 1;
		}
		us[i] = now() - start;
	}
	qsort(us, (size_t)rounds, sizeof(*us), by_value);
	printf("%.0f\n", us[rounds / 2]);
	return rounds == 0;
}
