//! The views are a public contract: their columns in order, and what stands in them.
use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::types::Value;

use crate::domain::{RunId, Verdict};
use crate::stores::conformance::samples;
use crate::stores::{Editor, Place, Record, Store};

const COLUMNS: &[(&str, &str)] = &[
    (
        "versions",
        "project name label hash signature_hash provider model description tags metadata registered_at",
    ),
    ("batches", "batch_id project experiment kind started_at finished_at status command"),
    (
        "runs",
        "run_id batch_id project experiment version version_label version_hash case_id repeat status error_type \
         started_at latency_s ttft_s queue_s backoff_s attempts input_tokens output_tokens cached_tokens \
         reasoning_tokens cost_usd spent_usd cost_source cache_hit model response_model finish_reason input expected \
         output trace_id session_id",
    ),
    ("scores", "run_id evaluator evaluator_hash status score passed label explanation source"),
    (
        "spans",
        "trace_id span_id parent_span_id run_id name kind started_ns ended_ns status attributes events",
    ),
];

/// A store with one run of a fixed id, its scores, and a connection beside it.
fn one_run(folder: &tempfile::TempDir) -> (Arc<dyn Store>, Connection) {
    let path = folder.path().join("store.db");
    let store = super::super::file::open(&Place::File(path.clone()), true).unwrap();
    let version = samples::version("baseline", "a", "s");
    let batch = samples::batch(&[&version]);
    let mut writer = store.writer().unwrap();
    writer.register(&batch.project, &[&version], &Editor::default()).unwrap();
    writer.begin(&batch).unwrap();
    let case = samples::case(0);
    let mut run = samples::ok(&batch, &version, &case, 0);
    run.id = RunId::parse("0192f000-1111-7222-8333-4444555566ff").unwrap();
    let score = samples::score(&run, "exact", Verdict::pass(false).because("no"));
    let missing = samples::score(&run, "other", Verdict::NotApplicable("why not".into()));
    let records =
        [Record::Run(Box::new(run), case), Record::Score(Box::new(score)), Record::Score(Box::new(missing))];
    writer.append(batch.id, &records).unwrap();
    (store, Connection::open(path).unwrap())
}

fn query(connection: &Connection, sql: &str) -> Vec<Value> {
    let mut statement = connection.prepare(sql).unwrap();
    let width = statement.column_count();
    let row = statement.query_row([], |row| (0..width).map(|i| row.get(i)).collect());
    row.unwrap()
}

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

#[test]
fn views_have_their_columns_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, connection) = one_run(&folder);
    for (view, columns) in COLUMNS {
        let statement = connection.prepare(&format!("SELECT * FROM {view}")).unwrap();
        assert_eq!(statement.column_names().collect::<Vec<_>>().join(" "), *columns, "{view}");
    }
}

#[test]
fn a_run_reads_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, connection) = one_run(&folder);
    let sql = "SELECT run_id, trace_id, version, version_label, status, error_type, started_at, latency_s, attempts, \
               cost_usd, spent_usd, cost_source, cache_hit, model, response_model, finish_reason, expected, \
               input ->> 'n', session_id = batch_id, cached_tokens FROM runs";
    let wanted = [
        text("0192f000-1111-7222-8333-4444555566ff"),
        text("0192f0001111722283334444555566ff"),
        text("baseline"),
        text("1.0"),
        text("ok"),
        Value::Null,
        text("2026-11-20T10:00:01.000000Z"),
        Value::Real(1.234_567_891),
        Value::Integer(1),
        Value::Real(0.000_036),
        Value::Real(0.000_036),
        text("table"),
        Value::Integer(0),
        text("gpt-4o-mini"),
        text("gpt-4o-mini-2024-07-18"),
        text("stop"),
        text("one"),
        Value::Integer(0),
        Value::Integer(1),
        Value::Null,
    ];
    assert_eq!(query(&connection, sql), wanted);
}

#[test]
fn scores_versions_and_batches_read_as_documented() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, connection) = one_run(&folder);
    let scored = query(
        &connection,
        "SELECT status, score, passed, explanation, source FROM scores WHERE evaluator = 'exact'",
    );
    assert_eq!(scored, [text("scored"), Value::Real(0.0), Value::Integer(0), text("no"), text("auto")]);
    let missing =
        query(&connection, "SELECT status, score, passed, explanation FROM scores WHERE evaluator = 'other'");
    assert_eq!(missing, [text("not_applicable"), Value::Null, Value::Null, text("why not")]);
    let version = query(
        &connection,
        "SELECT label, length(hash), tags ->> 0, metadata ->> 'owner', provider FROM versions",
    );
    assert_eq!(version, [text("1.0"), Value::Integer(71), text("candidate"), text("me"), text("gemini")]);
    let batch = query(&connection, "SELECT kind, status, started_at, finished_at FROM batches");
    assert_eq!(batch, [text("run"), text("running"), text("2026-11-20T10:00:00.123456Z"), Value::Null]);
}

#[test]
fn content_is_plain_and_kept_once() {
    let folder = tempfile::tempdir().unwrap();
    let (_store, connection) = one_run(&folder);
    let said = "SELECT count(*) FROM spans WHERE attributes LIKE '%Be %brief%' AND name LIKE 'chat %'";
    assert_eq!(query(&connection, said), [Value::Integer(1)]);
    assert_eq!(
        query(&connection, "SELECT count(*) FROM text WHERE text LIKE '%brief%'"),
        [Value::Integer(1)]
    );
}

#[test]
fn edits_of_a_version_leave_a_history_that_only_grows() {
    let folder = tempfile::tempdir().unwrap();
    let (store, connection) = one_run(&folder);
    let mut version = samples::version("baseline", "a", "s");
    let mut writer = store.writer().unwrap();
    writer.register("support", &[&version], &Editor::default()).unwrap();
    version.tags = vec!["production".into()];
    writer.register("support", &[&version, &version], &Editor::default()).unwrap();
    assert_eq!(
        query(&connection, "SELECT count(*), max(tags) FROM version_history"),
        [Value::Integer(2), text(r#"["production"]"#)]
    );
    let root = "SELECT attributes -> '$.\"tag.tags\"' FROM spans WHERE parent_span_id IS NULL";
    assert_eq!(query(&connection, root), [text(r#"["production"]"#)]);
    assert!(connection.execute("DELETE FROM version_history", []).is_err());
    assert!(connection.execute("UPDATE version_history SET tags = '[]'", []).is_err());
}
