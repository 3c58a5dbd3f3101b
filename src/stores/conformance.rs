//! One suite over every row of [`STORES`]: what a store must do, whoever keeps the bytes. A new store passes it as it is.
use std::sync::Arc;

use super::*;
use crate::domain::{BatchKind, Digest, Map, RunId, RunStatus, Verdict};
use crate::otel::genai;

mod answers;
mod conversations;
mod decisions;
mod merging;
mod registering;
pub(crate) mod samples;
mod tags;
use samples::{batch, case, failed, judged, not_run, of_program, ok, program, score, streamed, version};

/// Runs `check` over a fresh store of every kind.
fn each_store(check: impl Fn(&dyn Store)) {
    for row in STORES.rows {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(".proto/store.db").display().to_string();
        let text = row.make.scheme.map_or(path.clone(), |scheme| format!("{scheme}:{path}"));
        let store = Place::parse(&text, folder.path()).open(true).unwrap();
        check(&*store);
    }
}

fn filtered(store: &dyn Store, filter: &RunFilter) -> Vec<StoredRun> {
    let mut found = Vec::new();
    let mut each = |run| {
        found.push(run);
        Ok(())
    };
    store.reader().unwrap().runs(filter, &mut each).unwrap();
    found
}

fn everything() -> RunFilter {
    RunFilter { bodies: true, ..RunFilter::default() }
}

fn record(run: &Run, case: &Arc<Case>) -> Record {
    Record::Run(Box::new(run.clone()), case.clone())
}

fn verdict(score: Score) -> Record {
    Record::Score(Box::new(score))
}

/// A batch of two versions with one run of every kind and some scores.
struct Filled {
    batch: Batch,
    runs: Vec<(Run, Arc<Case>, Vec<Score>)>,
}

fn fill(store: &dyn Store) -> Filled {
    let (model, app) = (version("baseline", "a", "s"), program("app"));
    let batch = batch(&[&model, &app]);
    let mut writer = store.writer().unwrap();
    writer.register(&batch.project, &[&model, &app], &Editor::default()).unwrap();
    writer.begin(&batch).unwrap();
    let cases: Vec<Arc<Case>> = (0..4).map(case).collect();
    let runs = vec![
        (ok(&batch, &model, &cases[0], 0), cases[0].clone()),
        (streamed(&batch, &model, &cases[0]), cases[0].clone()),
        (failed(&batch, &model, &cases[1]), cases[1].clone()),
        (not_run(&batch, &model, &cases[2]), cases[2].clone()),
        (of_program(&batch, &app, &cases[2]), cases[2].clone()),
    ];
    let records: Vec<Record> = runs.iter().map(|(run, case)| record(run, case)).collect();
    writer.append(batch.id, &records).unwrap();
    let mut filled = Filled { batch, runs: Vec::new() };
    for (i, (run, case)) in runs.into_iter().enumerate() {
        let scores = match i {
            0 => vec![score(&run, "exact", Verdict::pass(true).because("equal")), judged(&run, "judge")],
            1 => vec![score(&run, "exact", Verdict::NotApplicable("no `expected`".into()))],
            2 => vec![score(&run, "exact", Verdict::Failed("it broke".into()))],
            4 => vec![score(&run, "judge", Verdict::Failed("no reply".into()))],
            _ => Vec::new(),
        };
        filled.runs.push((run, case, scores));
    }
    let scores: Vec<Record> = filled.runs.iter().flat_map(|run| run.2.clone()).map(verdict).collect();
    writer.append(filled.batch.id, &scores).unwrap();
    filled
}

#[test]
fn a_new_store_is_empty_and_says_where_it_is() {
    each_store(|store| {
        let mut reader = store.reader().unwrap();
        assert_eq!(reader.batches().unwrap(), []);
        assert_eq!(reader.versions(None).unwrap(), []);
        assert!(!store.place().is_empty());
    });
}

#[test]
fn batches_come_back_newest_first_as_they_stand() {
    each_store(|store| {
        let mut writer = store.writer().unwrap();
        let mut old = batch(&[]);
        let mut new = Batch { kind: BatchKind::Recording, baseline: None, ..batch(&[]) };
        new.started = samples::at("2026-11-21T00:00:00Z");
        writer.begin(&old).unwrap();
        writer.begin(&new).unwrap();
        let end = Some(samples::at("2026-11-20T11:00:00Z"));
        writer.set_status(old.id, BatchStatus::Done, end).unwrap();
        writer.set_status(new.id, BatchStatus::Stopped, end).unwrap();
        writer.set_status(new.id, BatchStatus::Running, None).unwrap();
        (old.status, old.finished) = (BatchStatus::Done, end);
        assert_eq!(store.reader().unwrap().batches().unwrap(), [new.clone(), old]);
        let resumed = Batch { planned: new.planned + 5, command: "other".into(), ..new.clone() };
        writer.begin(&resumed).unwrap();
        let kept = Batch { command: new.command.clone(), ..resumed };
        assert_eq!(store.reader().unwrap().batches().unwrap()[0], kept, "what made it stays as it was");
        assert!(writer.set_status(BatchId::fresh(), BatchStatus::Done, None).is_err());
    });
}

#[test]
fn runs_come_back_whole() {
    each_store(|store| {
        let filled = fill(store);
        let found = filtered(store, &everything());
        assert_eq!(found.len(), filled.runs.len());
        for (found, (run, case, scores)) in found.iter().zip(&filled.runs) {
            assert_eq!(&found.run, run);
            assert_eq!(found.case, **case);
            assert_eq!(&found.scores, scores);
            assert_eq!((found.project.as_str(), found.experiment.as_str()), ("support", "answers"));
            assert_eq!(found.registered.hash, run.key.version);
            assert_eq!((found.version.as_str(), found.label), (found.registered.name.as_str(), Label::FIRST));
        }
        assert!(found.is_sorted_by_key(|run| run.position));
        let bare = filtered(store, &RunFilter::default()).remove(0).run;
        assert_eq!((bare.messages, bare.request, bare.reply), (Vec::new(), None, None));
    });
}

#[test]
fn measurements_say_what_was_appended() {
    each_store(|store| {
        let filled = fill(store);
        let (mut cases, mut found) = (Vec::new(), Vec::new());
        let mut each = |one: Measured<'_>| {
            match one {
                Measured::Case(case) => cases.push(case.clone()),
                Measured::Run(case, run) => found.push((cases[case as usize].clone(), run.clone())),
            }
            Ok(())
        };
        store.reader().unwrap().measurements(filled.batch.id, &mut each).unwrap();
        assert_eq!(found.len(), filled.runs.len());
        for ((found_case, mut found), (run, case, scores)) in found.into_iter().zip(&filled.runs) {
            assert_eq!((found.run, found.version, found.repeat), (run.id, run.key.version, run.key.repeat));
            assert_eq!(
                (&*found_case.id, found_case.cluster.as_deref(), found_case.weight),
                (case.id.as_str(), case.cluster.as_deref(), case.weight)
            );
            assert_eq!(*found_case.slices, *case.slices.join(","));
            assert_eq!(found.facts.status, run.status);
            assert_eq!(found.error, run.error.as_ref().map(|error| error.kind.clone()));
            assert_eq!(found.facts.latency_s, run.latency.map(|latency| latency.as_secs_f64()));
            assert_eq!(found.facts.ttft_s, run.ttft.map(|ttft| ttft.as_secs_f64()));
            assert_eq!(found.facts.generation_s, run.generation().map(|time| time.as_secs_f64()));
            assert_eq!(found.facts.cost_usd, run.cost.cost.map(crate::domain::Money::usd));
            assert_eq!(found.spent_usd, run.cost.spent.map(crate::domain::Money::usd));
            assert_eq!(
                (found.facts.input_tokens, found.facts.output_tokens),
                (run.usage.input, run.usage.output)
            );
            assert_eq!(
                (found.queue_s, found.backoff_s, found.elapsed_s),
                (run.queue.as_secs_f64(), run.backoff.as_secs_f64(), genai::elapsed(run).as_secs_f64())
            );
            assert_eq!((found.retries, found.cache_hit), (run.retries(), run.cache_hit));
            found.scores.sort_by(|a, b| a.evaluator.cmp(&b.evaluator));
            let scores: Vec<_> = scores
                .iter()
                .map(|s| (s.evaluator.as_str(), s.evaluator_hash, measured(&s.verdict)))
                .collect();
            let found: Vec<_> = found.scores.iter().map(|s| (&*s.evaluator, s.hash, s.value)).collect();
            assert_eq!(found, scores);
        }
        let mut none = |_: Measured<'_>| panic!("of another batch");
        store.reader().unwrap().measurements(BatchId::fresh(), &mut none).unwrap();
    });
}

#[test]
fn a_reader_that_says_stop_stops() {
    each_store(|store| {
        let filled = fill(store);
        let mut seen = 0;
        let mut stop = |_: Measured<'_>| {
            seen += 1;
            Err(StoreError::Failed("enough".into()))
        };
        assert!(store.reader().unwrap().measurements(filled.batch.id, &mut stop).is_err());
        assert_eq!(seen, 1);
    });
}

#[test]
fn keys_are_what_resume_subtracts() {
    each_store(|store| {
        let filled = fill(store);
        let mut wanted: Vec<_> = filled
            .runs
            .iter()
            .map(|(run, ..)| StoredKey { digest: run.key.digest(), run: run.id, status: run.status })
            .collect();
        let mut found = store.reader().unwrap().keys(filled.batch.id).unwrap();
        wanted.sort_by_key(|key| key.digest);
        found.sort_by_key(|key| key.digest);
        assert_eq!(found, wanted);
        assert_eq!(store.reader().unwrap().keys(BatchId::fresh()).unwrap(), []);
    });
}

#[test]
fn a_run_of_the_same_key_replaces_it_and_its_scores() {
    each_store(|store| {
        let filled = fill(store);
        let (old, case, _) = filled.runs.last().unwrap();
        // The same case with another reference is the same case for identity, and kept in both forms.
        let edited = Arc::new(Case { expected: Some("other".into()), ..Case::clone(case) });
        let new = Run { id: RunId::fresh(), model: "again".into(), ..old.clone() };
        let scored = score(&new, "exact", Verdict::score(0.5));
        let before = filtered(store, &everything());
        let mut writer = store.writer().unwrap();
        writer.append(filled.batch.id, &[record(&new, &edited), verdict(scored.clone())]).unwrap();
        let after = filtered(store, &everything());
        assert_eq!(after.len(), before.len());
        assert_eq!(after[..4], before[..4]);
        assert_eq!((&after[4].run, &after[4].case, &after[4].scores), (&new, &*edited, &vec![scored]));
        assert!(after[4].position > before[4].position, "a position is never given twice");
        let gone = verdict(score(old, "exact", Verdict::pass(true)));
        assert!(writer.append(filled.batch.id, &[gone]).is_err(), "the old run takes no more scores");
        assert_eq!(store.reader().unwrap().keys(filled.batch.id).unwrap().len(), after.len());
    });
}

#[test]
fn a_score_of_the_same_evaluator_replaces_the_older_one() {
    each_store(|store| {
        let filled = fill(store);
        let run = &filled.runs[0].0;
        let mut writer = store.writer().unwrap();
        let mut newer = score(run, "exact", Verdict::pass(false));
        newer.source = crate::domain::ScoreSource::Person;
        writer.append(filled.batch.id, &[verdict(newer.clone())]).unwrap();
        assert_eq!(filtered(store, &everything())[0].scores[0], newer);
        let renamed = Score { evaluator: "a-new-name".into(), ..newer };
        writer.append(filled.batch.id, &[verdict(renamed.clone())]).unwrap();
        let scores = &filtered(store, &everything())[0].scores;
        assert_eq!((scores.len(), &scores[0]), (2, &renamed), "the hash decides, not the name");
    });
}

#[test]
fn an_append_is_stored_whole_or_not_at_all() {
    each_store(|store| {
        let filled = fill(store);
        let before = filtered(store, &everything());
        let (first, first_case, _) = &filled.runs[0];
        let case = case(3);
        let model = version("baseline", "a", "s");
        let good = ok(&filled.batch, &model, &case, 0);
        let again = Run { id: RunId::fresh(), ..first.clone() };
        let bad = [
            Record::Run(
                Box::new(Run { id: filled.runs[1].0.id, ..ok(&filled.batch, &model, &case, 1) }),
                case.clone(),
            ),
            record(&ok(&batch(&[]), &model, &case, 1), &case),
            record(&ok(&filled.batch, &version("v", "unregistered", "s"), &case, 1), &case),
            record(&ok(&filled.batch, &model, &case, 1), first_case),
            verdict(score(&ok(&filled.batch, &model, &case, 1), "exact", Verdict::pass(true))),
            verdict(score(first, "near", Verdict::score(f64::NAN))),
        ];
        let mut writer = store.writer().unwrap();
        for bad in bad {
            let replacing = record(&again, first_case);
            let scored = verdict(score(&good, "exact", Verdict::pass(true)));
            let refused = writer.append(filled.batch.id, &[replacing, record(&good, &case), scored, bad]);
            assert!(matches!(refused, Err(StoreError::Failed(_))), "{refused:?}");
            assert_eq!(filtered(store, &everything()), before);
        }
        writer.append(filled.batch.id, &[record(&good, &case)]).unwrap();
        assert_eq!(filtered(store, &everything()).len(), before.len() + 1, "the writer goes on");
        assert!(writer.append(BatchId::fresh(), &[]).is_err(), "no such batch");
    });
}

#[test]
fn runs_are_found_by_every_filter() {
    each_store(|store| {
        let filled = fill(store);
        let other = batch(&[]);
        store.writer().unwrap().begin(&other).unwrap();
        let ids: Vec<RunId> = filled.runs.iter().map(|run| run.0.id).collect();
        let found = |filter: RunFilter| -> Vec<usize> {
            let all = filtered(store, &filter);
            all.iter().map(|run| ids.iter().position(|id| *id == run.run.id).unwrap()).collect()
        };
        let all = RunFilter::default;
        assert_eq!(found(RunFilter { batch: Some(filled.batch.id), ..all() }), [0, 1, 2, 3, 4]);
        assert_eq!(found(RunFilter { batch: Some(other.id), ..all() }), Vec::<usize>::new());
        assert_eq!(found(RunFilter { batch: Some(BatchId::fresh()), ..all() }), Vec::<usize>::new());
        let by_id = |id: &str| found(RunFilter { id: Some(id.to_owned()), ..all() });
        assert_eq!(by_id(&ids[1].to_string()), [1]);
        assert_eq!(by_id(&ids[1].to_string().replace('-', "").to_uppercase()), [1]);
        assert_eq!(by_id(&ids[2].short()), [2]);
        assert_eq!(by_id(&ids[3].to_string()[..9]).len(), 5, "UUIDv7s of a moment begin alike");
        assert_eq!(by_id("%"), Vec::<usize>::new());
        assert_eq!(by_id(""), Vec::<usize>::new());
        assert_eq!(found(RunFilter { version: Some("app".into()), ..all() }), [4]);
        assert_eq!(found(RunFilter { case_id: Some("case-0".into()), ..all() }), [0, 1]);
        assert_eq!(found(RunFilter { status: Some(RunStatus::NotRun), ..all() }), [3]);
        let hash = |name: &str| Digest::of(name.as_bytes());
        let lacking = |hashes: Vec<Digest>| found(RunFilter { unscored_by: Some(hashes), ..all() });
        assert_eq!(lacking(vec![hash("exact")]), [3, 4]);
        assert_eq!(lacking(vec![hash("exact"), hash("judge"), hash("exact")]), [1, 2, 3, 4]);
        assert_eq!(lacking(vec![]), Vec::<usize>::new());
        let no_score = |name: &str| found(RunFilter { no_score_by: Some(hash(name)), ..all() });
        assert_eq!((no_score("exact"), no_score("judge")), (vec![4], vec![1, 4]));
        let after = filtered(store, &all())[1].position;
        assert_eq!(found(RunFilter { after: Some(after), limit: Some(2), ..all() }), [2, 3]);
        assert_eq!(found(RunFilter { newest_first: true, limit: Some(2), ..all() }), [4, 3]);
    });
}
