//! `command`: a program of any language judges. It reads the run as one JSON object on standard input and prints
//! `{"score": …, "label"?: …, "explanation"?: …}`, or a bare number, `true` or `false`. The stage runs it.
use std::time::Duration;

use serde_json::Value;

use super::options::{Options, required, shortened, wrong};
use super::rule::scored;
use super::{Answer, Ask, Evaluator, Member, OptionError, Subject};
use crate::domain::{Map, Verdict};
use crate::registry::{Key, Kind, Row};

pub(super) const ROW: Row<Member> = Row {
    name: "command",
    aliases: &["program"],
    doc: "A program judges: the run as JSON in, a score out",
    keys: &[
        Key::required("command", Kind::Texts, "Program and arguments; no shell is involved"),
        Key::optional("timeout", Kind::Duration, "How long it may take (default 60s)"),
        Key::optional("env", Kind::Any, "Variables added to its environment; values may hold `${NAME}`"),
    ],
    make: Member {
        make,
        example: r#"{"command": ["python", "judge.py"]}"#,
        shorthand: Some("command"),
        weight: 1.0,
        binary: false,
    },
};

/// How long a program may take unless the person says otherwise.
const TIMEOUT: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Program {
    argv: Vec<String>,
    env: Vec<(String, String)>,
    timeout: Duration,
}

fn make(options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let options = Options(options);
    let argv = options.texts("command")?.ok_or_else(|| required("command"))?;
    if argv[0].trim().is_empty() {
        return Err(wrong("command", "`command` names no program"));
    }
    let timeout = match options.amount("timeout")? {
        Some(seconds) => Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero()),
        None => Some(TIMEOUT),
    };
    let timeout = timeout.ok_or_else(|| wrong("timeout", "`timeout` takes a duration above 0"))?;
    Ok(Box::new(Program { argv, env: environment(options)?, timeout }))
}

fn environment(options: Options<'_>) -> Result<Vec<(String, String)>, OptionError> {
    let wrong = || wrong("env", "`env` takes a mapping of names to texts");
    let Some(value) = options.get("env") else { return Ok(Vec::new()) };
    let pair = |(name, value): (&String, &Value)| match value {
        Value::String(text) => Ok((name.clone(), text.clone())),
        Value::Number(_) | Value::Bool(_) => Ok((name.clone(), value.to_string())),
        _ => Err(wrong()),
    };
    value.as_object().ok_or_else(wrong)?.iter().map(pair).collect()
}

impl Evaluator for Program {
    fn ask(&self, subject: &Subject<'_>) -> Result<Ask, Verdict> {
        let mut stdin = subject.values().to_string().into_bytes();
        stdin.push(b'\n');
        let (argv, env, timeout) = (self.argv.clone(), self.env.clone(), self.timeout);
        Ok(Ask::Program { argv, stdin, env, timeout })
    }

    fn judge(&self, _: &Subject<'_>, answer: Option<&Answer>) -> Verdict {
        match answer {
            None => Verdict::Failed("the program was not run".to_owned()),
            Some(Answer::Failed(why)) => Verdict::Failed(why.clone()),
            Some(Answer::Text(printed)) => read(printed),
        }
    }
}

/// The verdict a program printed.
fn read(printed: &str) -> Verdict {
    let text = printed.trim();
    let value = match text {
        // As Python prints them.
        "True" => Some(Value::Bool(true)),
        "False" => Some(Value::Bool(false)),
        text => serde_json::from_str(text).ok(),
    };
    let verdict = match &value {
        Some(Value::Object(map)) => map.get("score").and_then(bare).map(|verdict| {
            let text = |key: &str| map.get(key).filter(|value| !value.is_null()).map(as_text);
            with(verdict, text("label"), text("explanation"))
        }),
        Some(value) => bare(value),
        None => None,
    };
    verdict.unwrap_or_else(|| match text {
        "" => Verdict::Failed("the program printed nothing".to_owned()),
        text => Verdict::Failed(format!("the program printed no score: `{}`", shortened(text, 200))),
    })
}

/// A bare number or truth value.
fn bare(value: &Value) -> Option<Verdict> {
    match value {
        Value::Bool(passed) => Some(Verdict::pass(*passed)),
        Value::Number(number) => Some(scored(number.as_f64().unwrap_or(f64::NAN))),
        _ => None,
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn with(verdict: Verdict, label: Option<String>, explanation: Option<String>) -> Verdict {
    match verdict {
        Verdict::Scored { score, passed, .. } => Verdict::Scored { score, passed, label, explanation },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::evaluators::tests::{Fixture, evaluator, refused};

    #[test]
    fn the_run_goes_in_as_json() {
        let fixture = Fixture::answering("hi").input("q", json!("?"));
        let options = json!({"command": ["python", "judge.py"], "timeout": 20, "env": {"MODE": 1}});
        let ask = evaluator("command", options).ask(&fixture.subject()).unwrap();
        let Ask::Program { argv, stdin, env, timeout } = ask else { panic!("no program") };
        assert_eq!((argv.len(), timeout), (2, Duration::from_secs(20)));
        assert_eq!(env, [("MODE".to_owned(), "1".to_owned())]);
        let sent: Value = serde_json::from_slice(&stdin).unwrap();
        assert_eq!(sent["input"], json!({"q": "?"}));
        assert_eq!((&sent["output"]["text"], &sent["expected"]), (&json!("hi"), &Value::Null));
        assert_eq!(sent["tokens"], json!({"input": 100, "output": 20, "total": 120}));
    }

    #[test]
    fn scores_come_bare_or_explained() {
        assert_eq!(read("0.25\n"), Verdict::score(0.25));
        assert_eq!(read("1"), Verdict::score(1.0));
        assert_eq!(read("true"), Verdict::pass(true));
        assert_eq!(read("False"), Verdict::pass(false));
        let full = read(r#"{"score": 0.5, "label": "so-so", "explanation": "half"}"#);
        let Verdict::Scored { score, label, explanation, .. } = full else { panic!("not scored") };
        assert_eq!((score, label.as_deref(), explanation.as_deref()), (0.5, Some("so-so"), Some("half")));
    }

    #[test]
    fn anything_else_is_failed_never_zero() {
        for printed in
            ["", "great", "NaN", "1.5", "-0.1", "null", "{}", r#"{"score": "high"}"#, "[1]", "0.5 0.6"]
        {
            assert_eq!(read(printed).status(), "failed", "{printed}");
        }
        let fixture = Fixture::answering("x");
        let program = evaluator("command", json!({"command": "judge"}));
        let failed = Answer::Failed("exit status 1".into());
        assert_eq!(program.judge(&fixture.subject(), Some(&failed)), Verdict::Failed("exit status 1".into()));
        assert_eq!(program.judge(&fixture.subject(), None).status(), "failed");
    }

    #[test]
    fn a_program_is_named() {
        assert_eq!(refused("command", json!({})).key, Some("command"));
        assert_eq!(refused("command", json!({"command": [""]})).key, Some("command"));
        assert_eq!(refused("command", json!({"command": ["x"], "timeout": 0})).key, Some("timeout"));
        assert_eq!(refused("command", json!({"command": ["x"], "env": ["A"]})).key, Some("env"));
    }
}
