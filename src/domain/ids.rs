//! Identities: given by the plan, never by a store.
use std::fmt;

pub use opentelemetry::trace::{SpanId, TraceId};
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);

        impl $name {
            /// A fresh UUIDv7: sorts by the moment it was made.
            #[must_use]
            pub fn fresh() -> Self {
                Self(Uuid::now_v7())
            }

            /// Wraps 16 bytes read back from a store; `None` for any other length.
            #[must_use]
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Uuid::from_slice(bytes).ok().map(Self)
            }

            /// Parses the hyphenated form.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::parse_str(text).ok().map(Self)
            }

            /// The 16 bytes.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The last eight hex digits: what tables show, since UUIDv7s of one second share their beginning.
            #[must_use]
            pub fn short(&self) -> String {
                let text = self.0.simple().to_string();
                text[24..].to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0.hyphenated())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0.hyphenated())
            }
        }
    };
}

uuid_id! {
    /// One `proto run` or one recording.
    BatchId
}
uuid_id! {
    /// One decision of `choose-winner`.
    DecisionId
}
uuid_id! {
    /// One execution of one case under one version. Its trace id is the same 16 bytes.
    RunId
}

impl RunId {
    /// The trace a run leaves: the same 16 bytes, so that one is found from the other without a column.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        TraceId::from_bytes(*self.as_bytes())
    }

    /// The id of the run's span number `index` (0 root, 1 the first call, from 2 on evaluations, from 2^40 on further calls and tools): derived, so that exporting
    /// the same run twice gives the same tree. The two highest bits (constant in a UUIDv7) are cleared: SQL, which
    /// derives the same ids, has no wrapping addition.
    #[must_use]
    pub fn span_id(&self, index: u64) -> SpanId {
        let low = self.as_bytes()[8..].iter().fold(0_u64, |acc, byte| acc << 8 | u64::from(*byte));
        SpanId::from_bytes((low & (u64::MAX >> 2)).wrapping_add(index).to_be_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_shorten_to_their_random_end() {
        let id = RunId::fresh();
        assert_eq!(RunId::parse(&id.to_string()), Some(id));
        assert_eq!(RunId::from_slice(id.as_bytes()), Some(id));
        assert!(id.to_string().ends_with(&id.short()));
        assert_eq!(id.trace_id().to_bytes(), *id.as_bytes());
        assert_ne!(id.span_id(0), id.span_id(1));
    }
}
