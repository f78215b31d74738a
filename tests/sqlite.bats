# sqlite.bats: what is SQLite's alone: files, locks, upgrades.

load helper
load version1

# A program that waits ten seconds for a lock begins now; the last test looks.
setup_file() {
	export LOCKED=$BATS_FILE_TMPDIR

	cd "$LOCKED" || exit 1
	sa-store put -d locked.db </dev/null
	hold locked.db 3>&-
	(status=0
	sa-store rm -d locked.db --ul x >out 2>err || status=$?
	echo $status >ended) 3>&- &
}

teardown_file() {
	touch "$LOCKED/let-go"
}

# hold DB: a lock for writing, until ./let-go is there
hold() {
	rm -f let-go
	mkfifo "lock.$1"
	sqlite3 "$1" <"lock.$1" >held 2>&1 &
	# shellcheck disable=SC2094
	(echo "PRAGMA busy_timeout = 9000; BEGIN IMMEDIATE; SELECT 'held';"
	until [ -e let-go ]; do nap; done) >"lock.$1" &
	await has_line held held
}

@test "the keys of removed SAs are not left in the file" {
	response 'ks_naf=b"keykeykeykeykeykeykeykeykeykeyke"' | adopt
	sqlite3 mtc.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	grep -q keykeykeykey mtc.db
	sa-store rm -d mtc.db --ul one
	sqlite3 mtc.db 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
	lacks keykeykeykey mtc.db
}

@test "an SA is looked up through an index by each identity" {
	response | adopt
	for row in "sa WHERE ul = 'a'" 'expiry WHERE expires <= 1' 'sa WHERE id = 1' \
	    'key_rand WHERE key BETWEEN 1 AND 2' \
	    'key_ue WHERE key BETWEEN 1 AND 2' "trigger_state WHERE p_tid = 'a'"; do
		sqlite3 mtc.db "EXPLAIN QUERY PLAN SELECT 1 FROM $row" >plan
		grep -qE "SEARCH ${row%% *} USING .*(INDEX|PRIMARY KEY)" plan
		lacks SCAN plan
	done
}

@test "a lock that passes is waited for; readers do not wait" {
	device
	hold mtc.db 3>&-
	does mtc-trigger status -d mtc.db
	does mtc-trigger devices -d mtc.db -j
	same devices "$(lines_in out)" 1
	(sleep 0.3; touch let-go) 3>&- &
	does mtc-trigger register -d mtc.db --ue-id meter-8 --ue-trp unix:dev
	same devices "$(mtc-trigger devices -d mtc.db -j | lines)" 2
}

# ---- stores of earlier versions ----

# fleet of the version N: mtc.db and hss.db, and what they are to hold; there are
# none of an HSS of the second version, which is the newest
version() {
	once "version-$1" make_version "$1"
}

make_version() {
	subscriber meter-7 $IMPI --imsi 001010123456789 --ue-id sip:7@example.org
	subscriber meter-8 eight --sqn 77
	device meter-7
	device meter-8 udp://192.0.2.8:1
	for p_tid in one two three; do
		request --p-tid $p_tid | gen | gpi-sign | put
	done
	# and of the usual form
	request | gen | gpi-sign | put
	request --p-tid open --indication 2 --time 30 >open
	mtc-trigger cancel -d mtc.db --p-tid two
	cbor 'rec("report", p_tid="three", state=10, time=5, detail="away")' |
	    mtc-trigger record -d mtc.db
	shown >expected
	for db in mtc hss; do
		elder $db.db $db.old "$([ $db = hss ] && echo 1 || echo "$1")"
		mv $db.old $db.db
		rm -f $db.db-*
	done
	same version "$(sqlite3 mtc.db 'PRAGMA user_version')" "$1"
}

shown() {
	sa-store list -d mtc.db -js
	mtc-trigger status -d mtc.db -j
	mtc-trigger devices -d mtc.db -j
	hss-store list -d hss.db -js
}

# as_new OLD NEW: the same schema
as_new() {
	local db

	for db; do
		sqlite3 "$db" 'SELECT type, name, sql FROM sqlite_schema
		    ORDER BY 1, 2; PRAGMA user_version; PRAGMA application_id;
		    PRAGMA integrity_check; PRAGMA journal_mode' |
		    tr -s '[:space:]' '\n' >"$db.schema"
	done
	diff "$1.schema" "$2.schema"
}

# upgraded: all is there, by each id
upgraded() {
	shown | diff expected -
	for id in one two three "$(sa-store list -d mtc.db --cbor | field ul_sa_id |
	    tail -n 1)"; do
		same "--ul $id" "$(sa-store get -d mtc.db --cbor --ul "$id" |
		    field ul_sa_id)" "$id"
		dl=$(sa-store get -d mtc.db --cbor --ul "$id" | field dl_sa_id)
		same "--dl of $id" "$(sa-store get -d mtc.db --cbor --dl "$dl" |
		    field ul_sa_id)" "$id"
		same "$id" "$(mtc-trigger status -d mtc.db --p-tid "$id" -t |
		    value p_tid)" "$id"
	done
	same --ue "$(sa-store get -d mtc.db --cbor --ue meter-7 | field type | lines)" 4
	same SQN "$(sqn eight)" 77
	for id in sip:7@example.org meter-7; do
		cbor "request(ue_id='$id')" | does gen
	done
	cbor "request(ue_id='$IMPI', ue_id_type=0)" | does gen
	fails 1 'hss-store: imsi: another subscriber has 001010123456789' \
	    hss-store add -d hss.db --impi nine --key-file key \
	    --imsi 001010123456789
	# what was asked for before is answered after
	gen open | gpi-sign | does put
	same state "$(state open)" stored
	does mtc-trigger unregister -d mtc.db --ue-id meter-8
	says 5 sa-store expire -d mtc.db --now $((NOW + 3600))
}

@test "a store of the first version is upgraded: all is there, by each id" {
	version 1
	upgraded
}

@test "a store of the second version is upgraded: all is there, by each id" {
	version 2
	upgraded
}

@test "a store of the third version is upgraded: all is there, by each id" {
	version 3
	upgraded
}

@test "an upgraded store is just as a new one" {
	version 1
	sa-store count -d mtc.db
	gpi-gen --hss hss.db --bsf $BSF /dev/null
	sa-store put -d new.db </dev/null
	hss-store import -d newhss.db </dev/null
	as_new mtc.db new.db
	as_new hss.db newhss.db
	mode mtc.db 600
	for version in 2 3; do
		version $version
		sa-store count -d mtc.db
		as_new mtc.db new.db
	done
}

@test "programs that find a store of an earlier version at once" {
	version 1
	for n in {1..6}; do
		(sa-store list -d mtc.db -js >"list.$n" 2>"err.$n"
		hss-store list -d hss.db -js >>"list.$n" 2>>"err.$n") 3>&- &
	done
	wait
	same complaints "$(cat err.*)" ''
	same lists "$(md5sum list.* | cut -d ' ' -f 1 | uniq -c |
	    awk '{ print $1 }')" 6
	shown | diff expected -
}

# ---- stores that are not right ----

EVERY='hss-store_list mtc-trigger_devices sa-store_count'

# each STATUS MESSAGE DB: what a program of each store says of it
each() {
	local program

	for program in $EVERY; do
		# shellcheck disable=SC2086
		fails "$1" "${program%_*}: $2" ${program/_/ } -d "$3"
	done
}

@test "a newer schema is refused" {
	hss-store import -d hss.db </dev/null
	sa-store put -d mtc.db </dev/null
	sqlite3 hss.db 'PRAGMA user_version = 3'
	sqlite3 mtc.db 'PRAGMA user_version = 5'
	for db in hss.db mtc.db; do
		cp $db $db.before
	done
	fails 4 'hss-store: hss.db: version 3 of an HSS store; this program handles version 2' \
	    hss-store list -d hss.db
	fails 4 'gpi-gen: hss.db: version 3 of an HSS store; this program handles version 2' \
	    gpi-gen --hss hss.db --bsf $BSF /dev/null
	fails 4 'sa-store: mtc.db: version 5 of an SA store; this program handles version 4' \
	    sa-store count -d mtc.db
	fails 4 'mtc-trigger: mtc.db: version 5 of an SA store; this program handles version 4' \
	    mtc-trigger status -d mtc.db
	for db in hss.db mtc.db; do
		same_octets $db $db.before
	done
}

@test "another database is refused, and left as it is" {
	sqlite3 other.db 'CREATE TABLE t (x); INSERT INTO t VALUES (1)'
	cp other.db before
	fails 4 'hss-store: other.db: another database, not an HSS store' \
	    hss-store list -d other.db
	fails 4 'sa-store: other.db: another database, not an SA store' \
	    sa-store count -d other.db
	same_octets other.db before
	hss-store import -d hss.db </dev/null
	fails 4 'mtc-trigger: hss.db: another database, not an SA store' \
	    mtc-trigger devices -d hss.db
	sa-store put -d mtc.db </dev/null
	fails 4 'gpi-gen: mtc.db: another database, not an HSS store' \
	    gpi-gen --hss mtc.db --bsf $BSF /dev/null
}

@test "a file that is no database is refused, and left as it is" {
	yes 'this is a text file' | head -n 200 >text
	cp text before
	each 4 'text: file is not a database' text
	same_octets text before
}

@test "a store with two names is refused by either" {
	subscriber
	ln hss.db again.db
	for name in hss.db again.db; do
		fails 4 "hss-store: $name: the file has 2 hard links; a store may have one" \
		    hss-store list -d $name
	done
	rm again.db
	hss-store list -d hss.db
	ln -s hss.db again.db
	hss-store list -d again.db
}

@test "a directory, and a directory that is not there" {
	mkdir dir
	each 4 'dir: Is a directory' dir
	each 4 'none/x.db: No such file or directory' none/x.db
}

@test "a directory where nothing can be made, a store that cannot be written" {
	unable=(setpriv --bounding-set=-all --inh-caps=-all)
	mkdir ro
	chmod 500 ro
	for program in hss-store_import mtc-trigger_record sa-store_put; do
		# shellcheck disable=SC2086
		fails 4 "${program%_*}: ro/x.db: Permission denied" \
		    "${unable[@]}" env "PATH=$PATH" ${program/_/ } -d ro/x.db
	done
	[ ! -e ro/x.db ]
	sa-store put -d mtc.db </dev/null
	chmod 400 mtc.db
	fails 4 'sa-store: mtc.db: Permission denied' \
	    "${unable[@]}" env "PATH=$PATH" sa-store count -d mtc.db
}

@test "stores and all beside them are 0600, whatever the umask" {
	umask 000
	subscriber
	device
	mkfifo in
	request | gen | gpi-sign >response
	(cat response; cat in) | adopt mtc.db 3>&- &
	exec 9>in
	there() { [ "$(sa-store count -d mtc.db)" = 1 ]; }
	await there
	[ -e mtc.db-wal ]
	for file in hss.db mtc.db mtc.db-wal mtc.db-shm; do
		[ ! -e $file ] || mode $file 600
	done
	exec 9>&-
	wait
}

@test "a locked store: ten seconds, then one line and status 4" {
	cd "$LOCKED"
	for ((i = 0; i < 4; i++)); do
		await test -s ended && break
	done
	same stderr "$(<err)" 'sa-store: locked.db: database is locked'
	same status "$(<ended)" 4
	nothing_in out
}

# vinzenz/vsqlite--#56, TryGhost/node-sqlite3#1675, aiosqlite#162
@test "every name that is no URI is a file's" {
	for name in :memory: 'file:x?mode=memory' 'a?b#c%41' ' a' ./dbname=x; do
		does put "$name" </dev/null
		[ -s "$name" ]
		mode "$name" 600
	done
	fails 2 'sa-store: store: the name is empty' sa-store count -d ''
	fails 2 'sa-store: store: postgres:x is not known; use a file or postgresql://...' \
	    sa-store count -d postgres:x
	for name in 'dbname=x' 'host = a dbname=x' 'PASSWORD=secret'; do
		fails 2 'sa-store: store: keywords of libpq are not taken; use a file or postgresql://...' \
		    sa-store count -d "$name"
	done
	fails 4 'sa-store: /dev/null: not a file' sa-store count -d /dev/null
	fails 4 'sa-store: .: Is a directory' sa-store count -d .
	echo 'this is text, and not a store' >text
	chmod 600 text
	fails 4 'sa-store: text: file is not a database' sa-store count -d text
}
