# manners-output.bats: what all programs share: what they write.

load helper

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

@test "a full disk: one line, status 4" {
	outputs
	while read -r command; do
		fails 4 "${command%% *}: /dev/full: No space left on device" \
		    $command -o /dev/full </dev/null
		status=0
		$command </dev/null >/dev/full 2>err || status=$?
		same "complaint of $command" "$(<err)" \
		    "${command%% *}: standard output: No space left on device"
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

@test "a closed pipe: one line, status 4" {
	outputs
	python 'import subprocess
for command in open("commands"):
    r, w = os.pipe()
    os.close(r)
    p = subprocess.run(command.split(), stdin=-3, stdout=w, stderr=-1)
    os.close(w)
    assert p.returncode == 4, command
    assert p.stderr.decode() == command.split()[0] + \
        ": standard output: Broken pipe\n", (command, p.stderr)'
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

@test "a view on a terminal is text, and binary elsewhere" {
	elements
	for command in 'mtc-trigger devices -d mtc.db' \
	    'hss-store list -d hss.db' "hss-store show -d hss.db --impi $IMPI"; do
		on_terminal "$command"
		same "status of $command" "$status" 0
		grep -q 'me *\|(hidden)' tty
		does $command
		gpi-show out >/dev/null
	done
}
