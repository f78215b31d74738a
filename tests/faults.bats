# faults.bats: a sample of what `make faults' has whole: one in twenty of the
# calls that can fail does.

load helper

@test "whatever call fails: a clean status, one line, nothing half done" {
	if grep -q __asan_init "$(command -v gpi-gen)"; then
		skip 'a sanitizer wants to be loaded first'
	fi
	"$TESTS/faults/run" --build "$(dirname "$(command -v gpi-gen)")" \
	    --one-in 20 --seconds 8 gpi-gen gpi-sign-o recv sa-put push-coap \
	    push-tcp recv-udp hss-card serve connect >said || { cat said; false; }
	has_line "'faults': " said
}
