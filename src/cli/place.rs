//! Where the store is: `--store`, else `.proto/proto.db` found upward from here like `.git`, else beside the project.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::context::Context;
use super::error::CommandError;
use crate::stores::{Place, STORES, Store};

/// The store's name inside a project.
pub const FILE: &str = ".proto/proto.db";

/// Reads `--store`: a path, or `SCHEME:…` of a store that has a scheme, such as `memory:`.
///
/// # Errors
/// A URL of a store that does not exist.
pub fn parse(text: &str, folder: &Path) -> Result<Place, CommandError> {
    match (Place::parse(text, folder), text.split_once("://")) {
        (Place::File(_), Some((scheme, _))) => {
            let known = STORES.names().collect::<Vec<_>>().join(", ");
            Err(CommandError::input(format!("no store speaks `{scheme}://`"))
                .hint(format!("the stores are: {known}")))
        }
        (place, _) => Ok(place),
    }
}

/// Opens the store of the project the person stands in, or of `project` when a file says which.
///
/// # Errors
/// There is none yet (unless `create`), or it cannot be opened.
pub fn open(
    context: &Context<'_>,
    project: Option<&Path>,
    create: bool,
) -> Result<Arc<dyn Store>, CommandError> {
    let place = context.store.clone().unwrap_or_else(|| Place::File(find(&context.folder, project)));
    if let (Place::File(path), false) = (&place, create)
        && !path.exists()
    {
        return Err(CommandError::input(format!(
            "there is no store yet: `{}`",
            shown(path, &context.folder)
        ))
        .hint("`proto run FILE` makes it; `--store PATH` names one that lies elsewhere"));
    }
    Ok(place.open(create)?)
}

/// The store's file: the project's when a file says which, else the nearest upward, else here.
fn find(folder: &Path, project: Option<&Path>) -> PathBuf {
    if let Some(project) = project {
        return project.join(FILE);
    }
    folder
        .ancestors()
        .map(|above| above.join(FILE))
        .find(|path| path.exists())
        .unwrap_or_else(|| folder.join(FILE))
}

/// The folder of the project whose store is open: nothing of a version lies outside it.
#[must_use]
pub fn project(context: &Context<'_>) -> PathBuf {
    let file = match &context.store {
        Some(Place::File(path)) if path.ends_with(FILE) => path.clone(),
        Some(_) => return context.folder.clone(),
        None => find(&context.folder, None),
    };
    file.ancestors().nth(2).unwrap_or(&context.folder).to_path_buf()
}

/// A path as people would type it from here.
#[must_use]
pub fn shown(path: &Path, folder: &Path) -> String {
    path.strip_prefix(folder).unwrap_or(path).display().to_string()
}
