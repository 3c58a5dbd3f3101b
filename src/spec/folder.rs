//! The folders of an experiment: where its paths start, and the project nothing is read outside of. Finds and reads
//! files; says why not as [`FileError`].
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use super::diagnostic::Diagnostic;
use super::yaml::{self, TextError};
use crate::registry;

/// Largest file that is read whole (prompts, schemas, tools, files of a command).
pub const MAX_FILE_BYTES: u64 = 16 * 1024 * 1024;
/// Most directory entries looked at to find a name near a misspelt one, or the files of a glob.
const MAX_ENTRIES: usize = 20_000;
/// Deepest folder looked into.
const MAX_DEPTH: usize = 12;

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileError {
    /// There is none.
    Missing {
        /// The nearest one that exists.
        nearest: Option<String>,
    },
    /// It lies outside the project folder.
    Outside {
        /// The project folder.
        project: PathBuf,
    },
    /// It is a folder.
    Folder,
    /// It is larger than [`MAX_FILE_BYTES`].
    TooLarge,
    /// Its bytes are not text.
    Text(TextError),
    /// The system says no.
    Io(std::io::ErrorKind),
}

impl FileError {
    /// The error about the file written as `written`, without a place.
    #[must_use]
    pub fn diagnostic(&self, written: &str) -> Diagnostic {
        match self {
            Self::Missing { nearest } => Diagnostic::error(format!("the file `{written}` does not exist"))
                .label("no such file")
                .did_you_mean(nearest.as_deref()),
            Self::Outside { .. } => {
                Diagnostic::error(format!("`{written}` lies outside the project folder"))
                    .label("not read")
                    .hint("move it into the project, or allow it with `--allow-outside`")
            }
            Self::Folder => Diagnostic::error(format!("`{written}` is a folder"))
                .hint("name a file in it, or a glob such as `folder/*.jsonl` for a dataset"),
            Self::TooLarge => {
                Diagnostic::error(format!("`{written}` is larger than {} MiB", MAX_FILE_BYTES >> 20))
            }
            Self::Text(error) => Diagnostic::error(format!("cannot read `{written}`: {error}")).hint(error.hint()),
            Self::Io(kind) => Diagnostic::error(format!("cannot read `{written}`: {kind}")),
        }
    }
}

/// Where an experiment's paths lead.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The experiment file's folder, as given.
    base: PathBuf,
    /// The project folder, canonical.
    project: PathBuf,
    allow_outside: bool,
}

impl Folder {
    /// The folders of an experiment file. `working` is the working folder.
    #[must_use]
    pub fn of(file: &Path, working: &Path, allow_outside: bool) -> Self {
        let base = file.parent().unwrap_or(Path::new("")).to_path_buf();
        let project = project_of(&canonical(&base), &canonical(working));
        Self { base, project, allow_outside }
    }

    /// The experiment file's folder, as given (empty for a bare file name).
    #[must_use]
    pub fn base(&self) -> &Path {
        &self.base
    }

    /// The experiment file's folder, absolute.
    #[must_use]
    pub fn absolute(&self) -> PathBuf {
        canonical(&self.base)
    }

    /// The project folder, absolute.
    #[must_use]
    pub fn project(&self) -> &Path {
        &self.project
    }

    /// The file that `written` means, seen from the folder `from`.
    ///
    /// # Errors
    /// It does not exist, is a folder, or lies outside the project, by its path or through a link.
    pub fn file(&self, from: &Path, written: &str) -> Result<PathBuf, FileError> {
        let path = tidy(&from.join(written));
        self.inside(&tidy(&canonical(from).join(written)))?;
        match std::fs::metadata(&path) {
            Ok(data) if data.is_dir() => return Err(FileError::Folder),
            Ok(_) => {}
            Err(error) if missing(error.kind()) => {
                return Err(FileError::Missing { nearest: self.nearest(from, written) });
            }
            Err(error) => return Err(FileError::Io(error.kind())),
        }
        self.inside(&canonical(&path))?;
        Ok(path)
    }

    /// Whether that file can be read.
    #[must_use]
    pub fn exists(&self, from: &Path, written: &str) -> bool {
        from.join(written).is_file()
    }

    fn inside(&self, path: &Path) -> Result<(), FileError> {
        if self.allow_outside || path.starts_with(&self.project) {
            Ok(())
        } else {
            Err(FileError::Outside { project: self.project.clone() })
        }
    }

    /// The file in the experiment's folder whose path, or whose name, is nearest to a misspelt one.
    #[must_use]
    pub fn nearest(&self, from: &Path, written: &str) -> Option<String> {
        let files = files_under(from);
        let names: Vec<String> = files
            .iter()
            .filter_map(|path| path.strip_prefix(from).ok())
            .map(|path| path.to_string_lossy().replace('\\', "/"))
            .collect();
        let name = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let same_name = || names.iter().find(|path| name(path) == name(written)).cloned();
        let same_stem = || {
            let stem = Path::new(written).file_stem();
            let parent = Path::new(written).parent();
            names
                .iter()
                .find(|path| Path::new(path).file_stem() == stem && Path::new(path).parent() == parent)
                .cloned()
        };
        registry::nearest(written.trim_start_matches("./"), names.iter().map(String::as_str))
            .map(str::to_owned)
            .or_else(same_stem)
            .or_else(same_name)
    }

    /// The files a glob matches, seen from the experiment's folder, sorted; `*` stays within one folder, hidden
    /// files and folders are left out.
    ///
    /// # Errors
    /// The glob does not parse.
    pub fn glob(&self, written: &str) -> Result<Vec<PathBuf>, globset::Error> {
        let matcher =
            globset::GlobBuilder::new(written).literal_separator(true).build()?.compile_matcher();
        // Only the folder before the first special character is walked.
        let special = written.find(['*', '?', '[', '{']).unwrap_or(written.len());
        let literal = written[..special].rsplit_once('/').map_or("", |(folder, _)| folder);
        let mut files: Vec<PathBuf> = files_under(&self.base.join(literal))
            .into_iter()
            .filter(|path| path.strip_prefix(&self.base).is_ok_and(|path| matcher.is_match(path)))
            .collect();
        files.sort();
        Ok(files)
    }
}

/// The bytes of a file, up to a limit.
///
/// # Errors
/// It cannot be read, or is larger.
pub fn read_bytes(path: &Path, limit: u64) -> Result<Vec<u8>, FileError> {
    let io = |error: &std::io::Error| match error.kind() {
        kind if missing(kind) => FileError::Missing { nearest: None },
        std::io::ErrorKind::IsADirectory => FileError::Folder,
        kind => FileError::Io(kind),
    };
    let file = std::fs::File::open(path).map_err(|error| io(&error))?;
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| io(&error))?;
    if bytes.len() as u64 > limit { Err(FileError::TooLarge) } else { Ok(bytes) }
}

/// The text of a file, line ends as LF.
///
/// # Errors
/// It cannot be read, is too large, or is not text.
pub fn read_text(path: &Path) -> Result<String, FileError> {
    let bytes = read_bytes(path, MAX_FILE_BYTES)?;
    yaml::decode(&bytes).map(|text| newlines(&text)).map_err(FileError::Text)
}

/// CRLF and lone CR become LF.
#[must_use]
pub fn newlines(text: &str) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text.to_owned() }
}

/// Whether a kind of error means that there is no such file.
fn missing(kind: std::io::ErrorKind) -> bool {
    matches!(kind, std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory | std::io::ErrorKind::InvalidFilename)
}

/// The nearest folder above the file that holds a store or a repository; else the working folder if the file lies in
/// it; else the file's own (rule 0).
fn project_of(base: &Path, working: &Path) -> PathBuf {
    let marked = |folder: &&Path| folder.join(".proto/proto.db").is_file() || folder.join(".git").exists();
    let found = base.ancestors().find(marked).or_else(|| base.starts_with(working).then_some(working));
    found.unwrap_or(base).to_path_buf()
}

/// The absolute path with links followed, or at least absolute.
fn canonical(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    std::fs::canonicalize(path)
        .or_else(|_| std::path::absolute(path).map(|path| tidy(&path)))
        .unwrap_or_else(|_| path.to_path_buf())
}

/// The path without `.` and with `..` taken back by name.
fn tidy(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if out.file_name().is_some_and(|name| name != OsStr::new("..")) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}

/// Files under a folder, a bounded number, hidden ones left out.
fn files_under(folder: &Path) -> Vec<PathBuf> {
    let start = if folder.as_os_str().is_empty() { PathBuf::from(".") } else { folder.to_path_buf() };
    let (mut files, mut seen) = (Vec::new(), 0);
    let mut folders = vec![(start, 0)];
    while let Some((folder, depth)) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else { continue };
        let mut entries: Vec<_> = entries.filter_map(Result::ok).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            seen += 1;
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            let path = tidy(&entry.path());
            if hidden || seen > MAX_ENTRIES {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && depth < MAX_DEPTH => folders.push((path, depth + 1)),
                Ok(kind) if !kind.is_dir() => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_inside_the_project_only() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::create_dir_all(root.join("project/.git")).unwrap();
        std::fs::create_dir_all(root.join("project/exp/prompts")).unwrap();
        std::fs::write(root.join("secret.md"), "s").unwrap();
        std::fs::write(root.join("project/exp/prompts/agent.md"), "a\r\nb").unwrap();
        std::fs::write(root.join("project/shared.md"), "x").unwrap();
        let folder = Folder::of(&root.join("project/exp/e.yaml"), root, false);
        let from = folder.base().to_path_buf();
        assert_eq!(folder.project(), canonical(&root.join("project")));
        assert_eq!(read_text(&folder.file(&from, "prompts/agent.md").unwrap()).unwrap(), "a\nb");
        assert!(folder.file(&from, "../shared.md").is_ok());
        assert!(matches!(folder.file(&from, "../../secret.md"), Err(FileError::Outside { .. })));
        assert!(matches!(folder.file(&from, "/etc/hostname"), Err(FileError::Outside { .. })));
        assert_eq!(folder.file(&from, "prompts"), Err(FileError::Folder));
        let nearest = |written| match folder.file(&from, written) {
            Err(FileError::Missing { nearest }) => nearest,
            other => panic!("{other:?}"),
        };
        assert_eq!(nearest("prompts/agnet.md").as_deref(), Some("prompts/agent.md"));
        assert_eq!(nearest("prompts/agent.txt").as_deref(), Some("prompts/agent.md"));
        assert_eq!(nearest("other/agent.md").as_deref(), Some("prompts/agent.md"));
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(root.join("secret.md"), root.join("project/exp/link.md")).unwrap();
            assert!(matches!(folder.file(&from, "link.md"), Err(FileError::Outside { .. })));
        }
    }

    #[test]
    fn globs_are_sorted_and_stay_in_their_folder() {
        let dir = tempfile::tempdir().unwrap();
        for path in ["data/b.jsonl", "data/a.jsonl", "data/deep/c.jsonl", "data/.hidden.jsonl"] {
            std::fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
            std::fs::write(dir.path().join(path), "").unwrap();
        }
        let folder = Folder::of(&dir.path().join("e.yaml"), dir.path(), false);
        let found = |glob: &str| -> Vec<String> {
            let files = folder.glob(glob).unwrap();
            files.iter().map(|f| f.strip_prefix(dir.path()).unwrap().display().to_string()).collect()
        };
        assert_eq!(found("data/*.jsonl"), ["data/a.jsonl", "data/b.jsonl"]);
        assert_eq!(found("data/**/*.jsonl").len(), 3);
        assert!(folder.glob("data/[").is_err());
    }
}
