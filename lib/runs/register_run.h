/*
 * register_run.h: devices that are registered, one by options or many by a
 * file, and devices that are removed.
 */
#ifndef GBA_REGISTER_RUN_H
#define GBA_REGISTER_RUN_H

#include "runs/choice.h"

struct register_options {
	struct record device;	/* what the options say of one */
	bool ue_trp_any;	/* take addresses that nothing can send to */
};

/*
 * Put DEVICE's ue_trp into the one form that it is kept in, which is warned of,
 * unless any will do.  An address that is wrong shows now, not when a GPI is to
 * go there.  OK; or the failure of the address, usually USAGE.
 */
MUST_USE enum status register_ue_trp(const struct register_options *,
    struct record *device);

/* Check the options: one device, or a file.  OK; USAGE or so. */
MUST_USE enum status register_check(struct register_options *,
    const struct choice *);

/* Register the device of the options, or those of the operand's file. */
MUST_USE enum status register_run(const struct register_options *,
    struct db *);

/* Remove the devices of CHOICE. */
MUST_USE enum status unregister_run(const struct choice *, struct db *);

#endif
