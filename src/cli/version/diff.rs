//! `proto version diff`: what differs between two versions.
use serde_json::{Value, json};
use similar::TextDiff;

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::{Exit, references};
use super::args::opened;
use super::parts::{Change, changes};

/// Lines shown around a difference.
const AROUND: usize = 3;

/// Tells them apart.
pub(super) fn run(a: &str, b: &str, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let (_, known) = opened(context)?;
    let find = |text: &str| known.find(text).map_err(|error| references::refused(&error));
    let (a, b) = (find(a)?, find(b)?);
    let (from, to) = (format!("{}@{}", a.name, a.label), format!("{}@{}", b.name, b.label));
    let changed = a.signature_hash != b.signature_hash;
    let changes = changes(&a.closure, &b.closure);
    if context.json {
        let rows: Vec<Value> = changes
            .iter()
            .map(|change| {
                let text = change.texts().map(|texts| unified(&texts, &change.path, &from, &to));
                json!({"part": change.path, "kind": change.kind(), "a": change.a, "b": change.b, "diff": text})
            })
            .collect();
        let body = json!({"a": from, "b": to, "a_hash": a.hash.to_string(), "b_hash": b.hash.to_string(),
                          "signature_changed": changed, "changes": rows});
        context.document("proto.versions/1", body)?;
        return Ok(Exit::Done);
    }
    context.tell(
        "",
        0,
        &format!("{from} → {to}, signature changed: {}", if changed { "yes" } else { "no" }),
    )?;
    if changes.is_empty() {
        writeln!(context.out, "they are the same:\n  {}", a.hash)?;
    }
    for change in &changes {
        write(change, &from, &to, context)?;
    }
    Ok(Exit::Done)
}

fn write(change: &Change, from: &str, to: &str, context: &mut Context<'_>) -> Result<(), CommandError> {
    let role = |value: &Option<Value>| value.as_ref().and_then(|value| value.get("role").cloned());
    match change.texts() {
        Some(texts) => {
            writeln!(context.out, "\n{} {}", change.path, change.kind())?;
            if let (Some(a), Some(b)) = (role(&change.a), role(&change.b))
                && a != b
            {
                writeln!(context.out, "  role: {a} → {b}")?;
            }
            write!(context.out, "{}", unified(&texts, &change.path, from, to))?;
        }
        None => {
            let shown =
                |value: &Option<Value>| value.as_ref().map_or_else(|| "–".to_owned(), Value::to_string);
            writeln!(context.out, "  {}: {} → {}", change.path, shown(&change.a), shown(&change.b))?;
        }
    }
    Ok(())
}

fn unified((a, b): &(String, String), path: &str, from: &str, to: &str) -> String {
    let diff = TextDiff::from_lines(a, b);
    let headed = (format!("{from} {path}"), format!("{to} {path}"));
    diff.unified_diff().context_radius(AROUND).header(&headed.0, &headed.1).to_string()
}
