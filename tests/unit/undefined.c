/*
 * undefined.c: no branch and no index depends on a key.  Keys are undefined for
 * valgrind, which then reports every such branch and index, here or in OpenSSL;
 * what is public is defined again.  A verdict is one branch, which is right.
 * Without valgrind the same calls run, and prove nothing.  The idea is Adam
 * Langley's ctgrind.
 */
#include <string.h>

#include "crypto/aka.h"
#include "crypto/crypto.h"
#include "crypto/kdf.h"
#include "crypto/siv.h"
#include "gba/gpi.h"
#include "test.h"

#ifdef HAVE_VALGRIND
#include <valgrind/memcheck.h>
#else
#define VALGRIND_MAKE_MEM_UNDEFINED(v, n) (void)(v)
#define VALGRIND_MAKE_MEM_DEFINED(v, n) (void)(v)
#define VALGRIND_COUNT_ERRORS 0
#define RUNNING_ON_VALGRIND 0
#endif

#define SECRET(v, n) VALGRIND_MAKE_MEM_UNDEFINED(v, n)
#define PUBLIC(v, n) VALGRIND_MAKE_MEM_DEFINED(v, n)

static unsigned before;

static void
begin(const char *what)
{
	test("%s: no branch and no index on a key", what);
	before = VALGRIND_COUNT_ERRORS;
}

/* STATUS is public; there were at most as many branches as these VERDICTS. */
static void
end(enum status status, unsigned verdicts)
{
	unsigned found = VALGRIND_COUNT_ERRORS - before;

	PUBLIC(&status, sizeof(status));
	check_ok(status);
	check_uint(found > verdicts ? found : 0, 0);
}

/* ---- AKA ---- */

static void
test_af(enum af_algorithm algorithm, unsigned iterations, size_t k_len)
{
	static const uint8_t amf[2], rand[16] = { 1, 2, 3 };
	size_t opc_len = algorithm == AF_TUAK ? 32 : 16;
	struct af af = { .algorithm = algorithm, .iterations = iterations,
	    .k_len = k_len, .k = { 4 }, .opc = { 5 } };
	uint8_t autn[16], auts[14], op[32] = { 6 }, opc[32];
	struct aka made, found;
	uint64_t ms;

	/* once with known keys: algorithms are fetched */
	check_ok(aka_generate(&af, rand, SQN(7, 1), amf, true, autn, &made));
	SECRET(af.k, k_len);
	SECRET(af.opc, opc_len);
	for (int gba_u = 0; gba_u < 2; gba_u++) {
		begin("aka_generate");
		end(aka_generate(&af, rand, SQN(7, 1), amf, gba_u != 0, autn,
		    &made), 0);
		PUBLIC(autn, sizeof(autn));
		begin("aka_verify");
		end(aka_verify(&af, rand, autn, gba_u != 0, &found), 1);
	}
	begin("aka_auts");
	end(aka_auts(&af, rand, SQN(7, 1), auts), 0);
	PUBLIC(auts, sizeof(auts));
	begin("aka_auts_verify");
	end(aka_auts_verify(&af, rand, auts, &ms), 1);
	SECRET(op, opc_len);
	begin("af_opc");
	end(af_opc(&af, op, opc), 0);
}

/* ---- keys ---- */

static void
test_kdf(void)
{
	static const uint8_t rand[16], naf_id[16] = "naf.example\1\0\0\0";
	uint8_t ks[32] = { 1 }, out[32], other[32] = { 0 };
	bool same;

	SECRET(ks, sizeof(ks));
	begin("kdf_ks_naf");
	end(kdf_ks_naf(ks, rand, "i@x", naf_id, 16, out), 0);
	begin("kdf_ks_int_naf");
	end(kdf_ks_int_naf(ks, rand, "i@x", naf_id, 16, out), 0);
	begin("kdf_k_gpi");
	end(kdf_k_gpi(ks, rand, "i@x", "bsf.example.org", 1, out), 0);
	begin("same_octets");
	same = same_octets(out, other, sizeof(out));
	PUBLIC(&same, sizeof(same));
	end(same ? REJECTED : OK, 0);
	begin("crypto_forget");
	crypto_forget();
	end(OK, 0);
}

/* ---- the GPI ---- */

static void
test_siv(size_t len)
{
	uint8_t key[32] = { 7 }, plain[80] = { 8 }, sealed[80], v[16], xv[16],
	    opened[80];
	const struct siv_ad ad[2] = { { plain, 38 }, { plain, 3 } };

	check_ok(siv_seal(key, ad, plain, len, sealed, v));
	SECRET(key, sizeof(key));
	begin("siv_expect");
	end(siv_expect(key, ad, sealed, len, v, xv), 0);
	begin("siv_open");
	end(siv_open(key, ad, sealed, len, opened, v), 1);
}

/* The blocks of its contents may be counted from the MAC, which is public. */
#define BLOCKS 3

static void
test_gpi(enum trigger_mode mode)
{
	uint8_t v[GPI_MAX];
	struct record draft;
	size_t len;

	record_init(&draft, RECORD_DRAFT);
	record_put_uint(&draft, KEY_VER, GPI_VER);
	memset(v, 9, 32);
	record_put(&draft, KEY_RAND, v, 16);
	record_put(&draft, KEY_AUTN, v, 16);
	record_put(&draft, KEY_APP_LBL, "", 0);
	record_put_uint(&draft, KEY_UM, 0);
	check_ok(record_set(&draft, KEY_NAF_ID, "mtc.example.org/0100000007"));
	record_put_uint(&draft, KEY_KEY_LT, 1800000000);
	record_put(&draft, KEY_P_TID, "p-tid", 5);
	record_put_uint(&draft, KEY_TRIGGER_IND, TRIGGER_REPORT);
	record_put_uint(&draft, KEY_TRIGGER_MODE, mode);
	record_put(&draft, KEY_K_GPI, v, 32);
	SECRET(draft.k_gpi.v, 32);
	begin("gpi_seal");
	end(gpi_seal(&draft, mode, v, &len), BLOCKS);
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_af(AF_MILENAGE, 1, 16);
	test_af(AF_TUAK, 1, 16);
	test_af(AF_TUAK, 3, 32);
	test_kdf();
	for (size_t len = 1; len <= 40; len += 13)
		test_siv(len);
	test_gpi(MODE_NONE);
	test_gpi(MODE_INTEGRITY);
	test_gpi(MODE_FULL);
	return test_end();
}
