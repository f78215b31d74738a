# uicc.bash: a UICC that is no file, for the tests of gpi-recv.
# shellcheck shell=bash disable=SC2154

# uicc [MEMBER...]: ./uicc.json, the card of the subscriber of the tests; each
# member is JSON that replaces what the card has
uicc() {
	local IFS=,

	: >uicc.json.log
	jq -cn --arg k "$K" --arg opc "$OPC" --arg impi "$IMPI" '{k: $k,
	    opc: $opc, imsi: "001010123456789", impi: $impi, pin: null,
	    tries: 3, seq: [range(32) | 0], gbabp: ("ff" * 120)} + {'"$*"'}' \
	    >uicc.json
}

# modem [MANNER]: ./uicc.json behind it, as $device
modem() {
	mkfifo named
	python3 -B "$TESTS/uicc.py" modem uicc.json "$@" >named 3>&- &
	read -r device <named
	rm named
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
