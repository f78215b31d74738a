/*
 * smpp.c: PDUs of SMPP against octets of the specification, of npm smpp 0.5.1
 * and, where it is there, of libsmpp34; and what hostile ones come to.
 */
#include <stdlib.h>
#include <string.h>

#include "transport/smpp/smpp.h"
#include "../fuzz/made.h"
#include "test.h"

#ifdef HAVE_SMPP34
#include <smpp34.h>
#include <smpp34_structs.h>
#include <smpp34_params.h>
#endif

static uint8_t pdu[SMPP_PDU_MAX];	/* what P has in its text */

/* Decode a copy, so that nothing stands behind it. */
static enum status
decode_pdu(struct smpp_pdu *p, const uint8_t *in, size_t len)
{
	uint8_t *exact = malloc(len);
	enum status status;

	memcpy(exact, in, len);
	status = smpp_decode(p, exact, len);
	if (status == OK && p->len > 0) {
		memcpy(pdu, p->text, p->len);
		p->text = pdu;
	}
	free(exact);
	return status;
}

static enum status
decode_hex(struct smpp_pdu *p, const char *hex)
{
	uint8_t v[SMPP_PDU_MAX];

	return decode_pdu(p, v, unhex(v, sizeof(v), hex));
}

/* ---- octets of others ---- */

static struct smpp_pdu
a_submit(uint32_t id)
{
	static const uint8_t text[] = { 6, 5, 4, 0x3f, 0x5f, 0x3f, 0x5f,
	    0x88, 1 };

	return (struct smpp_pdu){ .id = id, .sequence = 7,
	    .dest = { 1, 1, "491700000001" }, .esm_class = SMPP_UDHI,
	    .protocol_id = 0x48, .data_coding = 4,
	    .validity_period = "270115090000000+", .text = text,
	    .len = sizeof(text) };
}

static void
test_known(void)
{
	struct smpp_pdu p = a_submit(SMPP_SUBMIT_SM);
	uint8_t v[SMPP_PDU_MAX];

	test("smpp: bind_transmitter of clause 3.2");
	check_ok(decode_hex(&p, "0000002f" "00000002" "00000000" "00000001"
	    "534d50503354455354" "00" "7365637265743038" "00"
	    "5355424d495431" "00" "00" "01" "01" "00"));
	check_uint(p.id, SMPP_BIND_TRANSMITTER);
	check_uint(p.sequence, 1);
	check(strcmp(p.system_id, "SMPP3TEST") == 0);
	check(strcmp(p.password, "secret08") == 0);

	test("smpp: submit_sm as npm smpp writes it");
	p = a_submit(SMPP_SUBMIT_SM);
	check_uint(smpp_encode(&p, v), 70);
	check_hex(v, "00000046" "00000004" "00000000" "00000007" "00" "0000"
	    "00" "0101" "34393137303030303030303100" "40" "48" "00" "00"
	    "3237303131353039303030303030302b00" "00" "00" "04" "00" "09"
	    "0605043f5f3f5f" "8801");

	test("smpp: commands without parameters");
	p = (struct smpp_pdu){ .id = SMPP_GENERIC_NACK, .sequence = 258,
	    .status = SMPP_RINVCMDID };
	check_uint(smpp_encode(&p, v), 16);
	check_hex(v, "00000010" "80000000" "00000003" "00000102");
	p = (struct smpp_pdu){ .id = SMPP_ENQUIRE_LINK, .sequence = 1 };
	check_uint(smpp_encode(&p, v), 16);
	check_hex(v, "00000010" "00000015" "00000000" "00000001");
}

#define RECEIPT_HEAD "00000000" "00000009" "00" "0101" \
    "34393137303030303030303100" "0000" "00" "04" "00" "00" "00" "00" "00" \
    "00" "00" "00"

#define ELEVEN "3131313131313131313131"

static void
test_tlvs(void)
{
	struct smpp_pdu p;

	test("smpp: deliver_sm as npm smpp writes it");
	check_ok(decode_hex(&p, "00000042" "00000005" RECEIPT_HEAD "00"
	    "001e" "0005" "6162313200" "0427" "0001" "02"
	    "0424" "0003" "414243"));
	check(strcmp(p.receipted_message_id, "ab12") == 0);
	check_uint(p.message_state, 2);
	check_uint(p.esm_class, SMPP_TYPE_RECEIPT);
	check_uint(p.source.ton, 1);
	check_uint(p.len, 3);

	test("smpp: TLVs are taken or skipped by their length");
	check_ok(decode_hex(&p, "00000057" "00000005" RECEIPT_HEAD "00"
	    "001e" "0004" "61623132" "0427" "0001" "02" "1400" "0000"
	    "0424" "0003" "414243" "0210" "0001" "34" "0423" "0003" "030001"));
	check(strcmp(p.receipted_message_id, "ab12") == 0);
	check_uint(p.message_state, 2);
	check_uint(p.len, 3);
	check_hex(p.text, "414243");
	check(strcmp(p.source.number, "491700000001") == 0);

	test("smpp: short_message goes before message_payload");
	check_ok(decode_hex(&p, "00000000" "00000005" RECEIPT_HEAD "01" "5a"
	    "0424" "0003" "414243"));
	check_uint(p.len, 1);
	check_hex(p.text, "5a");

	test("smpp: receipted_message_id with its NUL, and too long");
	check_ok(decode_hex(&p, "00000000" "00000005" RECEIPT_HEAD "00"
	    "001e" "0003" "616200"));
	check(strcmp(p.receipted_message_id, "ab") == 0);
	check_ok(decode_hex(&p, "00000000" "00000005" RECEIPT_HEAD "00"
	    "001e" "0054" ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN
	    "31313131313131"));
	check_uint(strlen(p.receipted_message_id), SMPP_ID_MAX);
}

static void
test_responses(void)
{
	struct smpp_pdu p;

	test("smpp: submit_sm_resp, with, without and with too long an id");
	check_ok(decode_hex(&p, "00000000" "80000004" "00000000" "00000002"
	    "4d3700"));
	check(strcmp(p.message_id, "M7") == 0);
	check_ok(decode_hex(&p, "00000000" "80000004" "00000058" "00000002"));
	check_uint(p.status, SMPP_RTHROTTLED);
	check_ok(decode_hex(&p, "00000000" "80000004" "00000058" "00000002"
	    "00"));
	check_ok(decode_hex(&p, "00000000" "80000004" "00000000" "00000002"));

	/* twitter-archive/cloudhopper-smpp, praekelt/python-smpp#7 */
	test("smpp: responses that are not as they should be");
	check_ok(decode_hex(&p, "00000000" "80000004" "00000000" "00000002"
	    "4d37"));
	check(strcmp(p.message_id, "M7") == 0);
	check_uint(p.sequence, 2);
	check_ok(decode_hex(&p, "00000000" "80000004" "00000000" "00000002"
	    ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN ELEVEN "313131313100"));
	check_uint(strlen(p.message_id), SMPP_ID_MAX);
	check_ok(decode_hex(&p, "00000000" "80000004" "0000000b" "00000002"
	    "4d37"));
	check(p.status == 0x0b && p.message_id[0] == '\0');
	check_ok(decode_hex(&p, "00000000" "80000004" "00000000" "00000002"
	    "4d3700" "001d" "0001"));
	check(strcmp(p.message_id, "M7") == 0);
	check_ok(decode_hex(&p, "00000000" "80000009" "00000000" "00000002"
	    "736d736300" "0210" "0001" "34"));
	check(strcmp(p.system_id, "smsc") == 0);
	check_ok(decode_hex(&p, "00000000" "80000001" "00000000" "00000002"
	    ELEVEN ELEVEN));
	check_uint(strlen(p.system_id), 22);

	test("smpp: data_sm");
	check_ok(decode_hex(&p, "00000000" "00000103" "00000000" "0000000b"
	    "00" "0101" "343900" "0000" "3100" "04" "00" "00"
	    "001e" "0003" "314600" "0427" "0001" "02"));
	check(strcmp(p.source.number, "49") == 0);
	check(strcmp(p.receipted_message_id, "1F") == 0);
	check_uint(p.message_state, 2);
	check_uint(p.esm_class, SMPP_TYPE_RECEIPT);

	test("smpp: an unknown command is REJECTED, and has its header");
	check_fail(decode_hex(&p, "00000000" "00000102" "00000000" "0000000b"
	    "ff"), REJECTED,
	    "command_id: found 0x00000102, which is not known here");
	check_uint(p.sequence, 11);
}

/* ---- libsmpp34 ---- */

#ifdef HAVE_SMPP34

static void
to_them(const struct smpp_pdu *p, void *theirs, size_t size)
{
	uint8_t v[SMPP_PDU_MAX], back[SMPP_PDU_MAX];
	size_t n = smpp_encode(p, v);
	int len = 0;

	memset(theirs, 0, size);
	check(smpp34_unpack2(theirs, v, (int)n) == 0);
	check(smpp34_pack2(back, sizeof(back), &len, theirs) == 0);
	check_uint((uint64_t)len, n);
	check(memcmp(v, back, n) == 0);
}

static void
test_foreign_binds(void)
{
	struct smpp_pdu p = { .sequence = 5, .system_id = "fifteen.letters",
	    .password = "12345678", .interface_version = SMPP_VERSION };
	bind_transmitter_t t;
	bind_receiver_t r;
	bind_transceiver_t both;
	unbind_t u;

	test("libsmpp34: our binds and unbind");
	p.id = SMPP_BIND_TRANSMITTER;
	to_them(&p, &t, sizeof(t));
	check(strcmp((char *)t.system_id, p.system_id) == 0);
	check(strcmp((char *)t.password, p.password) == 0);
	p.id = SMPP_BIND_RECEIVER;
	to_them(&p, &r, sizeof(r));
	p.id = SMPP_BIND_TRANSCEIVER;
	to_them(&p, &both, sizeof(both));
	p = (struct smpp_pdu){ .id = SMPP_UNBIND, .sequence = 1 };
	to_them(&p, &u, sizeof(u));
}

static void
test_foreign_messages(void)
{
	struct smpp_pdu p = a_submit(SMPP_SUBMIT_SM);
	uint8_t text[140];
	submit_sm_t s;
	deliver_sm_resp_t r;

	test("libsmpp34: our submit_sm and deliver_sm_resp");
	memset(text, 0xa5, sizeof(text));
	p.text = text;
	p.len = sizeof(text);
	to_them(&p, &s, sizeof(s));
	check_uint(s.protocol_id, 0x48);
	check_uint(s.esm_class, 0x40);
	check_uint(s.sm_length, 140);
	check(memcmp(s.short_message, text, 140) == 0);
	p = (struct smpp_pdu){ .id = SMPP_DELIVER_SM | SMPP_RESPONSE,
	    .sequence = 3, .status = SMPP_RX_T_APPN };
	to_them(&p, &r, sizeof(r));
}

static void
test_foreign_deliver(void)
{
	deliver_sm_t d = { .command_id = DELIVER_SM, .sequence_number = 8,
	    .source_addr_ton = 1, .source_addr_npi = 1, .esm_class = 4,
	    .sm_length = 3 };
	tlv_t id = { .tag = TLVID_receipted_message_id, .length = 3 };
	tlv_t state = { .tag = TLVID_message_state, .length = 1 };
	uint8_t v[SMPP_PDU_MAX];
	struct smpp_pdu p;
	int len = 0;

	test("libsmpp34: their deliver_sm");
	strcpy((char *)d.source_addr, "4917");
	memcpy(d.short_message, "abc", 3);
	memcpy(id.value.octet, "id", 3);
	state.value.val08 = 5;
	check(build_tlv(&d.tlv, &id) == 0);
	check(build_tlv(&d.tlv, &state) == 0);
	check(smpp34_pack2(v, sizeof(v), &len, &d) == 0);
	destroy_tlv(d.tlv);
	check_ok(decode_pdu(&p, v, (size_t)len));
	check(strcmp(p.source.number, "4917") == 0);
	check(strcmp(p.receipted_message_id, "id") == 0);
	check_uint(p.message_state, 5);
	check_uint(p.len, 3);
	check(memcmp(p.text, "abc", 3) == 0);
}

#endif

/* ---- hostile octets ---- */

static void
test_measure(void)
{
	uint8_t v[64];
	size_t n;

	test("smpp: what is not whole, and lengths that none has");
	unhex(v, sizeof(v), "00000010" "00000015" "00000000" "00000001" "00");
	for (size_t len = 0; len < 16; len++) {
		check_ok(smpp_measure(v, len, &n));
		check_uint(n, 0);
	}
	check_ok(smpp_measure(v, 17, &n));
	check_uint(n, 16);
	be_write(v, 4, SMPP_READ_MAX);
	check_ok(smpp_measure(v, 17, &n));
	check_uint(n, 0);
	be_write(v, 4, SMPP_READ_MAX + 1);
	check_fail(smpp_measure(v, 4, &n), MALFORMED,
	    "command_length: found 70001, expected 16 to 70000");
	be_write(v, 4, 15);
	check_fail(smpp_measure(v, 4, &n), MALFORMED,
	    "command_length: found 15, expected 16 to 70000");
}

static void
test_cut(void)
{
	struct out o = { .len = 0 };
	struct smpp_pdu p = a_submit(SMPP_DELIVER_SM);
	size_t whole;
	uint64_t x = 1;

	test("smpp: cut at every length, and mutated");
	o.len = whole = smpp_encode(&p, o.v);
	o.len += unhex(o.v + o.len, 64, "001e" "0002" "6162" "0427" "0001"
	    "02");
	/* what is missing shows; but of short_message or a TLV it is for the
	   GPI to show */
	for (size_t len = SMPP_HEADER; len < o.len; len++)
		check((decode_pdu(&p, o.v, len) == OK) == (len >= whole - 9));
	for (int i = 0; i < 20000; i++) {
		struct out m = o;

		for (uint64_t k = noise(&x) % 8; k < 8; k++)
			mutate(&m, &x);
		if (m.len >= SMPP_HEADER)
			(void)!decode_pdu(&p, m.v, m.len);
		check(strlen(p.dest.number) < sizeof(p.dest.number));
	}

	test("smpp: no end of a number, and no PDU after it");
	check_fail(decode_hex(&p, "00000000" "00000005" "00000000" "00000009"
	    "00" "0101" "3131"), MALFORMED,
	    "deliver_sm: source_addr: found no end in 2 octets");
}

/* ---- what SMSCs make of a short message ---- */

#define GPI_UD "0605043f5f3f5f" "8801"
#define FROM_ON "0101" "3200" "40" "30" "00" "00" "00" "00" "00" "04" "00"
#define DELIVER "00000000" "00000005" "00000000" "80000001" "00"

/* A deliver_sm whose source_addr and rest are these; its text is GPI_UD. */
static void
delivers(struct smpp_pdu *p, const char *what, const char *source,
    const char *number, const char *rest)
{
	char hex[1024];

	test("smpp: %s", what);
	snprintf(hex, sizeof(hex), DELIVER "%s" FROM_ON "%s", source, rest);
	check_ok(decode_hex(p, hex));
	check_uint(p->sequence, 0x80000001);
	check(strcmp(p->source.number, number) == 0);
	check(strcmp(p->dest.number, "2") == 0);
	check_uint(p->esm_class, 0x40);
	check_uint(p->data_coding, 4);
	if (p->len == 9)
		check_hex(p->text, GPI_UD);
	else
		check(p->len == 0);
}

#define ODD_21 "313233343536373839303132333435363738393031"

static void
test_odd_strings(void)
{
	struct smpp_pdu p;

	delivers(&p, "no sender", "0000" "00", "", "09" GPI_UD);
	delivers(&p, "a text as sender, and types that none has", "05ff"
	    "c3bc9b00", "\xc3\xbc\x9b", "09" GPI_UD);
	delivers(&p, "a number of 21 characters and NUL", "0101" ODD_21 "00",
	    "12345678901234567890", "09" GPI_UD);
	delivers(&p, "a number that fills its 21 octets", "0101" ODD_21,
	    "12345678901234567890", "09" GPI_UD);
}

/* praekelt/python-smpp#7: NUL behind short_message; and other ends */
static void
test_ends(void)
{
	static const struct {
		const char *what, *rest;
		uint16_t port;
	} t[] = {
		{ "one NUL behind short_message", "09" GPI_UD "00", 0 },
		{ "two NULs", "09" GPI_UD "0000", 0 },
		{ "five NULs", "09" GPI_UD "0000000000", 0 },
		{ "NUL before TLVs", "09" GPI_UD "00" "020b00023f5f", 16223 },
		{ "NULs before TLVs", "09" GPI_UD "000000" "020b00023f5f"
		    "020c00020007", 16223 },
		{ "NULs behind TLVs", "09" GPI_UD "020b00023f5f" "000000",
		    16223 },
		{ "a NUL that sm_length counts, but is not there", "0a" GPI_UD,
		    0 },
		{ "a TLV that is cut", "09" GPI_UD "020b00023f5f" "020c0002ff",
		    16223 },
		{ "a TLV that is too long", "09" GPI_UD "020b00023f5f"
		    "0001ffff0000", 16223 },
		{ "the head of a TLV", "09" GPI_UD "020b00023f5f" "020c00",
		    16223 },
		{ "unknown TLVs", "09" GPI_UD "1400000101" "020b00023f5f"
		    "ffff0000", 16223 },
		{ "a TLV again: the last counts", "09" GPI_UD "020b00020001"
		    "020b00023f5f", 16223 },
		{ "a port of four octets", "09" GPI_UD "020b000400003f5f",
		    16223 },
		{ "a port that is none", "09" GPI_UD "020b000400013f5f", 0 },
		{ "message_payload alone", "00" "04240009" GPI_UD, 0 },
		{ "message_payload behind a NUL", "00" "00" "04240009" GPI_UD,
		    0 },
		{ "message_payload that says more than there is", "00"
		    "020b00023f5f" "0424ffff" GPI_UD, 16223 },
	};
	struct smpp_pdu p;

	for (size_t i = 0; i < COUNT(t); i++) {
		delivers(&p, t[i].what, "0101" "3100", "1", t[i].rest);
		check_uint(p.port, t[i].port);
		check_uint(p.len, 9);
	}
	delivers(&p, "both; and SAR in whichever width", "0101" "3100", "1",
	    "09" GPI_UD "042400028801" "020c00020107" "020e000102"
	    "020f00020001");
	check_uint(p.payload_len, 2);
	check_uint(p.sar_ref, 0x107);
	check_uint(p.sar_total, 2);
	check_uint(p.sar_number, 1);
	delivers(&p, "neither", "0101" "3100", "1", "00");
	check_uint(p.len, 0);
}

static void
test_data_sm(void)
{
	struct smpp_pdu p;

	test("smpp: data_sm, and its response");
	check_ok(decode_hex(&p, "00000000" "00000103" "00000000" "00000007"
	    "00" "0101" "343900" "0101" "353000" "40" "00" "04"
	    "020b00023f5f" "04240009" GPI_UD "00"));
	check(strcmp(p.source.number, "49") == 0);
	check(strcmp(p.dest.number, "50") == 0);
	check_uint(p.esm_class, 0x40);
	check_uint(p.port, 16223);
	check_uint(p.len, 9);
	check_hex(p.text, GPI_UD);
	p = (struct smpp_pdu){ .id = SMPP_DATA_SM | SMPP_RESPONSE,
	    .sequence = 7 };
	check_uint(smpp_encode(&p, pdu), 17);
	check_hex(pdu, "00000011" "80000103" "00000000" "00000007" "00");
}

int
main(int argc, char **argv)
{
	test_init(argc, argv);
	test_known();
	test_tlvs();
	test_responses();
#ifdef HAVE_SMPP34
	test_foreign_binds();
	test_foreign_messages();
	test_foreign_deliver();
#endif
	test_measure();
	test_cut();
	test_odd_strings();
	test_ends();
	test_data_sm();
	return test_end();
}
