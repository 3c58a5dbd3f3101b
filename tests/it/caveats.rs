//! Every caveat of `src/analyse/caveats.rs` and beneath: where it is said, and where, one step away, it is not.
use std::collections::BTreeSet;
use std::fs;

use proto::analyse::stats::rng::Stream;
use proto::analyse::{CompareOptions, Data, DecideOptions, Draws, Judged, compare, decide};
use proto::domain::{Digest, Formula, IntervalKind, OnError, RunStatus, Standing, Test, WinnerRule};
use proto::stores::{MeasuredValue, Measurement};
use serde_json::{Value, json};

use crate::drawn::{Law, Outcome, Place, Study, WEIGHTS, study};
use crate::harness::repository;

const CODES: [&str; 32] = [
    "built-in-reference",
    "cached",
    "constant-evaluator",
    "dependencies",
    "design-effect",
    "different-cases",
    "different-evaluators",
    "drift",
    "errors",
    "few-cases",
    "formula",
    "free",
    "free-failures",
    "heavy-tail",
    "independent",
    "interval",
    "latency-trend",
    "missing-scores",
    "not-run",
    "nothing-scored",
    "only-candidate",
    "partition",
    "raced",
    "raced-intervals",
    "raced-otherwise",
    "repeats",
    "simulated",
    "test",
    "unknown-cost",
    "unpaired",
    "unranked",
    "weighed-cases",
];

/// Two versions over so many cases, everything in order.
fn plain(cases: usize) -> Study {
    let law = |right| Law { right, cost: 0.002, seconds: 1.0, sigma: 0.3 };
    study(&[law(0.8), law(0.7)], cases, &mut Stream::new(31, cases as u64))
}

fn rule() -> WinnerRule {
    let weights = WEIGHTS.map(|(name, weight)| (name.to_owned(), weight)).to_vec();
    WinnerRule { weights, ..WinnerRule::default() }
}

fn gathered(studies: &[&Study]) -> Data {
    let batches: Vec<_> = studies.iter().map(|study| study.batch.clone()).collect();
    let mut data = Data::new(&batches, true).expect("batches with settings");
    for (case, run) in studies.iter().flat_map(|study| &study.runs) {
        let case = data.push_case(case);
        data.push(case, run);
    }
    data.settle();
    data
}

/// The codes of everything that is said of the comparison and of the decision.
fn codes_by(studies: &[&Study], rule: &WinnerRule, judged: Judged) -> BTreeSet<&'static str> {
    let data = gathered(studies);
    let report = compare(&data, &CompareOptions { judged, ..CompareOptions::default() }).expect("a report");
    let draws = Draws::nothing();
    let decision = decide(&data, rule, &[], &DecideOptions { draws, ..DecideOptions::default() });
    let decided = decision.map(|decision| decision.caveats).unwrap_or_default();
    report.caveats.iter().chain(&decided).map(|caveat| caveat.code).collect()
}

fn codes(studies: &[&Study]) -> BTreeSet<&'static str> {
    codes_by(studies, &rule(), Judged::default())
}

/// Changes the runs of version `v` (of two), by case.
fn change(study: &mut Study, v: usize, by: impl Fn(usize, &mut Measurement)) {
    for (at, (_, run)) in study.runs.iter_mut().enumerate().filter(|(at, _)| at % 2 == v) {
        by(at / 2, run);
    }
}

fn changed(v: usize, by: impl Fn(usize, &mut Measurement)) -> Study {
    let mut study = plain(60);
    change(&mut study, v, by);
    study
}

/// Said of the first, not of the second.
fn told(code: &str, with: &BTreeSet<&str>, without: &BTreeSet<&str>) {
    assert!(CODES.contains(&code), "`{code}` is not listed");
    assert!(with.contains(code), "`{code}` is not said: {with:?}");
    assert!(!without.contains(code), "`{code}` is said without cause");
}

fn told_of(code: &str, with: &Study, without: &Study) {
    told(code, &codes(&[with]), &codes(&[without]));
}

#[test]
fn every_caveat_of_the_source_is_left_out_here() {
    let read =
        |file: &str| fs::read_to_string(repository().join("src/analyse").join(file)).expect("the source");
    let source = read("caveats.rs") + &read("caveats/failures.rs") + &read("caveats/weighed.rs");
    let after = source.split("caveat(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
    let found: BTreeSet<&str> = after.filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(found, BTreeSet::from(CODES));
    let own = include_str!("caveats.rs").split_whitespace().collect::<String>();
    let is_tried = |code: &str| {
        own.contains(&format!("told(\"{code}\",")) || own.contains(&format!("told_of(\"{code}\","))
    };
    let left_out: Vec<&str> = CODES.into_iter().filter(|code| !is_tried(code)).collect();
    assert_eq!(left_out, Vec::<&str>::new());
    let page = fs::read_to_string(repository().join("docs/json.md")).expect("the page");
    let unsaid: Vec<&str> =
        CODES.into_iter().filter(|code| !page.contains(&format!("\n| `{code}` | "))).collect();
    assert_eq!(unsaid, Vec::<&str>::new(), "docs/json.md lists them all");
    assert_eq!(codes(&[&plain(60)]), BTreeSet::new(), "of a plain batch there is nothing to say");
}

#[test]
fn what_differs_between_batches() {
    let (one, other) = (plain(60), plain(60));
    let mut cases = other.clone();
    cases.batch.dataset = Digest::of(b"others");
    told("different-cases", &codes(&[&one, &cases]), &codes(&[&one, &other]));
    let mut evaluator = other.clone();
    evaluator.batch.settings["evaluators"][0]["hash"] = Digest::of(b"stricter").hex().into();
    told("different-evaluators", &codes(&[&one, &evaluator]), &codes(&[&one, &other]));
    let leaning = |on: &str| {
        let mut study = plain(60);
        study.batch.settings["versions"][0]["notes"] = json!({"dependencies": {"requirements.txt": on}});
        study
    };
    let (old, new) = (leaning("sha256:1"), leaning("sha256:2"));
    told("dependencies", &codes(&[&old, &new]), &codes(&[&old, &leaning("sha256:1")]));
    let part = |of: &str| {
        let mut study = plain(60);
        study.batch.cases = 60;
        study.batch.settings.insert("part".into(), json!({"partition": of, "whole_cases": 120}));
        study
    };
    let (first, second) = (part("hash:1/2"), part("hash:2/2"));
    told("partition", &codes(&[&first]), &codes(&[&first, &second]));
}

#[test]
fn runs_that_failed_or_were_not_made() {
    let failed = |from: usize| {
        changed(1, move |case, run| {
            if case >= from {
                (run.facts.status, run.scores, run.facts.latency_s) = (RunStatus::Error, Vec::new(), None);
            }
        })
    };
    told_of("errors", &failed(59), &failed(60));
    let failed_at = |cost: f64| {
        changed(1, move |case, run| {
            if case >= 59 {
                (run.facts.status, run.scores, run.facts.cost_usd) =
                    (RunStatus::Error, Vec::new(), Some(cost));
            }
        })
    };
    told_of("free-failures", &failed_at(0.0), &failed_at(0.001));
    let costs = |cost: f64| changed(1, move |_, run| run.facts.cost_usd = Some(cost));
    told_of("free", &costs(0.0), &costs(0.001));
    let missed = |some: usize| {
        changed(1, move |case, run| {
            if case < some {
                (run.facts.status, run.scores) = (RunStatus::NotRun, Vec::new());
            }
        })
    };
    told_of("not-run", &missed(1), &missed(0));
    // Below nine tenths of the cases paired.
    told_of("unpaired", &missed(7), &missed(6));
    let mut planned = plain(60);
    planned.batch.cases = 60;
    let mut cut_short = planned.clone();
    cut_short.batch.cases = 61;
    told_of("not-run", &cut_short, &planned);
}

#[test]
fn what_a_run_spent_before_it_was_given_up_counts() {
    let spent = |given_up: Option<f64>| {
        let study = changed(1, move |case, run| {
            run.spent_usd = Some(0.25);
            if case < 2 {
                (run.facts.status, run.scores) = (RunStatus::NotRun, Vec::new());
                run.spent_usd = given_up;
            }
        });
        let report = compare(&gathered(&[&study]), &CompareOptions::default()).expect("a report");
        report.versions[1].spent_usd
    };
    assert_eq!(spent(Some(0.5)), Some(58.0 * 0.25 + 1.0));
    // One that never began owes nothing.
    assert_eq!(spent(None), Some(58.0 * 0.25));
}

#[test]
fn what_nobody_knows_of_a_run() {
    let unpriced = |some: usize| {
        changed(1, move |case, run| {
            if case < some {
                run.facts.cost_usd = None;
            }
        })
    };
    told_of("unknown-cost", &unpriced(1), &unpriced(0));
    // 5 % of the cases may lack a value, more may not; of two versions the other is then alone.
    told_of("unranked", &unpriced(4), &unpriced(3));
    told_of("only-candidate", &unpriced(60), &unpriced(3));
    // A run that was not made is no gap in what was.
    let mut cut = unpriced(2);
    change(&mut cut, 1, |case, run| {
        if (10..12).contains(&case) {
            (run.facts.status, run.facts.cost_usd, run.scores) = (RunStatus::NotRun, None, Vec::new());
        }
    });
    let decided = decide(&gathered(&[&cut]), &rule(), &[], &DecideOptions::default()).expect("a decision");
    assert_eq!(decided.ranking[1].standing, Standing::Coverage { metric: "cost".to_owned(), gaps: 2 });
    let unscored = |some: usize| {
        changed(0, move |case, run| {
            if case < some {
                run.scores[0].value = MeasuredValue::Failed;
            }
        })
    };
    // More than 2 % of the runs.
    told_of("missing-scores", &unscored(2), &unscored(1));
    told_of("cached", &changed(0, |case, run| run.cache_hit = case == 0), &plain(60));
}

#[test]
fn what_a_version_that_is_left_out_would_be_worth_at_its_best() {
    let decided = |study: &Study| {
        decide(&gathered(&[study]), &rule(), &[], &DecideOptions::default()).expect("a decision")
    };
    let worth = |decision: &proto::domain::Decision, values: [f64; 3]| -> f64 {
        let one = |(value, weighed): (f64, &proto::domain::WeightedMetric)| {
            let utility = weighed.reference.map_or(value, |reference| reference / (reference + value));
            weighed.weight * utility
        };
        values.into_iter().zip(&decision.weights).map(one).sum()
    };
    let values = |decision: &proto::domain::Decision| {
        let own = &decision.ranking[1].metrics;
        [own[0].0, own[1].0, own[2].0].map(Option::unwrap_or_default)
    };
    // Six of 60 answers without a score: at best all of them right.
    let unscored = decided(&changed(1, |case, run| {
        if case < 6 {
            run.scores[0].value = MeasuredValue::Failed;
        }
    }));
    assert!(matches!(unscored.ranking[1].standing, Standing::Coverage { gaps: 6, .. }));
    let [score, cost, latency] = values(&unscored);
    let best = worth(&unscored, [(54.0 * score + 6.0) / 60.0, cost, latency]);
    assert!((unscored.ranking[1].utility_at_best.expect("bounded") - best).abs() < 1e-12);
    // Nobody knows what it costs: at best nothing. Or what four of its runs cost.
    for known in [0_usize, 56] {
        let unpriced = decided(&changed(1, move |case, run| {
            if case >= known {
                run.facts.cost_usd = None;
            }
        }));
        let [score, cost, latency] = values(&unpriced);
        let best = worth(&unpriced, [score, cost * known as f64 / 60.0, latency]);
        assert!((unpriced.ranking[1].utility_at_best.expect("bounded") - best).abs() < 1e-12, "{known}");
        assert_eq!(unpriced.ranking[0].utility_at_best, None, "it is ranked");
        // As far behind as the leader's utility is above that; where it is known, how far that may be chance.
        let behind = unpriced.ranking[1].behind_at_best.expect("sixty cases");
        let (by, likely) = (behind.by, behind.interval);
        assert_eq!(behind.cases, 60);
        let own = unpriced.ranking[0].utility.expect("ranked");
        assert!((by - (own - best)).abs() < 1e-12, "{known}");
        assert!(likely.low.is_some_and(|low| low < by) && likely.high.is_some_and(|high| high > by));
    }
    let of = |cases: usize| {
        let mut study = plain(cases);
        change(&mut study, 1, |_, run| run.facts.cost_usd = None);
        decided(&study).ranking[1].behind_at_best
    };
    assert!(of(9).is_none() && of(10).is_some(), "nine cases are too few to tell");
}

#[test]
fn the_batch_is_decided_by_the_rule_for_failures_that_was_asked_for() {
    let failing = changed(1, |case, run| {
        if case < 6 {
            (run.facts.status, run.scores) = (RunStatus::Error, Vec::new());
        }
    });
    let said = |on_error| {
        let rule = WinnerRule { on_error, ..rule() };
        let decision = decide(&gathered(&[&failing]), &rule, &[], &DecideOptions::default());
        let caveats = decision.expect("a decision").caveats;
        caveats.into_iter().find(|caveat| caveat.code == "errors").expect("failures").message
    };
    let zero = said(OnError::Zero);
    assert!(zero.contains("; each counts as the worst score; where it answered, "), "{zero}");
    assert!(said(OnError::Exclude).ends_with("; they are left out of the scores"));
}

#[test]
fn what_the_batch_is_made_of() {
    let set = |key: &str, value: Value| {
        let mut study = plain(60);
        study.batch.settings.insert(key.to_owned(), value);
        study
    };
    let mut simulated = plain(60);
    simulated.batch.settings["versions"][1]["simulated"] = true.into();
    told_of("simulated", &simulated, &plain(60));
    told_of("few-cases", &plain(29), &plain(30));
    told_of("nothing-scored", &set("evaluators", json!([])), &plain(60));
    let stopped = |hash: &str| {
        let out = json!([{"hash": hash, "by": "v0", "after_cases": 30, "margin": 0.1}]);
        set("race", json!({ "out": out }))
    };
    let hash = plain(60).batch.settings["versions"][1]["hash"].as_str().expect("a hash").to_owned();
    told_of("raced", &stopped(&hash), &stopped(&Digest::of(b"another").hex()));
    told_of("raced", &set("race", json!({"over_after": 40})), &set("race", json!({})));
    told_of("raced-intervals", &set("race", json!({})), &plain(60));
    let raced = stopped(&hash);
    let planned = gathered(&[&raced]).rule();
    let other = WinnerRule { weights: vec![("score".to_owned(), 1.0)], ..planned.clone() };
    let decided = |rule| codes_by(&[&raced], rule, Judged::default());
    told("raced-otherwise", &decided(&other), &decided(&planned));
    let alike = changed(0, |_, run| run.scores[0].value = MeasuredValue::Scored(1.0, Some(true)));
    let mut constant = alike.clone();
    change(&mut constant, 1, |_, run| run.scores[0].value = MeasuredValue::Scored(1.0, Some(true)));
    told_of("constant-evaluator", &constant, &alike);
}

#[test]
fn how_the_numbers_are_spread() {
    // A fifth of the total is 15 times the mean of the other 59.
    let dear = |usd: f64| {
        changed(0, move |case, run| {
            run.facts.cost_usd = Some(if case == 0 { usd } else { 0.001 });
        })
    };
    told_of("heavy-tail", &dear(0.016), &dear(0.014));
    let clustered = |scored_alike: bool| {
        let mut study = plain(60);
        study.batch.settings.insert("clustered".into(), true.into());
        for (at, (case, run)) in study.runs.iter_mut().enumerate() {
            let cluster = at / 2 / 6;
            case.cluster = Some(format!("g{cluster}").as_str().into());
            let pass = if scored_alike { cluster % 3 > 0 } else { at / 2 % 3 > 0 };
            run.scores[0].value = MeasuredValue::Scored(f64::from(u8::from(pass)), Some(pass));
        }
        study
    };
    told_of("design-effect", &clustered(true), &clustered(false));
    let weighed = |first: f64| {
        let mut study = plain(60);
        study.batch.settings.insert("weight_by".into(), "traffic".into());
        study.runs.iter_mut().enumerate().for_each(|(at, (case, _))| {
            case.weight = Some(if at < 2 { first } else { 1.0 });
        });
        study
    };
    told_of("weighed-cases", &weighed(2.0), &weighed(1.0));
    let mut repeated = plain(60);
    repeated.batch.settings.insert("repeats".into(), 2.into());
    for at in 0..repeated.runs.len() {
        let (case, mut again) = repeated.runs[at].clone();
        (again.repeat, again.run) = (1, proto::domain::RunId::fresh());
        repeated.runs.push((case, again));
    }
    told_of("repeats", &repeated, &plain(60));
    let jeffreys = || Judged { interval: IntervalKind::Jeffreys, ..Judged::default() };
    told(
        "interval",
        &codes_by(&[&repeated], &rule(), jeffreys()),
        &codes_by(&[&plain(60)], &rule(), jeffreys()),
    );
    // 60 runs give a median both its ends, 4 do not.
    let signs = || Judged { test: Test::SignFlip, ..Judged::default() };
    told("test", &codes_by(&[&plain(60)], &rule(), signs()), &codes_by(&[&plain(4)], &rule(), signs()));
    let apart = |from: usize| {
        let mut study = Study::new(&["v0".to_owned(), "v1".to_owned()], 1, false);
        for (version, case) in (0..2).flat_map(|version| (0..40).map(move |case| (version, case))) {
            let place = Place { version, case: case + version * from, repeat: 0, cluster: None };
            study.push(place, Outcome::ok((case % 2) as f64, 0.001 * (1.0 + case as f64), 1.0));
        }
        study
    };
    told_of("independent", &apart(40), &apart(0));
}

#[test]
fn when_the_runs_were_made() {
    let at = |second: usize| {
        let second = i64::try_from(second).expect("small");
        jiff::Timestamp::from_second(1_700_000_000 + second).expect("a time")
    };
    let later = |seconds: usize| changed(1, move |_, run| run.started = at(seconds));
    let met = |mut study: Study| {
        change(&mut study, 0, |_, run| run.started = at(0));
        study
    };
    told_of("drift", &met(later(301)), &met(later(299)));
    let rising = |by: f64| {
        changed(0, move |case, run| {
            (run.started, run.facts.latency_s) = (at(case), Some(1.0 + by * case as f64));
        })
    };
    told_of("latency-trend", &rising(0.01), &rising(0.001));
}

#[test]
fn how_it_is_decided() {
    let by = |formula| codes_by(&[&plain(60)], &WinnerRule { formula, ..rule() }, Judged::default());
    told("formula", &by(Formula::MinMax), &by(Formula::Ratio));
    let free = |usd: f64| changed(0, move |_, run| run.facts.cost_usd = Some(usd));
    told_of("built-in-reference", &free(0.0), &free(1e-6));
}
