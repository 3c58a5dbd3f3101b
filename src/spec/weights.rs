//! Weights: `score=0.6,cost=0.2` of the command line and the mapping of the file, checked by one rule (C.3): finite,
//! not negative, not all zero, on any scale. Normalising is the decision's business.
use crate::metrics::name::{self, MetricName};

/// What is wrong with weights.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeightError {
    /// Not `NAME=NUMBER`.
    #[error("expected `NAME=NUMBER`, found `{0}`")]
    Form(String),
    /// Not a number.
    #[error("the weight of `{name}` is not a number: `{value}`")]
    Number {
        /// Whose weight.
        name: String,
        /// As written.
        value: String,
    },
    /// Negative, infinite or no number.
    #[error("the weight of `{0}` must be 0 or more")]
    Negative(String),
    /// The same metric twice, perhaps under two spellings.
    #[error("`{0}` has two weights")]
    Twice(String),
    /// They sum to zero.
    #[error("the weights are all 0")]
    Zero,
    /// No such metric.
    #[error("`{name}` is neither a metric nor an evaluator of this experiment")]
    Unknown {
        /// As written.
        name: String,
        /// The nearest known name.
        nearest: Option<String>,
    },
}

impl WeightError {
    /// The name it concerns, where it concerns one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Number { name, .. } | Self::Unknown { name, .. } => Some(name),
            Self::Negative(name) | Self::Twice(name) => Some(name),
            Self::Form(_) | Self::Zero => None,
        }
    }
}

/// Weights of one line; names in their canonical spelling.
///
/// # Errors
/// A part is not `NAME=NUMBER`, or the whole breaks the rule.
pub fn parse(text: &str) -> Result<Vec<(String, f64)>, WeightError> {
    let part = |part: &str| {
        let (name, value) = part.split_once('=').ok_or_else(|| WeightError::Form(part.trim().to_owned()))?;
        let (name, value) = (name.trim(), value.trim());
        let weight =
            value.parse().map_err(|_| WeightError::Number { name: name.into(), value: value.into() })?;
        Ok((name.to_owned(), weight))
    };
    let weights: Vec<_> = text.split(',').map(part).collect::<Result<_, _>>()?;
    check(weights)
}

/// Weights that follow the rule, names in their canonical spelling.
///
/// # Errors
/// One is negative or not finite, one is named twice, or all are 0.
pub fn check(weights: Vec<(String, f64)>) -> Result<Vec<(String, f64)>, WeightError> {
    let mut checked: Vec<(String, f64)> = Vec::with_capacity(weights.len());
    for (name, weight) in weights {
        if !weight.is_finite() || weight < 0.0 {
            return Err(WeightError::Negative(name));
        }
        let canonical = name::canonical(&name);
        if checked.iter().any(|(known, _)| known == canonical) {
            return Err(WeightError::Twice(name));
        }
        checked.push((canonical.to_owned(), weight));
    }
    if checked.iter().map(|(_, weight)| weight).sum::<f64>() > 0.0 {
        Ok(checked)
    } else {
        Err(WeightError::Zero)
    }
}

/// The weights that name no metric of an experiment with these evaluators.
#[must_use]
pub fn unknown(weights: &[(String, f64)], evaluators: &[&str]) -> Vec<WeightError> {
    weights
        .iter()
        .filter(|(name, _)| !MetricName::parse(name).is_known(evaluators))
        .map(|(name, _)| WeightError::Unknown {
            name: name.clone(),
            nearest: name::nearest(name, evaluators).map(str::to_owned),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_a_line_are_checked_and_spelt_canonically() {
        let weights = parse("quality=3, cost=1,speed=0").unwrap();
        assert_eq!(weights, [("score".into(), 3.0), ("cost".into(), 1.0), ("latency".into(), 0.0)]);
        assert_eq!(parse("score"), Err(WeightError::Form("score".into())));
        assert_eq!(parse("score=-1"), Err(WeightError::Negative("score".into())));
        assert_eq!(parse("score=inf"), Err(WeightError::Negative("score".into())));
        assert_eq!(parse("score=0,cost=0"), Err(WeightError::Zero));
        assert_eq!(parse("score=1,quality=1"), Err(WeightError::Twice("quality".into())));
        assert!(matches!(parse("score=x"), Err(WeightError::Number { .. })));
    }

    #[test]
    fn unknown_names_find_their_neighbour() {
        let weights = vec![("catgory".to_owned(), 1.0), ("pass_rate(category)".to_owned(), 1.0)];
        assert_eq!(
            unknown(&weights, &["category"]),
            [WeightError::Unknown { name: "catgory".into(), nearest: Some("category".into()) }]
        );
    }
}
