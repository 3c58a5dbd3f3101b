//! Reads a judge's reply. Whatever cannot be read without a doubt is *failed*: an unreadable judge says nothing of
//! the answer it was asked about, so it is never a zero.
use serde_json::Value;

use crate::domain::{Map, Verdict};
use crate::evaluators::options::shortened;

/// How many places of a reply are tried as the beginning of a JSON object.
const TRIES: usize = 64;

/// The verdict in a reply.
pub(super) fn verdict(text: &str, choices: &[(String, f64)]) -> Verdict {
    let text = text.trim();
    if text.is_empty() {
        return Verdict::Failed("the judge's reply is empty".to_owned());
    }
    let objects = match serde_json::from_str::<Value>(text) {
        Ok(Value::Object(map)) => vec![map],
        _ => objects(text),
    };
    let mut chosen: Vec<(&(String, f64), Option<String>)> = Vec::new();
    for map in objects.iter().filter(|map| map.contains_key("choice")) {
        let label = map.get("choice").map(as_text).unwrap_or_default();
        let Some(choice) = find(&label, choices) else {
            return Verdict::Failed(format!(
                "the judge chose `{}`, which is no choice",
                shortened(&label, 80)
            ));
        };
        let explanation = map.get("explanation").and_then(Value::as_str).map(str::to_owned);
        chosen.push((choice, explanation.filter(|text| !text.trim().is_empty())));
    }
    // A bare label is as clear as an object.
    if chosen.is_empty()
        && let Some(choice) = find(text.trim_matches(['"', '.', '`', '*']), choices)
    {
        chosen.push((choice, None));
    }
    match chosen.split_last() {
        None => Verdict::Failed(format!("the judge's reply cannot be read: `{}`", shortened(text, 200))),
        Some((last, others)) if others.iter().any(|(choice, _)| choice.0 != last.0.0) => {
            Verdict::Failed("the judge's reply names several choices".to_owned())
        }
        Some(((choice, explanation), _)) => scored(choice, explanation.clone(), choices),
    }
}

/// Passes and fails are known where every choice is worth all or nothing.
fn scored(choice: &(String, f64), explanation: Option<String>, choices: &[(String, f64)]) -> Verdict {
    let (label, score) = choice;
    let all_or_nothing = choices.iter().all(|(_, score)| *score == 0.0 || *score == 1.0);
    let passed = all_or_nothing.then_some(*score == 1.0);
    Verdict::Scored { score: *score, passed, label: Some(label.clone()), explanation }
}

/// The choice of that label; case only matters between choices that differ in nothing else.
fn find<'c>(label: &str, choices: &'c [(String, f64)]) -> Option<&'c (String, f64)> {
    let label = label.trim();
    let exact = choices.iter().find(|(name, _)| name.trim() == label);
    exact.or_else(|| {
        let lower = label.to_lowercase();
        let mut alike = choices.iter().filter(|(name, _)| name.trim().to_lowercase() == lower);
        alike.next().filter(|_| alike.next().is_none())
    })
}

/// The JSON objects within a text (a code fence, a preamble), outermost ones only.
fn objects(text: &str) -> Vec<Map> {
    let (mut found, mut at) = (Vec::new(), 0);
    for _ in 0..TRIES {
        let Some(start) = text[at..].find('{').map(|offset| at + offset) else { break };
        let mut stream = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Map>();
        at = match stream.next() {
            Some(Ok(map)) => {
                found.push(map);
                start + stream.byte_offset().max(1)
            }
            _ => start + 1,
        };
    }
    found
}

/// A choice such as `1` or `true` may come as a number or truth value.
fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
