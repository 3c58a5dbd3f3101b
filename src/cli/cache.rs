//! `proto cache`: the stored answers that `run.cache` may use again: how many, how large, and forgetting them.
use serde_json::json;

use super::context::Context;
use super::error::CommandError;
use super::{Exit, place};
use crate::domain::counted;

/// Show how many stored answers may be used again, or forget them
#[derive(Debug, clap::Args)]
#[command(after_help = "Answers are kept where the file says `run: { cache: read_write }`, or with \
    `--cache read_write` (or write). They are used again (read_write, read) for a call in \
    which nothing that determines its answer differs, and cost nothing then.\n\n\
    Examples:\n  proto run experiment.yaml --cache read_write\n  \
    proto plan experiment.yaml --cache read   # how many runs they would answer\n  \
    proto cache                               # how many there are\n  proto cache clear")]
pub struct Args {
    #[command(subcommand)]
    action: Option<Action>,
}

/// What to do with it.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Forget every stored answer; runs stay
    #[command(after_help = "Examples:\n  proto cache clear\n  proto cache clear --store other.db")]
    Clear,
}

/// Shows the cache, or clears it.
///
/// # Errors
/// There is no store, or it fails.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let store = place::open(context, None, false)?;
    if matches!(args.action, Some(Action::Clear)) {
        let forgotten = store.writer()?.forget_answers()?;
        if context.json {
            context.document("proto.cache/1", json!({ "forgotten": forgotten }))?;
        } else {
            writeln!(context.out, "{} forgotten; the runs stay", counted(forgotten, "stored answer"))?;
        }
        return Ok(Exit::Done);
    }
    let size = store.reader()?.cache_size()?;
    if context.json {
        context.document("proto.cache/1", json!({ "entries": size.entries, "bytes": size.bytes }))?;
    } else {
        let kilobytes = size.bytes as f64 / 1000.0;
        let (entries, place) = (counted(size.entries, "stored answer"), store.place());
        context.tell("", 0, &format!("{entries}, {kilobytes:.1} kB in {place}"))?;
        if size.entries == 0 {
            context.say(
                "`run.cache: read_write` in the file, or `--cache read_write`, keeps answers and uses them",
            )?;
        }
    }
    Ok(Exit::Done)
}
