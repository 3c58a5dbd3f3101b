//! Recorded replies as a version: no network, the same answers every time. The text is JSON lines, one reply each:
//!
//! ```json
//! {"version": "v", "case_id": "c1", "repeat": 0, "output": "billing", "latency_ms": 812, "ttft_ms": 240, "usage": {"input_tokens": 31, "output_tokens": 2}}
//! {"case_id": "c2", "reply": {"choices": [{"message": {"content": "bug"}, "finish_reason": "stop"}]}, "status": 200, "latency_ms": 640}
//! ```
//! `output` is the answer; `reply` is a body as an API sent it, read as OpenAI's protocol (`status` may make it a
//! failure). A line without `version` answers every version, one without `repeat` every repeat; the more exact line
//! wins. Recorded latency is labelled in the answer's metadata (`latency: recorded`).
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::domain::{Completion, Endpoint, FinishReason, Map, Reply};
use crate::registry::{Key, Kind, Row, nearest};

use super::{Call, Failure, InstantAnswer, Member, Provider, ProviderKind, Refusal, Wire, counted, openai};

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "replay",
    aliases: &[],
    doc: "recorded replies from a file of JSON lines",
    keys: KEYS,
    make: Member { make, base_url: None, api_key_env: None, access: None, kind: ProviderKind::Own },
};

/// Settings, as an endpoint may carry them.
const KEYS: &[Key] = &[Key::required("replies", Kind::TextOrFile, "JSON lines, one recorded reply each")];

/// The keys of a line.
const LINE: &[&str] =
    &["version", "case_id", "repeat", "output", "reply", "status", "latency_ms", "ttft_ms", "usage", "model"];

/// Longest latency a line may hold, in milliseconds: a day.
const MAX_MS: f64 = 86_400_000.0;

/// Which runs a line answers.
type Match = (Option<String>, String, Option<u32>);

/// The recorded replies.
#[derive(Debug)]
pub struct Replay {
    answers: HashMap<Match, InstantAnswer>,
}

/// Builds it from an endpoint whose `replies` option holds the text.
///
/// # Errors
/// There is no such option, or as [`make_replay`].
pub fn make(endpoint: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    let text = endpoint.options.get("replies").and_then(Value::as_str);
    make_replay(text.ok_or_else(|| refuse("`replay` needs the recorded replies".to_owned()))?)
}

/// Builds it from the text of a file of recorded replies.
///
/// # Errors
/// A line cannot be read, or two lines answer the same run; the message names the line.
pub fn make_replay(text: &str) -> Result<Arc<dyn Provider>, Refusal> {
    Replay::from_text(text).map(|replay| Arc::new(replay) as Arc<dyn Provider>)
}

impl Replay {
    /// Reads the lines; blank ones are passed over.
    ///
    /// # Errors
    /// A line cannot be read, two lines answer the same run, or there is no line at all.
    pub fn from_text(text: &str) -> Result<Self, Refusal> {
        let mut answers = HashMap::new();
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let wrong = |message: String| refuse(format!("line {number}: {message}"));
            let object: Map =
                serde_json::from_str(line).map_err(|error| wrong(format!("not a JSON object: {error}")))?;
            let (key, answer) = read(&object).map_err(wrong)?;
            if answers.insert(key, answer).is_some() {
                return Err(wrong("an earlier line answers the same run".to_owned()));
            }
        }
        if answers.is_empty() {
            return Err(refuse("there is no recorded reply".to_owned()));
        }
        Ok(Self { answers })
    }

    /// The most exact line for a run: version and repeat, version, repeat, neither.
    fn find(&self, version: &str, case: &str, repeat: u32) -> Option<&InstantAnswer> {
        let versions = [Some(version.to_owned()), None];
        versions.into_iter().find_map(|version| {
            [Some(repeat), None]
                .into_iter()
                .find_map(|repeat| self.answers.get(&(version.clone(), case.to_owned(), repeat)))
        })
    }
}

impl Provider for Replay {
    fn encode(&self, call: &Call<'_>) -> Result<Wire, Refusal> {
        let (version, case) = (&call.version.name, &call.case.id);
        let answer = self.find(version, case, call.repeat).ok_or_else(|| {
            refuse(format!(
                "no recorded reply for version `{version}`, case `{case}`, repeat {}",
                call.repeat
            ))
        })?;
        Ok(Wire::Instant(Box::new(answer.clone())))
    }

    fn decode(&self, reply: &Reply) -> Result<Completion, Failure> {
        openai::decode(reply)
    }
}

/// One line: which runs it answers, and how.
fn read(line: &Map) -> Result<(Match, InstantAnswer), String> {
    if let Some(key) = line.keys().find(|key| !LINE.contains(&key.as_str())) {
        let hint =
            nearest(key, LINE.iter().copied()).map_or_else(String::new, |k| format!(", did you mean `{k}`?"));
        return Err(format!("unknown key `{key}`{hint}"));
    }
    let case = text(line, "case_id")?.ok_or("`case_id` is missing")?;
    let repeat = match line.get("repeat") {
        None | Some(Value::Null) => None,
        Some(value) => {
            let number = value.as_u64().and_then(|n| u32::try_from(n).ok());
            Some(number.ok_or("`repeat` is not a whole number from 0")?)
        }
    };
    let latency = millis(line, "latency_ms")?.ok_or("`latency_ms` is missing")?;
    let ttft = millis(line, "ttft_ms")?.map(|ttft| ttft.min(latency));
    let result = result(line)?.map(labelled);
    Ok(((text(line, "version")?, case, repeat), InstantAnswer { result, latency, ttft, sleep: false }))
}

fn result(line: &Map) -> Result<Result<Completion, Failure>, String> {
    let written = line.get("usage").filter(|usage| !usage.is_null());
    let counts = written.map(|usage| counted::usage(Some(usage))).transpose()?;
    match (line.get("output"), line.get("reply")) {
        (Some(_), Some(_)) => Err("`output` and `reply` exclude each other".to_owned()),
        (None, None) => Err("one of `output` and `reply` is needed".to_owned()),
        (Some(output), None) => Ok(Ok(Completion {
            text: output.as_str().map_or_else(|| output.to_string(), str::to_owned),
            finish_reason: Some(FinishReason::Stop),
            usage: counts.unwrap_or_default(),
            model: text(line, "model")?,
            ..Completion::default()
        })),
        (None, Some(body)) => {
            let status =
                line.get("status").map_or(Some(200), Value::as_u64).and_then(|n| u16::try_from(n).ok());
            let status = status.filter(|n| (100..600).contains(n)).ok_or("`status` is not an HTTP status")?;
            let body = body.as_str().map_or_else(|| body.to_string(), str::to_owned).into_bytes();
            let read = openai::decode(&Reply::Http { status, headers: Vec::new(), body });
            Ok(read.map(|answer| Completion { usage: counts.unwrap_or(answer.usage), ..answer }))
        }
    }
}

fn labelled(mut answer: Completion) -> Completion {
    answer.metadata.insert("latency".to_owned(), json!("recorded"));
    answer
}

fn text(line: &Map, key: &str) -> Result<Option<String>, String> {
    match line.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{key}` is not a text")),
    }
}

fn millis(line: &Map, key: &str) -> Result<Option<Duration>, String> {
    let Some(value) = line.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
    let ms = value.as_f64().filter(|ms| (0.0..=MAX_MS).contains(ms));
    ms.map(|ms| Some(Duration::from_secs_f64(ms / 1000.0)))
        .ok_or_else(|| format!("`{key}` is not a number of milliseconds"))
}

fn refuse(message: String) -> Refusal {
    Refusal { key: Some("replay".to_owned()), message }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ErrorType, Target, Usage};
    use crate::providers::sample;

    const TEXT: &str = r#"
{"case_id": "c1", "output": "any", "latency_ms": 5}
{"case_id": "c1", "version": "v", "output": {"a": 1}, "latency_ms": 812.5, "ttft_ms": 240, "usage": {"input_tokens": 31}}
{"case_id": "c2", "reply": {"error": {"message": "slow down"}}, "status": 429, "latency_ms": 1}
{"case_id": "c3", "reply": {"model": "m", "choices": [{"message": {"content": "bug"}, "finish_reason": "stop"}]}, "latency_ms": 1}
"#;

    fn answer(text: &str, version: &str, case: &str) -> Result<InstantAnswer, Refusal> {
        let mut of = sample::version(Target::Replay {
            path: "r.jsonl".into(),
            digest: crate::domain::Digest::of(b""),
        });
        of.name = version.into();
        let case = sample::case(case, json!({}), None);
        match make_replay(text)?.encode(&sample::call(&of, &case, &[]))? {
            Wire::Instant(answer) => Ok(*answer),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_most_exact_line_answers_with_its_own_latency() {
        let exact = answer(TEXT, "v", "c1").unwrap();
        assert_eq!(
            (exact.latency, exact.ttft),
            (Duration::from_micros(812_500), Some(Duration::from_millis(240)))
        );
        let completion = exact.result.unwrap();
        assert_eq!(completion.text, r#"{"a":1}"#);
        assert_eq!(completion.usage, Usage { input: Some(31), ..Usage::default() });
        assert_eq!(completion.metadata["latency"], json!("recorded"));
        assert_eq!(answer(TEXT, "other", "c1").unwrap().result.unwrap().text, "any");
    }

    #[test]
    fn a_wire_reply_is_read_as_the_api_sent_it() {
        assert_eq!(answer(TEXT, "v", "c3").unwrap().result.unwrap().model.as_deref(), Some("m"));
        let failed = answer(TEXT, "v", "c2").unwrap().result.unwrap_err();
        assert_eq!(failed, Failure::new(ErrorType::Status(429), "slow down"));
    }

    #[test]
    fn a_run_that_was_not_recorded_is_refused_by_name() {
        let refusal = answer(TEXT, "v", "c9").unwrap_err();
        assert_eq!(refusal.message, "no recorded reply for version `v`, case `c9`, repeat 0");
    }

    #[test]
    fn a_wrong_line_is_named() {
        let says = |text: &str| Replay::from_text(text).unwrap_err().message;
        assert_eq!(says("\n\n"), "there is no recorded reply");
        assert!(says("{}\n").starts_with("line 1: `case_id`"));
        assert!(says("\n{\"case\": 1}").ends_with("unknown key `case`"));
        assert!(says("{\"case_id\":\"a\",\"latency\":1}").ends_with("did you mean `latency_ms`?"));
        assert!(says("{\"case_id\":\"a\",\"output\":\"x\",\"latency_ms\":-1}").contains("milliseconds"));
        let line = "{\"case_id\":\"a\",\"output\":\"x\",\"latency_ms\":1}\n";
        assert_eq!(says(&line.repeat(2)), "line 2: an earlier line answers the same run");
    }
}
