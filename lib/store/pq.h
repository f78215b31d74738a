/*
 * pq.h: libpq, loaded when the first postgresql:// is opened.  It needs twenty
 * other libraries, and loading them doubles the start-up time of a process;
 * programs that work on files should not pay for that.
 */
#ifndef GBA_PQ_H
#define GBA_PQ_H

#include <libpq-fe.h>

#include "base/status.h"

#define PQ_FUNCTIONS(_) _(PQbackendPID) _(PQclear) _(PQcmdStatus) \
	_(PQcmdTuples) _(PQnfields) \
	_(PQconnectdbParams) _(PQconninfoFree) _(PQconninfoParse) \
	_(PQconsumeInput) _(PQenterPipelineMode) _(PQerrorMessage) \
	_(PQfinish) _(PQflush) _(PQfreemem) _(PQgetResult) _(PQgetisnull) \
	_(PQgetlength) \
	_(PQgetvalue) _(PQisBusy) _(PQntuples) _(PQoptions) _(PQpipelineSync) \
	_(PQresultErrorField) _(PQresultStatus) _(PQsendFlushRequest) \
	_(PQsendPrepare) _(PQsendQuery) _(PQsendQueryParams) \
	_(PQsendQueryPrepared) \
	_(PQsetNoticeProcessor) _(PQsetnonblocking) _(PQsocket) _(PQstatus)

struct pq {
#define PQ_MEMBER(name) __typeof__(&name) name;
	PQ_FUNCTIONS(PQ_MEMBER)
#undef PQ_MEMBER
};

/* The functions, pq.PQexec() and so on, after pq_load(): OK or FAILED. */
extern struct pq pq;
MUST_USE enum status pq_load(void);

#endif
