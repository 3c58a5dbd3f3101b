//! How often `choose-winner` names a winner between identical versions (section D.4 of the statistics design), from
//! stored runs on: binary quality, lognormal cost and latency, weights .6/.2/.2, the first version as reference, rope 0.
//! At 95 % at most one time in twenty, within the Monte Carlo error that is printed beside it.
//!
//!     cargo bench --bench calibration -- 1000        (experiments a cell; 1000 without)
#![expect(clippy::print_stdout, reason = "a benchmark prints")]
mod drawn;

use drawn::{Law, WEIGHTS, study};
use proto::analyse::stats::rng::Stream;
use proto::analyse::{DecideOptions, Draws, decide};
use proto::domain::{VerdictKind, WinnerRule};

/// Name, versions, chance of a right answer, sigma, numbers of cases.
type Scenario = (&'static str, usize, f64, f64, &'static [usize]);

/// What the cases of the last scenarios count, turn by turn; of the others all count alike.
const COUNTS: [(&str, &[f64]); 2] = [
    ("2 equal, p = .8, cases count 1, 2, 5, 20", &[1.0, 2.0, 5.0, 20.0]),
    ("2 equal, p = .8, one case in ten counts 30", &[30.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]),
];

const SCENARIOS: [Scenario; 7] = [
    ("2 equal, p = .8", 2, 0.8, 0.6, &[10, 20, 50, 100, 300, 1000]),
    ("2 equal, p = .97", 2, 0.97, 0.6, &[10, 20, 50, 100, 300]),
    ("2 equal, p = .8, heavy tails (sigma 1.2)", 2, 0.8, 1.2, &[50, 100, 300, 1000]),
    ("4 equal, p = .8", 4, 0.8, 0.6, &[10, 20, 50, 100, 300, 1000]),
    ("8 equal, p = .8", 8, 0.8, 0.6, &[10, 20, 50, 100, 300, 1000]),
    (COUNTS[0].0, 2, 0.8, 0.6, &[20, 50, 100, 300, 1000]),
    (COUNTS[1].0, 2, 0.8, 0.6, &[20, 50, 100, 300, 1000]),
];

fn main() {
    let experiments = std::env::args().find_map(|arg| arg.parse::<u64>().ok()).unwrap_or(1000);
    println!("{experiments} experiments a cell\n");
    println!("| identical versions | cases | a winner all the same | +- (1 SE) |\n|---|---|---|---|");
    for (at, (name, versions, right, sigma, sizes)) in SCENARIOS.iter().enumerate() {
        let laws = vec![Law { right: *right, cost: 0.003, seconds: 1.0, sigma: *sigma }; *versions];
        let counts = COUNTS.iter().find(|(of, _)| of == name).map(|(_, counts)| *counts);
        for &cases in *sizes {
            let rate = false_winners(&laws, (cases, counts), (at as u64) << 32 | cases as u64, experiments);
            let error = (rate * (1.0 - rate) / experiments as f64).sqrt();
            println!("| {name} | {cases} | {:.1} % | {:.1} |", 100.0 * rate, 100.0 * error);
        }
    }
}

/// Share of the experiments that have a winner; on as many threads as there are, each trial with a stream of its own.
fn false_winners(laws: &[Law], (cases, counts): (usize, Option<&[f64]>), seed: u64, experiments: u64) -> f64 {
    let threads = std::thread::available_parallelism().map_or(1, |n| n.get() as u64);
    let wins = |trial: &u64| {
        let mut drawn = study(laws, cases, &mut Stream::new(seed, *trial));
        if let Some(counts) = counts {
            drawn.count(|case| counts[case % counts.len()]);
        }
        let data = drawn.data();
        let weights = WEIGHTS.map(|(name, weight)| (name.to_owned(), weight)).to_vec();
        let rule = WinnerRule { weights, rope: 0.0, ..WinnerRule::default() };
        let options = DecideOptions { draws: Draws::nothing(), ..DecideOptions::default() };
        decide(&data, &rule, &[], &options).expect("a decision").verdict == VerdictKind::Winner
    };
    let found: usize = std::thread::scope(|scope| {
        let part =
            |first| scope.spawn(move || (first..experiments).step_by(threads as usize).filter(wins).count());
        let parts: Vec<_> = (0..threads).map(part).collect();
        parts.into_iter().map(|part| part.join().expect("a part")).sum()
    });
    found as f64 / experiments as f64
}
