//! `${NAME}` in a header, an address or a program's environment. Knows no environment: it is told the values.
use std::borrow::Cow;

/// The names written as `${NAME}` in a text, in order.
pub(super) fn names(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((_, name, after)) = next(rest) {
        found.push(name);
        rest = after;
    }
    found
}

/// The text with every `${NAME}` that has a value replaced by it; the others stay as they are written. Values are
/// not looked into again.
pub(super) fn fill<'a>(text: &'a str, value: impl Fn(&str) -> Option<String>) -> Cow<'a, str> {
    if !text.contains("${") {
        return Cow::Borrowed(text);
    }
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, name, after)) = next(rest) {
        filled.push_str(before);
        match value(name) {
            Some(value) => filled.push_str(&value),
            None => filled.push_str(&rest[before.len()..rest.len() - after.len()]),
        }
        rest = after;
    }
    filled.push_str(rest);
    Cow::Owned(filled)
}

/// The next placeholder: what stands before it, its name, what stands after it.
fn next(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(start) = text[from..].find("${").map(|at| from + at) {
        let inside = &text[start + 2..];
        match inside.find('}') {
            Some(end) if is_name(&inside[..end]) => {
                return Some((&text[..start], &inside[..end], &inside[end + 1..]));
            }
            _ => from = start + 2,
        }
    }
    None
}

/// A letter or underscore, then letters, digits and underscores.
fn is_name(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_filled_and_the_rest_stays() {
        let value = |name: &str| (name == "A").then(|| "${B}".to_owned());
        assert_eq!(fill("x${A}-${B}-${ A}-${}-${A", value), "x${B}-${B}-${ A}-${}-${A");
        assert_eq!(fill("${${A}", value), "${${B}");
        assert_eq!(names("${A}${B_1} ${1C} $D"), ["A", "B_1"]);
    }
}
