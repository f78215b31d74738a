/* register_run.c: devices that are registered, or removed. */
#include <string.h>

#include "delivery/transports.h"
#include "gba/device.h"
#include "pipe/program.h"
#include "runs/register_run.h"
#include "store/store.h"

static const struct register_options *options;	/* of this run */

enum status
register_ue_trp(const struct register_options *o, struct record *device)
{
	char kept[TRANSPORT_KEPT_MAX], given[sizeof(device->ue_trp.v)];
	enum status status;

	if (o->ue_trp_any || !record_has(device, HAS(UE_TRP)))
		return OK;
	strcpy(given, device->ue_trp.v);
	if ((status = transport_keep(given, kept)) != OK ||
	    strcmp(given, kept) == 0)
		return status;
	if (record_set(device, KEY_UE_TRP, kept) != OK)
		return USAGE;
	warn("warning: ue_trp %s is kept as %s", given, kept);
	return OK;
}

enum status
register_check(struct register_options *o, const struct choice *choice)
{
	const struct opt_list *ids = &choice->ue_id;
	struct record *d = &o->device;
	enum status status;

	if (common.operand != NULL && (ids->count > 0 || d->has != 0))
		return fail(USAGE, "%s: give a FILE of devices or the options "
		    "of one, not both", common.operand);
	if (common.operand != NULL)
		return OK;
	if (ids->count == 0)
		return fail(USAGE, "give --ue-id ID, or a FILE of devices");
	if (ids->count > 1)
		return fail(USAGE, "give --ue-id ID once");
	if (!record_has(d, HAS(UE_TRP)))
		return fail(USAGE, "a device needs ue_trp (--ue-trp)");
	if ((status = register_ue_trp(o, d)) != OK)
		return fail_in(status, "--ue-trp");
	return record_set(d, KEY_UE_ID, ids->v[0]) == OK &&
	    device_finish(d) == OK ? OK : fail_in(USAGE, "register");
}

static enum status
read_device(struct record *device, const uint8_t *line, size_t len)
{
	enum status status;

	if ((status = device_read(device, line, len)) != OK)
		return status;
	if ((status = register_ue_trp(options, device)) != OK)
		return fail_in(status == USAGE ? MALFORMED : REJECTED,
		    "ue_trp");
	return OK;
}

static enum status
put_device(void *db, size_t i, const struct item *device, struct output *out)
{
	(void)i;
	(void)out;
	return device_put(db, device->r);
}

enum status
register_run(const struct register_options *o, struct db *db)
{
	const struct stage stage = { .read = read_device,
	    .framing = FRAMING_LINES_OR_SEQUENCE, .decide = put_device,
	    .db = db, .silent = true, .progress = true };
	enum status status;

	options = o;
	if (common.operand != NULL)
		return program_stream(&stage, db);
	if ((status = db_begin(db)) != OK)
		return status;
	return db_end(db, device_put(db, &o->device));
}

static enum status
remove_device(void *db, size_t i, const struct item *device,
    struct output *out)
{
	(void)i;
	(void)out;
	return device_remove(db, choice_ue_id(device));
}

enum status
unregister_run(const struct choice *choice, struct db *db)
{
	const struct stage stage = { .decide = remove_device, .db = db,
	    .complain = choice_complain, .silent = true };
	struct output none = { .fd = -1 };

	return choice_run(choice, db, &stage, db, &none);
}
