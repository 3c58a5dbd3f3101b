//! OpenTelemetry in plain values: the names of the semantic conventions, runs as spans, messages as their JSON.
//! No exporting and no receiving here, and no encoding but JSON texts inside attributes.
pub mod genai;
pub mod messages;
pub mod semconv;
