# gpi-recv-uicc.bats: gpi-recv with a UICC, which the tests bring.

load helper
load gpi-recv
load uicc

setup() {
	cd "$BATS_TEST_TMPDIR" || exit 1
	elements
}

# behind [MANNER [MEMBER...]]: the UICC, with these members, behind a modem
behind() {
	uicc "${@:2}"
	modem ${1:+"$1"}
	uicc=at:$device
}

# as_file UM: that UICC and the card's file accept the same GPI alike, in all
# but Ks_int_NAF
as_file() {
	gpi >gpi --um "$1"
	recv gpi -tsj >expected
	does by_uicc gpi -tsj
	same accepted "$(jq -S . out)" "$(jq -S 'del(.ks_int_naf)' expected)"
}

@test "GBA_ME: what is accepted is the same, octet for octet" {
	behind
	gpi >gpi
	recv gpi -o expected
	does by_uicc gpi -o accepted
	same_octets accepted expected
	mode state 600
	same state "$(<state)" "gpi-recv card state 1
rand $(field rand gpi)"
	ends 1 "gpi-recv: gpi: record 1: $AGAIN" by_uicc gpi
	[ ! -e state.journal ]
}
