#!/bin/bash
# bsf: requests that bsf-serve answers by HTTP/2, to h2load and to mtc-trigger
# ask, beside what gpi-gen | gpi-sign makes from the same store; and what 5,000
# connections with certificates cost that ask nothing.
# shellcheck source=tests/bench/common.sh
. "$BENCH/common.sh"

for need in bsf-serve h2load; do
	command -v $need >/dev/null || {
		note "no $need: the BSF on the network was not measured"
		exit 0
	}
done
requests=${GEN_RECORDS}
streams=64
idle=5000

stores 1000
jq -cn '{ ueId: "dev-7", ueIdType: "PUBLIC", uiccAppLabel: "", ptId: "p",
    nafId: { nafFqdn: "'$NAF'", uaSecProtId: "0100000007" },
    uiccOrMe: "GBA_ME", requestedLifeTime: "2099-01-01T00:00:00Z",
    mtcTrigger: { indication: 2 } }' >body
copy "$mtc" mtc.db
mtc-trigger request -d mtc.db --naf $NAF --ue-id dev-7 --indication report \
    --lifetime 86400 -o one
octets=$(($(stat -c %s one) * requests))
cp one many
while [ "$octets" -gt "$(stat -c %s many)" ]; do
	cat many many >twice
	mv twice many
done
truncate -s $octets many

# serve OPTION...: as $server, at $at
serve()
{
	: >serve.err
	bsf-serve --hss hss.db --bsf $BSF --listen 127.0.0.1:0 "$@" \
	    2>serve.err &
	server=$!
	trap 'kill $server; wait $server || true' EXIT
	until grep -q 'listening on' serve.err; do
		kill -0 $server
		sleep 0.02
	done
	at=$(sed -n 's/.*listening on //p' serve.err)
}

unserve()
{
	trap - EXIT
	kill $server
	wait $server
}

# seconds of processor time, and KiB of memory, of the server
cpu_of_server()
{
	calc "$(awk '{ print $14 + $15 }' /proc/$server/stat) / 100"
}

rss_of_server()
{
	awk '/VmRSS/ { print $2 }' /proc/$server/status
}

certificates()
{
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -keyout key.pem -out cert.pem -days 2 -subj /CN=bench \
	    -addext "subjectAltName=DNS:$NAF" 2>/dev/null
}

certificates
for _ in $(rounds); do
	copy "$hss" hss.db
	from=${EPOCHREALTIME/./}
	cost cost.gen gpi-gen --hss hss.db --bsf $BSF many |
	    cost cost.sign gpi-sign >responses
	wall=$(calc "(${EPOCHREALTIME/./} - $from) / 1e6")
	made=$(($(stat -c %s many) / $(stat -c %s one)))
	theirs=$(calc "$made / $wall")
	read -r _ gen _ <cost.gen
	read -r _ sign _ <cost.sign
	copy "$hss" hss.db
	serve --insecure
	h2load -n "$requests" -c 1 -m $streams -d body \
	    -H 'content-type: application/json' \
	    "http://$at/nbsp-gba/v1/push-info-retrieval" >loaded
	grep -q " $requests succeeded, 0 failed" loaded || {
		cat loaded serve.err >&2
		exit 1
	}
	ours=$(sed -n 's/^finished in .*s, \([0-9.]*\) req\/s.*/\1/p' loaded)
	cpu=$(cpu_of_server)
	unserve
	row "bsf-serve, $streams streams" "$ours" 'requests/s' \
	    'gpi-gen | gpi-sign' "$theirs" higher 0.7
	row 'bsf-serve, processor' "$(calc "1e6 * $cpu / $requests")" \
	    'us/request' 'gpi-gen | gpi-sign' \
	    "$(calc "1e6 * ($gen + $sign) / $made")" lower -
	copy "$hss" hss.db
	serve --insecure
	cost cost.ask mtc-trigger ask --bsf "http://$at" --insecure many >asked
	read -r wall cpu most _ <cost.ask
	head -c "$((1000 * $(stat -c %s one)))" many |
	    cost cost.few mtc-trigger ask --bsf "http://$at" --insecure >few
	read -r _ _ few _ <cost.few
	unserve
	row 'mtc-trigger ask, of bsf-serve' "$(calc "$made / $wall")" \
	    'requests/s' 'gpi-gen | gpi-sign' "$theirs" higher -
	row 'mtc-trigger ask, processor' "$(calc "1e6 * $cpu / $made")" \
	    'us/request' 'gpi-gen | gpi-sign' \
	    "$(calc "1e6 * ($gen + $sign) / $made")" lower -
	row "mtc-trigger ask, $made requests" "$most" KiB '1,000 requests' \
	    "$few" lower 1.1
	serve --cert cert.pem --key key.pem --client-ca cert.pem
	mkfifo ready end
	"$BENCH/idle.py" "${at##*:}" $idle <end >ready 7>&- 8>&- &
	client=$!
	exec 7>end 8<ready
	read -r first <&8
	few=$(rss_of_server)
	echo >&7
	read -r _ <&8
	row "connection of bsf-serve, $((idle - first)) idle" \
	    "$(calc "($(rss_of_server) - $few) / ($idle - $first)")" KiB \
	    '30 KiB' 30 lower 1
	exec 7>&- 8<&-
	wait $client
	rm ready end
	unserve
done
