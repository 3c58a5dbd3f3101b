//! Every file that ships is checked and planned; what needs no server and no key is run, and its story holds.
use std::fs;

use serde_json::json;

use crate::harness::Project;

#[test]
fn every_experiment_checks_and_plans_without_key_or_network() {
    let project = Project::with_experiments();
    let mut seen = 0;
    for entry in fs::read_dir(project.path("experiments")).expect("experiments") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let name = format!("experiments/{}", path.file_name().expect("a name").to_string_lossy());
            project.ok(&["check", &name]);
            let said = project.ok(&["plan", &name]);
            assert!(said.out.contains("runs"), "{}", said.out);
            seen += 1;
        }
    }
    assert!(seen >= 5, "{seen}");
    assert!(!project.path(".proto").exists(), "planning leaves nothing behind");
}

#[test]
fn the_quickstart_tells_its_story() {
    let project = Project::with_experiments();
    let said = project.ok(&["run", "experiments/quickstart.yaml"]);
    assert!(said.out.contains("simulated"), "{}", said.out);
    assert!(said.out.contains("next: proto choose-winner"), "{}", said.out);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'ok'"), 600);
    assert_eq!(project.count("SELECT count(*) FROM scores WHERE status = 'scored'"), 600);
    let (code, decision) = project.json(&["choose-winner"]);
    assert_eq!((code, &decision["verdict"], &decision["winner"]), (0, &json!("winner"), &json!("quick")));
    let (code, dearest) = project.json(&["choose-winner", "--weights", "score=1"]);
    assert!(code == 0 || code == 5, "{code}");
    assert_ne!(dearest["ranking"][0]["version"], json!("cheap"), "quality alone does not pick the cheapest");
    let (_, cheapest) = project.json(&["choose-winner", "--weights", "cost=1"]);
    assert_eq!(cheapest["winner"], json!("cheap"));
}

#[test]
fn the_order_desk_tells_its_story_through_tools_and_turns() {
    let project = Project::with_experiments();
    project.ok(&["run", "experiments/order-desk.yaml"]);
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'ok'"), 180);
    let spans = |version: &str, name: &str| {
        let of = format!(
            "SELECT count(*) FROM spans s JOIN runs r USING (run_id) WHERE r.version = '{version}' AND s.name LIKE '{name}%'"
        );
        project.count(&of)
    };
    assert_eq!(
        (spans("diligent", "chat"), spans("diligent", "execute_tool")),
        (240, 120),
        "each turn is looked up"
    );
    assert_eq!((spans("hasty", "chat"), spans("hasty", "execute_tool")), (120, 0));
    assert!((20..60).contains(&spans("casual", "execute_tool")), "a third of 120 turns");
    let trace = project.ok(&["trace", "--version", "diligent"]).out;
    for part in ["4 calls", "tool call find_order {\"order\":\"o-1", "\"status\":\"", "[answer]"] {
        assert!(trace.contains(part), "{part}: {trace}");
    }
    let winner = |weights: &[&str]| project.json(&[&["choose-winner"], weights].concat()).1["winner"].clone();
    assert_eq!(winner(&[]), json!("diligent"));
    assert_eq!(winner(&["--weights", "cost=1"]), json!("hasty"));
}

#[test]
fn real_programs_are_run_timed_and_scored() {
    let project = Project::with_experiments();
    let said = project.ok(&["run", "experiments/local-apps.yaml"]);
    assert!(!said.out.contains("simulated"), "{}", said.out);
    let cases = project.count("SELECT count(DISTINCT case_id) FROM runs");
    assert!(cases >= 120, "{cases}");
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE status = 'ok'"), 3 * cases);
    let right = |version: &str| {
        project.count(&format!(
            "SELECT CAST(sum(score) AS INTEGER) FROM scores JOIN runs USING (run_id) WHERE version = '{version}'"
        ))
    };
    // What the three programs really get right, whatever shell and awk run them.
    assert_eq!((right("keywords"), right("phrases"), right("bayes")), (110, 135, 143));
    assert_eq!(project.count("SELECT count(*) FROM runs WHERE latency_s <= 0 OR cost_usd IS NULL"), 0);
    let (code, decision) = project.json(&["choose-winner"]);
    assert_eq!(
        (code, &decision["verdict"]),
        (5, &json!("undecided")),
        "the evidence is too thin, and it says so"
    );
    assert!(decision["more_cases_needed"].as_u64().is_some_and(|n| n > 100), "{decision}");
}

#[test]
fn a_started_project_works_as_it_is() {
    let project = Project::new();
    project.ok(&["init", "mine"]);
    project.ok(&["check", "mine/experiment.yaml"]);
    project.ok(&["run", "mine/experiment.yaml"]);
    let again = project.proto(&["init", "mine"]);
    assert_eq!(again.code, 2, "nothing is overwritten");
}
