/* sql_postgresql.c: the bare loop on a server, with libpq in a pipeline. */
#include <libpq-fe.h>
#include <stdlib.h>
#include <string.h>

#include "base/octets.h"
#include "sql.h"

static PGconn *pg;

static const char *const name[STATEMENTS] = { "a", "b", "c" };

/* A subscriber that is asked a vector of. */
struct found {
	uint64_t id, sqn;
};

static void
failed(void)
{
	die(PQerrorMessage(pg));
}

static void
ask(const char *statement, const char *types, const struct value *v)
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
	if (!PQsendQueryPrepared(pg, statement, n, values, lengths, formats,
	    1))
		failed();
}

static void
say(const char *sql)
{
	if (!PQsendQueryParams(pg, sql, 0, NULL, NULL, NULL, NULL, 1))
		failed();
}

/* The next answer, of a row that was found or changed. */
static PGresult *
answer(void)
{
	PGresult *r = PQgetResult(pg);

	if ((PQresultStatus(r) != PGRES_COMMAND_OK &&
	    PQresultStatus(r) != PGRES_TUPLES_OK) ||
	    strcmp(PQcmdTuples(r), "0") == 0)
		failed();
	PQclear(PQgetResult(pg));
	return r;
}

static void
synchronise(void)
{
	if (!PQpipelineSync(pg))
		failed();
}

static void
synchronised(void)
{
	PGresult *r = PQgetResult(pg);

	if (PQresultStatus(r) != PGRES_PIPELINE_SYNC)
		failed();
	PQclear(r);
}

static void
take(size_t n)
{
	synchronise();
	while (n-- > 0)
		PQclear(answer());
	synchronised();
}

static uint64_t
number(const PGresult *r, int column)
{
	return be_read((const uint8_t *)PQgetvalue(r, 0, column),
	    (size_t)PQgetlength(r, 0, column));
}

static int
by_id(const void *a, const void *b)
{
	uint64_t x = ((const struct found *)a)->id;
	uint64_t y = ((const struct found *)b)->id;

	return (x > y) - (x < y);
}

/* A transaction of N rows, each of three statements, a turn of each. */
static void
chain(const struct task *task, const struct value *v, size_t n)
{
	const struct statement *s = task->statement;
	struct found f[TURN];
	struct value p[2] = { { NULL, 0, 0 }, { NULL, 0, 0 } };
	PGresult *r;

	say("BEGIN");
	for (size_t i = 0; i < n; i++)
		ask(name[0], s[0].types, v + 2 * i);
	synchronise();
	PQclear(answer());
	for (size_t i = 0; i < n; i++) {
		f[i].id = number(r = answer(), 0);
		PQclear(r);
	}
	synchronised();
	qsort(f, n, sizeof(f[0]), by_id);
	for (size_t i = 0; i < n; i++) {
		p[0].n = f[i].id;
		ask(name[1], s[1].types, p);
	}
	synchronise();
	for (size_t i = 0; i < n; i++) {
		f[i].sqn = number(r = answer(), 1);
		PQclear(r);
	}
	synchronised();
	for (size_t i = 0; i < n; i++) {
		p[0].n = f[i].sqn + SQN_STEP;
		p[1].n = f[i].id;
		ask(name[2], s[2].types, p);
	}
	say("COMMIT");
	take(n + 1);
}

/* All statements of a row without waiting; returns how many. */
static size_t
one(const struct task *task, const struct value *v)
{
	size_t i = 0;

	for (; i < STATEMENTS && task->statement[i].sql != NULL; i++) {
		ask(name[i], task->statement[i].types, v);
		v += strlen(task->statement[i].types);
	}
	return i;
}

static void
transaction(const struct task_rows *rows, size_t from, size_t n)
{
	size_t asked = 1;

	if (rows->task->chained) {
		chain(rows->task, rows->v + from * rows->width, n);
		return;
	}
	say("BEGIN");
	for (size_t i = from; i < from + n; i++) {
		asked += one(rows->task, rows->v + i * rows->width);
		if (asked >= TURN) {
			take(asked);
			asked = 0;
		}
	}
	say("COMMIT");
	take(asked + 1);
}

static void
prepare(const char *as, const struct statement *s)
{
	Oid types[PARAMETERS];
	int n = 0;

	for (; s->types[n] != '\0'; n++)
		types[n] = s->types[n] == 'n' ? 20 : s->types[n] == 't' ? 25 :
		    17;
	PQclear(PQprepare(pg, as, s->sql, n, types));
}

void
run_postgresql(const char *uri, const struct task_rows *rows)
{
	const struct statement *s = rows->task->statement;

	pg = PQconnectdb(uri);
	if (PQstatus(pg) != CONNECTION_OK)
		failed();
	PQclear(PQexec(pg, "SET plan_cache_mode = force_generic_plan"));
	for (int i = 0; i < STATEMENTS; i++)
		if (s[i].sql != NULL)
			prepare(name[i], &s[i]);
	if (!PQenterPipelineMode(pg))
		failed();
	for (size_t i = 0; i < rows->count; i += rows->batch)
		transaction(rows, i, rows->count - i < rows->batch ?
		    rows->count - i : rows->batch);
	PQfinish(pg);
}
