//! Versions, batches, cases, runs and scores to store: between them every field takes every kind of value it may have.
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::domain::{
    Attempt, Batch, BatchId, BatchKind, BatchStatus, Case, Command, Completion, Cost, CostSource, Digest,
    ErrorType, FinishReason, JudgeCall, Map, Message, Money, Part, Price, Role, Run, RunCall, RunError,
    RunId, RunKey, RunStatus, Score, ScoreSource, Target, Thought, ToolCall, Usage, Verdict, Version,
    inputs_hash,
};

pub(crate) fn map(value: Value) -> Map {
    if let Value::Object(map) = value { map } else { panic!("an object") }
}

/// A version of a model whose closure is `text` and whose interface is `signature`.
pub(crate) fn version(name: &str, text: &str, signature: &str) -> Version {
    let closure = json!({"schema": "proto.closure/1", "text": text, "stream": true,
        "params": {"temperature": 0.2, "max_tokens": 64, "stop": "END", "logit_bias": {"1": 2}},
        "tools": [{"name": "add", "parameters": {"type": "object"}}]});
    Version {
        name: name.into(),
        hash: Digest::of_json(&closure),
        signature_hash: Digest::of(signature.as_bytes()),
        closure,
        description: Some("what it is for".into()),
        tags: vec!["candidate".into(), "α".into()],
        metadata: map(
            json!({"owner": "me", "n": 1.5, "flag": true, "deep": {"a": [1, null]}, "list": ["x"]}),
        ),
        target: Target::Model { provider: "gemini".into(), model: "gpt-4o-mini".into() },
        messages: Vec::new(),
        includes: Vec::new(),
        params: Map::new(),
        tools: Vec::new(),
        tool_choice: None,
        response_schema: None,
        stream: true,
        max_turns: 1,
        timeout: None,
        run_timeout: None,
        cost_per_run: None,
    }
}

/// A version that is a program.
pub(crate) fn program(name: &str) -> Version {
    let argv = vec!["python3".into(), "app.py".into()];
    Version {
        tags: Vec::new(),
        metadata: Map::new(),
        description: None,
        target: Target::Command(Command { argv, ..Command::default() }),
        ..version(name, "python3 app.py", "text")
    }
}

pub(crate) fn batch(versions: &[&Version]) -> Batch {
    Batch {
        id: BatchId::fresh(),
        project: "support".into(),
        experiment: "answers".into(),
        kind: BatchKind::Run,
        status: BatchStatus::Running,
        started: at("2026-11-20T10:00:00.123456789Z"),
        finished: None,
        command: "proto run answers.yaml".into(),
        dataset: Digest::of(b"dataset"),
        cases: 3,
        planned: 12,
        versions: versions.iter().map(|version| version.name.clone()).collect(),
        baseline: versions.first().map(|version| version.name.clone()),
        settings: map(json!({"seed": 7, "gates": [{"metric": "cost", "max": 0.1}]})),
    }
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// Case number `n`: even ones have everything, odd ones the least.
pub(crate) fn case(n: u32) -> Arc<Case> {
    let inputs = map(json!({"question": format!("What is {n} + \"1\"?\nZürich"), "n": n}));
    let full = n.is_multiple_of(2);
    Arc::new(Case {
        id: format!("case-{n}"),
        inputs_hash: inputs_hash(&inputs),
        inputs,
        expected: full.then(|| if n == 0 { json!("one") } else { json!({"answer": n + 1, "why": null}) }),
        metadata: if full { map(json!({"difficulty": "hard", "rank": n})) } else { Map::new() },
        cluster: full.then(|| format!("cluster-{}", n / 4)),
        weight: (full && n > 0).then(|| 0.5 + f64::from(n)),
        slices: if full { vec!["short".into(), "numbers".into()] } else { Vec::new() },
        file: "".into(),
    })
}

/// The plainest run: one attempt, an answer, a price.
pub(crate) fn ok(batch: &Batch, version: &Version, case: &Case, repeat: u32) -> Run {
    let latency = Duration::from_nanos(1_234_567_891 + u64::from(repeat));
    let usage = Usage { input: Some(120), output: Some(30), ..Usage::default() };
    let price = Price { input: 150_000, output: 600_000, cached_input: Some(75_000), cache_write: None };
    let cost = price.cost(&usage);
    Run {
        id: RunId::fresh(),
        batch: batch.id,
        key: RunKey { version: version.hash, case_id: case.id.clone(), inputs: case.inputs_hash, repeat },
        status: RunStatus::Ok,
        error: None,
        started: at("2026-11-20T10:00:01.000000007Z"),
        latency: Some(latency),
        ttft: None,
        queue: Duration::from_micros(15),
        backoff: Duration::ZERO,
        attempts: vec![attempt(0, latency, None, 0)],
        calls: Vec::new(),
        usage,
        cost: Cost { cost, spent: cost, source: CostSource::Table, price: Some(price) },
        cache_hit: false,
        model: version.target.model(),
        messages: vec![
            Message::text(Role::System, "Be \"brief\"."),
            Message::text(Role::User, format!("Q: {}", case.inputs["question"])),
        ],
        request: Some(format!("{{\"model\":\"m\",\"q\":\"{}\"}}", case.id).into_bytes()),
        reply: Some(format!("{{\"answer\":\"{} {repeat}\"}}", case.id).into_bytes()),
        completion: Some(Completion {
            text: format!("Answer to {} é\n\"quoted\" \u{1}", case.id),
            finish_reason: Some(FinishReason::Stop),
            usage,
            model: Some("gpt-4o-mini-2024-07-18".into()),
            id: Some(format!("chatcmpl-{}-{repeat}", case.id)),
            fingerprint: Some("fp_1".into()),
            ..Completion::default()
        }),
    }
}

pub(crate) fn attempt(after_ms: u64, took: Duration, error: Option<RunError>, delay_ms: u64) -> Attempt {
    let (sent_after, delay) = (Duration::from_millis(after_ms), Duration::from_millis(delay_ms));
    Attempt { sent_after, took, error, delay }
}

fn error(kind: ErrorType, message: &str) -> Option<RunError> {
    Some(RunError { kind, message: message.into() })
}

/// Streamed after one retry, with tool calls, cached and reasoning tokens, usage and cost of the answer's own.
pub(crate) fn streamed(batch: &Batch, version: &Version, case: &Case) -> Run {
    let mut run = ok(batch, version, case, 1);
    run.ttft = Some(Duration::from_millis(87));
    run.backoff = Duration::from_millis(500);
    run.attempts = vec![
        attempt(0, Duration::from_millis(40), error(ErrorType::Status(429), "slow \"down\""), 500),
        attempt(540, run.latency.unwrap(), None, 0),
    ];
    run.usage = Usage {
        input: Some(1),
        output: Some(2),
        cached_input: Some(3),
        cache_write: Some(4),
        reasoning: Some(5),
    };
    run.messages.push(Message { role: Role::Tool, parts: vec![result("c0", "2")] });
    run.messages.push(Message::text(Role::System, "And polite."));
    let answer = run.completion.as_mut().unwrap();
    answer.finish_reason = Some(FinishReason::ToolCalls);
    answer.tool_calls = vec![
        ToolCall { id: "c1".into(), name: "add".into(), arguments: json!({"a": 1, "b": [null, "x"]}) },
        ToolCall { id: "c2".into(), name: "add".into(), arguments: json!("not json") },
    ];
    answer.parts = [vec![thought("Hm.")], answer.said()].concat();
    answer.cost = Some(Money(99));
    answer.metadata = map(json!({"trace": "abc"}));
    run
}

/// A conversation of three calls: a retried one that calls two tools, one of which fails, an answer, a further turn.
pub(crate) fn conversed(batch: &Batch, version: &Version, case: &Case) -> Run {
    let mut run = ok(batch, version, case, 2);
    let (ms, took) = (Duration::from_millis, run.latency.unwrap());
    let call = |id: &str, arguments| {
        Part::ToolCall(ToolCall { id: id.into(), name: format!("find_{id}"), arguments })
    };
    let asked = vec![
        thought("The \"id\" first."),
        Part::Text("Let me \"see\" é".into()),
        call("a", json!({"id": "o\n\"1\"", "n": 0.1})),
        thought(""),
        call("b", json!("{broken")),
    ];
    run.messages.extend([
        Message { role: Role::Assistant, parts: asked },
        Message {
            role: Role::Tool,
            parts: vec![result("a", "{\"status\": \"sent\"}"), result("b", "error: é")],
        },
        Message::text(Role::Assistant, "It was sent."),
        Message::text(Role::User, "And the other?"),
    ]);
    run.attempts = vec![
        attempt(0, ms(40), error(ErrorType::Status(500), "oops"), 500),
        attempt(540, ms(100), None, 0),
        attempt(700, ms(50), None, 0),
        attempt(760, took, None, 0),
    ];
    let of = |sent, after, took, attempts| RunCall {
        attempts,
        after: ms(after),
        took,
        latency: Some(ms(50)),
        cost: Some(Money(7)),
        sent,
        finish_reason: Some(FinishReason::Stop),
        ..RunCall::default()
    };
    let usage = Usage { input: Some(7), output: Some(2), cached_input: Some(1), ..Usage::default() };
    run.calls = vec![
        RunCall {
            usage,
            ttft: Some(ms(9)),
            model: Some("gpt-4o-mini-2024-07-18".into()),
            id: Some("chatcmpl-first".into()),
            finish_reason: Some(FinishReason::ToolCalls),
            tools: vec![None, Some("unknown_tool".into())],
            request: Some(b"{\"first\": 1}".to_vec()),
            reply: Some(b"{\"reply\": 1}".to_vec()),
            ..of(2, 0, ms(640), 2)
        },
        RunCall { finish_reason: None, cost: None, ..of(4, 700, ms(50), 1) },
        of(6, 760, took, 1),
    ];
    run
}

/// The same, its last call failed, without instructions.
pub(crate) fn broken_off(batch: &Batch, version: &Version, case: &Case) -> Run {
    let mut run = conversed(batch, version, case);
    run.messages.remove(0);
    run.calls.iter_mut().for_each(|call| call.sent -= 1);
    let last = run.calls.last_mut().unwrap();
    (last.latency, last.cost, last.finish_reason) = (None, None, None);
    let last = run.attempts.last_mut().unwrap();
    last.error = error(ErrorType::Cut, "the stream ended");
    (run.status, run.error) = (RunStatus::Error, last.error.clone());
    (run.latency, run.completion, run.cost, run.usage) = (None, None, Cost::UNKNOWN, Usage::default());
    run
}

/// One as a store gives it: its provider's form is in the request.
fn thought(text: &str) -> Part {
    Part::Thought(Thought { raw: Value::Null, ..Thought::new(text.into(), json!({"thinking": text})) })
}

fn result(id: &str, content: &str) -> Part {
    Part::ToolResult { id: id.into(), content: content.into() }
}

/// Failed for good after a retry, the answer cut in the middle, nothing known of its cost.
pub(crate) fn failed(batch: &Batch, version: &Version, case: &Case) -> Run {
    let mut run = ok(batch, version, case, 0);
    run.status = RunStatus::Error;
    run.error = error(ErrorType::Cut, "the stream ended before its finish reason");
    run.latency = None;
    run.attempts = vec![
        attempt(0, Duration::from_secs(30), error(ErrorType::Timeout, "30 s"), 1_000),
        attempt(31_000, Duration::from_millis(700), run.error.clone(), 0),
    ];
    run.usage = Usage::default();
    run.cost = Cost::UNKNOWN;
    run.reply = None;
    run.completion = Some(Completion { text: "As far as".into(), ..Completion::default() });
    run
}

/// Never sent: the budget was reached.
pub(crate) fn not_run(batch: &Batch, version: &Version, case: &Case) -> Run {
    Run {
        status: RunStatus::NotRun,
        error: error(ErrorType::Budget, "the budget of $1 is reached"),
        latency: None,
        attempts: Vec::new(),
        usage: Usage::default(),
        cost: Cost::UNKNOWN,
        messages: Vec::new(),
        request: None,
        reply: None,
        completion: None,
        ..ok(batch, version, case, 0)
    }
}

/// A program's answer: a cost of its own, no finish reason, an empty output with tool calls none; from the cache.
pub(crate) fn of_program(batch: &Batch, version: &Version, case: &Case) -> Run {
    let spent = Some(Money::ZERO);
    let cost = Cost { cost: Some(Money(5_000_000)), spent, source: CostSource::Provider, price: None };
    Run {
        cost,
        cache_hit: true,
        messages: Vec::new(),
        completion: Some(Completion { cost: cost.cost, ..Completion::default() }),
        ..ok(batch, version, case, 0)
    }
}

pub(crate) fn score(run: &Run, evaluator: &str, verdict: Verdict) -> Score {
    Score {
        run: run.id,
        evaluator: evaluator.into(),
        evaluator_hash: Digest::of(evaluator.as_bytes()),
        verdict,
        source: ScoreSource::Auto,
        at: at("2026-11-20T10:00:09.000000001Z"),
        took: Duration::ZERO,
        judge: None,
    }
}

/// A judge's score, with the call it made.
pub(crate) fn judged(run: &Run, evaluator: &str) -> Score {
    let usage = Usage { input: Some(400), output: Some(12), reasoning: Some(3), ..Usage::default() };
    Score {
        source: ScoreSource::Judge,
        took: Duration::from_millis(812),
        judge: Some(JudgeCall { model: "gpt-4o".into(), usage, cost: Some(Money(1_234_567)) }),
        ..score(
            run,
            evaluator,
            Verdict::Scored {
                score: 0.1 + 0.2,
                passed: None,
                label: Some("good".into()),
                explanation: Some("It says \"so\".".into()),
            },
        )
    }
}
