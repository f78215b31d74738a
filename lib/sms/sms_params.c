/* sms_params.c: what a URI asks of short messages. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "sms/sms.h"

enum param_kind {
	FLAG,		/* bool: no value */
	PORT,		/* uint16_t */
	NUMBER,		/* uint64_t */
	PHONE,		/* char[SMS_NUMBER_MAX + 1] */
	CODE,		/* uint16_t in hex */
	WAP		/* bool wap, and perhaps char app_id[] */
};

static const struct param {
	const char *name;
	enum param_kind kind;
	size_t at;
	uint64_t max;
} params_known[] = {
	{ "port", PORT, offsetof(struct sms_params, port), UINT16_MAX },
	{ "from-port", PORT, offsetof(struct sms_params, from_port),
	  UINT16_MAX },
	{ "wap", WAP, offsetof(struct sms_params, app_id), 0 },
	{ "type", CODE, offsetof(struct sms_params, content_code), 0 },
	{ "from", PHONE, offsetof(struct sms_params, from), 0 },
	{ "to", PHONE, offsetof(struct sms_params, to), 0 },
	{ "receipt", NUMBER, offsetof(struct sms_params, receipt), 86400 },
	{ "window", NUMBER, offsetof(struct sms_params, window), 1000 },
	{ "deliver", FLAG, offsetof(struct sms_params, deliver), 0 },
	{ "modem", FLAG, offsetof(struct sms_params, modem), 0 },
};

#define PARAM_MAX 128	/* characters of a parameter */

enum status
sms_number_valid(const char *number)
{
	const char *digits = number + (number[0] == '+');
	size_t n = strspn(digits, "0123456789");

	if (digits[n] != '\0' || n < 3 ||
	    n > (digits > number ? 15 : SMS_NUMBER_MAX))
		return fail(USAGE, "'%s' is not a number of + and 3 to 15 "
		    "digits, or of 3 to %d digits", number, SMS_NUMBER_MAX);
	return OK;
}

static enum status
read_number(const struct param *p, const char *value, uint64_t *n)
{
	return number_read(value, 1, p->max, n) ? OK :
	    fail(USAGE, "%s: '%s' is not a number from 1 to %" PRIu64,
	    p->name, value, p->max);
}

/* Set a parameter of each kind; for two kinds VALUE may be NULL. */
static enum status
set_param(struct sms_params *f, const struct param *p, const char *value)
{
	void *to = (char *)f + p->at;
	enum status status = OK;
	uint64_t n;

	switch (p->kind) {
	case FLAG:
		*(bool *)to = true;
		break;
	case PORT:
		if ((status = read_number(p, value, &n)) == OK)
			*(uint16_t *)to = (uint16_t)n;
		break;
	case NUMBER:
		status = read_number(p, value, to);
		break;
	case PHONE:
		if ((status = sms_number_valid(value)) != OK)
			return fail_in(status, "%s", p->name);
		strcpy(to, value);
		break;
	case CODE:
		if (!wap_code_read(value, to) || *(uint16_t *)to == 0)
			status = fail(USAGE, "%s: '%s' is not 0x and up to 4 "
			    "hex digits, other than 0", p->name, value);
		break;
	case WAP:
		f->wap = true;
		if (value != NULL && (status = wap_app_id_valid(value)) == OK)
			strcpy(to, value);
		break;
	}
	return status;
}

static enum status
unknown(const char *name)
{
	char known[COUNT(params_known) * 16] = "";

	for (size_t i = 0; i < COUNT(params_known); i++) {
		strcat(known, i > 0 ? ", " : "");
		strcat(known, params_known[i].name);
	}
	return fail(USAGE, "unknown parameter '%s'; use one of %s", name,
	    known);
}

/* Read one parameter; SEEN has a bit for each that was read before. */
static enum status
read_param(struct sms_params *f, char *name, unsigned *seen)
{
	char *value = strchr(name, '=');
	const struct param *p;
	size_t i;

	if (value != NULL)
		*value++ = '\0';
	for (i = 0; i < COUNT(params_known); i++)
		if (strcmp(params_known[i].name, name) == 0)
			break;
	if (i == COUNT(params_known))
		return unknown(name);
	p = &params_known[i];
	if (*seen & 1u << i)
		return fail(USAGE, "%s is given twice", name);
	*seen |= 1u << i;
	if (value != NULL && p->kind == FLAG)
		return fail(USAGE, "%s takes no value, such as '%s'", name,
		    value);
	if (value == NULL && p->kind != FLAG && p->kind != WAP)
		return fail(USAGE, "%s needs a value", name);
	return set_param(f, p, value);
}

enum status
sms_params_parse(struct sms_params *f, const char *params)
{
	const char *at = params != NULL ? params : "";
	char word[PARAM_MAX + 1];
	enum status status;
	unsigned seen = 0;
	size_t n;

	*f = (struct sms_params){ .window = 10, .app_id = WAP_APP_ID };
	while (*at != '\0') {
		n = strcspn(at, "&");
		if (n > PARAM_MAX)
			return fail(USAGE, "a parameter has %zu characters; %d "
			    "are possible", n, PARAM_MAX);
		snprintf(word, sizeof(word), "%.*s", (int)n, at);
		if ((status = read_param(f, word, &seen)) != OK)
			return status;
		at += n;
		if (*at == '&' && *++at == '\0')
			return unknown("");
	}
	if (f->port == 0)
		f->port = f->wap ? WAP_PORT : SMS_PORT;
	if (f->from_port == 0)
		f->from_port = f->wap ? WAP_FROM_PORT : SMS_PORT;
	return OK;
}
