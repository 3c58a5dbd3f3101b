//! Closure -> version: how a stored version runs again after its file changed. Strict: a closure that would not come
//! out the same is refused, since it would run as something else than what was measured.
use std::path::PathBuf;

use serde_json::Value;

use super::{ClosureError, SCHEMA, seal};
use crate::domain::{
    Command, Digest, FixedFile, HttpTarget, Map, MessageKind, MessageTemplate, Role, Target, ToolSpec,
    Version,
};
use crate::template::ENGINE_ID;

/// The version a closure describes, sealed. What lies outside the hash is empty: description, tags, metadata, timeout,
/// cost. So are a command's folder and a recording's path, which the caller knows; a command's files are those of
/// today, and `Command::files` says what they should be.
///
/// # Errors
/// The layout, the template engine or a part is not known to this build, or the closure was altered.
pub fn version_from_closure(name: &str, closure: &Value) -> Result<Version, ClosureError> {
    let mut parts = Parts::of("", closure)?;
    let found = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
    match found(parts.get("schema")) {
        schema if schema == SCHEMA => {}
        found => return Err(ClosureError::Schema { found }),
    }
    match found(parts.get("engine")) {
        engine if engine == ENGINE_ID => {}
        found => return Err(ClosureError::Engine { found }),
    }
    let mut version = Version {
        name: name.to_owned(),
        hash: Digest::of(b""),
        signature_hash: Digest::of(b""),
        closure: Value::Null,
        description: None,
        tags: Vec::new(),
        metadata: Map::new(),
        messages: messages(name, parts.list("messages")?)?,
        includes: parts.texts("includes")?,
        target: target(&mut parts)?,
        params: parts.map("params")?.cloned().unwrap_or_default(),
        tools: parts.list("tools")?.iter().enumerate().map(tool).collect::<Result<_, _>>()?,
        tool_choice: parts.get("tool_choice").cloned(),
        response_schema: parts.get("response_schema").cloned(),
        stream: parts.flag("stream")?,
        max_turns: match parts.get("max_turns") {
            None => 1,
            Some(turns) => {
                let turns = turns.as_u64().and_then(|turns| u32::try_from(turns).ok());
                turns.ok_or_else(|| parts.shape("max_turns", "a whole number"))?
            }
        },
        timeout: None,
        run_timeout: None,
        cost_per_run: None,
    };
    parts.finish()?;
    seal(&mut version);
    if version.hash == Digest::of_json(closure) { Ok(version) } else { Err(ClosureError::Altered) }
}

fn messages(version: &str, list: &[Value]) -> Result<Vec<MessageTemplate>, ClosureError> {
    let message = |(index, value): (usize, &Value)| {
        let mut parts = Parts::of(&format!("messages[{index}]"), value)?;
        let origin = format!("{version}.messages[{index}]");
        for kind in MessageKind::PARTS.into_iter().filter(|_| value.get("role").is_none()) {
            if let Some((text, fixed)) = part(&mut parts, kind)? {
                parts.finish()?;
                return Ok(MessageTemplate { kind, role: Role::User, text, origin, fixed });
            }
        }
        for kind in MessageKind::FIELDS {
            if let Some(field) = kind.name().map(|key| parts.optional_text(key)).transpose()?.flatten() {
                parts.finish()?;
                return Ok(MessageTemplate { kind, role: Role::User, text: field, origin, fixed: None });
            }
        }
        let role = Role::parse(&parts.text("role")?).ok_or_else(|| parts.shape("role", "a role"))?;
        let text = parts.text("text")?;
        parts.finish()?;
        Ok(MessageTemplate { kind: MessageKind::Message, role, text, origin, fixed: None })
    };
    list.iter().enumerate().map(message).collect()
}

/// A part of the message before: its text, or the hash of its file, which stands for its path until that is known.
fn part(
    parts: &mut Parts<'_>,
    kind: MessageKind,
) -> Result<Option<(String, Option<FixedFile>)>, ClosureError> {
    let Some(key) = kind.name() else { return Ok(None) };
    let Some(value) = parts.get(key).filter(|value| value.is_object()) else {
        return Ok(parts.optional_text(key)?.map(|text| (text, None)));
    };
    let mut inner = Parts::of(key, value)?;
    let content = inner.text("content")?;
    let digest = Digest::from_hex(&content).ok_or_else(|| inner.shape("content", "a SHA-256"))?;
    let media_type = inner.text("media_type")?;
    inner.finish()?;
    Ok(Some((content, Some(FixedFile { digest, media_type }))))
}

fn tool((index, value): (usize, &Value)) -> Result<ToolSpec, ClosureError> {
    let mut parts = Parts::of(&format!("tools[{index}]"), value)?;
    let name = parts.text("name")?;
    let description = parts.optional_text("description")?;
    let parameters = parts.get("parameters").cloned().ok_or_else(|| parts.shape("parameters", "a schema"))?;
    let mock = parts.get("mock").cloned();
    parts.finish()?;
    Ok(ToolSpec { name, description, parameters, mock })
}

fn target(parts: &mut Parts<'_>) -> Result<Target, ClosureError> {
    if let Some(value) = parts.get("command") {
        return command(value).map(Target::Command);
    }
    if let Some(value) = parts.get("http") {
        return http(value).map(Target::Http);
    }
    if let Some(value) = parts.get("replay") {
        let mut inner = Parts::of("replay", value)?;
        let content = inner.text("content")?;
        let digest = Digest::from_hex(&content).ok_or_else(|| inner.shape("content", "a SHA-256"))?;
        inner.finish()?;
        return Ok(Target::Replay { path: PathBuf::new(), digest });
    }
    Ok(Target::Model { provider: parts.text("provider")?, model: parts.text("model")? })
}

fn command(value: &Value) -> Result<Command, ClosureError> {
    let mut parts = Parts::of("command", value)?;
    let words = parts.list("argv")?.iter().map(|word| word.as_str().map(str::to_owned));
    let argv = words.collect::<Option<Vec<_>>>().filter(|words| !words.is_empty());
    let argv = argv.ok_or_else(|| parts.shape("argv", "a list of texts"))?;
    let files = parts.texts("files")?.into_iter();
    let files = files.map(|(name, text)| Digest::from_hex(&text).map(|digest| (name, digest)));
    let files =
        files.collect::<Option<Vec<_>>>().ok_or_else(|| parts.shape("files", "a mapping of SHA-256"))?;
    let (env, persistent) = (parts.texts("env")?, parts.flag("persistent")?);
    parts.finish()?;
    Ok(Command { argv, env, cwd: PathBuf::new(), persistent, files })
}

fn http(value: &Value) -> Result<HttpTarget, ClosureError> {
    let mut parts = Parts::of("http", value)?;
    let http = HttpTarget {
        url: parts.text("url")?,
        method: parts.text("method")?,
        headers: parts.texts("headers")?,
        body: parts.get("body").cloned(),
        output: parts.optional_text("output")?,
        usage: parts.texts("usage")?,
    };
    parts.finish()?;
    Ok(http)
}

/// An object whose every key must be asked for.
struct Parts<'v> {
    path: String,
    map: &'v Map,
    asked: Vec<&'static str>,
}

impl<'v> Parts<'v> {
    fn of(path: &str, value: &'v Value) -> Result<Self, ClosureError> {
        let shape = || ClosureError::Shape { key: path.to_owned(), expected: "an object" };
        let map = value.as_object().ok_or_else(shape)?;
        Ok(Self { path: path.to_owned(), map, asked: Vec::new() })
    }

    fn get(&mut self, key: &'static str) -> Option<&'v Value> {
        self.asked.push(key);
        self.map.get(key)
    }

    fn text(&mut self, key: &'static str) -> Result<String, ClosureError> {
        self.optional_text(key)?.ok_or_else(|| self.shape(key, "a text"))
    }

    fn optional_text(&mut self, key: &'static str) -> Result<Option<String>, ClosureError> {
        let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| self.shape(key, "a text"));
        let found = self.map.get(key).map(text).transpose();
        self.asked.push(key);
        found
    }

    fn flag(&mut self, key: &'static str) -> Result<bool, ClosureError> {
        match self.get(key) {
            None => Ok(false),
            Some(value) => value.as_bool().ok_or_else(|| self.shape(key, "true or false")),
        }
    }

    fn list(&mut self, key: &'static str) -> Result<&'v [Value], ClosureError> {
        match self.get(key) {
            None => Ok(&[]),
            Some(value) => value.as_array().map(Vec::as_slice).ok_or_else(|| self.shape(key, "a list")),
        }
    }

    fn map(&mut self, key: &'static str) -> Result<Option<&'v Map>, ClosureError> {
        match self.get(key) {
            None => Ok(None),
            Some(value) => value.as_object().map(Some).ok_or_else(|| self.shape(key, "an object")),
        }
    }

    fn texts(&mut self, key: &'static str) -> Result<Vec<(String, String)>, ClosureError> {
        let pairs = self.map(key)?.into_iter().flatten();
        let pairs = pairs.map(|(name, value)| value.as_str().map(|text| (name.clone(), text.to_owned())));
        pairs.collect::<Option<_>>().ok_or_else(|| self.shape(key, "a mapping of texts"))
    }

    fn key(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    fn shape(&self, key: &str, expected: &'static str) -> ClosureError {
        ClosureError::Shape { key: self.key(key), expected }
    }

    fn finish(self) -> Result<(), ClosureError> {
        match self.map.keys().find(|key| !self.asked.contains(&key.as_str())) {
            Some(key) => Err(ClosureError::Unknown { key: self.key(key) }),
            None => Ok(()),
        }
    }
}
