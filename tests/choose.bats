# choose.bats: which devices a run is for, and what is removed in the end.
# engines: sqlite postgresql

load helper

# devices ID...: registered
devices() {
	local id

	for id; do
		echo "{\"ue_id\": \"$id\", \"ue_trp\": \"unix:dev\"}"
	done | mtc-trigger register -d mtc.db -
}

# ask OPTION...: requests for those devices; their identities into $asked
ask() {
	mtc-trigger request -d mtc.db --naf $NAF --now $NOW "$@" >asked
	asked=$(field ue_id asked | words)
}

# open: the P-TIDs of open triggers, in order
open() {
	sql mtc.db 'SELECT ue_id FROM trigger_state WHERE closed = 0
	    ORDER BY id' | words
}

# chosen FILE: one as an editor of another system leaves it
chosen() {
	printf '\xef\xbb\xbfb\r\n\r\n  nobody \r\n{"ue_id": "a", "is": {"in": [1]}}\r\n' >"$1"
	printf '{"ue": "a"}\r\na b\r\n{"ue_id": 7}\r\nd' >>"$1"
}

BAD='mtc-trigger: ids: line 5: the member ue_id is missing
mtc-trigger: ids: line 6: ue_id: found other characters, expected printable ASCII without space
mtc-trigger: ids: line 7: ue_id: found a number, expected a string'

# bats test_tags=any-store
@test "--ue-id: as often as it is given" {
	mapfile -t ids < <(seq 300)
	devices "${ids[@]}"
	ask "${ids[@]/#/--ue-id=}"
	same asked "$asked" "${ids[*]}"
}

@test "--ue-id-file: lines, JSON Lines, and what is neither" {
	devices a b c d
	chosen ids
	try mtc-trigger request -d mtc.db --naf $NAF --ue-id c --ue-id-file ids
	same status $status 3
	same asked "$(field ue_id out | words)" 'c b a d'
	diff - err <<-.
	mtc-trigger: ids: line 3: device nobody is not registered
	$BAD
	.
	try mtc-trigger status -d mtc.db --ue-id-file ids -j
	same status $status 3
	same 'in the order of the requests' "$(pick ue_id <out | words)" \
	    '[b] [a] [d]'
	diff - err <<<"$BAD"
	try mtc-trigger cancel -d mtc.db --ue-id-file ids
	same 'status, how many' "$status $(<out)" '3 3'
	diff - err <<-.
	mtc-trigger: ids: line 3: device nobody has no open trigger
	$BAD
	.
	same open "$(open)" c
	try mtc-trigger unregister -d mtc.db --ue-id-file ids
	same status $status 3
	diff - err <<-.
	mtc-trigger: ids: line 3: device nobody is not registered
	$BAD
	.
	same left "$(mtc-trigger devices -d mtc.db -j | pick ue_id)" '["c"]'
}

# bats test_tags=any-store
@test "--ue-id-file: standard input, records, UTF-16, no file" {
	devices a b c
	ask --ue-id-file - <<<b
	same asked "$asked" b
	mtc-trigger devices -d mtc.db -o records
	ask --ue-id-file records
	same asked "$asked" 'a b c'
	printf '\xff\xfea\0' >ids
	fails 3 'mtc-trigger: ids: line 1: UTF-16; save it as UTF-8' \
	    mtc-trigger request -d mtc.db --naf $NAF --ue-id-file ids
	printf 'a\0b\n' >ids
	fails 3 'mtc-trigger: ids: line 1: a NUL octet; a line is text, in UTF-8' \
	    mtc-trigger request -d mtc.db --naf $NAF --ue-id-file ids
	fails 4 'mtc-trigger: absent: No such file or directory' \
	    mtc-trigger request -d mtc.db --naf $NAF --ue-id-file absent
	fails 4 'mtc-trigger: .: Is a directory' \
	    mtc-trigger request -d mtc.db --naf $NAF --ue-id-file .
	: >ids
	ends 0 'mtc-trigger: --ue-id-file: there is no device in it' \
	    mtc-trigger request -d mtc.db --naf $NAF --ue-id-file ids
	nothing_in out
}

@test "where no device is chosen, one line says so, status 0" {
	local wake=(mtc-trigger wake -d mtc.db --naf $NAF --bsf false)

	mtc-trigger register -d mtc.db - </dev/null
	fails 0 'mtc-trigger: no device is registered' "${wake[@]}" --all
	devices a b
	fails 0 'mtc-trigger: no device is in --state failed,expired' \
	    "${wake[@]}" --state failed,expired
	fails 0 'mtc-trigger: no device is in --state failed' \
	    "${wake[@]}" --all --state failed
	fails 0 'mtc-trigger: none of the devices is in --state failed' \
	    mtc-trigger request -d mtc.db --naf $NAF --ue-id a --state failed
}

@test "--state: the newest trigger of each device decides" {
	devices a b c d
	NOW=$NOW ask --ue-id a --ue-id b --ue-id c
	mtc-trigger cancel -d mtc.db --ue-id a --ue-id b >cancelled
	same cancelled "$(<cancelled)" 2
	NOW=$((NOW + 1)) ask --ue-id a
	ask --state failed
	same failed "$asked" b
	ask --all --state requested,failed
	same either "$asked" 'a b c'
	ask --ue-id a --ue-id d --state requested
	same 'of some' "$asked" a
	ask --state connected
	same none "$asked" ''
}

@test "cancel: devices, states, all; the number is said" {
	devices a b c
	ask --all
	ask --ue-id b
	says 2 mtc-trigger cancel -d mtc.db --ue-id b
	same open "$(open)" 'a c'
	ends 1 'mtc-trigger: device b has no open trigger' \
	    mtc-trigger cancel -d mtc.db --ue-id b
	same out "$(<out)" 0
	sql mtc.db "UPDATE trigger_state SET state = 5 WHERE ue_id = 'a'"
	says 0 mtc-trigger cancel -d mtc.db --state delivered,connected
	says 0 mtc-trigger cancel -d mtc.db --state sent --ue-id c
	says 1 mtc-trigger cancel -d mtc.db --state sent
	same open "$(open)" c
	# and of a device that is not registered
	mtc-trigger unregister -d mtc.db --ue-id c
	says 1 mtc-trigger cancel -d mtc.db --all --now $((NOW + 7))
	says 0 mtc-trigger cancel -d mtc.db --all
	same open "$(open)" ''
	same how "$(mtc-trigger status -d mtc.db --ue-id c -j |
	    pick state failed detail)" "[\"failed\",$((NOW + 7)),\"cancelled\"]"
}

# bats test_tags=any-store
@test "cancel: who writes slowly, locks nobody out" {
	devices a b
	ask --all
	mkfifo in
	mtc-trigger cancel -d mtc.db --ue-id-file - <in >cancelled 3>&- &
	pid=$!
	exec 9>in
	echo a >&9
	closed() { [ "$(open)" = b ]; }
	await closed
	devices c
	exec 9>&-
	wait $pid
	same cancelled "$(<cancelled)" 1
}

# bats test_tags=any-store
@test "choosing: called wrongly" {
	long=$(printf 'x%.0s' {1..256})
	fails 2 'mtc-trigger: --ue-id: found 256 characters, expected 1 to 255' \
	    mtc-trigger request -d mtc.db --naf $NAF --ue-id "$long"
	fails 3 'mtc-trigger: line 1: ue_id: found 256 characters, expected 1 to 255' \
	    mtc-trigger request -d mtc.db --naf $NAF --ue-id-file - <<<"$long"
	rm mtc.db*

	fails 2 "mtc-trigger: --state: 'fialed' is not requested, answered, stored, sent, delivered, responded, connected, expired or failed" \
	    mtc-trigger cancel -d mtc.db --state sent,fialed
	fails 2 'mtc-trigger: give one of --p-tid, --ue-id or --ue-id-file, and --all' \
	    mtc-trigger cancel -d mtc.db --p-tid x --ue-id a
	fails 2 'mtc-trigger: give --p-tid TEXT, --ue-id ID, --ue-id-file FILE, --state S or --all' \
	    mtc-trigger cancel -d mtc.db
	fails 2 'mtc-trigger: give --ue-id ID or --ue-id-file FILE' \
	    mtc-trigger unregister -d mtc.db
	fails 2 'mtc-trigger: --p-tid is for one device only' \
	    mtc-trigger request -d mtc.db --naf $NAF --ue-id-file x --p-tid x
	fails 2 'mtc-trigger: --ue-trp cannot be given with --state alone' \
	    mtc-trigger request -d mtc.db --naf $NAF --state sent \
	    --ue-trp unix:x
}

# bats test_tags=any-store
@test "wake: --ue-id-file, --state and --via" {
	subscriber
	for ue in meter-7 meter-8; do
		mtc-trigger register -d mtc.db --ue-id $ue --ue-trp topic:$ue \
		    --ue-trp-any
	done
	(echo meter-7; echo meter-8) >ids
	ask --ue-id meter-7 --ue-id meter-8
	mtc-trigger cancel -d mtc.db --ue-id meter-7 >/dev/null
	wake=(mtc-trigger wake -d mtc.db --naf $NAF --now $NOW --timeout 1 \
	    --indication report --time 30
	    --bsf "gpi-gen --hss hss.db --bsf $BSF --now $NOW | gpi-sign")
	ends 1 'mtc-trigger: meter-7: sent; no connection within 1 s' \
	    "${wake[@]}" --ue-id-file ids --state failed --via topic=file:broker
	same woken "$(field ue_id out | words)" meter-7
	same broker "$(stat -c %s broker)" 112
	fails 2 'mtc-trigger: --via: x is given twice' \
	    "${wake[@]}" --all --via x=file:a --via x=file:b
	fails 2 'mtc-trigger: standard input cannot be both --passwords and --ue-id-file; give a FILE' \
	    "${wake[@]}" --ue-id-file - --passwords -
}

@test "cancel: 20,000 devices, and one more transaction for the rest" {
	seq 20010 >ids
	python 'for n in range(1, 20011):
    out.write(b"{\"ue_id\": \"%d\", \"ue_trp\": \"unix:d\"}\n" % n)' |
	    mtc-trigger register -d mtc.db -
	ask --all
	says 20010 mtc-trigger cancel -d mtc.db --ue-id-file ids
	same open "$(open)" ''
	says 20010 mtc-trigger prune -d mtc.db --before 0s \
	    --now $((NOW + 100000000))
	same left "$(mtc-trigger status -d mtc.db -j)" ''
}

@test "prune: what is closed, older, and whose key has expired" {
	devices a b c d
	for ue in a b c; do
		NOW=$((NOW + ${#asked})) ask --ue-id $ue
	done
	ask --ue-id d --lifetime 2000000
	mtc-trigger cancel -d mtc.db --ue-id a --ue-id d --now $((NOW + 100)) \
	    >/dev/null
	mtc-trigger cancel -d mtc.db --ue-id b --now $((NOW + 200)) >/dev/null
	later=$((NOW + 86400))
	left() {
		mtc-trigger status -d mtc.db -j | values ue_id | words
	}
	says 0 mtc-trigger prune -d mtc.db --before $((NOW + 100)) --now $later
	says 1 mtc-trigger prune -d mtc.db --before $((NOW + 101)) --now $later
	same 'b is younger, c open, the key of d lives' "$(left)" 'b c d'
	says 0 mtc-trigger prune -d mtc.db --before 2d --now $later
	says 1 mtc-trigger prune -d mtc.db --before 2027-01-16 --now $later
	same left "$(left)" 'c d'
	says 1 mtc-trigger prune -d mtc.db --before 23h \
	    --now $((NOW + 3000000))
	same left "$(left)" c
	fails 2 "mtc-trigger: --before: '2027-02-30' is not seconds since 1970, a date as 2026-11-25 or 2026-11-25T20:10:08Z, or an age as 12h or 30d" \
	    mtc-trigger prune -d mtc.db --before 2027-02-30
	ends 0 'mtc-trigger: warning: --before 30 is 1970-01-01T00:00:30Z; an age is written 12h or 30d' \
	    mtc-trigger prune -d mtc.db --before 30
}

@test "what only reads makes no store" {
	absent='absent.db: No such file or directory'
	if [ $ENGINE = postgresql ]; then
		store_of absent.db
		pg_uri main "$REPLY"
		absent="$REPLY: there is no store"
	fi
	for command in 'mtc-trigger status' 'mtc-trigger devices' \
	    'mtc-trigger prune --before 1d' 'mtc-trigger cancel --all' \
	    'mtc-trigger unregister --ue-id a' 'sa-store list' \
	    'sa-store count' 'sa-store expire' 'sa-store get --ue a' \
	    'sa-store rm --ue a' 'hss-store list' "hss-store show --impi $IMPI" \
	    "hss-store set --impi $IMPI" "hss-store rm --impi $IMPI" \
	    "hss-store card --impi $IMPI --bsf $BSF"; do
		fails 4 "${command%% *}: $absent" $command -d absent.db
	done
	[ ! -e absent.db ]
}

@test "a store of an earlier release gets the index" {
	[ $ENGINE = postgresql ] || skip 'a file is upgraded'
	devices a
	sql mtc.db 'DROP INDEX trigger_ue;'
	mtc-trigger devices -d mtc.db >/dev/null
	sql mtc.db 'DROP INDEX trigger_ue;'
}
