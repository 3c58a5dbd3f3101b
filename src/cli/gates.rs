//! Gates as people write them, in a file or behind `--require`: one reader for every command.
use super::error::CommandError;
use crate::domain::Gate;
use crate::spec::gate;

/// Reads gates as people write them.
///
/// # Errors
/// One does not parse.
pub fn parse(texts: &[String]) -> Result<Vec<Gate>, CommandError> {
    texts
        .iter()
        .map(|text| {
            gate::parse(text).map_err(|error| {
                CommandError::input(format!("gate `{text}`: {error}")).maybe_hint(error.hint.clone())
            })
        })
        .collect()
}
