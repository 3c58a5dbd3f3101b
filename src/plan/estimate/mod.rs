//! What a plan would take before anything is sent: calls, tokens, dollars and time, low to high, of the versions and,
//! apart from them, of the judges. Tokens are counted from texts, or measured by calls made for it (a calibration).
//! What nobody can know is `None`, never a guess.
mod judges;
mod lanes;
mod measured;
mod share;
mod tokens;

pub use judges::JudgeEstimate;
pub use lanes::LaneEstimate;
pub use measured::{Answered, Calibration, Measured};
pub use share::Share;

use super::{Plan, PlannedVersion, QUESTIONS};
use crate::domain::{Map, Money, Version};

/// Output tokens assumed at most where nothing sets a limit.
pub(super) const OUTPUT_CEILING: u64 = 1024;

/// The estimate of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Estimate {
    /// One a version, in the plan's order.
    pub versions: Vec<VersionEstimate>,
    /// One an evaluator that asks a model, in the file's order.
    pub judges: Vec<JudgeEstimate>,
    /// One a provider, in the order of their first version, then of their first judge; they work side by side.
    pub lanes: Vec<LaneEstimate>,
}

/// The estimate of one version.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionEstimate {
    /// Runs of the plan.
    pub runs: u64,
    /// Of them, answered by the cache.
    pub cached: u64,
    /// What the others take.
    pub share: Share,
    /// Whether that was measured.
    pub measured: bool,
    /// Seconds one run takes, measured or declared.
    pub latency_s: Option<f64>,
}

impl Estimate {
    /// Estimates a plan of which `cached` runs a version are answered already, from what was measured where something
    /// was, else from the texts and `max_tokens`.
    #[must_use]
    pub fn of(plan: &Plan, cached: &[u64], calibration: &Calibration) -> Self {
        let version = |(at, planned): (usize, &PlannedVersion)| {
            let cached = cached.get(at).copied().unwrap_or_default();
            version(plan, planned, cached, calibration.versions.get(at).and_then(Option::as_ref))
        };
        let versions: Vec<VersionEstimate> = plan.versions.iter().enumerate().map(version).collect();
        let judges = judges::of(plan, &calibration.judges);
        let lanes = lanes::of(plan, &versions, &judges);
        Self { versions, judges, lanes }
    }

    /// All versions together: the tokens of those that count any, as a program does not; an unknown cost makes the sum
    /// unknown.
    #[must_use]
    pub fn of_versions(&self) -> Share {
        let all = Share::sum(self.versions.iter().map(|version| version.share));
        let counting: Vec<Share> = self
            .versions
            .iter()
            .map(|version| version.share)
            .filter(|share| share.tokens().is_some())
            .collect();
        if counting.is_empty() {
            return all;
        }
        let Share { tokens_in, tokens_out, .. } = Share::sum(counting);
        Share { tokens_in, tokens_out, ..all }
    }

    /// All judges together.
    #[must_use]
    pub fn of_judges(&self) -> Share {
        Share::sum(self.judges.iter().map(|judge| judge.share))
    }

    /// Runs answered by the cache.
    #[must_use]
    pub fn cached(&self) -> u64 {
        self.versions.iter().map(|version| version.cached).sum()
    }

    /// Seconds of the slowest provider, low to high: at least what is known of any, at most what is known of all, with the
    /// questions of all judges after the last answer.
    #[must_use]
    pub fn seconds(&self) -> (Option<f64>, Option<f64>) {
        let lows = self.lanes.iter().filter_map(|lane| lane.low_s);
        let judging = self.lanes.iter().try_fold(0.0, |sum, lane| Some(sum + lane.judging_s?));
        let asked = judging.map(|seconds| seconds / QUESTIONS as f64);
        let high = self.lanes.iter().try_fold(0.0, |longest: f64, lane| {
            Some(longest.max(lane.high_s?).max(lane.answering_s? + asked?))
        });
        (lows.reduce(f64::max), high)
    }
}

fn version(
    plan: &Plan,
    planned: &PlannedVersion,
    cached: u64,
    measured: Option<&Measured>,
) -> VersionEstimate {
    let runs = plan.dataset.len() as u64 * u64::from(plan.repeats);
    let to_make = runs.saturating_sub(cached);
    let share = measured.map_or_else(|| tokens::of(plan, planned, to_make), |measured| measured.of(to_make));
    let share =
        if planned.is_free() { Share { cost: Some((Money::ZERO, Money::ZERO)), ..share } } else { share };
    let latency_s = match measured {
        Some(measured) => measured.latency_s,
        None => declared(planned, &share, to_make),
    };
    VersionEstimate { runs, cached, share, measured: measured.is_some(), latency_s }
}

/// Seconds of a run that its version declares, where it is known how many calls it makes.
fn declared(planned: &PlannedVersion, share: &Share, runs: u64) -> Option<f64> {
    let (calls, most) = share.calls;
    let answer = planned.provider.declared(&planned.version).filter(|_| calls == most && runs > 0)?;
    Some(answer.latency_s * calls as f64 / runs as f64)
}

/// The output tokens a version sets itself as its limit, all choices of an answer together.
pub(super) fn declared_ceiling(version: &Version) -> Option<u64> {
    ceiling(&version.params)
}

/// The output tokens one call of a version is taken to use at most: its own limit, else 1,024.
#[must_use]
pub fn output_ceiling(version: &Version) -> u64 {
    declared_ceiling(version).unwrap_or(OUTPUT_CEILING)
}

/// The limit that parameters set, by any of its names.
fn ceiling(params: &Map) -> Option<u64> {
    let number = |key: &str| params.get(key)?.as_u64();
    let most =
        ["max_tokens", "max_completion_tokens", "max_output_tokens"].iter().find_map(|key| number(key));
    Some(most?.saturating_mul(number("n").unwrap_or(1)))
}

#[cfg(test)]
mod tests;
