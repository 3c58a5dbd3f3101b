//! `proto version explain`: what went into a hash, and why X or Y moved.
use serde_json::{Value, json};

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::{Exit, references};
use super::args::opened;
use super::list::before;
use super::parts::{changes, parts};
use super::recorded;
use crate::domain::Digest;
use crate::formats;
use crate::plan::Known;
use crate::stores::StoredVersion;

/// Explains it.
pub(super) fn run(reference: &str, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let (mut reader, known) = opened(context)?;
    let version = known.find(reference).map_err(|error| references::refused(&error))?;
    let why = why(version, &known);
    let parts = parts(&version.closure);
    let recorded = recorded::of(reader.as_mut(), &version.name, &version.hash)?;
    if context.json {
        let rows: Vec<Value> = parts
            .iter()
            .map(|(part, value)| json!({"part": part, "hash": Digest::of_json(value).to_string(), "value": value}))
            .collect();
        let body = json!({"version": version.name, "label": version.label.to_string(),
            "hash": version.hash.to_string(), "signature_hash": version.signature_hash.to_string(),
            "parts": rows, "why": why, "recorded": recorded.json()});
        context.document("proto.versions/1", body)?;
        return Ok(Exit::Done);
    }
    writeln!(context.out, "{}@{}\n  {}", version.name, version.label, version.hash)?;
    writeln!(context.out, "SHA-256 of the RFC 8785 JSON of its closure, whose parts are:\n")?;
    let rows = parts.iter().map(|(part, value)| {
        let text = value.get("text").unwrap_or(value);
        let text = text.as_str().map_or_else(|| text.to_string(), str::to_owned);
        vec![
            part.clone(),
            Digest::of_json(value).short(),
            formats::numbers::clip(&text.replace('\n', "⏎"), 48),
        ]
    });
    let table = formats::grid(&["part", "hash", "what"], rows, context.layout);
    writeln!(context.out, "{table}")?;
    context.tell("", 0, &why)?;
    let dependencies = recorded.dependencies();
    if !dependencies.is_empty() {
        writeln!(context.out, "\nrecorded beside the hash, in the latest batch:")?;
    }
    for line in dependencies {
        context.tell("", 2, &line)?;
    }
    for line in recorded.changes() {
        context.tell("", 0, &line)?;
    }
    Ok(Exit::Done)
}

/// Why the version has its X.Y.
fn why(version: &StoredVersion, known: &Known) -> String {
    let Some(before) = before(version, known) else {
        return format!("{} is the first version of `{}`", version.label, version.name);
    };
    let changed: Vec<String> = changes(&before.closure, &version.closure)
        .iter()
        .map(|change| format!("{} {}", change.path, change.kind()))
        .collect();
    let changed = changed.join(", ");
    if before.signature_hash == version.signature_hash {
        format!(
            "Y moved from {} to {}: the signature is the same, and {changed}",
            before.label, version.label
        )
    } else {
        format!(
            "X moved from {} to {}: the signature changed (input variables, output schema or tools), and {changed}",
            before.label, version.label
        )
    }
}
