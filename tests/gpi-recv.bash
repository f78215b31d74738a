# gpi-recv.bash: what the tests of step 406 share.
# shellcheck shell=bash disable=SC2154

AGAIN='rand: found one that this card accepted or answered before, expected a new one'

# unchanged COMMAND...: the card is the same, octet for octet, afterwards
unchanged() {
	local before after

	mapfile -d '' before <card
	"$@"
	mapfile -d '' after <card
	same card "${after[*]@Q}" "${before[*]@Q}"
}

# refused REASON [OPTION...]: ./gpi is, with this reason; it costs nothing
refused() {
	unchanged fails 1 "gpi-recv: gpi: record 1: $1" recv "${@:2}" gpi
}

# mac_reason: the reason for a MAC that does not match, of a card for $BSF
mac_reason() {
	echo "the GPI was altered, or this card (BSF $BSF) is for another BSF"
}

# refused_by_mac [OPTION...]
refused_by_mac() {
	refused "$(mac_reason)" "$@"
}

# stale [OPTION OF REQUEST...]: ./gpi made with an SQN that the card accepted
# before; the elements are new where there is no card yet
stale() {
	if [ -e card ]; then
		make_stale "$@"
	else
		once "stale${*// /}" make_stale "$@"
	fi
}

make_stale() {
	local before

	[ -e card ] || elements
	before=$(sqn)
	gpi "$@" | recv >/dev/null
	hss-store set -d hss.db --impi $IMPI --sqn "$before"
	gpi "$@" >gpi
}

# bombard COUNT: ./datagrams, until COUNT of them were refused
bombard() {
	cp card card.before
	listen unix:socket --accept-unprotected-trigger
	await test -S socket
	python 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("socket")
for line in open("datagrams"):
    s.send(h(line))'
	refusals() { [ "$(lines_in heard.err)" -ge "$1" ]; }
	await refusals "$1"
	stop
	same status "$status" 0
	same refusals "$(lines_in heard.err)" "$1"
	nothing_in heard
	same_octets card card.before
}
