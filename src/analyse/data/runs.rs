//! The runs of one version, column by column: a million of them are compared in the memory of their numbers.
use super::column::{Column, Perhaps};
use crate::domain::{ErrorType, RunStatus};
use crate::metrics::Facts;
use crate::stores::{MeasuredValue, Measurement};

/// Token counts above this are not told apart; four billion in one run.
const MOST_TOKENS: u32 = u32::MAX - 1;
/// No count.
const UNCOUNTED: u32 = u32::MAX;

/// One version's runs.
#[derive(Clone, Debug)]
pub(in crate::analyse) struct Runs {
    len: usize,
    case: Column<u32>,
    repeat: Column<u32>,
    started: Column<Perhaps>,
    status: Column<RunStatus>,
    /// Into `errors`, from 1; 0 is none.
    error: Column<u16>,
    errors: Vec<ErrorType>,
    latency: Column<Perhaps>,
    ttft: Column<Perhaps>,
    generation: Column<Perhaps>,
    cost: Column<Perhaps>,
    spent: Column<Perhaps>,
    input: Column<u32>,
    output: Column<u32>,
    queue: Column<Perhaps>,
    backoff: Column<Perhaps>,
    /// Where it is not the latency.
    elapsed: Column<Perhaps>,
    retries: Column<u32>,
    cache_hit: Column<bool>,
    /// One an evaluator.
    scores: Vec<Scores>,
}

#[derive(Clone, Debug)]
struct Scores {
    kind: Column<Kind>,
    value: Column<Perhaps>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Unscored,
    Scored(Option<bool>),
    NotApplicable,
    Failed,
}

impl Runs {
    /// No runs, of that many evaluators.
    pub fn new(evaluators: usize) -> Self {
        let scores = Scores { kind: Column::new(), value: Column::new() };
        Self {
            len: 0,
            case: Column::new(),
            repeat: Column::new(),
            started: Column::new(),
            status: Column::new(),
            error: Column::new(),
            errors: Vec::new(),
            latency: Column::new(),
            ttft: Column::new(),
            generation: Column::new(),
            cost: Column::new(),
            spent: Column::new(),
            input: Column::new(),
            output: Column::new(),
            queue: Column::new(),
            backoff: Column::new(),
            elapsed: Column::new(),
            retries: Column::new(),
            cache_hit: Column::new(),
            scores: vec![scores; evaluators],
        }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    /// Takes one in. `score` finds what an evaluator, by its index, said.
    pub fn push(&mut self, case: u32, run: &Measurement, score: impl Fn(usize) -> Option<MeasuredValue>) {
        let counted = |n: Option<u64>| {
            n.map_or(UNCOUNTED, |n| u32::try_from(n).unwrap_or(MOST_TOKENS).min(MOST_TOKENS))
        };
        self.len += 1;
        self.case.push(case);
        self.repeat.push(run.repeat);
        self.started.push(Some(run.started.as_duration().as_secs_f64()).into());
        self.status.push(run.facts.status);
        let error = run.error.as_ref().map_or(0, |error| self.error(error));
        self.error.push(error);
        self.latency.push(run.facts.latency_s.into());
        self.ttft.push(run.facts.ttft_s.into());
        self.generation.push(run.facts.generation_s.into());
        self.cost.push(run.facts.cost_usd.into());
        self.spent.push(run.spent_usd.into());
        self.input.push(counted(run.facts.input_tokens));
        self.output.push(counted(run.facts.output_tokens));
        self.queue.push(Some(run.queue_s).into());
        self.backoff.push(Some(run.backoff_s).into());
        let is_latency = run.elapsed_s == run.facts.latency_s.unwrap_or_default();
        self.elapsed.push((!is_latency).then_some(run.elapsed_s).into());
        self.retries.push(run.retries);
        self.cache_hit.push(run.cache_hit);
        for (scores, evaluator) in self.scores.iter_mut().zip(0..) {
            scores.push(score(evaluator));
        }
    }

    fn error(&mut self, error: &ErrorType) -> u16 {
        let at = self.errors.iter().position(|known| known == error).unwrap_or_else(|| {
            self.errors.push(error.clone());
            self.errors.len() - 1
        });
        u16::try_from(at + 1).unwrap_or(u16::MAX)
    }

    /// One by one.
    pub fn iter(&self) -> impl Iterator<Item = RunFacts<'_>> + Clone {
        (0..self.len).map(move |at| RunFacts { runs: self, at })
    }

    /// Gives every case its new number, then puts the runs in the order of cases, repeats and times.
    pub(super) fn settle(&mut self, place: &[u32]) {
        self.case.change(|case| place[case as usize]);
        let key = |run: RunFacts<'_>| (run.case(), run.repeat());
        let mut keys: Vec<((u32, u32), u32)> = self.iter().zip(0..).map(|(run, at)| (key(run), at)).collect();
        if keys.windows(2).all(|pair| pair[0].0 < pair[1].0) {
            return;
        }
        let time = |at: u32| RunFacts { runs: self, at: at as usize }.started_s();
        keys.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| time(a.1).total_cmp(&time(b.1))).then(a.1.cmp(&b.1))
        });
        let order: Vec<u32> = keys.into_iter().map(|(_, at)| at).collect();
        self.reorder(&order);
    }

    fn reorder(&mut self, order: &[u32]) {
        self.case.reorder(order);
        self.repeat.reorder(order);
        self.started.reorder(order);
        self.status.reorder(order);
        self.error.reorder(order);
        self.latency.reorder(order);
        self.ttft.reorder(order);
        self.generation.reorder(order);
        self.cost.reorder(order);
        self.spent.reorder(order);
        self.input.reorder(order);
        self.output.reorder(order);
        self.queue.reorder(order);
        self.backoff.reorder(order);
        self.elapsed.reorder(order);
        self.retries.reorder(order);
        self.cache_hit.reorder(order);
        for scores in &mut self.scores {
            scores.kind.reorder(order);
            scores.value.reorder(order);
        }
    }
}

impl Scores {
    fn push(&mut self, value: Option<MeasuredValue>) {
        let (kind, value) = match value {
            Some(MeasuredValue::Scored(score, passed)) => (Kind::Scored(passed), Some(score)),
            Some(MeasuredValue::NotApplicable) => (Kind::NotApplicable, None),
            Some(MeasuredValue::Failed) => (Kind::Failed, None),
            None => (Kind::Unscored, None),
        };
        self.kind.push(kind);
        self.value.push(value.into());
    }
}

/// One run, as the statistics see it.
#[derive(Clone, Copy, Debug)]
pub(in crate::analyse) struct RunFacts<'a> {
    runs: &'a Runs,
    at: usize,
}

impl<'a> RunFacts<'a> {
    /// Index of its case.
    pub fn case(self) -> u32 {
        self.runs.case.get(self.at).unwrap_or_default()
    }

    pub fn repeat(self) -> u32 {
        self.runs.repeat.get(self.at).unwrap_or_default()
    }

    /// Seconds since 1970.
    pub fn started_s(self) -> f64 {
        number(&self.runs.started, self.at).unwrap_or_default()
    }

    pub fn status(self) -> RunStatus {
        self.runs.status.get(self.at).unwrap_or(RunStatus::NotRun)
    }

    pub fn error(self) -> Option<&'a ErrorType> {
        let at = self.runs.error.get(self.at)?.checked_sub(1)?;
        self.runs.errors.get(usize::from(at))
    }

    /// What metrics see.
    pub fn facts(self) -> Facts {
        let runs = self.runs;
        let counted = |column: &Column<u32>| column.get(self.at).filter(|n| *n != UNCOUNTED).map(u64::from);
        Facts {
            status: self.status(),
            latency_s: number(&runs.latency, self.at),
            ttft_s: number(&runs.ttft, self.at),
            generation_s: number(&runs.generation, self.at),
            cost_usd: self.cost_usd(),
            input_tokens: counted(&runs.input),
            output_tokens: counted(&runs.output),
        }
    }

    pub fn cost_usd(self) -> Option<f64> {
        number(&self.runs.cost, self.at)
    }

    pub fn spent_usd(self) -> Option<f64> {
        number(&self.runs.spent, self.at)
    }

    pub fn queue_s(self) -> f64 {
        number(&self.runs.queue, self.at).unwrap_or_default()
    }

    pub fn backoff_s(self) -> f64 {
        number(&self.runs.backoff, self.at).unwrap_or_default()
    }

    /// From the first sending to the end of the last attempt, in seconds.
    pub fn elapsed_s(self) -> f64 {
        let own = number(&self.runs.elapsed, self.at);
        own.or(number(&self.runs.latency, self.at)).unwrap_or_default()
    }

    pub fn retries(self) -> u32 {
        self.runs.retries.get(self.at).unwrap_or_default()
    }

    pub fn cache_hit(self) -> bool {
        self.runs.cache_hit.get(self.at).unwrap_or_default()
    }

    /// What that evaluator said; `None` when it has not.
    pub fn score(self, evaluator: u16) -> Option<MeasuredValue> {
        let scores = self.runs.scores.get(usize::from(evaluator))?;
        match scores.kind.get(self.at)? {
            Kind::Unscored => None,
            Kind::Scored(passed) => Some(MeasuredValue::Scored(number(&scores.value, self.at)?, passed)),
            Kind::NotApplicable => Some(MeasuredValue::NotApplicable),
            Kind::Failed => Some(MeasuredValue::Failed),
        }
    }
}

fn number(column: &Column<Perhaps>, at: usize) -> Option<f64> {
    column.get(at)?.get()
}
