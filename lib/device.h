/*
 * device.h: a registered device as people write it down: options, or a line
 * of JSON.
 */
#ifndef GBA_DEVICE_H
#define GBA_DEVICE_H

#include "record.h"

/*
 * Set the field NAME of a record of type DEVICE.  OK; MALFORMED where a device
 * has no such field.  It is a member_fn (json.h).
 */
MUST_USE enum status device_set(void *device, const char *name,
    const char *value);

/* Fill in what has a default, and check.  OK or MALFORMED. */
MUST_USE enum status device_finish(struct record *device);

#endif
