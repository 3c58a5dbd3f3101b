//! `proto list`: what can be named in an experiment file, from the families' own tables.
use clap::ValueEnum;
use serde_json::{Value, json};

use super::Exit;
use super::context::Context;
use super::error::CommandError;
use crate::evaluators::EVALUATORS;
use crate::formats::FORMATS;
use crate::metrics::METRICS;
use crate::providers::PROVIDERS;
use crate::registry::Table;
use crate::stores::STORES;

/// List providers, evaluators, metrics, formats and stores
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  proto list evaluators")]
pub struct Args {
    /// One family only
    #[arg(value_enum)]
    family: Option<Family>,
}

/// A family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Family {
    Providers,
    Evaluators,
    Metrics,
    Formats,
    Stores,
}

type Lines = Vec<(&'static str, &'static str)>;

/// Prints a line a member.
///
/// # Errors
/// The stream is closed.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let families = [
        (Family::Providers, "providers", lines(&PROVIDERS)),
        (Family::Evaluators, "evaluators", lines(&EVALUATORS)),
        (Family::Metrics, "metrics", lines(&METRICS)),
        (Family::Formats, "formats", lines(&FORMATS)),
        (Family::Stores, "stores", lines(&STORES)),
    ];
    let chosen: Vec<_> =
        families.iter().filter(|(family, ..)| args.family.is_none_or(|only| only == *family)).collect();
    if context.json {
        let member = |(name, doc): &(&str, &str)| json!({"name": name, "doc": doc});
        let body: serde_json::Map<String, Value> = chosen
            .iter()
            .map(|(_, title, lines)| ((*title).to_owned(), lines.iter().map(member).collect()))
            .collect();
        context.document("proto.list/1", Value::Object(body))?;
        return Ok(Exit::Done);
    }
    for (i, (_, title, lines)) in chosen.iter().enumerate() {
        let gap = if i == 0 { "" } else { "\n" };
        writeln!(context.out, "{gap}{title}")?;
        let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
        for (name, doc) in lines {
            context.tell(&format!("  {name}"), width + 4, doc)?;
        }
    }
    Ok(Exit::Done)
}

fn lines<M>(table: &Table<M>) -> Lines {
    table.rows.iter().map(|row| (row.name, row.doc)).collect()
}
