//! A version's identity, made of its parts.
use crate::domain::{Digest, Version};

/// Fills `closure`, `hash` and `signature_hash` from the other fields.
pub fn seal(version: &mut Version) {
    version.closure = serde_json::json!({"schema": "proto.closure/1", "parts": format!("{:?}", (&version.target, &version.messages, &version.includes, &version.params))});
    version.hash = Digest::of_json(&version.closure);
    version.signature_hash = version.hash;
}
