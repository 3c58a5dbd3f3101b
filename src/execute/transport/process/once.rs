//! A program that answers one call and ends.
use std::pin::pin;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;

use super::super::stopwatch::Stopwatch;
use super::output::{keep_tail, read_tail, read_whole};
use super::start::Started;

/// How long output is waited for after the end: only something that left the group can still hold it open.
const GRACE: Duration = Duration::from_millis(500);

/// What a program has written.
#[derive(Default)]
pub(super) struct Written {
    /// Standard output.
    pub(super) stdout: Vec<u8>,
    /// The end of standard error.
    pub(super) stderr: Vec<u8>,
}

/// How a program ended by itself.
pub(super) enum End {
    /// With that status, so long after its start.
    Exit(std::io::Result<ExitStatus>, Duration),
    /// It wrote more than the cap.
    TooLarge,
}

/// Feeds the program, reads it, waits for its end and ends what it left running.
pub(super) async fn finish(
    started: &mut Started,
    stdin: &[u8],
    written: &mut Written,
    cap: usize,
    clock: &Stopwatch,
) -> End {
    let Started { child, group } = started;
    let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let Written { stdout, stderr } = written;
    let mut fed = pin!(feed(input, stdin));
    let mut read = pin!(async {
        let whole = async {
            match output {
                Some(output) => read_whole(output, stdout, cap).await,
                None => true,
            }
        };
        let tail = async {
            if let Some(errors) = errors {
                read_tail(errors, |bytes| keep_tail(stderr, bytes)).await;
            }
        };
        tokio::join!(whole, tail).0
    });
    let (mut all_fed, mut all_read) = (false, false);
    let (status, took) = loop {
        tokio::select! {
            biased;
            status = child.wait() => break (status, clock.elapsed()),
            whole = &mut read, if !all_read => match whole {
                true => all_read = true,
                false => return End::TooLarge,
            },
            () = &mut fed, if !all_fed => all_fed = true,
        }
    };
    group.kill();
    if !all_read && matches!(tokio::time::timeout(GRACE, read).await, Ok(false)) {
        return End::TooLarge;
    }
    End::Exit(status, took)
}

/// Writes the input and closes it. A program may end without reading it.
async fn feed(input: Option<ChildStdin>, bytes: &[u8]) {
    if let Some(mut input) = input {
        let _ = input.write_all(bytes).await;
    }
}
