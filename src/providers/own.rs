//! Providers that are not written as `PROVIDER/MODEL` but by a key of the version itself (`command:`, `http:`,
//! `replay:`): they are bound to one version, since what they read depends on it.
use std::sync::Arc;

use crate::domain::{Target, Version};

use super::{Provider, Refusal, command, http, replay};

/// The translator of a version that brings its own; `replies` is the text of its file of recorded replies, read by
/// the plan.
///
/// # Errors
/// The version has a model (its endpoint's row makes that one), its settings are wrong, or replies are missing.
pub fn make(version: &Version, replies: Option<&str>) -> Result<Arc<dyn Provider>, Refusal> {
    let refuse =
        |key: &str, message: &str| Refusal { key: Some(key.to_owned()), message: message.to_owned() };
    match &version.target {
        Target::Command(_) => Ok(Arc::new(command::Command)),
        Target::Http(target) => http::make_http(target),
        Target::Replay { .. } => replay::make_replay(
            replies.ok_or_else(|| refuse("replay", "the recorded replies were not read"))?,
        ),
        Target::Model { .. } => Err(refuse("model", "a model's provider is made from its endpoint")),
    }
}
