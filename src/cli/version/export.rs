//! `proto version export`: a registered version as an experiment file with its prompt files, from its closure; a program's
//! files, a recording and the images and files of a prompt are copied from where they lie.
//! What is written is read back: it lowers to the same hash, or the command fails.
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::super::context::Context;
use super::super::error::CommandError;
use super::super::{Exit, place, references};
use super::args::opened;
use super::recorded;
use crate::domain::{Map, MessageKind, Target, Version};
use crate::providers::PROVIDERS;
use crate::spec::{self, LoadOptions, closure};
use crate::stores::{Reader, RunFilter, StoredVersion};

mod attached;
mod carried;
use carried::{Carried, carried};

/// The file's name.
const FILE: &str = "experiment.yaml";
/// Where prompts lie.
const PROMPTS: &str = "prompts";

/// Texts to write, by their path in the folder.
type Files = Vec<(PathBuf, String)>;

/// Exports it.
pub(super) fn run(
    reference: &str,
    out: &Path,
    from: Option<&Path>,
    context: &mut Context<'_>,
) -> Result<Exit, CommandError> {
    let (mut reader, known) = opened(context)?;
    let stored = known.find(reference).map_err(|error| references::refused(&error))?;
    let name = plain(&stored.name);
    let version = closure::version_from_closure(&name, &stored.closure)
        .map_err(|error| CommandError::input(error.to_string()))?;
    let recorded = recorded::of(reader.as_mut(), &stored.name, &stored.hash)?;
    let from = from.map(|from| context.folder.join(from));
    let carried = carried(&version, stored, from.as_deref(), &recorded, &place::project(context))?;
    // Deep enough that a file of `../app` stays inside.
    let home = std::iter::repeat_n("in", carried.up).fold(PathBuf::from(out), |f, n| f.join(n));
    let folder = context.folder.join(&home);
    let (messages, files) = prompts(&version)?;
    let mut document = document(&version, stored, messages);
    document.insert("dataset".to_owned(), json!({"cases": [example(reader.as_mut(), &version)?]}));
    let yaml = serde_yaml::to_string(&Value::Object(document))
        .map_err(|error| CommandError::world(format!("cannot write YAML: {error}")))?;
    let head = format!("# {}@{} of `{}`, {}\n", stored.name, stored.label, stored.project, stored.hash);
    for (path, text) in files.iter().chain([&(PathBuf::from(FILE), head + &yaml)]) {
        write(&folder.join(path), text)?;
    }
    copy(&carried, &folder)?;
    let file = folder.join(FILE);
    read_back(&file, &name, stored, context)?;
    if name != stored.name {
        context.say(&format!("`{}` is made by a matrix; the file calls it `{name}`", stored.name))?;
    }
    if context.json {
        let body = json!({"version": stored.name, "label": stored.label.to_string(), "hash": stored.hash.to_string(),
                          "file": file.display().to_string()});
        context.document("proto.versions/1", body)?;
    } else {
        writeln!(context.out, "{}", home.join(FILE).display())?;
    }
    Ok(Exit::Done)
}

/// A name that a file may declare: `short[temperature=0]` of a matrix becomes `short-temperature-0`. No part of a hash.
fn plain(name: &str) -> String {
    let parts = name.split(|c: char| !c.is_alphanumeric() && !"_.-@+".contains(c));
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// The messages as the file names them, and every text by its path.
fn prompts(version: &Version) -> Result<(Vec<Value>, Files), CommandError> {
    let up = version.includes.iter().map(|(name, _)| name.matches("../").count()).max().unwrap_or(0);
    // Deep enough that an include of `../tone.md` stays inside.
    let folder = std::iter::repeat_n("in", up * version.includes.len().min(8))
        .fold(PathBuf::from(PROMPTS), |f, n| f.join(n));
    let (mut messages, mut files) = (Vec::new(), Vec::new());
    for (i, message) in version.messages.iter().enumerate() {
        if let Some(kind) = message.kind.name().filter(|_| message.kind != MessageKind::Text) {
            let text = match (message.kind, &message.fixed) {
                (MessageKind::Attachment(kind), Some(fixed)) => attached::name(kind, fixed),
                _ => message.text.clone(),
            };
            add(&mut messages, message.kind, json!({ kind: text }));
            continue;
        }
        let path = folder.join(format!("{}-{}.md", i + 1, message.role.name()));
        let begins_with_a_file = version.messages.get(i + 1).is_some_and(|next| next.kind.is_part());
        if message.text.is_empty() && message.kind == MessageKind::Message && begins_with_a_file {
            messages.push(json!({"role": message.role.name(), "content": []}));
            continue;
        }
        let shown = path.display().to_string();
        match message.kind {
            MessageKind::Message => messages.push(json!({"role": message.role.name(), "content": shown})),
            kind => add(&mut messages, kind, json!({"text": shown})),
        }
        files.push((path, message.text.clone()));
    }
    let mut at = 0;
    while at < files.len() {
        let (path, text) = files[at].clone();
        let from = path.parent().unwrap_or(Path::new("")).to_path_buf();
        for (name, included) in &version.includes {
            if !text.contains(&format!("\"{name}\"")) && !text.contains(&format!("'{name}'")) {
                continue;
            }
            let path = joined(&from, name).ok_or_else(|| {
                CommandError::input(format!("the include `{name}` would lie outside the export"))
            })?;
            if !files.iter().any(|(known, _)| *known == path) {
                files.push((path, included.clone()));
            }
        }
        at += 1;
    }
    Ok((messages, files))
}

/// Adds what the file writes for an entry: a message of its own, or a part of the one before.
fn add(messages: &mut Vec<Value>, kind: MessageKind, entry: Value) {
    let content = messages.last_mut().filter(|_| kind.is_part()).and_then(|last| last.get_mut("content"));
    match content {
        Some(Value::Array(parts)) => parts.push(entry),
        Some(text) => *text = json!([{"text": text.clone()}, entry]),
        None => messages.push(entry),
    }
}

/// A relative path with its `..` resolved; `None` when it leads out or is absolute.
fn joined(from: &Path, name: &str) -> Option<PathBuf> {
    let mut path = from.to_path_buf();
    for part in Path::new(name).components() {
        match part {
            std::path::Component::Normal(part) => path.push(part),
            std::path::Component::CurDir => {}
            std::path::Component::ParentDir if path.pop() => {}
            _ => return None,
        }
    }
    Some(path)
}

/// The experiment file but its dataset.
fn document(version: &Version, stored: &StoredVersion, messages: Vec<Value>) -> Map {
    let mut body = Map::new();
    for key in ["params", "tools", "tool_choice", "response_schema", "stream", "max_turns", "http"] {
        body.extend(stored.closure.get(key).map(|value| (key.to_owned(), value.clone())));
    }
    if let Some(command) = stored.closure.get("command").and_then(Value::as_object) {
        body.extend(command.iter().map(|(key, value)| match key.as_str() {
            "argv" => ("command".to_owned(), value.clone()),
            "files" => (
                "files".to_owned(),
                value.as_object().into_iter().flatten().map(|(name, _)| json!(name)).collect(),
            ),
            key => (key.to_owned(), value.clone()),
        }));
    }
    if matches!(version.target, Target::Replay { .. }) {
        body.insert("replay".to_owned(), json!(carried::RECORDING));
    }
    if !messages.is_empty() {
        body.insert("messages".to_owned(), Value::Array(messages));
    }
    for (key, value) in [("description", json!(version.description)), ("tags", json!(stored.tags))] {
        body.extend((!value.is_null() && value != json!([])).then(|| (key.to_owned(), value)));
    }
    let mut document = Map::new();
    document.insert("project".to_owned(), json!(stored.project));
    if let Target::Model { provider, model } = &version.target {
        body.insert("model".to_owned(), json!(format!("{provider}/{model}")));
        if PROVIDERS.find(provider).is_none() {
            // Its address is no part of a version: whoever runs it says where it is.
            let anywhere =
                json!({"type": "openai", "base_url": "http://127.0.0.1:8000/v1", "api_key_env": null});
            document.insert("providers".to_owned(), json!({ provider: anywhere }));
        }
    }
    document.insert("versions".to_owned(), json!({ version.name.as_str(): body }));
    document
}

/// A case to begin with: one it answered, else its variables.
fn example(reader: &mut dyn Reader, version: &Version) -> Result<Value, CommandError> {
    let mut case = None;
    let filter = RunFilter { version_hash: Some(version.hash), limit: Some(1), ..RunFilter::default() };
    reader.runs(&filter, &mut |run| {
        case = Some(run.case);
        Ok(())
    })?;
    let mut row = Map::from_iter([("id".to_owned(), json!("example"))]);
    match case {
        Some(case) => {
            row.extend(case.inputs.clone());
            row.extend(case.expected.map(|expected| ("expected".to_owned(), expected)));
        }
        None => {
            let variables = closure::input_variables(version).into_iter().flatten();
            row.extend(variables.map(|variable| (variable.name, json!("…"))));
        }
    }
    Ok(Value::Object(row))
}

/// Copies what the version needs, permissions and all; nothing is overwritten.
fn copy(carried: &Carried, folder: &Path) -> Result<(), CommandError> {
    for (from, name) in &carried.files {
        let to = folder.join(name);
        // The file is made first, so that one that is there is an error.
        write(&to, "")?;
        fs::copy(from, &to)
            .map_err(|error| CommandError::world(format!("cannot write `{}`: {error}", to.display())))?;
    }
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    let failed = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            CommandError::input(format!("`{}` is there already", path.display())).hint("name an empty folder")
        }
        _ => CommandError::world(format!("cannot write `{}`: {error}", path.display())),
    };
    fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).map_err(failed)?;
    let mut file = fs::File::create_new(path).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)
}

/// What was written is the version, or an error.
fn read_back(
    file: &Path,
    name: &str,
    stored: &StoredVersion,
    context: &Context<'_>,
) -> Result<(), CommandError> {
    let options = LoadOptions { working: context.folder.clone(), ..LoadOptions::default() };
    let lost = |why: String| CommandError::world(format!("the exported file is not the version: {why}"));
    let loaded = spec::load(file, &options).map_err(|errors| lost(errors.render(false)))?;
    match loaded.experiment.version(name) {
        Some(version) if version.hash == stored.hash => Ok(()),
        _ => Err(lost(format!("its hash is not {}", stored.hash))),
    }
}
