//! Law 13: the best version is rarely stopped even on a boundary population, wealth does not grow under the null, and
//! the order in which runs finish changes nothing.

use super::draws::{many, stream};
use crate::analyse::stats::betting::Bet;
use crate::analyse::stats::field::{Field, Row};
use crate::analyse::stats::panel::Metric;
use crate::analyse::stats::race::{Guard, Race, RaceEvent, RaceRule};
use crate::analyse::stats::utility::{Goal, Transform};

fn race_in_order(scores: &[Vec<f64>], rule: RaceRule) -> Vec<RaceEvent> {
    let mut race = Race::new(scores.len(), rule);
    let places = (0..rule.cases).flat_map(|case| (0..scores.len()).map(move |v| (case, v)));
    places.flat_map(|(case, v)| race.record(case, v, scores[v][case], Guard::NONE)).collect()
}

/// 200 differences with mean exactly 0: 20 % discordant, and one version is better by nothing.
fn boundary() -> Vec<f64> {
    (0..200)
        .map(|i| {
            if i < 20 {
                1.0
            } else if i < 40 {
                -1.0
            } else {
                0.0
            }
        })
        .collect()
}

#[test]
fn the_best_version_is_rarely_stopped_and_wealth_is_a_supermartingale() {
    let orders = 2000;
    let (mut stopped, mut wealth) = (0, Vec::new());
    for trial in 0..orders {
        let mut differences = boundary();
        stream(13, trial).shuffle(&mut differences);
        let ours: Vec<f64> = differences.iter().map(|d| 0.5 - d / 2.0).collect();
        let theirs: Vec<f64> = differences.iter().map(|d| 0.5 + d / 2.0).collect();
        let rule = RaceRule::new(differences.len());
        let events = race_in_order(&[ours, theirs], rule);
        stopped += usize::from(events.iter().any(|e| matches!(e, RaceEvent::Eliminated { version: 0, .. })));
        let mut bet = Bet::against(0.0);
        differences.iter().enumerate().take(150).for_each(|(t, &d)| bet.see(d, t, 200, t >= rule.warm_up));
        wealth.push(bet.log_wealth().exp());
    }
    let n = orders as f64;
    let bound = 0.05 + 3.0 * (0.05 * 0.95 / n).sqrt();
    assert!(stopped as f64 / n <= bound, "{stopped} of {orders}");
    let mean = wealth.iter().sum::<f64>() / n;
    let se = (wealth.iter().map(|w| (w - mean).powi(2)).sum::<f64>() / n / n).sqrt();
    assert!(mean <= 1.0 + 3.0 * se, "mean wealth {mean} +- {se}");
}

#[test]
fn the_order_of_completion_changes_nothing() {
    for trial in 0..20 {
        let draw = &mut stream(31, trial);
        let scores: Vec<Vec<f64>> =
            [0.3, 0.25, 0.0, 0.28].map(|low| many(draw, 150, low, low + 0.5)).to_vec();
        let rule = RaceRule::new(150);
        let straight = race_in_order(&scores, rule);
        let mut finished: Vec<(usize, usize)> =
            (0..150).flat_map(|case| (0..4).map(move |v| (case, v))).collect();
        draw.shuffle(&mut finished);
        let mut race = Race::new(4, rule);
        let any_order: Vec<RaceEvent> = finished
            .into_iter()
            .flat_map(|(case, v)| race.record(case, v, scores[v][case], Guard::NONE))
            .collect();
        assert!(matches!(straight[0], RaceEvent::Eliminated { version: 2, .. }));
        assert_eq!(straight, any_order);
    }
}

/// Three versions, the first two close, with costs: the pick is the full run's in all but a few, and calls are spared.
#[test]
fn a_race_on_quality_and_cost_picks_what_the_full_run_would() {
    let (experiments, cases) = (60, 200);
    let (mut differs, mut made) = (0, 0);
    for trial in 0..experiments {
        let draw = &mut stream(41, trial);
        let mut one = |p: f64| {
            let right = f64::from(u8::from(draw.uniform() < p));
            vec![Some(right), Some(0.002 * draw.exponential())]
        };
        let rows: Vec<Vec<Row>> = (0..cases).map(|_| vec![one(0.85), one(0.82), one(0.5)]).collect();
        let cost = Transform::Ratio { goal: Goal::Minimize, reference: 0.002 };
        let metrics = vec![
            Metric { transform: Transform::Identity, weight: 0.8, evaluator: true },
            Metric { transform: cost, weight: 0.2, evaluator: false },
        ];
        let rule = RaceRule::new(cases);
        let whole = Field::new(metrics.clone(), rule, vec![true; 3], &rows).expect("values");
        let mut raced = Field::new(metrics, rule, vec![false; 3], &rows[..rule.warm_up]).expect("values");
        for case in &rows[rule.warm_up..] {
            made += raced.race().survivors().len();
            raced.see(&case.iter().cloned().map(Some).collect::<Vec<_>>(), &|_| true);
            if raced.race().is_finished() {
                break;
            }
        }
        let best = |field: &Field, among: &[usize]| {
            among.iter().copied().max_by(|a, b| field.utility(*a).total_cmp(&field.utility(*b)))
        };
        differs += usize::from(best(&raced, &raced.race().survivors()) != best(&whole, &[0, 1, 2]));
    }
    assert!(differs <= 3, "{differs} of {experiments}");
    let planned = experiments as usize * 3 * (cases - 30);
    assert!(made < planned * 4 / 5, "{made} of {planned}");
}
