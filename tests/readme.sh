#!/bin/sh
# What the READMEs name exists: files, headings, targets and variables of
# make, commands of the program and their options.
# Usage: tests/readme.sh PROGRAM
set -u
trinn=$1
bad=0
T=$(mktemp -d) || exit 1
trap 'rm -rf "$T"' EXIT

missing() { # WHAT
    echo "readme: $readme: $1"
    bad=1
}

# Code of a README, one command a line: indented blocks, with continued lines
# joined and comments (after two blanks) dropped, and what is in backquotes.
code() {
    sed -n 's/^    //p' "$1" | sed -e ':a' -e '/\\$/{N;s/\\\n *//;ba' -e '}' \
        -e 's/   *[^-].*//' -e 's/ #.*//' | sed 's/ && /\n/g'
    tr '\n' ' ' <"$1" | grep -o '`[^`]*`' | tr -d '`'
}

# Names of headings, as links have them.
headings() {
    sed -n 's/^##* //p' "$1" | tr 'A-Z ' 'a-z-' | tr -cd 'a-z0-9_\n-'
}

help_of() { # COMMAND: its help, asked once
    [ -f "$T/$1" ] || "$trinn" "$1" --help >"$T/$1" 2>&1 || return 1
}
"$trinn" --help >"$T/help"
echo '--help' >>"$T/help"
commands=$(sed -n 's/^  \([a-z-]*\)  *[a-z].*/\1/p' "$T/help")
for c in $commands; do help_of "$c"; done

# option NAME FILE...: a help text that offers it.
option() {
    opt=$1
    shift
    grep -qE -- "(^|[^a-z-])$opt([^a-z-]|\$)" "$@"
}

check_links() {
    grep -o '](\([^)]*\))' "$readme" | sed 's/^](//; s/)$//' | grep -v '^https*:' |
        while read -r link; do
            file=${link%%#*}
            [ -z "$file" ] && file=$readme || file=$(dirname "$readme")/$file
            [ -e "$file" ] || echo "no file for the link $link"
            case $link in
            *#*) headings "$file" 2>/dev/null | grep -qxF "${link#*#}" ||
                     echo "no heading for the link $link" ;;
            esac
        done
}

# Paths from the top, anywhere; folders that a block lists, below the README.
check_paths() {
    grep -oE '(^|[^[:alnum:]_/.-])(arch|core|proto|net|boards|tests|bench|linker|\.ci)/[[:alnum:]_./-]*' \
        "$readme" | sed 's/^[^a-z.]//; s/\.*$//' |
        while read -r path; do
            [ -e "$path" ] || echo "no file $path"
        done
    sed -n 's/^    \(\([a-z0-9_]*\/  *\)*\)[a-zA-Z].*/\1/p' "$readme" |
        tr -s ' ' '\n' | while read -r dir; do
            [ -d "$(dirname "$readme")/$dir" ] || echo "no folder $dir"
        done
}

check_make() {
    code "$readme" | sed -n 's/^make *//p' | tr -s ' ' '\n' | while read -r word; do
        case $word in
        '' | -*) ;;
        [A-Z]*=*) grep -qw "${word%%=*}" Makefile ||
                      echo "make knows no variable ${word%%=*}" ;;
        [a-z]*) grep -qE "^([a-z -]* )?$word( [a-z -]*)?:" Makefile ||
                    echo "make has no target $word" ;;
        esac
    done
}

check_program() {
    code "$readme" | while read -r first command rest; do
        case $first in
        trinn | build/trinn)
            case $command in
            '' | COMMAND) continue ;;
            --*) option "$command" "$T/help" || echo "trinn has no $command"
                 continue ;;
            esac
            [ -f "$T/$command" ] || { echo "no command trinn $command"; continue; }
            case $command-$rest in
            party-[a-z]* | clear-[a-z]*)
                head -n 1 "$T/$command" | grep -qw "${rest%% *}" ||
                    echo "trinn $command has no task ${rest%% *}" ;;
            esac
            for word in $rest; do
                case $word in
                --*) option "$word" "$T/$command" ||
                         echo "trinn $command has no option $word" ;;
                esac
            done ;;
        build/bench)
            for word in $command $rest; do
                case $word in
                --*) option "$word" bench/bench.c ||
                         echo "build/bench has no option $word" ;;
                esac
            done ;;
        build/check)
            for word in $command $rest; do
                case $word in
                [a-z]*) grep -q "TABLE($word," tests/checks.h ||
                            echo "there are no checks $word" ;;
                esac
            done ;;
        --*)
            for word in $first $command $rest; do
                case $word in
                --*) option "$word" "$T"/* bench/bench.c ||
                         echo "nothing has an option $word" ;;
                esac
            done ;;
        esac
    done
}

# What make itself says it can do.
readme=Makefile
for target in $(sed -n 's/^\.PHONY: //p' Makefile); do
    case $target in all | fuzz-run | FORCE) continue ;; esac
    sed -n '3,/^$/p' Makefile | grep -q "^# .*make $target\>" ||
        missing "the list at the top has no make $target"
done

for readme in $(find . -name README.md -not -path './build*' | sed 's|^\./||' | sort); do
    for check in check_links check_paths check_make check_program; do
        out=$($check | sort -u)
        [ -z "$out" ] || missing "$out"
    done
done
[ $bad = 0 ] && echo "readme: ok"
exit $bad
