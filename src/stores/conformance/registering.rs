//! Versions: numbered by what changed, kept once, described as they were last.
use super::super::*;
use super::each_store;
use super::samples::version;
use crate::domain::Map;

#[test]
fn versions_are_numbered_by_what_changed() {
    each_store(|store| {
        let mut writer = store.writer().unwrap();
        let [a, b, c] = [version("v", "a", "s"), version("v", "b", "s"), version("v", "c", "other")];
        let label = |text| Label::parse(text).unwrap();
        assert_eq!(
            writer.register("p", &[&a, &b], &Editor::default()).unwrap(),
            [label("1.0"), label("1.1")]
        );
        assert_eq!(writer.register("p", &[&c], &Editor::default()).unwrap(), [label("2.0")]);
        assert_eq!(
            writer.register("p", &[&a], &Editor::default()).unwrap(),
            [label("1.0")],
            "a known hash keeps its label"
        );
        let d = version("v", "d", "s");
        assert_eq!(
            writer.register("p", &[&d], &Editor::default()).unwrap(),
            [label("3.0")],
            "held against the latest, not the last seen"
        );
        assert_eq!(writer.register("other", &[&c], &Editor::default()).unwrap(), [label("1.0")]);
        let labels: Vec<String> = store
            .reader()
            .unwrap()
            .versions(Some("p"))
            .unwrap()
            .iter()
            .map(|v| v.label.to_string())
            .collect();
        assert_eq!(labels, ["1.0", "1.1", "2.0", "3.0"]);
        assert_eq!(store.reader().unwrap().versions(None).unwrap().len(), 5);
    });
}

#[test]
fn what_lies_outside_the_hash_is_kept_as_last_registered() {
    each_store(|store| {
        let mut writer = store.writer().unwrap();
        let mut v = version("v", "a", "s");
        writer.register("p", &[&v], &Editor::default()).unwrap();
        v.tags = vec!["production".into()];
        v.description = None;
        v.metadata = Map::new();
        writer.register("p", &[&v], &Editor::default()).unwrap();
        let stored = store.reader().unwrap().versions(Some("p")).unwrap().remove(0);
        assert_eq!((&stored.tags, &stored.description, &stored.metadata), (&v.tags, &None, &v.metadata));
        assert_eq!((&stored.closure, stored.hash), (&v.closure, v.hash));
        assert_eq!((stored.provider.as_str(), stored.model.as_str()), ("gemini", "gpt-4o-mini"));
    });
}

#[test]
fn many_register_at_once_and_nobody_collides() {
    each_store(|store| {
        std::thread::scope(|scope| {
            for worker in 0..8 {
                scope.spawn(move || {
                    let mut writer = store.writer().unwrap();
                    for i in 0..5 {
                        let own = version("v", &format!("{worker} {i}"), "s");
                        writer
                            .register(
                                "p",
                                &[&version("v", &format!("shared {i}"), "s"), &own],
                                &Editor::default(),
                            )
                            .unwrap();
                    }
                });
            }
        });
        let versions = store.reader().unwrap().versions(Some("p")).unwrap();
        let labels: Vec<Label> = versions.iter().map(|version| version.label).collect();
        let wanted: Vec<Label> = (0..45).map(|minor| Label { major: 1, minor }).collect();
        assert_eq!(labels, wanted);
    });
}
