/*
 * keylog.h: a file of the keys of TLS connections, for Wireshark: the format of
 * NSS key logs, a line for each secret.
 */
#ifndef GBA_KEYLOG_H
#define GBA_KEYLOG_H

#include "base/status.h"

struct ssl_ctx_st;

/*
 * Have the keys of all connections whose contexts are made from now on appended
 * to the file NAME, which gets the mode 0600; warn of that.  OK or FAILED.
 */
MUST_USE enum status keylog_open(const char *name);

/* Where there is such a file, have the keys of this context's connections. */
void keylog_attach(struct ssl_ctx_st *);

#endif
