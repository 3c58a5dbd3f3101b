# Naive Bayes (multinomial, add-half smoothing) over word stems and their pairs, trained at every start on
# apps/train.tsv: 202 older tickets, none of them in the dataset. Runs after ticket.awk.
function learn(class, text,    i, n, word) {
    DOCS[class]++
    n = features(text, word)
    for (i = 1; i <= n; i++) {
        COUNT[class, word[i]]++
        SIZE[class]++
        if (!(word[i] in SEEN)) {
            SEEN[word[i]] = 1
            VOCABULARY++
        }
    }
}

# The first four letters of every word of two or more, then pairs of neighbours.
function features(text, word,    i, n, m, stems, part) {
    gsub(/[^a-z0-9]+/, " ", text)
    n = split(text, part, " ")
    for (i = 1; i <= n; i++) if (length(part[i]) > 1) word[++m] = substr(part[i], 1, 4)
    stems = m
    for (i = 2; i <= stems; i++) word[++m] = word[i - 1] "_" word[i]
    return m + 0
}

END {
    while ((getline line < "apps/train.tsv") > 0) {
        tab = index(line, "\t")
        learn(substr(line, 1, tab - 1), fold(substr(line, tab + 1)))
    }
    classes = split("account billing bug other", class, " ")
    for (c = 1; c <= classes; c++) chance[c] = DOCS[class[c]]
    n = features(TEXT, word)
    for (i = 1; i <= n; i++) {
        if (!(word[i] in SEEN)) continue
        sum = 0
        for (c = 1; c <= classes; c++) {
            chance[c] *= (COUNT[class[c], word[i]] + 0.5) / (SIZE[class[c]] + 0.5 * VOCABULARY)
            sum += chance[c]
        }
        # Shares instead of logarithms: some builds of awk come without mathematics.
        for (c = 1; c <= classes; c++) chance[c] /= sum
    }
    best = 1
    for (c = 2; c <= classes; c++) if (chance[c] > chance[best]) best = c
    print class[best]
}
