//! Cases are read ahead while runs are: whatever the order in which runs ask for them, each comes once, as it is.
use std::sync::Arc;

use rusqlite::Connection;

use super::{Each, Out, part, range, side_by_side};
use crate::domain::{Batch, Case};
use crate::stores::conformance::samples;
use crate::stores::{Editor, Measured, MeasuredCase, Measurement, Place, Record, Store, StoreError};

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
