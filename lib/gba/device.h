/*
 * device.h: a registered device from options or a line of JSON.
 */
#ifndef GBA_DEVICE_H
#define GBA_DEVICE_H

#include "record/record.h"

/* Set the fields that have defaults, and check.  OK or MALFORMED. */
MUST_USE enum status device_finish(struct record *device);

/* Read a device from a line of JSON or a record.  OK or MALFORMED. */
MUST_USE enum status device_read(struct record *device, const uint8_t *line,
    size_t len);

#endif
