//! Reads what a program writes, within limits.
use tokio::io::{AsyncRead, AsyncReadExt};

/// How much of standard error is kept, in bytes: its end, where programs say what went wrong.
const STDERR_KEPT: usize = 256 << 10;
/// How much of it a message quotes, in characters.
const QUOTED: usize = 400;
/// Bytes read at a time.
const CHUNK: usize = 64 << 10;

/// Everything up to the end; `false` when it is more than the cap.
pub(super) async fn read_whole(mut from: impl AsyncRead + Unpin, into: &mut Vec<u8>, cap: usize) -> bool {
    loop {
        into.reserve(CHUNK);
        match from.read_buf(into).await {
            // A broken pipe ends the output as its end does.
            Ok(0) | Err(_) => return true,
            Ok(_) if into.len() > cap => {
                into.truncate(cap);
                return false;
            }
            Ok(_) => {}
        }
    }
}

/// The end of everything up to the end, given to `keep` piece by piece.
pub(super) async fn read_tail(mut from: impl AsyncRead + Unpin, mut keep: impl FnMut(&[u8])) {
    let mut chunk = vec![0; CHUNK];
    while let Ok(read @ 1..) = from.read(&mut chunk).await {
        keep(&chunk[..read]);
    }
}

/// Adds to the kept end of standard error.
pub(super) fn keep_tail(tail: &mut Vec<u8>, bytes: &[u8]) {
    tail.extend_from_slice(bytes);
    if tail.len() > 2 * STDERR_KEPT {
        tail.drain(..tail.len() - STDERR_KEPT);
    }
}

/// The end of standard error as a message quotes it: nothing, or `: …`.
pub(super) fn quoted(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let text = text.trim();
    let skipped = text.chars().count().saturating_sub(QUOTED);
    let end: String = text.chars().skip(skipped).collect();
    match (end.is_empty(), skipped) {
        (true, _) => String::new(),
        (false, 0) => format!(": {end}"),
        (false, _) => format!(": …{end}"),
    }
}
