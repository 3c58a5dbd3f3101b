//! Files that load, checked where it matters.
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::json;

use super::tables::{EVALUATORS, PROVIDERS, options};
use crate::domain::{
    CacheMode, Concurrency, Experiment, GateOp, GateValue, Money, Role, SourceSpec, Target, Version,
};
use crate::spec::{Loaded, load, schema, yaml};

fn loaded(name: &str) -> Loaded {
    let path = format!("fixtures/right/{name}.yaml");
    load(Path::new(&path), &options()).unwrap_or_else(|errors| panic!("{}", errors.render(false)))
}

fn version<'a>(experiment: &'a Experiment, name: &str) -> &'a Version {
    experiment.version(name).unwrap_or_else(|| panic!("no version {name}"))
}

#[test]
fn the_smallest_useful_file_loads_with_its_defaults() {
    let Loaded { experiment, warnings, .. } = loaded("smallest");
    assert!(warnings.is_empty());
    assert_eq!((experiment.project.as_str(), experiment.name.as_str()), ("support-triage", "smallest"));
    let names: Vec<_> = experiment.versions.iter().map(|version| version.name.as_str()).collect();
    assert_eq!(names, ["baseline", "candidate"]);
    let baseline = version(&experiment, "baseline");
    assert_eq!(baseline.target, Target::Model { provider: "openai".into(), model: "gpt-4o-mini".into() });
    assert_eq!(baseline.messages.len(), 1);
    assert_eq!(
        (baseline.messages[0].role, baseline.messages[0].origin.as_str()),
        (Role::User, "baseline.prompt")
    );
    assert!(baseline.messages[0].text.ends_with("\n\n{{ ticket }}"));
    let endpoints: Vec<_> =
        experiment.endpoints.iter().map(|e| (e.name.as_str(), e.api_key_env.as_deref())).collect();
    assert_eq!(endpoints, [("openai", Some("OPENAI_API_KEY")), ("anthropic", Some("ANTHROPIC_API_KEY"))]);
    let weights: Vec<_> = experiment.winner.weights.iter().map(|(name, w)| (name.as_str(), *w)).collect();
    assert_eq!(weights, [("score", 0.7), ("cost", 0.2), ("latency", 0.1)]);
    assert_eq!(experiment.run, crate::domain::RunSettings::default());
    assert_eq!(experiment.evaluators[0].options["expected"], json!("{{ expected }}"));
    assert_eq!(experiment.dataset.expected, "expected");
}

#[test]
fn a_message_of_parts_is_its_first_text_and_what_follows() {
    let Loaded { experiment, .. } = loaded("pictures");
    let digest = |path: &str| crate::domain::Digest::of(&std::fs::read(path).unwrap()).to_string();
    let messages = &version(&experiment, "seen").closure["messages"];
    assert_eq!(
        messages,
        &json!([
            {"role": "user", "text": "What is on it? {{ q }}"},
            {"image": {"content": digest("fixtures/right/photos/dot.png"), "media_type": "image/png"}},
            {"image": "{{ photo }}"},
            {"file": {"content": digest("fixtures/right/photos/terms.pdf"), "media_type": "application/pdf"}},
            {"role": "user", "text": ""},
            {"image": "https://example.org/b.webp"},
            {"text": "Answer briefly."},
        ])
    );
}

#[test]
fn the_file_with_every_key_keeps_its_head_and_its_dataset() {
    let Loaded { experiment, warnings, .. } = loaded("everything");
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!((experiment.project.as_str(), experiment.name.as_str()), ("support-agent", "retire-4o-mini"));
    assert_eq!(experiment.tags, ["production", "support"]);
    assert_eq!(experiment.metadata["ticket"], json!("SUP-1412"));
    let dataset = &experiment.dataset;
    let SourceSpec::Files(files) = &dataset.source else { panic!("{:?}", dataset.source) };
    let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap().to_str().unwrap()).collect();
    assert_eq!(names, ["a.jsonl", "b.jsonl"]);
    assert_eq!((dataset.id.as_deref(), dataset.expected.as_str()), (Some("ticket_id"), "resolution"));
    let sample = dataset.sample.as_ref().unwrap();
    assert_eq!((sample.n, sample.seed, sample.stratify_by.as_deref()), (400, 7, Some("plan")));
    assert_eq!(dataset.cluster_by.as_deref(), Some("customer_id"));
    assert_eq!(dataset.weight_by.as_deref(), Some("traffic"));
    assert_eq!(dataset.slices[1], ("german".to_owned(), "lang == 'de'".to_owned()));
    let local = experiment.endpoint("local").unwrap();
    assert_eq!((local.kind.as_str(), local.concurrency, &local.api_key_env), ("openai", Some(8), &None));
    assert_eq!(local.headers, [("X-Team".to_owned(), "${TEAM}".to_owned())]);
    let openai = experiment.endpoint("openai").unwrap();
    assert_eq!((openai.requests_per_minute, openai.tokens_per_minute), (Some(5000), Some(2_000_000)));
    assert_eq!(experiment.endpoint("anthropic").unwrap().options["version"], json!("2023-06-01"));
}

#[test]
fn versions_merge_their_layers_and_null_deletes() {
    let Loaded { experiment, origins, .. } = loaded("everything");
    let names: Vec<_> = experiment.versions.iter().map(|version| version.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "current",
            "reasoning",
            "short",
            "short[temperature=0]",
            "short[temperature=0.7]",
            "haiku",
            "on-prem",
            "our-app",
            "our-api",
            "recorded"
        ]
    );
    let current = version(&experiment, "current");
    assert_eq!(json!(current.params), json!({"temperature": 0, "max_tokens": 600}));
    assert_eq!(
        (current.messages.len(), current.max_turns, current.tags.as_slice()),
        (2, 6, &["production".to_owned()][..])
    );
    assert_eq!(current.messages[0].text, "You help.\n{% include \"parts/tone.md\" %}\n");
    assert_eq!(current.messages[0].origin, "fixtures/right/prompts/agent.md");
    let includes: Vec<_> =
        current.includes.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert_eq!(includes, [("parts/tone.md", "Be {% include \"how.md\" %}.\n"), ("how.md", "kind")]);
    assert_eq!(current.tools[0].name, "search_orders");
    assert_eq!(
        current.tools[0].mock,
        Some(json!([
            {"when": {"id": "o1"}, "return": {"id": "o1", "status": "sent"}},
            {"when": "args.id in ['o2', 'o3']", "return": {"id": "{{ args.id }}", "status": "lost"}},
            {"return": "no such order"},
        ]))
    );
    assert_eq!(current.tools[1].mock, Some(json!("The ticket of {{ customer_id }} was passed on.")));
    assert_eq!((current.tools[2].name.as_str(), &current.tools[2].mock), ("refund", &None));
    assert_eq!(current.response_schema.as_ref().unwrap()["type"], json!("object"));
    let reasoning = version(&experiment, "reasoning");
    assert_eq!(json!(reasoning.params), json!({"max_tokens": 600, "reasoning_effort": "low"}));
    let short = version(&experiment, "short");
    assert_eq!(short.params, reasoning.params);
    assert_eq!((short.target.model().as_str(), short.messages[0].text.as_str()), ("gpt-5-mini", "Short.\n"));
    assert_eq!((short.description.as_deref(), short.stream), (None, true));
    assert_eq!(version(&experiment, "short[temperature=0.7]").params["temperature"], json!(0.7));
    assert!(version(&experiment, "on-prem").tools.is_empty());
    assert_ne!(current.hash, short.hash);
    assert_eq!(origins.origin("versions.short.params.max_tokens").unwrap().line, 29);
    assert_eq!(
        origins.place("versions.short.messages[0]").unwrap().origin().file,
        "fixtures/right/everything.yaml"
    );
}

#[test]
fn programs_endpoints_and_recordings_are_targets_too() {
    let experiment = loaded("everything").experiment;
    let app = version(&experiment, "our-app");
    let Target::Command(command) = &app.target else { panic!() };
    assert_eq!(command.argv, ["python", "app/bot.py"]);
    assert_eq!(command.env, [("MODE".to_owned(), "${MODE}".to_owned())]);
    assert!(command.cwd.is_absolute() && command.cwd.ends_with("fixtures/right") && command.persistent);
    assert_eq!(
        (app.timeout, app.run_timeout),
        (Some(Duration::from_secs(60)), Some(Duration::from_secs(120)))
    );
    assert_eq!(app.cost_per_run, Money::from_usd(0.0004));
    assert!(
        app.includes.is_empty() && app.messages.is_empty() && app.params.is_empty() && app.tools.is_empty()
    );
    let files: Vec<_> = command.files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(files, ["app/bot.py", "app/words.txt"]);
    let Target::Http(http) = &version(&experiment, "our-api").target else { panic!() };
    assert_eq!((http.method.as_str(), http.output.as_deref()), ("POST", Some("$.reply")));
    assert_eq!(http.body, Some(json!({"q": "{{ ticket }}"})));
    let usage = [("input_tokens", "$.usage.in"), ("cost_usd", "$.cost")];
    assert_eq!(http.usage, usage.map(|(name, path)| (name.to_owned(), path.to_owned())));
    let Target::Replay { path, .. } = &version(&experiment, "recorded").target else { panic!() };
    assert_eq!(path, Path::new("fixtures/right/fixtures/recorded.jsonl"));
}

#[test]
fn evaluators_take_all_their_forms() {
    let experiment = loaded("everything").experiment;
    let names: Vec<_> =
        experiment.evaluators.iter().map(|e| (e.name.as_str(), e.kind.as_str(), e.weight)).collect();
    assert_eq!(
        names,
        [
            ("is-json", "is-json", 1.0),
            ("category", "equals", 3.0),
            ("helpful", "judge", 1.0),
            ("polite", "judge", 1.0),
            ("policy", "command", 1.0),
            ("latency-limit", "latency-limit", 0.0),
            ("equals", "equals", 1.0),
            ("equals-2", "equals", 0.5),
        ]
    );
    let helpful = &experiment.evaluators[2];
    assert_eq!(helpful.options["choices"], json!({"yes": 1, "partly": 0.5, "no": 0}));
    assert_eq!(helpful.options["prompt"], json!("Was it helpful?\n"));
    assert_eq!(helpful.map[0], ("question".to_owned(), "{{ input.ticket }}".to_owned()));
    let category = &experiment.evaluators[1];
    assert_eq!((category.when.as_deref(), category.invert), (Some("output.json"), false));
    assert_eq!(category.pass.map(|pass| (pass.op, pass.value)), Some((GateOp::AtLeast, 0.8)));
    assert_eq!(experiment.evaluators[4].options["timeout"], json!(20.0));
    assert_eq!(experiment.evaluators[5].options["max"], json!(8.0));
    assert_eq!(experiment.evaluators[7].options, experiment.evaluators[6].options);
}

#[test]
fn the_rules_of_running_pricing_and_choosing_are_kept() {
    let experiment = loaded("everything").experiment;
    let run = &experiment.run;
    assert_eq!((run.concurrency, run.repeats, run.cache), (Concurrency::Fixed(16), 3, CacheMode::ReadWrite));
    assert_eq!(run.retries.statuses, [(408, 408), (409, 409), (429, 429), (500, 599)]);
    assert_eq!((run.timeout, run.budget), (Duration::from_secs(90), Money::from_usd(25.0)));
    assert_eq!(run.run_timeout, Some(Duration::from_secs(300)));
    let mini = &experiment.pricing[1];
    assert_eq!(
        (mini.price.input, mini.price.cached_input, mini.price.output),
        (250_000, Some(25_000), 2_000_000)
    );
    assert_eq!(experiment.gates.len(), 4);
    assert_eq!(
        experiment.gates[2].value,
        GateValue::Relative { version: Some("current".into()), times: 1.0, plus: -0.02 }
    );
    let winner = &experiment.winner;
    assert_eq!(
        (winner.baseline.as_deref(), winner.promote.as_deref()),
        (Some("current"), Some("production"))
    );
    assert_eq!(winner.references, [("cost".to_owned(), 0.01), ("latency".to_owned(), 1.5)]);
    assert_eq!((winner.rope, winner.confidence, winner.min_coverage, winner.seed), (0.02, 0.9, 0.9, 7));
}

#[test]
fn the_schema_accepts_what_loads_and_refuses_unknown_keys() {
    let schema = schema::schema_of(&PROVIDERS, &EVALUATORS);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let tree = |path: &Path| {
        let text = std::fs::read_to_string(path).unwrap();
        yaml::parse(&crate::spec::source::Source::new("f", text)).root.unwrap().to_json()
    };
    for entry in std::fs::read_dir("fixtures/right").unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let value = tree(&path);
            let errors: Vec<_> =
                validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
        }
    }
    let refused =
        ["typo-top-level", "typo-version-key", "typo-run-key", "typo-winner-key", "typo-pricing-key"];
    for name in refused {
        let value = tree(&PathBuf::from(format!("fixtures/wrong/{name}.yaml")));
        assert!(!validator.is_valid(&value), "{name} passes the schema");
    }
    assert_eq!(schema["properties"]["project"]["type"], json!(["string", "number", "boolean"]));
    assert!(!schema["properties"]["dataset"]["description"].as_str().unwrap().is_empty());
}

#[test]
fn the_builds_own_tables_read_the_same_files_and_write_a_schema() {
    let validator = jsonschema::validator_for(&schema::schema()).unwrap();
    for name in ["smallest", "everything"] {
        let path = PathBuf::from(format!("fixtures/right/{name}.yaml"));
        let loaded = load(&path, &crate::spec::LoadOptions::default());
        let loaded = loaded.unwrap_or_else(|errors| panic!("{}", errors.render(false)));
        assert!(!loaded.experiment.versions.is_empty());
        let text = std::fs::read_to_string(&path).unwrap();
        let value = yaml::parse(&crate::spec::source::Source::new("f", text)).root.unwrap().to_json();
        let errors: Vec<_> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}");
    }
}
