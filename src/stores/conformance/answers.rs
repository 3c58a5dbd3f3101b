//! Answers that may be used again.
use super::super::*;
use super::{each_store, fill, record};
use crate::domain::{Digest, RunId};

#[test]
fn answers_are_found_by_their_key_while_their_run_is_stored() {
    each_store(|store| {
        let filled = fill(store);
        let (run, case, _) = &filled.runs[0];
        let [key, other] = [Digest::of(b"key"), Digest::of(b"other")];
        let mut writer = store.writer().unwrap();
        writer.append(filled.batch.id, &[Record::Answer(key, run.id)]).unwrap();
        let lost = Record::Answer(other, RunId::fresh());
        assert!(writer.append(filled.batch.id, &[lost]).is_err());
        let mut reader = store.reader().unwrap();
        assert_eq!(reader.answer(&key).unwrap().map(|stored| stored.run), Some(run.clone()));
        assert_eq!(reader.answer(&other).unwrap(), None);
        assert_eq!((reader.answers().unwrap(), reader.cache_size().unwrap().entries), (vec![key], 1));
        let again = Run { id: RunId::fresh(), ..run.clone() };
        writer.append(filled.batch.id, &[record(&again, case)]).unwrap();
        assert_eq!(reader.answer(&key).unwrap(), None, "its run was replaced");
        writer.append(filled.batch.id, &[Record::Answer(key, again.id)]).unwrap();
        assert_eq!(writer.forget_answers().unwrap(), 1);
        assert_eq!(store.reader().unwrap().cache_size().unwrap(), CacheSize::default());
    });
}
