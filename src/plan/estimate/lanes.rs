//! How long each provider would take, of versions and judges together, at the limits that are known: those that are
//! declared bound it from below, what a call takes must have been measured. Without that the upper end is unknown, and
//! without any limit all of it.
use super::{JudgeEstimate, Share, VersionEstimate};
use crate::domain::Endpoint;
use crate::plan::{Plan, PlannedVersion, QUESTIONS, slots};
use crate::providers::{Call, Wire};

/// Seconds of a minute, which limits are given by.
const MINUTE: f64 = 60.0;

/// The estimate of one provider's time.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneEstimate {
    /// Its name.
    pub provider: String,
    /// Whether its versions' answers are waited for: simulated and recorded ones are at hand.
    pub waits: bool,
    /// Declared limit.
    pub requests_per_minute: Option<u64>,
    /// Declared limit.
    pub tokens_per_minute: Option<u64>,
    /// Calls in flight, at first and at most.
    pub slots: (usize, usize),
    /// Seconds a run takes, measured, over its versions.
    pub latency_s: Option<f64>,
    /// Runs of its versions that are to be made.
    pub runs: u64,
    /// Questions of judges that are waited for.
    pub judged: (u64, u64),
    /// Seconds of all of them one after the other, measured.
    pub judging_s: Option<f64>,
    /// Seconds that its versions' answers take at most.
    pub answering_s: Option<f64>,
    /// Seconds at least; `None` where nothing bounds them.
    pub low_s: Option<f64>,
    /// Seconds at most; `None` where a run's are not known.
    pub high_s: Option<f64>,
}

/// What one provider is asked.
struct Lane<'a> {
    endpoint: Endpoint,
    versions: Vec<(&'a PlannedVersion, &'a VersionEstimate)>,
    judges: Vec<&'a JudgeEstimate>,
}

/// One a provider.
pub(super) fn of(plan: &Plan, versions: &[VersionEstimate], judges: &[JudgeEstimate]) -> Vec<LaneEstimate> {
    let mut endpoints: Vec<Endpoint> = plan.lanes().into_iter().map(|(endpoint, _)| endpoint).collect();
    for judge in judges {
        if !endpoints.iter().any(|known| known.name == judge.endpoint.name) {
            endpoints.push(judge.endpoint.clone());
        }
    }
    let judging = judging(judges, plan.total());
    let lane = |endpoint: Endpoint| {
        let is_its = |other: &Endpoint| other.name == endpoint.name;
        let versions = plan.versions.iter().zip(versions).filter(|(planned, _)| is_its(&planned.endpoint));
        let judges = judges.iter().filter(|judge| is_its(&judge.endpoint));
        let (versions, judges) = (versions.collect(), judges.collect());
        estimate(plan, &Lane { endpoint: endpoint.clone(), versions, judges }, judging)
    };
    endpoints.into_iter().map(lane).collect()
}

/// `judging`: seconds of the questions to all providers, one after the other.
fn estimate(plan: &Plan, lane: &Lane<'_>, judging: Option<f64>) -> LaneEstimate {
    let endpoint = &lane.endpoint;
    let (calls, tokens) = (lane.calls(), lane.tokens());
    let slots = slots(endpoint, plan.experiment.run.concurrency);
    let waits = lane.versions.iter().any(|(planned, _)| waits(plan, planned));
    let latency_s = latency(&lane.versions);
    let by_versions = if waits { lane.of_versions(slots, latency_s) } else { Some((0.0, 0.0)) };
    // Its questions lie among those to other providers, which share the places.
    let judging = if lane.waiting().next().is_some() { judging } else { Some(0.0) };
    let by_judges = judging.map(|all| (all / QUESTIONS as f64, all / QUESTIONS as f64));
    let (any, judged) = (!lane.versions.is_empty(), !lane.judges.is_empty());
    let answers = [any.then_some(by_versions), judged.then_some(by_judges)].into_iter().flatten();
    // Judges are asked while versions are, and about the last answer after it.
    let by_answers = answers.clone().try_fold(0.0, |sum, each| Some(sum + each?.1));
    // The first request goes at once.
    let paced = |(low, high): (u64, u64), limit: u64| {
        [low, high].map(|n| n.saturating_sub(1) as f64 * MINUTE / limit as f64).into()
    };
    let by_requests = endpoint.requests_per_minute.map(|limit| paced(calls, limit));
    let by_tokens = endpoint.tokens_per_minute.zip(tokens).map(|(limit, tokens)| paced(tokens, limit));
    let limits: [Option<(f64, f64)>; 2] = [by_requests, by_tokens];
    let lows = limits.into_iter().chain(answers).flatten().map(|(low, _)| low);
    let highs = limits.into_iter().flatten().map(|(_, high)| high);
    LaneEstimate {
        provider: endpoint.name.clone(),
        waits,
        requests_per_minute: endpoint.requests_per_minute,
        tokens_per_minute: endpoint.tokens_per_minute,
        slots,
        latency_s,
        runs: lane.versions.iter().map(|(_, version)| version.runs - version.cached).sum(),
        judged: Share::sum(lane.waiting().map(|judge| judge.share)).calls,
        judging_s: self::judging(lane.judges.iter().copied(), plan.total()),
        answering_s: if any { by_versions.map(|(_, high)| high) } else { Some(0.0) },
        low_s: lows.reduce(f64::max),
        high_s: by_answers.map(|answers| highs.fold(answers, f64::max)),
    }
}

impl Lane<'_> {
    fn shares(&self) -> impl Iterator<Item = Share> {
        let judges = self.judges.iter().map(|judge| judge.share);
        self.versions.iter().map(|(_, version)| version.share).chain(judges)
    }

    fn calls(&self) -> (u64, u64) {
        Share::sum(self.shares()).calls
    }

    fn tokens(&self) -> Option<(u64, u64)> {
        Share::sum(self.shares()).tokens()
    }

    /// Seconds that versions' answers take: with all the slots there may be, and with those there are at first.
    fn of_versions(&self, (first, most): (usize, usize), latency_s: Option<f64>) -> Option<(f64, f64)> {
        let runs: u64 = self.versions.iter().map(|(_, version)| version.runs - version.cached).sum();
        if runs == 0 {
            return Some((0.0, 0.0));
        }
        let each = latency_s?;
        let over = |slots: usize| (runs as f64 * each / slots as f64).max(each);
        Some((over(most), over(first)))
    }

    /// Judges whose answers are not at hand.
    fn waiting(&self) -> impl Iterator<Item = &JudgeEstimate> {
        self.judges.iter().copied().filter(|judge| judge.latency_s != Some(0.0))
    }
}

/// Seconds of judging so many runs, one question after the other; `None` where a judge's were not measured.
fn judging<'a>(judges: impl IntoIterator<Item = &'a JudgeEstimate>, runs: u64) -> Option<f64> {
    judges.into_iter().try_fold(0.0, |sum, judge| Some(sum + judge.latency_s? * runs as f64))
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
