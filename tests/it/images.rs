//! Images and files in messages, from the file to the request, the trace and a resumed batch.
use crate::harness::Project;
use crate::server::{Response, Server};

/// Two versions over one case that names a photo.
fn project(url: &str) -> Project {
    let file = format!(
        "project: p\ndataset: {{ cases: [ {{ id: a, q: Which?, photo: cat.png, expected: red }} ] }}\n\
         providers: {{ mine: {{ type: openai, base_url: \"{url}\", api_key_env: null }} }}\n\
         evaluators: [ equals ]\nrun: {{ cache: read_write }}\n\
         messages: [ {{ user: [ {{ image: \"{{{{ photo }}}}\" }}, {{ text: \"{{{{ q }}}}\" }}, {{ file: terms.pdf }} ] }} ]\n\
         versions: {{ v: mine/m }}\n"
    );
    let project = Project::with("x.yaml", &file);
    project.write("cat.png", vec![7; 1500]);
    project.write("terms.pdf", "PDF");
    project
}

#[test]
fn a_photo_reaches_the_model_and_people_are_shown_its_name_and_size() {
    let server = Server::start(|request, _| {
        let content = request.json()["messages"][0]["content"].clone();
        let kinds: Vec<&str> =
            content.as_array().into_iter().flatten().filter_map(|p| p["type"].as_str()).collect();
        let sees = content[0]["image_url"]["url"]
            .as_str()
            .is_some_and(|url| url.starts_with("data:image/png;base64,BwcH"));
        Response::chat(if sees && kinds == ["image_url", "text", "file"] { "red" } else { "blind" }, 9, 1)
    });
    let project = project(&server.url);
    let shown = project.ok(&["plan", "x.yaml", "--show-prompts"]).out;
    assert!(shown.contains("  [image cat.png, 2 kB]\n  Which?\n  [file terms.pdf, 3 B]\n"), "{shown}");
    project.ok(&["run", "x.yaml"]);
    assert_eq!(project.text("SELECT output FROM runs"), "red");
    let trace = project.ok(&["trace"]).out;
    assert!(trace.contains("[image cat.png, 2 kB]\nWhich?\n[file terms.pdf, 3 B]\n"), "{trace}");
    // The same path with other bytes is another case: nothing stored answers for it.
    project.write("cat.png", vec![8; 1500]);
    project.ok(&["run", "x.yaml"]);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE output = 'blind' AND cache_hit = 0"), 1);
    assert_eq!(project.count("SELECT count(DISTINCT inputs_hash) FROM case_row"), 2);
    project.write("terms.pdf", "other");
    project.ok(&["run", "x.yaml"]);
    let versions = "SELECT count(DISTINCT version_hash) FROM runs";
    assert_eq!(project.count(versions), 2, "a fixed file is part of the version");
}
