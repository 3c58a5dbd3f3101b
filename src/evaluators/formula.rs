//! An expression over a run: what `expr`, `when` and `{{ … }}` options compute. Owns the rule that a value it needs
//! and does not find is a miss: the engine alone would call `missing < 2` true.
use serde_json::Value;

use super::path::Path;
use super::resolved::missing;
use super::subject::Subject;
use crate::domain::Verdict;
use crate::template::{Expression, TemplateError};

/// Names of the engine that are no variables.
const FUNCTIONS: [&str; 5] = ["range", "dict", "lipsum", "namespace", "debug"];

/// A compiled expression and the paths it cannot do without.
#[derive(Debug)]
pub struct Formula {
    expression: Expression,
    /// Empty where the expression says `defined`, `undefined` or `default`: it looks after missing values itself.
    needs: Vec<Path>,
}

impl Formula {
    /// Compiles an expression.
    ///
    /// # Errors
    /// It does not parse.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let expression = Expression::parse(text)?;
        let minds_itself = text
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .any(|word| ["defined", "undefined", "default"].contains(&word));
        let needs = expression
            .paths()
            .iter()
            .filter(|_| !minds_itself)
            .filter_map(|path| Path::parse(path))
            .filter(|path| !FUNCTIONS.contains(&path.root()))
            .collect();
        Ok(Self { expression, needs })
    }

    /// As written.
    #[must_use]
    pub fn text(&self) -> &str {
        self.expression.text()
    }

    /// Its value for one run; JSON null where it finds nothing all the same.
    ///
    /// # Errors
    /// Not applicable, naming the path that is missing; failed, where an operation fails.
    pub fn value(&self, subject: &Subject<'_>) -> Result<Value, Verdict> {
        if let Some(path) = self.needs.iter().find(|path| path.find(subject).is_none()) {
            return Err(missing(path.text()));
        }
        self.expression.value(subject.context()).map_err(|error| unrendered(&error))
    }

    /// Whether it holds, as a condition: an input or a field that is not there is simply not true, but a measurement
    /// that was not made is a miss.
    ///
    /// # Errors
    /// As [`Formula::value`].
    pub fn holds(&self, subject: &Subject<'_>) -> Result<bool, Verdict> {
        let unmeasured =
            |path: &&Path| subject.measured(path.root()).is_some() && path.find(subject).is_none();
        if let Some(path) = self.needs.iter().find(unmeasured) {
            return Err(missing(path.text()));
        }
        self.expression.holds(subject.context()).map_err(|error| unrendered(&error))
    }
}

/// A name that is not defined is a miss; anything else a failure.
pub(super) fn unrendered(error: &TemplateError) -> Verdict {
    if error.undefined.is_some() {
        Verdict::NotApplicable(error.message.clone())
    } else {
        Verdict::Failed(error.message.clone())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::evaluators::tests::Fixture;

    fn value(text: &str) -> Result<Value, Verdict> {
        let fixture = Fixture::answering(r#"{"n": 2}"#).input("lang", json!("de"));
        Formula::parse(text).unwrap().value(&fixture.subject())
    }

    fn holds(text: &str) -> Result<bool, Verdict> {
        let fixture = Fixture::answering("hi").input("lang", json!("de"));
        Formula::parse(text).unwrap().holds(&fixture.subject())
    }

    #[test]
    fn inputs_stand_beside_the_run() {
        assert_eq!(value("lang == 'de' and output.json.n == 2"), Ok(json!(true)));
        assert_eq!(value("range(3) | length"), Ok(json!(3)));
    }

    #[test]
    fn a_missing_value_is_never_less_than_anything() {
        assert_eq!(value("output.json.m < 5"), Err(missing("output.json.m")));
        assert_eq!(value("ttft_s < 2"), Err(missing("ttft_s")));
        assert_eq!(value("output.json.m is defined"), Ok(json!(false)));
        assert_eq!(value("output.json.m | default(9) < 5"), Ok(json!(false)));
    }

    #[test]
    fn a_condition_takes_what_is_missing_as_untrue_but_not_a_measurement() {
        assert_eq!(holds("lang == 'de' and not draft"), Ok(true));
        assert_eq!(holds("draft"), Ok(false));
        assert_eq!(holds("not expected"), Ok(true));
        assert_eq!(holds("ttft_s < 2"), Err(missing("ttft_s")));
        assert_eq!(holds("latency_s < 2"), Ok(true));
    }
}
