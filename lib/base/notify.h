/*
 * notify.h: tells the service manager that this program is ready, by the
 * protocol of sd_notify(3).
 */
#ifndef GBA_NOTIFY_H
#define GBA_NOTIFY_H

/*
 * Where $NOTIFY_SOCKET names a socket, send it READY=1, once.  A manager that
 * cannot be told waits in vain, and says so itself: nothing fails here.
 */
void notify_ready(void);

#endif
