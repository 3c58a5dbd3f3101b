//! Movable tags: a log that only grows, unique within a project.
use jiff::Timestamp;

use super::super::{Editor, TagChange, standing};
use super::each_store;
use super::samples::version;
use crate::domain::Version;

fn change(project: &str, tag: &str, version: Option<&Version>, why: &str) -> TagChange {
    TagChange {
        project: project.into(),
        tag: tag.into(),
        version: version.map(|version| (version.name.clone(), version.hash)),
        at: Timestamp::from_microsecond(1_760_000_000_123_456).unwrap(),
        who: "ana".into(),
        why: why.into(),
    }
}

#[test]
fn tags_move_and_their_log_keeps_every_move() {
    each_store(|store| {
        let mut writer = store.writer().unwrap();
        let (a, b) = (version("v", "a", "s"), version("w", "b", "s"));
        writer.register("p", &[&a, &b], &Editor::default()).unwrap();
        writer.register("q", &[&a], &Editor::default()).unwrap();
        let log = [
            change("p", "production", Some(&a), "first"),
            change("q", "production", Some(&a), "elsewhere"),
            change("p", "canary", Some(&b), "try it"),
            change("p", "production", Some(&b), "better"),
            change("p", "canary", None, "done"),
        ];
        log.iter().for_each(|change| writer.tag(change).unwrap());
        let mut reader = store.reader().unwrap();
        assert_eq!(reader.tag_log(None).unwrap(), log);
        let of_p = reader.tag_log(Some("p")).unwrap();
        assert_eq!(of_p.len(), 4);
        assert_eq!(standing(&of_p), [&log[3]], "one place each, and none for what was taken away");
    });
}

#[test]
fn a_tag_stands_at_registered_versions_only() {
    each_store(|store| {
        let mut writer = store.writer().unwrap();
        let a = version("v", "a", "s");
        writer.register("other", &[&a], &Editor::default()).unwrap();
        let error = writer.tag(&change("p", "production", Some(&a), "no")).unwrap_err().to_string();
        assert!(error.contains("`v` sha256:") && error.contains("not registered in `p`"), "{error}");
        assert_eq!(store.reader().unwrap().tag_log(None).unwrap(), []);
    });
}

#[test]
fn what_people_edit_about_a_version_keeps_its_history() {
    each_store(|store| {
        let mut writer = store.writer().unwrap();
        let (first, other) = (version("v", "a", "s"), version("v", "b", "s"));
        let edited = Version { description: Some("shorter".into()), ..first.clone() };
        let by = |who: &str| Editor { who: who.into(), why: "proto run x.yaml".into() };
        writer.register("p", &[&first, &other], &by("ana")).unwrap();
        writer.register("p", &[&first], &by("nobody: nothing changed")).unwrap();
        writer.register("p", &[&edited], &by("bo")).unwrap();
        let mut reader = store.reader().unwrap();
        let edits = reader.edits("p", "v", &first.hash).unwrap();
        let told: Vec<_> = edits.iter().map(|edit| (edit.by.clone(), edit.description.clone())).collect();
        assert_eq!(told, [(by("ana"), first.description.clone()), (by("bo"), Some("shorter".into()))]);
        assert_eq!((&edits[0].tags, &edits[0].metadata), (&first.tags, &first.metadata));
        assert_eq!(reader.edits("p", "v", &other.hash).unwrap().len(), 1);
        assert_eq!(reader.edits("q", "v", &first.hash).unwrap(), []);
    });
}
