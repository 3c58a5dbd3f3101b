//! What stands over and under a comparison, in words, for every format that is read by people. Words only what the
//! report holds.
use super::cells::{is_open, spent_after};
use super::numbers::{moment, plural, share};
use crate::domain::{ComparisonVerdict, Report};

/// More batches than these are counted instead of named: the parts of a split.
const LISTED: usize = 3;

/// What was compared: cases, repeats, batches, in parts.
#[must_use]
pub fn head(report: &Report) -> Vec<String> {
    let repeats = plural(u64::from(report.repeats), "repeat");
    let mut size = format!("{} × {repeats}", plural(report.cases, "case"));
    if report.units > 0 && report.units != report.cases {
        size += &format!(" ({} independent)", report.units);
    }
    let batch = |(id, at): &(String, jiff::Timestamp)| format!("{id} of {} UTC", moment(*at));
    let batches: Vec<String> = report.batches.iter().map(batch).collect();
    let word = if batches.len() == 1 { "batch" } else { "batches" };
    let mut parts = vec![size];
    if batches.len() > LISTED {
        let times = || report.batches.iter().map(|(_, at)| *at);
        let (first, last) = (times().min().map(moment), times().max().map(moment));
        let between = if first == last { "of" } else { "from" };
        let until = last.filter(|last| first.as_ref() != Some(last)).map(|last| format!(" to {last}"));
        let (first, until) = (first.unwrap_or_default(), until.unwrap_or_default());
        parts.push(format!("{} {word} {between} {first}{until} UTC", batches.len()));
    } else if !batches.is_empty() {
        parts.push(format!("{word} {}", batches.join(", ")));
    }
    if let Some(model) = one_model(report) {
        parts.push(model.to_owned());
    }
    if report.simulated {
        parts.push("simulated".to_owned());
    }
    parts
}

/// The model all versions share, if they do.
#[must_use]
pub fn one_model(report: &Report) -> Option<&str> {
    let first = report.versions.first()?.model.as_str();
    (!first.is_empty() && report.versions.iter().all(|version| version.model == first)).then_some(first)
}

/// What the signs among the numbers mean, those that occur.
#[must_use]
pub fn legend(report: &Report) -> Vec<String> {
    let cells = || report.versions.iter().flat_map(|version| report.columns.iter().zip(&version.values));
    let mut parts = vec![format!("[low, high] is the {} interval", share(report.confidence))];
    if cells().any(|(column, value)| is_open(column, value)) {
        parts.push(format!("~ has no upper bound yet{}", needed(report)));
    }
    let unpriced = spent_after(report).is_some() && report.versions.iter().any(|v| v.spent_usd.is_none());
    if unpriced || cells().any(|(_, value)| value.value.is_none()) {
        parts.push("? is unknown".to_owned());
    }
    parts
}

/// How many runs the open quantiles need, each once: ` (latency.p95 needs 72 runs)`.
fn needed(report: &Report) -> String {
    let of = |(at, column): (usize, &crate::domain::Column)| {
        let open = report.versions.iter().filter(|version| is_open(column, &version.values[at]));
        let runs = open.filter_map(|version| version.values[at].runs_needed).max()?;
        Some(format!("{} needs {runs} runs", column.name))
    };
    let parts: Vec<String> = report.columns.iter().enumerate().filter_map(of).collect();
    if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
}

/// Where a verdict and its interval seem to disagree, and why they do not.
#[must_use]
pub fn adjusted(report: &Report) -> Option<String> {
    let outside = |low: Option<f64>, high: Option<f64>, none: f64| {
        low.is_some_and(|low| low > none) || high.is_some_and(|high| high < none)
    };
    let seems = report.comparisons.iter().any(|comparison| {
        let (interval, none) =
            comparison.ratio.map_or((comparison.interval, 0.0), |(_, interval)| (interval, 1.0));
        comparison.verdict == ComparisonVerdict::Inconclusive && outside(interval.low, interval.high, none)
    });
    seems.then(|| {
        "a verdict takes into account how many candidates are compared; an interval alone does not, so it may \
         exclude \"no difference\" where the verdict is inconclusive"
            .to_owned()
    })
}
