//! One experiment file, lowered: every default decided, every name resolved, every file read.
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;

use super::{Digest, Gate, GateOp, Map, Price, Version, WinnerRule};

/// The whole experiment.
#[derive(Clone, Debug)]
pub struct Experiment {
    /// What its versions belong to.
    pub project: String,
    /// Its own name (default: the file's stem).
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// Tags of every batch it makes.
    pub tags: Vec<String>,
    /// Metadata of every batch it makes.
    pub metadata: Map,
    /// The file it was read from.
    pub path: PathBuf,
    /// The folder that holds the project: the store lies in it, nothing is read outside it.
    pub project_dir: PathBuf,
    /// Whether files outside that folder may be read all the same.
    pub allow_outside: bool,
    /// The shared workload.
    pub dataset: DatasetSpec,
    /// Endpoints that versions and judges use, built-in ones that are used included.
    pub endpoints: Vec<Endpoint>,
    /// The candidates, in the file's order, matrix members after the version they come from.
    pub versions: Vec<Version>,
    /// How runs are judged, in the file's order.
    pub evaluators: Vec<EvaluatorSpec>,
    /// How runs are made.
    pub run: RunSettings,
    /// Prices that override or complete the built-in table, first match wins.
    pub pricing: Vec<PriceRule>,
    /// What excludes a version.
    pub gates: Vec<Gate>,
    /// How a winner is chosen.
    pub winner: WinnerRule,
}

impl Experiment {
    /// The endpoint of that name.
    #[must_use]
    pub fn endpoint(&self, name: &str) -> Option<&Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.name == name)
    }

    /// The version of that name.
    #[must_use]
    pub fn version(&self, name: &str) -> Option<&Version> {
        self.versions.iter().find(|version| version.name == name)
    }
}

/// Where something stands in a file: for errors found after the file was lowered.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Origin {
    /// The file, as the person wrote it.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// The dataset as declared.
#[derive(Clone, Debug, Default)]
pub struct DatasetSpec {
    /// Files in order (globs resolved), or rows written in the file.
    pub source: SourceSpec,
    /// Field that holds the case id (default: the hash of the inputs).
    pub id: Option<String>,
    /// Field that holds the reference (default `expected`).
    pub expected: String,
    /// Expression that keeps a row.
    pub filter: Option<String>,
    /// Random part of what is left.
    pub sample: Option<Sample>,
    /// Field whose equal values make cases dependent.
    pub cluster_by: Option<String>,
    /// Field that holds how much a case counts beside the others.
    pub weight_by: Option<String>,
    /// Named expressions: the cases they hold for are reported apart.
    pub slices: Vec<(String, String)>,
    /// Where it is declared.
    pub origin: Origin,
}

/// Where rows come from.
#[derive(Clone, Debug)]
pub enum SourceSpec {
    /// Files, read in this order.
    Files(Vec<PathBuf>),
    /// Rows written in the experiment file.
    Inline(Vec<Value>),
}

impl Default for SourceSpec {
    fn default() -> Self {
        Self::Inline(Vec::new())
    }
}

/// A seeded random sample of the cases.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sample {
    /// How many cases.
    pub n: usize,
    /// Seed of the draw.
    pub seed: u64,
    /// Expression or field whose values keep their shares.
    pub stratify_by: Option<String>,
}

/// A provider as configured: protocol, place, limits. Holds the *name* of the key's variable, never a key.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    /// The name versions use (`NAME/model`).
    pub name: String,
    /// Row of the providers' table that speaks its protocol.
    pub kind: String,
    /// Where; `None` for those that need no place.
    pub base_url: Option<String>,
    /// Environment variable that holds the key; `None` sends none.
    pub api_key_env: Option<String>,
    /// Extra headers; values may hold `${NAME}`.
    pub headers: Vec<(String, String)>,
    /// Fixed number of calls in flight; adaptive without one.
    pub concurrency: Option<usize>,
    /// Limit on requests per minute.
    pub requests_per_minute: Option<u64>,
    /// Limit on tokens per minute.
    pub tokens_per_minute: Option<u64>,
    /// Settings of its own kind (`api`, `version`, `region`, …).
    pub options: Map,
}

impl Endpoint {
    /// One without settings, of a row's kind.
    #[must_use]
    pub fn plain(name: &str, kind: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: kind.to_owned(),
            base_url: None,
            api_key_env: None,
            headers: Vec::new(),
            concurrency: None,
            requests_per_minute: None,
            tokens_per_minute: None,
            options: Map::new(),
        }
    }
}

/// One evaluator as declared.
#[derive(Clone, Debug)]
pub struct EvaluatorSpec {
    /// Its name in scores and reports, unique.
    pub name: String,
    /// Row of the evaluators' table.
    pub kind: String,
    /// Share within the `score` group (default 1; 0 for limits).
    pub weight: f64,
    /// Its own options, decoded and checked, files read.
    pub options: Map,
    /// Template variables and the paths or templates that fill them.
    pub map: Vec<(String, String)>,
    /// Expression that must hold for it to apply.
    pub when: Option<String>,
    /// Kind of span it scores (default: the run).
    pub spans: Option<String>,
    /// Threshold that makes a score a pass.
    pub pass: Option<Threshold>,
    /// 1 − score.
    pub invert: bool,
    /// JCS hash of what determines its verdicts.
    pub hash: Digest,
    /// Where it is declared.
    pub origin: Origin,
}

impl EvaluatorSpec {
    /// The model it asks, as `provider/model`; `None` for those that judge by themselves or ask a program.
    #[must_use]
    pub fn asked_model(&self) -> Option<&str> {
        self.options.get("model")?.as_str()
    }
}

/// `>= 0.8`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold {
    /// How the score is compared.
    pub op: GateOp,
    /// With what.
    pub value: f64,
}

/// How runs are made.
#[derive(Clone, Debug, PartialEq)]
pub struct RunSettings {
    /// Calls in flight per provider.
    pub concurrency: Concurrency,
    /// Times each case is run under each version, at least 1.
    pub repeats: u32,
    /// Whether and how stored answers are used.
    pub cache: CacheMode,
    /// Deadline of one attempt.
    pub timeout: Duration,
    /// Deadline of a whole run, from its first request on: attempts, waits between them and all its calls.
    pub run_timeout: Option<Duration>,
    /// When and how often an attempt is tried again.
    pub retries: Retries,
    /// Dollars that may be spent, in pico-dollars.
    pub budget: Option<super::Money>,
    /// Seed of the order of runs and of everything drawn.
    pub seed: u64,
}

/// Calls in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Concurrency {
    /// Grows while healthy, shrinks on 429.
    Auto,
    /// Exactly this many at most.
    Fixed(usize),
}

/// Use of stored answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CacheMode {
    /// Every batch measures afresh (the default).
    Off,
    /// Use, do not add.
    Read,
    /// Add, do not use.
    Write,
    /// Both.
    ReadWrite,
}

impl CacheMode {
    /// The mode of that word in a file or on the command line.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "off" => Some(Self::Off),
            "read" => Some(Self::Read),
            "write" => Some(Self::Write),
            "read_write" => Some(Self::ReadWrite),
            _ => None,
        }
    }

    /// Whether stored answers are used.
    #[must_use]
    pub fn reads(self) -> bool {
        matches!(self, Self::Read | Self::ReadWrite)
    }

    /// Whether new answers are kept.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Self::Write | Self::ReadWrite)
    }
}

/// When an attempt is tried again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retries {
    /// Retries after the first attempt.
    pub max: u32,
    /// HTTP statuses that are retried, as inclusive ranges.
    pub statuses: Vec<(u16, u16)>,
    /// Whether a timeout is retried.
    pub on_timeout: bool,
}

impl Default for RunSettings {
    fn default() -> Self {
        Self {
            concurrency: Concurrency::Auto,
            repeats: 1,
            cache: CacheMode::Off,
            timeout: Duration::from_secs(120),
            run_timeout: None,
            retries: Retries::default(),
            budget: None,
            seed: 42,
        }
    }
}

impl Default for Retries {
    fn default() -> Self {
        Self { max: 5, statuses: vec![(408, 409), (429, 429), (500, 599)], on_timeout: true }
    }
}

/// One line of `pricing:`.
#[derive(Clone, Debug, PartialEq)]
pub struct PriceRule {
    /// `provider/model`, `*` matching anything.
    pub pattern: String,
    /// What its tokens cost.
    pub price: Price,
}
