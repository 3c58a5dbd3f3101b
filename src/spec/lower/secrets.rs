//! Rule 7: `${NAME}` stands for an environment variable only where a secret may go, and is an error anywhere else.
//! Nothing is read here; the transport fills it in.
use super::super::diagnostic::Diagnostic;
use super::super::yaml::{Node, Value};
use super::context::Lowering;

/// Keys under which `${NAME}` may stand, wherever they are.
const ALLOWED: &[&str] = &["providers", "env", "headers", "url", "base_url"];
/// Keys under which texts are data, not settings.
const DATA: &[&str] = &["cases"];

impl Lowering<'_> {
    /// Looks through the whole file.
    pub(super) fn secrets(&mut self, node: &Node) {
        match &node.value {
            Value::Scalar(scalar) => {
                if let Some((at, name)) = variable(&scalar.text) {
                    let place = self.place(node.span);
                    let written = format!("${{{name}}}");
                    let raw = &self.source.text()[place.range.clone()];
                    let start = place.range.start + raw.find(&written).unwrap_or(at.min(raw.len()));
                    let place = super::super::source::Place::new(&self.source, start..start + written.len());
                    self.report(
                        Diagnostic::error(format!("`{written}` may not stand here"))
                            .at(place)
                            .label("would be sent as written")
                            .hint("environment variables go into provider settings, urls, headers and a command's `env` only"),
                    );
                }
            }
            Value::Sequence(items) => items.iter().for_each(|item| self.secrets(item)),
            Value::Mapping(mapping) => {
                for entry in &mapping.entries {
                    let key = entry.key.text.as_str();
                    if !ALLOWED.contains(&key) && !DATA.contains(&key) {
                        self.secrets(&entry.value);
                    }
                }
            }
            Value::Invalid => {}
        }
    }
}

/// The first `${NAME}` of a text.
fn variable(text: &str) -> Option<(usize, &str)> {
    text.match_indices("${").find_map(|(at, _)| {
        let name = &text[at + 2..at + text[at..].find('}')?];
        let first = name.chars().next()?;
        let valid = (first.is_ascii_alphabetic() || first == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        valid.then_some((at, name))
    })
}

#[cfg(test)]
mod tests {
    use super::variable;

    #[test]
    fn only_names_in_braces_are_variables() {
        assert_eq!(variable("a ${HOME} b"), Some((2, "HOME")));
        for text in ["$HOME", "${}", "${a b}", "${", "{HOME}", "${1}"] {
            assert_eq!(variable(text), None, "{text}");
        }
    }
}
