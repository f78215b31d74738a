#compdef bsf-serve gpi-gen gpi-push gpi-recv gpi-show gpi-sign hss-store mtc-trigger sa-store
# completion.zsh: completes verbs, options and values of every program here,
# from its --help, which comes from its table of options.

# The options of help text $1, as _arguments takes them.
_gba_push_options() {
	local line name letter value text action words
	specs=()
	# a text that goes on in the next line is one line
	for line in ${(f)${1//$'\n'(#c1)                                  ##/ }}; do
		[[ $line =~ '^ +((-[a-zA-Z]),)? +(--[a-z0-9-]+)( ([A-Z][^ ]*))? +(.*)$' ]] ||
		    continue
		letter=$match[2] name=$match[3] value=$match[5]
		text=${${match[6]//\[/(}//\]/)}
		action= words=
		[[ ! $line =~ ': ([a-z0-9-]+(, [a-z0-9-]+)+)$' ]] ||
		    words=${match[1]//,/}
		case $value in
		(*,*) action="_values -s , value $words" ;;
		(FILE | DB | HSS) action=_files ;;
		(DIR) action='_files -/' ;;
		(CMD*) action=_command_names ;;
		(*) action=${words:+($words)} ;;
		esac
		value=${value:+:${value//:/ }:$action}
		specs+=("*$name""[$text]$value")
		[[ -z $letter ]] || specs+=("*$letter""[$text]$value")
	done
}

_gba_push() {
	local program=$words[1] help verb
	local -a specs verbs

	help=$($program --help 2>/dev/null) || return
	if [[ $help == *' COMMAND [option'* ]]; then
		if (( CURRENT == 2 )); then
			verbs=(${(f)"$(sed -n \
			    's/^  \([a-z-]\{1,\}\)  *\(.*\)/\1:\2/p' <<<$help)"})
			_describe command verbs
			return
		fi
		verb=$words[2]
		help=$($program $verb --help 2>/dev/null) || return
		shift words
		(( CURRENT-- ))
	fi
	_gba_push_options $help
	_arguments -s $specs '*:file:_files'
}

_gba_push "$@"
