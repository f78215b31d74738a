# builtins.bash: mkdir and rm inside the shell, for every bash that a test
# starts: bats calls both for each test.  Without the package bash-builtins
# they stay processes.
# shellcheck shell=bash
enable -f mkdir mkdir 2>/dev/null || :
enable -f rm rm 2>/dev/null || :
