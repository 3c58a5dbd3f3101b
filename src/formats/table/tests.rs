//! How the default format looks at 80 columns, story by story.
use super::Table;
use crate::formats::{Format, Layout, samples};

mod broad;

const NARROW: Layout = Layout { width: 80, color: false };

#[test]
fn a_clear_winner() {
    let report = samples::clear_winner().0;
    insta::assert_snapshot!(Table.report(&report, NARROW), @r#"
    support-triage: 200 cases × 1 repeat · batch 9f2c41 of 2026-11-20 10:31 UTC
    * is the baseline; [low, high] is the 95 % interval

    version     model              errors  accuracy
    ───────────────────────────────────────────────────────────
    base@1.0 *  openai/gpt-5            0  0.870 [0.816, 0.910]
    short@1.1   openai/gpt-5-mini       1  0.865 [0.810, 0.906]

    version     cost                          spent
    ───────────────────────────────────────────────
    base@1.0 *  $0.00213 [0.00198, 0.00230]  $0.427
    short@1.1   $0.00087 [0.00081, 0.00094]  $0.174

    version     latency            latency.p95
    ──────────────────────────────────────────────────
    base@1.0 *  812 ms [771, 855]  1.34 s [1.21, 1.62]
    short@1.1   312 ms [290, 335]  0.50 s [0.46, 0.56]

    version     error_rate        errors by kind
    ────────────────────────────────────────────
    base@1.0 *  0.0 % [0.0, 1.9]
    short@1.1   0.5 % [0.1, 2.8]  timeout 1

    version    metric       vs base@1.0              won/lost/tied  verdict
    ─────────────────────────────────────────────────────────────────────────────
    short@1.1  accuracy     -0.005 [-0.041, +0.031]      12/13/175  · needs +7800
               cost          0.41× [0.38, 0.44]                     ▲ better
               latency       0.38× [0.35, 0.42]                     ▲ better
               latency.p95   0.37× [0.30, 0.47]                     ▲ better

    on a typical case short@1.1 is 1.41× cheaper (1.25–1.67×) and 1.41× faster
    (0.91–2.00×, which may be chance) than base@1.0

    largest losses  metric    base@1.0    now  case
    ────────────────────────────────────────────────────────────────────────────────
    short@1.1       accuracy     1.000  0.000  refund-017
    short@1.1       accuracy     1.000  0.250  escalation-with-two-products-in-one-…

    note: "needs": inconclusive so far; about so many more cases would settle it
          four times in five
    note: 12 answers came from the cache; their latency is that of the run that
          filled it
    "#);
}

#[test]
fn a_clear_winner_decided() {
    let decision = samples::clear_winner().1;
    insta::assert_snapshot!(Table.decision(&decision, NARROW), @r#"
    winner: short@1.1
    `short` wins; picking it risks nothing that 200 cases can show.
    It is ahead of the runner-up, `base`, by 0.092 of utility (likely 0.063 to
    0.121).

    rank  version     utility               P(best)  vs short@1.1
    ─────────────────────────────────────────────────────────────
    1     short@1.1   0.814 [0.790, 0.838]    >=.99
    2     base@1.0 *  0.722 [0.690, 0.750]     <.01  ▼ behind

    rank  version     accuracy       cost              latency
    ─────────────────────────────────────────────────────────────────
    1     short@1.1   0.865 → 0.519  $0.00087 → 0.142  312 ms → 0.144
    2     base@1.0 *  0.870 → 0.522  $0.00213 → 0.100  812 ms → 0.100

    metric by metric, short@1.1 is ahead (+) or behind (-), in utility:
    ahead of     total  accuracy          cost              latency
    ────────────────────────────────────────────────────────────────────────
    base@1.0 *  +0.092  -0.003    ▐│      +0.042     │████  +0.044     │████

    next       `proto version show short@1.1` prints what to use in place of `base`;
               `proto choose-winner --promote`, with the options of this call, tags
               it as chosen and deploys nothing
    reading    *: the baseline, what you have; utility: what the metrics add up to,
               at most 1; under each metric: its value → what it adds, at most its
               weight; a score point: 0.01 of a score, here 0.006 of utility
               [low, high]: where the number likely lies on other cases like these;
               P(best): how likely that version is the best on those; a winner has
               about .98 or more
    weights    accuracy 0.60, cost 0.20 (0.100 at the baseline's $0.00213 a run),
               latency 0.20 (0.100 at the baseline's 812 ms); less cost or latency
               adds more; another baseline may change the order (`--ref
               from=DECISION` keeps these values)
    worth      halving the cost (from $0.00213) is worth 5.6 score points of 100,
               halving the latency (from 812 ms) 5.6
    stability  short@1.1 stays first with a weight of accuracy up to 0.98 (now
               0.60); otherwise base@1.0 wins
               short@1.1 stays first whatever the weight of cost, latency
    basis      200 cases; "likely" and [low, high] hold the true number 95 times in
               100; less than 0.010 of utility does not matter (`--rope`)
    "#);
}

#[test]
fn a_near_tie_with_an_unknown_price() {
    let report = samples::near_tie().0;
    insta::assert_snapshot!(Table.report(&report, NARROW), @r#"
    summaries: 60 cases × 3 repeats · batch 9f2c41 of 2026-11-20 10:31 UTC · model
    sim/steady · simulated
    * is the baseline; [low, high] is the 95 % interval; ~ has no upper bound yet; ?
    is unknown

    version    faithful                            style
    ───────────────────────────────────────────────────────────────────
    a@1.0 *    0.810 [0.760, 0.850]                0.720 [0.680, 0.760]
    b@1.0      0.815 [0.765, 0.855]                0.715 [0.670, 0.755]
    local@1.0  0.790 [0.740, 0.830], 2 not scored  0.700 [0.650, 0.740]

    version    cost                                  spent  tokens
    ────────────────────────────────────────────────────────────────────────────
    a@1.0 *    $0.00000120 [0.00000110, 0.00000130]  $1.25    812 [780, 845]
    b@1.0      $0.00000105 [0.00000090, 0.00000120]  $1.25    790 [755, 830]
    local@1.0            ?, 180 unknown                  ?  11950 [11200, 12700]

    version    latency              latency.p50          latency.p95
    ────────────────────────────────────────────────────────────────────────
    a@1.0 *    2.31 s [2.20, 2.43]  2.10 s [2.00, 2.20]  4.80 s [4.20, 6.10]
    b@1.0      2.29 s [2.17, 2.41]  2.00 s [1.90, 2.20]  4.90 s [4.20, 6.40]
    local@1.0  0.42 s [0.40, 0.44]  0.38 s [0.36, 0.41]  0.90 s [0.80, 1.10]

    version    latency.p99            retries  queue wait  back-off
    ───────────────────────────────────────────────────────────────
    a@1.0 *     9.10 s [6.40, 31.00]        2       12 ms      3 ms
    b@1.0       9.40 s [6.40, 33.00]        2       12 ms      3 ms
    local@1.0  ~1.40 s [1.10, n/a]          2      904 ms    226 ms

    version    metric    vs a@1.0                 won/lost/tied  verdict
    ───────────────────────────────────────────────────────────────────────────
    b@1.0      faithful  +0.005 [-0.004, +0.009]      21/13/175  = equivalent
               cost       0.88× [0.77, 0.99]                     · inconclusive
    local@1.0  faithful  -0.020 [-0.050, +0.010]      12/13/175  · inconclusive
               tokens     14.7× [13.5, 16.0]                     ▼ worse

    note: a verdict takes into account how many candidates are compared; an interval
          alone does not, so it may exclude "no difference" where the verdict is
          inconclusive
    note: the answers are simulated: the numbers show how the method behaves, not
          how good a model is
    note: no price is known for `local`; give one under `prices:` and evaluate again
    "#);
}

#[test]
fn a_near_tie_with_an_unknown_price_decided() {
    let decision = samples::near_tie().1;
    insta::assert_snapshot!(Table.decision(&decision, NARROW), @r#"
    tie: a@1.0, b@1.0 (either will do) · simulated
    Take either of `a`, `b`: at most 0.008 of utility is likely to lie between them.
    `a` is ahead of `b` by 0.002 of utility (likely -0.004 to 0.008).

    rank     version    utility               vs a@1.0
    ───────────────────────────────────────────────────
    1 (1–2)  a@1.0 *    0.683 [0.650, 0.710]
    2 (1–2)  b@1.0      0.681 [0.650, 0.710]  = as good
    –        local@1.0      –

    rank     version    accuracy       cost                 latency
    ──────────────────────────────────────────────────────────────────────
    1 (1–2)  a@1.0 *    0.810 → 0.486  $0.00000120 → 0.100  2.31 s → 0.100
    2 (1–2)  b@1.0      0.815 → 0.489  $0.00000105 → 0.107  2.29 s → 0.100
    –        local@1.0  0.790 → 0.474            ?          0.42 s

    metric by metric, a@1.0 is ahead (+) or behind (-), in utility:
    ahead of   total  accuracy          cost              latency
    ──────────────────────────────────────────────────────────────────────
    b@1.0     +0.002  -0.003    █│      -0.007  ███│       0.000     │

    reading    *: the baseline, what you have; utility: what the metrics add up to,
               at most 1; under each metric: its value → what it adds, at most its
               weight; a score point: 0.01 of a score, here 0.006 of utility
               [low, high]: where the number likely lies on other cases like these;
               rank 1 (1–2): 1 on these cases, 1 to 2 on those
    unranked   local@1.0: its cost is unknown: say what it costs (a model by
               `pricing:`, a program by `cost_per_run_usd`, 0 where it is free) and
               run again, or give cost no weight
    weights    accuracy 0.60, cost 0.20 (0.100 at the baseline's $0.00213 a run over
               all its cases), latency 0.20 (0.100 at the baseline's 812 ms over all
               its cases); less cost or latency adds more; another baseline may
               change the order (`--ref from=DECISION` keeps these values)
    worth      halving the cost (from $0.00213) is worth 5.6 score points of 100,
               halving the latency (from 812 ms) 5.6
    stability  a@1.0 is ahead on these cases with a weight of cost from 0.05 to 0.31
               (now 0.20); otherwise b@1.0 is ahead
    basis      200 cases; "likely" and [low, high] hold the true number 95 times in
               100; less than 0.010 of utility does not matter (`--rope`)
    note       the answers are simulated: the numbers show how the method behaves,
               not how good a model is
               no price is known for `local`; give one under `prices:` and evaluate
               again
    "#);
}

#[test]
fn a_failed_gate_and_too_little_evidence() {
    let report = samples::gate_failed().0;
    insta::assert_snapshot!(Table.report(&report, NARROW), @r#"
    extract-invoices: 94 cases × 1 repeat · batch 9f2c41 of 2026-11-20 10:31 UTC
    * is the baseline; [low, high] is the 95 % interval

    version      model                    errors  valid
    ────────────────────────────────────────────────────────────────────────────────
    base@1.0 *   anthropic/claude-sonnet       0  0.930 [0.860, 0.966]
    careful@1.0  anthropic/claude-sonnet       0  0.957 [0.896, 0.983]
    flaky@1.0    openai/gpt-5-mini             3  0.883 [0.802, 0.934], 4 not scored

    version      cost                      spent  latency
    ────────────────────────────────────────────────────────────────────
    base@1.0 *   $0.0141 [0.0132, 0.0151]  $1.25   1.92 s [1.80, 2.05]
    careful@1.0  $0.0193 [0.0180, 0.0207]  $1.25   2.60 s [2.41, 2.80]
    flaky@1.0    $0.0148 [0.0139, 0.0158]  $1.25  71.20 s [60.00, 84.00]

    version      error_rate        not run  retries  back-off  errors by kind
    ────────────────────────────────────────────────────────────────────────────────
    base@1.0 *   0.0 % [0.0, 3.9]        0        0    0.00 s
    careful@1.0  1.1 % [0.2, 5.8]        0        0    0.00 s
    flaky@1.0    3.2 % [1.1, 9.0]        4       17    3.20 s  timeout 2, http.429 1

    version      metric   vs base@1.0              won/lost/tied  verdict
    ────────────────────────────────────────────────────────────────────────────
    careful@1.0  valid    +0.027 [-0.021, +0.074]      12/13/175  · inconclusive
                 cost      1.37× [1.27, 1.47]                     ▼ worse
    flaky@1.0    valid    -0.047 [-0.091, -0.003]      12/13/175  · inconclusive
                 latency   37.1× [31.0, 44.4]                     ▼ worse

    note: a verdict takes into account how many candidates are compared; an interval
          alone does not, so it may exclude "no difference" where the verdict is
          inconclusive
    note: 4 cases are missing for `flaky`; it is compared on the other 90
    "#);
}

#[test]
fn a_failed_gate_and_too_little_evidence_decided() {
    let decision = samples::gate_failed().1;
    insta::assert_snapshot!(Table.decision(&decision, NARROW), @r#"
    not enough evidence yet: careful@1.0, base@1.0 may each be best
    Run about 230 more cases: that many would settle it four times in five.
    `careful` is ahead of `base` by 0.008 of utility (likely -0.012 to 0.028).

    rank  version      utility               P(best)  vs careful@1.0
    ──────────────────────────────────────────────────────────────────────────────
    1     careful@1.0  0.741 [0.710, 0.770]      .51
    2     base@1.0 *   0.733 [0.700, 0.765]      .50  · needs about 230 more cases
    –     flaky@1.0    0.640 [0.590, 0.680]

    rank  version      gates
    ────────────────────────────────
    1     careful@1.0  passed
    2     base@1.0 *   passed
    –     flaky@1.0    2 of 2 failed

    rank  version      valid          cost             latency
    ──────────────────────────────────────────────────────────────────
    1     careful@1.0  0.957 → 0.574  $0.0193 → 0.084   2.60 s → 0.083
    2     base@1.0 *   0.930 → 0.558  $0.0141 → 0.100   1.92 s → 0.075
    –     flaky@1.0    0.883 → 0.530  $0.0148 → 0.098  71.20 s → 0.012

    metric by metric, careful@1.0 is ahead (+) or behind (-), in utility:
    ahead of     total  valid             cost              latency
    ────────────────────────────────────────────────────────────────────────
    base@1.0 *  +0.008  +0.016     │████  -0.016 ████│      +0.008     │██

    reading    *: the baseline, what you have; utility: what the metrics add up to,
               at most 1; under each metric: its value → what it adds, at most its
               weight; a score point: 0.01 of a score, here 0.006 of utility
               [low, high]: where the number likely lies on other cases like these;
               P(best): how likely that version is the best on those; a winner has
               about .98 or more
    excluded   flaky@1.0: error_rate <= 0.02: 3.2 % (limit 2 %, missed by 1.2
               points, 60 % of it)
               flaky@1.0: latency < 30s: 71.2 s (limit 30 s, missed by 41.2 s, 137 %
               of it)
    unsure     careful@1.0, base@1.0: error_rate <= 0.02 holds on these 94 cases,
               which are too few to be sure that it holds
               flaky@1.0: error_rate <= 0.02 is broken on these 94 cases, which are
               too few to be sure that it is
    weights    valid 0.60, cost 0.20 (0.100 at the baseline's $0.00213 a run over
               all its cases), latency 0.20 (0.100 at the baseline's 812 ms over all
               its cases); less cost or latency adds more; another baseline may
               change the order (`--ref from=DECISION` keeps these values)
    worth      halving the cost (from $0.00213) is worth 5.6 score points of 100,
               halving the latency (from 812 ms) 5.6
    stability  careful@1.0 is ahead on these cases with a weight of valid from 0.52
               up (now 0.60); otherwise base@1.0 is ahead
    basis      94 cases; "likely" and [low, high] hold the true number 95 times in
               100; less than 0.010 of utility does not matter (`--rope`)
    "#);
}

#[test]
fn several_candidates_stand_under_the_metric_they_are_compared_on() {
    let mut report = samples::near_tie().0;
    report.comparisons.sort_by_key(|c| report.columns.iter().position(|column| column.name == c.metric));
    (report.slice, report.difference_confidence) = (Some("german".into()), 0.975);
    let text = Table.report(&report, NARROW);
    assert!(text.contains(", slice german: "), "{text}");
    let from = text.find("metric ").expect("the comparisons");
    let table = text[from..].split("\n\n").next().unwrap_or_default();
    insta::assert_snapshot!(table, @r"
    metric    version    vs a@1.0 at 97.5 %       won/lost/tied  verdict
    ───────────────────────────────────────────────────────────────────────────
    faithful  b@1.0      +0.005 [-0.004, +0.009]      21/13/175  = equivalent
              local@1.0  -0.020 [-0.050, +0.010]      12/13/175  · inconclusive
    cost      b@1.0       0.88× [0.77, 0.99]                     · inconclusive
    tokens    local@1.0   14.7× [13.5, 16.0]                     ▼ worse
    ");
}
