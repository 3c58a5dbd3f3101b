//! `proto trace`: the span tree of one run with times, tokens, cost and messages.
use serde_json::{Value, json};

use super::context::Context;
use super::error::CommandError;
use super::{Exit, batches, references, runs};
use crate::domain::{Part, Span, SpanId, SpanStatus, Thought, ToolCall, counted};
use crate::formats::{self, numbers};
use crate::otel::genai;
use crate::stores::{RunFilter, StoredRun};

/// Columns of a span's name.
const NAME: usize = 48;

/// The span tree of one run, with times, tokens, cost and messages
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  proto trace            # the latest run\n  proto trace 4f9ac1d2")]
pub struct Args {
    /// The run's id, its beginning or its end, as `proto runs` shows it [default: the latest]
    run: Option<String>,
    /// The latest run of this version: NAME, NAME@1.2, NAME@TAG, NAME@sha256:…
    #[arg(long, value_name = "REF", conflicts_with = "run")]
    version: Option<String>,
}

/// Prints it.
///
/// # Errors
/// There is no such run, or several.
pub fn run(args: &Args, context: &mut Context<'_>) -> Result<Exit, CommandError> {
    let mut reader = batches::reader(context)?;
    let (version, version_hash) = match &args.version {
        None => (None, None),
        Some(text) => {
            let project = batches::one(reader.as_mut(), None, None)?.project;
            references::filter(reader.as_mut(), &project, Some(text))?
        }
    };
    let filter = RunFilter {
        id: args.run.clone(),
        version,
        version_hash,
        limit: Some(2),
        newest_first: true,
        bodies: true,
        ..RunFilter::default()
    };
    let mut found = Vec::new();
    reader.runs(&filter, &mut |run| {
        found.push(run);
        Ok(())
    })?;
    let stored = match (args.run.as_deref(), found.len()) {
        (_, 0) => {
            let what = args
                .run
                .as_deref()
                .map_or_else(|| "no run is stored yet".into(), |id| format!("no run `{id}`"));
            return Err(CommandError::input(what).hint("`proto runs` lists them"));
        }
        (Some(id), 2) => {
            return Err(
                CommandError::input(format!("`{id}` fits several runs")).hint("give more digits of the id")
            );
        }
        _ => found.swap_remove(0),
    };
    let spans = genai::spans(&stored.trace());
    if context.json {
        let body =
            json!({"run": runs::run_json(&stored), "spans": spans.iter().map(span_json).collect::<Vec<_>>()});
        context.document("proto.trace/1", body)?;
        return Ok(Exit::Done);
    }
    head(&stored, context)?;
    if let Some(root) = spans.first() {
        tree(&spans, root, 0, root.started_ns, context)?;
    }
    messages(&stored, context)?;
    Ok(Exit::Done)
}

fn head(stored: &StoredRun, context: &mut Context<'_>) -> Result<(), CommandError> {
    let run = &stored.run;
    let version = format!("{}@{}", stored.version, stored.label);
    let whose = [format!("run {}", run.id), version, format!("case {}", run.key.case_id)];
    write!(context.out, "{}", formats::flow(&whose, "  ", context.layout))?;
    let mut facts = vec![run.status.name().to_owned()];
    facts.extend(run.error.as_ref().map(|error| format!("{}: {}", error.kind, error.message)));
    facts.extend(run.latency.map(|time| format!("latency {}", numbers::seconds(time.as_secs_f64()))));
    facts.extend(run.ttft.map(|time| format!("first token {}", numbers::seconds(time.as_secs_f64()))));
    facts.push(format!("queue {}", numbers::seconds(run.queue.as_secs_f64())));
    if !run.backoff.is_zero() {
        facts.push(format!("back-off {}", numbers::seconds(run.backoff.as_secs_f64())));
    }
    for (several, what) in [(run.calls.len(), "call"), (run.attempts.len(), "attempt")] {
        if several > 1 {
            facts.push(counted(several as u64, what));
        }
    }
    if let (Some(input), Some(output)) = (run.usage.input, run.usage.output) {
        facts.push(format!("{input} tokens in, {output} out"));
    }
    facts.push(
        run.cost
            .cost
            .map_or_else(|| "cost ?".to_owned(), |cost| format!("cost {}", numbers::usd(cost.usd()))),
    );
    writeln!(context.out, "{}", formats::flow(&facts, " · ", context.layout))?;
    Ok(())
}

fn tree(
    spans: &[Span],
    span: &Span,
    depth: usize,
    start: i64,
    context: &mut Context<'_>,
) -> Result<(), CommandError> {
    let seconds = |ns: i64| numbers::seconds(ns as f64 / 1e9);
    let layout = formats::Layout { color: false, ..context.layout };
    let indent = "  ".repeat(depth);
    let name = numbers::clip(&format!("{indent}{}", span.name), NAME);
    let (at, took) = (seconds(span.started_ns - start), seconds(span.ended_ns - span.started_ns));
    let mut line = format!("{name:<NAME$} +{at:<9} {took}");
    if let SpanStatus::Error(why) = &span.status {
        let beside = format!("{line}  ERROR {why}");
        let fits = formats::width(&beside) <= layout.width;
        let below = || formats::sentence(&format!("{indent}  ERROR"), depth * 2 + 8, why, layout);
        line = if fits { beside } else { format!("{line}\n{}", below().trim_end()) };
    }
    writeln!(context.out, "{line}")?;
    for event in &span.events {
        let what: Vec<String> =
            event.attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        let text = format!("{} +{}  {}", event.name, seconds(event.at_ns - start), what.join(" "));
        write!(context.out, "{}", formats::sentence(&format!("{indent}  ·"), depth * 2 + 4, &text, layout))?;
    }
    let children: Vec<&Span> = spans.iter().filter(|other| other.parent == Some(span.span_id)).collect();
    for child in children {
        tree(spans, child, depth + 1, start, context)?;
    }
    Ok(())
}

fn messages(stored: &StoredRun, context: &mut Context<'_>) -> Result<(), CommandError> {
    for message in &stored.run.messages {
        writeln!(context.out, "\n[{}]", message.role.name())?;
        for part in &message.parts {
            match part {
                Part::Text(text) => writeln!(context.out, "{text}")?,
                Part::Attachment(attachment) => writeln!(context.out, "{attachment}")?,
                Part::Thought(thought) => thought_line(thought, context)?,
                Part::ToolCall(call) => tool_call(call, context)?,
                Part::ToolResult { content, .. } => writeln!(context.out, "{content}")?,
            }
        }
    }
    if let Some(completion) = &stored.run.completion {
        writeln!(context.out, "\n[answer]")?;
        for part in &completion.parts {
            if let Part::Thought(thought) = part {
                thought_line(thought, context)?;
            }
        }
        writeln!(context.out, "{}", completion.text)?;
        for call in &completion.tool_calls {
            tool_call(call, context)?;
        }
    }
    for score in &stored.scores {
        let line = formats::score_line(score);
        writeln!(context.out, "\n{line}")?;
    }
    Ok(())
}

fn thought_line(thought: &Thought, context: &mut Context<'_>) -> Result<(), CommandError> {
    let text = if thought.text.is_empty() { "(hidden)" } else { &thought.text };
    writeln!(context.out, "thought {text}")?;
    Ok(())
}

fn tool_call(call: &ToolCall, context: &mut Context<'_>) -> Result<(), CommandError> {
    writeln!(context.out, "tool call {} {}", call.name, call.arguments)?;
    Ok(())
}

fn span_json(span: &Span) -> Value {
    let id = |id: SpanId| id.to_string();
    json!({
        "trace_id": span.trace_id.to_string(), "span_id": id(span.span_id), "parent_span_id": span.parent.map(id),
        "name": span.name, "kind": format!("{:?}", span.kind).to_uppercase(), "started_ns": span.started_ns,
        "ended_ns": span.ended_ns, "status": span.status.name(), "attributes": span.attributes,
        "events": span.events.iter().map(|event| json!({
            "name": event.name, "at_ns": event.at_ns, "attributes": event.attributes})).collect::<Vec<_>>(),
    })
}
