//! Cases are read ahead while runs are: whatever the order in which runs ask for them, each comes once, as it is.
use std::sync::Arc;

use crate::domain::{Batch, Case};
use crate::stores::conformance::samples;
use crate::stores::{Editor, Measured, Place, Record, Store};

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

/// The ids of the runs' cases, and how many cases came.
fn read(store: &dyn Store, batch: &Batch) -> (Vec<String>, usize) {
    let (mut cases, mut found) = (Vec::new(), Vec::new());
    let mut each = |measured: Measured<'_>| {
        match measured {
            Measured::Case(case) => cases.push(case.id.to_string()),
            Measured::Run(case, _) => found.push(cases[case as usize].clone()),
        }
        Ok(())
    };
    store.reader().unwrap().measurements(batch.id, &mut each).unwrap();
    (found, cases.len())
}

#[test]
fn runs_find_their_cases_in_the_order_of_the_store_backwards_and_scattered() {
    let folder = tempfile::tempdir().unwrap();
    let store = super::super::file::open(&Place::File(folder.path().join("store.db")), true).unwrap();
    let cases: Vec<Arc<Case>> = (0..CASES).map(samples::case).collect();
    let straight: Vec<usize> = (0..cases.len()).collect();
    let backwards: Vec<usize> = straight.iter().rev().copied().collect();
    let scattered: Vec<usize> = straight.iter().map(|i| i * 7 % cases.len()).collect();
    let third: Vec<usize> = straight.iter().copied().filter(|i| i % 3 == 1).collect();
    for order in [straight, backwards, scattered, third] {
        let batch = run(&*store, &order, &cases);
        let wanted: Vec<String> = order.iter().map(|&case| cases[case].id.clone()).collect();
        assert_eq!(read(&*store, &batch), (wanted, order.len()));
    }
}
