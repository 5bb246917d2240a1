# The deepest chains of direct calls, from gcc's call graphs (-fcallgraph-info=
# su), one file a translation unit.
# Usage: awk [-v root=FUNCTION] -f stack.awk FILE.ci...
BEGIN { root = root == "" ? "main" : root }
function quoted(line, key,    s) {
    s = line
    sub(".*" key ": \"", "", s)
    sub(/".*/, "", s)
    return s
}
# Bytes below and including f; chain[f] is whom it calls on that way.
function depth(f,    i, n, to, d, most, best) {
    if (f in known)
        return known[f]
    if (f in busy) {
        cycle[f] = 1
        return 0
    }
    busy[f] = 1
    most = 0
    n = split(calls[f], to, SUBSEP)
    for (i = 2; i <= n; i++) {
        d = depth(to[i])
        if (d > most) {
            most = d
            best = to[i]
        }
    }
    delete busy[f]
    chain[f] = best
    return known[f] = frame[f] + most
}
function show(title, f,    s) {
    s = f
    printf "%-22s %7d bytes: ", title, known[f]
    for (;;) {
        sub(/.*:/, "", s)
        printf "%s", s
        f = chain[f]
        if (f == "")
            break
        s = f
        printf " > "
    }
    print ""
}
/^node: / && /bytes \(/ {
    f = quoted($0, "title")
    s = $0
    sub(/ bytes \(.*/, "", s)
    sub(/.*\\n/, "", s)
    frame[f] = s + 0
    if ($0 !~ /bytes \(static\)/ && $0 !~ /bytes \(dynamic,bounded\)/)
        print "audit: the frame of " f " has no fixed size"
    next
}
/^edge: / {
    from = quoted($0, "sourcename")
    to = quoted($0, "targetname")
    calls[from] = calls[from] SUBSEP to
    called[to] = 1
}
END {
    for (f in frame) {
        d = depth(f)
        if (frame[f] > frame[widest])
            widest = f
        if (!(f in called) && f != root && d > known[deepest])
            deepest = f
    }
    known[widest] = frame[widest]
    w = widest
    sub(/.*:/, "", w)
    printf "%-22s %7d bytes: %s\n", "largest frame", frame[widest], w
    show(root == "main" ? "from main" : "from the entry", root)
    show("behind a pointer", deepest)
    n = 0
    for (f in cycle) {
        g = f
        sub(/.*:/, "", g)
        names = names " " g
        n++
    }
    printf "%-22s %7d%s\n", "recursive functions", n, names
}
