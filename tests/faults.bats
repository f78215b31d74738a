# faults.bats: a sample of what `make faults' has whole: one in twenty of the
# calls that can fail does.

load helper

@test "whatever call fails: a clean status, one line, nothing half done" {
	if grep -q __asan_init "$(command -v gpi-gen)"; then
		skip 'a sanitizer wants to be loaded first'
	fi
	"$TESTS/faults/run" --build "$(dirname "$(command -v gpi-gen)")" \
	    --one-in 20 --seconds 8 gpi-gen gpi-sign-o recv sa-put push-coap \
	    push-tcp push-smpp recv-udp recv-smpp hss-card serve connect \
	    pg-gpi-gen pg-sa-put >said || { cat said; false; }
	has_line "'faults': " said
}

@test "a commit that cannot be synced is none, not even for the next program" {
	if grep -q __asan_init "$(command -v gpi-gen)"; then
		skip 'a sanitizer wants to be loaded first'
	fi
	cc -O2 -w -std=c11 -D_GNU_SOURCE -shared -fPIC -o inject.so \
	    "$TESTS/faults/inject.c"
	mtc-trigger register -d mtc.db --ue-id meter-7 --ue-trp udp://[::1]:9
	for ((n = 1; n < 9; n++)); do
		# a log that was left behind cannot be emptied either
		sqlite3 mtc.db 'CREATE TABLE x (y); DROP TABLE x' \
		    '.shell kill -9 $PPID' || true
		[ -s mtc.db-wal ]
		LD_PRELOAD=$PWD/inject.so FAULT_PROGRAM=mtc-trigger \
		    FAULT_KIND=sync FAULT_AT=$n FAULT_ROW=9 FAULT_LOG=log \
		    try mtc-trigger register -d mtc.db --ue-id "new-$n" \
		    --ue-trp udp://[::1]:9
		[ "$status" != 0 ] || break
		same "status of $n" "$status" 4
		[[ $(<err) = *': disk I/O error' ]]
	done
	same tried "$((n > 1))" 1
	same devices "$(sqlite3 mtc.db 'SELECT ue_id FROM device' |
	    grep -cv "^new-$n\$")" 1
}
