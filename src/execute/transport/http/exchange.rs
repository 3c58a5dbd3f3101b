//! One HTTP attempt: a connection, the request, the reply, and the three times around them.
use std::sync::Arc;
use std::time::Duration;

use super::super::deadline::{Deadline, Left};
use super::super::retry_after::{Asked, retry_after};
use super::super::sent::Sent;
use super::super::settings::Settings;
use super::super::stopwatch::{self, Stopwatch};
use super::super::vault::{Resolved, Vault};
use super::connection::{Connection, Outgoing};
use super::failure::broken;
use super::place::Place;
use super::pool::Pool;
use super::progress::Progress;
use super::proxy::Proxies;
use super::request::build;
use crate::domain::ErrorType;
use crate::providers::{Failure, HttpCall, Provider};

/// The HTTP side of the transport.
#[derive(Debug)]
pub(in super::super) struct Http {
    settings: Settings,
    vault: Arc<Vault>,
    proxies: Proxies,
    pool: Pool,
}

/// One attempt's own parts.
struct Attempt<'a> {
    place: &'a Place,
    provider: &'a dyn Provider,
    call: &'a HttpCall,
    vault: &'a Vault,
    deadline: Deadline,
    cap: usize,
}

/// Why an attempt stopped.
enum Stop {
    /// Nothing was written: the connection had been closed.
    NotSent(Box<Outgoing>),
    /// It failed.
    Failed(Failure),
}

impl Http {
    /// No connection is opened before the first call.
    pub(in super::super) fn new(settings: Settings, vault: Arc<Vault>) -> Self {
        let proxies = Proxies::new(&vault);
        Self { settings, vault, proxies, pool: Pool::new(settings) }
    }

    /// One attempt.
    pub(in super::super) async fn send(
        &self,
        endpoint: &Resolved,
        provider: &dyn Provider,
        call: &HttpCall,
        deadline: Deadline,
    ) -> Sent {
        let queue = Stopwatch::start();
        let unsent = |failure| Sent::unsent(failure, queue.elapsed(), call.body.clone());
        let (place, mut request) = match build(call, endpoint, &self.vault, &self.proxies) {
            Ok(built) => built,
            Err(failure) => return unsent(failure),
        };
        let (vault, cap) = (self.vault.as_ref(), self.settings.body_cap);
        let attempt = Attempt { place: &place, provider, call, vault, deadline, cap };
        let lane = self.pool.lane(&place);
        let mut connected = deadline.before(self.pool.connection(&lane, &place, deadline.attempt())).await;
        loop {
            let mut connection = match connected {
                Ok(connection) => connection,
                Err(failure) => return unsent(failure),
            };
            match attempt.make(&mut connection, request, queue.elapsed()).await {
                Ok((sent, whole)) => {
                    if whole {
                        self.pool.keep(&lane, connection).await;
                    }
                    return sent;
                }
                Err(given_back) if connection.reused => {
                    request = *given_back;
                    connected = deadline.before(self.pool.fresh(&lane, &place, deadline.attempt())).await;
                }
                Err(_) => return unsent(attempt.closed_at_once()),
            }
        }
    }
}

impl Attempt<'_> {
    /// Sends, reads and times; also whether the reply came whole, so that the connection can be kept.
    ///
    /// # Errors
    /// The request, when nothing of it was sent.
    async fn make(
        &self,
        connection: &mut Connection,
        request: Outgoing,
        queue: Duration,
    ) -> Result<(Sent, bool), Box<Outgoing>> {
        let mut progress = Progress::default();
        let (clock, left) = (Stopwatch::start(), self.deadline.left());
        let exchange = self.exchange(connection, request, &clock, &mut progress);
        let ended = tokio::time::timeout(left.time, exchange).await;
        let latency = clock.elapsed();
        let whole = matches!(ended, Ok(Ok(())));
        let result = match ended {
            Ok(Ok(())) => progress.decode(self.provider, &self.vault.scrubber()),
            Ok(Err(Stop::NotSent(given_back))) => return Err(given_back),
            Ok(Err(Stop::Failed(failure))) => Err(progress.give_up(failure)),
            Err(_) => {
                let failure = self.late(progress.status.is_some(), left);
                Err(progress.give_up(failure))
            }
        };
        let asked = Asked {
            status: progress.status,
            headers: &progress.headers,
            body: &progress.body,
            now: stopwatch::wall_clock().into(),
        };
        let sent = Sent {
            result,
            queue,
            started: clock.wall(),
            latency: Some(latency),
            ttft: progress.ttft,
            retry_after: retry_after(asked),
            headers: progress.headers,
            request: self.call.body.clone(),
            reply: progress.status.map(|_| progress.body),
        };
        Ok((sent, whole))
    }

    /// Sends and reads to the last byte.
    async fn exchange(
        &self,
        connection: &mut Connection,
        request: Outgoing,
        clock: &Stopwatch,
        progress: &mut Progress,
    ) -> Result<(), Stop> {
        let broken = |error: &hyper::Error| Stop::Failed(broken(error, self.place));
        let response = match connection.send(request).await {
            Ok(response) => response,
            Err(mut error) => {
                return Err(error
                    .take_message()
                    .map_or_else(|| broken(error.error()), |request| Stop::NotSent(Box::new(request))));
            }
        };
        let (head, mut body) = response.into_parts();
        progress.head(&head, self.provider, self.call.stream, self.cap).map_err(Stop::Failed)?;
        while let Some(frame) = connection.frame(&mut body).await {
            if let Some(bytes) = frame.map_err(|error| broken(&error))?.data_ref() {
                progress.bytes(bytes, clock, self.cap).map_err(Stop::Failed)?;
            }
        }
        Ok(())
    }

    fn closed_at_once(&self) -> Failure {
        let message = format!("{} closed the connection before the request was sent", self.place);
        Failure::new(ErrorType::Connection, message)
    }

    fn late(&self, answering: bool, left: Left) -> Failure {
        let what = if answering { "only a part of the answer" } else { "no answer" };
        Failure::new(ErrorType::Timeout, format!("{what} from {} within {left}", self.place))
    }
}
