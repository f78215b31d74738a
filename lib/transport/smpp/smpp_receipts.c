/* smpp_receipts.c: which message a delivery receipt is for. */
#include <string.h>

#include "transport/smpp/smpp_receipts.h"

/* FNV-1a: ids are counters as often as not. */
static size_t
bucket(const char *id)
{
	uint32_t hash = 2166136261;

	for (; *id != '\0'; id++)
		hash = (hash ^ (uint8_t)*id) * 16777619;
	return hash % RECEIPTS_BUCKETS;
}

const struct smpp_receipt *
smpp_receipts_await(struct smpp_receipts *r, struct awaited *a, const char *id)
{
	struct awaited **head = &r->bucket[bucket(id)];

	strcpy(a->id, id);
	if (id[0] == '\0')
		return NULL;
	a->next = *head;
	*head = a;
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
	struct awaited *a = r->bucket[bucket(id)];

	while (a != NULL && strcmp(a->id, id) != 0)
		a = a->next;
	return a;
}

void
smpp_receipts_forget(struct smpp_receipts *r, struct awaited *a)
{
	struct awaited **at = &r->bucket[bucket(a->id)];

	if (a->id[0] == '\0')
		return;
	while (*at != a)
		at = &(*at)->next;
	*at = a->next;
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
