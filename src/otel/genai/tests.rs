//! The tree of a plain run, of a failed one and of one that never was sent. What the SQL view tells is compared with
//! it in the store's own tests.
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::domain::{
    Attempt, BatchId, Completion, Cost, ErrorType, FinishReason, JudgeCall, Message, Money, Role, RunError,
    RunId, RunKey, RunStatus, ScoreSource, SpanStatus, Usage, Verdict,
};

fn case() -> Case {
    let inputs: Map = [("city".to_owned(), json!("Paris"))].into_iter().collect();
    Case {
        id: "case-1".into(),
        inputs_hash: crate::domain::inputs_hash(&inputs),
        inputs,
        expected: None,
        metadata: Map::new(),
        cluster: None,
        weight: None,
        slices: Vec::new(),
        file: "".into(),
    }
}

fn run(case: &Case) -> Run {
    let usage = Usage { input: Some(12), output: Some(3), cached_input: Some(8), ..Usage::default() };
    let took = Duration::from_millis(250);
    Run {
        id: RunId::fresh(),
        batch: BatchId::fresh(),
        key: RunKey {
            version: Digest::of(b"v"),
            case_id: case.id.clone(),
            inputs: case.inputs_hash,
            repeat: 0,
        },
        status: RunStatus::Ok,
        error: None,
        started: jiff::Timestamp::UNIX_EPOCH,
        latency: Some(took),
        ttft: Some(Duration::from_millis(80)),
        queue: Duration::ZERO,
        backoff: Duration::ZERO,
        attempts: vec![Attempt { sent_after: Duration::ZERO, took, error: None, delay: Duration::ZERO }],
        calls: Vec::new(),
        usage,
        cost: Cost { cost: Some(Money(12_300_000_000)), ..Cost::UNKNOWN },
        cache_hit: false,
        model: "gpt-4o-mini".into(),
        messages: vec![
            Message::text(Role::System, "You are a librarian."),
            Message::text(Role::User, "Weather in Paris?"),
        ],
        request: None,
        reply: None,
        completion: Some(Completion {
            text: "Rainy".into(),
            finish_reason: Some(FinishReason::Stop),
            id: Some("chatcmpl-1".into()),
            ..Completion::default()
        }),
    }
}

fn tree(run: &Run, case: &Case, scores: &[Score], provider: &str) -> Vec<Span> {
    let closure =
        json!({"params": {"temperature": 0.2, "max_completion_tokens": 9}, "tools": [{"name": "f"}]});
    let version = TracedVersion {
        project: "p",
        name: "baseline",
        label: Label { major: 1, minor: 2 },
        hash: run.key.version,
        signature_hash: Digest::of(b"s"),
        provider,
        tags: &[],
        metadata: &Map::new(),
        closure: &closure,
    };
    spans(&Trace { run, case, scores, experiment: "weather", version })
}

#[test]
fn a_run_is_a_root_and_a_call_with_its_content_as_texts() {
    let case = case();
    let run = run(&case);
    let spans = tree(&run, &case, &[], "openai");
    let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["run baseline case-1", "chat gpt-4o-mini"]);
    assert_eq!(spans[1].parent, Some(spans[0].span_id));
    assert_eq!((spans[0].started_ns, spans[1].ended_ns), (0, 250_000_000));
    let (root, call) = (&spans[0].attributes, &spans[1].attributes);
    assert_eq!(root[semconv::INPUT_VALUE], json!(r#"{"city":"Paris"}"#));
    assert_eq!(root[semconv::PROMPT_VERSION], json!("1.2"));
    assert!(!call.contains_key(semconv::INPUT_VALUE) && !call.contains_key(semconv::PROMPT_NAME));
    assert_eq!(
        call[semconv::SYSTEM_INSTRUCTIONS],
        json!(r#"[{"type":"text","content":"You are a librarian."}]"#)
    );
    assert_eq!(call[semconv::RESPONSE_FINISH_REASONS], json!(["stop"]));
    assert_eq!(call[semconv::REQUEST_MAX_TOKENS], json!(9));
    assert_eq!(call[semconv::TOOL_DEFINITIONS], json!(r#"[{"name":"f"}]"#));
    assert_eq!(call[semconv::USAGE_COST], json!(0.0123));
    assert_eq!(call[semconv::USAGE_CACHE_READ], json!(8));
    assert_eq!(call[semconv::RESPONSE_TIME_TO_FIRST_CHUNK], json!(0.08));
    assert!(!call.contains_key(semconv::USAGE_REASONING), "unknown is not zero");
}

#[test]
fn a_failure_is_an_error_with_one_exception_and_an_event_per_retry() {
    let case = case();
    let mut failed = run(&case);
    let error = Some(RunError { kind: ErrorType::Status(503), message: "overloaded".into() });
    (failed.status, failed.error, failed.completion) = (RunStatus::Error, error.clone(), None);
    let attempt = |after: u64, error| Attempt {
        sent_after: Duration::from_secs(after),
        took: Duration::from_secs(1),
        error,
        delay: Duration::from_secs(2),
    };
    failed.attempts = vec![attempt(0, error.clone()), attempt(3, error)];
    let spans = tree(&failed, &case, &[], "openai");
    assert_eq!(spans[1].status, SpanStatus::Error("overloaded".into()));
    assert_eq!(spans[1].attributes[semconv::RESPONSE_FINISH_REASONS], json!(["error"]));
    let events: Vec<(&str, i64)> = spans[1].events.iter().map(|e| (e.name.as_str(), e.at_ns)).collect();
    assert_eq!(events, [("retry", 1_000_000_000), ("exception", 4_000_000_000)]);
    assert_eq!(
        Value::from(spans[1].events[0].attributes.clone()),
        json!({"attempt": 1, "error.type": "503", "delay": 2.0})
    );
    failed.attempts.clear();
    let alone = tree(&failed, &case, &[], "openai");
    assert_eq!((alone.len(), alone[0].events.len()), (1, 1), "nothing was called: the root says why");
}

#[test]
fn a_program_is_no_chat() {
    let case = case();
    let app = Run { model: "python3 app.py".into(), ..run(&case) };
    let spans = tree(&app, &case, &[], "command");
    assert_eq!((spans[1].name.as_str(), &spans[1].kind), ("command python3", &SpanKind::Internal));
    assert!(!spans[1].attributes.contains_key(semconv::OPERATION_NAME));
}

#[test]
fn a_judges_call_lies_in_its_evaluation_and_ids_outlive_later_scores() {
    let case = case();
    let run = run(&case);
    let judge = JudgeCall { model: "gpt-4o".into(), usage: Usage::default(), cost: None };
    let score = |name: &str, judge| Score {
        run: run.id,
        evaluator: name.into(),
        evaluator_hash: Digest::of(name.as_bytes()),
        verdict: Verdict::pass(true),
        source: ScoreSource::Judge,
        at: jiff::Timestamp::UNIX_EPOCH,
        took: Duration::ZERO,
        judge,
    };
    let judged = score("tone", Some(judge));
    let first = tree(&run, &case, std::slice::from_ref(&judged), "openai");
    let later = tree(&run, &case, &[score("exact", None), judged], "openai");
    assert_eq!((first[3].name.as_str(), first[3].parent), ("chat gpt-4o", Some(first[2].span_id)));
    assert_eq!(first[2].attributes[semconv::EVALUATION_SCORE_LABEL], json!("pass"));
    assert_eq!(first[2..], later[3..]);
}
