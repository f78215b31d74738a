/* client_hello.c: what can be read of a ClientHello before TLS is. */
#include <string.h>

#include "connection/client_hello.h"
#include "record/record.h"

#define HANDSHAKE 22		/* RFC 8446 clause 5.1: ContentType */
#define CLIENT_HELLO 1		/* clause 4: HandshakeType */
#define RECORD_HEAD 5		/* type, version, length */
#define MESSAGE_HEAD 4		/* type, length */
#define HELLO_HEAD 34		/* legacy_version, random */
#define PRE_SHARED_KEY 41	/* clause 4.2: ExtensionType */

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

struct span {
	const uint8_t *v;
	size_t len;
};

/* The next N octets of S. */
static bool
take(struct span *s, size_t n, struct span *out)
{
	if (n > s->len)
		return false;
	*out = (struct span){ s->v, n };
	s->v += n;
	s->len -= n;
	return true;
}

/* The next vector of S, which has WIDTH octets of length before it. */
static bool
take_vector(struct span *s, size_t width, struct span *out)
{
	return take(s, width, out) && take(s, be_read(out->v, width), out);
}

/* The message, without the heads of its records; returns its length. */
static size_t
unpack(uint8_t message[static CLIENT_HELLO_MAX], struct span records)
{
	struct span head, part;
	size_t len = 0;

	while (take(&records, RECORD_HEAD - 2, &head) &&
	    take_vector(&records, 2, &part) &&
	    part.len <= CLIENT_HELLO_MAX - len) {
		memcpy(message + len, part.v, part.len);
		len += part.len;
	}
	return len;
}

/* pre_shared_key, which has to be the last extension. */
static bool
find_extension(struct span message, struct span *psk)
{
	struct span skipped, body, extensions, type;

	if (!take(&message, 1, &skipped) || !take_vector(&message, 3, &body) ||
	    !take(&body, HELLO_HEAD, &skipped) ||
	    !take_vector(&body, 1, &skipped) ||	/* legacy_session_id */
	    !take_vector(&body, 2, &skipped) ||	/* cipher_suites */
	    !take_vector(&body, 1, &skipped) ||	/* compression */
	    !take_vector(&body, 2, &extensions))
		return false;
	while (take(&extensions, 2, &type) &&
	    take_vector(&extensions, 2, psk))
		if (extensions.len == 0)
			return be_read(type.v, 2) == PRE_SHARED_KEY;
	return false;
}

static bool
is_ours(const struct span *id)
{
	return id->len > TLS_IDENTITY_LEN &&
	    memcmp(id->v, TLS_IDENTITY, TLS_IDENTITY_LEN) == 0 &&
	    field_check_string(&fields[KEY_P_TID], id->v + TLS_IDENTITY_LEN,
	    id->len - TLS_IDENTITY_LEN) == OK;
}

bool
client_hello_psk(const uint8_t *v, size_t len,
    uint8_t message[static CLIENT_HELLO_MAX], struct client_psk *psk)
{
	struct span all = { message, unpack(message, (struct span){ v, len }) };
	struct span extension, identities, id, age, binders, binder;

	if (!find_extension(all, &extension) ||
	    !take_vector(&extension, 2, &identities))
		return false;
	/* a binder proves all that is before their vector */
	psk->bound = (size_t)(extension.v - message);
	if (!take_vector(&extension, 2, &binders))
		return false;
	while (take_vector(&identities, 2, &id) && take(&identities, 4, &age) &&
	    take_vector(&binders, 1, &binder)) {
		if (!is_ours(&id))
			continue;
		psk->identity = id.v;
		psk->len = id.len;
		psk->binder = binder.v;
		return binder.len == BINDER_LEN;
	}
	return false;
}
