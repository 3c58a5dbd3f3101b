//! `levenshtein`: how alike the answer and the expected text are, 1 − d / max(length) with the edit distance d and
//! lengths in characters (Levenshtein 1966; the normalisation of rapidfuzz and autoevals).
use super::normal::{KEYS, Normal};
use super::options::Options;
use super::resolved::{Found, Resolved};
use super::{Answer, Evaluator, Member, OptionError, Subject};
use crate::domain::{Map, Verdict};
use crate::registry::Row;

pub(super) const ROW: Row<Member> = Row {
    name: "levenshtein",
    aliases: &["Levenshtein", "levenshtein-similarity", "levenshtein_similarity", "edit-distance"],
    doc: "How alike the answer and the expected text are, by edit distance",
    keys: KEYS,
    make: Member { make, example: "{}", shorthand: Some("expected"), weight: 1.0, binary: false },
};

/// Cells of the distance's table that are computed at most: about a second's work. Beyond it the evaluator fails,
/// since a shorter comparison would be another number.
const MOST_CELLS: usize = 400_000_000;

#[derive(Debug)]
struct Levenshtein {
    expected: Resolved,
    actual: Option<Resolved>,
    normal: Normal,
}

fn make(options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let options = Options(options);
    let (expected, actual) = (options.expected()?, options.resolved("actual")?);
    Ok(Box::new(Levenshtein { expected, actual, normal: Normal::new(options)? }))
}

impl Evaluator for Levenshtein {
    fn judge(&self, subject: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        self.verdict(subject).unwrap_or_else(|verdict| verdict)
    }
}

impl Levenshtein {
    fn verdict(&self, subject: &Subject<'_>) -> Result<Verdict, Verdict> {
        let expected = self.expected.find(subject)?;
        let actual = self.actual.as_ref().map_or(Ok(Found::Text(subject.text())), |a| a.find(subject))?;
        let (expected, actual) = (expected.text(), actual.text());
        Ok(similarity(&self.normal.of(&expected), &self.normal.of(&actual)))
    }
}

fn similarity(expected: &str, actual: &str) -> Verdict {
    let (left, right): (Vec<char>, Vec<char>) = (expected.chars().collect(), actual.chars().collect());
    let longest = left.len().max(right.len());
    if longest == 0 {
        return Verdict::score(1.0);
    }
    // What both begin and end with changes nothing about the distance.
    let same = |pair: &(&char, &char)| pair.0 == pair.1;
    let start = left.iter().zip(&right).take_while(same).count();
    let (left, right) = (&left[start..], &right[start..]);
    let end = left.iter().rev().zip(right.iter().rev()).take_while(same).count();
    let (left, right) = (&left[..left.len() - end], &right[..right.len() - end]);
    if left.len().saturating_mul(right.len()) > MOST_CELLS {
        return Verdict::Failed(format!(
            "texts of {} and {} characters are too long",
            left.len(),
            right.len()
        ));
    }
    let distance = strsim::generic_levenshtein(&Chars(left), &Chars(right));
    Verdict::score(1.0 - distance as f64 / longest as f64).because(format!("edit distance {distance}"))
}

/// What `strsim` can iterate by reference.
struct Chars<'c>(&'c [char]);

impl<'c> IntoIterator for &Chars<'c> {
    type Item = char;
    type IntoIter = std::iter::Copied<std::slice::Iter<'c, char>>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::evaluators::tests::{Fixture, judge};

    #[test]
    fn similarity_is_by_characters_and_symmetric() {
        for (left, right, distance, longest) in [
            ("kitten", "sitting", 3.0, 7.0),
            ("äöü", "aou", 3.0, 3.0),
            ("abc", "", 3.0, 3.0),
            ("flaw", "lawn", 2.0, 4.0),
            ("aXb", "ab", 1.0, 3.0),
            ("same", "same", 0.0, 4.0),
        ] {
            let score = Some(1.0 - distance / longest);
            assert_eq!(similarity(left, right).value(), score, "{left} {right}");
            assert_eq!(similarity(right, left).value(), score, "{right} {left}");
        }
        assert_eq!(similarity("", "").value(), Some(1.0));
    }

    #[test]
    fn options_apply_before_the_distance() {
        let fixture = Fixture::answering(" ABC\n").expected(json!("abc"));
        assert_eq!(judge("levenshtein", json!({"ignore_case": true}), &fixture).value(), Some(1.0));
    }

    #[test]
    fn hopelessly_long_texts_fail_rather_than_hang() {
        let (left, right) = ("a".repeat(30_000), "b".repeat(30_000));
        assert!(matches!(similarity(&left, &right), Verdict::Failed(_)));
        assert_eq!(similarity(&left, &left).value(), Some(1.0));
    }
}
