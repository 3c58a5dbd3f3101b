//! Judges asked about runs that are kept nowhere, to see what their questions take.
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt};

use super::ask::Asker;
use super::rules::Rules;
use super::sweep::put;
use crate::domain::Score;
use crate::evaluators::{Ask, Subject};
use crate::execute::Stop;
use crate::plan::{Answered, QUESTIONS};

/// Asks every evaluator that asks a model about every run it has a question of, several at once, until `stop` is set.
pub async fn ask(rules: &Rules, asker: &Asker, answered: &[Answered], stop: &Stop) -> Vec<Score> {
    let mut asking: Vec<BoxFuture<'_, Score>> = Vec::new();
    for answer in answered {
        let subject = || Subject::new(&answer.case, &answer.run, &answer.version, &rules.folder);
        for judge in &rules.judges {
            if let Ok(ask @ Ask::Model(_)) = judge.ask(&subject()) {
                asking.push(put((rules, asker), judge, subject(), ask).boxed());
            }
        }
    }
    let asked = stream::iter(asking).take_until(stop.stopped()).buffered(QUESTIONS).collect();
    tokio::select! {
        asked = asked => asked,
        () = stop.aborted() => Vec::new(),
    }
}
