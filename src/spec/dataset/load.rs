//! Reads a dataset as declared: rows in, `where`, cases, duplicates, sample, hash. One pass over the files.
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde_json::{Value, json};

use super::answers::Answers;
use super::handle::{Rows, left};
use super::row::{METADATA, Shape, value_text};
use super::rule::{Rule, unknown};
use super::spool::{Entry, Spool, Writer};
use super::{Dataset, DatasetError, Place, Step, sample, source};
use crate::domain::{Case, DatasetSpec, Digest, Map, Sample, SourceSpec};

/// Names kept for messages; a dataset whose every row has fields of its own must not fill the memory.
const NAMES: usize = 10_000;

/// Reads a dataset, keeping per case 48 bytes of memory and its row in a spool.
///
/// # Errors
/// A file or row is wrong, an id is missing or there twice, an expression is wrong, or no case is left.
pub fn load(spec: &DatasetSpec) -> Result<Dataset, DatasetError> {
    let mut loader = Loader::new(spec)?;
    let expected = loader.shape.expected.clone();
    source::read(&spec.source, &spec.origin, &[&expected, METADATA], &mut |place, row| {
        loader.take(&place, &row)
    })?;
    loader.finish()
}

struct Loader<'s> {
    spec: &'s DatasetSpec,
    shape: Shape,
    filter: Option<Rule>,
    slices: Vec<Rule>,
    strata: Option<Strata>,
    fields: Fields,
    answers: Answers,
    spool: Writer,
    entries: Vec<Entry>,
    places: Places,
    rows: usize,
}

impl<'s> Loader<'s> {
    fn new(spec: &'s DatasetSpec) -> Result<Self, DatasetError> {
        let slices = spec.slices.iter().map(|(name, text)| Rule::new(format!("slices.{name}"), text));
        Ok(Self {
            spec,
            shape: Shape::new(spec),
            filter: spec.filter.as_deref().map(|text| Rule::new("where", text)).transpose()?,
            slices: slices.collect::<Result<_, _>>()?,
            strata: spec.sample.as_ref().and_then(|sample| sample.stratify_by.clone()).map(Strata::new),
            fields: Fields::default(),
            answers: Answers::default(),
            spool: Writer::new(),
            entries: Vec::new(),
            places: Places::default(),
            rows: 0,
        })
    }

    fn take(&mut self, place: &Place, row: &Map) -> Result<(), DatasetError> {
        self.rows += 1;
        if self.rows == 1 {
            self.shape.settle(row);
        }
        self.fields.see(row);
        if let Some(filter) = &mut self.filter
            && !filter.holds(&self.shape, row, place)
        {
            return Ok(());
        }
        let case = self.shape.case(row, Vec::new(), place)?;
        let shape = &self.shape;
        let numbers = (0_u32..).zip(&mut self.slices);
        let slices: Vec<u32> =
            numbers.filter_map(|(number, rule)| rule.holds(shape, row, place).then_some(number)).collect();
        if let Some(strata) = &mut self.strata {
            strata.see(shape, row, place)?;
        }
        if let Some(expected) = &case.expected {
            self.answers.add(expected);
        }
        let (key, content) = identity(&case);
        let file = self.places.push(place);
        self.entries.push(self.spool.push(row, (file, &slices), key, content)?);
        Ok(())
    }

    /// A name that nothing has is told before what follows from it: an empty selection.
    fn finish(self) -> Result<Dataset, DatasetError> {
        if self.rows == 0 {
            return Err(DatasetError::Empty { step: Step::Source, before: 0 });
        }
        let fields = self.fields.names;
        if let Some(filter) = self.filter {
            let step = Step::Where(filter.text().to_owned());
            filter.finish(&fields)?;
            left(&self.entries, step, self.rows)?;
        }
        if self.shape.expected != "expected" && !self.fields.seen.contains(&self.shape.expected) {
            return Err(unknown("expected".to_owned(), self.shape.expected, &fields));
        }
        self.slices.into_iter().try_for_each(|rule| rule.finish(&fields))?;
        let spool = self.spool.finish()?;
        self.places.check_unique(&self.entries, &spool, &self.shape, self.spec)?;
        let mut entries = self.entries;
        if let Some(Sample { n, seed, .. }) = &self.spec.sample {
            let (strata, names) =
                self.strata.map_or(Ok(Default::default()), |strata| strata.finish(&fields))?;
            let keys: Vec<_> = entries.iter().map(|entry| entry.key).collect();
            let chosen: Vec<Entry> =
                sample::choose(&keys, &strata, &names, *n, *seed).into_iter().map(|at| entries[at]).collect();
            left(&chosen, Step::Sample, entries.len())?;
            entries = chosen;
        }
        let slices = self.spec.slices.iter().map(|(name, _)| name.clone()).collect();
        let written_here = matches!(self.spec.source, SourceSpec::Inline(_));
        let files = if written_here { Vec::new() } else { self.places.files };
        let rows = Rows { shape: self.shape, fields, slices, answers: self.answers, spool, files };
        Ok(Dataset::new(Arc::new(rows), entries))
    }
}

/// What a case is found by, and what makes it that case.
fn identity(case: &Case) -> (sample::Key, [u8; 16]) {
    let half = |digest: Digest| {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&digest.as_bytes()[..16]);
        bytes
    };
    let mut content = vec![json!(case.id), json!(case.inputs_hash.hex())];
    content.extend(case.expected.clone());
    (half(Digest::of(case.id.as_bytes())), half(Digest::of_json(&Value::Array(content))))
}

/// The names of all fields, in order of appearance.
#[derive(Default)]
struct Fields {
    names: Vec<String>,
    seen: HashSet<String>,
}

impl Fields {
    fn see(&mut self, row: &Map) {
        for name in row.keys() {
            if self.names.len() < NAMES && !self.seen.contains(name) {
                self.seen.insert(name.clone());
                self.names.push(name.clone());
            }
        }
    }
}

/// The stratum of every case: the value of a field of that very name, else of an expression.
struct Strata {
    text: String,
    by_field: bool,
    rule: Result<Rule, DatasetError>,
    numbers: HashMap<String, u32>,
    names: Vec<String>,
    of: Vec<u32>,
}

impl Strata {
    fn new(text: String) -> Self {
        let rule = Rule::new("sample.stratify_by", &text);
        Self { text, by_field: false, rule, numbers: HashMap::new(), names: Vec::new(), of: Vec::new() }
    }

    fn see(&mut self, shape: &Shape, row: &Map, place: &Place) -> Result<(), DatasetError> {
        let field = row.get(&self.text);
        self.by_field |= field.is_some();
        let name = match (field, &mut self.rule) {
            (Some(value), _) => value_text(value),
            (None, _) if self.by_field => String::new(),
            (None, Ok(rule)) => value_text(&rule.value(shape, row, place)),
            (None, Err(error)) => return Err(error.clone()),
        };
        let next = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        let number = *self.numbers.entry(name).or_insert_with_key(|name| {
            self.names.push(name.clone());
            next
        });
        self.of.push(number);
        Ok(())
    }

    fn finish(self, fields: &[String]) -> Result<(Vec<u32>, Vec<String>), DatasetError> {
        if !self.by_field {
            self.rule.and_then(|rule| rule.finish(fields))?;
        }
        Ok((self.of, self.names))
    }
}

/// Where each case was read, kept until it is known that no id is there twice.
#[derive(Default)]
struct Places {
    files: Vec<Arc<str>>,
    /// File, line (0 for none) and row of each case.
    of: Vec<(u32, u32, u32)>,
}

impl Places {
    /// Keeps a place; the number of its file.
    fn push(&mut self, place: &Place) -> usize {
        if self.files.last() != Some(&place.file) {
            self.files.push(Arc::clone(&place.file));
        }
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let file = self.files.len() - 1;
        self.of.push((small(file), small(place.line.unwrap_or(0)), small(place.row)));
        file
    }

    fn get(&self, index: usize) -> Place {
        let (file, line, row) = self.of[index];
        let line = (line > 0).then_some(line as usize);
        Place { file: Arc::clone(&self.files[file as usize]), line, row: row as usize }
    }

    /// The first row whose id an earlier one has is an error.
    fn check_unique(
        &self,
        entries: &[Entry],
        spool: &Spool,
        shape: &Shape,
        spec: &DatasetSpec,
    ) -> Result<(), DatasetError> {
        let mut order: Vec<usize> = (0..entries.len()).collect();
        order.sort_unstable_by_key(|at| (entries[*at].key, *at));
        let same = order.windows(2).filter(|pair| entries[pair[0]].key == entries[pair[1]].key);
        let Some(pair) = same.min_by_key(|pair| pair[1]) else { return Ok(()) };
        let (first, second) = (self.get(pair[0]), self.get(pair[1]));
        let row = spool.row(&entries[pair[1]])?;
        let id = shape.case(&row, Vec::new(), &second)?.id;
        let (computed, declared) = (shape.id.is_none(), Box::new(spec.origin.clone()));
        Err(DatasetError::DuplicateId { id, computed, first, second, declared })
    }
}
