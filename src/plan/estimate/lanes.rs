//! How long each provider would take at the limits that are known: those that are declared bound it from below, what a
//! call takes must have been measured. Without that the upper end is unknown, and without any limit all of it.
use super::VersionEstimate;
use crate::domain::Endpoint;
use crate::plan::{Plan, PlannedVersion, slots};
use crate::providers::{Call, Wire};

/// Seconds of a minute, which limits are given by.
const MINUTE: f64 = 60.0;

/// The estimate of one provider's time.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneEstimate {
    /// Its name.
    pub provider: String,
    /// Whether its answers are waited for: simulated and recorded ones are at hand.
    pub waits: bool,
    /// Declared limit.
    pub requests_per_minute: Option<u64>,
    /// Declared limit.
    pub tokens_per_minute: Option<u64>,
    /// Calls in flight, at first and at most.
    pub slots: (usize, usize),
    /// Seconds a run takes, measured, over its versions.
    pub latency_s: Option<f64>,
    /// Seconds at least; `None` where nothing bounds them.
    pub low_s: Option<f64>,
    /// Seconds at most; `None` where a run's are not known.
    pub high_s: Option<f64>,
}

/// One a provider.
pub(super) fn of(plan: &Plan, versions: &[VersionEstimate]) -> Vec<LaneEstimate> {
    plan.lanes()
        .into_iter()
        .map(|(endpoint, _)| {
            let own = plan.versions.iter().zip(versions);
            let own: Vec<_> = own.filter(|(planned, _)| planned.endpoint.name == endpoint.name).collect();
            lane(plan, endpoint, &own)
        })
        .collect()
}

fn lane(plan: &Plan, endpoint: Endpoint, versions: &[(&PlannedVersion, &VersionEstimate)]) -> LaneEstimate {
    let shares = || versions.iter().map(|(_, version)| version.share);
    let calls = shares().fold((0, 0), |sum, share| (sum.0 + share.calls.0, sum.1 + share.calls.1));
    let tokens = shares().try_fold((0, 0), |sum: (u64, u64), share| {
        share.tokens().map(|(low, high)| (sum.0 + low, sum.1.saturating_add(high)))
    });
    let slots = slots(&endpoint, plan.experiment.run.concurrency);
    let mut lane = LaneEstimate {
        provider: endpoint.name,
        waits: versions.iter().any(|(planned, _)| waits(plan, planned)),
        requests_per_minute: endpoint.requests_per_minute,
        tokens_per_minute: endpoint.tokens_per_minute,
        slots,
        latency_s: latency(versions),
        low_s: None,
        high_s: None,
    };
    // The first request goes at once.
    let paced = |n: u64, limit: u64| n.saturating_sub(1) as f64 * MINUTE / limit as f64;
    let by_requests = lane.requests_per_minute.map(|limit| (paced(calls.0, limit), paced(calls.1, limit)));
    let by_tokens = lane.tokens_per_minute.zip(tokens);
    let by_tokens = by_tokens.map(|(limit, (low, high))| (paced(low, limit), paced(high, limit)));
    let by_answers = if lane.waits { lane.answers(versions) } else { Some((0.0, 0.0)) };
    let known: Vec<(f64, f64)> = [by_requests, by_tokens, by_answers].into_iter().flatten().collect();
    let longest = |ends: fn(&(f64, f64)) -> f64| known.iter().map(ends).reduce(f64::max);
    lane.low_s = longest(|(low, _)| *low);
    lane.high_s = by_answers.and_then(|_| longest(|(_, high)| *high));
    lane
}

impl LaneEstimate {
    /// Seconds that its answers take: with all the slots there may be, and with those there are at first.
    fn answers(&self, versions: &[(&PlannedVersion, &VersionEstimate)]) -> Option<(f64, f64)> {
        let each = self.latency_s?;
        let runs: u64 = versions.iter().map(|(_, version)| version.runs - version.cached).sum();
        let over = |slots: usize| if runs == 0 { 0.0 } else { (runs as f64 * each / slots as f64).max(each) };
        Some((over(self.slots.1), over(self.slots.0)))
    }
}

/// Seconds of a run, over those to be made; `None` where a version's were not measured.
fn latency(versions: &[(&PlannedVersion, &VersionEstimate)]) -> Option<f64> {
    let (mut runs, mut seconds) = (0, 0.0);
    for (_, version) in versions {
        let own = version.runs - version.cached;
        runs += own;
        seconds += if own == 0 { 0.0 } else { own as f64 * version.latency_s? };
    }
    (runs > 0).then(|| seconds / runs as f64)
}

/// Whether its answers are not at hand.
fn waits(plan: &Plan, planned: &PlannedVersion) -> bool {
    let Ok(case) = plan.dataset.get(0) else { return true };
    let messages = planned.prompt.render(&case).unwrap_or_default();
    let (version, seed, wrong) = (planned.version.as_ref(), plan.experiment.run.seed, plan.wrong.as_slice());
    let call = Call { version, case: &case, repeat: 0, messages: &messages, seed, wrong };
    !matches!(planned.provider.encode(&call), Ok(Wire::Instant(answer)) if !answer.sleep)
}
