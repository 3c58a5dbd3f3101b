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

#[test]
fn a_version_is_exported_with_the_files_its_prompt_fixes_while_they_are_the_same() {
    let server = Server::start(|_, _| Response::chat("red", 9, 1));
    let project = project(&server.url);
    project.ok(&["run", "x.yaml"]);
    let out = project.ok(&["version", "export", "v", "-o", "out"]).out;
    let names: Vec<String> = crate::harness::files(&project.path("out/attached"))
        .iter()
        .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
        .collect();
    assert!(names.len() == 1 && names[0].starts_with("file-") && names[0].ends_with(".pdf"), "{names:?}");
    let empty = Project::new();
    for path in crate::harness::files(&project.path("out")) {
        let name = path.strip_prefix(project.path("out")).expect("below");
        empty.write(&name.to_string_lossy(), std::fs::read(&path).expect("a file"));
    }
    let (_, again) = empty.json(&["version", "register", "experiment.yaml"]);
    let hash = project.text("SELECT version_hash FROM runs");
    assert_eq!(again["versions"][0]["hash"], serde_json::json!(hash), "{out}");
    // Elsewhere under another name it is found by its contents.
    let pdf = std::fs::read(project.path("terms.pdf")).expect("a file");
    project.write("kept/old/renamed.pdf", pdf);
    project.write("terms.pdf", "other");
    let refused = project.proto(&["version", "export", "v", "-o", "out2"]);
    assert!(
        refused.code == 2 && refused.err.contains("terms.pdf` has other contents now"),
        "{}",
        refused.err
    );
    project.ok(&["version", "export", "v", "-o", "out2", "--from", "kept"]);
    let refused = project.proto(&["version", "export", "v", "-o", "out3", "--from", "out2/prompts"]);
    assert!(refused.err.contains("no file below"), "{}", refused.err);
}

#[test]
fn a_recalled_version_shows_the_file_it_was_hashed_with_or_does_not_run() {
    let server = Server::start(|_, _| Response::chat("red", 9, 1));
    let project = project(&server.url);
    project.ok(&["run", "x.yaml", "--cache", "off"]);
    let written = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    let more = written.replace("{ v: mine/m }", "{ v: { model: mine/m, params: { seed: 1 } } }");
    project.write("x.yaml", more);
    project.ok(&["run", "x.yaml", "--versions", "v@1.0", "--cache", "off"]);
    let sent = server.seen.lock().expect("requests")[1].json();
    assert!(sent.get("seed").is_none() && sent["messages"][0]["content"][2]["type"] == "file", "{sent}");
    project.write("terms.pdf", "other");
    let refused = project.proto(&["run", "x.yaml", "--versions", "v@1.0"]);
    assert!(refused.code == 2 && refused.err.contains("is in no version of this file"), "{}", refused.err);
    assert_eq!(server.requests(), 2);
}

#[test]
fn a_resumed_batch_makes_the_runs_again_whose_file_changed() {
    // The second call ends the batch; those after it are answered.
    let server = Server::start(|_, number| match number {
        1 => Response::new(401, "{\"error\": {\"message\": \"no\"}}"),
        _ => Response::chat("red", 9, 1),
    });
    let project = project(&server.url);
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    let file = file
        .replace("expected: red }", "expected: red }, { id: b, q: Which?, photo: dog.png, expected: red }")
        .replace("api_key_env: null", "api_key_env: null, concurrency: 1")
        .replace("read_write", "off");
    project.write("x.yaml", file);
    project.write("dog.png", vec![5; 900]);
    assert_eq!(project.proto(&["run", "x.yaml"]).code, 3);
    let made = project.text("SELECT case_id FROM runs WHERE status = 'ok'");
    project.write(if made == "a" { "cat.png" } else { "dog.png" }, vec![8; 1500]);
    let again = project.ok(&["run", "x.yaml", "--resume"]);
    assert!(again.err.contains("1 run left out: the case or version changed or is gone"), "{}", again.err);
    assert_eq!(server.requests(), 4, "both cases: one was not made, one has another file now");
    let of_it = format!("SELECT count(DISTINCT inputs_hash) FROM case_row WHERE case_id = '{made}'");
    assert_eq!(project.count(&of_it), 2);
}
