/* request.c: requests of the MTC server to the BSF. */
#include <string.h>

#include "gba/request.h"

#define ASKED (HAS(NAF_ID) | HAS(TRIGGER_IND) | HAS(TRIGGER_TIME) | \
    HAS(TRIGGER_MODE) | HAS(UE_ID_TYPE))
#define OF_DEVICE (HAS(UE_ID) | HAS(UE_PRIV_ID) | HAS(UE_TRP) | \
    HAS(APP_LBL) | HAS(UM))

void
request_make(struct record *request, const struct record *template,
    const struct record *device, uint64_t key_lt)
{
	record_init(request, RECORD_REQUEST);
	record_copy(request, template, ASKED);
	record_copy(request, device, OF_DEVICE);
	record_put_uint(request, KEY_KEY_LT, key_lt);
}

void
request_again(struct record *request, const struct record *old,
    uint64_t when, const struct record *sync_failure, uint64_t now)
{
	uint64_t key_lt = now + old->key_lt - when;

	record_init(request, RECORD_REQUEST);
	record_copy(request, old, ASKED | OF_DEVICE | HAS(P_TID));
	record_copy(request, sync_failure, HAS(RAND) | HAS(AUTS));
	record_put_uint(request, KEY_KEY_LT,
	    key_lt <= UINT32_MAX ? key_lt : UINT32_MAX);
}
