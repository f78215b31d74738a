# dissector.bats: examples/gpi.lua shows GPIs as tests/vectors/gpi.csv has them,
# in whatever carries them; the captures are made here, octet by octet.

load helper

LUA=$TESTS/../examples/gpi.lua

# each row in each carrier, opened: one capture, one run, as tshark takes long
setup_file() {
	local f options=()

	cd "$BATS_FILE_TMPDIR" || return
	command -v tshark >/dev/null || return 0
	KEYS=$(python 'print(",".join(r["k_gpi"] for r in rows("gpi.csv")))')
	export KEYS
	capture all.pcap 'for how in (udp, elsewhere, halves, coap, smpp, gsup,
    wap_udp, wap_sms, diameter):
    for x in gpis.values(): how(x)'
	for f in $FIELDS; do
		options+=(-e "gpi.$f")
	done
	dissect all.pcap -o "gpi.k_gpi:$KEYS" -Y gpi -T fields \
	    -e frame.protocols -e udp.dstport -e tcp.dstport "${options[@]}"
	mv out all
	python 'import cbor2, datetime
for r in rows("gpi.csv"):
    ver, rand, autn, app_lbl, um, enc, trigger, mac = cbor2.loads(h(r["gpi"]))
    c2 = trigger[1].hex() if trigger and trigger[0] == 2 else ""
    naf, ua = h(r["naf_id"])[:-5].decode(), r["naf_id"][-10:]
    t = datetime.datetime.utcfromtimestamp(int(r["key_lt"]))
    print(ver, rand.hex(), autn.hex(), autn[:6].hex(), autn[6:8].hex(),
        autn[8:].hex(), r["app_lbl"] or "<MISSING>", r["um"], enc.hex(),
        mac.hex(), "right", r["trigger_mode"], c2, r["trigger_ind"],
        r["trigger_time"], naf + "/" + ua, naf, ua,
        t.strftime("%b {:2d}, %Y %H:%M:%S.000000000 UTC").format(t.day),
        r["p_tid"], sep="\t")' >expected
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	command -v tshark >/dev/null || skip "tshark is not there"
}

# shark OPTION...: tshark as somebody without preferences runs it; of root it
# has an opinion
shark() {
	HOME=$PWD XDG_CONFIG_HOME=$PWD/.config try tshark "$@"
	same status "$status" 0 || { cat err; false; }
	sed -i '/^Running as user "root"/d' err
	nothing_in err
	lacks 'Lua Error|Dissector bug' out
}

# dissect FILE [OPTION...]: with gpi.lua
dissect() {
	shark -X "lua_script:$LUA" -r "$@"
}

# capture FILE PROGRAM [ARGUMENT...]: with packets from the list p
capture() {
	python "$PACKETS
$2
with open(sys.argv[1], 'wb') as f:
    f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
    for x in p:
        f.write(struct.pack('<IIII', $NOW, 0, len(x), len(x)) + x)" \
	    "$1" "${@:3}"
}

PACKETS='
import struct
p, sent = [], {}
gpis = {r["name"]: h(r["gpi"]) for r in rows("gpi.csv")}
full = gpis["full"]
def ip(protocol, x):
    return struct.pack(">BBHIBBH4s4s", 0x45, 0, 20 + len(x), 0, 64, protocol,
        0, bytes([192, 0, 2, 1]), bytes([192, 0, 2, 2])) + x
def udp(x, dst=7100, src=50000):
    p.append(ip(17, struct.pack(">HHHH", src, dst, 8 + len(x), 0) + x))
def elsewhere(x):
    udp(x, 40000)
def tcp(x, dst=7100, src=50000):
    seq = sent.setdefault((src, dst), 1)
    sent[src, dst] += len(x)
    p.append(ip(6, struct.pack(">HHIIBBHHH", src, dst, seq, 1, 0x50, 0x18,
        8192, 0, 0) + x))
# TS 23.040 9.2.3.24: the fields of a message, in parts where it is long
def tp_ud(x, port):
    ports = h("0504") + struct.pack(">HH", port, 9200 if port == 2948 else port)
    if len(x) <= 133: return [b"\x06" + ports + x]
    cut = [x[i:i + 128] for i in range(0, len(x), 128)]
    ref = len(p) & 255
    return [b"\x0b" + ports + bytes([0, 3, ref, len(cut), i + 1]) + c
        for i, c in enumerate(cut)]
# SMPP 3.4 4.4.1: a submit_sm with a UDH, device triggering, 8-bit data
def submit(ud):
    body = b"\0\1\1491700\0\1\1491701\0" + h("404800000000000400") + \
        bytes([len(ud)]) + ud
    return struct.pack(">IIII", 16 + len(body), 4, 0, len(p)) + body
def smpp(x, port=16223):
    for ud in tp_ud(x, port): tcp(submit(ud), 2775)
# TS 23.040 9.2.2.1: an SMS-DELIVER, in a GSUP MT-ForwardSM of an osmo-hlr
def gsup(x, port=16223):
    for ud in tp_ud(x, port):
        tpdu = h("40 0a91 9471000000 4804 72105180000000") + \
            bytes([len(ud)]) + ud
        body = h("ee05 28 0108 00010121436587f9 0a0102 400101 43") + \
            bytes([len(tpdu)]) + tpdu
        tcp(struct.pack(">HB", len(body) - 1, body[0]) + body[1:], 4222)
# RFC 7252: POST /gpi of this Content-Format
def coap(x, format=60):
    udp(h("40020001 b3") + b"gpi" + bytes([0x11, format, 0xff]) + x, 5683)
# WAP-230-WSP 8.2.4.1, TS 24.109 Annex J
def push(x, version=1, type=b"application/vnd.3gpp.gba.gpi\0"):
    headers = type + b"\xafx-gba-push.mtc.ua\0"
    return bytes([5, 6, len(headers)]) + headers + \
        bytes([version, 0x12, 0x34]) + x
def wap_udp(x, **how):
    udp(push(x, **how), 2948, 9200)
def wap_sms(x):
    smpp(push(x), 2948)
# RFC 6733, TS 29.109: a GBAPush-Info answer with GBA-Push-Info
def diameter(x):
    avp = struct.pack(">IIII", 417, 0xc0000000 + 12 + len(x), 10415, 0)[:12] \
        + x + bytes(-len(x) % 4)
    tcp(struct.pack(">IIIII", 0x01000000 + 20 + len(avp), 0x40000000 + 312,
        16777268, 7, 7) + avp, 3868)
def halves(x):
    tcp(x[:50])
    tcp(x[50:])
'

FIELDS='ver rand autn autn.sqn_ak autn.amf autn.mac_a app_lbl um enc mac
mac.status trigger.mode c2 trigger_ind trigger_time naf_id naf_id.fqdn
naf_id.ua key_lt p_tid'

# carried LAYERS UDP-PORT TCP-PORT: every row whole and in clear
carried() {
	sed -n "s/^raw:ip:$1\t$2\t$3\t//p" "$BATS_FILE_TMPDIR/all" >out
	diff "$BATS_FILE_TMPDIR/expected" out
}

# complaints FILE [OPTION...]: what the packets' experts say, into out
complaints() {
	dissect "$@" -T fields -E separator=/s -e _ws.expert.message
}

# ---- what carries it ----

@test "gpi.csv in UDP, on its port" {
	carried udp:gpi 7100
}

@test "gpi.csv in UDP, on any port, by its looks" {
	carried udp:gpi 40000
}

@test "gpi.csv in TCP, each in two segments" {
	carried tcp:gpi_sequence:gpi '' 7100
}

@test "gpi.csv in CoAP" {
	carried udp:coap:gpi_content:gpi 5683
}

@test "gpi.csv in short messages, single and concatenated: SMPP" {
	carried tcp:smpp:gsm_sms_ud:gpi '' 2775
}

@test "gpi.csv in short messages, single and concatenated: SMS-DELIVER" {
	carried tcp:gsm_ipa:gsup:gsm_sms:gpi '' 4222
}

@test "gpi.csv in WAP Push, by UDP" {
	carried udp:wsp:gpi_envelope:gpi 2948
}

@test "gpi.csv in WAP Push, by short messages" {
	carried tcp:smpp:gsm_sms_ud:wsp:gpi_envelope:gpi '' 2775
}

@test "gpi.csv in Diameter" {
	carried tcp:diameter '' 3868
}

@test "nothing else was taken for a GPI" {
	same lines "$(lines_in "$BATS_FILE_TMPDIR/all")" 72
}

@test "WAP Push: the envelope, and a content type nobody knows" {
	capture c.pcap 'wap_udp(full); wap_udp(full, type=h("02031e"))
wap_udp(full, version=2); wap_udp(b"")'
	dissect c.pcap -T fields -E separator=, -e gpi.envelope.version \
	    -e gpi.envelope.session -e gpi.ver -e _ws.expert.message
	same fields "$(<out)" '1,4660,1,
1,4660,1,
2,4660,1,version: found 2, expected 1
,,,envelope: found 3 octets, expected over 3'
}

@test "TCP: several in a segment, one in many, records between" {
	capture c.pcap 'lost = item(rec("sync_failure", rand=full[3:19],
    auts=bytes(14), time=1))
tcp(b"".join(gpis.values()))
tcp(full + lost + full[:5])
tcp(full[5:])
for i in range(len(full)): tcp(full[i:i + 1], src=50001)
tcp(lost, 50000, 7100)'
	dissect c.pcap -o "gpi.k_gpi:$KEYS" -Y 'gpi || cbor' -T fields \
	    -E 'separator=|' -e frame.number -e gpi.mac.status \
	    -e cbor.type.bytestring
	same frames "$(<out)" \
"1|$(printf 'right,%.0s' {1..7})right|
2|right|$(lost)
3|right|
115|right|
116||$(lost)"
}

lost() {
	row gpi.csv name full
	printf '%s,%028d' "${row_gpi:6:32}" 0
}

@test "TCP: what is no CBOR loses the place, and only that stream" {
	capture c.pcap 'tcp(full + b"\x1c" + full); tcp(full, src=50001)
tcp(h("5b") + b"\xff" * 8, src=50002); tcp(h("81" * 40), src=50003)'
	complaints c.pcap
	same complaints "$(<out)" 'gpi: found no CBOR, expected an array

gpi: found bytes, expected an array
gpi: found an array of 1, expected one of 8'
}

@test "CBOR that is no GPI is left to the CBOR dissector" {
	capture c.pcap 'coap(h("8801")); coap(item(rec("report", p_tid="one",
    state=5, time=1))); udp(item({0: 6})); coap(full, format=42)
coap(h("9f")); udp(h("bf"))'
	dissect c.pcap -T fields -e frame.protocols
	same layers "$(<out)" 'raw:ip:udp:coap:gpi_content:cbor
raw:ip:udp:coap:gpi_content:cbor
raw:ip:udp:gpi:cbor
raw:ip:udp:coap:data
raw:ip:udp:coap:gpi_content:cbor
raw:ip:udp:gpi:cbor'
}

# ---- what is shown ----

# details FILE [OPTION...]: of the GPIs in it, as for eyes
details() {
	dissect "$@" -O gpi
	sed -n '/^GBA/,/^$/p' out
}

@test "a GPI opened, for eyes" {
	capture c.pcap 'udp(gpis["gba-u"])'
	same details "$(details c.pcap -o "gpi.k_gpi:$KEYS")" \
"GBA Push Information, GBA_U, trigger mode full, report, P-TID \
05tnq4m0b41g3c8eq10s
    Ver: 1
    RAND: ee6466bc96202c5a557abbeff8babf63
    AUTN: 04fb6eb891ed44646a1a4531d59af296 (AUTN*)
        SQN xor AK: 04fb6eb891ed
        AMF: 4464
        MAC-A: 6a1a4531d59af296
    App_Lbl: empty
    U/M: GBA_U (1)
    Enc_GPI (C1): 21e0f01d51a1a927500a132021a35b5e257b79704619b707605e59047e33f\
07507b245a1…
        NAF_Id: mtc.example.org/0100000007
            FQDN: mtc.example.org
            Ua security protocol identifier: 0100000007
        Key_LT: Jan  1, 2030 00:00:00.000000000 UTC
        P-TID: 05tnq4m0b41g3c8eq10s
    Trigger
        Mode: full (2)
        Encrypted trigger (C2): e1670b53
            Trigger Indication: report (2)
            Trigger Time: 30 seconds
    Mac_GPI: c18c08122f61980af32d9b60244b9ade
        [MAC: right]"
}

@test "a GPI without its K_GPI, for eyes" {
	capture c.pcap 'udp(full); udp(gpis["no-trigger"])'
	details c.pcap >none
	grep -q '^    Enc_GPI (C1): 3083.* \[encrypted\]$' none
	grep -qx '        Encrypted trigger (C2): 9273ae65 \[encrypted\]' none
	grep -qx '    Trigger: null, plain GBA Push' none
	lacks 'MAC:|NAF_Id|Key_LT|P-TID|Indication|Expert' none
	details c.pcap -o "gpi.k_gpi:$(vector gpi.csv name none k_gpi) 0011" \
	    -c 1 >wrong
	sed '/MAC: /,$d' wrong | diff - <(sed '/^$/,$d' none)
	same status "$(grep 'MAC: ' wrong)" \
	    '        [MAC: no K_GPI given opens it]'
	same experts "$(grep Expert wrong)" \
"    [Expert Info (Note/Decryption): k_gpi: found 4 characters, expected 64 \
hex digits]
    [Expert Info (Note/Decryption): no K_GPI given opens it]"
}

@test "the columns tell what came, and in what" {
	local p_tid=05tnq4m0b41g3c8eq10s

	capture c.pcap 'udp(full); udp(gpis["no-time"])
tcp(b"".join(submit(tp_ud(gpis[x], 16223)[0])
    for x in ("no-trigger", "none")), 2775)
diameter(gpis["largest"])'
	dissect c.pcap -o "gpi.k_gpi:${KEYS//,/ }" -T fields \
	    -E separator=/s -e _ws.col.Protocol -e _ws.col.Info
	sed -i 's/pppp*/p/' out
	diff out - <<-.
	UDP/GPI 50000 → 7100 Len=112 GPI, GBA_ME, trigger mode full, report, P-TID $p_tid
	UDP/GPI 50000 → 7100 Len=110 GPI, GBA_ME, trigger mode full, connect, P-TID $p_tid
	SMPP/GPI Submit_sm, Submit_sm GPI, GBA_ME, trigger mode none, report, P-TID $p_tid
	DIAMETER/GPI cmd=GBAPush-Info Answer(312) flags=-P-- appl=3GPP Zpn(16777268) h2h=7 e2e=7 |  GPI, GBA_ME, trigger mode full, 65535, P-TID p
	.
}

# ---- what is malformed ----

@test "malformed: field, found, expected" {
	capture c.pcap 'udp(full + b"\0")
for n in 0, 1, 2, 3, 9, 20, 50, 87, 88, 90, 111: udp(full[:n] or b"\0")
def put(at, end, x): udp(full[:at] + h(x) + full[end:])
put(0, 1, "9808"); put(0, 1, "9f"); put(0, 1, "87"); put(0, 1, "40")
put(1, 2, "02"); put(1, 2, "1801"); put(1, 2, "f6"); put(2, 19, "4f" + "00" * 15)
put(2, 3, "5b0000000100000000"); put(36, 37, "51" + "00" * 17); put(37, 38, "02")
put(38, 88, "40"); put(38, 88, "59014e" + "00" * 334); put(88, 95, "82008100")
put(88, 95, "820080"); put(88, 95, "8201820100"); put(88, 95, "820300")
put(88, 95, "f7"); put(88, 95, "81f6"); put(88, 95, "820241ff")
put(88, 95, "820182011b0000000100000000"); put(95, 96, "70")'
	complaints c.pcap
	diff out - <<-'.'
	gpi: found 113 octets, expected 112
	gpi: found an integer, expected an array
	ver: found the end, expected an integer
	rand: found the end, expected bytes
	rand: found 0 octets and the end, expected 16
	rand: found 6 octets and the end, expected 16
	autn: found 0 octets and the end, expected 16
	enc: found 10 octets and the end, expected 48
	enc: found 47 octets and the end, expected 48
	trigger: found the end, expected an array
	c2: found the end, expected bytes
	mac: found 15 octets and the end, expected 16
	gpi: found another encoding, expected the deterministic one
	gpi: found no length, expected an array
	gpi: found an array of 7, expected one of 8
	gpi: found bytes, expected an array
	ver: found 2, expected 1
	ver: found another encoding, expected the deterministic one
	ver: found another kind, expected an integer
	rand: found 15 octets, expected 16
	rand: found 4294967296 octets, expected 16
	app_lbl: found 17 octets, expected 0 to 16
	um: found 2, expected 0 to 1
	enc: found 0 octets, expected 1 to 333
	enc: found 334 octets, expected 1 to 333
	trigger_ind: found 0, expected 1 to 65535
	trig: found an array of 0, expected one of 2
	trigger_time: found 0, expected 1 to 4294967295
	trigger_mode: found 3, expected 0 to 2
	trigger: found another kind, expected an array
	trigger: found an array of 1, expected one of 2
	c2: found 1 octet, expected 2 to 9
	trigger_time: found 4294967296, expected 1 to 4294967295
	mac: found text, expected bytes
	.
}

@test "malformed inside, though the MAC is right" {
	# made with AESSIV of python3-cryptography under the K_GPI of full
	capture c.pcap 'for line in sys.argv[2:]: udp(full[:38] + h(line))' \
	    5831a3c4632ccae16c0c3fda79f8930002c4d7396b0bea42717ec4031cbcc7e6d353207671f661c3d22291de8a2921b4071c4d820244b8fb08df5077e4af6a43b6a8027d50fb3f5665dc64 \
	    582394e0bd9aaeda8302ee32bbcfa1041a659da7c509162c8dd744b761686f3d114031804282024461b3c7bc503028208da66e309f77db045b85d42c9b \
	    581f233d6ac992810014eae0009a2cb2eba149b4ea0b0a376cd8626ab4e0b57590820244bd80a63550a9d01c6c1532afeea1f9b39bc20220c8 \
	    581f2b105e6d3e847ee8ee7f39e792c882225b41fa0f633256549fb93febeb88f1820244b4d650395089ec5db8d10a276ffaed4e8b2d9ffb91 \
	    50442628ffdbf1e812c19b34b16ea3f4df820244c75f24d950463f742f88dfa19eecae9697d3ccfc6b \
	    581f9f773a372cad28c2b47ffa47b590319bde9ec4b487961c40d7274029d445df820243d9e314501cd63b2d9f20268346a8740d1938ad45 \
	    581f2b1caf54849086342f0b3a24a64e34afcca321767deba42c9e54faa1c5040882024463d6cd4f50363cba7ef2b3d8083883cf0df63a8153
	complaints c.pcap -o "gpi.k_gpi:$KEYS" -e gpi.mac.status
	diff out - <<-'.'
	right secret: found 49 octets, expected 48
	right key_lt: found another encoding, expected the deterministic one
	right p_tid: found other characters, expected letters, digits, - and _
	right naf_id: found other characters, expected a lower-case FQDN and 5 octets
	right naf_id: found 5 octets, expected 6 to 258
	right trigger_time: found 0, expected 1 to 4294967295
	right trig: found an array of 3, expected one of 2
	.
}

@test "cut and flipped: never right, never a Lua error, in any carrier" {
	capture c.pcap 'for n in range(1, len(full)):
    for how in udp, wap_udp, diameter, smpp, coap: how(full[:n])
for i in range(8 * len(full)):
    udp((int.from_bytes(full, "big") ^ 1 << i).to_bytes(len(full), "big"))'
	k_gpi=gpi.k_gpi:$(vector gpi.csv name full k_gpi)
	dissect c.pcap -o "$k_gpi" -V
	lacks 'MAC: right' out
	# all but CBOR in CoAP cut before its looks, and an array become a map
	dissect c.pcap -o "$k_gpi" -Y '!gpi.malformed && !gpi.closed' \
	    -T fields -e frame.protocols
	same layers "$(sort out | uniq -c | sed 's/^ *//')" \
'35 raw:ip:udp:coap:gpi_content:cbor
1 raw:ip:udp:gpi:cbor'
}

# ---- how it is set up ----

@test "ports: preferences, and Decode As" {
	capture c.pcap 'udp(full[:3], 7200); udp(full[:3]); tcp(full, 7200)
tcp(full); smpp(full, 16999); smpp(full); gsup(full, 16999)'
	where() {
		dissect c.pcap "$@" -Y gpi -T fields -e frame.number
		tr '\n' ' ' <out
	}
	same default "$(where)" '2 4 6 '
	same changed "$(where -o gpi.port:7000,7200-7300 \
	    -o gpi.sms_port:16999)" '1 3 5 7 '
	same 'Decode As' "$(where -d udp.port==7200,gpi \
	    -d tcp.port==7200,gpi_sequence)" '1 2 3 4 6 '
}

@test "in the personal plugin folder it needs not be named" {
	shark -G folders
	folder=$(sed -n 's/^Personal Lua Plugins:\t//p' out)
	same folder "$folder" "$PWD/.local/lib/wireshark/plugins"
	mkdir -p "$folder"
	cp "$LUA" "$folder"
	capture c.pcap 'udp(full)'
	shark -r c.pcap -T fields -e gpi.rand
	same rand "$(<out)" "$(lost | cut -d , -f 1)"
}
