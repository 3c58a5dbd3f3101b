//! Thoughts of chat completions: fields beside the text, in which the services that speak the protocol differ; OpenAI
//! itself gives none. They go back as they came: some refuse the next call without them, and some a bare text that led
//! to no tool call. Mistral's stand in the list of its content, between the texts.
use serde_json::{Map, Value, json};

use crate::domain::Thought;
use crate::providers::growing::{Growing, append};

/// The field of a tool call that marks it (Gemini's signature, through its compatible address).
pub(super) const MARK: &str = "extra_content";
/// The key the fields of a message are known by.
const MESSAGE: &str = "message";
/// The key of what stands in a list of content and is no text.
const CHUNK: &str = "chunk";
/// Types of such parts, by the name of the field that says what was thought.
const THINKING: [&str; 2] = ["thinking", "reasoning"];
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

/// Takes the mark of the tool call with that number, whichever of its parts brings it.
pub(super) fn mark(growing: &mut Growing, number: usize, call: &Value) {
    if let Some(mark) = call.get(MARK).filter(|mark| mark.is_object()) {
        growing.mark_call(number, MARK, json!({MARK: mark}), said);
    }
}

/// The text of a part of a list of content, where it is one of the answer.
pub(super) fn answered(part: &Value) -> Option<&str> {
    let thinks = part.get("type").and_then(Value::as_str).is_some_and(|kind| THINKING.contains(&kind));
    part.get("text").and_then(Value::as_str).filter(|_| !thinks)
}

/// Takes a part of a list of content that is no text: thinking, in a stream piece by piece, or what the service alone
/// understands.
pub(super) fn take_chunk(growing: &mut Growing, part: &Value, whole: bool) {
    let is_more = |last: &&mut Value| {
        !whole
            && last["type"] == part["type"]
            && part["type"].as_str().is_some_and(|kind| THINKING.contains(&kind))
    };
    match growing.last_thought(CHUNK).filter(is_more) {
        Some(last) => {
            grow(last, part);
            growing.thought(&chunk_said(part));
        }
        None => growing.think(CHUNK, part.clone(), chunk_said),
    }
}

/// The part of a list of content that a thought is, where it is one.
pub(super) fn chunk(thought: &Thought) -> Option<&Value> {
    Some(&thought.raw).filter(|raw| raw.get("type").is_some_and(Value::is_string))
}

/// More of a part: its texts and lists go on, anything else is what came last.
fn grow(chunk: &mut Value, part: &Value) {
    for (name, value) in part.as_object().into_iter().flatten() {
        match (&mut chunk[name], value) {
            (Value::Array(list), Value::Array(pieces)) => {
                pieces.iter().for_each(|piece| add(list, piece, false));
            }
            (Value::String(text), Value::String(more)) if name != "type" => text.push_str(more),
            (slot, value) => *slot = value.clone(),
        }
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

/// What people may read of a part of a list of content.
fn chunk_said(part: &Value) -> String {
    let texts = |list: &Vec<Value>| list.iter().filter_map(|piece| piece.get("text")?.as_str()).collect();
    let said = |field: &str| match part.get(field)? {
        Value::String(text) => Some(text.clone()),
        Value::Array(list) => Some(texts(list)),
        _ => None,
    };
    THINKING.into_iter().chain(["text"]).find_map(said).unwrap_or_default()
}
