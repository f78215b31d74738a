#!/bin/sh
# sequence.sh: the chart of one trigger, from the registration of its device to
# the end of their connection, with times and octets: as text, or by mscgen as
# PNG or SVG.
#
# usage: sequence.sh [-T png|svg|txt] [-o FILE] [STATUS [REPORTS]]
#
# STATUS is what `mtc-trigger status -j' says of the trigger, REPORTS what
# `gpi-show -j' says of gpi-push's reports.  Without them it is a trigger that
# is made for it, here and now, of which the octets are known as well.
set -eu
# shellcheck source-path=SCRIPTDIR source=common.sh disable=SC1091
. "$(dirname -- "$0")/common.sh"

picture "$@"

# ---- a trigger to look at ----

now() {
	date +%s.%3N
}

# What happened, when, and how many octets it took.
fact() { # NAME [FILE]
	say "$1.at $(now)" >>facts
	[ $# -lt 2 ] || say "$1.octets $(($(wc -c <"$2")))" >>facts
}

device() {
	stage recv gpi-recv --card meter-7.card --naf "$NAF" --listen "$to" \
	    --count 1 --timeout 20 -o accepted 2>recv.err
	fact checked
	stage connect mtc-trigger connect --server "$at" --exec \
	    'date +%s.%3N >began; echo kWh=1042.7 V=229.8 Hz=50.01' \
	    accepted 2>connect.err
}

run() {
	provision meter-7 milenage
	serve 1
	free_port
	to=udp://127.0.0.1:$port
	mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp "$to"
	fact registered
	device &
	await heard_at "$to"
	mtc-trigger request -d mtc.db --naf "$NAF" --ue-id meter-7 \
	    --indication report --time 30 -o request
	fact requested request
	gpi-gen --hss hss.db --bsf "$BSF" request | gpi-sign -o response
	fact answered response
	sa-store put -d mtc.db response
	fact stored
	gpi-push --to - -o gpi response
	gpi-push --report reports response
	fact sent gpi
	mtc-trigger record -d mtc.db reports
	ended 0 recv connect serve
	fact connected
	{
		say "responded.at $(cat began)"
		say "connected.octets $(sed -n \
		    's/.*"octets":\([0-9]*\).*/\1/p' serve.out)"
		say "sqn $(sqn meter-7)"
	} >>facts
	mtc-trigger status -d mtc.db -j >seen
	gpi-show -j reports >reported
}

# ---- what happened: TIME|KIND|FROM|TO|TEXT, in order ----

# KIND is to (a message), back (its answer), note (at FROM) or end.
events() { # STATUS REPORTS FACTS
	awk -v status="$1" -v facts="$3" '
	function get(name) {
		if (!match($0, "\"" name "\":(\"[^\"]*\"|[0-9]+)"))
			return ""
		return substr($0, RSTART + length(name) + 3 + ($0 ~ \
		    "\"" name "\":\""), RLENGTH - length(name) - 3 - \
		    2 * ($0 ~ "\"" name "\":\""))
	}
	function clock(name,  t) {
		t = (name ".at") in fact ? fact[name ".at"] : state[name]
		if (t == "")
			return ""
		return sprintf((name ".at") in fact ? "%02d:%02d:%06.3f" : \
		    "%02d:%02d:%02d", int(t / 3600) % 24, int(t / 60) % 60, \
		    t - 60 * int(t / 60))
	}
	function octets(name) {
		return (name ".octets") in fact ? ", " fact[name ".octets"] \
		    " octets" : ""
	}
	function put(name, kind, from, to, text) {
		print clock(name) "|" kind "|" from "|" to "|" text
	}
	FILENAME == facts { fact[$1] = $2; next }
	FILENAME == status {
		n = split("p_tid ue_id ue_trp trigger_ind state detail " \
		    "requested answered stored sent delivered responded " \
		    "connected expired failed", names, " ")
		for (i = 1; i <= n; i++)
			state[names[i]] = get(names[i])
		next
	}
	get("p_tid") == state["p_tid"] && get("state") == "failed" {
		tried = get("detail")
	}
	END {
		id = state["ue_id"]
		if ("registered.at" in fact)
			put("registered", "note", "mtc", "", id \
			    " is registered")
		put("requested", "to", "mtc", "bsf", "401 request" \
		    octets("requested"))
		if (state["answered"] != "") {
			put("", "to", "bsf", "hss", "402 IMPI")
			put("", "back", "hss", "bsf", "AUTN, CK, IK")
			put("answered", "back", "bsf", "mtc", \
			    "403 response" octets("answered"))
		}
		if (state["stored"] != "")
			put("stored", "note", "mtc", "", "404 SA is stored")
		if (state["sent"] != "")
			put("sent", "to", "mtc", "ue", "405 GPI" octets("sent"))
		if (state["delivered"] != "")
			put("delivered", "back", "ue", "mtc", "delivered")
		if (tried != "")
			put("failed", "note", "mtc", "", tried)
		if (state["responded"] != "") {
			put("checked", "note", "ue", "", "406 AUTN, MAC, SQN" \
			    ("sqn" in fact ? " " fact["sqn"] : ""))
			put("", "to", "ue", "mtc", "407 TLS 1.3, Ks_NAF")
			put("responded", "to", "ue", "mtc", \
			    "trigger response")
			put("", "back", "mtc", "ue", "accepted")
		}
		if (state["connected"] != "") {
			put("connected", "to", "ue", "mtc", "data" \
			    octets("connected"))
			put("", "back", "mtc", "ue", "close_notify")
		}
		put(state["state"], "end", "mtc", "", state["state"] \
		    (state["detail"] != "" ? ": " state["detail"] : ""))
	}' "$3" "$1" "$2"
}

# Lanes at fixed columns; what an arrow says is in the line above it.
as_text() {
	awk -F '|' '
	function lanes(  v, l) {
		v = sprintf("%80s", "")
		for (l in at)
			v = over(v, at[l], "|")
		return v
	}
	function over(v, from, text) {
		return substr(v, 1, from - 1) text substr(v, from + \
		    length(text))
	}
	function show(v) {
		sub(/ +$/, "", v)
		print v
	}
	function bar(n, c,  v) {
		v = sprintf("%*s", n, "")
		gsub(/ /, c, v)
		return v
	}
	function title(v, name, text) {
		return over(v, at[name] - int(length(text) / 2), text)
	}
	BEGIN {
		at["ue"] = 17; at["mtc"] = 40; at["bsf"] = 66; at["hss"] = 79
		v = sprintf("%80s", "")
		v = title(v, "ue", "device")
		v = title(v, "mtc", "MTC server")
		v = title(v, "bsf", "BSF")
		show(over(v, 77, "HSS"))
		show(lanes())
	}
	$2 == "note" || $2 == "end" {
		mark = $2 == "end" ? "[" $5 "]" : "(" $5 ")"
		from = at[$3] - int(length(mark) / 2)
		if (from < 14)
			from = 14
		show(over(over(lanes(), from, substr(mark, 1, 81 - from)), 1, \
		    $1))
		next
	}
	{
		left = at[$3] < at[$4] ? at[$3] : at[$4]
		right = at[$3] < at[$4] ? at[$4] : at[$3]
		show(over(lanes(), left + 1 + int((right - left - length($5)) \
		    / 2), $5))
		line = bar(right - left - 1, $2 == "back" ? "." : "-")
		line = at[$3] < at[$4] ? substr(line, 2) ">" : "<" \
		    substr(line, 2)
		show(over(over(lanes(), left + 1, line), 1, $1))
	}'
}

# For mscgen, which draws it.
as_msc() {
	awk -F '|' '
	function text(v) {
		gsub(/[\\"]/, "\\\\&", v)
		return v
	}
	BEGIN {
		print "msc {\n  hscale = \"1.75\", wordwraparcs = true," \
		    " arcgradient = \"0\";"
		print "  t [label=\"UTC\", linecolour=\"#ffffff\"," \
		    " textcolour=\"#707070\"],"
		print "  ue [label=\"device\", linecolour=\"#2e7d32\"," \
		    " textcolour=\"#2e7d32\"],"
		print "  mtc [label=\"MTC server\", linecolour=\"#1565c0\"," \
		    " textcolour=\"#1565c0\"],"
		print "  bsf [label=\"BSF\", linecolour=\"#6a1b9a\"," \
		    " textcolour=\"#6a1b9a\"],"
		print "  hss [label=\"HSS\", linecolour=\"#6a1b9a\"," \
		    " textcolour=\"#6a1b9a\"];"
	}
	{
		row = "  t box t [label=\"" $1 "\", linecolour=\"#ffffff\"," \
		    " textcolour=\"#707070\"], "
		if ($2 == "note" || $2 == "end")
			row = row $3 ($2 == "end" ? " rbox " : " box ") $3 \
			    " [label=\"" text($5) "\", textbgcolour=\"" \
			    ($2 != "end" ? "#eef3fb" : \
			    $5 == "connected" ? "#dcedc8" : "#ffcdd2") "\"]"
		else
			row = row $3 ($2 == "back" ? " >> " : " => ") $4 \
			    " [label=\"" text($5) "\"]"
		print row ";"
	}
	END { print "}" }'
}

# ---- the picture ----

if [ -z "$data" ]; then
	run
	data='seen reported'
else
	: >facts
fi
# shellcheck disable=SC2086	# words
set -- $data /dev/null
events "$1" "$2" facts >happened
case $format in
txt)
	as_text <happened >chart ;;
*)
	command -v mscgen >/dev/null || die 'mscgen is not there'
	as_msc <happened >chart.msc
	mscgen -T "$format" -o chart -i chart.msc ;;
esac
shown chart
