/* octets.c: octet and text strings that live inside their struct. */
#include <string.h>

#include "base/octets.h"

char *
hex_encode(char *out, const uint8_t *in, size_t n)
{
	static const char digit[] = "0123456789abcdef";
	char *p = out;

	for (; n > 0; n--, in++) {
		*p++ = digit[*in >> 4];
		*p++ = digit[*in & 15];
	}
	*p = '\0';
	return out;
}

static int
nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
hex_decode(uint8_t *out, size_t max, const char *hex, size_t len)
{
	int hi, lo;

	if (len % 2 != 0 || len / 2 > max)
		return -1;
	for (size_t i = 0; i < len / 2; i++) {
		hi = nibble(hex[2 * i]);
		lo = nibble(hex[2 * i + 1]);
		if (hi < 0 || lo < 0)
			return -1;
		out[i] = (uint8_t)(hi << 4 | lo);
	}
	return (int)(len / 2);
}

/* Octets of 0x or \x that TEXT begins with, and that something follows. */
static size_t
prefix_of(const char *text)
{
	return (text[0] == '0' || text[0] == '\\') && (text[1] == 'x' ||
	    text[1] == 'X') && text[2] != '\0' ? 2 : 0;
}

/* What stands before the next octet: blanks, or one of :,- among them. */
static size_t
gap_of(const char *text, char *mark)
{
	size_t n = strspn(text, " \t");

	*mark = n > 0 ? ' ' : '\0';
	if (text[n] == '\0' || strchr(":,-", text[n]) == NULL)
		return n;
	*mark = text[n++];
	return n + strspn(text + n, " \t");
}

/*
 * Octets one by one, as people copy them: pairs of digits, perhaps all with 0x
 * or \x before them, and the same between any two of them.
 */
static int
read_pairs(uint8_t *out, size_t max, const char *text)
{
	size_t before = prefix_of(text), n = 0;
	char first = '\0', mark;

	for (;; n++) {
		if (prefix_of(text) != before || n == max)
			return -1;
		text += before;
		if (strlen(text) < 2 || hex_decode(out + n, 1, text, 2) != 1)
			return -1;
		text += 2;
		if (*text == '\0')
			return (int)n + 1;
		text += gap_of(text, &mark);
		if (n == 0)
			first = mark;
		if (mark != first || (mark == '\0' && before == 0))
			return -1;
	}
}

int
hex_read(uint8_t *out, size_t max, const char *text)
{
	const char *digits = text + prefix_of(text);
	int n = hex_decode(out, max, digits, strlen(digits));

	return n >= 0 ? n : read_pairs(out, max, text);
}

void
wipe(void *p, size_t n)
{
	if (n > 0)
		explicit_bzero(p, n);
}

bool
same_octets(const void *a, const void *b, size_t n)
{
	const volatile uint8_t *x = a, *y = b;
	uint8_t differ = 0;

	for (size_t i = 0; i < n; i++)
		differ |= x[i] ^ y[i];
	return differ == 0;
}

uint64_t
be_read(const uint8_t *in, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | in[i];
	return value;
}

void
be_write(uint8_t *out, size_t n, uint64_t value)
{
	for (; n > 0; n--, value >>= 8)
		out[n - 1] = (uint8_t)value;
}
