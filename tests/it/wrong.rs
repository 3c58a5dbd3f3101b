//! Every wrong file gives exactly the message beside it (`NAME.stderr`), exit code 2, and leaves no store behind.
//! `UPDATE_EXPECT=1` writes the messages anew; review each before it is committed.
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::harness::{Said, files, repository};

fn wrong_files() -> Vec<PathBuf> {
    let folder = repository().join("fixtures/wrong");
    let is_wrong = |path: &PathBuf| {
        let warns = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("warning-"));
        path.parent() == Some(folder.as_path()) && path.extension().is_some_and(|e| e == "yaml") && !warns
    };
    files(&folder).into_iter().filter(is_wrong).collect()
}

fn proto(args: &[&str], store: &Path) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proto"));
    command.args(args).arg("--store").arg(store).current_dir(repository()).env_clear();
    Said::of(command.output().expect("the program starts"))
}

/// The names of every family, quoted as messages quote them.
fn families() -> Vec<(String, Vec<String>)> {
    let said = proto(&["list", "--json"], Path::new("none.db"));
    let listed: serde_json::Value = serde_json::from_str(&said.out).expect("a document");
    let members = listed.as_object().expect("families").iter().filter_map(|(family, members)| {
        let names = members.as_array()?.iter().filter_map(|member| member["name"].as_str());
        Some((family.clone(), names.map(|name| format!("`{name}`")).collect()))
    });
    members.collect()
}

/// Lists of a family's members as `{family}`: a new member is no change of these files.
fn abridged(text: &str, families: &[(String, Vec<String>)]) -> String {
    let line = |line: &str| {
        let mut line = line.to_owned();
        for (family, names) in families {
            let found = || names.iter().filter_map(|name| Some((line.find(name.as_str())?, name.len())));
            let start = found().map(|(at, _)| at).min();
            let end = found().map(|(at, length)| at + length).max();
            if let (Some(start), Some(end), true) = (start, end, found().count() >= 4) {
                line.replace_range(start..end, &format!("{{{family}}}"));
            }
        }
        line
    };
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_wrong_file_says_what_where_and_how_and_stores_nothing() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let wrong = wrong_files();
    assert!(wrong.len() >= 40, "{}", wrong.len());
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("proto.db");
    let families = families();
    let mut differing = Vec::new();
    for path in wrong {
        let name = format!("fixtures/wrong/{}", path.file_name().expect("a name").to_string_lossy());
        let said = proto(&["run", &name], &store);
        assert_eq!((said.code, said.out.as_str()), (2, ""), "{name}\n{}", said.err);
        assert!(!store.exists(), "{name} left a store");
        let expected = path.with_extension("stderr");
        let said = abridged(&said.err, &families);
        if update {
            fs::write(&expected, &said).expect("written");
        }
        let want = fs::read_to_string(&expected).unwrap_or_default();
        if want != said {
            differing.push(format!("== {name}\n-- expected\n{want}\n-- said\n{said}"));
        }
    }
    assert!(differing.is_empty(), "{}\nreview, then set UPDATE_EXPECT=1", differing.join("\n"));
}

#[test]
fn under_json_the_error_is_a_document_with_its_place() {
    let folder = tempfile::tempdir().expect("a folder");
    for path in wrong_files() {
        let name = format!("fixtures/wrong/{}", path.file_name().expect("a name").to_string_lossy());
        let said = proto(&["check", &name, "--json"], &folder.path().join("proto.db"));
        let error: serde_json::Value =
            serde_json::from_str(&said.err).unwrap_or_else(|e| panic!("{name}: {e}\n{}", said.err));
        assert_eq!((said.code, error["schema"].as_str()), (2, Some("proto.error/1")), "{name}");
        assert!(error["error"].as_str().is_some_and(|text| !text.is_empty()), "{name}");
        assert!(error["at"].is_null() || error["at"]["line"].as_u64() > Some(0), "{name}: {error}");
    }
}
