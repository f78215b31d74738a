#!/bin/bash
# pipe: mtc-trigger request --all | gpi-gen | gpi-sign | sa-store put --pass |
# gpi-push to a sink of datagrams, beside the same programs alone, from file to
# file; with OLD, a tree of an earlier release that is built, beside its
# programs; and beside a loop of shell with the programs that others have for it.
# shellcheck source=tests/bench/common.sh
. "$BENCH/common.sh"

n=$RECORDS
stores "$n"

# Make a GPI by hand: AUTN with osmo-auc-gen; with openssl Ks_NAF and K_GPI, and
# the four CMACs and the encryption of AES-SIV.  What is XORed between those, and
# a store, are left out.
by_hand()
{
	local k=00000000000000000000000000000001
	local opc=0000000000000000000000000000004d ck ik rand i id key octets

	for i in $(seq 100); do
		rand=$(openssl rand -hex 16)
		osmo-auc-gen -3 -a milenage -k $k -o $opc -r "$rand" \
		    -f 0000 -s "$i" >vector
		ck=$(awk '$1 == "CK:" { print $2 }' vector)
		ik=$(awk '$1 == "IK:" { print $2 }' vector)
		for id in "$NAF"0100000007 "$BSF"ff67706901; do
			printf '01gba-me%s%s' "$rand" "$id" >s
			key=$(openssl mac -digest SHA256 \
			    -macopt hexkey:"$ck$ik" -in s HMAC)
		done
		# 0, AD1, AD2 and the plaintext, as long as they are
		for octets in 16 38 3 48; do
			head -c $octets /dev/zero >s
			openssl mac -cipher AES-128-CBC \
			    -macopt hexkey:"${key:0:32}" -in s CMAC >v
		done
		openssl enc -aes-128-ctr -K "${key:32:32}" -iv "$(cat v)" \
		    -in s -out c
	done
}

# alone PROGRAM...: what it takes, on to $slowest and $all
alone()
{
	take "$@"
	slowest=$(calc "$wall > $slowest ? $wall : $slowest")
	all=$(calc "$cpu + $all")
	took="$took $wall"
}

fresh()
{
	copy "$hss" hss.db
	copy "$mtc" mtc.db
}

each_alone()
{
	slowest=0 all=0 took=
	fresh
	alone mtc-trigger request -d mtc.db "${ASK[@]}" >requests
	sync mtc.db
	alone gpi-gen --hss hss.db --bsf $BSF requests >drafts
	alone gpi-sign drafts >responses
	alone sa-store put -d mtc.db --pass responses >/dev/null
	sink_begin "$n"
	alone gpi-push responses
	sink_end
}

# the programs of OLD, on stores of their own; into $wall
old_pipe()
(
	old_tools
	DATA=$DATA/old
	mkdir -p "$DATA"
	stores "$n"
	fresh
	pipe
	echo "$version $wall"
)

for _ in $(rounds); do
	fresh
	sink_begin "$n"
	pipe
	sink_end
	ours=$wall
	if [ -n "${OLD:-}" ]; then
		sink_begin "$n"
		read -r version wall < <(old_pipe)
		sink_end
		row "the pipe of $n" "$ours" s "$version" "$wall" lower 0.5
	fi
	[ "$arrived" = "$n" ] || note "the pipe: $arrived of $n GPIs arrived"
	each_alone
	took=$(echo "$took" | tr -s ' ' / | sed 's|^/||')
	note "seconds: the pipe $ours; alone $took; processor $all," \
	    "the sink in the pipe $sink_cpu"
	row "the pipe of $n" "$ours" s "40 s" 40 lower 1
	floor=$(calc "$all / $(nproc)")
	floor=$(calc "$slowest > $floor ? $slowest : $floor")
	row "the pipe of $n" "$ours" s "slowest alone, or processor/cores" \
	    "$floor" lower 1.2
	begin=${EPOCHREALTIME/./}
	by_hand
	row "the pipe of $n" "$(calc "$n / $ours")" GPIs/s \
	    "loop of osmo-auc-gen and openssl" \
	    "$(calc "100 / ((${EPOCHREALTIME/./} - $begin) / 1e6)")" higher 800
done
