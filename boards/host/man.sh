#!/bin/sh
# The manual page trinn.1, from the help texts of the program.
# Usage: boards/host/man.sh 'COMMAND LINE OF THE PROGRAM' >trinn.1
set -eu
verbatim() {
    echo .nf
    sed 's/\\/\\e/g; s/-/\\-/g; s/^\([.'\'']\)/\\\&\1/'
    echo .fi
}
version=$($1 --version | sed 's/^trinn //')
commands=$($1 help | sed -n 's/^  \([a-z-]*\)  *[a-z].*/\1/p')
[ -n "$commands" ]
cat <<END
.TH TRINN 1 "" "Trinn $version" "User commands"
.SH NAME
trinn \\- secure training and inference of neural networks among three parties
.SH SYNOPSIS
.B trinn
.I COMMAND
.RI [ OPTIONS ]
.SH DESCRIPTION
END
$1 help | verbatim
echo .SH COMMANDS
for c in $commands; do
    echo ".SS $c"
    $1 "$c" --help | verbatim
done
