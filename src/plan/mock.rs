//! Mocked answers of a version's tools, compiled once: a value whose texts are templates over the call's `args` and
//! the case's inputs, or rules of which the first that fits answers. Never sees the case's `expected`.
use serde_json::Value;

use super::prompt::named;
use crate::domain::{Case, ToolSpec, Version};
use crate::template::{self, Context, Expression, TemplateError, ValueTemplate};

/// A version's tools, ready to be called.
#[derive(Debug, Default)]
pub struct Mocks {
    tools: Vec<MockedTool>,
}

/// One tool.
#[derive(Debug)]
pub struct MockedTool {
    /// Its name.
    pub name: String,
    /// What its arguments must satisfy.
    pub arguments: jsonschema::Validator,
    /// Its answers; `None` for a tool whose call ends the run.
    pub mock: Option<Mock>,
}

/// Mocked answers of one tool.
#[derive(Debug)]
pub struct Mock {
    rules: Vec<Rule>,
}

#[derive(Debug)]
struct Rule {
    when: When,
    answer: ValueTemplate,
}

#[derive(Debug)]
enum When {
    Always,
    /// Every one of these arguments has this value.
    Arguments(crate::domain::Map),
    Holds(Expression),
}

impl Mocks {
    /// Compiles a version's tools; nothing where none of them is mocked.
    ///
    /// # Errors
    /// Index of the tool, the key in it, and what is wrong with that.
    pub fn compile(version: &Version) -> Result<Self, (usize, &'static str, String)> {
        if version.tools.iter().all(|tool| tool.mock.is_none()) {
            return Ok(Self::default());
        }
        let tools = version.tools.iter().enumerate();
        let tools = tools.map(|(i, tool)| tool_of(tool).map_err(|(key, message)| (i, key, message)));
        Ok(Self { tools: tools.collect::<Result<_, _>>()? })
    }

    /// Whether no tool is mocked: then a call of any ends the run.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tools.is_empty()
    }

    /// The tool of that name.
    #[must_use]
    pub fn tool(&self, name: &str) -> Option<&MockedTool> {
        self.tools.iter().find(|tool| tool.name == name)
    }

    /// The tools' names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tools.iter().map(|tool| tool.name.as_str())
    }
}

impl Mock {
    /// Compiles what a version's tool declares. A list whose every entry has a `return` is rules, anything else is
    /// the one answer.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn compile(value: &Value) -> Result<Self, String> {
        let rules = value.as_array().filter(|rows| !rows.is_empty() && rows.iter().all(is_rule));
        let rules = match rules {
            Some(rows) => rows.iter().map(rule).collect::<Result<_, _>>()?,
            None => vec![Rule { when: When::Always, answer: answer(value)? }],
        };
        Ok(Self { rules })
    }

    /// What it answers: texts as they are, anything else as JSON; `None` where no rule fits.
    ///
    /// # Errors
    /// A template or an expression fails for these arguments.
    pub fn answer(&self, arguments: &Value, case: &Case) -> Result<Option<String>, TemplateError> {
        let mut names = named(case);
        names.insert("args".to_owned(), arguments.clone());
        let context = template::context(names);
        for rule in &self.rules {
            if rule.when.holds(arguments, &context)? {
                let value = rule.answer.render(&context)?;
                return Ok(Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
            }
        }
        Ok(None)
    }
}

impl When {
    fn holds(&self, arguments: &Value, context: &Context) -> Result<bool, TemplateError> {
        match self {
            Self::Always => Ok(true),
            Self::Arguments(wanted) => {
                Ok(wanted.iter().all(|(name, value)| arguments.get(name).is_some_and(|v| same(v, value))))
            }
            Self::Holds(expression) => expression.holds(context),
        }
    }
}

/// Equal as JSON, numbers by their value: 1 is 1.0.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a.total_cmp(&b).is_eq(),
        _ => a == b,
    }
}

fn tool_of(tool: &ToolSpec) -> Result<MockedTool, (&'static str, String)> {
    let arguments = jsonschema::validator_for(&tool.parameters)
        .map_err(|error| ("parameters", format!("the parameters are not a JSON Schema: {error}")))?;
    let mock = tool.mock.as_ref().map(Mock::compile).transpose().map_err(|message| ("mock", message))?;
    Ok(MockedTool { name: tool.name.clone(), arguments, mock })
}

fn is_rule(row: &Value) -> bool {
    row.as_object().is_some_and(|map| {
        map.contains_key("return") && map.keys().all(|key| ["when", "return"].contains(&key.as_str()))
    })
}

fn rule(row: &Value) -> Result<Rule, String> {
    let when = match row.get("when") {
        None | Some(Value::Null) => When::Always,
        Some(Value::Object(arguments)) => When::Arguments(arguments.clone()),
        Some(Value::String(text)) => {
            let parsed = Expression::parse(text);
            let parsed = parsed.map_err(|error| format!("`when: {text}` does not parse: {error}"))?;
            unseen(parsed.variables().into_iter())?;
            When::Holds(parsed)
        }
        Some(other) => return Err(format!("`when` takes arguments or an expression, found {other}")),
    };
    Ok(Rule { when, answer: answer(&row["return"])? })
}

fn answer(value: &Value) -> Result<ValueTemplate, String> {
    let answer = ValueTemplate::parse(value)
        .map_err(|error| format!("the template `{}` does not parse: {error}", error.template))?;
    unseen(answer.variables())?;
    Ok(answer)
}

/// The model would be told the reference answer.
fn unseen(mut names: impl Iterator<Item = String>) -> Result<(), String> {
    match names.any(|name| name == "expected") {
        true => Err("a mocked answer never sees `expected`: it would give the answer away".to_owned()),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::Digest;

    fn answer(mock: &Value, arguments: &Value) -> Result<Option<String>, String> {
        let Value::Object(inputs) = json!({"city": "Paris", "args": "hidden"}) else { panic!() };
        let case = Case {
            id: "c".into(),
            inputs,
            expected: Some(json!("secret")),
            metadata: crate::domain::Map::new(),
            cluster: None,
            weight: None,
            slices: Vec::new(),
            inputs_hash: Digest::of(b""),
            file: "".into(),
        };
        let mock = Mock::compile(mock)?;
        mock.answer(arguments, &case).map_err(|error| error.message)
    }

    #[test]
    fn a_value_is_the_answer_and_its_texts_are_templates() {
        assert_eq!(answer(&json!("sunny"), &json!({})), Ok(Some("sunny".into())));
        assert_eq!(answer(&json!([{"id": 1}]), &json!({})), Ok(Some(r#"[{"id":1}]"#.into())));
        let template = json!({"city": "{{ city }}", "day": "{{ args.day }}"});
        assert_eq!(answer(&template, &json!({"day": 3})), Ok(Some(r#"{"city":"Paris","day":"3"}"#.into())));
        assert_eq!(answer(&template, &json!({})), Err("`args.day` is not defined".into()));
    }

    #[test]
    fn the_first_rule_that_fits_answers() {
        let rules = json!([
            {"when": {"id": 7, "deep": {"a": [1]}}, "return": "seven"},
            {"when": {"id": "none"}, "return": null},
            {"when": "args.id > 100 and city == 'Paris'", "return": {"far": true}},
            {"return": "default {{ args.id }}"},
        ]);
        let told = |arguments: Value| answer(&rules, &arguments).unwrap().unwrap();
        assert_eq!(told(json!({"id": 7.0, "deep": {"a": [1]}, "more": 1})), "seven");
        assert_eq!(told(json!({"id": 7})), "default 7");
        assert_eq!(told(json!({"id": 101})), r#"{"far":true}"#);
        assert_eq!(told(json!({"id": "none"})), "null");
        assert_eq!(answer(&json!([{"when": {"id": 1}, "return": "one"}]), &json!({"id": 2})), Ok(None));
    }

    #[test]
    fn what_cannot_answer_is_found_before_anything_is_paid() {
        for (mock, part) in [
            (json!("{{ broken"), "does not parse"),
            (json!([{"when": "args.", "return": 1}]), "does not parse"),
            (json!([{"when": 3, "return": 1}]), "arguments or an expression"),
            (json!(["{{ expected }}"]), "never sees `expected`"),
            (json!([{"when": "expected == 1", "return": 1}]), "never sees `expected`"),
        ] {
            let told = Mock::compile(&mock).unwrap_err();
            assert!(told.contains(part), "{told}");
        }
    }
}
