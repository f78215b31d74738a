/* client_hello.c: what can be read of a ClientHello before TLS is. */
#include <string.h>

#include "connection/client_hello.h"
#include "record/record.h"

#define HANDSHAKE 22		/* RFC 8446 clause 5.1: ContentType */
#define CLIENT_HELLO 1		/* clause 4: HandshakeType */
#define RECORD_HEAD 5		/* type, version, length */
#define MESSAGE_HEAD 4		/* type, length */

/* ---- whether it is there ---- */

/*
 * A message may be spread over any number of records, its head too.  What is
 * malformed OpenSSL refuses later.
 */
size_t
client_hello_wants(const uint8_t *v, size_t len)
{
	uint8_t head[MESSAGE_HEAD];
	size_t at = 0, n, have = 0, want = MESSAGE_HEAD;

	while (have < want && at <= CLIENT_HELLO_MAX) {
		if (at < len && v[at] != HANDSHAKE)
			return at;
		if (len < at + RECORD_HEAD)
			return at + RECORD_HEAD;
		n = be_read(v + at + 3, 2);
		at += RECORD_HEAD;
		if (n == 0)
			return at;
		for (size_t i = 0; i < n && have + i < MESSAGE_HEAD; i++) {
			if (at + i >= len)
				return at + i + 1;
			head[have + i] = v[at + i];
		}
		have += n;
		at += n;
		if (have < MESSAGE_HEAD)
			continue;
		if (head[0] != CLIENT_HELLO)
			return at - n;
		want = MESSAGE_HEAD + be_read(head + 1, 3);
		if (want > CLIENT_HELLO_MAX)
			return CLIENT_HELLO_MAX + 1;
	}
	return at;
}

/* ---- who sends it ---- */

static bool
is_ours(const uint8_t *id, size_t len)
{
	return len > TLS_IDENTITY_LEN &&
	    memcmp(id, TLS_IDENTITY, TLS_IDENTITY_LEN) == 0 &&
	    field_check_string(&fields[KEY_P_TID], id + TLS_IDENTITY_LEN,
	    len - TLS_IDENTITY_LEN) == OK;
}

/*
 * Each identity has two octets of length before it, and the four of
 * obfuscated_ticket_age after it.
 */
const uint8_t *
client_hello_identity(const uint8_t *v, size_t len, size_t *id_len)
{
	size_t left, n;

	if (len < 2 || (left = be_read(v, 2)) > len - 2)
		return NULL;
	for (v += 2; left >= 6; v += 6 + n, left -= 6 + n) {
		if ((n = be_read(v, 2)) > left - 6)
			return NULL;
		if (is_ours(v + 2, n)) {
			*id_len = n;
			return v + 2;
		}
	}
	return NULL;
}
