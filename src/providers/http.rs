//! An application behind an HTTP endpoint as a version. Its url, headers and body are templates over the case's inputs
//! (`crate::template`); its answer is a value of the JSON reply, found by a path, or the whole body.
use std::sync::Arc;

use serde_json::Value;

use crate::domain::{Completion, Endpoint, ErrorType, HttpTarget, Map, Reply, Target};
use crate::registry::{Key, Kind, Row, nearest};
use crate::template::{self, Context, TemplateError, Templates, ValueTemplate};

use super::json_path::JsonPath;
use super::{
    Call, Failure, Header, HttpCall, Member, Provider, ProviderKind, Refusal, Wire, counted, json_call,
};

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

/// The translator of one version: where its answer is, and what it cost.
#[derive(Debug)]
pub struct Http {
    output: Option<JsonPath>,
    usage: Vec<(String, JsonPath)>,
}

/// Builds it from an endpoint whose `output` option holds the path.
///
/// # Errors
/// The path is no path.
pub fn make(endpoint: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    at(endpoint.options.get("output").and_then(Value::as_str), &[])
}

/// Builds it for a version's target.
///
/// # Errors
/// A path is no path, or is that of nothing that is counted.
pub fn make_http(target: &HttpTarget) -> Result<Arc<dyn Provider>, Refusal> {
    at(target.output.as_deref(), &target.usage)
}

fn at(output: Option<&str>, usage: &[(String, String)]) -> Result<Arc<dyn Provider>, Refusal> {
    let refuse = |key: &str| {
        let key = Some(key.to_owned());
        move |message| Refusal { key, message }
    };
    let output = output.map(JsonPath::parse).transpose().map_err(refuse("http.output"))?;
    let usage = usage.iter().map(|(name, path)| counted_at(name, path)).collect::<Result<_, _>>();
    Ok(Arc::new(Http { output, usage: usage.map_err(refuse("http.usage"))? }))
}

/// Where a count is, or the cost.
fn counted_at(name: &str, path: &str) -> Result<(String, JsonPath), String> {
    let names = || counted::COUNTS.into_iter().chain([counted::COST]);
    if !names().any(|known| known == name) {
        let hint =
            nearest(name, names()).map_or_else(String::new, |near| format!(", did you mean `{near}`?"));
        return Err(format!("`{name}` is nothing that is counted{hint}"));
    }
    Ok((name.to_owned(), JsonPath::parse(path)?))
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
        let read = (!self.usage.is_empty()).then(|| json_call::json_of(reply)).transpose()?;
        let counts = counts(&self.usage, read.as_ref().unwrap_or(&Value::Null))?;
        let text = match &self.output {
            None => std::str::from_utf8(body)
                .map_err(|_| Failure::new(ErrorType::Malformed, "the reply is not UTF-8"))?
                .trim_end_matches(['\n', '\r'])
                .to_owned(),
            Some(path) => found(path, &json_call::json_of(reply)?)?,
        };
        if text.is_empty() {
            let usage = counts.usage;
            return Err(Failure { usage, ..Failure::new(ErrorType::Empty, "the answer is empty") });
        }
        Ok(Completion { text, ..counts })
    }
}

/// An answer of which only what it used and cost is known.
fn counts(paths: &[(String, JsonPath)], reply: &Value) -> Result<Completion, Failure> {
    let at = |(name, path): &(String, JsonPath)| Some((name.clone(), path.find(reply)?.clone()));
    let found: Map = paths.iter().filter_map(at).collect();
    let cost = counted::cost(found.get(counted::COST));
    let usage = counted::usage(Some(&Value::Object(found)));
    let malformed = |message| Failure::new(ErrorType::Malformed, message);
    Ok(Completion {
        cost: cost.map_err(malformed)?,
        usage: usage.map_err(malformed)?,
        ..Completion::default()
    })
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
    use crate::domain::{Money, Usage};
    use crate::providers::{HeaderValue, sample};
    use serde_json::json;

    fn target() -> HttpTarget {
        HttpTarget {
            url: "http://127.0.0.1:9/answer?lang={{ lang }}".into(),
            method: "post".into(),
            headers: vec![("X-Token".into(), "${TOKEN}".into())],
            body: Some(json!({"q": "{{ ticket }}", "n": 3, "deep": [{"again": "<{{ ticket }}>"}]})),
            output: Some("$.reply".into()),
            usage: Vec::new(),
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

    #[test]
    fn counts_and_cost_are_the_values_at_their_paths() {
        let paths = |paths: &[(&str, &str)]| {
            let usage = paths.iter().map(|(name, path)| ((*name).to_owned(), (*path).to_owned())).collect();
            make_http(&HttpTarget { usage, ..target() })
        };
        let provider = paths(&[
            ("input_tokens", "$.usage.in"),
            ("output_tokens", "$.usage.out"),
            ("cost_usd", "$.cost"),
        ]);
        let provider = provider.unwrap();
        let read = |body: &str| sample::reads(&*provider, body);
        let answer = read(r#"{"reply": "x", "usage": {"in": 3}, "cost": 0.25}"#).unwrap();
        let expected = Usage { input: Some(3), ..Usage::default() };
        assert_eq!((answer.text.as_str(), answer.usage, answer.cost), ("x", expected, Money::from_usd(0.25)));
        assert_eq!(read(r#"{"reply": "", "usage": {"in": 3}}"#).unwrap_err().usage, expected);
        let odd = read(r#"{"reply": "x", "usage": {"in": "3"}}"#).unwrap_err();
        assert_eq!(
            (odd.kind, odd.message.as_str()),
            (ErrorType::Malformed, "`usage.input_tokens` is not a whole number")
        );
        let typo = paths(&[("input_token", "$.x")]).unwrap_err();
        assert_eq!(typo.message, "`input_token` is nothing that is counted, did you mean `input_tokens`?");
        assert_eq!(paths(&[("cost_usd", "x")]).unwrap_err().key.as_deref(), Some("http.usage"));
    }
}
