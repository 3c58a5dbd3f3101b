//! `proto schema`: the JSON Schema of the experiment file, from the one table of its keys.
use super::Exit;
use super::context::Context;
use super::error::CommandError;
use crate::spec;

/// Print the JSON Schema of the experiment file
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  proto schema > proto.schema.json\n  \
    # then, first line of an experiment: # yaml-language-server: $schema=./proto.schema.json")]
pub struct Args {}

/// Prints it.
///
/// # Errors
/// The stream is closed.
pub fn run(_: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    serde_json::to_writer_pretty(&mut *context.out, &spec::schema::schema()).map_err(std::io::Error::from)?;
    writeln!(context.out)?;
    Ok(Exit::Done)
}
