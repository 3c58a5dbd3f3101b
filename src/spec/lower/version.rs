//! One merged version into `domain::Version`.
use super::super::closure;
use super::super::keys::VERSION;
use super::super::yaml::Node;
use super::context::Lowering;
use super::fields::Fields;
use super::providers::Providers;
use super::versions::Candidate;
use crate::domain::{Digest, Map, Target, Version};

/// Turns of the tool loop when nobody says.
const DEFAULT_TURNS: u32 = 8;

/// What versions are lowered against.
#[derive(Debug)]
pub(super) struct Shared {
    /// The layer under every version.
    pub base: Node,
    /// The field that holds the reference answer.
    pub expected: String,
}

impl Lowering<'_> {
    /// One version; `None` after an error that leaves nothing to build.
    pub(super) fn version(
        &mut self,
        candidate: &Candidate,
        shared: &Shared,
        providers: &Providers,
    ) -> Option<Version> {
        let node = self.over_base(&shared.base, candidate)?;
        let path = format!("versions.{}", candidate.name);
        self.origins.record(&path, &node);
        let fields = self.fields(&VERSION, &node, candidate.span);
        let mut target = self.target(&candidate.name, &fields, providers);
        let (messages, includes) = self.prompt(candidate, &fields, &shared.expected);
        if let Some(Target::Command(command)) = &mut target {
            command.files = self.command_files(&fields, command);
        }
        let tools = self.tools(&fields);
        let deadlines = self.deadlines(&fields);
        let mut version = Version {
            name: candidate.name.clone(),
            hash: Digest::of(&[]),
            signature_hash: Digest::of(&[]),
            closure: serde_json::Value::Null,
            description: fields.text("description"),
            tags: fields.texts("tags").unwrap_or_default(),
            metadata: without_nulls(fields.open("metadata")),
            target: target?,
            messages,
            includes,
            params: without_nulls(fields.open("params")),
            tools,
            tool_choice: fields.value("tool_choice").cloned(),
            response_schema: self.response_schema(&fields),
            stream: fields.flag("stream").unwrap_or(false),
            max_turns: fields.int("max_turns").unwrap_or(DEFAULT_TURNS),
            timeout: deadlines.0,
            run_timeout: deadlines.1,
            cost_per_run: fields.money("cost_per_run_usd"),
        };
        closure::seal(&mut version);
        Some(version)
    }

    /// A response schema that is one.
    fn response_schema(&mut self, fields: &Fields) -> Option<serde_json::Value> {
        let schema = fields.value("response_schema")?;
        if let Err(error) = jsonschema::validator_for(schema) {
            let span = fields.span("response_schema").unwrap_or_default();
            let at = error.instance_path().to_string();
            let at = if at.is_empty() { String::new() } else { format!(" at `{at}`") };
            self.error(span, format!("`response_schema` is not a JSON Schema{at}: {error}"));
        }
        Some(schema.clone())
    }
}

/// Rule 1: null deletes.
fn without_nulls(map: Option<Map>) -> Map {
    map.unwrap_or_default().into_iter().filter(|(_, value)| !value.is_null()).collect()
}
