# secure-refused.bats: who is refused; and that the genuine device connects
# nevertheless.

load helper
load secure

@test "a device that claims another's P-TID" {
	ready
	serve
	peer one
	response two trigger_ind=2 >&8
	is_answered refused one 'p_tid: found two, expected that of the key in use'
	wait "$device"
	line 1 "$(of one '"refused","detail":"p_tid: found two, expected that of the key in use","octets":0')"
	same states "$(state one) $(state two)" 'stored stored'
	unspent one 2
	unspent two 3
}

@test "a device with another key" {
	ready
	serve
	is_refused "${TLS13[@]}" -psk "$(key two)" -psk_identity "${PSK}one"
	line 1 "$(of one '"refused","detail":"tls: the device has another key","octets":0')"
	same state "$(state one)" stored
	# for all that connect knows, the server is to blame
	edit "ks_naf=bytes(32)" <one >forged
	fails 1 'mtc-trigger: forged: record 1: tls: the server knows no such SA, or its key differs' \
	    connect forged
	line 2 "$(of one '"refused","detail":"tls: the device has another key","octets":0')"
	unspent one 3
	unspent two 4
}

@test "identities that are not ours" {
	ready
	serve
	is_refused "${TLS13[@]}" -psk "$(key one)" -psk_identity "${PSK}nobody"
	line 1 '{"p_tid":"nobody","state":"refused","detail":"no SA with this P-TID is stored","octets":0}'
	for id in one '3gpp-bootstrapping;one' "$PSK" "${PSK}one;two" \
	    "${PSK}../one" "$PSK$(printf '%065d' 1)"; do
		is_refused "${TLS13[@]}" -psk "$(key one)" -psk_identity "$id"
	done
	told 6 'tls: the device offers no key with psk_dhe_ke'
	unspent one 2
}

@test "who guesses P-TIDs does not learn which are known" {
	ready
	serve
	# none, another key, and spent
	for p_tid in nobody one two; do
		[ $p_tid != two ] || does connect two
		is_refused "${TLS13[@]}" -psk "$(printf '%064d' 1)" \
		    -psk_identity "$PSK$p_tid"
		grep -o 'alert.*' s_client.err >alert.$p_tid
		has_line number alert.$p_tid
	done
	diff alert.nobody alert.one
	diff alert.nobody alert.two
	await has_lines 4
	same details "$(pick detail <lines)" "$(printf '[%s]\n' \
	    '"no SA with this P-TID is stored"' \
	    '"tls: the device has another key"' null \
	    '"the trigger is closed: connected"')"
}

@test "an SA without a response stored for it" {
	elements
	request --p-tid one >/dev/null
	trigger two "${REPORT[@]}"
	serve
	is_refused "${TLS13[@]}" -psk "$(key two)" -psk_identity "${PSK}one"
	line 1 '{"p_tid":"one","ue_id":"meter-7","state":"refused","detail":"no SA with this P-TID is stored","octets":0}'
	same state "$(state one)" requested
}

@test "an expired SA" {
	elements
	trigger one --indication report --lifetime 600
	AT=$((NOW + 600)) serve
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one
	line 1 "$(of one '"expired","detail":"the key expired at 2027-01-15T08:10:00Z","octets":0')"
	same state "$(state one)" expired
	same times "$(times one)" 'requested answered stored expired'
	# once more
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one
	line 2 "$(of one '"expired","detail":"the trigger is closed: expired","octets":0')"
	# the device, for its part, does not even try
	AT=$((NOW + 600)) fails 1 'mtc-trigger: one: record 1: the key expired at 2027-01-15T08:10:00Z' \
	    connect one
	stop
	same lines "$(lines_in lines)" 2
}

@test "an SA that expires while it is in use" {
	elements
	trigger one --indication report --lifetime 600
	trigger two --indication report --lifetime 600
	AT=$((NOW + 599)) serve
	fails 4 'mtc-trigger: one: record 1: tls: the server is gone without close_notify' \
	    connect one --exec 'echo one; sleep 9'
	line 1 "$(of one '"failed","detail":"the key expired at 2027-01-15T08:10:00Z","octets":4,"data":"one\n"')"
	stop
	serve
	AT=$((NOW + 599)) fails 1 'mtc-trigger: two: record 1: the key expired at 2027-01-15T08:10:00Z' \
	    connect two --exec 'echo two; sleep 9'
	line 1 "$(of two '"failed","detail":"tls: the device is gone without close_notify","octets":4,"data":"two\n"')"
}

@test "a trigger that was cancelled: before, meanwhile, and too late" {
	gate
	ready
	trigger three "${REPORT[@]}"
	cancel() {
		does mtc-trigger cancel -d mtc.db --p-tid "$1" --now $NOW
	}
	serve
	cancel one
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one
	line 1 "$(of one '"refused","detail":"the trigger is closed: failed","octets":0')"
	# between handshake and trigger response
	peer two -msg -msgfile handshake
	await has_line Finished handshake
	cancel two
	response two >&8
	is_answered refused two 'the trigger two is closed'
	line 2 "$(of two '"refused","detail":"the trigger two is closed","octets":0')"
	# in the middle of the stream
	connecting three --exec ': <go'
	await in_state three responded
	cancel three
	open_gate
	try wait "$device"
	line 3 "$(of three '"failed","detail":"no open trigger has p_tid three","octets":0,"data":""')"
	for p_tid in one two three; do
		same state "$(mtc-trigger status -d mtc.db -j --p-tid $p_tid |
		    pick state detail connected)" '["failed","cancelled",null]'
	done
}

@test "a trigger that was cancelled leaves no file behind" {
	gate
	ready
	mkdir inbox
	serve --dir inbox
	connecting one --exec 'echo data; : <go'
	await in_state one responded
	does mtc-trigger cancel -d mtc.db --p-tid one
	open_gate
	try wait "$device"
	same status "$status" 4
	line 1 "$(of one '"failed","detail":"no open trigger has p_tid one","octets":5')"
	same files "$(ls -A inbox)" ''
}

@test "a trigger that was resynchronised" {
	elements
	gpi | recv >/dev/null
	hss-store set -d hss.db --impi $IMPI --sqn 0
	request --p-tid one "${REPORT[@]}" | gen | gpi-sign | put mtc.db --pass |
	    gpi-push --to - >stale
	try recv --sync-failures sync stale
	does mtc-trigger resync -d mtc.db --now $NOW sync
	new=$(field p_tid out)
	# as a device might that took the old one all the same
	sa-store get -d mtc.db --ul one --cbor >one
	serve
	is_refused "${TLS13[@]}" -psk "$(key one)" -psk_identity "${PSK}one"
	line 1 "$(of one '"refused","detail":"the trigger is closed: failed","octets":0')"
	same states "$(state one) $(state "$new")" 'failed requested'
}

@test "a report that its GPI failed does not keep out the device that has it" {
	ready
	cbor "rec('report', p_tid='one', state=10, time=$NOW)" |
	    mtc-trigger record -d mtc.db
	same state "$(state one)" failed
	serve
	unspent one 1
}

@test "a second connection after a clean close" {
	ready
	serve
	unspent one 1
	fails 1 'mtc-trigger: one: record 1: tls: the server knows no such SA, or its key differs' \
	    connect one --exec 'echo again'
	line 2 "$(of one '"refused","detail":"the trigger is closed: connected","octets":0')"
	is_refused "${TLS13[@]}" -psk "$(key one)" -psk_identity "${PSK}one"
	same state "$(state one)" connected
}

@test "TLS 1.2, other cipher suites, certificates, psk_ke" {
	ready
	serve
	key=$(key one)
	refused() {
		local detail=$1

		shift
		is_refused -psk "$key" -psk_identity "${PSK}one" "$@"
		told $((++n)) "$detail"
	}
	refused 'tls: the device does not speak TLS 1.3' \
	    -tls1_2 -cipher PSK
	for suite in TLS_AES_256_GCM_SHA384 TLS_CHACHA20_POLY1305_SHA256; do
		refused 'tls: the device does not offer TLS_AES_128_GCM_SHA256' \
		    -tls1_3 -ciphersuites $suite
	done
	is_refused "${TLS13[@]}"
	# GnuTLS can be told not to do without Diffie-Hellman
	gnutls_cli one +PSK
	told 5 'tls: the device offers no key with psk_dhe_ke'
	nothing_in heard
	same state "$(state one)" stored
	unspent one 1
}

@test "session tickets: none is given, none is taken" {
	ready
	# from elsewhere, with the same key
	s_server two
	mkfifo silent
	openssl s_client -connect "$at" -quiet "${TLS13[@]}" \
	    -psk "$(key two)" -psk_identity "${PSK}two" -sess_out ticket \
	    <>silent >heard 2>&1 3>&- 8>&- &
	await has_line END ticket
	kill $!
	serve
	peer one -sess_out given
	response one >&8
	is_answered accepted one
	quit
	[ ! -e given ]
	line 1 "$(of one '"connected","octets":0,"data":""')"
	is_refused "${TLS13[@]}" -sess_in ticket
	told 1 'tls: the device offers no key with psk_dhe_ke'
	# beside the key it does no harm
	peer two -sess_in ticket
	response two >&8
	is_answered accepted two
	quit
	line 2 "$(of two '"connected","octets":0,"data":""')"
}

@test "early data" {
	ready
	serve
	# OpenSSL sends some where it believes that the key allows that
	python 'import ctypes as c
ssl, crypto = c.CDLL("libssl.so.3"), c.CDLL("libcrypto.so.3")
for f in ("TLS_client_method", "SSL_CTX_new", "SSL_new", "SSL_SESSION_new",
    "SSL_CIPHER_find"):
    getattr(ssl, f).restype = c.c_void_p
crypto.BIO_new_file.restype = c.c_void_p
p = c.c_void_p
s = p(ssl.SSL_new(p(ssl.SSL_CTX_new(p(ssl.TLS_client_method())))))
psk, key = p(ssl.SSL_SESSION_new()), h(sys.argv[1])
assert ssl.SSL_SESSION_set1_master_key(psk, key, c.c_size_t(32))
assert ssl.SSL_SESSION_set_cipher(psk, p(ssl.SSL_CIPHER_find(s, b"\x13\x01")))
assert ssl.SSL_SESSION_set_protocol_version(psk, 0x0304)
assert ssl.SSL_SESSION_set_max_early_data(psk, 1000)
b = p(crypto.BIO_new_file(b"psk", b"w"))
assert ssl.PEM_write_bio_SSL_SESSION(b, psk)
crypto.BIO_free(b)' "$(key one)"
	response one >early
	s_client "${TLS13[@]}" -psk_session psk -psk_identity "${PSK}one" \
	    -early_data early
	line 1 "$(of one '"refused","detail":"tls: the device breaks the rules of TLS 1.3","octets":0')"
	nothing_in heard
	same state "$(state one)" stored
	unspent one
}

@test "an SA for another Ua security protocol" {
	elements
	request --p-tid one --ua 0100000002 "${REPORT[@]}" | gen | gpi-sign |
	    put mtc.db --pass | gpi-push --to - |
	    gpi-recv --card card --naf $NAF/0100000002 --now $NOW >one
	serve
	fails 1 'mtc-trigger: one: record 1: naf_id: found Ua identifier 0100000002, expected 0100000007' \
	    connect one
	nothing_in lines
	is_refused "${TLS13[@]}" -psk "$(key one)" -psk_identity "${PSK}one"
	line 1 "$(of one '"refused","detail":"naf_id: found Ua identifier 0100000002, expected 0100000007","octets":0')"
	same state "$(state one)" stored
}

@test "what is no TLS" {
	ready
	serve
	say() {
		exec 7<>"/dev/tcp/${at/://}"
		cat >&7
		cat <&7 >heard || true
		exec 7>&-
	}
	printf 'GET / HTTP/1.1\r\n\r\n' | say
	told 1 'tls: the device does not speak TLS'
	python 'out.write(bytes(range(255, -1, -1)))' | say
	printf '\026\003\001\000\005\001\000\000\001\000' | say
	told 3 'tls: the device breaks the rules of TLS 1.3'
	(exec 7<>"/dev/tcp/${at/://}")
	told 4 'tls: the device is gone without close_notify'
	unspent one 1
}

@test "what is no trigger response" {
	ready
	serve
	while IFS='|' read -r detail what; do
		peer one
		cbor "$what" >&8
		is_answered refused one "$detail"
		wait "$device" || true
		line $((++n)) "$(of one "\"refused\",\"detail\":\"$detail\",\"octets\":0")"
		same state "$(state one)" stored
	done <<-.
	trigger response: item: found octet ff out of place, expected CBOR|h("ff")
	trigger response: item: found over 2048 octets, expected at most 2048|h("5a00010000") + bytes(3000)
	trigger response: type: found report, expected trigger-response|rec("report", p_tid="one", time=$NOW, state=7)
	trigger response: time: found nothing, expected in a trigger-response|rec("trigger_response", p_tid="one")
	state: found accepted, expected none from a device|rec("trigger_response", p_tid="one", time=$NOW, state=0)
	.
	# one that does not come
	peer one
	quit
	line $((++n)) "$(of one '"failed","detail":"trigger response: the peer closed without one","octets":0')"
	peer one -msg -msgfile handshake
	await has_line Finished handshake
	vanish
	line $((++n)) "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":0')"
	same state "$(state one)" stored
	unspent one $((++n))
}
