//! Drives what makes runs to its end: a runtime, progress, and Ctrl-C.
use super::context::Context;
use super::error::CommandError;
use crate::execute::Stop;
use crate::present::{Notices, Progress, Tally};
use crate::record::Watcher;

/// The result of `work` and what its watcher counted. Ctrl-C once turns `stop` gently and says what `happens` to what is
/// in flight; twice, at once.
///
/// # Errors
/// No runtime can be had, or the stream is closed.
pub fn drive<T, F: Future<Output = T>>(
    stop: &Stop,
    happens: &'static str,
    mut progress: Progress,
    context: &mut Context<'_>,
    work: impl FnOnce(Watcher) -> F,
) -> Result<(T, Tally), CommandError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| CommandError::world(format!("no runtime: {error}")))?;
    let interrupts = runtime.spawn(interrupts(stop.clone(), happens, progress.notices()));
    let watcher = progress.watcher();
    let ended = runtime.block_on(async {
        let made = work(watcher);
        tokio::pin!(made);
        loop {
            tokio::select! {
                ended = &mut made => return ended,
                // A line that cannot be written must not end what is being paid for.
                Some(line) = progress.next_line() => drop(writeln!(context.err, "{line}")),
            }
        }
    });
    interrupts.abort();
    let (lines, tally) = progress.finish();
    for line in lines {
        writeln!(context.err, "{line}")?;
    }
    Ok((ended, tally))
}

async fn interrupts(stop: Stop, happens: &'static str, notices: Notices) {
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    stop.gently();
    notices.say(&format!("stopping: {happens}; Ctrl-C again stops now"));
    if tokio::signal::ctrl_c().await.is_ok() {
        stop.now();
    }
}
