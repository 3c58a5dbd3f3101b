//! Bytes of a file into text: UTF-8 only, a byte-order mark dropped, no control characters, a size limit.

/// Largest experiment file. Rows beyond it belong into a dataset file, which is streamed.
pub const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// Why bytes are not a text we read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Not UTF-8 from that byte on.
    #[error("the file is not UTF-8 text")]
    Encoding {
        /// First byte that is wrong.
        at: usize,
        /// UTF-16, by its byte-order mark.
        utf16: bool,
    },
    /// A character no text holds.
    #[error("the file holds the control character U+{code:04X}")]
    Control {
        /// Its byte offset after the byte-order mark.
        at: usize,
        /// The character.
        code: u32,
    },
}

impl TextError {
    /// The byte that is to blame.
    #[must_use]
    pub fn at(&self) -> usize {
        match self {
            Self::Encoding { at, .. } | Self::Control { at, .. } => *at,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Encoding { utf16: true, .. } => "it is UTF-16: save it as UTF-8",
            Self::Encoding { .. } => "save it as UTF-8",
            Self::Control { .. } => "delete it, or write it as an escape in double quotes, such as \"\\x1b\"",
        }
    }
}

/// The text of a file's bytes.
///
/// # Errors
/// They are not UTF-8, or hold a control character other than tab and line ends.
pub fn decode(bytes: &[u8]) -> Result<String, TextError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    if bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF") {
        return Err(TextError::Encoding { at: 0, utf16: true });
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| TextError::Encoding { at: error.valid_up_to(), utf16: false })?;
    let control = |c: &char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}');
    match text.char_indices().find(|(_, c)| control(c)) {
        Some((at, c)) => Err(TextError::Control { at, code: u32::from(c) }),
        None => Ok(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_clean_utf8_is_text() {
        assert_eq!(decode("\u{FEFF}a: ñ\r\n".as_bytes()).unwrap(), "a: ñ\r\n");
        assert_eq!(decode(b"a: \xFF"), Err(TextError::Encoding { at: 3, utf16: false }));
        assert_eq!(decode(b"a\0"), Err(TextError::Control { at: 1, code: 0 }));
        assert_eq!(decode(b"\xFF\xFEa\0"), Err(TextError::Encoding { at: 0, utf16: true }));
    }
}
