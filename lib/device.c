/* device.c: a registered device as people write it down. */
#include <string.h>

#include "device.h"

enum status
device_set(void *device, const char *name, const char *value)
{
	int key = field_find(name, strlen(name));

	if (key == KEY_TYPE && strcmp(value, "device") == 0)
		return OK;
	if (key <= KEY_TYPE || fields[key].columns[DEVICE] == '.')
		return fail(MALFORMED, "%.40s: found, expected a field of a "
		    "device", name);
	return record_set(device, (enum key)key, value);
}

enum status
device_finish(struct record *device)
{
	record_put_uint(device, KEY_TYPE, DEVICE);
	if (!record_has(device, HAS(APP_LBL)))
		record_put(device, KEY_APP_LBL, "", 0);
	if (!record_has(device, HAS(UM)))
		record_put_uint(device, KEY_UM, GBA_ME);
	return record_check(device);
}
