/*
 * spawn.c: spawn ROUNDS FIRST IN OUT PROGRAM [ARG ...] ['|' PROGRAM ...]: run
 * a program, or a pipe of them, so often, its input from the file IN, its
 * output to the file OUT, and print the median of its time from fork to reaped
 * exit, in microseconds.  A %d in IN is FIRST in the first round, and counts
 * up, so that each round may have a record of its own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PROGRAMS 16

static char **program[PROGRAMS];
static int programs;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e6 + (double)ts.tv_nsec / 1e3;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static void
read_programs(char **argv)
{
	program[programs++] = argv;
	for (; *argv != NULL; argv++)
		if (strcmp(*argv, "|") == 0 && programs < PROGRAMS) {
			*argv = NULL;
			program[programs++] = argv + 1;
		}
}

/* IN with its %d replaced. */
static const char *
input(const char *in, int n)
{
	static char name[4096];
	const char *d = strstr(in, "%d");

	if (d == NULL)
		return in;
	snprintf(name, sizeof(name), "%.*s%d%s", (int)(d - in), in, n, d + 2);
	return name;
}

/* Start one; what it reads and writes is closed here. */
static pid_t
start(char **argv, int in, int out)
{
	pid_t pid = fork();

	if (pid == 0) {
		dup2(in, 0);
		dup2(out, 1);
		execv(argv[0], argv);
		_exit(127);
	}
	close(in);
	close(out);
	return pid;
}

static void
run(int in, int out)
{
	pid_t pid[PROGRAMS];
	int fd[2], status;

	if (in < 0 || out < 0)
		die("spawn: open");
	for (int i = 0; i + 1 < programs; i++) {
		if (pipe2(fd, O_CLOEXEC) != 0)
			die("spawn: pipe");
		pid[i] = start(program[i], in, fd[1]);
		in = fd[0];
	}
	pid[programs - 1] = start(program[programs - 1], in, out);
	for (int i = 0; i < programs; i++)
		if (waitpid(pid[i], &status, 0) != pid[i] || status != 0) {
			fprintf(stderr, "%s: status %d\n", program[i][0],
			    status);
			exit(1);
		}
}

int
main(int argc, char **argv)
{
	int rounds = argc > 5 ? atoi(argv[1]) : 0;
	double *us = calloc((size_t)rounds + 1, sizeof(*us)), begin;
	int in, out;

	if (rounds == 0 || us == NULL)
		return 2;
	read_programs(argv + 5);
	for (int i = 0; i < rounds; i++) {
		in = open(input(argv[3], atoi(argv[2]) + i),
		    O_RDONLY | O_CLOEXEC);
		out = open(argv[4], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
		    0600);
		begin = now();
		run(in, out);
		us[i] = now() - begin;
	}
	qsort(us, (size_t)rounds, sizeof(*us), by_value);
	printf("%.1f\n", us[rounds / 2]);
	return 0;
}
