//! Arguments in, exit code out; nothing else.
use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    proto::cli::main(&args).into()
}
