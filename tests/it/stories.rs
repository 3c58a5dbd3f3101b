//! Stories (`fixtures/stories/NAME.yaml`), each with exactly the decision beside it (`NAME.txt`) at 80 columns,
//! written for a reader who knows no statistics. `UPDATE_EXPECT=1` writes them anew; read each before it is committed.
use std::fmt::Write;
use std::fs;

use crate::harness::{Project, files, repository};

fn cases(n: usize) -> String {
    let mut text = String::new();
    for i in 0..n {
        let answer = ["yes", "no"][i % 2];
        writeln!(
            text,
            r#"{{"id": "c{i:04}", "question": "Is {i} even?", "expected": "{answer}", "n": {i}}}"#
        )
        .expect("a string");
    }
    text
}

/// Twenty customers with ten tickets each; all tickets of a customer are answered alike.
fn customers() -> String {
    let mut text = String::new();
    for i in 0..200 {
        let customer = i / 10;
        let (today, new) = (!matches!(customer, 0..6), !matches!(customer, 5..7));
        writeln!(
            text,
            r#"{{"id": "t{i:03}", "question": "Ticket {i}", "expected": "yes", "customer": "k{customer}",
 "today_is_right": {today}, "new_is_right": {new}}}"#
        )
        .expect("a string");
    }
    text.replace(",\n", ",")
}

fn project() -> Project {
    let project = Project::new();
    for n in [8, 40, 200, 2000] {
        project.write(&format!("cases-{n}.jsonl"), cases(n));
    }
    project.write("customers.jsonl", customers());
    for file in files(&repository().join("fixtures/stories")) {
        if file.extension().is_some_and(|extension| extension == "yaml") {
            let name = file.file_name().expect("a name").to_string_lossy().into_owned();
            project.write(&name, fs::read(&file).expect("a story"));
        }
    }
    project
}

#[test]
fn every_story_is_told_as_it_is_written_down() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let stories: Vec<_> = files(&repository().join("fixtures/stories"))
        .into_iter()
        .filter(|file| file.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    assert!(stories.len() >= 10, "{}", stories.len());
    let mut differing = Vec::new();
    for story in stories {
        let name = story.file_stem().expect("a name").to_string_lossy().into_owned();
        let project = project();
        let ran = project.proto(&["run", &format!("{name}.yaml"), "--quiet"]);
        // 4: some runs failed, which is what one of the stories is about.
        assert!(matches!(ran.code, 0 | 4), "{name}\n{}\n{}", ran.out, ran.err);
        let decided = project.command(&["choose-winner"]).env("COLUMNS", "80").output().expect("it starts");
        let said = format!(
            "{}(exit code {})\n",
            String::from_utf8_lossy(&decided.stdout),
            decided.status.code().unwrap_or(-1)
        );
        assert!(said.lines().all(|line| line.chars().count() <= 80), "{name} is too wide\n{said}");
        let expected = story.with_extension("txt");
        if update {
            fs::write(&expected, &said).expect("written");
        }
        let want = fs::read_to_string(&expected).unwrap_or_default();
        if want != said {
            differing.push(format!("== {name}\n-- expected\n{want}\n-- said\n{said}"));
        }
    }
    assert!(differing.is_empty(), "{}\nread them, then set UPDATE_EXPECT=1", differing.join("\n"));
}
