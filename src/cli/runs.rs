//! `proto runs`: list and filter stored runs.
use serde_json::{Value, json};

use super::context::Context;
use super::error::CommandError;
use super::{Exit, batches, compare, references};
use crate::domain::{Batch, Digest, Money, RunStatus, Score, Verdict};
use crate::formats::{self, numbers};
use crate::plan::{EvaluatorSettings, Settings};
use crate::registry::known_instead;
use crate::stores::{RunFilter, StoredRun};

/// List stored runs
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  proto runs --status error\n  proto runs --version candidate --case t07\n  proto runs --unscored helpful"
)]
pub struct Args {
    /// Of this batch, by id or its beginning or end [default: the latest, its other parts included]
    #[arg(long, value_name = "BATCH")]
    batch: Option<String>,
    /// Of this version: a name, or NAME@1.2, NAME@TAG, NAME@sha256:…
    #[arg(long, value_name = "REF")]
    version: Option<String>,
    /// Of this case
    #[arg(long, value_name = "ID")]
    case: Option<String>,
    /// With this status
    #[arg(long, value_parser = ["ok", "error", "not_run"])]
    status: Option<String>,
    /// Answered, but without a score by this evaluator: it failed there, or has not judged it yet
    #[arg(long, value_name = "EVALUATOR", conflicts_with = "status")]
    unscored: Option<String>,
    /// At most so many, newest first
    #[arg(long, short = 'n', default_value_t = 20)]
    limit: u64,
}

/// Lists them.
///
/// # Errors
/// There is no store, or it fails.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let mut reader = batches::reader(context)?;
    let chosen = compare::chosen(reader.as_mut(), args.batch.as_slice())?;
    let project = chosen.first().map_or("", |batch| batch.project.as_str());
    let (version, version_hash) = references::filter(reader.as_mut(), project, args.version.as_deref())?;
    let filter = RunFilter {
        version,
        version_hash,
        case_id: args.case.clone(),
        status: args.status.as_deref().and_then(RunStatus::parse),
        limit: Some(args.limit),
        newest_first: true,
        ..RunFilter::default()
    };
    let mut found = Vec::new();
    for batch in &chosen {
        let no_score_by = args.unscored.as_deref().map(|name| evaluator(batch, name)).transpose()?;
        reader.runs(&RunFilter { batch: Some(batch.id), no_score_by, ..filter.clone() }, &mut |run| {
            found.push(run);
            Ok(())
        })?;
    }
    if chosen.len() > 1 {
        found.sort_by_key(|run| std::cmp::Reverse(run.position));
        found.truncate(usize::try_from(args.limit).unwrap_or(usize::MAX));
    }
    if context.json {
        let rows: Vec<Value> = found.iter().map(run_json).collect();
        let ids: Vec<String> = chosen.iter().map(|batch| batch.id.to_string()).collect();
        context.document("proto.runs/1", json!({"batch_id": ids.last(), "batch_ids": ids, "runs": rows}))?;
        return Ok(Exit::Done);
    }
    if found.is_empty() {
        context.say("no run fits")?;
        return Ok(Exit::Done);
    }
    let scores = only_evaluator(&found);
    let rows = found.iter().map(|stored| row(stored, scores.is_some()));
    let head = ["run", "version", "case", "status", "latency", "cost", scores.unwrap_or("scores"), "output"];
    let table = formats::grid(&head, rows, context.layout);
    write!(context.out, "{table}")?;
    Ok(Exit::Done)
}

/// The evaluator that a batch is scored with under that name.
fn evaluator(batch: &Batch, name: &str) -> Result<Digest, CommandError> {
    let all = Settings::from_map(&batch.settings).map(|settings| settings.evaluators).unwrap_or_default();
    let known = all.iter().find(|evaluator| evaluator.name == name).and_then(EvaluatorSettings::digest);
    known.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|evaluator| evaluator.name.as_str()).collect();
        let hint = if names.is_empty() {
            "the experiment has no evaluators".to_owned()
        } else {
            known_instead(name, &names)
        };
        CommandError::input(format!("no evaluator `{name}` in batch {}", batch.id.short())).hint(hint)
    })
}

/// The evaluator's name, where all scores are by one: it heads the column instead of filling it.
fn only_evaluator(found: &[StoredRun]) -> Option<&str> {
    let mut names =
        found.iter().flat_map(|stored| stored.scores.iter().map(|score| score.evaluator.as_str()));
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}

fn row(stored: &StoredRun, bare: bool) -> Vec<String> {
    let run = &stored.run;
    let status = match &run.error {
        Some(error) => error.kind.name(),
        None => run.status.name().to_owned(),
    };
    let said = run.completion.as_ref().map(|completion| completion.text.as_str());
    let output = said.or(run.error.as_ref().map(|error| error.message.as_str())).unwrap_or_default();
    vec![
        run.id.short(),
        format!("{}@{}", stored.version, stored.label),
        if run.key.repeat > 0 {
            format!("{} #{}", run.key.case_id, run.key.repeat + 1)
        } else {
            run.key.case_id.clone()
        },
        status,
        run.latency.map_or_else(|| "–".to_owned(), |time| numbers::seconds(time.as_secs_f64())),
        run.cost.cost.map_or_else(|| "?".to_owned(), |cost| numbers::usd(cost.usd())),
        stored.scores.iter().map(|score| score_text(score, bare)).collect::<Vec<_>>().join(" "),
        numbers::clip(&output.replace('\n', " "), 40),
    ]
}

/// `equals 1.00`, `judge failed`; without the name when that heads the column.
pub fn score_text(score: &Score, bare: bool) -> String {
    let said = score
        .verdict
        .value()
        .map_or_else(|| score.verdict.status().to_owned(), |value| format!("{value:.2}"));
    if bare { said } else { format!("{} {said}", score.evaluator) }
}

/// One run in `proto.runs/1` and `proto.trace/1`.
pub fn run_json(stored: &StoredRun) -> Value {
    let run = &stored.run;
    json!({
        "run_id": run.id.to_string(), "batch_id": run.batch.to_string(), "project": stored.project,
        "experiment": stored.experiment, "version": stored.version, "label": stored.label.to_string(),
        "version_hash": run.key.version.to_string(), "case_id": run.key.case_id, "repeat": run.key.repeat,
        "status": run.status.name(), "error_type": run.error.as_ref().map(|error| error.kind.name()),
        "error": run.error.as_ref().map(|error| &error.message), "started_at": run.started.to_string(),
        "latency_s": run.latency.map(|time| time.as_secs_f64()), "ttft_s": run.ttft.map(|time| time.as_secs_f64()),
        "queue_s": run.queue.as_secs_f64(), "backoff_s": run.backoff.as_secs_f64(), "attempts": run.attempts.len(),
        "input_tokens": run.usage.input, "output_tokens": run.usage.output,
        "cost_usd": run.cost.cost.map(Money::usd), "model": run.model,
        "input": stored.case.inputs, "expected": stored.case.expected,
        "output": run.completion.as_ref().map(|completion| &completion.text),
        "scores": stored.scores.iter().map(score_json).collect::<Vec<_>>(),
    })
}

fn score_json(score: &Score) -> Value {
    let (passed, label, why) = match &score.verdict {
        Verdict::Scored { passed, label, explanation, .. } => (*passed, label.clone(), explanation.clone()),
        Verdict::NotApplicable(why) | Verdict::Failed(why) => (None, None, Some(why.clone())),
    };
    json!({"evaluator": score.evaluator, "status": score.verdict.status(), "score": score.verdict.value(),
           "passed": passed, "label": label, "explanation": why, "source": score.source.name()})
}
