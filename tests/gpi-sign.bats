# gpi-sign.bats: step 402, drafts protected and answered.

load helper

# drafts [FIELD=EXPRESSION...]: a draft of meter-7 into ./draft
draft() {
	python 'r = dict(ver=1, rand=bytes(16), autn=bytes(range(16)), app_lbl=b"",
    um=0, naf_id=naf("mtc.example.org"), key_lt=1900000000, p_tid="one",
    trigger_ind=2, trigger_time=30, trigger_mode=2, ue_id="meter-7",
    ks_naf=b"n" * 32, k_gpi=b"g" * 32)
for s in sys.argv[1:]:
    k, e = s.split("=", 1)
    r[k] = eval(e)
out.write(item(rec("draft", **r)))' "$@" >draft
}

# mode_of GPI RECORD: what its trigger item says
mode_of_gpi() {
	unhex "$(field gpi "$1")" | field trigger_mode
}

@test "gpi.csv: the octets of each GPI, and all else of its response" {
	python 'from cbor2 import dumps, loads
for r in rows("gpi.csv"):
    number = lambda k: int(r[k]) if r[k] else None
    gpi = loads(h(r["gpi"]))
    shared = dict(naf_id=h(r["naf_id"]), key_lt=int(r["key_lt"]),
        p_tid=r["p_tid"], ue_id="meter-7", ks_naf=h(r["ks_naf"]),
        ks_int_naf=h(r["ks_int_naf"]) or None)
    for name, record in (("draft", rec("draft", ver=1, rand=gpi[1],
            autn=gpi[2], app_lbl=h(r["app_lbl"]), um=int(r["um"]),
            k_gpi=h(r["k_gpi"]), trigger_ind=number("trigger_ind"),
            trigger_time=number("trigger_time"),
            trigger_mode=number("trigger_mode"), **shared)),
        ("response", rec("response", gpi=h(r["gpi"]), **shared))):
        open(name + "." + r["name"], "wb").write(dumps(record, canonical=True))'
	for name in $ROWS; do
		try gpi-sign "draft.$name"
		same "status of $name" "$status" 0
		same_octets out "response.$name"
		if [ "$name" != none ]; then
			nothing_in err
		fi
	done
}

@test "what the request said of the UE comes back; K_GPI does not" {
	draft 'ue_priv_id="impi"' 'ue_trp="udp://192.0.2.1:7"'
	does gpi-sign draft
	cbor 'rec("response", gpi=h("'"$(field gpi out)"'"), naf_id=naf("mtc.example.org"), key_lt=1900000000, p_tid="one", ue_id="meter-7", ue_priv_id="impi", ue_trp="udp://192.0.2.1:7", ks_naf=b"n" * 32)' >response
	same_octets out response
}

@test "the same draft again makes the same GPI" {
	draft
	gpi-sign draft >one
	gpi-sign draft >two
	same_octets one two
}

@test "mode none is warned of, each time" {
	draft trigger_mode=0
	cat draft draft >drafts
	try gpi-sign drafts
	same status "$status" 0
	same warnings "$(uniq err)" \
	    'gpi-sign: warning: p_tid one: trigger_mode none: anybody can read and change this trigger'
	same lines "$(lines_in err)" 2
	does gpi-sign --mode integrity draft
}

@test "--mode only strengthens" {
	for wanted in none integrity full; do
		for asked in 0 1 2; do
			draft trigger_mode=$asked
			gpi-sign --mode $wanted draft >response 2>err
			echo "$asked $wanted $(mode_of_gpi response)"
		done
	done >modes
	diff modes - <<-.
	0 none none
	1 none integrity
	2 none full
	0 integrity integrity
	1 integrity integrity
	2 integrity full
	0 full full
	1 full full
	2 full full
	.
}

@test "--mode gives no trigger to a GPI without one" {
	draft trigger_ind=None trigger_time=None trigger_mode=None
	does gpi-sign --mode full draft
	same mode "$(mode_of_gpi out)" ''
}

@test "a draft that says no mode is protected fully" {
	draft trigger_mode=None
	does gpi-sign draft
	same mode "$(mode_of_gpi out)" full
}

@test "a record that is no draft costs itself alone" {
	draft
	(cat draft; cbor 'request()' '[1, 2]'; cat draft) |
	    ends 3 'gpi-sign: record 2: type: found request, expected draft' gpi-sign
	same 'second line' "$(sed -n 2p err)" \
	    'gpi-sign: record 3: not a record of these programs'
	same responses "$(field p_tid out | words)" 'one one'
}

@test "the NAF keys are hidden in JSON and text, unless -s" {
	draft 'ks_int_naf=b"i" * 32' um=1
	does gpi-sign -j draft
	same keys "$(pick ks_naf ks_int_naf k_gpi <out)" \
	    '["(hidden)","(hidden)",null]'
	does gpi-sign -t draft
	same hidden "$(grep -c '(hidden)' out)" 2
	does gpi-sign -js draft
	same ks_naf "$(values ks_naf <out)" \
	    "$(printf '6e%.0s' {1..32})"
}
