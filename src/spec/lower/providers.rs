//! `providers:` into endpoints, built-in ones made up where a version uses them.
use super::super::diagnostic::Diagnostic;
use super::super::keys::PROVIDER;
use super::super::yaml::{Entry, Span};
use super::context::{Lowering, NAME_RULE, is_name, listed};
use super::fields::{Fields, value_span};
use crate::domain::Endpoint;
use crate::registry;

/// The endpoints an experiment may use.
#[derive(Debug, Default)]
pub(super) struct Providers {
    declared: Vec<(Endpoint, Span)>,
    /// Names whose entries were wrong: what uses them is not wrong as well.
    broken: Vec<String>,
}

impl Providers {
    /// The endpoint of that name: declared, or built in.
    pub(super) fn find(&self, cx: &Lowering<'_>, name: &str) -> Option<Endpoint> {
        let declared =
            self.declared.iter().map(|(endpoint, _)| endpoint).find(|endpoint| endpoint.name == name);
        declared.cloned().or_else(|| {
            let row = cx.options.providers.find(name)?;
            // An alias means the endpoint of the row's own name, so that limits are shared and hashes agree.
            let declared = self.declared.iter().map(|(endpoint, _)| endpoint).find(|e| e.name == row.name);
            Some(declared.cloned().unwrap_or_else(|| Endpoint {
                base_url: row.make.base_url.map(str::to_owned),
                api_key_env: row.make.api_key_env.map(str::to_owned),
                ..Endpoint::plain(row.name, row.name)
            }))
        })
    }

    /// Whether an entry of that name was wrong.
    pub fn is_broken(&self, name: &str) -> bool {
        self.broken.iter().any(|broken| broken == name)
    }

    /// The declared or built-in name nearest to a mistyped one.
    pub(super) fn nearest(&self, cx: &Lowering<'_>, name: &str) -> Option<String> {
        let declared = self.declared.iter().map(|(endpoint, _)| endpoint.name.as_str());
        registry::nearest(name, declared).or_else(|| cx.options.providers.nearest(name)).map(str::to_owned)
    }

    /// Every name one may write.
    pub(super) fn names(&self, cx: &Lowering<'_>) -> Vec<String> {
        let built_in = cx
            .options
            .providers
            .rows
            .iter()
            .filter(|row| row.make.kind != crate::providers::ProviderKind::Own);
        let mut names: Vec<String> =
            self.declared.iter().map(|(endpoint, _)| endpoint.name.clone()).collect();
        names.extend(
            built_in.map(|row| row.name.to_owned()).filter(|name| !names.contains(name)).collect::<Vec<_>>(),
        );
        names
    }

    /// The endpoints that are used, in the order of use; a declared one that nobody uses is warned of.
    pub(super) fn used(
        &self,
        cx: &mut Lowering<'_>,
        names: impl IntoIterator<Item = String>,
    ) -> Vec<Endpoint> {
        let mut used: Vec<Endpoint> = Vec::new();
        for name in names {
            if used.iter().any(|endpoint| endpoint.name == name) {
                continue;
            }
            used.push(self.find(cx, &name).unwrap_or_else(|| Endpoint::plain(&name, &name)));
        }
        for (endpoint, span) in &self.declared {
            if !used.iter().any(|other| other.name == endpoint.name) {
                let place = cx.place(*span);
                let message = format!("the provider `{}` is declared and not used", endpoint.name);
                let hint = format!("a version uses it as `model: {}/MODEL`", endpoint.name);
                cx.report(Diagnostic::warning(message).at(place).hint(hint));
            }
        }
        used
    }
}

impl Lowering<'_> {
    /// Reads `providers:`.
    pub(super) fn providers(&mut self, root: &Fields) -> Providers {
        let (mut declared, mut broken) = (Vec::new(), Vec::new());
        if let Some(node) = root.node("providers").cloned() {
            for entry in self.entries("providers", &node) {
                match self.provider(&entry) {
                    Some(endpoint) => declared.push((endpoint, entry.key.span)),
                    None => broken.push(entry.key.text),
                }
            }
        }
        Providers { declared, broken }
    }

    fn provider(&mut self, entry: &Entry) -> Option<Endpoint> {
        let name = entry.key.text.as_str();
        if !is_name(name) {
            self.error_hint(entry.key.span, format!("`{name}` cannot be a provider's name"), NAME_RULE);
            return None;
        }
        let written = entry.value.get("type");
        let kind = written.and_then(|node| node.as_text()).unwrap_or(name).to_owned();
        let Some(row) = self.options.providers.find(&kind) else {
            self.unknown_kind(entry, &kind, written.map(|node| node.span));
            return None;
        };
        let what = format!("a provider of type `{}`", row.name);
        let fields = self.fields_with(&what, PROVIDER.fields, row.keys, &entry.value, value_span(entry));
        let headers = fields.node("headers").cloned();
        let options = row
            .keys
            .iter()
            .filter_map(|key| fields.value(key.name).map(|value| (key.name.to_owned(), value.clone())));
        Some(Endpoint {
            base_url: fields.text("base_url").or_else(|| row.make.base_url.map(str::to_owned)),
            api_key_env: match fields.is_null("api_key_env") {
                true => None,
                false => fields.text("api_key_env").or_else(|| row.make.api_key_env.map(str::to_owned)),
            },
            concurrency: fields.int("concurrency"),
            requests_per_minute: fields.int("requests_per_minute"),
            tokens_per_minute: fields.int("tokens_per_minute"),
            options: options.collect(),
            headers: headers.map(|node| self.named_texts("headers", &node)).unwrap_or_default(),
            ..Endpoint::plain(name, row.name)
        })
    }

    fn unknown_kind(&mut self, entry: &Entry, kind: &str, written: Option<Span>) {
        let names = listed(self.options.providers.names());
        match written {
            Some(span) => {
                let nearest = self.options.providers.nearest(kind);
                self.unknown(
                    span,
                    format!("there is no provider type `{kind}`"),
                    nearest,
                    Some(format!("the types are {names}")),
                );
            }
            None => {
                let message = format!("`{kind}` is not a built-in provider, so it needs a `type`");
                let nearest = self.options.providers.nearest(kind);
                let hint = "say whose protocol it speaks, such as `type: openai`".to_owned();
                self.unknown(entry.key.span, message, nearest, Some(hint));
            }
        }
    }
}
