/*
 * hss.h: the HSS's store, `hss.db': subscribers with their K and SQN.
 */
#ifndef GBA_HSS_H
#define GBA_HSS_H

#include "walk.h"

extern const struct schema hss_schema;

/*
 * Add a subscriber, with his ue_ids.  OK; REJECTED where his IMPI, IMSI or a
 * public identity is somebody's already; FAILED.
 */
MUST_USE enum status hss_add(struct db *, const struct record *subscriber);

/*
 * Find whom ID names: a public identity, or the IMPI, each in its own
 * namespace.  OK with his record and row; REJECTED where nobody; FAILED.
 */
MUST_USE enum status hss_find(struct db *, enum ue_id_type, const char *id,
    struct record *subscriber, uint64_t *row);

/* Write SQN, the last one used, or the whole subscriber of a row. */
MUST_USE enum status hss_put_sqn(struct db *, uint64_t row, uint64_t sqn);
MUST_USE enum status hss_put(struct db *, uint64_t row,
    const struct record *subscriber);

MUST_USE enum status hss_remove(struct db *, uint64_t row);
MUST_USE enum status hss_each(struct db *, each_fn *, void *);

#endif
