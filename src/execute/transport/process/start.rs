//! Starts a program: argv without a shell, a minimal environment, its own process group.
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::{Child, Command};

use super::super::vault::Vault;
use super::group::Group;
use crate::domain::ErrorType;
use crate::providers::{Failure, ProcessCall};

/// Variables every program is given, where they are set: what finding programs, files and languages needs. Anything
/// else a version names itself, so that it does not depend on whose shell ran it and no key leaks into it.
pub const PASSED: &[&str] =
    &["PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR", "SHELL"];

/// A program that was started, with all three streams.
pub(super) struct Started {
    /// It and what it starts: dropped, and so ended, before its leader's number is given back.
    pub(super) group: Group,
    /// The program.
    pub(super) child: Child,
}

/// Starts it.
///
/// # Errors
/// [`ErrorType::Spawn`]: there is no such program, it may not be run, or its folder is missing.
pub(super) fn start(
    call: &ProcessCall,
    vault: &Vault,
    context: &[(String, String)],
) -> Result<Started, Failure> {
    let Some((program, arguments)) = call.argv.split_first() else {
        return Err(Failure::new(ErrorType::Spawn, "the command is empty"));
    };
    let mut command = Command::new(located(program, &call.cwd));
    command.args(arguments).current_dir(&call.cwd).env_clear().process_group(0).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in PASSED {
        if let Some(value) = vault.passed(name) {
            command.env(name, value);
        }
    }
    command.envs(context.iter().map(|(name, value)| (name, value)));
    for (name, value) in &call.env {
        command.env(name, &*vault.fill(value));
    }
    let child = command.spawn().map_err(|error| refused(program, &call.cwd, &error))?;
    let group = Group::of(&child);
    Ok(Started { group, child })
}

/// A path is meant from the program's own folder; a bare name is looked up in `PATH`.
fn located(program: &str, cwd: &Path) -> PathBuf {
    let path = Path::new(program);
    if path.is_relative() && program.contains('/') { cwd.join(path) } else { path.to_owned() }
}

fn refused(program: &str, cwd: &Path, error: &std::io::Error) -> Failure {
    let message = match error.kind() {
        _ if !cwd.is_dir() => {
            format!("cannot start `{program}`: its folder {} does not exist", cwd.display())
        }
        ErrorKind::NotFound if program.contains('/') => {
            format!("cannot start `{program}`: no such file (or its `#!` line names none)")
        }
        ErrorKind::NotFound => format!("cannot start `{program}`: no such program in PATH"),
        ErrorKind::PermissionDenied => format!("cannot start `{program}`: it is not executable (chmod +x?)"),
        _ => format!("cannot start `{program}`: {error}"),
    };
    Failure::new(ErrorType::Spawn, message)
}
