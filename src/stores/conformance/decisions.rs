//! What every store does with decisions.
use super::*;
use crate::domain::DecisionId;

#[test]
fn decisions_come_back_as_they_were_made_newest_first_and_never_change() {
    let made = |at: &str, winner: Option<&str>| StoredDecision {
        id: DecisionId::fresh(),
        at: at.parse().unwrap(),
        project: "p".into(),
        experiment: "e".into(),
        verdict: if winner.is_some() { "winner".into() } else { "undecided".into() },
        winner: winner.map(str::to_owned),
        request: Map::from_iter([("batches".to_owned(), serde_json::json!(["0192"]))]),
        document: "{\"b\":0.1,\"a\":null}".into(),
    };
    each_store(|store| {
        let (older, newer) = (made("2026-11-20T10:00:00Z", None), made("2026-11-20T11:00:00Z", Some("a")));
        let mut writer = store.writer().unwrap();
        assert_eq!(store.reader().unwrap().decisions().unwrap(), []);
        writer.keep_decision(&newer).unwrap();
        writer.keep_decision(&older).unwrap();
        assert!(writer.keep_decision(&older).is_err(), "{}", store.place());
        assert_eq!(store.reader().unwrap().decisions().unwrap(), [newer, older], "{}", store.place());
    });
}
