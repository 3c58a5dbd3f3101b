//! Several writes as one, and one store into another of any kind.
use super::super::{Editor, Merged, Store, StoreError, Write, merge};
use super::samples::version;
use super::{each_store, everything, fill, filtered};

#[test]
fn what_is_stored_together_is_stored_whole_or_not_at_all() {
    each_store(|store| {
        let filled = fill(store);
        let before = filtered(store, &everything());
        let (run, case, _) = &filled.runs[0];
        let mut again = run.clone();
        again.id = crate::domain::RunId::fresh();
        let records = [super::record(&again, case)];
        let mut work = |take: &mut super::super::Take<'_>| {
            take(Write::Append(filled.batch.id, &records))?;
            Err(StoreError::Failed("enough".into()))
        };
        assert!(store.writer().unwrap().together(&mut work).is_err());
        assert_eq!(filtered(store, &everything()), before);
        let mut work =
            |take: &mut super::super::Take<'_>| take(Write::Append(filled.batch.id, &records)).map(drop);
        store.writer().unwrap().together(&mut work).unwrap();
        assert_ne!(filtered(store, &everything()), before);
    });
}

/// Everything a store holds, but positions.
fn contents(store: &dyn Store) -> String {
    let mut reader = store.reader().unwrap();
    let mut runs = filtered(store, &everything());
    runs.iter_mut().for_each(|stored| stored.position = 0);
    let rest = (reader.batches().unwrap(), reader.versions(None).unwrap(), reader.tag_log(None).unwrap());
    format!("{runs:#?}{rest:#?}{:#?}", reader.decisions().unwrap())
}

#[test]
fn a_store_merged_into_another_of_any_kind_is_there_whole_and_once() {
    each_store(|from| {
        fill(from);
        each_store(|into| {
            let merged = merge(from, into).unwrap();
            assert_eq!((merged.batches, merged.versions, merged.runs, merged.scores), (1, 2, 5, 5));
            assert_eq!(contents(into), contents(from));
            assert_eq!(merge(from, into).unwrap(), Merged::default(), "twice is once");
            assert_eq!(contents(into), contents(from));
        });
    });
}

#[test]
fn a_known_hash_keeps_its_label_and_a_new_one_gets_the_next() {
    each_store(|from| {
        let (a, b, c) = (version("v", "a", "s"), version("v", "b", "s"), version("v", "c", "s"));
        from.writer().unwrap().register("p", &[&a, &b], &Editor::default()).unwrap();
        each_store(|into| {
            into.writer().unwrap().register("p", &[&b, &c], &Editor::default()).unwrap();
            let merged = merge(from, into).unwrap();
            let said: Vec<String> =
                merged.relabelled.iter().map(|v| format!("{} {} {}", v.name, v.there, v.here)).collect();
            assert_eq!((said, merged.versions), (vec!["v 1.0 1.2".into(), "v 1.1 1.0".into()], 1));
        });
    });
}
