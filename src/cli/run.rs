//! `proto run`: plan, record, score, compare.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::context::Context;
use super::drive::drive;
use super::error::CommandError;
use super::session::{self, Session};
use super::{Exit, budget, keys, load, outcome, place, plan as plan_command, race, resume};
use crate::domain::{Batch, CacheMode, Money, counted};
use crate::execute::Stop;
use crate::plan::{Plan, Selection};
use crate::present::Progress;
use crate::spec::dataset::Partition;

/// Make the runs, record and score them, and print the comparison
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  proto run experiments/quickstart.yaml\n  \
    proto run experiment.yaml --versions today,candidate --first 50\n  proto run experiment.yaml --resume\n  \
    proto run experiment.yaml --partition hash:1/8 --store part1.db   # then `proto merge`")]
pub struct Args {
    /// Experiment files; each makes a batch of its own
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    /// Go on with the latest unfinished batch of the experiment
    #[arg(long)]
    resume: bool,
    /// Make the failed runs of the latest batch again
    #[arg(long, conflicts_with = "resume")]
    rerun_failed: bool,
    /// Do not score the runs now (`proto evaluate` can, later)
    #[arg(long)]
    no_evaluate: bool,
    /// Fail (exit code 1) when a version fails a gate
    #[arg(long)]
    gate: bool,
    #[command(flatten)]
    race: race::RaceArgs,
    /// Show the plan and stop
    #[arg(long)]
    dry_run: bool,
}

/// What is run: shared by `run` and `plan`.
#[derive(Clone, Debug, clap::Args)]
pub struct Choice {
    /// Only these versions; of the store too: NAME@1.2, NAME@latest, NAME@TAG, NAME@sha256:…
    #[arg(long, value_delimiter = ',', value_name = "REF,…")]
    pub versions: Vec<String>,
    /// Only cases for which this expression holds
    #[arg(long = "where", value_name = "EXPR")]
    pub filter: Option<String>,
    /// Only the first N cases
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub first: Option<u64>,
    /// Only a seeded random sample of N cases
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub sample: Option<u64>,
    /// Only one part of the cases, `hash:M/N` with M from 1
    #[arg(long, value_name = "hash:M/N")]
    pub partition: Option<String>,
    /// Run each case this often
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeats: Option<u32>,
    /// Calls in flight per provider
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub concurrency: Option<u32>,
    /// Spend at most this many dollars on the batch, what it spent before a resume included
    #[arg(long, value_name = "USD", value_parser = budget::dollars)]
    pub budget_usd: Option<Money>,
    /// Use stored answers: off, read, write or `read_write`
    #[arg(long, value_name = "MODE", value_parser = cache_mode)]
    pub cache: Option<CacheMode>,
    /// Allow files outside the project folder
    #[arg(long)]
    pub allow_outside: bool,
}

impl Choice {
    /// As the plan takes it.
    ///
    /// # Errors
    /// The partition is not `hash:M/N`.
    pub fn selection(&self) -> Result<Selection, CommandError> {
        let partition = self.partition.as_deref().map(Partition::parse).transpose();
        let index = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        Ok(Selection {
            versions: self.versions.clone(),
            filter: self.filter.clone(),
            first: self.first.map(index),
            sample: self.sample.map(index),
            partition: partition.map_err(|why| {
                CommandError::input(format!("`--partition`: {why}")).hint("for example `hash:1/8`")
            })?,
            repeats: self.repeats,
            ..Selection::default()
        })
    }

    /// Reads a file with what the options override in it.
    ///
    /// # Errors
    /// The file is wrong.
    pub fn load(&self, file: &Path, context: &mut Context<'_>) -> Result<load::Source, CommandError> {
        let mut source = load::load_for(file, self.allow_outside, &self.versions, context)?;
        if let Some(mode) = self.cache {
            Arc::make_mut(&mut source.experiment).run.cache = mode;
        }
        if let Some(budget) = self.budget_usd {
            Arc::make_mut(&mut source.experiment).run.budget = Some(budget);
        }
        if let Some(n) = self.concurrency {
            let experiment = Arc::make_mut(&mut source.experiment);
            experiment.run.concurrency = crate::domain::Concurrency::Fixed(n as usize);
            for endpoint in &mut experiment.endpoints {
                endpoint.concurrency = None;
            }
        }
        Ok(source)
    }
}

fn cache_mode(text: &str) -> Result<CacheMode, String> {
    CacheMode::parse(text).ok_or_else(|| "one of off, read, write, read_write".to_owned())
}

/// Runs each file; the gravest outcome decides the exit code.
///
/// # Errors
/// A file is wrong, a key is missing, or the store fails.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    // Names resolve in every file before anything of the first is paid for.
    let mut sources = Vec::with_capacity(args.files.len());
    for file in &args.files {
        sources.push((file, args.choice.load(file, context)?));
    }
    let mut exit = Exit::Done;
    for (file, source) in sources {
        exit = exit.worse(one(args, file, source, context)?);
        if exit == Exit::Interrupted {
            break;
        }
    }
    Ok(exit)
}

fn one(
    args: &Args,
    file: &Path,
    mut source: load::Source,
    context: &mut Context<'_>,
) -> Result<Exit, CommandError> {
    let mut selection = args.choice.selection()?;
    if args.dry_run {
        let plan = source.plan(selection, context)?;
        return plan_command::show(&plan, context);
    }
    let experiment = source.experiment.clone();
    let store = place::open(context, Some(&experiment.project_dir), true)?;
    let which = (experiment.name.as_str(), selection.partition);
    let resumed = resume::earlier(args.resume, args.rerun_failed, which, store.as_ref())?;
    if let Some(batch) = &resumed {
        selection.stored = resume::stored(batch, args.rerun_failed, store.as_ref())?;
        selection.failed_before = args.rerun_failed;
        selection.partition = selection.partition.or(resume::partition(batch));
        budget::remember(batch, &mut source.experiment);
    }
    let plan = Arc::new(source.plan(selection, context)?);
    let before =
        if resumed.is_some() { plan.keys().intersection(&plan.selection.stored).count() as u64 } else { 0 };
    let race = args.race.over(&plan, resumed.as_ref(), !args.no_evaluate, context)?;
    let (transport, places) = keys::transport(&plan)?;
    let session = Session {
        plan: plan.clone(),
        store: store.clone(),
        transport,
        places,
        stop: Stop::default(),
        resumed: resumed.clone(),
        evaluate: !args.no_evaluate,
        race,
        command: context.command.clone(),
    };
    let batch = session.begin()?;
    if resumed.is_some() {
        resume::changed(&plan, &batch, store.as_ref(), context)?;
    }
    announce(&plan, &batch, resumed.is_some().then_some(before), context)?;
    let progress = Progress::start(session::ways(&plan), context.interactive, context.quiet, context.layout);
    let (stop, happens) = (session.stop.clone(), "what is in flight is finished and recorded");
    let (ended, tally) = drive(&stop, happens, progress, context, |watcher| session.make(&batch, watcher))?;
    outcome::tell((file, args.gate), &plan, store.as_ref(), &ended?, &tally, context)
}

fn announce(
    plan: &Plan,
    batch: &Batch,
    stored: Option<u64>,
    context: &mut Context<'_>,
) -> Result<(), CommandError> {
    let what = format!(
        "{}: {} × {}{} = {}",
        plan.experiment.name,
        counted(plan.versions.len() as u64, "version"),
        counted(plan.dataset.len() as u64, "case"),
        if plan.repeats > 1 { format!(" × {} repeats", plan.repeats) } else { String::new() },
        counted(plan.total(), "run"),
    );
    let going_on = stored.map(|n| format!(", going on with {n} stored")).unwrap_or_default();
    context.say(&format!("{what}, batch {}{going_on}", batch.id.short()))?;
    Ok(())
}
