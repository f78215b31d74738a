/* identity.c: whom a request is about. */
#include <stdio.h>
#include <string.h>

#include "vectors/identity.h"

#define DIGITS "0123456789"
#define REALM_3GPP ".3gppnetwork.org"

enum ue_id_type
identity_type(const struct record *request)
{
	return record_has(request, HAS(UE_ID_TYPE)) ? request->ue_id_type :
	    ID_PUBLIC;
}

const char *
identity_private(const struct record *request)
{
	return record_has(request, HAS(UE_PRIV_ID)) ? request->ue_priv_id.v :
	    identity_type(request) == ID_PRIVATE ? request->ue_id.v : NULL;
}

/* A realm that the IMSI itself determines is that: MNC has 2 or 3 digits. */
static bool
realm_fits(const char *realm, const char *imsi)
{
	char two[64], three[64];
	size_t len = strlen(realm), tail = strlen(REALM_3GPP);

	if (len < tail || strcmp(realm + len - tail, REALM_3GPP) != 0)
		return true;
	snprintf(two, sizeof(two), "ims.mnc0%.2s.mcc%.3s" REALM_3GPP,
	    imsi + 3, imsi);
	snprintf(three, sizeof(three), "ims.mnc%.3s.mcc%.3s" REALM_3GPP,
	    imsi + 3, imsi);
	return strcmp(realm, two) == 0 || strcmp(realm, three) == 0;
}

enum status
identity_imsi(const char *impi, char imsi[static IMSI_MAX + 1])
{
	size_t n = strspn(impi, DIGITS);

	if (n < 6 || n > IMSI_MAX || (impi[n] != '@' && impi[n] != '\0'))
		return fail(REJECTED, "ue_priv_id: found %s, expected an IMSI "
		    "before the @", impi);
	memcpy(imsi, impi, n);
	imsi[n] = '\0';
	return impi[n] == '\0' || realm_fits(impi + n + 1, imsi) ? OK :
	    fail(REJECTED, "ue_priv_id: found %s, expected the MNC and MCC of "
	    "its IMSI after the @", impi);
}
