//! A simulated model that looks things up: it calls its first tool as often as it is told, before it answers what the
//! person said. The arguments are the case's inputs of those names, else something the tool's schema admits.
use serde_json::{Value, json};

use super::draw::Stream;
use crate::domain::{Map, Part, Role, ToolCall};
use crate::providers::Call;

/// The call it makes now, if any. `rate` is the share of a person's messages that are answered with one first.
pub(super) fn call(call: &Call<'_>, rate: f64) -> Option<ToolCall> {
    let tool = call.version.tools.first()?;
    // What a tool has just said is answered in words.
    call.messages.last().filter(|last| last.role == Role::User)?;
    let turns = call.messages.iter().filter(|message| message.role == Role::User).count() as u64;
    let (repeat, turn) = (call.repeat.to_be_bytes(), turns.to_be_bytes());
    let mut own = Stream::new(
        "tool",
        call.seed,
        &[call.version.hash.as_bytes(), call.case.id.as_bytes(), &repeat, &turn],
    );
    (own.uniform() < rate).then(|| {
        let parts = call.messages.iter().flat_map(|message| &message.parts);
        let calls = parts.filter(|part| matches!(part, Part::ToolCall(_))).count();
        let arguments = arguments(&tool.parameters, &call.case.inputs);
        ToolCall { id: format!("call_{calls}"), name: tool.name.clone(), arguments }
    })
}

/// One value a property the schema requires or the case has an input for.
fn arguments(schema: &Value, inputs: &Map) -> Value {
    let required = |name: &str| {
        schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name))
    };
    let properties = schema["properties"].as_object().into_iter().flatten();
    let argument = |(name, schema): (&String, &Value)| {
        let given = inputs.get(name).cloned();
        let value = given.or_else(|| required(name).then(|| admitted(schema)))?;
        Some((name.clone(), value))
    };
    Value::Object(properties.filter_map(argument).collect())
}

/// Something a schema admits, by its choices or its type.
fn admitted(schema: &Value) -> Value {
    let first = ["const", "default"].iter().find_map(|key| schema.get(*key)).or(schema["enum"].get(0));
    first.cloned().unwrap_or_else(|| match schema["type"].as_str() {
        Some("number" | "integer") => json!(0),
        Some("boolean") => json!(false),
        Some("array") => json!([]),
        Some("object") => json!({}),
        _ => json!("x"),
    })
}
