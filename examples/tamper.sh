#!/bin/sh
# tamper.sh: genuine GPIs, damaged on the way in every small manner there is:
# each single bit flipped, cut after each octet, octets added, octets moved
# over the boundary of the two ciphertexts.  Each damaged GPI reaches the
# device as a datagram of its own.  It must refuse every one of them, and have
# learned nothing: its card as it was, no sync failure, nothing emitted.  Then
# the genuine GPI must still be good.
set -eu
# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname -- "$0")/common.sh"

# ---- damaged GPIs, as lines KIND HEX, of the GPI HEX ----

every_bit() { # HEX
	awk -v gpi="$1" 'BEGIN {
		digits = "0123456789abcdef"
		for (i = 1; i <= length(gpi); i++) {
			v = index(digits, substr(gpi, i, 1)) - 1
			for (bit = 1; bit <= 8; bit *= 2) {
				w = int(v / bit) % 2 ? v - bit : v + bit
				print "flipped", substr(gpi, 1, i - 1) \
				    substr(digits, w + 1, 1) substr(gpi, i + 1)
			}
		}
	}'
}

every_cut() { # HEX
	awk -v gpi="$1" 'BEGIN {
		for (n = 2; n < length(gpi); n += 2)
			print "cut", substr(gpi, 1, n)
	}'
}

added() { # HEX
	for octet in 00 01 f6 ff "${1%"${1#??}"}"; do
		say "added $1$octet"
		say "added $octet$1"
	done
}

# A GPI of mode full: a clear header of 38 octets and the application label; C1
# after a head of 2 octets; 82 02 and C2 after a head of 1; 50 and the MAC.
every_boundary() { # HEX
	awk -v gpi="$1" 'function head(n) {
		return n < 24 ? sprintf("%02x", 64 + n) : sprintf("58%02x", n)
	}
	BEGIN {
		n = 76 + 2 * substr(gpi, 74, 1)
		clear = substr(gpi, 1, n)
		mac = substr(gpi, length(gpi) - 33)
		c1 = substr(gpi, n + 5, length(gpi) - n - 4 - 14 - 34)
		c2 = substr(gpi, n + 5 + length(c1) + 6, 8)
		all = c1 c2
		total = length(all) / 2
		genuine = length(c1) / 2
		for (n = 0; n <= total; n++)
			if (n != genuine)
				print "moved", clear head(n) \
				    substr(all, 1, 2 * n) "8202" \
				    head(total - n) substr(all, 2 * n + 1) mac
	}'
}

# ---- to the device ----

# The response FILE with each GPI of stdin in place of its own, as hex.
responses() { # FILE
	awk -v record="$(hex "$1")" -v gpi="$(field gpi "$1")" '
	function bytes(v, n) {
		n = length(v) / 2
		return (n < 24 ? sprintf("%02x", 64 + n) : n < 256 ? \
		    sprintf("58%02x", n) : sprintf("59%04x", n)) v
	}
	BEGIN {
		own = "10" bytes(gpi)		# key 16: gpi
		at = index(record, own)
		before = substr(record, 1, at + 1)
		after = substr(record, at + length(own))
	}
	{ print before bytes($2) after }'
}

heard() { # COUNT: so many datagrams were refused by now
	[ "$(wc -l <recv.err)" -ge "$1" ]
}

tamper() { # NAME: with NAME.gpi, and what it is
	gpi=$(hex "$1.gpi")
	{
		every_bit "$gpi"
		every_cut "$gpi"
		added "$gpi"
		case $1 in full*) every_boundary "$gpi" ;; esac
	} >damaged
	count=$(wc -l <damaged)
	if cut -d ' ' -f 2 damaged | grep -q -x "$gpi"; then
		die 'a damaged GPI is the genuine one'
	fi
	cp meter-7.card before
	rm -f recv.* sync

	stage recv gpi-recv --card meter-7.card --any-naf \
	    --listen unix:device.sock --sync-failures sync \
	    >accepted 2>recv.err </dev/null &
	await test -S device.sock
	responses "$1.response" <damaged | xxd -r -p >pushed
	expect 0 gpi-push --to unix:device.sock pushed
	await heard "$count"
	kill "$(cat recv.pid)"
	ended 0 recv

	# a refusal for each, after the time, and nothing else
	awk -v count="$count" '$1 != "gpi-recv:" ||
	    $3 != "unix:device.sock:" { exit 1 }
	END { if (NR != count) exit 1 }' recv.err ||
	    die "not $count refusals: $(head -n 3 recv.err)"
	[ ! -s accepted ] || die 'a damaged GPI was accepted'
	[ ! -s sync ] || die 'a damaged GPI made a sync failure'
	cmp -s meter-7.card before || die 'a damaged GPI changed the card'

	expect 0 gpi-recv --card meter-7.card --any-naf -o accepted "$1.gpi"
	same 'p_tid' "$(field ul_sa_id accepted)" \
	    "$(field p_tid "$1.response")"
	say "$2, a GPI of $((${#gpi} / 2)) octets:"
	sed 's/: the GPI was altered/: mac&/; s/: not a GPI/: gpi&/
	    s/: a record, not a GPI/: gpi&/
	    s/^[^ ]* [^ ]* [^ ]* \([a-z0-9_]*\):.*/\1/' recv.err |
	    paste -d ' ' damaged - | cut -d ' ' -f 1,3 | sort | uniq -c >tally
	for kind in flipped cut added moved; do
		awk -v kind="$kind" '$2 == kind {
			sum += $1
			why = why " " $3 "=" $1
		}
		END {
			if (sum)
				printf "%s %d, refused for %s\n", kind,
				    sum, substr(why, 2)
		}' tally | fold -s -w 70 | sed 's/^/    /; 2,$s/^/    /'
	done
	case $1 in
	full*)	# C2 of 2 to 9 octets might be one; then it is the MAC
		same 'boundaries refused for the MAC' \
		    "$(awk '$2 == "moved" && $3 == "mac" { print $1 }' tally)" 7
	esac
}

provision meter-7 milenage
mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp unix:device.sock
make_gpi full --indication report --time 30
make_gpi integrity --indication report --time 30 --mode integrity
make_gpi plain

mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp unix:device.sock \
    --um u --app-lbl a0000000871004
make_gpi full-u --indication report --time 30

tamper full 'mode full, GBA_ME'
tamper integrity 'mode integrity, GBA_ME'
tamper plain 'no trigger, GBA_ME'
tamper full-u 'mode full, GBA_U with an application label'
say 'no damaged one was accepted; each genuine one was, afterwards'
