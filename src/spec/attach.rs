//! Images and files of messages, read by their path or taken by their URL.
use std::path::Path;

use super::folder::{FileError, Folder, read_bytes};
use crate::domain::{Attachment, AttachmentKind, Content, MAX_ATTACHMENT_BYTES};

/// Why an image or a file cannot be attached.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttachError {
    /// A URL where none is taken.
    #[error("`{0}` cannot be attached: only an image may be a URL, and only one of https")]
    Url(String),
    /// Its ending is not known.
    #[error("`{written}` is no {} a message can hold: its name must end in {}", kind.name(), endings(*kind))]
    Type {
        /// What it was to be.
        kind: AttachmentKind,
        /// The path.
        written: String,
    },
    /// It is larger than [`MAX_ATTACHMENT_BYTES`].
    #[error("`{0}` is larger than {most} MiB, the most an API takes", most = MAX_ATTACHMENT_BYTES >> 20)]
    TooLarge(String),
    /// It cannot be read.
    #[error("{}", error.diagnostic(written).message)]
    File {
        /// The path.
        written: String,
        /// Why.
        error: FileError,
    },
}

fn endings(kind: AttachmentKind) -> String {
    let endings: Vec<&str> = kind.endings().iter().map(|(ending, _)| *ending).collect();
    endings.join(", ")
}

/// Whether a path is a URL.
#[must_use]
pub fn is_url(written: &str) -> bool {
    written.contains("://")
}

/// The attachment of that path, seen from the folder `from`, or URL.
///
/// # Errors
/// A URL that is not taken, an ending that is not known, or a file that is missing, outside the project or too large.
pub fn attachment(
    kind: AttachmentKind,
    folder: &Folder,
    from: &Path,
    written: &str,
) -> Result<Attachment, AttachError> {
    let media_type = kind.media_type(written);
    if is_url(written) {
        if kind != AttachmentKind::Image || !written.starts_with("https://") {
            return Err(AttachError::Url(written.to_owned()));
        }
        let media_type = media_type.unwrap_or("image/*").to_owned();
        return Ok(Attachment { kind, name: written.to_owned(), media_type, content: Content::Url });
    }
    let media_type = media_type.ok_or_else(|| AttachError::Type { kind, written: written.to_owned() })?;
    let bytes = folder.file(from, written).and_then(|path| read_bytes(&path, MAX_ATTACHMENT_BYTES)).map_err(
        |error| match error {
            FileError::TooLarge => AttachError::TooLarge(written.to_owned()),
            error => AttachError::File { written: written.to_owned(), error },
        },
    )?;
    Ok(Attachment::of(kind, written, media_type, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_attached_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        std::fs::write(root.join("a.png"), "png").unwrap();
        let big = std::fs::File::create(root.join("big.pdf")).unwrap();
        big.set_len(MAX_ATTACHMENT_BYTES + 1).unwrap();
        let folder = Folder::of(&root.join("e.yaml"), root, false);
        let told = |kind, written| attachment(kind, &folder, folder.base(), written).unwrap_err().to_string();
        let (image, file) = (AttachmentKind::Image, AttachmentKind::File);
        let read = attachment(image, &folder, folder.base(), "a.png").unwrap();
        assert_eq!(read, Attachment::of(image, "a.png", "image/png", b"png".to_vec()));
        let url = attachment(image, &folder, folder.base(), "https://example.org/x").unwrap();
        assert_eq!((url.content, url.media_type.as_str()), (Content::Url, "image/*"));
        assert_eq!(told(file, "big.pdf"), "`big.pdf` is larger than 20 MiB, the most an API takes");
        assert_eq!(
            told(file, "a.png"),
            "`a.png` is no file a message can hold: its name must end in pdf, txt, md"
        );
        for (kind, url) in [(image, "http://example.org/x.png"), (file, "https://example.org/x.pdf")] {
            assert!(told(kind, url).contains("only one of https"));
        }
        assert_eq!(told(image, "b.png"), "the file `b.png` does not exist");
        assert!(told(image, "../b.png").contains("outside the project folder"));
    }
}
