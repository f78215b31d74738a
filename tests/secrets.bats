# secrets.bats: keys, which no process has that has nothing to do with them, and
# no file of somebody else's.
# engines: sqlite postgresql

load helper
load secure
load bsf-serve

setup_file() {
	[ $ENGINE = sqlite ] || pg_stores
	if [ "$(id -u)" != 0 ]; then
		export UNREADABLE='only root reads the memory of these programs'
	elif grep -q __asan_init "$(command -v gpi-gen)"; then
		export UNREADABLE='AddressSanitizer keeps what was freed'
	fi
}

# wait_with NAME COMMAND...: as $pid, with fd 7 for its input, ./NAME.out
wait_with() {
	[ -p "$1.in" ] || mkfifo "$1.in"
	"${@:2}" <"$1.in" >"$1.out" 2>"$1.err" 3>&- &
	pid=$!
	exec 7>"$1.in"
}

# program_of PID: where the tests have put a shell before it, its child
program_of() {
	pgrep -P "$1" -x "hss-store|mtc-trigger|gpi-[a-z]*|sa-store|bsf-serve" || echo "$1"
}

# with_keys: a request on its way to an accepted record, and all its keys in the
# array keys, as NAME=HEX
with_keys() {
	local ks

	elements
	request --p-tid one >requested
	gen requested >draft
	gpi-sign draft >response
	gpi-push --to - response >gpi
	python 'v = bytearray(read("gpi")); v[-1] ^= 1; out.write(v)' >altered
	try recv --dry-run --explain -s altered
	ks=$(awk '$1 == "Ks" { print $2 }' err)
	keys=("K=$K" "OPc=$OPC" "Ks=$ks"
	    "K_GPI=$(awk '$1 == "K_GPI" { print $2 }' err)"
	    "Ks_NAF=$(field ks_naf draft)")
	[ ${#ks} = 64 ]
}

# holds_none PID: and says so in ./found, else which
holds_none() {
	"$TESTS/scan.py" "$1" "${keys[@]}" >found && nothing_in found
}

# knows_none: $pid holds no key, once it waits again
knows_none() {
	local program

	program=$(program_of "$pid")
	await holds_none "$program" || { ps "$program"; cat found; false; }
}

# unix_send FILE: as one datagram to ./socket
unix_send() {
	python 'import socket
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.connect("socket")
s.send(read(sys.argv[1]))' "$1"
}

@test "a scan finds keys where they are" {
	[ -z "$UNREADABLE" ] || skip "$UNREADABLE"
	keys=("K=$K")
	wait_with held /usr/bin/python3 -ISuc \
	    "k = bytes.fromhex('$K'); print(1); input()"
	await test -s held.out
	same found "$("$TESTS/scan.py" "$pid" "${keys[@]}" |
	    grep -c '^K .* octets$')" 1
}

@test "gpi-gen, gpi-sign, sa-store and gpi-push wait without keys" {
	[ -z "$UNREADABLE" ] || skip "$UNREADABLE"
	with_keys
	wait_with gen gpi-gen --hss hss.db --bsf $BSF --now $NOW
	request --p-tid two >&7
	await test -s gen.out
	keys+=("K_GPI=$(field k_gpi gen.out)" "Ks_NAF=$(field ks_naf gen.out)")
	knows_none

	wait_with sign gpi-sign
	cat gen.out >&7
	await test -s sign.out
	knows_none

	wait_with put sa-store put -d mtc.db --now $NOW --pass
	cat sign.out >&7
	await test -s put.out
	knows_none

	wait_with push gpi-push --to -
	cat put.out >&7
	await test -s push.out
	knows_none
}

@test "hss-store import waits without keys" {
	[ -z "$UNREADABLE" ] || skip "$UNREADABLE"
	keys=("K=$K" "OPc=$OPC")
	wait_with import hss-store import -d hss.db
	printf '{"impi":"%s","k":"%s","opc":"%s"}\n' i@x $K $OPC >&7
	await hss-store show -d hss.db --impi i@x
	knows_none
}

# bats test_tags=any-store
@test "gpi-recv waits without keys, whether it has accepted or refused" {
	[ -z "$UNREADABLE" ] || skip "$UNREADABLE"
	with_keys
	listen unix:socket
	await test -S socket
	unix_send altered
	await has_line 'was altered' heard.err
	knows_none
	unix_send gpi
	await test -s heard
	knows_none
	unix_send gpi
	await has_line 'accepted or answered before' heard.err
	knows_none
}

@test "serve and connect have no key of the SA while they are connected" {
	[ -z "$UNREADABLE" ] || skip "$UNREADABLE"
	with_keys
	put mtc.db response
	recv gpi >accepted
	serve
	wait_with connect mtc-trigger connect --server "$at" --now $NOW \
	    --exec 'touch begun; cat end'
	mkfifo end
	cat accepted >&7
	await test -e begun
	await in_state one responded
	knows_none
	device=$pid
	pid=$(jobs -p %1)
	knows_none
	echo data >end
	await in_state one connected
	knows_none
	pid=$device
	knows_none
}

@test "bsf-serve waits without keys, while who asked is connected" {
	[ -z "$UNREADABLE" ] || skip "$UNREADABLE"
	need_bsf
	with_keys
	certificates
	(umask 077 && echo "$TOKEN $NAF" >tokens)
	secure_bsf --client-ca ca.pem --token-file tokens
	ask_json >body
	mkfifo more
	# a second request never comes
	"${curl[@]}" "${naf[@]}" -H 'content-type: application/json' \
	    --data-binary @body "$url" --next -sS --http2 --cacert ca.pem \
	    "${naf[@]}" -T more "$url" >answers 2>/dev/null 3>&- &
	exec 6>more
	await has_line gbaPushInfo answers
	keys+=("Ks_NAF of it=$(head -1 answers | jq -r .meKeyMaterial)")
	knows_none
	exec 6>&-
}

@test "mtc-trigger ask waits without keys, while it is connected" {
	[ -z "$UNREADABLE" ] || skip "$UNREADABLE"
	need_bsf
	with_keys
	certificates
	secure_bsf --client-ca ca.pem
	wait_with ask mtc-trigger ask --bsf "https://$at" --ca ca.pem \
	    "${naf[@]}"
	cat requested >&7
	await test -s ask.out
	keys+=("Ks_NAF of it=$(field ks_naf ask.out)")
	knows_none
	exec 7>&-
}

# ---- what depends on a key ----

# bats test_tags=any-store
@test "no branch and no index depends on a key" {
	command -v valgrind >/dev/null || skip 'valgrind is not there'
	[[ $UNREADABLE != *Sanitizer* ]] || skip 'not beside AddressSanitizer'
	valgrind -q "$BUILD/unit/undefined" >tap 2>said
	lacks '^not ok' tap || { cat said; false; }
	# it does see the branch of a verdict
	grep -q 'aka_verify' said
}

# ---- who may look ----

# bats test_tags=any-store
@test "no core dump, no look into a process by its own user" {
	[ "$(id -u)" = 0 ] || skip 'only root is two users'
	[[ $UNREADABLE != *Sanitizer* ]] || skip "$UNREADABLE"
	wait_with sign setpriv --reuid=65534 --regid=65534 --clear-groups \
	    "$(command -v gpi-sign)"
	await runs gpi-sign
	await closed
	same 'owner of its memory' "$(stat -c %u "/proc/$pid/mem")" 0
	grep -qE 'Max core file size +0 ' "/proc/$pid/limits"

	GBA_PUSH_DEBUG=1 wait_with debug setpriv --reuid=65534 --regid=65534 \
	    --clear-groups "$(command -v gpi-sign)"
	await runs gpi-sign
	same 'owner of its memory' "$(stat -c %u "/proc/$pid/mem")" 65534
	! closed
}

# runs NAME: $pid has become that program
runs() {
	[ "$(<"/proc/$pid/comm")" = "$1" ]
}

# closed: its own user cannot look into $pid
closed() {
	! as 65534 head -c 1 "/proc/$pid/environ" >/dev/null 2>&1
}

# as UID COMMAND...
as() {
	setpriv --reuid="$1" --regid="$1" --clear-groups "${@:2}"
}

# bats test_tags=any-store
@test "a card does not become somebody else's who has .card.new" {
	[ "$(id -u)" = 0 ] || skip 'only root is two users'
	with_gpi
	mkdir shared
	chmod 1777 shared
	mv card shared
	chown 65533:65533 shared/card
	chmod a+r gpi
	as 65534 sh -c 'umask 0; : >shared/.card.new'
	try as 65533 "$(command -v gpi-recv)" --card shared/card --naf $NAF \
	    --now $NOW gpi
	same status "$status" 0 || cat err
	mode shared/card 600
	same owner "$(stat -c %u shared/card)" 65533
	same 'what is left' "$(stat -c '%u %s' shared/.card.new)" '65534 0'
	same files "$(ls -A shared | words)" '.card.new card'
}

# bats test_tags=any-store
@test "no store is made in, or beside, a file of another user" {
	[ "$(id -u)" = 0 ] || skip 'only root is two users'
	mkdir shared
	chmod 1777 shared
	as 65534 sh -c 'umask 0; : >shared/a; : >shared/b-wal; : >shared/c-shm
		: >shared/d-journal; ln -s b-wal shared/e-wal'
	(umask 077 && printf 'k %s\nopc %s\n' $K $OPC >key)
	for name in a b-wal c-shm d-journal e-wal; do
		fails 4 "hss-store: shared/$name: another user's file, who could read the keys" \
		    hss-store add -d "shared/${name%-*}" --impi i@x \
		    --key-file key
	done
	hss-store add -d shared/f --impi i@x --key-file key
	mode shared/f 600
	ln -s real shared/g
	hss-store add -d shared/g --impi i@x --key-file key
	mode shared/real 600
}
