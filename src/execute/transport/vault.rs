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

/// Reads a variable.
pub(super) type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// An endpoint whose key and variables were found: what a call needs to be sent there.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// The endpoint's name.
    pub name: String,
    pub(super) key: Option<SecretString>,
}

impl Resolved {
    /// A place that needs no key: programs, recorded and simulated answers.
    #[must_use]
    pub fn keyless(name: impl Into<String>) -> Self {
        Self { name: name.into(), key: None }
    }
}

/// A variable that is needed and not set, or empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{needed_by}` needs the environment variable `{variable}`, which is not set")]
pub struct MissingKey {
    /// The variable.
    pub variable: String,
    /// The endpoint or version that names it.
    pub needed_by: String,
}

/// Every value that was read.
pub(super) struct Vault {
    environment: Environment,
    held: RwLock<Held>,
}

#[derive(Default)]
struct Held {
    values: BTreeMap<String, SecretString>,
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
        let key = match &endpoint.api_key_env {
            Some(variable) => Some(self.hold(variable, &endpoint.name)?),
            None => None,
        };
        let headers = endpoint.headers.iter().map(|(_, value)| value.as_str());
        self.declare(&endpoint.name, headers.chain(endpoint.base_url.as_deref()))?;
        for option in endpoint.options.values() {
            self.declare(&endpoint.name, texts(option))?;
        }
        Ok(Resolved { name: endpoint.name.clone(), key })
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

    /// The text with every declared `${NAME}` filled.
    pub(super) fn fill<'a>(&self, text: &'a str) -> Cow<'a, str> {
        placeholder::fill(text, |name| {
            let held = self.held.read().unwrap_or_else(PoisonError::into_inner);
            held.values.get(name).map(|value| value.expose_secret().to_owned())
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
            self.hold(name, needed_by)?;
        }
        Ok(())
    }

    fn hold(&self, variable: &str, needed_by: &str) -> Result<SecretString, MissingKey> {
        let mut held = self.held.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = held.values.get(variable) {
            return Ok(value.clone());
        }
        // A key pasted with its line end is the commonest broken key; a header could not carry it.
        let value = (self.environment)(variable).map(|value| value.trim().to_owned());
        let Some(value) = value.filter(|value| !value.is_empty()) else {
            return Err(MissingKey { variable: variable.to_owned(), needed_by: needed_by.to_owned() });
        };
        let value = SecretString::from(value);
        held.values.insert(variable.to_owned(), value.clone());
        // What every program is given anyway (`${HOME}`) is no secret, and may well stand in honest answers.
        let secrets = held.values.iter().filter(|(name, _)| !PASSED.contains(&name.as_str()));
        held.scrubber = Arc::new(Scrubber::new(secrets.map(|(_, value)| value)));
        Ok(value)
    }
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
