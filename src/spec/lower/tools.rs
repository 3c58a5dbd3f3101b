//! `tools`: files or descriptions in place, in any of the spellings APIs use, into tool specifications.
use serde_json::{Value as Json, json};

use super::super::keys::TOOL;
use super::super::yaml::{Node, Span};
use super::context::Lowering;
use super::fields::Fields;
use crate::domain::ToolSpec;

impl Lowering<'_> {
    /// The tools of a version, in order.
    pub(super) fn tools(&mut self, fields: &Fields) -> Vec<ToolSpec> {
        let Some(node) = fields.node("tools").cloned() else { return Vec::new() };
        let mut tools: Vec<ToolSpec> = Vec::new();
        for item in self.items("tools", &node, "{ file: tools/search.json }") {
            for tool in self.tool(&item) {
                if tools.iter().any(|known| known.name == tool.name) {
                    self.error(item.span, format!("two tools are called `{}`", tool.name));
                } else {
                    tools.push(tool);
                }
            }
        }
        tools
    }

    fn tool(&mut self, item: &Node) -> Vec<ToolSpec> {
        if let Some(path) = item.as_text().map(str::to_owned) {
            let value = self.file_value(item, &path);
            return value.map(|value| self.described(&value, item.span)).unwrap_or_default();
        }
        let fields = self.fields(&TOOL, item, item.span);
        let tools = match fields.value("file") {
            Some(value) => self.described(&value.clone(), fields.span("file").unwrap_or(item.span)),
            None if fields.span("file").is_some() || item.is_invalid() => Vec::new(),
            None => self.described(&in_place(&fields), item.span),
        };
        let mock = fields.node("mock").cloned().and_then(|node| self.mock(&node));
        tools.into_iter().map(|tool| ToolSpec { mock: mock.clone(), ..tool }).collect()
    }

    /// Mocked answers: a file of them, or the value written here. Whether they can answer is found while planning.
    fn mock(&mut self, node: &Node) -> Option<Json> {
        let Some(text) = node.as_text().map(str::to_owned) else {
            return (!node.is_invalid()).then(|| node.to_json());
        };
        let written = self.text_or_file("mock", node)?;
        if written.file.is_some() { self.file_value(node, &text) } else { Some(Json::String(written.text)) }
    }

    /// One tool or a list of them.
    fn described(&mut self, value: &Json, span: Span) -> Vec<ToolSpec> {
        let values = match value {
            Json::Array(values) => values.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut tools = Vec::new();
        for value in values {
            match spec(value) {
                Some(tool) => tools.push(tool),
                None => self.error_hint(
                    span,
                    "this does not describe a tool",
                    "a tool has a `name`, a `description` and `parameters` (a JSON Schema)",
                ),
            }
        }
        tools
    }
}

/// What a mapping in the experiment file says of a tool.
fn in_place(fields: &Fields) -> Json {
    let mut tool = json!({});
    for name in ["name", "description", "parameters"] {
        if let Some(value) = fields.value(name) {
            tool[name] = value.clone();
        }
    }
    tool
}

/// A tool as OpenAI (`{type, function: {…}}`), Anthropic (`input_schema`) or MCP (`inputSchema`) write it.
fn spec(value: &Json) -> Option<ToolSpec> {
    let body = value.get("function").unwrap_or(value);
    let schema = ["parameters", "input_schema", "inputSchema"].iter().find_map(|name| body.get(*name));
    Some(ToolSpec {
        name: body.get("name")?.as_str().filter(|name| !name.is_empty())?.to_owned(),
        description: body.get("description").and_then(Json::as_str).map(str::to_owned),
        parameters: schema.cloned().unwrap_or_else(|| json!({"type": "object", "properties": {}})),
        mock: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_tool_is_read() {
        let schema = json!({"type": "object", "properties": {"id": {"type": "string"}}});
        for value in [
            json!({"type": "function", "function": {"name": "f", "description": "d", "parameters": schema}}),
            json!({"name": "f", "description": "d", "parameters": schema}),
            json!({"name": "f", "description": "d", "input_schema": schema}),
            json!({"name": "f", "description": "d", "inputSchema": schema}),
        ] {
            let tool = spec(&value).unwrap();
            assert_eq!(
                (tool.name.as_str(), tool.description.as_deref(), &tool.parameters),
                ("f", Some("d"), &schema)
            );
        }
        assert_eq!(spec(&json!({"description": "d"})), None);
    }
}
