# gpi-recv-tamper.bats: GPIs that are not as they left, and what is none; see
# tamper.sh and graft.sh of the examples, too.

load helper
load gpi-recv

# ---- tampering ----

@test "each flipped bit on its own ends with 1 or 3" {
	known full
	cp card card.before
	bits=(0 3 8 17 150 290 420 430 437 700 870 880 1000 1300)
	python 'g = read("gpi")
for bit in sys.argv[1:]:
    n = int.from_bytes(g, "big") ^ 1 << (8 * len(g) - 1 - int(bit) % (8 * len(g)))
    open("bad." + bit, "wb").write(n.to_bytes(len(g), "big"))' "${bits[@]}"
	for bit in "${bits[@]}"; do
		try recv "bad.$bit"
		[ "$status" = 1 ] || [ "$status" = 3 ]
		nothing_in out
	done
	same_octets card card.before
}

@test "mode none protects all but the trigger, as the warning says" {
	known none
	python 'g = read("gpi")
at = g.rindex(b"\x82\x00\x82\x02\x18\x1e") + 2
bad = [g[:i] + bytes([g[i] ^ 1 << b]) + g[i + 1:] for i in range(len(g))
    for b in range(8) if not at <= i < at + 4]
open("datagrams", "w").write("".join(b.hex() + "\n" for b in bad))
open("other", "wb").write(g[:at + 1] + b"\x01" + g[at + 2:])
print(len(bad))' >count
	bombard "$(<count)"
	does recv --accept-unprotected-trigger other
	same trigger_ind "$(field trigger_ind out)" 1
}

# all_refused TRIGGER...: ./genuine with each of these as its trigger item is
all_refused() {
	local n

	python 'import cbor2
g = cbor2.loads(read("genuine"))
other = cbor2.loads(read("other"))
for trigger in sys.argv[1:]:
    g[6] = eval(trigger)
    out.write(item(g))' "$@" >gpi
	unchanged try recv --accept-unprotected-trigger gpi
	same status "$status" 1
	nothing_in out
	for ((n = 1; n <= $#; n++)); do
		echo "gpi-recv: gpi: record $n: $(mac_reason)"
	done | diff - err
}

@test "a trigger is neither grafted, stripped nor downgraded" {
	elements
	for mode in full integrity; do
		gpi --indication 2 --time 30 --mode $mode >genuine
		gpi --indication 1 --time 60 --mode $mode >other
		all_refused 'other[6]' None '[0, [2, 30]]' '[0, [1]]' \
		    '[1, [1]]' '[1, [2, 31]]'
		does recv genuine
	done
	gpi >genuine
	all_refused '[1, [2, 30]]' '[0, [2, 30]]' 'other[6]'
}

@test "no part of a GPI fits into another" {
	elements
	gpi --indication 2 --time 30 >genuine
	gpi --indication 2 --time 30 >other
	python 'import cbor2
o = cbor2.loads(read("other"))
for i in 1, 2, 5, 6, 7:
    g = cbor2.loads(read("genuine"))
    g[i] = o[i]
    out.write(item(g))' >gpi
	unchanged try recv gpi
	same status "$status" 1
	nothing_in out
	diff err - <<-.
	gpi-recv: gpi: record 1: autn: MAC does not match this card
	gpi-recv: gpi: record 2: autn: MAC does not match this card
	gpi-recv: gpi: record 3: $(mac_reason)
	gpi-recv: gpi: record 4: $(mac_reason)
	gpi-recv: gpi: record 5: $(mac_reason)
	.
}

# ---- what is no GPI ----

@test "alien items between GPIs cost only themselves" {
	elements
	for i in 1 2 3; do gpi; done >gpis
	python 'gpis = [item(g) for g in items(read("gpis"))]
alien = [b"\x00", b"\x20", b"\x40", b"\x43abc", b"\x60", b"\x63abc", b"\x80",
    b"\xa0", b"\xc0\x60", b"\xe0", b"\xf4", b"\xf6", b"\xf7", b"\xf8\xff",
    b"\xf9\x7e\0", b"\xfa\0\0\0\0", b"\xfb" + bytes(8), b"\x5f\x41a\xff",
    b"\x7f\x61a\xff", b"\x9f\x00\xff", b"\xbf\x00\x00\xff", b"\x18\x00",
    b"\x1b" + bytes(8), b"\xd9\xd9\xf7\x00", b"\x88" + b"\x00" * 8,
    item([1] * 8), item({0: 1}), b"\x59\x03\xe8" + bytes(1000)]
print(len(alien) + 3, file=sys.stderr)
out.write(gpis[0] + b"".join(alien[:14]) + gpis[1] + b"".join(alien[14:]) +
    gpis[2])' >items 2>count
	ends 3 'gpi-recv: items: record 2: not a GPI' \
	    recv items
	same accepted "$(field type out | tally)" '3 accepted'
	# those that are alike and follow each other share a line
	same refusals "$(sed -nE 's/.* records? ([0-9]+)( to ([0-9]+))?:.*/\1 \3/p' \
	    err | while read -r first last; do
		seq "$first" "${last:-$first}"
	done | sort -nu | wc -l)" $(($(<count) - 3))
}

@test "all before broken CBOR comes out" {
	elements
	gpis 3
	for broken in 1c 3e 5e ff 9f1c df bf00ff 5f00ff 7f41 8801 590801; do
		unhex $broken >broken
		cat 1 2 broken 3 >items
		try recv --dry-run items
		same "status after $broken" "$status" 3
		same "lines after $broken" "$(lines_in err)" 1
		same "accepted before $broken" \
		    "$(field type out | tally)" '2 accepted'
	done
}

@test "an item of over 2,048 octets ends the run, one of 2,048 does not" {
	elements
	gpis 2
	python 'out.write(read("1") + item(bytes(2046)) + read("2"))' >items
	ends 3 'gpi-recv: items: record 2: item: found over 2048 octets, expected at most 2048' \
	    recv --dry-run items
	same accepted "$(field type out)" accepted
	python 'out.write(read("1") + item(bytes(2045)) + read("2"))' >items
	ends 3 'gpi-recv: items: record 2: gpi: found 2048 octets, expected at most 1024' \
	    recv items
	same accepted "$(field type out | tally)" '2 accepted'
}

@test "a GPI has one encoding" {
	with_gpi --indication 2 --time 30
	python 'g = read("gpi")
print((b"\x98\x08" + g[1:]).hex(), (b"\x9f" + g[1:] + b"\xff").hex(),
    (g[:1] + b"\x18\x01" + g[2:]).hex(),
    (g[:2] + b"\x58\x10" + g[3:]).hex(),
    (g[:2] + b"\x5f" + g[2:19] + b"\xff" + g[19:]).hex(),
    (b"\xc1" + g).hex(), sep="\n")' >forms
	cp card card.before
	while read -r form; do
		try recv < <(unhex "$form")
		same "status of $form" "$status" 3
		nothing_in out
	done <forms
	same_octets card card.before
	does recv gpi
}

@test "a version that is not known" {
	with_gpi
	python 'g = read("gpi"); out.write(g[:1] + b"\x02" + g[2:])' >new
	unchanged fails 3 'gpi-recv: new: record 1: ver: found 2, expected 1' \
	    recv new
}

@test "a record is no GPI" {
	elements
	request | fails 3 'gpi-recv: record 1: a record, not a GPI' recv
}

@test "the most severe status of a run is its status" {
	elements
	gpis 2
	try recv < <(cat 1 1 2)
	same 'rejected and good' "$status" 1
	try recv < <(cat 1; printf '\0'; gpi)
	same 'rejected, malformed and good' "$status" 3
	try recv < <(printf '\0'; cat 1; gpi)
	same 'malformed, rejected and good' "$status" 3
}
