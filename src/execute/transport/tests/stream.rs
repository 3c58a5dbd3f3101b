//! Streamed replies: the time to the first token, and streams that break.
use std::time::Duration;

use super::server::{Act, Server, chunk, chunked, reply};
use super::{LONG, kind, post, send, text, transport};
use crate::domain::ErrorType;
use crate::execute::transport::Sent;

const PAUSE: Duration = Duration::from_millis(150);

async fn stream(acts: Vec<Act>, deadline: Duration) -> Sent {
    let server = Server::always(acts).await;
    let mut call = post(&server.url, "");
    call.stream = true;
    send(&transport(), call, deadline).await
}

fn partial(sent: &Sent) -> &str {
    &sent.result.as_ref().unwrap_err().partial.as_ref().unwrap().text
}

#[tokio::test]
async fn the_first_token_is_neither_the_head_nor_a_comment() {
    let acts = vec![
        chunked(),
        chunk(": wait\n"),
        Act::Wait(PAUSE),
        chunk("a"),
        chunk("b\n"),
        Act::Wait(PAUSE),
        chunk("c\n.\n"),
        chunk(""),
    ];
    let sent = stream(acts, LONG).await;
    assert_eq!(text(&sent), "abc");
    let (ttft, latency) = (sent.ttft.unwrap(), sent.latency.unwrap());
    assert!(ttft >= PAUSE && latency > ttft && latency >= PAUSE * 2, "{ttft:?} {latency:?}");
    assert_eq!(sent.reply.as_deref(), Some(&b": wait\nab\nc\n.\n"[..]));
}

#[tokio::test]
async fn a_stream_without_its_end_is_cut() {
    let sent = stream(vec![chunked(), chunk("half\n"), chunk("")], LONG).await;
    assert_eq!((kind(&sent), partial(&sent)), (ErrorType::Cut, "half"));
    let sent = stream(vec![chunked(), chunk("half\n"), Act::Close], LONG).await;
    assert_eq!((kind(&sent), partial(&sent)), (ErrorType::Cut, "half"));
    assert!(sent.ttft.is_some());
    // The connection broke after the answer's own end: what came is whole, that nothing was lost is not known.
    let sent = stream(vec![chunked(), chunk("all\n.\n"), Act::Close], LONG).await;
    assert_eq!((kind(&sent), partial(&sent)), (ErrorType::Cut, "all"));
}

#[tokio::test]
async fn a_stream_that_stalls_is_a_timeout_with_what_came() {
    let sent = stream(vec![chunked(), chunk("half\n"), Act::Wait(LONG)], PAUSE).await;
    assert_eq!((kind(&sent), partial(&sent)), (ErrorType::Timeout, "half"));
    assert!(sent.latency.unwrap() >= PAUSE);
}

#[tokio::test]
async fn errors_inside_and_instead_of_a_stream_are_the_providers_own() {
    let sent = stream(vec![chunked(), chunk("a\n!overloaded\n"), Act::Wait(LONG)], LONG).await;
    assert_eq!(kind(&sent), ErrorType::Malformed);
    assert!(sent.latency.unwrap() < LONG);
    let sent = stream(vec![reply("500 Oops", "", "broken")], LONG).await;
    assert_eq!((kind(&sent), sent.ttft), (ErrorType::Status(500), None));
}
