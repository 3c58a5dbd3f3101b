//! `csv`: for spreadsheets and scripts. One line a version and metric (report), one line a version (decision); plain
//! numbers in base units (seconds, dollars, shares in [0, 1]), an empty field where nothing is known.
use super::{Format, Layout, Member};
use crate::domain::{
    Better, Column, Comparison, Decision, Interval, Money, Range, Ranked, Report, Spread, Standing, Value,
    VersionReport,
};
use crate::registry::Row;

/// The row.
pub const ROW: Row<Member> = Row {
    name: "csv",
    aliases: &[],
    doc: "one line a version and metric, numbers in base units",
    keys: &[],
    make: Member { format: &Csv },
};

/// The format.
pub(super) struct Csv;

/// The header of a comparison.
const REPORT: &str = "\
    project,experiment,version,label,hash,model,baseline,runs,failed,not_run,metric,unit,better,value,\
    low,high,method,n,missing,difference,difference_low,difference_high,ratio,ratio_low,ratio_high,\
    p_value,p_adjusted,wins,losses,ties,n_pairs,verdict,more_cases_needed,\
    geometric_mean_ratio,geometric_mean_ratio_low,geometric_mean_ratio_high,runs_needed,design_effect,spent_usd,slice,\
    total,run_n,run_mean,run_min,run_max,run_sd,case_min,case_max,case_sd";

/// The header of a decision, before the metrics' columns.
const DECISION: &str = "\
    project,experiment,verdict,rank,version,label,hash,utility,low,high,p_best,eligible,standing,\
    failed_gates,pareto,dominated_by,cost_usd,margin,margin_low,margin_high,margin_status,\
    p_beats,more_cases_needed,expected_rank,p_feasible,p_pareto";

impl Format for Csv {
    fn report(&self, report: &Report, _: Layout) -> String {
        let head = names(REPORT);
        let rows = report.versions.iter().flat_map(|version| {
            let cells = report.columns.iter().zip(&version.values);
            cells.map(move |(column, value)| metric_row(report, version, column, value))
        });
        write(head, rows)
    }

    fn decision(&self, decision: &Decision, _: Layout) -> String {
        let mut head = names(DECISION);
        for metric in &decision.weights {
            head.extend(
                ["weight", "value", "utility", "contribution"].map(|part| format!("{}.{part}", metric.name)),
            );
        }
        write(head, decision.ranking.iter().map(|ranked| ranked_row(decision, ranked)))
    }
}

fn names(header: &str) -> Vec<String> {
    header.split(',').map(str::to_owned).collect()
}

fn metric_row(report: &Report, version: &VersionReport, column: &Column, value: &Value) -> Vec<String> {
    let mut row = vec![
        report.project.clone(),
        report.experiment.clone(),
        version.name.clone(),
        version.label.clone(),
        version.hash.to_string(),
        version.model.clone(),
        (version.name == report.baseline).to_string(),
        version.runs.to_string(),
        version.failed.to_string(),
        version.not_run.to_string(),
        column.name.clone(),
        column.unit.name().to_owned(),
        column.better.map_or("", Better::name).to_owned(),
    ];
    row.extend(estimate(value.value, &value.interval));
    row.push(value.interval.method.name().to_owned());
    row.extend([value.n.to_string(), value.missing.to_string()]);
    let same =
        |comparison: &&Comparison| comparison.version == version.name && comparison.metric == column.name;
    row.extend(comparison_fields(report.comparisons.iter().find(same)));
    row.push(value.runs_needed.map_or(String::new(), |runs| runs.to_string()));
    row.extend([value.design_effect, version.spent_usd].map(number));
    row.push(report.slice.clone().unwrap_or_default());
    row.extend(spread_fields(value.spread));
    row
}

fn spread_fields(spread: Option<Spread>) -> [String; 9] {
    let Some(spread) = spread else { return Default::default() };
    let Spread { total, runs, mean, of_runs, of_cases } = spread;
    let [total, mean] = [total, mean].map(|x| number(Some(x)));
    let range = |range: Range| [Some(range.min), Some(range.max), range.sd].map(number);
    let ([run_min, run_max, run_sd], [case_min, case_max, case_sd]) = (range(of_runs), range(of_cases));
    [total, runs.to_string(), mean, run_min, run_max, run_sd, case_min, case_max, case_sd]
}

fn comparison_fields(comparison: Option<&Comparison>) -> Vec<String> {
    let Some(comparison) = comparison else { return vec![String::new(); 17] };
    let mut fields = estimate(comparison.difference, &comparison.interval).to_vec();
    fields.extend(times(comparison.ratio));
    fields.extend([comparison.p_value, comparison.p_adjusted].map(number));
    let counts = [comparison.wins, comparison.losses, comparison.ties, comparison.pairs];
    fields.extend(counts.map(|count| count.to_string()));
    fields.push(comparison.verdict.name().to_owned());
    fields.push(comparison.more_cases.map_or(String::new(), |cases| cases.to_string()));
    fields.extend(times(comparison.typical));
    fields
}

/// A ratio, low, high.
fn times(ratio: Option<(f64, Interval)>) -> [String; 3] {
    ratio.map_or_else(Default::default, |(ratio, range)| estimate(Some(ratio), &range))
}

fn ranked_row(decision: &Decision, ranked: &Ranked) -> Vec<String> {
    let standing = match &ranked.standing {
        Standing::Ranked => "ranked".to_owned(),
        Standing::GateFailed => "gate failed".to_owned(),
        Standing::MissingMetric(metric) => format!("missing {metric}"),
        Standing::Coverage { metric, .. } => format!("coverage {metric}"),
        Standing::RacedOut(cases) => format!("raced out after {cases} cases"),
    };
    let failed: Vec<&str> =
        ranked.gates.iter().filter(|gate| !gate.passed).map(|gate| gate.gate.as_str()).collect();
    let mut row = vec![
        decision.project.clone(),
        decision.experiment.clone(),
        decision.verdict.name().to_owned(),
        ranked.rank.map_or(String::new(), |rank| rank.to_string()),
        ranked.version.clone(),
        ranked.label.clone(),
        ranked.hash.to_string(),
    ];
    row.extend(estimate(ranked.utility, &ranked.interval));
    row.extend([
        number(ranked.p_best),
        (ranked.standing == Standing::Ranked).to_string(),
        standing,
        failed.join("; "),
        ranked.pareto.to_string(),
        ranked.dominated_by.clone().unwrap_or_default(),
        number(ranked.cost.map(Money::usd)),
    ]);
    let margin = decision.margins.iter().find(|margin| margin.version == ranked.version);
    row.extend(margin.map_or_else(Default::default, |margin| estimate(Some(margin.value), &margin.interval)));
    row.push(margin.map_or(String::new(), |margin| margin.status.name().to_owned()));
    row.push(number(margin.and_then(|margin| margin.p_beats)));
    row.push(margin.and_then(|margin| margin.more_cases).map_or(String::new(), |cases| cases.to_string()));
    row.extend([ranked.expected_rank, ranked.p_feasible, ranked.p_pareto].map(number));
    for (at, weight) in decision.weights.iter().enumerate() {
        let (value, utility, share) = ranked.metrics.get(at).copied().unwrap_or_default();
        row.extend([Some(weight.weight), value, utility, share].map(number));
    }
    row
}

/// Value, low, high.
fn estimate(value: Option<f64>, interval: &Interval) -> [String; 3] {
    [value, interval.low, interval.high].map(number)
}

fn number(number: Option<f64>) -> String {
    number.filter(|x| x.is_finite()).map_or(String::new(), |x| x.to_string())
}

fn write(head: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    for row in std::iter::once(head).chain(rows) {
        // Writing to memory cannot fail, and rows may differ in length.
        let _ = writer.write_record(&row);
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::samples;

    #[test]
    fn every_line_is_as_long_as_its_header() {
        for (report, decision) in samples::all() {
            for text in [Csv.report(&report, Layout::default()), Csv.decision(&decision, Layout::default())] {
                let mut reader = csv::Reader::from_reader(text.as_bytes());
                let lines = reader.records().collect::<Result<Vec<_>, _>>();
                assert!(!lines.unwrap().is_empty());
            }
        }
    }

    #[test]
    fn a_clear_winner_in_lines() {
        let report = samples::clear_winner().0;
        insta::assert_snapshot!(Csv.report(&report, Layout::default()), @r"
        project,experiment,version,label,hash,model,baseline,runs,failed,not_run,metric,unit,better,value,low,high,method,n,missing,difference,difference_low,difference_high,ratio,ratio_low,ratio_high,p_value,p_adjusted,wins,losses,ties,n_pairs,verdict,more_cases_needed,geometric_mean_ratio,geometric_mean_ratio_low,geometric_mean_ratio_high,runs_needed,design_effect,spent_usd,slice,total,run_n,run_mean,run_min,run_max,run_sd,case_min,case_max,case_sd
        desk,support-triage,base,1.0,sha256:cae662172fd450bb0cd710a769079c05bfc5d8e35efa6576edc7d0377afdd4a2,openai/gpt-5,true,200,0,0,accuracy,score,higher,0.87,0.816,0.91,log-t,200,0,,,,,,,,,,,,,,,,,,,,0.4268,,,,,,,,,,
        desk,support-triage,base,1.0,sha256:cae662172fd450bb0cd710a769079c05bfc5d8e35efa6576edc7d0377afdd4a2,openai/gpt-5,true,200,0,0,cost,usd,lower,0.002134,0.00198,0.0023,log-t,200,0,,,,,,,,,,,,,,,,,,,,0.4268,,,,,,,,,,
        desk,support-triage,base,1.0,sha256:cae662172fd450bb0cd710a769079c05bfc5d8e35efa6576edc7d0377afdd4a2,openai/gpt-5,true,200,0,0,latency,s,lower,0.812,0.771,0.855,log-t,200,0,,,,,,,,,,,,,,,,,,,,0.4268,,,,,,,,,,
        desk,support-triage,base,1.0,sha256:cae662172fd450bb0cd710a769079c05bfc5d8e35efa6576edc7d0377afdd4a2,openai/gpt-5,true,200,0,0,latency.p95,s,lower,1.34,1.21,1.62,log-t,200,0,,,,,,,,,,,,,,,,,,,,0.4268,,,,,,,,,,
        desk,support-triage,base,1.0,sha256:cae662172fd450bb0cd710a769079c05bfc5d8e35efa6576edc7d0377afdd4a2,openai/gpt-5,true,200,0,0,error_rate,share,lower,0,0,0.019,log-t,200,0,,,,,,,,,,,,,,,,,,,,0.4268,,,,,,,,,,
        desk,support-triage,short,1.1,sha256:f9b0078b5df596d2ea19010c001bbd009e651de2c57e8fb7e355f31eb9d3f739,openai/gpt-5-mini,false,200,1,0,accuracy,score,higher,0.865,0.81,0.906,log-t,200,0,-0.005,-0.041,0.031,,,,0.04,0.08,12,13,175,200,inconclusive,7840,,,,,,0.1742,,,,,,,,,,
        desk,support-triage,short,1.1,sha256:f9b0078b5df596d2ea19010c001bbd009e651de2c57e8fb7e355f31eb9d3f739,openai/gpt-5-mini,false,200,1,0,cost,usd,lower,0.000871,0.00081,0.00094,log-t,200,0,-0.00126,-0.0014,-0.0011,0.408,0.38,0.44,0.04,0.08,12,13,175,200,better,,0.7071067811865476,0.6,0.8,,,0.1742,,0.1742,200,0.000871,0.0004,0.0031,0.00046,0.0004,0.0029,0.00041
        desk,support-triage,short,1.1,sha256:f9b0078b5df596d2ea19010c001bbd009e651de2c57e8fb7e355f31eb9d3f739,openai/gpt-5-mini,false,200,1,0,latency,s,lower,0.312,0.29,0.335,log-t,200,0,-0.5,-0.54,-0.46,0.384,0.35,0.42,0.04,0.08,12,13,175,200,better,,0.7071067811865476,0.5,1.1,,,0.1742,,,,,,,,,,
        desk,support-triage,short,1.1,sha256:f9b0078b5df596d2ea19010c001bbd009e651de2c57e8fb7e355f31eb9d3f739,openai/gpt-5-mini,false,200,1,0,latency.p95,s,lower,0.498,0.455,0.56,log-t,200,0,-0.84,-1.1,-0.6,0.372,0.3,0.47,0.04,0.08,12,13,175,200,better,,,,,,,0.1742,,,,,,,,,,
        desk,support-triage,short,1.1,sha256:f9b0078b5df596d2ea19010c001bbd009e651de2c57e8fb7e355f31eb9d3f739,openai/gpt-5-mini,false,200,1,0,error_rate,share,lower,0.005,0.001,0.028,log-t,200,0,,,,,,,,,,,,,,,,,,,,0.1742,,,,,,,,,,
        ");
    }

    #[test]
    fn a_clear_winner_in_lines_decided() {
        let decision = samples::clear_winner().1;
        insta::assert_snapshot!(Csv.decision(&decision, Layout::default()), @r"
        project,experiment,verdict,rank,version,label,hash,utility,low,high,p_best,eligible,standing,failed_gates,pareto,dominated_by,cost_usd,margin,margin_low,margin_high,margin_status,p_beats,more_cases_needed,expected_rank,p_feasible,p_pareto,accuracy.weight,accuracy.value,accuracy.utility,accuracy.contribution,cost.weight,cost.value,cost.utility,cost.contribution,latency.weight,latency.value,latency.utility,latency.contribution
        desk,support-triage,winner,1,short,1.1,sha256:f9b0078b5df596d2ea19010c001bbd009e651de2c57e8fb7e355f31eb9d3f739,0.814,0.79,0.838,0.9996,true,ranked,,true,,,,,,,,,,,,0.6,0.865,0.865,0.519,0.2,0.000871,0.71,0.142,0.2,0.312,0.72,0.144
        desk,support-triage,winner,2,base,1.0,sha256:cae662172fd450bb0cd710a769079c05bfc5d8e35efa6576edc7d0377afdd4a2,0.722,0.69,0.75,0.0004,true,ranked,,false,,,0.092,0.063,0.121,beaten,0.9999,,,,,0.6,0.87,0.87,0.522,0.2,0.002134,0.5,0.1,0.2,0.812,0.5,0.1
        ");
    }
}
