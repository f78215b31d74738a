/* sms.c: a GPI as short messages. */
#include <string.h>

#include "sms/udh.h"

_Static_assert(WAP_MAX <= SMS_PARTS_MAX * SMS_PART_MAX, "a GPI fits");
_Static_assert(GPI_ROOM == SMS_PARTS_MAX * SMS_PART_MAX, "as do all parts");

/* For part NUMBER of TOTAL; a single part has no reference. */
static void
write_udh(struct sms_part *p, const struct sms_params *f, uint8_t ref,
    size_t total, size_t number)
{
	const uint8_t port[] = { PORT_16, 4, (uint8_t)(f->port >> 8),
	    (uint8_t)f->port, (uint8_t)(f->from_port >> 8),
	    (uint8_t)f->from_port };
	const uint8_t concat[] = { CONCAT_8, 3, ref, (uint8_t)total,
	    (uint8_t)number };
	size_t n = total > 1 ? sizeof(concat) : 0;

	p->v[0] = (uint8_t)(sizeof(port) + n);
	memcpy(p->v + 1, port, sizeof(port));
	memcpy(p->v + 1 + sizeof(port), concat, n);
	p->len = 1 + sizeof(port) + n;
}

enum status
sms_split(const struct sms_params *f, uint16_t ref, const uint8_t *gpi,
    size_t len, struct sms_part parts[static SMS_PARTS_MAX], size_t *count)
{
	uint8_t push[WAP_MAX];
	size_t total, n;

	*count = 0;
	if (len < 1 || len > GPI_MAX)
		return fail(REJECTED, "gpi: found %zu octets, expected 1 to "
		    "%d", len, GPI_MAX);
	if (f->wap) {
		len = wap_wrap(f->app_id, f->content_code, ref, gpi, len,
		    push);
		gpi = push;
	}
	total = len <= SMS_SINGLE_MAX ? 1 :
	    (len + SMS_PART_MAX - 1) / SMS_PART_MAX;
	for (struct sms_part *p = parts; *count < total; p++) {
		write_udh(p, f, (uint8_t)ref, total, ++*count);
		n = len < sizeof(p->v) - p->len ? len : sizeof(p->v) - p->len;
		memcpy(p->v + p->len, gpi, n);
		p->len += n;
		gpi += n;
		len -= n;
	}
	return OK;
}
