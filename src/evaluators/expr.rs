//! `expr`: a Jinja expression over the run is the score: true or false, or a number from 0 to 1. A value it needs
//! and does not find makes it not applicable, unless it says `defined` or `default`.
use serde_json::Value;

use super::formula::Formula;
use super::options::{Options, required, shortened};
use super::rule::scored;
use super::{Answer, Evaluator, Member, OptionError, Subject};
use crate::domain::{Map, Verdict};
use crate::registry::{Key, Kind, Row};

pub(super) const ROW: Row<Member> = Row {
    name: "expr",
    aliases: &["expression"],
    doc: "A Jinja expression over the run: true, false or a number 0 to 1",
    keys: &[Key::required(
        "expr",
        Kind::Expression,
        "Over `output.*`, `expected`, `input.*`, `latency_s`, …",
    )],
    make: Member {
        make,
        example: r#"{"expr": "output.text | length <= 600"}"#,
        shorthand: Some("expr"),
        weight: 1.0,
        binary: false,
    },
};

#[derive(Debug)]
struct Expr(Formula);

fn make(options: &Map) -> Result<Box<dyn Evaluator>, OptionError> {
    let formula = Options(options).formula("expr")?.ok_or_else(|| required("expr"))?;
    Ok(Box::new(Expr(formula)))
}

impl Evaluator for Expr {
    fn judge(&self, subject: &Subject<'_>, _: Option<&Answer>) -> Verdict {
        match self.0.value(subject) {
            Ok(Value::Bool(passed)) => Verdict::pass(passed),
            Ok(Value::Number(number)) => scored(number.as_f64().unwrap_or(f64::NAN)),
            Ok(other) => Verdict::Failed(format!(
                "`{}` is neither a number nor true or false: {}",
                shortened(self.0.text(), 80),
                shortened(&other.to_string(), 80)
            )),
            Err(verdict) => verdict,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::domain::Verdict;
    use crate::evaluators::tests::{Fixture, judge, refused};

    fn verdict(expr: &str) -> Verdict {
        let fixture =
            Fixture::answering(r#"{"total": 3}"#).input("n", json!(4)).expected(json!({"total": 3}));
        judge("expr", json!({"expr": expr}), &fixture)
    }

    #[test]
    fn a_truth_or_a_share_is_a_score() {
        assert_eq!(verdict("output.json.total == expected.total and latency_s < 2"), Verdict::pass(true));
        assert_eq!(verdict("output.json.total / n"), Verdict::score(0.75));
        assert_eq!(verdict("not output.text"), Verdict::pass(false));
    }

    #[test]
    fn anything_else_fails_with_its_value() {
        assert!(matches!(verdict("output.json.total"), Verdict::Failed(why) if why.ends_with("not 3")));
        assert!(matches!(verdict("output.text"), Verdict::Failed(why) if why.contains("total")));
        assert!(matches!(verdict("1 / 0"), Verdict::Failed(_)));
        assert_eq!(verdict("expected.tax == 1").status(), "not_applicable");
        assert_eq!(verdict("latncy_s < 2").status(), "not_applicable");
    }

    #[test]
    fn a_broken_expression_is_refused() {
        assert_eq!(refused("expr", json!({"expr": "a =="})).key, Some("expr"));
        assert_eq!(refused("expr", json!({})).key, Some("expr"));
    }
}
