//! Names of metrics, as people write them in weights, gates and options, resolved against a batch.
use super::data::{Data, DataError};
use crate::domain::{Better, Unit};
use crate::metrics::name::{self, MetricName};
use crate::metrics::{Below, Member, Summary, Transform};
use crate::registry::Row;

/// A metric of the batch at hand.
#[derive(Clone, Copy, Debug)]
pub(super) enum Metric {
    /// All evaluators together, by their own weights.
    Score,
    /// One evaluator's mean, by its index in the settings.
    Evaluator(u16),
    /// One evaluator's share of passing runs.
    PassRate(u16),
    /// A row of the metrics' table, or a quantile of it.
    Builtin(&'static Row<Member>, Option<f64>),
}

impl Metric {
    /// The metric of that name: `score`, an evaluator's, `pass_rate(NAME)`, a built-in, `BUILTIN.p95`.
    pub fn resolve(name: &str, data: &Data) -> Result<Self, DataError> {
        Self::find(name, data).ok_or_else(|| DataError::unknown("metric", name, all_names(data)))
    }

    fn find(name: &str, data: &Data) -> Option<Self> {
        let evaluator = |name: &str| {
            let index = data.settings.evaluators.iter().position(|evaluator| evaluator.name == name)?;
            u16::try_from(index).ok()
        };
        match MetricName::parse(name) {
            MetricName::Score => Some(Self::Score),
            MetricName::PassRate(inner) => evaluator(inner).map(Self::PassRate),
            MetricName::Evaluator(name) => evaluator(name).map(Self::Evaluator),
            // A stored batch may have an evaluator of a name that became a metric's since.
            MetricName::Builtin(row, p) => {
                Some(evaluator(name).map_or(Self::Builtin(row, p), Self::Evaluator))
            }
        }
    }

    /// The name in reports.
    pub fn name(self, data: &Data) -> String {
        let evaluator = |index: u16| data.settings.evaluators[usize::from(index)].name.clone();
        match self {
            Self::Score => "score".to_owned(),
            Self::Evaluator(index) => evaluator(index),
            Self::PassRate(index) => format!("pass_rate({})", evaluator(index)),
            Self::Builtin(row, p) => name::builtin(row, p).to_owned(),
        }
    }

    /// What its numbers are.
    pub fn unit(self) -> Unit {
        match self {
            Self::Score | Self::Evaluator(_) => Unit::Score,
            Self::PassRate(_) => Unit::Share,
            Self::Builtin(row, _) => row.make.unit,
        }
    }

    /// Which way is better.
    pub fn better(self) -> Better {
        if let Self::Builtin(row, _) = self { row.make.better } else { Better::Higher }
    }

    /// Whether it is an evaluator's: errors count as the worst score in it.
    pub fn is_score(self) -> bool {
        !matches!(self, Self::Builtin(..))
    }

    /// How it becomes a utility.
    pub fn transform(self) -> Transform {
        if let Self::Builtin(row, _) = self { row.make.transform } else { Transform::Identity }
    }

    /// The metric of `all` whose numbers serve this one too: a quantile of the same row, since it keeps those of single
    /// runs beside their means.
    pub fn source(self, all: &[Self]) -> Self {
        let Self::Builtin(row, _) = self else { return self };
        let serves = |other: &&Self| matches!(other, Self::Builtin(of, Some(_)) if of.name == row.name);
        all.iter().find(serves).copied().unwrap_or(self)
    }

    /// What it is divided by where it is a sum over a sum: no case has a value of its own then.
    pub fn below(self) -> Option<Below> {
        match self {
            Self::Builtin(Row { make: Member { summary: Summary::RatioOfSums(below), .. }, .. }, None) => {
                Some(*below)
            }
            _ => None,
        }
    }

    /// The quantile it is, if it is one.
    pub fn quantile(self) -> Option<f64> {
        if let Self::Builtin(_, p) = self { p } else { None }
    }
}

/// Whether every name is a metric's.
///
/// # Errors
/// One is nobody's.
pub fn known<'a>(data: &Data, mut names: impl Iterator<Item = &'a str>) -> Result<(), DataError> {
    names.try_for_each(|name| Metric::resolve(name, data).map(|_| ()))
}

fn all_names(data: &Data) -> Vec<String> {
    let evaluators = data.settings.evaluators.iter().map(|evaluator| evaluator.name.clone());
    evaluators.chain(name::names().map(str::to_owned)).collect()
}
