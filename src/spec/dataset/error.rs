//! What can be wrong with a dataset, as data, and what to do about it. Prints nothing.
use std::fmt;
use std::sync::Arc;

use crate::domain::Origin;

/// Where a row stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as the experiment names it; the experiment file itself for inline rows.
    pub file: Arc<str>,
    /// Line the row starts on, from 1, where the format tells.
    pub line: Option<usize>,
    /// Number of the row in that file, from 1; 0 before the first one.
    pub row: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.file),
            None => write!(f, "{}, row {}", self.file, self.row),
        }
    }
}

/// What is wrong with the header of a csv or tsv file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderProblem {
    /// Two columns have this name.
    Twice(String),
    /// The column of this number, from 1, has no name.
    Nameless(usize),
}

/// The step of the selection that left no case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The files or the inline list hold no row.
    Source,
    /// `where` or `--where`, as written.
    Where(String),
    /// A sample of none.
    Sample,
    /// The first none.
    First,
    /// A partition that no case falls into.
    Partition,
}

/// Why a dataset cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DatasetError {
    /// The file cannot be opened or read.
    #[error("cannot read the dataset `{file}`: {reason}")]
    Unreadable {
        /// The file.
        file: Arc<str>,
        /// What the system says.
        reason: String,
    },
    /// The file is compressed.
    #[error("the dataset `{file}` is compressed")]
    Compressed {
        /// The file.
        file: Arc<str>,
    },
    /// Not a format of this build.
    #[error("the dataset `{file}` is of a kind not supported by this build: `{kind}`")]
    Format {
        /// The file.
        file: Arc<str>,
        /// Its extension in lower case, possibly empty.
        kind: String,
    },
    /// Text that the format does not allow.
    #[error("{place}{}: {message}", column_text(*column))]
    Malformed {
        /// Line of the fault.
        place: Place,
        /// Column in characters, from 1.
        column: Option<usize>,
        /// What is wrong.
        message: String,
    },
    /// A row that is no object.
    #[error("{place}: a row must be an object of named fields, this is {found}")]
    NotAnObject {
        /// The row.
        place: Place,
        /// What it is.
        found: &'static str,
    },
    /// A csv row with too many or too few fields.
    #[error("{place}: the number of fields is {found}, the header has {expected}")]
    Ragged {
        /// The row.
        place: Place,
        /// Its fields.
        found: usize,
        /// The header's fields.
        expected: usize,
    },
    /// A header that does not name every column once.
    #[error("{file}:{line}: {}", header_text(problem))]
    Header {
        /// The file.
        file: Arc<str>,
        /// Line of the header, from 1.
        line: usize,
        /// What is wrong with it.
        problem: HeaderProblem,
    },
    /// Bytes that are no UTF-8 text, or a NUL.
    #[error("{place}, byte {byte}: not UTF-8 text")]
    NotText {
        /// The line.
        place: Place,
        /// Byte of that line, from 1.
        byte: usize,
    },
    /// A line, row or file beyond the limit of 16 MB.
    #[error("{place}: a {unit} of more than {} MB", super::lines::LIMIT >> 20)]
    TooLong {
        /// Where it begins.
        place: Place,
        /// `line`, `row` or `YAML file`.
        unit: &'static str,
    },
    /// A row without the declared id.
    #[error("{place}: the row has no `{field}`, which `dataset.id` names{}", near_text(nearest))]
    MissingId {
        /// The row.
        place: Place,
        /// The declared field.
        field: String,
        /// The row's field with the nearest name.
        nearest: Option<String>,
    },
    /// An id that is neither a text nor a whole number.
    #[error("{place}: `{field}` is {found}; a case id is a text or a whole number")]
    BadId {
        /// The row.
        place: Place,
        /// The declared field.
        field: String,
        /// What it is.
        found: &'static str,
    },
    /// Two cases with one id.
    #[error("{second}: the case id `{id}` is also that of {first}{}", declared_text(declared))]
    DuplicateId {
        /// The id.
        id: String,
        /// Whether it was computed from the inputs, because no `id` is declared.
        computed: bool,
        /// The first row that has it.
        first: Place,
        /// The second.
        second: Place,
        /// Where the dataset is declared.
        declared: Box<Origin>,
    },
    /// A `metadata` field that is no object.
    #[error("{place}: `metadata` must be an object, this is {found}")]
    Metadata {
        /// The row.
        place: Place,
        /// What it is.
        found: &'static str,
    },
    /// A row without the declared cluster.
    #[error("{place}: the row has no `{field}`, which `dataset.cluster_by` names{}", near_text(nearest))]
    MissingCluster {
        /// The row.
        place: Place,
        /// The declared field.
        field: String,
        /// The row's field with the nearest name.
        nearest: Option<String>,
    },
    /// A row without the declared weight.
    #[error("{place}: the row has no `{field}`, which `dataset.weight_by` names{}", near_text(nearest))]
    MissingWeight {
        /// The row.
        place: Place,
        /// The declared field.
        field: String,
        /// The row's field with the nearest name.
        nearest: Option<String>,
    },
    /// A weight that is no number above 0.
    #[error(
        "{place}: `{field}` is how much the case counts (`dataset.weight_by`): a number above 0, not {found}"
    )]
    BadWeight {
        /// The row.
        place: Place,
        /// The declared field.
        field: String,
        /// What it holds.
        found: String,
    },
    /// A row nested too deeply to be kept.
    #[error("{place}: the row is nested more than {limit} levels deep")]
    TooDeep {
        /// The row.
        place: Place,
        /// Levels that are allowed.
        limit: usize,
    },
    /// A name that no row has.
    #[error("`{role}` reads `{name}`, which no row has{}", near_text(nearest))]
    UnknownField {
        /// The key that reads it: `where`, `slices.NAME`, `sample.stratify_by`, `expected`.
        role: String,
        /// The name.
        name: String,
        /// The field with the nearest name.
        nearest: Option<String>,
        /// The fields there are, in order of appearance.
        fields: Vec<String>,
    },
    /// An expression that does not parse, or fails for a row.
    #[error("`{role}: {text}`{}: {message}", place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default())]
    Expression {
        /// The key that holds it.
        role: String,
        /// As written.
        text: String,
        /// The row it fails for; `None` when it does not parse.
        place: Option<Place>,
        /// What is wrong.
        message: String,
    },
    /// No case is left.
    #[error("{}", empty_text(step, *before))]
    Empty {
        /// The step that removed the last ones.
        step: Step,
        /// How many there were before it.
        before: usize,
    },
    /// The temporary file that holds the rows cannot be written or read.
    #[error("the temporary copy of the dataset failed: {reason}")]
    Spool {
        /// What the system says.
        reason: String,
    },
}

impl DatasetError {
    /// What to do about it, where there is more to say than the error itself does.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::Compressed { .. } => "unpack it first".to_owned(),
            Self::Format { kind, .. } if kind == "parquet" => {
                "convert it to jsonl, for example with `duckdb -c \"copy 'x.parquet' to 'x.jsonl' (format json)\"`"
                    .to_owned()
            }
            Self::Format { .. } => "name it .jsonl, .ndjson, .csv, .tsv, .json, .yaml or .yml".to_owned(),
            Self::NotAnObject { found: "a list", place } if place.file.ends_with('l') => {
                "a file that is one list of objects is named .json".to_owned()
            }
            Self::Malformed { place, .. } if place.file.ends_with(".json") => {
                "a .json file is one list of objects; a file with an object a line is named .jsonl".to_owned()
            }
            Self::Ragged { .. } => "quote a field that holds the separator or a line end".to_owned(),
            Self::Header { .. } => "the first line names every column, each once".to_owned(),
            Self::NotText { .. } => "save the file as UTF-8".to_owned(),
            Self::TooLong { unit: "YAML file", .. } => "write it as jsonl, which is read as a stream".to_owned(),
            Self::TooLong { .. } => "put what is that large into a file and its path into the row".to_owned(),
            Self::DuplicateId { computed: true, .. } => {
                "the inputs are the same; remove one row, or name a field with `dataset: { id: FIELD }`".to_owned()
            }
            Self::DuplicateId { .. } => "give every case an id of its own".to_owned(),
            Self::Metadata { .. } => "rename the field to make it an input".to_owned(),
            Self::UnknownField { fields, nearest: None, .. } => format!("the fields are: {}", fields.join(", ")),
            Self::Spool { .. } => "free space in the temporary folder, or set TMPDIR to another one".to_owned(),
            _ => return None,
        };
        Some(text)
    }
}

fn near_text(nearest: &Option<String>) -> String {
    nearest.as_ref().map(|name| format!("; did you mean `{name}`?")).unwrap_or_default()
}

fn column_text(column: Option<usize>) -> String {
    column.map(|column| format!(":{column}")).unwrap_or_default()
}

fn header_text(problem: &HeaderProblem) -> String {
    match problem {
        HeaderProblem::Twice(name) => format!("two columns are named `{name}`"),
        HeaderProblem::Nameless(column) => format!("column {column} has no name"),
    }
}

fn declared_text(origin: &Origin) -> String {
    if origin.file.is_empty() {
        String::new()
    } else {
        format!(" (dataset declared at {}:{})", origin.file, origin.line)
    }
}

fn empty_text(step: &Step, before: usize) -> String {
    match step {
        Step::Source => "the dataset holds no rows".to_owned(),
        Step::Where(text) => format!("no case is left: `where: {text}` holds for none of {before}"),
        Step::Sample => format!("no case is left: a sample of 0 out of {before}"),
        Step::First => format!("no case is left: the first 0 of {before}"),
        Step::Partition => format!("no case is left: none of {before} falls into this partition"),
    }
}
