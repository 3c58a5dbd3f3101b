//! What every command is given: where to write, where it stands, and what the person asked for everywhere.
use std::io::{self, Write};
use std::path::PathBuf;

use serde_json::Value;

use crate::formats::{self, Layout};
use crate::stores::Place;

/// The surroundings of one command.
pub struct Context<'a> {
    /// The answer.
    pub out: &'a mut (dyn Write + Send),
    /// Everything else.
    pub err: &'a mut (dyn Write + Send),
    /// Where the person stands.
    pub folder: PathBuf,
    /// `--store` or `PROTO_STORE`.
    pub store: Option<Place>,
    /// One JSON document instead of text.
    pub json: bool,
    /// Nothing on stderr but errors.
    pub quiet: bool,
    /// Whether stderr is a terminal: bars, or plain lines.
    pub interactive: bool,
    /// The screen.
    pub layout: Layout,
    /// The arguments as typed, for the record.
    pub command: String,
}

impl Context<'_> {
    /// Writes one JSON document, `schema` first.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn document(&mut self, schema: &str, body: Value) -> io::Result<()> {
        let mut document = serde_json::Map::new();
        document.insert("schema".to_owned(), Value::String(schema.to_owned()));
        if let Value::Object(fields) = body {
            document.extend(fields);
        }
        serde_json::to_writer_pretty(&mut *self.out, &Value::Object(document))?;
        writeln!(self.out)
    }

    /// Warns on stderr, unless told to be quiet, after an empty line: what is wrong, and what to type where that is known.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn warn(&mut self, what: &str, hint: Option<&str>) -> io::Result<()> {
        let layout = Layout { color: false, ..self.layout };
        let mut text = formats::sentence("warning:", 9, what, layout);
        if let Some(hint) = hint {
            text += &formats::sentence("  = hint:", 10, hint, layout);
        }
        if self.quiet { Ok(()) } else { write!(self.err, "\n{text}") }
    }

    /// Says something on stderr, unless told to be quiet, wrapped at words.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn say(&mut self, line: &str) -> io::Result<()> {
        if self.quiet { Ok(()) } else { write!(self.err, "{}", formats::sentence("", 0, line, self.layout)) }
    }

    /// Writes a sentence of the answer, wrapped at words; behind a label, its lines below one another.
    ///
    /// # Errors
    /// The stream is closed.
    pub fn tell(&mut self, label: &str, indent: usize, text: &str) -> io::Result<()> {
        let layout = Layout { color: false, ..self.layout };
        write!(self.out, "{}", formats::sentence(label, indent, text, layout))
    }
}
