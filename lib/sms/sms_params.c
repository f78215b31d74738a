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
	PARAM_TEXT,	/* char[MAX + 1] */
	PARAM_OCTET,	/* int16_t */
	VALIDITY,	/* uint64_t */
	CODE,		/* uint16_t in hex */
	WAP		/* bool wap, and perhaps char app_id[] */
};

#define AT(member) offsetof(struct sms_params, member)

static const struct param {
	const char *name;
	enum param_kind kind;
	size_t at;
	uint64_t max;	/* of a number; characters of a text */
} params_known[] = {
	{ "port", PORT, AT(port), UINT16_MAX },
	{ "from-port", PORT, AT(from_port), UINT16_MAX },
	{ "wap", WAP, AT(app_id), 0 },
	{ "type", CODE, AT(content_code), 0 },
	{ "from", PARAM_TEXT, AT(from), SMS_NUMBER_MAX },
	{ "to", PHONE, AT(to), 0 },
	{ "receipt", NUMBER, AT(receipt), 86400 },
	{ "window", NUMBER, AT(window), 1000 },
	{ "deliver", FLAG, AT(deliver), 0 },
	{ "modem", FLAG, AT(modem), 0 },
	{ "validity", VALIDITY, AT(validity), UINT32_MAX },
	{ "service-type", PARAM_TEXT, AT(service_type), 5 },
	{ "data-coding", PARAM_OCTET, AT(data_coding), UINT8_MAX },
	{ "from-ton", PARAM_OCTET, AT(from_ton), UINT8_MAX },
	{ "from-npi", PARAM_OCTET, AT(from_npi), UINT8_MAX },
	{ "to-ton", PARAM_OCTET, AT(to_ton), UINT8_MAX },
	{ "to-npi", PARAM_OCTET, AT(to_npi), UINT8_MAX },
	{ "system-type", PARAM_TEXT, AT(system_type), 12 },
	{ "address-range", PARAM_TEXT, AT(address_range), 40 },
	{ "address-ton", PARAM_OCTET, AT(address_ton), UINT8_MAX },
	{ "address-npi", PARAM_OCTET, AT(address_npi), UINT8_MAX },
	{ "interface-version", PARAM_OCTET, AT(interface_version),
	  UINT8_MAX },
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

/* RFC 3986 clause 2.1: %XX is an octet. */
static enum status
read_text(const struct param *p, const char *value, char *to)
{
	const char *v = value;
	uint64_t n = 0;
	uint8_t c = 1;

	for (; *v != '\0' && c != 0 && n < p->max; v++) {
		c = (uint8_t)*v;
		if (c == '%' && hex_decode(&c, 1, v + 1,
		    strnlen(v + 1, 2)) == 1)
			v += 2;
		else if (c == '%')
			c = 0;
		if (c < ' ' || c > '~')
			c = 0;
		to[n++] = (char)c;
	}
	to[n] = '\0';
	if (n > 0 && c != 0 && *v == '\0')
		return OK;
	return fail(USAGE, "%s: '%s' is not a text of 1 to %" PRIu64
	    " ASCII characters, each perhaps as %%XX", p->name, value, p->max);
}

/* Hex, as most of its values are written, or decimal. */
static enum status
read_octet(const struct param *p, const char *value, int16_t *to)
{
	bool hex = strncmp(value, "0x", 2) == 0;
	uint16_t code;
	uint64_t n;

	if (hex && strlen(value) <= 4 && wap_code_read(value, &code))
		n = code;
	else if (hex || !number_read(value, 0, p->max, &n))
		return fail(USAGE, "%s: '%s' is not a number from 0 to %"
		    PRIu64 ", or 0x and two hex digits", p->name, value,
		    p->max);
	*to = (int16_t)n;
	return OK;
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
	case PARAM_TEXT:
		return read_text(p, value, to);
	case PARAM_OCTET:
		return read_octet(p, value, to);
	case VALIDITY:
		if (strcmp(value, "none") == 0)
			*(uint64_t *)to = 0;
		else
			status = read_number(p, value, to);
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
	char known[COUNT(params_known) * 20] = "";

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

	*f = (struct sms_params){ .window = 10, .app_id = WAP_APP_ID,
	    .from_ton = -1, .from_npi = -1, .to_ton = -1, .to_npi = -1,
	    .data_coding = -1, .address_ton = -1, .address_npi = -1,
	    .interface_version = -1, .validity = SMS_VALIDITY_KEY };
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
	/* TON 5 is alphanumeric, SMPP 3.4 clause 5.2.5 */
	if (f->from[0] != '\0' && f->from_ton != 5 &&
	    (status = sms_number_valid(f->from)) != OK)
		return fail_in(status, "from");
	if (f->port == 0)
		f->port = f->wap ? WAP_PORT : SMS_PORT;
	if (f->from_port == 0)
		f->from_port = f->wap ? WAP_FROM_PORT : SMS_PORT;
	return OK;
}
