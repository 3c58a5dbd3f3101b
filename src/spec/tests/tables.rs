//! Providers and evaluators that stand for the real ones, so that messages do not change when a row is added.
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{Endpoint, Map, Verdict};
use crate::evaluators::{self, Answer, Evaluator, OptionError, Subject};
use crate::providers::{self, Provider, ProviderKind, Refusal};
use crate::registry::{Key, Kind, Row, Table};
use crate::spec::LoadOptions;

/// Options with the tables below.
pub fn options() -> LoadOptions {
    LoadOptions {
        allow_outside: false,
        selected: None,
        working: PathBuf::from("."),
        providers: &PROVIDERS,
        evaluators: &EVALUATORS,
    }
}

fn no_provider(_: &Endpoint) -> Result<Arc<dyn Provider>, Refusal> {
    Err(Refusal { key: None, message: "only its row exists".into() })
}

const fn provider(
    name: &'static str,
    kind: ProviderKind,
    base_url: Option<&'static str>,
    api_key_env: Option<&'static str>,
) -> Row<providers::Member> {
    Row {
        name,
        aliases: &[],
        doc: "a provider",
        keys: &[],
        make: providers::Member { make: no_provider, base_url, api_key_env, access: None, kind },
    }
}

const ANTHROPIC_KEYS: &[Key] = &[Key::optional("version", Kind::Text, "The value of `anthropic-version`")];
const ANTHROPIC: Row<providers::Member> = Row {
    name: "anthropic",
    aliases: &["claude"],
    doc: "Anthropic's messages API",
    keys: ANTHROPIC_KEYS,
    make: providers::Member {
        make: no_provider,
        base_url: Some("https://api.anthropic.com"),
        api_key_env: Some("ANTHROPIC_API_KEY"),
        access: None,
        kind: ProviderKind::Api,
    },
};

pub static PROVIDERS: Table<providers::Member> = Table {
    family: "provider",
    rows: &[
        provider("openai", ProviderKind::Api, Some("https://api.openai.com/v1"), Some("OPENAI_API_KEY")),
        ANTHROPIC,
        provider("ollama", ProviderKind::Api, Some("http://127.0.0.1:11434/v1"), None),
        provider("sim", ProviderKind::Simulated, None, None),
        provider("command", ProviderKind::Own, None, None),
        provider("http", ProviderKind::Own, None, None),
        provider("replay", ProviderKind::Own, None, None),
    ],
};

/// An evaluator that was only built.
#[derive(Debug)]
struct Built;

impl Evaluator for Built {
    fn judge(&self, _: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        Verdict::pass(true)
    }
}

fn any(_: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    Ok(Box::new(Built))
}

fn regex(options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let pattern = options.get("pattern").and_then(|value| value.as_str()).unwrap_or_default();
    regex::Regex::new(pattern).map_err(|_| OptionError {
        key: Some("pattern"),
        message: format!("`{pattern}` is not a regular expression"),
        hint: Some("escape a bracket that is meant literally, such as `\\(`".into()),
    })?;
    Ok(Box::new(Built))
}

const fn evaluator(
    name: &'static str,
    keys: &'static [Key],
    shorthand: Option<&'static str>,
    make: fn(&Map) -> Result<Box<dyn Evaluator>, OptionError>,
) -> Row<evaluators::Member> {
    Row {
        name,
        aliases: &[],
        doc: "an evaluator",
        keys,
        make: evaluators::Member { make, example: "{}", shorthand, weight: 1.0, binary: true },
    }
}

const EQUALS_KEYS: &[Key] = &[
    Key::required("expected", Kind::Any, "What the answer must be"),
    Key::optional("actual", Kind::Template, "What is compared; default: the answer"),
    Key::optional("ignore_case", Kind::Bool, "Upper and lower case are the same"),
];
const LATENCY: Row<evaluators::Member> = Row {
    name: "latency-limit",
    aliases: &[],
    doc: "passes when the answer came in time",
    keys: &[Key::required("max", Kind::Duration, "Longest latency that passes")],
    make: evaluators::Member { make: any, example: "{}", shorthand: Some("max"), weight: 0.0, binary: true },
};

pub static EVALUATORS: Table<evaluators::Member> = Table {
    family: "evaluator",
    rows: &[
        Row { aliases: &["exact-match"], ..evaluator("equals", EQUALS_KEYS, Some("expected"), any) },
        evaluator("contains", &[Key::required("text", Kind::Template, "What must occur")], Some("text"), any),
        evaluator(
            "is-json",
            &[Key::optional("schema", Kind::FileOrValue, "JSON Schema")],
            Some("schema"),
            any,
        ),
        evaluator(
            "regex",
            &[Key::required("pattern", Kind::Text, "Regular expression")],
            Some("pattern"),
            regex,
        ),
        LATENCY,
        evaluator(
            "expr",
            &[Key::required("expression", Kind::Expression, "What must hold")],
            Some("expression"),
            any,
        ),
        evaluator(
            "command",
            &[
                Key::required("command", Kind::Texts, "Program and arguments"),
                Key::optional("timeout", Kind::Duration, "Deadline of one call"),
            ],
            Some("command"),
            any,
        ),
        evaluator(
            "judge",
            &[
                Key::optional("criterion", Kind::Text, "A yes/no question about the answer"),
                Key::optional("prompt", Kind::TextOrFile, "The judge's own prompt"),
                Key::required("model", Kind::Text, "Who judges, as `provider/model`"),
                Key::optional("choices", Kind::Numbers, "Score by the judge's word"),
                Key::optional("explain", Kind::Bool, "Ask for an explanation first"),
            ],
            Some("criterion"),
            any,
        ),
    ],
};
