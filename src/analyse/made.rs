//! Measurements made up for tests, on the path that stored ones take: a batch, its runs, `Data`.
use serde_json::json;

use super::data::Data;
use crate::domain::{Batch, BatchId, BatchKind, BatchStatus, Digest, RunId, RunStatus};
use crate::metrics::Facts;
use crate::stores::{MeasuredCase, Measurement};

/// The identity of a version of that name.
pub(super) fn hash(name: &str) -> Digest {
    Digest::of(name.as_bytes())
}

/// A batch of these versions without a run.
pub(super) fn data(names: &[&str], simulated: bool) -> Data {
    let version =
        |name: &&str| json!({"name": name, "hash": hash(name).hex(), "model": "m", "simulated": simulated});
    let settings = json!({
        "repeats": 1, "versions": names.iter().map(version).collect::<Vec<_>>(), "evaluators": [], "winner": {},
    });
    Data::new(&[batch(&settings)], false).expect("one batch")
}

/// A batch of those settings.
pub(super) fn batch(settings: &serde_json::Value) -> Batch {
    Batch {
        id: BatchId::fresh(),
        project: "p".into(),
        experiment: "e".into(),
        kind: BatchKind::Run,
        status: BatchStatus::Done,
        started: jiff::Timestamp::UNIX_EPOCH,
        finished: None,
        command: String::new(),
        dataset: hash("cases"),
        cases: 0,
        planned: 0,
        versions: Vec::new(),
        baseline: None,
        settings: settings.as_object().cloned().expect("an object"),
    }
}

/// A run that took a second; nothing else is known of it.
pub(super) fn measured(version: Digest) -> Measurement {
    Measurement {
        run: RunId::fresh(),
        version,
        repeat: 0,
        started: jiff::Timestamp::UNIX_EPOCH,
        facts: Facts {
            status: RunStatus::Ok,
            latency_s: Some(1.0),
            ttft_s: None,
            generation_s: None,
            cost_usd: None,
            input_tokens: None,
            output_tokens: None,
        },
        error: None,
        queue_s: 0.0,
        backoff_s: 0.0,
        elapsed_s: 1.0,
        retries: 0,
        cache_hit: false,
        spent_usd: None,
        scores: Vec::new(),
    }
}

/// A run of that case so many seconds after the first, of one second.
pub(super) fn run(version: &str, case: usize, second: i64) -> (MeasuredCase, Measurement) {
    let case = MeasuredCase { id: format!("c{case:03}").as_str().into(), ..MeasuredCase::default() };
    let started = jiff::Timestamp::from_second(1_700_000_000 + second).expect("a time");
    let run = Measurement { started, ..measured(hash(version)) };
    (case, run)
}

/// Takes one in.
pub(super) fn push(data: &mut Data, (case, run): (MeasuredCase, Measurement)) {
    let case = data.push_case(&case);
    data.push(case, &run);
}
