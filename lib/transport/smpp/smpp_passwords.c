/* smpp_passwords.c: a file of the passwords of SMSCs. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/address.h"
#include "base/array.h"
#include "base/file.h"
#include "base/lines.h"
#include "transport/smpp/smpp_passwords.h"

struct account {
	char name[SMPP_NAME_MAX + 1 + WHERE_MAX];
	char password[SMPP_NAME_MAX + 1];
};

struct accounts {
	struct account *v;
	size_t count, room;
};

struct smpp_passwords {
	const char *file;
	struct accounts accounts;
	struct stat read;	/* the file, when it was read; no regular one:
				   all 0 */
};

/* ---- lines ---- */

static bool
starts(const char *name, const char *scheme)
{
	return strncasecmp(name, scheme, strlen(scheme)) == 0;
}

/* SYSTEM_ID@HOST:PORT, as it is, or behind its scheme. */
static bool
take_name(struct account *a, const char *name, size_t len)
{
	size_t scheme = starts(name, "smpp://") ? 7 :
	    starts(name, "smpps://") ? 8 : 0;
	const char *at;
	struct host_port p;
	size_t id;

	name += scheme;
	len -= scheme;
	at = memchr(name, '@', len);
	id = at == NULL ? 0 : (size_t)(at - name);
	if (id < 1 || id > SMPP_NAME_MAX || memchr(name, ':', id) != NULL ||
	    address_read(at + 1, len - id - 1, "", &p) != OK)
		return false;
	memcpy(a->name, name, id + 1);
	address_put(&p, a->name + id + 1);
	return true;
}

/* A password may have blanks in it, but none at its ends. */
static enum status
take_line(void *arg, char *line)
{
	struct accounts *all = arg;
	size_t n = strcspn(line, " \t");
	struct account *a;

	if (line[0] == '\0' || line[0] == '#')
		return OK;
	if (!array_reserve_secret(all->v, all->room, all->count + 1))
		return fail(FAILED, "no memory");
	a = &all->v[all->count];
	if (!take_name(a, line, n))
		return fail(MALFORMED, "not understood; a line is "
		    "SYSTEM_ID@HOST:PORT PASSWORD");
	line += n;
	line += strspn(line, " \t");
	if (strlen(line) > SMPP_NAME_MAX)
		return fail(MALFORMED, "the password has %zu characters; %d "
		    "are possible", strlen(line), SMPP_NAME_MAX);
	strcpy(a->password, line);
	all->count++;
	return OK;
}

/* ---- the file ---- */

static void
clear(struct accounts *all)
{
	if (all->v != NULL)
		wipe(all->v, all->room * sizeof(all->v[0]));
	free(all->v);
	*all = (struct accounts){ .v = NULL };
}

/* What was read before, stays where the file is not as it should be. */
static enum status
read_file(struct smpp_passwords *p)
{
	struct accounts all = { .v = NULL };
	struct stat st = { .st_size = 0 };
	enum status status;

	if (stat(p->file, &st) != 0 || !S_ISREG(st.st_mode))
		memset(&st, 0, sizeof(st));
	status = lines_each(p->file, true, take_line, &all);
	if (status != OK) {
		clear(&all);
		return status;
	}
	clear(&p->accounts);
	p->accounts = all;
	p->read = st;
	return OK;
}

static bool
has_changed(const struct smpp_passwords *p)
{
	struct stat st;

	return S_ISREG(p->read.st_mode) && stat(p->file, &st) == 0 &&
	    (st.st_dev != p->read.st_dev || st.st_ino != p->read.st_ino ||
	    st.st_size != p->read.st_size ||
	    st.st_mtim.tv_sec != p->read.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != p->read.st_mtim.tv_nsec);
}

enum status
smpp_passwords_open(struct smpp_passwords **made, const char *file)
{
	struct smpp_passwords *p = calloc(1, sizeof(*p));
	enum status status;

	if (p == NULL)
		return fail(FAILED, "%s: no memory", file);
	p->file = file;
	if ((status = read_file(p)) == OK)
		*made = p;
	else
		smpp_passwords_close(p);
	return status;
}

/* The first line for it counts. */
enum status
smpp_passwords_find(struct smpp_passwords *p, const char *name,
    char password[static SMPP_NAME_MAX + 1], bool *found)
{
	const struct accounts *all = &p->accounts;
	enum status status;

	password[0] = '\0';
	*found = false;
	if (has_changed(p) && (status = read_file(p)) != OK)
		return status;
	for (size_t i = 0; i < all->count && !*found; i++)
		if (strcmp(all->v[i].name, name) == 0) {
			strcpy(password, all->v[i].password);
			*found = true;
		}
	return OK;
}

void
smpp_passwords_close(struct smpp_passwords *p)
{
	if (p == NULL)
		return;
	clear(&p->accounts);
	free(p);
}
