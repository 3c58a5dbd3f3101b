//! The race of section G in the eight settings of its table, on generated scores: correlated quality, lognormal cost and
//! latency, weights .6/.2/.2. Prints calls and dollars spared and how often the pick differs from the full run's. Then the
//! race on fixed populations whose full run is a tie, in random orders: how often either version is stopped, at most alpha.
//!
//!     cargo bench --bench race -- 1000        (experiments a cell; 1000 without)
#![expect(clippy::print_stdout, reason = "a benchmark prints")]
mod drawn;

use drawn::{Law, case};
use proto::analyse::stats::field::{Field, Row};
use proto::analyse::stats::panel::Metric;
use proto::analyse::stats::race::{Guard, Race, RaceEvent, RaceRule};
use proto::analyse::stats::rng::Stream;
use proto::analyse::stats::utility::{Goal, Transform};

/// Name, right answers, dollars a thousand calls and seconds by version, numbers of cases.
type Setting = (&'static str, &'static [f64], &'static [f64], &'static [f64], &'static [usize]);

/// Rights, and costs where they matter, are the design's; it gives no latencies and no costs of `V5 spread`: better
/// versions are slower and dearer there, as models are, and in `V8 costs` the cheap ones are all quick.
const SETTINGS: [Setting; 8] = [
    ("V3 clear", &[0.85, 0.80, 0.70], &[3.0; 3], &[1.0; 3], &[200, 1000, 2000]),
    ("V3 cost trade", &[0.85, 0.83, 0.70], &[10.0, 4.0, 1.0], &[2.0, 1.2, 0.7], &[500, 2000]),
    (
        "V5 spread",
        &[0.86, 0.81, 0.76, 0.71, 0.65],
        &[4.8, 4.0, 3.3, 2.7, 2.2],
        &[1.27, 1.13, 1.02, 0.93, 0.85],
        &[200, 500, 2000],
    ),
    ("V5 near tie", &[0.82, 0.81, 0.81, 0.80, 0.80], &[3.0; 5], &[1.0; 5], &[500, 2000]),
    ("V8 spread", &[0.90, 0.86, 0.81, 0.77, 0.73, 0.69, 0.64, 0.60], &[3.0; 8], &[1.0; 8], &[200, 500, 2000]),
    (
        "V8 costs",
        &[0.88, 0.84, 0.80, 0.76, 0.72, 0.68, 0.64, 0.60],
        &[30.0, 18.0, 11.0, 7.0, 4.0, 2.5, 1.6, 1.0],
        &[8.0, 5.0, 3.0, 1.5, 0.4, 0.6, 0.5, 0.4],
        &[500, 2000],
    ),
    ("V2 gap3", &[0.83, 0.80], &[3.0; 2], &[1.0; 2], &[1000]),
    ("V4 all equal", &[0.80; 4], &[3.0; 4], &[1.0; 4], &[2000]),
];

/// Standard deviation of the logarithms of cost and latency.
const SIGMA: f64 = 0.6;

fn main() {
    let experiments = std::env::args().find_map(|arg| arg.parse::<u64>().ok()).unwrap_or(1000);
    println!("{experiments} experiments a cell\n");
    println!(
        "| setting | N | calls / $ spared | pick differs | rope .01: spared | worse by > .01 |\n|---|---|---|---|---|---|"
    );
    for (at, (name, right, cost, seconds, sizes)) in SETTINGS.iter().enumerate() {
        let law = |v: usize| Law { right: right[v], cost: 1e-3 * cost[v], seconds: seconds[v], sigma: SIGMA };
        let laws: Vec<Law> = (0..right.len()).map(law).collect();
        for &cases in *sizes {
            let [strict, rope] = cell(&laws, cases, (at as u64) << 32 | cases as u64, experiments);
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
    boundaries(4 * experiments);
}

/// Both races of a cell, on as many threads as there are, each trial with a stream of its own.
fn cell(laws: &[Law], cases: usize, seed: u64, experiments: u64) -> [Tally; 2] {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let part = |first: u64| {
        let (mut strict, mut rope) = (Tally::default(), Tally::default());
        for trial in (first..experiments).step_by(threads as usize) {
            let rows = experiment(laws, cases, seed, trial);
            strict.add(&race(&rows, None));
            rope.add(&race(&rows, Some(0.01)));
        }
        [strict, rope]
    };
    std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|first| scope.spawn(move || part(first))).collect();
        let mut all = [Tally::default(), Tally::default()];
        for part in parts {
            let part = part.join().expect("a part");
            all.iter_mut().zip(&part).for_each(|(all, part)| all.add(part));
        }
        all
    })
}

/// Two versions whose full runs are exactly equal: stopping either one is the error that alpha bounds.
fn boundaries(orders: u64) {
    let of = |counts: &[(usize, f64)]| -> Vec<f64> {
        counts.iter().flat_map(|&(n, d)| std::iter::repeat_n(d, n)).collect()
    };
    let populations = [
        ("every second case discordant", of(&[(50, 1.0), (50, -1.0), (100, 0.0)])),
        ("20 % discordant", of(&[(20, 1.0), (20, -1.0), (160, 0.0)])),
        ("2 % discordant", of(&[(2, 1.0), (2, -1.0), (196, 0.0)])),
        ("2 % catastrophes", of(&[(4, -1.0), (196, 4.0 / 196.0)])),
        ("one catastrophe", of(&[(1, -1.0), (199, 1.0 / 199.0)])),
        ("even spread", (0..200).map(|i| (f64::from(i) - 99.5) / 200.0).collect()),
    ];
    println!("\n{orders} orders of 200 cases, alpha 5 %\n");
    println!("| full run a tie | first stops second | second stops first |\n|---|---|---|");
    for (at, (name, population)) in populations.iter().enumerate() {
        let mut stopped = [0_u64; 2];
        for trial in 0..orders {
            let mut differences = population.clone();
            Stream::new(1000 + at as u64, trial).shuffle(&mut differences);
            let mut race = Race::new(2, RaceRule::new(differences.len()));
            for (case, d) in differences.iter().enumerate() {
                for (version, score) in [(0, 0.5 + d / 2.0), (1, 0.5 - d / 2.0)] {
                    for event in race.record(case, version, score, Guard::NONE) {
                        if let RaceEvent::Eliminated { version, .. } = event {
                            stopped[version] += 1;
                        }
                    }
                }
            }
        }
        let percent = |n: u64| 100.0 * n as f64 / orders as f64;
        println!("| {name} | {:.1} % | {:.1} % |", percent(stopped[1]), percent(stopped[0]));
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
fn experiment(laws: &[Law], cases: usize, seed: u64, trial: u64) -> Vec<Vec<Row>> {
    let draw = &mut Stream::new(seed, trial);
    let rows = |values: Vec<[f64; 3]>| values.into_iter().map(|of| of.map(Some).to_vec()).collect();
    (0..cases).map(|_| rows(case(laws, draw))).collect()
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
        for event in field.see(&case.iter().cloned().map(Some).collect::<Vec<_>>(), &|_| true) {
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
