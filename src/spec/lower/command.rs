//! A version that is a program: its argv, its environment, and the files that belong to its identity.
use std::path::Path;

use super::super::closure;
use super::super::folder::FileError;
use super::super::yaml::Span;
use super::context::Lowering;
use super::fields::Fields;
use crate::domain::{Command, Digest};

/// Most files that belong to one command.
const MAX_FILES: usize = 10_000;

impl Lowering<'_> {
    /// The program of a version.
    pub(super) fn command(&mut self, name: &str, fields: &Fields, span: Span) -> Option<Command> {
        let argv = fields.texts("command")?;
        let Some(program) = argv.first().filter(|program| !program.trim().is_empty()) else {
            self.error_hint(span, format!("the command of `{name}` is empty"), "write `[python, app.py]`");
            return None;
        };
        if argv.len() == 1 && program.contains(' ') && !self.folder.exists(self.folder.base(), program) {
            let list = program.split_whitespace().collect::<Vec<_>>().join(", ");
            self.error_hint(span, "a command is a list: no shell splits it", format!("write `[{list}]`"));
            return None;
        }
        self.program(program, span);
        let env = fields.node("env").cloned();
        Some(Command {
            env: env.map(|node| self.named_texts("env", &node)).unwrap_or_default(),
            cwd: self.folder.absolute(),
            persistent: fields.flag("persistent").unwrap_or(false),
            files: Vec::new(),
            argv,
        })
    }

    /// A program written as a relative path must be there; a bare name is looked up when it is started.
    fn program(&mut self, program: &str, span: Span) {
        let path = Path::new(program);
        if path.is_absolute() || !program.contains(['/', '\\']) {
            return;
        }
        let base = self.folder.base().to_path_buf();
        if let Err(error) = self.folder.file(&base, program) {
            self.file_error(span, program, &error);
        }
    }

    /// The files that belong to a command's identity: those `files` names, and arguments that are files.
    pub(super) fn command_files(&mut self, fields: &Fields, command: &Command) -> Vec<(String, Digest)> {
        let span = fields.span("files").unwrap_or_default();
        let mut declared = Vec::new();
        for pattern in fields.texts("files").unwrap_or_default() {
            declared.extend(self.paths(&pattern, span).unwrap_or_default());
        }
        if declared.len() > MAX_FILES {
            self.error(span, format!("`files` names more than {MAX_FILES} files"));
            return Vec::new();
        }
        let cwd = self.folder.absolute();
        let declared: Vec<_> =
            declared.iter().map(|path| std::path::absolute(path).unwrap_or_else(|_| path.clone())).collect();
        closure::command_files(&command.argv, &declared, &cwd, self.folder.project()).unwrap_or_else(
            |error| {
                self.error(span, error.to_string());
                Vec::new()
            },
        )
    }

    /// The files a path or a glob means, at least one; `None` after an error.
    pub(super) fn paths(&mut self, written: &str, span: Span) -> Option<Vec<std::path::PathBuf>> {
        let base = self.folder.base().to_path_buf();
        let found = match self.folder.file(&base, written) {
            Ok(path) => return Some(vec![path]),
            Err(FileError::Missing { .. }) if written.contains(['*', '?', '[', '{']) => {
                self.folder.glob(written)
            }
            Err(error) => {
                self.file_error(span, written, &error);
                return None;
            }
        };
        match found {
            Ok(files) if files.is_empty() => {
                let nearest = self.folder.nearest(&base, written);
                let message = format!("no file matches `{written}`");
                let hint = "`*` matches within one folder, `**` across folders".to_owned();
                self.unknown(span, message, nearest.as_deref(), Some(hint));
                None
            }
            Ok(files) => {
                // A link may lead out of the project.
                for path in &files {
                    if let Err(error) = self.folder.file(Path::new(""), &path.to_string_lossy()) {
                        self.file_error(span, &path.to_string_lossy(), &error);
                    }
                }
                Some(files)
            }
            Err(error) => {
                let hint = "a bracket that is part of the name is written `[[]`";
                self.error_hint(span, format!("`{written}` is not a glob: {}", error.kind()), hint);
                None
            }
        }
    }
}
