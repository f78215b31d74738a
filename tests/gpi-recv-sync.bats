# gpi-recv-sync.bats: GPIs that are stale, and what comes of them.

load helper
load gpi-recv

@test "a stale SQN without --sync-failures: nothing is remembered" {
	stale
	refused 'sqn: SEQ 1 IND 1 is not fresh, expected SEQ over 1'
	refused 'sqn: SEQ 1 IND 1 is not fresh, expected SEQ over 1'
}

@test "a genuine stale GPI yields one AUTS" {
	stale
	fails 1 'gpi-recv: gpi: record 1: sqn: SEQ 1 IND 1 is not fresh, expected SEQ over 1' \
	    recv --sync-failures sync gpi
	mode sync 600
	same 'sync failure' "$(gpi-show -j sync |
	    sed 's/,"auts":"[0-9a-f]*"//')" \
	    "{\"type\":\"sync-failure\",\"rand\":\"$(field rand gpi)\",\"time\":$NOW}"
	same SQN.MS "$(osmo-auc-gen -3 -a milenage -k $K -o $OPC \
	    -r "$(field rand gpi)" -A "$(field auts sync)" |
	    sed -n 's/^SQN.MS:[[:space:]]*//p')" 33
	cp sync sync.before
	refused "$AGAIN" --sync-failures sync
	same_octets sync sync.before
}

@test "sync failures are appended" {
	stale
	try recv --sync-failures sync gpi
	hss-store set -d hss.db --impi $IMPI --sqn 0
	gpi | try recv --sync-failures sync
	same 'sync failures' "$(field type sync | tally)" \
	    '2 sync-failure'
}

@test "what the card cannot remember any more may yield AUTS once more" {
	with_gpi
	does recv gpi
	many 31 | gen | gpi-sign | gpi-push --to - | does recv
	refused "$AGAIN" --sync-failures sync
	nothing_in sync
	gpi | does recv
	fails 1 'gpi-recv: gpi: record 1: sqn: SEQ 1 IND 1 is not fresh, expected SEQ over 33' \
	    recv --sync-failures sync gpi
	refused "$AGAIN" --sync-failures sync
	same 'sync failures' "$(field type sync)" sync-failure
}

@test "an SQN too far ahead is no way to wear the card out" {
	elements
	hss-store set -d hss.db --impi $IMPI --sqn $((2 ** 28 * 32))
	gpi >gpi
	refused "sqn: SEQ $((2 ** 28 + 1)) is more than $((2 ** 28)) ahead of SEQ_MS 0"
	hss-store set -d hss.db --impi $IMPI --sqn $(((2 ** 28 - 1) * 32))
	gpi | does recv
}

@test "no AUTS where anything else is wrong" {
	stale --lifetime 60
	unchanged fails 1 "gpi-recv: gpi: record 1: this GPI is for NAF $NAF/0100000007; this device accepts other.example.org" \
	    gpi-recv --card card --naf other.example.org --now $NOW \
	    --sync-failures sync gpi
	unchanged fails 1 "gpi-recv: gpi: record 1: the key expired at 2027-01-15T08:01:00Z" \
	    gpi-recv --card card --naf $NAF --now $((NOW + 60)) \
	    --sync-failures sync gpi
	python 'g = read("gpi"); out.write(g[:-1] + bytes([g[-1] ^ 1]))' >bad
	unchanged fails 1 "gpi-recv: bad: record 1: $(mac_reason)" \
	    recv --sync-failures sync bad
	nothing_in sync
}

@test "--dry-run writes neither card nor sync failures" {
	with_gpi
	unchanged does recv --dry-run gpi
	same type "$(field type out)" accepted
	unchanged does recv --dry-run gpi
	does recv gpi
	stale
	refused 'sqn: SEQ 2 IND 2 is not fresh, expected SEQ over 2' \
	    --dry-run --sync-failures sync
	[ ! -e sync ]
}

@test "--explain shows the values of the check that failed, keys hidden" {
	with_gpi
	python 'g = read("gpi"); out.write(g[:-1] + bytes([g[-1] ^ 1]))' >bad
	try recv --explain bad
	same status "$status" 1
	grep -q "^  MAC  *$(field mac bad)$" err
	grep -q '^  Ks  *(hidden)$' err
	grep -q '^  K_GPI  *(hidden)$' err
	try recv --explain -s bad
	grep -qE '^  K_GPI  *[0-9a-f]{64}$' err
	stale
	try recv --explain gpi
	grep -q '^  SQN_MS  *66 (SEQ 2, IND 2)$' err
	python 'g = read("gpi"); out.write(g[:34] + bytes([g[34] ^ 1]) + g[35:])' >bad
	try recv --explain bad
	grep -q '^  XMAC-A ' err
	grep -q '^  CK  *(hidden)$' err
	grep -q '^  IK  *(hidden)$' err
}
