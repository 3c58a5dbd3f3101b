//! Who answers a version: a model of a known provider, a program, an endpoint, or recorded replies.
use super::super::folder::read_bytes;
use super::super::yaml::Span;
use super::context::{Lowering, listed};
use super::fields::Fields;
use super::merge::TARGETS;
use super::providers::Providers;
use crate::domain::{Digest, Target};
use crate::providers::ProviderKind;

/// The largest recording that is replayed.
const MAX_REPLAY_BYTES: u64 = 1 << 30;

/// A recording's identity is what it holds for the version, not where it lies: one file may hold several versions'.
fn recording(bytes: &[u8], version: &str) -> Digest {
    let is_ours = |line: &&[u8]| {
        let value: serde_json::Value = serde_json::from_slice(line).unwrap_or_default();
        value.get("version").and_then(serde_json::Value::as_str).is_none_or(|name| name == version)
    };
    Digest::of(&bytes.split(|byte| *byte == b'\n').filter(is_ours).collect::<Vec<_>>().join(&b'\n'))
}

impl Lowering<'_> {
    /// The target of a version; `None` after an error.
    pub(super) fn target(&mut self, name: &str, fields: &Fields, providers: &Providers) -> Option<Target> {
        let key = TARGETS.iter().copied().find(|key| fields.node(key).is_some())?;
        let span = fields.span(key).unwrap_or_default();
        if key != "model" && self.options.providers.find(key).is_none() {
            self.error(span, format!("`{key}` versions are not part of this build of proto"));
            return None;
        }
        match key {
            "model" => {
                let (provider, model) = self.model(&fields.text("model")?, span, providers)?;
                Some(Target::Model { provider, model })
            }
            "command" => self.command(name, fields, span).map(Target::Command),
            "http" => self.http(fields.node("http")?, span).map(Target::Http),
            _ => {
                let written = fields.text("replay")?;
                let base = self.folder.base().to_path_buf();
                let path = self.folder.file(&base, &written).ok()?;
                let digest = match read_bytes(&path, MAX_REPLAY_BYTES) {
                    Ok(bytes) => recording(&bytes, name),
                    Err(error) => {
                        self.file_error(span, &written, &error);
                        return None;
                    }
                };
                Some(Target::Replay { path, digest })
            }
        }
    }

    /// `provider/model` with a provider that exists; `None` after an error.
    pub(super) fn model(
        &mut self,
        text: &str,
        span: Span,
        providers: &Providers,
    ) -> Option<(String, String)> {
        let Some((provider, model)) =
            text.split_once('/').filter(|(p, m)| !p.is_empty() && !m.trim().is_empty())
        else {
            let hint = match providers.find(self, text) {
                Some(_) => format!("`{text}` is a provider: add the model, `{text}/MODEL`"),
                None => "write `provider/model`, such as `openai/gpt-4o-mini`".to_owned(),
            };
            self.error_hint(span, format!("`{text}` does not name a provider and a model"), hint);
            return None;
        };
        if providers.is_broken(provider) {
            return None;
        }
        let Some(endpoint) = providers.find(self, provider) else {
            let nearest = providers.nearest(self, provider);
            let message = format!("there is no provider `{provider}`");
            let names = providers.names(self);
            let hint = format!(
                "the providers are {}; any other that speaks OpenAI's protocol is declared under `providers:`, such as `{provider}: {{ type: openai, base_url: \"https://…/v1\" }}`",
                listed(names.iter().map(String::as_str))
            );
            self.unknown(span, message, nearest.as_deref(), Some(hint));
            return None;
        };
        let row = self.options.providers.find(&endpoint.kind);
        if row.is_some_and(|row| row.make.kind == ProviderKind::Own) {
            let message = format!("`{provider}` is not written as `provider/model`");
            self.error_hint(span, message, format!("give the version the key `{}:` instead", endpoint.kind));
            return None;
        }
        Some((endpoint.name, model.to_owned()))
    }
}
