//! Nouns with their numbers: our own, and those that people name the fields of a dataset by.

/// `1 case`, `2 cases`, `3 batches`, `20 queries`.
#[must_use]
pub fn counted(count: u64, noun: &str) -> String {
    format!("{count} {}", agreed(count, noun))
}

/// The noun as it stands behind that number.
#[must_use]
pub fn agreed(count: u64, noun: &str) -> String {
    if count == 1 { noun.to_owned() } else { plural(noun) }
}

/// The plural of an English noun, or of the name of a field that ends in one. What looks like a plural stays, and so does
/// what does not end in a letter of English.
fn plural(noun: &str) -> String {
    let lower = noun.to_ascii_lowercase();
    let ends = |endings: &[&str]| endings.iter().any(|ending| lower.ends_with(ending));
    let mut letters = lower.chars().rev();
    let (last, before) = (letters.next(), letters.next());
    let (cut, ending) = match last {
        Some('y') if before.is_some_and(|c| c.is_ascii_alphabetic() && !"aeiou".contains(c)) => (1, "ies"),
        Some('s') if ends(&["sis", "xis"]) => (2, "es"),
        Some('s') if !ends(&["ss", "us"]) => (0, ""),
        Some('s' | 'x') => (0, "es"),
        Some('h') if ends(&["ch", "sh"]) => (0, "es"),
        Some('a'..='z') => (0, "s"),
        _ => (0, ""),
    };
    let is_upper = ending.len() > 1 && noun.ends_with(|last: char| last.is_ascii_uppercase());
    let ending = if is_upper { ending.to_ascii_uppercase() } else { ending.to_owned() };
    // Endings that are cut are ASCII.
    format!("{}{ending}", &noun[..noun.len() - cut])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nouns_agree_with_their_number() {
        assert_eq!(counted(1, "case"), "1 case");
        assert_eq!(counted(0, "run"), "0 runs");
        assert_eq!(counted(2, "batch"), "2 batches");
        assert_eq!(counted(1, "stored answer"), "1 stored answer");
    }

    #[test]
    fn names_of_fields_have_plurals() {
        for (one, many) in [
            ("customer_id", "customer_ids"),
            ("query", "queries"),
            ("customer.country", "customer.countries"),
            ("CATEGORY", "CATEGORIES"),
            ("day", "days"),
            ("survey", "surveys"),
            ("class", "classes"),
            ("address", "addresses"),
            ("status", "statuses"),
            ("tax", "taxes"),
            ("branch", "branches"),
            ("wish", "wishes"),
            ("path", "paths"),
            ("diagnosis", "diagnoses"),
            ("axis", "axes"),
            ("CustomerID", "CustomerIDs"),
            ("users", "users"),
            ("customers", "customers"),
            ("series", "series"),
            ("level2", "level2"),
            ("客户", "客户"),
            ("y", "ys"),
            ("", ""),
        ] {
            assert_eq!(plural(one), many);
        }
    }
}
