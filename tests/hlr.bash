# hlr.bash: what tests have that need osmo-hlr, at an address of its own in
# 127.0.0.0/8, so that its ports are nobody else's.
# shellcheck shell=bash disable=SC2154

# hlr: osmo-hlr in ./hlr.db, which may be there, as $hlr; its URI is $home.  It
# has the subscriber of IMPI, if it has none yet, with the keys of set 1.
hlr() {
	command -v osmo-hlr >/dev/null || skip 'osmo-hlr is not there'
	: "${hlr_at:=127.$((BASHPID >> 14 & 127 | 128)).$((BASHPID >> 7 & 127)).$((BASHPID & 127 | 128))}"
	cat >hlr.cfg <<-.
	line vty
	 bind $hlr_at
	ctrl
	 bind $hlr_at
	hlr
	 gsup
	  bind ip $hlr_at
	.
	rm -f hlr.log	# nothing else reads the store while it starts
	osmo-hlr -c hlr.cfg -l "$PWD/hlr.db" >hlr.log 2>&1 3>&- 9>&- &
	hlr=$!
	await has_line 'CTRL at' hlr.log
	home=gsup://$hlr_at
	[ "$(sqlite3 hlr.db 'SELECT count(*) FROM subscriber')" != 0 ] ||
	    hlr_subscriber "${IMPI%@*}"
}

# hlr_subscriber IMSI [TABLE]: one more, with keys in auc_3g, auc_2g or nowhere
hlr_subscriber() {
	local keys

	case ${2:-auc_3g} in
	auc_3g)
		keys="INSERT INTO auc_3g (subscriber_id, algo_id_3g, k, opc, sqn)
		    SELECT id, 5, '$K', '$OPC', 0" ;;
	auc_2g)
		keys="INSERT INTO auc_2g (subscriber_id, algo_id_2g, ki)
		    SELECT id, 1, '$K'" ;;
	*)
		keys='SELECT id' ;;
	esac
	sqlite3 -cmd '.timeout 5000' hlr.db "INSERT INTO subscriber (imsi)
	    VALUES ('$1'); $keys FROM subscriber WHERE imsi = '$1'" >/dev/null
}

stop_hlr() {
	kill -KILL "$hlr"
	wait "$hlr" || true
}

# hlr_sqn [SQN]: of IMPI, or set it
hlr_sqn() {
	sqlite3 -cmd '.timeout 5000' hlr.db "${1:+UPDATE auc_3g SET sqn = $1;}
	    SELECT sqn FROM auc_3g JOIN subscriber ON id = subscriber_id
	    WHERE imsi = '${IMPI%@*}'"
}
