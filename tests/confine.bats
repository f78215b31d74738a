# confine.bats: what programs that talk to a network may do once they have
# begun, tried from inside: a library that they load tries it on SIGUSR1.

load helper
load secure

setup_file() {
	cat >"$BATS_FILE_TMPDIR/try.c" <<-'.'
	#include <errno.h>
	#include <fcntl.h>
	#include <netinet/in.h>
	#include <signal.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <sys/ioctl.h>
	#include <sys/ptrace.h>
	#include <sys/socket.h>
	#include <unistd.h>
	static const char *what;
	static void try(int number)
	{
		struct sockaddr_in to = { AF_INET, htons(9) };
		int fd, r = -1;
		(void)number;
		if (strncmp(what, "open ", 5) == 0)
			r = open(what + 5, O_RDONLY);
		else if (strncmp(what, "make ", 5) == 0)
			r = open(what + 5, O_WRONLY | O_CREAT, 0600);
		else if (strcmp(what, "exec") == 0)
			r = execl("/bin/true", "true", (char *)0);
		else if (strcmp(what, "fork") == 0)
			r = fork();
		else if (strcmp(what, "socket") == 0)
			r = socket(AF_INET, SOCK_STREAM, 0);
		else if (strcmp(what, "packet") == 0)
			r = socket(AF_PACKET, SOCK_RAW, 0);
		else if (strcmp(what, "type") == 0)
			r = ioctl(0, TIOCSTI, "x");
		else if (strcmp(what, "trace") == 0)
			r = (int)ptrace(PTRACE_ATTACH, getppid(), 0, 0);
		else if (strcmp(what, "connect anew") == 0)
			r = connect(socket(AF_INET, SOCK_STREAM, 0),
			    (struct sockaddr *)&to, sizeof(to));
		else if (strcmp(what, "connect") == 0)
			for (fd = 3; fd < 64 && r < 0; fd++)
				r = connect(fd, (struct sockaddr *)&to, sizeof(to));
		dprintf(2, "tried: %s\n", r < 0 ? strerror(errno) : "done");
	}
	__attribute__((constructor)) static void begin(void)
	{
		if ((what = getenv("TRY")) != NULL)
			signal(SIGUSR1, try);
	}
	.
	cc -shared -fPIC -o "$BATS_FILE_TMPDIR/try.so" \
	    "$BATS_FILE_TMPDIR/try.c"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	if sanitized; then
		skip 'a sanitizer needs more than the program'
	fi
	elements
	recv -v --listen udp://127.0.0.1:0 --timeout 1 --count 1 \
	    2>confined || true
	has_line 'files are confined' confined ||
	    skip 'there is no Landlock'
	has_line 'system calls are confined' confined ||
	    skip 'there is no seccomp'
}

is_confined() {
	grep -q '^Seccomp:.*2$' "/proc/$pid/status"
}

# and in the middle of nothing
is_waiting() {
	is_confined && grep -q '^State:.S' "/proc/$pid/status"
}

# tries WHAT PROGRAM...: it runs, is confined, and then tries that; the last
# line of stderr is in $said, and $ended is yes if it has ended by that
tries() {
	ended=
	TRY=$1 LD_PRELOAD=$BATS_FILE_TMPDIR/try.so "${@:2}" \
	    <silent >out 2>err 3>&- &
	pid=$!
	await is_waiting
	kill -USR1 $pid
	await grep -qE 'tried|stopped' err || {
		echo "$*"
		cat err
	}
	said=$(tail -n 1 err)
	if [[ $said = *stopped* ]]; then
		status=0
		wait $pid || status=$?
		same status "$status" 4
	else
		kill $pid
		wait $pid || true
	fi
}

# refused WHAT PROGRAM...: tells it so; stopped CALL WHAT PROGRAM...: ends it
refused() {
	tries "$@"
	same "$*" "$said" 'tried: Permission denied'
}

stopped() {
	tries "${@:2}"
	same "$*" "${said% (*}" "$3: stopped: it may not call $1"
	[[ $said = *'; --no-confine lets it' ]]
}

silence() {
	mkfifo silent
	exec 9<>silent
}

@test "who only listens opens no other file, no socket, and runs nothing" {
	silence
	refused "make $BATS_FILE_TMPDIR/made" gpi-recv --card card --any-naf \
	    --listen udp://127.0.0.1:0
	[ ! -e "$BATS_FILE_TMPDIR/made" ]
	for program in 'gpi-recv --card card --any-naf --listen udp://127.0.0.1:0 --listen tcp://127.0.0.1:0 --listen coap://127.0.0.1:0' \
	    'mtc-trigger serve -d mtc.db --listen 127.0.0.1:0' \
	    "bsf-serve --hss hss.db --bsf $BSF --listen 127.0.0.1:0 --insecure"
	do
		command -v "${program%% *}" >/dev/null || continue
		# shellcheck disable=SC2086
		set -- $program
		refused 'open /etc/passwd' "$@"
		stopped execve exec "$@"
		stopped clone fork "$@"
		stopped socket socket "$@"
		stopped connect connect "$@"
		stopped ioctl type "$@"
		stopped ptrace trace "$@"
	done
}

@test "who connects opens no other file, no other kind of socket, and runs nothing" {
	silence
	trigger one --indication report --time 3600
	free_port
	python 'import socket, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
open("there", "w").close()
time.sleep(60)' $port 3>&- &
	await test -e there
	printf '#!/bin/sh\nexec sleep 9\n' >bsf
	cbor 'request()' >asked
	chmod +x bsf
	printf '001010* gsup://127.0.0.1:%s\n* hss.db\n' $port >slf
	for program in "mtc-trigger connect --server 127.0.0.1:$port --now $NOW one" \
	    "gpi-gen --hss slf:slf --bsf $BSF" \
	    "mtc-trigger connect --server 127.0.0.1:$port --now $NOW --exec true one" \
	    "gpi-push --to tcp://127.0.0.1:$port" \
	    "mtc-trigger ask --bsf http://127.0.0.1:$port --insecure asked" \
	    "mtc-trigger wake -d mtc.db --naf $NAF --ue-id meter-7 --bsf ./bsf --to tcp://127.0.0.1:$port"; do
		# shellcheck disable=SC2086
		set -- $program
		refused 'open /etc/passwd' "$@"
		stopped execve exec "$@"
		stopped socket packet "$@"
	done
	# since Linux 6.7: no other port either
	python 'import ctypes, sys
sys.exit(ctypes.CDLL(None).syscall(444, None, 0, 1) < 4)' || return 0
	refused 'connect anew' mtc-trigger connect \
	    --server 127.0.0.1:$port --now $NOW one
}

@test "the helper of --exec runs that command alone, and looks names up" {
	trigger one --indication report --time 30
	trigger two --indication 300 --time 30
	serve --exec 'id -u; cat'
	at=localhost:${at##*:}
	says "$(id -u)
one 2" connect one --exec 'echo "$GBA_P_TID $GBA_TRIGGER_IND"'
	does connect two --exec 'read -r line; echo "$line" >heard'
	same heard "$(<heard)" "$(id -u)"
}

@test "an output may be a link to what is elsewhere, and not there yet" {
	elements
	request | gen | gpi-sign >response
	mkdir elsewhere
	ln -s elsewhere/out link
	free_port
	listen "udp://127.0.0.1:$port" -o link --count 1
	await heard_at "udp://127.0.0.1:$port"
	does gpi-push --to "udp://127.0.0.1:$port" response
	wait "$pid"
	same output "$(field type elsewhere/out)" accepted
	[ -L link ]
}

@test "a scheme in upper case is confined as any other" {
	elements
	request | gen | gpi-sign >response
	for to in FILE:gpi File://$PWD/gpi.too; do
		does gpi-push --to $to response
	done
	gpi-push --to - response >expected
	same_octets gpi expected
	same_octets gpi.too expected
	does gpi-push --to 'SMS-PDU:line?to=+4917212345' response
	same lines "$(lines_in line)" 1
}

@test "--no-confine, -v" {
	listen=(--card card --any-naf --listen udp://127.0.0.1:0)
	diff <(grep confined confined) - <<-.
	gpi-recv: its files are confined (Landlock)
	gpi-recv: its system calls are confined (seccomp)
	.
	gpi-recv "${listen[@]}" --no-confine -v 2>err 3>&- &
	pid=$!
	await listening err
	same line "$(grep confined err)" 'gpi-recv: not confined'
	! is_confined
	kill $pid
	wait $pid
}
