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

/// A version over one conversation of a dataset file in a folder of its own, which shows photos in both its fields.
fn conversation(url: &str, kind: &str) -> Project {
    let file = format!(
        "project: p\ndataset: data/chats.jsonl\n\
         providers: {{ mine: {{ type: {kind}, base_url: \"{url}\", api_key_env: null }} }}\n\
         evaluators: [ equals ]\nrun: {{ cache: read_write }}\n\
         messages: [ {{ conversation: history }}, {{ turns: said }} ]\nversions: {{ v: mine/m }}\n"
    );
    let project = Project::with("x.yaml", &file);
    let history = r#"[{"role": "user", "content": [{"text": "This one?"}, {"image": "photos/one.png"}]}, {"role": "assistant", "content": "No."}]"#;
    let said = r#"[[{"image": "photos/two.png"}, {"text": "And this?"}], [{"file": "terms.pdf"}, {"text": "Why?"}]]"#;
    let case =
        format!("{{\"id\": \"a\", \"history\": {history}, \"said\": {said}, \"expected\": \"red\"}}\n");
    project.write("data/chats.jsonl", case);
    for (name, byte) in [("photos/one.png", 1), ("photos/two.png", 2), ("terms.pdf", 3)] {
        project.write(&format!("data/{name}"), vec![byte; 900]);
    }
    project
}

#[test]
fn a_cases_own_messages_show_images_and_files_from_beside_its_dataset() {
    let server = Server::start(|_, _| Response::chat("red", 9, 1));
    let project = conversation(&server.url, "openai");
    let shown = project.ok(&["plan", "x.yaml", "--show-prompts"]).out;
    let wanted = "  [user]\n  This one?\n  [image photos/one.png, 900 B]\n  [assistant]\n  No.\n  [user]\n  \
                  [image photos/two.png, 900 B]\n  And this?\n  [user]\n  [file terms.pdf, 900 B]\n  Why?\n";
    assert!(shown.contains(wanted), "{shown}");
    project.ok(&["run", "x.yaml"]);
    let sent = server.seen.lock().expect("requests")[1].json()["messages"].clone();
    let kinds: Vec<&str> = sent
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|message| message["content"].as_array().into_iter().flatten())
        .filter_map(|part| part["type"].as_str())
        .collect();
    assert_eq!(kinds, ["text", "image_url", "image_url", "text", "file", "text"]);
    assert!(project.ok(&["trace"]).out.contains("[user]\n[file terms.pdf, 900 B]\nWhy?\n"));
    // Answered before: no call. Other bytes behind a path, even one that is shown last, are another case.
    project.ok(&["run", "x.yaml"]);
    assert_eq!(server.requests(), 2);
    project.write("data/terms.pdf", vec![9; 900]);
    project.ok(&["run", "x.yaml"]);
    assert_eq!(server.requests(), 4);
    assert_eq!(project.count("SELECT count(DISTINCT inputs_hash) FROM case_row"), 2);
}

#[test]
fn what_a_cases_messages_cannot_show_is_found_while_planning() {
    let told = |project: &Project| {
        let said = project.proto(&["run", "x.yaml"]);
        assert_eq!(said.code, 2, "{}", said.err);
        said.err.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let project = conversation("http://127.0.0.1:9", "openai");
    std::fs::remove_file(project.path("data/terms.pdf")).expect("it was there");
    let said = told(&project);
    let wanted =
        "the file `terms.pdf` does not exist, which `data/chats.jsonl` names (in `said`, for case `a`)";
    assert!(said.contains(wanted), "{said}");
    let said = told(&conversation("http://127.0.0.1:9", "ollama"));
    assert!(said.contains("it takes texts and images only"), "a file in the last turn: {said}");
    let project = conversation("http://127.0.0.1:9", "openai");
    let robot = r#"{"id": "a", "history": [{"role": "assistant", "content": [{"image": "photos/one.png"}]}], "said": ["x"]}"#;
    project.write("data/chats.jsonl", robot);
    assert!(told(&project).contains("a user's content is a text or a list of `text:`, `image:` and `file:`"));
}
