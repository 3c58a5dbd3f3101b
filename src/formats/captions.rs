//! What stands over and under a comparison, in words, for every format that is read by people. Words only what the
//! report holds.
use super::cells::{is_open, named, spent_after};
use super::grid::clean;
use super::numbers::{moment, share};
use super::scale::Scale;
use crate::domain::{Comparison, ComparisonVerdict, Report, counted};

/// More batches than these are counted instead of named: the parts of a split.
const LISTED: usize = 3;

/// `20 values of customer_id`, where cases resemble each other by that field: as many stand for themselves.
fn independent(units: u64, cluster_by: Option<&str>) -> String {
    match cluster_by {
        Some(field) => format!("{} of {}", counted(units, "value"), clean(field)),
        None => format!("{units} independent"),
    }
}

/// What was compared: cases, repeats, batches, in parts.
#[must_use]
pub fn head(report: &Report) -> Vec<String> {
    let repeats = counted(u64::from(report.repeats), "repeat");
    let size = format!("{} × {repeats}", counted(report.cases, "case"));
    let mut values = report.versions.iter().flat_map(|version| &version.values);
    let size = match report.units {
        units if units == 0 || units == report.cases => size,
        units if report.cluster_by.is_some() || values.any(|value| value.design_effect.is_some()) => {
            format!("{size} ({})", independent(units, report.cluster_by.as_deref()))
        }
        // Not all were run: a race was over, a part of the split is missing.
        units => format!("{units} of {size}"),
    };
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
        parts.push(format!("model {model}"));
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
        let is_counted = cells().any(|(column, value)| is_open(column, value) && value.runs_needed.is_some());
        let needs = if is_counted { ": it needs so many runs" } else { "" };
        parts.push(format!("~ has no upper bound yet{needs}"));
    }
    let unpriced = spent_after(report).is_some() && report.versions.iter().any(|v| v.spent_usd.is_none());
    if unpriced || cells().any(|(_, value)| value.value.is_none()) {
        parts.push("? is unknown".to_owned());
    }
    parts
}

/// What of a comparison is too short to be understood without a word.
#[must_use]
pub fn needs(report: &Report) -> Option<String> {
    let is_told = report.comparisons.iter().any(|comparison| comparison.more_cases.is_some());
    is_told.then(|| {
        "\"needs\": inconclusive so far; about so many more cases would settle it four times in five"
            .to_owned()
    })
}

/// What a typical case costs and takes beside the baseline, a sentence a candidate:
/// `on a typical case b@1.0 is 1.8× dearer (1.6–2.1×) and 1.2× faster (1.1–1.4×) than a@1.0`.
#[must_use]
pub fn typical(report: &Report) -> Vec<String> {
    let baseline = named(report, &report.baseline);
    let of = |version: &str| {
        let own = report.comparisons.iter().filter(|comparison| comparison.version == version);
        let parts: Vec<String> = own.filter_map(ratio_in_words).collect();
        (!parts.is_empty()).then(|| {
            format!("on a typical case {} is {} than {baseline}", named(report, version), parts.join(" and "))
        })
    };
    report.versions.iter().filter_map(|version| of(&version.name)).collect()
}

/// `1.8× dearer (1.6–2.1×)`: a geometric ratio, above 1 in the direction it goes.
fn ratio_in_words(comparison: &Comparison) -> Option<String> {
    /// Within this factor of the baseline there is nothing to say.
    const SAME: f64 = 1.01;
    let (ratio, range) = comparison.typical?;
    let (low, high) = range.bounds()?;
    let (less, more) = match comparison.metric.as_str() {
        "cost" => ("cheaper".to_owned(), "dearer".to_owned()),
        "latency" => ("faster".to_owned(), "slower".to_owned()),
        name => (format!("lower in {name}"), format!("higher in {name}")),
    };
    let below = ratio < 1.0;
    let (shown, low, high) = if below { (1.0 / ratio, 1.0 / high, 1.0 / low) } else { (ratio, low, high) };
    let scale = Scale::times(shown);
    if (low > 1.0 / SAME && high < SAME) || scale.bare(shown) == scale.bare(1.0) {
        return None;
    }
    let chance = if low <= 1.0 { ", which may be chance" } else { "" };
    Some(format!(
        "{} {} ({}–{}{chance})",
        scale.with_unit(shown),
        if below { less } else { more },
        scale.bare(low),
        scale.with_unit(high)
    ))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Interval, Method};
    use crate::formats::samples;

    #[test]
    fn a_typical_case_is_told_in_the_direction_it_goes() {
        let mut report = samples::clear_winner().0;
        let typical = |ratio, low, high| Some((ratio, Interval::new(low, high, Method::GeometricMeanRatio)));
        (report.comparisons[1].typical, report.comparisons[2].typical) = (typical(1.8, 1.6, 2.1), None);
        assert_eq!(
            typical_of(&report),
            "on a typical case short@1.1 is 1.80× dearer (1.60–2.10×) than base@1.0"
        );
        report.comparisons[2].typical = typical(0.5, 0.4, 1.25);
        assert!(
            typical_of(&report).contains(" and 2.00× faster (0.80–2.50×, which may be chance) than base@1.0")
        );
        report.comparisons[1].typical = typical(1.0, 0.999, 1.001);
        assert!(!typical_of(&report).contains("dearer"), "the same is not worth a word");
        (report.comparisons[1].metric, report.comparisons[1].typical) =
            ("ttft".into(), typical(2.0, 1.5, 3.0));
        assert!(typical_of(&report).contains("is 2.00× higher in ttft (1.50–3.00×) and"));
        report.comparisons.clear();
        assert_eq!(super::typical(&report), Vec::<String>::new());
    }

    #[test]
    fn cases_that_were_not_run_are_not_called_dependent() {
        let mut report = samples::clear_winner().0;
        (report.cases, report.units) = (2000, 212);
        assert!(head(&report)[0].starts_with("212 of 2000 cases × "), "{:?}", head(&report));
        report.cluster_by = Some("customer".to_owned());
        assert!(head(&report)[0].ends_with("(212 values of customer)"), "{:?}", head(&report));
        report.cluster_by = None;
        report.versions[0].values[0].design_effect = Some(3.0);
        assert!(head(&report)[0].ends_with("(212 independent)"), "{:?}", head(&report));
    }

    fn typical_of(report: &Report) -> String {
        super::typical(report).join("\n")
    }

    #[test]
    fn needs_are_explained_where_they_occur() {
        let mut report = samples::near_tie().0;
        assert_eq!(needs(&report), None);
        report.comparisons[1].more_cases = Some(59);
        assert!(needs(&report).is_some_and(|text| text.contains("four times in five")));
    }

    #[test]
    fn a_model_that_all_share_is_called_a_model() {
        let mut report = samples::near_tie().0;
        report.versions.iter_mut().for_each(|version| version.model = "candidate".into());
        assert!(head(&report).contains(&"model candidate".to_owned()), "{:?}", head(&report));
    }
}
