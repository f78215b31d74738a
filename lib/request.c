/* request.c: what an MTC server asks of the BSF. */
#include "request.h"

#define ASKED (HAS(NAF_ID) | HAS(TRIGGER_IND) | HAS(TRIGGER_TIME) | \
    HAS(TRIGGER_MODE) | HAS(UE_ID_TYPE))
#define OF_DEVICE (HAS(UE_ID) | HAS(UE_PRIV_ID) | HAS(UE_TRP) | \
    HAS(APP_LBL) | HAS(UM))

void
request_put_p_tid(struct record *request, uint64_t ms,
    const uint8_t random[static P_TID_RANDOM])
{
	static const char digit[] = "0123456789abcdefghijklmnopqrstuv";
	uint8_t v[13] = { 0 };		/* 96 bits, and 4 to fill 20 x 5 */
	char p_tid[20];

	be_write(v, 6, ms);
	for (size_t i = 0; i < P_TID_RANDOM; i++)
		v[6 + i] = random[i];
	for (size_t i = 0; i < sizeof(p_tid); i++) {
		uint64_t two = be_read(v + 5 * i / 8, 2);

		p_tid[i] = digit[two >> (11 - 5 * i % 8) & 31];
	}
	record_put(request, KEY_P_TID, p_tid, sizeof(p_tid));
}

void
request_make(struct record *request, const struct record *template,
    const struct record *device, uint64_t key_lt)
{
	record_init(request, REQUEST);
	record_copy(request, template, ASKED);
	record_copy(request, device, OF_DEVICE);
	record_put_uint(request, KEY_KEY_LT, key_lt);
}

void
request_again(struct record *request, const struct record *old,
    uint64_t when, const struct record *sync_failure, uint64_t now)
{
	uint64_t key_lt = now + old->key_lt - when;

	record_init(request, REQUEST);
	record_copy(request, old, ASKED | OF_DEVICE | HAS(P_TID));
	record_copy(request, sync_failure, HAS(RAND) | HAS(AUTS));
	record_put_uint(request, KEY_KEY_LT,
	    key_lt <= UINT32_MAX ? key_lt : UINT32_MAX);
}
