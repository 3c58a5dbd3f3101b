//! An application behind an HTTP endpoint as a version. Its url, headers and body are templates over the case's inputs
//! (`crate::template`); its answer is a value of the JSON reply, found by a path, or the whole body.
use std::sync::Arc;

use serde_json::Value;

use crate::domain::{Completion, Endpoint, ErrorType, HttpTarget, Reply, Target};
use crate::registry::{Key, Kind, Row};
use crate::template::{self, Context, TemplateError, Templates, ValueTemplate};

use super::json_path::JsonPath;
use super::{Call, Failure, Header, HttpCall, Member, Provider, ProviderKind, Refusal, Wire, json_call};

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "http",
    aliases: &[],
    doc: "an application behind an HTTP endpoint, by templates",
    keys: KEYS,
    make: Member { make, base_url: None, api_key_env: None, access: None, kind: ProviderKind::Own },
};

/// Settings, as a version's `http:` has them.
const KEYS: &[Key] =
    &[Key::optional("output", Kind::Text, "JSONPath of the answer in the reply, like `$.choices[0].text`")];

/// The translator of one version: where its answer is.
#[derive(Debug)]
pub struct Http {
    output: Option<JsonPath>,
}

/// Builds it from an endpoint whose `output` option holds the path.
///
/// # Errors
/// The path is no path.
pub fn make(endpoint: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    with_output(endpoint.options.get("output").and_then(Value::as_str))
}

/// Builds it for a version's target.
///
/// # Errors
/// The path is no path.
pub fn make_http(target: &HttpTarget) -> Result<Arc<dyn Provider>, Refusal> {
    with_output(target.output.as_deref())
}

fn with_output(path: Option<&str>) -> Result<Arc<dyn Provider>, Refusal> {
    let output = path.map(JsonPath::parse).transpose();
    let output = output.map_err(|message| Refusal { key: Some("http.output".to_owned()), message })?;
    Ok(Arc::new(Http { output }))
}

impl Provider for Http {
    fn encode(&self, call: &Call<'_>) -> Result<Wire, Refusal> {
        let Target::Http(target) = &call.version.target else {
            let message = "this version has no `http`".to_owned();
            return Err(Refusal { key: Some("http".to_owned()), message });
        };
        let context = template::context(&call.case.inputs);
        let mut headers = Vec::new();
        if target.body.is_some() {
            headers.push(json_call::text("content-type", "application/json"));
        }
        for (name, value) in &target.headers {
            let name = name.to_lowercase();
            headers.retain(|header: &Header| header.name != name);
            headers.push(json_call::text(&name, &guarded(value, &context, "http.headers")?));
        }
        let body = target.body.as_ref().map(|body| ValueTemplate::parse(body)?.render(&context)).transpose();
        let body = body.map_err(|error: TemplateError| Refusal {
            key: Some("http.body".to_owned()),
            message: error.message,
        })?;
        Ok(Wire::Http(HttpCall {
            method: target.method.to_uppercase(),
            url: guarded(&target.url, &context, "http.url")?,
            headers,
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            stream: false,
            sign: None,
        }))
    }

    fn decode(&self, reply: &Reply) -> Result<Completion, Failure> {
        let body = json_call::success_body(reply)?;
        let text = match &self.output {
            None => std::str::from_utf8(body)
                .map_err(|_| Failure::new(ErrorType::Malformed, "the reply is not UTF-8"))?
                .trim_end_matches(['\n', '\r'])
                .to_owned(),
            Some(path) => found(path, &json_call::json_of(reply)?)?,
        };
        if text.is_empty() {
            return Err(Failure::new(ErrorType::Empty, "the answer is empty"));
        }
        Ok(Completion { text, ..Completion::default() })
    }
}

/// The value at the path as text: a string as it is, anything else as compact JSON, null as nothing.
fn found(path: &JsonPath, value: &Value) -> Result<String, Failure> {
    match path.find(value) {
        Some(Value::String(text)) => Ok(text.clone()),
        Some(Value::Null) => Ok(String::new()),
        Some(value) => Ok(value.to_string()),
        None => Err(Failure::new(ErrorType::Malformed, format!("the reply has no `{}`", path.text()))),
    }
}

fn render(text: &str, context: &Context, key: &str) -> Result<String, Refusal> {
    if !template::is_template(text) {
        return Ok(text.to_owned());
    }
    let mut templates = Templates::default();
    templates
        .add(key, text)
        .and_then(|()| templates.render(key, context))
        .map_err(|error| Refusal { key: Some(key.to_owned()), message: error.message })
}

/// A rendered text in which the transport will fill `${NAME}`: a case must not bring one, or a row of a dataset could
/// read the environment.
fn guarded(text: &str, context: &Context, key: &str) -> Result<String, Refusal> {
    let rendered = render(text, context, key)?;
    if rendered.matches("${").count() > text.matches("${").count() {
        let message = "the case's text holds `${`, which would be read as a variable here".to_owned();
        return Err(Refusal { key: Some(key.to_owned()), message });
    }
    Ok(rendered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::providers::{HeaderValue, sample};
    use serde_json::json;

    fn target() -> HttpTarget {
        HttpTarget {
            url: "http://127.0.0.1:9/answer?lang={{ lang }}".into(),
            method: "post".into(),
            headers: vec![("X-Token".into(), "${TOKEN}".into())],
            body: Some(json!({"q": "{{ ticket }}", "n": 3, "deep": [{"again": "<{{ ticket }}>"}]})),
            output: Some("$.reply".into()),
        }
    }

    fn encode(inputs: Value) -> Result<HttpCall, Refusal> {
        let provider = make_http(&target()).unwrap();
        let version = sample::version(Target::Http(target()));
        let case = sample::case("c", inputs, None);
        match provider.encode(&sample::call(&version, &case, &[]))? {
            Wire::Http(http) => Ok(http),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn templates_are_filled_from_the_case() {
        let http = encode(json!({"ticket": "say \"hi\"", "lang": "de"})).unwrap();
        assert_eq!((http.method.as_str(), http.url.as_str()), ("POST", "http://127.0.0.1:9/answer?lang=de"));
        let body: Value = serde_json::from_slice(&http.body).unwrap();
        assert_eq!(body, json!({"q": "say \"hi\"", "n": 3, "deep": [{"again": "<say \"hi\">"}]}));
        let token = http.headers.iter().find(|header| header.name == "x-token").unwrap();
        assert_eq!(token.value, HeaderValue::Text("${TOKEN}".into()));
    }

    #[test]
    fn a_missing_variable_and_a_smuggled_one_are_refused() {
        assert_eq!(encode(json!({"ticket": "x"})).unwrap_err().message, "`lang` is not defined");
        let smuggled = encode(json!({"ticket": "x", "lang": "${OPENAI_API_KEY}"})).unwrap_err();
        assert_eq!(smuggled.key.as_deref(), Some("http.url"));
    }

    #[test]
    fn the_answer_is_the_value_at_the_path() {
        let provider = make_http(&target()).unwrap();
        let answer = |status, body: &str| {
            provider.decode(&Reply::Http { status, headers: vec![], body: body.as_bytes().to_vec() })
        };
        assert_eq!(answer(200, r#"{"reply": "ok"}"#).unwrap().text, "ok");
        assert_eq!(answer(201, r#"{"reply": {"a": 1}}"#).unwrap().text, r#"{"a":1}"#);
        assert_eq!(answer(200, r#"{"other": 1}"#).unwrap_err().message, "the reply has no `$.reply`");
        assert_eq!(answer(200, r#"{"reply": null}"#).unwrap_err().kind, ErrorType::Empty);
        assert_eq!(answer(200, "<html>").unwrap_err().kind, ErrorType::Malformed);
        assert_eq!(
            answer(503, r#"{"error": "busy"}"#).unwrap_err(),
            Failure::new(ErrorType::Status(503), "busy")
        );
    }
}
