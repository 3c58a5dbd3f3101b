//! Where rows come from: opens each file, chooses the format by its extension, hands rows on. Keeps none of them.
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;

use super::{DatasetError, Place, csv_rows, json_rows, lines, yaml_rows};
use crate::domain::{Map, Origin, SourceSpec};

/// What is done with each row; an error ends the reading.
pub(super) type Sink<'a> = dyn FnMut(Place, Map) -> Result<(), DatasetError> + 'a;

/// A file as the readers of formats take it.
pub(super) struct Input {
    pub(super) file: Arc<str>,
    pub(super) reader: BufReader<File>,
}

impl Input {
    pub(super) fn unreadable(&self, reason: &impl ToString) -> DatasetError {
        DatasetError::Unreadable { file: Arc::clone(&self.file), reason: reason.to_string() }
    }
}

/// Every row of the source, in order. In csv and tsv files an empty cell of an `optional` column is no field at all.
pub(super) fn read(
    source: &SourceSpec,
    origin: &Origin,
    optional: &[&str],
    sink: &mut Sink<'_>,
) -> Result<(), DatasetError> {
    match source {
        SourceSpec::Files(paths) => paths.iter().try_for_each(|path| read_file(path, optional, sink)),
        SourceSpec::Inline(rows) => {
            let file: Arc<str> = Arc::from(origin.file.as_str());
            rows.iter().enumerate().try_for_each(|(index, row)| {
                let place = Place { file: Arc::clone(&file), line: None, row: index + 1 };
                hand_on(place, row.clone(), sink)
            })
        }
    }
}

fn read_file(path: &Path, optional: &[&str], sink: &mut Sink<'_>) -> Result<(), DatasetError> {
    let input = open(path)?;
    let kind = extension(path);
    match kind.as_str() {
        "jsonl" | "ndjson" => json_rows::read_lines(input, sink),
        "csv" => csv_rows::read(input, b',', optional, sink),
        "tsv" => csv_rows::read(input, b'\t', optional, sink),
        "json" => json_rows::read_list(input, sink),
        "yaml" | "yml" => yaml_rows::read(input, sink),
        _ => Err(DatasetError::Format { file: input.file, kind }),
    }
}

fn extension(path: &Path) -> String {
    path.extension().map(|text| text.to_string_lossy().to_lowercase()).unwrap_or_default()
}

fn open(path: &Path) -> Result<Input, DatasetError> {
    const COMPRESSED: [&str; 5] = ["gz", "zst", "bz2", "xz", "zip"];
    const GZIP: &[u8] = &[0x1F, 0x8B];
    let file: Arc<str> = Arc::from(path.display().to_string());
    let unreadable = |reason: String| DatasetError::Unreadable { file: Arc::clone(&file), reason };
    let opened = File::open(path).map_err(|error| unreadable(error.to_string()))?;
    let metadata = opened.metadata().map_err(|error| unreadable(error.to_string()))?;
    if metadata.is_dir() {
        return Err(unreadable(
            "it is a folder; name its files, `FOLDER/*.jsonl` for all of a kind".to_owned(),
        ));
    }
    let mut reader = BufReader::with_capacity(1 << 16, opened);
    let start = reader.fill_buf().map_err(|error| unreadable(error.to_string()))?;
    if start.starts_with(GZIP) || COMPRESSED.contains(&extension(path).as_str()) {
        return Err(DatasetError::Compressed { file });
    }
    Ok(Input { file, reader })
}

/// Past the byte order mark, for formats that are not read line by line.
pub(super) fn skip_mark(input: &mut Input) -> Result<(), DatasetError> {
    let marked = match input.reader.fill_buf() {
        Ok(start) => start.starts_with(lines::BOM),
        Err(error) => return Err(input.unreadable(&error)),
    };
    if marked {
        input.reader.consume(lines::BOM.len());
    }
    Ok(())
}

/// Hands a value on as a row, if it is one.
pub(super) fn hand_on(place: Place, row: Value, sink: &mut Sink<'_>) -> Result<(), DatasetError> {
    match row {
        Value::Object(map) => sink(place, map),
        other => Err(DatasetError::NotAnObject { place, found: kind(&other) }),
    }
}

/// What a value is, in words.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
