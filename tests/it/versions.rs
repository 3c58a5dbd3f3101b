//! Versions over time: references, stored versions that run again, tags, export, and what edits do.
use serde_json::json;

use crate::harness::Project;

const FILE: &str = "project: p\nexperiment: x\ndataset: { cases: [ { id: a, q: one, expected: x }, { id: b, q: two, expected: y } ] }\n\
    providers: { local: { type: sim } }\n\
    versions:\n  baseline: { model: local/one, prompt: prompts/a.md, params: { accuracy: 1 } }\n  other: { model: sim/two, prompt: \"{{ q }}\" }\n\
    evaluators: [ equals ]\n";

/// A project with `baseline@1.0` and a prompt that has changed since.
fn changed() -> Project {
    let project = Project::with("x.yaml", FILE);
    project.write("prompts/a.md", "First: {{ q }}\n");
    project.ok(&["run", "x.yaml"]);
    project.write("prompts/a.md", "Second: {{ q }}\n");
    project
}

fn names(report: &serde_json::Value) -> Vec<String> {
    let versions = report["versions"].as_array().expect("versions");
    versions.iter().map(|version| version["name"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn an_old_version_runs_again_after_its_prompt_changed_and_after_it_was_deleted() {
    let project = changed();
    let both = ["run", "x.yaml", "--versions", "baseline@1.0,baseline@latest"];
    let (code, run) = project.json(&both);
    assert_eq!(
        (code, names(&run["report"])),
        (0, vec!["baseline@1.0".to_owned(), "baseline@1.1".to_owned()])
    );
    assert_eq!(run["report"]["baseline"], json!("baseline@1.0"));
    std::fs::remove_file(project.path("prompts/a.md")).expect("a file");
    let (code, again) = project.json(&both);
    assert_eq!((code, names(&again["report"])), (0, names(&run["report"])));
    assert_eq!(project.count("SELECT count(*) FROM versions WHERE name = 'baseline'"), 2, "nothing new");
    let prompts = project.count(
        "SELECT count(DISTINCT attributes ->> 'gen_ai.input.messages') FROM spans WHERE name LIKE 'chat%' \
         AND attributes ->> 'gen_ai.input.messages' LIKE '%First: one%'",
    );
    assert_eq!(prompts, 1, "the old text was sent again");
    let said = project.ok(&["run", "x.yaml", "--versions", "baseline@1.0,other"]);
    assert!(said.err.contains("`baseline` of `x.yaml` cannot be used now"), "{}", said.err);
    let wrong = project.proto(&["run", "x.yaml", "--versions", "baseline"]);
    assert!(
        wrong.code == 2 && wrong.err.contains("prompts/a.md"),
        "a plain name means the file: {}",
        wrong.err
    );
}

#[test]
fn stored_versions_run_without_the_one_prompt_of_their_file() {
    let file = "project: p\nprompt: prompts/a.md\ndataset: { cases: [ { id: a, q: one, expected: x } ] }\n\
        versions: { other: sim/two, baseline: sim/one }\nevaluators: [ equals ]\nwinner: { baseline: other }\n";
    let project = Project::with("x.yaml", file);
    project.write("prompts/a.md", "First: {{ q }}\n");
    project.ok(&["run", "x.yaml"]);
    project.write("prompts/a.md", "Second: {{ q }}\n");
    project.ok(&["run", "x.yaml"]);
    std::fs::remove_file(project.path("prompts/a.md")).expect("a file");
    let said = project.ok(&["run", "x.yaml", "--versions", "baseline@1.0,baseline@latest"]);
    assert!(said.err.contains("note: `prompt` of `x.yaml` cannot be used now"), "{}", said.err);
    let (_, decision) = project.json(&["choose-winner", "--weights", "equals=1"]);
    assert_eq!(decision["baseline"], json!("baseline@1.0"), "the file's own baseline is not in the batch");
    assert!(project.ok(&["log"]).out.contains("baseline@1.0, baseline@1.1"));
    let refused = project.proto(&["run", "x.yaml", "--versions", "baseline"]);
    assert!(refused.code == 2 && refused.err.contains("`prompts/a.md` does not exist"), "{}", refused.err);
}

#[test]
fn a_winner_is_promoted_found_by_its_tag_and_exported_to_the_same_hash() {
    let project = changed();
    let rows: String =
        (0..60).map(|i| format!("{{\"id\":\"c{i}\",\"q\":\"q{i}\",\"expected\":\"x{i}\"}}\n")).collect();
    project.write("cases.jsonl", rows);
    let file = FILE.replace(
        "{ cases: [ { id: a, q: one, expected: x }, { id: b, q: two, expected: y } ] }",
        "cases.jsonl",
    );
    project.write("x.yaml", file.replace("model: sim/two,", "model: sim/two, params: { accuracy: 0 },"));
    project.write("prompts/parts/tone.md", "Kindly.\n{% include '../deep.md' %}\n");
    project.write("prompts/deep.md", "Deep.");
    project.write("prompts/a.md", "{% include 'parts/tone.md' %}\nThird: {{ q }}\n");
    project.ok(&["run", "x.yaml"]);
    let said = project.ok(&["choose-winner", "--weights", "equals=1", "--promote"]);
    assert!(said.err.contains("`production` stands at baseline@1.1"), "{}", said.err);
    let list = project.ok(&["version", "list"]).out;
    assert!(list.lines().any(|line| line.contains("baseline@1.1") && line.contains("production")), "{list}");
    let (_, log) = project.json(&["log"]);
    let change = &log["tag_changes"][0];
    assert!(change["why"].as_str().is_some_and(|why| why.starts_with("winner: ")), "{change}");
    assert_eq!((&change["version"], &change["label"]), (&json!("baseline"), &json!("1.1")));
    project.ok(&["version", "export", "production", "-o", "out"]);
    let (_, shown) = project.json(&["version", "show", "baseline@production"]);
    let empty = Project::new();
    for path in crate::harness::files(&project.path("out")) {
        let name = path.strip_prefix(project.path("out")).expect("below").to_string_lossy().into_owned();
        empty.write(&name, std::fs::read(&path).expect("a file"));
    }
    let (_, registered) = empty.json(&["version", "register", "experiment.yaml"]);
    assert_eq!(registered["versions"][0]["hash"], shown["version"]["hash"]);
    let again = project.proto(&["version", "export", "production", "-o", "out"]);
    assert!(again.code == 2 && again.err.contains("is there already"), "{}", again.err);
    project.ok(&["version", "tag", "baseline@1.0", "production", "--reason", "roll back"]);
    project.ok(&["version", "untag", "production"]);
    assert_eq!(project.count("SELECT count(*) FROM tag_changes"), 3);
    assert_eq!(project.proto(&["version", "show", "production"]).code, 2);
}

#[test]
fn differences_and_reasons_are_told() {
    let project = changed();
    project.ok(&["version", "register", "x.yaml"]);
    let diff = project.ok(&["version", "diff", "baseline@1.0", "baseline@latest"]).out;
    assert!(diff.contains("signature changed: no"), "{diff}");
    assert!(diff.contains("-First: {{ q }}") && diff.contains("+Second: {{ q }}"), "{diff}");
    let why = project.ok(&["version", "explain", "baseline"]).out;
    assert!(why.contains("Y moved from 1.0 to 1.1") && why.contains("params.accuracy"), "{why}");
    project.write("prompts/a.md", "Second: {{ q }} {{ id }}\n");
    project.ok(&["version", "register", "x.yaml"]);
    let why = project.ok(&["version", "explain", "baseline"]).out;
    assert!(why.contains("X moved from 1.1 to 2.0"), "{why}");
    let (_, list) = project.json(&["version", "list", "baseline"]);
    let changed: Vec<_> = list["versions"]
        .as_array()
        .expect("rows")
        .iter()
        .map(|row| row["signature_changed"].clone())
        .collect();
    assert_eq!(changed, [json!(null), json!(false), json!(true)]);
    for reference in ["baseline@1.0", "baseline"] {
        let (_, runs) = project.json(&["runs", "--version", reference]);
        assert_eq!(runs["runs"].as_array().map(Vec::len), Some(2), "{reference}");
    }
    assert!(project.ok(&["trace", "--version", "baseline@1.0"]).out.contains("baseline@1.0"));
}

#[test]
fn batches_of_other_cases_or_evaluators_compare_only_by_force() {
    let project = changed();
    project.ok(&["run", "x.yaml"]);
    let all = |project: &Project| {
        let (_, log) = project.json(&["log"]);
        let ids = log["batches"]
            .as_array()
            .expect("batches")
            .iter()
            .map(|b| b["batch_id"].as_str().expect("id").to_owned());
        ids.collect::<Vec<_>>()
    };
    let ids = all(&project);
    let (code, pooled) = project.json(&["compare", &ids[0], &ids[1]]);
    let other = pooled["versions"].as_array().expect("versions").iter().find(|v| v["name"] == json!("other"));
    assert_eq!((code, other.map(|v| &v["runs"])), (0, Some(&json!(4))), "same hash, same cases: pooled");
    let tagged = project.ok(&["version", "tag", "baseline@1.0", "old", "--reason", "x"]);
    assert!(tagged.out.contains("`old` stands at baseline@1.0"), "{}", tagged.out);
    let (_, report) = project.json(&["compare", &ids[0], &ids[1], "--baseline", "baseline@old"]);
    assert_eq!(report["baseline"], json!("baseline@1.0"));
    project.write("x.yaml", FILE.replace("id: b, q: two", "id: b, q: three"));
    project.ok(&["run", "x.yaml"]);
    project
        .write("x.yaml", FILE.replace("[ equals ]", "[ { equals: \"{{ expected }}\", ignore_case: true } ]"));
    project.ok(&["run", "x.yaml"]);
    let ids = all(&project);
    for (a, b, code) in [(&ids[1], &ids[2], "different-cases"), (&ids[0], &ids[2], "different-evaluators")] {
        let refused = project.proto(&["compare", a, b]);
        assert!(refused.code == 2 && refused.err.contains("--force"), "{code}: {}", refused.err);
        for command in ["compare", "choose-winner"] {
            let (_, forced) = project.json(&[command, a, b, "--force"]);
            let caveats = forced["caveats"].as_array().expect("caveats");
            assert!(
                caveats.iter().any(|caveat| caveat["code"] == json!(code)),
                "{command} {code}: {caveats:?}"
            );
        }
    }
}

#[test]
fn history_is_a_series_for_each_version_and_dataset() {
    let project = changed();
    for _ in 0..2 {
        project.ok(&["run", "x.yaml"]);
    }
    let (_, history) = project.json(&["history", "baseline"]);
    let lengths: Vec<_> = history["series"]
        .as_array()
        .expect("series")
        .iter()
        .map(|series| (series["label"].clone(), series["points"].as_array().map(Vec::len)))
        .collect();
    assert_eq!(lengths, [(json!("1.0"), Some(1)), (json!("1.1"), Some(2))]);
    let text = project.ok(&["history"]).out;
    assert!(text.contains("baseline@1.1") && text.contains("██"), "{text}");
}

#[test]
fn a_reference_that_names_nothing_says_what_there_is() {
    let project = changed();
    let told = |reference: &str| {
        let said = project.proto(&["plan", "x.yaml", "--versions", reference]);
        assert_eq!(said.code, 2, "{}", said.out);
        said.err
    };
    assert!(told("baseline@1.7").contains("`baseline` has no version `1.7`"));
    assert!(told("baseline@sha256:ab").contains("at least seven"));
    assert!(told("baselin").contains("did you mean `baseline`?"));
    assert!(told("baseline@1.0,baseline@1.0").contains("under another name"));
}

#[test]
fn every_version_that_ships_is_exported_to_the_same_hash() {
    let project = Project::with_experiments();
    for path in crate::harness::files(&crate::harness::repository().join("fixtures/right")) {
        let name = path.strip_prefix(crate::harness::repository().join("fixtures/right")).expect("below");
        project.write(&format!("right/{}", name.display()), std::fs::read(&path).expect("a file"));
    }
    let mut exported = 0;
    let files =
        ["experiments/quickstart", "experiments/local-apps", "experiments/abacus", "experiments/ollama"];
    for file in files.into_iter().chain([
        "experiments/openai-vs-anthropic",
        "experiments/order-desk",
        "right/everything",
        "right/pictures",
    ]) {
        let folder = file.split('/').next().expect("a folder");
        let store = format!("{folder}-{exported}.db");
        let (code, registered) =
            project.json(&["version", "register", &format!("{file}.yaml"), "--store", &store]);
        assert_eq!(code, 0, "{registered}");
        for version in registered["versions"].as_array().expect("versions") {
            let name = version["name"].as_str().expect("a name");
            let reference = format!("{name}@{}", version["label"].as_str().expect("a label"));
            let from = if name == "recorded" {
                format!("{folder}/fixtures/recorded.jsonl")
            } else {
                folder.to_owned()
            };
            let out = format!("out/{exported}");
            project.ok(&["version", "export", &reference, "-o", &out, "--from", &from, "--store", &store]);
            let empty = Project::new();
            for path in crate::harness::files(&project.path(&out)) {
                let name = path.strip_prefix(project.path(&out)).expect("below");
                empty.write(&name.to_string_lossy(), std::fs::read(&path).expect("a file"));
            }
            let (_, again) = empty.json(&["version", "register", "experiment.yaml"]);
            assert_eq!(again["versions"][0]["hash"], version["hash"], "{file}: {name}");
            exported += 1;
        }
    }
    assert!(exported >= 25, "{exported} versions");
}

#[test]
fn a_program_is_exported_from_where_it_ran_while_it_is_the_same() {
    let project = Project::with(
        "exp/x.yaml",
        "project: p\ndataset: { cases: [ { id: a, q: 1, expected: x } ] }\nversions: { app: { command: [sh, ../app/run.sh] } }\n",
    );
    project.write("app/run.sh", "echo x\n");
    project.write("uv.lock", "one");
    project.ok(&["run", "exp/x.yaml"]);
    let out = project.ok(&["version", "export", "app", "-o", "out"]).out;
    assert_eq!(out, "out/in/experiment.yaml\n", "deep enough for `../app`");
    assert_eq!(std::fs::read_to_string(project.path("out/app/run.sh")).expect("the program"), "echo x\n");
    project.write("uv.lock", "two");
    project.ok(&["run", "exp/x.yaml"]);
    let explained = project.ok(&["version", "explain", "app"]).out;
    assert!(
        explained.contains("uv.lock changed between") && explained.contains("  uv.lock sha256:"),
        "{explained}"
    );
    assert!(
        project.ok(&["version", "show", "app"]).out.contains("leans on    sh "),
        "the program that runs it"
    );
    let (_, log) = project.json(&["log"]);
    let id = |i: usize| log["batches"][i]["batch_id"].as_str().expect("an id").to_owned();
    let (_, both) = project.json(&["compare", &id(0), &id(1)]);
    let codes: Vec<_> =
        both["caveats"].as_array().expect("caveats").iter().map(|caveat| &caveat["code"]).collect();
    assert!(codes.contains(&&json!("dependencies")), "{codes:?}");
    project.write("app/run.sh", "echo y\n");
    let refused = project.proto(&["version", "export", "app", "-o", "out2"]);
    assert!(refused.code == 2 && refused.err.contains("has other contents now"), "{}", refused.err);
}
