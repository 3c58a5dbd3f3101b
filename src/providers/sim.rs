//! Simulated models: answers, latencies, failures and costs drawn from declared distributions, the same in every run
//! with the same seed. For demos, tests and for calibrating the statistics; every report that holds one says so.
//! `sim/` holds the settings, the random numbers and what tools are asked. The only provider that may look at `case.expected`.
mod draw;
mod settings;
#[cfg(test)]
mod tests;
mod tools;

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::{
    Case, Completion, Endpoint, ErrorType, FinishReason, Message, Part, Reply, Target, Usage, Version,
};
use crate::registry::Row;

use super::{Call, Declared, Failure, InstantAnswer, Member, Provider, ProviderKind, Refusal, Remark, Wire};
use draw::Stream;
use settings::Settings;

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "sim",
    aliases: &[],
    doc: "simulated models with declared accuracy, latency and price",
    keys: &[],
    make: Member { make, base_url: None, api_key_env: None, access: None, kind: ProviderKind::Simulated },
};

/// The share of the latency after which the first token comes.
const TTFT_SHARE: f64 = 0.25;

/// Longest latency that is drawn, in seconds: the tail of a wide lognormal has no end.
const MAX_LATENCY_S: f64 = 3600.0;

/// Characters of a token of input, roughly.
const CHARS_PER_TOKEN: usize = 4;

/// The translator; the same for every simulated model.
#[derive(Debug)]
pub struct Sim;

/// Builds it.
///
/// # Errors
/// None; the signature is the table's.
pub fn make(_: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    Ok(Arc::new(Sim))
}

impl Provider for Sim {
    fn check(&self, version: &Version) -> Vec<Remark> {
        Settings::read(&version.params).err().unwrap_or_default()
    }

    fn declared(&self, version: &Version) -> Option<Declared> {
        let settings = Settings::read(&version.params).ok()?;
        // The mean of a lognormal distribution, of which the median is given.
        let mean = settings.latency_s * (settings.latency_sigma.powi(2) / 2.0).exp();
        Some(Declared { output_tokens: settings.output_tokens, latency_s: mean.min(MAX_LATENCY_S) })
    }

    fn encode(&self, call: &Call<'_>) -> Result<Wire, Refusal> {
        let settings = Settings::read(&call.version.params).map_err(|remarks| {
            let first = remarks.into_iter().next();
            first.map_or_else(
                || Refusal { key: None, message: "wrong parameters".to_owned() },
                |remark| Refusal { key: Some(remark.key), message: remark.message },
            )
        })?;
        Ok(Wire::Instant(Box::new(answer(call, &settings))))
    }

    fn decode(&self, _: &Reply) -> Result<Completion, Failure> {
        Err(Failure::new(ErrorType::Malformed, "a simulated model sends nothing and receives nothing"))
    }
}

/// Draws one run. What a case shares between versions comes from its own stream of random numbers, everything else
/// from the run's; the order of the draws is part of what a seed means.
fn answer(call: &Call<'_>, settings: &Settings) -> InstantAnswer {
    let shared = Stream::new("case", call.seed, &[call.case.id.as_bytes()]).normal();
    let repeat = call.repeat.to_be_bytes();
    let mut own =
        Stream::new("run", call.seed, &[call.version.hash.as_bytes(), call.case.id.as_bytes(), &repeat]);
    let ability = settings.correlation.sqrt() * shared + (1.0 - settings.correlation).sqrt() * own.normal();
    let correct = draw::phi(ability) < settings.accuracy;
    let seconds = (settings.latency_s * (settings.latency_sigma * own.normal()).exp()).min(MAX_LATENCY_S);
    let fails = own.uniform() < settings.error_rate;
    let result = if fails {
        Err(Failure::new(ErrorType::Simulated, "a simulated failure"))
    } else {
        Ok(match tools::call(call, settings.tool_rate) {
            Some(asked) => Completion {
                tool_calls: vec![asked],
                finish_reason: Some(FinishReason::ToolCalls),
                ..completion(call, settings, String::new())
            },
            None => completion(call, settings, text(call, correct, &mut own)),
        })
    };
    InstantAnswer {
        result,
        latency: Duration::from_secs_f64(seconds),
        ttft: (!fails && call.version.stream).then(|| Duration::from_secs_f64(seconds * TTFT_SHARE)),
        sleep: settings.sleep,
    }
}

fn completion(call: &Call<'_>, settings: &Settings, text: String) -> Completion {
    let characters: usize = call.messages.iter().map(characters).sum();
    let input = characters.div_ceil(CHARS_PER_TOKEN).max(1);
    let usage = Usage { input: Some(input as u64), output: Some(settings.output_tokens), ..Usage::default() };
    let Target::Model { model, .. } = &call.version.target else { return Completion::default() };
    Completion {
        text,
        finish_reason: Some(FinishReason::Stop),
        usage,
        model: Some(model.clone()),
        cost: settings.price.cost(&usage).filter(|_| call.version.cost_per_run.is_none()),
        metadata: [("simulated".to_owned(), json!(true))].into_iter().collect(),
        ..Completion::default()
    }
}

fn characters(message: &Message) -> usize {
    let of_part = |part: &Part| match part {
        Part::Text(text) => text.chars().count(),
        // What an image or a file counts for differs from model to model: nothing here.
        Part::Attachment(_) | Part::Thought(_) => 0,
        Part::ToolCall(call) => call.arguments.to_string().chars().count(),
        Part::ToolResult { content, .. } => content.chars().count(),
    };
    message.parts.iter().map(of_part).sum()
}

/// The expected answer, or one that is not it.
fn text(call: &Call<'_>, correct: bool, own: &mut Stream) -> String {
    let expected = expected(call.case);
    match (correct, &expected) {
        (true, Some(expected)) => expected.clone(),
        (true, None) => "a simulated answer".to_owned(),
        (false, expected) => wrong(call.wrong, expected.as_deref(), own),
    }
}

fn expected(case: &Case) -> Option<String> {
    Some(match case.expected.as_ref()? {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    })
}

/// An answer another case expects, from a random place on the first that differs; so frequent answers are frequent.
fn wrong(others: &[Arc<str>], expected: Option<&str>, own: &mut Stream) -> String {
    let plain = |text: &str| text.trim().to_lowercase();
    let expected = expected.map(plain);
    let differs = |text: &str| expected.as_deref() != Some(plain(text).as_str());
    let start = own.below(others.len());
    let (before, after) = others.split_at(start);
    let found = after.iter().chain(before).find(|text| differs(text)).map(ToString::to_string);
    let spare = ["a simulated wrong answer", "another simulated wrong answer"];
    found.unwrap_or_else(|| spare.into_iter().find(|text| differs(text)).unwrap_or_default().to_owned())
}
