//! Runs of several calls.
use super::samples::{broken_off, case, conversed, version};
use super::{RunFilter, each_store, everything, fill, filtered, record};

#[test]
fn conversations_come_back_whole() {
    each_store(|store| {
        let filled = fill(store);
        let (model, cases) = (version("baseline", "a", "s"), [case(1), case(3)]);
        let [whole, broken] =
            [conversed(&filled.batch, &model, &cases[0]), broken_off(&filled.batch, &model, &cases[1])];
        let records = [record(&whole, &cases[0]), record(&broken, &cases[1])];
        store.writer().unwrap().append(filled.batch.id, &records).unwrap();
        let found = filtered(store, &everything());
        assert_eq!((&found[5].run, &found[6].run), (&whole, &broken));
        let bare = filtered(store, &RunFilter::default()).swap_remove(5).run;
        assert_eq!((bare.calls.len(), bare.calls[0].request.as_ref()), (3, None));
        assert_eq!(bare.calls[0].tools, whole.calls[0].tools);
    });
}
