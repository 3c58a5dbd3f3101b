//! Spans as OpenTelemetry means them, in no encoding.
pub use opentelemetry::trace::SpanKind;

use super::{Map, SpanId, TraceId};

/// One timed operation of a trace.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    /// The tree it belongs to.
    pub trace_id: TraceId,
    /// Its own id.
    pub span_id: SpanId,
    /// The span it lies in.
    pub parent: Option<SpanId>,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: SpanKind,
    /// Nanoseconds since 1970.
    pub started_ns: i64,
    /// Nanoseconds since 1970, never before `started_ns`.
    pub ended_ns: i64,
    /// How it ended.
    pub status: SpanStatus,
    /// Attributes by name.
    pub attributes: Map,
    /// What happened in it.
    pub events: Vec<SpanEvent>,
}

/// How a span ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SpanStatus {
    /// Nothing said.
    Unset,
    /// Said to be fine.
    Ok,
    /// Failed, with a description.
    Error(String),
}

impl SpanStatus {
    /// The stored name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unset => "unset",
            Self::Ok => "ok",
            Self::Error(_) => "error",
        }
    }
}

/// Something that happened at one moment of a span.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanEvent {
    /// Its name.
    pub name: String,
    /// Nanoseconds since 1970.
    pub at_ns: i64,
    /// Attributes by name.
    pub attributes: Map,
}
