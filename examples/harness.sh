# harness.sh: what the examples and the tests of this project share; read by
# common.sh and by tests/helper.bash, not run.
# shellcheck shell=sh disable=SC2034

LC_ALL=C
export LC_ALL

BSF=bsf.example.org
NAF=mtc.example.org
# Keys of a device: test set 1 of TS 35.208.
K=465b5ce8b199b49faa5f0a2ee238a6bc
OPC=cd63cb71954a9f4e48a5994e37a02baf

# The programs are those of the build directory DIR where it is there, else
# those that are installed.
programs_of() { # DIR
	if [ -d "$1" ]; then
		PATH=$(cd "$1" && pwd):$PATH
	fi
	command -v gpi-gen >/dev/null && return
	echo "no gpi-gen in PATH or $1: run make first" >&2
	return 1
}

# ---- checking ----

same() { # WHAT FOUND EXPECTED
	[ "$2" = "$3" ] && return
	printf '%s\n  found:    %s\n  expected: %s\n' "$1" "$2" "$3" >&2
	return 1
}

# Wait, at most some 10 seconds, until COMMAND succeeds.
await() { # COMMAND...
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		if [ "$tries" -gt 500 ]; then
			echo "waited in vain for: $*" >&2
			return 1
		fi
		nap
	done
}

nap() {
	sleep 0.02
}

# ---- records ----

# A line of FILE has TEXT in it.
has_line() { # TEXT FILE
	grep -qF -e "$1" "$2"
}

# The first word of NAME's value in the text view on stdin, of each record
# that has it; that of `type' is the record's type.
value() { # NAME
	while IFS= read -r view_line; do
		case $view_line in
		"  $1 "*)
			view_line=${view_line#"  $1"}
			view_line=${view_line#"${view_line%%[! ]*}"}
			echo "${view_line%% *}" ;;
		[!\ ]*)
			[ "$1" != type ] || echo "$view_line" ;;
		esac
	done
}

# The same of each record or GPI in FILE or on stdin, secret or not.
field() { # NAME [FILE]
	gpi-show -ts "${2:--}" | value "$1"
}

hex() { # FILE
	xxd -p -c 100000 "$1"
}

unhex() { # HEX
	printf %s "$1" | xxd -r -p
}

# ---- the elements ----

# The last SQN that the HSS used for a subscriber.
sqn_of() { # IMPI
	hss-store show -d hss.db --impi "$1" -t | value sqn
}

# The state of a trigger.
state() { # P-TID
	mtc-trigger status -d mtc.db --p-tid "$1" -t | value state
}

# ---- addresses ----

# Somebody listens at each URI, as Linux has it in /proc.
heard_at() { # URI...
	for place in "$@"; do
		place_port=$(printf :%04X "${place##*:}" 2>/dev/null) || :
		case $place in
		udp:*) has_line "$place_port " /proc/net/udp || return ;;
		tcp:*) has_line "$place_port 00000000:0000 0A" \
		    /proc/net/tcp || return ;;
		unix:*) [ -S "${place#unix:}" ] || return ;;
		esac
	done
}

# Sets `port' to one that nobody has, for UDP or TCP, and that this shell did
# not get before; from PORTS on where that is set.
free_port() {
	: "${next_port:=${PORTS:-$((20000 + $$ % 9000))}}"
	while
		place_port=$(printf ':%04X ' "$next_port")
		has_line "$place_port" /proc/net/udp ||
		    has_line "$place_port" /proc/net/tcp
	do
		next_port=$((next_port + 1))
	done
	port=$next_port
	next_port=$((next_port + 1))
}

# A program has said in FILE where it listens; sets `at' to that.
listening() { # FILE
	while read -r _ word on at; do
		[ "$word $on" != 'listening on' ] || return 0
	done <"$1"
	return 1
}
