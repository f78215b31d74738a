# completion.bash: completes verbs, options and values of every program here,
# from its --help, which comes from its table of options.
# shellcheck shell=bash

# The lines `OPTION VALUE WORDS' of HELP, each option by its letter and its
# name.  WORDS, with commas between them, are those that may be given.
_gba_push_options() { # HELP
	local line letter option words

	# a text that goes on in the next line is one line
	while IFS= read -r line; do
		[[ $line =~ ^\ +((-[a-zA-Z]),)?\ +(--[a-z0-9-]+)(\ ([A-Z][^ ]*))? ]] ||
		    continue
		letter=${BASH_REMATCH[2]}
		option="${BASH_REMATCH[3]} ${BASH_REMATCH[5]}"
		words=
		[[ ! $line =~ :\ ([a-z0-9-]+(,\ [a-z0-9-]+)+)$ ]] ||
		    words=${BASH_REMATCH[1]//, /,}
		[ -z "$letter" ] || echo "$letter ${option#* } $words"
		echo "$option $words"
	done <<<"${1//$'\n                                   '/ }"
}

# What may be given for VALUE, as --help calls it; S[,S...] is a list.
_gba_push_value() { # VALUE WORDS WORD
	local before=

	[[ $1 != *,* || $3 != *,* ]] || before=${3%,*},
	case $1 in
	FILE | DB | HSS) compgen -f -- "$3" ;;
	DIR) compgen -d -- "$3" ;;
	CMD*) compgen -c -- "$3" ;;
	*) compgen -P "$before" -W "${2//,/ }" -- "${3#"$before"}" ;;
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
	# what stands behind = is a word of its own
	[ "$word" != = ] || word=
	[ "$before" != = ] || before=${COMP_WORDS[COMP_CWORD - 2]}
	read -r value words < <(sed -n "s/^$before //p" <<<"$options")
	if [[ $before = -* ]] && [ -n "$value" ]; then
		mapfile -t COMPREPLY < <(
			_gba_push_value "$value" "$words" "$word"
		)
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
