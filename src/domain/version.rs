//! One candidate: prompt, model and parameters, or a program. Identified by the hash of its closure.
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::{AttachmentKind, Digest, Map, Money, Role, ToolSpec};

/// A version with everything resolved: nothing about it is looked up later.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// The name the experiment file gives it.
    pub name: String,
    /// SHA-256 of the canonical closure: its identity.
    pub hash: Digest,
    /// SHA-256 of its interface: input variables, output schema, tools. Not the model, not the parameters.
    pub signature_hash: Digest,
    /// The resolved closure itself (`proto.closure/1`): enough to run it again without any file.
    pub closure: Value,
    /// Outside the hash: what it is for.
    pub description: Option<String>,
    /// Outside the hash.
    pub tags: Vec<String>,
    /// Outside the hash.
    pub metadata: Map,
    /// Who or what answers.
    pub target: Target,
    /// The prompt, as templates, in order.
    pub messages: Vec<MessageTemplate>,
    /// Templates that messages include, by the name they are included by.
    pub includes: Vec<(String, String)>,
    /// Parameters as declared after merging; sent as written.
    pub params: Map,
    /// Tools offered to the model, in order.
    pub tools: Vec<ToolSpec>,
    /// Which tool the model must call, as the API spells it.
    pub tool_choice: Option<Value>,
    /// JSON Schema the answer must satisfy.
    pub response_schema: Option<Value>,
    /// Ask the provider to stream: gives the time to the first token.
    pub stream: bool,
    /// Calls of the model at most, until it answers without calling a tool that is mocked.
    pub max_turns: u32,
    /// Deadline of one attempt; the run's own default applies when `None`.
    pub timeout: Option<Duration>,
    /// Deadline of a whole run, retries and all its calls; the experiment's own applies when `None`.
    pub run_timeout: Option<Duration>,
    /// What one run costs, where no provider counts (a program on a machine that is paid for).
    pub cost_per_run: Option<Money>,
}

impl Version {
    /// Whether a run may ask the model again: after a tool that is answered, or for the person's next turn.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        let is_mocked = self.tools.iter().any(|tool| tool.mock.is_some());
        let turns = self.messages.iter().any(|message| message.kind == MessageKind::Turns);
        turns || (is_mocked && self.max_turns > 1)
    }
}

/// Who or what answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A model behind a provider of the experiment.
    Model {
        /// The endpoint's name in the experiment.
        provider: String,
        /// The model's own name, as the vendor spells it.
        model: String,
    },
    /// A program.
    Command(Command),
    /// An application behind an HTTP endpoint.
    Http(HttpTarget),
    /// Recorded replies.
    Replay {
        /// The file of recorded replies (JSON lines); empty in a version read back from its closure, which knows
        /// the contents only.
        path: PathBuf,
        /// SHA-256 of that file: part of the version's identity, unlike its path.
        digest: Digest,
    },
}

impl Target {
    /// The name of the endpoint whose limits and order the version shares.
    #[must_use]
    pub fn provider(&self) -> &str {
        match self {
            Self::Model { provider, .. } => provider,
            Self::Command(_) => "command",
            Self::Http(_) => "http",
            Self::Replay { .. } => "replay",
        }
    }

    /// What tables show in the model column.
    #[must_use]
    pub fn model(&self) -> String {
        match self {
            Self::Model { model, .. } => model.clone(),
            Self::Command(command) => command.argv.join(" "),
            Self::Http(http) => http.url.clone(),
            Self::Replay { path, .. } => path.display().to_string(),
        }
    }
}

/// A program that answers one case: JSON on standard input, the answer on standard output.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Command {
    /// Program and arguments; no shell is involved.
    pub argv: Vec<String>,
    /// Variables added to the minimal environment; values may hold `${NAME}`, read when it is started.
    pub env: Vec<(String, String)>,
    /// Where it is started: the experiment file's folder.
    pub cwd: PathBuf,
    /// One worker that answers many cases, a JSON line each.
    pub persistent: bool,
    /// The files it consists of, by their path from `cwd` with `/`, and the SHA-256 of each: arguments that are
    /// files of the project, and those declared as `files`.
    pub files: Vec<(String, Digest)>,
}

/// An HTTP endpoint that answers one case; every text is a template over the case's inputs.
#[derive(Clone, Debug, PartialEq)]
pub struct HttpTarget {
    /// Where.
    pub url: String,
    /// HTTP method, `POST` by default.
    pub method: String,
    /// Header names and values; values may hold `${NAME}`.
    pub headers: Vec<(String, String)>,
    /// JSON body; its texts are templates.
    pub body: Option<Value>,
    /// JSONPath of the answer in the reply; the whole body without one.
    pub output: Option<String>,
    /// JSONPaths of token counts and of the cost in the reply, by their names; what is not there is not known.
    pub usage: Vec<(String, String)>,
}

/// One message of the prompt, before rendering, or what stands for several.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageTemplate {
    /// What it is.
    pub kind: MessageKind,
    /// Who speaks; the user, where the case says it.
    pub role: Role,
    /// The template's text, line ends normalised to LF; the name of the case's field, where that holds what is said; of
    /// an image or a file its path or URL.
    pub text: String,
    /// The name it has in errors: the file it came from, or `version.messages[0]`.
    pub origin: String,
    /// The file itself, of an image or a file whose path is no template.
    pub fixed: Option<FixedFile>,
}

/// A file that is part of a version: known by its contents, wherever it lies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FixedFile {
    /// SHA-256 of its bytes.
    pub digest: Digest,
    /// `image/png`.
    pub media_type: String,
}

/// What one entry of a version's messages is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// One message, a template.
    Message,
    /// The messages of a field of the case: a list of `{role, content}`.
    Conversation,
    /// What the person says in turn, a list of texts in a field of the case: each is answered before the next.
    Turns,
    /// A further text of the message before.
    Text,
    /// An image or a file, part of the message before.
    Attachment(AttachmentKind),
}

impl MessageKind {
    /// The word in YAML and in closures for what a field of the case holds, or for a part; `None` for a message.
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Message => None,
            Self::Conversation => Some("conversation"),
            Self::Turns => Some("turns"),
            Self::Text => Some("text"),
            Self::Attachment(kind) => Some(kind.name()),
        }
    }

    /// The kinds that a field of the case holds.
    pub const FIELDS: [Self; 2] = [Self::Conversation, Self::Turns];

    /// The kinds of a message's parts.
    pub const PARTS: [Self; 3] =
        [Self::Text, Self::Attachment(AttachmentKind::Image), Self::Attachment(AttachmentKind::File)];

    /// Whether it belongs to the message before.
    #[must_use]
    pub fn is_part(self) -> bool {
        Self::PARTS.contains(&self)
    }
}

/// X.Y: Y grows when the interface stayed, X when it changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Label {
    /// Raised when the signature changed.
    pub major: u32,
    /// Raised when only the contents changed.
    pub minor: u32,
}

impl Label {
    /// The first version of a name.
    pub const FIRST: Self = Self { major: 1, minor: 0 };

    /// The label after this one.
    #[must_use]
    pub fn next(self, same_signature: bool) -> Self {
        if same_signature {
            Self { minor: self.minor + 1, ..self }
        } else {
            Self { major: self.major + 1, minor: 0 }
        }
    }

    /// Parses `X.Y`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once('.')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
