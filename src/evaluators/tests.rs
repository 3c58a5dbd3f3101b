//! One conformance suite over every row, and the runs the members' own tests judge.
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Answer, Ask, EVALUATORS, Evaluator, Member, OptionError, Subject};
use crate::domain::{
    BatchId, Case, Completion, Cost, CostSource, Digest, EvaluatorSpec, FinishReason, Map, Money, Origin,
    Run, RunId, RunKey, RunStatus, Usage, Verdict, inputs_hash,
};
use crate::registry::Row;

/// A case and a run of it.
pub(super) struct Fixture {
    pub case: Case,
    pub run: Run,
}

impl Fixture {
    /// A run that answered so, in 1.5 s, for 100 + 20 tokens and 0.002 dollars, of a case without anything.
    pub fn answering(text: &str) -> Self {
        let inputs_hash = inputs_hash(&Map::new());
        let case = Case {
            id: "case-1".into(),
            inputs: Map::new(),
            expected: None,
            metadata: Map::new(),
            cluster: None,
            weight: None,
            slices: Vec::new(),
            inputs_hash,
            file: "".into(),
        };
        let key =
            RunKey { version: Digest::of(b"v"), case_id: case.id.clone(), inputs: inputs_hash, repeat: 0 };
        let cost = Money::from_usd(0.002);
        let usage = Usage { input: Some(100), output: Some(20), ..Usage::default() };
        let completion = Completion {
            text: text.to_owned(),
            finish_reason: Some(FinishReason::Stop),
            usage,
            ..Completion::default()
        };
        let run = Run {
            id: RunId::fresh(),
            batch: BatchId::fresh(),
            key,
            status: RunStatus::Ok,
            error: None,
            started: Timestamp::UNIX_EPOCH,
            latency: Some(Duration::from_millis(1500)),
            ttft: None,
            queue: Duration::ZERO,
            backoff: Duration::ZERO,
            attempts: Vec::new(),
            calls: Vec::new(),
            usage,
            cost: Cost { cost, spent: cost, source: CostSource::Provider, price: None },
            cache_hit: false,
            model: "m".into(),
            messages: Vec::new(),
            request: None,
            reply: None,
            completion: Some(completion),
        };
        Self { case, run }
    }

    pub fn input(mut self, name: &str, value: Value) -> Self {
        self.case.inputs.insert(name.to_owned(), value);
        self
    }

    pub fn expected(mut self, value: Value) -> Self {
        self.case.expected = Some(value);
        self
    }

    pub fn subject(&self) -> Subject<'_> {
        Subject::new(&self.case, &self.run, "candidate", Path::new("."))
    }
}

/// An evaluator made of options that are right.
pub(super) fn evaluator(kind: &str, options: Value) -> Box<dyn Evaluator> {
    made(kind, options).unwrap_or_else(|error| panic!("{error}"))
}

fn made(kind: &str, options: Value) -> Result<Box<dyn Evaluator>, OptionError> {
    let row = EVALUATORS.find(kind).unwrap_or_else(|| panic!("no row `{kind}`"));
    let Value::Object(options) = options else { panic!("options are a mapping") };
    (row.make.make)(&options)
}

/// Why options are refused.
pub(super) fn refused(kind: &str, options: Value) -> OptionError {
    made(kind, options).expect_err("it should be refused")
}

/// The verdict of an evaluator that asks nobody.
pub(super) fn judge(kind: &str, options: Value, fixture: &Fixture) -> Verdict {
    evaluator(kind, options).judge(&fixture.subject(), None)
}

/// An evaluator as declared, with nothing but its kind.
pub(super) fn spec(kind: &str) -> EvaluatorSpec {
    EvaluatorSpec {
        name: kind.to_owned(),
        kind: kind.to_owned(),
        weight: 1.0,
        options: Map::new(),
        map: Vec::new(),
        when: None,
        spans: None,
        pass: None,
        invert: false,
        hash: Digest::of(kind.as_bytes()),
        origin: Origin::default(),
    }
}

/// The least options a row can be made of.
fn example(row: &Row<Member>) -> Map {
    serde_json::from_str(row.make.example).unwrap_or_else(|error| panic!("{}: {error}", row.name))
}

#[test]
fn names_and_aliases_are_unique_and_documented() {
    let mut seen = BTreeSet::new();
    for row in EVALUATORS.rows {
        for name in std::iter::once(&row.name).chain(row.aliases) {
            assert!(seen.insert(*name), "`{name}` is taken twice");
        }
        assert!(
            !row.doc.is_empty() && !row.doc.ends_with('.') && row.doc.len() < 70,
            "{}: {}",
            row.name,
            row.doc
        );
        let mut keys = BTreeSet::new();
        for key in row.keys {
            assert!(keys.insert(key.name), "{}: `{}` is there twice", row.name, key.name);
            assert!(!key.doc.is_empty() && !key.doc.ends_with('.'), "{}.{}: {}", row.name, key.name, key.doc);
            let common = ["type", "name", "weight", "map", "when", "spans", "pass", "invert"];
            assert!(!common.contains(&key.name), "{}: `{}` is every evaluator's key", row.name, key.name);
        }
        if let Some(shorthand) = row.make.shorthand {
            assert!(keys.contains(shorthand), "{}: shorthand `{shorthand}` is no key", row.name);
        }
        assert!(row.make.weight == 0.0 || row.make.weight == 1.0, "{}", row.name);
    }
}

#[test]
fn every_row_is_made_of_its_example_and_needs_its_required_ones() {
    for row in EVALUATORS.rows {
        let options = example(row);
        let made = (row.make.make)(&options);
        assert!(made.is_ok(), "{}: {made:?}", row.name);
        for name in options.keys() {
            assert!(row.keys.iter().any(|key| key.name == name), "{}: `{name}` is no key", row.name);
        }
        for key in row.keys.iter().filter(|key| key.required) {
            let mut without = options.clone();
            without.shift_remove(key.name);
            assert_eq!((row.make.make)(&without).err().and_then(|e| e.key), Some(key.name), "{}", row.name);
        }
    }
}

#[test]
fn options_of_a_wrong_type_are_refused_or_read_but_never_panic() {
    for row in EVALUATORS.rows {
        for key in row.keys {
            for value in [json!(null), json!({}), json!([]), json!(-1), json!(""), json!("{{"), json!([[{}]])]
            {
                let options = Map::from_iter([(key.name.to_owned(), value)]);
                drop((row.make.make)(&options));
            }
        }
    }
}

/// Every run that may come, the awkward ones first.
fn awkward() -> Vec<Fixture> {
    let mut nothing = Fixture::answering("");
    nothing.run.completion = None;
    nothing.run.latency = None;
    nothing.run.usage = Usage::default();
    nothing.run.cost = Cost::UNKNOWN;
    let huge = "1,234 äöü {\"a\": [1, 2]}\n".repeat(40_000);
    vec![
        nothing,
        Fixture::answering(""),
        Fixture::answering("").expected(json!("")),
        Fixture::answering("x").expected(Value::Null),
        Fixture::answering(&huge).expected(json!("x")),
        Fixture::answering(&huge),
        Fixture::answering(&format!("[{}1]", "1,".repeat(100_000))).expected(json!([1])),
        Fixture::answering(&"[".repeat(100_000)).expected(json!({"a": {"b": []}})),
        Fixture::answering("\u{0}\u{feff}\u{202e}-").expected(json!(1e308)),
        Fixture::answering("-1e308").expected(json!(1e308)),
    ]
}

#[test]
fn no_run_and_no_reply_panics_or_scores_outside_the_range() {
    for row in EVALUATORS.rows {
        let evaluator = evaluator(row.name, Value::Object(example(row)));
        for fixture in awkward() {
            let subject = fixture.subject();
            let asks = !matches!(evaluator.ask(&subject), Ok(Ask::Nothing));
            let replies = ["", "1", "2", "NaN", "{\"score\": -1}", "{\"choice\": \"yes\"}", "yes"];
            let mut answers: Vec<Option<Answer>> = vec![None, Some(Answer::Failed("no".into()))];
            answers
                .extend(replies.iter().filter(|_| asks).map(|text| Some(Answer::Text((*text).to_owned()))));
            for answer in answers {
                let verdict = evaluator.judge(&subject, answer.as_ref());
                if let Some(score) = verdict.value() {
                    assert!((0.0..=1.0).contains(&score), "{}: {score}", row.name);
                    assert!(!asks || answer.is_some(), "{}: a verdict without an answer", row.name);
                }
                let repeated = evaluator.judge(&subject, answer.as_ref());
                assert_eq!(verdict, repeated, "{} says two things of one run", row.name);
            }
        }
    }
}

#[test]
fn what_a_binary_row_scores_is_a_pass_or_a_fail() {
    for row in EVALUATORS.rows.iter().filter(|row| row.make.binary) {
        let evaluator = evaluator(row.name, Value::Object(example(row)));
        for fixture in awkward() {
            if let Verdict::Scored { score, passed, .. } = evaluator.judge(&fixture.subject(), None) {
                assert_eq!(passed, Some(score == 1.0), "{}", row.name);
            }
        }
    }
}
