# secure-data.bats: step 407, what the two ends of a connection say and get.

load helper
load secure

@test "report: the device's command sends; what the server says is its output" {
	ready
	serve --exec 'cat >received; echo config'
	does connect one --exec 'cat; echo 4711 kWh'
	same 'on standard output' "$(<out)" config
	same 'at the server' "$(<received)" '4711 kWh'
	line 1 "$(of one '"connected","octets":9')"
}

@test "connect: the commands of both ends talk with each other" {
	elements
	trigger one --indication connect --time 30
	serve --exec 'read -r word; echo "you said $word"; cat >rest'
	does connect one --exec 'echo hello; read -r answer; echo "$answer" >answer
	    echo and goodbye'
	nothing_in out
	same 'at the device' "$(<answer)" 'you said hello'
	same 'at the server' "$(<rest)" 'and goodbye'
	line 1 '{"p_tid":"one","ue_id":"meter-7","trigger_ind":1,"state":"connected","octets":18}'
}

@test "any indication reaches both commands, in their environment" {
	elements
	trigger one --indication 300 --time 40
	trigger two
	export GBA_TRIGGER_IND=outer GBA_TRIGGER_TIME=outer GBA_P_TID=outer
	serve --exec 'env | grep ^GBA_ | sort >server.$GBA_P_TID; cat >device.$GBA_P_TID'
	does connect one --exec 'env | grep ^GBA_ | sort'
	diff device.one - <<-.
	GBA_NAF_FQDN=$NAF
	GBA_P_TID=one
	GBA_TRIGGER_IND=300
	GBA_TRIGGER_TIME=40
	GBA_UE_ID=$IMPI
	.
	diff server.one <(sed 's/GBA_UE_ID=.*/GBA_UE_ID=meter-7/' device.one)
	line 1 '{"p_tid":"one","ue_id":"meter-7","trigger_ind":300,"state":"connected","octets":'"$(stat -c %s device.one)}"
	# and plain GBA Push has no trigger
	does connect two --exec 'env | grep ^GBA_ | sort'
	diff device.two - <<-.
	GBA_NAF_FQDN=$NAF
	GBA_P_TID=two
	GBA_UE_ID=$IMPI
	.
	diff server.two <(sed 's/GBA_UE_ID=.*/GBA_UE_ID=meter-7/' device.two)
	line 2 '{"p_tid":"two","ue_id":"meter-7","state":"connected","octets":'"$(stat -c %s device.two)}"
}

@test "without commands: the device sends nothing, and shows what it gets" {
	ready
	serve --exec 'echo firmware 2'
	says 'firmware 2' connect one
	line 1 "$(of one '"connected","octets":0')"
	stop
	serve
	says '' connect two
	line 1 "$(of two '"connected","octets":0,"data":""')"
}

@test "data as text, or where it is not UTF-8, as data_hex" {
	ready
	trigger three "${REPORT[@]}"
	trigger four "${REPORT[@]}"
	serve
	does connect one --exec 'printf "\"\\\\\t\001 \303\274 \360\237\224\221"'
	line 1 "$(of one '"connected","octets":12,"data":"\"\\\t\u0001 ü 🔑"')"
	does connect four --exec 'printf "\302\233m \303\274 \342\200\256"'
	line 2 "$(of four '"connected","octets":10,"data":"\u009Bm \u00FC \u202E"')"
	n=1
	for p_tid in two three; do
		case $p_tid in
		two) python 'out.write(bytes(range(256)) * 3)' ;;
		three) printf 'half \303' ;;
		esac >data
		does connect $p_tid --exec 'cat data'
		hex=$(xxd -p data | tr -d '\n')
		line $((++n + 1)) "$(of $p_tid "\"connected\",\"octets\":$((${#hex} / 2)),\"data_hex\":\"$hex\"")"
	done
}

@test "data in the line: up to 1 MiB" {
	ready
	serve
	does connect one --exec 'head -c 1048576 /dev/zero | tr "\0" x'
	await has_lines 1
	same data "$(jq -c '[.state, .octets, (.data | length)]' lines)" \
	    '["connected",1048576,1048576]'
	fails 4 'mtc-trigger: two: record 1: tls: the server is gone without close_notify' \
	    connect two --exec 'head -c 1048577 /dev/zero | tr "\0" x; sleep 9'
	await has_lines 2
	same detail "$(tail -n 1 lines | pick p_tid detail)" \
	    '["two","data: more than 1048576 octets; use --dir or --exec"]'
	unspent two 3
}

@test "--dir: a file for each, mode 0600, once it is whole" {
	gate
	ready
	mkdir inbox
	serve --dir inbox
	head -c 3000000 /dev/urandom >data
	connecting one --exec 'cat data; : <go'
	is_there() {
		stat -Lc %s /proc/$pid/fd/* 2>/dev/null | grep -qx 3000000
	}
	await is_there
	same 'before the end' "$(ls inbox)" ''
	open_gate
	ended 0
	same_octets inbox/one data
	mode inbox/one 600
	same files "$(ls -A inbox)" one
	line 1 "$(of one '"connected","octets":3000000')"
}

@test "--dir: nothing of a connection that broke" {
	ready
	mkdir inbox
	serve --dir inbox
	connecting one --exec 'echo half; sleep 9'
	is_there() {
		stat -Lc %s /proc/$pid/fd/* 2>/dev/null | grep -qx 5
	}
	await is_there
	vanish
	line 1 "$(of one '"failed","detail":"tls: the device is gone without close_notify","octets":5')"
	same files "$(ls -A inbox)" ''
	does connect one --exec 'echo whole'
	same file "$(<inbox/one)" whole
	line 2 "$(of one '"connected","octets":6')"
}

@test "megabytes both ways at once, through slow commands" {
	ready
	head -c 2000000 /dev/urandom >data
	serve --exec 'sleep 0.2; cat'
	does connect one --exec 'cat data'
	same_octets out data
	line 1 "$(of one '"connected","octets":2000000')"
}

@test "states: responded, then connected, each when it happened" {
	gate
	ready
	AT=$((NOW + 7)) serve
	AT=$((NOW + 7)) connecting one --exec ': <go'
	await in_state one responded
	same times "$(times one)" 'requested answered stored responded'
	open_gate
	ended 0
	line 1 "$(of one '"connected","octets":0,"data":""')"
	same times "$(times one)" 'requested answered stored responded connected'
	IFS=, read -r stored responded connected time < <(states stored \
	    responded connected time | tr -d '[]')
	[ "$stored" = $NOW ] && [ "$responded" -ge $((NOW + 7)) ]
	[ "$connected" -ge "$responded" ] && [ "$time" = "$connected" ]
	same state "$(state one)" connected
}

@test "several accepted records: each connects, a refused one costs itself" {
	ready
	serve --count 4
	cat one one two >all
	ends 1 'mtc-trigger: record 2: tls: the server knows no such SA, or its key differs' \
	    connect - --exec 'echo $GBA_P_TID' <all
	same 'lines of stderr' "$(lines_in err)" 1
	await has_lines 3
	same lines "$(pick p_tid state data <lines | words)" \
	    '[one,connected,one\n] [one,refused,null] [two,connected,two\n]'
}

@test "over IPv6" {
	ready
	grep -q . /proc/net/if_inet6 || skip 'no IPv6 here'
	: >serve.err
	mtc-trigger serve -d mtc.db --listen '[::1]:0' --now $NOW >lines \
	    2>serve.err 3>&- &
	pid=$!
	await listening serve.err
	[[ $at = '[::1]:'* ]]
	unspent one 1
}

@test "keys are in no argument and in no environment of a command" {
	ready
	serve --exec 'cat >said; env; tr "\0" "\n" </proc/$PPID/cmdline'
	does connect one --exec 'env; tr "\0" "\n" </proc/$PPID/cmdline'
	has_line GBA_P_TID=one out
	has_line GBA_P_TID=one said
	lacks "$(key one)" <(cat out said)
	lacks "$(unhex "$(key one)" | base64)" <(cat out said)
}
