//! The transport itself: one value, cheap to clone, shared by everything that makes calls. Chooses by the kind of the
//! wire and scrubs what comes back; must not retry, order or limit calls.
use std::borrow::Cow;
use std::sync::Arc;

use super::http::Http;
use super::process::Programs;
use super::vault::Vault;
use super::{Deadline, MissingKey, Resolved, Sent, Settings, instant};
use crate::domain::{Completion, Endpoint, Reply, Version};
use crate::providers::{Failure, Provider, StreamDecoder, Wire};

/// Makes calls and times them. Belongs to the tokio runtime it is first used on.
#[derive(Clone, Debug)]
pub struct Transport {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    settings: Settings,
    vault: Arc<Vault>,
    http: Http,
    programs: Programs,
}

impl Transport {
    /// A transport that reads keys, proxies and what programs are given from that environment; it reads no other.
    #[must_use]
    pub fn new(
        settings: Settings,
        environment: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        let vault = Arc::new(Vault::new(Box::new(environment)));
        let http = Http::new(settings, vault.clone());
        let programs = Programs::new(settings, vault.clone());
        Self { shared: Arc::new(Shared { settings, vault, http, programs }) }
    }

    /// Reads the endpoint's key and the variables its address, headers and options name, before any run starts.
    ///
    /// # Errors
    /// A variable is not set, or empty.
    pub fn resolve(&self, endpoint: &Endpoint) -> Result<Resolved, MissingKey> {
        self.shared.vault.resolve(endpoint)
    }

    /// Reads the variables a version's own program or address names, before any run starts. A `${NAME}` that no
    /// endpoint and no version declared is sent as it is written: data cannot ask for variables.
    ///
    /// # Errors
    /// A variable is not set, or empty.
    pub fn admit(&self, version: &Version) -> Result<(), MissingKey> {
        self.shared.vault.admit(version)
    }

    /// The text with what `${NAME}` in it stands for, where that was read and is no secret (a region).
    #[must_use]
    pub fn plain<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.shared.vault.fill_plain(text)
    }

    /// Makes one attempt. Its `deadline` counts from the moment the request is sent; opening a connection has a limit of
    /// its own, never longer; the end of its run, where it has one, ends both. `context` are variables a program is
    /// given for this call alone (`TRACEPARENT`,
    /// `PROTO_*`); a persistent worker keeps those of the call that started it. Dropping the future gives the call
    /// up: its connection is closed, its program killed.
    pub async fn send(
        &self,
        endpoint: &Resolved,
        provider: &dyn Provider,
        wire: &Wire,
        deadline: impl Into<Deadline>,
        context: &[(String, String)],
    ) -> Sent {
        let (shared, deadline) = (&self.shared, deadline.into());
        let sent = match wire {
            Wire::Http(call) => shared.http.send(endpoint, provider, call, deadline).await,
            Wire::Process(call) => shared.programs.send(provider, call, deadline, context).await,
            Wire::Instant(answer) => return instant::answer(answer, deadline).await,
        };
        let read = |reply: &[u8]| readings(provider, wire, reply);
        sent.scrubbed(&shared.vault.scrubber(), shared.settings.reply_cap, read)
    }

    /// A text without the secrets read so far, for messages that did not come through [`Transport::send`].
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        self.shared.vault.scrubber().text(text.to_owned())
    }
}

/// What a kept reply may come to for whoever reads it again: its status is not kept with it.
fn readings(provider: &dyn Provider, wire: &Wire, reply: &[u8]) -> Vec<Result<Completion, Failure>> {
    let http = |status| Reply::Http { status, headers: Vec::new(), body: reply.to_vec() };
    let streamed = |mut decoder: Box<dyn StreamDecoder>| match decoder.push(reply) {
        Ok(_) => decoder.finish(),
        Err(failure) => Err(failure),
    };
    match wire {
        Wire::Http(call) => {
            let stream = provider.stream().filter(|_| call.stream).map(streamed);
            let whole = [200, 500].map(|status| provider.decode(&http(status)));
            whole.into_iter().chain(stream).collect()
        }
        Wire::Process(_) | Wire::Instant(_) => {
            let (stdout, stderr) = (reply.to_vec(), Vec::new());
            vec![provider.decode(&Reply::Process { exit: Some(0), stdout, stderr })]
        }
    }
}
