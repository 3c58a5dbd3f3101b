//! `proto completions`: from the one definition of the command line.
use clap::CommandFactory;
use clap_complete::Shell;

use super::Exit;
use super::args::Cli;
use super::context::Context;
use super::error::CommandError;

/// Print completions for a shell
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  proto completions bash > ~/.local/share/bash-completion/completions/proto"
)]
pub struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints them.
///
/// # Errors
/// The stream is closed.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    // Generated into memory first: the generator panics on a closed pipe.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "proto", &mut script);
    context.out.write_all(&script)?;
    Ok(Exit::Done)
}
