//! Answers that were paid for once. The key is everything that determines a reply: values are taken apart whole, so
//! that a new field does not compile until someone has decided about it. Finding and keeping is the recorder's side;
//! here is only what is asked and what is told.
use std::collections::HashSet;

use tokio::sync::{mpsc, oneshot};

use super::transport::Transport;
use crate::domain::{
    Attachment, Case, Content, Digest, Endpoint, Message, Money, Part, Run, RunCall, Target, Version,
};
use crate::plan::{Plan, PlannedVersion};
use crate::providers::{Call, Header, HeaderValue, HttpCall, ProcessCall, Wire};

/// Where stored answers are asked for.
pub type Answers = mpsc::Sender<Lookup>;

/// A question for a stored answer.
#[derive(Debug)]
pub struct Lookup {
    /// What determines the reply.
    pub key: Digest,
    /// Told the run that got that reply, `None` when there is none.
    pub answer: oneshot::Sender<Option<Box<Run>>>,
}

/// How a batch uses stored answers. The default neither asks nor tells.
#[derive(Clone, Debug, Default)]
pub struct Cache {
    /// Asked before a call is made.
    pub answers: Option<Answers>,
    /// Whether new answers are kept.
    pub keeps: bool,
}

impl Cache {
    /// Whether keys are needed at all.
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.keeps || self.answers.is_some()
    }

    /// The stored run of that key.
    pub async fn find(&self, key: Digest) -> Option<Box<Run>> {
        let answers = self.answers.as_ref()?;
        let (answer, told) = oneshot::channel();
        answers.send(Lookup { key, answer }).await.ok()?;
        told.await.ok()?
    }
}

/// What determines the answer of a run: its first call, the `turns` that follow, and by the version's identity and the
/// case's inputs what tools answer; `None` where nothing is asked over a wire. Limits, keys, names and prices do
/// not count: they change who waits and who pays, not what is answered. A region counts by its name, a secret variable
/// as it is written.
#[must_use]
pub fn key(
    planned: &PlannedVersion,
    case: &Case,
    wire: &Wire,
    (turns, repeat): (&[Message], u32),
    transport: &Transport,
) -> Option<Digest> {
    let mut parts = Parts::default();
    parts.add(&repeat.to_le_bytes());
    for turn in turns {
        parts.add(&(turn.parts.len() as u64).to_le_bytes());
        turn.parts.iter().for_each(|part| of_part(part, &mut parts));
    }
    if !planned.mocks.is_empty() {
        // Mocked answers, which the first wire does not hold, are templates over the inputs.
        parts.add(case.inputs_hash.as_bytes());
    }
    let Endpoint {
        name: _,
        kind,
        base_url,
        api_key_env: _,
        headers,
        concurrency: _,
        requests_per_minute: _,
        tokens_per_minute: _,
        options,
    } = &planned.endpoint;
    parts.text(kind).text(&transport.plain(base_url.as_deref().unwrap_or_default()));
    for (name, value) in headers {
        parts.text(name).text(&transport.plain(value));
    }
    parts.text(&transport.plain(&serde_json::to_string(options).unwrap_or_default()));
    of_version(&planned.version, &mut parts);
    match wire {
        Wire::Http(call) => of_request(call, transport, &mut parts),
        Wire::Process(call) => of_process(call, &mut parts),
        Wire::Instant(_) => return None,
    }
    Some(Digest::of(&parts.0))
}

/// A part of what a person says after the first answer.
fn of_part(part: &Part, parts: &mut Parts) {
    match part {
        Part::Text(text) => parts.text(text),
        Part::Attachment(Attachment { kind, name, media_type, content }) => {
            parts.text(kind.name()).text(media_type);
            match content {
                Content::Url => parts.text(name),
                // Its name is no part of what a model is sent.
                Content::Bytes { digest, .. } => parts.add(digest.as_bytes()),
            }
        }
        // Nobody says these but the model and its tools.
        Part::Thought(_) | Part::ToolCall(_) | Part::ToolResult { .. } => parts,
    };
}

/// What of a version is not in its wire. The whole identity counts for programs and endpoints (their files, and how
/// the answer is found in the reply) and where tools answer in between.
fn of_version(version: &Version, parts: &mut Parts) {
    let Version {
        name: _,
        hash,
        signature_hash: _,
        closure: _,
        description: _,
        tags: _,
        metadata: _,
        target,
        messages: _,
        includes: _,
        params: _,
        tools,
        tool_choice: _,
        response_schema,
        stream: _,
        max_turns: _,
        timeout: _,
        run_timeout: _,
        cost_per_run: _,
    } = version;
    let model = matches!(target, Target::Model { .. });
    if !model || !tools.is_empty() {
        parts.add(hash.as_bytes());
    }
    parts.text(&response_schema.as_ref().map(ToString::to_string).unwrap_or_default());
}

fn of_request(call: &HttpCall, transport: &Transport, parts: &mut Parts) {
    // Who signs a call does not change its answer; where it goes stands in the address.
    let HttpCall { method, url, headers, body, stream, sign: _ } = call;
    parts.text("http").text(method).text(&transport.plain(url)).add(body).add(&[u8::from(*stream)]);
    for Header { name, value } in headers {
        parts.text(name);
        match value {
            HeaderValue::Text(text) => parts.text(&transport.plain(text)),
            // Whose key it is does not change the answer, and keys are nowhere but in the transport.
            HeaderValue::Key { prefix } => parts.text(prefix),
        };
    }
}

fn of_process(call: &ProcessCall, parts: &mut Parts) {
    let ProcessCall { argv, stdin, env, cwd, persistent } = call;
    parts.text("process").add(stdin).text(&cwd.to_string_lossy()).add(&[u8::from(*persistent)]);
    parts.add(&(argv.len() as u64).to_le_bytes());
    for word in argv {
        parts.text(word);
    }
    for (name, value) in env {
        parts.text(name).text(value);
    }
}

/// Parts with their lengths, so that no two lists of them look alike.
#[derive(Default)]
struct Parts(Vec<u8>);

impl Parts {
    fn add(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
        self.0.extend_from_slice(bytes);
        self
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.add(text.as_bytes())
    }
}

/// A run that takes a stored answer: its cost and latency as they were, nothing spent, no attempt made.
#[must_use]
pub fn hit(run: Run, found: Run) -> Run {
    let mut cost = found.cost;
    cost.spent = Some(Money::ZERO);
    let several = !found.calls.is_empty();
    let unmade = |call: RunCall| RunCall { attempts: 0, ..call };
    Run {
        status: found.status,
        latency: found.latency,
        ttft: found.ttft,
        usage: found.usage,
        cost,
        cache_hit: true,
        calls: found.calls.into_iter().map(unmade).collect(),
        messages: if several { found.messages } else { run.messages },
        request: found.request,
        reply: found.reply,
        completion: found.completion,
        ..run
    }
}

/// How many runs of each version a set of stored answers would spare.
#[must_use]
pub fn hits(plan: &Plan, stored: &HashSet<Digest>, transport: &Transport) -> Vec<u64> {
    let is_hit = |planned: &PlannedVersion, index: usize, repeat: u32| -> Option<bool> {
        let case = plan.dataset.get(index).ok()?;
        let messages = planned.prompt.render(&case).ok()?;
        let call = Call {
            version: &planned.version,
            case: &case,
            repeat,
            messages: &messages,
            seed: plan.experiment.run.seed,
            wrong: &plan.wrong,
        };
        let wire = planned.provider.encode(&call).ok()?;
        let turns = planned.prompt.later(&case).ok()?;
        Some(stored.contains(&key(planned, &case, &wire, (&turns, repeat), transport)?))
    };
    let of = |planned: &PlannedVersion| {
        let runs = (0..plan.dataset.len()).flat_map(|index| (0..plan.repeats).map(move |r| (index, r)));
        runs.filter(|(index, repeat)| is_hit(planned, *index, *repeat).unwrap_or(false)).count() as u64
    };
    plan.versions.iter().map(of).collect()
}
