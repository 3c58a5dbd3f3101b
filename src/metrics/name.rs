//! The names of metrics as people write them in weights, references and gates: one grammar, read
//! off [`METRICS`], so that a new row is usable everywhere at once. Knows no batch: whether an evaluator exists is
//! asked of the caller. Evaluators' names are metrics too, so no evaluator may take one of these.
use std::sync::LazyLock;

use super::{METRICS, Member};
use crate::domain::{Better, Unit};
use crate::registry::{self, Row};

/// The composite of all evaluators.
const SCORE: &str = "score";

/// What other tools call it.
const SCORE_ALIAS: &str = "quality";

/// The quantiles of metrics that have them, and their shares.
const QUANTILES: [(&str, f64); 4] = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)];

/// Every name that is no evaluator's, in its canonical spelling: `score`, each row, its quantiles after it.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let of_row = |row: &'static Row<Member>| {
        let quantiles = QUANTILES.iter().filter(|_| row.make.quantiles);
        std::iter::once(row.name.to_owned()).chain(quantiles.map(|(q, _)| format!("{}.{q}", row.name)))
    };
    std::iter::once(SCORE.to_owned()).chain(METRICS.rows.iter().flat_map(of_row)).collect()
});

/// A metric's name, taken apart.
#[derive(Clone, Copy, Debug)]
pub enum MetricName<'a> {
    /// `score`: all evaluators together, by their own weights.
    Score,
    /// `pass_rate(EVALUATOR)`.
    PassRate(&'a str),
    /// A row of the table, or a quantile of it in (0, 1).
    Builtin(&'static Row<Member>, Option<f64>),
    /// Anything else: an evaluator's name, or nobody's.
    Evaluator(&'a str),
}

impl<'a> MetricName<'a> {
    /// Takes a name apart; every spelling of a metric gives the same.
    #[must_use]
    pub fn parse(name: &'a str) -> Self {
        if matches!(name, SCORE | SCORE_ALIAS) {
            return Self::Score;
        }
        if let Some(inner) = name.strip_prefix("pass_rate(").and_then(|rest| rest.strip_suffix(')')) {
            return Self::PassRate(inner.trim());
        }
        match METRICS.find(name) {
            Some(row) => Self::Builtin(row, None),
            None => quantile(name).unwrap_or(Self::Evaluator(name)),
        }
    }

    /// What its numbers are; an evaluator's are scores.
    #[must_use]
    pub fn unit(self) -> Unit {
        match self {
            Self::Score | Self::Evaluator(_) => Unit::Score,
            Self::PassRate(_) => Unit::Share,
            Self::Builtin(row, _) => row.make.unit,
        }
    }

    /// Which way is better.
    #[must_use]
    pub fn better(self) -> Better {
        if let Self::Builtin(row, _) = self { row.make.better } else { Better::Higher }
    }

    /// Whether no evaluator may be called that.
    #[must_use]
    pub fn is_reserved(self) -> bool {
        !matches!(self, Self::Evaluator(_))
    }

    /// Whether it names a metric of an experiment with these evaluators.
    #[must_use]
    pub fn is_known(self, evaluators: &[&str]) -> bool {
        match self {
            Self::PassRate(name) | Self::Evaluator(name) => evaluators.contains(&name),
            Self::Score | Self::Builtin(..) => true,
        }
    }
}

/// `latency.p95`, and `p95_latency` as other tools write it.
fn quantile(name: &str) -> Option<MetricName<'_>> {
    let (base, suffix) =
        name.rsplit_once('.').or_else(|| name.split_once('_').map(|(suffix, base)| (base, suffix)))?;
    let (_, p) = QUANTILES.iter().find(|(known, _)| *known == suffix)?;
    let row = METRICS.find(base).filter(|row| row.make.quantiles)?;
    Some(MetricName::Builtin(row, Some(*p)))
}

/// The canonical spelling.
#[must_use]
pub fn canonical(name: &str) -> &str {
    match MetricName::parse(name) {
        MetricName::Score => SCORE,
        MetricName::PassRate(_) | MetricName::Evaluator(_) => name,
        MetricName::Builtin(row, p) => builtin(row, p),
    }
}

/// The canonical spelling of a row's metric, or of its quantile.
#[must_use]
pub fn builtin(row: &'static Row<Member>, p: Option<f64>) -> &'static str {
    let quantile = QUANTILES.iter().find(|(_, share)| Some(*share) == p);
    let is_it = |name: &&String| match (name.strip_prefix(row.name), quantile) {
        (Some(rest), Some((suffix, _))) => rest.strip_prefix('.') == Some(suffix),
        _ => false,
    };
    NAMES.iter().find(is_it).map_or(row.name, String::as_str)
}

/// Every name that is no evaluator's, in its canonical spelling, quantiles included.
pub fn names<'a>() -> impl Iterator<Item = &'a str> {
    NAMES.iter().map(String::as_str)
}

/// Why something that is told of a version is no metric, and what to take instead: what a hint says where it is named.
#[must_use]
pub fn told_only(name: &str) -> Option<&'static str> {
    (name == "throughput").then_some(
        "`proto compare --json` tells it (`throughput_per_s`): one number a batch, by the concurrency it had, without \
         an interval, so it is neither weighed nor gated; take `latency` or `output_tps`",
    )
}

/// The known name nearest to an unknown one.
#[must_use]
pub fn nearest<'a>(name: &str, evaluators: &[&'a str]) -> Option<&'a str> {
    let wanted = if let MetricName::PassRate(evaluator) = MetricName::parse(name) { evaluator } else { name };
    registry::nearest(wanted, evaluators.iter().copied().chain(names()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluators::EVALUATORS;

    #[test]
    fn every_row_is_known_by_its_name_its_aliases_and_its_quantiles() {
        for row in METRICS.rows {
            for name in std::iter::once(&row.name).chain(row.aliases) {
                assert_eq!(canonical(name), row.name);
                assert!(MetricName::parse(name).is_reserved() && MetricName::parse(name).is_known(&[]));
                assert!(!name.contains(['.', '(']), "{name}: reads as a quantile or a pass rate");
                for (suffix, _) in QUANTILES {
                    let written = [format!("{name}.{suffix}"), format!("{suffix}_{name}")];
                    let canonical = written.iter().map(|text| canonical(text)).collect::<Vec<_>>();
                    let right = format!("{}.{suffix}", row.name);
                    assert_eq!(canonical == [&right, &right], row.make.quantiles, "{canonical:?}");
                }
            }
            assert!(names().any(|name| name == row.name));
        }
        assert_eq!((canonical("quality"), canonical("pass_rate(tone)")), ("score", "pass_rate(tone)"));
    }

    #[test]
    fn names_are_unique_and_no_evaluator_has_one() {
        let mut seen = std::collections::BTreeSet::from([SCORE, SCORE_ALIAS]);
        for row in METRICS.rows {
            for name in std::iter::once(&row.name).chain(row.aliases) {
                assert!(seen.insert(name), "`{name}` is taken twice");
            }
        }
        for row in EVALUATORS.rows {
            assert!(!MetricName::parse(row.name).is_reserved(), "`{}` is a metric", row.name);
        }
    }

    #[test]
    fn what_is_unknown_finds_its_neighbour() {
        assert!(!MetricName::parse("pass_rate(tone)").is_known(&["politeness"]));
        assert!(MetricName::parse("pass_rate( tone )").is_known(&["tone"]));
        assert_eq!(nearest("pass_rate(tne)", &["tone"]), Some("tone"));
        assert_eq!(nearest("latncy", &["tone"]), Some("latency"));
        assert!(told_only("throughput").is_some_and(|why| why.contains("without an interval")));
        assert!(!names().any(|name| told_only(name).is_some()), "what is a metric is no such thing");
    }
}
