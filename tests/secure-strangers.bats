# secure-strangers.bats: connections that prove no key, and what a device that
# has proved one may cost.

load helper
load secure

# strangers N [OCTETS]: N connections that say so much, in hex, and then
# nothing, until ./go is opened
strangers() {
	rm -f there
	python 'import socket
ends = []
for i in range(int(sys.argv[2])):
    s = socket.create_connection(sys.argv[1].rsplit(":", 1))
    s.sendall(h(sys.argv[3]))
    ends.append(s)
open("there", "w")
open("go")' "$at" "$1" "${2:-}" 3>&- 8>&- &
	await test -e there
}

@test "silent strangers, all there may be, keep no device out" {
	gate
	ready
	serve --max-connections 10
	# the last of them that ask nothing, five at most, are still there
	strangers 40
	told 35 'too many that have proved no key'
	unspent one 1
	# half a ClientHello, as in slowloris
	strangers 40 1603014000010000ff0303
	unspent two 2
	open_gate
}

@test "one address has its share, and takes from itself" {
	gate
	ready
	serve --max-per-address 3
	strangers 8
	told 5 'too many that have proved no key'
	unspent one 1
	open_gate
	told 8 'tls: the device is gone without close_notify'
}

@test "--max-unproved, and a ClientHello in many records" {
	gate
	ready
	serve --max-unproved 2
	strangers 5
	told 3 'too many that have proved no key'
	# a head in two, an octet each, and then no more
	strangers 1 1603010001011603010001001603010003000201
	told 4 'too many that have proved no key'
	fifo
	# as some do to confuse what stands in between
	openssl s_client -connect "$at" -quiet -no_ign_eof -nocommands \
	    "${TLS13[@]}" -psk "$(key one)" -psk_identity "${PSK}one" \
	    -split_send_frag 100 -max_send_frag 512 <fifo >heard \
	    2>s_client.err 3>&- 8>&- &
	device=$!
	exec 8>fifo
	response one >&8
	is_answered accepted one
	quit
	line 1 "$(of one '"connected","octets":0,"data":""')"
	open_gate
}

@test "a ClientHello that is too long" {
	gate
	ready
	serve
	strangers 1 160301400001004000
	told 1 'tls: the device sent a ClientHello of over 16384 octets'
	strangers 1 16030140000100ffff
	told 2 'tls: the device sent a ClientHello of over 16384 octets'
	open_gate
	unspent one 1
}

@test "--handshake-timeout: for strangers, and for a device that is silent" {
	gate
	ready
	serve --handshake-timeout 1
	strangers 1
	peer one
	told 1 'no trigger response within 1 second'
	line 1 "$(of one '"failed","detail":"no trigger response within 1 second","octets":0')"
	same state "$(state one)" stored
	open_gate
	unspent one 2
}

@test "a device with its key has one connection that waits for its response" {
	ready
	serve --max-connections 2
	for i in 1 2 3; do
		peer one -msg -msgfile handshake.$i
		await has_line Finished handshake.$i
		exec 7>&8 8>&-
	done
	await has_lines 2
	same details "$(values detail <lines | sort -u)" \
	    'superseded by a newer connection of the device'
	unspent two 3
	exec 7>&-
}

@test "--max-octets and --max-time" {
	ready
	mkdir inbox
	serve --max-octets 100000 --dir inbox
	ends 4 'mtc-trigger: one: record 1: tls: the server is gone without close_notify' \
	    connect one --exec 'head -c 100001 /dev/zero; sleep 9'
	await has_lines 1
	same line "$(jq -c '[.p_tid, .state, .detail]' lines)" \
	    '["one","failed","data: more than 100000 octets"]'
	same files "$(ls -A inbox)" ''
	does connect one --exec 'head -c 100000 /dev/zero'
	line 2 "$(of one '"connected","octets":100000')"
	same size "$(stat -c %s inbox/one)" 100000
	stop
	serve --max-time 1 --exec 'cat >/dev/null'
	fails 4 'mtc-trigger: two: record 1: tls: the server is gone without close_notify' \
	    connect two --exec 'echo data; sleep 9'
	line 1 "$(of two '"failed","detail":"the connection lasted 1 second, as --max-time allows","octets":5')"
}

@test "a line is hardly more than twice what the device has sent" {
	ready
	serve
	does connect one --exec 'head -c 5000 /dev/zero | tr "\0" "\001"'
	line 1 "$(of one "\"connected\",\"octets\":5000,\"data_hex\":\"$(printf '01%.0s' {1..5000})\"")"
	does connect two --exec 'printf "a\tb\n\001"'
	line 2 "$(of two '"connected","octets":5,"data":"a\tb\n\u0001"')"
}

# groups NAME: what a policy for all programs says of them
groups() {
	cat >groups.cnf <<-.
	openssl_conf = all
	[all]
	ssl_conf = ssl
	[ssl]
	system_default = policy
	[policy]
	Groups = $1
	.
}

# What one end insists on, the other follows: RFC 8446 clause 4.1.4,
# HelloRetryRequest.
@test "a policy of the system that fixes the groups, at either end" {
	elements
	for group in X25519 P-256; do
		groups $group
		trigger server-$group "${REPORT[@]}"
		OPENSSL_CONF=$PWD/groups.cnf serve
		does connect server-$group --exec 'echo server'
		line 1 "$(of server-$group '"connected","octets":7,"data":"server\n"')"
		stop
		trigger device-$group "${REPORT[@]}"
		serve
		OPENSSL_CONF=$PWD/groups.cnf does connect device-$group \
		    --exec 'echo device'
		line 1 "$(of device-$group '"connected","octets":7,"data":"device\n"')"
		stop
	done
	# the device guesses wrong, the other way round
	groups X25519
	trigger server "${REPORT[@]}"
	OPENSSL_CONF=$PWD/groups.cnf serve
	groups P-256:X25519
	OPENSSL_CONF=$PWD/groups.cnf does connect server --exec 'echo server'
	line 1 "$(of server '"connected","octets":7,"data":"server\n"')"
	# none in common
	groups P-256
	trigger none "${REPORT[@]}"
	OPENSSL_CONF=$PWD/groups.cnf fails 1 'mtc-trigger: none: record 1: tls: the server knows no such SA, or its key or its groups differ' \
	    connect none
	line 2 "$(of none '"refused","detail":"tls: the device offers no group of ours (Groups in openssl.cnf)","octets":0')"
	same state "$(state none)" stored
}
