//! Every file of `fixtures/wrong` is refused, quickly, with a message that says where and what to type. What exactly
//! each message says is compared by the integration test `wrong`, on the real program; `plan-*` are refused later.
use std::path::PathBuf;

use crate::spec::{LoadOptions, load};

fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir("fixtures/wrong")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "yaml"))
        .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with("plan-"))
        .collect();
    files.sort();
    files
}

#[test]
fn there_are_enough_of_them_and_none_is_left_over() {
    assert!(files().len() >= 40, "{}", files().len());
    for entry in std::fs::read_dir("fixtures/wrong").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "stderr") {
            assert!(path.with_extension("yaml").exists(), "{} has no file", path.display());
        }
    }
}

#[test]
fn every_message_says_where_and_what_to_type() {
    for path in files() {
        let Err(errors) = load(&path, &LoadOptions::default()) else { continue };
        for problem in &errors.diagnostics {
            assert!(problem.place.is_some(), "{}: {}", path.display(), problem.message);
            let first = problem.message.chars().next().unwrap();
            assert!(!first.is_uppercase() && !problem.message.ends_with('.'), "{}", problem.message);
        }
    }
}

#[test]
fn hostile_files_end_and_say_so() {
    let dir = tempfile::tempdir().unwrap();
    let check = |name: &str, bytes: &[u8], want: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let said = load(&path, &LoadOptions::default()).unwrap_err().render(false);
        assert!(said.contains(want), "{name}: {}", &said[..said.len().min(2000)]);
    };
    check("line.yaml", &vec![b'a'; 100 << 20], "is larger than 4 MiB");
    let text = format!("project: {}\n", "x".repeat(3 << 20));
    check("long.yaml", text.as_bytes(), "needs the key `dataset`");
    check("deep.yaml", "[".repeat(1 << 20).as_bytes(), "nested deeper");
    check("deep-map.yaml", "{a: ".repeat(1 << 19).as_bytes(), "nested deeper");
    let many: String = (0..250_000).map(|i| format!("k{i}: 1\n")).collect();
    check("many.yaml", many.as_bytes(), "expands to more than");
    check("utf16.yaml", b"\xFF\xFEp\0r\0", "UTF-16");
}
