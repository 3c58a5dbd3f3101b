//! Owns the race (section G): which versions can be stopped early because the full run would not have chosen them.
//! A pure state machine: race scores go in, in any order of completion; eliminations come out, in race order. It draws
//! nothing, calls nothing and does not know what a score is made of.

use super::betting::Bet;
use super::utility::Transform;
use std::collections::BTreeMap;

/// Cases below which there is no race.
pub const FEWEST_CASES: usize = 60;

/// The constants of a race.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RaceRule {
    /// Cases of the full run, N.
    pub cases: usize,
    /// Cases that every version runs before anyone is stopped, `n0`.
    pub warm_up: usize,
    /// Cases between two looks; 0 counts as 1.
    pub block: usize,
    /// Chance that the version the full run would choose is ever stopped.
    pub alpha: f64,
    /// Stop early on near ties: the final pick is then within this of the best, in utility.
    pub rope: Option<f64>,
}

impl RaceRule {
    /// For `cases`: warm-up 30, a look every 10 cases, alpha 5 % (section L).
    pub fn new(cases: usize) -> Self {
        Self { cases, warm_up: 30, block: 10, alpha: 0.05, rope: None }
    }
}

/// What a look at the race found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RaceEvent {
    /// A version is stopped.
    Eliminated {
        /// Index of the version.
        version: usize,
        /// The version that beats it.
        by: usize,
        /// Cases processed.
        after_cases: usize,
    },
    /// No more cases are needed: one version is left, or the leader is within the rope of the best.
    Finished {
        /// Cases processed.
        after_cases: usize,
    },
}

/// What a race is told of its versions beside their scores.
#[derive(Clone, Copy)]
pub struct Guard<'g> {
    /// Whether u may stop v: not when its real utility so far is below that of v, nor when v must not be stopped
    /// (`--race-keep baseline`).
    pub stops: &'g dyn Fn(usize, usize) -> bool,
    /// Whether the version could be chosen as things stand: one that could not stops nobody and ends nothing.
    pub stands: &'g dyn Fn(usize) -> bool,
}

impl Guard<'static> {
    /// The bets alone decide.
    pub const NONE: Self = Self { stops: &|_, _| true, stands: &|_| true };
}

/// A race in progress.
#[derive(Clone, Debug)]
pub struct Race {
    rule: RaceRule,
    active: Vec<bool>,
    /// `bets[u][v]`: u against v.
    bets: Vec<Vec<Bet>>,
    /// The same against "u is worse than v by the rope or more".
    near_ties: Option<Vec<Vec<Bet>>>,
    /// Sum of the race scores so far, to name the leader.
    totals: Vec<f64>,
    processed: usize,
    finished: Option<usize>,
    waiting: BTreeMap<usize, Vec<Option<f64>>>,
}

impl Race {
    /// A race between `versions` versions.
    pub fn new(versions: usize, rule: RaceRule) -> Self {
        let pairs = |null: f64| vec![vec![Bet::against(null); versions]; versions];
        Self {
            active: vec![true; versions],
            bets: pairs(0.0),
            near_ties: rule.rope.map(|rope| pairs(-rope)),
            totals: vec![0.0; versions],
            processed: 0,
            finished: None,
            waiting: BTreeMap::new(),
            rule,
        }
    }

    /// The wealth at which a version is stopped: `ln(1/alpha')`, alpha shared by the V-1 rivals, and halved when the
    /// rope has its own bets.
    pub fn log_threshold(&self) -> f64 {
        let bets = if self.near_ties.is_some() { 2.0 } else { 1.0 };
        (bets * (self.active.len() as f64 - 1.0) / self.rule.alpha).ln()
    }

    /// Takes the race score in [0, 1] of `version` on the case at place `case` of the race order, and processes every
    /// case that all active versions now have. Scores of stopped versions and of processed cases are ignored.
    pub fn record(&mut self, case: usize, version: usize, score: f64, guard: Guard<'_>) -> Vec<RaceEvent> {
        if self.finished.is_some() || case < self.processed || !self.active[version] {
            return Vec::new();
        }
        let scores = self.waiting.entry(case).or_insert_with(|| vec![None; self.active.len()]);
        scores[version] = Some(score);
        let mut events = Vec::new();
        while self.finished.is_none()
            && let Some(scores) = self.next_complete()
        {
            self.process(&scores);
            if self.is_look() {
                events.extend(self.look(guard));
            }
        }
        events
    }

    /// `ln` of the wealth of `u` against `v`, frozen once one of the two is stopped.
    pub fn log_wealth(&self, u: usize, v: usize) -> f64 {
        self.bets[u][v].log_wealth()
    }

    /// Whether `version` still runs.
    pub fn is_active(&self, version: usize) -> bool {
        self.active[version]
    }

    /// Versions that still run, in order.
    pub fn survivors(&self) -> Vec<usize> {
        (0..self.active.len()).filter(|&v| self.active[v]).collect()
    }

    /// Cases processed so far.
    pub fn processed(&self) -> usize {
        self.processed
    }

    /// Whether no more cases are needed.
    pub fn is_finished(&self) -> bool {
        self.finished.is_some() || self.processed == self.rule.cases
    }

    /// The scores of the next case in race order, if all active versions have it.
    fn next_complete(&mut self) -> Option<Vec<Option<f64>>> {
        let scores = self.waiting.get(&self.processed)?;
        let complete = scores.iter().zip(&self.active).all(|(score, active)| score.is_some() || !active);
        if complete { self.waiting.remove(&self.processed) } else { None }
    }

    fn process(&mut self, scores: &[Option<f64>]) {
        let (t, cases, betting) = (self.processed, self.rule.cases, self.processed >= self.rule.warm_up);
        let running = self.survivors();
        for (&u, &v) in running.iter().flat_map(|u| running.iter().map(move |v| (u, v))) {
            let (Some(ours), Some(theirs)) = (scores[u], scores[v]) else { continue };
            if u == v {
                self.totals[u] += ours;
                continue;
            }
            self.bets[u][v].see(ours - theirs, t, cases, betting);
            if let Some(bets) = &mut self.near_ties {
                bets[u][v].see(ours - theirs, t, cases, betting);
            }
        }
        self.processed += 1;
    }

    /// Every `block` cases after the warm-up, before the last.
    fn is_look(&self) -> bool {
        let after = self.processed.saturating_sub(self.rule.warm_up);
        after > 0 && after.is_multiple_of(self.rule.block.max(1)) && self.processed < self.rule.cases
    }

    fn look(&mut self, guard: Guard<'_>) -> Vec<RaceEvent> {
        let (running, threshold) = (self.survivors(), self.log_threshold());
        let beats = |u: usize, v: usize| {
            u != v && self.log_wealth(u, v) >= threshold && (guard.stops)(u, v) && (guard.stands)(u)
        };
        let beaten = |&v: &usize| running.iter().find(|&&u| beats(u, v)).map(|&u| (v, u));
        let mut out: Vec<(usize, usize)> = running.iter().filter_map(beaten).collect();
        // Two versions of equal utility could, in theory, beat each other: never stop everyone.
        out.truncate(running.len() - 1);
        let mut events = Vec::new();
        for (version, by) in out {
            self.active[version] = false;
            events.push(RaceEvent::Eliminated { version, by, after_cases: self.processed });
        }
        if running.len() > 1 && (self.survivors().len() == 1 || self.leader_is_near_best(guard)) {
            self.finished = Some(self.processed);
            self.waiting.clear();
            events.push(RaceEvent::Finished { after_cases: self.processed });
        }
        events
    }

    /// Whether the bets show the leader to be within the rope of every other running version. These bets never stop a
    /// single version: losses would add up.
    fn leader_is_near_best(&self, guard: Guard<'_>) -> bool {
        let running = self.survivors();
        let ahead = |a: usize, b: usize| if self.totals[b] > self.totals[a] { b } else { a };
        let Some(leader) = running.iter().copied().reduce(ahead) else { return false };
        self.near_ties.as_ref().is_some_and(|bets| {
            let near = |&v: &usize| v == leader || bets[leader][v].log_wealth() >= self.log_threshold();
            running.iter().all(near) && (guard.stands)(leader)
        })
    }
}

/// The utility of one case on the tangent at the version's own warm-up mean `x0`, in [0, 1]:
/// `clamp(u(x0) + u'(x0)(x - x0), 0, 1)` (G.2). The tangent and not u itself, because the mean of u(x) disagrees with u
/// of the mean on the winner of close problems. A missing value enters as `x0`.
pub fn tangent_utility(transform: &Transform, x0: f64, x: Option<f64>) -> f64 {
    let away = x.unwrap_or(x0) - x0;
    (transform.utility(x0) + transform.slope(x0) * away).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Version 0 always scores 1, version 1 always 0.
    fn run(rule: RaceRule, guard: Guard<'_>) -> Vec<RaceEvent> {
        let mut race = Race::new(2, rule);
        let each = |case: usize| [(case, 0, 1.0), (case, 1, 0.0)];
        (0..rule.cases)
            .flat_map(each)
            .flat_map(|(case, version, score)| race.record(case, version, score, guard))
            .collect()
    }

    #[test]
    fn the_guard_can_keep_a_version() {
        let rule = RaceRule::new(100);
        let stopped = RaceEvent::Eliminated { version: 1, by: 0, after_cases: 40 };
        assert_eq!(run(rule, Guard::NONE), [stopped, RaceEvent::Finished { after_cases: 40 }]);
        assert_eq!(run(rule, Guard { stops: &|_, _| false, ..Guard::NONE }), []);
        assert_eq!(run(rule, Guard { stands: &|version| version != 0, ..Guard::NONE }), []);
    }

    fn near_tie(guard: Guard<'_>) -> (Race, Vec<RaceEvent>) {
        let mut race = Race::new(2, RaceRule { rope: Some(0.1), ..RaceRule::new(400) });
        let mut events = Vec::new();
        for case in 0..400 {
            let score = if case % 2 == 0 { 0.5 } else { 0.52 };
            events.extend(race.record(case, 0, score, guard));
            events.extend(race.record(case, 1, 1.02 - score, guard));
        }
        (race, events)
    }

    #[test]
    fn near_ties_finish_early_without_stopping_anyone() {
        let (race, events) = near_tie(Guard::NONE);
        assert!(matches!(events[..], [RaceEvent::Finished { after_cases }] if after_cases < 200));
        assert_eq!((race.survivors(), race.is_finished()), (vec![0, 1], true));
        let (_, events) = near_tie(Guard { stands: &|_| false, ..Guard::NONE });
        assert_eq!(events, [], "a leader that cannot be chosen ends nothing");
    }

    #[test]
    fn the_leader_of_a_near_tie_is_the_one_ahead() {
        let rule = RaceRule { rope: Some(0.05), ..RaceRule::new(400) };
        let mut race = Race::new(2, rule);
        let guard = Guard { stops: &|_, _| false, ..Guard::NONE };
        let each = |case: usize| [(case, 0, 0.5), (case, 1, 0.7)];
        let events: Vec<RaceEvent> = (0..400)
            .flat_map(each)
            .flat_map(|(case, version, score)| race.record(case, version, score, guard))
            .collect();
        assert!(
            matches!(events[..], [RaceEvent::Finished { after_cases }] if after_cases < 200),
            "{events:?}"
        );
    }

    #[test]
    fn alpha_is_shared_by_the_rivals_and_halved_by_a_rope() {
        let threshold = |rope| Race::new(4, RaceRule { rope, ..RaceRule::new(400) }).log_threshold();
        assert!((threshold(None) - (3.0_f64 / 0.05).ln()).abs() < 1e-12);
        assert!((threshold(Some(0.1)) - (6.0_f64 / 0.05).ln()).abs() < 1e-12);
    }

    #[test]
    fn level_versions_cannot_all_be_stopped() {
        let mut race = Race::new(3, RaceRule { alpha: 2.0, ..RaceRule::new(100) });
        for (case, version) in (0..100).flat_map(|case| (0..3).map(move |version| (case, version))) {
            race.record(case, version, 0.5, Guard::NONE);
        }
        assert_eq!(race.survivors(), [2], "at a threshold that everyone reaches");
    }

    #[test]
    fn a_missing_value_is_the_warm_up_mean_and_tangents_are_clamped() {
        let cost = Transform::Ratio { goal: crate::analyse::stats::utility::Goal::Minimize, reference: 1.0 };
        assert_eq!(tangent_utility(&cost, 1.0, None), 0.5);
        assert_eq!(tangent_utility(&cost, 1.0, Some(2.0)), 0.25);
        assert_eq!(tangent_utility(&cost, 1.0, Some(9.0)), 0.0);
        assert_eq!(tangent_utility(&Transform::Identity, 0.5, Some(1.0)), 1.0);
    }
}
