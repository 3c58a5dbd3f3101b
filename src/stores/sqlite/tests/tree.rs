//! The view `spans` and `otel::genai::spans` tell the same tree.
use std::sync::Arc;

use rusqlite::Connection;
use serde_json::Value;

use crate::domain::{Map, Span, SpanKind, Verdict};
use crate::otel::genai;
use crate::stores::conformance::samples;
use crate::stores::{Editor, Place, Record, RunFilter, Store, StoredRun};

/// A span as both tell it, attributes sorted by the comparison of maps.
#[derive(Debug, PartialEq)]
struct Told {
    trace_id: String,
    parent: Option<String>,
    name: String,
    kind: String,
    times: (i64, i64),
    status: String,
    attributes: Map,
    events: Vec<(String, i64, Map)>,
}

fn of_otel(span: &Span) -> (String, Told) {
    let kind = match span.kind {
        SpanKind::Client => "client",
        _ => "internal",
    };
    let events = span.events.iter().map(|e| (e.name.clone(), e.at_ns, e.attributes.clone())).collect();
    let told = Told {
        trace_id: span.trace_id.to_string(),
        parent: span.parent.map(|id| id.to_string()),
        name: span.name.clone(),
        kind: kind.into(),
        times: (span.started_ns, span.ended_ns),
        status: span.status.name().into(),
        attributes: span.attributes.clone(),
        events,
    };
    (span.span_id.to_string(), told)
}

fn of_view(connection: &Connection, run: &StoredRun) -> Vec<(String, Told)> {
    let mut statement = connection
        .prepare(
            "SELECT span_id, trace_id, parent_span_id, name, kind, started_ns, ended_ns, status, attributes, events \
             FROM spans WHERE run_id = ?1",
        )
        .unwrap();
    let rows = statement.query_map([run.run.id.to_string()], |row| {
        let events: Vec<Value> = serde_json::from_str(&row.get::<_, String>(9)?).unwrap();
        let event = |event: &Value| {
            let name = event["name"].as_str().unwrap().to_owned();
            (name, event["at_ns"].as_i64().unwrap(), samples::map(event["attributes"].clone()))
        };
        let told = Told {
            trace_id: row.get(1)?,
            parent: row.get(2)?,
            name: row.get(3)?,
            kind: row.get(4)?,
            times: (row.get(5)?, row.get(6)?),
            status: row.get(7)?,
            attributes: serde_json::from_str(&row.get::<_, String>(8)?).unwrap(),
            events: events.iter().map(event).collect(),
        };
        Ok((row.get(0)?, told))
    });
    rows.unwrap().map(Result::unwrap).collect()
}

/// Every kind of run, with every kind of score.
fn filled(path: std::path::PathBuf) -> Arc<dyn Store> {
    let store = super::super::file::open(&Place::File(path), true).unwrap();
    let (model, app) = (samples::version("baseline", "a", "s"), samples::program("app"));
    let batch = samples::batch(&[&model, &app]);
    let mut writer = store.writer().unwrap();
    writer.register(&batch.project, &[&model, &app], &Editor::default()).unwrap();
    writer.begin(&batch).unwrap();
    let cases: Vec<_> = (0..3).map(samples::case).collect();
    let ok = samples::ok(&batch, &model, &cases[0], 0);
    let streamed = samples::streamed(&batch, &model, &cases[0]);
    let mut silent = samples::streamed(&batch, &model, &cases[1]);
    silent.completion.as_mut().unwrap().text.clear();
    let scored = |verdict| samples::score(&ok, "exact", verdict);
    let mut records = vec![
        Record::Score(Box::new(scored(Verdict::pass(false).because("no")))),
        Record::Score(Box::new(samples::judged(&ok, "judge"))),
        Record::Score(Box::new(samples::score(&streamed, "exact", Verdict::NotApplicable("none".into())))),
        Record::Score(Box::new(samples::score(&silent, "exact", Verdict::Failed("broke".into())))),
        Record::Score(Box::new(samples::score(&silent, "near", Verdict::score(0.3)))),
    ];
    let failed = samples::failed(&batch, &model, &cases[1]);
    let not_run = samples::not_run(&batch, &model, &cases[2]);
    let program = samples::of_program(&batch, &app, &cases[2]);
    let conversed = samples::conversed(&batch, &model, &cases[0]);
    let broken = samples::broken_off(&batch, &model, &cases[1]);
    for (run, case) in [
        (conversed, 0),
        (broken, 1),
        (program, 2),
        (not_run, 2),
        (failed, 1),
        (silent, 1),
        (streamed, 0),
        (ok, 0),
    ] {
        records.insert(0, Record::Run(Box::new(run), cases[case].clone()));
    }
    writer.append(batch.id, &records).unwrap();
    store
}

#[test]
fn the_view_and_the_exporter_tell_the_same_tree() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = filled(path.clone());
    let connection = Connection::open(path).unwrap();
    let mut runs = 0;
    let mut check = |run: StoredRun| {
        let by_id = |mut spans: Vec<(String, Told)>| {
            spans.sort_by(|a, b| a.0.cmp(&b.0));
            spans
        };
        let exported = by_id(genai::spans(&run.trace()).iter().map(of_otel).collect());
        let seen = by_id(of_view(&connection, &run));
        assert_eq!(seen.len(), exported.len(), "{}", run.run.id);
        for (seen, exported) in seen.iter().zip(&exported) {
            assert_eq!(seen, exported);
        }
        runs += 1;
        Ok(())
    };
    store.reader().unwrap().runs(&RunFilter { bodies: true, ..RunFilter::default() }, &mut check).unwrap();
    assert_eq!(runs, 8);
}

#[test]
fn received_spans_stand_beside_ours() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let _store = filled(path.clone());
    let connection = Connection::open(path).unwrap();
    let insert = "INSERT INTO received_span VALUES (x'00112233445566778899aabbccddeeff', x'0102030405060708', NULL, ?1, \
                  'app', 'server', 1, 2, 'ok', '{}', '[]')";
    connection.execute(insert, [None::<i64>]).unwrap();
    let seen: (String, Option<String>, Option<String>) = connection
        .query_row("SELECT trace_id, parent_span_id, run_id FROM spans WHERE name = 'app'", [], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .unwrap();
    assert_eq!(seen, ("00112233445566778899aabbccddeeff".into(), None, None));
    connection.execute("DELETE FROM received_span", []).unwrap();
    connection.execute(insert, [1]).unwrap();
    let linked = "SELECT count(*) FROM spans s JOIN runs r ON r.run_id = s.run_id WHERE s.name = 'app'";
    assert_eq!(connection.query_row(linked, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
}
