//! The actions of `proto version` and what each takes.
use std::path::PathBuf;

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::{Exit, batches, references};
use super::{diff, explain, export, list, register, show, tag};
use crate::plan::Known;
use crate::stores::Reader;

/// List, show, compare, tag and export registered versions
#[derive(Debug, clap::Args)]
#[command(
    after_help = "A REF is NAME (its latest), NAME@1.2, NAME@sha256:ab12cd3, NAME@TAG, NAME@latest, or a tag alone.\n\n\
    Examples:\n  proto version list\n  proto version diff baseline@1.0 baseline@latest\n  \
    proto version tag baseline@1.2 production --reason \"fewer refunds\"\n  proto version export production -o handover"
)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

/// What to do.
#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Every version with X.Y, hash, tags, runs and mean scores
    List {
        /// Only of this name
        name: Option<String>,
    },
    /// One version and its whole closure
    Show {
        /// The version
        #[arg(value_name = "REF")]
        reference: String,
    },
    /// What differs between two versions, field by field and text by text
    Diff {
        /// The older
        a: String,
        /// The newer
        b: String,
    },
    /// Set or move a tag
    Tag {
        /// The version
        #[arg(value_name = "REF")]
        reference: String,
        /// The tag; a project has each once
        tag: String,
        /// Why, for the log
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
    /// Take a tag away
    Untag {
        /// The tag
        tag: String,
        /// Why, for the log
        #[arg(long, value_name = "TEXT", default_value = "")]
        reason: String,
    },
    /// Which parts went into the hash, and why X or Y moved
    Explain {
        /// The version
        #[arg(value_name = "REF")]
        reference: String,
    },
    /// Register a file's versions without running them
    Register {
        /// The experiment file
        file: PathBuf,
        /// Allow files outside the project folder
        #[arg(long)]
        allow_outside: bool,
    },
    /// Write a version as an experiment file with its prompts, program or recording
    Export {
        /// The version
        #[arg(value_name = "REF")]
        reference: String,
        /// The folder; nothing in it is overwritten
        #[arg(short, long, value_name = "DIR")]
        out: PathBuf,
        /// Where a program's files or the recording lie [default: where the latest batch found them]
        #[arg(long, value_name = "PATH")]
        from: Option<PathBuf>,
    },
}

/// Does it.
///
/// # Errors
/// A reference names nothing, or the store or a file fails.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    match &args.action {
        Action::List { name } => list::run(name.as_deref(), context),
        Action::Show { reference } => show::run(reference, context),
        Action::Diff { a, b } => diff::run(a, b, context),
        Action::Tag { reference, tag, reason } => tag::set(reference, tag, reason, context),
        Action::Untag { tag, reason } => tag::unset(tag, reason, context),
        Action::Explain { reference } => explain::run(reference, context),
        Action::Register { file, allow_outside } => register::run(file, *allow_outside, context),
        Action::Export { reference, out, from } => export::run(reference, out, from.as_deref(), context),
    }
}

/// The store's reader with what it knows of the project the person works in: the latest batch's, else the only one.
///
/// # Errors
/// There is no store, or it fails.
pub fn opened(context: &Context<'_>) -> Result<(Box<dyn Reader>, Known), CommandError> {
    let mut reader = batches::reader(context)?;
    let latest = reader.batches()?.into_iter().next().map(|batch| batch.project);
    let project = match latest {
        Some(project) => Some(project),
        None => reader.versions(None)?.pop().map(|version| version.project),
    };
    let known = references::known(reader.as_mut(), project.as_deref())?;
    Ok((reader, known))
}
