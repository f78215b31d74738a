#!/bin/sh
# by-hand.sh: every octet of a GPI and of its keys, computed with the openssl
# command alone, step by step with its clause, and compared with what gpi-gen,
# gpi-sign and gpi-recv make of the same subscriber, RAND and time.  The page
# to keep: where another implementation differs, the first line that differs
# says where.  (Keys are arguments here, which anybody can see in ps: these are
# of test set 1 of TS 35.208.)
set -eu
# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname -- "$0")/common.sh"

# ---- what is given ----

k=465b5ce8b199b49faa5f0a2ee238a6bc
op=cdc202d5123e20f62b6d676ac72cb318
rand=23553cbe9637a89d218ae64dae47bf35
sqn=ff9bb4d0b607
amf=b9b9
impi=001010123456789@ims.mnc001.mcc001.3gppnetwork.org
ua=0100000007			# shared-key TLS 1.3, TS 33.220 Annex H.3
now=1893452400
key_lt=$((now + 3600))
p_tid=05tnq4m0b41g3c8eq10s
trigger_ind=2
trigger_time=30

# ---- tools: all take and give hex ----

line() { # NAME HEX
	printf '%-10s = %s\n' "$1" "$2"
}

title() { # TEXT
	printf '\n# %s\n' "$1"
}

# NAME = HEX, which is EXPECTED by WHOM.
check() { # NAME HEX EXPECTED WHOM
	same "$1, by $4" "$3" "$2"
	printf '%-10s = %s  (%s)\n' "$1" "$2" "$4"
}

ascii() { # TEXT
	printf %s "$1" | xxd -p -c 1000
}

xor() { # A B: of the same even length
	a=$1 b=$2
	while [ -n "$a" ]; do
		printf %04x "$((0x${a%"${a#????}"} ^ 0x${b%"${b#????}"}))"
		a=${a#????} b=${b#????}
	done
}

rotate() { # BLOCK N: by N octets to the left
	octets "$1$1" "$2" 16
}

aes() { # KEY BLOCK
	unhex "$2" | openssl enc -aes-128-ecb -nopad -K "$1" | xxd -p
}

ctr() { # KEY IV OCTETS
	unhex "$3" | openssl enc -aes-128-ctr -K "$1" -iv "$2" |
	    xxd -p -c 1000
}

cmac() { # KEY OCTETS
	unhex "$2" | openssl mac -cipher AES-128-CBC -macopt "hexkey:$1" CMAC |
	    tr A-F a-f
}

hmac() { # KEY OCTETS
	unhex "$2" | openssl mac -digest SHA256 -macopt "hexkey:$1" HMAC |
	    tr A-F a-f
}

# S of TS 33.220 clause B.2: FC, then each parameter and its length.
s_of() { # PARAMETER...
	printf 01			# FC of all keys of GBA
	for p in "$@"; do
		printf '%s%04x' "$p" "$((${#p} / 2))"
	done
}

# The head of a CBOR item, RFC 8949 clause 3: MAJOR type 0, 2, 3 or 4.
head_of() { # MAJOR N
	if [ "$2" -lt 24 ]; then
		printf %02x "$(($1 << 5 | $2))"
	elif [ "$2" -lt 256 ]; then
		printf %02x%02x "$(($1 << 5 | 24))" "$2"
	elif [ "$2" -lt 65536 ]; then
		printf %02x%04x "$(($1 << 5 | 25))" "$2"
	else
		printf %02x%08x "$(($1 << 5 | 26))" "$2"
	fi
}

bytes() { # HEX
	echo "$(head_of 2 "$((${#1} / 2))")$1"
}

text() { # TEXT
	echo "$(head_of 3 "${#1}")$(ascii "$1")"
}

# dbl() of RFC 5297 clause 2.3: one bit to the left; what falls out, as 87.
double() { # BLOCK
	rest=$1 carry=0 out=''
	while [ -n "$rest" ]; do
		v=$((0x${rest#"${rest%????}"} << 1 | carry))
		carry=$((v >> 16))
		out=$(printf %04x "$((v & 0xffff))")$out
		rest=${rest%????}
	done
	xor "$out" "$(printf %032x "$((carry * 0x87))")"
}

# ---- what the programs make of it ----

printf 'k %s\nop %s\n' "$k" "$op" >keys
hss-store add -d hss.db --impi "$impi" --ue-id meter-7 --key-file keys \
    --amf "$amf" --sqn "$((0x$sqn - 33))"	# the next has SEQ + 1, IND + 1
hss-store card -d hss.db --impi "$impi" --bsf "$BSF" -o card
mtc-trigger register -d mtc.db --now "$now" --ue-id meter-7 \
    --ue-trp udp://127.0.0.1:7100
mtc-trigger request -d mtc.db --now "$now" --naf "$NAF" --ua "$ua" \
    --ue-id meter-7 --p-tid "$p_tid" --indication "$trigger_ind" \
    --time "$trigger_time" --mode full --lifetime 3600 -o request
gpi-gen --hss hss.db --bsf "$BSF" --now "$now" --rand "$rand" -o draft request
gpi-sign -o response draft
gpi-push --to - -o gpi response
gpi-recv --now "$now" --card card --naf "$NAF" -o accepted gpi

# ---- by hand ----

say '# given'
line K "$k"
line OP "$op"
line RAND "$rand"
line SQN "$sqn"
line AMF "$amf"
line IMPI "$(ascii "$impi")  $impi"
line 'NAF FQDN' "$(ascii "$NAF")  $NAF"
line 'BSF FQDN' "$(ascii "$BSF")  $BSF"

title 'MILENAGE, TS 35.206 clause 4.1: E[x]k is AES-128; ci as in clause 4.1'
opc=$(xor "$op" "$(aes "$k" "$op")")
temp=$(aes "$k" "$(xor "$rand" "$opc")")
in1=$sqn$amf$sqn$amf
check OPc "$opc" cd63cb71954a9f4e48a5994e37a02baf 'TS 35.208 set 1'
line TEMP "$temp"
line IN1 "$in1"

# OUT1 = E[TEMP xor rot(IN1 xor OPc, 64 bits) xor c1]k xor OPc, c1 = 0
out1=$(xor "$opc" "$(aes "$k" \
    "$(xor "$temp" "$(rotate "$(xor "$in1" "$opc")" 8)")")")

# OUTn = E[rot(TEMP xor OPc, rn) xor cn]k xor OPc
out() { # RN in octets, CN
	xor "$opc" "$(aes "$k" "$(xor "$(printf %032x "$2")" \
	    "$(rotate "$(xor "$temp" "$opc")" "$1")")")"
}
out2=$(out 0 1)
ck=$(out 4 2)			# f3: OUT3
ik=$(out 8 4)			# f4: OUT4
mac_a=$(octets "$out1" 0 8)	# f1
ak=$(octets "$out2" 0 6)	# f5
res=$(octets "$out2" 8 8)	# f2
check 'f1 MAC-A' "$mac_a" 4a9ffac354dfafb3 'TS 35.208 set 1'
check 'f2 RES' "$res" a54211d5e3ba50bf 'TS 35.208 set 1'
check 'f3 CK' "$ck" b40ba9a3c58b2a05bbf0d987b21bf8cb 'TS 35.208 set 1'
check 'f4 IK' "$ik" f769bcd751044604127672711c6d3441 'TS 35.208 set 1'
check 'f5 AK' "$ak" aa689c648370 'TS 35.208 set 1'

title 'AUTN, TS 33.102 clause 6.3.2: SQN xor AK || AMF || MAC-A'
autn=$(xor "$sqn" "$ak")$amf$mac_a
check AUTN "$autn" "$(field autn draft)" gpi-gen

title 'Ks, TS 33.220 clause 4.5.2: CK || IK'
ks=$ck$ik
line Ks "$ks"

title 'Ks_NAF, clause B.3: KDF(Ks, "gba-me", RAND, IMPI, NAF_Id)'
naf_id=$(ascii "$NAF")$ua	# FQDN || Ua security protocol identifier
s=$(s_of "$(ascii gba-me)" "$rand" "$(ascii "$impi")" "$naf_id")
line NAF_Id "$naf_id"
line S "$s"
ks_naf=$(hmac "$ks" "$s")
check Ks_NAF "$ks_naf" "$(field ks_naf draft)" gpi-gen
check Ks_NAF "$ks_naf" "$(field ks_naf accepted)" gpi-recv

title 'K_GPI: the same, NAF_Id being BSF FQDN || ff 67 70 69 Ver (like B.4)'
s=$(s_of "$(ascii gba-me)" "$rand" "$(ascii "$impi")" \
    "$(ascii "$BSF")ff67706901")
line S "$s"
k_gpi=$(hmac "$ks" "$s")
check K_GPI "$k_gpi" "$(field k_gpi draft)" gpi-gen

title 'the octets to protect, gpi(5)'
header=$(head_of 4 8)01$(bytes "$rand")$(bytes "$autn")$(bytes '')00
secret=$(head_of 4 3)$(bytes "$naf_id")$(head_of 0 "$key_lt")$(text "$p_tid")
trig=$(head_of 4 2)$(head_of 0 "$trigger_ind")$(head_of 0 "$trigger_time")
ad2=8202$(head_of 2 "$((${#trig} / 2))")
line header "$header"
line secret "$secret"
line trig "$trig"

title 'S2V, RFC 5297 clause 2.4: K1 = K_GPI[0..15]; AD1, AD2, P'
k1=$(octets "$k_gpi" 0 16)
p=$secret$trig
zero=$(cmac "$k1" 00000000000000000000000000000000)
d1=$(xor "$(double "$zero")" "$(cmac "$k1" "$header")")
d2=$(xor "$(double "$d1")" "$(cmac "$k1" "$ad2")")
start=$((${#p} / 2 - 16))	# P xorend D: over its last 16 octets
t=$(octets "$p" 0 "$start")$(xor "$(octets "$p" "$start" 16)" "$d2")
v=$(cmac "$k1" "$t")
line 'CMAC(0)' "$zero"
line AD1 "$header"
line D1 "$d1"
line AD2 "$ad2"
line D2 "$d2"
line P "$p"
line T "$t"

title 'CTR, clause 2.5: K2 = K_GPI[16..31], from V without two of its bits'
k2=$(octets "$k_gpi" 16 16)
q=$(printf '%s%08x%08x' "$(octets "$v" 0 8)" \
    "$((0x$(octets "$v" 8 4) & 0x7fffffff))" \
    "$((0x$(octets "$v" 12 4) & 0x7fffffff))")
c=$(ctr "$k2" "$q" "$p")
c1=$(octets "$c" 0 "$((${#secret} / 2))")
c2=$(octets "$c" "$((${#secret} / 2))" "$((${#trig} / 2))")
line Q "$q"
check 'MAC = V' "$v" "$(field mac gpi)" gpi-sign
check C1 "$c1" "$(field enc_gpi gpi | sed 's/.\{32\}$//')" gpi-sign
check C2 "$c2" "$(field c2 gpi)" gpi-sign

title 'the GPI: header, C1, 82 02 and C2, MAC'
gpi=$header$(bytes "$c1")8202$(bytes "$c2")$(bytes "$v")
check GPI "$gpi" "$(hex gpi)" 'gpi-sign, gpi-push'

# ---- with GBA_U, what differs ----

hss-store set -d hss.db --impi "$impi" --sqn "$((0x$sqn - 33))"
mtc-trigger register -d mtc.db --now "$now" --ue-id meter-7 --um u \
    --ue-trp udp://127.0.0.1:7100
mtc-trigger request -d mtc.db --now "$now" --naf "$NAF" --ue-id meter-7 |
    gpi-gen --hss hss.db --bsf "$BSF" --now "$now" --rand "$rand" -o draft-u

title 'GBA_U, TS 33.220 clause 5.3.2: MAC* = MAC-A xor SHA-1(IK)[0..7]'
trunc=$(unhex "$ik" | openssl dgst -sha1 -r | cut -c 1-16)
autn_star=$(xor "$sqn" "$ak")$amf$(xor "$mac_a" "$trunc")
check 'AUTN*' "$autn_star" "$(field autn draft-u)" gpi-gen

title 'clause B.3: Ks_ext_NAF with "gba-me", Ks_int_NAF with "gba-u"'
check Ks_ext_NAF "$ks_naf" "$(field ks_naf draft-u)" gpi-gen
s=$(s_of "$(ascii gba-u)" "$rand" "$(ascii "$impi")" "$naf_id")
check Ks_int_NAF "$(hmac "$ks" "$s")" "$(field ks_int_naf draft-u)" gpi-gen
