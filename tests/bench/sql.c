/*
 * sql.c: the floor of the programs that work on stores: a bare loop of the
 * same SQL on the same schema, its parameters in memory before the clock
 * starts, committed 10,000 records at a time with the same settings.
 *
 *	sql put DB FILE		store the SAs of the responses in FILE
 *	sql gen DB FILE		find the subscribers of the requests in FILE
 *				and count their SQNs on
 *
 * DB is a file, for SQLite's own functions, or postgresql://..., for libpq in
 * pipeline mode.  Prints the seconds that it took.
 *
 * cc -O2 -Ilib $(pkg-config --cflags libpq) tests/bench/sql.c \
 *     build/libgba.a $(pkg-config --libs sqlite3 libpq libcrypto libcbor)
 */
#include <libpq-fe.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "flow.h"
#include "io.h"
#include "request.h"
#include "store.h"

#define BATCH 10000
#define PARAMETERS 7
#define NOW 1

/* A statement, its letters as in db.h, and the parameters of each record. */
struct value {
	const void *v;
	size_t len;
	uint64_t n;
};

struct row {
	struct value v[2][PARAMETERS];
};

static struct row *rows;
static size_t count;

static void
die(const char *what)
{
	fprintf(stderr, "sql: %s\n", what);
	exit(1);
}

/* ---- what is done ---- */

struct statement {
	const char *sql, *types;
};

static const struct statement put[] = {
	{ "INSERT INTO sa (ul, rand, ue, expires, record) "
	  "VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING", "ootno" },
	{ "UPDATE trigger_state SET state = $1, time = $2, answered = $2, "
	  "stored = $2 WHERE expires + 0 = $3 AND p_tid = $4 AND ue_id = $5 "
	  "AND ue_trp = $6 AND naf_id = $7 AND state < $1 AND closed = 0",
	  "nnnotto" },
};

static const struct statement gen[] = {
	{ "SELECT subscriber FROM identity WHERE name = $1 AND kind = $2",
	  "tn" },
	{ "SELECT id, sqn, record FROM subscriber WHERE id = $1 FOR UPDATE",
	  "n" },
	{ "UPDATE subscriber SET sqn = $1 WHERE id = $2", "nn" },
};

static struct value
copy(const void *v, size_t len)
{
	void *p = malloc(len + 1);

	if (p == NULL)
		die("no memory");
	memcpy(p, v, len);
	((char *)p)[len] = '\0';
	return (struct value){ p, len, 0 };
}

static struct value
text(const char *s)
{
	return copy(s, strlen(s));
}

static struct value
number(uint64_t n)
{
	return (struct value){ NULL, 0, n };
}

static void
add_response(struct row *row, const struct record *response)
{
	uint8_t ul[P_TID_KEY_MAX], record[RECORD_MAX];
	struct value *v = row->v[0];
	struct record sa;

	if (flow_naf_sa(response, &sa) != OK)
		die(fail_text());
	v[0] = copy(ul, p_tid_key(sa.ul_sa_id.v, ul));
	v[1] = copy(sa.rand.v, 16);
	v[2] = text(sa.ue_id.v);
	v[3] = number(sa.key_lt);
	v[4] = copy(record, record_encode(&sa, record));
	v = row->v[1];
	v[0] = number(STATE_STORED);
	v[1] = number(NOW);
	v[2] = number(sa.key_lt);
	v[3] = row->v[0][0];
	v[4] = row->v[0][2];
	v[5] = text(sa.ue_trp.v);
	v[6] = copy(sa.naf_id.v, sa.naf_id.len);
}

static void
add_request(struct row *row, const struct record *request)
{
	row->v[0][0] = text(request->ue_id.v);
	row->v[0][1] = number(ID_PUBLIC);
}

static void
read_rows(const char *name, enum record_type type)
{
	static struct input in;
	struct record r;
	const uint8_t *item;
	size_t len, room = 0;

	if (input_open(&in, name) != OK)
		die(fail_text());
	while (input_next(&in, true, &item, &len) == INPUT_ITEM) {
		if (count == room) {
			room = 2 * room + 1024;
			rows = realloc(rows, room * sizeof(rows[0]));
		}
		if (rows == NULL || record_decode_as(&r, type, item, len) != OK)
			die(rows == NULL ? "no memory" : fail_text());
		if (type == RESPONSE)
			add_response(&rows[count++], &r);
		else
			add_request(&rows[count++], &r);
	}
}

/* ---- SQLite ---- */

static sqlite3 *lite;

static void
lite_failed(void)
{
	die(sqlite3_errmsg(lite));
}

static void
lite_run(const char *sql)
{
	if (sqlite3_exec(lite, sql, NULL, NULL, NULL) != SQLITE_OK)
		lite_failed();
}

static sqlite3_stmt *
lite_prepare(const char *sql)
{
	const char *end = strstr(sql, " FOR UPDATE");
	sqlite3_stmt *stmt;

	if (sqlite3_prepare_v3(lite, sql, end == NULL ? -1 : (int)(end - sql),
	    SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK)
		lite_failed();
	return stmt;
}

static void
lite_bind(sqlite3_stmt *stmt, const char *types, const struct value *v)
{
	for (int i = 1; *types != '\0'; types++, v++, i++)
		if (*types == 'n')
			sqlite3_bind_int64(stmt, i, (sqlite3_int64)v->n);
		else if (*types == 't')
			sqlite3_bind_text(stmt, i, v->v, (int)v->len,
			    SQLITE_STATIC);
		else
			sqlite3_bind_blob(stmt, i, v->v, (int)v->len,
			    SQLITE_STATIC);
}

static void
lite_put(sqlite3_stmt **stmt, const struct row *row)
{
	for (int i = 0; i < 2; i++) {
		lite_bind(stmt[i], put[i].types, row->v[i]);
		if (sqlite3_step(stmt[i]) != SQLITE_DONE ||
		    sqlite3_changes(lite) != 1)
			lite_failed();
		sqlite3_reset(stmt[i]);
	}
}

static void
lite_gen(sqlite3_stmt **stmt, const struct row *row)
{
	struct value v[2];

	lite_bind(stmt[0], gen[0].types, row->v[0]);
	if (sqlite3_step(stmt[0]) != SQLITE_ROW)
		lite_failed();
	v[1] = number((uint64_t)sqlite3_column_int64(stmt[0], 0));
	sqlite3_reset(stmt[0]);
	lite_bind(stmt[1], gen[1].types, &v[1]);
	if (sqlite3_step(stmt[1]) != SQLITE_ROW)
		lite_failed();
	v[0] = number((uint64_t)sqlite3_column_int64(stmt[1], 1) + 33);
	if (sqlite3_column_blob(stmt[1], 2) == NULL)
		lite_failed();
	sqlite3_reset(stmt[1]);
	lite_bind(stmt[2], gen[2].types, v);
	if (sqlite3_step(stmt[2]) != SQLITE_DONE)
		lite_failed();
	sqlite3_reset(stmt[2]);
}

static void
run_sqlite(const char *db, bool putting)
{
	sqlite3_stmt *stmt[3];
	const struct statement *s = putting ? put : gen;

	if (sqlite3_open_v2(db, &lite, SQLITE_OPEN_READWRITE |
	    SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
		lite_failed();
	lite_run("PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
	    "PRAGMA wal_autocheckpoint = 10000; PRAGMA cache_size = -16384;");
	for (int i = 0; i < (putting ? 2 : 3); i++)
		stmt[i] = lite_prepare(s[i].sql);
	for (size_t i = 0; i < count; i++) {
		if (i % BATCH == 0)
			lite_run("BEGIN IMMEDIATE");
		if (putting)
			lite_put(stmt, &rows[i]);
		else
			lite_gen(stmt, &rows[i]);
		if (i % BATCH == BATCH - 1 || i + 1 == count)
			lite_run("COMMIT");
	}
	for (int i = 0; i < (putting ? 2 : 3); i++)
		sqlite3_finalize(stmt[i]);
	sqlite3_close(lite);
}

/* ---- PostgreSQL ---- */

static PGconn *pg;

static void
pg_failed(void)
{
	die(PQerrorMessage(pg));
}

static void
pg_send(const char *name, const char *types, const struct value *v)
{
	const char *values[PARAMETERS];
	int lengths[PARAMETERS], formats[PARAMETERS], n = 0;
	uint8_t numbers[PARAMETERS][8];

	for (; types[n] != '\0'; n++) {
		values[n] = v[n].v;
		lengths[n] = (int)v[n].len;
		formats[n] = 1;
		if (types[n] == 'n') {
			be_write(numbers[n], 8, v[n].n);
			values[n] = (const char *)numbers[n];
			lengths[n] = 8;
		}
	}
	if (!PQsendQueryPrepared(pg, name, n, values, lengths, formats, 1))
		pg_failed();
}

/* Take N answers; each has to have changed a row. */
static void
pg_take(size_t n)
{
	PGresult *r;

	if (!PQpipelineSync(pg))
		pg_failed();
	for (; n > 0; n--) {
		r = PQgetResult(pg);
		if (PQresultStatus(r) != PGRES_COMMAND_OK ||
		    strcmp(PQcmdTuples(r), "0") == 0)
			pg_failed();
		PQclear(r);
		PQclear(PQgetResult(pg));
	}
	r = PQgetResult(pg);
	if (PQresultStatus(r) != PGRES_PIPELINE_SYNC)
		pg_failed();
	PQclear(r);
}

static void
pg_prepare(const char *name, const struct statement *s)
{
	Oid types[PARAMETERS];
	int n = 0;

	for (; s->types[n] != '\0'; n++)
		types[n] = s->types[n] == 'n' ? 20 : s->types[n] == 't' ? 25 :
		    17;
	PQclear(PQprepare(pg, name, s->sql, n, types));
}

static void
pg_begin_or_end(const char *sql)
{
	PQclear(PQexec(pg, sql));
	if (sql[0] == 'B' && !PQenterPipelineMode(pg))
		pg_failed();
}

static void
run_postgresql(const char *db)
{
	size_t asked = 0;

	pg = PQconnectdb(db);
	if (PQstatus(pg) != CONNECTION_OK)
		pg_failed();
	PQclear(PQexec(pg, "SET plan_cache_mode = force_generic_plan"));
	pg_prepare("a", &put[0]);
	pg_prepare("b", &put[1]);
	for (size_t i = 0; i < count; i++) {
		if (i % BATCH == 0)
			pg_begin_or_end("BEGIN");
		pg_send("a", put[0].types, rows[i].v[0]);
		pg_send("b", put[1].types, rows[i].v[1]);
		asked += 2;
		if (asked >= 512 || i % BATCH == BATCH - 1 || i + 1 == count) {
			pg_take(asked);
			asked = 0;
		}
		if ((i % BATCH == BATCH - 1 || i + 1 == count)) {
			PQexitPipelineMode(pg);
			pg_begin_or_end("COMMIT");
		}
	}
	PQfinish(pg);
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
	double start;
	bool putting;

	if (argc != 4)
		die("expected put|gen DB FILE");
	putting = strcmp(argv[1], "put") == 0;
	read_rows(argv[3], putting ? RESPONSE : REQUEST);
	start = now();
	if (strncmp(argv[2], "postgresql://", 13) != 0)
		run_sqlite(argv[2], putting);
	else if (putting)
		run_postgresql(argv[2]);
	printf("%.3f\n", now() - start);
	return 0;
}
