/*
 * wap.h: a GPI as a WAP Push, as in TS 24.109 Annex J: a push of connectionless
 * WSP (WAP-230-WSP clauses 8.2.4.1 and 8.4), which goes to UDP
 * or short message port 2948.
 *
 *	1	TID, low octet of the session
 *	1	06, Push
 *	1..5	HeadersLen, a uintvar: octets of content type and headers
 *	..	content type: application/vnd.3gpp.gba.gpi or its short code
 *	..	headers: AF, X-Wap-Application-Id, and others
 *	..	GPI envelope
 *
 * The GPI envelope is version = 1, session identifier and GPI (clause J.3.1.2).
 * The publicly readable clauses do not say how wide the first two are; one
 * octet and two, high octet first, are this project's choice.  So are the name
 * of the application and the lack of a default for the short code: neither is
 * registered.
 */
#ifndef GBA_WAP_H
#define GBA_WAP_H

#include "record/record.h"

#define WAP_PORT 2948		/* IANA wap-push: connectionless, not secure */
#define WAP_FROM_PORT 9200	/* IANA wap-wsp */
#define WAP_APP_ID_MAX 64

/*
 * This project's own choice, modelled on the one name of GBA Push in OMA's
 * list, x-3gpp.gba.andsf.ua (0x9081).  It is neither in x-wap-application: nor
 * in x-oma-application:, where only OMA assigns names.
 */
#define WAP_APP_ID "x-gba-push.mtc.ua"

/* The most octets around a GPI. */
#define WAP_AROUND (3 + 29 + 1 + WAP_APP_ID_MAX + 1 + 3)
#define WAP_MAX (GPI_MAX + WAP_AROUND)

/*
 * Check that APP_ID has up to WAP_APP_ID_MAX visible characters, or is 0x and
 * one to four hex digits, a registered short code.  OK or USAGE.
 */
MUST_USE enum status wap_app_id_valid(const char *app_id);

/* Whether TEXT is 0x and one to four hex digits; *CODE gets them. */
bool wap_code_read(const char *text, uint16_t *code);

/*
 * Write a push of the GPI, LEN octets up to GPI_MAX, to OUT; returns its
 * length.  CONTENT_CODE is the short code of the content type, or 0 to spell it
 * out.  SESSION must differ between the sessions of one
 * recipient.
 */
size_t wap_wrap(const char *app_id, uint16_t content_code, uint16_t session,
    const uint8_t *gpi, size_t len, uint8_t out[static WAP_MAX]);

/*
 * Decode a push; *GPI points into IN.  The content type must be spelled out or,
 * if that is not 0, be CONTENT_CODE.  If a header names an application, it must
 * be APP_ID; other headers are skipped.  OK; MALFORMED names the field.
 */
MUST_USE enum status wap_unwrap(const char *app_id, uint16_t content_code,
    const uint8_t *in, size_t len, const uint8_t **gpi, size_t *gpi_len);

#endif
