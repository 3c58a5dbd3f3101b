//! The versions that batches planned, once each, and what they are called among themselves.
use super::{Measured, Runs};
use crate::domain::Label;
use crate::plan::Settings;

/// The version of that name; `NAME@X.Y`, `NAME@sha256:…` and `NAME@latest` too. A name that several share is the first.
pub(super) fn find(versions: &[Measured], name: &str) -> Option<usize> {
    let position = |fits: &dyn Fn(&Measured) -> bool| versions.iter().position(fits);
    let labelled = |v: &Measured| format!("{}@{}", v.settings.name, v.settings.label) == name;
    let exact = position(&|v| v.name == name).or_else(|| position(&labelled));
    exact.or_else(|| position(&|v| v.settings.name == name)).or_else(|| {
        let (name, pick) = name.rsplit_once('@')?;
        let Some(digits) = pick.strip_prefix("sha256:").filter(|digits| digits.len() >= 7) else {
            let label = |v: &Measured| Label::parse(&v.settings.label);
            let of_name = versions.iter().enumerate().filter(|(_, v)| v.settings.name == name);
            return of_name
                .max_by_key(|(_, v)| label(v))
                .filter(|_| pick == "latest")
                .map(|(index, _)| index);
        };
        position(&|v| v.settings.name == name && v.settings.hash.starts_with(digits))
    })
}

/// The versions of all batches, once each, to be scored by that many evaluators; two of one name are told apart by
/// their X.Y.
pub(super) fn versions(all: &[Settings], evaluators: usize) -> Vec<Measured> {
    let mut found: Vec<Measured> = Vec::new();
    for version in all.iter().flat_map(|settings| &settings.versions) {
        let Some(hash) = version.digest() else { continue };
        if !found.iter().any(|known| known.hash == hash && known.settings.name == version.name) {
            let (name, settings) = (version.name.clone(), version.clone());
            found.push(Measured { name, hash, settings, runs: Runs::new(evaluators) });
        }
    }
    let twice = |name: &str, found: &[Measured]| found.iter().filter(|v| v.settings.name == name).count() > 1;
    let names: Vec<String> = found
        .iter()
        .map(|v| {
            if twice(&v.settings.name, &found) {
                format!("{}@{}", v.settings.name, v.settings.label)
            } else {
                v.name.clone()
            }
        })
        .collect();
    found.iter_mut().zip(names).for_each(|(version, name)| version.name = name);
    found
}
