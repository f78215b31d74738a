#!/bin/bash
# postgresql: the same on a PostgreSQL of this machine, beside a bare loop of
# the same SQL through libpq, and beside a file; then with a synchronous
# standby.
# shellcheck source=tests/bench/common.sh
. "$BENCH/common.sh"

n=$GEN_RECORDS
pg=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
dir=$PWD
pids=()
# Nothing of them is wanted any more.
end()
{
	[ ${#pids[@]} = 0 ] || kill -QUIT "${pids[@]}" 2>/dev/null || true
	wait
}
trap end EXIT
trap 'exit 1' TERM INT

# become PROGRAM...: in place of this shell; a server refuses to be root's
become()
{
	local user=()

	[ "$(id -u)" != 0 ] || user=(setpriv --reuid postgres --regid postgres \
	    --clear-groups --)
	cd /
	exec "${user[@]}" "$@"
}

# server NAME PORT: from the directory NAME
server()
{
	become "$pg/postgres" -D "$dir/$1" -p "$2" -h 127.0.0.1 -k '' \
	    -c shared_buffers=512MB -c max_wal_size=4GB \
	    -c checkpoint_timeout=30min -c fsync=on >"$1.log" 2>&1 &
	pids+=($!)
	for _ in $(seq 300); do
		"$pg/pg_isready" -q -h 127.0.0.1 -p "$2" && return
		sleep 0.1
	done
	cat "$1.log" >&2
	return 1
}

query()
{
	PGOPTIONS='-c client_min_messages=warning' psql -X -q -A -t \
	    -h 127.0.0.1 -p "$port" -U bench \
	    -d "${2:-postgres}" -v ON_ERROR_STOP=1 -c "$1"
}

begin()
{
	mkdir primary standby
	chmod 700 primary standby
	[ "$(id -u)" != 0 ] || chown postgres primary standby
	(become "$pg/initdb" -D "$dir/primary" -A trust -U bench -E UTF8 \
	    --no-locale >/dev/null)
	port=$(udp port)
	server primary "$port"
}

# replicate: from here on a commit waits for the standby
replicate()
{
	(become "$pg/pg_basebackup" -D "$dir/standby" -h 127.0.0.1 \
	    -p "$port" -U bench -R -c fast)
	server standby "$(udp port)"
	query "ALTER SYSTEM SET synchronous_standby_names = '*'" >/dev/null
	query "ALTER SYSTEM SET synchronous_commit = 'on'" >/dev/null
	query 'SELECT pg_reload_conf()' >/dev/null
	until [ "$(query "SELECT count(*) FROM pg_stat_replication
	    WHERE sync_state = 'sync'")" = 1 ]; do
		sleep 0.1
	done
}

# fresh FROM: the database db as a copy of FROM, on a standby as well
fresh()
{
	query 'DROP DATABASE IF EXISTS db'
	query "CREATE DATABASE db TEMPLATE $1"
	query CHECKPOINT
	until [ "$(query 'SELECT bool_and(replay_lsn >= pg_current_wal_lsn())
	    FROM pg_stat_replication')" != f ]; do
		sleep 0.05
	done
}

uri()
{
	echo "postgresql://bench@127.0.0.1:$port/$1"
}

# beside NAME TASK FILE TARGET TEMPLATE PROGRAM...: all on the database db
beside()
{
	local name=$1 task=$2 file=$3 target=$4 from=$5

	shift 5
	fresh "$from"
	take "$@" "$file" >/dev/null
	fresh "$from"
	bare "$task" "$(uri db)" "$file"
	row "$name$with" "$(calc "$wall / $n * 1e6")" us \
	    "sql $task, same server" "$(calc "$bare / $n * 1e6")" lower \
	    "$target"
	row "$name$with, processor" "$(calc "$cpu / $n * 1e6")" us \
	    "sql $task, processor" "$(calc "$bare_cpu / $n * 1e6")" lower -
}

# beside_file NAME TIME PROGRAM...
beside_file()
{
	local name=$1 theirs=$2 target=0.7

	shift 2
	[ -z "$with" ] || target=-
	take "$@" >/dev/null
	row "$name$with" "$(calc "$n / $theirs")" records/s "SQLite, a file" \
	    "$(calc "$n / $wall")" higher "$target"
}

measure()
{
	for _ in $(rounds); do
		beside "sa-store put" put responses 1.3 asked \
		    sa-store put -d "$(uri db)"
		copy asked.db db
		beside_file "sa-store put" "$wall" sa-store put -d db responses
		beside "gpi-gen" gen shuffled - hss \
		    gpi-gen --hss "$(uri db)" --bsf $BSF
		copy "$hss" db
		beside_file "gpi-gen" "$wall" gpi-gen --hss db --bsf $BSF \
		    shuffled
		fresh registered
		take mtc-trigger request -d "$(uri db)" "${ASK[@]}" >/dev/null
		copy "$mtc" db
		beside_file "mtc-trigger request" "$wall" \
		    mtc-trigger request -d db "${ASK[@]}"
	done
}

# the same in all of them
stores "$n"
copy "$mtc" asked.db
copy "$hss" hss.db
mtc-trigger request -d asked.db "${ASK[@]}" >requests
records shuffle "$n" 1 <requests >shuffled
gpi-gen --hss hss.db --bsf $BSF requests | gpi-sign >responses

begin
query 'CREATE DATABASE hss'
query 'CREATE DATABASE registered'
hss-store list -d "$hss" --cbor | hss-store import -d "$(uri hss)"
mtc-trigger devices -d "$mtc" --cbor |
    mtc-trigger register -d "$(uri registered)" -
query 'VACUUM ANALYZE' registered
query 'CREATE DATABASE asked TEMPLATE registered'
sql request "$(uri asked)" requests >/dev/null
query 'VACUUM ANALYZE' hss
query 'VACUUM ANALYZE' asked
with=
measure
replicate
with=', standby'
measure
