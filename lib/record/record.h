/*
 * record.h: the records on pipes and in stores, and the one table of their
 * fields, from which all are encoded, decoded, checked and shown.
 *
 * To add a field: a key and a member here, a row in fields.c, a line in
 * gpi(5) and in records.cddl.
 */
#ifndef GBA_RECORD_H
#define GBA_RECORD_H

#include "record/cbor.h"

#define RECORD_MAX ITEM_MAX
#define FQDN_MAX 253
#define UA_LEN 5	/* the Ua security protocol identifier of a NAF_Id */
#define GPI_MAX 1024
#define RANDS_MAX 32	/* RANDs that a card remembers */

enum record_type {
	RECORD_GPI = 0,	/* an array, not a map; see gpi.h */
	RECORD_REQUEST = 1,
	RECORD_DRAFT,
	RECORD_RESPONSE,
	RECORD_NAF_SA,
	RECORD_ACCEPTED,	/* a UE SA,
	    and the trigger until it is stored */
	RECORD_SYNC_FAILURE,
	RECORD_TRIGGER_RESPONSE,
	RECORD_REPORT,
	RECORD_DEVICE,		/* what `mtc-trigger register' knows */
	RECORD_CARD,		/* a USIM */
	RECORD_SUBSCRIBER,	/* what an HSS knows */
	RECORD_TRIGGER,	/* what `mtc-trigger status' shows */
	RECORD_TYPES
};

enum key {
	KEY_TYPE, KEY_VER, KEY_RAND, KEY_AUTN, KEY_APP_LBL, KEY_UM,
	KEY_NAF_ID, KEY_KEY_LT, KEY_P_TID, KEY_MAC, KEY_TRIGGER_IND,
	KEY_TRIGGER_TIME, KEY_TRIGGER_MODE, KEY_UE_ID, KEY_UE_PRIV_ID,
	KEY_UE_TRP, KEY_GPI, KEY_ENC_GPI, KEY_KS_NAF, KEY_KS_INT_NAF,
	KEY_K_GPI, KEY_UL_SA_ID, KEY_DL_SA_ID, KEY_AUTS, KEY_UE_ID_TYPE,
	KEY_TIME, KEY_STATE, KEY_DETAIL,
	/* from here on this implementation's own */
	KEY_C2, KEY_K, KEY_OPC, KEY_TOPC, KEY_ALGORITHM, KEY_ITERATIONS,
	KEY_AMF, KEY_SQN, KEY_IND, KEY_IMSI, KEY_UE_IDS, KEY_BSF, KEY_SEQ,
	KEY_RANDS, KEY_REQUESTED, KEY_ANSWERED, KEY_STORED, KEY_SENT,
	KEY_DELIVERED, KEY_RESPONDED, KEY_CONNECTED, KEY_EXPIRED, KEY_FAILED,
	KEY_BOOT_ID, KEY_UPTIME,
	KEY_COUNT
};
#define HAS(key) (UINT64_C(1) << KEY_ ## key)

enum um { GBA_ME, GBA_U };
enum trigger_ind { TRIGGER_CONNECT = 1, TRIGGER_REPORT, TRIGGER_BOOTSTRAP,
    TRIGGER_REGISTRATION };
enum trigger_mode { MODE_NONE, MODE_INTEGRITY, MODE_FULL };
enum ue_id_type { ID_PRIVATE, ID_PUBLIC };
enum state {
	STATE_ACCEPTED, STATE_REFUSED,	/* of a trigger response */
	STATE_REQUESTED, STATE_ANSWERED, STATE_STORED, STATE_SENT,
	STATE_DELIVERED, STATE_RESPONDED, STATE_CONNECTED, STATE_EXPIRED,
	STATE_FAILED
};

/*
 * Any record: a value, without pointers.  HAS has one bit for each key that is
 * present; the other members are undefined.  Names and bounds are those of
 * gpi(5); lengths are in octets, times in seconds since 1970-01-01 UTC.  Short
 * members, which include all secret ones, come first: record_wipe() erases all
 * of these, but from RECORD_LONG on only the members that are present.
 */
struct record {
	uint64_t has;
	uint64_t type, ver;
	uint64_t um, key_lt;
	uint64_t trigger_ind, trigger_time, trigger_mode;
	uint64_t ue_id_type, time, state;
	uint64_t algorithm, iterations, sqn, ind;
	/* when a trigger came into each state */
	uint64_t requested, answered, stored, sent, delivered, responded,
	    connected, expired, failed;
	uint64_t uptime;
	OCTETS(16) rand;
	OCTETS(16) autn;
	OCTETS(16) app_lbl;
	OCTETS(16) mac;
	OCTETS(16) boot_id;
	OCTETS(32) ks_naf;
	OCTETS(32) ks_int_naf;
	OCTETS(32) k_gpi;
	OCTETS(32) k;
	OCTETS(16) opc;
	OCTETS(32) topc;
	OCTETS(14) auts;
	OCTETS(2) amf;
	OCTETS(9) c2;		/* the sealed trigger of a GPI */
	TEXT(15) imsi;
	TEXT(64) p_tid;
	TEXT(64) ul_sa_id;
	/* RECORD_LONG */
	OCTETS(FQDN_MAX + UA_LEN) naf_id;
	TEXT(255) ue_id;
	TEXT(255) ue_priv_id;
	TEXT(255) ue_trp;
	OCTETS(GPI_MAX) gpi;
	OCTETS(512) enc_gpi;	/* C1, then the MAC */
	TEXT(286) dl_sa_id;
	TEXT(255) detail;
	TEXT(1024) ue_ids;	/* public identities, separated by spaces */
	TEXT(FQDN_MAX) bsf;
	OCTETS(6 * 32) seq;	/* SEQ_MS for each IND, 6 octets each */
	OCTETS(16 * RANDS_MAX) rands;	/* the newest last */
};
#define RECORD_LONG offsetof(struct record, naf_id)

/* ---- the table ---- */

enum kind { KIND_UINT, KIND_BYTES, KIND_STRING, KIND_WORDS };
enum charset { CHARSET_ANY, CHARSET_VISIBLE, CHARSET_LINE, CHARSET_TOKEN,
    CHARSET_FQDN, CHARSET_DIGITS, CHARSET_NAF_ID, CHARSET_DL_SA_ID };
enum shown { SHOWN_ALWAYS, SHOWN_SECRET,
    SHOWN_MOMENT };	/* MOMENT: text adds the date */

struct field {
	const char *name;
	size_t offset;			/* in struct record */
	enum kind kind;
	enum charset charset;
	uint64_t min, max;		/* of the value, or of the length */
	enum shown shown;
	const char *columns;		/* for each type m, o or . */
	const char *const *words;	/* of an enumeration, or NULL */
};

extern const struct field fields[KEY_COUNT];

/* The beginning that all string members share, whatever their size. */
struct octets {
	uint16_t len;
	uint8_t v[];
};

static inline uint64_t *
number_at(const struct record *r, const struct field *f)
{
	return (uint64_t *)(void *)((uintptr_t)r + f->offset);
}

static inline struct octets *
octets_at(const struct record *r, const struct field *f)
{
	return (struct octets *)(void *)((uintptr_t)r + f->offset);
}

/* Check that a value is within a field's bounds.  OK or MALFORMED. */
MUST_USE enum status field_check_number(const struct field *, uint64_t);
MUST_USE enum status field_check_string(const struct field *,
    const uint8_t *v, uint64_t len);

/* The index of the field NAME of LEN characters, or -1. */
int field_find(const char *name, size_t len);

/* The word for VALUE of an enumeration KEY, or "?" */
const char *field_word(enum key, uint64_t value);

/* ---- records ---- */

void record_init(struct record *, enum record_type);

/* Erase all values of R, and all secrets that it ever had. */
void record_wipe(struct record *);

static inline bool
record_has(const struct record *r, uint64_t mask)
{
	return (r->has & mask) == mask;
}

/*
 * Write R deterministically (RFC 8949 section 4.2.1) to OUT; returns its
 * length.  record_check() must accept R.
 */
size_t record_encode(const struct record *, uint8_t out[static RECORD_MAX]);

/*
 * Decode the record that the LEN octets IN begin with; sets *N to its length.
 * OK; MALFORMED, which names the field, also where IN ends before the record
 * does: cbor_measure() tells whether more octets would help.
 */
MUST_USE enum status record_read(struct record *, const uint8_t *in,
    size_t len, size_t *n);

/* Decode one record of LEN octets.  OK; MALFORMED names the field. */
MUST_USE enum status record_decode(struct record *, const uint8_t *in,
    size_t len);

/* The same for a record that must have this type. */
MUST_USE enum status record_decode_as(struct record *, enum record_type,
    const uint8_t *in, size_t len);

/* Check keys, bounds and the rules between fields.  OK or MALFORMED. */
MUST_USE enum status record_check(const struct record *);

/* Check only the keys; the values are known to be good. */
MUST_USE enum status record_check_keys(const struct record *);

/*
 * Set one field from text, perhaps with blanks around it: digits, hex with or
 * without 0x, a word, FQDN/UA, or the text itself.
 * OK; MALFORMED if it is out of bounds, and R does not change.
 */
MUST_USE enum status record_set(struct record *, enum key, const char *);

/*
 * The key of the field NAME of a record of TYPE; the field `type' does not
 * count.  OK; MALFORMED if the type has no such field.
 */
MUST_USE enum status record_key(enum record_type, const char *name,
    enum key *);

/* Set a string field to LEN octets V, which the caller knows to fit. */
void record_put(struct record *, enum key, const void *v, size_t len);

/* Set an integer field to a value which the caller knows to fit. */
void record_put_uint(struct record *, enum key, uint64_t);

/* Copy the fields that are in MASK and that FROM has. */
void record_copy(struct record *to, const struct record *from, uint64_t mask);

/* ---- NAF_Id ---- */

/* The FQDN of R's naf_id, with NUL, to OUT; returns OUT. */
char *record_naf_fqdn(const struct record *, char out[static FQDN_MAX + 1]);

/* The last five octets of R's naf_id. */
const uint8_t *record_ua(const struct record *);

/*
 * Whether NAME, as somebody wrote it, has a dot too many: at an end, or two in
 * a row.  Keys are bound to each of its octets.
 */
bool fqdn_dots(const char *name, size_t len);

/* Whether NAME is lower-case letters, digits, hyphens and dots, 1..253. */
bool fqdn_valid(const char *name, size_t len);

/* DL_SA_Id = hex of RAND, `@', NAF FQDN (TS 24.109 clause 4A.1); sets it. */
void record_put_dl_sa_id(struct record *, const uint8_t rand[static 16]);

#endif
