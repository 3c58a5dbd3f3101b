//! The declared distributions come out, with fixed seeds.
use super::*;
use crate::domain::Version;
use crate::domain::{Digest, Map};
use crate::providers::sample;

const CASES: usize = 5000;

fn version(hash: &str, params: Value) -> Version {
    let mut version = sample::model("sim", "m");
    version.hash = Digest::of(hash.as_bytes());
    version.params = sample::map(params);
    version
}

fn draw(version: &Version, case: usize, repeat: u32) -> InstantAnswer {
    let case = sample::case(&format!("c{case}"), json!({}), Some(json!("yes")));
    let wrong: Vec<Arc<str>> = vec!["yes".into(), "no".into(), "Yes ".into(), "maybe".into()];
    let call = Call { repeat, wrong: &wrong, ..sample::call(version, &case, &[]) };
    match Sim.encode(&call).unwrap() {
        Wire::Instant(answer) => *answer,
        other => panic!("{other:?}"),
    }
}

/// 1 where the answer is right.
fn right(version: &Version, repeat: u32) -> Vec<f64> {
    let is_right = |case| draw(version, case, repeat).result.is_ok_and(|answer| answer.text == "yes");
    (0..CASES).map(|case| f64::from(u8::from(is_right(case)))).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (ma, mb) = (mean(a), mean(b));
    let sum = |f: &dyn Fn(f64, f64) -> f64| a.iter().zip(b).map(|(x, y)| f(x - ma, y - mb)).sum::<f64>();
    sum(&|x, y| x * y) / (sum(&|x, _| x * x) * sum(&|_, y| y * y)).sqrt()
}

#[test]
fn accuracy_is_within_three_standard_errors() {
    for accuracy in [0.05, 0.5, 0.8] {
        let share = mean(&right(&version("a", json!({"accuracy": accuracy})), 0));
        let se = (accuracy * (1.0 - accuracy) / CASES as f64).sqrt();
        assert!((share - accuracy).abs() < 3.0 * se, "{accuracy}: {share}");
    }
    assert_eq!(mean(&right(&version("a", json!({"accuracy": 1})), 0)), 1.0);
    assert_eq!(mean(&right(&version("a", json!({"accuracy": 0})), 0)), 0.0);
}

/// The outcomes of a Gaussian copula at accuracy 0.5 correlate by 2/π·asin(ρ): 0.41 at 0.6.
#[test]
fn versions_share_the_difficulty_of_a_case() {
    let of = |hash, rho| right(&version(hash, json!({"accuracy": 0.5, "case_difficulty": rho})), 0);
    let near = |rho: f64, expected: f64| {
        let found = correlation(&of("a", rho), &of("b", rho));
        assert!((found - expected).abs() < 3.0 / (CASES as f64).sqrt(), "{rho}: {found}");
    };
    near(0.0, 0.0);
    near(0.6, std::f64::consts::FRAC_2_PI * 0.6_f64.asin());
    assert!((correlation(&of("a", 1.0), &of("b", 1.0)) - 1.0).abs() < 1e-12);
}

#[test]
fn repeats_differ_and_the_same_run_does_not() {
    let version = version("a", json!({}));
    assert_ne!(right(&version, 0), right(&version, 1));
    assert_eq!(draw(&version, 7, 3), draw(&version, 7, 3));
    assert_ne!(draw(&version, 7, 0).latency, draw(&version, 7, 1).latency);
}

#[test]
fn latency_has_the_declared_median_and_width() {
    let version = version("a", json!({"latency_ms": 200, "latency_sigma": 0.5}));
    let logs: Vec<f64> = (0..CASES).map(|case| draw(&version, case, 0).latency.as_secs_f64().ln()).collect();
    let spread = logs.iter().map(|x| (x - mean(&logs)).powi(2)).sum::<f64>() / CASES as f64;
    assert!((mean(&logs) - 0.2_f64.ln()).abs() < 3.0 * 0.5 / (CASES as f64).sqrt());
    assert!((spread.sqrt() - 0.5).abs() < 0.02);
    let answer = draw(&version, 0, 0);
    assert!(answer.ttft.is_none() && !answer.sleep, "only what streams has a first token");
    let streamed = draw(&Version { stream: true, ..version }, 0, 0);
    assert!(streamed.ttft.is_some_and(|ttft| ttft < streamed.latency));
}

#[test]
fn failures_come_at_their_rate() {
    let version = version("a", json!({"error_rate": 0.1}));
    let failed = (0..CASES).filter(|case| draw(&version, *case, 0).result.is_err()).count();
    let se = (0.1 * 0.9 / CASES as f64).sqrt();
    assert!((failed as f64 / CASES as f64 - 0.1).abs() < 3.0 * se);
}

#[test]
fn a_wrong_answer_is_another_cases_and_never_the_expected_one() {
    let version = version("a", json!({"accuracy": 0}));
    for case in 0..200 {
        let text = draw(&version, case, 0).result.unwrap().text;
        assert!(["no", "maybe"].contains(&text.as_str()), "{text}");
    }
    let case = sample::case("c", json!({}), Some(json!({"category": "a simulated wrong answer"})));
    let Ok(Wire::Instant(answer)) = Sim.encode(&sample::call(&version, &case, &[])) else { panic!() };
    assert_eq!(answer.result.unwrap().text, "a simulated wrong answer");
    let case = sample::case("c", json!({}), Some(json!("A simulated wrong answer")));
    let Ok(Wire::Instant(answer)) = Sim.encode(&sample::call(&version, &case, &[])) else { panic!() };
    assert_eq!(answer.result.unwrap().text, "another simulated wrong answer");
}

#[test]
fn tokens_and_cost_are_counted() {
    let mut version =
        version("a", json!({"accuracy": 1, "output_tokens": 10, "input_usd": 1, "output_usd": 2.5}));
    let case = sample::case("c", json!({}), Some(json!({"b": [1]})));
    let messages = [Message::text(crate::domain::Role::User, "x".repeat(401))];
    let Ok(Wire::Instant(answer)) = Sim.encode(&sample::call(&version, &case, &messages)) else { panic!() };
    let completion = answer.result.unwrap();
    assert_eq!(completion.text, r#"{"b":[1]}"#);
    assert_eq!((completion.usage.input, completion.usage.output), (Some(101), Some(10)));
    assert_eq!(completion.cost.map(|cost| cost.0), Some(101 * 1_000_000 + 10 * 2_500_000));
    assert_eq!(completion.metadata["simulated"], json!(true));
    version.cost_per_run = crate::domain::Money::from_usd(0.004);
    let Ok(Wire::Instant(answer)) = Sim.encode(&sample::call(&version, &case, &messages)) else { panic!() };
    assert_eq!(answer.result.unwrap().cost, None, "the file says what a run costs");
}

#[test]
fn wrong_parameters_stop_the_plan() {
    let says = |params: Value| -> Vec<String> {
        let remarks = Sim.check(&version("a", params));
        assert!(remarks.iter().all(|remark| remark.fatal && remark.key.starts_with("params.")));
        remarks.into_iter().map(|remark| remark.message).collect()
    };
    assert_eq!(says(json!({"acuracy": 1})), ["a simulated model has no `acuracy`, did you mean `accuracy`?"]);
    assert_eq!(says(json!({"accuracy": 1.5})), ["`accuracy` is a number from 0 to 1, not 1.5"]);
    assert_eq!(says(json!({"output_tokens": 2.5, "sleep": 1})).len(), 2);
    assert_eq!(says(json!({"latency_ms": "fast"})).len(), 1);
    assert!(says(Value::Object(Map::new())).is_empty());
}

#[test]
fn a_tool_is_called_as_often_as_told_with_what_the_case_knows() {
    let (mut tool, said) = sample::weather();
    tool.parameters = json!({"type": "object", "properties": {"city": {"type": "string"},
        "unit": {"enum": ["C", "F"]}, "days": {"type": "integer"}}, "required": ["city", "unit"]});
    let called = |rate: f64, case: &str, said: &[Message]| {
        let params = sample::map(json!({"tool_rate": rate}));
        let version = Version { tools: vec![tool.clone()], params, ..sample::model("sim", "m") };
        let case = sample::case(case, json!({"city": "Paris"}), Some(json!("sunny")));
        let Ok(Wire::Instant(answer)) = Sim.encode(&sample::call(&version, &case, said)) else { panic!() };
        answer.result.unwrap()
    };
    let answer = called(1.0, "c", &said[..1]);
    assert_eq!((answer.text.as_str(), answer.finish_reason), ("", Some(FinishReason::ToolCalls)));
    let call = &answer.tool_calls[0];
    assert_eq!((call.id.as_str(), call.name.as_str()), ("call_0", "get_weather"));
    assert_eq!(call.arguments, json!({"city": "Paris", "unit": "C"}));
    assert!(called(1.0, "c", &said).tool_calls.is_empty(), "what a tool said is answered in words");
    assert!(called(0.0, "c", &said[..1]).tool_calls.is_empty());
    let cases: Vec<String> = (0..400).map(|n| format!("c{n}")).collect();
    let asked = cases.iter().filter(|case| !called(0.3, case, &said[..1]).tool_calls.is_empty()).count();
    assert!((80..=160).contains(&asked), "{asked} of 400 at a rate of 0.3");
}
