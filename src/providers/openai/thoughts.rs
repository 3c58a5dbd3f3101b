//! Thoughts of chat completions: fields beside the text, in which the services that speak the protocol differ; OpenAI
//! itself gives none. They go back as they came: some refuse the next call without them, and some a bare text that led
//! to no tool call.
use serde_json::{Map, Value, json};

use crate::providers::growing::{Growing, append};

/// The field of a tool call that marks it (Gemini's signature, through its compatible address).
pub(super) const MARK: &str = "extra_content";
/// The key the fields of a message are known by.
const MESSAGE: &str = "message";
/// Fields that are one text.
const TEXTS: [&str; 2] = ["reasoning_content", "reasoning"];
/// Fields that are lists of pieces.
const LISTS: [&str; 2] = ["reasoning_details", "thinking_blocks"];
/// Fields of a piece that come in parts.
const GROWING: [&str; 5] = ["text", "summary", "thinking", "data", "signature"];

/// Takes those of a message, or of a delta of one. An empty text is kept: DeepSeek wants it back too.
pub(super) fn take(growing: &mut Growing, delta: &Value, whole: bool) {
    let texts = TEXTS.iter().filter_map(|field| Some((*field, delta.get(*field)?.as_str()?)));
    let texts: Vec<(&str, &str)> = texts.collect();
    let lists = LISTS.iter().filter_map(|field| Some((*field, delta.get(*field)?.as_array()?)));
    let lists: Vec<(&str, &Vec<Value>)> = lists.filter(|(_, pieces)| !pieces.is_empty()).collect();
    if texts.is_empty() && lists.is_empty() {
        return;
    }
    if growing.open_thought(MESSAGE).is_none() {
        growing.think(MESSAGE, Value::Object(Map::new()), said);
    }
    let Some(fields) = growing.open_thought(MESSAGE) else { return };
    for (field, part) in &texts {
        if fields.get(*field).is_none() {
            fields[*field] = json!("");
        }
        append(fields, field, part);
    }
    for (field, pieces) in lists {
        if fields.get(field).is_none() {
            fields[field] = json!([]);
        }
        if let Some(list) = fields[field].as_array_mut() {
            pieces.iter().for_each(|piece| add(list, piece, whole));
        }
    }
    texts.iter().for_each(|(_, part)| growing.thought(part));
}

/// The fields of a message that goes back, which `calls` tools or does not.
pub(super) fn back(fields: &Map<String, Value>, calls: bool) -> Map<String, Value> {
    let goes = |name: &str| name != MARK && (calls || !TEXTS.contains(&name));
    fields.iter().filter(|(name, _)| goes(name)).map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Takes the mark of a tool call that follows.
pub(super) fn mark(growing: &mut Growing, call: &Value) {
    if let Some(mark) = call.get(MARK).filter(|mark| mark.is_object()) {
        growing.think(MARK, json!({MARK: mark}), said);
    }
}

/// A piece, or in a stream more of the last one: until its signature came, and where it says so of the same index.
fn add(list: &mut Vec<Value>, piece: &Value, whole: bool) {
    let same = |last: &&mut Value| {
        ["type", "index"].iter().all(|key| last.get(*key) == piece.get(*key))
            && last["signature"].as_str().is_none_or(str::is_empty)
    };
    let Some(last) = list.last_mut().filter(same).filter(|_| !whole) else {
        return list.push(piece.clone());
    };
    for field in GROWING {
        append(last, field, piece.get(field).and_then(Value::as_str).unwrap_or_default());
    }
}

/// What people may read of it.
fn said(fields: &Value) -> String {
    let text = TEXTS.iter().find_map(|field| fields.get(*field)?.as_str());
    let pieces = || LISTS.iter().filter_map(|field| fields.get(*field)?.as_array()).flatten();
    let of = |piece: &Value| {
        ["text", "summary", "thinking"]
            .iter()
            .find_map(|field| piece.get(*field)?.as_str())
            .map(str::to_owned)
    };
    text.map_or_else(|| pieces().filter_map(of).collect(), str::to_owned)
}
