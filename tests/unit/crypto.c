/* crypto.c: the primitives against the answers of their specifications. */
#include <string.h>

#include <openssl/evp.h>

#include "crypto/siv.h"
#include "test.h"

/* FIPS 197 C.1, and SP 800-38A F.1.1 in one call of four blocks. */
static void
test_aes(void)
{
	uint8_t key[16], in[64], out[64];

	test("aes128_blocks: FIPS 197 C.1");
	unhex(key, 16, "000102030405060708090a0b0c0d0e0f");
	unhex(in, 16, "00112233445566778899aabbccddeeff");
	check_ok(aes128_key(key));
	check_ok(aes128_blocks(in, 1, out));
	check_hex(out, "69c4e0d86a7b0430d8cdb78070b4c55a");

	test("aes128_blocks: SP 800-38A F.1.1");
	unhex(key, 16, "2b7e151628aed2a6abf7158809cf4f3c");
	unhex(in, 64, "6bc1bee22e409f96e93d7e117393172a"
	    "ae2d8a571e03ac9c9eb76fac45af8e51"
	    "30c81c46a35ce411e5fbc1191a0a52ef"
	    "f69f2445df4f9b17ad2b417be66c3710");
	check_ok(aes128_key(key));
	check_ok(aes128_blocks(in, 4, out));
	check_hex(out, "3ad77bb40d7a3660a89ecaf32466ef97"
	    "f5d3d58503b9699de785895a96fdbaaf"
	    "43b1cd7f598ece23881b00e3ed030688"
	    "7b0c785e27e8ad3f8223207104725dd4");

	test("aes128_blocks: the same key goes on, then one bit off");
	check_ok(aes128_blocks(in, 1, out));
	check_hex(out, "3ad77bb40d7a3660a89ecaf32466ef97");
	key[15] ^= 1;
	check_ok(aes128_key(key));
	check_ok(aes128_blocks(in, 1, out + 16));
	check(memcmp(out, out + 16, 16) != 0);
}

/*
 * RFC 4231 cases 1 to 4, 6 and 7 (5 is a truncated output).  Shorter keys are
 * padded with zeros by HMAC itself; that of 6 and 7, 131 octets of aa, is
 * here as its SHA-256 by sha256sum(1), which is how HMAC takes it.
 */
#define LONG_KEY \
	"45ad4b37c6e2fc0a2cfcc1b5da524132ec707615c2cae1dbbc43c97aa521db81"
#define TEN(octet) octet octet octet octet octet octet octet octet octet octet
static const struct {
	const char *name, *key, *in, *out;
} hmacs[] = {
	{ "1", "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "Hi There",
	    "b0344c61d8db38535ca8afceaf0bf12b"
	    "881dc200c9833da726e9376c2e32cff7" },
	{ "2", "4a656665", "what do ya want for nothing?",
	    "5bdcc146bf60754e6a042426089575c7"
	    "5a003f089d2739839dec58b964ec3843" },
	{ "3", TEN("aa") TEN("aa"),
	    TEN("\xdd") TEN("\xdd") TEN("\xdd") TEN("\xdd") TEN("\xdd"),
	    "773ea91e36800e46854db8ebd09181a7"
	    "2959098b3ef8c122d9635514ced565fe" },
	{ "4", "0102030405060708090a0b0c0d0e0f10111213141516171819",
	    TEN("\xcd") TEN("\xcd") TEN("\xcd") TEN("\xcd") TEN("\xcd"),
	    "82558a389a443c0ea4cc819899f2083a"
	    "85f0faa3e578f8077a2e3ff46729665b" },
	{ "6", LONG_KEY,
	    "Test Using Larger Than Block-Size Key - Hash Key First",
	    "60e431591ee0b67f0d8a26aacbf5b77f"
	    "8e0bc6213728c5140546040f0ee37f54" },
	{ "7", LONG_KEY,
	    "This is a test using a larger than block-size key and a larger "
	    "than block-size data. The key needs to be hashed before being "
	    "used by the HMAC algorithm.",
	    "9b09ffa71b942fcb27635fbcd5b0e944"
	    "bfdc63644f0713938a7f51535c3a35e2" }
};

static void
test_hmac(void)
{
	uint8_t key[32], out[32];

	for (size_t i = 0; i < COUNT(hmacs); i++) {
		test("hmac_sha256: RFC 4231 case %s", hmacs[i].name);
		memset(key, 0, sizeof(key));
		unhex(key, sizeof(key), hmacs[i].key);
		check_ok(hmac_sha256(key, (const uint8_t *)hmacs[i].in,
		    strlen(hmacs[i].in), out));
		check_hex(out, hmacs[i].out);
	}
}

/* FIPS 180 example; FIPS 202 examples of 0 and of 1600 bits at csrc.nist. */
static void
test_hashes(void)
{
	uint8_t in[200], out[32];

	test("sha1: \"abc\" of FIPS 180, twice");
	check_ok(sha1((const uint8_t *)"abc", 3, out));
	check_hex(out, "a9993e364706816aba3e25717850c26c9cd0d89d");
	check_ok(sha1((const uint8_t *)"abc", 3, out));
	check_hex(out, "a9993e364706816aba3e25717850c26c9cd0d89d");

	test("shake256: SHAKE256_Msg0 of NIST");
	check_ok(shake256(NULL, 0, out, 32));
	check_hex(out, "46b9dd2b0ba88d13233b3feb743eeb24"
	    "3fcd52ea62b81b82b50c27646ed5762f");

	test("shake256: SHAKE256_Msg1600 of NIST");
	memset(in, 0xa3, sizeof(in));
	check_ok(shake256(in, sizeof(in), out, 32));
	check_hex(out, "cd8a920ed141aa0407a22d59288652e9"
	    "d9f1a7ee0c1e7c1ca699424da84a904d");
}

/*
 * Project Wycheproof, aead_aes_siv_cmac_test.json at C2SP/wycheproof 2cf60114,
 * tcId as named: AD1 is its aad, AD2 its iv.  The examples of RFC 5297 A have
 * one and three associated data, so they do not fit.
 */
static const struct siv_case {
	const char *name, *key, *ad1, *ad2, *in, *out, *v;
} sivs[] = {
	{ "4", "cb5575f5c7c45c91cf320b139fb594237560d0a3e6f865a67d4f633f2c08f016",
	    "89cce9fb47441d07e0245a66fe8b778b", "1a6518f02ede1da6809266d9",
	    "623b7850c321e2cf0c6fbcc8dfd1aff2",
	    "fd36ffae57f6c269b710560cda8cbf49",
	    "417fbdd7ceb644b75fc380a1839b6de0" },
	{ "6", "223e1e414bcb7a1f245d5a5ad126bb6a562801ac348830c08162b30f832675a1",
	    "178f628340b7caae59deacd18c36f07a5cb12745461af74c98b138fa076d7983"
	    "772d62a0d41165f675e7da7ff34951b1", "c1c144cbd70cb75b30f93ea2",
	    "176e93baecafa0faff5bf76884c64b08",
	    "8d53c0cfb8187fa264a595ab6e6e30d4",
	    "c61cb7d0b37f039540e73bf1da9e8c0c" },
	{ "7", "eb2278745939dacc07a157425b147c8e6036c47f56d182e7221f7645903d5b3d",
	    "f5", "19476b0f523b8e4066c79466", "24150140e7c72d755c2d1a5d",
	    "c7259a9da07588dd00cf6fed", "41b3ed98b1f61840df01826375fc792e" },
	{ "8", "98b0ef850079a88323464a347c185ec8c5cb8ff217f16d5af272b0ea1bdc0778",
	    "8bd9", "cc834980651485dd5ffa29a5", "78de9e007702c0bb499473a8",
	    "5a37311ea6cc232978099dfb", "af67f4c40eda80dfc0d16a72c3e9dd90" },
	{ "13", "b35e51c8a26c2ff1dc725859c1250c2c72784f76b2da925c722d10ba9be90c71",
	    "c813e9200180048f52b4cb3c5d3a1e762874b328e44cff115940ab9986dc4740"
	    "da19cf034d4f4930", "43bca13e81c36a2e393df602",
	    "1edc1252c3a8badacb268446", "4350b4f4b7b889972039124d",
	    "6aa407e55a25fa405c84669c48ad0571" }
};

/* A case in octets. */
struct siv_octets {
	uint8_t key[32], ad1[64], ad2[64], in[64], out[64], v[16];
	struct siv_ad ad[2];
	size_t len;
};

static void
siv_read(struct siv_octets *o, const struct siv_case *c)
{
	unhex(o->key, sizeof(o->key), c->key);
	o->ad[0].v = o->ad1;
	o->ad[0].len = unhex(o->ad1, sizeof(o->ad1), c->ad1);
	o->ad[1].v = o->ad2;
	o->ad[1].len = unhex(o->ad2, sizeof(o->ad2), c->ad2);
	o->len = unhex(o->in, sizeof(o->in), c->in);
	unhex(o->out, sizeof(o->out), c->out);
	unhex(o->v, sizeof(o->v), c->v);
}

static void
test_siv(const struct siv_case *c)
{
	struct siv_octets o;
	uint8_t out[64], v[16];

	siv_read(&o, c);
	test("siv_seal: Wycheproof %s", c->name);
	check_ok(siv_seal(o.key, o.ad, o.in, o.len, out, v));
	check_hex(out, c->out);
	check_hex(v, c->v);

	test("siv_open: Wycheproof %s", c->name);
	check_ok(siv_open(o.key, o.ad, o.out, o.len, out, o.v));
	check_hex(out, c->in);
}

/* Nothing of P is left in OUT. */
static void
refused(const struct siv_octets *o)
{
	static const uint8_t zeros[64];
	uint8_t out[64];

	memset(out, 0xee, sizeof(out));
	check_fail(siv_open(o->key, o->ad, o->out, o->len, out, o->v),
	    REJECTED, "mac: does not match");
	check(memcmp(out, zeros, o->len) == 0);
	check(out[o->len] == 0xee);
}

/* Each octet string of a case in turn: every bit of it flipped is refused. */
static void
test_siv_flips(const struct siv_case *c)
{
	struct siv_octets o;
	const struct {
		const char *name;
		uint8_t *v;
		size_t len;
	} part[] = {
		{ "V", o.v, 16 }, { "C", o.out, strlen(c->out) / 2 },
		{ "AD1", o.ad1, strlen(c->ad1) / 2 },
		{ "AD2", o.ad2, strlen(c->ad2) / 2 }, { "key", o.key, 32 }
	};

	siv_read(&o, c);
	for (size_t i = 0; i < COUNT(part); i++) {
		test("siv_open: Wycheproof %s, every bit of %s", c->name,
		    part[i].name);
		for (size_t bit = 0; bit < 8 * part[i].len; bit++) {
			part[i].v[bit / 8] ^= (uint8_t)(1 << bit % 8);
			refused(&o);
			part[i].v[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
}

/* One context serves all: nothing of a failed call may reach the next. */
static void
test_siv_reuse(void)
{
	struct siv_octets o[COUNT(sivs)];
	uint8_t out[64], v[16];

	test("siv: a refused V, then another key, AD and length, both ways");
	for (size_t i = 0; i < COUNT(sivs); i++)
		siv_read(&o[i], &sivs[i]);
	for (size_t i = 0; i < COUNT(sivs) * COUNT(sivs); i++) {
		struct siv_octets bad = o[i / COUNT(sivs)];
		const struct siv_octets *good = &o[i % COUNT(sivs)];

		bad.ad[0].v = bad.ad1;
		bad.ad[1].v = bad.ad2;
		bad.v[0] ^= 1;
		refused(&bad);
		check_ok(siv_open(good->key, good->ad, good->out, good->len,
		    out, good->v));
		check(memcmp(out, good->in, good->len) == 0);
		refused(&bad);
		check_ok(siv_seal(good->key, good->ad, good->in, good->len,
		    out, v));
		check(memcmp(out, good->out, good->len) == 0);
		check(memcmp(v, good->v, 16) == 0);
	}
}

/* The two AD are components of their own: a moved boundary is refused. */
static void
test_siv_boundary(void)
{
	struct siv_octets o;

	test("siv_open: the boundary of AD1 and AD2 moved by an octet");
	siv_read(&o, &sivs[0]);
	memmove(o.ad2 + 1, o.ad2, o.ad[1].len++);
	o.ad2[0] = o.ad1[--o.ad[0].len];
	refused(&o);
}

/*
 * gpi.csv, set "no-trigger", made by an independent implementation: AD2 is
 * the one octet null, and P is the record in 48 octets.
 */
static void
test_siv_gpi(void)
{
	uint8_t gpi[256], key[32], out[48];
	struct siv_ad ad[2];
	struct csv csv;
	size_t len;

	test("siv_open: gpi.csv no-trigger");
	csv_find(&csv, "gpi.csv", "name", "no-trigger");
	csv_octets(&csv, "k_gpi", key, sizeof(key));
	len = csv_octets(&csv, "gpi", gpi, sizeof(gpi));
	ad[0] = (struct siv_ad){ gpi, 38 };
	ad[1] = (struct siv_ad){ gpi + 38 + 2 + 48, 1 };
	check_ok(siv_open(key, ad, gpi + 38 + 2, 48, out, gpi + len - 16));
	check_hex(out, "8354");
	check_hex(out + 2, csv_text(&csv, "naf_id"));
	csv_close(&csv);
}

/* OpenSSL's own AES-128-SIV, another implementation: seal IN to OUT and V. */
static bool
evp_seal(const uint8_t *key, const struct siv_ad *ad, const uint8_t *in,
    int len, uint8_t *out, uint8_t *v)
{
	EVP_CIPHER *siv = EVP_CIPHER_fetch(NULL, "AES-128-SIV", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	int n;
	bool ok = EVP_EncryptInit_ex2(ctx, siv, key, NULL, NULL) &&
	    EVP_EncryptUpdate(ctx, NULL, &n, ad[0].v, (int)ad[0].len) &&
	    EVP_EncryptUpdate(ctx, NULL, &n, ad[1].v, (int)ad[1].len) &&
	    EVP_EncryptUpdate(ctx, out, &n, in, len) &&
	    EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, 16, v);

	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(siv);
	return ok;
}

/* Every length of each component, which changes the padding of each. */
static void
test_siv_evp(void)
{
	uint8_t key[32], a[400], p[400], out[400], want[400], v[16], want_v[16];

	test("siv_seal: as OpenSSL's AES-128-SIV at every length to 400");
	for (size_t i = 0; i < sizeof(a); i++) {
		key[i % 32] = (uint8_t)(7 * i);
		a[i] = (uint8_t)(i * i);
		p[i] = (uint8_t)(i >> 3);
	}
	for (size_t len = 1; len <= sizeof(p); len++) {
		struct siv_ad ad[2] = { { a, len }, { p, 401 - len } };

		key[len % 32] ^= (uint8_t)len;
		check(evp_seal(key, ad, p, (int)len, want, want_v));
		check_ok(siv_seal(key, ad, p, len, out, v));
		check(memcmp(out, want, len) == 0);
		check(memcmp(v, want_v, 16) == 0);
		check_ok(siv_expect(key, ad, out, len, v, want_v));
		check(memcmp(v, want_v, 16) == 0);
	}
}

/* OpenSSL's AES-128-CTR from V as RFC 5297 wants it, LEN octets IN to OUT. */
static bool
evp_ctr(const uint8_t *key, const uint8_t *v, const uint8_t *in, int len,
    uint8_t *out)
{
	EVP_CIPHER *ctr = EVP_CIPHER_fetch(NULL, "AES-128-CTR", NULL);
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t q[16];
	int n;
	bool ok;

	memcpy(q, v, 16);
	q[8] &= 0x7f;
	q[12] &= 0x7f;
	ok = EVP_EncryptInit_ex2(ctx, ctr, key, q, NULL) &&
	    EVP_EncryptUpdate(ctx, out, &n, in, len);
	EVP_CIPHER_CTX_free(ctx);
	EVP_CIPHER_free(ctr);
	return ok;
}

/* What V should have been, for a ciphertext that nobody sealed with this V. */
static void
test_siv_expect(uint8_t fill)
{
	uint8_t key[32] = { 1 }, c[1000] = { 2 }, v[16], p[1000], xv[16];
	uint8_t want[1000], want_v[16];
	struct siv_ad ad[2] = { { key, 5 }, { c, 1 } };

	test("siv_expect: S2V of what CTR makes of the ciphertext, from %02x",
	    fill);
	memset(v, fill, sizeof(v));
	check(evp_ctr(key + 16, v, c, sizeof(c), p));
	check(evp_seal(key, ad, p, sizeof(p), want, want_v));
	check_ok(siv_expect(key, ad, c, sizeof(c), v, xv));
	check(memcmp(xv, want_v, 16) == 0);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_aes();
	test_hmac();
	test_hashes();
	for (size_t i = 0; i < COUNT(sivs); i++)
		test_siv(&sivs[i]);
	test_siv_flips(&sivs[2]);
	test_siv_flips(&sivs[4]);
	test_siv_reuse();
	test_siv_boundary();
	test_siv_gpi();
	test_siv_evp();
	test_siv_expect(0x03);
	test_siv_expect(0x7f);
	test_siv_expect(0xff);	/* counts into bit 31 */
	return test_end();
}
