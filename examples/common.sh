# common.sh: what the examples share; read by each of them, not run.
#
# Everything happens in a temporary directory, which is the current one from
# here on and is removed at exit, when what still runs in the background is
# stopped.  The programs are those of the source tree's build directory, or of
# BUILD, where there is one; else those that are installed.
# shellcheck shell=sh

set -eu

LC_ALL=C
export LC_ALL
umask 077

tree=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
case ${BUILD:=build} in
/*) ;;
*) BUILD=$tree/$BUILD ;;
esac
if [ -d "$BUILD" ]; then
	PATH=$BUILD:$PATH
fi
if ! command -v gpi-gen >/dev/null; then
	echo "no gpi-gen in PATH or $BUILD: run make first" >&2
	exit 1
fi

tmp=$(mktemp -d)
tidy() {
	for pid in *.pid; do
		if [ -e "$pid" ] && ! [ -e "${pid%.pid}.status" ]; then
			kill "$(cat "$pid")" 2>/dev/null || :
		fi
	done
	wait
	cd / && rm -rf "$tmp"
}
trap tidy EXIT
trap 'exit 1' HUP INT TERM
cd "$tmp" || exit

# ---- saying and checking ----

say() { # TEXT...
	printf '%s\n' "$*"
}

die() { # TEXT...
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# Run COMMAND, whose exit status must be STATUS; its stderr is in `err'.
expect() { # STATUS COMMAND...
	want=$1
	shift
	got=0
	"$@" 2>err || got=$?
	[ "$got" -eq "$want" ] && return
	cat err >&2
	die "$1: exit status $got, expected $want"
}

# The one line that the program before said is: PROGRAM: [...: ]REASON...
because() { # REASON
	[ "$(wc -l <err)" -eq 1 ] && grep -q -e ": $1" err && return
	cat err >&2
	die "found this on stderr, expected one line with \`$1'"
}

same() { # WHAT FOUND EXPECTED
	[ "$2" = "$3" ] || die "$1: found $2, expected $3"
}

# ---- octets, as hex without spaces ----

hex() { # FILE
	xxd -p "$1" | tr -d '\n'
}

unhex() { # HEX
	printf %s "$1" | xxd -r -p
}

octets() { # HEX FROM COUNT: those, counted from 0
	printf %s "$1" | cut -c "$((2 * $2 + 1))-$((2 * ($2 + $3)))"
}

# A field of a record in FILE, as text; secret() shows secrets, too.
field() { # FILE NAME
	gpi-show "$1" | awk -v name="$2" '$1 == name { print $2 }'
}

secret() { # FILE NAME
	gpi-show -s "$1" | awk -v name="$2" '$1 == name { print $2 }'
}

# ---- the elements ----

bsf=bsf.example.org
naf=mtc.example.org

impi() { # DEVICE
	printf '00101000000000%s@ims.mnc001.mcc001.3gppnetwork.org\n' \
	    "${1##*-}"
}

# A device's keys: test sets 1 of TS 35.208 and TS 35.233.
keys() { # ALGORITHM
	case $1 in
	milenage)
		say k 465b5ce8b199b49faa5f0a2ee238a6bc
		say op cdc202d5123e20f62b6d676ac72cb318 ;;
	tuak)
		say k abababababababababababababababab
		say top 5555555555555555555555555555555555555555555555555555555555555555 ;;
	esac
}

# A subscriber in hss.db, and his card in DEVICE.card.
provision() { # DEVICE ALGORITHM [OPTION...]
	keys "$2" >"$1.keys"
	device=$1 algorithm=$2
	shift 2
	hss-store add -d hss.db --impi "$(impi "$device")" --ue-id "$device" \
	    --algorithm "$algorithm" --key-file "$device.keys" "$@"
	hss-store card -d hss.db --impi "$(impi "$device")" --bsf "$bsf" \
	    -o "$device.card"
	rm "$device.keys"
}

# The last SQN that the HSS used for a device.
sqn() { # DEVICE
	hss-store show -d hss.db --impi "$(impi "$1")" -t |
	    awk '$1 == "sqn" { print $2 }'
}

# The home network and the MTC server answer NAME.request: NAME.draft,
# NAME.response, its SA in mtc.db, and NAME.gpi.
answer() { # NAME [OPTION of gpi-sign...]
	name=$1
	shift
	gpi-gen --hss hss.db --bsf "$bsf" -o "$name.draft" "$name.request"
	gpi-sign "$@" -o "$name.response" "$name.draft"
	sa-store put -d mtc.db "$name.response"
	gpi-push --to - -o "$name.gpi" "$name.response"
}

# A GPI for meter-7, step 401 to 405: NAME.request and so on as above.
make_gpi() { # NAME [OPTION of mtc-trigger request...]
	name=$1
	shift
	mtc-trigger request -d mtc.db --naf "$naf" --ue-id meter-7 "$@" \
	    -o "$name.request"
	answer "$name"
}

# ---- what runs in the background ----

# Run COMMAND; its process is in NAME.pid and then its status in NAME.status.
stage() { # NAME COMMAND...
	stage=$1
	shift
	# a background command has no standard input but by another way
	{ "$@" <&3 3<&- & } 3<&0
	echo $! >"$stage.pid"
	status=0
	wait $! || status=$?
	echo "$status" >"$stage.new"
	mv "$stage.new" "$stage.status"
}

# Wait, at most some 10 seconds, until COMMAND succeeds.
until_true() { # COMMAND...
	tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -le 500 ] || die "waited in vain for: $*"
		sleep 0.02
	done
}

# The stages NAME... end with status STATUS each.
ended() { # STATUS NAME...
	want=$1
	shift
	for stage in "$@"; do
		until_true test -e "$stage.status"
		read -r got <"$stage.status"
		[ "$got" -eq "$want" ] && continue
		cat "$stage.err" >&2 || :
		die "$stage: exit status $got, expected $want"
	done
}

# The TLS server of the MTC server, for COUNT connections; sets `server'.
serve() { # COUNT [OPTION...]
	count=$1
	shift
	stage serve mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 \
	    --count "$count" "$@" </dev/null >serve.out 2>serve.err &
	until_true grep 'listening on' serve.err
	# shellcheck disable=SC2034	# the examples use it
	server=$(sed -n 's/.*listening on //p' serve.err)
}
