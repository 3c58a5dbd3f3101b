//! What an edit does to the two hashes (`fixtures/closures/edits.yaml`), and the way back from a closure.
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::domain::{
    Command, Digest, FixedFile, HttpTarget, Map, MessageKind, MessageTemplate, Money, Role, Target, ToolSpec,
    Version,
};

const EDITS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/closures/edits.yaml"));

#[test]
fn every_edit_does_what_the_table_says() {
    let table: Value = serde_yaml::from_str(EDITS).unwrap();
    let edits = table["edits"].as_array().unwrap();
    assert!(edits.len() > 50);
    let hashes = |doc: &Value| {
        let version = sealed(version(doc));
        (version.hash, version.signature_hash)
    };
    let word = |changed: bool| if changed { "changed" } else { "same" };
    let mut wrong = Vec::new();
    for edit in edits {
        let before = &table["versions"][edit["of"].as_str().unwrap()];
        let mut after = before.clone();
        apply(&mut after, edit["at"].as_str().unwrap(), edit.get("to"));
        assert_ne!(before.to_string(), after.to_string(), "{edit} edits nothing");
        let ((hash, signature), (new_hash, new_signature)) = (hashes(before), hashes(&after));
        let found = (word(hash != new_hash), word(signature != new_signature));
        if (edit["hash"].as_str(), edit["signature"].as_str()) != (Some(found.0), Some(found.1)) {
            wrong.push(format!("{}: {found:?}", edit["edit"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_closure_holds_what_counts_and_nothing_else() {
    let table: Value = serde_yaml::from_str(EDITS).unwrap();
    let closure = |name: &str| sealed(version(&table["versions"][name])).closure;
    assert_eq!(
        closure("plain"),
        json!({
            "schema": "proto.closure/1",
            "engine": "jinja/1",
            "messages": [{"role": "user", "text": "Café: {{ ticket }}"}],
            "provider": "openai",
            "model": "gpt-4o-mini",
        })
    );
    assert_eq!(
        closure("program")["command"],
        json!({
            "argv": ["python", "-m", "support_bot"],
            "env": {"TOKEN": "${SUPPORT_TOKEN}", "MODE": "eval"},
            "files": {
                "app/bot.py": Digest::of(b"bot").to_string(),
                "app/lib.py": Digest::of(b"lib").to_string(),
            },
        })
    );
    let variables = input_variables(&version(&table["versions"]["model"])).unwrap();
    let names: Vec<_> = variables.iter().map(|v| (v.name.as_str(), v.required, v.default.clone())).collect();
    assert_eq!(
        names,
        [("customer", true, None), ("ticket", true, None), ("tone", false, Some(json!("kind")))]
    );
    assert_eq!(input_variables(&version(&table["versions"]["program"])), None);
}

/// Raised hashes would make every stored version unknown.
#[test]
fn hashes_are_the_same_in_every_release() {
    let table: Value = serde_yaml::from_str(EDITS).unwrap();
    let names = ["model", "plain", "program", "endpoint", "recording"];
    let found = names.map(|name| {
        let version = sealed(version(&table["versions"][name]));
        format!("{} {}", version.hash.short(), version.signature_hash.short())
    });
    assert_eq!(found, PINNED);
}

const PINNED: [&str; 5] = [
    "0b821c764dda 44cacf623f28",
    "7dd79d632052 b283de2542a1",
    "db6e094c2a8b 9a03db8ca6ee",
    "2f67f895d80b 9a03db8ca6ee",
    "2e01ec5375e6 9a03db8ca6ee",
];

#[test]
fn a_stored_closure_that_cannot_be_honoured_is_refused() {
    let table: Value = serde_yaml::from_str(EDITS).unwrap();
    let told = |name: &str, at: &str, to: Option<Value>| {
        let mut closure = sealed(version(&table["versions"][name])).closure;
        apply(&mut closure, at, to.as_ref());
        version_from_closure("x", &closure).unwrap_err().to_string()
    };
    assert_eq!(
        told("plain", "/schema", Some(json!("proto.closure/2"))),
        "the stored version has the layout `proto.closure/2`, this build reads `proto.closure/1`"
    );
    assert_eq!(
        told("plain", "/engine", Some(json!("jinja/9"))),
        "the stored version needs the template engine `jinja/9`, this build has `jinja/1`"
    );
    let unknown = |key: &str| format!("the stored version has a part this build does not know: `{key}`");
    assert_eq!(told("plain", "/thinking", Some(json!(1))), unknown("thinking"));
    assert_eq!(told("model", "/tools/1/strict", Some(json!(true))), unknown("tools[1].strict"));
    assert_eq!(told("program", "/model", Some(json!("m"))), unknown("model"));
    let shape = |key: &str, expected: &str| format!("the stored version's `{key}` must be {expected}");
    assert_eq!(told("plain", "/model", None), shape("model", "a text"));
    assert_eq!(told("plain", "/messages/0/role", Some(json!("robot"))), shape("messages[0].role", "a role"));
    assert_eq!(told("program", "/command/argv", Some(json!([1]))), shape("command.argv", "a list of texts"));
    assert_eq!(told("recording", "/replay/content", Some(json!("x"))), shape("replay.content", "a SHA-256"));
    let altered = told("plain", "/messages/0/text", Some(json!("a\r\nb")));
    assert!(altered.starts_with("the stored version does not reproduce its own hash"), "{altered}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn a_version_comes_back_from_its_closure_with_the_same_hashes(version in versions()) {
        let first = sealed(version);
        let stored: Value = serde_json::from_str(&first.closure.to_string()).unwrap();
        let again = version_from_closure("again", &stored).unwrap();
        prop_assert_eq!(again.hash, first.hash);
        prop_assert_eq!(again.signature_hash, first.signature_hash);
        prop_assert_eq!(&again.closure, &first.closure);
        prop_assert_eq!((&again.params, &again.tools), (&first.params, &first.tools));
        let twice = sealed(again.clone());
        prop_assert_eq!(twice, again);
    }
}

fn sealed(mut version: Version) -> Version {
    seal(&mut version);
    version
}

/// Sets or removes what a JSON pointer names; the parent must exist.
fn apply(doc: &mut Value, at: &str, to: Option<&Value>) {
    let (parent, last) = at.rsplit_once('/').unwrap();
    let last = last.replace("~1", "/");
    match (doc.pointer_mut(parent).unwrap(), to) {
        (Value::Object(map), Some(value)) => drop(map.insert(last, value.clone())),
        (Value::Object(map), None) => drop(map.remove(&last).unwrap()),
        (Value::Array(list), Some(value)) => list[last.parse::<usize>().unwrap()] = value.clone(),
        (Value::Array(list), None) => drop(list.remove(last.parse().unwrap())),
        (other, _) => panic!("nothing can be edited in {other}"),
    }
}

/// A version as the fixture writes it.
fn version(doc: &Value) -> Version {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |key: &str| doc[key].as_array().cloned().unwrap_or_default();
    let message = |value: &Value| {
        let kinds = MessageKind::FIELDS.into_iter().chain(MessageKind::PARTS);
        let field = kinds
            .filter(|_| value.get("role").is_none())
            .find(|kind| value.get(kind.name().unwrap()).is_some());
        let kind = field.unwrap_or(MessageKind::Message);
        MessageTemplate {
            kind,
            role: Role::parse(&text(&value["role"])).unwrap_or(Role::User),
            text: text(&value[kind.name().unwrap_or("text")]),
            origin: text(&value["origin"]),
            fixed: value.get("contents").map(|contents| FixedFile {
                digest: Digest::of(text(contents).as_bytes()),
                media_type: text(&value["media_type"]),
            }),
        }
    };
    let tool = |value: &Value| ToolSpec {
        name: text(&value["name"]),
        description: value.get("description").map(text),
        parameters: value["parameters"].clone(),
        mock: value.get("mock").cloned(),
    };
    Version {
        name: text(&doc["name"]),
        description: doc.get("description").map(text),
        tags: list("tags").iter().map(text).collect(),
        metadata: doc["metadata"].as_object().cloned().unwrap_or_default(),
        target: target(&doc["target"]),
        messages: list("messages").iter().map(message).collect(),
        includes: pairs(&doc["includes"]),
        params: doc["params"].as_object().cloned().unwrap_or_default(),
        tools: list("tools").iter().map(tool).collect(),
        tool_choice: doc.get("tool_choice").cloned(),
        response_schema: doc.get("response_schema").cloned(),
        stream: doc["stream"] == true,
        max_turns: u32::try_from(doc["max_turns"].as_u64().unwrap_or(1)).unwrap(),
        timeout: doc["timeout"].as_u64().map(Duration::from_secs),
        run_timeout: doc["run_timeout"].as_u64().map(Duration::from_secs),
        cost_per_run: doc["cost_per_run"].as_f64().and_then(Money::from_usd),
        ..empty()
    }
}

fn empty() -> Version {
    Version {
        name: String::new(),
        hash: Digest::of(b""),
        signature_hash: Digest::of(b""),
        closure: Value::Null,
        description: None,
        tags: Vec::new(),
        metadata: Map::new(),
        target: Target::Command(Command::default()),
        messages: Vec::new(),
        includes: Vec::new(),
        params: Map::new(),
        tools: Vec::new(),
        tool_choice: None,
        response_schema: None,
        stream: false,
        max_turns: 1,
        timeout: None,
        run_timeout: None,
        cost_per_run: None,
    }
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    value.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
}

fn target(doc: &Value) -> Target {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    if let Some(command) = doc.get("command") {
        return Target::Command(Command {
            argv: command["argv"].as_array().unwrap().iter().map(text).collect(),
            env: pairs(&command["env"]),
            cwd: PathBuf::from(text(&command["cwd"])),
            persistent: command["persistent"] == true,
            files: pairs(&command["files"])
                .into_iter()
                .map(|(name, contents)| (name, Digest::of(contents.as_bytes())))
                .collect(),
        });
    }
    if let Some(http) = doc.get("http") {
        return Target::Http(HttpTarget {
            url: text(&http["url"]),
            method: text(&http["method"]),
            headers: pairs(&http["headers"]),
            body: http.get("body").cloned(),
            output: http.get("output").map(text),
            usage: pairs(&http["usage"]),
        });
    }
    if let Some(replay) = doc.get("replay") {
        let digest = Digest::of(text(&replay["contents"]).as_bytes());
        return Target::Replay { path: PathBuf::from(text(&replay["path"])), digest };
    }
    Target::Model { provider: text(&doc["provider"]), model: text(&doc["model"]) }
}

/// Any JSON up to three levels.
fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_filter("JSON has no NaN", |n| n.is_finite()).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,3}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn maps() -> impl Strategy<Value = Map> {
    prop::collection::btree_map("[a-z]{1,4}", values(), 0..4).prop_map(|map| map.into_iter().collect())
}

fn text_pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::btree_map("[a-z./]{1,5}", "[a-z{}%| \r\n]{0,12}", 0..3)
        .prop_map(|map| map.into_iter().collect())
}

fn targets() -> impl Strategy<Value = Target> {
    let argv = prop::collection::vec("[a-z-]{1,6}", 1..4);
    prop_oneof![
        ("[a-z]{1,5}", "[a-z/:-]{1,8}").prop_map(|(provider, model)| Target::Model { provider, model }),
        (argv, text_pairs(), any::<bool>(), text_pairs()).prop_map(|(argv, env, persistent, files)| {
            let files = files.into_iter().map(|(name, text)| (name, Digest::of(text.as_bytes()))).collect();
            Target::Command(Command { argv, env, cwd: PathBuf::from("somewhere"), persistent, files })
        }),
        (".{1,8}", text_pairs(), prop::option::of(values()), prop::option::of(".{0,4}"), text_pairs())
            .prop_map(|(url, headers, body, output, usage)| {
                Target::Http(HttpTarget { url, method: "POST".to_owned(), headers, body, output, usage })
            }),
        ".{0,8}".prop_map(|text| Target::Replay { path: "r".into(), digest: Digest::of(text.as_bytes()) }),
    ]
}

fn versions() -> impl Strategy<Value = Version> {
    let roles = prop::sample::select(vec![Role::System, Role::User, Role::Assistant, Role::Tool]);
    let text = prop_oneof!["[a-z{}%| \r\n]{0,16}", Just("{{ a }}{{ b | default(1) }}".to_owned())];
    let message = (roles, text).prop_map(|(role, text)| MessageTemplate {
        kind: MessageKind::Message,
        role,
        text,
        origin: "o".to_owned(),
        fixed: None,
    });
    let field =
        (prop::sample::select([&MessageKind::FIELDS[..], &MessageKind::PARTS].concat()), "[a-z]{1,5}")
            .prop_map(|(kind, text)| MessageTemplate {
                kind,
                role: Role::User,
                text,
                origin: "o".to_owned(),
                fixed: None,
            });
    let messages = prop::collection::vec(prop_oneof![message, field], 0..3);
    let tools = prop::collection::vec(
        ("[a-z]{1,4}", prop::option::of(".{0,6}"), values(), prop::option::of(values())).prop_map(
            |(name, description, parameters, mock)| ToolSpec { name, description, parameters, mock },
        ),
        0..3,
    );
    let parts = (targets(), messages, text_pairs(), maps(), tools);
    let rest = (prop::option::of(values()), prop::option::of(values()), any::<bool>(), 1_u32..9);
    (parts, rest).prop_map(|((target, messages, includes, params, tools), rest)| {
        let (tool_choice, response_schema, stream, max_turns) = rest;
        Version {
            target,
            messages,
            includes,
            params,
            tools,
            tool_choice,
            response_schema,
            stream,
            max_turns,
            ..empty()
        }
    })
}
