# lint.bats: that the code reads as the project wants it to.

setup() {
	cd "$BATS_TEST_DIRNAME/.." || exit 1
}

# none FILE...: nothing is said, else it is shown
none() {
	[ -z "$output" ] || { printf '%s\n' "$output"; false; }
}

@test "every header compiles alone" {
	# shellcheck disable=SC2046	# words, on purpose
	cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror \
	    $(pkg-config --cflags libpq libpcsclite) -Ilib -fsyntax-only \
	    -x c lib/*/*.h lib/*/*/*.h
}

# modules: FOLDER/NAME of each, as lib/README has them
modules() {
	awk '/^[a-z].*\/  / { folder = $1 }
	/^  [a-z0-9_]+ / && folder { print folder $1 } /^Where/ { exit }' \
	    lib/README
}

@test "every module of lib/ stands in lib/README, once" {
	diff <(modules | sort) \
	    <(find lib -name '*.[ch]' | sed 's|lib/\(.*\)\.[ch]|\1|' | sort -u)
}

@test "a folder includes itself and those before it in lib/README" {
	run awk '
	function folder_of(name) {
		sub(/[^\/]*$/, "", name)
		return name
	}
	FILENAME == "lib/README" {
		if ($0 ~ /^[a-z].*\/  /)
			place[$1] = ++count
		next
	}
	/^#include "/ {
		split($2, part, /"/)
		me = folder_of(substr(FILENAME, 5))
		it = folder_of(part[2])
		if (!(it in place) || place[it] > place[me])
			print FILENAME ": " $0
	}' lib/README $(find lib -name '*.[ch]')
	none
}

@test "programs include no library but the C library" {
	run grep -nE '#include <(cbor|openssl|sqlite3|libpq|jansson)' cmd/*.c
	none
}

# base/helper.c is another process, which has no loop; what is ignored is no
# handler, nor is one that ends the program
@test "everything that waits, waits in the loop" {
	run grep -rnE '(^|[^[:alnum:]_])(poll|ppoll|epoll_[a-z0-9_]+|p?select|usleep|nanosleep|sleep|signal|sigaction|getaddrinfo) ?\(' \
	    lib cmd --include='*.c' --exclude=helper.c
	output=$(grep -vE 'SIG_IGN\)|SIGABRT, |SIGSYS, |NULL, &now\)|\*.*(select|getaddrinfo)\([23]\)' <<<"$output" || true)
	none
}

@test "one module asks for the time, and few for the date" {
	run grep -rnE '(^|[^[:alnum:]_])(clock_gettime|gettimeofday|time|timespec_get|uv_hrtime|uv_clock_gettime|uv_now) ?\(' \
	    lib cmd --include='*.c' --exclude=clock.c
	none
	# A date is when something happened, or Key_LT; how long something lasts
	# is counted on clock_monotonic_ms(), which nobody sets.
	run diff - <(grep -rlwE 'clock_now(_ms)?' lib cmd --include='*.c' | sort) <<-.
		cmd/gpi-recv.c
		cmd/gpi-show.c
		cmd/mtc-trigger.c
		cmd/sa-store.c
		lib/base/clock.c
		lib/base/message.c
		lib/bsf/answer.c
		lib/connection/admit.c
		lib/connection/connection_line.c
		lib/connection/relay.c
		lib/connection/trigger_window.c
		lib/delivery/push.c
		lib/runs/request_run.c
		lib/runs/sa_batch.c
		lib/runs/stale.c
		lib/runs/trigger_watch.c
		lib/transport/pdu_send.c
		lib/transport/smpp/smpp_message.c
		lib/transport/smpp/smpp_send.c
		lib/vectors/grant.c
	.
	none
}

@test "files have at most 600 lines, functions 60, lines 80 columns" {
	run awk '
	FNR == 1 { at = 0 }
	FNR == 601 { print FILENAME ": over 600 lines" }
	/^\{/ { at = FNR }
	/^\}/ { if (at && FNR - at > 61) print FILENAME ":" at ": over 60"
		at = 0 }
	{ line = $0; while (match(line, /\t/)) {
		n = 8 - (RSTART - 1) % 8
		line = substr(line, 1, RSTART - 1) substr("        ", 1, n) \
		    substr(line, RSTART + 1) } }
	length(line) > 80 && FILENAME != "lib/record/fields.c" {
		print FILENAME ":" FNR ": over 80 columns" }
	' $(find lib cmd -name '*.[ch]')
	none
}

@test "no trailing space, nothing left to do" {
	run grep -rnE '[[:space:]]$|TODO|FIXME|XXX:' Makefile README CHANGELOG \
	    cmd lib man examples tests/unit tests/run tests/packages
	none
}

@test "what make bench takes for the floor, is SQL of lib/" {
	# those of files, as the compiler joins their strings
	statements() {
		# shellcheck disable=SC2046	# words, on purpose
		cc -E -P -D_GNU_SOURCE -Ilib \
		    $(pkg-config --cflags libpq) "$@" | tr -s '[:space:]' ' ' | sed 's/" *"//g' |
		    grep -oE '"(SELECT|INSERT|UPDATE|DELETE|PRAGMA) [^"]*' |
		    sort -u
	}
	floor=$BATS_TEST_TMPDIR/floor
	statements tests/bench/sql*.c >"$floor"
	[ "$(wc -l <"$floor")" -ge 9 ]
	run comm -23 "$floor" <(statements $(grep -lrE \
	    --include="*.c" '"(SELECT|INSERT|UPDATE|DELETE|PRAGMA) ' lib))
	none
}

@test "cppcheck finds nothing" {
	run cppcheck -q --std=c11 --enable=warning,performance,portability \
	    --inline-suppr -Ilib lib cmd tests/unit
	none
}

@test "shellcheck finds nothing" {
	run shellcheck examples/*.sh tests/packages tests/run tests/coverage \
	    tests/builtins.bash tests/fuzz/run tests/fuzz/coverage \
	    $(grep -l "^#!.*sh" tests/soak/*) tests/bench/run \
	    tests/bench/*.sh tests/peers/install lib/pipe/completion.bash \
	    .ci/run
	none
}
