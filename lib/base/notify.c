/* notify.c: tells the service manager that this program is ready. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/address.h"
#include "base/notify.h"

void
notify_ready(void)
{
	static const char ready[] = "READY=1";
	const char *name = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to;
	socklen_t len = sizeof(to);
	int fd;

	if (name == NULL || address_unix(name, &to) != OK)
		return;
	if (name[0] == '@') {	/* no file: in Linux's abstract namespace */
		to.sun_path[0] = '\0';
		len = offsetof(struct sockaddr_un, sun_path) + strlen(name);
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0) {
		sendto(fd, ready, sizeof(ready) - 1, MSG_NOSIGNAL,
		    (struct sockaddr *)&to, len);
		close(fd);
	}
	unsetenv("NOTIFY_SOCKET");	/* no child is the service */
}
