//! The referee of a live race (section G): measurements go in as runs are stored and scored, in any order; what the race
//! decided comes out, in the order of its cases. Pure: it neither stops a run nor says anything. The same measurements
//! always give the same eliminations, which is what makes a race resumable.
mod standing;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::cells::of_case;
use super::data::{Data, DataError};
use super::metric::Metric;
use super::stats::field::{Field, Row};
use super::stats::interval::Confidence;
use super::stats::panel::Metric as PanelMetric;
use super::stats::race::{FEWEST_CASES, RaceEvent, RaceRule};
use super::summarise::Setting;
use super::weighing::{Weighed, weigh};
use crate::domain::{Batch, ErrorType, Formula, Gate, GateMode, IntervalKind, RunId, RunStatus, WinnerRule};
use crate::stores::{MeasuredCase, MeasuredScore, Measurement};

/// What a race is held over.
#[derive(Clone, Debug, Default)]
pub struct RaceOptions {
    /// The cases in the order they are run.
    pub cases: Vec<MeasuredCase>,
    /// What a version must hold to be chosen.
    pub gates: Vec<Gate>,
    /// End early when the leader is within this of the best, in utility.
    pub rope: Option<f64>,
    /// Names of versions that are never stopped.
    pub keep: Vec<String>,
}

/// What the race decided. Versions are indices into the batch's.
#[derive(Clone, Debug, PartialEq)]
pub enum RaceNews {
    /// A version is stopped.
    Out {
        /// Which.
        version: usize,
        /// The version that beats it.
        by: usize,
        /// Cases the race had seen.
        after_cases: usize,
        /// How far behind it was, in utility.
        margin: f64,
    },
    /// No more cases are needed.
    Over {
        /// Cases the race had seen.
        after_cases: usize,
    },
    /// After the warm-up fewer than two versions had enough values of every weighted metric: nobody is stopped.
    Void,
}

/// The measurements of one case: by version, one a repeat.
type Waiting = Vec<BTreeMap<u32, Measurement>>;

/// A race in progress.
#[derive(Debug)]
pub struct Referee {
    data: Data,
    rule: WinnerRule,
    race: RaceRule,
    gates: Vec<Gate>,
    /// In the order of the race.
    cases: Vec<MeasuredCase>,
    place: HashMap<Arc<str>, usize>,
    keep: Vec<bool>,
    /// Runs that lack a score, with their case's place.
    unscored: HashMap<RunId, (usize, Measurement)>,
    waiting: BTreeMap<usize, Waiting>,
    /// The next case of the race.
    next: usize,
    /// Versions that were in it when it ended.
    left: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    WarmUp,
    Racing { weighed: Vec<Weighed>, entrants: Vec<usize>, field: Box<Field> },
    Ended,
}

impl Referee {
    /// A referee over a batch.
    ///
    /// # Errors
    /// There is nothing to race on: too few cases or versions, no evaluator; a version to keep does not exist; or a
    /// weighted metric is no mean over cases.
    pub fn new(batch: &Batch, options: &RaceOptions) -> Result<Self, DataError> {
        let data = Data::new(std::slice::from_ref(batch), false)?;
        let nothing = |why: String| Err(DataError::Nothing(why));
        if data.versions.len() < 2 {
            return nothing("no race: there is one version".to_owned());
        }
        if data.settings.evaluators.is_empty() {
            return nothing("no race: the experiment has no evaluators".to_owned());
        }
        let cases = options.cases.len();
        if cases < FEWEST_CASES {
            return nothing(format!("no race: {cases} cases, and fewer than {FEWEST_CASES} spare nothing"));
        }
        let mut keep = vec![false; data.versions.len()];
        for name in &options.keep {
            let is_baseline = name == "baseline" && !data.versions.iter().any(|v| v.name == *name);
            keep[data.version(if is_baseline { &data.baseline } else { name })?] = true;
        }
        // The batch's own baseline, and the one formula whose utilities depend on no other version. A gate counts as held
        // once it surely is: who might yet break it stops nobody.
        let (baseline, formula, gate_mode) = (None, Formula::Ratio, GateMode::Confident);
        let rule = WinnerRule { baseline, formula, gate_mode, ..data.rule() };
        let referee = Self {
            place: options.cases.iter().map(|case| case.id.clone()).zip(0..).collect(),
            cases: options.cases.clone(),
            gates: options.gates.clone(),
            race: RaceRule { rope: options.rope, ..RaceRule::new(cases) },
            unscored: HashMap::new(),
            waiting: BTreeMap::new(),
            next: 0,
            left: data.versions.len(),
            state: State::WarmUp,
            data,
            rule,
            keep,
        };
        for weighed in referee.weigh()? {
            if !is_mean(weighed.metric) {
                let name = weighed.report.name;
                return Err(DataError::Weights(format!(
                    "a race needs metrics that are means over cases, and `{name}` is none"
                )));
            }
        }
        Ok(referee)
    }

    /// Takes a run of that case in, with the scores it has. One that was cut short is made again, and counts then.
    pub fn take(&mut self, case_id: &str, run: Measurement) -> Vec<RaceNews> {
        if matches!(run.error, Some(ErrorType::Cancelled | ErrorType::Budget)) {
            return Vec::new();
        }
        self.place.get(case_id).copied().map_or_else(Vec::new, |place| self.take_at(place, run))
    }

    fn take_at(&mut self, place: usize, run: Measurement) -> Vec<RaceNews> {
        if run.facts.status == RunStatus::Ok && !self.data.is_scored(&run) {
            self.unscored.insert(run.run, (place, run));
            return Vec::new();
        }
        let Some(version) = self.data.index_of(&run.version) else { return Vec::new() };
        if place < self.next || matches!(self.state, State::Ended) {
            return Vec::new();
        }
        let versions = self.data.versions.len();
        let case = self.waiting.entry(place).or_insert_with(|| vec![BTreeMap::new(); versions]);
        case[version].insert(run.repeat, run);
        self.advance()
    }

    /// Takes a score of a run that was taken before.
    pub fn score(&mut self, run: RunId, score: MeasuredScore) -> Vec<RaceNews> {
        let Some((place, mut run)) = self.unscored.remove(&run) else { return Vec::new() };
        run.scores.push(score);
        self.take_at(place, run)
    }

    /// Cases every version in the race has been seen on; the warm-up is seen at once.
    #[must_use]
    pub fn seen(&self) -> usize {
        self.next
    }

    /// Before which case the race cannot decide anything.
    #[must_use]
    pub fn horizon(&self) -> usize {
        self.next.max(self.race.warm_up)
    }

    /// Versions that still run.
    #[must_use]
    pub fn left(&self) -> usize {
        match &self.state {
            State::Racing { field, .. } => field.race().survivors().len(),
            State::WarmUp => self.data.versions.len(),
            State::Ended => self.left,
        }
    }

    fn advance(&mut self) -> Vec<RaceNews> {
        if matches!(self.state, State::WarmUp) {
            let everyone: Vec<usize> = (0..self.data.versions.len()).collect();
            if !(0..self.race.warm_up).all(|place| self.complete(place, &everyone)) {
                return Vec::new();
            }
            if let Some(news) = self.start() {
                return vec![news];
            }
        }
        let mut news = Vec::new();
        while let State::Racing { weighed, entrants, field } = &mut self.state {
            let racing: Vec<usize> = field.race().survivors().iter().map(|&i| entrants[i]).collect();
            if !complete(&self.waiting, self.data.settings.repeats, self.next, &racing) {
                break;
            }
            let Some(case) = self.waiting.remove(&self.next) else { break };
            let row = |v: &usize| racing.contains(v).then(|| row(&self.data, &case[*v], weighed, &self.rule));
            let rows: Vec<Option<Row>> = entrants.iter().map(row).collect();
            keep(&mut self.data, &self.cases[self.next], &case);
            let stands =
                |i: usize| standing::stands(&self.data, &self.rule, &self.gates, weighed, entrants[i]);
            let events = field.see(&rows, &stands);
            self.next += 1;
            news.extend(events.into_iter().map(|event| told(event, entrants, field)));
            if matches!(news.last(), Some(RaceNews::Over { .. })) {
                self.left = field.race().survivors().len();
                self.state = State::Ended;
                self.waiting.clear();
            }
        }
        news
    }

    fn complete(&self, place: usize, versions: &[usize]) -> bool {
        complete(&self.waiting, self.data.settings.repeats, place, versions)
    }

    /// Freezes references, tangents and who takes part, after the warm-up.
    fn start(&mut self) -> Option<RaceNews> {
        let cases: Vec<Waiting> =
            (0..self.race.warm_up).filter_map(|place| self.waiting.remove(&place)).collect();
        self.next = self.race.warm_up;
        // In race order whatever the order of completion: sums then agree to the last bit.
        for (case, runs) in self.cases.iter().zip(&cases) {
            keep(&mut self.data, case, runs);
        }
        self.state = self.racing(&cases).unwrap_or(State::Ended);
        matches!(self.state, State::Ended).then_some(RaceNews::Void)
    }

    fn racing(&self, cases: &[Waiting]) -> Option<State> {
        let weighed = self.weigh().ok()?;
        let mut rows: Vec<Vec<Row>> = Vec::with_capacity(cases.len());
        for case in cases {
            rows.push(case.iter().map(|runs| row(&self.data, runs, &weighed, &self.rule)).collect());
        }
        let entrants = standing::entrants(&self.data, &self.rule, &weighed);
        if entrants.len() < 2 {
            return None;
        }
        let of = |case: &Vec<Row>| entrants.iter().map(|&v| case[v].clone()).collect();
        let warm_up: Vec<Vec<Row>> = rows.iter().map(of).collect();
        let metric = |w: &Weighed| PanelMetric {
            transform: w.utility,
            weight: w.report.weight,
            evaluator: w.metric.is_score(),
        };
        let kept = entrants.iter().map(|&v| self.keep[v]).collect();
        let field = Field::new(weighed.iter().map(metric).collect(), self.race, kept, &warm_up)?;
        Some(State::Racing { weighed, entrants, field: Box::new(field) })
    }

    fn weigh(&self) -> Result<Vec<Weighed>, DataError> {
        let selected = vec![true; self.data.cases.len()];
        let setting = Setting {
            confidence: Confidence::default(),
            groups: None,
            one_run: false,
            selected: &selected,
            kind: IntervalKind::Wilson,
        };
        weigh(&self.data, &self.rule, setting)
    }
}

fn complete(waiting: &BTreeMap<usize, Waiting>, repeats: u32, place: usize, versions: &[usize]) -> bool {
    let all = |case: &Waiting| versions.iter().all(|&v| case[v].len() >= repeats.max(1) as usize);
    waiting.get(&place).is_some_and(all)
}

/// Remembers the runs of a case, which gates and coverage are told from.
fn keep(data: &mut Data, case: &MeasuredCase, runs: &Waiting) {
    let number = data.push_case(case);
    runs.iter().flat_map(BTreeMap::values).for_each(|run| data.push(number, run));
}

/// One version's values on one case, the mean over the repeats.
fn row(data: &Data, runs: &BTreeMap<u32, Measurement>, weighed: &[Weighed], rule: &WinnerRule) -> Row {
    let runs = data.runs_of(runs.values());
    weighed.iter().map(|w| of_case(data, &runs, w.metric, rule.on_error).value()).collect()
}

fn told(event: RaceEvent, entrants: &[usize], field: &Field) -> RaceNews {
    match event {
        RaceEvent::Eliminated { version, by, after_cases } => RaceNews::Out {
            version: entrants[version],
            by: entrants[by],
            after_cases,
            margin: field.utility(by) - field.utility(version),
        },
        RaceEvent::Finished { after_cases } => RaceNews::Over { after_cases },
    }
}

fn is_mean(metric: Metric) -> bool {
    metric.quantile().is_none() && metric.below().is_none()
}

#[cfg(test)]
mod tests;
