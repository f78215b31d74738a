/* smpp_wire.c: the octets of a session with an SMSC. */
#include <assert.h>
#include <string.h>

#include "base/tcp.h"
#include "transport/smpp/smpp_wire.h"
#include "transport/tls_client.h"

/* The trust that the options ask for, or else that of the system. */
enum status
smpp_wire_begin_tls(struct smpp_session *e)
{
	struct ssl_ctx_st *trust = e->options->tls;
	enum status status = OK;

	if (trust == NULL && e->system == NULL)
		status = tls_client_open(&e->system, NULL);
	if (status != OK)
		return status;
	return tls_client_begin(&e->tls, trust != NULL ? trust : e->system,
	    e->watch.fd, e->uri.address);
}

/* ---- out ---- */

static enum status
write_some(struct smpp_session *e, const uint8_t *v, size_t len, size_t *n)
{
	return e->tls != NULL ? tls_stream_write(e->tls, v, len, n) :
	    tcp_write(e->watch.fd, v, len, n);
}

/* That a connection is gone, reading tells; then this has no more to do. */
void
smpp_wire_flush(struct smpp_session *e)
{
	size_t n;

	if (e->out_at == e->out_len || e->state == SMPP_SECURING)
		return;
	if (write_some(e, e->out + e->out_at, e->out_len - e->out_at,
	    &n) != OK) {
		fail_said();
		n = e->out_len - e->out_at;
	}
	e->out_at += n;
	if (e->out_at < e->out_len)
		return;
	if (e->state == SMPP_BINDING)
		wipe(e->out, e->out_len);
	e->out_at = e->out_len = 0;
}

size_t
smpp_wire_room(const struct smpp_session *e)
{
	return sizeof(e->out) - e->out_len - e->owed * (SMPP_HEADER + 1);
}

void
smpp_session_put(struct smpp_session *e, const struct smpp_pdu *p)
{
	uint8_t v[SMPP_PDU_MAX];
	size_t n = smpp_encode(p, v);

	assert(n <= smpp_wire_room(e));
	memcpy(e->out + e->out_len, v, n);
	e->out_len += n;
	wipe(v, n);
}

/* ---- in ---- */

static enum status
read_some(struct smpp_session *e, uint8_t *v, size_t max, size_t *len)
{
	return e->tls != NULL ? tls_stream_read(e->tls, v, max, len) :
	    tcp_read(e->watch.fd, "the SMSC", v, max, len);
}

enum status
smpp_wire_receive(struct smpp_session *e, uint64_t now)
{
	enum status status;
	size_t n;

	if (e->in_len == sizeof(e->in))
		return OK;
	status = read_some(e, e->in + e->in_len, sizeof(e->in) - e->in_len,
	    &n);
	if (status != OK || n == 0)
		return status;
	e->in_len += n;
	e->heard = now;
	e->enquiring = false;
	return OK;
}
