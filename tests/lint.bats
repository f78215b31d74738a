# lint.bats: that the code reads as the project wants it to.

setup() {
	cd "$BATS_TEST_DIRNAME/.." || exit 1
}

# none FILE...: nothing is said, else it is shown
none() {
	[ -z "$output" ] || { printf '%s\n' "$output"; false; }
}

@test "every header compiles alone" {
	for h in lib/*.h; do
		# shellcheck disable=SC2046	# words, on purpose
		cc -std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -x c \
		    $(pkg-config --cflags libpq) -fsyntax-only "$h"
	done
}

@test "every module of lib/ stands in lib/README, once" {
	diff <(sed -n 's/^  [0-9] \([a-z0-9_]*\) .*/\1/p' lib/README | sort) \
	    <(printf '%s\n' lib/*.[ch] | sed 's|lib/\(.*\)\.[ch]|\1|' |
	    grep -vxE 'fields|check|set' | sort -u)
}

@test "a module includes no layer above its own" {
	run awk '
	FILENAME == "lib/README" {
		if ($1 ~ /^[0-9]$/)
			layer[$2] = $1
		next
	}
	FNR == 1 {
		me = FILENAME
		gsub(/^lib\/|\.[ch]$/, "", me)
		if (me ~ /^(fields|check|set)$/)
			me = "record"
	}
	/^#include "/ {
		split($2, part, /["."]/)
		if (layer[part[2]] == "" || layer[part[2]] > layer[me])
			print FILENAME ": " $0
	}' lib/README lib/*.[ch]
	none
}

@test "programs include no library but the C library" {
	run grep -nE '#include <(cbor|openssl|sqlite3|libpq|jansson)' cmd/*.c
	none
}

@test "files have at most 400 lines, functions 60, lines 80 columns" {
	run awk '
	FNR == 1 { at = 0 }
	FNR == 401 { print FILENAME ": over 400 lines" }
	/^\{/ { at = FNR }
	/^\}/ { if (at && FNR - at > 61) print FILENAME ":" at ": over 60"
		at = 0 }
	{ line = $0; while (match(line, /\t/)) {
		n = 8 - (RSTART - 1) % 8
		line = substr(line, 1, RSTART - 1) substr("        ", 1, n) \
		    substr(line, RSTART + 1) } }
	length(line) > 80 && FILENAME != "lib/fields.c" {
		print FILENAME ":" FNR ": over 80 columns" }
	' lib/*.[ch] cmd/*.c
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
		for f; do
			# shellcheck disable=SC2046	# words, on purpose
			cc -E -P -D_GNU_SOURCE -Ilib \
			    $(pkg-config --cflags libpq) "$f"
		done | tr -s '[:space:]' ' ' | sed 's/" *"//g' |
		    grep -oE '"(SELECT|INSERT|UPDATE|DELETE|PRAGMA) [^"]*' |
		    sort -u
	}
	floor=$BATS_TEST_TMPDIR/floor
	statements tests/bench/sql*.c >"$floor"
	[ "$(wc -l <"$floor")" -ge 9 ]
	run comm -23 "$floor" <(statements lib/*.c)
	none
}

@test "cppcheck finds nothing" {
	run cppcheck -q --std=c11 --enable=warning,performance,portability \
	    --inline-suppr -Ilib lib cmd tests/unit
	none
}

@test "shellcheck finds nothing" {
	run shellcheck examples/*.sh tests/packages tests/run tests/coverage \
	    tests/fuzz/run tests/bench/run tests/bench/*.sh tests/peers/install .ci/run
	none
}
