# completion.bash: completes verbs, options and values of every program here,
# from its --help, which comes from its table of options.
# shellcheck shell=bash

# The lines `OPTION VALUE' of HELP, each option by its letter and its name.
_gba_push_options() { # HELP
	local line

	while IFS= read -r line; do
		[[ $line =~ ^\ +((-[a-zA-Z]),)?\ +(--[a-z0-9-]+)(\ ([A-Z][^ ]*))? ]] ||
		    continue
		[ -z "${BASH_REMATCH[2]}" ] ||
		    echo "${BASH_REMATCH[2]} ${BASH_REMATCH[5]}"
		echo "${BASH_REMATCH[3]} ${BASH_REMATCH[5]}"
	done <<<"$1"
}

# What may be given for VALUE, as --help calls it.
_gba_push_value() { # VALUE WORD
	case $1 in
	FILE | DB | HSS) compgen -f -- "$2" ;;
	DIR) compgen -d -- "$2" ;;
	CMD) compgen -c -- "$2" ;;
	esac
}

_gba_push() { # PROGRAM WORD WORD-BEFORE
	local program=$1 word=$2 before=$3 help options value verb=

	help=$("$program" --help 2>/dev/null) || return
	if [[ $help = *' COMMAND [option'* ]]; then
		if [ "$COMP_CWORD" = 1 ]; then
			mapfile -t COMPREPLY < <(compgen -W "$(
				sed -n 's/^  \([a-z-]\{1,\}\) .*/\1/p' <<<"$help"
			) --help --version" -- "$word")
			return
		fi
		verb=${COMP_WORDS[1]}
		help=$("$program" "$verb" --help 2>/dev/null) || return
	fi
	options=$(_gba_push_options "$help")
	value=$(sed -n "s/^$before //p" <<<"$options")
	if [[ $before = -* ]] && [ -n "$value" ]; then
		mapfile -t COMPREPLY < <(_gba_push_value "$value" "$word")
	elif [[ $word = -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(
			sed -n 's/^\(--[^ ]*\).*/\1/p' <<<"$options"
		)" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}

complete -o filenames -F _gba_push bsf-serve gpi-gen gpi-push gpi-recv gpi-show \
    gpi-sign hss-store mtc-trigger sa-store
