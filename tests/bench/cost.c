/*
 * cost.c: cost FILE PROGRAM [ARG ...]: run a program and write what it took to
 * FILE: seconds, seconds of processor time, KiB of memory at its most, octets
 * that were written.  Ends as the program does.
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

/*
 * Of a process that has ended, but was not waited for.  (write_bytes depends on
 * how a file system keeps pages together.)
 */
static long long
written(pid_t pid)
{
	long long octets = 0;
	char name[64], line[128];
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%ld/io", (long)pid);
	if ((file = fopen(name, "r")) == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "wchar: %lld", &octets);
	fclose(file);
	return octets;
}

int
main(int argc, char **argv)
{
	double start = now(), took;
	long long octets;
	struct rusage u;
	siginfo_t info;
	FILE *file;
	pid_t pid;
	int status;

	if (argc < 3 || posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2,
	    environ) != 0 ||
	    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0) {
		fprintf(stderr, "cost: cannot run a program\n");
		return 1;
	}
	took = now() - start;
	octets = written(pid);
	if (wait4(pid, &status, 0, &u) != pid)
		return 1;
	if ((file = fopen(argv[1], "w")) == NULL)
		return 1;
	fprintf(file, "%.4f %.4f %ld %lld\n", took,
	    seconds(&u.ru_utime) + seconds(&u.ru_stime), u.ru_maxrss, octets);
	fclose(file);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
