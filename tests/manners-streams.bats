# manners-streams.bats: what all programs share: what they read and write.

load helper

# ---- input ----

@test "no operand and - are standard input; a file is named in messages" {
	subscriber
	cbor 'request()' >request
	does gen <request
	does gen - <request
	does gen request
	does gen -- request
	printf '\1' >bad
	for operand in '' -; do
		fails 3 'gpi-gen: record 1: not a record of these programs' \
		    gen $operand <bad
	done
	fails 3 'gpi-gen: bad: record 1: not a record of these programs' \
	    gen bad
}

# streams: ./commands, the programs of the pipe, with stores and a card that
# are there
streams() {
	elements
	cat >commands <<-.
	gpi-gen --hss hss.db --bsf $BSF
	gpi-sign
	sa-store put -d mtc.db --pass
	gpi-push --to -
	gpi-recv --card card --any-naf
	gpi-show
	mtc-trigger record -d mtc.db
	mtc-trigger resync -d mtc.db
	mtc-trigger register -d mtc.db
	hss-store import -d hss.db
	.
}

@test "a file that is not there; a directory" {
	streams
	mkdir dir
	while read -r command; do
		fails 4 "${command%% *}: none: No such file or directory" \
		    $command none
		fails 4 "${command%% *}: dir: Is a directory" $command dir
		fails 4 "${command%% *}: standard input: Is a directory" \
		    $command - <dir
	done <commands
}

@test "nothing at all is no mistake" {
	streams
	while read -r command; do
		does $command /dev/null
		nothing_in out
	done <commands
}

@test "a text file in place of records: one line that names it, status 3" {
	# lines of JSON are refused line by line
	streams
	sed -i '/register\|import/d' commands
	printf '# gba-push\n\nWakes machine-type devices securely, says this text file.\n' >text
	while read -r command; do
		try $command text
		same "status of $command" "$status" 3
		nothing_in out
		same "complaint of $command" "$(cut -d: -f1,2 err)" \
		    "${command%% *}: text"
	done <commands
	# most of it are zeros, which are whole items
	fails 3 'gpi-show: hss.db: record 1: a store, not records' \
	    gpi-show hss.db
}

@test "a record of the wrong type: one line that says which, status 3" {
	with_gpi
	cbor 'rec("trigger_response", p_tid="p", time=1)' >record
	expected() {
		fails 3 "${2%% *}: record: record 1: $1" $2 record
	}
	expected 'type: found trigger-response, expected request' \
	    "gpi-gen --hss hss.db --bsf $BSF"
	expected 'type: found trigger-response, expected draft' gpi-sign
	expected 'type: found trigger-response, expected response, naf-sa or accepted' \
	    'sa-store put -d mtc.db --pass'
	expected 'type: found trigger-response, expected response' 'gpi-push --to -'
	expected 'a record, not a GPI' \
	    'gpi-recv --card card --any-naf'
	expected 'type: found trigger-response, expected report' \
	    'mtc-trigger record -d mtc.db'
	expected 'type: found trigger-response, expected sync-failure' \
	    'mtc-trigger resync -d mtc.db'
	fails 3 'gpi-gen: gpi: record 1: a GPI, not a record' \
	    gen gpi
}

@test "a record has one encoding, known keys, and values within bounds" {
	subscriber
	# the reason, and the request in Python; G is a good one, encoded
	cat >refused <<'.'
record: found another encoding, expected the deterministic one | b'\xb8\x08' + G[1:]
record: found another encoding, expected the deterministic one | b'\xa8\x00\x18\x01' + G[3:]
record: found another encoding, expected the deterministic one | b'\xa8\x18\x00\x01' + G[3:]
not a record of these programs | b'\xbf' + G[1:] + b'\xff'
not a record of these programs | b'\xc1' + G
type: found twice or after a greater key, expected ascending keys | b'\xa9\x00\x01' + G[1:]
app_lbl: found twice or after a greater key, expected ascending keys | b'\xa8\x00\x01\x05\x00\x04\x40' + G[7:]
type: found nothing, expected first in a record | b'\xa7' + G[3:]
key 200: found, expected a key of gpi(5) | request() | {200: 1}
key 28: found, expected a key of gpi(5) | request() | {28: b"c2"}
k: found, expected nothing in a request | request() | {29: b"k" * 16}
key: found text, expected an integer | b'\xa1\x61a\x00'
naf_id: found nothing, expected in a request | request(naf_id=None)
p_tid: found bytes, expected text | request(p_tid=b"one")
p_tid: found an integer, expected text | request(p_tid=1)
um: found text, expected an integer | request(um="me")
naf_id: found text, expected bytes | request(naf_id="a/07")
type: found 77, expected 0 to 12 | {0: 77}
type: found none of a record, expected 1 to 12 | {0: 0}
type: found none of a record, expected 1 to 12 | {}
um: found 2, expected 0 to 1 | request(um=2)
key_lt: found 0, expected 1 to 4294967295 | request(key_lt=0)
key_lt: found 4294967296, expected 1 to 4294967295 | request(key_lt=2**32)
app_lbl: found 17 octets, expected 0 to 16 | request(app_lbl=bytes(17))
naf_id: found 5 octets, expected 6 to 258 | request(naf_id=bytes(5))
naf_id: found 259 octets, expected 6 to 258 | request(naf_id=naf("a" * 254))
naf_id: found other characters, expected a lower-case FQDN and 5 octets | request(naf_id=naf("Mtc"))
naf_id: found other characters, expected a lower-case FQDN and 5 octets | request(naf_id=b"a\0b" + bytes(5))
p_tid: found 65 characters, expected 1 to 64 | request(p_tid="a" * 65)
p_tid: found other characters, expected letters, digits, - and _ | request(p_tid="../etc")
ue_id: found other characters, expected printable ASCII without space | request(ue_id="a b")
ue_id: found other characters, expected printable ASCII without space | b'\xa8\x00\x01' + G[3:].replace(b'meter-7', b'meter\n7')
ue_id: found 0 characters, expected 1 to 255 | request(ue_id="")
trigger_ind: found 65536, expected 1 to 65535 | request(trigger_ind=65536)
trigger_time: found without trigger_ind | request(trigger_time=1)
trigger_mode: found without trigger_ind | request(trigger_mode=1)
auts: found rand or auts alone, expected both or neither | request(auts=bytes(14))
.
	python 'G = item(request())
expected = open("expected", "w")
for n, line in enumerate(open("refused")):
    reason, request_ = line.split(" | ", 1)
    bad = eval(request_)
    out.write(G + (bad if isinstance(bad, bytes) else item(bad)))
    print("gpi-gen: items: record %d: %s" % (2 * n + 2, reason), file=expected)
out.write(G)' >items
	try gen items
	diff expected err
	same status "$status" 3
	same drafts "$(field type out | wc -l)" $(($(lines_in refused) + 1))
}

@test "the bounds themselves are good" {
	subscriber
	python 'for r in (request(key_lt=2**32 - 1), request(app_lbl=bytes(16)),
    request(naf_id=naf("a")), request(naf_id=naf("a" * 253)),
    request(p_tid="a"), request(p_tid="-_09azAZ" * 8),
    request(ue_trp="~" * 255), request(trigger_ind=1),
    request(trigger_ind=65535, trigger_time=2**32 - 1, trigger_mode=0)):
    out.write(item(r))' | does gen
	same drafts "$(field type out | tally)" '9 draft'
}

@test "broken CBOR ends a run, but nothing before it is lost" {
	subscriber
	cbor 'request()' >good
	for broken in ff 1c 1d 1f 3f 5f00 7f41 9fff1c bf00ff c0 df f800 f81f a1 \
	    a10001ff 5a00001000 9b0000000100000000 bb7fffffffffffffff; do
		(cat good good; unhex $broken) >items
		try gen items
		same "status after $broken" "$status" 3
		same "drafts before $broken" \
		    "$(field type out | tally)" '2 draft'
	done
	head -c -1 good >cut
	cat good cut >items
	ends 3 "gpi-gen: items: record 2: item: found the end of input after $(stat -c %s cut) octets, expected the rest" \
	    gen items
	same drafts "$(field type out)" draft
}

@test "deep and wide CBOR costs no memory" {
	python 'out.write(b"\x81" * 5000)' >deep
	fails 3 'gpi-show: deep: record 1: item: found over 2048 octets, expected at most 2048' \
	    gpi-show deep
	unhex 5bffffffffffffffff >wide
	fails 3 'gpi-show: wide: record 1: item: found over 2048 octets, expected at most 2048' \
	    gpi-show wide
	python 'out.write(b"\x81" * 2047 + b"\x00")' >deep
	fails 3 'gpi-show: deep: record 1: gpi: found 2048 octets, expected at most 1024' \
	    gpi-show deep
}

# outputs: ./commands that write records, and their input in ./in.N
outputs() {
	once outputs make_outputs
}

make_outputs() {
	elements
	request >in.1
	gen in.1 >in.2
	gpi-sign in.2 >in.3
	gpi-push --to - in.3 >in.5
	cp in.3 in.4
	request --p-tid keep >in.7
	cp in.2 in.6
	cat >commands <<-.
	gpi-gen --hss hss.db --bsf $BSF --now $NOW in.1
	gpi-sign in.2
	sa-store put -d mtc.db --pass --now $NOW in.3
	gpi-push --to - in.4
	gpi-recv --card card --any-naf --dry-run --now $NOW in.5
	gpi-show in.6
	mtc-trigger request -d mtc.db --naf $NAF --ue-id meter-7
	mtc-trigger devices -d mtc.db
	mtc-trigger status -d mtc.db
	sa-store list -d mtc.db
	hss-store card -d hss.db --impi $IMPI --bsf $BSF
	hss-store list -d hss.db
	.
}

@test "-o: 0600 and whole, whatever the umask" {
	umask 000
	outputs
	while read -r command; do
		does $command -o file </dev/null
		nothing_in out
		mode file 600
		[ -s file ]
		rm file
	done <commands
	same 'temporary files' "$(ls file.* 2>/dev/null)" ''
}

@test "-o: a failed run leaves no file, and an old one as it was" {
	outputs
	printf '\0' >bad
	for command in 'gpi-sign bad' 'gpi-show bad' "gpi-gen --hss hss.db --bsf $BSF bad" \
	    'gpi-push --to - bad' 'gpi-recv --card card --any-naf bad' \
	    'sa-store put -d mtc.db --pass bad' 'sa-store get -d mtc.db --ul x' \
	    'hss-store show -d hss.db --impi x' 'gpi-sign none' \
	    "mtc-trigger request -d mtc.db --naf $NAF --ue-id x" \
	    'mtc-trigger status -d mtc.db --p-tid x'; do
		try $command -o file </dev/null
		[ "$status" != 0 ]
		[ ! -e file ]
		echo old >file
		try $command -o file </dev/null
		same "old file after $command" "$(<file)" old
		rm file
	done
	same 'temporary files' "$(ls file.* 2>/dev/null)" ''
}

@test "-o: what is good of a run with a bad record" {
	subscriber
	cbor 'request()' 0 'request()' >requests
	ends 3 'gpi-gen: requests: record 2: not a record of these programs' \
	    gen -o file requests
	same drafts "$(field type file | tally)" '2 draft'
	mode file 600
}

@test "-o: a run that SIGTERM ends leaves nothing half done" {
	mkfifo in
	gpi-sign -o file <in 3>&- &
	exec 9>in
	# without a name, where the file system has that
	open_file() {
		compgen -G '.file*' >/dev/null ||
		    readlink /proc/$!/fd/* | grep -qF "$PWD/#"
	}
	await open_file
	kill -TERM $!
	wait $! || true
	exec 9>&-
	same files "$(compgen -G '*file*'; compgen -G '.*file*' || true)" ''
}

@test "-o: where nothing can be" {
	subscriber
	cbor 'request()' >request
	fails 4 'gpi-gen: none/file: No such file or directory' \
	    gen -o none/file request
	mkdir dir
	try gen -o dir request
	same status "$status" 4
	same 'lines of stderr' "$(lines_in err)" 1
	same SQN "$(sqn)" 0
}

# unsaid COMMAND: what its complaint says of one record that did not leave
unsaid() {
	case $1 in
	gpi-gen*) echo '; drafts lost, and their SQNs skipped: up to 1' ;;
	sa-store\ put*) echo '; records stored, but not passed on: up to 1' ;;
	mtc-trigger\ request*)
		echo '; requests lost, whose triggers stay requested: up to 1' ;;
	esac
}

@test "a full disk: one line, status 4" {
	outputs
	while read -r command; do
		fails 4 "${command%% *}: /dev/full: No space left on device$(unsaid "$command")" \
		    $command -o /dev/full </dev/null
		status=0
		$command </dev/null >/dev/full 2>err || status=$?
		same "complaint of $command" "$(<err)" \
		    "${command%% *}: standard output: No space left on device$(unsaid "$command")"
		same "status of $command" "$status" 4
	done <commands
	for command in 'sa-store count' 'sa-store expire'; do
		status=0
		$command -d mtc.db >/dev/full 2>err || status=$?
		same "complaint of $command" "$(<err)" \
		    'sa-store: standard output: No space left on device'
		same "status of $command" "$status" 4
	done
}

# nodejs/node#27798: SIGXFSZ ends who does not ignore it
@test "a file that would be over the limit: one line, status 4, and no file" {
	outputs
	many 9 >many
	(ulimit -f 1; fails 4 'gpi-show: shown: File too large' \
	    gpi-show -t -o shown many)
	(ulimit -f 1; fails 4 'mtc-trigger: new.db: disk I/O error' \
	    mtc-trigger register -d new.db --ue-id m --ue-trp udp://127.0.0.1:9)
	[ ! -e shown ]
}

# aether-lang-dev/aether#2038: whoever starts a program may have signals blocked
@test "SIGTERM ends a program whose parent has it blocked" {
	elements
	python '
import signal, subprocess
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
for command in ("gpi-recv --card card --any-naf --listen udp://127.0.0.1:0",
        "mtc-trigger serve -d mtc.db --listen 127.0.0.1:0"):
    p = subprocess.Popen(command.split(), stderr=-1)
    p.stderr.readline()
    p.terminate()
    print(p.wait(9))' >ended
	same statuses "$(words <ended)" '0 0'
}

@test "a closed pipe: one line, status 4" {
	outputs
	python 'import subprocess
for command in open("commands"):
    r, w = os.pipe()
    os.close(r)
    p = subprocess.run(command.split(), stdin=-3, stdout=w, stderr=-1)
    os.close(w)
    assert p.returncode == 4, command
    said = command.split()[0] + ": standard output: Broken pipe"
    assert p.stderr.decode().split(";")[0].strip() == said, p.stderr
    assert p.stderr.count(b"\n") == 1, p.stderr'
}

@test "a report or sync failures on a full disk" {
	outputs
	fails 4 'gpi-push: /dev/full: No space left on device' \
	    gpi-push --to file:device --report /dev/full in.3
	hss-store set -d hss.db --impi $IMPI --sqn 0
	gpi-recv --card card --any-naf --now $NOW in.5 >/dev/null
	request | gen | gpi-sign | gpi-push --to - >stale
	try gpi-recv --card card --any-naf --now $NOW \
	    --sync-failures /dev/full stale
	same status "$status" 4
	nothing_in out
}

# on_terminal COMMAND: its output into ./tty, its status into $status
on_terminal() {
	status=0
	script -qec "$1" tty </dev/null >/dev/null 2>&1 || status=$?
	sed -i '1d;$d' tty
}

@test "binary is never written to a terminal, unless -o - says so" {
	elements
	request --p-tid one >request
	for command in "gpi-gen --hss hss.db --bsf $BSF --now $NOW request" \
	    'gpi-sign /dev/null' 'sa-store put -d mtc.db --pass /dev/null' \
	    'gpi-push --to - /dev/null' "mtc-trigger request -d mtc.db --naf $NAF --ue-id meter-7 --p-tid two" \
	    "gpi-recv --card card --any-naf /dev/null" \
	    "hss-store card -d hss.db --impi $IMPI --bsf $BSF"; do
		on_terminal "$command"
		same "status of $command" "$status" 2
		same "complaint of $command" "$(grep -c \
		    'records are binary, and standard output is a terminal; use a pipe, -o FILE, -j or -t' tty)" 1
	done
	same SQN "$(sqn)" 0
	same triggers "$(mtc-trigger status -d mtc.db -t | value p_tid)" one
	on_terminal "gpi-gen --hss hss.db --bsf $BSF --now $NOW -j request"
	same status "$status" 0
	on_terminal "gpi-gen --hss hss.db --bsf $BSF --now $NOW -o - request"
	same status "$status" 0
	grep -qa mtc.example.org tty
}

@test "where a table is empty, a terminal is told so" {
	elements
	for command in 'mtc-trigger status -d mtc.db --state failed' \
	    'mtc-trigger status -d mtc.db --summary --state failed'; do
		on_terminal "$command"
		same "$command" "$status $(tr -d '\r' <tty)" \
		    '0 mtc-trigger: there is nothing to show'
		does $command
	done
	request --p-tid one >request
	on_terminal 'mtc-trigger status -d mtc.db --summary'
	! has_line 'nothing to show' tty
}

# what lists a store, and the names of its columns
views() {
	cat <<-.
	mtc-trigger devices -d mtc.db|UE_ID                 UE_TRP                            UM  APP_LBL  UE_PRIV_ID
	mtc-trigger status -d mtc.db|UE_ID                 P_TID                 STATE      TIME                  DETAIL
	sa-store list -d mtc.db|UL_SA_ID              UE_ID                 KEY_LT                NAF_ID
	sa-store get -d mtc.db --ul one|UL_SA_ID              UE_ID                 KEY_LT                NAF_ID
	hss-store list -d hss.db|UE_PRIV_ID                                          ALGORITHM  SQN              UE_ID
	hss-store show -d hss.db --impi $IMPI|subscriber
	.
}

@test "a view is text on a terminal and in a pipe, and records with --cbor or -o" {
	elements
	request --p-tid one | gen | gpi-sign | put
	while IFS='|' read -r command first; do
		does $command
		same "first line of $command" "$(head -n 1 out)" "$first"
		on_terminal "$command"
		same "status of $command" "$status" 0
		same "what $command shows" "$(tr -d '\r' <tty)" "$(<out)"
		does $command --cbor
		cp out records
		does $command -o -
		same_octets out records
		does $command -o file
		same_octets file records
		does $command -j
		cp out lines
		gpi-show -j records | same_octets - lines
		lacks "$K|$OPC" lines
		on_terminal "$command --cbor"
		same "status of $command --cbor" "$status" 2
		fails 2 "${command%% *}: give --cbor or -j, not both" \
		    $command --cbor -j
		fails 2 "${command%% *}: give --cbor or -t, not both" \
		    $command --cbor -t
	done < <(views)
}

@test "a table has a line for each, and -s shows no secret in it" {
	elements
	device meter-8 udp://[::1]:7100
	request --p-tid one | gen | gpi-sign | put
	mtc-trigger cancel -d mtc.db --p-tid one --now $NOW
	does mtc-trigger devices -d mtc.db
	same devices "$(tail -n +2 out)" \
"meter-7               unix:dev                          me  -        -
meter-8               udp://[::1]:7100                  me  -        -"
	does mtc-trigger status -d mtc.db
	same triggers "$(tail -n +2 out)" \
"meter-7               one                   failed     2027-01-15T08:00:00Z  cancelled"
	does sa-store list -d mtc.db -s
	same SAs "$(tail -n +2 out)" \
"one                   meter-7               2027-01-15T09:00:00Z  mtc.example.org/0100000007"
	does hss-store list -d hss.db -s
	same subscribers "$(tail -n +2 out)" \
"001010123456789@ims.mnc001.mcc001.3gppnetwork.org   milenage   33               meter-7"
}
