//! The calls of a run as spans, and the tools that were answered between them. A run of one call is told by the run
//! itself, the calls of several by their own entries and by the part of the conversation each of them saw.
use std::time::Duration;

use serde_json::json;

use super::super::{messages, semconv};
use super::{
    Callee, Trace, call_attributes, elapsed, exception, nanos, put, put_error, put_some, seconds, span,
    started_ns,
};
use crate::domain::{
    Attempt, Completion, FinishReason, Map, Message, Money, Part, Role, Run, RunStatus, Span, SpanEvent,
    SpanKind, SpanStatus, ToolCall, Usage,
};

/// Where the span numbers of calls after the first begin: beyond those of evaluations.
const LATER: u64 = 1 << 40;
/// Span numbers a later call takes: its own, then its tools'.
const EACH: u32 = 20;

/// Which of a run's span numbers a call takes (from 0); the SQL view says the same.
fn call_index(call: usize) -> u64 {
    if call == 0 { 1 } else { LATER + ((call as u64) << EACH) }
}

/// Which of a run's span numbers a tool answered after a call takes.
fn tool_index(call: usize, tool: usize) -> u64 {
    LATER + ((call as u64) << EACH) + 1 + tool as u64
}

/// What one call is told by.
struct Told<'a> {
    number: usize,
    is_last: bool,
    after: Duration,
    took: Duration,
    attempts: &'a [Attempt],
    latency: Option<Duration>,
    ttft: Option<Duration>,
    usage: &'a Usage,
    cost: Option<Money>,
    sent: &'a [Message],
    finish_reason: &'a str,
    answer: Option<String>,
    model: Option<&'a str>,
    id: Option<&'a str>,
    tools: &'a [Option<String>],
}

/// Every call with its tools, in order.
pub(super) fn spans(trace: &Trace<'_>) -> Vec<Span> {
    let run = trace.run;
    if run.calls.is_empty() {
        return vec![call(trace, &only(run))];
    }
    let mut spans = Vec::new();
    for told in several(run) {
        spans.push(call(trace, &told));
        spans.extend(tools(run, &told));
    }
    spans
}

fn only(run: &Run) -> Told<'_> {
    let answer = run.completion.as_ref();
    let finish_reason = finish_reason(run);
    Told {
        number: 0,
        is_last: true,
        after: Duration::ZERO,
        took: elapsed(run),
        attempts: &run.attempts,
        latency: run.latency,
        ttft: run.ttft,
        usage: &run.usage,
        cost: run.cost.cost,
        sent: &run.messages,
        finish_reason,
        answer: answer.map(|answer| said(answer, finish_reason)),
        model: answer.and_then(|answer| answer.model.as_deref()),
        id: answer.and_then(|answer| answer.id.as_deref()),
        tools: &[],
    }
}

fn several(run: &Run) -> Vec<Told<'_>> {
    let mut attempts = run.attempts.as_slice();
    let mut all = Vec::with_capacity(run.calls.len());
    for (number, call) in run.calls.iter().enumerate() {
        let own = attempts.split_at(attempts.len().min(call.attempts as usize));
        attempts = own.1;
        let is_last = number + 1 == run.calls.len();
        let sent = call.sent as usize;
        let finish_reason = match &call.finish_reason {
            _ if is_last => finish_reason(run),
            Some(reason) => reason.name(),
            None => FinishReason::Stop.name(),
        };
        let answer = match (is_last, run.messages.get(sent)) {
            (true, _) => run.completion.as_ref().map(|answer| said(answer, finish_reason)),
            // It became part of the conversation.
            (false, answer) => answer.map(|answer| messages::answer_json(&answer.parts, finish_reason)),
        };
        all.push(Told {
            number,
            is_last,
            after: call.after,
            took: call.took,
            attempts: own.0,
            latency: call.latency,
            ttft: call.ttft,
            usage: &call.usage,
            cost: call.cost,
            sent: run.messages.get(..sent).unwrap_or(&run.messages),
            finish_reason,
            answer,
            model: call.model.as_deref(),
            id: call.id.as_deref(),
            tools: &call.tools,
        });
    }
    all
}

fn said(answer: &Completion, finish_reason: &str) -> String {
    messages::answer_json(&answer.said(), finish_reason)
}

fn called(answer: &Message) -> Vec<ToolCall> {
    let call = |part: &Part| if let Part::ToolCall(call) = part { Some(call.clone()) } else { None };
    answer.parts.iter().filter_map(call).collect()
}

/// The finish reason shown: never absent, and `error` for an answer that failed before it had one.
fn finish_reason(run: &Run) -> &str {
    match run.completion.as_ref().and_then(|answer| answer.finish_reason.as_ref()) {
        Some(reason) => reason.name(),
        None if run.status == RunStatus::Ok => "stop",
        None => "error",
    }
}

fn call(trace: &Trace<'_>, told: &Told<'_>) -> Span {
    let run = trace.run;
    let mut map = call_attributes(&trace.version);
    let callee = Callee::of(trace.version.provider);
    if callee == Callee::Model {
        conversation(&mut map, run, told);
    }
    measured(&mut map, told);
    let (name, kind) = match callee {
        Callee::Model => (format!("chat {}", run.model), SpanKind::Client),
        Callee::Program => (format!("command {}", first_word(&run.model)), SpanKind::Internal),
        Callee::Application => (format!("http {}", run.model), SpanKind::Client),
    };
    let mut events = retries(run, told.attempts);
    if told.is_last {
        put_error(&mut map, run);
        events.extend(exception(run));
    }
    let whole = span(run, call_index(told.number), map);
    let started_ns = whole.started_ns.saturating_add(nanos(told.after));
    Span {
        parent: Some(run.id.span_id(0)),
        name,
        kind,
        started_ns,
        ended_ns: started_ns.saturating_add(nanos(told.took)),
        status: if told.is_last { whole.status.clone() } else { SpanStatus::Unset },
        events,
        ..whole
    }
}

/// What was said, as JSON texts: structured content is garbled by one backend and dropped by another.
fn conversation(map: &mut Map, run: &Run, told: &Told<'_>) {
    put(map, semconv::REQUEST_MODEL, run.model.as_str());
    if !run.calls.is_empty() {
        put(map, semconv::CONVERSATION_ID, run.id.to_string());
    }
    let (system, rest) = messages::split_system(told.sent);
    if let Some(system) = system {
        put(map, semconv::SYSTEM_INSTRUCTIONS, messages::parts_json(&system.parts));
    }
    if !rest.is_empty() {
        put(map, semconv::INPUT_MESSAGES, messages::messages_json(rest));
    }
    put(map, semconv::RESPONSE_FINISH_REASONS, json!([told.finish_reason]));
    put_some(map, semconv::OUTPUT_MESSAGES, told.answer.as_deref());
    put_some(map, semconv::RESPONSE_MODEL, told.model);
    put_some(map, semconv::RESPONSE_ID, told.id);
}

fn measured(map: &mut Map, told: &Told<'_>) {
    put_some(map, semconv::RESPONSE_TIME_TO_FIRST_CHUNK, told.ttft.map(seconds));
    put_some(map, semconv::USAGE_INPUT_TOKENS, told.usage.input);
    put_some(map, semconv::USAGE_OUTPUT_TOKENS, told.usage.output);
    put_some(map, semconv::USAGE_CACHE_READ, told.usage.cached_input);
    put_some(map, semconv::USAGE_CACHE_CREATION, told.usage.cache_write);
    put_some(map, semconv::USAGE_REASONING, told.usage.reasoning);
    put_some(map, semconv::USAGE_COST, told.cost.map(Money::usd));
    put_some(map, semconv::PROTO_LATENCY_S, told.latency.map(seconds));
}

fn retries(run: &Run, attempts: &[Attempt]) -> Vec<SpanEvent> {
    let retried = attempts.len().saturating_sub(1);
    attempts.iter().take(retried).enumerate().map(|(i, attempt)| retry(run, i + 1, attempt)).collect()
}

fn retry(run: &Run, number: usize, attempt: &Attempt) -> SpanEvent {
    let mut attributes = Map::new();
    put(&mut attributes, semconv::RETRY_ATTEMPT, number);
    put_some(&mut attributes, semconv::ERROR_TYPE, attempt.error.as_ref().map(|error| error.kind.name()));
    put(&mut attributes, semconv::RETRY_DELAY, seconds(attempt.delay));
    let at_ns = started_ns(run).saturating_add(nanos(attempt.sent_after + attempt.took));
    SpanEvent { name: semconv::RETRY.into(), at_ns, attributes }
}

/// The tools that were answered after a call. A mock takes no time.
fn tools(run: &Run, told: &Told<'_>) -> Vec<Span> {
    let asked = run.messages.get(told.sent.len()).map(called).unwrap_or_default();
    let answers = run.messages.get(told.sent.len() + 1).filter(|message| message.role == Role::Tool);
    let content = |i: usize| match answers?.parts.get(i)? {
        Part::ToolResult { content, .. } => Some(content.as_str()),
        _ => None,
    };
    let at = started_ns(run).saturating_add(nanos(told.after + told.took));
    let tool = |(i, (error, call)): (usize, (&Option<String>, &ToolCall))| {
        let mut map = Map::new();
        put(&mut map, semconv::OPERATION_NAME, "execute_tool");
        put(&mut map, semconv::TOOL_NAME, call.name.as_str());
        put(&mut map, semconv::TOOL_CALL_ID, call.id.as_str());
        put(&mut map, semconv::TOOL_CALL_ARGUMENTS, call.arguments.to_string());
        put_some(&mut map, semconv::TOOL_CALL_RESULT, content(i));
        put_some(&mut map, semconv::ERROR_TYPE, error.as_deref());
        Span {
            parent: Some(run.id.span_id(0)),
            name: format!("execute_tool {}", call.name),
            started_ns: at,
            ended_ns: at,
            status: error.clone().map_or(SpanStatus::Unset, SpanStatus::Error),
            ..span(run, tool_index(told.number, i), map)
        }
    };
    told.tools.iter().zip(&asked).enumerate().map(tool).collect()
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn span_numbers_of_calls_tools_and_evaluations_never_meet() {
        let evaluations =
            super::super::evaluation_index(&crate::domain::Digest::from_slice(&[255; 32]).unwrap()) + 1;
        assert!(evaluations < call_index(1));
        assert!(tool_index(0, 0) > LATER && tool_index(0, 1000) < call_index(1));
        assert!(tool_index(1, 1000) < call_index(2));
    }
}
