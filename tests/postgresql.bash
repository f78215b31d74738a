# postgresql.bash: PostgreSQL servers of a test file's own, for which helper.bash
# loads it.  They listen in a directory, and end with the file.
# shellcheck shell=bash

unset "${!PG@}"		# what libpq would take from the environment

# pg_there: whether its programs are, in $SERVER_BIN, and ours know it
pg_there() {
	local dir

	! sa-store count -d postgresql://% 2>&1 | grep -q libpq || return 1
	for dir in "$(command -v postgres)" /usr/lib/postgresql/*/bin; do
		dir=${dir%/postgres}
		[ ! -x "$dir/psql" ] || [ ! -x "$dir/initdb" ] ||
		    export SERVER_BIN=$dir
	done
	[ -n "${SERVER_BIN:-}" ]
}

# pg_root: make $SERVERS, for the servers of this file
pg_root() {
	pg_there
	SERVERS=$(mktemp -d "${TMPDIR:-/tmp}/gba-pg.XXXXXX")
	SERVER_USER=$(id -un)
	# which PostgreSQL refuses to run as
	if [ "$(id -u)" = 0 ]; then
		SERVER_USER=postgres
		id "$SERVER_USER" >/dev/null 2>&1 || SERVER_USER=nobody
		chown "$SERVER_USER" "$SERVERS"
	fi
	export SERVERS SERVER_USER
}

# pg_exec PROGRAM ARGUMENT...: become that, as that user
pg_exec() {
	cd "$SERVERS" || exit 1
	[ "$(id -un)" = "$SERVER_USER" ] || set -- setpriv --clear-groups \
	    --reuid="$SERVER_USER" --regid="$(id -g "$SERVER_USER")" "$@"
	PATH=$SERVER_BIN:$PATH exec "$@"
}

# pg_make NAME: the files of a server
pg_make() {
	(pg_exec mkdir "$1")
	(pg_exec initdb -D "$1/data" -A trust -U test -E UTF8 --no-locale \
	    --no-sync --no-instructions) >"$SERVERS/log" 2>&1
}

# pg_run NAME [OPTION...]: it begins; its process is in $SERVERS/NAME.pid
pg_run() {
	rm -f "$SERVERS/$1/data/postmaster.pid"
	pg_exec setpriv --pdeathsig INT postgres -D "$1/data" -h '' \
	    -k "$SERVERS/$1" -c shared_buffers=16MB "${@:2}" \
	    >>"$SERVERS/$1.log" 2>&1 3>&- 9>&- &
	echo $! >"$SERVERS/$1.pid"
	await pg_answers "$1" || {
		cat "$SERVERS/$1.log"
		false
	}
}

pg_answers() {
	(pg_exec pg_isready -q -h "$SERVERS/$1")
}

# pg_stop NAME [SIGNAL]: it ends, by INT at once, but orderly
pg_stop() {
	local pid

	pid=$(cat "$SERVERS/$1.pid")
	rm "$SERVERS/$1.pid"
	kill -s "${2:-INT}" "$pid" || return 0
	# whoever began it may be another process
	gone() { ! kill -0 "$pid" 2>/dev/null; }
	wait "$pid" 2>/dev/null || await gone
}

# pg_end: all of them end, and leave nothing
pg_end() {
	local file

	for file in "${SERVERS:?}"/*.pid; do
		[ ! -e "$file" ] || pg_stop "$(basename "$file" .pid)"
	done
	rm -rf "${SERVERS:?}"
}

# pg_uri SERVER[,SERVER] [SCHEMA]: of a store there, into $REPLY
pg_uri() {
	REPLY="postgresql:///postgres?user=test&host=$SERVERS/${1//,/,$SERVERS/}"
	[ -z "${2:-}" ] || REPLY+="&options=-csearch_path%3D$2"
}

# pg SERVER SQL [SCHEMA]: by PostgreSQL's own client
pg() {
	pg_uri "$1" "${3:-}"
	"$SERVER_BIN/psql" -XqAt -v ON_ERROR_STOP=1 -c "$2" "$REPLY"
}

# ---- stores that helper.bash calls mtc.db and so on ----

# Each has a schema; the programs make the tables.
STORES='hss mtc dev other ms_hss'

# pg_stores [OPTION...]: a server with one for each, in which all is lost if
# the machine fails
pg_stores() {
	local name

	pg_root
	pg_make main
	pg_run main -c fsync=off -c autovacuum=off "$@"
	pg main "$(for name in $STORES; do
		echo "CREATE SCHEMA $name;"
	done)"
}

# as new, but for the tables
pg_empty() {
	pg main "DO \$\$ DECLARE t regclass; BEGIN
	    FOR t IN SELECT c.oid FROM pg_class c JOIN pg_namespace n
	    ON n.oid = c.relnamespace WHERE c.relkind = 'p' AND n.nspname =
	    ANY (string_to_array('${*:-$STORES}', ' '))
	    LOOP EXECUTE 'DELETE FROM ' || t; END LOOP; END \$\$"
}

# store_of NAME: its schema, into $REPLY
store_of() {
	local path=$PWD/$1

	path=${path#"$BATS_TEST_TMPDIR/"}
	REPLY=${path%.db}
	REPLY=${REPLY//\//_}
}

# pg_rows STORE: all that its tables have, octets in hex
pg_rows() {
	store_of "$1"
	(pg_exec pg_dump -h "$SERVERS/main" -U test -a -n "$REPLY" postgres)
}

on_postgresql() {
	local arg args=()

	for arg; do
		case $arg in
		*.db)
			store_of "$arg"
			pg_uri main "$REPLY"
			arg=$REPLY ;;
		esac
		args+=("$arg")
	done
	command "${args[@]}"
}

if [ "$ENGINE" = postgresql ]; then
	hss-store() { on_postgresql hss-store "$@"; }
	mtc-trigger() { on_postgresql mtc-trigger "$@"; }
	sa-store() { on_postgresql sa-store "$@"; }
	gpi-gen() { on_postgresql gpi-gen "$@"; }
fi
