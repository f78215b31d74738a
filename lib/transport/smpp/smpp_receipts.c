/* smpp_receipts.c: which message a delivery receipt is for. */
#include <string.h>

#include "transport/smpp/smpp_receipts.h"

const struct smpp_receipt *
smpp_receipts_await(struct smpp_receipts *r, struct awaited *a, const char *id)
{
	strcpy(a->id, id);
	if (id[0] == '\0')
		return NULL;
	HASH_ADD_STR(r->awaited, id, a);
	if (!HASH_ADDED(a))
		a->id[0] = '\0';	/* no memory: as if none came */
	for (size_t i = 0; i < r->early_count; i++)
		if (strcmp(r->early[i].id, id) == 0) {
			r->early[i].id[0] = '\0';
			return &r->early[i];
		}
	return NULL;
}

struct awaited *
smpp_receipts_find(const struct smpp_receipts *r, const char *id)
{
	struct awaited *a;

	HASH_FIND_STR(r->awaited, id, a);
	return a;
}

void
smpp_receipts_forget(struct smpp_receipts *r, struct awaited *a)
{
	if (a->id[0] != '\0')
		HASH_DEL(r->awaited, a);
	a->id[0] = '\0';
}

void
smpp_receipts_early(struct smpp_receipts *r, const struct smpp_receipt *receipt)
{
	r->early[r->early_next] = *receipt;
	r->early_next = (r->early_next + 1) % RECEIPTS_EARLY;
	if (r->early_count < RECEIPTS_EARLY)
		r->early_count++;
}

void
smpp_receipts_settled(struct smpp_receipts *r)
{
	r->early_count = r->early_next = 0;
}
