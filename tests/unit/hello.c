/*
 * hello.c: what is read of a ClientHello, whether its sender has the key, and
 * what it costs where that is not so.
 */
#include <openssl/crypto.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "connection/client_hello.h"
#include "connection/tls.h"
#include "test.h"

static void
check_wants(const char *hex, size_t want)
{
	uint8_t v[64];
	int len = hex_decode(v, sizeof(v), hex, strlen(hex));

	check(len >= 0);
	check_uint(client_hello_wants(v, (size_t)len), want);
}

static void
test_hello(void)
{
	test("client_hello: how many octets are wanted");
	check_wants("", 5);
	check_wants("1603", 5);
	check_wants("1603010005", 6);
	check_wants("160301000501", 7);
	check_wants("160301000501000001", 10);
	check_wants("16030100050100000100", 10);
	check_wants("1603010200010001fc", 517);
	/* its head, and then its end, in records of their own */
	check_wants("160301000101", 11);
	check_wants("1603010001011603010003000002", 19);
	check_wants("160301000401000002", 14);
	check_wants("1603010004010000021603010002", 16);
	/* too long */
	check_wants("16030100050100fffd", CLIENT_HELLO_MAX + 1);
	check_wants("160301ffff01003ff0", 5 + 0xffff);
	/* none, as is seen by then */
	check_wants("47", 0);
	check_wants("80", 0);
	check_wants("1603010000", 5);
	check_wants("16030100050200000100", 5);
	check_wants("16030100010115", 6);
}

/*
 * OpenSSL 3.0: s_client -tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256 -groups
 * X25519 -sigalgs ECDSA+SHA256 -psk KEY -psk_identity "3GPP-bootstrapping;one"
 */
static const char hello_hex[] =
    "16030100f1010000ed030336e873334b64e56057e2ec2b7ebaadc5f3e5acbd2c"
    "32a41674692293dd0ca9c720aced76e7f28d206d3f361096f48e52aabbd8446c"
    "2f883446cd53541a5c860bed0004130100ff010000a0000b000403000102000a"
    "00040002001d002300000016000000170000000d000400020403002b00030203"
    "04002d00020101003300260024001d002037552d71412b38a76d46d116f5093c"
    "4f4907a1c8bd7f0ce0e583bfee1a79240700290041001c0016334750502d626f"
    "6f74737472617070696e673b6f6e65000000000021201d082837cd770666b87c"
    "374fa31bf9996039be4ec691a1ebf59568543af706e0";
static const char key_hex[] =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/* It ends with the identity, four octets, two lengths, and the binder. */
#define IDENTITY_LEN 22
#define AFTER_IDENTITY (4 + 2 + 1 + BINDER_LEN)

static uint8_t hello[1024], message[CLIENT_HELLO_MAX], key[TLS_KEY_LEN];
static size_t hello_len;

static void
read_hello(void)
{
	hello_len = unhex(hello, sizeof(hello), hello_hex);
	check_uint(unhex(key, sizeof(key), key_hex), sizeof(key));
	check_uint(client_hello_wants(hello, hello_len), hello_len);
}

static void
test_psk(void)
{
	static uint8_t cut[8192];
	uint8_t binder[BINDER_LEN];
	struct client_psk psk;
	size_t n = 0;

	test("client_hello: the identity and the binder of OpenSSL");
	read_hello();
	check(client_hello_psk(hello, hello_len, message, &psk));
	check_uint(psk.len, IDENTITY_LEN);
	check(memcmp(psk.identity, "3GPP-bootstrapping;one",
	    IDENTITY_LEN) == 0);
	check(memcmp(psk.binder, hello + hello_len - BINDER_LEN,
	    BINDER_LEN) == 0);
	check_ok(binder_make(key, message, psk.bound, binder));
	check(memcmp(binder, psk.binder, BINDER_LEN) == 0);
	key[31] ^= 1;
	check_ok(binder_make(key, message, psk.bound, binder));
	check(memcmp(binder, psk.binder, BINDER_LEN) != 0);

	test("client_hello: the same in records of an octet");
	for (size_t i = 5; i < hello_len; i++, n += 6)
		memcpy(cut + n, (uint8_t[]){ 22, 3, 1, 0, 1, hello[i] }, 6);
	memset(message, 0, sizeof(message));
	check(client_hello_psk(cut, n, message, &psk));
	check(memcmp(message, hello + 5, hello_len - 5) == 0);
}

static void
test_no_psk(void)
{
	uint8_t v[sizeof(hello)];
	struct client_psk psk;

	test("client_hello: none, where it ends early or lengths lie");
	read_hello();
	for (size_t n = 0; n < hello_len; n++)
		check(!client_hello_psk(hello, n, message, &psk));
	for (size_t i = 0; i < hello_len; i++) {
		memcpy(v, hello, hello_len);
		v[i] ^= 0x81;
		if (client_hello_psk(v, hello_len, message, &psk))
			check(psk.len == IDENTITY_LEN &&
			    psk.binder + BINDER_LEN <= message + hello_len - 5);
	}

	test("client_hello: none of an identity that is not ours");
	memcpy(v, hello, hello_len);
	v[hello_len - AFTER_IDENTITY - IDENTITY_LEN] = '4';
	check(!client_hello_psk(v, hello_len, message, &psk));
}

/* ---- what it costs ---- */

static unsigned connections, asked;	/* of OpenSSL; of the store */

static void
note_connection(void *parent, void *p, CRYPTO_EX_DATA *ad, int i, long l,
    void *arg)
{
	(void)parent;
	(void)p;
	(void)ad;
	(void)i;
	(void)l;
	(void)arg;
	connections++;
}

static enum tls_answer
ask(void *arg, const char *p_tid)
{
	(void)arg;
	check(strcmp(p_tid, "one") == 0);
	return asked++ == 0 ? TLS_LATER : TLS_HERE;
}

static enum status
find(void *arg, uint8_t out[static TLS_KEY_LEN])
{
	if (arg == NULL)
		return fail(REJECTED, "nobody knows it");
	memcpy(out, arg, TLS_KEY_LEN);
	return OK;
}

/* A server whose device has said its hello, and whose store has answered. */
static enum status
shake(struct ssl_ctx_st *ctx, void *known, const int fd[2], struct tls **t)
{
	static const struct tls_keys keys = { ask, find };
	enum status status;
	bool done = true;

	connections = asked = 0;
	check_ok(tls_accept(t, ctx, fd[0], &keys, known));
	check(send(fd[1], hello, hello_len, 0) == (ssize_t)hello_len);
	check_ok(tls_handshake(*t, &done));
	check(!done && tls_waits(*t));
	check_uint(connections, 0);
	status = tls_handshake(*t, &done);
	check(!done && !tls_waits(*t));
	check_uint(asked, 2);
	return status;
}

/* Whoever does not know the key gets one and the same alert. */
static void
test_refused(struct ssl_ctx_st *ctx, void *known)
{
	uint8_t answer[64];
	struct tls *t;
	int fd[2];

	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	check_fail(shake(ctx, known, fd, &t), REJECTED,
	    "tls: the device has another key");
	check_uint(connections, 0);
	check(strcmp(tls_p_tid(t), "one") == 0);
	check(recv(fd[1], answer, sizeof(answer), 0) == 7);
	check_hex(answer, "1503030002022f");
	/* nothing is left unread, or a reset would overtake the alert */
	check(recv(fd[0], answer, sizeof(answer), MSG_DONTWAIT) < 0);
	tls_free(t);
	close(fd[0]);
	close(fd[1]);
}

static void
test_cost(void)
{
	struct ssl_ctx_st *ctx;
	uint8_t answer[2048];
	struct tls *t;
	int fd[2];

	test("tls: who proves no key costs no connection of OpenSSL");
	check(CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL, 0, NULL,
	    note_connection, NULL, NULL) >= 0);
	check_ok(tls_context_open(&ctx, true));
	read_hello();
	key[0] ^= 1;
	test_refused(ctx, key);
	test_refused(ctx, NULL);

	test("tls: who proves it costs one");
	key[0] ^= 1;
	check(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fd) == 0);
	check_ok(shake(ctx, key, fd, &t));
	check_uint(connections, 1);
	check(recv(fd[1], answer, sizeof(answer), 0) > 100);
	check_hex(answer, "160303");
	tls_free(t);
	close(fd[0]);
	close(fd[1]);
	tls_context_close(ctx);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_hello();
	test_psk();
	test_no_psk();
	test_cost();
	return test_end();
}
