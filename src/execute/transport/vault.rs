//! Keys: read from the injected environment, held in a type that cannot be printed, given to a request and to nothing
//! else. Must not be asked for a variable nobody declared: what a dataset writes as `${NAME}` is not looked up.
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::placeholder;
use super::process::PASSED;
use super::scrub::Scrubber;
use crate::domain::{Endpoint, Target, Version};
use crate::providers::{Access, PROVIDERS};

/// Reads a variable.
pub(super) type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// An endpoint whose key and variables were found: what a call needs to be sent there.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The endpoint's name.
    pub name: String,
    pub(super) key: Option<SecretString>,
    /// Signs calls instead of a key.
    pub(super) pair: Option<Pair>,
}

/// A pair of keys, of which the second never leaves the machine.
#[derive(Clone, Debug)]
pub(super) struct Pair {
    pub(super) id: SecretString,
    pub(super) secret: SecretString,
    pub(super) session: Option<SecretString>,
}

impl Resolved {
    /// A place that needs no key: programs, recorded and simulated answers.
    #[must_use]
    pub fn keyless(name: impl Into<String>) -> Self {
        Self { name: name.into(), key: None, pair: None }
    }
}

/// A variable that is needed and not set, or empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{needed_by}` needs the environment variable `{variable}`{}, which is not set", self.or())]
pub struct MissingKey {
    /// The variable.
    pub variable: String,
    /// Those that would do instead, all together.
    pub instead: Vec<&'static str>,
    /// The endpoint or version that names it.
    pub needed_by: String,
}

impl MissingKey {
    /// What to type.
    #[must_use]
    pub fn remedy(&self) -> String {
        let pair: Vec<String> = self.instead.iter().map(|name| format!("{name}=…")).collect();
        let or = if pair.is_empty() { String::new() } else { format!(", or export {}", pair.join(" ")) };
        format!("export {}=…{or}", self.variable)
    }

    fn or(&self) -> String {
        if self.instead.is_empty() {
            String::new()
        } else {
            format!(" (or `{}`)", self.instead.join("` and `"))
        }
    }
}

/// Every value that was read.
pub(super) struct Vault {
    environment: Environment,
    held: RwLock<Held>,
}

#[derive(Default)]
struct Held {
    values: BTreeMap<String, SecretString>,
    /// Values that are no secrets, such as a region: they may stand in honest answers.
    plain: BTreeMap<&'static str, String>,
    scrubber: Arc<Scrubber>,
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vault").finish_non_exhaustive()
    }
}

impl Vault {
    /// An empty vault over that environment.
    pub(super) fn new(environment: Environment) -> Self {
        Self { environment, held: RwLock::default() }
    }

    /// Reads the endpoint's key and every variable its address, headers and options name.
    pub(super) fn resolve(&self, endpoint: &Endpoint) -> Result<Resolved, MissingKey> {
        let access =
            PROVIDERS.find(&endpoint.kind).and_then(|row| Some((row.make.api_key_env?, row.make.access?)));
        if let Some((_, access)) = &access {
            self.settle(access.region);
        }
        let (key, pair) = match (&endpoint.api_key_env, access) {
            (None, _) => (None, None),
            // Its own variable goes first; the pair is for where nobody set or chose one.
            (Some(variable), Some((own, access))) if variable == own && self.read(own).is_none() => {
                (None, Some(self.pair(own, &access, &endpoint.name)?))
            }
            (Some(variable), _) => (Some(self.hold(variable, &endpoint.name)?), None),
        };
        let headers = endpoint.headers.iter().map(|(_, value)| value.as_str());
        self.declare(&endpoint.name, headers.chain(endpoint.base_url.as_deref()))?;
        for option in endpoint.options.values() {
            self.declare(&endpoint.name, texts(option))?;
        }
        Ok(Resolved { name: endpoint.name.clone(), key, pair })
    }

    /// Reads every variable the version's own target names.
    pub(super) fn admit(&self, version: &Version) -> Result<(), MissingKey> {
        match &version.target {
            Target::Command(command) => {
                self.declare(&version.name, command.env.iter().map(|(_, value)| value.as_str()))
            }
            Target::Http(http) => {
                let headers = http.headers.iter().map(|(_, value)| value.as_str());
                self.declare(&version.name, headers.chain([http.url.as_str()]))
            }
            Target::Model { .. } | Target::Replay { .. } => Ok(()),
        }
    }

    /// The text with every `${NAME}` filled that was read and is no secret; the others stay as they are written.
    pub(super) fn fill_plain<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
        placeholder::fill(text, |name| held.plain.get(name).cloned())
    }

    /// The text with every declared `${NAME}` filled.
    pub(super) fn fill<'a>(&self, text: &'a str) -> Cow<'a, str> {
        placeholder::fill(text, |name| {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            let plain = held.plain.get(name).cloned();
            plain.or_else(|| held.values.get(name).map(|value| value.expose_secret().to_owned()))
        })
    }

    /// A variable of the minimal environment of programs.
    pub(super) fn passed(&self, name: &str) -> Option<String> {
        (self.environment)(name)
    }

    /// Takes every value read so far out of what came back.
    pub(super) fn scrubber(&self) -> Arc<Scrubber> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).scrubber.clone()
    }

    fn declare<'a>(
        &self,
        needed_by: &str,
        texts: impl IntoIterator<Item = &'a str>,
    ) -> Result<(), MissingKey> {
        for name in texts.into_iter().flat_map(placeholder::names) {
            if !self.held.read().unwrap_or_else(PoisonError::into_inner).plain.contains_key(name) {
                self.hold(name, needed_by)?;
            }
        }
        Ok(())
    }

    /// The pair of keys, where the variable of the one key is not set.
    fn pair(&self, own: &str, access: &Access, needed_by: &str) -> Result<Pair, MissingKey> {
        let set = |variable: &str| self.read(variable).is_some();
        if !set(access.id) && !set(access.secret) {
            let instead = vec![access.id, access.secret];
            return Err(MissingKey { instead, ..missing(own, needed_by) });
        }
        Ok(Pair {
            id: self.hold(access.id, needed_by)?,
            secret: self.hold(access.secret, needed_by)?,
            session: set(access.session).then(|| self.hold(access.session, needed_by)).transpose()?,
        })
    }

    /// Keeps a value that is no secret, or what it is when unset.
    fn settle(&self, (variable, otherwise): (&'static str, &'static str)) {
        let value = self.read(variable).unwrap_or_else(|| otherwise.to_owned());
        self.held.write().unwrap_or_else(PoisonError::into_inner).plain.insert(variable, value);
    }

    /// The variable's value. A key pasted with its line end is the commonest broken key; a header could not carry it.
    fn read(&self, variable: &str) -> Option<String> {
        (self.environment)(variable).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    fn hold(&self, variable: &str, needed_by: &str) -> Result<SecretString, MissingKey> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = held.values.get(variable) {
            return Ok(value.clone());
        }
        let Some(value) = self.read(variable) else {
            return Err(missing(variable, needed_by));
        };
        let value = SecretString::from(value);
        held.values.insert(variable.to_owned(), value.clone());
        // What every program is given anyway (`${HOME}`) is no secret, and may well stand in honest answers.
        let secrets = held.values.iter().filter(|(name, _)| !PASSED.contains(&name.as_str()));
        held.scrubber = Arc::new(Scrubber::new(secrets.map(|(_, value)| value)));
        Ok(value)
    }
}

fn missing(variable: &str, needed_by: &str) -> MissingKey {
    MissingKey { variable: variable.to_owned(), instead: Vec::new(), needed_by: needed_by.to_owned() }
}

/// Every text inside a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(fields) => fields.values().flat_map(texts).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => Vec::new(),
    }
}
