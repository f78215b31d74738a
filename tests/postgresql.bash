# postgresql.bash: PostgreSQL servers for tests, for which tests/run and
# helper.bash load it.  tests/run has one for all files; a file that stops or
# sets its servers has its own, which listen in a directory and end with it.
# shellcheck shell=bash

unset "${!PG@}"		# what libpq would take from the environment
SCHEMAS=${SCHEMAS:-}	# what those of this file begin with

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

# pg_root: make $SERVERS, for servers; $SERVER_AS is what begins the commands
# that run them, as PostgreSQL refuses to run as root
pg_root() {
	local user=postgres

	[ -n "${SERVER_BIN:-}" ] || pg_there
	SERVERS=$(mktemp -d "${TMPDIR:-/tmp}/gba-pg.XXXXXX")
	SERVER_AS=
	if [ "$EUID" = 0 ]; then
		id $user >/dev/null 2>&1 || user=nobody
		chown $user "$SERVERS"
		SERVER_AS="setpriv --clear-groups --reuid=$user --regid=$(id -g $user)"
	fi
	export SERVERS SERVER_AS
}

# pg_exec PROGRAM ARGUMENT...: become that, as that user
pg_exec() {
	cd "$SERVERS" || exit 1
	# shellcheck disable=SC2086	# words, on purpose
	PATH=$SERVER_BIN:$PATH exec $SERVER_AS "$@"
}

# pg_make NAME: the files of a server, which tests/run has made once
pg_make() {
	(pg_exec mkdir "$1")
	if [ -n "${SERVER_FILES:-}" ]; then
		(pg_exec cp -r "$SERVER_FILES" "$1/data")
	else
		(pg_exec initdb -D "$1/data" -A trust -U test -E UTF8 \
		    --no-locale --no-sync --no-instructions) \
		    >"$SERVERS/log" 2>&1
		# of which only one is used, and each is some 300 files
		(pg_exec postgres --single -D "$1/data" postgres) \
		    >>"$SERVERS/log" 2>&1 <<-.
		UPDATE pg_database SET datistemplate = false
		DROP DATABASE template0
		DROP DATABASE template1
		.
	fi
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
	has_line ready "$SERVERS/$1/data/postmaster.pid" ||
	    has_line standby "$SERVERS/$1/data/postmaster.pid"
}

# pg_stop NAME [SIGNAL]: it ends, by INT at once, but orderly
pg_stop() {
	local pid

	pid=$(<"$SERVERS/$1.pid")
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
		file=${file##*/}
		[ "$file" = '*.pid' ] || pg_stop "${file%.pid}"
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

# pg_stores [OPTION...]: one schema for each, of this file's own; with an OPTION
# in a server of its own, too.  All is lost if the machine fails.
pg_stores() {
	local name

	if [ $# = 0 ] && [ -n "${SERVER_FILES:-}" ]; then
		name=${BATS_TEST_FILENAME##*/}
		name=${name%.bats}
		export SCHEMAS=${name//-/_}_
	else
		pg_root
		export OWN_SERVERS=yes
		pg_make main
		pg_run main -c fsync=off -c autovacuum=off "$@"
	fi
	pg main "$(for name in $STORES; do
		echo "CREATE SCHEMA $SCHEMAS$name;"
	done)"
}

# pg_leave: what pg_stores() began
pg_leave() {
	[ -z "${OWN_SERVERS:-}" ] || pg_end
}

# as new, but for the tables
pg_empty() {
	pg main "DO \$\$ DECLARE t regclass; BEGIN
	    FOR t IN SELECT c.oid FROM pg_class c JOIN pg_namespace n
	    ON n.oid = c.relnamespace WHERE c.relkind IN ('p', 'r')
	    AND c.relname <> 'gba_push_store' AND n.nspname =
	    ANY (string_to_array('${*:-$SCHEMAS${STORES// / $SCHEMAS}}', ' '))
	    LOOP EXECUTE 'DELETE FROM ' || t; END LOOP; END \$\$"
}

# store_of NAME: its schema, into $REPLY
store_of() {
	local path=$PWD/$1

	path=${path#"$BATS_TEST_TMPDIR/"}
	REPLY=${path%.db}
	REPLY=$SCHEMAS${REPLY//\//_}
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
	# it runs beside a test, whose $! is to be it
	bsf-serve() { on_postgresql exec bsf-serve "$@"; }
fi
