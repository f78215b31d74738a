/* aside.c: a call that waits by itself, on a thread of its own. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/aside.h"
#include "base/await.h"
#include "base/clock.h"

/* The thread and who waits both have it; the last to leave frees it. */
struct call {
	void (*run)(void *);
	int fd;			/* can be read once RUN has returned */
	atomic_int users;
	size_t size;
	_Alignas(max_align_t) uint8_t arg[];
};

static void
leave(struct call *call)
{
	if (atomic_fetch_sub(&call->users, 1) > 1)
		return;
	close(call->fd);
	wipe(call->arg, call->size);
	free(call);
}

static void *
thread(void *arg)
{
	struct call *call = arg;

	call->run(call->arg);
	(void)!write(call->fd, &(uint64_t){ 1 }, sizeof(uint64_t));
	leave(call);
	return NULL;
}

/* Signals are for the loop's thread. */
static int
start(struct call *call)
{
	sigset_t all, before;
	pthread_t id;
	int e = 0;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	if ((e = pthread_create(&id, NULL, thread, call)) == 0)
		pthread_detach(id);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return e;
}

static bool
returned(const struct call *call, uint64_t deadline)
{
	uint64_t n;

	while (read(call->fd, &n, sizeof(n)) != sizeof(n)) {
		uint64_t now = clock_monotonic_ms(), by = loop_stop_by();

		if (now >= deadline || now >= by)
			return false;
		(void)await(call->fd, POLLIN, by < deadline ? by : deadline);
	}
	return true;
}

enum status
aside(void (*run)(void *), void *arg, size_t size, uint64_t ms)
{
	struct call *call = malloc(sizeof(*call) + size);
	enum status status = OK;
	int e = 0;

	if (call == NULL)
		return fail(FAILED, "no memory");
	*call = (struct call){ .run = run, .users = 2, .size = size };
	memcpy(call->arg, arg, size);
	call->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (call->fd < 0 || (e = start(call)) != 0) {
		status = fail(FAILED, "%s", strerror(call->fd < 0 ? errno : e));
		atomic_store(&call->users, 1);
	} else if (!returned(call, clock_monotonic_ms() + ms)) {
		status = fail(FAILED, "no answer in %u s",
		    (unsigned)(ms / 1000));
	} else {
		memcpy(arg, call->arg, size);
	}
	leave(call);
	return status;
}
