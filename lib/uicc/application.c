/* application.c: the application of a UICC, its PIN, its identity. */
#include <string.h>

#include "base/file.h"
#include "uicc/application.h"

#define PIN_MIN 4
#define TRIES(sw) ((sw) & 15)	/* of 63CX */

static const uint8_t usim_aid[] = { 0xa0, 0, 0, 0, 0x87, 0x10, 0x02 };
static const uint8_t isim_aid[] = { 0xa0, 0, 0, 0, 0x87, 0x10, 0x04 };

enum status
application_read_pin(struct application *a)
{
	const char *name = a->options->pin_file;
	char v[64];
	enum status status;
	size_t len;

	if (name == NULL)
		return OK;
	if ((status = file_read(name, true, v, sizeof(v), &len)) == OK) {
		len = strcspn(v, "\r\n");
		if (len < PIN_MIN || len > PIN_MAX ||
		    strspn(v, "0123456789") != len ||
		    v[len + strspn(v + len, "\r\n")] != '\0')
			status = fail(MALFORMED, "%s: found no PIN, expected "
			    "4 to 8 digits in one line", name);
		else
			memcpy(a->pin, v, len);
	}
	wipe(v, sizeof(v));
	return status;
}

static bool
same_aid(const struct aid *aid, const uint8_t *v, size_t len)
{
	return aid->len >= len && memcmp(aid->v, v, len) == 0;
}

bool
application_authenticates(const struct aid *aid)
{
	return same_aid(aid, usim_aid, sizeof(usim_aid)) ||
	    same_aid(aid, isim_aid, sizeof(isim_aid));
}

/* OK, and *SW is what the card says to it; or FAILED. */
static enum status
choose(struct application *a, const struct aid *aid, unsigned *sw)
{
	const struct link *link = &a->channel->link;
	struct answer_apdu out;
	struct apdu in;
	enum status status;

	a->isim = same_aid(aid, isim_aid, sizeof(isim_aid));
	if (link->functions->choose != NULL)
		return link->functions->choose(link->arg, aid->v, aid->len,
		    sw);
	apdu_select_aid(&in, aid->v, aid->len);
	status = command(a->channel, &in, &out, HIDE_NOTHING);
	*sw = out.sw;
	return status;
}

/*
 * A wrong PIN must not block the card: the last try is for people, and what
 * only a GPI has NAMED gets it no more once it was wrong.
 */
static enum status
unlock(struct application *a, bool named)
{
	struct answer_apdu out;
	struct apdu in;
	enum status status;

	apdu_verify(&in, NULL);
	if ((status = command(a->channel, &in, &out, HIDE_NOTHING)) != OK)
		return status;
	if (out.sw == 0x6983 || out.sw == 0x63c0)
		return fail(FAILED, "the card's PIN is blocked");
	if ((out.sw & 0xfff0) != 0x63c0)
		return OK;	/* it is verified, or not in use */
	if (a->pin[0] == '\0' || (named && a->wrong))
		return fail(FAILED, "the card wants its PIN: give --pin-file");
	if (TRIES(out.sw) == 1)
		return fail(FAILED, "the card has one try left for its PIN, "
		    "which is not used");
	apdu_verify(&in, a->pin);
	status = command(a->channel, &in, &out, HIDE_COMMAND);
	wipe(&in, sizeof(in));
	if (status != OK || sw_good(out.sw))
		return status;
	a->wrong = true;
	return fail(FAILED, "the PIN in %s is not the card's; tries left: %u",
	    a->options->pin_file, TRIES(out.sw));
}

/* The private identity of the application, which is chosen. */
static enum status
identify(struct application *a, const struct aid *aid)
{
	struct answer_apdu file, ad;
	enum status status;

	if (a->options->impi != NULL || (a->known.len == aid->len &&
	    same_aid(&a->known, aid->v, aid->len)))
		return OK;
	a->known.len = 0;
	if (a->isim) {
		status = command_read(a->channel, EF_IMPI, "EF_IMPI", &file);
		if (status == OK)
			status = impi_of_isim(file.v, file.len, a->impi);
	} else if (same_aid(aid, usim_aid, sizeof(usim_aid))) {
		status = command_read(a->channel, EF_IMSI, "EF_IMSI", &file);
		if (status == OK)
			status = command_read(a->channel, EF_AD, "EF_AD", &ad);
		if (status == OK)
			status = impi_of_usim(file.v, file.len, ad.v, ad.len,
			    a->impi);
	} else {
		status = fail(FAILED, "the application is neither a USIM nor "
		    "an ISIM; give --impi");
	}
	if (status == OK)
		a->known = *aid;
	return status;
}

enum status
application_enter(struct application *a, const struct aid *aid, bool named)
{
	char hex[HEX_LEN(AID_MAX)];
	enum status status;
	unsigned sw;

	if ((status = choose(a, aid, &sw)) != OK)
		return status;
	if (!sw_good(sw))
		return fail(REJECTED, "the card answered SW %04X to the choice "
		    "of application %s: %s", sw, hex_encode(hex, aid->v,
		    aid->len), sw_text(sw));
	if ((status = unlock(a, named)) == OK)
		status = identify(a, aid);
	return status;
}

enum status
application_find(struct application *a)
{
	enum status status;
	unsigned sw = 0;
	int n;

	if (a->options->aid != NULL) {
		n = hex_read(a->usual.v, sizeof(a->usual.v), a->options->aid);
		if (n < 5)
			return fail(USAGE, "--aid: '%s' is not 5 to 16 octets "
			    "in hex", a->options->aid);
		a->usual.len = (size_t)n;
		return application_enter(a, &a->usual, false);
	}
	a->usual.len = sizeof(isim_aid);
	memcpy(a->usual.v, isim_aid, sizeof(isim_aid));
	if ((status = choose(a, &a->usual, &sw)) != OK)
		return status;
	if (!sw_good(sw))
		memcpy(a->usual.v, usim_aid, sizeof(usim_aid));
	return application_enter(a, &a->usual, false);
}
