//! A program as a version: one case as JSON on standard input, the answer on standard output, either as text or as a
//! JSON object with an `output` key (`{output, usage?, cost_usd?, spans?, metadata?}`). Starting, killing and timing
//! it is the transport's.
use std::sync::Arc;

use serde_json::{Value, json};

use crate::domain::{Completion, Endpoint, ErrorType, Map, Reply, Target};
use crate::registry::Row;

use super::{Call, Failure, Member, ProcessCall, Provider, ProviderKind, Refusal, Wire, counted};

/// The row.
pub(super) const ROW: Row<Member> = Row {
    name: "command",
    aliases: &[],
    doc: "a program: one case as JSON on standard input, the answer on standard output",
    keys: &[],
    make: Member { make, base_url: None, api_key_env: None, access: None, kind: ProviderKind::Own },
};

/// How much of standard error a failure shows, in bytes from its end.
const SHOWN_STDERR: usize = 2048;

/// The translator; the same for every program.
#[derive(Debug)]
pub struct Command;

/// Builds it.
///
/// # Errors
/// None; the signature is the table's.
pub fn make(_: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    Ok(Arc::new(Command))
}

impl Provider for Command {
    fn encode(&self, call: &Call<'_>) -> Result<Wire, Refusal> {
        let refuse = |key: &str, message: String| Refusal { key: Some(key.to_owned()), message };
        let Target::Command(command) = &call.version.target else {
            return Err(refuse("command", "this version has no `command`".to_owned()));
        };
        let mut own = vec![("PROTO_VERSION", call.version.name.clone())];
        if !command.persistent {
            // A worker that is kept is told with each line; its environment must not differ from call to call.
            own.push(("PROTO_CASE_ID", call.case.id.clone()));
            own.push(("PROTO_REPEAT", call.repeat.to_string()));
        }
        if let Some((name, value)) = own.iter().find(|(_, value)| value.contains("${")) {
            // The transport would read it as the name of a variable, and data must never reach the environment.
            let message = format!("`{name}` would be `{value}`, and `${{` in it means a variable");
            return Err(refuse("command", message));
        }
        let mut env = command.env.clone();
        env.extend(own.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let mut stdin = request(call).to_string().into_bytes();
        stdin.push(b'\n');
        Ok(Wire::Process(ProcessCall {
            argv: command.argv.clone(),
            stdin,
            env,
            cwd: command.cwd.clone(),
            persistent: command.persistent,
        }))
    }

    fn decode(&self, reply: &Reply) -> Result<Completion, Failure> {
        let Reply::Process { exit, stdout, stderr } = reply else {
            return Err(Failure::new(
                ErrorType::Malformed,
                "an HTTP reply where a program's output was expected",
            ));
        };
        match exit {
            Some(0) => answer(stdout),
            Some(code) => Err(exited(&format!("exit status {code}"), stderr)),
            None => Err(exited("ended by a signal", stderr)),
        }
    }
}

/// What the program is told.
fn request(call: &Call<'_>) -> Value {
    let mut request = Map::new();
    request.insert("case_id".to_owned(), json!(call.case.id));
    request.insert("input".to_owned(), json!(call.case.inputs));
    request.insert("version".to_owned(), json!(call.version.name));
    request.insert("repeat".to_owned(), json!(call.repeat));
    if !call.messages.is_empty() {
        let message = |m: &crate::domain::Message| json!({"role": m.role.name(), "content": m.joined_text()});
        request.insert("messages".to_owned(), call.messages.iter().map(message).collect());
    }
    Value::Object(request)
}

fn exited(how: &str, stderr: &[u8]) -> Failure {
    let tail = String::from_utf8_lossy(&stderr[stderr.len().saturating_sub(SHOWN_STDERR)..]);
    let tail = tail.trim_start_matches('\u{fffd}').trim();
    let message = if tail.is_empty() { how.to_owned() } else { format!("{how}: {tail}") };
    Failure::new(ErrorType::Exit, message)
}

/// Reads standard output: the line ends at its end are the terminal's, not the answer's.
fn answer(stdout: &[u8]) -> Result<Completion, Failure> {
    let text = std::str::from_utf8(stdout).map_err(|error| {
        malformed(format!("standard output is not UTF-8 from byte {}", error.valid_up_to()))
    })?;
    let text = text.trim_end_matches(['\n', '\r']);
    let completion = match structured(text) {
        Some(object) => of_object(object)?,
        None => Completion { text: text.to_owned(), ..Completion::default() },
    };
    if completion.text.is_empty() {
        return Err(Failure {
            usage: completion.usage,
            ..Failure::new(ErrorType::Empty, "the answer is empty")
        });
    }
    Ok(completion)
}

/// The object, when the output is one with an `output` key; any other JSON is the answer itself.
fn structured(text: &str) -> Option<Map> {
    if !text.trim_start().starts_with('{') {
        return None;
    }
    serde_json::from_str::<Map>(text).ok().filter(|object| object.contains_key("output"))
}

fn of_object(mut object: Map) -> Result<Completion, Failure> {
    let text = match object.remove("output") {
        Some(Value::String(text)) => text,
        Some(Value::Null) | None => String::new(),
        Some(value) => value.to_string(),
    };
    let mut metadata = match object.remove("metadata") {
        Some(Value::Object(map)) => map,
        Some(Value::Null) | None => Map::new(),
        Some(_) => return Err(malformed("`metadata` is not an object".to_owned())),
    };
    if let Some(spans) = object.remove("spans").filter(Value::is_array) {
        metadata.insert("spans".to_owned(), spans);
    }
    let cost = counted::cost(object.get(counted::COST)).map_err(malformed)?;
    let usage = counted::usage(object.get("usage")).map_err(malformed)?;
    Ok(Completion { text, usage, cost, metadata, ..Completion::default() })
}

fn malformed(message: String) -> Failure {
    Failure::new(ErrorType::Malformed, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Command as Program, Money, Usage};
    use crate::providers::sample;

    fn run(exit: Option<i32>, stdout: &[u8], stderr: &str) -> Result<Completion, Failure> {
        let reply = Reply::Process { exit, stdout: stdout.to_vec(), stderr: stderr.as_bytes().to_vec() };
        Command.decode(&reply)
    }

    fn text(stdout: &str) -> String {
        run(Some(0), stdout.as_bytes(), "").unwrap().text
    }

    #[test]
    fn the_program_is_told_the_case_and_never_the_expected_answer() {
        let program = Program {
            argv: vec!["python".into(), "bot.py".into()],
            env: vec![("MODE".into(), "${MODE}".into())],
            ..Program::default()
        };
        let version = sample::version(Target::Command(program));
        let case = sample::case("c1", json!({"ticket": "hi"}), Some(json!("secret")));
        let Ok(Wire::Process(wire)) = Command.encode(&sample::call(&version, &case, &[])) else { panic!() };
        let told: Value = serde_json::from_slice(&wire.stdin).unwrap();
        assert_eq!(told, json!({"case_id": "c1", "input": {"ticket": "hi"}, "version": "v", "repeat": 0}));
        assert!(wire.env.contains(&("PROTO_CASE_ID".into(), "c1".into())));
        assert!(wire.env.contains(&("MODE".into(), "${MODE}".into())));
        let tricky = sample::case("${HOME}", json!({}), None);
        assert!(Command.encode(&sample::call(&version, &tricky, &[])).is_err());
        let kept = Program { persistent: true, ..Program::default() };
        let version = sample::version(Target::Command(kept));
        let Ok(Wire::Process(wire)) = Command.encode(&sample::call(&version, &case, &[])) else { panic!() };
        assert_eq!(wire.env, [("PROTO_VERSION".into(), "v".into())], "one worker answers every case");
    }

    #[test]
    fn output_is_text_or_an_object_with_an_output_key() {
        assert_eq!(text("billing\n"), "billing");
        assert_eq!(text("a\r\nb\r\n"), "a\r\nb");
        assert_eq!(text("{\"category\": \"bug\"}\n"), "{\"category\": \"bug\"}");
        assert_eq!(text("{\"output\": \"x\"}"), "x");
        assert_eq!(text("{\"output\": {\"b\": 1, \"a\": [2]}}"), "{\"b\":1,\"a\":[2]}");
    }

    #[test]
    fn usage_cost_and_metadata_come_along() {
        let stdout = r#"{"output":"x","usage":{"input_tokens":3,"output_tokens":1},"cost_usd":0.25,"metadata":{"k":1}}"#;
        let answer = run(Some(0), stdout.as_bytes(), "").unwrap();
        assert_eq!(answer.usage, Usage { input: Some(3), output: Some(1), ..Usage::default() });
        assert_eq!(answer.cost, Money::from_usd(0.25));
        assert_eq!(answer.metadata["k"], json!(1));
    }

    #[test]
    fn what_cannot_be_meant_is_said() {
        let kind = |stdout: &[u8]| run(Some(0), stdout, "").unwrap_err().kind;
        assert_eq!(kind(b"\n"), ErrorType::Empty);
        assert_eq!(kind(br#"{"output": ""}"#), ErrorType::Empty);
        assert_eq!(kind(b"\xff\xfe"), ErrorType::Malformed);
        assert_eq!(kind(br#"{"output": "x", "usage": {"input_tokens": -1}}"#), ErrorType::Malformed);
        assert_eq!(kind(br#"{"output": "x", "cost_usd": "free"}"#), ErrorType::Malformed);
    }

    #[test]
    fn a_failed_program_shows_the_end_of_its_stderr() {
        let long = format!("{}Traceback: boom\n", "ü".repeat(3000));
        let failure = run(Some(3), b"partial", &long).unwrap_err();
        assert_eq!(failure.kind, ErrorType::Exit);
        assert!(failure.message.starts_with("exit status 3: ü") && failure.message.ends_with("boom"));
        assert!(failure.message.len() < 2100);
        assert_eq!(run(None, b"", "").unwrap_err().message, "ended by a signal");
    }
}
