//! Persistent programs: one line in, one line out.
use std::time::Duration;

use super::{Echo, LONG, kind, text};
use crate::domain::{Completion, ErrorType};
use crate::execute::transport::stopwatch::Stopwatch;
use crate::execute::transport::{Resolved, Sent, Settings, Transport};
use crate::providers::{Failure, InstantAnswer, ProcessCall, Wire};

/// Answers each line by its own process id and the line; `die` ends it, `hang` says nothing, `twice` says too much.
const SCRIPT: &str = r#"while read -r line; do case $line in
die) echo "dying" >&2; exit 7;; hang) sleep 4711.4;; twice) printf "$$ twice\n$$ unasked\n";;
*) echo; echo "$$ $line";; esac; done"#;

fn transport() -> Transport {
    Transport::new(Settings::default(), |name| (name == "PATH").then(|| "/usr/bin:/bin".into()))
}

async fn ask(transport: &Transport, line: &str, deadline: Duration) -> Sent {
    let call = ProcessCall {
        argv: ["sh", "-c", SCRIPT].map(str::to_owned).into(),
        stdin: line.as_bytes().to_vec(),
        env: Vec::new(),
        cwd: std::env::temp_dir(),
        persistent: true,
    };
    transport.send(&Resolved::keyless("command"), &Echo, &Wire::Process(call), deadline, &[]).await
}

/// The worker's process id, when it answered that line.
fn worker(sent: &Sent, line: &str) -> String {
    let (worker, answer) = text(sent).split_once(' ').unwrap();
    assert_eq!(answer, line);
    worker.to_owned()
}

#[tokio::test]
async fn one_program_answers_many_calls_and_one_at_a_time() {
    let transport = transport();
    let first = worker(&ask(&transport, "a", LONG).await, "a");
    assert_eq!(worker(&ask(&transport, "b\n", LONG).await, "b"), first);
    let (x, y) = tokio::join!(ask(&transport, "x", LONG), ask(&transport, "y", LONG));
    assert_ne!(worker(&x, "x"), worker(&y, "y"));
}

#[tokio::test]
async fn a_worker_that_dies_fails_its_call_and_is_replaced() {
    let transport = transport();
    let first = worker(&ask(&transport, "a", LONG).await, "a");
    let sent = ask(&transport, "die", LONG).await;
    assert_eq!(kind(&sent), ErrorType::Exit);
    let message = sent.result.unwrap_err().message;
    assert!(message.starts_with("the worker ended with status 7 before it answered"), "{message}");
    assert_ne!(worker(&ask(&transport, "b", LONG).await, "b"), first);
}

#[tokio::test]
async fn a_late_or_unasked_line_is_never_another_calls_answer() {
    let transport = transport();
    assert_eq!(kind(&ask(&transport, "hang", Duration::from_millis(200)).await), ErrorType::Timeout);
    let first = worker(&ask(&transport, "twice", LONG).await, "twice");
    assert_ne!(worker(&ask(&transport, "a", LONG).await, "a"), first);
}

#[tokio::test]
async fn answers_at_hand_have_the_latency_they_are_given() {
    let completion = Completion { text: "x".into(), ..Completion::default() };
    let mut answer = InstantAnswer {
        result: Ok::<_, Failure>(completion),
        latency: Duration::from_secs(3),
        ttft: Some(Duration::from_secs(1)),
        sleep: false,
    };
    let transport = transport();
    let send = async |answer: &InstantAnswer, deadline| {
        let wire = Wire::Instant(Box::new(answer.clone()));
        transport.send(&Resolved::keyless("sim"), &Echo, &wire, deadline, &[]).await
    };
    let sent = send(&answer, LONG).await;
    assert_eq!((text(&sent), sent.latency, sent.ttft), ("x", Some(answer.latency), answer.ttft));
    let sent = send(&answer, Duration::from_secs(2)).await;
    assert_eq!((kind(&sent), sent.latency), (ErrorType::Timeout, Some(Duration::from_secs(2))));
    answer.sleep = true;
    answer.latency = Duration::from_millis(50);
    let clock = Stopwatch::start();
    send(&answer, LONG).await;
    assert!(clock.elapsed() >= Duration::from_millis(45));
}
