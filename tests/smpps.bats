# smpps.bats: SMPP over TLS, with the SMSC simulator of peers/smsc.js and
# certificates that openssl makes.

load helper
load delivery
load smsc
load certificates

setup_file() {
	cd "$BATS_FILE_TMPDIR" || exit 1
	authority ca
	authority other
	certificate here ca 'DNS:localhost,IP:127.0.0.1'
	certificate elsewhere ca 'DNS:smsc.example.org'
}

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	certs=$BATS_FILE_TMPDIR
	options=(--ca "$certs/ca.pem")
}

# secure NAME [OPTION...]: the SMSC, with that certificate, as $to
secure() {
	local name=$1

	shift
	smsc --key "$certs/$name.key" --cert "$certs/$name.pem" "$@"
	to=smpps://mtc@127.0.0.1:$port
}

teardown() {
	[ -z "${smsc:-}" ] || kill "$smsc" 2>/dev/null || true
}

@test "smpps://: GPIs are sent and their receipts come, by name and by address" {
	of_row largest
	secure here --receipts 0 --password 'p w'
	printf 'mtc@%s:%s p w\n' 127.0.0.1 "$port" localhost "$port" >passwords
	chmod 600 passwords
	options+=(--passwords passwords)
	query='?receipt=5'
	pushes delivered
	to=smpps://mtc@localhost:$port
	pushes delivered
	options=(--passwords passwords)
	query=
	SSL_CERT_FILE=$certs/ca.pem pushes sent
}

@test "smpps://: a thousand GPIs arrive, each once" {
	secure here --quiet
	responses 1000 1 sms:+491700000001 >responses
	does gpi-push --to "$to?window=50" "${options[@]}" --report report \
	    responses
	stop_smsc
	same states "$(reported | awk '{ print $3 }' | tally)" '1000 sent'
	same accepted "$(tail -n 1 smsc | jq .accepted)" 1000
}

@test "a device behind smpps:// is triggered and connects back" {
	subscriber && card
	secure here --route
	device meter-7 sms:+491700000001
	heard_at() { has_line '"bind_receiver"' smsc; }
	hears=("${options[@]}")
	wakes "${options[@]}" --to "$to" -- \
	    "smpps://491700000001@127.0.0.1:$port"
	same report "$(FROM=2 reported)" 'sms:+491700000001 sent'
}

@test "mtc-trigger wake at smpps://, which unbinds and waits for the answer" {
	elements
	secure here --delay 100
	device meter-7 sms:+491700000001
	try mtc-trigger wake -d mtc.db --naf $NAF --now $NOW --ue-id meter-7 \
	    --bsf "gpi-gen --hss hss.db --bsf $BSF --now $NOW | gpi-sign" \
	    --to "$to" "${options[@]}" --timeout 2
	same status "$status" 1
	same said "$(<err)" 'mtc-trigger: meter-7: sent; no connection within 2 s'
	await has_line '"event":"close"' smsc
	stop_smsc
	same unbound "$(events close .unbound)" true
}

@test "smpps://: a server that is not who it should be is told so, and gets nothing" {
	elements
	response
	secure elsewhere
	pushes failed "$to: tls: its certificate is for another address"
	to=smpps://mtc@localhost:$port
	pushes failed "$to: tls: its certificate is for another name"
	options=(--ca "$certs/other.pem")
	pushes failed "$to: tls: its certificate comes from an authority that is not trusted; see --ca"
	options=()
	pushes failed "$to: tls: its certificate comes from an authority that is not trusted; see --ca"
	try gpi-recv --card card --naf $NAF --listen "$to"
	same status "$status" 1
	same said "$(<err)" "gpi-recv: $to: tls: its certificate comes from an authority that is not trusted; see --ca"
	same binds "$(events bind .type)" ''
}

@test "smpps:// at an SMSC without TLS, and smpp:// at one with it" {
	elements
	response
	smsc
	to=smpps://mtc@127.0.0.1:$port
	pushes failed "$to: tls: closed in the handshake; does it speak TLS?"
	stop_smsc
	# what OpenSSL and others answer to what is no TLS
	python3 -c 'import socket
s = socket.create_server(("127.0.0.1", 0))
print(s.getsockname()[1], flush=True)
c, _ = s.accept()
c.recv(99)
c.sendall(bytes.fromhex("15030100020246"))
c.recv(99)' >tls 3>&- &
	smsc=$!
	await test -s tls
	to=smpp://mtc@127.0.0.1:$(<tls)
	pushes failed "$to: it speaks TLS; see smpps://"
}

@test "--ca: a file that is not there, or has no certificate" {
	echo nothing >empty
	for program in 'gpi-push --to smpps://h' \
	    'gpi-recv --card card --any-naf --listen smpps://h'; do
		name=${program%% *}
		subscriber && card
		# shellcheck disable=SC2086	# words, on purpose
		fails 4 "$name: nowhere: No such file or directory" \
		    $program --ca nowhere
		# shellcheck disable=SC2086	# words, on purpose
		fails 3 "$name: empty: found no certificate in PEM" \
		    $program --ca empty
		rm -f card hss.db*
	done
}
