//! `proto version show`: one version and its closure, whole.
use serde_json::{Value, json};

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::{Exit, references};
use super::args::opened;
use super::list::row_json;
use super::recorded;
use super::tally::Tally;
use crate::formats::numbers;
use crate::stores::VersionEdit;

/// Columns of the labels.
const LABELS: usize = 12;

/// Shows it.
pub(super) fn run(reference: &str, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let (mut reader, known) = opened(context)?;
    let version = known.find(reference).map_err(|error| references::refused(&error))?;
    let recorded = recorded::of(reader.as_mut(), &version.name, &version.hash)?;
    let edits = reader.edits(&version.project, &version.name, &version.hash)?;
    if context.json {
        let mut body = row_json(version, &known, &Tally::default());
        if let Some(map) = body.as_object_mut() {
            // Counting would read every run: lists do.
            map.remove("runs");
            map.remove("scores");
            map.insert("metadata".to_owned(), json!(version.metadata));
            map.insert("recorded".to_owned(), recorded.json());
            map.insert("edits".to_owned(), edits.iter().map(edit_json).collect());
            map.insert("closure".to_owned(), version.closure.clone());
        }
        context.document("proto.versions/1", json!({ "version": body }))?;
        return Ok(Exit::Done);
    }
    // A hash is copied, so it stays in one piece.
    writeln!(context.out, "{}@{}\n  {}", version.name, version.label, version.hash)?;
    writeln!(context.out, "signature\n  {}", version.signature_hash)?;
    context.tell("registered", LABELS, &numbers::moment(version.registered))?;
    let tags: Vec<&str> = known.tags_of(version).iter().map(|tag| tag.tag.as_str()).collect();
    if !tags.is_empty() {
        context.tell("tags", LABELS, &tags.join(", "))?;
    }
    if let Some(description) = &version.description {
        context.tell("about", LABELS, description)?;
    }
    for (i, line) in recorded.dependencies().iter().enumerate() {
        context.tell(if i == 0 { "leans on" } else { "" }, LABELS, line)?;
    }
    if let [_, edits @ ..] = edits.as_slice() {
        for edit in edits {
            let edit = format!("{} by {} ({})", numbers::moment(edit.at), edit.by.who, edit.by.why);
            context.tell("edited", LABELS, &edit)?;
        }
    }
    let closure = serde_json::to_string_pretty(&version.closure).unwrap_or_default();
    writeln!(context.out, "\n{closure}")?;
    Ok(Exit::Done)
}

/// A state of what lies outside the hash.
fn edit_json(edit: &VersionEdit) -> Value {
    json!({"at": edit.at.to_string(), "who": edit.by.who, "why": edit.by.why, "description": edit.description,
           "tags": edit.tags, "metadata": edit.metadata})
}
