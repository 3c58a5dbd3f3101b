# Reads one case, a JSON document on standard input, and leaves its input.ticket in TEXT for the program after it:
# lower case, accents folded (é to e, ü to ue), apostrophes dropped, nothing but a-z 0-9 . ? ! and single spaces.
#   awk -f apps/ticket.awk -f apps/PROGRAM.awk < case.json
BEGIN {
    # A letter as it stands, as JSON may escape it, and what becomes of it.
    n = split("Ä 00c4 ae,ä 00e4 ae,Ö 00d6 oe,ö 00f6 oe,Ü 00dc ue,ü 00fc ue,ß 00df ss,À 00c0 a,à 00e0 a,Á 00c1 a," \
              "á 00e1 a,â 00e2 a,Ç 00c7 c,ç 00e7 c,È 00c8 e,è 00e8 e,É 00c9 e,é 00e9 e,ê 00ea e,ë 00eb e,Í 00cd i," \
              "í 00ed i,ï 00ef i,Ñ 00d1 n,ñ 00f1 n,Ó 00d3 o,ó 00f3 o,ô 00f4 o,Ú 00da u,ú 00fa u,’ 2019", row, ",")
    for (i = 1; i <= n; i++) {
        split(row[i], part, " ")
        FOLD[part[1]] = PLAIN[part[2]] = part[3]
    }
}
{ json = json $0 " " }
END {
    TEXT = fold(unescape(find(json, "input", "ticket")))
    if (TEXT == "") {
        print "no input.ticket in the case" | "cat 1>&2"
        exit 1  # a failed run, with this message in its trace
    }
}

# The raw string at {outer: {inner: "…"}}. Walks the tokens, so a ticket that quotes JSON misleads nobody.
function find(s, outer, inner,    token, depth, key) {
    while (match(s, /"([^"\\]|\\.)*"|[][{}]/)) {
        token = substr(s, RSTART, RLENGTH)
        s = substr(s, RSTART + RLENGTH)
        if (token == "{" || token == "[") key[++depth] = ""
        else if (token == "}" || token == "]") depth--
        else {
            token = substr(token, 2, length(token) - 2)
            if (s ~ /^[ \t\r]*:/) key[depth] = token
            else if (depth == 2 && key[1] == outer && key[2] == inner) return token
        }
    }
    return ""
}

# JSON's escapes undone: \" \\ \/ \n \t \uXXXX.
function unescape(s,    out, at, c) {
    while ((at = index(s, "\\")) > 0) {
        out = out substr(s, 1, at - 1)
        c = substr(s, at + 1, 1)
        if (c == "u") {
            out = out letter(tolower(substr(s, at + 2, 4)))
            s = substr(s, at + 6)
        } else {
            out = out (index("ntrbf", c) ? " " : c)
            s = substr(s, at + 2)
        }
    }
    return out s
}

# The letter of four hexadecimal digits; a space where it is neither ASCII nor in the table.
function letter(hex,    i, n) {
    for (i = 1; i <= 4; i++) n = n * 16 + index("123456789abcdef", substr(hex, i, 1))
    if (n > 31 && n < 127) return sprintf("%c", n)
    return (hex in PLAIN) ? PLAIN[hex] : " "
}

function fold(s,    from) {
    for (from in FOLD) gsub(from, FOLD[from], s)
    s = tolower(s)
    gsub(/'/, "", s)
    gsub(/[^a-z0-9.?!]+/, " ", s)
    return s
}
