/*
 * spawn.c: spawn ROUNDS FIRST IN OUT PROGRAM [ARG ...] ['|' PROGRAM ...] --
 * PROGRAM ['|' PROGRAM ...]: run a program, or a pipe of them, so often, its
 * input from the file IN, its output to the file OUT, and in turns with it
 * what comes behind --, which reads nothing; print the medians of the time of
 * both from fork to reaped exit, in microseconds.  A %d in IN is FIRST in the
 * first round, and counts up, so that each round may have a record of its own.
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

static struct pipe {
	char **program[PROGRAMS];
	int programs;
	const char *in;
	double *us;
} pipes[2];

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
	struct pipe *p = pipes;

	p->program[p->programs++] = argv;
	for (; *argv != NULL; argv++) {
		if (strcmp(*argv, "--") == 0 && p == pipes)
			p++;
		else if (strcmp(*argv, "|") != 0 || p->programs == PROGRAMS)
			continue;
		*argv = NULL;
		p->program[p->programs++] = argv + 1;
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
run(const struct pipe *p, int in, int out)
{
	int fd[2], status, last = p->programs - 1;
	pid_t pid[PROGRAMS];

	for (int i = 0; i < last; i++) {
		if (pipe2(fd, O_CLOEXEC) != 0)
			die("spawn: pipe");
		pid[i] = start(p->program[i], in, fd[1]);
		in = fd[0];
	}
	pid[last] = start(p->program[last], in, out);
	for (int i = 0; i <= last; i++)
		if (waitpid(pid[i], &status, 0) != pid[i] || status != 0) {
			fprintf(stderr, "%s: status %d\n", p->program[i][0],
			    status);
			exit(1);
		}
}

static double
measure(const struct pipe *p, int n, const char *out)
{
	int in_fd = open(input(p->in, n), O_RDONLY | O_CLOEXEC);
	int out_fd = open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	double begin = now();

	if (in_fd < 0 || out_fd < 0)
		die("spawn: open");
	run(p, in_fd, out_fd);
	return now() - begin;
}

int
main(int argc, char **argv)
{
	int rounds = argc > 5 ? atoi(argv[1]) : 0;

	if (rounds > 0)
		read_programs(argv + 5);
	if (pipes[1].programs == 0)
		return 2;
	for (int j = 0; j < 2; j++) {
		pipes[j].in = j == 0 ? argv[3] : "/dev/null";
		pipes[j].us = calloc((size_t)rounds, sizeof(double));
		if (pipes[j].us == NULL)
			die("spawn");
	}
	for (int i = 0; i < rounds; i++)
		for (int j = 0; j < 2; j++)
			pipes[j].us[i] = measure(&pipes[j], atoi(argv[2]) + i,
			    argv[4]);
	for (int j = 0; j < 2; j++)
		qsort(pipes[j].us, (size_t)rounds, sizeof(double), by_value);
	printf("%.1f %.1f\n", pipes[0].us[rounds / 2],
	    pipes[1].us[rounds / 2]);
	return 0;
}
