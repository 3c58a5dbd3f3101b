//! Keys of the whole file, of `run`, `pricing`, `matrix` and `winner`.
use super::provider::PROVIDER;
use super::version::VERSION;
use super::{Field, Section, Shape, plain, required, shaped, shaped_required};
use crate::domain::{Formula, GateMode, Missing, OnError, TiePrefer};
use crate::registry::Kind;

/// The file itself.
pub static EXPERIMENT: Section = Section {
    what: "an experiment",
    fields: &[
        required(
            "project",
            Kind::Text,
            "What the versions belong to: they share numbering and history within it",
        ),
        plain("experiment", Kind::Text, "The experiment's name; default: the file's name without its ending"),
        plain("description", Kind::Text, "What the experiment is for"),
        plain("tags", Kind::Texts, "Tags of every batch this file makes"),
        shaped("metadata", Shape::Open, "Anything worth keeping beside every batch"),
        shaped_required(
            "dataset",
            Shape::Own("dataset"),
            "The workload every version gets alike: a file, a glob, a list of files, or a mapping",
        ),
        shaped("providers", Shape::Each(&PROVIDER), "Endpoints and limits; built-in names need no entry"),
        plain(
            "prompt",
            Kind::TextOrFile,
            "The prompt of every version that has none: one user message, a path or a text",
        ),
        shaped("messages", Shape::Own("messages"), "The messages of every version that has none"),
        shaped(
            "base",
            Shape::One(&VERSION),
            "Merged under every version: maps merge, everything else replaces, null deletes",
        ),
        shaped_required(
            "versions",
            Shape::Own("versions"),
            "The candidates by name: `provider/model`, or a mapping",
        ),
        shaped("matrix", Shape::Own("matrix"), "More versions: every combination of the values set"),
        shaped("evaluators", Shape::Own("evaluators"), "How answers are judged"),
        shaped("run", Shape::One(&RUN), "How runs are made"),
        shaped(
            "pricing",
            Shape::Each(&PRICE),
            "Prices by `provider/model` (`*` matches anything), first match wins",
        ),
        shaped("gates", Shape::Own("gates"), "What excludes a version, such as `error_rate <= 1%`"),
        shaped("winner", Shape::One(&WINNER), "How a winner is chosen"),
    ],
};

/// `run:`.
pub static RUN: Section = Section {
    what: "`run`",
    fields: &[
        shaped(
            "concurrency",
            Shape::Own("concurrency"),
            "Calls in flight per provider: `auto` adapts, a number is a limit",
        ),
        plain("repeats", Kind::Int(1, 1000), "Times each case is run under each version"),
        plain(
            "order",
            Kind::Choice(&["interleaved"]),
            "Versions take turns, case by case, in a seeded order",
        ),
        plain(
            "cache",
            Kind::Choice(&["off", "read", "write", "read_write", "false"]),
            "Use of stored answers; off measures every run afresh",
        ),
        plain("timeout", Kind::Duration, "Deadline of one attempt; default 2m"),
        plain(
            "run_timeout",
            Kind::Duration,
            "Deadline of a whole run, its retries, waits and calls, from its first request on; default: none",
        ),
        shaped("retries", Shape::One(&RETRIES), "When an attempt is tried again"),
        plain(
            "budget_usd",
            Kind::Number(0.0, 9_000_000.0),
            "Dollars that the versions may spend; what judges cost comes on top",
        ),
        plain("seed", Kind::Int(0, i64::MAX), "Seed of the order and of everything drawn"),
    ],
};

/// `run.retries:`.
pub static RETRIES: Section = Section {
    what: "`retries`",
    fields: &[
        plain("max", Kind::Int(0, 100), "Retries after the first attempt"),
        plain("on_status", Kind::Texts, "HTTP statuses that are retried, such as 429, 5xx or 500-503"),
        plain("on_timeout", Kind::Bool, "Whether a timeout is retried"),
    ],
};

const USD: Kind = Kind::Number(0.0, 1_000_000.0);

/// One entry of `pricing:`.
pub static PRICE: Section = Section {
    what: "a price",
    fields: &[
        required("input", USD, "USD per million input tokens"),
        required("output", USD, "USD per million output tokens"),
        plain("cached_input", USD, "USD per million input tokens read from the provider's cache"),
        plain("cache_write", USD, "USD per million input tokens written to the provider's cache"),
    ],
};

/// One entry of `matrix:`.
pub static MATRIX: Section = Section {
    what: "a matrix",
    fields: &[
        plain("versions", Kind::Texts, "Versions it multiplies; default: all"),
        shaped_required(
            "set",
            Shape::Own("set"),
            "Keys such as `params.temperature`, each with a list of values",
        ),
    ],
};

const SHARE: Kind = Kind::Number(0.0, 1.0);

/// `winner:`.
pub static WINNER: Section = Section { what: "`winner`", fields: WINNER_FIELDS };

const WINNER_FIELDS: &[Field] = &[
    plain("baseline", Kind::Text, "The version the others are held against; default: the first"),
    plain("weights", Kind::Numbers, "Weight by metric or evaluator: any numbers from 0, normalised later"),
    plain("formula", Kind::Choice(Formula::NAMES), "How metrics become utilities"),
    shaped(
        "references",
        Shape::Own("references"),
        "What counts as normal, such as `{cost: 0.01, latency: 1500ms}`; default: the baseline's own value",
    ),
    plain("rope", SHARE, "Differences in utility below this are a tie"),
    plain("confidence", Kind::Number(0.5, 0.9999), "Level of every interval"),
    plain(
        "on_error",
        Kind::Choice(OnError::NAMES),
        "What a run that failed by the version's own fault scores",
    ),
    plain("missing", Kind::Choice(Missing::NAMES), "What happens to a version that lacks a weighted metric"),
    plain("min_coverage", SHARE, "Share of the cases a version must have values on to be ranked"),
    plain("tie_prefer", Kind::Choice(TiePrefer::NAMES), "What a tie suggests"),
    plain("gate_mode", Kind::Choice(GateMode::NAMES), "How sure a gate must be"),
    plain("seed", Kind::Int(0, i64::MAX), "Seed of the bootstrap"),
    plain("promote", Kind::Text, "Tag that `choose-winner --promote` moves to the winner"),
];
