//! `chacha8.json`, `bootstrap.json` (section D.5).

use super::decisions::metrics;
use super::fixture::{confidence, count, golden, number, numbers};
use super::utilities::names;
use crate::analyse::stats::bootstrap::{Bootstrap, Draw, Replicate, Smoothing, resample};
use crate::analyse::stats::estimate::Estimates;
use crate::analyse::stats::panel::{Cell, Measure, Panel};
use crate::analyse::stats::ranking::mid_ranks;
use crate::analyse::stats::resample::Resampler;
use crate::analyse::stats::rng::Stream;
use serde_json::{Value, json};

#[test]
fn streams_and_resample_counts() {
    let golden = golden!("chacha8");
    for case in golden.cases() {
        let (units, new) =
            (count(case, "units") as usize, || Stream::new(count(case, "seed"), count(case, "stream")));
        let mut stream = new();
        assert_eq!(json!((0..6).map(|_| stream.bits()).collect::<Vec<u32>>()), case["first_u32"]);
        let mut stream = new();
        assert_eq!(json!((0..units).map(|_| stream.index(units)).collect::<Vec<usize>>()), case["indices"]);
        let mut counts = vec![9; units];
        resample(&mut new(), &mut counts);
        assert_eq!(json!(counts), case["counts"]);
    }
}

fn counts(list: &Value) -> Vec<u16> {
    numbers(list).into_iter().map(|c| c as u16).collect()
}

#[test]
fn replicates_of_given_counts_and_normals() {
    let golden = golden!("bootstrap");
    for case in golden.cases() {
        let (level, want) = (confidence(case), &case["expected"]);
        let (versions, metrics) = (names(&case["units"]), metrics(case));
        let cell = |version: &&str, metric: &str| -> Vec<Cell> {
            numbers(&case["units"][version][metric]).into_iter().map(Cell::Value).collect()
        };
        let data: Vec<Vec<Vec<Cell>>> =
            versions.iter().map(|v| names(&case["metrics"]).iter().map(|m| cell(v, m)).collect()).collect();
        let measures: Vec<Vec<Measure<'_>>> =
            data.iter().map(|row| row.iter().map(|c| Measure::Mean(c)).collect()).collect();
        let panel = Panel { metrics: &metrics, versions: &measures, cases: data[0][0].len(), groups: None };
        let estimates = Estimates::of(&panel, level).expect("estimates");
        let resampler = Resampler::new(&panel, &estimates, level, 0).expect("units");
        let units = estimates.sample.units;
        let smoothing = Smoothing::new(number(case, "h"), units, resampler.groups(), level);
        golden.check(want, "lambda_inflation", smoothing.inflation);
        let (mut sums, mut values, mut replicates) = (Vec::new(), Vec::new(), Vec::new());
        for (b, wanted) in want["replicates"].as_array().expect("replicates").iter().enumerate() {
            resampler.values(&counts(&case["counts"][b]), &mut sums, &mut values);
            let normals = numbers(&case["xi"][b]);
            let draw = Draw { replicate: b, values: &values, normals: &normals };
            let got =
                Replicate::of(&panel, &estimates, smoothing, draw, &|draw| vec![true; draw.values.len()]);
            for v in 0..versions.len() {
                golden.close(Some(got.utility[v]), &wanted["utility"][v], "utility");
                golden.close(Some(got.smoothed[v]), &wanted["smoothed"][v], "smoothed");
                golden.close(Some(mid_ranks(&got.smoothed)[v]), &wanted["mid_rank"][v], "mid_rank");
            }
            replicates.push(got);
        }
        let got = Bootstrap::summarise(&replicates, &estimates.totals, level);
        for (v, version) in versions.iter().enumerate() {
            golden.check(&want["utility"], version, estimates.totals[v]);
            golden.check(&want["p_best"], version, got.p_best[v]);
            golden.check(&want["expected_rank"], version, got.expected_rank[v]);
        }
    }
}
