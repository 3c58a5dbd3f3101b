//! A folder of its own and the program in it, with nothing of the machine's environment but `PATH`.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

/// A project folder that goes away with the test.
pub struct Project {
    folder: TempDir,
}

/// What the program said and how it ended.
#[derive(Debug)]
pub struct Said {
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

impl Project {
    /// An empty project.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        fs::create_dir(folder.path().join(".git")).expect("a project root");
        Self { folder }
    }

    /// A project with one file.
    pub fn with(name: &str, contents: &str) -> Self {
        let project = Self::new();
        project.write(name, contents);
        project
    }

    /// A project that holds a copy of the repository's `experiments` and `fixtures/abacus`, `fixtures/replies`.
    pub fn with_experiments() -> Self {
        let project = Self::new();
        for folder in ["experiments", "fixtures/abacus", "fixtures/replies"] {
            copy(&repository().join(folder), &project.path(folder));
        }
        project
    }

    /// A path in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("folders");
        fs::write(path, contents).expect("a file");
    }

    /// The program with these arguments, not yet started.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_proto"));
        command.args(args).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("COLUMNS", "100");
        command
    }

    /// Runs the program.
    pub fn proto(&self, args: &[&str]) -> Said {
        Said::of(self.command(args).output().expect("the program starts"))
    }

    /// Runs the program and insists on exit code 0.
    pub fn ok(&self, args: &[&str]) -> Said {
        let said = self.proto(args);
        assert_eq!(said.code, 0, "proto {args:?}\n{}\n{}", said.out, said.err);
        said
    }

    /// Runs the program with `--json` and reads the document.
    pub fn json(&self, args: &[&str]) -> (i32, serde_json::Value) {
        let mut all = args.to_vec();
        all.push("--json");
        let said = self.proto(&all);
        let document = serde_json::from_str(&said.out);
        (said.code, document.unwrap_or_else(|error| panic!("{error}\n{}\n{}", said.out, said.err)))
    }

    /// One number from the store.
    pub fn count(&self, sql: &str) -> i64 {
        let store = rusqlite::Connection::open(self.path(".proto/proto.db")).expect("a store");
        store.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// One number from a store that may not be there yet: then 0.
    pub fn ok_rows(&self, sql: &str) -> i64 {
        let path = self.path(".proto/proto.db");
        let store = path.exists().then(|| rusqlite::Connection::open(path).ok()).flatten();
        store.and_then(|store| store.query_row(sql, [], |row| row.get(0)).ok()).unwrap_or(0)
    }

    /// One text from the store.
    pub fn text(&self, sql: &str) -> String {
        let store = rusqlite::Connection::open(self.path(".proto/proto.db")).expect("a store");
        store.query_row(sql, [], |row| row.get(0)).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }
}

impl Said {
    /// Of a finished program.
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("UTF-8"),
            err: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

/// A text without its line breaks: what it says, however wide the screen.
pub fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below a folder, by path.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn copy(from: &Path, to: &Path) {
    for file in files(from) {
        let target = to.join(file.strip_prefix(from).expect("below"));
        fs::create_dir_all(target.parent().expect("a folder")).expect("folders");
        fs::copy(&file, target).expect("a copy");
    }
}
