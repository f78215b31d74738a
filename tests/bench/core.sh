#!/bin/bash
# core: vectors, GPIs and records, each beside a yardstick in slices of the same
# process that alternate (core.c).
# shellcheck source=tests/bench/common.sh
. "$BENCH/common.sh"

for _ in $(rounds); do
	core | awk -F '\t' '
	BEGIN {
		OFS = FS
		target["libosmocore milenage_generate"] = 0.3
		target["the same EVP calls in a bare loop"] = 1.3
	}
	{ print "ROW", $1, $2, "ns", $3, $4, "lower",
	    $3 in target ? target[$3] : "-" }'
done
