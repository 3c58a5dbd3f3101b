//! `proto init`: a working experiment, its dataset and its prompt, in a folder of the person's choice.
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::context::Context;
use super::error::CommandError;
use super::{Exit, place};

/// Write a working experiment, dataset and prompt; nothing is overwritten
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  proto init my-experiment && cd my-experiment && proto run experiment.yaml"
)]
pub struct Args {
    /// Where
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,
}

/// What is written: path and contents, embedded so that the one binary is enough.
const FILES: [(&str, &str); 3] = [
    ("experiment.yaml", include_str!("init/experiment.yaml")),
    ("data/tickets.jsonl", include_str!("init/tickets.jsonl")),
    ("prompts/classify.md", include_str!("init/classify.md")),
];

/// Writes the files that are not there yet.
///
/// # Errors
/// A file is there already, or cannot be written.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let folder = context.folder.join(&args.folder);
    let there: Vec<&str> =
        FILES.iter().map(|(path, _)| *path).filter(|path| folder.join(path).exists()).collect();
    if let Some(first) = there.first() {
        return Err(CommandError::input(format!(
            "`{}` is there already; nothing was written",
            args.folder.join(first).display()
        ))
        .hint("name another folder: `proto init DIR`"));
    }
    for (path, contents) in FILES {
        write(&folder.join(path), contents)?;
    }
    let shown = |path: &str| place::shown(&folder.join(path), &context.folder);
    if context.json {
        let files: Vec<String> = FILES.iter().map(|(path, _)| shown(path)).collect();
        context.document("proto.init/1", json!({ "files": files }))?;
        return Ok(Exit::Done);
    }
    for (path, _) in FILES {
        let line = format!("wrote {}", shown(path));
        writeln!(context.out, "{line}")?;
    }
    let experiment = shown(FILES[0].0);
    writeln!(context.out, "\nnext: proto run {experiment}")?;
    Ok(Exit::Done)
}

fn write(path: &Path, contents: &str) -> Result<(), CommandError> {
    let made = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, contents));
    made.map_err(|error| CommandError::world(format!("cannot write `{}`: {error}", path.display())))
}
