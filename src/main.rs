//! Arguments in, exit code out; nothing else.
use std::process::ExitCode;

/// A run makes some hundred small allocations on several threads. Against the C library's allocator this one took a
/// fifth off the CPU time of a run (`benches/README.md`).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args_os().collect();
    proto::cli::main(&args).into()
}
