//! Plain values every other module speaks in. No I/O, no clock, no wire format: each boundary (YAML, store rows,
//! OTLP, JSON output) owns its own serialisable shape and converts at its edge.
mod attachment;
mod batch;
mod call;
mod case;
mod compared;
mod decision;
mod digest;
mod error_type;
mod experiment;
mod gate;
mod ids;
mod interval;
mod message;
mod money;
mod noun;
mod report;
mod run;
mod run_call;
mod spread;
mod thought;
mod trace;
mod usage;
mod verdict;
mod version;
mod winner;

pub use attachment::{Attachment, AttachmentKind, Content, MAX_ATTACHMENT_BYTES};
pub use batch::{Batch, BatchKind, BatchStatus};
pub use call::{Completion, FinishReason, Reply};
pub use case::{Case, inputs_hash};
pub use compared::{Family, IntervalKind, Test};
pub use decision::{
    Behind, Decision, GateResult, Margin, MarginStatus, OUT_OF_REACH, Ranked, Sensitivity, Standing,
    VerdictKind, WeightedMetric, WhereAnswered, out_of_reach,
};
pub use digest::Digest;
pub use error_type::ErrorType;
pub use experiment::{
    CacheMode, Concurrency, DatasetSpec, Endpoint, EvaluatorSpec, Experiment, Origin, PriceRule, Retries,
    RunSettings, Sample, SourceSpec, Threshold,
};
pub use gate::{Gate, GateOp, GateValue, MetricRef};
pub use ids::{BatchId, DecisionId, RunId, SpanId, TraceId};
pub use interval::{Interval, Method};
pub use message::{Message, Part, Role, ToolCall, ToolSpec};
pub use money::{Money, Price};
pub use noun::{agreed, counted};
pub use report::{
    Better, Caveat, Column, Comparison, ComparisonVerdict, Regression, Repeated, Report, Unit, Value,
    VersionReport,
};
pub use run::{Attempt, Cost, CostSource, Run, RunError, RunKey, RunStatus};
pub use run_call::RunCall;
pub use spread::{Range, Spread};
pub use thought::Thought;
pub use trace::{Span, SpanEvent, SpanKind, SpanStatus};
pub use usage::Usage;
pub use verdict::{JudgeCall, Score, ScoreSource, Verdict};
pub use version::{Command, FixedFile, HttpTarget, Label, MessageKind, MessageTemplate, Target, Version};
pub use winner::{Formula, GateMode, Missing, OnError, TiePrefer, WinnerRule};

/// A JSON object whose keys keep the order they were written in.
pub type Map = serde_json::Map<String, serde_json::Value>;
