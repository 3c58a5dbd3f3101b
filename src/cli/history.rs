//! `proto history`: scores, cost and latency of each X.Y, batch by batch, apart for every dataset and evaluator.
use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::context::Context;
use super::error::CommandError;
use super::{Exit, references, version};
use crate::domain::{Batch, Digest};
use crate::formats::{self, numbers};
use crate::plan::Known;
use crate::stores::StoredVersion;
use version::Tally;

/// Scores, cost and latency of each X.Y over time
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  proto history\n  proto history baseline\n  proto history baseline@1.2 --json"
)]
pub struct Args {
    /// A name (all its X.Y), or one version: NAME@1.2, NAME@TAG, NAME@sha256:…
    #[arg(value_name = "VERSION")]
    version: Option<String>,
}

/// One version on one dataset: a point for each batch, oldest first.
struct Series<'k> {
    version: &'k StoredVersion,
    dataset: Digest,
    points: Vec<(Batch, Tally)>,
}

/// Shows it.
///
/// # Errors
/// There is no store, or the version is unknown.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let (mut reader, known) = version::opened(context)?;
    let wanted = wanted(&known, args.version.as_deref())?;
    let mut points: BTreeMap<(String, Digest, Digest), Vec<(Batch, Tally)>> = BTreeMap::new();
    let project = wanted.first().map(|version| version.project.clone());
    for batch in reader.batches()?.into_iter().rev().filter(|batch| Some(&batch.project) == project.as_ref())
    {
        for ((name, hash), tally) in version::of_batch(reader.as_mut(), &batch)? {
            points.entry((name, hash, batch.dataset)).or_default().push((batch.clone(), tally));
        }
    }
    let mut series = Vec::new();
    for version in wanted {
        let of_it =
            points.iter().filter(|((name, hash, _), _)| *name == version.name && *hash == version.hash);
        series.extend(of_it.map(|((_, _, dataset), points)| Series {
            version,
            dataset: *dataset,
            points: points.clone(),
        }));
    }
    if context.json {
        let rows: Vec<Value> = series.iter().map(series_json).collect();
        context.document("proto.history/1", json!({ "series": rows }))?;
        return Ok(Exit::Done);
    }
    let head = ["version", "cases", "batches", "runs", "scores", "cost a run", "latency"];
    let table = formats::grid(&head, series.iter().map(row), context.layout);
    write!(context.out, "{table}")?;
    Ok(Exit::Done)
}

fn wanted<'k>(known: &'k Known, text: Option<&str>) -> Result<Vec<&'k StoredVersion>, CommandError> {
    let Some(text) = text else { return Ok(known.versions.iter().collect()) };
    if known.latest(text).is_some() {
        return Ok(known.named(text).collect());
    }
    Ok(vec![known.find(text).map_err(|error| references::refused(&error))?])
}

fn row(series: &Series<'_>) -> Vec<String> {
    let tallies = || series.points.iter().map(|(_, tally)| tally);
    let mut evaluators: Vec<&(String, Digest)> = tallies().flat_map(|tally| tally.scores.keys()).collect();
    evaluators.sort_unstable();
    evaluators.dedup();
    let twice = |name: &str| evaluators.iter().filter(|(other, _)| other == name).count() > 1;
    let scores = evaluators.iter().map(|key| {
        let values: Vec<Option<f64>> =
            tallies().map(|tally| tally.scores.get(*key).and_then(|mean| mean.value())).collect();
        let name = if twice(&key.0) { format!("{}#{}", key.0, &key.1.short()[..4]) } else { key.0.clone() };
        format!("{name} {}", last(&values, 1.0, numbers::score))
    });
    let cost: Vec<Option<f64>> = tallies().map(|tally| tally.cost.value()).collect();
    let latency: Vec<Option<f64>> = tallies().map(|tally| tally.latency.value()).collect();
    let highest = |values: &[Option<f64>]| values.iter().flatten().copied().fold(0.0, f64::max);
    vec![
        format!("{}@{}", series.version.name, series.version.label),
        series.dataset.short()[..7].to_owned(),
        series.points.len().to_string(),
        tallies().map(|tally| tally.runs).sum::<u64>().to_string(),
        scores.collect::<Vec<_>>().join(", "),
        last(&cost, highest(&cost), numbers::usd),
        last(&latency, highest(&latency), numbers::seconds),
    ]
}

/// The latest value with a sparkline of all from 0 to `top`.
fn last(values: &[Option<f64>], top: f64, text: fn(f64) -> String) -> String {
    let latest = values.iter().rev().find_map(|value| *value).map_or_else(|| "?".to_owned(), text);
    format!("{latest} {}", spark(values, top))
}

/// One bar a value, from 0 to `top`; a gap where there is none.
fn spark(values: &[Option<f64>], top: f64) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let bar = |value: &Option<f64>| match value {
        None => ' ',
        Some(value) if top > 0.0 => {
            let step = (value / top).clamp(0.0, 1.0) * 7.0;
            BARS.get(step.round() as usize).copied().unwrap_or('█')
        }
        Some(_) => BARS[0],
    };
    values.iter().map(bar).collect()
}

fn series_json(series: &Series<'_>) -> Value {
    let point = |(batch, tally): &(Batch, Tally)| {
        let scores: Vec<Value> = tally
            .scores
            .iter()
            .map(|((name, hash), mean)| {
                json!({"evaluator": name, "evaluator_hash": hash.to_string(), "mean": mean.value(), "n": mean.n})
            })
            .collect();
        json!({"batch_id": batch.id.to_string(), "at": batch.started.to_string(), "runs": tally.runs,
               "scores": scores, "cost_usd": tally.cost.value(), "latency_s": tally.latency.value()})
    };
    json!({"version": series.version.name, "label": series.version.label.to_string(),
           "hash": series.version.hash.to_string(), "dataset": series.dataset.to_string(),
           "points": series.points.iter().map(point).collect::<Vec<_>>()})
}

#[cfg(test)]
mod tests {
    use super::spark;

    #[test]
    fn bars_grow_from_nothing_and_gaps_stay() {
        assert_eq!(spark(&[Some(0.0), Some(0.5), None, Some(1.0)], 1.0), "▁▅ █");
        assert_eq!(spark(&[Some(0.0)], 0.0), "▁");
    }
}
