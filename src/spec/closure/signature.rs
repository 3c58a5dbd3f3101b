//! A version's interface: the inputs its templates read, what it answers with, the tools it may call. Reads templates
//! with the engine's own parser; runs none.
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Value, json};

use crate::domain::{Map, MessageKind, MessageTemplate, Target, Version};
use crate::template::{Context, Expression, GLOBALS, Templates};

/// An input of a version.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// The name of the case's field.
    pub name: String,
    /// Whether a case must have it: it is read somewhere without a `default` filter right behind it.
    pub required: bool,
    /// What its first `default` filter says, when it is not required and that is a constant.
    pub default: Option<Value>,
}

/// What `Version::signature_hash` is the hash of.
pub(super) fn signature(version: &Version) -> Value {
    let variables =
        input_variables(version).map_or_else(|| json!("*"), |all| all.iter().map(variable).collect());
    let tools: Map = version.tools.iter().map(|tool| (tool.name.clone(), tool.parameters.clone())).collect();
    let output = version.response_schema.clone().unwrap_or_else(|| json!("text"));
    json!({"variables": variables, "output": output, "tools": tools})
}

fn variable(variable: &Variable) -> Value {
    let mut map = Map::new();
    map.insert("name".to_owned(), json!(variable.name));
    map.insert("required".to_owned(), json!(variable.required));
    if let Some(default) = &variable.default {
        map.insert("default".to_owned(), default.clone());
    }
    Value::Object(map)
}

/// The inputs a version's messages and includes read, sorted by name. `None` for programs, endpoints and recordings,
/// which may read anything.
///
/// `input.ticket` is the same input as `ticket`. A name that another template binds by `for`, `set` or `with` is taken
/// for that binding in an include, which sees the bindings around it. A template that does not parse reads nothing:
/// that is reported where it is compiled to be run.
#[must_use]
pub fn input_variables(version: &Version) -> Option<Vec<Variable>> {
    if !matches!(version.target, Target::Model { .. }) {
        return None;
    }
    let is_template = |message: &&MessageTemplate| !MessageKind::FIELDS.contains(&message.kind);
    let messages = version.messages.iter().filter(is_template).map(|message| message.text.as_str());
    let includes = version.includes.iter().map(|(_, text)| text.as_str());
    let (messages, includes): (Vec<&str>, Vec<&str>) = (messages.collect(), includes.collect());
    let sources: Vec<&str> = messages.iter().chain(&includes).copied().collect();
    let bound: Vec<BTreeSet<String>> = sources.iter().map(|source| bindings(source)).collect();
    let mut reads: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (index, source) in sources.iter().enumerate() {
        let around = |name: &str| {
            let others = bound.iter().enumerate().filter(|(other, _)| *other != index);
            index >= messages.len() && others.into_iter().any(|(_, names)| names.contains(name))
        };
        for name in inputs(source).into_iter().filter(|name| !around(name)) {
            reads.entry(name).or_default().push(source);
        }
    }
    let mut all: BTreeMap<String, Variable> =
        reads.into_iter().map(|(name, sources)| (name.clone(), defaulted(name, &sources))).collect();
    for message in version.messages.iter().filter(|message| MessageKind::FIELDS.contains(&message.kind)) {
        let name = message.text.clone();
        all.insert(name.clone(), Variable { name, required: true, default: None });
    }
    Some(all.into_values().collect())
}

/// The names a template reads from outside.
fn inputs(source: &str) -> BTreeSet<String> {
    const ALL: &str = "input";
    let mut templates = Templates::default();
    if templates.add("t", source).is_err() {
        return BTreeSet::new();
    }
    let mut names = templates.variables("t", false);
    names.retain(|name| !GLOBALS.contains(&name.as_str()));
    if names.remove(ALL) {
        let fields = templates.variables("t", true).into_iter();
        let fields = fields.filter(|path| path.split('.').next() == Some(ALL));
        names.extend(fields.map(|path| path.split('.').nth(1).unwrap_or(ALL).to_owned()));
    }
    names
}

/// Whether every read of a name is followed by a `default` filter. The filtered reads are replaced by a constant: a
/// name that is then read no more needs no value.
fn defaulted(name: String, sources: &[&str]) -> Variable {
    let pattern = format!(r"(^|[^.\w])(?:input\s*\.\s*)?{}\s*\|\s*(default|d)\b", regex::escape(&name));
    let Ok(filtered) = Regex::new(&pattern) else { return Variable { name, required: true, default: None } };
    let without = |source: &str| filtered.replace_all(source, "${1}''|${2}").into_owned();
    if sources.iter().any(|source| inputs(&without(source)).contains(&name)) {
        return Variable { name, required: true, default: None };
    }
    let first = sources.iter().find_map(|source| filtered.find(source).map(|found| &source[found.end()..]));
    Variable { default: first.and_then(constant), name, required: false }
}

/// The constant between the parentheses behind a `default` filter; without any, the empty text.
fn constant(rest: &str) -> Option<Value> {
    static ARGUMENTS: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\s*\(([^()]*)\)").ok());
    if !rest.trim_start().starts_with('(') {
        return Some(json!(""));
    }
    let arguments = ARGUMENTS.as_ref()?.captures(rest)?.get(1)?.as_str();
    let list = Expression::parse(&format!("[{arguments}]")).ok()?;
    match list.variables().is_empty().then(|| list.value(&Context::UNDEFINED))?.ok()? {
        Value::Array(values) => values.into_iter().next().or_else(|| Some(json!(""))),
        _ => None,
    }
}

/// The names a template binds for what it includes.
fn bindings(source: &str) -> BTreeSet<String> {
    static FOR_OR_SET: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"\{%[-+]?\s*(?:for\s+([\w\s,()]+?)\s+in\b|set\s+([\w\s,()]+?)\s*(?:=|[-+]?%\}))").ok()
    });
    static WITH: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"\{%[-+]?\s*with\s+([\s\S]*?)[-+]?%\}").ok());
    static ASSIGNED: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(\w+)\s*=").ok());
    let all = |regex: &'static Option<Regex>, text: &str| -> Vec<String> {
        let groups = regex.iter().flat_map(|regex| regex.captures_iter(text));
        groups
            .flat_map(|group| {
                group.iter().skip(1).flatten().map(|m| m.as_str().to_owned()).collect::<Vec<_>>()
            })
            .collect()
    };
    let mut names = BTreeSet::new();
    for list in all(&FOR_OR_SET, source) {
        names.extend(
            list.split([',', '(', ')', ' ', '\n']).filter(|name| !name.is_empty()).map(str::to_owned),
        );
    }
    for assignments in all(&WITH, source) {
        names.extend(all(&ASSIGNED, &assignments));
    }
    if source.contains("{%") {
        names.insert("loop".to_owned());
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str) -> Vec<(String, bool)> {
        inputs(source)
            .into_iter()
            .map(|name| defaulted(name, &[source]))
            .map(|v| (v.name, v.required))
            .collect()
    }

    #[test]
    fn inputs_are_roots_or_fields_of_input() {
        let names = inputs("{{ a.b }}{{ input.c.d }}{% for x in range(3) %}{{ x }}{{ e }}{% endfor %}");
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "c", "e"]);
        assert_eq!(inputs("{{ input | tojson }}").into_iter().collect::<Vec<_>>(), ["input"]);
        assert!(inputs("{{ broken").is_empty());
    }

    #[test]
    fn a_default_right_behind_every_read_makes_it_optional() {
        let table = [
            ("{{ a | default('x') }}", false),
            ("{{ a|d }}{{ input.a | default(1) }}", false),
            ("{{ a | default('x') }}{{ a }}", true),
            ("{{ a | upper | default('x') }}", true),
            ("{{ a.b | default('x') }}", true),
            ("a | default('x') {{ a }}", true),
            ("{% if a %}{{ a | default('x') }}{% endif %}", true),
        ];
        for (source, required) in table {
            assert_eq!(read(source), [("a".to_owned(), required)], "{source}");
        }
    }

    #[test]
    fn constants_behind_a_default_are_read() {
        let table = [
            ("('x', true)", Some(json!("x"))),
            ("(1.5)", Some(json!(1.5))),
            ("", Some(json!(""))),
            ("(other)", None),
            ("(f(1))", None),
        ];
        for (rest, value) in table {
            assert_eq!(constant(rest), value, "{rest}");
        }
    }

    #[test]
    fn bindings_are_loop_variables_and_assignments() {
        let source = "{%- for k, v in m %}{% set a = 1 %}{% set b %}{% endset %}{% with c = 2, d = 3 %}";
        assert_eq!(bindings(source).into_iter().collect::<Vec<_>>(), ["a", "b", "c", "d", "k", "loop", "v"]);
        assert!(bindings("for x in y, set z = 1").is_empty());
    }
}
