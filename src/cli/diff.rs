//! `proto diff A B --case ID`: two outputs for the same case, with what each took, cost and scored. Reads the store.
use serde_json::{Value, json};
use similar::TextDiff;

use super::context::Context;
use super::error::CommandError;
use super::version::opened;
use super::{Exit, batches, references, runs};
use crate::formats::{self, numbers};
use crate::registry::nearest;
use crate::stores::{Reader, RunFilter, StoredRun, StoredVersion};

mod structure;

/// Lines shown around a difference.
const AROUND: usize = 3;
/// Characters of an input or an expected answer that are shown.
const SHOWN: usize = 60;
/// Case ids looked at for the nearest one.
const LOOKED_AT: u64 = 10_000;

/// Two versions' outputs for one case, as a diff, with their scores
#[derive(Debug, clap::Args)]
#[command(
    after_help = "`proto compare --regressions` names the cases that were lost most on; `proto version diff` compares the\n\
    versions themselves.\n\nExamples:\n  proto diff baseline candidate --case t07\n  \
    proto diff baseline@1.0 baseline@latest --case t07 --json"
)]
pub struct Args {
    /// A version: NAME, NAME@1.2, NAME@TAG, NAME@sha256:…
    #[arg(value_name = "VERSION")]
    a: String,
    /// The other
    #[arg(value_name = "VERSION")]
    b: String,
    /// The case, by its id
    #[arg(long, value_name = "ID")]
    case: Option<String>,
    /// Which repeat, from 1
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    repeat: u32,
    /// From this batch, by id or its beginning or end [default: the latest that holds both]
    #[arg(long, value_name = "BATCH")]
    batch: Option<String>,
}

/// Shows it.
///
/// # Errors
/// A version or case names nothing, one has no run of the case, or the store fails.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let case = args.case.as_deref().ok_or_else(|| {
        CommandError::input("which case? `--case ID` says")
            .hint("`proto compare --regressions` names the cases that were lost most on")
            .hint(format!("`proto version diff {} {}` compares the versions themselves", args.a, args.b))
    })?;
    let (mut reader, known) = opened(context)?;
    let find = |text: &str| known.find(text).map_err(|error| references::refused(&error));
    let (a, b) = (find(&args.a)?, find(&args.b)?);
    let of_a = found(reader.as_mut(), a, case, args)?;
    let of_b = found(reader.as_mut(), b, case, args)?;
    let (a, b) = pair(of_a, of_b);
    if context.json {
        let body = json!({"case_id": case, "repeat": args.repeat - 1, "a": runs::run_json(&a), "b": runs::run_json(&b),
                          "same": output(&a) == output(&b), "changes": changes(&a, &b).map(|changes| changes.iter().map(structure::Change::json).collect::<Vec<_>>()),
                          "diff": unified(&a, &b)});
        context.document("proto.diff/1", body)?;
        return Ok(Exit::Done);
    }
    head(&a, &b, context)?;
    facts(&a, &b, context)?;
    outputs(&a, &b, context)?;
    Ok(Exit::Done)
}

/// The version's runs of the case, newest first.
fn found(
    reader: &mut dyn Reader,
    version: &StoredVersion,
    case: &str,
    args: &Args,
) -> Result<Vec<StoredRun>, CommandError> {
    let batch = match &args.batch {
        Some(text) => Some(batches::one(reader, Some(text), None)?.id),
        None => None,
    };
    let filter = RunFilter {
        batch,
        version: Some(version.name.clone()),
        version_hash: Some(version.hash),
        newest_first: true,
        ..RunFilter::default()
    };
    let mut found = Vec::new();
    let of_case = RunFilter { case_id: Some(case.to_owned()), ..filter.clone() };
    reader.runs(&of_case, &mut |run| {
        found.extend((run.run.key.repeat + 1 == args.repeat).then_some(run));
        Ok(())
    })?;
    if !found.is_empty() {
        return Ok(found);
    }
    let mut ids = Vec::new();
    reader.runs(&RunFilter { limit: Some(LOOKED_AT), ..filter }, &mut |run| {
        ids.push(run.run.key.case_id);
        Ok(())
    })?;
    Err(missing(version, case, args.repeat, &ids))
}

/// What to type when there is no such run.
fn missing(version: &StoredVersion, case: &str, repeat: u32, ids: &[String]) -> CommandError {
    let who = format!("{}@{}", version.name, version.label);
    let of_repeat = if repeat > 1 { format!(", repeat {repeat}") } else { String::new() };
    let error = CommandError::input(format!("`{who}` has no run of the case `{case}`{of_repeat}"));
    if ids.iter().any(|id| id == case) {
        return error.hint(format!("`proto runs --case {case} --version {who}` lists those it has"));
    }
    match nearest(case, ids.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("`proto runs --version {who}` lists its cases")),
    }
}

/// The newest two of one batch, else the newest of each.
fn pair(a: Vec<StoredRun>, b: Vec<StoredRun>) -> (StoredRun, StoredRun) {
    let of_one = a
        .iter()
        .enumerate()
        .find_map(|(i, run)| Some((i, b.iter().position(|other| other.run.batch == run.run.batch)?)));
    let (i, j) = of_one.unwrap_or_default();
    let pick = |mut runs: Vec<StoredRun>, at: usize| runs.swap_remove(at);
    (pick(a, i), pick(b, j))
}

fn name(stored: &StoredRun) -> String {
    format!("{}@{}", stored.version, stored.label)
}

/// What was answered, or why nothing was.
fn output(stored: &StoredRun) -> String {
    match (&stored.run.completion, &stored.run.error) {
        (_, Some(error)) => format!("{}: {}", error.kind, error.message),
        (Some(completion), None) => completion.text.clone(),
        (None, None) => String::new(),
    }
}

/// The case, and where the runs come from.
fn head(a: &StoredRun, b: &StoredRun, context: &mut Context<'_>) -> Result<(), CommandError> {
    let repeat = match a.run.key.repeat {
        0 => String::new(),
        n => format!(", repeat {}", n + 1),
    };
    writeln!(context.out, "case {}{repeat}", a.run.key.case_id)?;
    let short = |value: &Value| {
        numbers::clip(
            &value.as_str().map_or_else(|| value.to_string(), str::to_owned).replace('\n', " "),
            SHOWN,
        )
    };
    for (field, value) in &a.case.inputs {
        writeln!(context.out, "  {field}: {}", short(value))?;
    }
    if let Some(expected) = &a.case.expected {
        writeln!(context.out, "  expected: {}", short(expected))?;
    }
    if a.run.batch != b.run.batch {
        context
            .say("note: no batch holds both; these are the latest run of each, made at different times")?;
    }
    if a.run.key.inputs != b.run.key.inputs {
        context.say("note: the case's inputs differ between the two runs")?;
    }
    writeln!(context.out)?;
    Ok(())
}

/// Both runs, side by side.
fn facts(a: &StoredRun, b: &StoredRun, context: &mut Context<'_>) -> Result<(), CommandError> {
    let mut evaluators: Vec<&str> =
        a.scores.iter().chain(&b.scores).map(|score| score.evaluator.as_str()).collect();
    evaluators.sort_unstable();
    evaluators.dedup();
    let row = |what: &str, of: &dyn Fn(&StoredRun) -> String| vec![what.to_owned(), of(a), of(b)];
    let mut rows = vec![row("status", &|stored| match &stored.run.error {
        Some(error) => error.kind.to_string(),
        None => stored.run.status.name().to_owned(),
    })];
    for evaluator in evaluators {
        rows.push(row(evaluator, &|stored| {
            let score = stored.scores.iter().find(|score| score.evaluator == evaluator);
            score.map_or_else(|| "–".to_owned(), |score| runs::score_text(score, true))
        }));
    }
    rows.push(row("latency", &|stored| {
        stored.run.latency.map_or_else(|| "–".to_owned(), |time| numbers::seconds(time.as_secs_f64()))
    }));
    rows.push(row("cost", &|stored| {
        stored.run.cost.cost.map_or_else(|| "?".to_owned(), |cost| numbers::usd(cost.usd()))
    }));
    rows.push(row("run", &|stored| stored.run.id.short()));
    let (of_a, of_b) = (name(a), name(b));
    let table = formats::grid(&["", &of_a, &of_b], rows, context.layout);
    write!(context.out, "{table}")?;
    Ok(())
}

/// The outputs: parts where both are JSON, else lines.
fn outputs(a: &StoredRun, b: &StoredRun, context: &mut Context<'_>) -> Result<(), CommandError> {
    writeln!(context.out)?;
    if output(a) == output(b) {
        writeln!(context.out, "both said:")?;
        for line in output(a).lines() {
            writeln!(context.out, "  {line}")?;
        }
        return Ok(());
    }
    match changes(a, b) {
        Some(changes) if changes.is_empty() => writeln!(context.out, "the same JSON, written differently")?,
        Some(changes) => {
            writeln!(context.out, "{} → {}", name(a), name(b))?;
            for change in changes {
                writeln!(context.out, "  {change}")?;
            }
        }
        None => write!(context.out, "{}", unified(a, b))?,
    }
    Ok(())
}

/// How the outputs differ as JSON; `None` unless both are objects or lists.
fn changes(a: &StoredRun, b: &StoredRun) -> Option<Vec<structure::Change>> {
    let parsed = |stored: &StoredRun| {
        let value = stored.run.completion.as_ref()?.json()?;
        (value.is_object() || value.is_array()).then_some(value)
    };
    Some(structure::changes(&parsed(a)?, &parsed(b)?))
}

fn unified(a: &StoredRun, b: &StoredRun) -> String {
    let ended = |text: String| if text.ends_with('\n') { text } else { text + "\n" };
    let (from, to) = (ended(output(a)), ended(output(b)));
    TextDiff::from_lines(&from, &to)
        .unified_diff()
        .context_radius(AROUND)
        .header(&name(a), &name(b))
        .to_string()
}
