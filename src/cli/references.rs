//! What references to versions may name: the registered versions and tags of a project.
use super::context::Context;
use super::error::CommandError;
use super::place;
use crate::domain::{Digest, Experiment};
use crate::plan::{Known, ReferenceError};
use crate::stores::Reader;

/// Everything a store knows of a project's versions.
///
/// # Errors
/// The store fails.
pub fn known(reader: &mut dyn Reader, project: Option<&str>) -> Result<Known, CommandError> {
    Ok(Known { versions: reader.versions(project)?, tags: reader.tag_log(project)? })
}

/// The same for an experiment's project; nothing where there is no store yet.
///
/// # Errors
/// The store fails.
pub fn of_experiment(experiment: &Experiment, context: &Context<'_>) -> Result<Known, CommandError> {
    match place::open(context, Some(&experiment.project_dir), false) {
        Ok(store) => known(store.reader()?.as_mut(), Some(&experiment.project)),
        Err(error) if error.kind == "input" => Ok(Known::default()),
        Err(error) => Err(error),
    }
}

/// What a run filter takes: a name alone means all its versions, any other reference one.
///
/// # Errors
/// It names none.
pub fn filter(
    reader: &mut dyn Reader,
    project: &str,
    text: Option<&str>,
) -> Result<(Option<String>, Option<Digest>), CommandError> {
    let Some(text) = text else { return Ok((None, None)) };
    let known = known(reader, Some(project))?;
    if known.latest(text).is_some() {
        return Ok((Some(text.to_owned()), None));
    }
    let found = known.find(text).map_err(|error| refused(&error))?;
    Ok((Some(found.name.clone()), Some(found.hash)))
}

/// A reference that names nothing, in the command line's words.
pub fn refused(error: &ReferenceError) -> CommandError {
    CommandError::input(error.to_string()).hint(error.hint())
}
