# postgresql.bats: what is PostgreSQL's alone: servers that are not there, or
# that go away.
# engines: postgresql

load helper
load bsf-serve

setup_file() {
	pg_stores -c synchronous_commit=on
}

# ---- what is no store ----

@test "a URI that is none of PostgreSQL" {
	fails 2 'sa-store: store: mysql: is not known; use a file or postgresql://...' \
	    sa-store count -d mysql://db/mtc
	try sa-store count -d postgresql://%
	same status "$status" 2
	same lines "$(lines_in err)" 1
	grep -q '^sa-store: store: not understood' err
}

@test "a password in a URI is refused, and not shown" {
	for uri in 'postgresql://mtc:hunter2@localhost/mtc' \
	    'postgresql:///mtc?user=mtc&password=hunter2' \
	    'postgresql://mtc:hunter2@[/mtc'; do
		for program in 'sa-store count -d' 'hss-store list -d' \
		    'mtc-trigger devices -d' "gpi-gen --bsf $BSF --hss"; do
			# shellcheck disable=SC2086
			try $program "$uri" </dev/null
			same "status of $program" "$status" 2
			lacks hunter2 err
			nothing_in out
		done
	done
	fails 2 'sa-store: store: put the password into ~/.pgpass, not into the URI' \
	    sa-store count -d postgresql://mtc:hunter2@localhost/mtc
}

@test "no server, no database: one line, status 4" {
	uri="postgresql:///x?user=test&host=$PWD/none"
	fails 4 "sa-store: $uri: connection to server on socket \"$PWD/none/.s.PGSQL.5432\" failed: No such file or directory" \
	    sa-store count -d "$uri"
	uri="postgresql:///none?user=test&host=$SERVERS/main"
	fails 4 "sa-store: $uri: connection to server on socket \"$SERVERS/main/.s.PGSQL.5432\" failed: FATAL:  database \"none\" does not exist" \
	    sa-store count -d "$uri"
}

@test "keywords of libpq are no file: none is made, and none is shown" {
	fails 2 'sa-store: store: keywords of libpq are not taken; use a file or postgresql://...' \
	    sa-store count -d 'host=db password=hunter2 dbname=mtc'
	same files "$(echo *=*)" '*=*'
}

@test "another store is no place for a new one" {
	hss-store import -d hss.db </dev/null
	pg_uri main hss
	fails 4 "sa-store: $REPLY: another store, not an SA store" \
	    sa-store count -d hss.db
	same tables "$(pg main "SELECT to_regclass('sa')" hss)" ''
}

@test "a newer store, and none where gpi-gen looks for one" {
	hss-store list -d hss.db
	pg main "UPDATE gba_push_store SET version = 9" hss
	pg_uri main hss
	fails 4 "hss-store: $REPLY: version 9 of an HSS store; this program handles version 2" \
	    hss-store list -d hss.db
	pg main "UPDATE gba_push_store SET version = 2" hss
	pg main 'CREATE SCHEMA IF NOT EXISTS nothing'
	pg_uri main nothing
	fails 4 "gpi-gen: $REPLY: there is no store" \
	    gpi-gen --hss nothing.db --bsf $BSF
	same tables "$(pg main "SELECT count(*) FROM information_schema.tables
	    WHERE table_schema = 'nothing'")" 0
}

@test "what a server fails to do leaves nothing, and says so in one line" {
	device
	request >request
	subscriber
	gen request | gpi-sign >response
	pg main 'ALTER TABLE sa ADD CONSTRAINT full_up CHECK (expires = 0)' mtc
	pg_uri main mtc
	try put mtc.db --pass response
	same status "$status" 4
	same complaint "$(<err)" \
	    "sa-store: $REPLY: new row for relation \"sa\" violates check constraint \"full_up\""
	nothing_in out
	pg main 'ALTER TABLE sa DROP CONSTRAINT full_up' mtc
	same state "$(mtc-trigger status -d mtc.db -t | value state)" requested
	does put mtc.db --pass response
	same_octets out response
}

@test "no key is in what the server says of a failure" {
	device
	subscriber
	request | gen | gpi-sign >response
	pg main 'ALTER TABLE sa ADD CONSTRAINT full_up CHECK (expires = 0)' mtc
	try put mtc.db response
	key=$(field ks_naf response)
	lacks "${key:0:16}" err
	pg main 'ALTER TABLE sa DROP CONSTRAINT full_up' mtc
}

@test "set waits for whoever spends an SQN, and takes none back" {
	subscriber
	pg main 'BEGIN; UPDATE subscriber SET sqn = 96; SELECT pg_sleep(1);
	    COMMIT' hss >slept &
	spending() {
		[ -n "$(pg main "SELECT 1 FROM pg_stat_activity
		    WHERE wait_event = 'PgSleep'")" ]
	}
	await spending
	hss-store set -d hss.db --impi $IMPI --amf 8000
	wait $!
	same SQN "$(hss-store show -d hss.db --impi $IMPI -j |
	    values amf sqn)" '8000 96'
}

# ---- what is asked for many rows at once ----

# take PYTHON: such of the responses in ./all, as all[n], and in ./other
take() {
	python "other = list(items(read('other')))
for n, r in enumerate(items(read('all'))):
    for r in $1:
        out.write(item(r))"
}

@test "rows that are there already, or come twice, among many that do not" {
	subscriber
	many 300 | gen | gpi-sign >all
	response 'p_tid="t70"' >other
	# in three groups: the last of one, several, the last of all
	take '[r] if n in (5, 255, 270, 299) else []' >some
	does adopt mtc.db some
	does adopt mtc.db --pass all
	same_octets out all
	same SAs "$(count)" 300
	# all, some twice, and one with other content
	take '[r, r] + other if n == 70 else [r, r] if n > 280 else [r]' >again
	take '[r, r] if n == 70 or n > 280 else [r]' >good
	for db in mtc.db other.db; do
		ends 1 'sa-store: again: record 73: ul_sa_id: it is stored with other content' \
		    adopt $db --pass again
		same_octets out good
		same SAs "$(count $db)" 300
	done
}

# line_of NAME [MEMBERS]: a line for import
line_of() {
	echo "{\"impi\": \"$1\", \"k\": \"$K\", \"opc\": \"$OPC\"${2:-}}"
}

@test "import: of many, those are refused that would have another's name" {
	local n

	for n in {1..300}; do
		line_of "i$n" ", \"ue_id\": [\"u$n\"]"
	done >lines
	{
		line_of i5 ', "sqn": 7'
		line_of free ', "ue_id": ["u7", "own"]'
		line_of last ', "ue_id": ["own"]'
	} >>lines
	line_of i300 ', "ue_id": ["u300"]' >>lines
	ends 1 'hss-store: lines: line 301: ue_priv_id: another subscriber has i5' \
	    hss-store import -d hss.db lines
	same stderr "${complaints[1]}" \
	    'hss-store: lines: line 302: ue_id: another subscriber has u7'
	same stderr "${complaints[2]}" \
	    'hss-store: 1 subscriber was there already, with the same content'
	same 'lines of stderr' ${#complaints[@]} 3
	same 'subscribers and names' "$(pg main 'SELECT
	    (SELECT count(*) FROM subscriber), (SELECT count(*) FROM identity)' \
	    hss)" '301|602'
}

# ---- what gba-push(7) says of an earlier store ----

# Its pg_dump and pg_restore, of databases old and new.
pg_dump() {
	(PGOPTIONS='-c search_path=mtc' pg_exec pg_dump -h "$SERVERS/main" \
	    -U test -n mtc "${@/%old/postgres}")
}
pg_restore() {
	(pg_exec pg_restore -h "$SERVERS/main" -U test "${@/%new/postgres}")
}

# manual FIRST LAST: its lines of that example
manual() {
	sed -n "/^$1/,\${s/\\\\e\$/\\\\/; p; /$2/q}" \
	    "$TESTS/../man/gba-push.7"
}

@test "a store of 1.3.0 moves into a new one; the device may be in each index" {
	pg main 'DROP SCHEMA mtc CASCADE; CREATE SCHEMA mtc'
	pg main "$(<"$TESTS/postgresql-1.3.sql")" mtc
	pg main 'DROP TABLE subscriber, identity' mtc
	subscriber
	many 20 | gen | gpi-sign | adopt
	sa-store list -d mtc.db -j >before
	eval "$(manual pg_dump 'old |$') cat >rows"
	pg main 'ALTER SCHEMA mtc RENAME TO earlier; CREATE SCHEMA mtc'
	put mtc.db </dev/null
	eval "$(manual '    pg_restore' 'new$') <rows"
	sa-store list -d mtc.db -j >after
	same_octets after before
	same SAs "$(count)" 20
	pg main "$(manual 'ALTER TABLE sa' '(id, ue_id);$')" mtc
	python 'for n in range(100):
    out.write(item(request(p_tid="u" + str(n))))' | gen | gpi-sign >all
	does adopt mtc.db --pass all
	same_octets out all
	same SAs "$(count)" 120
	pg main 'DROP SCHEMA earlier CASCADE; DROP SCHEMA mtc CASCADE;
	    CREATE SCHEMA mtc'
}

# ---- two at once ----

@test "two programs put the same at the same time: each row is there once" {
	subscriber
	many 100 | gen | gpi-sign >all
	pg_uri main mtc
	command sa-store put -d "$REPLY" --unrequested --pass --now $NOW all \
	    >first 2>err1 3>&- &
	does adopt mtc.db --pass all
	wait $!
	same_octets out all
	same_octets first all
	same SAs "$(count)" 100
}

# ---- programs that are not run with both engines ----

@test "wake: requested, answered, stored and sent" {
	elements
	pg_uri main hss
	try mtc-trigger wake -d mtc.db --naf $NAF --ue-id meter-7 -j \
	    --bsf "gpi-gen --hss '$REPLY' --bsf $BSF | gpi-sign" \
	    --to file:gpis --timeout 1
	same status "$status" 1
	same complaint "$(<err)" 'mtc-trigger: meter-7: sent; no connection within 1 s'
	same state "$(values state <out)" sent
	does gpi-recv --card card --naf $NAF gpis
}

@test "serve: a device connects, and its trigger is told of it" {
	elements
	request --indication report --time 30 | gen | gpi-sign |
	    put mtc.db --pass | gpi-push --to - | recv >accepted
	pg_uri main mtc
	command mtc-trigger serve -d "$REPLY" --listen 127.0.0.1:0 --now $NOW \
	    --count 1 >lines 2>serve.err 3>&- &
	serving=$!
	await listening serve.err
	does mtc-trigger connect --server "$at" --now $NOW --exec 'echo 42' \
	    accepted
	wait $serving
	same line "$(values state data <lines | words)" 'connected 42\n'
	same state "$(mtc-trigger status -d mtc.db -t | value state)" connected
}

@test "serve: a commit whose answer is lost with the server is one all the same" {
	elements
	request --indication report --time 30 --p-tid one | gen | gpi-sign |
	    put mtc.db --pass | gpi-push --to - | recv >accepted
	mkdir data
	mkfifo words
	pg_uri main mtc
	command mtc-trigger serve -d "$REPLY" --listen 127.0.0.1:0 --now $NOW \
	    --count 1 --dir data >lines 2>serve.err 3>&- &
	serving=$!
	await listening serve.err
	mtc-trigger connect --server "$at" --now $NOW \
	    --exec 'touch begun; cat words' accepted 2>connect.err 3>&- &
	connecting=$!
	await test -e begun
	in_doubt() {
		[ -n "$(pg main "SELECT pg_terminate_backend(pid)
		    FROM pg_stat_activity WHERE wait_event = 'SyncRep'")" ]
	}
	# the commit is durable, and waits for somebody who never comes, once
	# the server has heard of it: one of others waits then
	pg main "ALTER SYSTEM SET synchronous_standby_names = 'nobody'"
	pg main 'SELECT pg_reload_conf()'
	while pg main 'CREATE TABLE probe (); DROP TABLE probe'; do
		:
	done >/dev/null 2>&1 3>&- &
	await in_doubt
	echo 42 >words
	await in_doubt
	pg main 'ALTER SYSTEM RESET synchronous_standby_names'
	pg main 'SELECT pg_reload_conf()'
	wait $connecting
	wait $serving
	same state "$(values state <lines)" connected
	same data "$(<data/one)" 42
}

# ---- servers that go away ----

# many N: requests for meter-7
many() {
	python 'for n in range(int(sys.argv[1])):
    out.write(item(request(p_tid="t%d" % n)))' "$1"
}

# at_least FILE OCTETS
at_least() {
	nap && nap && nap
	[ "$(stat -c %s "$1")" -ge "$2" ]
}

# halves FILE: the second one once ./killed is there
halves() {
	local half=$(($(stat -c %s "$1") / 2))

	head -c $half "$1"
	await test -e killed
	tail -c +$((half + 1)) "$1"
}

@test "kill -9 of the primary: the run goes on at its synchronous standby" {
	(umask 077 && printf 'k %s\nopc %s\n' $K $OPC >key)
	pg_make a
	pg_run a
	(pg_exec mkdir -m 700 b)
	(pg_exec pg_basebackup -h "$SERVERS/a" -U test -D b/data -R -c fast \
	    --no-sync)
	pg_run b
	pg a "ALTER SYSTEM SET synchronous_standby_names = '*'"
	pg a 'SELECT pg_reload_conf()'
	in_step() {
		[ "$(pg a 'SELECT sync_state FROM pg_stat_replication')" = sync ]
	}
	await in_step
	# the standby first: it is the primary that is looked for
	pg_uri b,a
	both="$REPLY&target_session_attrs=read-write"
	pg a 'CREATE SCHEMA mtc'
	pg_uri b,a mtc
	mtc="$REPLY&target_session_attrs=read-write"
	command hss-store add -d "$both" --impi $IMPI --ue-id meter-7 \
	    --key-file key
	command hss-store card -d "$both" --impi $IMPI --bsf $BSF -o card
	many 10000 >requests
	command gpi-gen --hss "$both" --bsf $BSF --now $NOW <requests |
	    gpi-sign >responses

	command sa-store put -d "$mtc" --unrequested --pass --now $NOW \
	    < <(halves responses) >passed 2>put.err 3>&- &
	putting=$!
	command gpi-gen --hss "$both" --bsf $BSF --now $NOW \
	    < <(halves requests) >drafts 2>gen.err 3>&- &
	generating=$!
	await at_least passed 200000
	await at_least drafts 200000
	# shellcheck disable=SC2046
	kill -9 $(<"$SERVERS/a.pid") $(pgrep -P "$(<"$SERVERS/a.pid")")
	rm "$SERVERS/a.pid"
	touch killed
	pg b 'SELECT pg_promote()'

	wait $putting
	wait $generating
	for err in put.err gen.err; do
		same "lines of $err" "$(lines_in $err)" 1
		grep -q ': database connection lost (postgresql:///postgres?user=test&' $err
	done
	same_octets passed responses
	same SAs "$(command sa-store count -d "$mtc")" 10000
	# whatever was passed on before, or is passed on now, is there
	command sa-store put -d "$mtc" --unrequested --pass --now $NOW responses |
	    same_octets - responses
	same drafts "$(stat -c %s drafts)" "$(command gpi-gen --hss "$both" \
	    --bsf $BSF --now $NOW requests | tee drafts.again | wc -c)"
	# and no SQN was used twice: the card takes all of them
	cat responses >all
	gpi-sign drafts >>all
	gpi-sign drafts.again >>all
	does gpi-push --to - all
	mv out gpis
	does recv gpis
	same accepted "$(field ul_sa_id out | wc -l)" 30000
}

@test "a server that is started again in the middle: the batch is done again" {
	pg_make c
	pg_run c -c fsync=off
	pg_uri c
	uri=$REPLY
	mkfifo in
	command sa-store put -d "$uri" --unrequested --pass --now $NOW <in >passed 2>err 3>&- &
	pid=$!
	exec 9>in
	response 'p_tid="a"' >one
	cat one >&9
	await same_octets one passed
	pg_stop c
	pg_run c -c fsync=off 9>&-
	response 'p_tid="b"' "$(another 02)" >two
	cat two >&9
	exec 9>&-
	wait $pid
	same_octets passed <(cat one two)
	same lines "$(lines_in err)" 1
	same SAs "$(command sa-store count -d "$uri")" 2
}

@test "a BSF whose server goes away and comes back: 503, and then it answers" {
	need_bsf
	pg_make g
	pg_run g -c fsync=off
	pg_uri g
	(umask 077 && printf 'k %s\nopc %s\n' $K $OPC >key)
	command hss-store add -d "$REPLY" --impi $IMPI --ue-id meter-7 \
	    --key-file key
	HSS=$REPLY bsf
	ask_json >body
	ask @body
	answers 200
	pg_stop g
	ask @body
	answers 503 'the HSS is out of reach'
	await has_line 'warning: the HSS is out of reach' serve.err
	pg_run g -c fsync=off
	await has_line 'the HSS is back' serve.err
	ask @body
	answers 200
	stop_bsf
}

@test "what is refused is told once, however often the batch is done" {
	pg_make e
	pg_run e -c fsync=off
	pg_uri e
	uri=$REPLY
	mkfifo in
	command sa-store put -d "$uri" --unrequested --pass --now $NOW <in >passed 2>err 3>&- &
	pid=$!
	exec 9>in
	response 'p_tid="a"' >one
	cat one >&9
	await same_octets one passed
	pg_stop e
	pg_run e -c fsync=off 9>&-
	response 'p_tid="b"' "$(another 02)" >two
	(many 1; cat two) | cat >&9
	exec 9>&-
	status=0
	wait $pid || status=$?
	same status $status 3
	same_octets passed <(cat one two)
	same refusals "$(grep -c 'type: found request' err)" 1
	same lines "$(lines_in err)" 2
}

@test "a server that is lost to an import: one line, status 4" {
	pg_make d
	pg_run d -c fsync=off
	pg_uri d
	uri=$REPLY
	mkfifo in
	command hss-store import -d "$uri" <in >out 2>err 3>&- &
	pid=$!
	exec 9>in
	echo "{\"impi\": \"i\", \"k\": \"$K\", \"opc\": \"$OPC\"}" >&9
	there() { [ "$(command hss-store list -d "$uri" -j | wc -l)" = 1 ]; }
	await there
	pg_stop d
	echo "{\"impi\": \"j\", \"k\": \"$K\", \"opc\": \"$OPC\"}" >&9
	exec 9>&-
	status=0
	wait $pid || status=$?
	# it is not done again: it might find itself there
	same status $status 4
	same complaint "$(<err)" "hss-store: $uri: terminating connection due to administrator command"
}
