# The source files of a program, from its link map: those whose objects have a
# section left in it, and every header that these include. Prints "LINES FILE".
# Usage: awk -v build=DIR -f lines.awk MAP
function object(name) {
    if (match(name, /lib[a-z]*\.a\(.*\.o\)$/)) {
        name = substr(name, RSTART, RLENGTH)
        sub(/^[^(]*\(/, "", name)
        sub(/\)$/, "", name)
        gsub(/-/, "/", name)
        # the choices of a minimal profile stand in its name
        return build "/" name
    }
    return index(name, build "/") == 1 ? name : ""
}
/^Linker script and memory map/ { map = 1 }
/^Cross Reference Table/ { map = 0 }
!map { next }
# A long section name has a line of its own.
/^ \.[^ ]+$/ { section = $1; next }
/^ / {
    if ($1 ~ /^\./) { section = $1; at = 2 } else at = 1
    if (section ~ /^\.(text|rodata|data|bss|tbss|tdata)/ &&
        $at ~ /^0x/ && $(at + 1) ~ /^0x0*[1-9a-f]/) {
        name = $0
        sub(/^.*0x[0-9a-f]+ +0x[0-9a-f]+ /, "", name)
        if ((o = object(name)) != "")
            live[o] = 1
    }
    section = ""
}
END {
    for (o in live) {
        dep = o
        sub(/o$/, "d", dep)
        found = 0
        while ((getline line < dep) > 0) {
            found = 1
            more = sub(/\\$/, "", line)
            sub(/^[^ ]*:/, "", line)
            n = split(line, word, " ")
            for (i = 1; i <= n; i++)
                if (word[i] !~ /^\//)
                    file[word[i]] = 1
            if (!more)
                break
        }
        close(dep)
        if (!found) {
            print "audit: no dependencies of " o | "cat >&2"
            exit 1
        }
    }
    for (f in file) {
        n = 0
        while ((getline line < f) > 0)
            n++
        close(f)
        print n, f
    }
}
