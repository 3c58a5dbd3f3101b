//! Runs programs and keeps persistent ones between calls: as many of a version as it has calls in flight.
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::super::deadline::{Deadline, Left};
use super::super::sent::Sent;
use super::super::settings::Settings;
use super::super::stopwatch::Stopwatch;
use super::super::vault::Vault;
use super::once::{End, Written, finish};
use super::output::quoted;
use super::start::start;
use super::worker::{Trouble, Worker};
use crate::domain::{Completion, ErrorType, Reply};
use crate::providers::{Failure, ProcessCall, Provider};

/// What makes two calls calls of the same worker: everything it was started with. Never a secret: the environment as
/// it is written.
type Kind = (Vec<String>, PathBuf, Vec<(String, String)>);

/// The programs' side of the transport.
pub(in super::super) struct Programs {
    settings: Settings,
    vault: Arc<Vault>,
    idle: Mutex<HashMap<Kind, Vec<Worker>>>,
}

impl fmt::Debug for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Programs").finish_non_exhaustive()
    }
}

impl Programs {
    /// Nothing is started before the first call.
    pub(in super::super) fn new(settings: Settings, vault: Arc<Vault>) -> Self {
        Self { settings, vault, idle: Mutex::default() }
    }

    /// One attempt.
    pub(in super::super) async fn send(
        &self,
        provider: &dyn Provider,
        call: &ProcessCall,
        deadline: Deadline,
        context: &[(String, String)],
    ) -> Sent {
        if call.persistent {
            self.ask(provider, call, deadline, context).await
        } else {
            self.run(provider, call, deadline, context).await
        }
    }

    /// Starts the program for this call alone.
    async fn run(
        &self,
        provider: &dyn Provider,
        call: &ProcessCall,
        deadline: Deadline,
        context: &[(String, String)],
    ) -> Sent {
        let (clock, left) = (Stopwatch::start(), deadline.left());
        let mut started = match start(call, &self.vault, context) {
            Ok(started) => started,
            Err(failure) => return Sent::unsent(failure, Duration::ZERO, call.stdin.clone()),
        };
        let mut written = Written::default();
        let finish = finish(&mut started, &call.stdin, &mut written, self.settings.body_cap, &clock);
        let ended = tokio::time::timeout(left.time, finish).await;
        let mut latency = clock.elapsed();
        written.stderr = self.scrubbed(std::mem::take(&mut written.stderr));
        let result = match ended {
            Ok(End::Exit(Ok(status), took)) => {
                latency = took;
                decode(provider, status.code(), &mut written)
            }
            Ok(End::Exit(Err(error), _)) => {
                Err(Failure::new(ErrorType::Exit, format!("the program's end is not known: {error}")))
            }
            Ok(End::TooLarge) => Err(self.too_large()),
            Err(_) => Err(late(left, &written.stderr)),
        };
        timed(result, Duration::ZERO, &clock, latency, call, written.stdout)
    }

    /// Asks a persistent worker, started if none is free.
    async fn ask(
        &self,
        provider: &dyn Provider,
        call: &ProcessCall,
        deadline: Deadline,
        context: &[(String, String)],
    ) -> Sent {
        let queue = Stopwatch::start();
        let kind: Kind = (call.argv.clone(), call.cwd.clone(), call.env.clone());
        let mut worker = match self.worker(&kind, call, context).await {
            Ok(worker) => worker,
            Err(failure) => return Sent::unsent(failure, queue.elapsed(), call.stdin.clone()),
        };
        let queued = queue.elapsed();
        let (clock, left) = (Stopwatch::start(), deadline.left());
        let mut answer = Vec::new();
        let asked = worker.ask(&call.stdin, &mut answer, self.settings.body_cap);
        let asked = tokio::time::timeout(left.time, asked).await;
        let latency = clock.elapsed();
        let stderr = self.scrubbed(worker.take_errors());
        let mut written = Written { stdout: answer, stderr };
        let result = match asked {
            Ok(Ok(())) => {
                // Only a worker that answered is kept: a late answer would be taken for the next one's.
                self.idle
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .entry(kind)
                    .or_default()
                    .push(worker);
                decode(provider, Some(0), &mut written)
            }
            Ok(Err(Trouble::Ended(status))) => Err(ended(status, &written.stderr)),
            Ok(Err(Trouble::TooLarge)) => Err(self.too_large()),
            Err(_) => Err(late(left, &written.stderr)),
        };
        timed(result, queued, &clock, latency, call, written.stdout)
    }

    /// A free worker, or a new one.
    async fn worker(
        &self,
        kind: &Kind,
        call: &ProcessCall,
        context: &[(String, String)],
    ) -> Result<Worker, Failure> {
        loop {
            let free =
                self.idle.lock().unwrap_or_else(PoisonError::into_inner).get_mut(kind).and_then(Vec::pop);
            let Some(mut worker) = free else { break };
            if worker.is_quiet().await {
                return Ok(worker);
            }
        }
        let started = start(call, &self.vault, context)?;
        Worker::new(started).ok_or_else(|| Failure::new(ErrorType::Spawn, "the program has no streams"))
    }

    /// Standard error as messages quote it: they cut it short, maybe in the middle of a secret.
    fn scrubbed(&self, stderr: Vec<u8>) -> Vec<u8> {
        self.vault.scrubber().bytes(stderr)
    }

    fn too_large(&self) -> Failure {
        let cap = self.settings.body_cap >> 20;
        Failure::new(ErrorType::TooLarge, format!("the program wrote more than {cap} MB"))
    }
}

/// Lets the provider read what was written.
fn decode(provider: &dyn Provider, exit: Option<i32>, written: &mut Written) -> Result<Completion, Failure> {
    let stdout = std::mem::take(&mut written.stdout);
    let reply = Reply::Process { exit, stdout, stderr: std::mem::take(&mut written.stderr) };
    let decoded = provider.decode(&reply);
    if let Reply::Process { stdout, .. } = reply {
        written.stdout = stdout;
    }
    decoded
}

fn timed(
    result: Result<Completion, Failure>,
    queue: Duration,
    clock: &Stopwatch,
    latency: Duration,
    call: &ProcessCall,
    stdout: Vec<u8>,
) -> Sent {
    Sent {
        result,
        queue,
        started: clock.wall(),
        latency: Some(latency),
        ttft: None,
        retry_after: None,
        headers: Vec::new(),
        request: call.stdin.clone(),
        reply: Some(stdout),
    }
}

fn late(left: Left, stderr: &[u8]) -> Failure {
    let message = format!("no answer within {left}; the program was ended{}", quoted(stderr));
    Failure::new(ErrorType::Timeout, message)
}

fn ended(status: Option<i32>, stderr: &[u8]) -> Failure {
    let how = status.map_or_else(|| "by a signal".to_owned(), |status| format!("with status {status}"));
    Failure::new(ErrorType::Exit, format!("the worker ended {how} before it answered{}", quoted(stderr)))
}
