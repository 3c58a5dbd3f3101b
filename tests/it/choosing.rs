//! `choose-winner` where its evidence is odd: nothing passes, no case is common, no two versions differ; and references
//! and replays that reach back to an earlier decision.
use serde_json::Value;

use crate::harness::{Project, flat};

/// The fields of a reply that failed.
const DOWN: &str = r#""reply": {"error": {"message": "down"}}, "status": 500"#;

/// Recorded versions over `cases` cases; `line` gives the fields of a version's reply to a case.
fn recorded(versions: &[&str], cases: usize, line: impl Fn(&str, usize) -> String) -> Project {
    let declared: String =
        versions.iter().map(|name| format!("  {name}: {{ replay: {name}.jsonl }}\n")).collect();
    let yaml = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\ndataset: {{ path: rows.jsonl, id: id }}\nversions:\n{declared}\
         evaluators: [ equals ]\nrun: {{ retries: {{ max: 0 }} }}\n"
    );
    let project = Project::with("x.yaml", &yaml);
    let all = |one: &dyn Fn(usize) -> String| (0..cases).map(|i| one(i) + "\n").collect::<String>();
    project.write("rows.jsonl", all(&|i| format!(r#"{{"id": "c{i:02}", "q": "{i}", "expected": "yes"}}"#)));
    for name in versions {
        // Recordings that are alike would be one version.
        let lines = all(&|i| {
            let answer = line(name, i);
            format!(r#"{{"case_id": "c{i:02}", "model": "{name}", "latency_ms": {}, {answer}}}"#, 500 + i)
        });
        project.write(&format!("{name}.jsonl"), lines);
    }
    assert!(matches!(project.proto(&["run", "x.yaml", "--quiet"]).code, 0 | 4));
    project
}

/// Every run costs a tenth of a cent.
fn priced(project: &Project) {
    store(project).execute_batch("UPDATE run_row SET cost = 1000000000, spent = 1000000000").expect("priced");
}

fn store(project: &Project) -> rusqlite::Connection {
    rusqlite::Connection::open(project.path(".proto/proto.db")).expect("a store")
}

fn answer(text: &str) -> String {
    format!(r#""output": "{text}""#)
}

fn of<'a>(decision: &'a Value, version: &str) -> &'a Value {
    let ranking = decision["ranking"].as_array().expect("a ranking");
    ranking.iter().find(|ranked| ranked["version"] == version).expect("the version")
}

#[test]
fn a_gate_on_what_never_differed_is_met_and_not_sure() {
    let project = recorded(&["old", "new"], 40, |_, _| answer("yes"));
    let gate = "score >= baseline - 0.02";
    let (_, decision) = project.json(&["choose-winner", "--weights", "score=1", "--require", gate]);
    let certainty = |version| of(&decision, version)["gates"][0]["certainty"].clone();
    // Forty cases without a difference allow for one in twenty on others; a version is never worse than itself.
    assert_eq!((certainty("new"), certainty("old")), ("uncertain".into(), "pass".into()), "{decision}");
    let confident = ["choose-winner", "--weights", "score=1", "--gate-mode", "confident", "--require", gate];
    assert_eq!(of(&project.json(&confident).1, "new")["standing"], "gate_failed");
    let wide = ["choose-winner", "--weights", "score=1", "--require", "score >= baseline - 0.1"];
    assert_eq!(of(&project.json(&wide).1, "new")["gates"][0]["certainty"], "pass");
}

#[test]
fn a_version_without_a_success_has_no_cost_per_success_and_is_not_ranked() {
    let project = recorded(&["old", "never"], 20, |name, _| answer(if name == "old" { "yes" } else { "no" }));
    priced(&project);
    let weights = ["choose-winner", "--weights", "score=1,cost_per_success=1"];
    let (_, decision) = project.json(&weights);
    let never = of(&decision, "never");
    assert_eq!(
        (&never["standing"], &never["standing_metric"]),
        (&"missing_metric".into(), &"cost_per_success".into())
    );
    assert_eq!((&decision["winner"], &decision["reason_code"]), (&"old".into(), &"only_candidate".into()));
    let with = |more: &[&str]| project.proto(&[&weights[..], more].concat());
    let worst = project.json(&[&weights[..], &["--missing", "worst"]].concat()).1;
    assert_eq!(of(&worst, "never")["utilities"]["cost_per_success"], 0.0);
    let dropped = project.json(&[&weights[..], &["--missing", "drop-metric"]].concat()).1;
    assert_eq!(dropped["weights"], serde_json::json!({"equals": 1.0}));
    let refused = with(&["--baseline", "never"]);
    let said = flat(&refused.err);
    assert_eq!(refused.code, 2);
    assert!(said.contains("the baseline `never` has no value of `cost_per_success`"), "{said}");
    assert!(said.contains("and a run that passes"), "{said}");
}

#[test]
fn a_metric_without_a_common_case_leaves_the_decision_open() {
    let project = recorded(&["even", "odd"], 20, |name, i| {
        if (i % 2 == 0) == (name == "even") { answer("yes") } else { DOWN.to_owned() }
    });
    let weights = ["choose-winner", "--weights", "score=1,latency=1"];
    let (code, decision) = project.json(&weights);
    assert_eq!(
        (code, &decision["verdict"], &decision["reason_code"]),
        (5, &"undecided".into(), &"coverage".into())
    );
    assert_eq!(
        (&decision["leader"], &decision["contenders"]),
        (&Value::Null, &serde_json::json!(["even", "odd"]))
    );
    let (even, odd) = (of(&decision, "even"), of(&decision, "odd"));
    assert_eq!(
        (&even["standing"], &even["rank"], &even["utility"]),
        (&"ranked".into(), &Value::Null, &Value::Null)
    );
    let values = |version: &Value| ["equals", "latency"].map(|name| version["values"][name].as_f64());
    assert_eq!((values(even), values(odd)), ([Some(0.5), Some(0.509)], [Some(0.5), Some(0.51)]));
    let said = flat(&project.proto(&weights).out);
    for told in [
        "not enough evidence yet: even@1.0, odd@1.0 may each be best",
        "Mend what fails (`proto runs --status error` lists it) and run again, or decide without `latency` (no weight \
         for it); until then keep `even`. No case has a value of `latency` from each of `even`, `odd`.",
    ] {
        assert!(said.contains(told), "{said}");
    }
    assert_eq!(project.proto(&[&weights[..], &["--accept", "undecided"]].concat()).code, 0);
    assert_eq!(project.proto(&[&weights[..], &["--formula", "minmax"]].concat()).code, 5);
    let (_, kept) = project.json(&["decisions"]);
    let id = kept["decisions"][0]["decision_id"].as_str().expect("an id");
    let (code, replayed) = project.json(&["decisions", "--replay", id]);
    assert_eq!((code, &replayed["identical"]), (0, &true.into()), "{replayed}");
}

#[test]
fn a_metric_that_is_not_known_where_another_version_has_it_is_to_be_made_known() {
    let project = recorded(&["even", "odd"], 20, |_, i| answer(if i % 3 == 0 { "no" } else { "yes" }));
    priced(&project);
    store(&project)
        .execute_batch(
            "UPDATE run_row SET cost = NULL WHERE id IN (SELECT r.id FROM run_row r JOIN version_row v ON v.id = \
             r.version JOIN case_row c ON c.id = r.case_row WHERE (c.case_id < 'c10') = (v.name = 'even'))",
        )
        .expect("unknown");
    let weights = ["choose-winner", "--weights", "score=1,cost=1", "--min-coverage", "0"];
    let (code, decision) = project.json(&weights);
    let advice = decision["advice"].as_str().expect("advice");
    assert!(code == 5 && advice.starts_with("Make the runs or scores that are missing"), "{decision}");
}

#[test]
fn cases_dropped_for_all_are_counted_and_attributed() {
    let project = recorded(&["a", "b", "c"], 40, |_, i| answer(if i % 3 == 0 { "no" } else { "yes" }));
    let unpaired = || {
        let decision = project.json(&["choose-winner", "--weights", "score=1,latency=1"]).1;
        let all = decision["caveats"].as_array().expect("caveats").clone();
        let found = all.into_iter().filter(|one| one["code"] == "unpaired");
        found.map(|one| one["message"].as_str().expect("words").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(unpaired(), Vec::<String>::new());
    // Two of forty scores of each are lost, of other cases each time.
    let lose = "UPDATE score_row SET status = 'failed', score = NULL, passed = NULL WHERE run IN (SELECT r.id FROM \
                run_row r JOIN version_row v ON v.id = r.version JOIN case_row c ON c.id = r.case_row WHERE \
                c.case_id IN ('c00', 'c01') AND v.name = 'a' OR c.case_id IN ('c10', 'c11') AND v.name = 'b' OR \
                c.case_id IN ('c20', 'c21') AND v.name = 'c')";
    store(&project).execute_batch(lose).expect("lost");
    let said = "`equals`: 6 of 40 cases are dropped for all, having no value: `a` on 2, `b` on 2, `c` on 2";
    assert_eq!(unpaired(), [said]);
}

#[test]
fn power_is_of_what_every_case_has_a_value_of() {
    let project =
        recorded(&["a", "b"], 20, |name, i| answer(if i % 3 == 0 || name == "b" { "no" } else { "yes" }));
    priced(&project);
    for metric in ["latency.p95", "cost_per_success"] {
        let refused = project.proto(&["power", "--delta", "0.001", "--metric", metric]);
        assert_eq!(refused.code, 2, "{metric}: {}", refused.out);
        assert!(flat(&refused.err).contains("has no value a case to pair"), "{}", refused.err);
    }
}

#[test]
fn runs_of_one_case_in_two_batches_are_no_independent_runs() {
    let project = recorded(&["a", "b"], 40, |_, i| answer(if i % 3 == 0 { "no" } else { "yes" }));
    let interval = |batches: &[&str]| {
        let document = project.json(&[&["compare"], batches].concat()).1;
        let p50 = &document["versions"][0]["metrics"]["latency.p50"];
        assert!(p50["interval"][1].is_number(), "{p50}");
        (p50["method"].clone(), p50["interval"].clone())
    };
    let once = interval(&[]);
    assert_eq!(once.0, "order-statistic");
    project.ok(&["run", "x.yaml", "--quiet"]);
    let log = project.json(&["log"]).1;
    let ids: Vec<&str> = (0..2).map(|i| log["batches"][i]["batch_id"].as_str().expect("an id")).collect();
    // The same latencies a second time: no case more, and no narrower an interval.
    let (method, twice) = interval(&ids);
    assert_eq!(method, "woodruff");
    let width = |of: &Value| of[1].as_f64().expect("high") - of[0].as_f64().expect("low");
    assert!(width(&twice) > 0.9 * width(&once.1), "{twice} {}", once.1);
}

#[test]
fn equals_keep_their_declared_order_whatever_their_number_of_cases() {
    let project = recorded(&["first", "second"], 13, |name, i| {
        if name == "second" && i == 5 { DOWN.to_owned() } else { answer("yes") }
    });
    let paid = "UPDATE run_row SET cost = 1000000000, spent = 1000000000 WHERE status = 'ok'";
    store(&project).execute_batch(paid).expect("priced");
    let decision = project.json(&["choose-winner", "--weights", "score=1", "--on-error", "exclude"]).1;
    let cost = |version| of(&decision, version)["cost_usd"].clone();
    // Added one after the other, thirteen times $0.001 are more a run than twelve times.
    assert_eq!(
        (cost("first"), cost("second"), &decision["leader"]),
        (0.001.into(), 0.001.into(), &"first".into())
    );
}

#[test]
fn versions_that_all_fail_a_gate_still_come_by_what_they_would_be_worth() {
    let project = recorded(&["worse", "better"], 20, |name, i| {
        answer(if i % 3 == 0 || name == "worse" && i % 2 == 0 { "no" } else { "yes" })
    });
    let decide = |more: &[&str]| project.json(&[&["choose-winner", "--weights", "score=1"], more].concat()).1;
    let (ranked, none) = (decide(&[]), decide(&["--require", "score >= 0.99"]));
    assert_eq!((&none["verdict"], &none["leader"]), (&"none_eligible".into(), &Value::Null));
    let names = none["ranking"].as_array().expect("a list").iter().map(|one| &one["version"]);
    assert_eq!(names.collect::<Vec<_>>(), ["better", "worse"]);
    for version in ["better", "worse"] {
        let (was, is) = (of(&ranked, version), of(&none, version));
        assert_eq!((&is["utility"], &is["contributions"]), (&was["utility"], &was["contributions"]));
        assert_eq!((&is["rank"], &is["p_best"], &is["pareto"]), (&Value::Null, &Value::Null, &false.into()));
    }
}

#[test]
fn references_of_an_earlier_decision_are_used_again() {
    let project = recorded(&["old", "new"], 20, |_, i| answer(if i % 3 == 0 { "no" } else { "yes" }));
    priced(&project);
    let first = project.json(&["choose-winner", "--weights", "score=1,cost=1,latency=1"]).1;
    let id =
        project.json(&["decisions"]).1["decisions"][0]["decision_id"].as_str().expect("an id").to_owned();
    // Ever since the runs of the baseline became slower.
    store(&project).execute_batch("UPDATE run_row SET latency_ns = 3 * latency_ns").expect("slower");
    let with = |references: &str| {
        project.json(&["choose-winner", "--weights", "score=1,cost=1,latency=1", "--ref", references]).1
    };
    let again = with(&format!("from={id}"));
    assert_eq!(again["references"], first["references"]);
    assert_eq!(again["reference_sources"]["latency"], "given");
    let mixed = with(&format!("cost=0.5, from={}", &id[id.len() - 8..]));
    assert_eq!(mixed["references"]["cost"], 0.5);
    assert_eq!(mixed["references"]["latency"], first["references"]["latency"]);
    let refused = |references: &str| {
        let refused = project.proto(&["choose-winner", "--ref", references]);
        assert_eq!(refused.code, 2, "{references}");
        flat(&refused.err)
    };
    assert!(refused("from=zz").contains("no decision `zz`"));
    assert!(refused("cots=0.5").contains("did you mean `cost`?"));
    project.json(&["choose-winner", "--weights", "score=1"]);
    let bare =
        project.json(&["decisions"]).1["decisions"][0]["decision_id"].as_str().expect("an id").to_owned();
    assert!(refused(&format!("from={bare}")).contains("has no references"));
}

#[test]
fn what_an_older_release_did_not_say_is_no_difference() {
    let project = recorded(&["old", "new"], 20, |_, i| answer(if i % 3 == 0 { "no" } else { "yes" }));
    project.json(&["choose-winner"]);
    let id =
        project.json(&["decisions"]).1["decisions"][0]["decision_id"].as_str().expect("an id").to_owned();
    let change =
        |how: &str| store(&project).execute(&format!("UPDATE decision_row SET document = {how}"), []);
    change("json_remove(document, '$.exchange_rates', '$.ranking[0].p_pareto')").expect("older");
    let (code, again) = project.json(&["decisions", "--replay", &id]);
    assert_eq!((code, &again["identical"], &again["differences"]), (0, &true.into(), &serde_json::json!([])));
    // What it said and is not said any more, or otherwise, is one.
    change("json_set(document, '$.gone', 1, '$.rope', 0.02)").expect("other");
    let (code, again) = project.json(&["decisions", "--replay", &id]);
    let places: Vec<&Value> =
        again["differences"].as_array().expect("a list").iter().map(|one| &one["at"]).collect();
    assert_eq!((code, &again["identical"]), (1, &false.into()));
    assert_eq!(places, ["rope", "gone"]);
}
