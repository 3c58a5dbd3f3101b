//! What holds of any file: edits that change nothing, forms that mean the same, places that lead back.
use std::path::{Path, PathBuf};

use super::tables::options;
use crate::domain::{Experiment, Target};
use crate::spec::{LoadErrors, LoadOptions, Loaded, load};

const REST: &str = "dataset: { cases: [ { q: a, expected: b } ] }\nversions: { a: sim/one }\n";

/// Writes a file into a fresh folder and loads it.
fn try_load(text: &str) -> (tempfile::TempDir, Result<Loaded, LoadErrors>) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("e.yaml");
    std::fs::write(&path, text).unwrap();
    let loaded = load(&path, &options());
    (dir, loaded)
}

fn experiment(text: &str) -> Experiment {
    let loaded = try_load(text).1;
    loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false))).experiment
}

fn errors(text: &str) -> String {
    try_load(text).1.map(|_| ()).unwrap_err().render(false)
}

#[test]
fn comments_order_quotes_crlf_and_anchors_change_no_version() {
    let plain =
        format!("project: p\nprompt: \"Say {{{{ q }}}}\"\n{REST}base: {{ params: {{ a: 1, b: 2 }} }}\n");
    let other = format!(
        "\u{FEFF}# a comment\nx: &x {{ a: 1 }}\nbase:\n  params: {{ b: 2, <<: *x }}\n{REST}prompt: 'Say {{{{ q }}}}'\nproject: p\n"
    )
    .replace("x: &x { a: 1 }\n", "metadata: &x { a: 1 }\n")
    .replace('\n', "\r\n");
    let (one, two) = (experiment(&plain), experiment(&other));
    assert_eq!(one.versions[0].messages[0].text, two.versions[0].messages[0].text);
    assert_eq!(serde_json::json!(one.versions[0].params), serde_json::json!({"a": 1, "b": 2}));
    // The maps are equal whatever their order.
    assert_eq!(one.versions[0].params, two.versions[0].params);
}

#[test]
fn every_form_of_an_evaluator_means_the_same() {
    let form = |yaml: &str| {
        let text = format!("project: p\nprompt: \"{{{{ q }}}}\"\n{REST}evaluators:\n  - {yaml}\n");
        experiment(&text).evaluators.remove(0)
    };
    let canonical = form("{ type: equals, expected: \"{{ expected }}\", ignore_case: true }");
    for shorthand in [
        "{ equals: \"{{ expected }}\", ignore_case: true }",
        "equals: { expected: \"{{ expected }}\", ignore_case: true }",
        "exact-match: { expected: \"{{ expected }}\", ignore_case: true }",
        "{ type: exact-match, expected: \"{{ expected }}\", ignore_case: true, name: other, weight: 9 }",
    ] {
        assert_eq!(form(shorthand).hash, canonical.hash, "{shorthand}");
    }
    assert_ne!(form("equals: \"{{ expected }}\"").hash, canonical.hash);
    assert_ne!(form("{ equals: \"{{ expected }}\", ignore_case: true, invert: true }").hash, canonical.hash);
    assert_eq!(form("is-json").hash, form("is-json:").hash);
}

#[test]
fn a_mapping_is_a_value_where_the_main_option_takes_one() {
    let text =
        format!("project: p\nprompt: \"{{{{ q }}}}\"\n{REST}evaluators:\n  - equals: {{ total: 3 }}\n");
    assert_eq!(experiment(&text).evaluators[0].options["expected"], serde_json::json!({"total": 3}));
}

#[test]
fn a_command_needs_no_prompt_and_leaves_the_models_keys_of_base_alone() {
    let experiment = experiment(
        "project: p\ndataset: { cases: [ { q: a } ] }\nbase: { model: sim/x, prompt: \"{{ q }}\", params: { a: 1 }, timeout: 5s }\nversions: { app: { command: [python] }, llm: }\n",
    );
    let app = experiment.version("app").unwrap();
    assert!(matches!(app.target, Target::Command(_)) && app.messages.is_empty() && app.params.is_empty());
    assert_eq!(app.timeout, Some(std::time::Duration::from_secs(5)));
    assert_eq!(experiment.version("llm").unwrap().target.model(), "x");
}

#[test]
fn a_run_that_is_given_less_time_than_an_attempt_is_warned_of() {
    let warned = |limits: &str| {
        let file = format!(
            "project: p\ndataset: {{ cases: [ {{ q: a }} ] }}\nversions: {{ v: {{ model: sim/x, prompt: \"{{{{ q }}}}\"{limits} }} }}\n"
        );
        let loaded = try_load(&file).1.unwrap();
        loaded.warnings.into_iter().map(|warning| warning.message).collect::<Vec<_>>()
    };
    let short = ["no attempt gets its `timeout` of 90s: the whole run has 30s"];
    assert_eq!(warned(", timeout: 90s, run_timeout: 30s"), short);
    assert_eq!(warned(", timeout: 90s, run_timeout: 90s"), [""; 0]);
    assert_eq!(warned(", run_timeout: 30s"), [""; 0], "the default is no wish");
}

#[test]
fn matrix_members_multiply_all_axes() {
    let text = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\n{REST}matrix: [ {{ set: {{ params.t: [0, 1], model: [sim/x, sim/y] }} }} ]\n"
    );
    let names: Vec<_> = experiment(&text).versions.into_iter().map(|version| version.name).collect();
    assert_eq!(
        names,
        ["a", "a[t=0,model=sim/x]", "a[t=0,model=sim/y]", "a[t=1,model=sim/x]", "a[t=1,model=sim/y]"]
    );
}

#[test]
fn a_missing_file_names_its_neighbour() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("support.yaml"), "").unwrap();
    let errors = load(&dir.path().join("suport.yaml"), &options()).unwrap_err();
    assert!(errors.diagnostics[0].hints[0].contains("support.yaml"), "{errors:?}");
    assert_eq!(errors.summary(), format!("1 error in `{}`", dir.path().join("suport.yaml").display()));
}

#[test]
fn files_outside_the_project_are_read_only_when_allowed() {
    let dir = tempfile::tempdir().unwrap();
    let inner = dir.path().join("project");
    std::fs::create_dir_all(inner.join(".git")).unwrap();
    std::fs::write(dir.path().join("outside.md"), "Hello {{ q }}").unwrap();
    let path: PathBuf = inner.join("e.yaml");
    std::fs::write(&path, format!("project: p\nprompt: ../outside.md\n{REST}")).unwrap();
    let refused = load(&path, &options()).unwrap_err().render(false);
    assert!(refused.contains("lies outside the project folder"), "{refused}");
    let allowed = load(&path, &LoadOptions { allow_outside: true, ..options() }).unwrap();
    assert_eq!(allowed.experiment.versions[0].messages[0].text, "Hello {{ q }}");
}

#[test]
fn later_stages_can_point_into_the_file() {
    let text = format!("project: p\nprompt: \"Say {{{{ q }}}}\"\n{REST}");
    let loaded = try_load(&text).1.unwrap();
    let place = loaded.origins.place("versions.a.prompt").unwrap();
    assert_eq!(&place.source.text()[place.range.clone()], "\"Say {{ q }}\"");
    let diagnostic = crate::spec::diagnostic::Diagnostic::error("`q` is not defined").at(place);
    assert!(diagnostic.render(false).contains("2 | prompt: \"Say {{ q }}\""));
    assert_eq!(diagnostic.to_json()["at"]["line"], serde_json::json!(2));
    // What is not written leads to what is around it.
    assert_eq!(loaded.origins.origin("versions.a.params.temperature").unwrap().line, 4);
    assert_eq!(loaded.origins.origin("nowhere"), None);
}

#[test]
fn a_mistake_in_base_is_said_once() {
    let text = "project: p\ndataset: { cases: [ { q: a } ] }\nbase: { prompt: \"{{ q\", parms: {} }\nversions: { a: sim/a, b: sim/b }\n";
    let said = errors(text);
    assert_eq!(said.matches("error:").count(), 2, "{said}");
}

#[test]
fn includes_that_share_a_name_and_not_a_file_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("a/main.md", "{% include 'part.md' %}"),
        ("b/main.md", "{% include 'part.md' %}"),
        ("a/part.md", "1"),
        ("b/part.md", "2"),
    ] {
        std::fs::create_dir_all(dir.path().join(path).parent().unwrap()).unwrap();
        std::fs::write(dir.path().join(path), text).unwrap();
    }
    let path = dir.path().join("e.yaml");
    std::fs::write(
        &path,
        format!("project: p\nmessages: [ {{ system: a/main.md }}, {{ user: b/main.md }} ]\n{REST}"),
    )
    .unwrap();
    let said = load(Path::new(&path), &options()).unwrap_err().render(false);
    assert!(said.contains("`part.md` means two files"), "{said}");
}
