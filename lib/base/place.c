/* place.c: where the name of a file leads. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/number.h"
#include "base/place.h"

#define LINKS 40		/* as the kernel follows */

static const char *
base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

/* The directory of PATH with all its links followed; false: errno says why. */
static bool
real_directory(const char *path, char out[static PATH_MAX])
{
	char dir[PATH_MAX];
	size_t n = (size_t)(base_of(path) - path);

	snprintf(dir, sizeof(dir), "%.*s", n == 0 ? 1 : (int)n,
	    n == 0 ? "." : path);
	return realpath(dir, out) != NULL;
}

static bool
examine(struct place *p, const char *path)
{
	struct stat st;
	bool there = path != NULL ? stat(path, &st) == 0 :
	    fstat(p->fd, &st) == 0;

	if (!there)
		return false;
	p->mode = st.st_mode;
	p->dev = st.st_dev;
	p->ino = st.st_ino;
	return true;
}

/*
 * The links in /proc/self/fd are none: what a descriptor is, need not have a
 * name, and opened by that name it would be at its beginning again.  One that
 * this program has opened itself is closed on exec.
 */
static bool
find_descriptor(struct place *p, const char *dir)
{
	char own[32];
	uint64_t n;
	int flags;

	snprintf(own, sizeof(own), "/proc/%d/fd", (int)getpid());
	if (strcmp(dir, own) != 0 ||
	    !number_read(base_of(p->path), 0, INT_MAX, &n))
		return false;
	flags = fcntl((int)n, F_GETFD);
	p->fd = flags >= 0 && (flags & FD_CLOEXEC) == 0 ? (int)n : -1;
	return p->fd >= 0;
}

/* Go on to TARGET, which the link P has; false: errno says why. */
static bool
follow(struct place *p, const char *target)
{
	char next[2 * PATH_MAX];
	int n = target[0] == '/' ? 0 : (int)(base_of(p->path) - p->path);

	snprintf(next, sizeof(next), "%.*s%s", n, p->path, target);
	errno = ENAMETOOLONG;
	if (strlen(next) >= sizeof(p->path))
		return false;
	strcpy(p->path, next);
	return true;
}

/* P is no link, and DIR where it is; false: errno says why. */
static bool
settle(struct place *p, const char *dir)
{
	if (examine(p, p->path))
		return true;
	if (errno != ENOENT || !examine(p, dir))
		return false;
	p->mode = 0;
	errno = EISDIR;
	return base_of(p->path)[0] != '\0';
}

/* Follow the links of P; false: errno says why. */
static bool
find(struct place *p)
{
	char dir[PATH_MAX], target[PATH_MAX];
	ssize_t n;

	for (int i = 0; i < LINKS; i++) {
		if (!real_directory(p->path, dir))
			return false;
		if (find_descriptor(p, dir))
			return examine(p, NULL);
		/* what others have open is not there by its name either */
		n = strncmp(dir, "/proc/", 6) == 0 ? -1 :
		    readlink(p->path, target, sizeof(target) - 1);
		if (n < 0)
			return settle(p, dir);
		target[n] = '\0';
		if (!follow(p, target))
			return false;
	}
	errno = ELOOP;
	return false;
}

enum status
place_find(struct place *p, const char *name)
{
	memset(p, 0, sizeof(*p));
	p->fd = -1;
	errno = name[0] == '\0' ? ENOENT : ENAMETOOLONG;
	if (name[0] != '\0' && strlen(name) < sizeof(p->path)) {
		strcpy(p->path, name);
		if (find(p))
			return OK;
	}
	return fail(FAILED, "%s: %s", name, strerror(errno));
}

enum status
place_of(struct place *p, int fd)
{
	memset(p, 0, sizeof(*p));
	p->fd = fd;
	return examine(p, NULL) ? OK : fail(FAILED, "descriptor %d: %s", fd,
	    strerror(errno));
}

bool
place_same(const struct place *a, const struct place *b)
{
	return a->mode == b->mode && a->dev == b->dev && a->ino == b->ino &&
	    !S_ISCHR(a->mode) && !S_ISBLK(a->mode) && (a->mode != 0 ||
	    strcmp(base_of(a->path), base_of(b->path)) == 0);
}

/* Whether chattr(1) has made PATH one that cannot be changed, or grows only. */
static bool
is_fixed(const char *path)
{
	struct statx x;

	return statx(AT_FDCWD, path, 0, STATX_TYPE, &x) == 0 &&
	    (x.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) !=
	    0;
}

/* In a sticky directory, as /tmp, only its owner may replace a file. */
static bool
is_others(const struct stat *dir, const struct stat *file)
{
	uid_t own = geteuid();

	return (dir->st_mode & S_ISVTX) != 0 && own != 0 &&
	    own != file->st_uid && own != dir->st_uid;
}

enum status
place_replaceable(const struct place *p, const char *name)
{
	char dir[PATH_MAX];
	struct stat file, parent;

	if (!real_directory(p->path, dir) || stat(dir, &parent) != 0 ||
	    (p->mode != 0 && stat(p->path, &file) != 0))
		return fail(FAILED, "%s: %s", name, strerror(errno));
	if (is_fixed(dir) || (p->mode != 0 && is_fixed(p->path)))
		return fail(FAILED, "%s: an attribute (chattr) of the file or "
		    "its directory forbids to replace it", name);
	if (p->mode != 0 && is_others(&parent, &file))
		return fail(FAILED, "%s: belongs to another user, in a "
		    "directory where nobody else may replace it", name);
	return p->mode == 0 || access(p->path, W_OK) == 0 ||
	    (errno != EROFS && errno != EPERM) ? OK :
	    fail(FAILED, "%s: %s", name, strerror(errno));
}
