//! Arguments to exit code: parse, dispatch, and one place where errors are written.
use std::ffi::OsString;
use std::io::{self, IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};
use clap::Parser;

use super::args::{Cli, Color, Command, Global};
use super::context::Context;
use super::error::CommandError;
use super::{
    Exit, cache, check, choose_winner, compare, completions, crash, decisions, diff, doctor, evaluate,
    history, init, list, log, merge, place, plan, power, prices, run, runs, schema, trace, version,
};
use crate::formats::Layout;

/// Runs the program on the process's own streams.
#[must_use]
pub fn main(args: &[OsString]) -> Exit {
    crash::install();
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return usage(args, &error),
    };
    let choice = color_choice(cli.global.color);
    let mut out = AutoStream::new(io::stdout(), choice);
    let mut err = AutoStream::new(io::stderr(), choice);
    let mut context = match surroundings(&cli.global, args, choice, &mut out, &mut err) {
        Ok(context) => context,
        Err(error) => {
            let _ = error.write(cli.global.json, &mut io::stderr());
            return error.exit;
        }
    };
    let result =
        dispatch(cli.command, &mut context).and_then(|exit| Ok(context.out.flush().map(|()| exit)?));
    let json = context.json;
    match result {
        Ok(exit) => exit,
        // Whoever read our output has seen enough (`proto runs | head`).
        Err(error) if error.kind == "output" => Exit::Done,
        Err(error) => {
            let _ = error.write(json, context.err);
            error.exit
        }
    }
}

fn dispatch(command: Option<Command>, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    match command {
        None => welcome(context),
        Some(Command::Init(args)) => init::run(&args, context),
        Some(Command::Check(args)) => check::run(&args, context),
        Some(Command::Plan(args)) => plan::run(&args, context),
        Some(Command::Run(args)) => run::run(&args, context),
        Some(Command::Evaluate(args)) => evaluate::run(&args, context),
        Some(Command::Compare(args)) => compare::run(&args, context),
        Some(Command::ChooseWinner(args)) => choose_winner::run(&args, context),
        Some(Command::Power(args)) => power::run(&args, context),
        Some(Command::Decisions(args)) => decisions::run(&args, context),
        Some(Command::Runs(args)) => runs::run(&args, context),
        Some(Command::Trace(args)) => trace::run(&args, context),
        Some(Command::Diff(args)) => diff::run(&args, context),
        Some(Command::Log(args)) => log::run(&args, context),
        Some(Command::Merge(args)) => merge::run(&args, context),
        Some(Command::Version(args)) => version::run(&args, context),
        Some(Command::History(args)) => history::run(&args, context),
        Some(Command::List(args)) => list::run(&args, context),
        Some(Command::Prices(args)) => prices::run(&args, context),
        Some(Command::Cache(args)) => cache::run(&args, context),
        Some(Command::Doctor(args)) => doctor::run(&args, context),
        Some(Command::Schema(args)) => schema::run(&args, context),
        Some(Command::Completions(args)) => completions::run(&args, context),
    }
}

/// clap's own words, with our exit code; under `--json` as an error document.
fn usage(args: &[OsString], error: &clap::Error) -> Exit {
    use clap::error::ErrorKind;
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        let _ = error.print();
        return Exit::Done;
    }
    if args.iter().any(|arg| arg == "--json") {
        let text = error.to_string();
        let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let _ = CommandError::input(first).write(true, &mut io::stderr());
    } else {
        let _ = error.print();
    }
    Exit::Input
}

fn color_choice(color: Color) -> ColorChoice {
    match color {
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
        Color::Auto => AutoStream::choice(&io::stdout()),
    }
}

fn surroundings<'a>(
    global: &Global,
    args: &[OsString],
    choice: ColorChoice,
    out: &'a mut (dyn Write + Send),
    err: &'a mut (dyn Write + Send),
) -> Result<Context<'a>, CommandError> {
    let folder = std::env::current_dir()
        .map_err(|error| CommandError::world(format!("the working folder cannot be read: {error}")))?;
    let columns = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    let width = columns.or_else(terminal_width).unwrap_or(80_usize).clamp(40, 400);
    let words = args.iter().map(|arg| arg.to_string_lossy().into_owned()).skip(1);
    Ok(Context {
        out,
        err,
        store: global.store.as_deref().map(|text| place::parse(text, &folder)).transpose()?,
        folder,
        json: global.json,
        quiet: global.quiet || global.json,
        interactive: io::stderr().is_terminal() && choice != ColorChoice::Never,
        layout: Layout { width, color: matches!(choice, ColorChoice::Always | ColorChoice::AlwaysAnsi) },
        command: std::iter::once("proto".to_owned()).chain(words).collect::<Vec<_>>().join(" "),
    })
}

/// The terminal's width, where stdout is one.
fn terminal_width() -> Option<usize> {
    terminal_size::terminal_size_of(io::stdout()).map(|(width, _)| usize::from(width.0))
}

fn welcome(context: &mut Context<'_>) -> Result<Exit, CommandError> {
    write!(
        context.out,
        "\
proto sends the same workload through every version of a prompt, a model or a
program, records and scores each run on this machine, and says which version is
better, with intervals, or that the evidence is too thin.

  proto init              write a working experiment here
  proto run FILE          run it, record it, and compare its versions
  proto choose-winner     decide: winner, tie, or not enough evidence

`proto --help` lists every command, `proto COMMAND --help` shows an example.
"
    )?;
    Ok(Exit::Done)
}
