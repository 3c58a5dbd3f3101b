//! A run as the spans it leaves: root, call, evaluations and judges' calls. Derived, never stored: the same run gives
//! the same tree each time, and the SQL view `spans` derives the same one from columns.
use std::time::Duration;

use serde_json::{Value, json};

use super::{messages, semconv};
use crate::domain::{
    Attempt, Case, Digest, Label, Map, Run, RunStatus, Score, Span, SpanEvent, SpanId, SpanKind, SpanStatus,
    Verdict,
};

/// What a run's spans are made of.
#[derive(Clone, Copy, Debug)]
pub struct Trace<'a> {
    /// The run.
    pub run: &'a Run,
    /// The case it answered.
    pub case: &'a Case,
    /// Its scores.
    pub scores: &'a [Score],
    /// Its experiment.
    pub experiment: &'a str,
    /// Its version.
    pub version: TracedVersion<'a>,
}

/// What spans say of a version.
#[derive(Clone, Copy, Debug)]
pub struct TracedVersion<'a> {
    /// Its project.
    pub project: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its X.Y.
    pub label: Label,
    /// Its identity.
    pub hash: Digest,
    /// Its interface.
    pub signature_hash: Digest,
    /// The provider's name.
    pub provider: &'a str,
    /// Its tags.
    pub tags: &'a [String],
    /// Its metadata.
    pub metadata: &'a Map,
    /// Its closure: `params`, `tools` and `stream` are read.
    pub closure: &'a Value,
}

/// The run's spans, parents before children.
#[must_use]
pub fn spans(trace: &Trace<'_>) -> Vec<Span> {
    let mut spans = vec![root(trace)];
    if has_call(trace.run) {
        spans.push(call(trace));
    }
    for score in trace.scores {
        spans.push(evaluation(trace.run, score));
        spans.extend(judge_call(trace.run, score));
    }
    spans
}

/// What the root says of the version: everything about it that no run changes.
#[must_use]
pub fn root_attributes(version: &TracedVersion<'_>) -> Map {
    let mut map = Map::new();
    put(&mut map, semconv::OI_SPAN_KIND, "CHAIN");
    put(&mut map, semconv::PROTO_PROJECT, version.project);
    put(&mut map, semconv::PROTO_VERSION_NAME, version.name);
    put(&mut map, semconv::PROTO_VERSION_LABEL, version.label.to_string());
    put(&mut map, semconv::PROTO_VERSION_HASH, version.hash.to_string());
    put(&mut map, semconv::PROTO_VERSION_SIGNATURE_HASH, version.signature_hash.to_string());
    put(&mut map, semconv::PROMPT_NAME, version.name);
    put(&mut map, semconv::PROMPT_VERSION, version.label.to_string());
    if !version.tags.is_empty() {
        put(&mut map, semconv::TAGS, version.tags);
    }
    for (key, value) in version.metadata {
        put(&mut map, &format!("{}{key}", semconv::PROTO_VERSION_META), plain(value));
    }
    map
}

/// What the call says of the version: provider and parameters; nothing for programs and HTTP applications.
#[must_use]
pub fn call_attributes(version: &TracedVersion<'_>) -> Map {
    let mut map = Map::new();
    if Callee::of(version.provider) != Callee::Model {
        return map;
    }
    put(&mut map, semconv::OPERATION_NAME, "chat");
    put(&mut map, semconv::PROVIDER_NAME, semconv::provider_name(version.provider));
    for (parameter, name) in semconv::REQUEST_PARAMETERS {
        if let Some(value) = version.closure["params"].get(parameter) {
            let list = *name == semconv::REQUEST_STOP_SEQUENCES && value.is_string();
            put(&mut map, name, if list { json!([value]) } else { plain(value) });
        }
    }
    if version.closure["stream"] == Value::Bool(true) {
        put(&mut map, semconv::REQUEST_STREAM, true);
    }
    if let Some(tools) = version.closure["tools"].as_array().filter(|tools| !tools.is_empty()) {
        put(&mut map, semconv::TOOL_DEFINITIONS, Value::from(tools.clone()).to_string());
    }
    map
}

/// Which of a run's span numbers an evaluator's spans take: this one its own, the next its judge's call. Drawn from
/// the evaluator's hash, so that scores added later change no id.
#[must_use]
pub fn evaluation_index(evaluator: &Digest) -> u64 {
    let bytes = evaluator.as_bytes();
    2 + 2 * u64::from(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

/// What answers: decides the name and kind of the call's span.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Callee {
    Model,
    Program,
    Application,
}

impl Callee {
    fn of(provider: &str) -> Self {
        match provider {
            "command" => Self::Program,
            "http" => Self::Application,
            _ => Self::Model,
        }
    }
}

/// Whether anything was called: a run given up before has a root alone.
fn has_call(run: &Run) -> bool {
    !run.attempts.is_empty() || run.completion.is_some()
}

/// Sent to the end of the last attempt.
#[must_use]
pub fn elapsed(run: &Run) -> Duration {
    run.attempts.last().map_or(run.latency.unwrap_or_default(), |last| last.sent_after + last.took)
}

fn root(trace: &Trace<'_>) -> Span {
    let run = trace.run;
    let mut map = root_attributes(&trace.version);
    put(&mut map, semconv::INPUT_VALUE, Value::Object(trace.case.inputs.clone()).to_string());
    put(&mut map, semconv::INPUT_MIME_TYPE, "application/json");
    if let Some(completion) = &run.completion {
        put(&mut map, semconv::OUTPUT_VALUE, completion.text.as_str());
    }
    if !trace.case.metadata.is_empty() {
        put(&mut map, semconv::METADATA, Value::Object(trace.case.metadata.clone()).to_string());
    }
    put(&mut map, semconv::SESSION_ID, run.batch.to_string());
    put(&mut map, semconv::TEST_CASE_NAME, trace.case.id.as_str());
    put(&mut map, semconv::TEST_SUITE_NAME, trace.experiment);
    put(&mut map, semconv::PROTO_RUN_ID, run.id.to_string());
    put(&mut map, semconv::PROTO_CASE_ID, trace.case.id.as_str());
    put(&mut map, semconv::PROTO_REPEAT, run.key.repeat);
    put_error(&mut map, run);
    let exception = if has_call(run) { None } else { exception(run) };
    Span {
        parent: None,
        name: format!("run {} {}", trace.version.name, trace.case.id),
        kind: SpanKind::Internal,
        events: exception.into_iter().collect(),
        ..span(run, 0, map)
    }
}

fn call(trace: &Trace<'_>) -> Span {
    let run = trace.run;
    let mut map = call_attributes(&trace.version);
    let callee = Callee::of(trace.version.provider);
    if callee == Callee::Model {
        conversation(&mut map, run);
    }
    measured(&mut map, run);
    put_error(&mut map, run);
    let (name, kind) = match callee {
        Callee::Model => (format!("chat {}", run.model), SpanKind::Client),
        Callee::Program => (format!("command {}", first_word(&run.model)), SpanKind::Internal),
        Callee::Application => (format!("http {}", run.model), SpanKind::Client),
    };
    let events = retries(run).into_iter().chain(exception(run)).collect();
    Span { parent: Some(run.id.span_id(0)), name, kind, events, ..span(run, 1, map) }
}

/// What was said, as JSON texts: structured content is garbled by one backend and dropped by another.
fn conversation(map: &mut Map, run: &Run) {
    put(map, semconv::REQUEST_MODEL, run.model.as_str());
    let (system, rest) = messages::split_system(&run.messages);
    if let Some(system) = system {
        put(map, semconv::SYSTEM_INSTRUCTIONS, messages::parts_json(&system.parts));
    }
    if !rest.is_empty() {
        put(map, semconv::INPUT_MESSAGES, messages::messages_json(rest));
    }
    let finish = finish_reason(run);
    put(map, semconv::RESPONSE_FINISH_REASONS, json!([finish]));
    if let Some(answer) = &run.completion {
        put(map, semconv::OUTPUT_MESSAGES, messages::answer_json(&answer.text, &answer.tool_calls, finish));
        put_some(map, semconv::RESPONSE_MODEL, answer.model.as_deref());
        put_some(map, semconv::RESPONSE_ID, answer.id.as_deref());
    }
}

/// The finish reason shown: never absent, and `error` for an answer that failed before it had one.
fn finish_reason(run: &Run) -> &str {
    match run.completion.as_ref().and_then(|answer| answer.finish_reason.as_ref()) {
        Some(reason) => reason.name(),
        None if run.status == RunStatus::Ok => "stop",
        None => "error",
    }
}

fn measured(map: &mut Map, run: &Run) {
    put_some(map, semconv::RESPONSE_TIME_TO_FIRST_CHUNK, run.ttft.map(seconds));
    put_some(map, semconv::USAGE_INPUT_TOKENS, run.usage.input);
    put_some(map, semconv::USAGE_OUTPUT_TOKENS, run.usage.output);
    put_some(map, semconv::USAGE_CACHE_READ, run.usage.cached_input);
    put_some(map, semconv::USAGE_CACHE_CREATION, run.usage.cache_write);
    put_some(map, semconv::USAGE_REASONING, run.usage.reasoning);
    put_some(map, semconv::USAGE_COST, run.cost.cost.map(crate::domain::Money::usd));
    put_some(map, semconv::PROTO_LATENCY_S, run.latency.map(seconds));
}

fn retries(run: &Run) -> Vec<SpanEvent> {
    let retried = run.attempts.len().saturating_sub(1);
    run.attempts.iter().take(retried).enumerate().map(|(i, attempt)| retry(run, i + 1, attempt)).collect()
}

fn retry(run: &Run, number: usize, attempt: &Attempt) -> SpanEvent {
    let mut attributes = Map::new();
    put(&mut attributes, semconv::RETRY_ATTEMPT, number);
    put_some(&mut attributes, semconv::ERROR_TYPE, attempt.error.as_ref().map(|error| error.kind.name()));
    put(&mut attributes, semconv::RETRY_DELAY, seconds(attempt.delay));
    let at_ns = started_ns(run).saturating_add(nanos(attempt.sent_after + attempt.took));
    SpanEvent { name: semconv::RETRY.into(), at_ns, attributes }
}

fn exception(run: &Run) -> Option<SpanEvent> {
    let error = run.error.as_ref()?;
    let mut attributes = Map::new();
    put(&mut attributes, semconv::EXCEPTION_TYPE, error.kind.name());
    put(&mut attributes, semconv::EXCEPTION_MESSAGE, error.message.as_str());
    let at_ns = started_ns(run).saturating_add(nanos(elapsed(run)));
    Some(SpanEvent { name: semconv::EXCEPTION.into(), at_ns, attributes })
}

fn evaluation(run: &Run, score: &Score) -> Span {
    let mut map = Map::new();
    put(&mut map, semconv::OI_SPAN_KIND, "EVALUATOR");
    put(&mut map, semconv::EVALUATION_NAME, score.evaluator.as_str());
    let mut status = SpanStatus::Unset;
    let (label, why) = match &score.verdict {
        Verdict::Scored { score, passed, label, explanation } => {
            put(&mut map, semconv::EVALUATION_SCORE_VALUE, *score);
            let passed = passed.map(|passed| if passed { "pass" } else { "fail" });
            (label.as_deref().or(passed), explanation.as_ref())
        }
        Verdict::NotApplicable(why) => (Some("not_applicable"), Some(why)),
        Verdict::Failed(why) => {
            put(&mut map, semconv::ERROR_TYPE, "evaluation_failed");
            status = SpanStatus::Error(why.clone());
            (Some("failed"), Some(why))
        }
    };
    put_some(&mut map, semconv::EVALUATION_SCORE_LABEL, label);
    put_some(&mut map, semconv::EVALUATION_EXPLANATION, why.map(String::as_str));
    let own = evaluation_index(&score.evaluator_hash);
    Span {
        name: format!("evaluate {}", score.evaluator),
        status,
        ..judging(run, score, own, run.id.span_id(0), map)
    }
}

fn judge_call(run: &Run, score: &Score) -> Option<Span> {
    let judge = score.judge.as_ref()?;
    let mut map = Map::new();
    put(&mut map, semconv::OPERATION_NAME, "chat");
    put(&mut map, semconv::REQUEST_MODEL, judge.model.as_str());
    put_some(&mut map, semconv::USAGE_INPUT_TOKENS, judge.usage.input);
    put_some(&mut map, semconv::USAGE_OUTPUT_TOKENS, judge.usage.output);
    put_some(&mut map, semconv::USAGE_CACHE_READ, judge.usage.cached_input);
    put_some(&mut map, semconv::USAGE_CACHE_CREATION, judge.usage.cache_write);
    put_some(&mut map, semconv::USAGE_REASONING, judge.usage.reasoning);
    put_some(&mut map, semconv::USAGE_COST, judge.cost.map(crate::domain::Money::usd));
    let own = evaluation_index(&score.evaluator_hash);
    let span = judging(run, score, own + 1, run.id.span_id(own), map);
    Some(Span { name: format!("chat {}", judge.model), kind: SpanKind::Client, ..span })
}

/// A span of a score's own time, which ends when the verdict was said.
fn judging(run: &Run, score: &Score, index: u64, parent: SpanId, attributes: Map) -> Span {
    let ended_ns = clamp(score.at.as_nanosecond());
    let started_ns = ended_ns.saturating_sub(nanos(score.took));
    Span {
        parent: Some(parent),
        started_ns,
        ended_ns,
        status: SpanStatus::Unset,
        ..span(run, index, attributes)
    }
}

/// A span of the run's own time, as root and call have it.
fn span(run: &Run, index: u64, attributes: Map) -> Span {
    let started_ns = started_ns(run);
    Span {
        trace_id: run.id.trace_id(),
        span_id: run.id.span_id(index),
        parent: None,
        name: String::new(),
        kind: SpanKind::Internal,
        started_ns,
        ended_ns: started_ns.saturating_add(nanos(elapsed(run))),
        status: run
            .error
            .as_ref()
            .map_or(SpanStatus::Unset, |error| SpanStatus::Error(error.message.clone())),
        attributes,
        events: Vec::new(),
    }
}

fn put_error(map: &mut Map, run: &Run) {
    put_some(map, semconv::ERROR_TYPE, run.error.as_ref().map(|error| error.kind.name()));
}

fn put(map: &mut Map, name: &str, value: impl Into<Value>) {
    map.insert(name.to_owned(), value.into());
}

fn put_some(map: &mut Map, name: &str, value: Option<impl Into<Value>>) {
    if let Some(value) = value {
        put(map, name, value);
    }
}

/// Attributes are scalars or lists of them: an object becomes its JSON text.
fn plain(value: &Value) -> Value {
    match value {
        Value::Object(_) | Value::Null => Value::String(value.to_string()),
        Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
            Value::String(value.to_string())
        }
        scalar => scalar.clone(),
    }
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or(text)
}

/// Nanoseconds over 1e9, the one division SQL makes too (`as_secs_f64` may differ in the last bit).
fn seconds(duration: Duration) -> f64 {
    nanos(duration) as f64 / 1e9
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

fn started_ns(run: &Run) -> i64 {
    clamp(run.started.as_nanosecond())
}

/// Nanoseconds since 1970 end in 2262.
fn clamp(ns: i128) -> i64 {
    ns.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}

#[cfg(test)]
mod tests;
