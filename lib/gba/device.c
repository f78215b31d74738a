/* device.c: a registered device from options or a line of JSON. */
#include <string.h>

#include "gba/device.h"
#include "record/json.h"

static enum status
set(void *device, const char *name, const char *value)
{
	enum status status;
	enum key key;

	if (strcmp(name, "type") == 0 && strcmp(value, "device") == 0)
		return OK;
	status = record_key(RECORD_DEVICE, name, &key);
	return status == OK ? record_set(device, key, value) : status;
}

enum status
device_finish(struct record *device)
{
	record_put_uint(device, KEY_TYPE, RECORD_DEVICE);
	if (!record_has(device, HAS(APP_LBL)))
		record_put(device, KEY_APP_LBL, "", 0);
	if (!record_has(device, HAS(UM)))
		record_put_uint(device, KEY_UM, GBA_ME);
	return record_check(device);
}

enum status
device_read(struct record *device, const uint8_t *line, size_t len)
{
	enum status status;

	if (json_is_not(line, len))
		return record_decode_as(device, RECORD_DEVICE, line, len);
	record_init(device, RECORD_DEVICE);
	status = json_members((const char *)line, len, set, device);
	return status == OK ? device_finish(device) : status;
}
