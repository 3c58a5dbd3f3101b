//! A run as the spans it leaves: root, calls, tools, evaluations and judges' calls. Derived, never stored: the same run gives
//! the same tree each time, and the SQL view `spans` derives the same one from columns.
mod calls;
mod judging;

use std::time::Duration;

use serde_json::{Value, json};

use super::semconv;
pub use judging::evaluation_index;

use crate::domain::{Case, Digest, Label, Map, Run, Score, Span, SpanEvent, SpanKind, SpanStatus};

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
        spans.extend(calls::spans(trace));
    }
    for score in trace.scores {
        spans.push(judging::evaluation(trace.run, score));
        spans.extend(judging::judge_call(trace.run, score));
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
        let told = |tool: &Value| {
            let mut tool = tool.clone();
            // What it answers is no part of its definition.
            tool.as_object_mut().map(|tool| tool.shift_remove("mock"));
            tool
        };
        put(&mut map, semconv::TOOL_DEFINITIONS, tools.iter().map(told).collect::<Value>().to_string());
    }
    map
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
    match (run.calls.last(), run.attempts.last()) {
        (Some(last), _) => last.after + last.took,
        (None, Some(last)) => last.sent_after + last.took,
        (None, None) => run.latency.unwrap_or_default(),
    }
}

fn exception(run: &Run) -> Option<SpanEvent> {
    let error = run.error.as_ref()?;
    let mut attributes = Map::new();
    put(&mut attributes, semconv::EXCEPTION_TYPE, error.kind.name());
    put(&mut attributes, semconv::EXCEPTION_MESSAGE, error.message.as_str());
    let at_ns = started_ns(run).saturating_add(nanos(elapsed(run)));
    Some(SpanEvent { name: semconv::EXCEPTION.into(), at_ns, attributes })
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
