//! `proto merge`: other stores into this one. They are read and never changed.
use std::path::Path;

use serde_json::{Value, json};

use super::context::Context;
use super::error::CommandError;
use super::{Exit, place};
use crate::domain::counted;
use crate::stores::{Merged, Place, merge};

/// Copy batches, versions, runs and decisions of other stores into this one
#[derive(Debug, clap::Args)]
#[command(
    after_help = "What is there already stays as it is, so merging again copies nothing twice; of each \
    store all is copied, or nothing. A version is the same where its hash is, and its X.Y \
    is that of the store it is copied into. Stored answers (`proto cache`) are not copied.\n\n\
    Examples:\n  proto merge part1.db part2.db\n  proto merge part*.db --into all.db\n  \
    proto compare --store all.db   # parts of one split are compared as one"
)]
pub struct Args {
    /// The stores to copy from; they stay as they are
    #[arg(required = true, value_name = "STORE")]
    stores: Vec<String>,
    /// The store to copy into, made where it is missing [default: `--store`, else .proto/proto.db]
    #[arg(long, value_name = "STORE")]
    into: Option<String>,
}

/// Merges each in turn: all of a store, or nothing of it.
///
/// # Errors
/// A store cannot be read, is the destination itself, or the destination cannot be written.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    if let Some(text) = &args.into {
        context.store = Some(place::parse(text, &context.folder)?);
    }
    let mut sources = Vec::with_capacity(args.stores.len());
    for text in &args.stores {
        let source = place::parse(text, &context.folder)?;
        if let Place::File(path) = &source
            && !path.is_file()
        {
            return Err(CommandError::input(format!("there is no store `{text}`"))
                .hint("a store is a file that `proto run --store FILE` made"));
        }
        sources.push((text, source));
    }
    let destination = place::open(context, None, true)?;
    let here = destination.place();
    let mut rows: Vec<Value> = Vec::new();
    for (text, source) in sources {
        if is_same(&source, Path::new(&here)) {
            return Err(CommandError::input(format!("`{text}` is the store to copy into"))
                .hint("`--into OTHER.db` names another"));
        }
        let scratch = tempfile::tempdir()
            .map_err(|error| CommandError::world(format!("no temporary folder: {error}")))?;
        let merged = merge(source.look(scratch.path())?.as_ref(), destination.as_ref())?;
        if context.json {
            rows.push(document(text, &merged));
        } else {
            tell(text, &merged, context)?;
        }
    }
    if context.json {
        context.document("proto.merge/1", json!({ "into": here, "stores": rows }))?;
    } else {
        context.say(&format!("into {}", place::shown(Path::new(&here), &context.folder)))?;
    }
    Ok(Exit::Done)
}

fn is_same(source: &Place, here: &Path) -> bool {
    let Place::File(path) = source else { return false };
    matches!((path.canonicalize(), here.canonicalize()), (Ok(a), Ok(b)) if a == b)
}

fn tell(text: &str, merged: &Merged, context: &mut Context<'_>) -> Result<(), CommandError> {
    if merged.is_nothing() {
        context.tell("", 0, &format!("{text}: nothing new"))?;
    } else {
        let counts = [
            (merged.batches, "batch"),
            (merged.versions, "new version"),
            (merged.runs, "run"),
            (merged.scores, "score"),
            (merged.tags, "change of tags"),
            (merged.decisions, "decision"),
        ];
        let said = counts.iter().filter(|(n, _)| *n > 0).map(|(n, noun)| match *noun {
            "change of tags" if *n != 1 => format!("{n} changes of tags"),
            noun => counted(*n, noun),
        });
        context.tell("", 0, &format!("{text}: {}", said.collect::<Vec<_>>().join(", ")))?;
    }
    for version in &merged.relabelled {
        let (name, there, here) = (&version.name, version.there, version.here);
        let moved = format!("{name}@{there} there is {name}@{here} here: the same hash, numbered apart");
        context.tell("", 2, &moved)?;
    }
    Ok(())
}

fn document(text: &str, merged: &Merged) -> Value {
    let relabelled: Vec<Value> = merged
        .relabelled
        .iter()
        .map(|v| json!({"name": v.name, "there": v.there.to_string(), "here": v.here.to_string()}))
        .collect();
    json!({
        "store": text, "batches": merged.batches, "versions": merged.versions, "runs": merged.runs,
        "scores": merged.scores, "tag_changes": merged.tags, "decisions": merged.decisions,
        "relabelled": relabelled,
    })
}
