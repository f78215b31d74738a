/*
 * seeds.c: writes what the fuzzers begin from: seeds DIRECTORY makes a file
 * of each record and GPI there.
 */
#include <sys/stat.h>

#include "vector.h"

static const char *directory;

static void
save(const char *fuzzer, const char *name, const void *v, size_t len)
{
	char path[1024];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, fuzzer);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%s", directory, fuzzer, name);
	file = fopen(path, "w");
	if (file == NULL || fwrite(v, 1, len, file) != len ||
	    fclose(file) != 0) {
		perror(path);
		exit(1);
	}
}

static void
save_records(void)
{
	char name[64];
	struct record r;
	struct out o;

	for (int type = RECORD_REQUEST; type < RECORD_TYPES; type++)
		for (int form = 0; form < 4; form++) {
			make(&r, type, form & 1, form & 2);
			shrink(&r);
			write_record(&o, &r, -1, NULL);
			snprintf(name, sizeof(name), "%s-%d",
			    field_word(KEY_TYPE, (uint64_t)type), form);
			save("record", name, o.v, o.len);
			save("item", name, o.v, o.len);
		}
}

/* The GPI, and its plaintext as gpi.c wants it. */
static void
save_gpi(const struct gpi_vector *w)
{
	const struct record *d = &w->draft;
	bool full = record_has(d, HAS(TRIGGER_MODE)) &&
	    d->trigger_mode == MODE_FULL;
	bool timed = record_has(d, HAS(TRIGGER_TIME));
	struct out o = { .len = 1 };
	char name[64];
	size_t n1;

	save("gpi", w->name, w->gpi.v, w->gpi.len);
	save("sms", w->name, w->gpi.v, w->gpi.len);
	save("item", w->name, w->gpi.v, w->gpi.len);
	put_head(&o, 4, 3);
	put_head(&o, 2, d->naf_id.len);
	put(&o, d->naf_id.v, d->naf_id.len);
	put_head(&o, 0, d->key_lt);
	put_head(&o, 3, d->p_tid.len);
	put(&o, d->p_tid.v, d->p_tid.len);
	n1 = o.len;
	if (full) {
		put_head(&o, 4, timed ? 2 : 1);
		put_head(&o, 0, d->trigger_ind);
	}
	if (full && timed)
		put_head(&o, 0, d->trigger_time);
	o.v[0] = (uint8_t)(o.len - n1);
	snprintf(name, sizeof(name), "%s-plain", w->name);
	save("gpi", name, o.v, o.len);
}

static void
save_json(void)
{
	static const char *const line[] = {
		"{\"impi\":\"001@ims\",\"ue_id\":[\"sip:a@b\",\"tel:+1\"],"
		"\"k\":\"465b5ce8b199b49faa5f0a2ee238a6bc\",\"opc\":"
		"\"cd63cb71954a9f4e48a5994e37a02baf\",\"sqn\":32}",
		"{\"type\":\"subscriber\",\"ue_priv_id\":\"1\",\"algorithm\":"
		"\"tuak\",\"iterations\":2,\"amf\":\"8000\",\"ind\":31,"
		"\"k\":\"abababababababababababababababab\",\"top\":\"5555555"
		"555555555555555555555555555555555555555555555555555555555\""
		"}",
		"{\"impi\":\"\\u0041\",\"k\":\"00000000000000000000000000000000"
		"\",\"op\":\"00000000000000000000000000000000\",\"imsi\":"
		"\"262011234567890\"}",
		/* K of 17 octets */
		"{\"impi\":\"1\",\"algorithm\":\"tuak\",\"k\":\"0000000000000000"
		"000000000000000000\",\"top\":\"5555555555555555555555555555"
		"555555555555555555555555555555555555\"}",
	};
	char name[16];

	for (size_t i = 0; i < COUNT(line); i++) {
		snprintf(name, sizeof(name), "%zu", i);
		save("json", name, line[i], strlen(line[i]));
	}
}

int
main(int argc, char **argv)
{
	struct gpi_vector w;
	struct csv csv;

	if (argc != 2)
		return 2;
	directory = argv[1];
	test_init(1, argv);
	csv_open(&csv, "gpi.csv");
	while (vector_next(&csv, &w))
		save_gpi(&w);
	save_records();
	save_json();
	return 0;
}
