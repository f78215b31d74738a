/* journal.c: accepted records that are kept until they have left. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/journal.h"
#include "test.h"

static char dir[] = "/tmp/journal.XXXXXX", card_name[64];
static char seen[64];		/* a letter for each record that was kept */

/* A card whose file would hold what the letter stands for. */
static struct card_file
card(char state)
{
	struct card_file c = { .name = card_name, .fd = -1 };

	snprintf(c.path, sizeof(c.path), "%s", card_name);
	memset(c.mark, state, sizeof(c.mark));
	return c;
}

/* An accepted record of the SA with that letter. */
static void
put(struct journal *j, char letter)
{
	uint8_t v[RECORD_MAX];
	const char id[] = { letter, '\0' };
	struct record r;

	record_init(&r, RECORD_ACCEPTED);
	record_put(&r, KEY_RAND, "0123456789abcdef", 16);
	record_put(&r, KEY_AUTN, "0123456789abcdef", 16);
	record_put(&r, KEY_APP_LBL, "", 0);
	record_put_uint(&r, KEY_UM, 0);
	record_put_uint(&r, KEY_KEY_LT, 1);
	check_ok(record_set(&r, KEY_NAF_ID, "mtc.example.org/0100000007"));
	record_put(&r, KEY_GPI, "gpi", 3);
	record_put_uint(&r, KEY_TIME, 1);
	check_ok(record_set(&r, KEY_UE_PRIV_ID, "meter-7@example.org"));
	record_put(&r, KEY_KS_NAF, "0123456789abcdef0123456789abcdef", 32);
	check_ok(record_set(&r, KEY_UL_SA_ID, id));
	check_ok(record_set(&r, KEY_DL_SA_ID,
	    "30313233343536373839616263646566@mtc.example.org"));
	check_ok(journal_put(j, v, record_encode(&r, v)));
}

static enum status
see(void *unused, const struct record *r)
{
	(void)unused;
	strcat(seen, r->ul_sa_id.v);
	return OK;
}

/* Open a journal beside a card in that state: WANT is kept. */
static void
opens(struct journal *j, char state, const char *want)
{
	const struct card_file c = card(state);

	seen[0] = '\0';
	check_ok(journal_open(j, &c));
	check_ok(journal_each(j, see, NULL));
	check(strcmp(seen, want) == 0);
	check_uint(j->kept, strlen(want));
}

/* A commit from one state of the card to the next, and another record. */
static void
commit(struct journal *j, char before, const char *letters)
{
	const struct card_file c = card(before);

	for (; *letters != '\0'; letters++)
		put(j, *letters);
	check_ok(journal_commit(j, &c));
	journal_committed(j);
}

/* The program is gone, as if by kill -9. */
static void
gone(struct journal *j)
{
	close(j->fd);
	journal_drop(j);
	free(j->v);
}

static bool
there(const char *suffix)
{
	char name[128];

	snprintf(name, sizeof(name), "%s%s", card_name, suffix);
	return access(name, F_OK) == 0;
}

static void
test_one(void)
{
	struct journal j;

	test("nothing kept: no file stays");
	opens(&j, 'a', "");
	check(there(".journal"));
	journal_close(&j);
	check(!there(".journal"));

	test("what has left, does not come again");
	opens(&j, 'a', "");
	commit(&j, 'a', "12");
	check_uint(j.kept, 2);
	journal_left(&j);
	commit(&j, 'b', "3");
	journal_left(&j);
	gone(&j);
	opens(&j, 'c', "");

	test("what was committed comes first, in its order, after others");
	commit(&j, 'c', "45");
	commit(&j, 'd', "6");
	gone(&j);
	opens(&j, 'e', "456");
	gone(&j);
	opens(&j, 'e', "456");

	test("a batch whose card was not replaced was not spent");
	commit(&j, 'e', "7");
	gone(&j);
	opens(&j, 'e', "456");
	gone(&j);
	opens(&j, 'f', "456");
	journal_left(&j);
	journal_close(&j);
	check(!there(".journal"));
}

/* A damaged journal is kept as such, of LEN octets, or of any; it goes. */
static void
check_damaged(int n, size_t len)
{
	char name[128];
	struct stat st = { .st_size = 0 };

	snprintf(name, sizeof(name), "%s.journal.damaged.%d", card_name, n);
	check(stat(name, &st) == 0);
	check_uint(st.st_mode & 0777, 0600);
	check(len == 0 || (size_t)st.st_size == len);
	unlink(name);
}

static void
test_torn(void)
{
	char name[128];
	struct journal j;
	struct stat st;

	test("a batch that is torn, and was not spent, does not count");
	snprintf(name, sizeof(name), "%s.journal", card_name);
	opens(&j, 'a', "");
	commit(&j, 'a', "1");
	commit(&j, 'b', "2");
	check(ftruncate(j.fd, (off_t)j.end - 1) == 0);
	gone(&j);
	opens(&j, 'b', "1");
	check(!there(".journal.damaged.1"));
	journal_left(&j);
	journal_close(&j);

	test("one that was spent is kept aside");
	opens(&j, 'a', "");
	commit(&j, 'a', "1");
	commit(&j, 'b', "2");
	check(ftruncate(j.fd, (off_t)j.end - 1) == 0);
	check(fstat(j.fd, &st) == 0);
	gone(&j);
	opens(&j, 'c', "1");
	check_damaged(1, (size_t)st.st_size);
	journal_left(&j);
	journal_close(&j);

	test("what is no accepted record is left out, and kept aside");
	opens(&j, 'a', "");
	commit(&j, 'a', "1");
	check_ok(journal_put(&j, (const uint8_t *)"\xa1\0\1", 3));
	commit(&j, 'b', "2");
	commit(&j, 'c', "3");
	gone(&j);
	opens(&j, 'd', "13");
	check_damaged(1, 0);
	gone(&j);
	opens(&j, 'd', "13");
	check_damaged(1, 0);
	journal_left(&j);
	journal_close(&j);

	test("others cannot read it");
	opens(&j, 'a', "");
	check(stat(name, &st) == 0);
	check_uint(st.st_mode & 0777, 0600);

	test("one that is long is cut, once all has left");
	for (int i = 0; i < 1000; i++)
		put(&j, '1');
	commit(&j, 'a', "");
	check(stat(name, &st) == 0 && st.st_size > 1 << 16);
	journal_left(&j);
	check(stat(name, &st) == 0 && st.st_size == 0);
	journal_close(&j);
}

static void
test_many(void)
{
	struct journal j[3];
	struct card_file c = card('d');
	char name[128];

	test("a program that runs keeps its own");
	opens(&j[0], 'a', "");
	opens(&j[1], 'a', "");
	commit(&j[0], 'a', "1");
	commit(&j[1], 'b', "2");
	opens(&j[2], 'c', "");
	commit(&j[2], 'c', "3");
	check(there(".journal") && there(".journal.1") && there(".journal.2"));

	test("the next takes over what those left that are gone");
	gone(&j[1]);
	gone(&j[2]);
	opens(&j[1], 'd', "23");
	check(!there(".journal.2"));
	gone(&j[0]);
	gone(&j[1]);
	opens(&j[0], 'd', "123");
	check(!there(".journal.1"));
	journal_left(&j[0]);
	journal_close(&j[0]);
	check(!there(".journal"));

	test("a link in its place is not followed");
	snprintf(name, sizeof(name), "%s.journal", card_name);
	check(symlink("elsewhere", name) == 0);
	check(journal_open(&j[0], &c) == FAILED);
	journal_close(&j[0]);
	check(unlink(name) == 0);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	if (mkdtemp(dir) == NULL)
		return 1;
	snprintf(card_name, sizeof(card_name), "%s/card", dir);
	test_one();
	test_torn();
	test_many();
	rmdir(dir);
	return test_end();
}
