/*
 * smsc.c: fuzzes sessions with an SMSC that says what it likes: bit 0 of the
 * first octet has one listen, and else two GPIs are sent, with receipts by
 * bit 1; bit 2: the SMSC accepts the bind before the rest; bit 4: the sender
 * takes leave; bit 3: each piece of the rest, which are what it says, gets the
 * length of a PDU.
 */
#include "peer.h"

static int listener = -1;
static unsigned port;
static struct pieces said;
static unsigned form;

/* With bit 3 the command_length of a PDU is made right. */
static void
say(int fd, const uint8_t *v, size_t len)
{
	uint8_t mended[256];

	memcpy(mended, v, len);
	if ((form & 8) != 0 && len >= 16)
		be_write(mended, 4, len);
	peer_say(fd, mended, len);
}

static void
say_bound(int fd, uint32_t id)
{
	uint8_t v[17] = { [3] = sizeof(v), [15] = 1 };

	be_write(v + 4, 4, UINT32_C(0x80000000) | id);
	(void)!send(fd, v, sizeof(v), MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void
say_all(int fd, struct inbox *in)
{
	const uint8_t *v;
	size_t len;

	while ((v = piece(&said, &len)) != NULL) {
		say(fd, v, len);
		if (in != NULL)
			peer_receive(in);
	}
}

/* ---- it sends to us ---- */

static int peer = -1;

/* We dial, and wait for the answer to the bind; then all is said that is. */
static void
dialled(void *arg, short revents)
{
	const uint8_t *v;
	size_t len;

	(void)arg;
	if (revents == 0 || (peer = accept(listener, NULL, NULL)) < 0)
		return;
	if ((form & 4) != 0) {
		say_bound(peer, 1);
		return;
	}
	while ((v = piece(&said, &len)) != NULL)
		(void)!send(peer, v, len, MSG_NOSIGNAL | MSG_DONTWAIT);
	shutdown(peer, SHUT_WR);
}

static void
listen_to(void)
{
	struct watch watch = { .fd = listener, .events = POLLIN,
	    .wake = LOOP_NEVER, .ready = dialled };
	static struct inbox in;
	enum status status;
	char uri[64];

	snprintf(uri, sizeof(uri), "smpp://fuzz@127.0.0.1:%u%s", port,
	    (form & 2) != 0 ? "?wap" : "");
	expect(loop_add(&watch) == OK);
	status = transport_listen(uri, &in, &peer_options);
	loop_remove(&watch);
	if (status == OK)
		say_all(peer, &in);
	/* or its leave of the SMSC would take a while */
	if (peer >= 0)
		peer_close(peer);
	peer = -1;
	inbox_close(&in);
	memset(&in, 0, sizeof(in));
}

/* ---- we send to it ---- */

static void
send_to(void)
{
	static const uint8_t gpi[300] = { 0x88, 1 };
	struct peer_delivery d[2];
	int fd;
	char uri[96];

	snprintf(uri, sizeof(uri), "smpp://fuzz@127.0.0.1:%u/491721234567%s",
	    port, (form & 2) != 0 ? "?receipt=9&window=3" : "");
	peer_deliver(&d[0], uri, gpi, sizeof(gpi));
	peer_deliver(&d[1], uri, gpi, 100);
	peer_settle(-1);
	if ((fd = accept(listener, NULL, NULL)) >= 0) {
		if ((form & 4) != 0)
			say_bound(fd, (form & 2) != 0 ? 9 : 2);
		peer_settle(fd);
		say_all(fd, NULL);
		peer_close(fd);
	}
	peer_settle(-1);
	/* it may have dialled again */
	peer_end((form & 16) != 0);
	while ((fd = accept(listener, NULL, NULL)) >= 0)
		peer_close(fd);
	expect(d[0].ends == 1 && d[1].ends == 1);
}

int
LLVMFuzzerTestOneInput(const uint8_t *in, size_t len)
{
	peer_begin();
	if (listener < 0)
		listener = peer_socket(SOCK_STREAM, &port);
	if (len == 0)
		return 0;
	form = in[0];
	said = (struct pieces){ in + 1, len - 1 };
	if ((form & 1) != 0)
		listen_to();
	else
		send_to();
	return 0;
}
