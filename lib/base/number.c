/* number.c: decimal numbers. */
#include <errno.h>
#include <stdlib.h>

#include "base/number.h"

bool
number_read(const char *text, uint64_t min, uint64_t max, uint64_t *n)
{
	uint64_t value;
	char *end;

	/* strtoull() takes blanks and a sign before them */
	if (text[0] < '0' || text[0] > '9')
		return false;
	errno = 0;
	value = strtoull(text, &end, 10);
	if (*end != '\0' || errno != 0 || value < min || value > max)
		return false;
	*n = value;
	return true;
}
