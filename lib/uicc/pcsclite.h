/*
 * pcsclite.h: libpcsclite, loaded when the first pcsc: is opened.
 */
#ifndef GBA_PCSCLITE_H
#define GBA_PCSCLITE_H

#include <winscard.h>

#include "base/status.h"

#define PCSC_FUNCTIONS(_) _(SCardEstablishContext) _(SCardReleaseContext) \
	_(SCardListReaders) _(SCardConnect) _(SCardReconnect) \
	_(SCardDisconnect) _(SCardBeginTransaction) _(SCardEndTransaction) \
	_(SCardTransmit) _(pcsc_stringify_error)

struct pcsclite {
#define PCSC_MEMBER(name) __typeof__(&name) name;
	PCSC_FUNCTIONS(PCSC_MEMBER)
#undef PCSC_MEMBER
};

/* The functions, after pcsclite_load(): OK or FAILED. */
extern struct pcsclite pcsclite;
MUST_USE enum status pcsclite_load(void);

#endif
