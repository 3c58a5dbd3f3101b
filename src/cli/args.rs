//! The one definition of the command line: parser, `--help`, completions.
use clap::{Parser, Subcommand, ValueEnum};

use super::{
    cache, check, choose_winner, compare, completions, decisions, diff, doctor, evaluate, exit, history,
    init, list, log, merge, plan, power, prices, run, runs, schema, trace, version,
};

/// Same workload through every version, honest intervals, and a winner only when the evidence carries one.
#[derive(Debug, Parser)]
#[command(name = "proto", version, after_help = exit::HELP, arg_required_else_help = false)]
#[command(infer_subcommands = false, disable_help_subcommand = true)]
pub struct Cli {
    /// What everything takes.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Debug, clap::Args)]
pub struct Global {
    /// One JSON document on stdout, in a stable, versioned shape
    #[arg(long, global = true)]
    pub json: bool,
    /// Nothing on stderr but errors
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Colour
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    #[arg(value_name = "auto|always|never", hide_possible_values = true, hide_default_value = true)]
    pub color: Color,
    /// The store, or `PROTO_STORE` [default: .proto/proto.db, found upward from here]
    #[arg(long, global = true, env = "PROTO_STORE", value_name = "PATH", hide_env = true)]
    pub store: Option<String>,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Every command.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a working experiment, dataset and prompt; nothing is overwritten
    Init(init::Args),
    /// Say everything that is wrong with an experiment file; no network
    Check(check::Args),
    /// Show the runs that would be made and what they would cost
    Plan(plan::Args),
    /// Make the runs, record and score them, and print the comparison
    Run(run::Args),
    /// Score stored runs, without calling the model under test
    Evaluate(evaluate::Args),
    /// Versions side by side, with intervals
    Compare(compare::Args),
    /// Rank the versions by weights and say winner, tie or not enough evidence
    ChooseWinner(choose_winner::Args),
    /// Say how many cases it takes to see a difference
    Power(power::Args),
    /// List earlier decisions, or make one again
    Decisions(decisions::Args),
    /// List stored runs
    Runs(runs::Args),
    /// The span tree of one run, with times, tokens, cost and messages
    Trace(trace::Args),
    /// Two versions' outputs for one case, as a diff, with their scores
    Diff(diff::Args),
    /// List batches: when, what, outcome
    Log(log::Args),
    /// Copy batches, versions, runs and decisions of other stores into this one
    Merge(merge::Args),
    /// List, show, compare, tag and export registered versions
    Version(version::Args),
    /// Scores, cost and latency of each X.Y over time
    History(history::Args),
    /// List providers, evaluators, metrics, formats and stores
    List(list::Args),
    /// List prices of models, and what each version of a file is priced at
    Prices(prices::Args),
    /// Show how many stored answers may be used again, or forget them
    Cache(cache::Args),
    /// Check this machine: store, keys, endpoints
    Doctor(doctor::Args),
    /// Print the JSON Schema of the experiment file
    Schema(schema::Args),
    /// Print completions for a shell
    Completions(completions::Args),
}
