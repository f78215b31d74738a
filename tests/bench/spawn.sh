#!/bin/bash
# spawn: one record through each program, beside a process that does nothing but
# load the same libraries; then through all six, one after the other in a pipe.
# shellcheck source=tests/bench/common.sh
. "$BENCH/common.sh"

n=$((ROUNDS * SPAWNS))
nothing=()

# nothing PROGRAM: nothing-PROGRAM has the libraries that PROGRAM has
nothing_of()
{
	readelf -d "$BUILD/$1" | sed -n 's/.*NEEDED.*\[\(.*\)\]/-l:\1/p' |
	    xargs cc -O2 -pie -Wl,-z,relro,-z,now -Wl,--no-as-needed \
	    -o "nothing-$1" "$BENCH/nothing.c"
	nothing+=("$PWD/nothing-$1" '|')
}
for program in mtc-trigger gpi-gen gpi-sign sa-store gpi-push gpi-recv; do
	nothing_of $program
done
nothing_of gpi-show
unset 'nothing[-1]' 'nothing[-1]' 'nothing[-1]'	# the pipe has no gpi-show

stores 1000
copy "$hss" hss.db
copy "$mtc" mtc.db
hss-store card -d hss.db --bsf $BSF --impi $IMPI -o card
cp card card.dry
# the same store for all, but what is measured is new to it
mtc-trigger request -d mtc.db --naf $NAF --ue-id dev-0 --lifetime 86400 \
    --indication report >one-request
for _ in $(seq $((n + 1))); do
	mtc-trigger request -d mtc.db --naf $NAF --ue-id dev-0 \
	    --lifetime 86400 --indication report
done >requests
gpi-gen --hss hss.db --bsf $BSF requests >drafts
gpi-sign drafts >responses
gpi-push --to - responses >gpis
records split 1 draft <drafts
records split $((n + 1)) response <responses
records split $((n + 1)) gpi <gpis

# spawned ARG...: by spawn, into $ours and $theirs
spawned()
{
	read -r ours theirs < <(spawn "$SPAWNS" "$first" "$@" || echo failed)
	[ "$ours" != failed ]
}

# one TARGET NAME IN PROGRAM ARG...
one()
{
	local target=$1 name=$2 in=$3 program=$4

	shift 4
	spawned "$in" out "$BUILD/$program" "$@" -- "$PWD/nothing-$program"
	row "$name" "$ours" us "nothing, same libraries" "$theirs" lower \
	    "$target"
}

six()
{
	spawned /dev/null out "$BUILD/mtc-trigger" request -d mtc.db \
	    --naf $NAF --ue-id dev-1 --indication report '|' \
	    "$BUILD/gpi-gen" --hss hss.db --bsf $BSF '|' \
	    "$BUILD/gpi-sign" '|' "$BUILD/sa-store" put -d mtc.db --pass '|' \
	    "$BUILD/gpi-push" --to - '|' \
	    "$BUILD/gpi-recv" --card card.1 --naf $NAF -- "${nothing[@]}"
	row "all six in a pipe" "$ours" us "six of nothing in a pipe" \
	    "$theirs" lower 2.5
}
hss-store card -d hss.db --bsf $BSF -o card.1 \
    --impi "${IMPI/000@/001@}"

for first in $(seq 0 "$SPAWNS" $((n - 1))); do
	one 2.5 "mtc-trigger request" /dev/null mtc-trigger request -d mtc.db \
	    --naf $NAF --ue-id dev-2 --indication report
	one 2.5 gpi-gen one-request gpi-gen --hss hss.db --bsf $BSF
	one 1.8 gpi-sign draft0 gpi-sign
	one 2.5 "sa-store put" response%d sa-store put -d mtc.db
	one 1.8 "gpi-push --to -" response0 gpi-push --to -
	one 1.8 "gpi-recv --dry-run" gpi0 gpi-recv --card card.dry --naf $NAF \
	    --dry-run
	one 2.5 "gpi-recv, its card on disk" gpi%d gpi-recv --card card \
	    --naf $NAF
	one 1.8 gpi-show gpi0 gpi-show
	six
done
