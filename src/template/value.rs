//! A JSON value whose texts are templates: the body of an HTTP call, the answer of a mocked tool.
use serde_json::Value;

use super::{Context, TemplateError, Templates, is_template};

/// A value with its texts compiled; keys, numbers and structure stay as they are.
#[derive(Debug)]
pub struct ValueTemplate {
    value: Value,
    templates: Templates,
}

impl ValueTemplate {
    /// Compiles the texts of a value.
    ///
    /// # Errors
    /// One of them does not parse.
    pub fn parse(value: &Value) -> Result<Self, TemplateError> {
        let mut templates = Templates::default();
        compile(value, &mut templates)?;
        Ok(Self { value: value.clone(), templates })
    }

    /// The value with every text rendered.
    ///
    /// # Errors
    /// As [`Templates::render`].
    pub fn render(&self, context: &Context) -> Result<Value, TemplateError> {
        fill(&self.value, &self.templates, context)
    }

    /// The names its texts read from outside.
    pub fn variables(&self) -> impl Iterator<Item = String> + '_ {
        let mut texts = Vec::new();
        collect(&self.value, &mut texts);
        texts.into_iter().flat_map(|text| self.templates.variables(text, false))
    }
}

/// A template is its own name: texts that are alike are one.
fn compile(value: &Value, templates: &mut Templates) -> Result<(), TemplateError> {
    let mut texts = Vec::new();
    collect(value, &mut texts);
    texts.into_iter().try_for_each(|text| templates.add(text, text))
}

fn collect<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) if is_template(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
        Value::Object(map) => map.values().for_each(|item| collect(item, texts)),
        _ => {}
    }
}

fn fill(value: &Value, templates: &Templates, context: &Context) -> Result<Value, TemplateError> {
    Ok(match value {
        Value::String(text) if is_template(text) => Value::String(templates.render(text, context)?),
        Value::Array(items) => {
            items.iter().map(|item| fill(item, templates, context)).collect::<Result<_, _>>()?
        }
        Value::Object(map) => {
            let filled: Result<_, TemplateError> =
                map.iter().map(|(key, item)| Ok((key.clone(), fill(item, templates, context)?))).collect();
            Value::Object(filled?)
        }
        other => other.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_are_filled_at_any_depth_and_nothing_else() {
        let value = json!({"{{ k }}": ["{{ a }}!", 1, null, {"deep": "{{ b.c }}"}], "plain": "x"});
        let template = ValueTemplate::parse(&value).unwrap();
        let context = crate::template::context(json!({"a": "é", "b": {"c": 2}}));
        let filled = json!({"{{ k }}": ["é!", 1, null, {"deep": "2"}], "plain": "x"});
        assert_eq!(template.render(&context).unwrap(), filled);
        assert_eq!(template.variables().collect::<Vec<_>>(), ["a", "b"]);
        assert!(ValueTemplate::parse(&json!(["{{ broken"])).is_err());
        let undefined = template.render(&crate::template::context(json!({"a": 1}))).unwrap_err();
        assert_eq!(undefined.undefined.as_deref(), Some("b"));
    }
}
