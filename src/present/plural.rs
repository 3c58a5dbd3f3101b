//! Numbers with their nouns.

/// `1 case`, `2 cases`, `3 batches`.
#[must_use]
pub fn counted(n: u64, noun: &str) -> String {
    let ending = match noun {
        _ if n == 1 => "",
        _ if noun.ends_with("ch") || noun.ends_with('s') => "es",
        _ => "s",
    };
    format!("{n} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn nouns_agree_with_their_number() {
        assert_eq!(super::counted(1, "case"), "1 case");
        assert_eq!(super::counted(0, "run"), "0 runs");
        assert_eq!(super::counted(2, "batch"), "2 batches");
    }
}
