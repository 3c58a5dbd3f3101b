//! A persistent program: one JSON line in, one line out. Its start is paid once, as queue; a call's latency is
//! line written → line read. (What it does before reading its first line counts into its first call.)
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::group::Group;
use super::output::{keep_tail, read_tail};
use super::start::Started;

/// A running worker, ended when dropped.
pub(super) struct Worker {
    _group: Group,
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    errors: Arc<Mutex<Vec<u8>>>,
}

/// How a call of a worker failed.
pub(super) enum Trouble {
    /// It ended, with that status where it has one.
    Ended(Option<i32>),
    /// Its line is larger than the cap.
    TooLarge,
}

impl Worker {
    /// Takes over a started program; `None` if it lacks a stream.
    pub(super) fn new(started: Started) -> Option<Self> {
        let Started { mut child, group } = started;
        let (input, output, stderr) = (child.stdin.take()?, child.stdout.take()?, child.stderr.take()?);
        let errors = Arc::new(Mutex::new(Vec::new()));
        let kept = errors.clone();
        // Read all the time: a worker that logs would stop at a full pipe. Ends with the worker's group.
        tokio::spawn(read_tail(stderr, move |bytes| {
            keep_tail(&mut kept.lock().unwrap_or_else(PoisonError::into_inner), bytes);
        }));
        Some(Self { _group: group, child, input, output: BufReader::new(output), errors })
    }

    /// Sends one line and reads one, without its line end. Empty lines are passed over.
    pub(super) async fn ask(&mut self, line: &[u8], answer: &mut Vec<u8>, cap: usize) -> Result<(), Trouble> {
        let Self { input, output, .. } = self;
        let asked = async {
            let mut bytes = line.trim_ascii_end().to_vec();
            bytes.push(b'\n');
            // A worker that is gone shows at the other end.
            let _ = input.write_all(&bytes).await;
            let _ = input.flush().await;
        };
        let answered = async {
            loop {
                match read_line(output, answer, cap).await {
                    Line::Whole if answer.trim_ascii().is_empty() => answer.clear(),
                    end => return end,
                }
            }
        };
        match tokio::join!(asked, answered).1 {
            Line::Whole => Ok(()),
            Line::TooLarge => Err(Trouble::TooLarge),
            Line::End => Err(Trouble::Ended(self.child.wait().await.ok().and_then(|status| status.code()))),
        }
    }

    /// Whether it can take a call: it runs, and has not written anything nobody asked for, which would be taken for
    /// the next answer.
    pub(super) async fn is_quiet(&mut self) -> bool {
        let output = &mut self.output;
        let unasked = poll_fn(|context| {
            Poll::Ready(match Pin::new(&mut *output).poll_fill_buf(context) {
                Poll::Ready(Ok(bytes)) => bytes.is_empty() || !bytes.trim_ascii().is_empty(),
                Poll::Ready(Err(_)) => true,
                Poll::Pending => false,
            })
        });
        !unasked.await && matches!(self.child.try_wait(), Ok(None))
    }

    /// What it wrote to standard error since this was last asked.
    pub(super) fn take_errors(&self) -> Vec<u8> {
        std::mem::take(&mut *self.errors.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// How reading a line ended.
enum Line {
    Whole,
    End,
    TooLarge,
}

async fn read_line(from: &mut BufReader<ChildStdout>, line: &mut Vec<u8>, cap: usize) -> Line {
    loop {
        let Ok(bytes) = from.fill_buf().await else { return Line::End };
        if bytes.is_empty() {
            return Line::End;
        }
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let taken = end.unwrap_or(bytes.len());
        line.extend_from_slice(&bytes[..taken]);
        from.consume(taken + usize::from(end.is_some()));
        if line.len() > cap {
            return Line::TooLarge;
        }
        if end.is_some() {
            return Line::Whole;
        }
    }
}
