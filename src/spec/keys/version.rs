//! Keys of a version (and so of `base`), of its tools and of an `http` target.
use super::{Section, Shape, plain, required, shaped};
use crate::registry::Kind;

/// One version.
pub static VERSION: Section = Section {
    what: "a version",
    fields: &[
        plain("description", Kind::Text, "What it is for; outside its hash"),
        plain("tags", Kind::Texts, "Tags it is given when registered; outside its hash"),
        shaped("metadata", Shape::Open, "Anything worth keeping; outside its hash"),
        plain("extends", Kind::Text, "The version it starts from; its description and tags stay behind"),
        plain("model", Kind::Text, "`provider/model`"),
        plain(
            "command",
            Kind::Texts,
            "Program and arguments instead of a model: JSON in, answer out, no shell",
        ),
        shaped("http", Shape::One(&HTTP), "An HTTP endpoint instead of a model"),
        plain("replay", Kind::Path, "Recorded replies instead of a model (JSON lines)"),
        plain(
            "prompt",
            Kind::TextOrFile,
            "One user message: a path that exists is a file, anything else is text",
        ),
        shaped(
            "messages",
            Shape::Own("messages"),
            "Messages in order: `role: path or text`, or a list of `text:`, `image:` and `file:`; `conversation: FIELD` or `turns: FIELD` of the case",
        ),
        shaped("params", Shape::Open, "Parameters sent to the model as written"),
        shaped("tools", Shape::Own("tools"), "Tools offered to the model, in order"),
        plain("tool_choice", Kind::Any, "Which tool the model must call, as its API spells it"),
        plain("response_schema", Kind::FileOrValue, "JSON Schema of the answer: a file, or written here"),
        plain(
            "max_turns",
            Kind::Int(1, 1000),
            "Calls of the model, at most, until it answers without calling tools",
        ),
        plain("stream", Kind::Bool, "Ask for a stream: gives the time to the first token"),
        plain("timeout", Kind::Duration, "Deadline of one attempt; default: that of `run`"),
        plain("run_timeout", Kind::Duration, "Deadline of a whole run; default: that of `run`"),
        plain("files", Kind::Texts, "Files and globs that are part of a command's identity"),
        shaped("env", Shape::Own("texts"), "Environment variables of a command; values may hold ${NAME}"),
        plain("persistent", Kind::Bool, "One worker that answers many cases, a JSON line each"),
        plain(
            "cost_per_run_usd",
            Kind::Number(0.0, 1_000_000.0),
            "What one run costs where nobody counts tokens",
        ),
    ],
};

/// A version's `http:`.
pub static HTTP: Section = Section {
    what: "`http`",
    fields: &[
        required("url", Kind::Template, "Where; a template, may hold ${NAME}"),
        plain("method", Kind::Choice(&["POST", "GET", "PUT", "PATCH"]), "HTTP method; default POST"),
        shaped("headers", Shape::Own("texts"), "Headers; values are templates and may hold ${NAME}"),
        shaped("body", Shape::Own("body"), "JSON body; its texts are templates"),
        plain("output", Kind::Text, "JSONPath of the answer in the reply; default: the whole body"),
        shaped(
            "usage",
            Shape::Own("texts"),
            "JSONPaths in the reply of `input_tokens`, `output_tokens`, `cached_input_tokens`, `cache_write_tokens`, `reasoning_tokens`, `cost_usd`",
        ),
    ],
};

/// One entry of `tools:` written as a mapping.
pub static TOOL: Section = Section {
    what: "a tool",
    fields: &[
        plain("file", Kind::File, "JSON or YAML file that describes the tool"),
        shaped(
            "mock",
            Shape::Own("mock"),
            "What it answers: a value, or a list of `{when: …, return: …}`, written here or in a file; without one its call ends the run",
        ),
        plain("name", Kind::Text, "The tool's name, where no file says it"),
        plain("description", Kind::Text, "What it does, as the model is told"),
        plain("parameters", Kind::FileOrValue, "JSON Schema of its arguments"),
    ],
};
