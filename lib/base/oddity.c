/* oddity.c: what stands in text that people write and should not. */
#include <ctype.h>
#include <stdio.h>

#include "base/oddity.h"

/* By what editors, word processors and web pages make of plain text. */
static const struct {
	uint32_t first, last;
	const char *name;
} odd[] = {
	{ 0x00a0, 0x00a0, "a no-break space" },
	{ 0x00ab, 0x00ab, "a typographic quote" },
	{ 0x00ad, 0x00ad, "a soft hyphen" },
	{ 0x00bb, 0x00bb, "a typographic quote" },
	{ 0x0660, 0x0669, "a digit of another script" },
	{ 0x06f0, 0x06f9, "a digit of another script" },
	{ 0x0966, 0x096f, "a digit of another script" },
	{ 0x1680, 0x1680, "a space of another kind" },
	{ 0x2000, 0x200a, "a space of another kind" },
	{ 0x200b, 0x200f, "an invisible character" },
	{ 0x2010, 0x2015, "a hyphen or dash of another kind" },
	{ 0x2018, 0x201f, "a typographic quote" },
	{ 0x2028, 0x202e, "an invisible character" },
	{ 0x202f, 0x202f, "a space of another kind" },
	{ 0x2039, 0x203a, "a typographic quote" },
	{ 0x205f, 0x205f, "a space of another kind" },
	{ 0x2060, 0x2064, "an invisible character" },
	{ 0x2212, 0x2212, "a hyphen or dash of another kind" },
	{ 0x3000, 0x3000, "a space of another kind" },
	{ 0xfeff, 0xfeff, "a byte order mark" },
	{ 0xff01, 0xff5e, "a full-width character" },
	{ 0x0080, 0x009f, "a control character" },
	{ 0x0080, 0x10ffff, "a character that is not ASCII" },
};

/* The character that V begins with in UTF-8, or 0: it is none. */
static uint32_t
character(const uint8_t *v, size_t len)
{
	size_t more = v[0] >= 0xf0 ? 3 : v[0] >= 0xe0 ? 2 : 1;
	uint32_t c = v[0] & (0x3fu >> more);

	if (v[0] < 0xc2 || v[0] > 0xf4 || len <= more)
		return 0;
	for (size_t i = 1; i <= more; i++) {
		if ((v[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (v[i] & 0x3f);
	}
	return c <= 0x10ffff ? c : 0;
}

const char *
oddity(const char *v, size_t len, char out[static ODDITY_MAX])
{
	const uint8_t *p = (const uint8_t *)v;
	uint32_t c;
	size_t i = 0;

	while (len > 0 && *p < 0x80) {
		p++;
		len--;
	}
	if (len == 0)
		return NULL;
	if ((c = character(p, len)) < 0x80) {
		snprintf(out, ODDITY_MAX, "an octet that is not UTF-8 (%02x)",
		    *p);
		return out;
	}
	while (c < odd[i].first || c > odd[i].last)
		if (++i == COUNT(odd))
			return NULL;
	snprintf(out, ODDITY_MAX, "%s (U+%04X)", odd[i].name, c);
	return out;
}

const char *
oddity_in_hex(const char *v, size_t len, char out[static ODDITY_MAX])
{
	static const struct {
		char c;
		const char *name;
	} between[] = {
		{ ' ', "a blank" }, { '\t', "a tab" }, { ':', "a colon" },
		{ '-', "a hyphen" }, { ',', "a comma" }, { '"', "a quote" },
		{ '\'', "a quote" }, { '\0', "a NUL octet" },
	};
	size_t i = 0;

	while (i < len && isxdigit((unsigned char)v[i]))
		i++;
	if (i == len) {
		snprintf(out, ODDITY_MAX, "an odd number of digits");
		return len % 2 != 0 ? out : NULL;
	}
	for (size_t k = 0; k < COUNT(between); k++)
		if (v[i] == between[k].c) {
			snprintf(out, ODDITY_MAX, "%s", between[k].name);
			return out;
		}
	return oddity(v + i, len - i, out);
}
