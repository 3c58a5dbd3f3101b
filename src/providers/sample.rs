//! The smallest values the tests of this family build on.
use serde_json::Value;

use crate::domain::{Case, Digest, Endpoint, Map, Message, Target, Version, inputs_hash};

use super::Call;

/// A version of that target and nothing else.
pub(super) fn version(target: Target) -> Version {
    Version {
        name: "v".into(),
        hash: Digest::of(b"v"),
        signature_hash: Digest::of(b"s"),
        closure: Value::Null,
        description: None,
        tags: Vec::new(),
        metadata: Map::new(),
        target,
        messages: Vec::new(),
        includes: Vec::new(),
        params: Map::new(),
        tools: Vec::new(),
        tool_choice: None,
        response_schema: None,
        stream: false,
        max_turns: 1,
        timeout: None,
        cost_per_run: None,
    }
}

/// A version of a model.
pub(super) fn model(provider: &str, model: &str) -> Version {
    version(Target::Model { provider: provider.into(), model: model.into() })
}

/// A case of those inputs.
pub(super) fn case(id: &str, inputs: Value, expected: Option<Value>) -> Case {
    let inputs = map(inputs);
    Case {
        id: id.into(),
        inputs_hash: inputs_hash(&inputs),
        inputs,
        expected,
        metadata: Map::new(),
        cluster: None,
        slices: Vec::new(),
    }
}

/// The first repeat of that case.
pub(super) fn call<'a>(version: &'a Version, case: &'a Case, messages: &'a [Message]) -> Call<'a> {
    Call { version, case, repeat: 0, messages, seed: 42, wrong: &[] }
}

/// An endpoint of that kind with nothing configured.
pub(super) fn endpoint(kind: &str) -> Endpoint {
    Endpoint::plain(kind, kind)
}

/// `value` as an object.
pub(super) fn map(value: Value) -> Map {
    if let Value::Object(map) = value { map } else { Map::new() }
}
