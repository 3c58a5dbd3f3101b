//! Estimates of plans small enough to reckon by hand.
use super::*;
use crate::plan::sample::plan;

fn of(text: &str) -> Estimate {
    Estimate::of(&plan(text), &[], &Calibration::default())
}

fn measured(calls: (f64, f64), latency_s: f64) -> Option<Measured> {
    let cost_usd = Some((0.001, 0.002));
    Some(Measured {
        calls,
        tokens_in: Some((10.0, 12.5)),
        tokens_out: Some((1.0, 2.0)),
        cost_usd,
        latency_s: Some(latency_s),
    })
}

const CASES: &str = "project: p\ndataset: { cases: [ { id: a, q: [ eight888, four, more ] } ] }\n\
    pricing: { openai/*: { input: 1, output: 2 } }\n";

#[test]
fn every_turn_stands_in_its_own_call_and_all_later_ones() {
    let text = format!(
        "{CASES}versions: {{ v: {{ model: openai/m, messages: [ {{ turns: q }} ], params: {{ max_tokens: 100 }} }} }}\n"
    );
    let share = of(&text).versions[0].share;
    assert_eq!((share.calls, share.tokens_out), ((3, 3), Some((3, 300))));
    // Two tokens, then one more in each call; at most all turns everywhere, and the answers before.
    assert_eq!(share.tokens_in, Some((2 + 3 + 4, 3 * 4 + (1 + 2) * 100)));
    assert_eq!(share.cost, Some((Money::from_usd(15e-6).unwrap(), Money::from_usd(912e-6).unwrap())));
}

#[test]
fn tools_may_be_asked_for_up_to_the_limit_or_end_the_run() {
    let with = |mock: &str| {
        let tool = format!("tools: [ {{ name: f{mock} }} ], max_turns: 4");
        of(&format!("{CASES}versions: {{ v: {{ model: openai/m, prompt: hi, {tool} }} }}\n")).versions[0]
            .share
    };
    assert_eq!(with(", mock: 1").calls, (1, 4));
    assert_eq!(with("").calls, (1, 1), "nobody answers it");
}

#[test]
fn what_nobody_knows_is_unknown_in_the_sum_and_what_counts_no_tokens_is_not() {
    let text = "project: p\ndataset: { cases: [ { q: a } ] }\nversions:\n  known: { model: sim/x, prompt: hi }\n  \
        app: { command: [cat], cost_per_run_usd: 0.5 }\n";
    let sums = of(text).of_versions();
    assert_eq!(sums.tokens(), Some((1 + 40, 1 + 40)));
    assert_eq!(sums.cost, Some((Money::from_usd(0.5).unwrap(), Money::from_usd(0.5).unwrap())));
    let unpriced = of(&format!("{text}  odd: {{ model: openai/no-such-model, prompt: hi }}\n"));
    assert_eq!((unpriced.of_versions().cost, unpriced.versions[2].share.cost), (None, None));
    let app = of("project: p\ndataset: { cases: [ { q: a } ] }\nversions: { app: { command: [cat] } }\n")
        .of_versions();
    assert_eq!((app.calls, app.tokens(), app.cost), ((1, 1), None, None), "a program counts none");
}

#[test]
fn a_judge_asks_once_a_run_unless_when_lets_it_pass_by() {
    let judged = |more: &str| {
        let judge = format!("evaluators: [ {{ type: judge, model: openai/j, criterion: polite{more} }} ]\n");
        let estimate = of(&format!(
            "{CASES}{judge}run: {{ repeats: 5 }}\nversions: {{ v: {{ model: sim/x, prompt: hi }} }}\n"
        ));
        estimate.judges[0].clone()
    };
    let always = judged(", params: { max_tokens: 30 }");
    assert_eq!((always.model.as_str(), always.share.calls), ("openai/j", (5, 5)));
    assert_eq!(always.share.tokens_out, Some((5, 150)));
    let (low, high) = always.share.tokens_in.unwrap();
    assert_eq!(high - low, 5 * OUTPUT_CEILING, "the answer it is asked about is not known yet");
    assert_eq!(judged(", when: \"run.latency_s > 1\"").share.calls, (0, 5));
    let unknown = judged(", map: { reply: output.json.reply }").share;
    assert_eq!(
        (unknown.calls, unknown.tokens(), unknown.cost),
        ((5, 5), None, None),
        "nobody knows what it would ask"
    );
}

#[test]
fn time_is_bounded_by_every_limit_and_known_where_a_call_was_measured() {
    let text = "project: p\ndataset: { cases: [ { q: a } ] }\nrun: { repeats: 101 }\n\
        providers: { openai: { requests_per_minute: 60 }, mistral: { tokens_per_minute: 600, concurrency: 2 } }\n\
        pricing: { mistral/*: { input: 1, output: 1 } }\n\
        versions:\n  a: { model: openai/m, prompt: hi }\n  b: { model: mistral/m, prompt: hi, params: { max_tokens: 9 } }\n  \
        c: { model: sim/x, prompt: hi }\n";
    let lanes = of(text).lanes;
    assert_eq!(
        lanes.iter().map(|lane| lane.provider.as_str()).collect::<Vec<_>>(),
        ["openai", "mistral", "sim"]
    );
    assert_eq!((lanes[0].low_s, lanes[0].high_s), (Some(100.0), None));
    assert_eq!((lanes[1].low_s, lanes[1].high_s), (Some(20.1), None), "two tokens a run, ten a second");
    assert_eq!((lanes[2].low_s, lanes[2].high_s, lanes[2].waits), (Some(0.0), Some(0.0), false));
    let versions = vec![measured((1.0, 1.0), 16.0), measured((1.0, 1.0), 2.0), measured((1.0, 1.0), 9.0)];
    let calibration = Calibration { versions, ..Calibration::default() };
    let known = Estimate::of(&plan(text), &[], &calibration);
    assert_eq!((known.lanes[0].low_s, known.lanes[0].high_s), (Some(100.0), Some(101.0 * 16.0 / 8.0)));
    assert_eq!(
        (known.lanes[1].low_s, known.lanes[1].high_s),
        (Some(111.0), Some(146.4)),
        "more tokens than seconds"
    );
    assert_eq!(known.seconds(), (Some(111.0), Some(202.0)), "side by side, simulated ones at once");
}

#[test]
fn a_measured_run_is_taken_for_all_that_are_to_be_made() {
    let text =
        format!("{CASES}run: {{ repeats: 10 }}\nversions: {{ v: {{ model: openai/m, prompt: hi }} }}\n");
    let calibration = Calibration { versions: vec![measured((1.5, 2.0), 1.0)], ..Calibration::default() };
    let estimate = Estimate::of(&plan(&text), &[2], &calibration);
    let share = estimate.versions[0].share;
    assert_eq!((estimate.versions[0].runs, estimate.cached()), (10, 2));
    assert_eq!((share.calls, share.tokens_in, share.tokens_out), ((12, 16), Some((80, 100)), Some((8, 16))));
    assert_eq!(share.cost.unwrap().1, Money::from_usd(0.016).unwrap());
}

#[test]
fn judges_take_their_time_at_their_provider() {
    let text = "project: p\ndataset: { cases: [ { q: a } ] }\nrun: { repeats: 160 }\n\
        providers: { openai: { requests_per_minute: 60 } }\nversions: { v: { model: openai/m, prompt: hi }, s: { model: sim/x, prompt: hi } }\n\
        evaluators: [ { type: judge, name: a, model: openai/j, criterion: polite }, { type: judge, name: b, model: mistral/j, criterion: kind }, \
        { type: judge, name: c, model: sim/j, criterion: short, params: { temperature: null } } ]\n";
    let lanes = of(text).lanes;
    let names: Vec<&str> = lanes.iter().map(|lane| lane.provider.as_str()).collect();
    assert_eq!(names, ["openai", "sim", "mistral"]);
    // 160 runs and 320 questions, one a second; how long those of another provider take nobody knows.
    assert_eq!((lanes[0].low_s, lanes[0].high_s, lanes[0].judged), (Some(479.0), None, (320, 320)));
    assert_eq!((lanes[1].low_s, lanes[1].high_s), (Some(0.0), Some(0.0)), "simulated judges answer at once");
    assert_eq!((lanes[2].low_s, lanes[2].high_s, lanes[2].runs), (None, None, 0));
    let versions = vec![measured((1.0, 1.0), 8.0), None];
    let judges = vec![measured((0.5, 0.5), 2.0), measured((1.0, 1.1), 3.0), None];
    let lanes = Estimate::of(&plan(text), &[], &Calibration { versions, judges }).lanes;
    // 160 of them 8 s each on 8 to 256 slots; 320 questions, half of them asked, 2 s a run, and 320 of 3 s: 1600 s, 16 of
    // all at once.
    assert_eq!((lanes[0].low_s, lanes[0].high_s, lanes[0].judged), (Some(319.0), Some(319.0), (160, 160)));
    assert_eq!((lanes[2].low_s, lanes[2].high_s, lanes[2].judged), (Some(100.0), Some(100.0), (320, 320)));
}

#[test]
fn questions_to_all_providers_share_the_places() {
    let text = "project: p\ndataset: { cases: [ { q: a } ] }\nrun: { repeats: 160 }\n\
        versions: { v: { model: openai/m, prompt: hi } }\n\
        evaluators: [ { type: judge, name: a, model: anthropic/j, criterion: polite }, \
        { type: judge, name: b, model: mistral/j, criterion: kind } ]\n";
    let judges = vec![measured((1.0, 1.0), 2.0), measured((1.0, 1.0), 4.0)];
    let versions = vec![measured((1.0, 1.0), 1.0)];
    let estimate = Estimate::of(&plan(text), &[], &Calibration { versions, judges });
    // 960 s of questions, 16 of all at once; at most they wait for the last of the 160 answers, 8 of them at once.
    assert_eq!(estimate.lanes[1].low_s, Some(60.0));
    assert_eq!(estimate.seconds(), (Some(60.0), Some(60.0 + 20.0)));
}

#[test]
fn a_measured_judge_is_taken_for_all_runs_and_asks_about_none_twice() {
    let judge = "evaluators: [ { type: judge, model: openai/j, criterion: polite } ]\n";
    let text =
        format!("{CASES}{judge}run: {{ repeats: 10 }}\nversions: {{ v: {{ model: sim/x, prompt: hi }} }}\n");
    let judges = vec![measured((0.8, 1.2), 1.0)];
    let estimate = Estimate::of(&plan(&text), &[4], &Calibration { judges, ..Calibration::default() });
    let judge = &estimate.judges[0];
    assert_eq!((judge.share.calls, judge.share.tokens_in), ((8, 10), Some((100, 125))), "cached ones too");
    assert_eq!((judge.measured, judge.latency_s), (true, Some(1.0)));
}

#[test]
fn simulated_versions_take_what_they_declare() {
    let text = format!(
        "{CASES}versions: {{ v: {{ model: sim/x, messages: [ {{ turns: q }} ], params: {{ output_tokens: 7, \
         latency_ms: 2000, latency_sigma: 0, sleep: true }} }} }}\nrun: {{ repeats: 4, concurrency: 2 }}\n"
    );
    let estimate = of(&text);
    let version = &estimate.versions[0];
    assert_eq!((version.share.calls, version.share.tokens_out), ((12, 12), Some((84, 84))));
    assert_eq!((version.latency_s, version.measured), (Some(6.0), false), "three calls of two seconds");
    assert_eq!(estimate.seconds(), (Some(12.0), Some(12.0)), "which are waited for, two runs at once");
    let spread = of(&text.replace("latency_sigma: 0", "latency_sigma: 1")).versions[0].latency_s.unwrap();
    assert!((spread - 6.0 * 0.5_f64.exp()).abs() < 1e-9, "{spread}");
}
