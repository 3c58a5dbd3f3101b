//! `output_tps`, a sum over a sum more of which is better: from stored runs to every place that shows, weighs or gates it.
//! `throughput`, which is only told.
use proto::analyse::{CompareOptions, compare};
use proto::domain::RunStatus;
use proto::stores::MeasuredValue;
use serde_json::{Value, json};

use crate::drawn::{Outcome, Place, Study};
use crate::harness::{Project, flat};
use crate::server::{Response, Server};

/// Fails unless both are the same to nine digits, or both are nothing.
fn close(got: Option<f64>, want: &Value, what: &str) {
    let agree = match (got, want.as_f64()) {
        (Some(got), Some(want)) => (got - want).abs() <= 1e-9 * want.abs(),
        (got, want) => got == want,
    };
    assert!(agree, "{what}: got {got:?}, expected {want}");
}

fn study(case: &Value) -> Study {
    let whole = |number: &Value| usize::try_from(number.as_u64().expect("a whole number")).expect("small");
    let clusters = case["clusters"].as_array();
    let repeats = u32::try_from(whole(&case["repeats"])).expect("few");
    let mut study = Study::new(&["v0".to_owned(), "v1".to_owned()], repeats, clusters.is_some());
    for run in case["runs"].as_array().expect("runs") {
        let status = match run[3].as_str() {
            Some("ok") => RunStatus::Ok,
            Some("error") => RunStatus::Error,
            _ => RunStatus::NotRun,
        };
        let place = Place {
            version: whole(&run[0]),
            case: whole(&run[1]),
            repeat: u32::try_from(whole(&run[2])).expect("few"),
            cluster: clusters.map(|of| whole(&of[whole(&run[1])])),
        };
        let score = Some(MeasuredValue::Scored(1.0, None));
        study.push(place, Outcome { status, score, cost: None, latency: Some(9.0) });
        let facts = &mut study.runs.last_mut().expect("one").1.facts;
        (facts.generation_s, facts.output_tokens) = (run[4].as_f64(), run[5].as_u64());
    }
    if let Some(weights) = case["weights"].as_array() {
        study.count(|case| weights[case].as_f64().expect("a number"));
    }
    study
}

#[test]
fn golden_rates_and_what_one_is_of_another() {
    let text = include_str!("../../fixtures/golden/rates/runs.json");
    let golden: Value = serde_json::from_str(text).expect("JSON");
    for case in golden["cases"].as_array().expect("cases") {
        let options = CompareOptions { confidence: case["confidence"].as_f64(), ..CompareOptions::default() };
        let report = compare(&study(case).data(), &options).expect("a report");
        let at = report.columns.iter().position(|column| column.name == "output_tps").expect("a column");
        for (version, want) in report.versions.iter().zip(case["rates"].as_array().expect("two")) {
            let (value, what) = (&version.values[at], format!("{} in {}", version.name, case["name"]));
            close(value.value, &want["value"], &what);
            close(value.interval.low, &want["low"], &what);
            close(value.interval.high, &want["high"], &what);
            assert_eq!((&json!(value.n), &json!(value.missing)), (&want["n"], &want["missing"]), "{what}");
        }
        let (want, what) = (&case["pair"], format!("{}", case["name"]));
        let found = report.comparisons.iter().find(|c| c.metric == "output_tps").expect("a comparison");
        let (ratio, interval) = found.ratio.expect("a ratio");
        close(Some(ratio), &want["ratio"], &what);
        close(interval.low, &want["ratio_low"], &what);
        close(interval.high, &want["ratio_high"], &what);
        close(found.difference, &want["difference"], &what);
        close(found.interval.low, &want["low"], &what);
        close(found.interval.high, &want["high"], &what);
        close(found.p_value, &want["p"], &what);
        assert_eq!(json!(found.pairs), want["pairs"], "{what}");
    }
}

/// Versions of recorded replies over `cases` cases that are all right; `reply` gives the milliseconds in all and to the
/// first token, where it streamed, and the output tokens, where they were counted.
fn recorded(
    versions: &[&str],
    cases: usize,
    reply: impl Fn(&str, usize) -> (u32, Option<u32>, Option<u32>),
) -> Project {
    let declared: String =
        versions.iter().map(|name| format!("  {name}: {{ replay: {name}.jsonl }}\n")).collect();
    let yaml = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\ndataset: {{ path: rows.jsonl, id: id }}\nversions:\n{declared}\
         evaluators: [ equals ]\nwinner: {{ weights: {{ score: 1, output_tps: 1 }} }}\n"
    );
    let project = Project::with("x.yaml", &yaml);
    let all = |one: &dyn Fn(usize) -> Value| (0..cases).map(|i| format!("{}\n", one(i))).collect::<String>();
    project.write("rows.jsonl", all(&|i| json!({"id": format!("c{i:02}"), "q": i, "expected": "yes"})));
    for name in versions {
        let line = |i: usize| {
            let (latency, ttft, tokens) = reply(name, i);
            let mut line =
                json!({"case_id": format!("c{i:02}"), "output": "yes", "latency_ms": latency, "model": name});
            if let Some(ttft) = ttft {
                line["ttft_ms"] = ttft.into();
            }
            if let Some(tokens) = tokens {
                line["usage"] = json!({"input_tokens": 10, "output_tokens": tokens});
            }
            line
        };
        project.write(&format!("{name}.jsonl"), all(&line));
    }
    project.ok(&["run", "x.yaml", "--quiet"]);
    project
}

/// 50 and 100 tokens a second, a little more or less from case to case; `mute` does not stream.
fn fast_and_slow(versions: &[&str]) -> Project {
    recorded(versions, 40, |name, i| {
        let wobble = [950, 1000, 1050][(i + usize::from(name == "fast")) % 3];
        let tokens = 100 + 10 * (i as u32 % 7);
        match name {
            "slow" => (500 + 20 * tokens * wobble / 1000, Some(500), Some(tokens)),
            "fast" => (300 + 10 * tokens * wobble / 1000, Some(300), Some(tokens)),
            _ => (1500, None, Some(tokens)),
        }
    })
}

fn of<'a>(decision: &'a Value, version: &str) -> &'a Value {
    let ranking = decision["ranking"].as_array().expect("a ranking");
    ranking.iter().find(|ranked| ranked["version"] == version).expect("the version")
}

fn on<'a>(report: &'a Value, version: &str) -> &'a Value {
    let versions = report["versions"].as_array().expect("versions");
    &versions.iter().find(|one| one["name"] == version).expect("the version")["metrics"]["output_tps"]
}

#[test]
fn tokens_a_second_are_all_tokens_over_all_seconds_of_writing() {
    // 40 + 160 + 30 tokens in 1 + 2 + 1 seconds; one came in one piece, one did not stream, one was not counted.
    let project = recorded(&["v", "w"], 6, |name, i| match (name, i) {
        ("w", _) => (3000, Some(1000), Some(200)),
        (_, 0) => (1500, Some(500), Some(40)),
        (_, 1) => (2100, Some(100), Some(160)),
        (_, 2) => (1200, Some(200), Some(30)),
        (_, 3) => (700, Some(700), Some(500)),
        (_, 4) => (900, None, Some(500)),
        _ => (800, Some(300), None),
    });
    let report = project.json(&["compare"]).1;
    let (v, w) = (on(&report, "v"), on(&report, "w"));
    assert_eq!((&v["value"], &v["n"], &v["missing"]), (&57.5.into(), &3.into(), &1.into()), "{v}");
    assert_eq!(
        (&v["unit"], &v["better"], &v["method"]),
        (&"1/s".into(), &"higher".into(), &"log-ratio".into())
    );
    // The same rate everywhere: an interval without width.
    assert_eq!((&w["value"], &w["interval"]), (&100.0.into(), &json!([100.0, 100.0])));
    let comparisons = report["comparisons"].as_array().expect("a list");
    let found = comparisons.iter().find(|one| one["metric"] == "output_tps").expect("a comparison");
    assert_eq!((&found["n_pairs"], &found["difference"]), (&3.into(), &42.5.into()));
    // No case wins or loses by a sum over a sum.
    assert_eq!(
        (&found["win_rate"], &found["net"], &found["d_z"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(found["geometric_mean_ratio"], Value::Null);
}

#[test]
fn faster_is_better_in_every_format() {
    let project = fast_and_slow(&["slow", "fast"]);
    let table = project.command(&["compare"]).env("COLUMNS", "80").output().expect("started");
    let table = String::from_utf8(table.stdout).expect("UTF-8");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    assert!(table.contains(" 50.1/s [49.4, 50.8] ") && table.contains(" 100.0/s [98.7, 101.3] "), "{table}");
    let row = table.lines().find(|line| line.trim_start().starts_with("output_tps   ")).expect("a row");
    assert_eq!(row, "          output_tps   2.00× [1.95, 2.04]                     ▲ better", "{table}");
    let markdown = project.ok(&["compare", "--format", "markdown"]).out;
    let row = |text: &str, with: &[&str]| {
        let found = text.lines().find(|line| with.iter().all(|part| line.contains(part)));
        found.unwrap_or_else(|| panic!("{with:?} in\n{text}")).to_owned()
    };
    assert!(row(&markdown, &["output_tps", "2.00×"]).contains("better"), "{markdown}");
    let csv = project.ok(&["compare", "--format", "csv"]).out;
    let line = row(&csv, &[",fast,", ",output_tps,1/s,higher,"]);
    assert!(line.contains(",log-ratio,40,0,") && line.contains(",better,"), "{line}");
    let worse = project.json(&["compare", "--baseline", "fast"]).1;
    let verdicts = worse["comparisons"].as_array().expect("a list").iter();
    let of = |metric: &str| {
        verdicts.clone().find(|one| one["metric"] == metric).expect("compared")["verdict"].clone()
    };
    assert_eq!((of("output_tps"), of("latency")), ("worse".into(), "worse".into()));
    let tested = flat(&project.ok(&["compare", "--test", "wilcoxon"]).out);
    assert!(tested.contains("`output_tps`: no case has a difference of its own"), "{tested}");
}

#[test]
fn it_is_weighed_against_a_reference_and_gated_with_certainty() {
    let project = fast_and_slow(&["slow", "fast"]);
    let decide = |more: &[&str]| project.json(&[&["choose-winner"], more].concat()).1;
    let decision = decide(&[]);
    let own = |of: &Value| of["utilities"]["output_tps"].as_f64().expect("a utility");
    assert_eq!((&decision["winner"], own(of(&decision, "slow"))), (&"fast".into(), 0.5), "{decision}");
    assert!((own(of(&decision, "fast")) - 2.0 / 3.0).abs() < 1e-3);
    let given = decide(&["--weights", "score=1,tokens_per_second=1", "--ref", "output_tps=300/s"]);
    assert!((own(of(&given, "fast")) - 0.25).abs() < 1e-3, "{given}");
    let said = flat(&project.ok(&["choose-winner"]).out);
    assert!(
        said.contains("doubling the output_tps (from 50.1/s) is worth 16.7 score points of 100"),
        "{said}"
    );
    assert!(said.contains("more output_tps adds more"), "{said}");
    let certainty = |gate: &str, version: &str| {
        let decision = decide(&["--require", gate]);
        let gate = &of(&decision, version)["gates"][0];
        (gate["passed"].clone(), gate["certainty"].clone())
    };
    let (held, broken) = ((json!(true), json!("pass")), (json!(false), json!("fail")));
    assert_eq!(certainty("output_tps >= 40/s", "slow"), held);
    assert_eq!(certainty("output_tps >= 60", "slow"), broken);
    assert_eq!(certainty("output_tps >= baseline * 1.9", "fast"), held);
    assert_eq!(certainty("output_tps >= baseline * 2.1", "fast"), broken);
    assert_eq!(certainty("output_tps >= baseline + 45", "fast"), held);
    assert_eq!(certainty("output_tps >= baseline", "slow"), held, "never below itself");
}

#[test]
fn a_version_that_does_not_stream_is_told_to_and_never_gains_by_it() {
    let project = fast_and_slow(&["slow", "fast", "mute"]);
    let left_out = project.json(&["choose-winner"]).1;
    let mute = of(&left_out, "mute");
    let blamed = (&mute["standing"], &mute["standing_metric"]);
    assert_eq!(blamed, (&"missing_metric".into(), &"output_tps".into()));
    let said = flat(&project.ok(&["choose-winner"]).out);
    assert!(said.contains("its output_tps is unknown: let its answers stream (`stream: true`)"), "{said}");
    let gated = flat(&project.ok(&["choose-winner", "--require", "output_tps >= 40/s"]).out);
    assert!(gated.contains("mute@1.0: output_tps >= 40/s: ? (limit 40.0/s)"), "{gated}");
    assert!(!gated.contains("too few to be sure"), "an unknown value is no matter of cases: {gated}");
    let worst = project.json(&["choose-winner", "--missing", "worst"]).1;
    let mute = of(&worst, "mute");
    let known = (&mute["utilities"]["output_tps"], &mute["values"]["output_tps"]);
    assert_eq!(known, (&0.0.into(), &Value::Null), "{mute}");
    assert_eq!(worst["winner"], "fast");
    let refused = project.proto(&["choose-winner", "--baseline", "mute"]);
    let said = flat(&refused.err);
    assert_eq!(refused.code, 2);
    assert!(said.contains("has no value of `output_tps`") && said.contains("`stream: true`"), "{said}");
    let compared = project.json(&["compare"]).1;
    assert_eq!(on(&compared, "mute")["value"], Value::Null);
    let refused = project.proto(&["power", "--delta", "1", "--metric", "output_tps"]);
    assert!(flat(&refused.err).contains("has no value a case to pair"), "{}", refused.err);
}

#[test]
fn of_several_calls_each_waits_for_its_own_first_token() {
    let yaml = "project: p\ndataset: { cases: [ { id: a, q: Hi, more: [ And?, So? ] }, { id: b, q: Ho, more: [ Then? ] } ] }\n\
         versions:\n  v: { model: sim/m, stream: true, params: { output_tokens: 90 } }\n\
         base: { messages: [ { user: \"{{ q }}\" }, { turns: more } ] }\n";
    let project = Project::with("x.yaml", yaml);
    project.ok(&["run", "x.yaml", "--quiet"]);
    let report = project.json(&["compare"]).1;
    // A simulated answer begins after a quarter of its time.
    let tokens = project.count("SELECT sum(output_tokens) FROM run_row") as f64;
    let seconds = 0.75 * project.count("SELECT sum(latency_ns) FROM run_row") as f64 / 1e9;
    let value = on(&report, "v")["value"].as_f64().expect("a rate");
    assert!((value * seconds / tokens - 1.0).abs() < 1e-6, "{value} over {seconds} s");
    assert!(project.count("SELECT count(*) FROM call_row") > 1);
}

#[test]
fn throughput_is_told_of_what_was_waited_for_and_never_weighed() {
    let server = Server::start(|_, _| Response::chat("yes", 5, 1));
    let yaml = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\ndataset: {{ cases: [ {{ id: a, q: Well?, expected: \"yes\" }} ] }}\n\
         providers: {{ mine: {{ type: openai, base_url: \"{}\", api_key_env: null }} }}\n\
         versions: {{ asked: mine/m, made-up: sim/m, on-file: {{ replay: replies.jsonl }} }}\nevaluators: [ equals ]\n",
        server.url
    );
    let project = Project::with("x.yaml", &yaml);
    project.write("replies.jsonl", r#"{"case_id": "a", "output": "yes", "latency_ms": 500}"#);
    project.ok(&["run", "x.yaml", "--quiet"]);
    let of = |version: &str| {
        let report = project.json(&["compare"]).1;
        let versions = report["versions"].as_array().expect("versions").clone();
        versions.into_iter().find(|one| one["name"] == version).expect("the version")["throughput_per_s"]
            .clone()
    };
    let took = project.count(
        "SELECT coalesce(r.elapsed_ns, r.latency_ns) FROM run_row r JOIN version_row v ON v.id = r.version \
         WHERE v.name = 'asked'",
    );
    let asked = of("asked").as_f64().expect("a number");
    assert!((asked * took as f64 / 1e9 - 1.0).abs() < 1e-6, "{asked} a second, {took} ns");
    assert_eq!((of("made-up"), of("on-file")), (Value::Null, Value::Null));
    for more in [["--weights", "throughput=1"], ["--require", "throughput >= 2"], ["--ref", "throughput=2"]] {
        let refused = project.proto(&[&["choose-winner"], &more[..]].concat());
        let said = flat(&refused.err);
        assert_eq!(refused.code, 2, "{more:?}: {said}");
        assert!(
            said.contains("so it is neither weighed nor gated; take `latency` or `output_tps`"),
            "{said}"
        );
    }
}
