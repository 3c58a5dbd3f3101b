//! Owns what a race is run on (section G.2): the race score of a case from the values of its metrics, and the real utility
//! of the means so far. Knows no run and no file; cases come in race order.

use super::panel::Metric;
use super::race::{Guard, Race, RaceEvent, RaceRule, tangent_utility};
use super::ranking::total_utility;

/// One version's values on one case, one a metric; `None` is missing.
pub type Row = Vec<Option<f64>>;

/// The running mean of one metric of one version.
#[derive(Clone, Copy, Debug, Default)]
struct Mean {
    sum: f64,
    n: f64,
}

/// The versions of a race, with all that is frozen after the warm-up.
#[derive(Clone, Debug)]
pub struct Field {
    metrics: Vec<Metric>,
    /// `x0[v][m]`: the version's own warm-up means.
    anchors: Vec<Vec<f64>>,
    means: Vec<Vec<Mean>>,
    kept: Vec<bool>,
    race: Race,
}

impl Field {
    /// Freezes the tangents at the warm-up's means and lets the race see the warm-up. `warm_up[case][version]`, in race
    /// order; versions that are `kept` are never stopped. `None` when some version has no value of some metric: it has
    /// no tangent.
    pub fn new(metrics: Vec<Metric>, rule: RaceRule, kept: Vec<bool>, warm_up: &[Vec<Row>]) -> Option<Self> {
        let versions = kept.len();
        let mean = |v: usize, m: usize| {
            let mut mean = Mean::default();
            warm_up.iter().for_each(|case| mean.take(case[v][m]));
            mean.value()
        };
        let anchors: Option<Vec<Vec<f64>>> =
            (0..versions).map(|v| (0..metrics.len()).map(|m| mean(v, m)).collect()).collect();
        let mut field = Self {
            anchors: anchors?,
            means: vec![vec![Mean::default(); metrics.len()]; versions],
            race: Race::new(versions, rule),
            metrics,
            kept,
        };
        for case in warm_up {
            field.see(&case.iter().cloned().map(Some).collect::<Vec<_>>(), &|_| true);
        }
        Some(field)
    }

    /// Takes the next case in race order: a row of every version that still runs (those of stopped versions are ignored).
    /// `stands` tells whether a version could be chosen as things stand.
    pub fn see(&mut self, rows: &[Option<Row>], stands: &dyn Fn(usize) -> bool) -> Vec<RaceEvent> {
        let Self { metrics, anchors, means, kept, race } = self;
        let (case, running) = (race.processed(), race.survivors());
        for (v, row) in running.iter().filter_map(|&v| Some((v, rows[v].as_ref()?))) {
            means[v].iter_mut().zip(row).for_each(|(mean, x)| mean.take(*x));
        }
        let stops =
            |u: usize, v: usize| !kept[v] && utility(metrics, &means[u]) >= utility(metrics, &means[v]);
        let guard = Guard { stops: &stops, stands };
        let mut events = Vec::new();
        for (v, row) in running.iter().filter_map(|&v| Some((v, rows[v].as_ref()?))) {
            let score = score(metrics, &anchors[v], row);
            events.extend(race.record(case, v, score, guard));
        }
        events
    }

    /// The race.
    pub fn race(&self) -> &Race {
        &self.race
    }

    /// The utility of the version's means over the cases it was in the race for.
    pub fn utility(&self, version: usize) -> f64 {
        utility(&self.metrics, &self.means[version])
    }
}

impl Mean {
    fn take(&mut self, x: Option<f64>) {
        if let Some(x) = x {
            self.sum += x;
            self.n += 1.0;
        }
    }

    fn value(self) -> Option<f64> {
        (self.n > 0.0).then(|| self.sum / self.n)
    }
}

fn utility(metrics: &[Metric], means: &[Mean]) -> f64 {
    let of = |(metric, mean): (&Metric, &Mean)| mean.value().map_or(0.0, |x| metric.transform.utility(x));
    let weights: Vec<f64> = metrics.iter().map(|metric| metric.weight).collect();
    total_utility(&weights, &metrics.iter().zip(means).map(of).collect::<Vec<_>>())
}

/// `r_vi = sum_m w_m u~_m(y_vim)`, in [0, 1] but for rounding, which the bets must not see.
fn score(metrics: &[Metric], anchors: &[f64], row: &Row) -> f64 {
    let of = |((metric, &x0), x): ((&Metric, &f64), &Option<f64>)| {
        metric.weight * tangent_utility(&metric.transform, x0, *x)
    };
    metrics.iter().zip(anchors).zip(row).map(of).sum::<f64>().clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse::stats::utility::{Goal, Transform};

    fn metrics() -> Vec<Metric> {
        let cost = Transform::Ratio { goal: Goal::Minimize, reference: 2.0 };
        vec![
            Metric { transform: Transform::Identity, weight: 0.75, evaluator: true },
            Metric { transform: cost, weight: 0.25, evaluator: false },
        ]
    }

    #[test]
    fn a_clear_loser_is_stopped_unless_it_is_kept() {
        for kept in [false, true] {
            let case = |i: usize| {
                let good = f64::from(u8::from(!i.is_multiple_of(10)));
                vec![vec![Some(good), Some(2.0)], vec![Some(1.0 - good), None], vec![Some(0.0), Some(4.0)]]
            };
            let warm_up: Vec<Vec<Row>> = (0..30).map(case).collect();
            // Without a single cost there is no tangent to put a missing one on.
            assert!(Field::new(metrics(), RaceRule::new(200), vec![false; 3], &warm_up).is_none());
            let two = |i: usize| vec![case(i)[0].clone(), case(i)[2].clone()];
            let warm_up: Vec<Vec<Row>> = (0..30).map(two).collect();
            let mut field =
                Field::new(metrics(), RaceRule::new(200), vec![false, kept], &warm_up).expect("values");
            let mut events = Vec::new();
            for i in 30..200 {
                events.extend(field.see(&two(i).into_iter().map(Some).collect::<Vec<_>>(), &|_| true));
            }
            assert_eq!(events.is_empty(), kept, "{events:?}");
            assert!((field.utility(0) - (0.75 * 0.9 + 0.125)).abs() < 1e-9, "{}", field.utility(0));
        }
    }
}
