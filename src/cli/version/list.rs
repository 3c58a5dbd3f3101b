//! `proto version list`: every X.Y with what is known of it.
use serde_json::{Value, json};

use super::super::Exit;
use super::super::context::Context;
use super::super::error::CommandError;
use super::args::opened;
use super::tag::change_json;
use super::tally::{self, Tally};
use crate::formats::{self, numbers};
use crate::plan::Known;
use crate::stores::StoredVersion;

/// Lists them.
pub(super) fn run(name: Option<&str>, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let (mut reader, known) = opened(context)?;
    if let Some(name) = name.filter(|name| known.latest(name).is_none()) {
        let error = known.find(name).err();
        let hint =
            error.map_or_else(|| "it is a tag: `proto version show` takes it".to_owned(), |e| e.hint());
        return Err(CommandError::input(format!("no version `{name}` is registered")).hint(hint));
    }
    let Some(project) = known.versions.first().map(|version| version.project.clone()) else {
        context.say("no version is registered yet")?;
        return Ok(Exit::Done);
    };
    let tallies = tally::of_project(reader.as_mut(), &project)?;
    let listed: Vec<&StoredVersion> =
        known.versions.iter().filter(|version| name.is_none_or(|name| version.name == name)).collect();
    let tally = |version: &StoredVersion| {
        tallies.get(&(version.name.clone(), version.hash)).cloned().unwrap_or_default()
    };
    if context.json {
        let rows: Vec<Value> =
            listed.iter().map(|version| row_json(version, &known, &tally(version))).collect();
        let log: Vec<Value> = known.tags.iter().map(|change| change_json(change, &known)).collect();
        context.document(
            "proto.versions/1",
            json!({"project": project, "versions": rows, "tag_changes": log}),
        )?;
        return Ok(Exit::Done);
    }
    let rows = listed.iter().map(|version| row(version, &known, &tally(version)));
    let head = ["version", "hash", "registered", "signature", "tags", "runs", "mean scores"];
    let table = formats::grid(&head, rows, context.layout);
    write!(context.out, "{table}")?;
    Ok(Exit::Done)
}

/// Whether the interface is another than the version's before it; `None` for the first of a name.
pub(super) fn signature_changed(version: &StoredVersion, known: &Known) -> Option<bool> {
    before(version, known).map(|before| before.signature_hash != version.signature_hash)
}

/// The version of the same name before this one.
pub(super) fn before<'k>(version: &StoredVersion, known: &'k Known) -> Option<&'k StoredVersion> {
    known.named(&version.name).filter(|other| other.label < version.label).max_by_key(|other| other.label)
}

fn row(version: &StoredVersion, known: &Known, tally: &Tally) -> Vec<String> {
    let score = |((name, _), mean): (&(String, crate::domain::Digest), &tally::Mean)| {
        format!("{name} {}", mean.value().map_or_else(|| "–".to_owned(), numbers::score))
    };
    vec![
        format!("{}@{}", version.name, version.label),
        // As many digits as a reference needs, and the day: the scores are what people look for.
        version.hash.hex()[..7].to_owned(),
        numbers::day(version.registered),
        match signature_changed(version, known) {
            None => "first".to_owned(),
            Some(true) => "changed".to_owned(),
            Some(false) => "same".to_owned(),
        },
        known.tags_of(version).iter().map(|tag| tag.tag.as_str()).collect::<Vec<_>>().join(", "),
        tally.runs.to_string(),
        tally.scores.iter().map(score).collect::<Vec<_>>().join(", "),
    ]
}

/// One version in `proto.versions/1`, as lists show it.
pub(super) fn row_json(version: &StoredVersion, known: &Known, tally: &Tally) -> Value {
    let score = |((name, hash), mean): (&(String, crate::domain::Digest), &tally::Mean)| json!({"evaluator": name, "evaluator_hash": hash.to_string(), "mean": mean.value(), "n": mean.n});
    json!({
        "project": version.project, "name": version.name, "label": version.label.to_string(),
        "hash": version.hash.to_string(), "signature_hash": version.signature_hash.to_string(),
        "signature_changed": signature_changed(version, known), "registered_at": version.registered.to_string(),
        "provider": version.provider, "model": version.model, "description": version.description,
        "tags": known.tags_of(version).iter().map(|tag| tag.tag.as_str()).collect::<Vec<_>>(),
        "declared_tags": version.tags, "runs": tally.runs,
        "scores": tally.scores.iter().map(score).collect::<Vec<_>>(),
    })
}
