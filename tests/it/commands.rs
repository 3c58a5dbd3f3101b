//! The commands as people type them: help, JSON contracts, exit codes, filters, pipes.
use serde_json::json;

use crate::harness::{Project, Said, flat};

const SMALL: &str = "project: p\nprompt: \"{{ q }}\"\ndataset: { cases: [ { id: a, q: 1, expected: x, lang: de }, { id: b, q: 2, expected: y, lang: en } ], slices: { german: \"lang == 'de'\" } }\n\
    versions: { one: { model: sim/one, params: { accuracy: 1 } }, two: { model: sim/two, params: { accuracy: 0 } } }\nevaluators: [ equals ]\n";

#[test]
fn every_command_has_an_example_in_its_help() {
    let project = Project::new();
    let help = project.ok(&["--help"]).out;
    assert!(help.contains("Exit codes"), "{help}");
    let names: Vec<String> = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands"))
        .skip(1)
        .take_while(|line| !line.is_empty())
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        .collect();
    assert!(names.len() >= 14, "{names:?}");
    for name in names {
        let help = project.ok(&[&name, "--help"]).out;
        assert!(help.contains("Example"), "{name}: {help}");
    }
}

#[test]
fn no_arguments_say_what_to_try() {
    let said = Project::new().ok(&[]);
    assert!(said.out.lines().count() <= 12 && said.out.contains("proto init"), "{}", said.out);
}

#[test]
fn a_wrong_argument_is_exit_two_in_text_and_json() {
    let project = Project::new();
    let said = project.proto(&["run", "--bogus"]);
    assert_eq!((said.code, said.out.as_str()), (2, ""));
    let said = project.proto(&["run", "--bogus", "--json"]);
    let error: serde_json::Value = serde_json::from_str(&said.err).expect("JSON");
    assert_eq!((said.code, &error["schema"]), (2, &json!("proto.error/1")));
}

#[test]
fn before_the_first_run_every_reader_says_how_to_start() {
    let project = Project::new();
    for command in ["compare", "choose-winner", "runs", "trace", "log"] {
        let said = project.proto(&[command]);
        assert_eq!(said.code, 2, "{command}: {}", said.err);
        assert!(said.err.contains("proto run FILE"), "{command}: {}", said.err);
    }
}

#[test]
fn documents_hold_what_they_promise() {
    let project = Project::with("x.yaml", SMALL);
    let (code, run) = project.json(&["run", "x.yaml"]);
    assert_eq!(
        (code, &run["schema"], &run["runs"]["planned"], &run["runs"]["failed"]),
        (0, &json!("proto.run/1"), &json!(4), &json!(0))
    );
    assert!(run["report"]["versions"].is_array() && run["batch_id"].is_string());
    let (_, report) = project.json(&["compare"]);
    let equals = &report["versions"][0]["metrics"]["equals"];
    assert_eq!(
        (&report["schema"], &equals["value"], &equals["better"]),
        (&json!("proto.compare/1"), &json!(1.0), &json!("higher"))
    );
    assert!(
        equals["interval"].as_array().is_some_and(|both| both.len() == 2)
            && equals["method"] == json!("wilson")
    );
    assert!(
        report["comparisons"]
            .as_array()
            .is_some_and(|all| all.iter().any(|c| c["metric"] == json!("equals") && c["losses"] == json!(2)))
    );
    assert!(
        report["caveats"].as_array().is_some_and(|all| all.iter().any(|c| c["code"] == json!("simulated")))
    );
    let (code, decision) = project.json(&["choose-winner"]);
    assert_eq!(
        (code, &decision["verdict"], &decision["formula"]),
        (5, &json!("undecided"), &json!("ratio")),
        "two cases decide nothing"
    );
    let (_, plan) = project.json(&["plan", "x.yaml"]);
    assert_eq!((&plan["schema"], &plan["runs"]), (&json!("proto.plan/1"), &json!(4)));
    let (_, check) = project.json(&["check", "x.yaml"]);
    assert_eq!(check["schema"], json!("proto.check/1"));
    let (_, runs) = project.json(&["runs", "--version", "two"]);
    assert_eq!(runs["runs"].as_array().map(Vec::len), Some(2));
    let id = runs["runs"][0]["run_id"].as_str().expect("an id").to_owned();
    let (_, trace) = project.json(&["trace", &id]);
    let names: Vec<&str> = trace["spans"]
        .as_array()
        .expect("spans")
        .iter()
        .map(|span| span["name"].as_str().expect("a name"))
        .collect();
    assert_eq!(names.len(), 3, "{names:?}");
    assert!(
        names[0].starts_with("run two") && names[1].starts_with("chat") && names[2] == "evaluate equals",
        "{names:?}"
    );
    let refused = project.proto(&["runs", "--unscored", "equal"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("did you mean `equals`?"), "{}", refused.err);
    assert!(project.ok(&["runs", "--unscored", "equals"]).err.contains("no run fits"));
    let (_, log) = project.json(&["log"]);
    assert_eq!(log["batches"].as_array().map(Vec::len), Some(1));
    let (_, schema) =
        (0, serde_json::from_str::<serde_json::Value>(&project.ok(&["schema"]).out).expect("a schema"));
    assert!(schema["properties"]["versions"].is_object());
}

#[test]
fn an_evaluator_added_later_scores_what_is_stored() {
    let project = Project::with("x.yaml", SMALL);
    project.ok(&["run", "x.yaml", "--no-evaluate"]);
    assert_eq!(project.count("SELECT count(*) FROM scores"), 0);
    project.ok(&["evaluate", "x.yaml"]);
    assert_eq!(project.count("SELECT count(*) FROM scores"), 4);
    project.write("x.yaml", SMALL.replace("[ equals ]", "[ equals, { contains: x } ]"));
    project.ok(&["evaluate", "x.yaml"]);
    assert_eq!(project.count("SELECT count(*) FROM scores"), 8);
    assert_eq!(project.count("SELECT count(*) FROM runs"), 4, "nothing was called again");
}

#[test]
fn versions_keep_their_number_and_get_the_next_one_when_they_change() {
    let project = Project::with("x.yaml", SMALL);
    let label = || {
        project.text(
            "SELECT version_label FROM runs WHERE version = 'one' ORDER BY rowid_order DESC LIMIT 1"
                .replace("ORDER BY rowid_order DESC", "ORDER BY started_at DESC")
                .as_str(),
        )
    };
    project.ok(&["run", "x.yaml"]);
    assert_eq!(label(), "1.0");
    project.write("x.yaml", SMALL.replace("accuracy: 1 }", "accuracy: 0.5 }"));
    project.ok(&["run", "x.yaml"]);
    assert_eq!(label(), "1.1");
    project.write("x.yaml", SMALL);
    project.ok(&["run", "x.yaml"]);
    assert_eq!(label(), "1.0", "the old version comes back");
    assert_eq!(project.count("SELECT count(*) FROM versions WHERE name = 'one'"), 2);
}

#[test]
fn selections_narrow_and_an_empty_one_is_refused() {
    let project = Project::with("x.yaml", SMALL);
    project.ok(&["run", "x.yaml", "--versions", "two", "--where", "lang == 'de'"]);
    assert_eq!(project.text("SELECT group_concat(version || case_id) FROM runs"), "twoa");
    let none = project.proto(&["run", "x.yaml", "--where", "lang == 'fr'"]);
    assert_eq!(none.code, 2, "{}", none.err);
    let typo = project.proto(&["run", "x.yaml", "--versions", "tow"]);
    assert!(typo.code == 2 && typo.err.contains("did you mean `two`?"), "{}", typo.err);
    let slice = project.proto(&["compare", "--slice", "germn"]);
    assert!(slice.code == 2 && slice.err.contains("did you mean `german`?"), "{}", slice.err);
    assert_eq!(project.json(&["compare", "--slice", "german"]).0, 0);
}

#[test]
fn gates_exclude_and_fail_the_run_when_asked() {
    let project = Project::with("x.yaml", &format!("{SMALL}gates: [ equals >= 0.5 ]\n"));
    project.ok(&["run", "x.yaml"]);
    let said = project.proto(&["run", "x.yaml", "--gate"]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("equals >= 0.5"), "{}", said.err);
    let said = project.proto(&["choose-winner", "--require", "latency < 1ms"]);
    assert_eq!(said.code, 1, "no version is eligible\n{}", said.out);
    let typo = project.proto(&["choose-winner", "--weights", "scor=1"]);
    assert!(typo.code == 2 && typo.err.contains("score"), "{}", typo.err);
    let zero = project.proto(&["choose-winner", "--weights", "score=0"]);
    assert_eq!(zero.code, 2, "{}", zero.err);
}

#[test]
fn tables_fit_their_screen_and_pipes_may_close() {
    let project = Project::with("x.yaml", SMALL);
    project.ok(&["run", "x.yaml"]);
    for width in ["80", "120"] {
        for args in [&["compare"][..], &["choose-winner"], &["runs"], &["log"], &["plan", "x.yaml"]] {
            let output = project.command(args).env("COLUMNS", width).output().expect("a start");
            let said = Said::of(output);
            let widest = said.out.lines().map(|line| line.chars().count()).max().unwrap_or(0);
            assert!(
                widest <= width.parse().expect("a number"),
                "{args:?} at {width}: {widest}\n{}",
                said.out
            );
        }
    }
    let mut child = project.command(&["list"]).stdout(std::process::Stdio::piped()).spawn().expect("a start");
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("an end").code(), Some(0));
}

#[test]
fn what_commands_say_by_themselves_fits_eighty_columns() {
    let file = "project: p\ndataset: { cases: [ { q: a } ] }\nversions:\n  a-version-with-quite-a-long-name: { model: sim/x, \
        prompt: \"{{ q }}\", description: Its description goes on and on until it does not fit in one line of the screen }\n";
    let project = Project::with("x.yaml", file);
    project.ok(&["run", "x.yaml"]);
    project.write("x.yaml", file.replace("{{ q }}", "say {{ q }}"));
    project.ok(&["run", "x.yaml"]);
    let name = "a-version-with-quite-a-long-name";
    let (old, new) = (format!("{name}@1.0"), format!("{name}@1.1"));
    let reason = "a reason that is long enough to be broken somewhere, as reasons are";
    project.ok(&["version", "tag", name, "the-tag-of-november-2026", "--reason", reason]);
    let commands = [
        &["list"][..],
        &["version", "list"],
        &["version", "show", name],
        &["version", "explain", name],
        &["version", "diff", &old, &new],
        &["version", "diff", name, name],
        &["history"],
        &["cache"],
        &["prices"],
        &["prices", "gpt-4o"],
        &["decisions"],
        &["merge", "other.db"],
    ];
    let copy = project.path("other.db");
    std::fs::copy(project.path(".proto/proto.db"), copy).expect("a copy");
    for args in commands {
        let said = Said::of(project.command(args).env("COLUMNS", "80").output().expect("a start"));
        assert_eq!(said.code, 0, "{args:?}: {}", said.err);
        for line in said.out.lines().chain(said.err.lines()) {
            assert!(line.chars().count() <= 80, "{args:?}: {line}");
        }
    }
    let shown = project.ok(&["version", "show", name]).out;
    assert!(shown.lines().nth(1).is_some_and(|line| line.trim().len() == "sha256:".len() + 64), "{shown}");
}

#[test]
fn what_is_long_goes_on_below_instead_of_being_clipped() {
    let names = ["a-long-name-of-one", "another-one-of-the-same", "a-third-that-goes-on-too"];
    let version = |name: &&str| {
        format!("{name}: {{ model: sim/x, params: {{ error_rate: 1, output_tokens: {} }} }}", name.len())
    };
    let file = format!(
        "project: p\nprompt: \"{{{{ q }}}}\"\ndataset: {{ cases: [ {{ id: a-case-whose-id-is-rather-long-for-a-case, q: a }} ] }}\n\
         versions:\n  {}\n  priced: anthropic/claude-haiku-4-5-20251001\n",
        names.iter().map(version).collect::<Vec<_>>().join("\n  ")
    );
    let project = Project::with("x.yaml", &file);
    project.proto(&["run", "x.yaml", "--versions", &names.join(",")]);
    let said = |args: &[&str]| {
        let said = Said::of(project.command(args).env("COLUMNS", "80").output().expect("a start"));
        for line in said.out.lines().chain(said.err.lines()) {
            assert!(line.chars().count() <= 80, "{args:?}: {line}");
        }
        flat(&(said.out + &said.err))
    };
    assert!(said(&["log"]).contains(names[2]));
    assert!(said(&["prices", "--file", "x.yaml"]).contains("as `claude-haiku-4-5*`"));
    let key = "`anthropic` needs the environment variable `ANTHROPIC_API_KEY`, which is not set";
    assert!(said(&["doctor", "x.yaml"]).contains(key));
    assert!(said(&["plan", "x.yaml"]).contains(key));
    let trace = said(&["trace"]);
    assert!(
        trace.contains("error · simulated: a simulated failure · ") && trace.contains("case a-case-whose"),
        "{trace}"
    );
}

#[test]
fn every_format_lays_out_the_same_report() {
    let project = Project::with("x.yaml", SMALL);
    project.ok(&["run", "x.yaml"]);
    let listed = project.json(&["list", "formats"]).1;
    for format in listed["formats"].as_array().expect("formats") {
        let name = format["name"].as_str().expect("a name");
        assert!(project.ok(&["compare", "--format", name]).out.contains("one"), "{name}");
    }
    let typo = project.proto(&["compare", "--format", "markdwn"]);
    assert!(typo.code == 2 && typo.err.contains("markdown"), "{}", typo.err);
}

#[test]
fn decisions_are_kept_and_made_again_to_the_last_bit_until_what_they_rest_on_changes() {
    let project = Project::with_experiments();
    project.ok(&["run", "experiments/quickstart.yaml", "--first", "60", "--quiet"]);
    for options in [
        &[][..],
        &["--weights", "score=0.7,cost=0.3", "--ref", "cost=0.001", "--rope", "0.02", "--confidence", "0.9"],
        &["--require", "latency.p95 <= 3s", "--slice", "enterprise", "--accept", "tie,undecided"],
        &["--formula", "minmax"],
        &["--formula", "linear"],
        &["--formula", "log"],
        &["--formula", "futureagi"],
        &["--bootstrap", "0"],
        &["--bootstrap", "500"],
    ] {
        let said = project.proto(&[&["choose-winner"], options].concat());
        assert!(matches!(said.code, 0 | 5), "{options:?}\n{}\n{}", said.out, said.err);
        let caveat = said.out.contains("formula ");
        assert_eq!(caveat, options.contains(&"--formula"), "{options:?}\n{}", said.out);
    }
    let (_, all) = project.json(&["decisions"]);
    let all = all["decisions"].as_array().expect("a list").clone();
    assert_eq!(all.len(), 9);
    for stored in &all {
        let id = stored["decision_id"].as_str().expect("an id");
        let (code, replayed) = project.json(&["decisions", "--replay", id]);
        assert_eq!((code, &replayed["identical"]), (0, &true.into()), "{replayed}");
        assert_eq!(replayed["decision"], stored["decision"]);
    }
    assert!(project.ok(&["decisions", "--limit", "2"]).out.contains("quickstart"));
    assert_eq!(project.proto(&["decisions", "--replay", "zz"]).code, 2);

    let store = rusqlite::Connection::open(project.path(".proto/proto.db")).expect("a store");
    // As they were kept before the number of resamples could be chosen.
    store
        .execute_batch("UPDATE decision_row SET request = json_remove(request, '$.bootstrap')")
        .expect("changed");
    let replayed = |at: usize| {
        project.proto(&["decisions", "--replay", all[at]["decision_id"].as_str().expect("an id")])
    };
    assert_eq!((replayed(8).code, replayed(0).code), (0, 1), "made with 10,000 and with 500");
    store.execute_batch("UPDATE score_row SET score = 0, passed = 0 WHERE run % 5 = 0").expect("changed");
    let replicates: Vec<u64> =
        all.iter().map(|stored| stored["decision"]["replicates"].as_u64().expect("a number")).collect();
    assert_eq!(replicates[..3], [500, 0, 10_000], "newest first");
    let best = |at: usize| all[at]["decision"]["ranking"][0]["p_best"].as_f64().expect("a chance");
    assert!(best(0) > 0.9 && best(1) > 0.9, "{} {}", best(0), best(1));
    assert!(all[1]["decision"]["ranking"][0]["p_feasible"].is_null());
    for (wrong, why) in [("2000000", "at most 100000"), ("x", "0 takes the closed form")] {
        let said = project.proto(&["choose-winner", "--bootstrap", wrong]);
        assert!(said.code == 2 && said.err.contains(why), "{}", said.err);
    }
    let id = all[8]["decision_id"].as_str().expect("an id");
    let said = project.proto(&["decisions", "--replay", id]);
    assert_eq!(said.code, 1, "{}", said.out);
    assert!(said.out.contains("it differs") && said.out.contains("ranking[0]"), "{}", said.out);
}

#[test]
fn power_says_how_many_cases_a_difference_needs() {
    let project = Project::with_experiments();
    assert!(project.ok(&["power", "--delta", "0.03", "--sd", "0.45"]).out.starts_with("1766 cases"));
    let (_, declared) = project.json(&["power", "--delta", "0.03", "--discordance", "0.2025"]);
    assert_eq!(declared["needed"], 1766);
    assert_eq!(project.proto(&["power", "--delta", "0"]).code, 2);
    assert_ne!(project.proto(&["power", "--delta", "0.03"]).code, 0, "nothing was run");
    project.ok(&["run", "experiments/quickstart.yaml", "--first", "60", "--quiet"]);
    let (_, learnt) = project.json(&["power", "--delta", "0.03"]);
    let versions = learnt["versions"].as_array().expect("a list");
    assert_eq!(versions.len(), 2);
    for version in versions {
        let (sd, needed) = (version["sd"].as_f64().expect("a number"), version["needed"].as_f64());
        let want = ((1.959_963_985 + 0.841_621_234) * sd / 0.03).powi(2).ceil();
        assert_eq!(needed, Some(want));
    }
    let narrow =
        project.command(&["power", "--delta", "0.03"]).env("COLUMNS", "80").output().expect("it starts");
    let said = String::from_utf8_lossy(&narrow.stdout);
    assert!(said.contains("quick"));
    assert!(said.lines().all(|line| line.chars().count() <= 80), "{said}");
}

#[test]
fn prices_are_looked_up_listed_and_explained() {
    let project = Project::new();
    let said = project.ok(&["prices", "openai/gpt-4o-2024-08-06"]).out;
    assert!(said.contains("2.50") && said.contains("10.00") && said.contains("without the date"), "{said}");
    assert!(said.contains("USD per million tokens; the table is of 20"), "{said}");
    let wrong = project.proto(&["prices", "gpt-4o-minni"]);
    assert!(wrong.code == 2 && wrong.err.contains("did you mean `gpt-4o-mini`?"), "{}", wrong.err);
    let (_, all) = project.json(&["prices"]);
    assert!(all["prices"].as_array().expect("prices").len() > 1000);

    project.write("cases.jsonl", "{\"id\": \"a\", \"q\": \"b\"}\n");
    project.write(
        "x.yaml",
        "project: p\nprompt: \"{{ q }}\"\ndataset: { path: cases.jsonl, id: id }\nversions:\n  a: openai/gpt-4o-mini\n  \
         b: openai/of-tomorrow\n  c: openai/ours\n  d: { model: sim/d, params: { accuracy: 1 } }\n\
         pricing: { openai/ours: { input: 1, output: 2 } }\n",
    );
    let said = project.ok(&["prices", "--file", "x.yaml"]).out;
    for part in ["table, listed", "unknown", "`pricing: openai/ours` of the file", "simulated"] {
        assert!(said.contains(part), "{part}\n{said}");
    }
    assert!(said.contains("pricing:\n  openai/of-tomorrow: { input: 0.00, output: 0.00 }"), "{said}");
    let (_, document) = project.json(&["prices", "--file", "x.yaml"]);
    assert_eq!(document["schema"], "proto.prices/1");
    let input: Vec<_> = (0..4).map(|i| &document["prices"][i]["input_usd_per_million"]).collect();
    assert_eq!(
        input,
        [&serde_json::json!(0.15), &serde_json::Value::Null, &1.0.into(), &serde_json::Value::Null]
    );
}
