/*
 * coap.c: fuzzes CoAP.  By the first octet: 0 has the pieces of the rest come
 * as blocks; 1 as datagrams at a listener, which with bit 7 answers only then;
 * 2 as answers to a GPI that was sent, with bit 7 under its message id and
 * token.
 */
#include "transport/coap/coap_block1.h"
#include "peer.h"

/* ---- blocks: an octet of NUM and M, one of SZX and who sends it ---- */

static void
blocks(struct pieces *said)
{
	static struct coap_block1 all;
	coap_address_t from;
	coap_pdu_code_t code;
	const uint8_t *v;
	coap_block_t b;
	size_t len;

	memset(&all, 0, sizeof(all));
	memset(&from, 0, sizeof(from));
	from.size = sizeof(from.addr.sin);
	from.addr.sin.sin_family = AF_INET;
	while ((v = piece(said, &len)) != NULL) {
		if (len < 2)
			continue;
		memset(&b, 0, sizeof(b));
		b.num = v[0] >> 1;
		b.m = v[0] & 1;
		b.szx = v[1] & 7;
		if ((v[1] & 8) != 0)
			b.num = b.num << 13 | b.num;
		from.addr.sin.sin_port = v[1] >> 4;
		v += 2;
		len -= 2;
		code = coap_block1_take(&all, &from, &b, &v, &len);
		if (code == COAP_EMPTY_CODE)
			expect(len <= ARRIVAL_MAX && !b.m);
		else
			expect(code == COAP_RESPONSE_CODE_CONTINUE ||
			    COAP_RESPONSE_CLASS(code) == 4);
	}
}

/* ---- datagrams ---- */

static void
listen_to(struct pieces *said, bool late)
{
	static struct inbox in;
	static unsigned port;
	const uint8_t *v;
	size_t len;
	int fd;

	port = peer_listen(&in, "coap", SOCK_DGRAM, port);
	fd = peer_connect(SOCK_DGRAM, port);
	while ((v = piece(said, &len)) != NULL) {
		peer_say(fd, v, len);
		if (!late)
			peer_receive(&in);
	}
	peer_receive(&in);
	peer_settle(fd);
	close(fd);
	port = peer_leave(&in, port);
}

/* An answer to REQUEST: its message id, and its token where there is one. */
static void
mend(uint8_t *v, size_t len, const uint8_t *request)
{
	size_t token = request[0] & 15;

	if (len < 4)
		return;
	v[2] = request[2];
	v[3] = request[3];
	if ((v[0] & 15) == token && len >= 4 + token)
		memcpy(v + 4, request + 4, token);
}

static void
send_to(struct pieces *said, bool mended)
{
	static const uint8_t gpi[100] = { 0x88, 1 };
	uint8_t request[2048], answer[256];
	struct peer_delivery d;
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	static unsigned port;
	static int server;
	const uint8_t *v;
	char uri[64];
	size_t len;

	if (port == 0)
		server = peer_socket(SOCK_DGRAM, &port);
	snprintf(uri, sizeof(uri), "coap://127.0.0.1:%u", port);
	peer_deliver(&d, uri, gpi, sizeof(gpi));
	peer_settle(-1);
	expect(recvfrom(server, request, sizeof(request), 0,
	    (struct sockaddr *)&from, &from_len) > 8);
	while ((v = piece(said, &len)) != NULL) {
		memcpy(answer, v, len);
		if (mended)
			mend(answer, len, request);
		(void)!sendto(server, answer, len, 0,
		    (struct sockaddr *)&from, from_len);
		peer_settle(server);
	}
	peer_end(false);
	peer_settle(server);
	expect(d.ends == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	struct pieces said = { in + 1, len - 1 };

	peer_begin();
	if (len == 0)
		return 0;
	switch (in[0] & 3) {
	case 0:
		blocks(&said);
		break;
	case 1:
		listen_to(&said, (in[0] & 128) != 0);
		break;
	case 2:
		send_to(&said, (in[0] & 128) != 0);
	}
	return 0;
}
