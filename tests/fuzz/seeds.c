/*
 * seeds.c: what the fuzzers begin from.
 *
 *	seeds DIRECTORY			makes a file of each seed there, and of
 *					what is in tests/fuzz/corpus
 *	seeds DIRECTORY FUZZER FILE...	writes these to DIRECTORY/FUZZER as
 *					one corpus, a CBOR sequence
 */
#include <dirent.h>
#include <sys/stat.h>

#include "nbsp/push_info.h"
#include "record/cbor.h"
#include "record/show.h"
#include "sms/tpdu.h"
#include "vector.h"

#define CORPUS "tests/fuzz/corpus"

/* A string with NULs in it, and its length. */
#define FIXED(s) s, sizeof(s) - 1

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
	struct record r;
	char name[64];
	size_t n1;

	save("gpi", w->name, w->gpi.v, w->gpi.len);
	make(&r, RECORD_RESPONSE, false, false);
	shrink(&r);
	r.gpi.len = w->gpi.len;
	memcpy(r.gpi.v, w->gpi.v, w->gpi.len);
	write_record(&o, &r, -1, NULL);
	save("record", w->name, o.v, o.len);
	o.len = 1;
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

/* ---- pieces, each with its length before it ---- */

struct pieces_out {
	uint8_t v[4096];
	size_t len;
};

static void
put_piece(struct pieces_out *o, const void *v, size_t len)
{
	o->v[o->len++] = (uint8_t)len;
	memcpy(o->v + o->len, v, len);
	o->len += len;
}

/* ---- short messages ---- */

/* As lines for a modem. */
static void
save_lines(const char *name, uint8_t form, const struct tpdu *t, size_t count)
{
	static char lines[8192];
	uint8_t v[TPDU_MAX];
	size_t len = 1;

	lines[0] = (char)form;
	for (size_t i = 0; i < count; i++) {
		len += (size_t)snprintf(lines + len, sizeof(lines) - len,
		    "+CMT: ,24\n%s", (form & 4) != 0 ? "00" : "");
		hex_encode(lines + len, v, tpdu_encode(&t[i], v));
		len += strlen(lines + len);
		lines[len++] = '\n';
	}
	save("stream", name, lines, len);
}

/* A GPI of LEN octets in the FORM of sms.c, as TPDUs. */
static void
save_sms(uint8_t form, const char *params, size_t gpi_len, bool deliver,
    uint64_t validity)
{
	static const uint8_t gpi[GPI_MAX] = { 0x88, 1 };
	struct sms_part parts[SMS_PARTS_MAX];
	struct tpdu t[SMS_PARTS_MAX];
	struct sms_params f;
	struct pieces_out o = { .v = { form }, .len = 1 };
	uint8_t v[TPDU_MAX];
	size_t count, len;
	char name[64];

	if (sms_params_parse(&f, params) != OK ||
	    sms_split(&f, 7, gpi, gpi_len, parts, &count) != OK)
		exit(1);
	snprintf(name, sizeof(name), "tpdu-%u-%zu-%d-%d", form, gpi_len,
	    deliver, (int)validity);
	for (size_t i = 0; i < count; i++) {
		t[i] = (struct tpdu){ .deliver = deliver, .udhi = true,
		    .pid = PID_TRIGGER, .dcs = DCS_DATA, .mr = (uint8_t)i,
		    .number = "+491721234567", .time = 1800000000,
		    .validity = validity, .ud_len = parts[i].len };
		memcpy(t[i].ud, parts[i].v, parts[i].len);
		len = tpdu_encode(&t[i], v);
		o.v[o.len++] = 129;
		put_piece(&o, v, len);
	}
	save("sms", name, o.v, o.len);
	save_lines(name, deliver ? 2 : 6, t, count);
}

static void
save_all_sms(void)
{
	static const char *const params[] = { "", "wap",
	    "wap=0x9081&type=0x320", "port=2948", "wap=0x12&type=0x20" };

	for (uint8_t form = 0; form < COUNT(params); form++)
		for (uint64_t validity = 0; validity < 9000000; validity =
		    100 + 20 * validity)
			for (size_t len = 100; len < 400; len += 200)
				save_sms(form, params[form], len,
				    validity == 0, validity);
}

/* ---- sessions ---- */

static void
save_pieces(const char *fuzzer, const char *name, struct pieces_out *o)
{
	save(fuzzer, name, o->v, o->len);
	o->len = 1;
}

/* An SMPP PDU, of which the harness says how long it is. */
static void
put_pdu(struct pieces_out *o, uint32_t id, uint32_t status, uint32_t sequence,
    const void *body, size_t len)
{
	static unsigned count;
	uint8_t v[256] = { 0 };
	char name[16];

	be_write(v, 4, 16 + len);
	be_write(v + 4, 4, id);
	be_write(v + 8, 4, status);
	be_write(v + 12, 4, sequence);
	memcpy(v + 16, body, len);
	put_piece(o, v, 16 + len);
	snprintf(name, sizeof(name), "pdu-%u", count++);
	save("smpp", name, v, 16 + len);
}

#define FROM "\0\1\1" "49172\0" "\0\0" "7\0"
#define TIMES "\0\0" "\0\0" "\0\0" "\4" "\0"

static void
save_smsc(void)
{
	static const char receipt[] = FROM "\4" "\0\0" "\0\0" "\0\0" "\0\0"
	    "\x22" "id:7 sub:001 stat:DELIVRD err:000 ";
	static const char failed[] = FROM "\4" "\0\0" "\0\0" "\0\0" "\0\0"
	    "\x22" "id:8 sub:001 stat:UNDELIV err:011 ";
	static const char tlvs[] = FROM "\4" "\0\0" "\0\0" "\0\0" "\0\0" "\0"
	    "\0\x1e\0\2" "7\0" "\4\x27\0\1\5";
	static const char data[] = FROM "\x40" "\0\0" "\0\0" "\0\0" "\4\0"
	    "\x0b" "\6\5\4\x3f\x5f\x3f\x5f" "\x88\1\2\3";
	static const char payload[] = FROM "\x40" "\0\0" "\0\0" "\0\0" "\4\0"
	    "\0" "\4\x24\0\x0b" "\6\5\4\x3f\x5f\x3f\x5f" "\x88\1\2\3";
	static const char part[] = FROM "\x40" "\0\0" "\0\0" "\0\0" "\4\0"
	    "\x10" "\x0b\5\4\x3f\x5f\x3f\x5f\0\3\1\2\1" "\x88\1\2\3";
	static const char other[] = FROM "\x40" "\0\0" "\0\0" "\0\0" "\4\0"
	    "\x10" "\x0b\5\4\x3f\x5f\x3f\x5f\0\3\1\2\2" "\x88\1\2\3";
	struct pieces_out o = { .len = 1 };

	for (unsigned form = 4; form < 16; form++) {
		char name[32];

		o.v[0] = (uint8_t)form;
		snprintf(name, sizeof(name), "sent-%u", form);
		put_pdu(&o, 5, 0, 1, FIXED(failed));
		for (uint32_t i = 2; i < 7; i++)
			put_pdu(&o, 0x80000004, i == 6 ? 0x58 : 0, i,
			    i == 4 ? "8" : i == 5 ? "9" : "7", 2);
		put_pdu(&o, 5, 0, 1, FIXED(receipt));
		put_pdu(&o, 5, 0, 1, FIXED(failed));
		put_pdu(&o, 5, 0, 2, FIXED(tlvs));
		put_pdu(&o, 0x103, 0, 2, FIXED(tlvs));
		put_pdu(&o, 0x15, 0, 3, "", 0);
		put_pdu(&o, 0x80000000, 3, 3, "", 0);
		put_pdu(&o, 6, 0, 4, "", 0);
		save_pieces("smsc", name, &o);
		o.v[0] = (uint8_t)form;
		snprintf(name, sizeof(name), "delivered-%u", form);
		put_pdu(&o, 0x80000001, 0, 1, FIXED("smsc\0"));
		put_pdu(&o, 5, 0, 1, FIXED(data));
		put_pdu(&o, 5, 0, 2, FIXED(part));
		put_pdu(&o, 5, 0, 3, FIXED(other));
		put_pdu(&o, 5, 0, 4, FIXED(payload));
		put_pdu(&o, 0x77, 0, 5, "", 0);
		save_pieces("smsc", name, &o);
	}
}

static void
save_coap(void)
{
	struct pieces_out o = { .len = 1 };
	static const uint8_t post[] = "\x44\2\x12\x34" "abcd" "\xb3" "gpi"
	    "\x11\x3c" "\xff" "\x88\1\2\3";
	static const uint8_t block[] = "\x44\2\x12\x35" "abce" "\xb3" "gpi"
	    "\x11\x3c" "\xd1\2\x08" "\xff" "0123456789abcdef";
	static const uint8_t last[] = "\x44\2\x12\x36" "abcf" "\xb3" "gpi"
	    "\x11\x3c" "\xd1\2\x10" "\xff" "0123";
	static const uint8_t answer[] = "\x64\x44\0\0" "abcd";
	static const uint8_t stale[] = "\x64\x83\0\0" "abcd" "\xc1\x3c" "\xff"
	    "\xa1\0\6";
	static const uint8_t later[] = "\x60\0\0\0";
	static const uint8_t separate[] = "\x44\x44\0\0" "abcd";

	o.v[0] = 0;
	put_piece(&o, "\1\0" "0123456789abcdef", 18);
	put_piece(&o, "\3\0" "0123456789abcdef", 18);
	put_piece(&o, "\4\0" "0123", 6);
	save_pieces("coap", "blocks", &o);
	o.v[0] = 1;
	put_piece(&o, post, sizeof(post) - 1);
	put_piece(&o, post, sizeof(post) - 1);
	put_piece(&o, block, sizeof(block) - 1);
	put_piece(&o, last, sizeof(last) - 1);
	save_pieces("coap", "requests", &o);
	o.v[0] = 1 | 128;
	put_piece(&o, post, sizeof(post) - 1);
	put_piece(&o, post, sizeof(post) - 1);
	put_piece(&o, last, sizeof(last) - 1);
	save_pieces("coap", "late", &o);
	o.v[0] = 2 | 128;
	put_piece(&o, answer, sizeof(answer) - 1);
	save_pieces("coap", "answer", &o);
	o.v[0] = 2 | 128;
	put_piece(&o, stale, sizeof(stale) - 1);
	save_pieces("coap", "stale", &o);
	o.v[0] = 2 | 128;
	put_piece(&o, later, sizeof(later) - 1);
	put_piece(&o, separate, sizeof(separate) - 1);
	save_pieces("coap", "later", &o);
}

/* ---- text ---- */

/* Lines that are longer than any may be. */
static void
save_long(void)
{
	static char v[5000];

	memset(v, 'a', sizeof(v));
	v[0] = 0;
	save("files", "long", v, sizeof(v));
	v[0] = 2;
	save("stream", "long", v, 2000);
	v[0] = 1;
	memcpy(v + 1, "a.b 0100000007 ", 15);
	save("files", "glob", v, 400);
	memset(v, 'a', sizeof(v));
	v[0] = 0;
	for (size_t i = 1; i < 70 * 8; i += 8)
		memcpy(v + i, "--naf=a", 8);
	save("opt", "many", v, 1 + 70 * 8);
}

/* Records that lack something, as JSON. */
static void
save_lacking(void)
{
	static char shown[SHOW_MAX];
	struct text t = { shown, 0, sizeof(shown) };
	struct record r;
	char name[64];

	for (int type = RECORD_REQUEST; type < RECORD_TYPES; type++)
		for (int key = 1; key < KEY_COUNT; key++) {
			make(&r, type, true, false);
			if ((r.has & BIT(key)) == 0)
				continue;
			r.has &= ~BIT(key);
			t.len = 0;
			show_json(&t, &r, true);
			snprintf(name, sizeof(name), "lacks-%d-%d", type, key);
			save("json", name, shown, t.len);
		}
}

static void
save_text(void)
{
	static const struct {
		const char *fuzzer, *text;
	} texts[] = {
		{ "uri", "udp://127.0.0.1:7" }, { "uri", "tcp://[::1]:70" },
		{ "uri", "udp://[fe80::1%lo]:7" }, { "uri", "[fe80::1%lo]:7" },
		{ "uri", "unix:/a/b" }, { "uri", "file:a" }, { "uri", "sms-pdu:/dev/x?modem&deliver" },
		{ "uri", "coap://h:5683/a/%62?c=d" },
		{ "uri", "smpp://id@h:2775/491721234567?receipt=9&window=3" },
		{ "uri", "smpp://id@[::1]/12345?wap=0x9081&type=0x320" },
		{ "uri", "port=16223&from-port=1&from=12345&to=+4917212345" },
		{ "uri", "smpp://id@h:2775/1234?from=My%20Co&from-ton=5&"
		  "from-npi=0x00&to-ton=1&to-npi=1&validity=none&"
		  "service-type=CMT&data-coding=0x04" },
		{ "uri", "smpps://id@h/1234?system-type=VMA&address-range=%5E1"
		  "&address-ton=1&address-npi=0x01&interface-version=0x34" },
		{ "uri", "smpp://id@h/1234?validity=60&modem&deliver" },
		{ "uri", "smpp://h/?address-ton=0x1ff" },
		{ "uri", "smpp://h/?system-type=%zz" },
		{ "uri", "smpp://h/?wap=0x0&validity=0" },
		{ "uri", "smpp://h/?to=12&receipt" },
		{ "uri", "smpp://h/?modem=1" }, { "uri", "smpp://h/?port=0" },
		{ "uri", "smpp://h/?port=1&port=1" }, { "uri", "smpp://h/?x=1" },
		{ "files", "\0" "fuzz@h:1 secret\nother@h:2 x\n" },
		{ "files", "\x09" "a.b 0100000007 *\nmtc.example.org 0100000007 "
		    "meter-*\n" },
		{ "files", "\1" "# who\n\nmtc.example.org 0100000007 meter-*\n"
		    "a.b * tel:+?\n" },
		{ "files", "\2" "k 00112233445566778899aabbccddeeff\n"
		    "opc 00112233445566778899aabbccddeeff\n" },
		{ "files", "\2" "op=00112233445566778899aabbccddeeff\r\n"
		    "k = 00112233445566778899aabbccddeeff" },
		{ "files", "\x27" "# one\n001* gsup://h/n\nmeter-* a.db\n"
		    "*@b a.db\n" },
		{ "files", "\x0f" "meter-[0-9] slf:b\n" },
		{ "files", "\x0d" "{\"a\": 1}\n\nline\r\nlast" },
		{ "files", "\x1d" "{\"a\": 1}\n" },
		{ "files", "\6" "\xef\xbb\xbfmeter-7\r\n{\"ue_id\": \"b\"}\n"
		  "\n{\"ue_id\": 7}\nlast" },
		{ "json", "{\"ue_id\":\"meter-7\",\"ue_trp\":"
		    "\"udp://127.0.0.1:7\"}" },
		{ "json", "{\"ue_id\":\"tel:+1\",\"trigger_mode\":\"full\","
		    "\"app_lbl\":\"00ff\"}" },
		{ "json", "{\"type\":\"report\",\"p_tid\":\"a\",\"state\":"
		    "\"sent\",\"time\":1}" },
		{ "json", "{\"op\":\"00112233445566778899aabbccddeeff\","
		    "\"top\":\"00112233445566778899aabbccddeeff\"}" },
		{ "json", "{\"impi\":\"1\",\"k\":\"00112233445566778899aabbccddee"
		    "ff\",\"op\":\"00112233445566778899aabbccddeeff\",\"opc\":"
		    "\"00112233445566778899aabbccddeeff\"}" },
		{ "json", "{\"impi\":\"1\",\"sqn\":\"0xff9bb4d0b607\"}" },
		{ "json", "{\"impi\":\"1\",\"sqn\":\"ff9bb4d0b607\"}" },
		{ "stream", "\2" "+CMT: ,24\n0011000B919471123254F6000423\nOK" },
		{ "stream", "\6" "07919471060040340405910000\r\n" },
		{ "stream", "\0" "\x05\x82\1\2\x81" "\2\1\2" },
		{ "stream", "\1" "\3\xa1\2\3" },
		{ "stream", "\3" "\3\xa1\2\3" },
		{ "stream", "\7" "\5\x88\1\2\3\4" "\2\1\2" },
	};
	static const char options[] = "\0-f\0--text=a\0-n\0" "12\0--naf\0a\0"
	    "--naf\0b\0--ue-id\0x\0--k\0" "00112233445566778899aabbccddeeff\0"
	    "--mode\0full\0--time\0" "5\0file";
	char name[16];

	for (size_t i = 0; i < COUNT(texts); i++) {
		snprintf(name, sizeof(name), "text-%zu", i);
		save(texts[i].fuzzer, name, texts[i].text,
		    1 + strlen(texts[i].text + 1));
	}
	save("opt", "all", options, sizeof(options) - 1);
	save("opt", "over", FIXED("\0-o\0/proc/version\0/proc/version"));
	save("opt", "file", FIXED("\0-o\0/proc/version\0-d\0/proc/version"));
	save("opt", "naf", FIXED("\0--naf-id\0a.b/0100000007"));
	save("opt", "two", "\1--needed\0x\0-hV\0--\0-d", 22);
}

/* Frames of an HLR: who are you, a vector, a refusal, a ping. */
static void
save_gsup(void)
{
	static const char *const hex[] = {
		"0011fe0401080107010201030104010501010100", "0001fe00",
		"0079ee050a010800010100000000f103622010"
		"f9289e68f4b608e5e0ff97d112c6b4582104b1c5069d2208"
		"63efdd3d2ea927fa2310ec095174d0b04d20447de42315800734"
		"2410102b7a99e5a55230dbb012f30e3c3fde"
		"2510b8b7af43d1c40000b0cc9f99d022970d2708"
		"7228154ac3ed13d7300400000007310103",
		"000fee0509010800010100000000f9020102",
	};
	uint8_t v[256];
	char name[16];

	for (size_t i = 0; i < COUNT(hex); i++) {
		snprintf(name, sizeof(name), "frame-%zu", i);
		save("gsup", name, v, unhex(v, sizeof(v), hex[i]));
	}
}

/* Files of records, and what is said in a connection. */
static void
save_files(void)
{
	struct out o;
	struct record r, subscriber;
	uint8_t v[RECORD_MAX + 1];
	static const struct {
		const char *fuzzer, *name;
		int type;
		uint8_t first;
	} all[] = {
		{ "files", "card", RECORD_CARD, 3 },
		{ "files", "report", RECORD_REPORT, 4 },
		{ "files", "resume", RECORD_REPORT, 12 },
		{ "files", "input", RECORD_REQUEST, 5 },
		{ "hello", "response", RECORD_TRIGGER_RESPONSE, 3 },
	};

	for (size_t i = 0; i < COUNT(all); i++) {
		make(&r, all[i].type, false, false);
		if (all[i].type == RECORD_CARD)
			vector_home("1", 0, &subscriber, &r);
		write_record(&o, &r, -1, NULL);
		v[0] = all[i].first;
		memcpy(v + 1, o.v, o.len);
		save(all[i].fuzzer, all[i].name, v, 1 + o.len);
	}
	save("hello", "identities", FIXED("\2" "\0\x46" "\0\1x\0\0\0\0"
	    "\0\x18" "3GPP-bootstrapping;fuzz\0\0\0\0\0"
	    "\0\x19" "3GPP-bootstrapping;later\0\0\0\0"));
}

/* ---- corpora ---- */

static void
unpack(const char *fuzzer)
{
	static uint8_t v[1 << 22];
	char path[1024], name[32];
	struct token t;
	size_t len, n, at = 0;
	FILE *file;

	snprintf(path, sizeof(path), CORPUS "/%s", fuzzer);
	if (fuzzer[0] == '.' || (file = fopen(path, "r")) == NULL)
		return;
	len = fread(v, 1, sizeof(v), file);
	fclose(file);
	for (unsigned i = 0; at < len; at += n) {
		n = token_read(&t, v + at, len - at);
		if (n == 0 || t.kind != TOKEN_BYTES) {
			fprintf(stderr, "%s: no corpus\n", path);
			exit(1);
		}
		snprintf(name, sizeof(name), "corpus-%u", i++);
		save(fuzzer, name, t.v, t.n);
	}
}

static void
unpack_all(void)
{
	DIR *all = opendir(CORPUS);
	struct dirent *entry;

	while (all != NULL && (entry = readdir(all)) != NULL)
		unpack(entry->d_name);
	if (all != NULL)
		closedir(all);
}

static void
pack(FILE *to, const char *name)
{
	static uint8_t v[1 << 16];
	struct out o = { .len = 0 };
	FILE *file = fopen(name, "r");
	size_t len;

	if (file == NULL) {
		perror(name);
		exit(1);
	}
	len = fread(v, 1, sizeof(v), file);
	fclose(file);
	put_head(&o, 2, len);
	fwrite(o.v, 1, o.len, to);
	fwrite(v, 1, len, to);
}

/* What a UICC answers, and a modem; the first octet says what was asked. */
static void
save_uicc(void)
{
	static const char *const answer[] = { "00db08000000000000000010"
	    "00000000000000000000000000000000100000000000000000000000000000"
	    "0000", "00dc0e0000000000000000000000000000", "01db080000000000"
	    "000000", "02db20000000000000000000000000000000000000000000000"
	    "0000000000000000000", "0062178202412183026f07a5038001718a01058b"
	    "036f060180020009", "008003614062", "00080910101032547698000000"
	    "00000000000002" };
	static const char modem[] = "\r\n+CREG: 1\r\n+CSIM: 8,\"DB009000"
	    "\"\r\n\r\nOK\r\n";
	uint8_t v[256];
	struct pieces_out o;
	char name[32];

	for (size_t i = 0; i < COUNT(answer); i++) {
		o.len = 0;
		put_piece(&o, v, unhex(v, sizeof(v), answer[i]));
		snprintf(name, sizeof(name), "answer-%zu", i);
		save("uicc", name, o.v, o.len);
	}
	save("uicc", "modem", modem, sizeof(modem) - 1);
}

static int
pack_all(char **files, const char *fuzzer)
{
	char path[1024];
	FILE *to;

	snprintf(path, sizeof(path), "%s/%s", directory, fuzzer);
	if ((to = fopen(path, "w")) == NULL) {
		perror(path);
		return 1;
	}
	for (; *files != NULL; files++)
		pack(to, *files);
	return fclose(to) == 0 ? 0 : 1;
}

/* NAME is FORM, which push_info.c takes for what the request was, and TEXT. */
static void
save_push_info(uint8_t form, const char *name, const char *text)
{
	char v[PUSH_INFO_ROOM];

	snprintf(v, sizeof(v), "%c%s", 'x', text);
	v[0] = (char)form;
	save("push_info", name, v, 1 + strlen(text));
}

/* The GPI of W as the answer to each form of request. */
static void
save_answers(const struct gpi_vector *w)
{
	static char text[PUSH_INFO_ROOM];
	char hex[HEX_LEN(GPI_MAX)], name[64];

	snprintf(text, sizeof(text), "{\"meKeyMaterial\":\"%064d\","
	    "\"gbaPushInfo\":\"%s\",\"uiccKeyMaterial\":\"%064d\","
	    "\"keyExpiryTime\":\"2026-11-26T00:00:00.5+01:00\",\"gbaType\":"
	    "\"3G_GBA\",\"impi\":\"\\\"\"}", 1, hex_encode(hex, w->gpi.v,
	    w->gpi.len), 2);
	for (uint8_t form = 0; form < 16; form++) {
		snprintf(name, sizeof(name), "%s-%u", w->name, form);
		save_push_info((uint8_t)(64 | 1 | form << 1), name, text);
	}
}

static void
save_requests(void)
{
	char out[PUSH_INFO_ROOM], name[16];
	struct record r;
	size_t len;

	for (unsigned form = 0; form < 4; form++) {
		make(&r, RECORD_REQUEST, form & 1, form & 2);
		record_put(&r, KEY_NAF_ID, "a.bc.\1\0\0\0\7", 10);
		if (push_info_write_request(&r, out, &len) != OK)
			exit(1);
		snprintf(name, sizeof(name), "request-%u", form);
		save_push_info(0, name, out);
	}
	save_push_info(0, "all", "{\"ueId\":\"a\",\"ueIdType\":\"PRIVATE\","
	    "\"uiccAppLabel\":\"\",\"nafId\":{\"nafFqdn\":\"a.bc\","
	    "\"uaSecProtId\":\"0100000007\"},\"ptId\":\"p\",\"uiccOrMe\":"
	    "\"GBA_U\",\"requestedLifeTime\":\"2026-11-26T00:00:00-01:00\","
	    "\"privateIdRequest\":true,\"gbaUAware\":false,\"gsIds\":[1,2],"
	    "\"securityFeaturesRequest\":[\"GPL_U\"],\"mtcTrigger\":"
	    "{\"indication\":1,\"time\":2,\"mode\":\"NONE\"}}");
	save_push_info(0, "alone", "{\"ueId\":\"a\",\"ueIdType\":\"PUBLIC\","
	    "\"uiccAppLabel\":\"\",\"nafId\":{\"nafFqdn\":\"a.bc\","
	    "\"uaSecProtId\":\"0100000007\"},\"ptId\":\"p\",\"uiccOrMe\":"
	    "\"GBA_U\",\"requestedLifeTime\":\"2026-11-26T00:00:60Z\","
	    "\"rand\":\"00000000000000000000000000000000\"}");
	save_push_info(2, "problem", "{\"type\":\"about:blank\",\"title\":"
	    "\"Not Found\",\"status\":404,\"detail\":\"\\u0007\",\"cause\":"
	    "\"USER_NOT_FOUND\"}");
}

/* A frame of HTTP/2, and the octet that says how long it is. */
static size_t
put_frame(uint8_t *out, uint8_t type, uint8_t flags, uint8_t stream,
    const void *v, size_t len)
{
	const uint8_t head[] = { (uint8_t)(9 + len), 0, 0, (uint8_t)len, type,
	    flags, 0, 0, 0, stream };

	memcpy(out, head, sizeof(head));
	memcpy(out + sizeof(head), v, len);
	return sizeof(head) + len;
}

static void
save_http2(void)
{
	/* POST, https and the path, in HPACK; authority; type; length */
	static const char headers[] = "\x83\x87\x04\x20"
	    "/nbsp-gba/v1/push-info-retrieval" "\x41\x01" "a"
	    "\x5f\x10" "application/json" "\x5c\x03" "189"
	    "\x40\x0d" "authorization" "\x08" "Bearer a";
	static const char body[] = "{\"ueId\":\"a\",\"ueIdType\":\"PUBLIC\","
	    "\"uiccAppLabel\":\"\",\"nafId\":{\"nafFqdn\":"
	    "\"mtc.example.org\",\"uaSecProtId\":\"0100000007\"},"
	    "\"ptId\":\"p\",\"uiccOrMe\":\"GBA_ME\","
	    "\"requestedLifeTime\":\"2105-01-15T09:00:00Z\"}";
	static const struct {
		const char *name;
		uint8_t how, type, flags, stream;
		const char *v;
		size_t len;
	} more[] = {
		{ "ask", 2, 6, 0, 0, FIXED("pingping") },
		{ "later", 3, 6, 0, 0, FIXED("pingping") },
		{ "reset", 1, 3, 0, 1, FIXED("\0\0\0\x08") },
		{ "window", 4, 8, 0, 1, FIXED("\0\0\x10\0") },
		{ "settings", 6, 4, 0, 0, FIXED("\0\x04\0\0\0\0") },
		{ "goaway", 5, 7, 0, 0, FIXED("\0\0\0\0\0\0\0\0") },
		{ "priority", 9, 2, 0, 3, FIXED("\0\0\0\0\x10") },
		{ "continuation", 7, 9, 4, 3, FIXED("\x82") },
		{ "unknown", 8, 99, 0, 0, FIXED("x") },
	};
	uint8_t v[1024];
	size_t n;

	for (size_t i = 0; i < COUNT(more); i++) {
		n = 0;
		v[n++] = more[i].how;
		n += put_frame(v + n, 4, 0, 0, "", 0);
		n += put_frame(v + n, 1, 4, 1, FIXED(headers));
		n += put_frame(v + n, 0, 1, 1, FIXED(body));
		n += put_frame(v + n, more[i].type, more[i].flags,
		    more[i].stream, more[i].v, more[i].len);
		n += put_frame(v + n, 1, 5, 3, FIXED(headers));
		save("http2", more[i].name, v, n);
	}
}

int
main(int argc, char **argv)
{
	struct gpi_vector w;
	struct csv csv;

	if (argc < 2)
		return 2;
	directory = argv[1];
	if (argc > 3)
		return pack_all(argv + 3, argv[2]);
	test_init(1, argv);
	csv_open(&csv, "gpi.csv");
	while (vector_next(&csv, &w)) {
		save_gpi(&w);
		save_answers(&w);
	}
	save_requests();
	save_records();
	save_json();
	save_all_sms();
	save_smsc();
	save_coap();
	save_text();
	save_long();
	save_lacking();
	save_gsup();
	save_http2();
	save_files();
	save_uicc();
	unpack_all();
	return 0;
}
