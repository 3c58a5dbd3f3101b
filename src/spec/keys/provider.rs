//! Keys of an entry of `providers:`; a provider's own settings come from its row.
use super::{Section, Shape, plain, shaped};
use crate::registry::Kind;

/// One entry of `providers:`.
pub static PROVIDER: Section = Section {
    what: "a provider",
    fields: &[
        plain("type", Kind::Text, "Whose protocol it speaks; default: its own name"),
        plain("base_url", Kind::Text, "Where its API is; may hold ${NAME}"),
        plain("api_key_env", Kind::Text, "Environment variable that holds the key; null sends none"),
        shaped("headers", Shape::Own("texts"), "Extra headers; values may hold ${NAME}"),
        plain("concurrency", Kind::Int(1, 100_000), "Calls in flight; adaptive without it"),
        plain("requests_per_minute", Kind::Int(1, 1_000_000_000), "Limit of the provider"),
        plain("tokens_per_minute", Kind::Int(1, 1_000_000_000_000), "Limit of the provider"),
    ],
};
