//! What a version's identity depends on: edits of files, processes that register at once, and another program.
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::harness::{Project, Said, repository};

/// Registers and gives name, hash and X.Y of the only version.
fn registered(project: &Project) -> Value {
    let said = project.ok(&["version", "register", "x.yaml", "--json"]);
    let document: Value = serde_json::from_str(&said.out).expect("JSON");
    document["versions"][0].clone()
}

fn apply(project: &Project, edit: &Value) {
    let text = |key: &str| edit[key].as_str();
    let read = |name: &str| fs::read_to_string(project.path(name)).expect("a file");
    if let Some(name) = text("crlf") {
        project.write(name, read(name).replace('\n', "\r\n"));
    } else if let (Some(name), Some(new)) = (text("rename"), text("as")) {
        fs::rename(project.path(name), project.path(new)).expect("a rename");
        project.write("x.yaml", read("x.yaml").replace(name, new));
    } else {
        let (name, from, to) =
            (text("in").expect("in"), text("from").expect("from"), text("to").expect("to"));
        let before = read(name);
        assert!(before.contains(from), "{edit}");
        project.write(name, before.replacen(from, to, 1));
    }
}

#[test]
fn every_edit_of_a_file_does_what_the_table_says() {
    let table = fs::read_to_string(repository().join("fixtures/closures/file-edits.yaml")).expect("a table");
    let table: Value = serde_yaml::from_str(&table).expect("YAML");
    let edits = table["edits"].as_array().expect("edits");
    assert!(edits.len() >= 25);
    let mut wrong = Vec::new();
    for edit in edits {
        let project = Project::new();
        for (name, text) in table["files"].as_object().expect("files") {
            project.write(name, text.as_str().expect("a text"));
        }
        let before = registered(&project);
        apply(&project, edit);
        let after = registered(&project);
        let same = before["hash"] == after["hash"];
        if after["label"] != edit["label"] || same != (edit["label"] == json!("1.0")) {
            wrong.push(format!("{}: {}", edit["edit"], after["label"]));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn two_processes_that_register_at_once_never_collide() {
    let project = Project::new();
    let file = |who: &str, round: u32| {
        format!(
            "project: p\ndataset: {{ cases: [ {{ id: a, q: 1 }} ] }}\n\
             versions: {{ v: {{ model: sim/m, prompt: \"{who} {round} {{{{ q }}}}\" }} }}\n"
        )
    };
    for round in 0..100 {
        let start = |who: &str| {
            let name = format!("{who}.yaml");
            project.write(&name, file(who, round));
            let mut command = project.command(&["version", "register", &name]);
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("a start")
        };
        for child in [start("a"), start("b")] {
            let said = Said::of(child.wait_with_output().expect("an end"));
            assert_eq!(said.code, 0, "round {round}: {}", said.err);
        }
    }
    let numbers = "SELECT count(DISTINCT minor) * 1000000 + count(*) * 1000 + max(minor) FROM version_row WHERE major = 1";
    assert_eq!(project.count(numbers), 200_200_199, "200 versions, 1.0 to 1.199, no gap");
}

#[test]
fn a_hash_depends_on_no_locale_time_zone_or_number_of_threads() {
    let surroundings: [&[(&str, &str)]; 6] = [
        &[],
        &[("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8")],
        &[("LC_ALL", "de_DE.ISO-8859-1"), ("LC_NUMERIC", "de_DE")],
        &[("LC_ALL", "C"), ("TZ", "Asia/Kathmandu")],
        &[("LC_ALL", "ja_JP.UTF-8"), ("TOKIO_WORKER_THREADS", "1"), ("RAYON_NUM_THREADS", "1")],
        &[("TOKIO_WORKER_THREADS", "7"), ("RAYON_NUM_THREADS", "7"), ("TZ", "America/St_Johns")],
    ];
    let hashes = surroundings.map(|variables| {
        let project = Project::with_experiments();
        let mut found = Vec::new();
        for name in ["quickstart", "local-apps", "abacus", "ollama", "openai-vs-anthropic"] {
            let file = format!("experiments/{name}.yaml");
            let mut command = project.command(&["version", "register", &file, "--json"]);
            let said = Said::of(command.envs(variables.iter().copied()).output().expect("a start"));
            assert_eq!(said.code, 0, "{}", said.err);
            let document: Value = serde_json::from_str(&said.out).expect("JSON");
            let rows = document["versions"].as_array().expect("versions").clone();
            found.extend(rows.iter().map(|row| (row["hash"].clone(), row["signature_hash"].clone())));
        }
        found
    });
    assert!(hashes[0].len() >= 15, "{} versions", hashes[0].len());
    assert!(hashes.iter().all(|of| *of == hashes[0]), "{hashes:#?}");
}

#[test]
fn another_language_recomputes_every_hash_of_the_experiments() {
    let project = Project::with_experiments();
    for path in crate::harness::files(&project.path("experiments")) {
        if path.extension().is_some_and(|ending| ending == "yaml")
            && path.parent() == Some(&project.path("experiments"))
        {
            project.ok(&["version", "register", &path.to_string_lossy()]);
        }
    }
    let stored = project.text(
        "SELECT json_group_array(json_object('hash', lower(hex(hash)), 'closure', json(closure))) FROM version_row",
    );
    let script = repository().join("tests/recompute_hashes.py");
    let child = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        let note = b"SKIPPED: no python3 here, so no other language recomputed the hashes\n";
        std::io::stderr().write_all(note).expect("a stream");
        return;
    };
    child.stdin.take().expect("a pipe").write_all(stored.as_bytes()).expect("the closures");
    let said = Said::of(child.wait_with_output().expect("an end"));
    let count = project.count("SELECT count(*) FROM version_row");
    assert!(count >= 8, "{count} versions");
    assert_eq!((said.code, said.out.trim()), (0, count.to_string().as_str()), "{}", said.err);
}
