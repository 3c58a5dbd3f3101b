//! `dataset.weight_by`: a case that counts three times is three copies of it in one cluster, in every number that
//! `compare` and `choose-winner` give.
use proto::analyse::stats::rng::Stream;
use proto::analyse::{CompareOptions, Data, DecideOptions, Draws, Judged, compare, decide};
use proto::domain::{
    Comparison, Decision, Gate, GateOp, GateValue, Interval, MetricRef, Report, RunStatus, Test, WinnerRule,
};
use proto::stores::MeasuredValue;

use crate::drawn::{Outcome, Place, Study};
use crate::harness::{Project, flat};

const VERSIONS: usize = 3;
/// More than this many ids a case has no copies for.
const MOST: usize = 5;

/// The same answers twice: over cases that count `weights`, and over as many copies of each as it counts.
fn both(weights: &[usize], repeats: u32, draw: &mut Stream) -> (Study, Study) {
    let names: Vec<String> = (0..VERSIONS).map(|v| format!("v{v}")).collect();
    let mut weighed = Study::new(&names, repeats, false);
    let mut copied = Study::new(&names, repeats, true);
    weighed.batch.settings.insert("weight_by".into(), "traffic".into());
    for (case, &weight) in weights.iter().enumerate() {
        for version in 0..VERSIONS {
            for repeat in 0..repeats {
                let outcome = outcome(case, version, repeats > 1, draw);
                weighed.push(Place { version, case, repeat, cluster: None }, outcome);
                weighed.runs.last_mut().expect("a run").0.weight = Some(weight as f64);
                for copy in 0..weight {
                    let place = Place { version, case: MOST * case + copy, repeat, cluster: Some(case) };
                    copied.push(place, outcome);
                }
            }
        }
    }
    (weighed, copied)
}

/// Forty cases that count differently, repeated in every second trial.
fn drawn(stream: u64, trial: u64) -> (Study, Study) {
    let weights: Vec<usize> = (0..40).map(|case| [1, 3, MOST, 2][case % 4]).collect();
    both(&weights, 1 + trial as u32 % 2, &mut Stream::new(stream, trial))
}

/// The first version answers best; the second fails now and then; of the third one score is missing.
fn outcome(case: usize, version: usize, binary: bool, draw: &mut Stream) -> Outcome {
    let passes = draw.uniform() < 0.9 - 0.2 * version as f64;
    let partial = (4.0 * draw.uniform()).floor() / 4.0;
    let score = if passes {
        1.0
    } else if binary {
        0.0
    } else {
        partial
    };
    let plain = Outcome::ok(score, 0.001 + 0.01 * draw.uniform(), 0.5 + draw.uniform());
    match (version, case) {
        (1, _) if draw.uniform() < 0.1 => {
            Outcome { status: RunStatus::Error, score: None, latency: None, ..plain }
        }
        (2, 7) => Outcome { score: Some(MeasuredValue::Failed), ..plain },
        _ => plain,
    }
}

fn near(got: Option<f64>, want: Option<f64>, what: &str) {
    let close = match (got, want) {
        (Some(got), Some(want)) => (got - want).abs() <= 1e-9 * want.abs().max(1.0),
        (got, want) => got == want,
    };
    assert!(close, "{what}: weighed {got:?}, copied {want:?}");
}

fn same_interval(got: &Interval, want: &Interval, what: &str) {
    assert_eq!(got.method, want.method, "{what}");
    near(got.low, want.low, what);
    near(got.high, want.high, what);
}

fn compared(data: &Data, test: Test) -> Report {
    let judged = Judged { test, ..Judged::default() };
    compare(data, &CompareOptions { judged, ..CompareOptions::default() }).expect("a report")
}

fn gates() -> Vec<Gate> {
    let gate = |name: &str, value| Gate {
        text: name.to_owned(),
        metric: MetricRef { name: name.to_owned(), slice: None },
        op: GateOp::AtLeast,
        value,
    };
    let beside = |times| GateValue::Relative { version: None, times, plus: -0.25 };
    vec![
        gate("score", GateValue::Constant(0.5)),
        gate("cost", GateValue::Constant(0.006)),
        gate("score", beside(1.0)),
        gate("score", beside(0.9)),
    ]
}

fn decided(data: &Data) -> Decision {
    let weights = [("score", 0.5), ("cost", 0.3), ("latency", 0.1), ("cost_per_success", 0.1)];
    let weights = weights.map(|(name, weight)| (name.to_owned(), weight)).to_vec();
    // No gate excludes: whatever is ranked can be held against its copy.
    let rule =
        WinnerRule { weights, gate_mode: proto::domain::GateMode::Permissive, ..WinnerRule::default() };
    let draws = Draws::default();
    decide(data, &rule, &gates(), &DecideOptions { draws, ..DecideOptions::default() }).expect("a decision")
}

#[test]
fn a_case_that_counts_three_times_is_three_of_it_in_a_comparison() {
    for trial in 0..6 {
        let (weighed, copied) = drawn(77, trial);
        for test in [Test::Auto, Test::SignFlip, Test::Wilcoxon] {
            let (got, want) = (compared(&weighed.data(), test), compared(&copied.data(), test));
            assert_eq!((got.weight_by.as_deref(), want.weight_by.as_deref()), (Some("traffic"), None));
            for (own, other) in got.versions.iter().zip(&want.versions) {
                for ((own, other), column) in own.values.iter().zip(&other.values).zip(&got.columns) {
                    // Quantiles count every run alike.
                    if !column.name.contains('.') {
                        near(own.value, other.value, &column.name);
                        same_interval(&own.interval, &other.interval, &column.name);
                    }
                }
            }
            // A quantile needs many runs to be compared, and counts copies as such.
            let means = |report: &Report| {
                let of_mean = |of: &&Comparison| !of.metric.contains('.');
                report.comparisons.iter().filter(of_mean).cloned().collect::<Vec<_>>()
            };
            let (ours, theirs) = (means(&got), means(&want));
            assert_eq!((ours.len(), theirs.len()), (8, 8));
            for (own, other) in ours.iter().zip(&theirs) {
                let what = format!("{} of {}", own.metric, own.version);
                near(own.difference, other.difference, &format!("difference of {what} {trial} {test:?}"));
                same_interval(&own.interval, &other.interval, &format!("interval of {what}"));
                for (one, two) in [(&own.ratio, &other.ratio), (&own.typical, &other.typical)] {
                    near(one.map(|one| one.0), two.map(|two| two.0), &what);
                    if let Some((one, two)) = one.as_ref().zip(two.as_ref()) {
                        same_interval(&one.1, &two.1, &what);
                    }
                }
                near(own.p_value, other.p_value, &format!("p of {what}"));
            }
            for (own, other) in got.repeated.iter().zip(&want.repeated) {
                near(own.flip_rate.map(|of| of.0), other.flip_rate.map(|of| of.0), "flips");
                near(own.pass_all.map(|of| of.0), other.pass_all.map(|of| of.0), "all pass");
            }
        }
    }
}

#[test]
fn a_case_that_counts_three_times_is_three_of_it_in_a_decision() {
    for trial in 0..6 {
        let (weighed, copied) = drawn(78, trial);
        let (got, want) = (decided(&weighed.data()), decided(&copied.data()));
        assert_eq!((got.verdict, &got.leader, got.units), (want.verdict, &want.leader, want.units));
        for (own, other) in got.ranking.iter().zip(&want.ranking) {
            assert_eq!((&own.version, &own.standing), (&other.version, &other.standing));
            near(own.utility, other.utility, "utility");
            same_interval(&own.interval, &other.interval, "utility");
            near(own.p_best, other.p_best, "P(best)");
            near(own.p_feasible, other.p_feasible, "P(gates)");
            near(own.expected_rank, other.expected_rank, "expected rank");
            for (one, two) in own.gates.iter().zip(&other.gates) {
                near(one.value, two.value, &one.gate);
                assert_eq!((one.passed, one.certainty), (two.passed, two.certainty), "{}", one.gate);
            }
            for (one, two) in own.metrics.iter().zip(&other.metrics) {
                near(one.0, two.0, "a value");
            }
        }
        for (own, other) in got.margins.iter().zip(&want.margins) {
            assert_eq!((&own.version, own.status), (&other.version, other.status));
            near(Some(own.value), Some(other.value), "margin");
            same_interval(&own.interval, &other.interval, "margin");
            near(own.p_beats, other.p_beats, "p");
        }
        near(got.max_regret, want.max_regret, "regret");
    }
}

#[test]
fn weights_that_are_all_alike_are_none() {
    let draw = &mut Stream::new(79, 0);
    let (alike, _) = both(&[4; 30], 1, draw);
    let mut plain = alike.clone();
    plain.batch.settings.remove("weight_by");
    let (got, want) = (compared(&alike.data(), Test::Auto), compared(&plain.data(), Test::Auto));
    assert_eq!((got.versions, got.comparisons), (want.versions, want.comparisons));
    assert!(got.weight_by.is_none() && got.caveats == want.caveats, "{:?}", got.caveats);
}

const FILE: &str = r#"
project: weighed
prompt: "{{ question }}"
dataset:
  weight_by: traffic
  cases:
    - { id: a, question: "1 + 1", expected: "2", traffic: 90, right: 1 }
    - { id: b, question: "1 + 2", expected: "3", traffic: 10, right: 0 }
versions:
  one: { model: sim/one }
  two: { model: sim/two }
evaluators:
  - { name: right, expr: "input.right == 1" }
winner: { weights: { score: 1 } }
"#;

#[test]
fn what_is_frequent_counts_and_an_edited_weight_asks_no_model_again() {
    let project = Project::with("experiment.yaml", FILE);
    project.ok(&["run", "experiment.yaml"]);
    let right = |project: &Project| project.json(&["compare"]).1["versions"][0]["metrics"]["right"].clone();
    assert_eq!(right(&project)["value"], 0.9);
    assert_eq!(project.json(&["compare"]).1["weight_by"], "traffic");
    let said = project.ok(&["compare"]).out;
    assert!(
        flat(&said).contains("cases count by `traffic`: 2 cases say as much as about 1 that count alike"),
        "{said}"
    );
    project.write("experiment.yaml", FILE.replace("traffic: 90", "traffic: 30"));
    project.ok(&["run", "experiment.yaml", "--resume"]);
    assert_eq!(right(&project)["value"], 0.75);
    assert_eq!(project.count("SELECT count(*) FROM runs"), 4, "no run was made again");
}

#[test]
fn a_race_is_refused_where_cases_do_not_count_alike() {
    let project = Project::with("experiment.yaml", FILE);
    let refused = project.proto(&["run", "experiment.yaml", "--race"]);
    assert_eq!(refused.code, 2);
    let said = flat(&refused.err);
    assert!(
        said.contains("a race counts cases alike, and `dataset.weight_by` counts them by `traffic`")
            && said.contains("leave `--race` out"),
        "{said}"
    );
}
