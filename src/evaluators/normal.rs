//! How texts are made comparable: `trim`, `ignore_case`, `normalize`, the same wherever texts are compared. Owns
//! those keys; judges nothing.
use std::borrow::Cow;

use super::OptionError;
use super::options::Options;
use crate::registry::{Key, Kind};

/// What every comparison of texts reads.
pub(super) const KEYS: &[Key] = &[
    Key::optional("expected", Kind::Any, "What the answer is held against (default `{{ expected }}`)"),
    Key::optional("value", Kind::Any, "The same as `expected`, as other tools spell it"),
    Key::optional("actual", Kind::Any, "What is judged (default the answer's text)"),
    TRIM,
    IGNORE_CASE,
    NORMALIZE,
];

/// White space at the ends.
pub(super) const TRIM: Key =
    Key::optional("trim", Kind::Bool, "Leave white space at the ends aside (default true)");
/// Case.
pub(super) const IGNORE_CASE: Key =
    Key::optional("ignore_case", Kind::Bool, "Leave upper and lower case aside (default false)");
/// White space within, punctuation at the ends.
pub(super) const NORMALIZE: Key = Key::optional(
    "normalize",
    Kind::Bool,
    "Collapse white space and strip punctuation at the ends (default false)",
);

/// What opens a text and is stripped by `normalize`. Signs, currencies and the decimal point are not: `-5` is not `5`.
const OPENING: &[char] = &['"', '\'', '`', '*', '_', '(', '[', '{'];
/// What closes a text and is stripped by `normalize`. `%` is not.
const CLOSING: &[char] = &['.', ',', ';', ':', '!', '?', '"', '\'', '`', '*', '_', ')', ']', '}'];

/// The normal form texts are compared in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Normal {
    trim: bool,
    ignore_case: bool,
    normalize: bool,
}

impl Normal {
    /// Reads the three options.
    pub fn new(options: Options<'_>) -> Result<Self, OptionError> {
        Ok(Self {
            trim: options.bool("trim", true)?,
            ignore_case: options.bool("ignore_case", false)?,
            normalize: options.bool("normalize", false)?,
        })
    }

    /// The normal form; borrowed where nothing but the ends changes.
    pub fn of<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(if self.trim { text.trim() } else { text });
        if self.normalize {
            text = Cow::Owned(stripped(&text.split_whitespace().collect::<Vec<_>>().join(" ")).to_owned());
        }
        if self.ignore_case {
            text = Cow::Owned(text.to_lowercase());
        }
        text
    }
}

/// Without punctuation at the ends, unless nothing else is left.
fn stripped(text: &str) -> &str {
    let bare = text
        .trim_start_matches(|c: char| c == ' ' || OPENING.contains(&c))
        .trim_end_matches(|c: char| c == ' ' || CLOSING.contains(&c));
    if bare.is_empty() { text } else { bare }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normalising_never_makes_different_values_equal() {
        let normal = Normal { trim: true, ignore_case: true, normalize: true };
        assert_eq!(normal.of(" **The\n  Answer.** "), "the answer");
        assert_eq!(normal.of("-5."), "-5");
        assert_eq!(normal.of(".5"), ".5");
        assert_eq!(normal.of("5%"), "5%");
        assert_ne!(normal.of("?"), normal.of("!"));
    }

    #[test]
    fn white_space_counts_when_it_is_asked_to() {
        let normal = Normal { trim: false, ignore_case: false, normalize: false };
        assert_eq!(normal.of(" a "), " a ");
    }
}
