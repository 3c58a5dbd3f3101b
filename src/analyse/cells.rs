//! One number a case: the mean over the repeats of what each run says of a metric. Says of every case without a
//! number whether that is a gap in the data or something the metric does not measure.
use std::sync::Arc;

use super::data::{Data, Measured, RunFacts, Runs};
use super::metric::Metric;
use super::stats::paired::Pairs;
use super::stats::panel::{Cell, Measure};
use super::stats::per_case::PerCase;
use super::stats::ratio::linearised;
use crate::domain::{OnError, RunStatus};
use crate::metrics::Below;
use crate::stores::MeasuredValue;

/// A version's numbers on one metric.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Cells {
    /// One a case.
    pub cells: Vec<Cell>,
    /// The runs' own numbers by case, for quantiles.
    pub runs: PerCase,
    /// Of a sum over a sum what is below the line, by case; `cells` are what is above it.
    pub below: Option<Vec<Cell>>,
    /// Where cases do not count alike.
    weighed: Option<Weighed>,
}

/// A mean over cases that count `w_i`, as the sum of `w_i y_i` over that of `w_i` (A.1).
#[derive(Clone, Debug, PartialEq)]
struct Weighed {
    /// `w_i`, one a case.
    weights: Arc<[f64]>,
    /// `w_i y_i`.
    above: Vec<Cell>,
    /// `w_i` where `y_i` is.
    below: Vec<Cell>,
}

impl Weighed {
    fn of(weights: Arc<[f64]>, cells: &[Cell]) -> Self {
        Self {
            above: times(cells, &weights),
            below: times(&cells.iter().map(|cell| cell.map(|_| 1.0)).collect::<Vec<_>>(), &weights),
            weights,
        }
    }
}

fn times(cells: &[Cell], weights: &[f64]) -> Vec<Cell> {
    cells.iter().zip(weights).map(|(cell, weight)| cell.map(|x| weight * x)).collect()
}

impl Cells {
    /// The version's numbers; cases that are not `selected` count as never run.
    pub fn of(data: &Data, version: &Measured, metric: Metric, selected: &[bool], on_error: OnError) -> Self {
        let mut tallies = vec![Tally::default(); data.cases.len()];
        let mut below = metric.below().map(|of| (of, vec![Tally::default(); data.cases.len()]));
        for run in version.runs.iter().filter(|run| selected[run.case() as usize]) {
            let case = run.case() as usize;
            let cell = of_run(data, run, metric, on_error);
            tallies[case].take(cell);
            if let Some((of, below)) = &mut below {
                // What says nothing above the line says nothing below it.
                let own = cell.value().map(|_| Cell::Value(below_of_run(data, run, *of)));
                below[case].take(own.unwrap_or(cell));
            }
        }
        // Sums over sums: both sides are per case, so a case of three repeats weighs three times.
        let each = |of: fn(&Tally) -> Cell, tallies: &[Tally]| tallies.iter().map(of).collect();
        let cells = each(if below.is_some() { Tally::total } else { Tally::mean }, &tallies);
        let below = below.map(|(_, tallies)| each(Tally::total, &tallies));
        let runs = if metric.quantile().is_some() {
            let chosen = version.runs.iter().filter(|run| selected[run.case() as usize]);
            let values = chosen
                .filter_map(|run| Some((run.case() as usize, of_run(data, run, metric, on_error).value()?)));
            PerCase::of(data.cases.len(), values)
        } else {
            PerCase::default()
        };
        Self::weighed(data.weights(), Self { cells, runs, below, weighed: None })
    }

    /// The same where cases count `weights`: a ratio of sums has them in both sums, a mean becomes one, and a quantile
    /// counts all runs alike.
    fn weighed(weights: Option<Arc<[f64]>>, plain: Self) -> Self {
        match (weights, plain.below) {
            (Some(weights), Some(below)) => Self {
                cells: times(&plain.cells, &weights),
                below: Some(times(&below, &weights)),
                ..Self { below: None, ..plain }
            },
            (Some(weights), None) => {
                let weighed = Some(Weighed::of(weights, &plain.cells));
                Self { weighed, below: None, ..plain }
            }
            (None, below) => Self { below, ..plain },
        }
    }

    /// How much these cases count; `None` where all count alike.
    pub fn weights(&self, cases: &[usize]) -> Option<Vec<f64>> {
        self.weighed.as_ref().map(|weighed| cases.iter().map(|&i| weighed.weights[i]).collect())
    }

    /// Runs that were made and should have a number, and have none.
    pub fn gaps(data: &Data, version: &Measured, metric: Metric, selected: &[bool]) -> u64 {
        let made = |run: &RunFacts<'_>| selected[run.case() as usize] && run.status() != RunStatus::NotRun;
        let is_gap = |run: RunFacts<'_>| of_run(data, run, metric, OnError::Exclude) == Cell::Missing;
        version.runs.iter().filter(made).filter(|run| is_gap(*run)).count() as u64
    }

    /// What the single runs of each case say, in the order of the cases.
    pub fn runs(
        data: &Data,
        version: &Measured,
        metric: Metric,
        selected: &[bool],
        on_error: OnError,
    ) -> Vec<Vec<f64>> {
        let mut runs = vec![Vec::new(); data.cases.len()];
        for run in version.runs.iter().filter(|run| selected[run.case() as usize]) {
            runs[run.case() as usize].extend(of_run(data, run, metric, on_error).value());
        }
        runs
    }

    /// The values there are, with their cases.
    pub fn values(&self) -> (Vec<f64>, Vec<usize>) {
        self.cells.iter().enumerate().filter_map(|(i, cell)| Some((cell.value()?, i))).unzip()
    }

    /// What the metric is the mean of, with the cases; of a sum over a sum what stands for each case ([`linearised`]),
    /// nothing where there is nothing below the line.
    pub fn means(&self) -> (Vec<f64>, Vec<usize>) {
        let (above, cases) = self.values();
        match self.below_on(&cases) {
            None => (above, cases),
            Some(below) => linearised(&above, &below).map(|(_, values)| (values, cases)).unwrap_or_default(),
        }
    }

    /// This version's numbers and another's on the cases that both have one of; of sums over sums what stands for each of
    /// those cases.
    pub fn pairs(&self, other: &Self) -> Pairs {
        let values = |cells: &Self| cells.cells.iter().map(|cell| cell.value()).collect::<Vec<_>>();
        let mut pairs = Pairs::of(values(self), values(other));
        if let Some((own, others)) = self.below_on(&pairs.cases).zip(other.below_on(&pairs.cases)) {
            let both = linearised(&pairs.a, &own).zip(linearised(&pairs.b, &others));
            let Some(((_, a), (_, b))) = both else { return Pairs::default() };
            (pairs.a, pairs.b) = (a, b);
        }
        pairs
    }

    fn below_on(&self, cases: &[usize]) -> Option<Vec<f64>> {
        let below = self.below.as_ref()?;
        Some(cases.iter().map(|&case| below[case].value().unwrap_or_default()).collect())
    }

    /// The sum above the line over the one below it; `None` where it is none, or there is nothing below.
    pub fn ratio_of_sums(&self) -> Option<f64> {
        let (above, cases) = self.values();
        Some(linearised(&above, &self.below_on(&cases)?)?.0)
    }

    /// Whether the metric has no number: nothing was measured, or there is nothing below the line (no run passed).
    pub fn is_unknown(&self) -> bool {
        self.values().0.is_empty() || (self.below.is_some() && self.ratio_of_sums().is_none())
    }

    /// As the statistics read them.
    pub fn measure(&self, metric: Metric) -> Measure<'_> {
        match (metric.quantile(), &self.below, &self.weighed) {
            (Some(p), ..) => Measure::Quantile { p, runs: &self.runs, cells: &self.cells },
            (None, Some(below), _) => Measure::RatioOfSums { numerator: &self.cells, denominator: below },
            (None, None, Some(Weighed { above, below, .. })) => {
                Measure::RatioOfSums { numerator: above, denominator: below }
            }
            (None, None, None) => Measure::Mean(&self.cells),
        }
    }

    /// The same with `best` where a selected case lacks a number that it should have.
    pub fn filled(&self, best: f64, selected: &[bool]) -> Self {
        let fill = |(cell, on): (&Cell, &bool)| {
            if *on && *cell == Cell::Missing { Cell::Value(best) } else { *cell }
        };
        let cells: Vec<Cell> = self.cells.iter().zip(selected).map(fill).collect();
        let weighed = self.weighed.as_ref().map(|weighed| Weighed::of(weighed.weights.clone(), &cells));
        Self { cells, weighed, ..self.clone() }
    }

    /// How much the cases count that have a number, and those that should have one and have none.
    pub fn counted(&self, selected: &[bool]) -> (f64, f64) {
        let weight = |i: usize| self.weighed.as_ref().map_or(1.0, |weighed| weighed.weights[i]);
        let all = self.cells.iter().zip(selected).enumerate().filter(|(_, (_, on))| **on);
        all.fold((0.0, 0.0), |(known, gaps), (i, (cell, _))| match cell {
            Cell::Value(_) => (known + weight(i), gaps),
            Cell::Missing => (known, gaps + weight(i)),
            Cell::Absent => (known, gaps),
        })
    }

    /// Cases that should have a number and have none.
    pub fn missing(&self, selected: &[bool]) -> u64 {
        self.cells.iter().zip(selected).filter(|(cell, on)| **on && **cell == Cell::Missing).count() as u64
    }
}

/// What the runs of one case say of a metric together: the mean over its repeats.
pub(super) fn of_case(data: &Data, runs: &Runs, metric: Metric, on_error: OnError) -> Cell {
    let mut tally = Tally::default();
    runs.iter().for_each(|run| tally.take(of_run(data, run, metric, on_error)));
    tally.mean()
}

/// The runs of one case.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    sum: f64,
    n: u32,
    absent: bool,
}

impl Tally {
    fn take(&mut self, cell: Cell) {
        match cell {
            Cell::Value(x) => {
                self.sum += x;
                self.n += 1;
            }
            Cell::Absent => self.absent = true,
            Cell::Missing => {}
        }
    }

    fn mean(&self) -> Cell {
        match (self.n, self.absent) {
            (0, true) => Cell::Absent,
            (0, false) => Cell::Missing,
            (n, _) => Cell::Value(self.sum / f64::from(n)),
        }
    }

    fn total(&self) -> Cell {
        match self.mean() {
            Cell::Value(_) => Cell::Value(self.sum),
            other => other,
        }
    }
}

/// What one run says of a metric.
fn of_run(data: &Data, run: RunFacts<'_>, metric: Metric, on_error: OnError) -> Cell {
    match (run.status(), metric) {
        // It says nothing about the version.
        (RunStatus::NotRun, _) => Cell::Missing,
        (_, Metric::Builtin(row, _)) => {
            let facts = run.facts();
            match (row.make.of)(&facts) {
                Some(x) => Cell::Value(x),
                None if (row.make.is_gap)(&facts) => Cell::Missing,
                None => Cell::Absent,
            }
        }
        (RunStatus::Error, _) if on_error == OnError::Zero => Cell::Value(0.0),
        (RunStatus::Error, _) => Cell::Absent,
        (RunStatus::Ok, Metric::Evaluator(index)) => of_verdict(run, index, |score, _| Some(score)),
        (RunStatus::Ok, Metric::PassRate(index)) => {
            of_verdict(run, index, |_, passed| passed.map(|passed| f64::from(u8::from(passed))))
        }
        (RunStatus::Ok, Metric::Score) => of_score(data, run),
    }
}

fn of_verdict(run: RunFacts<'_>, index: u16, read: impl Fn(f64, Option<bool>) -> Option<f64>) -> Cell {
    match run.score(index) {
        Some(MeasuredValue::Scored(score, passed)) => read(score, passed).map_or(Cell::Absent, Cell::Value),
        // An evaluator that does not apply to a case leaves no gap: it applies to none of the versions there.
        Some(MeasuredValue::NotApplicable) => Cell::Absent,
        Some(MeasuredValue::Failed) | None => Cell::Missing,
    }
}

/// The weighted mean of the evaluators that apply; missing as soon as one of them failed.
fn of_score(data: &Data, run: RunFacts<'_>) -> Cell {
    let (mut sum, mut weights) = (0.0, 0.0);
    for (index, evaluator) in data.settings.evaluators.iter().zip(0_u16..).map(|(e, i)| (i, e)) {
        if evaluator.weight <= 0.0 {
            continue;
        }
        match of_verdict(run, index, |score, _| Some(score)) {
            Cell::Value(score) => {
                sum += evaluator.weight * score;
                weights += evaluator.weight;
            }
            Cell::Absent => {}
            Cell::Missing => return Cell::Missing,
        }
    }
    if weights > 0.0 { Cell::Value(sum / weights) } else { Cell::Absent }
}

/// What one run comes to below the line.
fn below_of_run(data: &Data, run: RunFacts<'_>, below: Below) -> f64 {
    match below {
        Below::Passes => f64::from(u8::from(passed(data, run))),
        Below::Sum(of) => of(&run.facts()),
    }
}

/// Whether every weighted evaluator passes the run: by its threshold or nature, else by a full score.
fn passed(data: &Data, run: RunFacts<'_>) -> bool {
    let evaluators =
        data.settings.evaluators.iter().zip(0_u16..).filter(|(evaluator, _)| evaluator.weight > 0.0);
    let mut said = evaluators.filter_map(|(_, index)| run.score(index)).peekable();
    let passes = |value: MeasuredValue| match value {
        MeasuredValue::Scored(score, passed) => passed.unwrap_or(score >= 1.0),
        MeasuredValue::NotApplicable => true,
        MeasuredValue::Failed => false,
    };
    run.status() == RunStatus::Ok && said.peek().is_some() && said.all(passes)
}

#[cfg(test)]
mod tests;
