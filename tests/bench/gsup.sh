#!/bin/bash
# gsup: vectors of osmo-hlr over GSUP, beside a bare client that asks the same;
# and what gpi-gen takes at its most.
# shellcheck source=tests/bench/common.sh
. "$BENCH/common.sh"

if ! command -v osmo-hlr >/dev/null; then
	note 'no osmo-hlr: gsup:// was not measured'
	exit 0
fi
subscribers=1000
at=127.$((RANDOM % 100 + 100)).$((RANDOM % 200 + 1)).7	# nobody else's ports
printf '%s\n' 'line vty' " bind $at" ctrl " bind $at" hlr ' gsup' \
    "  bind ip $at" >hlr.cfg

# until somebody listens
osmo-hlr -c hlr.cfg -l "$PWD/hlr.db" >hlr.log 2>&1 &
hlr=$!
trap 'kill $hlr; wait $hlr || true' EXIT
trap 'exit 1' TERM INT
for _ in $(seq 100); do
	! hlr "$at" || break
	sleep 0.1
done

awk -v n=$subscribers 'BEGIN {
	print "BEGIN;"
	for (i = 0; i < n; i++)
		printf "INSERT INTO subscriber (id, imsi) VALUES (%d, " \
		    "\"00101%010d\"); INSERT INTO auc_3g (subscriber_id, " \
		    "algo_id_3g, k, opc) VALUES (%d, 5, \"%032x\", " \
		    "\"%032x\");\n", i + 1, i, i + 1, i + 1, i + 77
	print "COMMIT;" }' | sqlite3 -cmd '.timeout 5000' hlr.db >/dev/null

# requests N
requests()
{
	awk -v n="$1" -v s=$subscribers 'BEGIN {
		for (i = 0; i < s; i++)
			printf "{\"ue_id\":\"00101%010d@a\",\"ue_trp\":" \
			    "\"udp://127.0.0.1:7\"}\n", i }' |
	    mtc-trigger register -d mtc.db -
	while [ "$1" -gt "$(gpi-show -j "$2" 2>/dev/null | wc -l)" ]; do
		mtc-trigger request -d mtc.db "${ASK[@]}" --private >>"$2"
	done
	rm -f mtc.db*
}
requests 1000 few
requests 10000 many

for _ in $(rounds); do
	theirs=$(hlr "$at" 10000 $subscribers)
	take gpi-gen --hss "gsup://$at" --bsf $BSF -o drafts few
	few=$peak
	take gpi-gen --hss "gsup://$at" --bsf $BSF -o drafts many
	row 'gpi-gen, gsup:// osmo-hlr' "$(calc "10000 / $wall")" 'vectors/s' \
	    'bare client' "$theirs" higher 0.9
	row 'gpi-gen of 10000, gsup://' "$(calc "$peak / 1024")" MiB \
	    'of 1000' "$(calc "$few / 1024")" lower 1.1
done
