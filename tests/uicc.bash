# uicc.bash: a UICC that is no file, for the tests of gpi-recv.
# shellcheck shell=bash disable=SC2154

ISIM=a0000000871004
USIM=a0000000871002

# home [OPTION OF REGISTER...]: the elements of a subscriber with a card's file
home() {
	once "home${*// /}" make_home "$@"
}

make_home() {
	subscriber
	card
	mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp unix:dev "$@"
}

# uicc [MEMBER...]: ./uicc.json, the card of that subscriber; each member is JSON
# that replaces what the card has
uicc() {
	local IFS=,

	: >uicc.json.log
	jq -cn --arg k "$K" --arg opc "$OPC" --arg impi "$IMPI" '{k: $k,
	    opc: $opc, imsi: "001010123456789", impi: $impi, pin: null,
	    tries: 3, seq: [range(32) | 0], gbabp: ("ff" * 120)} + {'"$*"'}' \
	    >uicc.json
}

# behind MANNER [MEMBER...]: such a card behind a modem
behind() {
	uicc "${@:2}"
	mkfifo named
	python3 -B "$TESTS/uicc.py" modem uicc.json "$1" >named 3>&- &
	read -r device <named
	rm named
	uicc=at:$device
}

# by_uicc [OPTION...]: gpi-recv with the card $uicc
by_uicc() {
	gpi-recv --card "$uicc" --bsf $BSF --state state --naf $NAF \
	    --now $NOW "$@"
}

# held MEMBER: what the card has
held() {
	jq -r ".$1" uicc.json
}

# asked [TEXT]: how many AUTHENTICATE it was asked for, with the answer TEXT
asked() {
	grep -cE "^0[0-3]88.* .*${1:-}" uicc.json.log || true
}

# as_file [OPTION...]: that UICC and the card's file accept the same GPI, and
# make the same of it but for Ks_int_NAF
as_file() {
	gpi >gpi
	recv gpi -sj >expected
	does by_uicc "$@" gpi -sj
	same accepted "$(<out)" \
	    "$(sed 's/"ks_int_naf":"[0-9a-f]*",//' expected)"
}

# in_reader SCRIPT: run it where the card ./uicc.json is in the second of two
# readers of a pcscd; the virtual reader listens at every address, so that it
# gets a network of its own
in_reader() {
	cat >reader.conf <<-'END'
	FRIENDLYNAME "Virtual PCD"
	DEVICENAME /dev/null:0x8C7B
	LIBPATH /usr/lib/pcsc/drivers/serial/libifdvpcd.so
	CHANNELID 0x8C7B
	END
	mkdir -p conf
	mv reader.conf conf/vpcd
	cat >in_reader <<-'END'
	mount -t tmpfs none /run && mkdir /run/pcscd && ip link set lo up
	pcscd -f -c "$PWD/conf" >pcscd.log 2>&1 &
	pcscd=$!
	trap 'kill $card 2>/dev/null; kill $pcscd; wait' EXIT
	heard() { grep -q ":$1 00000000:0000 0A" /proc/net/tcp; }
	until heard 8C7C; do sleep 0.05; done
	python3 -B "$1" vpcd $((0x8C7C)) uicc.json &
	card=$!
	while gpi-recv --card pcsc: --bsf bsf.example.org --state unused \
	    --any-naf /dev/null 2>&1 | grep -qE \
	    'no reader has|not running|is no reader|does not answer'; do
		sleep 0.05
	done
	: >uicc.json.log
	. ./script
	END
	printf '%s\n' "$1" >script
	timeout 30 unshare -rnm bash in_reader "$TESTS/uicc.py"
}

# where there is no reader, a test says so
want_reader() {
	[ -e /usr/lib/pcsc/drivers/serial/libifdvpcd.so ] ||
	    skip 'vsmartcard-vpcd is not there'
	command -v pcscd >/dev/null || skip 'pcscd is not there'
	unshare -rnm sh -c 'mount -t tmpfs none /run && ip link set lo up' \
	    2>/dev/null ||
	    skip 'no network can be made here (it takes unshare, mount, ip)'
}
