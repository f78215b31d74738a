/* place.c: where the name of a file leads. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/place.h"
#include "base/drain.h"
#include "test.h"

static struct place
find(const char *name)
{
	struct place p;

	check_ok(place_find(&p, name));
	return p;
}

static bool
same(const char *a, const char *b)
{
	const struct place x = find(a), y = find(b);

	return place_same(&x, &y);
}

static void
test_files(void)
{
	char longest[NAME_MAX + 2];
	struct place p;

	test("a file, by all its names");
	check(mkdir("d", 0700) == 0 && close(creat("file", 0600)) == 0);
	check(symlink("../file", "d/link") == 0 && symlink("d/link", "l") == 0 &&
	    link("file", "hard") == 0);
	check(same("file", "./file") && same("file", "d/../file") &&
	    same("file", "d/link") && same("l", "hard"));
	check(find("l").fd == -1 && S_ISREG(find("l").mode));
	check(strcmp(find("l").path, "d/../file") == 0);

	test("a file that is not there yet");
	check(symlink("later", "d/dangling") == 0);
	check(find("new").mode == 0 && !same("new", "file") &&
	    !same("new", "newer") && !same("new", "d/new"));
	check(same("new", "./new") && same("d/later", "d/dangling"));
	check(strcmp(find("d/dangling").path, "d/later") == 0);

	test("names that lead nowhere");
	check(symlink("round", "round") == 0);
	check_fail(place_find(&p, "none/file"), FAILED,
	    "none/file: No such file or directory");
	check_fail(place_find(&p, ""), FAILED, ": No such file or directory");
	check_fail(place_find(&p, "round"), FAILED,
	    "round: Too many levels of symbolic links");
	check_fail(place_find(&p, "new/"), FAILED,
	    "new/: No such file or directory");
	check_fail(place_find(&p, "file/x"), FAILED,
	    "file/x: Not a directory");
	memset(longest, 'a', NAME_MAX + 1);
	longest[NAME_MAX + 1] = '\0';
	check(place_find(&p, longest) == FAILED);
}

static void
test_descriptors(void)
{
	int ends[2], own;
	char name[64];
	struct place p;

	test("descriptors that were given");
	check(pipe(ends) == 0 && mkfifo("fifo", 0600) == 0);
	snprintf(name, sizeof(name), "/dev/fd/%d", ends[1]);
	check_uint((unsigned)find(name).fd, (unsigned)ends[1]);
	check(S_ISFIFO(find(name).mode));
	check(symlink(name, "to-fd") == 0);
	check_uint((unsigned)find("to-fd").fd, (unsigned)ends[1]);
	check(same("to-fd", name) && !same("to-fd", "fifo"));

	test("a descriptor of this program's own is none");
	own = open("file", O_RDONLY | O_CLOEXEC);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", own);
	check(find(name).fd == -1);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", own + 100);
	check(place_find(&p, name) == OK ? p.mode == 0 : true);
	close(own);
	close(ends[0]);
	close(ends[1]);

	test("a device is no place");
	check(!same("/dev/null", "/dev/null") && same("fifo", "./fifo"));
}

/* What writes to a pipe that is full does not make it O_NONBLOCK for others. */
static void
test_drain(void)
{
	static const uint8_t v[1 << 18];
	static uint8_t got[1 << 18];
	int ends[2];
	struct drain d;

	test("drain: a pipe that others share stays as it was");
	check(pipe(ends) == 0);
	fcntl(ends[1], F_SETPIPE_SZ, 1 << 19);
	drain_open(&d, ends[1]);
	check(d.own && d.fd != ends[1]);
	check_ok(drain_write(&d, "pipe", v, sizeof(v)));
	check((fcntl(ends[1], F_GETFL) & O_NONBLOCK) == 0);
	check((fcntl(d.fd, F_GETFL) & O_NONBLOCK) != 0);
	check(read(ends[0], got, sizeof(got)) == sizeof(got));

	test("drain: nobody reads");
	close(ends[0]);
	check_fail(drain_write(&d, "pipe", v, 1), FAILED,
	    "pipe: Broken pipe");
	drain_close(&d);
	close(ends[1]);

	test("drain: a socket, as some parents give");
	check(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
	drain_open(&d, ends[0]);
	check_ok(drain_write(&d, "socket", "abc", 3));
	check(read(ends[1], got, sizeof(got)) == 3);
	close(ends[1]);
	check_fail(drain_write(&d, "socket", v, 1), FAILED,
	    "socket: Broken pipe");
	drain_close(&d);
	close(ends[0]);
}

int
main(int argc, char **argv)
{
	char dir[] = "/tmp/place.XXXXXX", command[64];

	test_init(argc, argv);
	signal(SIGPIPE, SIG_IGN);
	if (mkdtemp(dir) == NULL || chdir(dir) != 0)
		return 1;
	test_files();
	test_descriptors();
	test_drain();
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) != 0 ? 1 : test_end();
}
