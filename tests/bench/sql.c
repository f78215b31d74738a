/*
 * sql.c: the floor of the programs that work on stores: a bare loop of the
 * same SQL on the same schema, its parameters in memory before the clock
 * starts, committed 10,000 records at a time with the same settings.
 *
 *	sql import DB FILE	add the subscribers in FILE
 *	sql register DB FILE	add the devices in FILE
 *	sql request DB FILE	add the triggers of the requests in FILE
 *	sql gen DB FILE		find the subscribers of the requests in FILE
 *				and count their SQNs on
 *	sql put DB FILE		store the SAs of the responses in FILE
 *	sql record DB FILE	note the reports in FILE
 *
 * FILE holds records.  DB is a store that is there: a file, for SQLite's own
 * functions, or postgresql://..., for libpq in pipeline mode.  Prints the
 * seconds that it took, and those of processor time.
 *
 * cc -O2 -Ilib $(pkg-config --cflags libpq) -o sql tests/bench/sql*.c \
 *     build/libgba.a $(pkg-config --libs sqlite3 libpq libcrypto libcbor)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "record/p_tid.h"
#include "base/loop.h"
#include "gba/steps.h"
#include "pipe/io.h"
#include "gba/request.h"
#include "store/keys.h"
#include "sql.h"

#define BATCH 10000
#define NOW 1

void
die(const char *what)
{
	fprintf(stderr, "sql: %s\n", what);
	exit(1);
}

/* ---- values ---- */

static void *
memory(size_t len)
{
	static char *at;
	static size_t left;

	if (len > left) {
		left = 1 << 20;
		if ((at = malloc(left)) == NULL)
			die("no memory");
	}
	left -= len;
	return (at += len) - len;
}

static struct value
octets(const void *v, size_t len)
{
	void *p = memory(len + 1);

	memcpy(p, v, len);
	((char *)p)[len] = '\0';
	return (struct value){ p, (uint32_t)len, 0 };
}

static struct value
text(const char *s)
{
	return octets(s, strlen(s));
}

static struct value
number(uint64_t n)
{
	return (struct value){ NULL, 0, n };
}

static struct value
encoded(const struct record *r)
{
	uint8_t v[RECORD_MAX];

	return octets(v, record_encode(r, v));
}

static struct value
p_tid(const char *s)
{
	uint8_t v[P_TID_KEY_MAX];

	return octets(v, p_tid_key(s, v));
}

/* ---- what is done ---- */

static void
add_subscriber(struct value *v, const struct record *s)
{
	v[0] = number(s->sqn);
	v[1] = encoded(s);
	v[2] = text(s->ue_priv_id.v);
	v[3] = number(ID_PRIVATE);
	v[4] = text(s->ue_ids.v);	/* one alone */
	v[5] = number(ID_PUBLIC);
}

static void
add_device(struct value *v, const struct record *device)
{
	v[0] = text(device->ue_id.v);
	v[1] = encoded(device);
}

static void
add_trigger(struct value *v, const struct record *request)
{
	v[0] = p_tid(request->p_tid.v);
	v[1] = text(request->ue_id.v);
	v[2] = text(request->ue_trp.v);
	v[3] = octets(request->naf_id.v, request->naf_id.len);
	v[4] = number(STATE_REQUESTED);
	v[5] = number(NOW);
	v[6] = number(request->key_lt);
	v[7] = number(NOW);
	v[8] = encoded(request);
}

/* The rows of a file are numbered from 1, and have keys. */
static void
add_keyed_trigger(struct value *v, const struct record *request)
{
	static uint64_t row;
	struct value w[9];

	add_trigger(w, request);
	v[0] = number(++row);
	v[1] = w[0];	/* p_tid, ue_id */
	v[2] = w[1];
	memcpy(v + 3, w + 4, 4 * sizeof(*v));
	v[7] = number(row);
	v[8] = w[2];	/* ue_trp, naf_id, request */
	v[9] = w[3];
	v[10] = w[8];
	v[11] = number(keys_key(row, keys_hash(request->ue_id.v,
	    request->ue_id.len)));
	v[12] = v[0];
}

static void
add_request(struct value *v, const struct record *request)
{
	v[0] = text(request->ue_id.v);
	v[1] = number(ID_PUBLIC);
}

static void
add_sa(struct value *v, const struct record *response)
{
	struct record sa;

	if (gba_naf_sa(response, &sa) != OK)
		die(fail_text());
	v[0] = p_tid(sa.ul_sa_id.v);
	v[1] = octets(sa.rand.v, 16);
	v[2] = text(sa.ue_id.v);
	v[3] = number(sa.key_lt);
	v[4] = encoded(&sa);
	v[5] = number(STATE_STORED);
	v[6] = number(NOW);
	v[7] = number(sa.key_lt);
	v[8] = v[0];
	v[9] = v[2];
	v[10] = text(sa.ue_trp.v);
	v[11] = octets(sa.naf_id.v, sa.naf_id.len);
}

/* Each is that of the trigger of this number. */
static void
add_keyed_sa(struct value *v, const struct record *response)
{
	static uint64_t row;
	struct value w[12];

	add_sa(w, response);
	v[0] = number(keys_key(++row, keys_hash(w[1].v, w[1].len)));
	v[1] = number(row);
	v[2] = w[0];	/* p_tid, ue_id, ue_trp, naf_id, state */
	v[3] = w[2];
	v[4] = w[10];
	v[5] = w[11];
	v[6] = w[5];
	v[7] = v[1];	/* id, expires, record */
	v[8] = w[3];
	v[9] = w[4];
	v[10] = w[5];	/* state, time, id, id */
	v[11] = w[6];
	v[12] = v[1];
	v[13] = v[1];
}

static void
add_report(struct value *v, const struct record *report)
{
	if (report->state != STATE_SENT)
		die("expected reports of what was sent");
	v[0] = number(report->time);
	v[1] = number(report->state);
	v[2] = text("");
	v[3] = p_tid(report->p_tid.v);
}

/* A test sees to it that each of these statements is one of lib/. */
#define ADD_NAME "INSERT INTO identity (name, kind, subscriber) " \
    "VALUES ($1, $2, lastval()) ON CONFLICT DO NOTHING"
#define MOVES "closed = 0 AND CASE WHEN state = 10 THEN $1 >= time " \
    "ELSE state < 7 AND state < $2 END"

#define NOTED "UPDATE trigger_state SET state = $1, time = $2, " \
    "answered = $2, stored = $2 WHERE expires + 0 = $3 AND p_tid = $4 " \
    "AND ue_id = $5 AND ue_trp = $6 AND naf_id = $7 " \
    "AND state < $1 AND closed + 0 = 0"

/* What is done otherwise in a file. */
static const struct task file_tasks[] = {
	{ "request", RECORD_REQUEST, {
	  { "INSERT INTO trigger_state (id, p_tid, ue_id, state, time, "
	    "expires, requested) VALUES ($1, $2, $3, $4, $5, $6, "
	    "nullif($7, 0)) ON CONFLICT DO NOTHING", "notnnnn" },
	  { "INSERT INTO trigger_request (id, ue_trp, naf_id, request) "
	    "VALUES ($1, $2, $3, $4)", "ntoo" },
	  { "INSERT INTO key_ue VALUES ($1, $2)", "nn" } },
	  add_keyed_trigger, false },
	{ "put", RECORD_RESPONSE, {
	  { "INSERT INTO key_rand VALUES ($1, $2)", "nn" },
	  { "SELECT t.id, t.expires "
	    "FROM trigger_state t JOIN trigger_request r ON r.id = t.id "
	    "WHERE t.p_tid = $1 AND t.ue_id = $2 AND r.ue_trp = $3 "
	    "AND r.naf_id = $4 AND t.state < $5 AND t.closed + 0 = 0 "
	    "AND NOT EXISTS (SELECT 1 FROM sa WHERE ul = $1)", "otton" },
	  { "INSERT INTO sa (id, expires, record) VALUES ($1, $2, $3) "
	    "ON CONFLICT DO NOTHING", "nno" },
	  { "UPDATE trigger_state SET state = $1, time = $2, answered = $2, "
	    "stored = $2 WHERE id BETWEEN $3 AND $4", "nnnn" } },
	  add_keyed_sa, false },
};

static const struct task tasks[] = {
	{ "import", RECORD_SUBSCRIBER, {
	  { "INSERT INTO subscriber (sqn, record) VALUES ($1, $2) "
	    "RETURNING id", "no" },
	  { ADD_NAME, "tn" }, { ADD_NAME, "tn" } }, add_subscriber, false },
	{ "register", RECORD_DEVICE, {
	  { "INSERT INTO device (ue_id, record) VALUES ($1, $2) "
	    "ON CONFLICT (ue_id) DO UPDATE SET record = excluded.record",
	    "to" } }, add_device, false },
	{ "request", RECORD_REQUEST, {
	  { "INSERT INTO trigger_state (p_tid, ue_id, ue_trp, naf_id, state, "
	    "time, expires, requested, request) VALUES ($1, $2, $3, $4, $5, "
	    "$6, $7, nullif($8, 0), $9) ON CONFLICT DO NOTHING",
	    "ottonnnno" } }, add_trigger, false },
	{ "gen", RECORD_REQUEST, {
	  { "SELECT subscriber FROM identity WHERE name = $1 AND kind = $2",
	    "tn" },
	  { "SELECT id, sqn, record FROM subscriber WHERE id = $1",
	    "n" },
	  { "UPDATE subscriber SET sqn = $1 WHERE id = $2", "nn" } },
	  add_request, true },
	{ "put", RECORD_RESPONSE, {
	  { "INSERT INTO sa (ul, rand, ue, expires, record) "
	    "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", "ootno" },
	  { NOTED, "nnnotto" } }, add_sa, false },
	{ "record", RECORD_REPORT, {
	  { "UPDATE trigger_state SET sent = coalesce(sent, $1), "
	    "state = CASE WHEN " MOVES " THEN $2 ELSE state END, "
	    "detail = CASE WHEN " MOVES " THEN nullif($3, '') ELSE detail END, "
	    "time = CASE WHEN " MOVES " THEN $1 ELSE time END "
	    "WHERE p_tid = $4", "nnto" } }, add_report, false },
};

/* ---- all of it ---- */

static void
read_rows(struct task_rows *rows, const char *name)
{
	static struct input in;
	struct record r;
	const uint8_t *item;
	size_t len, room = 0;

	if (input_open(&in, name) != OK)
		die(fail_text());
	while (input_next(&in, true, &item, &len) == INPUT_ITEM) {
		if (rows->count == room) {
			room = 2 * room + 1024;
			rows->v = realloc(rows->v,
			    room * rows->width * sizeof(rows->v[0]));
		}
		if (rows->v == NULL)
			die("no memory");
		if (record_decode_as(&r, rows->task->type, item, len) != OK)
			die(fail_text());
		rows->task->add(rows->v + rows->count++ * rows->width, &r);
	}
}

static const struct task *
find_task(const char *name, bool shared)
{
	for (size_t i = 0; !shared && i < COUNT(file_tasks); i++)
		if (strcmp(file_tasks[i].name, name) == 0)
			return &file_tasks[i];
	for (size_t i = 0; i < COUNT(tasks); i++)
		if (strcmp(tasks[i].name, name) == 0)
			return &tasks[i];
	die("no such task");
}

static double
seconds(const struct timeval *t)
{
	return (double)t->tv_sec + (double)t->tv_usec / 1e6;
}

static double
processor(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return seconds(&u.ru_utime) + seconds(&u.ru_stime);
}

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

int
main(int argc, char **argv)
{
	struct task_rows rows = { .batch = BATCH };
	double start, cpu;
	bool shared;

	if (argc != 4)
		die("expected TASK DB FILE");
	if (loop_open() != OK)
		die("loop");
	shared = strncmp(argv[2], "postgresql://", 13) == 0;
	rows.task = find_task(argv[1], shared);
	for (int i = 0; i < (rows.task->chained ? 1 : STATEMENTS); i++)
		if (rows.task->statement[i].sql != NULL)
			rows.width += strlen(rows.task->statement[i].types);
	read_rows(&rows, argv[3]);
	if (shared && rows.task->chained)
		rows.batch = TURN;	/* others want some, too */
	start = now();
	cpu = processor();
	(shared ? run_postgresql : run_sqlite)(argv[2], &rows);
	printf("%.6f %.6f\n", now() - start, processor() - cpu);
	return 0;
}
