//! Programs that answer one call.
use std::time::Duration;

use super::{Echo, LONG, kind, text};
use crate::domain::ErrorType;
use crate::execute::transport::{Resolved, Sent, Settings, Transport};
use crate::providers::{ProcessCall, Wire};

const PAUSE: Duration = Duration::from_millis(300);

fn transport() -> Transport {
    let settings = Settings { body_cap: 2 << 20, ..Settings::default() };
    Transport::new(settings, |name| match name {
        "PATH" => Some("/usr/bin:/bin".into()),
        "SECRET_OF_THE_SHELL" => Some("leak".into()),
        _ => None,
    })
}

fn program(argv: &[&str], stdin: &[u8]) -> ProcessCall {
    ProcessCall {
        argv: argv.iter().map(|word| (*word).to_owned()).collect(),
        stdin: stdin.to_vec(),
        env: vec![("GREETING".into(), "hello".into())],
        cwd: std::env::temp_dir(),
        persistent: false,
    }
}

async fn run(call: ProcessCall, deadline: Duration) -> Sent {
    let context = [("TRACEPARENT".to_owned(), "00-trace".to_owned())];
    let command = Resolved::keyless("command");
    transport().send(&command, &Echo, &Wire::Process(call), deadline, &context).await
}

async fn shell(script: &str) -> Sent {
    run(program(&["sh", "-c", script], b"in"), LONG).await
}

#[tokio::test]
async fn input_goes_in_and_output_comes_out() {
    let sent = run(program(&["cat"], b"{\"q\":1}"), LONG).await;
    assert_eq!(text(&sent), "{\"q\":1}");
    assert_eq!(
        (sent.request.as_slice(), sent.reply.as_deref()),
        (&b"{\"q\":1}"[..], Some(&b"{\"q\":1}"[..]))
    );
    assert!(sent.latency.unwrap() > Duration::ZERO && sent.queue.is_zero());
    let sent = shell("echo out; echo err >&2; exit 3").await;
    assert_eq!(kind(&sent), ErrorType::Exit);
    assert_eq!(sent.result.unwrap_err().message, "Some(3): err\n");
    assert_eq!(sent.reply.as_deref(), Some(&b"out\n"[..]));
    assert_eq!(kind(&shell("kill -9 $$").await), ErrorType::Exit);
}

#[tokio::test]
async fn the_environment_is_what_is_listed_and_named() {
    let sent = shell("echo $GREETING $TRACEPARENT [$SECRET_OF_THE_SHELL] [$HOME]").await;
    assert_eq!(text(&sent), "hello 00-trace [] []\n");
}

#[tokio::test]
async fn large_input_that_is_not_read_and_large_input_that_is_do_not_block() {
    let large = vec![b'x'; 1 << 20];
    let sent = run(program(&["true"], &large), LONG).await;
    assert_eq!(text(&sent), "");
    let sent = run(program(&["cat"], &large), LONG).await;
    assert_eq!(sent.reply.as_deref(), Some(large.as_slice()));
}

#[tokio::test]
async fn binary_output_is_kept_as_it_is() {
    let sent = shell("printf '\\377\\000\\376'").await;
    assert_eq!(sent.reply.as_deref(), Some(&[0xff, 0, 0xfe][..]));
}

#[tokio::test]
async fn endless_output_is_stopped_at_the_cap() {
    let sent = shell("yes").await;
    assert_eq!(kind(&sent), ErrorType::TooLarge);
    assert_eq!(sent.reply.unwrap().len(), 2 << 20);
    let sent = shell("yes x | head -c 3000000 >&2; echo done").await;
    assert_eq!(text(&sent), "done\n");
    assert!(sent.result.unwrap().id.unwrap().len() <= 512 << 10, "only the end of standard error is kept");
}

/// Whether a process that sleeps for that odd number of seconds runs; zombies do not count.
fn sleeps(seconds: &str) -> bool {
    let listing = std::process::Command::new("ps").args(["-eo", "stat,args"]).output().unwrap().stdout;
    String::from_utf8_lossy(&listing)
        .lines()
        .any(|line| line.ends_with(&format!("sleep {seconds}")) && !line.starts_with('Z'))
}

async fn gone(seconds: &str) -> bool {
    for _ in 0..100 {
        if !sleeps(seconds) {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test]
async fn a_deadline_ends_a_program_and_what_it_started() {
    let sent =
        run(program(&["sh", "-c", "echo part; echo why >&2; sleep 4711.1 & sleep 4711.1"], b""), PAUSE).await;
    assert_eq!((kind(&sent), sent.reply.as_deref()), (ErrorType::Timeout, Some(&b"part\n"[..])));
    assert!(sent.latency.unwrap() >= PAUSE);
    assert!(sent.result.unwrap_err().message.ends_with(": why"));
    assert!(gone("4711.1").await);
}

#[tokio::test]
async fn a_call_given_up_ends_its_program() {
    let call = program(&["sh", "-c", "sleep 4711.2 & sleep 4711.2"], b"");
    assert!(tokio::time::timeout(PAUSE, run(call, LONG)).await.is_err());
    assert!(gone("4711.2").await);
}

#[tokio::test]
async fn what_a_program_leaves_running_neither_delays_its_answer_nor_stays() {
    let sent = shell("sleep 4711.3 & echo done").await;
    assert_eq!(text(&sent), "done\n");
    assert!(sent.latency.unwrap() < LONG);
    assert!(gone("4711.3").await);
}

#[tokio::test]
async fn a_program_that_cannot_start_says_why() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("plain.txt"), "x").unwrap();
    let cases = [
        (vec!["no-such-program-here"], "no such program in PATH"),
        (vec!["./absent"], "no such file"),
        (vec!["./plain.txt"], "not executable"),
        (vec![], "the command is empty"),
    ];
    for (argv, expected) in cases {
        let mut call = program(&argv, b"");
        call.cwd = folder.path().to_owned();
        let sent = run(call, LONG).await;
        assert_eq!((kind(&sent), sent.latency), (ErrorType::Spawn, None));
        let message = sent.result.unwrap_err().message;
        assert!(message.contains(expected), "{message}");
    }
    let mut call = program(&["true"], b"");
    call.cwd = folder.path().join("absent");
    let message = run(call, LONG).await.result.unwrap_err().message;
    assert!(message.contains("does not exist"), "{message}");
}
