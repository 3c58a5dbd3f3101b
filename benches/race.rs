//! The race of section G in the eight settings of its table, on generated scores: correlated quality, lognormal cost and
//! latency, weights .6/.2/.2. Prints calls and dollars spared and how often the pick differs from the full run's.
//!
//!     cargo bench --bench race -- 200        (experiments a cell; 200 without)
#![expect(clippy::print_stdout, reason = "a benchmark prints")]
use proto::analyse::stats::field::{Field, Row};
use proto::analyse::stats::panel::Metric;
use proto::analyse::stats::race::{RaceEvent, RaceRule};
use proto::analyse::stats::rng::Stream;
use proto::analyse::stats::special::norm_ppf;
use proto::analyse::stats::utility::{Goal, Transform};

/// Name, right answers by version, dollars a thousand calls by version, numbers of cases.
type Setting = (&'static str, &'static [f64], &'static [f64], &'static [usize]);

const SETTINGS: [Setting; 8] = [
    ("V3 clear", &[0.85, 0.80, 0.70], &[3.0, 3.0, 3.0], &[200, 1000, 2000]),
    ("V3 cost trade", &[0.85, 0.83, 0.70], &[10.0, 4.0, 1.0], &[500, 2000]),
    ("V5 spread", &[0.86, 0.81, 0.76, 0.71, 0.65], &[3.0; 5], &[200, 500, 2000]),
    ("V5 near tie", &[0.82, 0.81, 0.81, 0.80, 0.80], &[3.0; 5], &[500, 2000]),
    ("V8 spread", &[0.90, 0.86, 0.81, 0.77, 0.73, 0.69, 0.64, 0.60], &[3.0; 8], &[200, 500, 2000]),
    (
        "V8 costs",
        &[0.88, 0.84, 0.80, 0.76, 0.72, 0.68, 0.64, 0.60],
        &[30.0, 18.0, 11.0, 7.0, 4.0, 2.5, 1.6, 1.0],
        &[500, 2000],
    ),
    ("V2 gap3", &[0.83, 0.80], &[3.0, 3.0], &[1000]),
    ("V4 all equal", &[0.80; 4], &[3.0; 4], &[2000]),
];

/// Correlation of the normal variables behind right and wrong.
const RHO: f64 = 0.6;
/// Standard deviation of the logarithms of cost and latency.
const SIGMA: f64 = 0.6;

fn main() {
    let given = std::env::args().filter_map(|arg| arg.parse::<u64>().ok()).next();
    let experiments = given.unwrap_or(200);
    println!(
        "| setting | N | calls / $ spared | pick differs | rope .01: spared | worse by > .01 |\n|---|---|---|---|---|---|"
    );
    for (at, (name, accuracy, cost, sizes)) in SETTINGS.iter().enumerate() {
        for &cases in *sizes {
            let (mut strict, mut rope) = (Tally::default(), Tally::default());
            for trial in 0..experiments {
                let rows = experiment(accuracy, cost, cases, (at as u64) << 32 | cases as u64, trial);
                strict.add(&race(&rows, None));
                rope.add(&race(&rows, Some(0.01)));
            }
            let percent = |x: f64| 100.0 * x / experiments as f64;
            println!(
                "| {name} | {cases} | {:.0} / {:.0} % | {:.1} % | {:.0} % | {:.1} % |",
                percent(strict.calls),
                percent(strict.dollars),
                percent(strict.differs),
                percent(rope.calls),
                percent(rope.worse)
            );
        }
    }
}

/// Sums over the experiments of a cell.
#[derive(Default)]
struct Tally {
    calls: f64,
    dollars: f64,
    differs: f64,
    worse: f64,
}

impl Tally {
    fn add(&mut self, other: &Self) {
        self.calls += other.calls;
        self.dollars += other.dollars;
        self.differs += other.differs;
        self.worse += other.worse;
    }
}

/// One experiment: by case and version score, cost and latency.
fn experiment(accuracy: &[f64], cost: &[f64], cases: usize, seed: u64, trial: u64) -> Vec<Vec<Row>> {
    let draw = &mut Stream::new(seed, trial);
    let case = |draw: &mut Stream| {
        let shared = draw.normal();
        let one = |(p, cost): (&f64, &f64)| {
            let mix = RHO.sqrt() * shared + (1.0 - RHO).sqrt() * draw.normal();
            let right = f64::from(u8::from(mix < norm_ppf(*p)));
            let dollars = 1e-3 * cost * (SIGMA * draw.normal() - SIGMA * SIGMA / 2.0).exp();
            let seconds = (SIGMA * draw.normal()).exp();
            vec![Some(right), Some(dollars), Some(seconds)]
        };
        accuracy.iter().zip(cost).map(one).collect::<Vec<Row>>()
    };
    (0..cases).map(|_| case(draw)).collect()
}

/// The mean of a metric of a version over the first cases.
fn mean(rows: &[Vec<Row>], v: usize, m: usize) -> f64 {
    rows.iter().filter_map(|case| case[v][m]).sum::<f64>() / rows.len() as f64
}

/// The race against the full run, both judged by the utility of means over all cases.
fn race(rows: &[Vec<Row>], rope: Option<f64>) -> Tally {
    let versions = rows[0].len();
    let rule = RaceRule { rope, ..RaceRule::new(rows.len()) };
    let warm_up = &rows[..rule.warm_up];
    let ratio = |m: usize| Transform::Ratio { goal: Goal::Minimize, reference: mean(warm_up, 0, m) };
    let metric = |transform, weight, evaluator| Metric { transform, weight, evaluator };
    let metrics = vec![
        metric(Transform::Identity, 0.6, true),
        metric(ratio(1), 0.2, false),
        metric(ratio(2), 0.2, false),
    ];
    let full: Vec<f64> = (0..versions)
        .map(|v| {
            let of =
                |(m, metric): (usize, &Metric)| metric.weight * metric.transform.utility(mean(rows, v, m));
            metrics.iter().enumerate().map(of).sum()
        })
        .collect();
    let mut field = Field::new(metrics, rule, vec![false; versions], warm_up).expect("values");
    let mut made = vec![rows.len(); versions];
    for case in &rows[rule.warm_up..] {
        for event in field.see(&case.iter().cloned().map(Some).collect::<Vec<_>>()) {
            match event {
                RaceEvent::Eliminated { version, after_cases, .. } => made[version] = after_cases,
                RaceEvent::Finished { after_cases } => {
                    made.iter_mut().for_each(|made| *made = (*made).min(after_cases));
                }
            }
        }
        if field.race().is_finished() {
            break;
        }
    }
    let best = |of: &dyn Fn(usize) -> f64, among: &[usize]| {
        among.iter().copied().reduce(|a, b| if of(b) > of(a) { b } else { a }).unwrap_or(0)
    };
    let everyone: Vec<usize> = (0..versions).collect();
    let (whole, pick) =
        (best(&|v| full[v], &everyone), best(&|v| field.utility(v), &field.race().survivors()));
    let dollars = |v: usize, n: usize| rows[..n].iter().filter_map(|case| case[v][1]).sum::<f64>();
    let paid: f64 = (0..versions).map(|v| dollars(v, made[v])).sum();
    let bill: f64 = (0..versions).map(|v| dollars(v, rows.len())).sum();
    Tally {
        calls: 1.0 - made.iter().sum::<usize>() as f64 / (versions * rows.len()) as f64,
        dollars: 1.0 - paid / bill,
        differs: f64::from(u8::from(whole != pick)),
        worse: f64::from(u8::from(full[pick] < full[whole] - 0.01)),
    }
}
