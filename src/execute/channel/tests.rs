//! How much may wait, by number and by bytes, and what ends the wait.
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::domain::{BatchId, Case, Digest, Map, Run, RunKey};

/// A finished run whose reply has so many kilobytes.
fn finished(kilobytes: usize) -> Event {
    let hash = Digest::of(b"any");
    let case = Case {
        id: "c".to_owned(),
        inputs: Map::new(),
        expected: None,
        metadata: Map::new(),
        cluster: None,
        weight: None,
        slices: Vec::new(),
        inputs_hash: hash,
        file: "".into(),
    };
    let key = RunKey { version: hash, case_id: case.id.clone(), inputs: hash, repeat: 0 };
    let run = Run::unmade(BatchId::fresh(), key, "m".to_owned());
    Event::Finished(Box::new(Run { reply: Some(vec![b'x'; kilobytes << 10]), ..run }), Arc::new(case))
}

/// How many of them fit before somebody has to wait.
async fn fit(kilobytes: usize) -> usize {
    let (sink, _inbox) = channel();
    let mut sent = 0;
    while tokio::time::timeout(Duration::from_secs(1), sink.send(finished(kilobytes))).await.is_ok() {
        sent += 1;
    }
    sent
}

#[tokio::test(start_paused = true)]
async fn short_answers_are_bounded_by_their_number_and_long_ones_by_their_bytes() {
    assert_eq!(fit(0).await, CHANNEL);
    assert_eq!(fit(1).await, CHANNEL);
    assert_eq!(fit(1024).await, 4);
    assert_eq!(fit(10 << 10).await, 1, "larger than all the room there is");
}

#[tokio::test]
async fn what_is_taken_out_makes_room() {
    let (sink, mut inbox) = channel();
    for _ in 0..20 {
        sink.send(finished(3000)).await.unwrap();
        assert!(inbox.recv().await.is_some());
    }
    drop(sink);
    assert!(inbox.recv().await.is_none());
}

#[tokio::test]
async fn who_waits_for_room_is_told_that_the_recorder_is_gone() {
    let (sink, inbox) = channel();
    sink.send(finished(4096)).await.unwrap();
    let waiting = tokio::spawn(async move { sink.send(finished(1)).await });
    tokio::task::yield_now().await;
    drop(inbox);
    assert!(waiting.await.unwrap().is_err());
}
