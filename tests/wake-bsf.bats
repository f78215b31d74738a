# wake-bsf.bats: BSFs of mtc-trigger wake that are none, die, or go on.

load helper
load delivery
load wake

@test "a BSF that refuses one of two" {
	elements
	absent pump-1 unix:dev
	serve
	there
	echo "$NAF 0100000007 meter-7" >allow
	bsf="gpi-gen --hss hss.db --bsf $BSF --now $NOW --allow allow | gpi-sign"
	try wake --ue-id pump-1 --indication report
	same status "$status" 1
	same 'its complaint' "$(grep -c '^gpi-gen: record 2: ' err)" 1
	sed -i '/^gpi-gen: /d' err
	complains 'mtc-trigger: pump-1: failed: the BSF gave no answer' \
	    'mtc-trigger: 2 devices: 1 connected, 1 failed; 0:00:0'
	same kept "$(kept)" 'meter-7 connected pump-1 failed'
	says 1 sa-store count -d mtc.db
}

# refuses STATUS BSF LINE...: which gives no answer, and what is said then
refuses() {
	local expected=$1

	bsf=$2
	try wake --timeout 5
	same status "$status" "$expected"
	sed -i '/^sh: /d' err
	complains 'mtc-trigger: meter-7: failed: the BSF gave no answer' \
	    "${@:3}"
	same 'as it stood' "$(ended)" 'meter-7 failed'
	says 0 sa-store count -d mtc.db
}

@test "a BSF that is none" {
	elements
	refuses 1 'cat >/dev/null'
	refuses 1 'exec >&-; cat >/dev/null; :'
	refuses 4 'exit 3' 'mtc-trigger: bsf: the command ended with status 3'
	refuses 4 'kill -9 $$' 'mtc-trigger: bsf: the command was ended by signal 9'
	refuses 4 ./nowhere 'mtc-trigger: bsf: the command ended with status 127'
	refuses 3 'echo "no BSF here"' \
	    'mtc-trigger: bsf: record 1: text, not CBOR (is it hex, or written with -j or -t?)'
	refuses 3 cat "mtc-trigger: bsf: record 1: type: found request, expected response"
}

@test "a BSF that dies half-way: what it answered goes on" {
	elements
	absent pump-1 unix:dev
	serve
	there
	bsf="($bsf) >responses; head -c 300 responses; kill -9 \$\$"
	try wake --ue-id pump-1
	wait $device
	same status "$status" 4
	complains 'mtc-trigger: bsf: the command was ended by signal 9' \
	    "mtc-trigger: bsf: record 2: item: found the end of input after $(
	    python 'import cbor2
r = read("responses")
print(300 - len(item(next(items(r)))))') octets, expected the rest" \
	    'mtc-trigger: pump-1: failed: the BSF gave no answer' \
	    'mtc-trigger: 2 devices: 1 connected, 1 failed; 0:00:0'
	same kept "$(kept)" 'meter-7 connected pump-1 failed'
}

@test "a BSF that never ends is ended" {
	elements
	bsf='echo $$ >bsf.pid; sleep 100 | sleep 101'
	try wake --timeout 1
	same status "$status" 4
	complains 'mtc-trigger: bsf: the command was still running after 1 s' \
	    'mtc-trigger: meter-7: failed: the BSF gave no answer'
	await bsf_is_gone
	same kept "$(kept)" 'meter-7 failed'
}

@test "a BSF that goes on after its answers is not waited for" {
	elements
	serve
	there
	SECONDS=0
	bsf="echo \$\$ >bsf.pid; $bsf; sleep 100"
	does wake
	[ $SECONDS -lt 10 ]
	await bsf_is_gone
}

@test "a BSF that answers without end" {
	elements
	request --p-tid foreign | gen | gpi-sign >foreign
	bsf='exec /usr/bin/python3 -ISc "import sys
while True: sys.stdout.buffer.write(open(\"foreign\", \"rb\").read())" 2>&-'
	try wake --timeout 1
	same status "$status" 4
	# beyond some, they are counted
	same 'what is said' "$(sed 's/record [0-9]*/record N/
	    /[0-9] more w.* refused, too many at once/d' err | sort -u |
	    wc -l)" 3
	[ "$(wc -l <err)" -lt 6000 ]
	says 0 sa-store count -d mtc.db
}

@test "answers that nobody asked for, twice, or to another question" {
	elements
	absent pump-1 unix:dev
	request --p-tid foreign | gen | gpi-sign >foreign
	serve
	there
	bsf="cat foreign; $bsf >responses; cat responses responses"
	ends 1 'mtc-trigger: bsf: record 1: p_tid: found foreign, expected one that was requested here' \
	    wake --p-tid one
	wait $device
	complains "${complaints[0]}" \
	    'mtc-trigger: bsf: record 3: p_tid: found a second answer to one, expected one'
	same kept "$(kept)" 'meter-7 requested meter-7 connected'
	says 1 sa-store count -d mtc.db

	(declare -p PYTHON; declare -f python edit
	echo "edit 'ue_trp=\"unix:other\"'") >other
	bsf="gpi-gen --hss hss.db --bsf $BSF --now $NOW | gpi-sign | bash other"
	ends 1 'mtc-trigger: bsf: record 1: meter-7: ue_trp: found unix:other, expected unix:dev of the trigger two' \
	    wake --p-tid two
	complains "${complaints[0]}" \
	    "mtc-trigger: meter-7: failed: the BSF's answer was refused"
	says 1 sa-store count -d mtc.db
}

@test "a BSF that uses the same store" {
	elements
	serve
	there
	bsf="$bsf | sa-store put -d mtc.db --now $NOW --pass"
	does wake
}

@test "CMD gets requests, and no more than it ought to" {
	elements
	bsf='ls -A >files; ls /proc/self/fd >fds; cat >requests'
	try wake --p-tid one
	cbor 'request()' | same_octets requests -
	sh -c 'ls /proc/self/fd >ours'
	same_octets fds ours
	same 'files of requests' "$(grep -c '^\.' files || true)" 0
}
