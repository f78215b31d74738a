/*
 * files.c: fuzzes files: by the first octet passwords, allow files, key files,
 * cards, reports of runs that were cut short, input of records and lines, files
 * of identities, and those of an SLF.
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/loop.h"
#include "pipe/reported.h"
#include "runs/choice.h"
#include "store/card.h"
#include "store/naf_policy.h"
#include "store/subscriber.h"
#include "transport/smpp/smpp_passwords.h"
#include "vectors/slf.h"
#include "fuzz.h"

static char name[64];

static void
passwords(unsigned way)
{
	char password[SMPP_NAME_MAX + 1];
	struct smpp_passwords *all;
	bool found;
	enum status status = smpp_passwords_open(&all, name);

	(void)way;
	expect(status == OK || status == MALFORMED);
	if (status != OK)
		return;
	expect(smpp_passwords_find(all, "fuzz@h:1", password, &found) == OK);
	expect(memchr(password, '\0', sizeof(password)) != NULL);
	smpp_passwords_close(all);
}

static void
allowed(unsigned way)
{
	struct naf_policy all = { 0 };
	enum status status = naf_policy_read(&all, name);
	struct record r = { 0 };

	expect(status == OK || status == MALFORMED);
	record_init(&r, RECORD_REQUEST);
	record_put(&r, KEY_NAF_ID, "mtc.example.org\1\0\0\0\7", 20);
	record_put(&r, KEY_UE_ID, (way & 1) != 0 ? "meter-7" : "tel:+1", 7 -
	    (way & 1 ? 0 : 1));
	status = naf_policy_check(&all, &r, r.ue_id.v);
	expect(status == OK || status == REJECTED);
	naf_policy_free(&all);
}

static void
keys(unsigned way)
{
	struct subscriber s;
	enum status status;

	subscriber_init(&s);
	expect(subscriber_set(&s, "impi", "1") == OK);
	if ((way & 1) != 0)
		expect(subscriber_set(&s, "algorithm", "tuak") == OK);
	status = subscriber_read_keys(&s, name);
	expect(status == OK || status == MALFORMED || status == USAGE);
	if (status == OK)
		status = subscriber_finish(&s);
	if (status == OK)
		expect(record_check(&s.r) == OK);
	subscriber_wipe(&s);
}

/* What is a card may be replaced, and is the same then. */
static void
card(unsigned way)
{
	static struct record card, again;
	struct card_file file = { .fd = -1 };
	uint8_t v[RECORD_MAX], w[RECORD_MAX];
	enum status status = card_lock(&file, name, &card);
	size_t n;

	(void)way;
	expect(status == OK || status == MALFORMED || status == FAILED);
	if (status != OK)
		return;
	n = record_encode(&card, v);
	expect(card_replace(&file, &card) == OK);
	card_unlock(&file);
	expect(card_lock(&file, name, &again) == OK);
	card_unlock(&file);
	expect(record_encode(&again, w) == n && memcmp(v, w, n) == 0);
}

static void
reports(unsigned way)
{
	struct reported *r;
	enum status status = reported_read(name, way & 1, way & 2,
	    &r);

	expect(status == OK || status == MALFORMED || status == FAILED);
	(void)reported_has(r, "fuzz");
	reported_free(r);
	if (status != OK || (way & 1) == 0)
		return;
	/* what was cut off is gone */
	expect(reported_read(name, false, false, &r) == OK);
	reported_free(r);
}

static void
input(unsigned way)
{
	static struct input in;
	static struct record record;
	const uint8_t *item;
	struct record *r;
	enum event event;
	uint64_t done = 0, total;
	size_t len;

	expect(input_open(&in, name) == OK);
	in.framing = (enum framing)(way & 3);
	do {
		r = &record;
		event = input_next_record(&in, true, &item, &len, &r);
		expect(input_done(&in, &total) >= done);
		done = input_done(&in, &total);
		expect(done <= total);
		if (event == INPUT_ITEM && r != NULL)
			expect(record_check(r) == OK);
	} while (event == INPUT_ITEM || event == INPUT_PAUSE);
	expect(event == INPUT_END || in.broken.status == MALFORMED);
	input_close(&in);
}

static void
identities(unsigned way)
{
	const struct choice c = { .file = name };
	struct opt_list ids = { 0 };
	enum status status = choice_list(&c, &ids);
	struct record r;

	(void)way;
	expect(status == OK || status == MALFORMED);
	for (size_t i = 0; i < ids.count; i++)
		expect(record_set(&r, KEY_UE_ID, ids.v[i]) == OK);
	choice_free_list(&ids);
}

static void
located(unsigned way)
{
	struct slf slf;
	struct record r;
	enum status status = slf_read(&slf, name);
	size_t hss;

	expect(status == OK || status == MALFORMED);
	record_init(&r, RECORD_REQUEST);
	record_put(&r, KEY_UE_ID, (way & 1) != 0 ? "meter-7" : "00101@a", 7);
	if ((way & 2) != 0)
		record_put_uint(&r, KEY_UE_ID_TYPE, ID_PRIVATE);
	if ((way & 4) != 0)
		record_put(&r, KEY_UE_PRIV_ID, "001012@b", 8);
	status = slf_locate(&slf, &r, &hss);
	expect(status == OK ? hss < slf.hss_count : status == REJECTED);
	slf_free(&slf);
}

static void (*const kinds[])(unsigned way) = { passwords, allowed, keys, card,
    reports, input, identities, located };

static void
remove_all(void)
{
	char path[96];

	unlink(name);
	/* of the lock, or what becomes the card */
	snprintf(path, sizeof(path), "%s.new", name);
	unlink(path);
	*strrchr(name, '/') = '\0';
	rmdir(name);
}

static void
begin(void)
{
	strcpy(name, access("/dev/shm", W_OK) == 0 ? "/dev/shm/gba-fuzz.XXXXXX" :
	    "/tmp/gba-fuzz.XXXXXX");
	expect(mkdtemp(name) != NULL);
	strcat(name, "/file");
	atexit(remove_all);
	expect(loop_open() == OK);
	umask(077);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	FILE *file;

	if (name[0] == '\0')
		begin();
	if (len == 0 || (in[0] & 7) >= COUNT(kinds))
		return 0;
	file = fopen(name, "w");
	expect(file != NULL && fwrite(in + 1, 1, len - 1, file) == len - 1);
	expect(fclose(file) == 0);
	kinds[in[0] & 7](in[0] >> 3);
	return 0;
}
