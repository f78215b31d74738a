/* crew.c: the processes of one server, and what they hand to each other. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/hash.h"
#include "connection/crew.h"

/* A connection on its way: where it is from, and its descriptor. */
struct parcel {
	struct msghdr msg;
	struct iovec part;
	union {
		char v[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
};

static void
parcel_init(struct parcel *p, struct address *from)
{
	memset(p, 0, sizeof(*p));
	p->part = (struct iovec){ from, sizeof(*from) };
	p->msg.msg_iov = &p->part;
	p->msg.msg_iovlen = 1;
	p->msg.msg_control = p->control.v;
	p->msg.msg_controllen = sizeof(p->control.v);
}

enum status
crew_open(struct crew *c, unsigned count, int inbox[static SERVE_WORKERS])
{
	int ends[2];

	memset(c, 0, sizeof(*c));
	c->count = count;
	/* where there is none yet, hashes can be guessed, and nothing else */
	(void)!getrandom(c->salt, sizeof(c->salt), GRND_NONBLOCK);
	c->tally = mmap(NULL, sizeof(*c->tally), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (c->tally == MAP_FAILED)
		return fail(FAILED, "workers: %s", strerror(errno));
	for (unsigned i = 0; i < count; i++) {
		if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
		    SOCK_NONBLOCK, 0, ends) != 0)
			return fail(FAILED, "workers: %s", strerror(errno));
		inbox[i] = ends[0];
		c->outbox[i] = ends[1];
	}
	return OK;
}

unsigned
crew_owner(const struct crew *c, const char *p_tid)
{
	uint8_t v[sizeof(c->salt) + 64];
	size_t len = strlen(p_tid);
	unsigned hash;

	if (c->count < 2)
		return c->me;
	memcpy(v, c->salt, sizeof(c->salt));
	memcpy(v + sizeof(c->salt), p_tid, len);
	len += sizeof(c->salt);
	HASH_JEN(v, len, hash);
	return hash % c->count;
}

bool
crew_hand_over(const struct crew *c, unsigned owner, int fd,
    const struct address *from)
{
	struct address a = *from;
	struct parcel p;
	struct cmsghdr *head;

	parcel_init(&p, &a);
	head = CMSG_FIRSTHDR(&p.msg);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(c->outbox[owner], &p.msg, MSG_NOSIGNAL |
	    MSG_DONTWAIT) >= 0;
}

/* A descriptor for which there is no room is lost, and so is closed. */
enum status
crew_take(const struct crew *c, int *fd, struct address *from)
{
	struct parcel p;
	struct cmsghdr *head;
	ssize_t n;

	*fd = -1;
	parcel_init(&p, from);
	n = recvmsg(c->inbox, &p.msg, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	if (n != sizeof(*from))
		return OK;
	head = CMSG_FIRSTHDR(&p.msg);
	if (head == NULL || head->cmsg_type != SCM_RIGHTS)
		return fail(FAILED, "workers: no descriptor");
	memcpy(fd, CMSG_DATA(head), sizeof(*fd));
	return OK;
}
