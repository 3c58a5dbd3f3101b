//! Rows of YAML files: the two shapes of JSON files, anchors and merge keys resolved. Read whole, so limited in size.
use std::io::Read as _;
use std::sync::Arc;

use saphyr_parser::{Event, Parser};
use serde_json::{Number, Value};
use serde_yaml::Value as Yaml;

use super::json_rows::{LISTS, SHAPE};
use super::lines::LIMIT;
use super::source::{Input, Sink, hand_on, skip_mark};
use super::{DatasetError, Place};

/// Reads a list of rows.
pub(super) fn read(mut input: Input, sink: &mut Sink<'_>) -> Result<(), DatasetError> {
    skip_mark(&mut input)?;
    let file = Arc::clone(&input.file);
    let place = |line: Option<usize>, row: usize| Place { file: Arc::clone(&file), line, row };
    let malformed = |line, row, column, message: String| DatasetError::Malformed {
        place: place(line, row),
        column,
        message,
    };
    let text = text(input)?;
    let mut yaml: Yaml = serde_yaml::from_str(&text).map_err(|error| {
        let at = error.location();
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        let (line, column) = at.map_or((1, None), |at| (at.line(), Some(at.column())));
        malformed(Some(line), 0, column, message)
    })?;
    yaml.apply_merge().map_err(|error| malformed(Some(1), 0, None, error.to_string()))?;
    let Some(Found { key, rows }) = rows(yaml).map_err(|message| malformed(Some(1), 0, None, message))?
    else {
        return Ok(());
    };
    let lines = item_lines(&text, key);
    for (index, row) in rows.into_iter().enumerate() {
        let line = lines.get(index).copied();
        let value = json(row).map_err(|message| malformed(line, index + 1, None, message))?;
        hand_on(place(line, index + 1), value, sink)?;
    }
    Ok(())
}

fn text(input: Input) -> Result<String, DatasetError> {
    let place = Place { file: Arc::clone(&input.file), line: Some(1), row: 0 };
    let mut bytes = Vec::new();
    let mut bounded = input.reader.take(LIMIT as u64 + 1);
    bounded.read_to_end(&mut bytes).map_err(|error| DatasetError::Unreadable {
        file: Arc::clone(&place.file),
        reason: error.to_string(),
    })?;
    if bytes.len() > LIMIT {
        return Err(DatasetError::TooLong { place, unit: "YAML file" });
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        DatasetError::NotText { place: Place { line: Some(line), ..place }, byte: before.len() - start + 1 }
    })
}

/// The rows of a document and the key they stand under, if any.
struct Found {
    key: Option<&'static str>,
    rows: Vec<Yaml>,
}

/// `None` for a document without contents.
fn rows(yaml: Yaml) -> Result<Option<Found>, String> {
    let mut map = match yaml {
        Yaml::Null => return Ok(None),
        Yaml::Sequence(rows) => return Ok(Some(Found { key: None, rows })),
        Yaml::Mapping(map) => map,
        _ => return Err(format!("expected {SHAPE}")),
    };
    let mut found = LISTS.into_iter().filter_map(|key| map.remove(key).map(|rows| (key, rows)));
    match (found.next(), found.next()) {
        (Some((first, _)), Some((second, _))) => Err(format!("both `{first}` and `{second}` hold rows")),
        (Some((key, Yaml::Sequence(rows))), None) => Ok(Some(Found { key: Some(key), rows })),
        (Some((key, _)), None) => Err(format!("`{key}` must be a list of objects")),
        (None, _) => Err(format!("expected {SHAPE}")),
    }
}

/// As JSON: keys become texts; what JSON cannot say is an error.
fn json(yaml: Yaml) -> Result<Value, String> {
    Ok(match yaml {
        Yaml::Null => Value::Null,
        Yaml::Bool(value) => Value::Bool(value),
        Yaml::String(text) => Value::String(text),
        Yaml::Number(number) => {
            let whole = number.as_i64().map(Number::from).or_else(|| number.as_u64().map(Number::from));
            let any = whole.or_else(|| number.as_f64().and_then(Number::from_f64));
            Value::Number(any.ok_or_else(|| format!("`{number}` is no number that JSON knows; quote it"))?)
        }
        Yaml::Sequence(items) => items.into_iter().map(json).collect::<Result<_, _>>()?,
        Yaml::Mapping(map) => map
            .into_iter()
            .map(|(key, value)| Ok((key_text(key)?, json(value)?)))
            .collect::<Result<_, String>>()
            .map(Value::Object)?,
        Yaml::Tagged(tagged) => return Err(format!("the tag `{}` means nothing here", tagged.tag)),
    })
}

fn key_text(key: Yaml) -> Result<String, String> {
    match key {
        Yaml::String(text) => Ok(text),
        Yaml::Number(number) => Ok(number.to_string()),
        Yaml::Bool(value) => Ok(value.to_string()),
        Yaml::Null => Ok("null".to_owned()),
        _ => Err("a field's name must be a text".to_owned()),
    }
}

/// The line each item of the list starts on: the YAML reader's values have no positions, its events have.
fn item_lines(text: &str, key: Option<&str>) -> Vec<usize> {
    let (mut depth, mut lines) = (0_usize, Vec::new());
    // The list is found at depth 0, or at depth 1 after its key.
    let list_depth = usize::from(key.is_some());
    let (mut inside, mut after_key) = (false, key.is_none());
    for event in Parser::new_from_str(text) {
        let Ok((event, span)) = event else { break };
        let opens = matches!(event, Event::SequenceStart(..) | Event::MappingStart(..));
        let item = opens || matches!(event, Event::Scalar(..) | Event::Alias(..));
        if inside && item && depth == list_depth + 1 {
            lines.push(span.start.line());
        } else if !inside && after_key && depth == list_depth && matches!(event, Event::SequenceStart(..)) {
            inside = true;
        } else if !inside && item && depth == list_depth && key.is_some() {
            after_key = matches!(&event, Event::Scalar(name, ..) if Some(name.as_ref()) == key);
        }
        match event {
            _ if opens => depth += 1,
            Event::SequenceEnd | Event::MappingEnd => {
                depth = depth.saturating_sub(1);
                if inside && depth == list_depth {
                    break;
                }
            }
            _ => {}
        }
    }
    lines
}
