//! Keys every evaluator has; its own come from its row.
use super::{Section, Shape, plain, required, shaped};
use crate::registry::Kind;

/// The common keys of an evaluator.
pub static EVALUATOR: Section = Section {
    what: "an evaluator",
    fields: &[
        required("type", Kind::Text, "Which evaluator"),
        plain("name", Kind::Text, "Its name in scores and reports; default: its type"),
        plain("weight", Kind::Number(0.0, 1e9), "Its share of the `score`; default 1, and 0 for limits"),
        shaped("map", Shape::Own("texts"), "Template variables and what fills them"),
        plain("when", Kind::Expression, "Applies only to runs this holds for"),
        plain("spans", Kind::Text, "Kind of span it scores instead of the run"),
        shaped("pass", Shape::Own("pass"), "Threshold that makes a score a pass, such as `>= 0.8`"),
        plain("invert", Kind::Bool, "Scores 1 minus the score"),
    ],
};
