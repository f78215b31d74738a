/*
 * stream.c: fuzzes what comes over sockets, in pieces.  By the two low bits of
 * the first octet: 0 at a listener for TCP, 1 as answers to a GPI that was sent
 * over TCP, 2 as lines of a modem, 3 over UDP, the same two by bit 2.
 */
#include <sys/mman.h>

#include "peer.h"

static void
listen_tcp_to(struct pieces *said)
{
	static struct inbox in;
	static unsigned port;
	const uint8_t *v;
	size_t len;
	int fd;

	port = peer_listen(&in, "tcp", SOCK_STREAM, port);
	fd = peer_connect(SOCK_STREAM, port);
	while ((v = piece(said, &len)) != NULL) {
		peer_say(fd, v, len);
		peer_receive(&in);
	}
	shutdown(fd, SHUT_WR);
	peer_settle(fd);
	peer_receive(&in);
	peer_close(fd);
	peer_settle(-1);
	port = peer_leave(&in, port);
}

static void
answered(void *arg, const uint8_t *v, size_t len)
{
	static uint8_t copy[ITEM_MAX];

	(void)arg;
	expect(len <= sizeof(copy));
	memcpy(copy, v, len);
}

static void
send_tcp_to(struct pieces *said)
{
	static const uint8_t gpi[100] = { 0x88, 1 };
	static int listener = -1;
	static unsigned port;
	struct peer_delivery d;
	const uint8_t *v;
	char uri[64];
	size_t len;
	int fd;

	if (listener < 0)
		listener = peer_socket(SOCK_STREAM, &port);
	peer_options.answer = answered;
	snprintf(uri, sizeof(uri), "tcp://127.0.0.1:%u", port);
	peer_deliver(&d, uri, gpi, sizeof(gpi));
	peer_settle(-1);
	fd = accept(listener, NULL, NULL);
	while ((v = piece(said, &len)) != NULL)
		peer_say(fd, v, len);
	if (fd >= 0)
		peer_close(fd);
	peer_settle(-1);
	peer_end(false);
	while ((fd = accept(listener, NULL, NULL)) >= 0)
		peer_close(fd);
	expect(d.ends == 1);
}

static void
listen_udp_to(struct pieces *said)
{
	static struct inbox in;
	static unsigned port;
	const uint8_t *v;
	size_t len;
	int fd;

	port = peer_listen(&in, "udp", SOCK_DGRAM, port);
	fd = peer_connect(SOCK_DGRAM, port);
	while ((v = piece(said, &len)) != NULL) {
		peer_say(fd, v, len);
		peer_receive(&in);
	}
	peer_settle(fd);
	close(fd);
	port = peer_leave(&in, port);
}

static void
send_udp_to(struct pieces *said)
{
	static const uint8_t gpi[100] = { 0x88, 1 };
	static unsigned port;
	static int server;
	struct peer_delivery d;
	struct sockaddr_in from;
	socklen_t from_len = sizeof(from);
	uint8_t got[2048];
	const uint8_t *v;
	char uri[64];
	size_t len;

	if (port == 0)
		server = peer_socket(SOCK_DGRAM, &port);
	peer_options.answer = answered;
	snprintf(uri, sizeof(uri), "udp://127.0.0.1:%u", port);
	peer_deliver(&d, uri, gpi, sizeof(gpi));
	peer_settle(-1);
	if (recvfrom(server, got, sizeof(got), 0, (struct sockaddr *)&from,
	    &from_len) > 0)
		while ((v = piece(said, &len)) != NULL) {
			(void)!sendto(server, v, len, 0,
			    (struct sockaddr *)&from, from_len);
			peer_settle(server);
		}
	peer_end(false);
	peer_settle(server);
	expect(d.ends == 1);
}

static void
listen_modem_to(const char *form, const uint8_t *v, size_t len)
{
	int fd = memfd_create("pdu", MFD_CLOEXEC);
	static struct inbox pdus;
	char uri[64];

	snprintf(uri, sizeof(uri), "sms-pdu:/proc/self/fd/%d%s", fd, form);
	expect(fd >= 0 && write(fd, v, len) == (ssize_t)len);
	expect(transport_listen(uri, &pdus, &peer_options) == OK);
	while (pdus.open > 0) {
		peer_settle(-1);
		peer_receive(&pdus);
	}
	peer_receive(&pdus);
	inbox_close(&pdus);
	memset(&pdus, 0, sizeof(pdus));
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *v, size_t len)
{
	struct pieces said = { v + 1, len - 1 };

	peer_begin();
	if (len == 0)
		return 0;
	switch (v[0] & 3) {
	case 0:
		listen_tcp_to(&said);
		break;
	case 1:
		send_tcp_to(&said);
		break;
	case 2:
		listen_modem_to((v[0] & 4) != 0 ? "?modem" : "", v + 1,
		    len - 1);
		break;
	default:
		if ((v[0] & 4) != 0)
			listen_udp_to(&said);
		else
			send_udp_to(&said);
	}
	return 0;
}
