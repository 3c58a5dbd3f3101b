//! The options of `compare` and `choose-winner`: what each changes in the numbers, and that decisions made with them
//! repeat bit for bit.
use std::fmt::Write;

use serde_json::Value;

use crate::harness::Project;

/// Two simulated versions over `cases` cases, `repeats` times each.
fn project(cases: usize, repeats: usize) -> Project {
    let mut rows = String::new();
    for i in 0..cases {
        writeln!(rows, r#"{{"id": "c{i:03}", "q": "{i}", "expected": "{}"}}"#, ["yes", "no"][i % 2])
            .expect("a string");
    }
    let yaml = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\ndataset: {{ path: rows.jsonl, id: id }}\nversions:\n  \
         old: {{ model: sim/old, params: {{ accuracy: 0.7, latency_ms: 900 }} }}\n  \
         new: {{ model: sim/new, params: {{ accuracy: 0.8, latency_ms: 700 }} }}\n\
         evaluators: [ equals ]\nrun: {{ repeats: {repeats} }}\n"
    );
    let project = Project::with("x.yaml", &yaml);
    project.write("rows.jsonl", rows);
    project.ok(&["run", "x.yaml", "--quiet"]);
    project
}

fn method(document: &Value) -> &str {
    document["versions"][0]["metrics"]["equals"]["method"].as_str().expect("a method")
}

fn comparison<'a>(document: &'a Value, metric: &str) -> &'a Value {
    let all = document["comparisons"].as_array().expect("comparisons");
    all.iter().find(|one| one["metric"] == metric).expect("the metric")
}

fn width(interval: &Value) -> f64 {
    interval[1].as_f64().expect("high") - interval[0].as_f64().expect("low")
}

#[test]
fn every_interval_and_test_can_be_asked_for() {
    let project = project(80, 1);
    for wanted in ["wilson", "clopper-pearson", "jeffreys", "wald", "bootstrap"] {
        let (code, document) = project.json(&["compare", "--interval", wanted]);
        assert_eq!((code, method(&document)), (0, wanted));
    }
    let p = |test: &str| {
        let document = project.json(&["compare", "--test", test]).1;
        comparison(&document, "equals")["p_value"].as_f64().expect("p")
    };
    // Random signs of passes and failures are McNemar's test.
    assert!((p("auto") - p("signflip")).abs() < 1e-12, "{} {}", p("auto"), p("signflip"));
    assert!(p("wilcoxon") > 0.0 && (p("wilcoxon") - p("auto")).abs() > 1e-12);
}

#[test]
fn margins_families_and_simultaneous_intervals_change_what_is_said() {
    let project = project(80, 1);
    let plain = project.json(&["compare"]).1;
    let wide = project.json(&["compare", "--margin", "equals=0.9", "--simultaneous", "--family", "all"]).1;
    assert_ne!(comparison(&plain, "equals")["verdict"], "equivalent");
    let (one, all) = (comparison(&plain, "latency"), comparison(&wide, "latency"));
    assert!(all["p_adjusted"].as_f64() >= one["p_adjusted"].as_f64());
    assert!(width(&all["interval"]) > width(&one["interval"]));
    assert!(one["geometric_mean_ratio"]["value"].as_f64().is_some_and(|ratio| ratio < 1.0), "{one}");
    assert_eq!((&one["pairing"], &one["coverage"]), (&"case".into(), &1.0.into()));
    let verdict = comparison(&wide, "equals")["verdict"].as_str().expect("a verdict").to_owned();
    assert!(["equivalent", "better"].contains(&verdict.as_str()), "{verdict}");
    let wrong = project.proto(&["compare", "--margin", "equls=0.1"]);
    assert!(wrong.code == 2 && wrong.err.contains("equals"), "{}", wrong.err);
    let wrong = project.proto(&["compare", "--margin", "equals"]);
    assert!(wrong.code == 2 && wrong.err.contains("METRIC=VALUE"), "{}", wrong.err);
}

#[test]
fn a_quantile_without_an_end_says_how_many_runs_it_needs() {
    let project = project(40, 1);
    let said = project.ok(&["compare"]).out.replace('\n', " ");
    assert!(said.contains("n/a (needs 72)]") && said.contains("n/a (needs 368)]"), "{said}");
    let document = project.json(&["compare"]).1;
    assert_eq!(document["versions"][0]["metrics"]["latency.p95"]["runs_needed"], 72);
    // No case has a quantile to win by.
    let [mean, median] = ["latency", "latency.p50"].map(|metric| comparison(&document, metric));
    assert!(mean["win_rate"].as_f64().is_some_and(|rate| rate > 0.0) && mean["net"].is_number(), "{mean}");
    assert_eq!((&median["win_rate"], &median["net"]), (&Value::Null, &Value::Null), "{median}");
}

#[test]
fn repeats_are_told_apart_from_cases() {
    let project = project(40, 3);
    let document = project.json(&["compare", "--interval", "jeffreys"]).1;
    let one = &document["repeated"][0];
    let number = |key: &str| one[key].as_f64().expect("a number");
    assert_eq!(one["repeats"], 3);
    assert!(number("pass_hat_k") <= number("pass_at_k"), "{one}");
    assert!((0.0..=1.0).contains(&number("flip_rate")) && (0.0..=1.0).contains(&number("share_of_variance")));
    let codes: Vec<&str> =
        document["caveats"].as_array().expect("a list").iter().filter_map(|c| c["code"].as_str()).collect();
    // Exact intervals are for one run a case.
    assert!(codes.contains(&"repeats") && codes.contains(&"interval"), "{codes:?}");
    assert_eq!(method(&document), "wilson-t");
    let said = project.ok(&["compare"]).out;
    assert!(said.contains("all 3 pass") && said.lines().all(|line| line.chars().count() <= 100), "{said}");
}

#[test]
fn gates_say_how_sure_they_are_and_decisions_with_every_option_repeat() {
    let project = project(60, 1);
    let (_, decision) = project.json(&[
        "choose-winner",
        "--require",
        "equals >= 0.75",
        "--require",
        "latency <= 100s",
        "--gate-mode",
        "permissive",
        "--missing",
        "drop-metric",
        "--min-coverage",
        "0.9",
        "--on-error",
        "exclude",
        "--seed",
        "7",
    ]);
    let of = |decision: &Value, version: &str, key: &str| {
        let ranking = decision["ranking"].as_array().expect("a ranking").clone();
        ranking.iter().find(|one| one["version"] == version).expect("the version")[key].clone()
    };
    let (old, new) = (of(&decision, "old", "p_feasible"), of(&decision, "new", "p_feasible"));
    let (old, new) = (old.as_f64().expect("old"), new.as_f64().expect("new"));
    assert!(0.0 < old && old < new && new <= 1.0, "{old} {new}");
    for version in ["old", "new"] {
        let ranks = of(&decision, version, "rank_interval");
        let mean = of(&decision, version, "expected_rank").as_f64().expect("a rank");
        assert!(ranks[0].as_f64().expect("low") <= mean && mean <= ranks[1].as_f64().expect("high"));
    }
    let (_, never) = project.json(&["choose-winner", "--require", "latency <= 1ms"]);
    assert_eq!(never["verdict"], "none_eligible");
    assert_eq!(of(&never, "new", "p_feasible").as_f64(), Some(0.0));
    let (_, always) = project.json(&["choose-winner", "--require", "latency <= 100s"]);
    assert_eq!(of(&always, "new", "p_feasible").as_f64(), Some(1.0));
    let (_, relative) = project.json(&["choose-winner", "--require", "latency <= baseline * 1.5"]);
    assert_eq!(of(&relative, "new", "p_feasible").as_f64(), Some(1.0));
    let (_, none) = project.json(&["choose-winner"]);
    assert_eq!(of(&none, "new", "p_feasible"), Value::Null);
    let kept = project.json(&["decisions"]).1;
    for decision in kept["decisions"].as_array().expect("decisions") {
        let id = decision["decision_id"].as_str().expect("an id");
        let (code, again) = project.json(&["decisions", "--replay", id]);
        assert_eq!((code, &again["identical"]), (0, &true.into()), "{again}");
    }
}

#[test]
fn quantiles_are_compared_by_their_ratio_and_open_comparisons_say_what_they_need() {
    let project = project(80, 1);
    let document = project.json(&["compare"]).1;
    for metric in ["latency.p50", "latency.p95"] {
        let one = comparison(&document, metric);
        let (ratio, interval) = (one["ratio"]["value"].as_f64().expect("a ratio"), &one["ratio"]["interval"]);
        assert!(ratio < 1.0 && width(interval) > 0.0, "{one}");
        assert_eq!((&one["ratio"]["method"], &one["p_value"].is_number()), (&"bootstrap".into(), &true));
    }
    let all = document["comparisons"].as_array().expect("comparisons");
    // 80 runs are too few for both ends of a P99.
    assert!(all.iter().all(|one| one["metric"] != "latency.p99"));
    for one in all {
        let is_open = one["verdict"] == "inconclusive";
        assert!(is_open || one["more_cases_needed"].is_null(), "{one}");
    }
    let equals = comparison(&document, "equals");
    assert_eq!(equals["verdict"], "inconclusive");
    assert!(equals["more_cases_needed"].as_u64().is_some_and(|more| more > 10), "{equals}");
    let said = project.ok(&["compare"]).out;
    assert!(said.contains("· needs +") && said.contains("\"needs\": inconclusive so far"), "{said}");
    assert!(said.contains("on a typical case new@1.0 is 1."), "{said}");
}

/// Two simulated versions that are always right and equally fast, over 60 cases.
fn alike() -> Project {
    let yaml = "project: p\nprompt: \"{{ q }}\"\ndataset: rows.jsonl\nversions:\n  \
                old: { model: sim/old, params: { accuracy: 1 } }\n  new: { model: sim/new, params: { accuracy: 1 } }\n\
                evaluators: [ equals ]\n";
    let project = Project::with("x.yaml", yaml);
    let rows: String = (0..60).map(|i| format!("{{\"q\": \"{i}\", \"expected\": \"yes\"}}\n")).collect();
    project.write("rows.jsonl", rows);
    project.ok(&["run", "x.yaml", "--quiet"]);
    project
}

#[test]
fn passes_that_are_the_same_on_every_case_need_more_cases_to_be_equivalent() {
    let project = alike();
    let document = project.json(&["compare"]).1;
    let equals = comparison(&document, "equals");
    assert_eq!((&equals["verdict"], equals["difference"].as_f64()), (&"inconclusive".into(), Some(0.0)));
    // sqrt(2) (1.960 + 1.282)/0.01 = 458.4 cases, by the two cases that Bonett and Price's interval adds.
    assert_eq!(equals["more_cases_needed"], 459 - 60);
    let wide = project.json(&["compare", "--margin", "equals=0.1"]).1;
    assert_eq!(comparison(&wide, "equals")["verdict"], "equivalent");
}

#[test]
fn a_quantile_has_a_margin_in_its_own_unit_and_no_test_case_by_case() {
    let project = alike();
    let median = |arguments: &[&str]| {
        let document = project.json(&[&["compare"], arguments].concat()).1;
        let caveats = document["caveats"].as_array().expect("caveats").clone();
        (comparison(&document, "latency.p50").clone(), caveats.iter().any(|one| one["code"] == "test"))
    };
    let (open, told) = median(&[]);
    assert_eq!((&open["verdict"], told), (&"inconclusive".into(), false), "{open}");
    let end = |at: usize| open["interval"][at].as_f64().expect("an end");
    let difference = open["difference"].as_f64().expect("a difference");
    assert!(end(0) < difference && difference < end(1), "{open}");
    let within = format!("latency.p50={}s", 1.01 * end(0).abs().max(end(1).abs()));
    assert_eq!(median(&["--margin", &within]).0["verdict"], "equivalent");
    let (same, told) = median(&["--test", "wilcoxon"]);
    assert_eq!((same["p_value"].as_f64(), told), (open["p_value"].as_f64(), true));
}

#[test]
fn a_baseline_that_lacks_a_value_is_refused_with_what_to_do() {
    let yaml = "project: p\nprompt: \"{{ q }}\"\ndataset: rows.jsonl\nversions:\n  \
                script: { command: [echo, \"yes\"] }\n  \
                model: { model: sim/model, params: { accuracy: 0.8 } }\n\
                evaluators: [ equals ]\nwinner: { baseline: script, weights: { score: 0.7, cost: 0.3 } }\n";
    let project = Project::with("x.yaml", yaml);
    project
        .write("rows.jsonl", "{\"q\": \"1\", \"expected\": \"yes\"}\n{\"q\": \"2\", \"expected\": \"no\"}\n");
    project.ok(&["run", "x.yaml", "--quiet"]);
    let refused = project.proto(&["choose-winner"]);
    assert_eq!(refused.code, 2, "{}", refused.err);
    let said = refused.err.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(said.contains("the baseline `script` has no value of `cost`"), "{said}");
    assert!(said.contains("say what it costs under `pricing:`, or take another `--baseline`"), "{said}");
    // A decision that was made on such a baseline before it was refused is made again as it was.
    project.json(&["choose-winner", "--baseline", "model"]);
    let store = rusqlite::Connection::open(project.path(".proto/proto.db")).expect("a store");
    let older = "UPDATE decision_row SET request = \
                 json_remove(json_set(request, '$.rule.baseline', 'script'), '$.any_baseline')";
    assert_eq!(store.execute(older, []).expect("an update"), 1);
    let id =
        project.json(&["decisions"]).1["decisions"][0]["decision_id"].as_str().expect("an id").to_owned();
    let again = project.json(&["decisions", "--replay", &id]).1;
    assert_eq!(again["decision"]["verdict"], "winner", "{again}");
    assert_eq!(again["decision"]["reference_sources"]["cost"], "built-in", "{again}");
    // With another baseline, or without the metric, there is a decision.
    let (_, other) = project.json(&["choose-winner", "--baseline", "model"]);
    assert_eq!(other["ranking"][1]["standing"], "missing_metric");
    let (_, dropped) = project.json(&["choose-winner", "--missing", "drop-metric"]);
    assert_eq!(dropped["ranking"][1]["standing"], "ranked");
}
