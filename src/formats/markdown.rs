//! `markdown`: GitHub tables, to be pasted into a pull request. The same content as the table, without a width:
//! GitHub scrolls. Whatever names and messages bring is escaped.
use super::captions;
use super::cells::{self, Measured};
use super::grid::clean;
use super::places;
use super::words;
use super::{Format, Layout, Member, numbers};
use crate::domain::{Decision, Report};
use crate::registry::Row;

/// The row.
pub const ROW: Row<Member> = Row {
    name: "markdown",
    aliases: &["md"],
    doc: "GitHub tables for a pull request",
    keys: &[],
    make: Member { format: &Markdown },
};

/// The format.
pub(super) struct Markdown;

impl Format for Markdown {
    fn report(&self, report: &Report, _: Layout) -> String {
        let mut parts = vec![format!("### {}", escape(&report.experiment))];
        parts.push(escape(&captions::head(report).join(" · ")));
        parts.push(versions(report));
        if !report.comparisons.is_empty() {
            parts.push(format!("**Against {}**", escape(&cells::named(report, &report.baseline))));
            parts.push(comparisons(report));
        }
        let repeats = cells::repeats(report);
        if !repeats.is_empty() {
            let columns = repeats.into_iter().map(|(head, right, texts)| column(&head, right, texts));
            parts.push(table(&columns.collect::<Vec<_>>()));
        }
        if !report.regressions.is_empty() {
            parts.push("**Largest losses**".to_owned());
            parts.push(regressions(report));
        }
        let mut notes = vec![captions::legend(report).join("; ")];
        notes.extend(captions::adjusted(report));
        notes.extend(report.caveats.iter().map(|caveat| caveat.message.clone()));
        parts.push(list(notes.into_iter().map(|note| ("note", note))));
        parts.join("\n\n") + "\n"
    }

    fn decision(&self, decision: &Decision, _: Layout) -> String {
        let mut parts = vec![format!("### {}", escape(&capital(&words::headline(decision))))];
        if !decision.reason.is_empty() {
            parts.push(escape(&decision.reason));
        }
        parts.push(ranking(decision));
        parts.push(list(words::remarks(decision).into_iter()));
        parts.join("\n\n") + "\n"
    }
}

fn versions(report: &Report) -> String {
    let name = |at: usize| {
        let version = &report.versions[at];
        let own = cells::version_name(&version.name, &version.label);
        if version.name == report.baseline { format!("{own} (baseline)") } else { own }
    };
    let mut columns = vec![column("version", false, (0..report.versions.len()).map(name))];
    if captions::one_model(report).is_none() {
        columns.push(column("model", false, report.versions.iter().map(|version| version.model.clone())));
    }
    if report.versions.iter().any(|version| version.failed > 0) {
        columns.push(column(
            "errors",
            true,
            report.versions.iter().map(|version| version.failed.to_string()),
        ));
    }
    for (at, metric) in report.columns.iter().enumerate() {
        columns.push(column(&metric.name, true, cells::metric(report, at).iter().map(Measured::inline)));
        if cells::spent_after(report) == Some(at) {
            columns.push(column("spent", true, cells::spent(report)));
        }
    }
    for (head, texts) in cells::reliability(report) {
        columns.push(column(head, head != cells::KINDS, texts));
    }
    table(&columns)
}

fn comparisons(report: &Report) -> String {
    let all = &report.comparisons;
    let differences = all.iter().map(|c| cells::difference(cells::unit(report, &c.metric), c).inline());
    table(&[
        column("version", false, all.iter().map(|c| cells::named(report, &c.version))),
        column("metric", false, all.iter().map(|c| c.metric.clone())),
        column("difference", true, differences),
        column("won/lost/tied", true, all.iter().map(|c| cells::wins(report, c))),
        column("verdict", false, all.iter().map(|c| cells::verdict(c.verdict))),
    ])
}

fn regressions(report: &Report) -> String {
    let all = &report.regressions;
    let write = |metric: &str, number| numbers::by_unit(cells::unit(report, metric), number);
    table(&[
        column("version", false, all.iter().map(|r| cells::named(report, &r.version))),
        column("metric", false, all.iter().map(|r| r.metric.clone())),
        column("case", false, all.iter().map(|r| r.case_id.clone())),
        column("baseline", true, all.iter().map(|r| write(&r.metric, r.baseline))),
        column("candidate", true, all.iter().map(|r| write(&r.metric, r.candidate))),
    ])
}

fn ranking(decision: &Decision) -> String {
    let all = &decision.ranking;
    let mut columns = vec![
        column("rank", true, all.iter().map(places::rank)),
        column("version", false, all.iter().map(|ranked| places::ranked_name(decision, ranked))),
        column("utility", true, places::utilities(decision).iter().map(Measured::inline)),
    ];
    if all.iter().any(|ranked| ranked.p_best.is_some()) {
        let chance = |p: Option<f64>| p.map_or(String::new(), numbers::probability);
        columns.push(column("P(best)", true, all.iter().map(|ranked| chance(ranked.p_best))));
    }
    for (at, metric) in decision.weights.iter().enumerate() {
        columns.push(column(&metric.name, true, places::contributions(decision, at)));
    }
    if all.iter().any(|ranked| !ranked.gates.is_empty()) {
        columns.push(column("gates", false, all.iter().map(places::gates)));
        if all.iter().any(|ranked| ranked.p_feasible.is_some()) {
            let chance = |p: Option<f64>| p.map_or(String::new(), numbers::probability);
            columns.push(column("P(gates)", true, all.iter().map(|ranked| chance(ranked.p_feasible))));
        }
    }
    table(&columns)
}

/// Head, whether to the right, cells: all escaped.
type Columns = (String, bool, Vec<String>);

fn column(head: &str, right: bool, texts: impl IntoIterator<Item = String>) -> Columns {
    (escape(head), right, texts.into_iter().map(|text| escape(&text)).collect())
}

fn table(columns: &[Columns]) -> String {
    let line = |texts: Vec<&str>| {
        let padded =
            texts.iter().map(|text| if text.is_empty() { " ".to_owned() } else { format!(" {text} ") });
        format!("|{}|", padded.collect::<Vec<_>>().join("|"))
    };
    let rows = columns.iter().map(|(_, _, texts)| texts.len()).max().unwrap_or(0);
    let mut lines = vec![
        line(columns.iter().map(|(head, ..)| head.as_str()).collect()),
        line(columns.iter().map(|(_, right, _)| if *right { "---:" } else { "---" }).collect()),
    ];
    lines.extend((0..rows).map(|row| line(columns.iter().map(|(.., texts)| texts[row].as_str()).collect())));
    lines.join("\n")
}

fn list(items: impl Iterator<Item = (&'static str, String)>) -> String {
    items.map(|(label, text)| format!("- {label}: {}", escape(&text))).collect::<Vec<_>>().join("\n")
}

/// What Markdown or HTML would take for its own is taken literally.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '|' | '*' | '`' | '\\' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            c => out.push(c),
        }
    }
    out.trim().to_owned()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::samples;

    #[test]
    fn a_clear_winner() {
        let report = samples::clear_winner().0;
        insta::assert_snapshot!(Markdown.report(&report, Layout::default()), @r"
            ### support-triage

            200 cases × 1 repeat · batch 9f2c41 of 2026-11-20 10:31 UTC

            | version | model | errors | accuracy | cost | spent | latency | latency.p95 | error_rate | errors by kind |
            | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
            | base@1.0 (baseline) | openai/gpt-5 | 0 | 0.870 [0.816, 0.910] | $0.00213 [0.00198, 0.00230] | $0.427 | 812 ms [771, 855] | 1.34 s [1.21, 1.62] | 0.0 % [0.0, 1.9] | |
            | short@1.1 | openai/gpt-5-mini | 1 | 0.865 [0.810, 0.906] | $0.00087 [0.00081, 0.00094] | $0.174 | 312 ms [290, 335] | 0.50 s [0.46, 0.56] | 0.5 % [0.1, 2.8] | timeout 1 |

            **Against base@1.0**

            | version | metric | difference | won/lost/tied | verdict |
            | --- | --- | ---: | ---: | --- |
            | short@1.1 | accuracy | -0.005 [-0.041, +0.031] | 12/13/175 | · inconclusive |
            | short@1.1 | cost | 0.41× [0.38, 0.44] | | ▲ better |
            | short@1.1 | latency | 0.38× [0.35, 0.42] | | ▲ better |
            | short@1.1 | latency.p95 | 0.37× [0.30, 0.47] | | ▲ better |

            **Largest losses**

            | version | metric | case | baseline | candidate |
            | --- | --- | --- | ---: | ---: |
            | short@1.1 | accuracy | refund-017 | 1.000 | 0.000 |
            | short@1.1 | accuracy | escalation-with-two-products-in-one-message | 1.000 | 0.250 |

            - note: [low, high] is the 95 % interval
            - note: 12 answers came from the cache; their latency is that of the run that filled it
            ");
    }

    #[test]
    fn a_clear_winner_decided() {
        let decision = samples::clear_winner().1;
        insta::assert_snapshot!(Markdown.decision(&decision, Layout::default()), @r"
        ### Winner: short@1.1

        short leads base by 0.092 (95 % interval 0.063 to 0.121), so it is ahead of every rival

        | rank | version | utility | P(best) | accuracy | cost | latency |
        | ---: | --- | ---: | ---: | ---: | ---: | ---: |
        | 1 | short@1.1 | 0.814 [0.790, 0.838] | >=.99 | 0.865 → 0.519 | $0.00087 → 0.142 | 312 ms → 0.144 |
        | 2 | base@1.0 (baseline) | 0.722 [0.690, 0.750] | &lt;.01 | 0.870 → 0.522 | $0.00213 → 0.100 | 812 ms → 0.100 |

        - reading: under each metric: its value → what it adds to the utility, at most its weight
        - weights: accuracy 0.60, cost 0.20 (half at $0.00213, from the baseline), latency 0.20 (half at 812 ms, from the baseline)
        - worth: halving the cost is worth 5.6 score points, halving the latency 5.6
        - stability: short@1.1 stays first while the accuracy weight is at most 0.98 (now 0.60); above, base@1.0 wins
        - stability: short@1.1 stays first whatever the weight of cost, latency
        - basis: 200 cases; 95 % intervals; differences of utility below 0.010 do not matter
        ");
    }

    #[test]
    fn a_near_tie() {
        let report = samples::near_tie().0;
        insta::assert_snapshot!(Markdown.report(&report, Layout::default()), @r#"
            ### summaries

            60 cases × 3 repeats · batch 9f2c41 of 2026-11-20 10:31 UTC · sim/steady · simulated

            | version | faithful | style | cost | spent | tokens | latency | latency.p50 | latency.p95 | latency.p99 | retries | queue wait | back-off |
            | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
            | a@1.0 (baseline) | 0.810 [0.760, 0.850] | 0.720 [0.680, 0.760] | $0.00000120 [0.00000110, 0.00000130] | $1.25 | 812 [780, 845] | 2.31 s [2.20, 2.43] | 2.10 s [2.00, 2.20] | 4.80 s [4.20, 6.10] | 9.10 s [6.40, 31.00] | 2 | 12 ms | 3 ms |
            | b@1.0 | 0.815 [0.765, 0.855] | 0.715 [0.670, 0.755] | $0.00000105 [0.00000090, 0.00000120] | $1.25 | 790 [755, 830] | 2.29 s [2.17, 2.41] | 2.00 s [1.90, 2.20] | 4.90 s [4.20, 6.40] | 9.40 s [6.40, 33.00] | 2 | 12 ms | 3 ms |
            | local@1.0 | 0.790 [0.740, 0.830], 2 not scored | 0.700 [0.650, 0.740] | ?, 180 unknown | ? | 11950 [11200, 12700] | 0.42 s [0.40, 0.44] | 0.38 s [0.36, 0.41] | 0.90 s [0.80, 1.10] | ~1.40 s [1.10, n/a] | 2 | 904 ms | 226 ms |

            **Against a@1.0**

            | version | metric | difference | won/lost/tied | verdict |
            | --- | --- | ---: | ---: | --- |
            | b@1.0 | faithful | +0.005 [-0.004, +0.009] | 21/13/175 | = equivalent |
            | b@1.0 | cost | 0.88× [0.77, 0.99] | | · inconclusive |
            | local@1.0 | faithful | -0.020 [-0.050, +0.010] | 12/13/175 | · inconclusive |
            | local@1.0 | tokens | 14.7× [13.5, 16.0] | | ▼ worse |

            - note: [low, high] is the 95 % interval; ~ has no upper bound yet; ? is unknown
            - note: a verdict takes into account how many candidates are compared; an interval alone does not, so it may exclude "no difference" where the verdict is inconclusive
            - note: the answers are simulated: the numbers show how the method behaves, not how good a model is
            - note: no price is known for \`local\`; give one under \`prices:\` and evaluate again
            "#);
    }

    #[test]
    fn a_near_tie_decided() {
        let decision = samples::near_tie().1;
        insta::assert_snapshot!(Markdown.decision(&decision, Layout::default()), @r"
        ### Tie: a@1.0, b@1.0 (either will do; \`b\` is cheaper)

        a and b differ by less than 0.010 of utility, the region in which a difference does not matter

        | rank | version | utility | accuracy | cost | latency |
        | ---: | --- | ---: | ---: | ---: | ---: |
        | 1 (1–2) | a@1.0 (baseline) | 0.683 [0.650, 0.710] | 0.810 → 0.486 | $0.00000120 → 0.100 | 2.31 s → 0.100 |
        | 2 (1–2) | b@1.0 | 0.681 [0.650, 0.710] | 0.815 → 0.489 | $0.00000105 → 0.107 | 2.29 s → 0.100 |
        | – | local@1.0 | – | 0.790 → 0.474 | ? | 0.42 s |

        - reading: under each metric: its value → what it adds to the utility, at most its weight; rank 1 (1–2): 1 on these cases, 1 to 2 on others like them
        - unranked: local@1.0: its cost is unknown; say what it costs under \`pricing:\`, or give cost no weight
        - weights: accuracy 0.60, cost 0.20 (half at $0.00213, from the baseline), latency 0.20 (half at 812 ms, from the baseline)
        - worth: halving the cost is worth 5.6 score points, halving the latency 5.6
        - stability: a@1.0 stays first while the cost weight is between 0.05 and 0.31 (now 0.20); below, b@1.0 wins; above, b@1.0 wins
        - basis: 200 cases; 95 % intervals; differences of utility below 0.010 do not matter
        - note: the answers are simulated: the numbers show how the method behaves, not how good a model is
        - note: no price is known for \`local\`; give one under \`prices:\` and evaluate again
        ");
    }

    #[test]
    fn a_failed_gate() {
        let report = samples::gate_failed().0;
        insta::assert_snapshot!(Markdown.report(&report, Layout::default()), @r#"
            ### extract-invoices

            94 cases × 1 repeat · batch 9f2c41 of 2026-11-20 10:31 UTC

            | version | model | errors | valid | cost | spent | latency | error_rate | not run | retries | back-off | errors by kind |
            | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |
            | base@1.0 (baseline) | anthropic/claude-sonnet | 0 | 0.930 [0.860, 0.966] | $0.0141 [0.0132, 0.0151] | $1.25 | 1.92 s [1.80, 2.05] | 0.0 % [0.0, 3.9] | 0 | 0 | 0.00 s | |
            | careful@1.0 | anthropic/claude-sonnet | 0 | 0.957 [0.896, 0.983] | $0.0193 [0.0180, 0.0207] | $1.25 | 2.60 s [2.41, 2.80] | 1.1 % [0.2, 5.8] | 0 | 0 | 0.00 s | |
            | flaky@1.0 | openai/gpt-5-mini | 3 | 0.883 [0.802, 0.934], 4 not scored | $0.0148 [0.0139, 0.0158] | $1.25 | 71.20 s [60.00, 84.00] | 3.2 % [1.1, 9.0] | 4 | 17 | 3.20 s | timeout 2, http.429 1 |

            **Against base@1.0**

            | version | metric | difference | won/lost/tied | verdict |
            | --- | --- | ---: | ---: | --- |
            | careful@1.0 | valid | +0.027 [-0.021, +0.074] | 12/13/175 | · inconclusive |
            | careful@1.0 | cost | 1.37× [1.27, 1.47] | | ▼ worse |
            | flaky@1.0 | valid | -0.047 [-0.091, -0.003] | 12/13/175 | · inconclusive |
            | flaky@1.0 | latency | 37.1× [31.0, 44.4] | | ▼ worse |

            - note: [low, high] is the 95 % interval
            - note: a verdict takes into account how many candidates are compared; an interval alone does not, so it may exclude "no difference" where the verdict is inconclusive
            - note: 4 cases are missing for \`flaky\`; it is compared on the other 90
            "#);
    }

    #[test]
    fn a_failed_gate_decided() {
        let decision = samples::gate_failed().1;
        insta::assert_snapshot!(Markdown.decision(&decision, Layout::default()), @r"
        ### Not enough evidence yet: careful@1.0, base@1.0 may each be best

        careful leads base by 0.008 (95 % interval -0.012 to 0.028), which 94 cases do not carry

        | rank | version | utility | P(best) | valid | cost | latency | gates |
        | ---: | --- | ---: | ---: | ---: | ---: | ---: | --- |
        | 1 | careful@1.0 | 0.741 [0.710, 0.770] | .51 | 0.957 → 0.574 | $0.0193 → 0.084 | 2.60 s → 0.083 | passed |
        | 2 | base@1.0 (baseline) | 0.733 [0.700, 0.765] | .50 | 0.930 → 0.558 | $0.0141 → 0.100 | 1.92 s → 0.075 | passed |
        | – | flaky@1.0 | 0.640 [0.590, 0.680] | | 0.883 → 0.530 | $0.0148 → 0.098 | 71.20 s → 0.012 | 2 of 2 failed |

        - next: run about 230 more cases: that many would settle it four times in five
        - reading: under each metric: its value → what it adds to the utility, at most its weight
        - excluded: flaky@1.0: error_rate &lt;= 0.02: 3.2 % (bound 2 %)
        - excluded: flaky@1.0: latency &lt; 30s: 71.2 s (bound 30 s)
        - unsure: careful@1.0, base@1.0: error_rate &lt;= 0.02 holds on these 94 cases, which are too few to be sure that it holds
        - unsure: flaky@1.0: error_rate &lt;= 0.02 is broken on these 94 cases, which are too few to be sure that it is
        - weights: valid 0.60, cost 0.20 (half at $0.00213, from the baseline), latency 0.20 (half at 812 ms, from the baseline)
        - worth: halving the cost is worth 5.6 score points, halving the latency 5.6
        - stability: careful@1.0 stays first while the valid weight is at least 0.52 (now 0.60); below, base@1.0 wins
        - basis: 94 cases; 95 % intervals; differences of utility below 0.010 do not matter
        ");
    }

    #[test]
    fn names_cannot_break_a_table() {
        assert_eq!(escape("a|b\nc `x` <img>"), "a\\|b c \\`x\\` &lt;img>");
    }
}
