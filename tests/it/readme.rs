//! Every command the README shows is run, in the order it shows them, in one project. Lines that need a key or a
//! server of their own say so with `# needs …`; of those the file is still checked.
use std::fs;

use crate::harness::{Project, repository};

/// The lines of every ```sh block.
fn commands() -> Vec<String> {
    let readme = fs::read_to_string(repository().join("README.md")).expect("README.md");
    let mut found = Vec::new();
    let mut inside = false;
    for line in readme.lines() {
        match line.trim() {
            "```sh" => inside = true,
            "```" => inside = false,
            command if inside && !command.is_empty() && !command.starts_with('#') => {
                found.push(command.to_owned());
            }
            _ => {}
        }
    }
    found
}

/// As a shell splits them: what stands in double quotes is one word.
fn words(text: &str) -> Vec<String> {
    let parts = text.split('"').enumerate();
    let of = |(i, part): (usize, &str)| -> Vec<String> {
        if i % 2 == 1 { vec![part.to_owned()] } else { part.split_whitespace().map(str::to_owned).collect() }
    };
    parts.flat_map(of).collect()
}

#[test]
fn every_command_of_the_readme_works() {
    let project = Project::with_experiments();
    let mut run = 0;
    for line in commands() {
        let (command, remark) = line.split_once(" # ").unwrap_or((&line, ""));
        let command = command.trim().replace("cargo run --release -- ", "proto ");
        let Some(arguments) = command.strip_prefix("proto ") else {
            assert!(
                ["cargo", "export", "pip", "cd", "python3", "ollama", "sqlite3"]
                    .iter()
                    .any(|known| command.starts_with(known)),
                "{command}"
            );
            continue;
        };
        let words = words(arguments);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if remark.contains("needs") {
            let file = words.iter().find(|word| word.ends_with(".yaml")).expect("a file");
            project.ok(&["check", file]);
            continue;
        }
        let said = project.proto(&words);
        assert!(
            said.code == 0 || (said.code == 5 && words[0] == "choose-winner"),
            "proto {arguments}\n{}\n{}",
            said.out,
            said.err
        );
        run += 1;
    }
    assert!(run >= 10, "only {run} commands were run");
}

#[test]
fn the_table_of_commands_is_complete() {
    let readme = fs::read_to_string(repository().join("README.md")).expect("README.md");
    let help = Project::new().ok(&["--help"]).out;
    let listed = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands"))
        .skip(1)
        .take_while(|line| !line.is_empty());
    for name in listed.filter_map(|line| line.split_whitespace().next()) {
        assert!(readme.contains(&format!("`proto {name}")), "the README does not show `proto {name}`");
    }
}
