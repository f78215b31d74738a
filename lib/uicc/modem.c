/*
 * modem.c: a UICC behind a modem, by AT commands, TS 27.007: on a channel of
 * its own, because the modem itself uses channel 0.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include "base/await.h"
#include "base/clock.h"
#include "base/message.h"
#include "base/number.h"
#include "uicc/at.h"
#include "uicc/link.h"

#define INS_MANAGE_CHANNEL 0x70
#define SHORT_MS 5000
#define CARD_MS 20000		/* a card may take some seconds */

struct modem {
	int fd;
	struct at_reader reader;
	char command[AT_LINE_MAX], value[AT_LINE_MAX];
	unsigned channel;	/* CSIM: of the card; 0: none */
	unsigned session;	/* CGLA: of the modem; 0: none */
};

static enum status
write_all(const struct modem *m, const char *v, size_t len, uint64_t deadline)
{
	ssize_t n = 0;

	for (size_t at = 0; at < len; at += n > 0 ? (size_t)n : 0) {
		n = write(m->fd, v + at, len - at);
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return fail(FAILED, "%s", strerror(errno));
		if (n >= 0)
			continue;
		if (clock_monotonic_ms() >= deadline)
			return fail(FAILED, "the modem takes nothing");
		(void)await(m->fd, POLLOUT, deadline);
	}
	return OK;
}

/* Read until the command has its final result.  OK or FAILED. */
static enum status
read_result(struct modem *m, const char *prefix, uint64_t deadline,
    enum at_result *result)
{
	char v[256];
	ssize_t n;

	for (;;) {
		uint64_t by = loop_stop_by();

		by = by < deadline ? by : deadline;
		n = read(m->fd, v, sizeof(v));
		if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
			return fail(FAILED, "the modem is gone");
		if (n > 0 && (*result = at_read(&m->reader, v, (size_t)n,
		    m->command, prefix, m->value)) != AT_MORE)
			break;
		if (clock_monotonic_ms() >= by)
			return fail(FAILED, "no answer from the modem to %.20s",
			    m->command);
		if (n < 0)
			(void)await(m->fd, POLLIN, by);
	}
	wipe(v, sizeof(v));
	return OK;
}

/*
 * Have M's command done; its line that begins with PREFIX is M's value then.
 * OK, whatever the RESULT; or FAILED.
 */
static enum status
command(struct modem *m, const char *prefix, uint64_t ms,
    enum at_result *result)
{
	uint64_t deadline = clock_monotonic_ms() + ms;
	enum status status;

	at_reset(&m->reader);
	m->value[0] = '\0';
	if ((status = write_all(m, m->command, strlen(m->command),
	    deadline)) == OK && (status = write_all(m, "\r", 1, deadline)) ==
	    OK)
		status = read_result(m, prefix, deadline, result);
	return status;
}

/* The same for a command without a value; whether it went well. */
static bool
takes(struct modem *m, const char *text)
{
	enum at_result result = AT_ERROR;

	snprintf(m->command, sizeof(m->command), "%s", text);
	if (command(m, "", SHORT_MS, &result) != OK)
		fail_said();
	return result == AT_OK;
}

static enum status
exchange(struct modem *m, const char *prefix, struct answer_apdu *out)
{
	enum at_result result;
	enum status status;

	status = command(m, prefix, CARD_MS, &result);
	if (status == OK && result == AT_ERROR)
		status = fail(FAILED, "the modem answered %.40s to %.7s",
		    m->reader.line, m->command);
	if (status == OK)
		status = at_apdu(m->value, out);
	wipe(m->command, sizeof(m->command));
	wipe(m->value, sizeof(m->value));
	wipe(&m->reader, sizeof(m->reader));
	return status;
}

/* ---- AT+CSIM: a channel of the card's own ---- */

static enum status
csim_transmit(void *link, const struct apdu *in, struct answer_apdu *out)
{
	struct modem *m = link;
	struct apdu a = *in;
	char hex[HEX_LEN(APDU_MAX)];

	a.v[0] |= (uint8_t)m->channel;	/* TS 102 221 clause 10.1.1 */
	snprintf(m->command, sizeof(m->command), "AT+CSIM=%zu,\"%s\"",
	    2 * a.len, hex_encode(hex, a.v, a.len));
	wipe(hex, sizeof(hex));
	wipe(&a, sizeof(a));
	return exchange(m, "+CSIM:", out);
}

static void
csim_end(void *link)
{
	struct modem *m = link;
	struct answer_apdu out;
	struct apdu in;
	unsigned channel = m->channel;

	m->channel = 0;
	if (channel == 0)
		return;
	apdu_read(&in, INS_MANAGE_CHANNEL, 0x80, (uint8_t)channel, 0);
	if (csim_transmit(m, &in, &out) != OK)
		complain("warning: a channel to the card stays open: ");
}

static enum status
csim_begin(void *link)
{
	struct modem *m = link;
	struct answer_apdu out;
	struct apdu in;
	enum status status;

	apdu_read(&in, INS_MANAGE_CHANNEL, 0, 0, 1);
	if ((status = csim_transmit(m, &in, &out)) != OK)
		return status;
	if (!sw_good(out.sw) || out.len != 1 || out.v[0] < 1 || out.v[0] > 3)
		return fail(FAILED, "the card answered SW %04X to MANAGE "
		    "CHANNEL: %s", out.sw, sw_good(out.sw) ?
		    "it has no channel from 1 to 3 left" : sw_text(out.sw));
	m->channel = out.v[0];
	return OK;
}

/* ---- AT+CCHO, AT+CGLA: the modem knows of the channel ---- */

static enum status
cgla_begin(void *link)
{
	(void)link;
	return OK;
}

static enum status
cgla_transmit(void *link, const struct apdu *in, struct answer_apdu *out)
{
	struct modem *m = link;
	char hex[HEX_LEN(APDU_MAX)];

	snprintf(m->command, sizeof(m->command), "AT+CGLA=%u,%zu,\"%s\"",
	    m->session, 2 * in->len, hex_encode(hex, in->v, in->len));
	wipe(hex, sizeof(hex));
	return exchange(m, "+CGLA:", out);
}

static void
cgla_end(void *link)
{
	struct modem *m = link;
	char text[32];

	snprintf(text, sizeof(text), "AT+CCHC=%u", m->session);
	if (m->session != 0 && !takes(m, text))
		warn("warning: a channel to the card stays open");
	m->session = 0;
}

/* A modem does not say why it could not open one. */
static enum status
cgla_choose(void *link, const uint8_t *aid, size_t len, unsigned *sw)
{
	struct modem *m = link;
	char hex[HEX_LEN(AID_MAX)];
	enum at_result result;
	enum status status;
	uint64_t session;

	cgla_end(m);
	snprintf(m->command, sizeof(m->command), "AT+CCHO=\"%s\"",
	    hex_encode(hex, aid, len));
	if ((status = command(m, "+CCHO:", CARD_MS, &result)) != OK)
		return status;
	*sw = 0x6a82;
	if (result == AT_ERROR)
		return OK;
	if (!number_read(m->value, 1, INT_MAX, &session))
		return fail(FAILED, "the modem gives no session to AT+CCHO");
	m->session = (unsigned)session;
	*sw = 0x9000;
	return OK;
}

/* ---- the device ---- */

static void
close_link(void *link)
{
	struct modem *m = link;

	if (m->fd >= 0)
		close(m->fd);
	wipe(m, sizeof(*m));
	free(m);
}

static const struct link_functions by_csim = { csim_begin, NULL, csim_transmit,
	csim_end, close_link };
static const struct link_functions by_cgla = { cgla_begin, cgla_choose,
	cgla_transmit, cgla_end, close_link };

static const struct {
	const char *text;
	speed_t speed;
} speeds[] = {
	{ "9600", B9600 }, { "19200", B19200 }, { "38400", B38400 },
	{ "57600", B57600 }, { "115200", B115200 }, { "230400", B230400 },
	{ "460800", B460800 }, { "921600", B921600 },
};

/* NAME is DEVICE or DEVICE,BAUD, which is cut off. */
static enum status
find_speed(char *name, speed_t *speed)
{
	char *comma = strrchr(name, ',');

	*speed = B115200;
	if (comma == NULL)
		return OK;
	for (size_t i = 0; i < COUNT(speeds); i++)
		if (strcmp(comma + 1, speeds[i].text) == 0) {
			*speed = speeds[i].speed;
			*comma = '\0';
			return OK;
		}
	return fail(USAGE, "'%s' is no rate of a serial line, as 115200 is",
	    comma + 1);
}

static enum status
open_device(struct modem *m, const char *device, speed_t speed)
{
	struct termios t;

	if (device[0] == '\0')
		return fail(USAGE, "the device is missing: at:DEVICE");
	m->fd = open(device, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (m->fd < 0 || tcgetattr(m->fd, &t) != 0)
		return fail(FAILED, "%s", errno == ENOTTY ?
		    "not a serial line" : strerror(errno));
	if (flock(m->fd, LOCK_EX | LOCK_NB) != 0)
		return fail(FAILED, "%s", errno == EWOULDBLOCK ?
		    "another program has the modem" : strerror(errno));
	cfmakeraw(&t);
	t.c_cflag |= CLOCAL | CREAD;
	if (cfsetspeed(&t, speed) != 0 || tcsetattr(m->fd, TCSANOW, &t) != 0)
		return fail(FAILED, "%s", strerror(errno));
	(void)tcflush(m->fd, TCIOFLUSH);
	return OK;
}

/* The first command may meet the rest of a line; it turns the echo off. */
static enum status
greet(struct modem *m)
{
	if (takes(m, "ATE0") || takes(m, "ATE0"))
		return OK;
	return fail(FAILED, "no modem answers");
}

enum status
modem_open(struct link *link, const char *name)
{
	struct modem *m = calloc(1, sizeof(*m));
	char device[PATH_MAX];
	enum status status;
	speed_t speed;

	if (m == NULL)
		return fail(FAILED, "no memory");
	m->fd = -1;
	*link = (struct link){ &by_csim, m };
	snprintf(device, sizeof(device), "%s", name);
	if ((status = find_speed(device, &speed)) != OK ||
	    (status = open_device(m, device, speed)) != OK ||
	    (status = greet(m)) != OK)
		return status;
	if (takes(m, "AT+CCHO=?") && takes(m, "AT+CGLA=?"))
		link->functions = &by_cgla;
	return OK;
}
