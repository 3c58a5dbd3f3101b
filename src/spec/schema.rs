//! The JSON Schema of the experiment file (draft 2020-12), written from the key table and the families' tables: for
//! completion in editors. What it refuses, `load` refuses too; what it cannot say, `load` says better.
use serde_json::{Map as JsonMap, Value, json};

use super::keys::{
    DATASET, EVALUATOR, EXPERIMENT, Field, MATRIX, PROVIDER, SAMPLE, Section, Shape, TOOL, VERSION,
};
use crate::registry::{Key, Kind, Table};
use crate::{evaluators, providers};

/// The schema of the build's own tables.
#[must_use]
pub fn schema() -> Value {
    schema_of(&providers::PROVIDERS, &evaluators::EVALUATORS)
}

/// The schema of an experiment file with these providers and evaluators.
#[must_use]
pub fn schema_of(
    providers: &'static Table<providers::Member>,
    evaluators: &'static Table<evaluators::Member>,
) -> Value {
    let mut root = section(&EXPERIMENT);
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("proto experiment");
    root["properties"]["providers"]["additionalProperties"] = provider(providers);
    root["$defs"] = definitions(evaluators);
    root
}

/// A mapping with a section's keys and no others.
fn section(section: &Section) -> Value {
    object(section.fields, &[])
}

fn object(fields: &[Field], extra: &[Key]) -> Value {
    let mut properties = JsonMap::new();
    for field in fields {
        properties.insert(field.key.name.to_owned(), described(shape(field), field.key.doc));
    }
    for key in extra {
        properties.insert(key.name.to_owned(), described(kind(key.kind), key.doc));
    }
    let required: Vec<&str> = fields
        .iter()
        .map(|field| &field.key)
        .chain(extra)
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn described(mut schema: Value, doc: &str) -> Value {
    schema["description"] = json!(doc);
    schema
}

fn shape(field: &Field) -> Value {
    match field.shape {
        Shape::Plain => nullable(kind(field.key.kind), field.key.required),
        Shape::Open => json!({"type": ["object", "null"]}),
        Shape::One(one) => nullable(section(one), field.key.required),
        Shape::Each(each) => json!({"type": ["object", "null"], "additionalProperties": section(each)}),
        Shape::Own(name) => json!({"$ref": format!("#/$defs/{name}")}),
    }
}

/// A key that may be left out may be null too: null deletes.
fn nullable(mut schema: Value, required: bool) -> Value {
    if !required {
        match schema.get("type").cloned() {
            Some(Value::String(name)) => schema["type"] = json!([name, "null"]),
            Some(Value::Array(mut names)) => {
                names.push(json!("null"));
                schema["type"] = Value::Array(names);
            }
            _ => {}
        }
        if let Some(Value::Array(choices)) = schema.get_mut("enum") {
            choices.push(Value::Null);
        }
    }
    schema
}

/// What a kind of value looks like in YAML.
fn kind(kind: Kind) -> Value {
    const DURATION: &str = r"^\s*[0-9.]+\s*(ms|s|m|h)\s*$";
    match kind {
        Kind::Text | Kind::Template | Kind::Expression => json!({"type": ["string", "number", "boolean"]}),
        Kind::Path | Kind::File | Kind::TextOrFile => json!({"type": "string"}),
        Kind::FileOrValue | Kind::Any => json!({}),
        Kind::Bool => json!({"type": "boolean"}),
        Kind::Int(low, high) => bounded("integer", json!(low), json!(high), low > i64::MIN, high < i64::MAX),
        Kind::Number(low, high) => {
            bounded("number", json!(low), json!(high), low.is_finite(), high.is_finite())
        }
        Kind::Duration => json!({"type": "string", "pattern": DURATION}),
        Kind::Choice(words) => {
            let mut choices: Vec<Value> = words.iter().map(|word| json!(word)).collect();
            // The words YAML reads as booleans are written without quotes.
            choices.extend(words.iter().filter_map(|word| word.parse::<bool>().ok()).map(Value::Bool));
            json!({"enum": choices})
        }
        Kind::Texts => {
            let text = json!({"type": ["string", "number", "boolean"]});
            json!({"type": ["array", "string", "number", "boolean"], "items": text})
        }
        Kind::Numbers => json!({"type": "object", "additionalProperties": {"type": "number"}}),
        Kind::Map(keys) => object(&[], keys),
    }
}

fn bounded(name: &str, low: Value, high: Value, has_low: bool, has_high: bool) -> Value {
    let mut schema = json!({"type": name});
    if has_low {
        schema["minimum"] = low;
    }
    if has_high {
        schema["maximum"] = high;
    }
    schema
}

/// An entry of `providers:`: the common keys and those of every row, since the row depends on `type`.
fn provider(table: &'static Table<providers::Member>) -> Value {
    let mut schema = section(&PROVIDER);
    for row in table.rows {
        for key in row.keys {
            schema["properties"][key.name] = described(kind(key.kind), key.doc);
        }
    }
    let names: Vec<&str> = table.names().collect();
    schema["properties"]["type"]["enum"] = json!(names);
    if let Some(kinds) = schema["properties"]["type"].as_object_mut() {
        kinds.remove("type");
    }
    schema["properties"]["api_key_env"]["type"] = json!(["string", "null"]);
    json!({"anyOf": [schema, {"type": "null"}]})
}

/// The shapes with readers of their own.
fn definitions(evaluators: &'static Table<evaluators::Member>) -> Value {
    let texts = json!({"type": ["object", "null"], "additionalProperties": {"type": ["string", "number", "boolean", "null"]}});
    let paths = json!({"type": ["string", "array"], "items": {"type": "string"}});
    let mut version = section(&VERSION);
    version["description"] = json!("A version: prompt, model and parameters, or a program");
    json!({
        "dataset": {"anyOf": [paths, section(&DATASET)]},
        "cases": {"type": "array", "items": {"type": "object"}},
        "sample": {"anyOf": [{"type": "integer", "minimum": 1}, section(&SAMPLE), {"type": "null"}]},
        "slices": {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
        "texts": texts,
        "body": {},
        "mock": {},
        "versions": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"anyOf": [{"type": ["string", "null"]}, version]},
        },
        "messages": messages(),
        "tools": {"anyOf": [
            {"type": "array", "items": {"anyOf": [{"type": "string"}, section(&TOOL)]}},
            {"type": "null"},
        ]},
        "matrix": {"type": ["array", "null"], "items": section(&MATRIX)},
        "set": {"type": "object", "additionalProperties": {"type": "array", "minItems": 1}},
        "concurrency": {"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1}, {"type": "null"}]},
        "gates": {"type": ["array", "null"], "items": {"type": "string"}},
        "references": {"type": ["object", "null"], "additionalProperties": {"type": ["number", "string"]}},
        "pass": {"type": ["string", "number", "null"]},
        "evaluators": evaluators_schema(evaluators),
    })
}

fn messages() -> Value {
    let part = json!({
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": false,
        "properties": {
            "text": {"type": "string", "description": "A text: a path that exists is a file, anything else is text"},
            "image": {"type": "string", "description": "png, jpeg, gif or webp: a path, an https URL, or a template that gives one"},
            "file": {"type": "string", "description": "pdf, txt or md: a path, or a template that gives one"},
        },
    });
    let said = json!([{"type": "string"}, {"type": "array", "items": part, "minItems": 1}]);
    let roles = json!({
        "system": {"anyOf": said, "description": "Instructions: a path that exists is a file, anything else is text"},
        "user": {"anyOf": said, "description": "What the user says: a path or a text, or a list of parts with images and files"},
        "assistant": {"anyOf": said, "description": "What the model said: a path or a text"},
        "conversation": {"type": "string", "description": "Field of the case whose messages, a list of {role, content}, stand here; a user's content may be a list of {text}, {image} and {file}, paths from the dataset file"},
        "turns": {"type": "string", "description": "Field of the case that lists what the user says in turn, a text or a list of {text}, {image} and {file} each; each is answered before the next"},
        "role": {"enum": ["system", "user", "assistant"]},
        "content": {"anyOf": said},
    });
    let message = json!({"type": "object", "properties": roles, "additionalProperties": false});
    json!({"anyOf": [{"type": "array", "items": message, "minItems": 1}, message, {"type": "null"}]})
}

/// A list of evaluators in any of their forms.
fn evaluators_schema(table: &'static Table<evaluators::Member>) -> Value {
    let common: Vec<Field> =
        EVALUATOR.fields.iter().copied().filter(|field| field.key.name != "type").collect();
    let mut forms =
        vec![described(json!({"type": "string"}), "An evaluator's name, or a sentence for a judge")];
    for row in table.rows {
        let names: Vec<&str> = std::iter::once(row.name).chain(row.aliases.iter().copied()).collect();
        let mut typed = object(&common, row.keys);
        typed["description"] = json!(row.doc);
        typed["properties"]["type"] = json!({"enum": names});
        require(&mut typed, "type");
        forms.push(typed);
        for name in names {
            // Options may stand beside the name (after its main value) or under it, so none is required here.
            let mut keyed = object(&common, row.keys);
            keyed["description"] = json!(row.doc);
            keyed["properties"][name] = described(json!({}), row.doc);
            keyed["required"] = json!([name]);
            forms.push(keyed);
        }
    }
    json!({"type": ["array", "null"], "items": {"anyOf": forms}})
}

fn require(schema: &mut Value, name: &str) {
    if let Some(required) = schema["required"].as_array_mut() {
        required.push(json!(name));
    }
}
