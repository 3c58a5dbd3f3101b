//! The file: made late, refused when it is not ours, small, readable by later releases.
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::Connection;

use super::super::migrate::KNOWN;
use crate::domain::{Case, Completion, Digest, Message, Role, Run, RunId, Verdict, Version, inputs_hash};
use crate::stores::conformance::samples::{self, map};
use crate::stores::{Editor, Place, Record, RunFilter, Store, StoreError};

fn open(path: &Path, create: bool) -> Result<Arc<dyn Store>, StoreError> {
    super::super::file::open(&Place::File(path.to_owned()), create)
}

fn reason(result: Result<Arc<dyn Store>, StoreError>) -> String {
    match result {
        Err(StoreError::Open { reason, .. }) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn nothing_is_made_before_it_is_used() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(".proto/store.db");
    assert!(reason(open(&path, false)).contains("no store yet"));
    let store = open(&path, true).unwrap();
    assert!(!path.parent().unwrap().exists());
    store.writer().unwrap();
    assert!(path.exists());
    assert_eq!(std::fs::read_to_string(folder.path().join(".proto/.gitignore")).unwrap(), "*\n");
    open(&path, false).unwrap();
}

#[test]
fn what_is_not_ours_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    std::fs::write(&text, "not a database, but long enough to have a header of a hundred bytes ".repeat(3))
        .unwrap();
    assert!(reason(open(&text, true)).contains("not a database"));
    let other = folder.path().join("other.db");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE x (y)").unwrap();
    assert!(reason(open(&other, true)).contains("another program"));
    let later = folder.path().join("later.db");
    open(&later, true).unwrap().writer().unwrap();
    Connection::open(&later).unwrap().pragma_update(None, "user_version", 99).unwrap();
    assert!(matches!(open(&later, false), Err(StoreError::Newer { found: 99, known: KNOWN, .. })));
    assert!(matches!(
        super::super::file::open(&Place::parse("memory:", Path::new("")), true),
        Err(StoreError::Open { .. })
    ));
}

#[test]
fn a_reader_works_while_a_writer_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, true).unwrap();
    store.writer().unwrap().begin(&samples::batch(&[])).unwrap();
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE; UPDATE batch_row SET project = 'changed'").unwrap();
    assert_eq!(store.reader().unwrap().batches().unwrap()[0].project, "support");
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(store.reader().unwrap().batches().unwrap()[0].project, "changed");
}

/// Words as an answer has them: no two texts alike, yet words recur.
fn words(state: &mut u64, length: usize) -> String {
    const SYLLABLES: [&str; 24] = [
        "the", "of", "answer", "is", "to", "and", "a", "in", "that", "sup", "port", "re", "turn", "or",
        "der", "ship", "ment", "pol", "icy", "cus", "tom", "er", "days", "ing",
    ];
    let mut text = String::new();
    while text.len() < length {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        text.push_str(SYLLABLES[(*state >> 40) as usize % SYLLABLES.len()]);
        if *state >> 62 != 0 {
            text.push(' ');
        }
    }
    text.truncate(length);
    text
}

/// A run as an OpenAI-compatible API leaves it: bodies of about 600 bytes, an output of 200 characters.
fn realistic(batch: &crate::domain::Batch, version: &Version, case: &Case, state: &mut u64) -> Run {
    let (system, question) = (
        format!(
            "You are {}: answer in one paragraph, politely, and cite the policy that \
        applies. Never promise a refund.",
            version.name
        ),
        case.inputs["question"].as_str().unwrap(),
    );
    let said = format!("Customer of {}: {question}", version.name);
    let output = words(state, 200);
    let id = words(state, 29).replace(' ', "x");
    let request = serde_json::json!({"model": "gpt-4o-mini", "messages": [{"role": "system", "content": system},
        {"role": "user", "content": said}], "temperature": 0.2, "max_tokens": 400,
        "seed": 11, "top_p": 1, "user": "proto", "response_format": {"type": "text"}, "metadata": {"team": "support"}});
    let reply = serde_json::json!({"id": format!("chatcmpl-{id}"), "object": "chat.completion",
        "created": 1_763_000_000 + (*state >> 45), "model": "gpt-4o-mini-2024-07-18", "choices": [{"index": 0,
        "message": {"role": "assistant", "content": output, "refusal": null, "annotations": []}, "logprobs": null,
        "finish_reason": "stop"}], "usage": {"prompt_tokens": 120 + (*state >> 60), "completion_tokens": 41,
        "total_tokens": 161, "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0}}, "service_tier": "default", "system_fingerprint": "fp_44"});
    let plain = samples::ok(batch, version, case, 0);
    let id = Some(format!("chatcmpl-{id}"));
    Run {
        request: Some(request.to_string().into_bytes()),
        reply: Some(reply.to_string().into_bytes()),
        messages: vec![Message::text(Role::System, system), Message::text(Role::User, said)],
        completion: Some(Completion { text: output, id, ..plain.completion.clone().unwrap() }),
        started: plain.started + std::time::Duration::from_nanos(*state >> 24),
        latency: plain.latency,
        ..plain
    }
}

#[test]
fn a_run_costs_at_most_1500_bytes() {
    const CASES: u32 = 500;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path, true).unwrap();
    let versions = ["a", "b", "c", "d"].map(|name| samples::version(name, name, "s"));
    let versions: Vec<&Version> = versions.iter().collect();
    let batch = samples::batch(&versions);
    let mut writer = store.writer().unwrap();
    writer.register(&batch.project, &versions, &Editor::default()).unwrap();
    writer.begin(&batch).unwrap();
    let (mut state, mut sizes, mut runs) = (1, 0, 0);
    for n in 0..CASES {
        let inputs = map(serde_json::json!({"question": words(&mut state, 110)}));
        let case = Case {
            id: format!("case-{n}"),
            inputs_hash: inputs_hash(&inputs),
            inputs,
            ..Case::clone(&samples::case(1))
        };
        let case = Arc::new(case);
        let mut records = Vec::new();
        for version in &versions {
            let run = realistic(&batch, version, &case, &mut state);
            sizes += run.request.as_ref().unwrap().len() + run.reply.as_ref().unwrap().len();
            let judged = samples::score(&run, "tone", Verdict::score(0.7).because("polite, cites no policy"));
            let exact = samples::score(&run, "exact", Verdict::pass(n % 2 == 0));
            records.push(Record::Run(Box::new(run), case.clone()));
            records.extend([judged, exact].map(|score| Record::Score(Box::new(score))));
            runs += 1;
        }
        writer.append(batch.id, &records).unwrap();
    }
    drop(writer);
    Connection::open(&path).unwrap().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())).unwrap();
    let per_run = std::fs::metadata(&path).unwrap().len() / runs;
    assert!(sizes as u64 / runs > 1_100, "bodies are as large as real ones");
    assert!(per_run <= 1_500, "{per_run} bytes a run");
    let filter = RunFilter { bodies: true, limit: Some(7), newest_first: true, ..RunFilter::default() };
    let mut each = |run: crate::stores::StoredRun| {
        assert!(
            String::from_utf8(run.run.reply.unwrap()).unwrap().contains(&run.run.completion.unwrap().text)
        );
        Ok(())
    };
    store.reader().unwrap().runs(&filter, &mut each).unwrap();
}

fn fixture() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/stores/0.1.db")
}

/// Writes the fixture of this release: `PROTO_WRITE_FIXTURE=1 cargo test --lib writes_the_fixture`. Once a release.
#[test]
fn writes_the_fixture() {
    if std::env::var_os("PROTO_WRITE_FIXTURE").is_none() {
        return;
    }
    let store = open(&fixture(), true).unwrap();
    let version = samples::version("baseline", "a", "s");
    let batch = samples::batch(&[&version]);
    let mut writer = store.writer().unwrap();
    writer.register(&batch.project, &[&version], &Editor::default()).unwrap();
    writer.begin(&batch).unwrap();
    let case = samples::case(0);
    let mut ok = samples::ok(&batch, &version, &case, 0);
    ok.id = RunId::parse("0192f000-1111-7222-8333-4444555566ff").unwrap();
    let streamed = samples::streamed(&batch, &version, &case);
    let scores = [samples::judged(&ok, "judge"), samples::score(&ok, "exact", Verdict::pass(true))];
    let mut records = vec![Record::Run(Box::new(ok), case.clone()), Record::Run(Box::new(streamed), case)];
    records.extend(scores.map(|score| Record::Score(Box::new(score))));
    writer.append(batch.id, &records).unwrap();
}

#[test]
fn a_store_of_release_0_1_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::copy(fixture(), &path).unwrap();
    let store = open(&path, false).unwrap();
    let mut reader = store.reader().unwrap();
    let mut runs = Vec::new();
    let mut each = |run| {
        runs.push(run);
        Ok(())
    };
    reader.runs(&RunFilter { bodies: true, ..RunFilter::default() }, &mut each).unwrap();
    let ids: Vec<String> = runs.iter().map(|run| run.run.id.to_string()).collect();
    assert_eq!((ids.len(), ids[0].as_str()), (2, "0192f000-1111-7222-8333-4444555566ff"));
    assert_eq!(runs[0].case, *samples::case(0));
    assert_eq!(
        runs[0].scores.iter().map(|score| score.evaluator.as_str()).collect::<Vec<_>>(),
        ["exact", "judge"]
    );
    assert_eq!(runs[0].run.reply.as_deref(), Some(&b"{\"answer\":\"case-0 0\"}"[..]));
    assert_eq!(runs[1].run.attempts.len(), 2);
    assert_eq!(runs[0].registered.hash, samples::version("baseline", "a", "s").hash);
    let keys = reader.keys(runs[0].run.batch).unwrap();
    assert_eq!(keys[0].digest, runs[0].run.key.digest());
    assert_ne!(keys[0].digest, Digest::of(b""));
    store.writer().unwrap().begin(&samples::batch(&[])).unwrap();
}
