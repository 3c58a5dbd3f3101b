//! What `compare` makes of stored runs, on runs written down here: the rules of sections A and B that show only between a
//! formula and the screen.
use proto::analyse::stats::interval::Confidence;
use proto::analyse::stats::mean::Summary;
use proto::analyse::stats::proportion::generalised_wilson;
use proto::analyse::{CompareOptions, Judged, compare};
use proto::domain::{Comparison, ComparisonVerdict, Range, Report, RunStatus, Spread};

use crate::drawn::{Outcome, Place, Study};
use crate::harness::Project;

/// One run a version and case: what `score(version, case)` says, all at the same cost, latency by case.
fn study(versions: usize, cases: usize, score: impl Fn(usize, usize) -> f64) -> Study {
    clustered(versions, cases, None, score)
}

/// The same in so many clusters.
fn clustered(
    versions: usize,
    cases: usize,
    clusters: Option<usize>,
    score: impl Fn(usize, usize) -> f64,
) -> Study {
    let names: Vec<String> = (0..versions).map(|v| format!("v{v}")).collect();
    let mut study = Study::new(&names, 1, clusters.is_some());
    for case in 0..cases {
        for version in 0..versions {
            let place = Place { version, case, repeat: 0, cluster: clusters.map(|n| case % n) };
            let seconds = 1.0 + (case * 7 % 11) as f64 / 10.0 + version as f64 / 100.0;
            study.push(place, Outcome::ok(score(version, case), 0.001, seconds));
        }
    }
    study
}

fn compared(study: &Study, judged: Judged) -> Report {
    let options = CompareOptions { judged, ..CompareOptions::default() };
    compare(&study.data(), &options).expect("a report")
}

fn of<'a>(report: &'a Report, version: &str, metric: &str) -> Option<&'a Comparison> {
    report.comparisons.iter().find(|c| c.version == version && c.metric == metric)
}

fn needs(report: &Report, version: &str) -> Option<u64> {
    let comparison = of(report, version, "right").expect("a comparison");
    assert_eq!(comparison.verdict, ComparisonVerdict::Inconclusive, "{comparison:?}");
    comparison.more_cases
}

/// Right on all but: `v1` loses `lost` cases and wins `won`, `v2` and `v3` as told.
fn candidates(versions: usize, of_v1: (usize, usize), others: (usize, usize)) -> Study {
    study(versions, 60, |version, case| {
        let (lost, won) = if version == 1 { of_v1 } else { others };
        let base = case >= 20;
        let right = if version == 0 {
            base
        } else if base {
            case - 20 >= lost
        } else {
            case < won
        };
        f64::from(u8::from(right))
    })
}

#[test]
fn needs_follow_from_what_settles_a_comparison() {
    let judged = |margin: f64| Judged { margins: vec![("right".to_owned(), margin)], ..Judged::default() };
    // As good as the baseline: only its own interval must come to lie within the margin, whoever else is there.
    let alike = |versions| needs(&compared(&candidates(versions, (3, 3), (3, 3)), judged(0.05)), "v1");
    assert!(alike(2).is_some() && alike(2) == alike(4), "{:?} {:?}", alike(2), alike(4));
    let together = Judged { simultaneous: true, ..judged(0.05) };
    assert!(needs(&compared(&candidates(4, (3, 3), (3, 3)), together), "v1") > alike(4));
    // Apart from the baseline: p is adjusted for the candidates that are open as well, and not for those that are told.
    let apart = |versions, others| needs(&compared(&candidates(versions, (2, 6), others), judged(0.0)), "v1");
    assert!(apart(4, (2, 6)) > apart(2, (2, 6)));
    assert_eq!(apart(4, (30, 0)), apart(2, (2, 6)));
}

#[test]
fn the_interval_of_a_difference_stays_on_its_scale() {
    let report = compared(
        &clustered(2, 6, Some(2), |version, case| [0.2, (case % 2) as f64][version]),
        Judged::default(),
    );
    let right = of(&report, "v1", "right").expect("a comparison");
    assert_eq!((right.interval.low, right.interval.high), (Some(-1.0), Some(1.0)), "{right:?}");
    // Cases in common or not.
    let mut apart = study(2, 6, |version, case| (version + case) as f64 % 2.0);
    apart.runs =
        apart.runs.into_iter().enumerate().filter(|(i, _)| i / 2 % 2 == i % 2).map(|(_, run)| run).collect();
    let apart = compared(&apart, Judged::default());
    let right = of(&apart, "v1", "right").expect("a comparison");
    assert!(!right.paired && right.interval.low.is_none_or(|low| low >= -1.0), "{right:?}");
}

#[test]
fn a_few_cases_without_a_difference_are_no_proof_that_there_is_none() {
    let verdict = |cases| {
        let report = compared(&study(2, cases, |_, case| (case % 5) as f64 / 4.0), Judged::default());
        let right = of(&report, "v1", "right").expect("a comparison").clone();
        (right.verdict, right.interval.high.is_some_and(|high| high > 0.0), right.more_cases)
    };
    let (few, many) = (verdict(6), verdict(200));
    assert_eq!(few.0, ComparisonVerdict::Inconclusive);
    assert!(few.1 && few.2.is_some_and(|more| (100..300).contains(&more)), "{few:?}");
    assert_eq!(many, (ComparisonVerdict::Equivalent, true, None));
}

#[test]
fn a_quantile_of_few_clusters_is_shown_and_not_compared() {
    let said = |clusters| {
        let report = compared(&clustered(2, 90, Some(clusters), |_, _| 1.0), Judged::default());
        let shown = report.columns.iter().any(|column| column.name == "latency.p50");
        (shown, of(&report, "v1", "latency.p50").is_some())
    };
    assert_eq!([said(9), said(10)], [(true, false), (true, true)]);
}

#[test]
fn what_is_tied_is_no_regression() {
    let scores = [0.5, 0.5 - f64::EPSILON / 4.0];
    let study = study(2, 20, |version, case| if case == 7 && version == 1 { 0.25 } else { scores[version] });
    let options = CompareOptions { regressions: true, ..CompareOptions::default() };
    let report = compare(&study.data(), &options).expect("a report");
    let right = of(&report, "v1", "right").expect("a comparison");
    assert_eq!((right.losses, right.ties), (1, 19));
    let lost: Vec<&str> = report.regressions.iter().map(|lost| lost.case_id.as_str()).collect();
    assert_eq!(lost, ["c000007"]);
}

#[test]
fn usage_that_was_not_counted_is_missing_from_the_tokens() {
    let mut study = study(2, 40, |_, _| 1.0);
    for (place, (_, run)) in study.runs.iter_mut().enumerate() {
        match place {
            // An error counts no tokens, by the version's own fault.
            1 => run.facts.status = RunStatus::Error,
            3..9 if place % 2 == 1 => {}
            _ => (run.facts.input_tokens, run.facts.output_tokens) = (Some(10), Some(5)),
        }
    }
    let report = compared(&study, Judged::default());
    let at = report.columns.iter().position(|column| column.name == "tokens").expect("a column");
    let (base, other) = (&report.versions[0].values[at], &report.versions[1].values[at]);
    assert_eq!((base.n, base.missing, other.n, other.missing), (40, 0, 36, 3));
    let tokens = of(&report, "v1", "tokens").expect("a comparison");
    assert_eq!((tokens.pairs, tokens.unpaired, tokens.p_mid), (36, (0, 4), None));
    let coverage = tokens.coverage.expect("a share");
    assert!((coverage - 37.0 / 40.0).abs() < 1e-12, "{coverage}");
}

#[test]
fn what_repeats_tell_has_the_interval_of_a_mean_of_cases() {
    let mut study = Study::new(&["v0".to_owned(), "v1".to_owned()], 3, true);
    for case in 0..30 {
        for repeat in 0..3 {
            for version in 0..2 {
                let right = (case * 5 + repeat as usize * 3) % 7 > 2;
                let place = Place { version, case, repeat, cluster: Some(case / 2) };
                study.push(place, Outcome::ok(f64::from(u8::from(right)), 0.001, 1.0));
            }
        }
    }
    let passes = |case: usize| (0..3).filter(|repeat| (case * 5 + repeat * 3) % 7 > 2).count() as f64;
    let clusters: Vec<u32> = (0..30).map(|case| case / 2).collect();
    let expected = |of_case: &dyn Fn(f64) -> f64| {
        let values: Vec<f64> = (0..30).map(|case| of_case(passes(case))).collect();
        let summary = Summary::of(&values, Some(&clusters)).expect("values");
        Some((summary.mean, generalised_wilson(&summary, Confidence::default())))
    };
    let report = compared(&study, Judged::default());
    let told = &report.repeated[0];
    assert_eq!(told.flip_rate, expected(&|c| c * (3.0 - c) / 3.0));
    assert_eq!(told.pass_any, expected(&|c| f64::from(u8::from(c > 0.0))));
    assert_eq!(told.pass_all, expected(&|c| f64::from(u8::from(c == 3.0))));
}

#[test]
fn the_spread_is_of_single_runs_and_of_cases_and_of_nothing_else() {
    let mut study = Study::new(&["v0".to_owned(), "v1".to_owned()], 2, false);
    // Of the second case one run has no known cost and the other failed; the third was not repeated.
    for (case, repeat, cost, right) in [
        (0, 0, Some(1.0), 1.0),
        (0, 1, Some(3.0), 0.0),
        (1, 0, None, 1.0),
        (1, 1, Some(8.0), 1.0),
        (2, 0, Some(0.0), 0.5),
    ] {
        let place = Place { version: 0, case, repeat, cluster: None };
        let status = if repeat == 1 && case == 1 { RunStatus::Error } else { RunStatus::Ok };
        study.push(place, Outcome { status, cost, ..Outcome::ok(right, 0.0, 1.0) });
    }
    study.push(Place { version: 1, case: 0, repeat: 0, cluster: None }, Outcome::ok(0.25, 4.0, 2.0));
    let report = compared(&study, Judged::default());
    let spread = |version: usize, metric: &str| {
        let at = report.columns.iter().position(|column| column.name == metric).expect("a column");
        report.versions[version].values[at].spread
    };
    let range = |min, max, sd| Range { min, max, sd };
    let near = |a: f64, b: f64| (a - b).abs() < 1e-12;
    let cost = spread(0, "cost").expect("a spread");
    assert_eq!((cost.total, cost.runs, cost.mean), (12.0, 4, 3.0));
    assert_eq!((cost.of_runs.min, cost.of_runs.max), (0.0, 8.0));
    assert!(near(cost.of_runs.sd.expect("several runs"), (38.0_f64 / 3.0).sqrt()), "{cost:?}");
    // The cases cost 2, 8 and 0.
    assert_eq!((cost.of_cases.min, cost.of_cases.max), (0.0, 8.0));
    assert!(near(cost.of_cases.sd.expect("several cases"), (52.0_f64 / 3.0).sqrt()), "{cost:?}");
    // A run that failed scores worst: the cases have a half each.
    let right = spread(0, "right").expect("a spread");
    assert_eq!((right.total, right.runs, right.mean), (2.5, 5, 0.5));
    assert_eq!(right.of_cases, range(0.5, 0.5, Some(0.0)));
    let alone = range(4.0, 4.0, None);
    assert_eq!(
        spread(1, "cost"),
        Some(Spread { total: 4.0, runs: 1, mean: 4.0, of_runs: alone, of_cases: alone })
    );
    assert_eq!(spread(0, "latency.p50"), None);
    // How much a case counts moves the value, and neither what was paid nor how far apart it lies.
    study.batch.settings.insert("weight_by".into(), "traffic".into());
    study
        .runs
        .iter_mut()
        .for_each(|(case, _)| case.weight = Some(if &*case.id == "c000001" { 9.0 } else { 1.0 }));
    let weighed = compared(&study, Judged::default());
    let at = weighed.columns.iter().position(|column| column.name == "cost").expect("a column");
    let value = &weighed.versions[0].values[at];
    assert!(value.value > report.versions[0].values[at].value && value.spread == Some(cost), "{value:?}");
}

#[test]
fn a_comparison_ends_with_what_to_type_next() {
    let yaml = "project: p\nprompt: \"{{ q }}\"\n\
        dataset: { path: rows.jsonl, id: id, slices: { late: \"n >= 40\", all: \"true\" } }\nversions:\n  \
        old: { model: sim/old, params: { accuracy: 1 } }\n  new: { model: sim/new, params: { accuracy: 0.5 } }\n\
        evaluators: [ equals ]\n";
    let project = Project::with("x.yaml", yaml);
    let rows: Vec<String> =
        (0..60).map(|n| format!(r#"{{"id": "c {n}", "q": "{n}", "n": {n}, "expected": "yes"}}"#)).collect();
    project.write("rows.jsonl", rows.join("\n"));
    project.ok(&["run", "x.yaml", "--quiet"]);
    let last = |args: &[&str]| project.ok(args).out.lines().last().unwrap_or_default().to_owned();
    let to_lost = "next: proto compare --slice late --regressions";
    assert_eq!(last(&["compare", "--slice", "late"]), to_lost);
    let to_outputs = last(&["compare", "--slice", "late", "--regressions"]);
    let case = to_outputs.strip_prefix("next: proto diff old@1.0 new@1.0 --case 'c ").expect(&to_outputs);
    let case = format!("c {}", case.trim_end_matches('\''));
    assert!(project.ok(&["diff", "old@1.0", "new@1.0", "--case", &case]).out.contains(&case));
    // The better one loses nothing.
    assert_eq!(last(&["compare", "--baseline", "new"]), "next: proto choose-winner");
    assert_eq!(last(&["compare", "--baseline", "new", "--regressions"]), "next: proto choose-winner");
    let said = project.ok(&["compare", "--slice", "late", "--format", "markdown"]).out;
    assert!(said.starts_with("### x, slice late\n") && !said.contains("next:"), "{said}");
    assert_eq!(project.json(&["compare", "--slice", "late"]).1["slice"], "late");
    assert_eq!(project.json(&["compare"]).1["slice"], serde_json::Value::Null);
}

#[test]
fn intervals_that_hold_together_say_at_which_level() {
    let study = candidates(3, (3, 3), (2, 6));
    let report = compared(&study, Judged { simultaneous: true, ..Judged::default() });
    assert!((report.difference_confidence - 0.975).abs() < 1e-12 && report.confidence == 0.95);
    assert_eq!(compared(&study, Judged::default()).difference_confidence, 0.95);
}
