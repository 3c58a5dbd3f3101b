//! Cases are read ahead while runs are: whatever the order in which runs ask for them, each comes once, as it is.
use std::path::Path;
use std::sync::Arc;

use rusqlite::Connection;

use super::{Each, LARGE, Out, follow, moment, part, range, side_by_side, stream, version};
use crate::domain::{Batch, Case, Verdict};
use crate::stores::conformance::samples;
use crate::stores::{
    Editor, Measured, MeasuredCase, Measurement, Place, Record, RunFilter, Store, StoreError, StoredRun,
};

/// More than is read ahead at once.
const CASES: u32 = 3_000;

/// Runs of the cases in that order, as a batch of their own.
fn run(store: &dyn Store, order: &[usize], cases: &[Arc<Case>]) -> Batch {
    let version = samples::version("baseline", "a", "s");
    let batch = samples::batch(&[&version]);
    let mut writer = store.writer().unwrap();
    writer.register(&batch.project, &[&version], &Editor::default()).unwrap();
    writer.begin(&batch).unwrap();
    let records: Vec<Record> = order
        .iter()
        .map(|&case| {
            Record::Run(Box::new(samples::ok(&batch, &version, &cases[case], 0)), cases[case].clone())
        })
        .collect();
    writer.append(batch.id, &records).unwrap();
    batch
}

/// The ids of the runs' cases.
fn read(store: &dyn Store, batch: &Batch) -> Vec<String> {
    let mut reader = store.reader().unwrap();
    let found = taken(|each| reader.measurements(batch.id, each));
    found.into_iter().map(|(case, _)| case.id.to_string()).collect()
}

#[test]
fn runs_find_their_cases_in_the_order_of_the_store_backwards_and_scattered() {
    let folder = tempfile::tempdir().unwrap();
    let store =
        crate::stores::sqlite::file::open(&Place::File(folder.path().join("store.db")), true).unwrap();
    let cases: Vec<Arc<Case>> = (0..CASES).map(samples::case).collect();
    let straight: Vec<usize> = (0..cases.len()).collect();
    let backwards: Vec<usize> = straight.iter().rev().copied().collect();
    let scattered: Vec<usize> = straight.iter().map(|i| i * 7 % cases.len()).collect();
    let third: Vec<usize> = straight.iter().copied().filter(|i| i % 3 == 1).collect();
    for order in [straight, backwards, scattered, third] {
        let batch = run(&*store, &order, &cases);
        let wanted: Vec<String> = order.iter().map(|&case| cases[case].id.clone()).collect();
        assert_eq!(read(&*store, &batch), wanted);
    }
}

#[test]
fn two_halves_side_by_side_give_what_one_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = crate::stores::sqlite::file::open(&Place::File(path.clone()), true).unwrap();
    let cases: Vec<Arc<Case>> = (0..CASES).map(samples::case).collect();
    let order: Vec<usize> = (0..cases.len()).map(|i| i * 7 % cases.len()).collect();
    let batch = run(&*store, &order, &cases);
    let (one, two) = (Connection::open(&path).unwrap(), || Connection::open(&path).unwrap());
    let range = range(&one, batch.id).unwrap().unwrap();
    let halves = taken(|each| side_by_side(&one, two(), range, each));
    let whole = taken(|each| {
        let mut out = Out::new(each);
        part::read(&one, range, &mut |case, number, run| out.give(0, case, number, run))
    });
    assert_eq!((halves.len(), halves), (order.len(), whole));
    let mut stop = |_: Measured<'_>| Err(StoreError::Failed("enough".into()));
    assert!(side_by_side(&one, two(), range, &mut stop).is_err(), "and the other half ends too");
}

/// A store with a batch that passes for a large one: its last run is said to lie further on.
fn large(path: &Path) -> (Arc<dyn Store>, Batch) {
    let store = crate::stores::sqlite::file::open(&Place::File(path.to_owned()), true).unwrap();
    let cases: Vec<Arc<Case>> = (0..300).map(samples::case).collect();
    let order: Vec<usize> = (0..cases.len()).collect();
    let batch = run(&*store, &order, &cases);
    let sql = "UPDATE batch_row SET last_run = first_run + ?1";
    Connection::open(path).unwrap().execute(sql, [LARGE]).unwrap();
    // Its runs lie in both halves.
    let sql = "UPDATE run_row SET id = id + ?1 WHERE id % 2 = 0 AND id > 2";
    Connection::open(path).unwrap().execute(sql, [LARGE - 300]).unwrap();
    (store, batch)
}

/// Gives every run of the batch a score, as `proto evaluate` does beside.
fn score(store: &dyn Store, batch: &Batch) {
    let filter = RunFilter { batch: Some(batch.id), ..RunFilter::default() };
    let mut scores = Vec::new();
    let give = &mut |stored: StoredRun| {
        scores.push(Record::Score(Box::new(samples::score(&stored.run, "exact", Verdict::pass(true)))));
        Ok(())
    };
    store.reader().unwrap().runs(&filter, give).unwrap();
    store.writer().unwrap().append(batch.id, &scores).unwrap();
}

#[test]
fn both_halves_see_the_scores_of_one_moment() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, batch) = large(&path);
    let connection = Connection::open(&path).unwrap();
    let other = || {
        let other = Connection::open(&path).unwrap();
        score(&*store, &batch);
        Ok(other)
    };
    let found = taken(|each| stream(&connection, other, batch.id, each));
    let scored = found.iter().filter(|(_, run)| !run.scores.is_empty()).count();
    assert_eq!((found.len(), scored), (300, 300));
}

#[test]
fn a_commit_between_the_two_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, batch) = large(&path);
    let (one, two) = (Connection::open(&path).unwrap(), Connection::open(&path).unwrap());
    let before = version(&two).unwrap();
    assert!(follow(&two, before).unwrap());
    two.execute_batch("ROLLBACK").unwrap();
    score(&*store, &batch);
    assert!(!follow(&two, before).unwrap());
    two.execute_batch("ROLLBACK").unwrap();
    assert!(moment(&one, Some(two)).unwrap().1.is_some(), "and the next moment is looked for");
}

#[test]
fn without_a_second_connection_one_reads_all() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (_, batch) = large(&path);
    let none = || Err(StoreError::Failed("too many open files".into()));
    let found = taken(|each| stream(&Connection::open(&path).unwrap(), none, batch.id, each));
    assert_eq!(found.len(), 300);
}

/// What a reading gives, by the runs' ids.
fn taken(read: impl FnOnce(Each<'_>) -> Result<(), StoreError>) -> Vec<(MeasuredCase, Measurement)> {
    let (mut cases, mut found) = (Vec::new(), Vec::new());
    read(&mut |measured| {
        match measured {
            Measured::Case(case) => cases.push(case.clone()),
            Measured::Run(case, run) => found.push((cases[case as usize].clone(), run.clone())),
        }
        Ok(())
    })
    .unwrap();
    found.sort_by_key(|(_, run): &(MeasuredCase, Measurement)| run.run);
    found
}
