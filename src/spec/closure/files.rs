//! The files a command consists of, and the hash of each. Follows no import: what is not an argument is declared.
use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::ClosureError;
use crate::domain::Digest;

/// What `Command::files` holds: arguments that are files within `project_dir`, and `declared` files wherever they lie
/// (globs resolved; a relative path starts at `cwd`). Sorted by name; the name is the path from `cwd`, so it does not
/// depend on where the project lies.
///
/// # Errors
/// A declared file, or an argument that is a file, cannot be read.
pub fn command_files(
    argv: &[String],
    declared: &[PathBuf],
    cwd: &Path,
    project_dir: &Path,
) -> Result<Vec<(String, Digest)>, ClosureError> {
    let (from, project) = (real(cwd)?, real(project_dir)?);
    let mut paths = Vec::new();
    for argument in argv {
        let path = cwd.join(argument);
        if path.is_file() {
            paths.push(real(&path)?);
        }
    }
    paths.retain(|path| path.starts_with(&project));
    for path in declared {
        paths.push(real(&cwd.join(path))?);
    }
    paths.sort();
    paths.dedup();
    let mut files =
        paths.iter().map(|path| Ok((relative(path, &from), digest(path)?))).collect::<Result<Vec<_>, _>>()?;
    files.sort();
    Ok(files)
}

fn real(path: &Path) -> Result<PathBuf, ClosureError> {
    path.canonicalize().map_err(|error| failed(path, &error))
}

fn relative(path: &Path, from: &Path) -> String {
    let shared = path.components().zip(from.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(shared).map(|_| "..".to_owned());
    let down = path
        .components()
        .skip(shared)
        .map(|part: Component<'_>| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}

/// In pieces: an argument may be a model of many gigabytes.
fn digest(path: &Path) -> Result<Digest, ClosureError> {
    let mut file = File::open(path).map_err(|error| failed(path, &error))?;
    let (mut hasher, mut buffer) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match file.read(&mut buffer).map_err(|error| failed(path, &error))? {
            0 => break,
            read => hasher.update(&buffer[..read]),
        }
    }
    let bytes: [u8; 32] = hasher.finalize().into();
    Ok(Digest::from_slice(&bytes).unwrap_or_else(|| Digest::of(&bytes)))
}

fn failed(path: &Path, error: &std::io::Error) -> ClosureError {
    ClosureError::File { path: path.to_owned(), reason: error.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_the_project_and_declared_files_are_hashed() {
        let folder = tempfile::tempdir().unwrap();
        let project = folder.path().join("project");
        let cwd = project.join("experiments");
        std::fs::create_dir_all(project.join("app")).unwrap();
        std::fs::create_dir_all(&cwd).unwrap();
        for (path, text) in
            [("project/app/bot.py", "bot"), ("project/app/lib.py", "lib"), ("outside.txt", "no")]
        {
            std::fs::write(folder.path().join(path), text).unwrap();
        }
        let argv = ["python", "../app/bot.py", "--flag", "../../outside.txt", "../app"].map(str::to_owned);
        let declared = [PathBuf::from("../app/lib.py"), PathBuf::from("../app/bot.py")];
        let files = command_files(&argv, &declared, &cwd, &project).unwrap();
        let expected = [
            ("../app/bot.py".to_owned(), Digest::of(b"bot")),
            ("../app/lib.py".to_owned(), Digest::of(b"lib")),
        ];
        assert_eq!(files, expected);
        let missing = command_files(&argv, &[PathBuf::from("no.py")], &cwd, &project).unwrap_err();
        assert!(missing.to_string().contains("no.py`, a file of the command"), "{missing}");
    }
}
