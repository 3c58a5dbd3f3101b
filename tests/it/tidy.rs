//! The shape of the code as a test: file sizes, module headers, import direction, and every file of a family in its
//! table. A new module is placed in `ORDER` once.
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::harness::{files, repository};

/// Modules in order: each imports only from those before it.
const ORDER: [&str; 20] = [
    "domain",
    "registry",
    "template",
    "prices",
    "otel",
    "providers",
    "evaluators",
    "metrics",
    "stores",
    "formats",
    "spec",
    "plan",
    "execute",
    "record",
    "evaluate",
    "analyse",
    "present",
    "server",
    "cli",
    "main",
];

/// Families: a folder each, with a table of one row a member.
const FAMILIES: [&str; 5] = ["providers", "evaluators", "metrics", "stores", "formats"];

/// Files of a family that are no members: shared pieces, named for what they are.
const SHARED: &[(&str, &[&str])] = &[
    (
        "providers",
        &[
            "attached",
            "conformance",
            "counted",
            "error_body",
            "golden",
            "growing",
            "json_call",
            "json_lines",
            "json_path",
            "own",
            "params",
            "sample",
            "sse",
        ],
    ),
    ("evaluators", &["formula", "normal", "options", "path", "resolved", "rule", "subject", "tests"]),
    ("metrics", &["name"]),
    ("stores", &["conformance", "merge", "stored"]),
    (
        "formats",
        &[
            "captions", "cells", "grid", "lines", "numbers", "places", "samples", "scale", "tests", "words",
            "wrapped",
        ],
    ),
];

/// Lines a source file may have, its unit tests included.
const CAP: usize = 400;
/// Lines the median file may have.
const MEDIAN: usize = 150;

fn sources() -> Vec<(PathBuf, String)> {
    let root = repository().join("src");
    let rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    files(&root)
        .into_iter()
        .filter(rust)
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source file");
            (path.strip_prefix(&root).expect("below src").to_owned(), text)
        })
        .collect()
}

/// `providers/openai/encode.rs` -> `providers`.
fn module(path: &Path) -> String {
    let first = path.components().next().expect("a name").as_os_str().to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

fn rank(module: &str) -> usize {
    ORDER.iter().position(|known| *known == module).unwrap_or_else(|| panic!("`{module}` is not in ORDER"))
}

#[test]
fn every_file_says_what_it_owns_and_stays_small() {
    let mut wrong = Vec::new();
    let mut lengths = Vec::new();
    for (path, text) in sources() {
        let lines = text.lines().count();
        lengths.push(lines);
        if !text.starts_with("//!") {
            wrong.push(format!("{}: does not open with //!", path.display()));
        }
        if lines > CAP {
            wrong.push(format!("{}: {lines} lines, the cap is {CAP}", path.display()));
        }
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        if ["utils", "helpers", "common", "types"].contains(&name.as_str()) {
            wrong.push(format!("{}: name it for what it is", path.display()));
        }
    }
    lengths.sort_unstable();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(lengths[lengths.len() / 2] <= MEDIAN, "the median file has {} lines", lengths[lengths.len() / 2]);
}

#[test]
fn imports_go_one_way() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let importer = module(&path);
        if importer == "lib" {
            continue;
        }
        for imported in imported_modules(&path, &text) {
            if rank(&imported) > rank(&importer) {
                wrong.push(format!("{}: `{importer}` may not import `{imported}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Modules named behind `crate::`, or behind as many `super::` as lead there, in code, tests included.
fn imported_modules(path: &Path, text: &str) -> Vec<String> {
    let code = code(text);
    let depth = path.components().count() - usize::from(path.ends_with("mod.rs"));
    let to_root = "super::".repeat(depth);
    let mut found = Vec::new();
    for root in ["crate::", to_root.as_str()] {
        for (at, _) in code.match_indices(root) {
            found.extend(first_names(&code[at + root.len()..]));
        }
    }
    found.retain(|name| ORDER.contains(&name.as_str()));
    found
}

/// `analyse::stats` -> `analyse`; `{domain::{Case, Run}, analyse::stats}` -> `domain`, `analyse`.
fn first_names(path: &str) -> Vec<String> {
    let name = |text: &str| {
        text.trim_start().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>()
    };
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut depth, mut names) = (0_usize, vec![name(group)]);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(name(&group[at + 1..])),
            _ => {}
        }
    }
    names
}

/// The text without the lines that are comments.
fn code(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn imports_are_seen_in_every_spelling() {
    let seen = |path: &str, text: &str| imported_modules(Path::new(path), text);
    assert_eq!(seen("providers/x.rs", "use crate::analyse::Data;"), ["analyse"]);
    assert_eq!(seen("providers/x.rs", "use crate::{domain::{Case, Run}, analyse};"), ["domain", "analyse"]);
    assert_eq!(seen("providers/x.rs", "let x = super::super::analyse::compare();"), ["analyse"]);
    assert_eq!(seen("providers/mod.rs", "use super::formats;"), ["formats"]);
    assert_eq!(seen("providers/a/b.rs", "use super::super::formats;"), [""; 0]);
    assert_eq!(seen("providers/x.rs", "/// [`crate::analyse`]\nuse super::formats;"), [""; 0]);
}

#[test]
fn every_file_of_a_family_has_its_row() {
    let mut wrong = Vec::new();
    for family in FAMILIES {
        let table =
            fs::read_to_string(repository().join("src").join(family).join("mod.rs")).expect("a family");
        let table = code(&table);
        let rows = table.split("const ROWS").nth(1).expect("a table named ROWS");
        let rows = rows.split("];").next().expect("its end");
        let words = |text: &str| -> Vec<String> {
            text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').map(str::to_owned).collect()
        };
        let (rows, lines) = (words(rows), table.lines().map(words).collect::<Vec<_>>());
        let shared = SHARED.iter().find(|(name, _)| *name == family).expect("listed").1;
        for member in members(family) {
            if !shared.contains(&member.as_str()) && !rows.contains(&member) {
                wrong.push(format!("src/{family}/{member}: no row in `ROWS` of src/{family}/mod.rs"));
            }
            if !lines.iter().any(|line| line.windows(2).any(|pair| pair == ["mod", member.as_str()])) {
                wrong.push(format!("src/{family}/{member}: no `mod` line in src/{family}/mod.rs"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Names of the files and folders beside a family's `mod.rs`, each once.
fn members(family: &str) -> Vec<String> {
    let folder = repository().join("src").join(family);
    let mut names: Vec<String> = fs::read_dir(folder)
        .expect("a family")
        .map(|entry| {
            entry.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned()
        })
        .filter(|name| name != "mod")
        .collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn attribute_names_are_spelt_in_one_file() {
    let spelt = |text: &str| {
        let spells = |line: &str| line.contains("\"gen_ai.") && !line.contains(".contains(");
        text.lines().any(|line| !line.trim_start().starts_with("//") && spells(line))
    };
    let wrong: Vec<String> = sources()
        .into_iter()
        .filter(|(path, text)| path != Path::new("otel/semconv.rs") && spelt(text))
        .map(|(path, _)| path.display().to_string())
        .collect();
    assert!(wrong.is_empty(), "names of the conventions belong into otel/semconv.rs: {wrong:?}");
}

#[test]
fn every_test_file_is_declared() {
    let folder = repository().join("tests/it");
    let main = fs::read_to_string(folder.join("main.rs")).expect("main.rs");
    for file in files(&folder) {
        let name = file.file_stem().expect("a name").to_string_lossy().into_owned();
        let inner = file.parent() != Some(folder.as_path());
        assert!(
            inner || name == "main" || main.contains(&format!("mod {name};")),
            "tests/it/{name}.rs is not declared"
        );
    }
}

#[test]
fn the_map_names_every_module() {
    let map = fs::read_to_string(repository().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md");
    let tops: BTreeMap<String, ()> = sources().into_iter().map(|(path, _)| (module(&path), ())).collect();
    let missing: Vec<&String> = tops.keys().filter(|name| !map.contains(name.as_str())).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md does not name {missing:?}");
}
