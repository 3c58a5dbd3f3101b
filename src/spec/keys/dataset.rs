//! Keys of `dataset:`.
use super::{Section, Shape, plain, shaped};
use crate::registry::Kind;

/// `dataset:` as a mapping.
pub static DATASET: Section = Section {
    what: "`dataset`",
    fields: &[
        plain("path", Kind::Texts, "A file (jsonl, csv, tsv, json, yaml), a glob, or a list of them"),
        shaped("cases", Shape::Own("cases"), "Rows written here instead of a file"),
        plain(
            "id",
            Kind::Text,
            "Field that identifies a case: pairing and resume depend on it; default: `id` where the rows have one, else a hash of the inputs",
        ),
        plain(
            "expected",
            Kind::Text,
            "Field that holds the reference answer, never shown to a version; default `expected`",
        ),
        plain("where", Kind::Expression, "Keeps the rows this holds for, such as `lang == 'en'`"),
        shaped("sample", Shape::Own("sample"), "A seeded random part of the rows"),
        plain(
            "cluster_by",
            Kind::Text,
            "Field whose equal values make cases dependent: errors of the mean respect it",
        ),
        plain(
            "weight_by",
            Kind::Text,
            "Field that holds how much a case counts, such as how often its like comes up; default: all alike",
        ),
        shaped("slices", Shape::Own("slices"), "Named expressions: cases they hold for are reported apart"),
    ],
};

/// `dataset.sample:`.
pub static SAMPLE: Section = Section {
    what: "`sample`",
    fields: &[
        super::required("n", Kind::Int(1, i64::MAX), "How many cases"),
        plain("seed", Kind::Int(0, i64::MAX), "Seed of the draw"),
        plain("stratify_by", Kind::Expression, "Field or expression whose values keep their shares"),
    ],
};
