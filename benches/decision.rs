//! What a decision costs over 100,000 cases, 8 versions and 3 metrics: the closed-form verdict and 10,000 bootstrap
//! replicates by number of threads, whose results must agree to the last bit; medians of several.
//!
//!     cargo bench --bench decision -- 100000        (cases; 100,000 without)
#![expect(clippy::disallowed_methods, clippy::print_stdout, reason = "a benchmark measures and prints")]
mod drawn;

use std::time::Instant;

use drawn::{Law, WEIGHTS, case, study};
use proto::analyse::stats::bootstrap::{Bootstrap, Draw, Plan};
use proto::analyse::stats::estimate::Estimates;
use proto::analyse::stats::panel::{Cell, Measure, Metric, Panel};
use proto::analyse::stats::rng::Stream;
use proto::analyse::stats::rule::Rule;
use proto::analyse::stats::utility::{Goal, Transform};
use proto::analyse::stats::verdict;
use proto::analyse::{DecideOptions, decide};
use proto::domain::WinnerRule;

const VERSIONS: usize = 8;

fn main() {
    let cases = std::env::args().find_map(|arg| arg.parse::<usize>().ok()).unwrap_or(100_000);
    let laws: Vec<Law> = (0..VERSIONS)
        .map(|v| Law { right: 0.9 - 0.03 * v as f64, cost: 0.003, seconds: 1.0, sigma: 0.6 })
        .collect();
    println!("{cases} cases, {VERSIONS} versions, 3 metrics\n\n| what | median |\n|---|---|");
    formulas(&laws, cases);
    let data = study(&laws, cases, &mut Stream::new(1, 1)).data();
    let weights = WEIGHTS.map(|(name, weight)| (name.to_owned(), weight)).to_vec();
    let rule = WinnerRule { weights, ..WinnerRule::default() };
    let (seconds, _) =
        median(3, || decide(&data, &rule, &[], &DecideOptions::default()).expect("a decision"));
    println!("| `choose-winner` from measurements at hand, all of it | {:.0} ms |", 1e3 * seconds);
}

/// The statistics alone, over values at hand.
fn formulas(laws: &[Law], cases: usize) {
    let mut cells = vec![vec![Vec::new(); 3]; VERSIONS];
    let draw = &mut Stream::new(1, 0);
    for _ in 0..cases {
        for (columns, values) in cells.iter_mut().zip(case(laws, draw)) {
            columns.iter_mut().zip(values).for_each(|(column, x)| column.push(Cell::Value(x)));
        }
    }
    let ratio = |reference| Transform::Ratio { goal: Goal::Minimize, reference };
    let metrics = [
        Metric { transform: Transform::Identity, weight: 0.6, evaluator: true },
        Metric { transform: ratio(0.003), weight: 0.2, evaluator: false },
        Metric { transform: ratio(1.0), weight: 0.2, evaluator: false },
    ];
    let versions: Vec<Vec<Measure<'_>>> =
        cells.iter().map(|columns| columns.iter().map(|column| Measure::Mean(column)).collect()).collect();
    let panel = Panel { metrics: &metrics, versions: &versions, cases, groups: None };
    let (rule, level) = (Rule::default(), Rule::default().level());
    let (seconds, (estimates, found)) = median(9, || {
        let estimates = Estimates::of(&panel, level).expect("common cases");
        let found = verdict::decide(&panel, &estimates, estimates.leader(), &rule);
        (estimates, found)
    });
    println!("| closed-form verdict | {:.1} ms |", 1e3 * seconds);
    let pseudo = found.rivals.iter().map(|rival| rival.pseudo).fold(0.0, f64::max);
    let all = |draw: Draw<'_>| vec![true; draw.values.len()];
    let mut first = None;
    for threads in [1, 2, 7] {
        let plan = Plan { threads, ..Plan::default() };
        let (seconds, result) = median(5, || Bootstrap::of(&panel, &estimates, pseudo, level, plan, &all));
        println!("| 10,000 bootstrap replicates, threads: {threads} | {:.0} ms |", 1e3 * seconds);
        assert_eq!(first.get_or_insert_with(|| result.clone()), &result, "threads change nothing");
    }
}

/// The median time of `times` calls, in seconds, and the last result.
fn median<T>(times: usize, mut of: impl FnMut() -> T) -> (f64, T) {
    let mut timed = || {
        let began = Instant::now();
        let result = of();
        (began.elapsed().as_secs_f64(), result)
    };
    let mut all: Vec<(f64, T)> = (0..times).map(|_| timed()).collect();
    let last = all.pop().expect("one call");
    let mut seconds: Vec<f64> = all.iter().map(|(seconds, _)| *seconds).chain([last.0]).collect();
    seconds.sort_by(f64::total_cmp);
    (seconds[times / 2], last.1)
}
