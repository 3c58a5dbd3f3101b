//! How the default format looks at 120 columns, story by story.
use super::Table;
use crate::formats::{Format, Layout, samples};

const BROAD: Layout = Layout { width: 120, color: false };

#[test]
fn a_clear_winner() {
    let report = samples::clear_winner().0;
    insta::assert_snapshot!(Table.report(&report, BROAD), @r"
    support-triage: 200 cases × 1 repeat · batch 9f2c41 of 2026-11-20 10:31 UTC
    * is the baseline; [low, high] is the 95 % interval

    version     model              errors  accuracy              cost                          spent
    ────────────────────────────────────────────────────────────────────────────────────────────────
    base@1.0 *  openai/gpt-5            0  0.870 [0.816, 0.910]  $0.00213 [0.00198, 0.00230]  $0.427
    short@1.1   openai/gpt-5-mini       1  0.865 [0.810, 0.906]  $0.00087 [0.00081, 0.00094]  $0.174

    version     latency            latency.p95          error_rate        errors by kind
    ────────────────────────────────────────────────────────────────────────────────────
    base@1.0 *  812 ms [771, 855]  1.34 s [1.21, 1.62]  0.0 % [0.0, 1.9]
    short@1.1   312 ms [290, 335]  0.50 s [0.46, 0.56]  0.5 % [0.1, 2.8]  timeout 1

    version    metric       vs base@1.0                 less ← │ → more     won/lost/tied  verdict
    ─────────────────────────────────────────────────────────────────────────────────────────────────────
    short@1.1  accuracy     -0.005 [-0.041, +0.031]  ─────────●┼────────        12/13/175  · inconclusive
               cost          0.41× [0.38, 0.44]      ─●─       │                           ▲ better
               latency       0.38× [0.35, 0.42]      ─●─       │                           ▲ better
               latency.p95   0.37× [0.30, 0.47]      ──●──     │                           ▲ better

    largest losses  metric    base@1.0    now  case
    ──────────────────────────────────────────────────────────────────────────────────────
    short@1.1       accuracy     1.000  0.000  refund-017
    short@1.1       accuracy     1.000  0.250  escalation-with-two-products-in-one-message

    note: 12 answers came from the cache; their latency is that of the run that filled it
    ");
}

#[test]
fn a_clear_winner_decided() {
    let decision = samples::clear_winner().1;
    insta::assert_snapshot!(Table.decision(&decision, BROAD), @r"
    winner: short@1.1
    short leads base by 0.092 (95 % interval 0.063 to 0.121), so it is ahead of every rival

    rank  version     utility                                      P(best)  accuracy       cost              latency
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    1     short@1.1   0.814 [0.790, 0.838]                ───●───    >=.99  0.865 → 0.519  $0.00087 → 0.142  312 ms → 0.144
    2     base@1.0 *  0.722 [0.690, 0.750]  ────●────                 <.01  0.870 → 0.522  $0.00213 → 0.100  812 ms → 0.100

    reading    under each metric: its value → what it adds to the utility, at most its weight
    weights    accuracy 0.60, cost 0.20 (half at $0.00213, from the baseline), latency 0.20 (half at 812 ms, from the
               baseline)
    worth      halving the cost is worth 5.6 score points, halving the latency 5.6
    stability  short@1.1 stays first while the accuracy weight is at most 0.98 (now 0.60); above, base@1.0 wins
               short@1.1 stays first whatever the weight of cost, latency
    basis      200 cases; 95 % intervals; differences of utility below 0.010 do not matter
    ");
}

#[test]
fn a_near_tie_with_an_unknown_price() {
    let report = samples::near_tie().0;
    insta::assert_snapshot!(Table.report(&report, BROAD), @r#"
    summaries: 60 cases × 3 repeats · batch 9f2c41 of 2026-11-20 10:31 UTC · sim/steady · simulated
    * is the baseline; [low, high] is the 95 % interval; ~ has no upper bound yet; ? is unknown

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

    version    latency              latency.p50          latency.p95          latency.p99
    ───────────────────────────────────────────────────────────────────────────────────────────────
    a@1.0 *    2.31 s [2.20, 2.43]  2.10 s [2.00, 2.20]  4.80 s [4.20, 6.10]   9.10 s [6.40, 31.00]
    b@1.0      2.29 s [2.17, 2.41]  2.00 s [1.90, 2.20]  4.90 s [4.20, 6.40]   9.40 s [6.40, 33.00]
    local@1.0  0.42 s [0.40, 0.44]  0.38 s [0.36, 0.41]  0.90 s [0.80, 1.10]  ~1.40 s [1.10, n/a]

    version    retries  queue wait  back-off
    ────────────────────────────────────────
    a@1.0 *          2       12 ms      3 ms
    b@1.0            2       12 ms      3 ms
    local@1.0        2      904 ms    226 ms

    version    metric    vs a@1.0                    less ← │ → more     won/lost/tied  verdict
    ──────────────────────────────────────────────────────────────────────────────────────────────────
    b@1.0      faithful  +0.005 [-0.004, +0.009]           ─┼●─              21/13/175  = equivalent
               cost       0.88× [0.77, 0.99]      ─────●────┼                           · inconclusive
    local@1.0  faithful  -0.020 [-0.050, +0.010]  ──────●───┼──              12/13/175  · inconclusive
               tokens     14.7× [13.5, 16.0]                │        ─●                 ▼ worse

    note: a verdict takes into account how many candidates are compared; an interval alone does not, so it may exclude "no
          difference" where the verdict is inconclusive
    note: the answers are simulated: the numbers show how the method behaves, not how good a model is
    note: no price is known for `local`; give one under `prices:` and evaluate again
    "#);
}

#[test]
fn a_near_tie_with_an_unknown_price_decided() {
    let decision = samples::near_tie().1;
    insta::assert_snapshot!(Table.decision(&decision, BROAD), @r"
    tie: a@1.0, b@1.0 (either will do; `b` is cheaper)
    a and b differ by less than 0.010 of utility, the region in which a difference does not matter

    rank     version    utility                                      accuracy       cost                 latency
    ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    1 (1–2)  a@1.0 *    0.683 [0.650, 0.710]  ───────────●─────────  0.810 → 0.486  $0.00000120 → 0.100  2.31 s → 0.100
    2 (1–2)  b@1.0      0.681 [0.650, 0.710]  ──────────●──────────  0.815 → 0.489  $0.00000105 → 0.107  2.29 s → 0.100
    –        local@1.0      –                                        0.790 → 0.474            ?          0.42 s

    reading    under each metric: its value → what it adds to the utility, at most its weight; rank 1 (1–2): 1 on these
               cases, 1 to 2 on others like them
    unranked   local@1.0: its cost is unknown; say what it costs under `pricing:`, or give cost no weight
    weights    accuracy 0.60, cost 0.20 (half at $0.00213, from the baseline), latency 0.20 (half at 812 ms, from the
               baseline)
    worth      halving the cost is worth 5.6 score points, halving the latency 5.6
    stability  a@1.0 stays first while the cost weight is between 0.05 and 0.31 (now 0.20); below, b@1.0 wins; above, b@1.0
               wins
    basis      200 cases; 95 % intervals; differences of utility below 0.010 do not matter
    note       the answers are simulated: the numbers show how the method behaves, not how good a model is
               no price is known for `local`; give one under `prices:` and evaluate again
    ");
}

#[test]
fn a_failed_gate_and_too_little_evidence() {
    let report = samples::gate_failed().0;
    insta::assert_snapshot!(Table.report(&report, BROAD), @r#"
    extract-invoices: 94 cases × 1 repeat · batch 9f2c41 of 2026-11-20 10:31 UTC
    * is the baseline; [low, high] is the 95 % interval

    version      model                    errors  valid                               cost                      spent
    ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────
    base@1.0 *   anthropic/claude-sonnet       0  0.930 [0.860, 0.966]                $0.0141 [0.0132, 0.0151]  $1.25
    careful@1.0  anthropic/claude-sonnet       0  0.957 [0.896, 0.983]                $0.0193 [0.0180, 0.0207]  $1.25
    flaky@1.0    openai/gpt-5-mini             3  0.883 [0.802, 0.934], 4 not scored  $0.0148 [0.0139, 0.0158]  $1.25

    version      latency                 error_rate        not run  retries  back-off  errors by kind
    ────────────────────────────────────────────────────────────────────────────────────────────────────────
    base@1.0 *    1.92 s [1.80, 2.05]    0.0 % [0.0, 3.9]        0        0    0.00 s
    careful@1.0   2.60 s [2.41, 2.80]    1.1 % [0.2, 5.8]        0        0    0.00 s
    flaky@1.0    71.20 s [60.00, 84.00]  3.2 % [1.1, 9.0]        4       17    3.20 s  timeout 2, http.429 1

    version      metric   vs base@1.0                 less ← │ → more     won/lost/tied  verdict
    ───────────────────────────────────────────────────────────────────────────────────────────────────
    careful@1.0  valid    +0.027 [-0.021, +0.074]          ──┼──●─────        12/13/175  · inconclusive
                 cost      1.37× [1.27, 1.47]                │     ──●──                 ▼ worse
    flaky@1.0    valid    -0.047 [-0.091, -0.003]  ─────●────┼                12/13/175  · inconclusive
                 latency   37.1× [31.0, 44.4]                │        ─●                 ▼ worse

    note: a verdict takes into account how many candidates are compared; an interval alone does not, so it may exclude "no
          difference" where the verdict is inconclusive
    note: 4 cases are missing for `flaky`; it is compared on the other 90
    "#);
}

#[test]
fn a_failed_gate_and_too_little_evidence_decided() {
    let decision = samples::gate_failed().1;
    insta::assert_snapshot!(Table.decision(&decision, BROAD), @r"
    not enough evidence yet: careful@1.0, base@1.0 may each be best
    careful leads base by 0.008 (95 % interval -0.012 to 0.028), which 94 cases do not carry

    rank  version      utility                                      P(best)  gates
    ──────────────────────────────────────────────────────────────────────────────────────
    1     careful@1.0  0.741 [0.710, 0.770]               ────●───      .51  passed
    2     base@1.0 *   0.733 [0.700, 0.765]              ────●───       .50  passed
    –     flaky@1.0    0.640 [0.590, 0.680]  ──────●────                     2 of 2 failed

    rank  version      valid          cost             latency
    ──────────────────────────────────────────────────────────────────
    1     careful@1.0  0.957 → 0.574  $0.0193 → 0.084   2.60 s → 0.083
    2     base@1.0 *   0.930 → 0.558  $0.0141 → 0.100   1.92 s → 0.075
    –     flaky@1.0    0.883 → 0.530  $0.0148 → 0.098  71.20 s → 0.012

    next       run about 230 more cases: that many would settle it four times in five
    reading    under each metric: its value → what it adds to the utility, at most its weight
    excluded   flaky@1.0: error_rate <= 0.02: 3.2 % (bound 2 %)
               flaky@1.0: latency < 30s: 71.2 s (bound 30 s)
    unsure     careful@1.0, base@1.0: error_rate <= 0.02 holds on these 94 cases, which are too few to be sure that it holds
               flaky@1.0: error_rate <= 0.02 is broken on these 94 cases, which are too few to be sure that it is
    weights    valid 0.60, cost 0.20 (half at $0.00213, from the baseline), latency 0.20 (half at 812 ms, from the baseline)
    worth      halving the cost is worth 5.6 score points, halving the latency 5.6
    stability  careful@1.0 stays first while the valid weight is at least 0.52 (now 0.60); below, base@1.0 wins
    basis      94 cases; 95 % intervals; differences of utility below 0.010 do not matter
    ");
}
