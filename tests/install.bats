# install.bats: what `make install' copies, and what a service manager and a
# shell have of it.

load helper

@test "install copies it all, uninstall removes that and nothing else" {
	there=$PWD/root
	make_() { make -s -C "$TESTS/.." B="$BUILD" DESTDIR="$there" "$@"; }

	does make_ install
	"$there"/usr/local/bin/gpi-gen --version >/dev/null
	(cd root && find . -type f | sort) >installed
	has_line ./usr/local/share/man/man7/gba-push.7 installed
	has_line ./usr/local/lib/wireshark/plugins/gpi.lua installed
	has_line ./usr/local/lib/sysusers.d/gba-push.conf installed
	for file in usr/local/share/doc/gba-push/mine \
	    usr/local/share/man/man1/mine.1 usr/local/bin/mine; do
		echo mine >"root/$file"
	done
	try make_ uninstall
	same left "$(cd root && find . -type f | sort | words)" \
	    './usr/local/bin/mine ./usr/local/share/doc/gba-push/mine ./usr/local/share/man/man1/mine.1'
	does make_ install
	rm -r root/usr/local/share/doc/gba-push/mine
	try make_ uninstall
	[ ! -e root/usr/local/share/doc/gba-push ]
}

@test "a library that is missing is named before anything is compiled" {
	cat >no-cbor <<-'.'
	#!/bin/sh
	case "$*" in *libcbor*) exit 1;; esac
	exec pkg-config "$@"
	.
	chmod +x no-cbor
	try make -s -C "$TESTS/.." B="$PWD/b" PKG_CONFIG="$PWD/no-cbor"
	same status "$status" 2
	same stderr "$(head -1 err)" "missing libraries, with Debian's package of each: libcbor (libcbor-dev)"
	same files "$(cd b && find . -type f)" ''
}

# completed WORD...: what bash offers for the last
completed() {
	bash -c '. "$0"
	COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	_gba_push "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
	[ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' \
	    "$TESTS/../lib/pipe/completion.bash" "$@"
}

@test "bash offers all that --help has, for each program and verb" {
	for program in bsf-serve gpi-gen gpi-push gpi-recv gpi-show gpi-sign; do
		[ -x "$BUILD/$program" ] || continue
		same "$program" "$(completed $program --)" \
		    "$($program --help | grep -oE '^ .{5}--[a-z0-9-]+' | sed 's/.* //')"
	done
	for program in hss-store mtc-trigger sa-store; do
		verbs=$($program --help | sed -n 's/^  \([a-z]*\) .*/\1/p')
		same "$program" "$(completed $program '' | words)" \
		    "$(echo "$verbs" --help --version | words)"
		for verb in $verbs; do
			same "$program $verb" "$(completed $program $verb --)" \
			    "$($program $verb --help | grep -oE '^ .{5}--[a-z0-9-]+' | sed 's/.* //')"
		done
	done
}

@test "bash offers files, directories and commands where a value is one" {
	mkdir a-dir
	touch a-file
	same --card "$(completed gpi-recv --card a- | sort | words)" 'a-dir a-file'
	same -o "$(completed gpi-recv -o a-f)" a-file
	same --hss "$(completed gpi-gen --hss a-f)" a-file
	same -d "$(completed mtc-trigger status -d a-f)" a-file
	same --dir "$(completed mtc-trigger serve --dir a-)" a-dir
	same --exec "$(completed mtc-trigger serve --exec mkfif | sort -u)" mkfifo
	same --bsf "$(completed mtc-trigger wake --bsf mkfif | sort -u)" mkfifo
	same --naf "$(completed gpi-recv --naf a-)" ''
	same --card= "$(completed gpi-recv --card = a-f)" a-file
	same operand "$(completed gpi-show a-f)" a-file
}

@test "bash offers words where a value is one of few, and these are taken" {
	local command option words args line

	while IFS='|' read -r line args words; do
		read -r command option <<<"$line"
		# shellcheck disable=SC2086
		same "$line" "$(completed ${command//:/ } "$option" '' | words)" "$words"
		for word in $words another; do
			# shellcheck disable=SC2086
			try ${command//:/ } "$option=$word" $args </dev/null
			same "$line $word" $((status == 2)) \
			    "$([ $word = another ]; echo $((!$?)))"
		done
	done <<-.
	gpi-sign --mode||none integrity full
	hss-store:add --algorithm|-d hss.db --impi i --key-file absent|milenage tuak
	mtc-trigger:register --um|-d mtc.db --ue-id a --ue-trp unix:x|me u
	mtc-trigger:request --indication|-d mtc.db --naf $NAF --all -j|connect report bootstrap update-registration
	mtc-trigger:request --mode|-d mtc.db --naf $NAF --all --indication 2 -j|none integrity full
	mtc-trigger:request --state|-d mtc.db --naf $NAF|requested answered stored sent delivered responded connected expired failed
	mtc-trigger:status --state|-d mtc.db|requested answered stored sent delivered responded connected expired failed
	.
	same part "$(completed mtc-trigger wake --state re | words)" \
	    'requested responded'
	same 'the second of a list' "$(completed mtc-trigger cancel --state \
	    sent,failed,ex)" sent,failed,expired
	same 'behind =' "$(completed mtc-trigger wake --mode = i)" integrity
}

@test "zsh has the options of --help, with their texts" {
	command -v zsh >/dev/null || skip 'zsh is not there'
	for command in 'gpi-recv' 'mtc-trigger wake' 'gpi-push' 'sa-store put' \
	    'mtc-trigger status' 'gpi-sign'; do
		# shellcheck disable=SC2016	# for zsh
		zsh -f -c 'setopt extended_glob
		source =(sed "/^_gba_push \"\$@\"/d" $1)
		_gba_push_options "$(eval $2 --help)"
		print -l -- $specs' zsh "$TESTS/../lib/pipe/completion.zsh" \
		    "$command" >specs
		cat specs >>all
		same "$command" "$(grep -oE '^\*--[a-z0-9-]+' specs)" \
		    "$($command --help | grep -oE '^ .{5}--[a-z0-9-]+' | sed 's/.* /*/')"
		lacks '\[\]' specs
	done
	has_line '*-o[write to FILE (0600), whole or not at all]:FILE:_files' all
	has_line '*--mode[weakest protection to allow (none): none, integrity, full]:MODE:(none integrity full)' all
	has_line ': requested, answered, stored, sent, delivered, responded, connected, expired, failed]:S[,S...]:_values -s , value requested answered stored sent delivered responded connected expired failed' all
}

# told COMMAND...: what it tells the service manager, until it ends
told() {
	python '
import socket, subprocess
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1]) if sys.argv[1][0] == "/" else s.bind("\0" + sys.argv[1][1:])
p = subprocess.Popen(sys.argv[2:], env={**os.environ,
    "NOTIFY_SOCKET": sys.argv[1]}, stderr=open("err", "w"))
s.settimeout(10)
print(s.recv(100).decode())
p.terminate()
p.wait()
' "$@"
}

@test "a service manager is told when a program listens" {
	subscriber
	card
	device
	free_port
	same file "$(told "$PWD/notify" gpi-recv --card card --naf $NAF \
	    --listen udp://127.0.0.1:$port)" READY=1
	same abstract "$(told "@$PWD/notify" mtc-trigger serve -d mtc.db \
	    --listen 127.0.0.1:$port)" READY=1
}

@test "the units of systemd are valid, and their exposure is below 3" {
	command -v systemd-analyze >/dev/null ||
	    skip 'systemd-analyze is not there'
	for unit in gpi-recv mtc-trigger-serve bsf-serve; do
		cp "$TESTS/../examples/systemd/$unit@.service" $unit@x.service
		systemd-analyze security --offline=yes --threshold=30 \
		    "$PWD/$unit@x.service" >exposure || { tail -3 exposure; false; }
	done
}

@test "systemd makes the user of the units" {
	local units=$TESTS/../examples/systemd

	command -v systemd-sysusers >/dev/null ||
	    skip 'systemd-sysusers is not there'
	mkdir -p root/usr/lib/sysusers.d root/etc
	cp "$units/gba-push.conf" root/usr/lib/sysusers.d
	systemd-sysusers --root="$PWD/root" gba-push.conf 2>err
	same users "$(cut -d: -f 1,5-7 root/etc/passwd)" \
	    'gba-push:GBA Push:/var/lib/gba-push:/usr/sbin/nologin'
	same 'User=' "$(sed -n 's/^User=//p' "$units"/*.service | sort -u)" \
	    gba-push
}
