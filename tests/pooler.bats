# pooler.bats: PostgreSQL behind pgbouncer, where each transaction, or even each
# statement, may have another session of the server (jackc/pgx#344,
# pgbouncer/pgbouncer#242, mfenniak/pg8000#89, psycopg/psycopg2#503).
# engines: postgresql

load helper

setup_file() {
	pg_stores -c synchronous_commit=off
	for name in hss mtc; do
		pg main "CREATE ROLE $name LOGIN SUPERUSER; ALTER ROLE $name SET search_path = $name"
	done
	export POOLER
	POOLER=$(command -v pgbouncer /usr/sbin/pgbouncer | head -n 1)
	pool transaction
	pool statement
	pool session
	pool deaf 'ignore_startup_parameters = options'
}

# pool NAME [LINE]: a pooler of that pool_mode, or of transactions, at
# $SERVERS/NAME, with few sessions
pool() {
	[ -n "$POOLER" ] || return 0
	local mode=$1

	[ "$mode" != deaf ] || mode=transaction
	(pg_exec mkdir "$1")
	cat >"$BATS_FILE_TMPDIR/ini" <<-.
	[databases]
	hss = host=$SERVERS/main user=hss dbname=postgres
	mtc = host=$SERVERS/main user=mtc dbname=postgres
	[pgbouncer]
	listen_addr =
	unix_socket_dir = $SERVERS/$1
	auth_type = any
	pool_mode = $mode
	default_pool_size = 3
	${2:-}
	.
	(pg_exec tee "$1/ini" <"$BATS_FILE_TMPDIR/ini" >/dev/null)
	pg_exec setpriv --pdeathsig INT "$POOLER" "$1/ini" >"$SERVERS/$1.log" \
	    2>&1 3>&- &
	echo $! >"$SERVERS/$1.pid"
	await test -S "$SERVERS/$1/.s.PGSQL.6432"
}

setup() {
	[ -n "$POOLER" ] || skip 'there is no pgbouncer'
	cd "$BATS_TEST_TMPDIR" || exit 1
	pg_empty hss mtc
	to transaction
}

# to NAME: the stores are behind that pooler
to() {
	hss="postgresql:///hss?user=test&port=6432&host=$SERVERS/$1"
	mtc="postgresql:///mtc?user=test&port=6432&host=$SERVERS/$1"
}

wake() {
	command mtc-trigger request -d "$mtc" --naf $NAF --all --now $NOW |
	    command gpi-gen --hss "$hss" --bsf $BSF --now $NOW | gpi-sign |
	    command sa-store put -d "$mtc" --now $NOW
}

# fleet N
fleet() {
	for ((i = 0; i < $1; i++)); do
		echo "{\"ue_id\":\"d$i\",\"ue_trp\":\"unix:dev\"}"
	done >devices
	for ((i = 0; i < $1; i++)); do
		echo "{\"impi\":\"i$i@x\",\"ue_id\":[\"d$i\"],\"k\":\"$K\",\"opc\":\"$OPC\"}"
	done >subscribers
	does command mtc-trigger register -d "$mtc" devices
	does command hss-store import -d "$hss" subscribers
}

@test "several programs at once share few sessions" {
	local running=()

	fleet 30
	for ((n = 0; n < 6; n++)); do
		wake 2>err.$n >out.$n &
		running+=($!)
	done
	for pid in "${running[@]}"; do
		wait "$pid"
	done
	nothing_in <(cat err.? out.?)
	to session
	does wake
	same SAs "$(command sa-store count -d "$mtc")" 210
	same SQNs "$(command hss-store list -d "$hss" -j | values sqn | sort |
	    uniq -c | words)" '30 231'
}

@test "each transaction is durable, and leaves no setting behind" {
	fleet 1
	pg main "CREATE TABLE IF NOT EXISTS mtc.seen (setting text);
	    CREATE OR REPLACE FUNCTION mtc.see() RETURNS trigger LANGUAGE plpgsql
	    AS 'BEGIN INSERT INTO mtc.seen VALUES
	    (current_setting(''synchronous_commit'')); RETURN NULL; END';
	    CREATE TRIGGER see AFTER INSERT OR UPDATE OR DELETE ON mtc.sa
	    FOR EACH ROW EXECUTE FUNCTION mtc.see();
	    CREATE TRIGGER see AFTER INSERT OR UPDATE OR DELETE ON
	    mtc.trigger_state FOR EACH ROW EXECUTE FUNCTION mtc.see();
	    CREATE TRIGGER see AFTER INSERT OR UPDATE OR DELETE ON
	    mtc.device FOR EACH ROW EXECUTE FUNCTION mtc.see()" mtc
	wake
	pg_uri main mtc
	for uri in "$mtc" "$REPLY"; do
		command mtc-trigger register -d "$uri" --ue-id one \
		    --ue-trp unix:dev
		command mtc-trigger unregister -d "$uri" --ue-id one
		command mtc-trigger cancel -d "$uri" --p-tid "$(
		    command mtc-trigger request -d "$uri" --naf $NAF \
		    --ue-id d0 --now $NOW | field p_tid)"
		command sa-store rm -d "$uri" --ue d0 || true
		command sa-store expire -d "$uri" >/dev/null
	done
	same settings "$(pg main 'SELECT DISTINCT setting FROM seen' mtc)" on
	pg main "DROP FUNCTION mtc.see() CASCADE" mtc
	for ((i = 0; i < 4; i++)); do
		"$SERVER_BIN/psql" -XAtc "SELECT current_setting('synchronous_commit'),
		    current_setting('enable_seqscan'), current_setting('jit'),
		    current_setting('plan_cache_mode'),
		    current_setting('lock_timeout'),
		    (SELECT count(*) FROM pg_prepared_statements)" "$mtc" &
	done | sort -u >settings
	same settings "$(<settings)" 'off|on|on|auto|0|0'
}

@test "a pooler of single statements is refused at the start" {
	to statement
	for program in "sa-store count -d $mtc" "mtc-trigger devices -d $mtc" \
	    "gpi-gen --bsf $BSF --hss $hss"; do
		# shellcheck disable=SC2086
		try command $program </dev/null
		same status "$status" 4
		same complaint "$(<err)" \
		    "${program%% *}: ${program##* }: FATAL:  transaction blocks not allowed in statement pooling mode"
	done
}

@test "a pooler that ignores the schema of the URI is refused" {
	to deaf
	fails 4 "sa-store: $mtc&options=-csearch_path%3Ddev: the pooler ignores search_path; set it with ALTER ROLE or ALTER DATABASE" \
	    command sa-store count -d "$mtc&options=-csearch_path%3Ddev"
	says 0 command sa-store count -d "$mtc&options=-csearch_path%3D%5C%22mtc%22"
	same tables "$(pg main "SELECT to_regclass('dev.sa')")" ''
}

@test "sessions that end in the middle: the batch is done again" {
	mkfifo in
	command sa-store count -d "$mtc" >/dev/null
	command sa-store put -d "$mtc" --unrequested --pass --now $NOW <in >passed 2>err 3>&- &
	pid=$!
	exec 9>in
	response 'p_tid="a"' >one
	cat one >&9
	await same_octets one passed
	pg main "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	    WHERE usename = 'mtc'"
	response 'p_tid="b"' "$(another 02)" >two
	cat two >&9
	cat one two >both
	await same_octets both passed
	# and in the middle of a transaction
	pg main 'BEGIN; LOCK mtc.sa; SELECT pg_sleep(60)' >slept 2>&1 3>&- &
	holder() {
		pg main "SELECT pid FROM pg_stat_activity
		    WHERE wait_event = 'PgSleep'"
	}
	held() {
		[ -n "$(holder)" ]
	}
	await held
	waiting() {
		[ -n "$(pg main "SELECT pid FROM pg_stat_activity WHERE
		    usename = 'mtc' AND wait_event_type = 'Lock'")" ]
	}
	response 'p_tid="c"' "$(another 03)" >three
	cat three >&9
	await waiting
	pg main "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
	    WHERE usename = 'mtc'"
	pg main "SELECT pg_terminate_backend($(holder))"
	exec 9>&-
	wait $pid
	same_octets passed <(cat one two three)
	same SAs "$(command sa-store count -d "$mtc")" 3
}
