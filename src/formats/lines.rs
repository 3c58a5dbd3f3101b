//! One gate and one score as a line: what `trace`, `diff` and the decision say of them. Owns no numbers.
use super::grid::clean;
use super::numbers::gap;
use super::scale::Scale;
use crate::domain::{GateResult, Score, Unit, Verdict};

/// `error_rate <= 0.01: 3.2 % (limit 1 %)`; `?` for a value nobody knows.
#[must_use]
pub fn gate_line(gate: &GateResult) -> String {
    let scale = Scale::of(gate.unit, gate.value.into_iter().chain(gate.bound));
    let write = |number: f64| match gate.unit {
        Unit::Share | Unit::Seconds => scale.trimmed(number),
        _ => scale.with_unit(number),
    };
    let value = gate.value.map_or("?".to_owned(), write);
    let missed = match (gate.missed_by, gate.value) {
        (Some(by), _) => {
            let by_text = if gate.unit == Unit::Share { gap(gate.unit, by) } else { write(by) };
            let part = gate.missed_part();
            let part = part.map_or_else(String::new, |part| format!(", {:.0} % of it", 100.0 * part));
            format!(", missed by {by_text}{part}")
        }
        (None, Some(_)) if !gate.passed => ", met, but not surely".to_owned(),
        _ => String::new(),
    };
    let bound = gate.bound.map_or(String::new(), |bound| format!(" (limit {}{missed})", write(bound)));
    format!("{}: {value}{bound}", clean(&gate.gate))
}

/// `equals 1.00 pass — why`, `judge n/a — why`, `judge failed — why`.
#[must_use]
pub fn score_line(score: &Score) -> String {
    let (said, why) = match &score.verdict {
        Verdict::Scored { score, passed, label, explanation } => {
            let passed = match passed {
                Some(true) => " pass",
                Some(false) => " fail",
                None => "",
            };
            let label = label.as_ref().map_or(String::new(), |label| format!(" ({label})"));
            (format!("{score:.2}{passed}{label}"), explanation.clone())
        }
        Verdict::NotApplicable(why) => ("n/a".to_owned(), Some(why.clone())),
        Verdict::Failed(why) => ("failed".to_owned(), Some(why.clone())),
    };
    let why = why.filter(|why| !why.is_empty()).map_or(String::new(), |why| format!(" — {why}"));
    clean(&format!("{} {said}{why}", score.evaluator))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::{Digest, RunId, ScoreSource};

    #[test]
    fn a_gate_says_what_it_saw_and_where_it_stands() {
        let gate = GateResult {
            gate: "error_rate <= 0.01".into(),
            unit: Unit::Share,
            value: Some(0.032),
            bound: Some(0.01),
            passed: false,
            missed_by: Some(0.022),
            certainty: "fail",
        };
        assert_eq!(
            gate_line(&gate),
            "error_rate <= 0.01: 3.2 % (limit 1 %, missed by 2.2 points, 220 % of it)"
        );
        let slow = GateResult {
            unit: Unit::Seconds,
            value: Some(71.2),
            bound: Some(30.0),
            missed_by: Some(41.2),
            ..gate.clone()
        };
        assert!(gate_line(&slow).ends_with(": 71.2 s (limit 30 s, missed by 41.2 s, 137 % of it)"));
        let unsure = GateResult { value: Some(0.005), missed_by: None, ..gate.clone() };
        assert!(gate_line(&unsure).ends_with(": 0.5 % (limit 1 %, met, but not surely)"));
        let unknown = GateResult { value: None, bound: None, missed_by: None, ..gate };
        assert_eq!(gate_line(&unknown), "error_rate <= 0.01: ?");
    }

    #[test]
    fn a_score_says_what_and_why() {
        let score = |verdict| Score {
            run: RunId::fresh(),
            evaluator: "equals".into(),
            evaluator_hash: Digest::of(b"e"),
            verdict,
            source: ScoreSource::Auto,
            at: "2026-11-20T10:31:00Z".parse().unwrap(),
            took: Duration::ZERO,
            judge: None,
        };
        assert_eq!(
            score_line(&score(Verdict::pass(true).because("same\ntext"))),
            "equals 1.00 pass — same text"
        );
        assert_eq!(score_line(&score(Verdict::score(0.756))), "equals 0.76");
        assert_eq!(score_line(&score(Verdict::NotApplicable("no answer".into()))), "equals n/a — no answer");
        assert_eq!(
            score_line(&score(Verdict::Failed("judge timed out".into()))),
            "equals failed — judge timed out"
        );
    }
}
