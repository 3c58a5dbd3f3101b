//! References to versions: `NAME`, `NAME@1.2`, `NAME@sha256:ab12…`, `NAME@tag`, `NAME@latest`, or a tag alone. Pure: what
//! is registered and where tags stand comes from the caller.
use crate::domain::Label;
use crate::registry::known_instead;
use crate::stores::{StoredVersion, TagChange, standing};

/// Fewest hex digits that may stand for a hash.
const FEWEST_DIGITS: usize = 7;

/// What one project's store knows of versions.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The registered versions.
    pub versions: Vec<StoredVersion>,
    /// The log of tags, oldest first.
    pub tags: Vec<TagChange>,
}

/// A reference that names no version, or several.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Nothing has that name, and no tag either.
    #[error("no version `{text}` is registered")]
    Unknown {
        /// As written.
        text: String,
        /// The names and tags there are.
        known: Vec<String>,
    },
    /// The name is known, what follows the `@` is not.
    #[error("`{name}` has no version `{pick}`")]
    NoSuch {
        /// The name.
        name: String,
        /// What follows the `@`.
        pick: String,
        /// What may follow it.
        known: Vec<String>,
    },
    /// A hash that begins several versions, or too few digits of one.
    #[error("`{text}` {why}")]
    Digits {
        /// As written.
        text: String,
        /// What is wrong with it.
        why: &'static str,
    },
}

impl ReferenceError {
    /// What to type.
    #[must_use]
    pub fn hint(&self) -> String {
        let (wanted, known) = match self {
            Self::Unknown { text, known } => (text, known),
            Self::NoSuch { pick, known, .. } => (pick, known),
            Self::Digits { .. } => return "`proto version list` shows the hashes".to_owned(),
        };
        if known.is_empty() {
            return "`proto run FILE` registers versions on their first run".to_owned();
        }
        known_instead(wanted, known)
    }
}

impl Known {
    /// The version a reference names. A name alone is its latest version; a word that is no name may be a tag.
    ///
    /// # Errors
    /// It names none, or several.
    pub fn find(&self, text: &str) -> Result<&StoredVersion, ReferenceError> {
        if let Some(latest) = self.latest(text) {
            return Ok(latest);
        }
        if let Some((name, pick)) = text.rsplit_once('@')
            && self.latest(name).is_some()
        {
            return self.picked(name, pick);
        }
        self.tagged(text).ok_or_else(|| {
            let mut known: Vec<String> = self.versions.iter().map(|version| version.name.clone()).collect();
            known.extend(standing(&self.tags).iter().map(|change| change.tag.clone()));
            known.dedup();
            ReferenceError::Unknown { text: text.to_owned(), known }
        })
    }

    /// The highest X.Y of a name.
    #[must_use]
    pub fn latest(&self, name: &str) -> Option<&StoredVersion> {
        self.named(name).max_by_key(|version| version.label)
    }

    /// The versions of a name.
    pub fn named(&self, name: &str) -> impl Iterator<Item = &StoredVersion> {
        self.versions.iter().filter(move |version| version.name == name)
    }

    /// The version a tag stands at.
    #[must_use]
    pub fn tagged(&self, tag: &str) -> Option<&StoredVersion> {
        let standing = standing(&self.tags);
        let (name, hash) = standing.iter().find(|change| change.tag == tag)?.version.as_ref()?;
        self.named(name).find(|version| version.hash == *hash)
    }

    /// The tags that stand at a version.
    #[must_use]
    pub fn tags_of(&self, version: &StoredVersion) -> Vec<&TagChange> {
        let is = |change: &&TagChange| {
            change.version.as_ref().is_some_and(|(name, hash)| *name == version.name && *hash == version.hash)
        };
        standing(&self.tags).into_iter().filter(is).collect()
    }

    fn picked(&self, name: &str, pick: &str) -> Result<&StoredVersion, ReferenceError> {
        let found = if pick == "latest" {
            self.latest(name)
        } else if let Some(digits) = pick.strip_prefix("sha256:") {
            self.hashed(name, digits)?
        } else if let Some(label) = Label::parse(pick) {
            self.named(name).find(|version| version.label == label)
        } else {
            self.tagged(pick).filter(|version| version.name == name)
        };
        found.ok_or_else(|| {
            let mut known: Vec<String> = self.named(name).map(|version| version.label.to_string()).collect();
            known.extend(
                self.named(name).flat_map(|version| self.tags_of(version)).map(|tag| tag.tag.clone()),
            );
            ReferenceError::NoSuch { name: name.to_owned(), pick: pick.to_owned(), known }
        })
    }

    fn hashed(&self, name: &str, digits: &str) -> Result<Option<&StoredVersion>, ReferenceError> {
        let digits = digits.to_lowercase();
        let wrong = |why| Err(ReferenceError::Digits { text: format!("{name}@sha256:{digits}"), why });
        if digits.len() < FEWEST_DIGITS {
            return wrong("has too few digits: at least seven");
        }
        let mut fitting = self.named(name).filter(|version| version.hash.hex().starts_with(&digits));
        let first = fitting.next();
        if fitting.next().is_some() {
            return wrong("fits several versions: give more digits");
        }
        Ok(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Digest, Map};
    use jiff::Timestamp;

    fn version(name: &str, label: &str) -> StoredVersion {
        StoredVersion {
            project: "p".into(),
            name: name.into(),
            label: Label::parse(label).unwrap(),
            hash: Digest::of(format!("{name}{label}").as_bytes()),
            signature_hash: Digest::of(b""),
            closure: serde_json::Value::Null,
            provider: "sim".into(),
            model: "m".into(),
            description: None,
            tags: Vec::new(),
            metadata: Map::new(),
            registered: Timestamp::UNIX_EPOCH,
        }
    }

    fn tag(tag: &str, version: &StoredVersion) -> TagChange {
        TagChange {
            project: "p".into(),
            tag: tag.into(),
            version: Some((version.name.clone(), version.hash)),
            at: Timestamp::UNIX_EPOCH,
            who: "ana".into(),
            why: String::new(),
        }
    }

    #[test]
    fn every_form_finds_its_version_and_nothing_else() {
        let versions =
            vec![version("a", "1.2"), version("a", "1.10"), version("a@b", "1.0"), version("c", "2.0")];
        let tags = vec![tag("production", &versions[1]), tag("production", &versions[0])];
        let known = Known { tags, versions };
        let label = |text: &str| known.find(text).map(|v| format!("{}@{}", v.name, v.label));
        assert_eq!(label("a").unwrap(), "a@1.10");
        assert_eq!(label("a@latest").unwrap(), "a@1.10");
        assert_eq!(label("a@1.2").unwrap(), "a@1.2");
        assert_eq!(label("a@b").unwrap(), "a@b@1.0", "a name may hold an @");
        assert_eq!(label("a@b@1.0").unwrap(), "a@b@1.0");
        assert_eq!(
            (label("production").unwrap(), label("a@production").unwrap()),
            ("a@1.2".into(), "a@1.2".into())
        );
        let hex = known.versions[3].hash.hex();
        assert_eq!(label(&format!("c@sha256:{}", &hex[..7])).unwrap(), "c@2.0");
        assert_eq!(label(&format!("c@sha256:{hex}")).unwrap(), "c@2.0");
        assert!(label(&format!("c@sha256:{}", &hex[..6])).unwrap_err().to_string().contains("seven"));
        let error = label("a@1.3").unwrap_err();
        assert_eq!(error.to_string(), "`a` has no version `1.3`");
        assert!(error.hint().contains("1.2"), "{}", error.hint());
        assert!(label("c@production").is_err(), "the tag stands at another name");
        assert_eq!(label("prodction").unwrap_err().hint(), "did you mean `production`?");
    }
}
