# secure-peers.bats: OpenSSL and GnuTLS as the device, and as the server.

load helper
load secure

@test "OpenSSL as the device" {
	ready
	serve
	peer one
	response one trigger_ind=2 >&8
	await test -s heard
	python 'r, = map(named, items(read("heard")))
t = r.pop("time")
assert '$NOW' <= t <= '$NOW' + 10, t
assert r == dict(type=7, p_tid="one", state=0), r'
	printf '4711 kWh' >&8
	quit
	line 1 "$(of one '"connected","octets":8,"data":"4711 kWh"')"
	same state "$(state one)" connected
}

@test "OpenSSL as the device, and a command at the server" {
	ready
	serve --exec 'cat; echo done'
	peer one
	response one >&8
	is_answered accepted one
	before=$(stat -c %s heard)
	echo 'to and fro' >&8
	await grep -aq fro heard
	same 'what comes back' "$(tail -c +$((before + 1)) heard)" 'to and fro'
	quit
	line 1 "$(of one '"connected","octets":11')"
}

@test "GnuTLS as the device" {
	ready
	serve
	gnutls_cli one +ECDHE-PSK:+DHE-PSK
	response one >&8
	is_answered accepted one
	echo '4711 kWh' >&8
	quit
	line 1 "$(of one '"connected","octets":9,"data":"4711 kWh\n"')"
}

@test "a device that has to say its hello again" {
	ready
	printf '%s\n' 'openssl_conf = a' '[a]' 'ssl_conf = b' '[b]' \
	    'system_default = c' '[c]' 'Groups = P-384' >groups.cnf
	OPENSSL_CONF=$PWD/groups.cnf serve
	peer one -groups X25519:P-384 -msg -msgfile hellos
	response one >&8
	is_answered accepted one
	quit
	line 1 "$(of one '"connected","octets":0,"data":""')"
	same hellos "$(grep -c ClientHello hellos)" 2
}

@test "a device that renews its keys on the way" {
	ready
	serve
	fifo
	openssl s_client -connect "$at" -quiet -no_ign_eof "${TLS13[@]}" \
	    -psk "$(key one)" -psk_identity "${PSK}one" \
	    <fifo >heard 2>s_client.err 3>&- 8>&- &
	device=$!
	exec 8>fifo
	response one >&8
	is_answered accepted one
	for command in k K; do		# update_not_requested, _requested
		echo $command >&8
		sleep 0.1	# a command is a read of its own
		echo data >&8
		sleep 0.1
	done
	quit
	line 1 "$(of one '"connected","octets":10,"data":"data\ndata\n"')"
}

@test "OpenSSL as the server" {
	elements
	trigger one --indication connect --time 30
	s_server one
	connecting one --exec 'echo hello; read -r word; echo "word: $word" >answer'
	await test -s heard
	python 'r, = map(named, items(read("heard")))
t = r.pop("time")
assert '$NOW' <= t <= '$NOW' + 10, t
assert r == dict(type=7, p_tid="one", trigger_ind=1), r'
	size=$(stat -c %s heard)
	response one state=0 >&8
	heard_more() {
		[ "$(tail -c +$((size + 1)) heard)" = hello ]
	}
	await heard_more
	echo wonderful >&8
	ended 0
	nothing_in out
	same 'at the device' "$(<answer)" 'word: wonderful'
}

@test "nothing is sent before the server accepts" {
	ready
	s_server one
	connecting one --exec 'touch ran; echo hello'
	await test -s heard
	sleep 0.3
	[ ! -e ran ]
	lacks hello heard
	response one state=0 >&8
	await grep -aq hello heard
	ended 0
}

@test "servers that are not right: what the device says of each" {
	ready
	while IFS='|' read -r code message answer; do
		s_server one
		connecting one --exec 'touch ran'
		await test -s heard
		cbor "$answer" >&8
		ended $code "mtc-trigger: one: record 1: $message"
		nothing_in out
		wait $pid || true
	done <<-.
	1|server: refused: no more meters|rec("trigger_response", p_tid="one", time=$NOW, state=1, detail="no more meters")
	1|server: refused|rec("trigger_response", p_tid="one", time=$NOW, state=1)
	3|trigger response: state: found connected, expected accepted or refused|rec("trigger_response", p_tid="one", time=$NOW, state=8)
	1|p_tid: found two in the server's answer, expected one|rec("trigger_response", p_tid="two", time=$NOW, state=0)
	3|state: found nothing in the server's answer, expected accepted or refused|rec("trigger_response", p_tid="one", time=$NOW)
	3|trigger response: type: found report, expected trigger-response|rec("report", p_tid="one", time=$NOW, state=0)
	3|trigger response: p_tid: found nothing, expected in a trigger-response|rec("trigger_response", time=$NOW, state=0)
	3|trigger response: item: found octet ff out of place, expected CBOR|h("ff")
	3|trigger response: item: found over 2048 octets, expected at most 2048|h("5a00010000") + bytes(3000)
	.
	[ ! -e ran ]
	# none of it kept the device from the real one
	serve
	unspent one 1
}

@test "servers that do not have the key" {
	ready
	# its own, of another, under the name of this
	s_server two -psk_identity "${PSK}one"
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one --exec 'touch ran'
	# none at all, but a certificate
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj /CN=127.0.0.1 -keyout server.key -out server.pem 2>/dev/null
	foreign openssl s_server -accept AT -quiet -naccept 1 \
	    -cert server.pem -key server.key
	fails 1 'mtc-trigger: one: record 1: tls: the server shows a certificate, expected the shared key' \
	    connect one --exec 'touch ran'
	# the key, but by the rules of TLS 1.2
	foreign openssl s_server -accept AT -quiet -naccept 1 -tls1_2 \
	    -nocert -psk "$(key one)" -psk_identity "${PSK}one"
	fails 1 'mtc-trigger: one: record 1: tls: the server does not speak TLS 1.3' \
	    connect one --exec 'touch ran'
	# another cipher suite
	foreign openssl s_server -accept AT -quiet -naccept 1 -tls1_3 \
	    -ciphersuites TLS_CHACHA20_POLY1305_SHA256 \
	    -nocert -psk "$(key one)" -psk_identity "${PSK}one"
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key or its groups differ' \
	    connect one --exec 'touch ran'
	# no TLS
	foreign /usr/bin/python3 -ISc 'import socket, sys
host, port = sys.argv[1].split(":")
s = socket.create_server((host, int(port)))
c, _ = s.accept()
c.sendall(b"220 mail.example.org ESMTP\r\n")
c.recv(9999)' AT
	fails 1 'mtc-trigger: one: record 1: tls: the server does not speak TLS' \
	    connect one --exec 'touch ran'
	# nobody
	wait $pid
	fails 4 "mtc-trigger: one: record 1: $at: Connection refused" \
	    connect one --exec 'touch ran'
	[ ! -e ran ]
	serve
	unspent one 1
}
