//! A version's messages as templates that parse, with everything they include, and without the reference answer.
use super::super::attach::{self, AttachError};
use super::super::diagnostic::Diagnostic;
use super::context::Lowering;
use super::fields::Fields;
use super::include::Includes;
use super::text::Written;
use super::versions::Candidate;
use crate::domain::{Attachment, AttachmentKind, Content, FixedFile, MessageKind, MessageTemplate};
use crate::template::{self, Templates};

impl Lowering<'_> {
    /// The messages and included templates of a version.
    pub(super) fn prompt(
        &mut self,
        candidate: &Candidate,
        fields: &Fields,
        expected: &str,
    ) -> (Vec<MessageTemplate>, Vec<(String, String)>) {
        let messages = self.written_messages(fields);
        if messages.is_empty() && fields.node("model").is_some() {
            self.no_prompt(candidate, fields);
        }
        let mut includes = Includes::default();
        for (_, _, _, written) in &messages {
            if template::is_template(&written.text) {
                self.includes(written, &mut includes);
            }
        }
        for (_, written) in &includes.files {
            self.check_template(written, expected);
        }
        for (_, _, _, written) in &messages {
            self.check_template(written, expected);
        }
        let mut templates = Vec::with_capacity(messages.len());
        for (kind, role, position, written) in messages {
            let origin = match &written.file {
                Some((path, _)) => path.to_string_lossy().into_owned(),
                None => format!("{}.{position}", candidate.name),
            };
            let fixed = match kind {
                MessageKind::Attachment(kind) => self.fixed(kind, &written),
                _ => None,
            };
            templates.push(MessageTemplate { kind, role, text: written.text, origin, fixed });
        }
        let files = includes.files.into_iter().map(|(name, written)| (name, written.text)).collect();
        (templates, files)
    }

    /// The contents of an image or a file whose path is no template; nothing for a URL, or after an error.
    fn fixed(&mut self, kind: AttachmentKind, written: &Written) -> Option<FixedFile> {
        if template::is_template(&written.text) {
            return None;
        }
        match attach::attachment(kind, &self.folder, self.folder.base(), &written.text) {
            Ok(Attachment { content: Content::Bytes { digest, .. }, media_type, .. }) => {
                Some(FixedFile { digest, media_type })
            }
            Ok(_) => None,
            Err(AttachError::File { error, .. }) => {
                self.file_error(written.span, &written.text, &error);
                None
            }
            Err(error) => {
                self.error(written.span, error.to_string());
                None
            }
        }
    }

    fn no_prompt(&mut self, candidate: &Candidate, fields: &Fields) {
        // A prompt that is written and wrong was reported where it stands.
        if fields.span("prompt").is_some() || fields.span("messages").is_some() {
            return;
        }
        let message = format!("the version `{}` has no prompt", candidate.name);
        let hint = "give the experiment a `prompt:` or `messages:`, or the version its own";
        self.error_hint(candidate.span, message, hint);
    }

    /// A template parses and does not read the reference answer.
    fn check_template(&mut self, written: &Written, expected: &str) {
        if !template::is_template(&written.text) {
            return;
        }
        let mut templates = Templates::default();
        if let Err(error) = templates.add("prompt", &written.text) {
            self.template_error(written, &error);
            return;
        }
        let read = templates.variables("prompt", false);
        let forbidden = ["expected", expected].into_iter().find(|name| read.contains(*name));
        if let Some(name) = forbidden {
            let place = written.place(self, variable(&written.text, name), None);
            self.report(
                Diagnostic::error(format!("a prompt may not read `{name}`: it holds the reference answer"))
                    .at(place)
                    .hint("use the case's inputs; evaluators may read `expected`"),
            );
        }
    }
}

/// Bytes of a variable's first appearance inside a tag.
fn variable(text: &str, name: &str) -> Option<(usize, usize)> {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).map(|(at, _)| (at, at + name.len())).find(|(start, end)| {
        let before = &text[..*start];
        let inside = before.rfind("{{").max(before.rfind("{%")) > before.rfind("}}").max(before.rfind("%}"));
        inside && !before.ends_with(word) && !before.ends_with('.') && !text[*end..].starts_with(word)
    })
}
