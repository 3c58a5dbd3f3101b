//! `matrix`: every combination of the values set, as versions after the ones they come from.
use super::super::keys::{MATRIX, VERSION};
use super::super::yaml::{Entry, Node};
use super::context::{Lowering, listed};
use super::fields::Fields;
use super::merge::{put, without};
use super::versions::Candidate;
use crate::registry;

/// Most versions one experiment has.
const MAX_VERSIONS: usize = 1000;

impl Lowering<'_> {
    /// The candidates with the matrix's members after them.
    pub(super) fn expand_matrix(&mut self, root: &Fields, candidates: Vec<Candidate>) -> Vec<Candidate> {
        let Some(node) = root.node("matrix").cloned() else { return candidates };
        let example = "{ versions: [short], set: { params.temperature: [0, 0.7] } }";
        let mut members: Vec<(String, Candidate)> = Vec::new();
        for item in self.items("matrix", &node, example) {
            let fields = self.fields(&MATRIX, &item, item.span);
            let axes = self.axes(&fields);
            let chosen = self.chosen(&fields, &candidates);
            let combinations: usize = axes.iter().map(|(_, values)| values.len()).product();
            if combinations * chosen.len() + members.len() > MAX_VERSIONS {
                let count = combinations * chosen.len();
                self.error(item.span, format!("this matrix makes {count} versions, more than {MAX_VERSIONS}"));
                continue;
            }
            if axes.is_empty() {
                continue;
            }
            for candidate in &chosen {
                members.extend(product(candidate, &axes).map(|member| (candidate.name.clone(), member)));
            }
        }
        let mut all = Vec::with_capacity(candidates.len() + members.len());
        for candidate in candidates {
            let name = candidate.name.clone();
            all.push(candidate);
            for (_, member) in members.iter().filter(|(from, _)| *from == name) {
                if all.iter().any(|other| other.name == member.name) {
                    self.error(member.own.span, format!("the matrix makes `{}` twice", member.name));
                } else {
                    all.push(member.clone());
                }
            }
        }
        all
    }

    /// The keys that are set and their values.
    fn axes(&mut self, fields: &Fields) -> Vec<(String, Vec<Node>)> {
        let Some(set) = fields.node("set").cloned() else { return Vec::new() };
        let mut axes = Vec::new();
        for Entry { key, value } in self.entries("set", &set) {
            let first = key.text.split('.').next().unwrap_or_default();
            let known = || VERSION.fields.iter().map(|field| field.key.name);
            if !known().any(|name| name == first) {
                let nearest = registry::nearest(first, known());
                let message = format!("`{}` is no key of a version", key.text);
                self.unknown(key.span, message, nearest, Some("write a path such as `params.temperature`".into()));
                continue;
            }
            let values = self.items(&key.text, &value, "0.7");
            if values.is_empty() && value.as_sequence().is_some() {
                self.error(value.span, format!("`{}` is set to no value", key.text));
            }
            axes.push((key.text, values));
        }
        axes.retain(|(_, values)| !values.is_empty());
        axes
    }

    /// The versions a matrix multiplies.
    fn chosen(&mut self, fields: &Fields, candidates: &[Candidate]) -> Vec<Candidate> {
        let Some(names) = fields.texts("versions") else { return candidates.to_vec() };
        let mut chosen = Vec::new();
        for name in names {
            match candidates.iter().find(|candidate| candidate.name == name) {
                Some(candidate) => chosen.push(candidate.clone()),
                None => {
                    let known = || candidates.iter().map(|candidate| candidate.name.as_str());
                    let nearest = registry::nearest(&name, known()).map(str::to_owned);
                    let hint = format!("the versions are {}", listed(known()));
                    let span = fields.span("versions").unwrap_or_default();
                    let message = format!("there is no version `{name}`");
                    self.unknown(span, message, nearest.as_deref(), Some(hint));
                }
            }
        }
        chosen
    }
}

/// Every combination of the axes' values over one version, the last axis fastest.
fn product(from: &Candidate, axes: &[(String, Vec<Node>)]) -> impl Iterator<Item = Candidate> {
    let plain = without(&from.own, |name| name == "tags");
    let start = Candidate { own: plain, ..from.clone() };
    let mut members = vec![(Vec::<String>::new(), start)];
    for (path, values) in axes {
        let keys: Vec<&str> = path.split('.').collect();
        let label = keys.last().copied().unwrap_or_default();
        members = members
            .iter()
            .flat_map(|(labels, member)| {
                values.iter().map(|value| {
                    let mut labels = labels.clone();
                    labels.push(format!("{label}={}", shown(value)));
                    (labels, Candidate { own: put(&member.own, &keys, value), ..member.clone() })
                })
            })
            .collect();
    }
    let name = from.name.clone();
    members
        .into_iter()
        .map(move |(labels, member)| Candidate { name: format!("{name}[{}]", labels.join(",")), ..member })
}

/// A value inside a version's name.
fn shown(value: &Node) -> String {
    match value.as_scalar() {
        Some(scalar) => scalar.text.clone(),
        None => value.to_json().to_string(),
    }
}
