#!/bin/sh
# real.sh: the whole method where the elements around these programs are others':
# the AuC is osmo-hlr, the BSF answers over HTTP/2 to a client with a
# certificate, the SMSC is npm's smpp, the device's card is a UICC in a reader
# of pcscd, and OpenSSL's s_client is the device's end of TLS.  K is in the AuC
# and in the card, and nowhere else.
#
# It needs the source tree, whose tests have the UICC and start the SMSC, and all
# of these peers; where one is missing, it says so and ends with status 77.
set -eu
# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname -- "$0")/common.sh"

tests=$here/../tests
modules=${PEERS:-$here/../build/peers/node_modules}
vpcd=/usr/lib/pcsc/drivers/serial/libifdvpcd.so

# ---- who is there ----

missing() { # WHAT
	say "real.sh: left out: $1 is not there"
	exit 77
}

if [ -z "${REAL_ALONE:-}" ]; then
	for program in bsf-serve osmo-hlr pcscd node python3 openssl sqlite3 \
	    jq unshare; do
		command -v "$program" >/dev/null || missing "$program"
	done
	[ -e "$vpcd" ] || missing 'the reader of vsmartcard-vpcd'
	[ -e "$tests/uicc.py" ] || missing 'the source tree'
	[ -d "$modules/smpp" ] || missing "npm's smpp"
	unshare -rnm sh -c 'mount -t tmpfs none /run && ip link set lo up' \
	    2>/dev/null || missing 'a network of its own (unshare, mount, ip)'
	# the reader listens at every address: a network of its own is safe
	REAL_ALONE=yes BUILD=$BUILD PEERS=$modules unshare -rnm "$here/real.sh"
	exit
fi
mount -t tmpfs none /run
mkdir /run/pcscd
ip link set lo up

# service NAME COMMAND...: it runs until the end; what it says is in NAME.out
service() {
	service=$1
	shift
	"$@" >"$service.out" 2>&1 </dev/null &
	echo $! >"$service.pid"
}


impi=$(impi meter-7)
imsi=${impi%@*}
number=491700000001

say 'One device, whose home network, SMSC, card and TLS are of other makes.'
say

# ---- the home network: osmo-hlr and the BSF ----

printf '%s\n' 'line vty' ' bind 127.0.0.1' ctrl ' bind 127.0.0.1' hlr ' gsup' \
    '  bind ip 127.0.0.1' >hlr.cfg
service hlr osmo-hlr -c hlr.cfg -l "$PWD/hlr.db"
await has_line 'CTRL at' hlr.out
sqlite3 -cmd '.timeout 5000' hlr.db "
    INSERT INTO subscriber (imsi) VALUES ('$imsi');
    INSERT INTO auc_3g (subscriber_id, algo_id_3g, k, opc)
    SELECT id, 5, '$K', '$OPC' FROM subscriber;" >/dev/null
say "AuC         osmo-hlr: K of IMSI $imsi, and its SQN"

certificate() { # NAME FQDN
	openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout "$1.key" -out req.pem -subj "/CN=$1" 2>/dev/null
	echo "subjectAltName=DNS:$2" >extensions
	openssl x509 -req -in req.pem -CA ca.pem -CAkey ca.key -days 2 \
	    -CAcreateserial -extfile extensions -out "$1.pem" 2>/dev/null
}
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout ca.key -out ca.pem -days 2 -subj /CN=ca 2>/dev/null
certificate bsf localhost
certificate naf "$NAF"

service bsf bsf-serve --hss gsup://127.0.0.1/bsf --bsf "$BSF" \
    --listen 127.0.0.1:8443 --cert bsf.pem --key bsf.key --client-ca ca.pem
await listening bsf.out
say "BSF         bsf-serve: HTTP/2 at $at, vectors over GSUP"

# ---- the network to the device: an SMSC ----

export NODE_PATH="$modules"
service smsc node "$tests/peers/smsc.js" --route
await test -s smsc.out
read -r port <smsc.out
say "SMSC        npm's smpp at 127.0.0.1:$port"

# ---- the device: a UICC in a reader ----

mkdir readers
printf '%s\n' 'FRIENDLYNAME "Virtual PCD"' 'DEVICENAME /dev/null:0x8C7B' \
    "LIBPATH $vpcd" 'CHANNELID 0x8C7B' >readers/vpcd
service pcscd pcscd -f -c "$PWD/readers"
await has_line ':8C7C 00000000:0000 0A' /proc/net/tcp
jq -cn --arg k "$K" --arg opc "$OPC" --arg imsi "$imsi" --arg impi "$impi" '
    { k: $k, opc: $opc, imsi: $imsi, impi: $impi, pin: null, tries: 3,
    seq: [range(32) | 0], gbabp: ("ff" * 120) }' >uicc.json
: >uicc.json.log
service uicc python3 -B "$tests/uicc.py" vpcd $((0x8C7C)) uicc.json
reads() { # the card answers
	gpi-recv --card pcsc: --bsf "$BSF" --state unused --any-naf /dev/null
}
await reads

stage recv gpi-recv --card pcsc: --bsf "$BSF" --state state --naf "$NAF" \
    --listen "smpp://$number@127.0.0.1:$port" --count 1 --timeout 20 \
    </dev/null >accepted 2>recv.err &
await has_line '"bind_receiver"' smsc.out
say "device      gpi-recv: a UICC in a reader of pcscd; sleeps as +$number"

# ---- 401 to 405: the MTC server asks, and the GPI leaves ----

mtc-trigger register -d mtc.db --ue-id "$impi" --ue-trp "sms:+$number" \
    --ue-priv-id "$impi"
serve 1
say "MTC server  mtc-trigger serve at $at"
say
mtc-trigger request -d mtc.db --naf "$NAF" --private --ue-id "$impi" \
    --indication report --time 30 -o request
mtc-trigger ask --bsf https://localhost:8443 --cert naf.pem --key naf.key \
    --ca ca.pem -o response request
say "401 to 403  over HTTP/2: a request, and a response with a GPI and Ks_NAF"
sa-store put -d mtc.db --pass response |
    gpi-push --to "smpp://mtc@127.0.0.1:$port" --report report
mtc-trigger record -d mtc.db report
say "404, 405    the SA is stored, the GPI is $(field gpi response |
    wc -c | awk '{ print int($1 / 2) }') octets in a short message"

# ---- 406: the card checks it ----

ended 0 recv
p_tid=$(field ul_sa_id accepted)
same Ks_NAF "$(field ks_naf accepted)" "$(field ks_naf response)"
same AUTHENTICATE "$(grep -c '^00880081' uicc.json.log)" 1
say "406         AUTN by the UICC, MAC, NAF_Id: right; Ks_NAF is the NAF's"

# ---- 407: OpenSSL is the device's end of TLS ----

mkfifo said
openssl s_client -connect "$at" -quiet -no_ign_eof -tls1_3 \
    -ciphersuites TLS_AES_128_GCM_SHA256 -psk "$(field ks_naf accepted)" \
    -psk_identity "3GPP-bootstrapping;$p_tid" <said >heard 2>s_client.err &
echo $! >s_client.pid
exec 4>said
printf '{"type":"trigger-response","p_tid":"%s","time":%s}\n' "$p_tid" \
    "$(date +%s)" | gpi-show --from-json -o - >&4
await test -s heard
same 'answer' "$(field state heard)" accepted
printf '1042.7 kWh' >&4	# a K would be a command
exec 4>&-
ended 0 serve
same state "$(state "$p_tid")" connected
say "407         s_client with Ks_NAF is accepted; it says $(
    jq -r .data serve.out)"
say
same 'SQN of the AuC' "$(sqlite3 -cmd '.timeout 5000' hlr.db \
    'SELECT sqn > 0 FROM auc_3g')" 1
say 'K was in the AuC and in the card alone, and all is well.'
