//! An image or a file that is part of a message.
use std::fmt;
use std::sync::Arc;

use super::Digest;

/// Largest image or file, in bytes: what the most generous of the APIs takes in one request.
pub const MAX_ATTACHMENT_BYTES: u64 = 20 * 1024 * 1024;

/// What is attached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachmentKind {
    /// A picture the model sees.
    Image,
    /// A document the model reads.
    File,
}

impl AttachmentKind {
    /// The word used in YAML and in closures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::File => "file",
        }
    }

    /// The endings taken, each with its media type.
    #[must_use]
    pub fn endings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Image => &[
                ("png", "image/png"),
                ("jpeg", "image/jpeg"),
                ("jpg", "image/jpeg"),
                ("gif", "image/gif"),
                ("webp", "image/webp"),
            ],
            Self::File => &[("pdf", "application/pdf"), ("txt", "text/plain"), ("md", "text/plain")],
        }
    }

    /// The media type of a path or a URL by its ending, in any case of letters; `None` for what is not taken.
    #[must_use]
    pub fn media_type(self, path: &str) -> Option<&'static str> {
        let path = path.split(['?', '#']).next().unwrap_or(path);
        let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
        self.endings().iter().find(|(known, _)| ending.eq_ignore_ascii_case(known)).map(|(_, media)| *media)
    }
}

/// An image or a file of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Which of the two.
    pub kind: AttachmentKind,
    /// The path as written, or the URL. No model is told the path.
    pub name: String,
    /// `image/png`; of a URL without an ending `image/*`.
    pub media_type: String,
    /// What it holds.
    pub content: Content,
}

/// Where the bytes of an attachment are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// At the URL that is the attachment's name: the provider fetches them.
    Url,
    /// Here.
    Bytes {
        /// How many.
        size: u64,
        /// Their SHA-256.
        digest: Digest,
        /// The bytes; empty in a message read back from a store, which keeps size and hash (the request has them).
        data: Arc<[u8]>,
    },
}

impl Attachment {
    /// An attachment of these bytes.
    #[must_use]
    pub fn of(kind: AttachmentKind, name: &str, media_type: &str, data: Vec<u8>) -> Self {
        let (size, digest) = (data.len() as u64, Digest::of(&data));
        let content = Content::Bytes { size, digest, data: data.into() };
        Self { kind, name: name.to_owned(), media_type: media_type.to_owned(), content }
    }
}

/// What people are shown: `[image photos/cat.png, 12 kB]`, in thousands of bytes.
impl fmt::Display for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{} {}", self.kind.name(), self.name)?;
        match self.content {
            Content::Url => {}
            Content::Bytes { size, .. } if size < 1000 => write!(f, ", {size} B")?,
            Content::Bytes { size, .. } if size < 999_500 => write!(f, ", {} kB", (size + 500) / 1000)?,
            Content::Bytes { size, .. } => write!(f, ", {:.1} MB", size as f64 / 1e6)?,
        }
        f.write_str("]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_types_follow_the_ending() {
        let image = |path| AttachmentKind::Image.media_type(path);
        assert_eq!(image("a/b.PNG"), Some("image/png"));
        assert_eq!(image("https://example.org/x.jpg?size=1.pdf"), Some("image/jpeg"));
        assert_eq!((image("a.pdf"), image("a.b/png")), (None, None));
        assert_eq!(AttachmentKind::File.media_type("terms.md"), Some("text/plain"));
    }

    #[test]
    fn people_are_shown_what_and_how_large() {
        let shown = |size: usize| {
            Attachment::of(AttachmentKind::Image, "a.png", "image/png", vec![0; size]).to_string()
        };
        assert_eq!(shown(999), "[image a.png, 999 B]");
        assert_eq!(shown(12_345), "[image a.png, 12 kB]");
        assert_eq!(shown(2_500_000), "[image a.png, 2.5 MB]");
    }
}
