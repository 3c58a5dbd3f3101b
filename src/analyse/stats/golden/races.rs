//! `race.json` (section G).

use super::fixture::{count, golden, number, numbers};
use super::utilities::names;
use crate::analyse::stats::race::{Guard, Race, RaceEvent, RaceRule};
use serde_json::{Value, json};

#[test]
fn log_wealth_and_eliminations() {
    let golden = golden!("race");
    for case in golden.cases() {
        let versions = names(&case["scores"]);
        let scores: Vec<Vec<f64>> = versions.iter().map(|v| numbers(&case["scores"][v])).collect();
        let rule = RaceRule {
            warm_up: count(case, "n0") as usize,
            block: count(case, "block") as usize,
            alpha: number(case, "alpha"),
            ..RaceRule::new(scores[0].len())
        };
        let mut race = Race::new(versions.len(), rule);
        golden.check(case, "log_threshold", race.log_threshold());
        let mut events = Vec::new();
        while !race.is_finished() {
            let t = race.processed();
            for (v, scores) in scores.iter().enumerate() {
                events.extend(race.record(t, v, scores[t], Guard::NONE));
            }
            for (u, v) in (0..versions.len()).flat_map(|u| (0..versions.len()).map(move |v| (u, v))) {
                if u != v {
                    let want = &case["log_wealth"][format!("{}>{}", versions[u], versions[v])][t];
                    let got = Some(race.log_wealth(u, v)).filter(|w| w.is_finite());
                    golden.close(got, want, &format!("{u}>{v} after case {t}"));
                }
            }
        }
        let eliminated = |event: &RaceEvent| match *event {
            RaceEvent::Eliminated { version, by, after_cases } => {
                Some(json!({"after_cases": after_cases, "eliminated": versions[version], "by": versions[by]}))
            }
            RaceEvent::Finished { .. } => None,
        };
        assert_eq!(Value::Array(events.iter().filter_map(eliminated).collect()), case["events"]);
        let survivors: Vec<&str> = race.survivors().into_iter().map(|v| versions[v]).collect();
        assert_eq!(json!(survivors), case["survivors"]);
        assert_eq!(race.processed() as u64, count(case, "stopped_after"));
    }
}
