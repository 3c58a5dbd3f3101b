//! One generic table: what every family registers its members in, and the keys a member reads from YAML.
//! A row is all it takes to appear in YAML, `--help`, completions, did-you-mean, the JSON Schema and `proto list`.

/// One member of a family.
#[derive(Debug)]
pub struct Row<M: 'static> {
    /// The name people write.
    pub name: &'static str,
    /// Other spellings that are accepted (other tools' names for the same thing).
    pub aliases: &'static [&'static str],
    /// One line for `proto list`, without a full stop.
    pub doc: &'static str,
    /// The options it reads, for decoding, checking and the schema.
    pub keys: &'static [Key],
    /// What the family needs of it, its constructor first of all.
    pub make: M,
}

/// A family's table.
#[derive(Debug)]
pub struct Table<M: 'static> {
    /// What a member is called, for messages: `provider`.
    pub family: &'static str,
    /// The members, in the order they are listed.
    pub rows: &'static [Row<M>],
}

impl<M> Table<M> {
    /// The row of that name or alias.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&'static Row<M>> {
        self.rows.iter().find(|row| row.name == name || row.aliases.contains(&name))
    }

    /// Every name, aliases left out.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.rows.iter().map(|row| row.name)
    }

    /// The known name or alias nearest to a mistyped one, if any is near.
    #[must_use]
    pub fn nearest(&self, name: &str) -> Option<&'static str> {
        let known =
            self.rows.iter().flat_map(|row| std::iter::once(row.name).chain(row.aliases.iter().copied()));
        nearest(name, known)
    }
}

/// One key of a mapping that people write.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// As written.
    pub name: &'static str,
    /// What it takes.
    pub kind: Kind,
    /// One line for the schema and editors' hovers.
    pub doc: &'static str,
    /// Whether leaving it out is an error.
    pub required: bool,
}

impl Key {
    /// A key that may be left out.
    #[must_use]
    pub const fn optional(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, doc, required: false }
    }

    /// A key that must be there.
    #[must_use]
    pub const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Self {
        Self { name, kind, doc, required: true }
    }
}

/// What a key takes. Decoding yields JSON: durations as seconds, money as dollars.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Any text.
    Text,
    /// A Jinja template; strict, rendered per run.
    Template,
    /// A Jinja expression.
    Expression,
    /// A path of a file that must exist; decoding gives its path, relative to the experiment file.
    Path,
    /// A path of a file that must exist; decoding gives its contents: parsed for `.json` and `.yaml`, else the text.
    File,
    /// A path of a JSON or YAML file, or the same written in place; decoding gives the value.
    FileOrValue,
    /// A path that exists, or the text itself.
    TextOrFile,
    /// true or false.
    Bool,
    /// A whole number within bounds.
    Int(i64, i64),
    /// A number within bounds.
    Number(f64, f64),
    /// `250ms`, `30s`, `5m`, `24h`; decoding gives seconds.
    Duration,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A list of any scalars; one scalar is a list of one.
    Texts,
    /// A mapping of names to numbers.
    Numbers,
    /// A mapping with exactly these keys.
    Map(&'static [Key]),
    /// Anything; the member checks it itself.
    Any,
}

/// The candidate nearest to a mistyped name: at most a third of its letters away, at least one letter shared.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    let reach = (name.chars().count().max(3) / 3).max(1) + usize::from(name.len() > 5);
    known
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= reach && *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// What to say of a name that is not known: the nearest one, else all there are.
#[must_use]
pub fn known_instead(name: &str, known: &[impl AsRef<str>]) -> String {
    let names = || known.iter().map(AsRef::as_ref);
    match nearest(name, names()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("there are: {}", names().collect::<Vec<_>>().join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typo_finds_its_neighbour_and_nonsense_finds_nobody() {
        let known = ["dataset", "versions", "evaluators", "experiment"];
        assert_eq!(nearest("datset", known), Some("dataset"));
        assert_eq!(nearest("evaluator", known), Some("evaluators"));
        assert_eq!(nearest("zzz", known), None);
    }
}
