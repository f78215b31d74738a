/*
 * connection_line.h: what a server says of a connection that has ended: one
 * JSON line.
 */
#ifndef GBA_CONNECTION_LINE_H
#define GBA_CONNECTION_LINE_H

#include "connection/line_writer.h"
#include "record/record.h"

/* Members that are not known are left out. */
struct connection_line {
	const char *peer, *listener;	/* addresses */
	const char *p_tid;	/* "": unknown, as ue_id and detail */
	TEXT(255) ue_id;
	uint64_t trigger_ind;	/* 0: unknown */
	enum state state;
	char detail[256];
	uint64_t octets;	/* of the application, from the device */
	bool has_data;
	const uint8_t *data;	/* LEN octets */
	size_t len;
};

/* Put it at the end of LINES.  OK, or FAILED: no memory. */
MUST_USE enum status connection_line_put(const struct connection_line *,
    struct line_writer *);

#endif
