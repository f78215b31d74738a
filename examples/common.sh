# common.sh: what the examples share; read by each of them, not run.
#
# Everything happens in a temporary directory, which is the current one from
# here on and is removed at exit, when what still runs in the background is
# stopped.  The programs are those of the source tree's build directory, or of
# BUILD, where there is one; else those that are installed.
# shellcheck shell=sh

set -eu

umask 077

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source-path=SCRIPTDIR source=harness.sh disable=SC1091
. "$here/harness.sh"

case ${BUILD:=build} in
/*) ;;
*) BUILD=$here/../$BUILD ;;
esac
programs_of "$BUILD"

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
	if { read -r said && ! read -r _; } <err; then
		case $said in
		*": $1"*) return ;;
		esac
	fi
	cat err >&2
	die "found this on stderr, expected one line with \`$1'"
}

# Octets of HEX: COUNT of them, the first being 0.
octets() { # HEX FROM COUNT
	octets=$1 skip=$2 take=$3
	while [ "$skip" -gt 0 ]; do
		octets=${octets#??} skip=$((skip - 1))
	done
	rest=$octets
	while [ "$take" -gt 0 ]; do
		rest=${rest#??} take=$((take - 1))
	done
	say "${octets%"$rest"}"
}

# ---- the elements ----

impi() { # DEVICE
	printf '00101000000000%s@ims.mnc001.mcc001.3gppnetwork.org\n' \
	    "${1##*-}"
}

# A device's keys; those for TUAK are test set 1 of TS 35.233.
keys() { # ALGORITHM
	case $1 in
	milenage)
		say k "$K"
		say opc "$OPC" ;;
	tuak)
		say k abababababababababababababababab
		say top 5555555555555555555555555555555555555555555555555555555555555555 ;;
	esac
}

# A subscriber in hss.db, and its card in DEVICE.card.
provision() { # DEVICE ALGORITHM [OPTION...]
	keys "$2" >"$1.keys"
	device=$1 algorithm=$2
	shift 2
	hss-store add -d hss.db --impi "$(impi "$device")" --ue-id "$device" \
	    --algorithm "$algorithm" --key-file "$device.keys" "$@"
	hss-store card -d hss.db --impi "$(impi "$device")" --bsf "$BSF" \
	    -o "$device.card"
	rm "$device.keys"
}

# The last SQN that the HSS used for a device.
sqn() { # DEVICE
	sqn_of "$(impi "$1")"
}

# The home network and the MTC server answer NAME.request: NAME.draft,
# NAME.response, its SA in mtc.db, and NAME.gpi.
answer() { # NAME [OPTION of gpi-sign...]
	name=$1
	shift
	gpi-gen --hss hss.db --bsf "$BSF" -o "$name.draft" "$name.request"
	gpi-sign "$@" -o "$name.response" "$name.draft"
	sa-store put -d mtc.db "$name.response"
	gpi-push --to - -o "$name.gpi" "$name.response"
}

# A GPI for meter-7, step 401 to 405: NAME.request and so on as above.
make_gpi() { # NAME [OPTION of mtc-trigger request...]
	name=$1
	shift
	mtc-trigger request -d mtc.db --naf "$NAF" --ue-id meter-7 "$@" \
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

# The stages NAME... end with status STATUS each.
ended() { # STATUS NAME...
	want=$1
	shift
	for stage in "$@"; do
		await test -e "$stage.status"
		read -r got <"$stage.status"
		[ "$got" -eq "$want" ] && continue
		cat "$stage.err" >&2 || :
		die "$stage: exit status $got, expected $want"
	done
}

# The TLS server of the MTC server, for COUNT connections; sets `at'.
serve() { # COUNT [OPTION...]
	count=$1
	shift
	stage serve mtc-trigger serve -d mtc.db --listen 127.0.0.1:0 \
	    --count "$count" "$@" </dev/null >serve.out 2>serve.err &
	await listening serve.err
}

# ---- pictures ----

# Read the options [-T FORMAT] [-o FILE] [DATA...]: sets `format', by the name
# of FILE, or else txt; `picture', empty for standard output; and `data', copies
# of the files of DATA.  Names are those of where the script was called.
picture() { # OPTION...
	format='' picture='' data=''
	while getopts T:o: option; do
		case $option in
		T) format=$OPTARG ;;
		o) picture=$OPTARG ;;
		*) die 'usage: [-T png|svg|txt] [-o FILE] [DATA ...]' ;;
		esac
	done
	shift $((OPTIND - 1))
	case ${format:=${picture##*.}} in
	png | svg | txt) ;;
	'') format=txt ;;
	*) die "$format: expected png, svg or txt" ;;
	esac
	case $picture in
	'' | - | /*) ;;
	*) picture=$OLDPWD/$picture ;;
	esac
	for file; do
		(cd "$OLDPWD" && cat -- "$file") >"given.$#" ||
		    die "$file: cannot be read"
		data="$data given.$#"
		shift
	done
}

# The picture that is in FILE goes where it was asked for.
shown() { # FILE
	case $picture in
	'' | -) cat "$1" ;;
	*) cp "$1" "$picture" ;;
	esac
}
