//! Whole replies: faithful times, reused connections, and every way a call can break.
use std::time::Duration;

use tokio::net::TcpListener;

use super::server::{Act, Server, chunk, chunked, reply};
use super::{LONG, kind, post, send, text, transport};
use crate::domain::ErrorType;
use crate::execute::transport::{Settings, Transport};

const PAUSE: Duration = Duration::from_millis(150);

#[tokio::test]
async fn an_answer_comes_back_with_what_was_sent_and_received() {
    let server = Server::always(vec![reply("200 OK", "x-request-id: r1\r\n", "hello")]).await;
    let sent = send(&transport(), post(&format!("{}/v1/x?y=1", server.url), "question"), LONG).await;
    assert_eq!(text(&sent), "hello");
    assert_eq!((sent.request.as_slice(), sent.reply.as_deref()), (&b"question"[..], Some(&b"hello"[..])));
    assert!(sent.headers.contains(&("x-request-id".into(), "r1".into())));
    assert_eq!(sent.ttft, None);
    let request = server.requests().remove(0);
    assert_eq!(request.body, b"question");
    let lines: Vec<_> = request.head.lines().collect();
    let host = server.url.replace("http://", "host: ");
    assert_eq!(lines[0], "POST /v1/x?y=1 HTTP/1.1");
    for line in ["content-type: text/plain", host.as_str(), "accept-encoding: identity", "content-length: 8"]
    {
        assert!(lines.contains(&line), "{line} in {lines:?}");
    }
}

#[tokio::test]
async fn the_wait_for_the_server_is_latency() {
    let server = Server::always(vec![Act::Wait(PAUSE), reply("200 OK", "", "late")]).await;
    let sent = send(&transport(), post(&server.url, ""), LONG).await;
    assert!(sent.latency.unwrap() >= PAUSE, "{sent:?}");
    assert!(sent.queue > Duration::ZERO);
}

#[tokio::test]
async fn the_wait_for_a_connection_is_queue() {
    // More calls than may open their connections at once: the rest wait for a slot each.
    let settings = Settings { dial_step: Duration::from_millis(400), ..Settings::default() };
    let transport = Transport::new(settings, |_| None);
    let server = Server::always(vec![Act::Wait(PAUSE), reply("200 OK", "", "x")]).await;
    let calls = (0..20).map(|_| send(&transport, post(&server.url, ""), LONG));
    let sent = futures_util::future::join_all(calls).await;
    let spaced = sent.iter().filter(|sent| sent.queue >= Duration::from_millis(300)).count();
    assert!(spaced >= 1, "some waited for their turn");
    let longest = sent.iter().max_by_key(|sent| sent.queue).unwrap();
    assert!(longest.latency.unwrap() < longest.queue + PAUSE, "the wait is not in the latency: {longest:?}");
    for sent in &sent {
        assert!(sent.latency.unwrap() >= PAUSE);
    }
}

#[tokio::test]
async fn connections_are_kept_and_never_shared() {
    let server = Server::always(vec![Act::Wait(Duration::from_millis(20)), reply("200 OK", "", "x")]).await;
    let transport = transport();
    for _ in 0..5 {
        assert_eq!(text(&send(&transport, post(&server.url, ""), LONG).await), "x");
    }
    assert_eq!(server.connections(), 1);
    let calls = (0..8).map(|_| send(&transport, post(&server.url, ""), LONG));
    let sent = futures_util::future::join_all(calls).await;
    assert!(sent.iter().all(|sent| sent.result.is_ok()));
    assert!((2..=8).contains(&server.connections()), "{}", server.connections());
}

#[tokio::test]
async fn a_kept_connection_the_server_closed_is_replaced_silently() {
    let server = Server::always(vec![reply("200 OK", "", "x"), Act::Close]).await;
    let transport = transport();
    for _ in 0..3 {
        assert_eq!(text(&send(&transport, post(&server.url, ""), LONG).await), "x");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!((server.connections(), server.requests().len()), (3, 3));
}

#[tokio::test]
async fn no_answer_is_a_timeout_with_the_time_it_took() {
    let server = Server::always(vec![Act::Wait(LONG)]).await;
    let sent = send(&transport(), post(&server.url, ""), PAUSE).await;
    assert_eq!(kind(&sent), ErrorType::Timeout);
    assert!(sent.latency.unwrap() >= PAUSE && sent.latency.unwrap() < LONG);
    assert_eq!(sent.reply, None);
}

#[tokio::test]
async fn half_an_answer_is_kept_at_a_timeout_and_its_connection_is_not() {
    let server = Server::start(|request| match request.body.as_slice() {
        b"slow" => vec![chunked(), chunk("half"), Act::Wait(LONG)],
        _ => vec![reply("200 OK", "", "x")],
    })
    .await;
    let transport = transport();
    let sent = send(&transport, post(&server.url, "slow"), PAUSE).await;
    assert_eq!((kind(&sent), sent.reply.as_deref()), (ErrorType::Timeout, Some(&b"half"[..])));
    assert_eq!(text(&send(&transport, post(&server.url, ""), LONG).await), "x");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn nobody_listening_is_a_connection_failure_that_sent_nothing() {
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let sent = send(&transport(), post(&format!("http://{free}/"), ""), LONG).await;
    assert_eq!((kind(&sent), sent.latency, sent.reply.clone()), (ErrorType::Connection, None, None));
    let message = sent.result.unwrap_err().message;
    assert!(message.contains(&free.to_string()), "{message}");
}

#[tokio::test]
async fn what_cannot_be_called_is_a_connection_failure() {
    for url in ["ftp://x/", "not an address", "http://user:pw@127.0.0.1/"] {
        assert_eq!(kind(&send(&transport(), post(url, ""), LONG).await), ErrorType::Connection, "{url}");
    }
    // Speaks no TLS.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    tokio::spawn(async move { while listener.accept().await.is_ok() {} });
    assert_eq!(kind(&send(&transport(), post(&url, ""), LONG).await), ErrorType::Connection);
}

#[tokio::test]
async fn replies_that_end_early_are_cut() {
    let short = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf".to_vec();
    let cases: [(Vec<Act>, Option<&[u8]>); 4] = [
        (vec![Act::Close], None),
        (vec![Act::Write(b"HTTP/1.1 200".to_vec()), Act::Close], None),
        (vec![Act::Write(short), Act::Close], Some(b"half")),
        (vec![chunked(), chunk("half"), Act::Close], Some(b"half")),
    ];
    for (acts, got) in cases {
        let server = Server::always(acts).await;
        let sent = send(&transport(), post(&server.url, ""), LONG).await;
        assert_eq!((kind(&sent), sent.reply.as_deref()), (ErrorType::Cut, got));
        assert!(sent.latency.is_some());
        assert_eq!(server.requests().len(), 1, "a request that may have been taken is never sent twice");
    }
}

#[tokio::test]
async fn what_is_not_http_is_malformed() {
    let server = Server::always(vec![Act::Write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec())]).await;
    assert_eq!(kind(&send(&transport(), post(&server.url, ""), LONG).await), ErrorType::Malformed);
    let server = Server::always(vec![reply("200 OK", "content-encoding: gzip\r\n", "x")]).await;
    assert_eq!(kind(&send(&transport(), post(&server.url, ""), LONG).await), ErrorType::Malformed);
}

#[tokio::test]
async fn a_refusal_says_how_long_to_wait() {
    let server =
        Server::always(vec![reply("429 Too Many Requests", "retry-after: 1.5\r\n", "slow down")]).await;
    let sent = send(&transport(), post(&server.url, ""), LONG).await;
    assert_eq!(kind(&sent), ErrorType::Status(429));
    assert_eq!(sent.retry_after, Some(Duration::from_millis(1500)));
    assert_eq!(sent.reply.as_deref(), Some(&b"slow down"[..]));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let server = Server::always(vec![reply("302 Found", "location: /elsewhere\r\n", "")]).await;
    let sent = send(&transport(), post(&server.url, ""), LONG).await;
    assert_eq!((kind(&sent), server.requests().len()), (ErrorType::Status(302), 1));
}

#[tokio::test]
async fn large_replies_come_whole_up_to_the_cap() {
    let large = vec![b'x'; 10 << 20];
    let server = Server::always(vec![reply("200 OK", "", &large)]).await;
    let sent = send(&transport(), post(&server.url, ""), LONG).await;
    assert_eq!((text(&sent).len(), sent.reply.map(|reply| reply.len())), (large.len(), Some(large.len())));
    let settings = Settings { body_cap: 4 << 20, reply_cap: 1 << 20, ..Settings::default() };
    let transport = Transport::new(settings, |_| None);
    assert_eq!(kind(&send(&transport, post(&server.url, ""), LONG).await), ErrorType::TooLarge);
    let body = "y".repeat(5 << 20);
    let server = Server::always(vec![chunked(), chunk(&body), chunk("")]).await;
    let sent = send(&transport, post(&server.url, ""), LONG).await;
    assert_eq!(kind(&sent), ErrorType::TooLarge);
    assert!(sent.reply.unwrap().len() <= 1 << 20);
}

#[tokio::test]
async fn a_call_given_up_leaves_no_connection_behind() {
    let server = Server::start(|request| match request.body.as_slice() {
        b"slow" => vec![Act::Wait(LONG)],
        _ => vec![reply("200 OK", "", "x")],
    })
    .await;
    let transport = transport();
    let given_up = tokio::time::timeout(PAUSE, send(&transport, post(&server.url, "slow"), LONG)).await;
    assert!(given_up.is_err());
    assert_eq!(text(&send(&transport, post(&server.url, ""), LONG).await), "x");
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn a_proxy_forwards_plain_calls_and_is_asked_for_tunnels() {
    let server = Server::start(|request| match request.head.starts_with("CONNECT") {
        true => vec![reply("403 Forbidden", "", ""), Act::Close],
        false => vec![reply("200 OK", "", "forwarded")],
    })
    .await;
    let proxy = server.url.replace("http://", "http://me:pw@");
    let transport = Transport::new(Settings::default(), move |name| {
        matches!(name, "HTTP_PROXY" | "https_proxy").then(|| proxy.clone())
    });
    let sent = send(&transport, post("http://api.example.test/v1?x=1", ""), LONG).await;
    assert_eq!(text(&sent), "forwarded");
    let sent = send(&transport, post("https://api.example.test/v1", ""), LONG).await;
    assert_eq!(kind(&sent), ErrorType::Connection);
    let message = sent.result.unwrap_err().message;
    assert!(message.contains("the proxy answered `HTTP/1.1 403 Forbidden`"), "{message}");
    let heads: Vec<_> = server.requests().into_iter().map(|request| request.head).collect();
    assert!(heads[0].starts_with("POST http://api.example.test/v1?x=1 HTTP/1.1"), "{}", heads[0]);
    assert!(
        heads[0].contains("host: api.example.test")
            && heads[0].contains("proxy-authorization: Basic bWU6cHc=")
    );
    assert!(heads[1].starts_with("CONNECT api.example.test:443 HTTP/1.1"), "{}", heads[1]);
    assert!(heads[1].contains("proxy-authorization: Basic bWU6cHc="));
}
