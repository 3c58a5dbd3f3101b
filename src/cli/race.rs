//! The race of `proto run --race`: feeds the referee with what is on disk, turns the switches it decides on, keeps in
//! the batch's settings what came of it.
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::compare::refused;
use super::context::Context;
use super::error::CommandError;
use crate::analyse::stats::race::FEWEST_CASES;
use crate::analyse::{RaceNews, RaceOptions, Referee};
use crate::domain::{Batch, Concurrency, Formula, counted};
use crate::execute::Raced;
use crate::plan::{Plan, RaceSettings, RacedOut, Settings};
use crate::record::{Committed, Watcher};
use crate::stores::{Measured, Store, StoreError};

/// Cases that may be begun ahead of what the race has seen, at least: two looks.
const AHEAD: usize = 20;
/// Calls in flight that an adaptive limit is expected to reach.
const ADAPTIVE: usize = 32;

/// The options of a race.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct RaceArgs {
    /// Stop versions as soon as it is clear that the whole run would not choose them
    #[arg(long, conflicts_with = "no_evaluate")]
    race: bool,
    /// Never stop these: `baseline`, or names of versions
    #[arg(long, value_delimiter = ',', value_name = "NAME,…", requires = "race")]
    race_keep: Vec<String>,
    /// With --race: end as soon as the leader is within this of the best, in utility
    #[arg(long, value_name = "UTILITY", requires = "race", value_parser = rope)]
    rope: Option<f64>,
}

fn rope(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..1.0).contains(&value) { Ok(value) } else { Err("it must be at least 0 and below 1".to_owned()) }
}

impl RaceArgs {
    /// How the plan is raced: as asked for, or as the batch that goes on was. Without enough cases it is not, and says
    /// so.
    ///
    /// # Errors
    /// It cannot be raced: no evaluators, nothing is scored now, a part of the cases, another formula, a version to keep
    /// that does not run.
    pub fn over(
        &self,
        plan: &Plan,
        resumed: Option<&Batch>,
        evaluates: bool,
        context: &mut Context<'_>,
    ) -> Result<Option<RaceSettings>, CommandError> {
        let Some(wanted) = self.wanted(resumed) else { return Ok(None) };
        let names: Vec<&str> = plan.versions.iter().map(|planned| planned.version.name.as_str()).collect();
        if let Some((why, hint)) = obstacle(plan, evaluates) {
            return Err(CommandError::input(why).hint(hint));
        }
        if let Some(name) =
            wanted.keep.iter().find(|name| *name != "baseline" && !names.contains(&name.as_str()))
        {
            return Err(CommandError::input(format!("`--race-keep`: no version `{name}` is run"))
                .hint(format!("these are: {}", names.join(", "))));
        }
        let cases = plan.dataset.len();
        if names.len() < 2 || cases < FEWEST_CASES {
            let what =
                format!("{} and {}", counted(names.len() as u64, "version"), counted(cases as u64, "case"));
            context.say(&format!("no race: {what}; it takes two versions and {FEWEST_CASES} cases"))?;
            return Ok(None);
        }
        Ok(Some(wanted))
    }

    fn wanted(&self, resumed: Option<&Batch>) -> Option<RaceSettings> {
        let before = resumed.and_then(|batch| Settings::from_map(&batch.settings)?.race);
        if !self.race {
            return before.map(|race| RaceSettings {
                rope: race.rope,
                keep: race.keep,
                ..Default::default()
            });
        }
        Some(RaceSettings { rope: self.rope, keep: self.race_keep.clone(), ..RaceSettings::default() })
    }
}

/// Why the plan cannot be raced, and what to do.
fn obstacle(plan: &Plan, evaluates: bool) -> Option<(String, &'static str)> {
    let formula = plan.experiment.winner.formula;
    if plan.experiment.evaluators.is_empty() {
        return Some((
            "`--race` needs `evaluators:`: a race is run on scores".to_owned(),
            "add an evaluator",
        ));
    }
    if !evaluates {
        let why = "the batch is a race, and a race is run on scores: `--no-evaluate` would hold it up";
        return Some((why.to_owned(), "leave `--no-evaluate` out"));
    }
    if let Some(part) = plan.selection.partition {
        let why = format!("a race decides over all cases, and `--partition` runs {part} of them");
        return Some((why, "each part would stop versions of its own: run the parts without `--race`"));
    }
    if let Some(field) = &plan.experiment.dataset.weight_by {
        let why = format!("a race counts cases alike, and `dataset.weight_by` counts them by `{field}`");
        return Some((why, "leave `--race` out: the whole run might choose another version"));
    }
    if formula != Formula::Ratio {
        let why = format!("a race ranks by the formula `ratio`, and `winner:` by `{}`", formula.name());
        return Some((why, "leave `formula:` out, or `--race`: the whole run might choose another version"));
    }
    None
}

/// The referee of a batch that is about to run, or to go on.
///
/// # Errors
/// There is nothing to race on, or the dataset's spool cannot be read.
pub fn referee(plan: &Plan, batch: &Batch) -> Result<Referee, CommandError> {
    let wanted = Settings::from_map(&batch.settings).and_then(|settings| settings.race).unwrap_or_default();
    let cases = plan.race_order().map_err(|error| CommandError::world(error.to_string()))?;
    let gates = plan.experiment.gates.clone();
    let options = RaceOptions { cases, gates, rope: wanted.rope, keep: wanted.keep };
    Referee::new(batch, &options).map_err(|error| refused(&error))
}

/// A race in progress: shared by the recorder's thread, which feeds it, and the session.
#[derive(Clone, Debug)]
pub struct Race {
    table: Arc<Mutex<Table>>,
    raced: Raced,
}

#[derive(Debug)]
struct Table {
    referee: Referee,
    raced: Raced,
    ahead: usize,
    plan: Arc<Plan>,
    store: Arc<dyn Store>,
    batch: Batch,
    settings: Settings,
}

impl Race {
    /// Sets the race of a batch up and lets it see what is stored already.
    ///
    /// # Errors
    /// There is nothing to race on, the dataset's spool cannot be read, or the store fails.
    pub fn start(plan: &Arc<Plan>, batch: &Batch, store: &Arc<dyn Store>) -> Result<Self, CommandError> {
        let settings = Settings::from_map(&batch.settings).unwrap_or_else(|| plan.settings());
        let referee = referee(plan, batch)?;
        let ahead = AHEAD.max(match plan.experiment.run.concurrency {
            Concurrency::Auto => ADAPTIVE,
            Concurrency::Fixed(calls) => calls,
        });
        let raced = Raced::new(plan.versions.len(), referee.horizon() + ahead);
        let table = Table {
            referee,
            raced: raced.clone(),
            ahead,
            plan: plan.clone(),
            store: store.clone(),
            batch: batch.clone(),
            settings,
        };
        let race = Self { table: Arc::new(Mutex::new(table)), raced };
        race.catch_up()?;
        Ok(race)
    }

    /// The switches the dispatchers look at.
    #[must_use]
    pub fn raced(&self) -> Raced {
        self.raced.clone()
    }

    /// What came of it so far.
    #[must_use]
    pub fn result(&self) -> RaceSettings {
        self.lock().settings.race.clone().unwrap_or_default()
    }

    /// A watcher that shows the race what is on disk before `inner` is told, and `inner` what the race says.
    #[must_use]
    pub fn watched(&self, mut inner: Watcher) -> Watcher {
        let race = self.clone();
        Box::new(move |committed| {
            let news = race.lock().take(&committed);
            inner(committed);
            news.into_iter().for_each(&mut inner);
        })
    }

    /// Writes what came of it, once more: what could not be written meanwhile is an error now.
    ///
    /// # Errors
    /// The store fails.
    pub fn remember(&self) -> Result<(), StoreError> {
        self.lock().remember()
    }

    /// The same measurements give the same eliminations: a resumed race takes up where it was.
    fn catch_up(&self) -> Result<(), StoreError> {
        let mut table = self.lock();
        let (plan, batch) = (table.plan.clone(), table.batch.id);
        let mut reader = table.store.reader()?;
        let keys = reader.keys(batch)?;
        let kept = |digest| plan.selection.stored.contains(digest);
        let kept: HashSet<_> = keys.iter().filter(|key| kept(&key.digest)).map(|key| key.run).collect();
        let (mut cases, mut stored) = (Vec::new(), Vec::new());
        reader.measurements(batch, &mut |measured| {
            match measured {
                Measured::Case(case) => cases.push(case.id.clone()),
                // What is made again counts when it is there.
                Measured::Run(case, run) if kept.contains(&run.run) => stored.push((case, run.clone())),
                Measured::Run(..) => {}
            }
            Ok(())
        })?;
        for (case, run) in stored {
            let news = table.referee.take(&cases[case as usize], run);
            table.apply(news);
        }
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Table {
    fn take(&mut self, committed: &Committed) -> Vec<Committed> {
        let before = self.referee.seen();
        let news = match committed {
            Committed::Run { case_id, measured, .. } => self.referee.take(case_id, measured.as_ref().clone()),
            Committed::Scores(scores) => {
                let mut news = Vec::new();
                for (run, score) in scores {
                    news.extend(self.referee.score(*run, score.clone()));
                }
                news
            }
            _ => return Vec::new(),
        };
        let mut told = self.apply(news);
        if self.referee.seen() > before {
            told.insert(0, Committed::Raced { cases: self.referee.seen(), left: self.referee.left() });
        }
        told
    }

    /// Turns the switches; what is to be said.
    fn apply(&mut self, news: Vec<RaceNews>) -> Vec<Committed> {
        self.raced.may_reach(self.referee.horizon() + self.ahead);
        let mut told = Vec::new();
        for news in news {
            match news {
                RaceNews::Void => {
                    self.raced.release();
                    told.push(Committed::NoRace);
                }
                RaceNews::Over { after_cases } => {
                    let left = (0..self.plan.versions.len()).filter(|&v| !self.raced.is_out(v)).count();
                    self.raced.stop_all();
                    self.race().over_after = Some(after_cases as u64);
                    told.push(Committed::RaceOver { after_cases, spared: self.spared(after_cases, left) });
                }
                RaceNews::Out { version, by, after_cases, margin } => {
                    self.raced.stop(version);
                    let name = |v: usize| self.plan.versions[v].version.name.clone();
                    let (version_name, by) = (name(version), name(by));
                    let hash = self.plan.versions[version].version.hash.hex();
                    let out = RacedOut { hash, by: by.clone(), after_cases: after_cases as u64, margin };
                    self.race().out.push(out);
                    let spared = self.spared(after_cases, 1);
                    told.push(Committed::RacedOut { version: version_name, by, after_cases, margin, spared });
                }
            }
        }
        if !told.is_empty() {
            // A kill must not forget it; if it cannot be written now, `remember` says so at the end.
            let _ = self.remember();
        }
        told
    }

    fn race(&mut self) -> &mut RaceSettings {
        self.settings.race.get_or_insert_with(RaceSettings::default)
    }

    fn spared(&self, after_cases: usize, versions: usize) -> u64 {
        let cases = self.plan.dataset.len().saturating_sub(after_cases);
        (cases * versions) as u64 * u64::from(self.plan.repeats)
    }

    fn remember(&self) -> Result<(), StoreError> {
        let batch = Batch { settings: self.settings.to_map(), ..self.batch.clone() };
        self.store.writer()?.begin(&batch)
    }
}

/// Lets everything go that waits for the race, once evaluation has ended: without scores it cannot move.
#[derive(Debug)]
pub struct Release(pub Raced);

impl Drop for Release {
    fn drop(&mut self) {
        self.0.release();
    }
}
