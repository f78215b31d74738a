/*
 * fields.c: the table of all fields of all records, the tables of gpi(5) as
 * rows.  All code that handles fields reads it.
 */
#include <string.h>

#include "record/record.h"

#define MEMBER(m) (((struct record *)0)->m)
#define FITS(m, max) (0 * sizeof(char[sizeof(MEMBER(m).v) >= (max) ? 1 : -1]))

/* A row of each kind.  A member of another type does not compile. */
#define NUMBER(m, min, max, shown, columns, words) \
	{ #m, _Generic(MEMBER(m), uint64_t: offsetof(struct record, m)), \
	  KIND_UINT, CHARSET_ANY, min, max, SHOWN_##shown, columns, words }
#define OCTET(m, charset, min, max, shown, columns) \
	{ #m, _Generic(&MEMBER(m).v[0], uint8_t *: \
	    offsetof(struct record, m)) + FITS(m, max), \
	  KIND_BYTES, CHARSET_##charset, min, max, SHOWN_##shown, columns, NULL }
#define CHARS(m, name, kind, charset, min, max, columns) \
	{ name, _Generic(&MEMBER(m).v[0], char *: \
	    offsetof(struct record, m)) + FITS(m, max), \
	  KIND_##kind, CHARSET_##charset, min, max, SHOWN_ALWAYS, columns, NULL }
#define STR(m, charset, min, max, columns) \
	CHARS(m, #m, STRING, charset, min, max, columns)

#define U32 UINT32_MAX

static const char *const type_words[] = { "gpi", "request", "draft",
    "response", "naf-sa", "accepted", "sync-failure", "trigger-response",
    "report", "device", "card", "subscriber", "trigger", NULL };
static const char *const um_words[] = { "me", "u", NULL };
static const char *const mode_words[] = { "none", "integrity", "full", NULL };
static const char *const id_type_words[] = { "private", "public", NULL };
static const char *const state_words[] = { "accepted", "refused", "requested",
    "answered", "stored", "sent", "delivered", "responded", "connected",
    "expired", "failed", NULL };
static const char *const algorithm_words[] = { "milenage", "tuak", NULL };

/*
 * Columns: GPI (opened or not) | request draft response | NAF-SA accepted
 * sync-failure | trigger-response report | device card subscriber trigger.
 * m must, o may, . must not.
 */
const struct field fields[KEY_COUNT] = {
/*                                                     shown   g rdr nas tr dcst */
[KEY_TYPE] = NUMBER(type, 0, RECORD_TYPES - 1,         ALWAYS, "mmmmmmmmmmmmm", type_words),
[KEY_VER] = NUMBER(ver, 1, 1,                          ALWAYS, "m.m..........", NULL),
[KEY_RAND] = OCTET(rand, ANY, 16, 16,                  ALWAYS, "mom.mmm......"),
[KEY_AUTN] = OCTET(autn, ANY, 16, 16,                  ALWAYS, "m.m.mm......."),
[KEY_APP_LBL] = OCTET(app_lbl, ANY, 0, 16,             ALWAYS, "mmm.mm...m..o"),
[KEY_UM] = NUMBER(um, 0, 1,                            ALWAYS, "mmm.mm...m..o", um_words),
[KEY_NAF_ID] = OCTET(naf_id, NAF_ID, 6, 258,           ALWAYS, "ommmmm......m"),
[KEY_KEY_LT] = NUMBER(key_lt, 1, U32,                  MOMENT, "ommmmm......m", NULL),
[KEY_P_TID] = STR(p_tid, TOKEN, 1, 64,                        "ommm...mm...m"),
[KEY_MAC] = OCTET(mac, ANY, 16, 16,                    ALWAYS, "m...m........"),
[KEY_TRIGGER_IND] = NUMBER(trigger_ind, 1, 65535,      ALWAYS, "ooo..o.o....o", NULL),
[KEY_TRIGGER_TIME] = NUMBER(trigger_time, 1, U32,      ALWAYS, "ooo..o......o", NULL),
[KEY_TRIGGER_MODE] = NUMBER(trigger_mode, 0, 2,        ALWAYS, "ooo..o......o", mode_words),
[KEY_UE_ID] = STR(ue_id, VISIBLE, 1, 255,                     ".mmmmo..om..m"),
[KEY_UE_PRIV_ID] = STR(ue_priv_id, VISIBLE, 1, 255,           ".oooom...ommo"),
[KEY_UE_TRP] = STR(ue_trp, VISIBLE, 1, 255,                   ".ooom...om..o"),
[KEY_GPI] = OCTET(gpi, ANY, 1, GPI_MAX,                ALWAYS, "...m.m......."),
[KEY_ENC_GPI] = OCTET(enc_gpi, ANY, 17, 512,           ALWAYS, "m...m........"),
[KEY_KS_NAF] = OCTET(ks_naf, ANY, 32, 32,              SECRET, "..mmmm......."),
[KEY_KS_INT_NAF] = OCTET(ks_int_naf, ANY, 32, 32,      SECRET, "..oooo......."),
[KEY_K_GPI] = OCTET(k_gpi, ANY, 32, 32,                SECRET, "..m.........."),
[KEY_UL_SA_ID] = STR(ul_sa_id, TOKEN, 1, 64,                  "....mm......."),
[KEY_DL_SA_ID] = STR(dl_sa_id, DL_SA_ID, 34, 286,             "....mm......."),
[KEY_AUTS] = OCTET(auts, ANY, 14, 14,                  ALWAYS, ".o....m......"),
[KEY_UE_ID_TYPE] = NUMBER(ue_id_type, 0, 1,            ALWAYS, ".o..........o", id_type_words),
[KEY_TIME] = NUMBER(time, 1, U32,                      MOMENT, ".....mmmm...m", NULL),
[KEY_STATE] = NUMBER(state, 0, 10,                     ALWAYS, ".......om...m", state_words),
[KEY_DETAIL] = STR(detail, LINE, 0, 255,                      ".......oo...o"),
[KEY_C2] = OCTET(c2, ANY, 2, 9,                        ALWAYS, "o............"),
[KEY_K] = OCTET(k, ANY, 16, 32,                        SECRET, "..........mm."),
[KEY_OPC] = OCTET(opc, ANY, 16, 16,                    SECRET, "..........oo."),
[KEY_TOPC] = OCTET(topc, ANY, 32, 32,                  SECRET, "..........oo."),
[KEY_ALGORITHM] = NUMBER(algorithm, 0, 1,              ALWAYS, "..........mm.", algorithm_words),
[KEY_ITERATIONS] = NUMBER(iterations, 1, 255,          ALWAYS, "..........oo.", NULL),
[KEY_AMF] = OCTET(amf, ANY, 2, 2,                      ALWAYS, "...........m."),
[KEY_SQN] = NUMBER(sqn, 0, 0xffffffffffff,             ALWAYS, "...........m.", NULL),
[KEY_IND] = NUMBER(ind, 0, 31,                         ALWAYS, "...........o.", NULL),
[KEY_IMSI] = STR(imsi, DIGITS, 6, 15,                         "...........o."),
[KEY_UE_IDS] = CHARS(ue_ids, "ue_id", WORDS, LINE, 1, 1024,   "...........o."),
[KEY_BSF] = STR(bsf, FQDN, 1, FQDN_MAX,                       "..........m.."),
[KEY_SEQ] = OCTET(seq, ANY, 192, 192,                  ALWAYS, "..........m.."),
[KEY_RANDS] = OCTET(rands, ANY, 0, 16 * RANDS_MAX,     ALWAYS, "..........m.."),
[KEY_REQUESTED] = NUMBER(requested, 1, U32,            MOMENT, "............o", NULL),
[KEY_ANSWERED] = NUMBER(answered, 1, U32,              MOMENT, "............o", NULL),
[KEY_STORED] = NUMBER(stored, 1, U32,                  MOMENT, "............o", NULL),
[KEY_SENT] = NUMBER(sent, 1, U32,                      MOMENT, "............o", NULL),
[KEY_DELIVERED] = NUMBER(delivered, 1, U32,            MOMENT, "............o", NULL),
[KEY_RESPONDED] = NUMBER(responded, 1, U32,            MOMENT, "............o", NULL),
[KEY_CONNECTED] = NUMBER(connected, 1, U32,            MOMENT, "............o", NULL),
[KEY_EXPIRED] = NUMBER(expired, 1, U32,                MOMENT, "............o", NULL),
[KEY_FAILED] = NUMBER(failed, 1, U32,                  MOMENT, "............o", NULL),
[KEY_BOOT_ID] = OCTET(boot_id, ANY, 16, 16,            ALWAYS, ".....o......."),
[KEY_UPTIME] = NUMBER(uptime, 0, 0xffffffffffff,       ALWAYS, ".....o.......", NULL),
};

int
field_find(const char *name, size_t len)
{
	for (int key = 0; key < KEY_COUNT; key++)
		if (strlen(fields[key].name) == len &&
		    memcmp(fields[key].name, name, len) == 0)
			return key;
	return -1;
}

const char *
field_word(enum key key, uint64_t value)
{
	const char *const *words = fields[key].words;

	for (uint64_t i = 0; words[i] != NULL; i++)
		if (i == value)
			return words[i];
	return "?";
}
