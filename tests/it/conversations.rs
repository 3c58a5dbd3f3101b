//! Runs of several calls: tools answered from their mocks until the model has its answer, and turns of a person.
use serde_json::{Value, json};

use crate::harness::Project;
use crate::server::{Request, Response, Server};

/// An experiment over one case with a mocked tool and a priced model.
fn project(url: &str, more: &str) -> Project {
    let file = format!(
        r#"project: p
dataset: {{ cases: [ {{ id: a, q: "Where is o1?", customer: Ada, expected: "It is sent." }} ] }}
providers: {{ mine: {{ type: openai, base_url: "{url}", api_key_env: null, concurrency: 1 }} }}
pricing: {{ mine/*: {{ input: 1, output: 2 }} }}
evaluators: [ equals ]
base:
  messages: [ {{ system: Be brief. }}, {{ user: "{{{{ q }}}}" }} ]
  params: {{ max_tokens: 100 }}
  tools:
    - name: search_orders
      description: Finds an order
      parameters: {{ type: object, properties: {{ id: {{ type: string }} }}, required: [id] }}
      mock:
        - {{ when: {{ id: o1 }}, return: {{ id: "{{{{ args.id }}}}", status: sent, for: "{{{{ customer }}}}" }} }}
    - {{ name: refund }}
versions: {{ v: mine/m }}
{more}
"#
    );
    Project::with("x.yaml", &file)
}

/// A chat completion that calls tools: (id, name, arguments as the model wrote them).
fn calling(calls: &[(&str, &str, &str)]) -> Response {
    let call = |(id, name, arguments): &(&str, &str, &str)| json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}});
    let calls: Vec<Value> = calls.iter().map(call).collect();
    Response::new(
        200,
        &json!({"id": "chatcmpl-1", "object": "chat.completion", "model": "mock-1",
            "choices": [{"index": 0, "finish_reason": "tool_calls",
                "message": {"role": "assistant", "content": null, "tool_calls": calls}}],
            "usage": {"prompt_tokens": 50, "completion_tokens": 10, "total_tokens": 60}}),
    )
}

fn messages(request: &Request) -> Vec<Value> {
    request.json()["messages"].as_array().expect("messages").clone()
}

/// Looks an order up, then answers by what the tool said.
fn looks_up(request: &Request) -> Response {
    match messages(request).last() {
        Some(last) if last["role"] == "tool" => Response::chat("It is sent.", 80, 5),
        _ => calling(&[("c1", "search_orders", "{\"id\": \"o1\"}")]),
    }
}

#[test]
fn a_mocked_tool_is_answered_and_the_model_asked_again_even_after_an_error() {
    let server = Server::start(|request, number| match number {
        1 => Response::new(500, "oops"),
        _ => looks_up(request),
    });
    let project = project(&server.url, "");
    project.ok(&["run", "x.yaml"]);
    assert_eq!(server.requests(), 3);
    let said = messages(&server.seen.lock().expect("requests")[2]);
    let call = json!({"id": "c1", "type": "function", "function": {"name": "search_orders", "arguments": "{\"id\":\"o1\"}"}});
    assert_eq!(said[2], json!({"role": "assistant", "content": null, "tool_calls": [call]}));
    let answer = "{\"id\":\"o1\",\"status\":\"sent\",\"for\":\"Ada\"}";
    assert_eq!(said[3..], [json!({"role": "tool", "tool_call_id": "c1", "content": answer})]);

    assert_eq!(project.text("SELECT output FROM runs"), "It is sent.");
    assert_eq!(project.count("SELECT score = 1.0 FROM scores"), 1, "evaluators see the last answer");
    assert_eq!(project.count("SELECT attempts FROM runs"), 3);
    assert_eq!(project.count("SELECT input_tokens * 1000 + output_tokens FROM runs"), 130_015);
    assert_eq!(project.count("SELECT CAST(round(cost_usd * 1e6) AS INTEGER) FROM runs"), 130 + 2 * 15);
    let names = "SELECT group_concat(name, ' > ') FROM (SELECT name FROM spans ORDER BY started_ns, span_id)";
    assert_eq!(
        project.text(names).replace("run v a > ", ""),
        "chat m > execute_tool search_orders > chat m > evaluate equals"
    );
    let sum = "SELECT abs(latency_s - (SELECT sum(attributes ->> '$.\"proto.latency_s\"') FROM spans WHERE name = 'chat m')) \
               < 1e-9 FROM runs";
    assert_eq!(project.count(sum), 1, "the latency is the sum of the calls' last attempts");
    let tool = |attribute: &str| {
        project.text(&format!(
            "SELECT attributes ->> '$.\"{attribute}\"' FROM spans WHERE name LIKE 'execute_tool%'"
        ))
    };
    assert_eq!(tool("gen_ai.tool.call.arguments"), "{\"id\":\"o1\"}");
    assert_eq!(
        (tool("gen_ai.tool.call.result").as_str(), tool("gen_ai.tool.name").as_str()),
        (answer, "search_orders")
    );
    assert_eq!(
        project.count("SELECT count(DISTINCT attributes ->> '$.\"gen_ai.conversation.id\"') FROM spans WHERE name = 'chat m'"),
        1
    );
    let (_, report) = project.json(&["compare"]);
    assert_eq!(report["versions"][0]["retries"], json!(1), "{report}");
    let trace = project.ok(&["trace"]).out;
    for part in [
        "2 calls",
        "3 attempts",
        "tool call search_orders {\"id\":\"o1\"}",
        answer,
        "[answer]\nIt is sent.",
        "· retry",
    ] {
        assert!(trace.contains(part), "{part}:\n{trace}");
    }
    assert!(
        !server.seen.lock().expect("requests")[0].body.contains("mock"),
        "a mock is no part of the request"
    );
}

#[test]
fn what_cannot_be_called_is_said_to_the_model() {
    let server = Server::start(|_, number| match number {
        0 => calling(&[
            ("", "find_order", "{}"),
            ("", "search_orders", "{\"id\": "),
            ("x", "search_orders", "{\"id\": 7}"),
            ("y", "search_orders", "{\"id\": \"o9\"}"),
        ]),
        _ => Response::chat("It is sent.", 1, 1),
    });
    let project = project(&server.url, "");
    project.ok(&["run", "x.yaml"]);
    let said = messages(&server.seen.lock().expect("requests")[1]);
    let told: Vec<&str> =
        said[3..].iter().map(|message| message["content"].as_str().expect("text")).collect();
    assert_eq!(
        told,
        [
            "error: there is no tool `find_order`, the tools are: search_orders, refund",
            "error: the arguments are not JSON",
            "error: the arguments do not fit the tool's schema at `/id`: 7 is not of type \"string\"",
            "error: `search_orders` has no answer for these arguments",
        ]
    );
    let ids: Vec<&str> =
        said[3..].iter().map(|message| message["tool_call_id"].as_str().expect("an id")).collect();
    assert_eq!(ids, ["call_0", "call_1", "x", "y"], "a call without an id is given one");
    let errors = "SELECT group_concat(attributes ->> '$.\"error.type\"') FROM \
                  (SELECT attributes FROM spans WHERE name LIKE 'execute_tool%' ORDER BY span_id)";
    assert_eq!(project.text(errors), "unknown_tool,invalid_arguments,invalid_arguments,no_answer");
    assert_eq!(project.text("SELECT status FROM runs"), "ok");
}

#[test]
fn a_tool_without_a_mock_ends_the_run_with_its_calls_as_the_answer() {
    let server =
        Server::start(|_, _| calling(&[("c1", "search_orders", "{\"id\": \"o1\"}"), ("c2", "refund", "{}")]));
    let project = project(&server.url, "");
    project.ok(&["run", "x.yaml"]);
    assert_eq!(server.requests(), 1);
    assert_eq!(project.text("SELECT status || ' ' || finish_reason FROM runs"), "ok tool_calls");
    assert!(
        project
            .ok(&["trace"])
            .out
            .contains("[answer]\n\ntool call search_orders {\"id\":\"o1\"}\ntool call refund {}")
    );
}

#[test]
fn a_model_that_never_stops_calling_is_an_error_of_its_version() {
    let server = Server::start(|_, _| calling(&[("c1", "search_orders", "{\"id\": \"o1\"}")]));
    let project = project(&server.url, "");
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write("x.yaml", file.replace("base:\n", "base:\n  max_turns: 3\n"));
    let said = project.proto(&["run", "x.yaml"]);
    assert_eq!((said.code, server.requests()), (4, 3), "{}", said.err);
    assert_eq!(project.text("SELECT status || ' ' || error_type FROM runs"), "error max_turns");
    assert_eq!(project.count("SELECT input_tokens FROM runs"), 150, "what was made is counted");
    let last = messages(&server.seen.lock().expect("requests")[2]);
    let ids = [&last[3]["tool_call_id"], &last[5]["tool_call_id"]];
    assert_eq!(ids, [&json!("c1"), &json!("call_1")], "an id stands for one call of the conversation");
    assert_eq!(project.count("SELECT count(*) FROM spans WHERE name LIKE 'execute_tool%'"), 2);
    assert!(project.ok(&["trace"]).out.contains("the model still wanted tools after 3 calls (`max_turns`)"));
}

#[test]
fn a_cached_conversation_is_paid_for_once_and_knows_its_mocks() {
    let server = Server::start(|request, _| looks_up(request));
    let project = project(&server.url, "");
    project.ok(&["run", "x.yaml", "--cache", "read_write"]);
    project.ok(&["run", "x.yaml", "--cache", "read_write"]);
    assert_eq!(server.requests(), 2);
    let latest = "run_id = (SELECT run_id FROM runs ORDER BY started_at DESC LIMIT 1)";
    let of_latest = |what: &str| project.count(&format!("SELECT {what} FROM runs WHERE {latest}"));
    assert_eq!(of_latest("cache_hit AND spent_usd = 0 AND input_tokens = 130 AND cost_usd > 0"), 1);
    let spans = format!(
        "SELECT count(*) FROM spans WHERE {latest} AND (name = 'chat m' OR name LIKE 'execute_tool%')"
    );
    assert_eq!(project.count(&spans), 3);
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write("x.yaml", file.replace("status: sent", "status: lost"));
    project.ok(&["run", "x.yaml", "--cache", "read_write"]);
    assert_eq!(server.requests(), 4, "another mock is another version");
    let edited = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write("x.yaml", edited.replace("customer: Ada", "customer: Eve"));
    project.ok(&["run", "x.yaml", "--cache", "read_write"]);
    assert_eq!(server.requests(), 6, "what a mock is filled with counts, the first request being the same");
}

#[test]
fn each_call_is_reserved_and_what_was_spent_before_the_line_counts() {
    let server = Server::start(|request, _| looks_up(request));
    let project = project(&server.url, "run: { retries: { max: 0 } }");
    project.ok(&["run", "x.yaml"]);
    // A call is reserved as a token a byte in and 100 out, in millionths of a dollar; the first then costs 70.
    let first = server.seen.lock().expect("requests")[0].body.len() + 200;
    let budget = |more: usize| format!("{:.6}", (first + more) as f64 / 1e6);
    std::fs::remove_dir_all(project.path(".proto")).expect("the store");
    let said = project.proto(&["run", "x.yaml", "--budget-usd", &budget(10)]);
    assert_eq!((said.code, server.requests()), (4, 3), "{}\n{}", said.out, said.err);
    assert!(said.err.contains("stopped before the budget of"), "{}", said.err);
    assert_eq!(project.text("SELECT status || ' ' || error_type FROM runs"), "not_run budget");
    let tools = "SELECT count(*) FROM spans WHERE name = 'execute_tool search_orders'";
    assert_eq!(project.count(tools), 1, "what was said stays to be seen");
    let spent = "SELECT CAST(round(sum(spent_usd) * 1e6) AS INTEGER) FROM runs";
    assert_eq!(project.count(spent), 70);
    assert_eq!(project.proto(&["run", "x.yaml", "--resume", "--budget-usd", &budget(60)]).code, 4);
    assert_eq!(server.requests(), 3, "what the first part spent is not there to be spent again");
    project.ok(&["run", "x.yaml", "--resume", "--budget-usd", "1"]);
    assert_eq!((server.requests(), project.count("SELECT count(*) FROM runs")), (5, 1));
    assert_eq!(project.text("SELECT status FROM runs"), "ok");
}

#[test]
fn a_mock_that_cannot_answer_is_found_by_check() {
    let project = project("http://127.0.0.1:9", "");
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    project.write("x.yaml", file.replace("{ id: o1 }, return", "\"args.\", return"));
    let said = project.proto(&["check", "x.yaml"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("`when: args.` does not parse") && said.err.contains("x.yaml:"),
        "{}",
        said.err
    );
}

/// An experiment over conversations that went before and turns to come.
fn turns(url: &str, dataset: &str) -> Project {
    let file = format!(
        r#"project: p
dataset: {{ cases: [ {dataset} ] }}
providers: {{ mine: {{ type: openai, base_url: "{url}", api_key_env: null, concurrency: 1 }} }}
pricing: {{ mine/*: {{ input: 1, output: 2 }} }}
evaluators: [ equals ]
messages: [ {{ system: Be brief. }}, {{ conversation: history }}, {{ turns: questions }} ]
versions: {{ v: mine/m }}
"#
    );
    Project::with("x.yaml", &file)
}

const CASE: &str = r#"{ id: a, expected: "to third", questions: [first, second, third],
  history: [ { role: user, content: Hello }, { role: assistant, content: Hi } ] }"#;

#[test]
fn turns_are_answered_one_after_the_other_as_one_run() {
    let server = Server::start(|request, number| match number {
        2 => Response::new(429, "{\"error\": {\"message\": \"slow down\"}}"),
        _ => Response::chat(&format!("to {}", request.last_message()), 10, 2),
    });
    let project = turns(&server.url, CASE);
    let shown = project.ok(&["plan", "x.yaml", "--show-prompts"]).out;
    for part in ["[assistant]\n  Hi\n", "[user]\n  first\n  [user]\n  second\n"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    project.ok(&["run", "x.yaml"]);
    assert_eq!(server.requests(), 4, "three turns, one of them tried twice");
    let said: Vec<String> = messages(&server.seen.lock().expect("requests")[3])
        .iter()
        .map(|message| {
            format!(
                "{} {}",
                message["role"].as_str().expect("a role"),
                message["content"].as_str().expect("a text")
            )
        })
        .collect();
    let wanted = "system Be brief.|user Hello|assistant Hi|user first|assistant to first|user second|assistant to second|user third";
    assert_eq!(said.join("|"), wanted);
    assert_eq!(project.text("SELECT output FROM runs"), "to third");
    assert_eq!(project.count("SELECT count(*) FROM scores WHERE score = 1.0"), 1);
    assert_eq!(project.count("SELECT attempts * 1000 + input_tokens FROM runs"), 4030);
    assert_eq!(project.count("SELECT backoff_s > 0 AND latency_s > 0 FROM runs"), 1);
    assert_eq!(project.count("SELECT count(*) FROM spans WHERE name = 'chat m'"), 3);
    let first = "SELECT attributes ->> '$.\"gen_ai.output.messages\"' FROM spans WHERE name = 'chat m' ORDER BY started_ns LIMIT 1";
    assert!(project.text(first).contains("to first"));
    assert!(
        project.ok(&["trace"]).out.contains("[assistant]\nto second\n\n[user]\nthird\n\n[answer]\nto third")
    );
}

#[test]
fn what_a_case_cannot_say_is_found_before_anything_is_sent() {
    let told = |dataset: &str| {
        let said = turns("http://127.0.0.1:9", dataset).proto(&["run", "x.yaml"]);
        assert_eq!(said.code, 2, "{}", said.err);
        said.err
    };
    let history = "history: [ { role: user, content: Hello } ]";
    assert!(told(&format!("{{ id: a, {history}, questions: [] }}")).contains(
        "`questions` takes a list of texts, or of lists of `text:`, `image:` and `file:`, at least one"
    ));
    assert!(told(&format!("{{ id: a, {history}, question: [x] }}")).contains("did you mean `question`?"));
    let robot = "{ id: a, history: [ { role: robot, content: x } ], questions: [x] }";
    assert!(told(robot).contains("`history` takes a list of messages"));
}

#[test]
fn a_version_of_turns_and_tools_comes_back_from_its_export() {
    let server = Server::start(|_, _| Response::chat("ok", 1, 1));
    let project = turns(&server.url, CASE);
    let file = std::fs::read_to_string(project.path("x.yaml")).expect("the file");
    let tools = "versions: { v: { model: mine/m, tools: [ { name: f, mock: [ { when: { a: 1 }, return: one } ] } ] } }";
    project.write("x.yaml", file.replace("versions: { v: mine/m }", tools));
    project.ok(&["run", "x.yaml"]);
    project.ok(&["version", "export", "v", "-o", "out"]);
    let exported = std::fs::read_to_string(project.path("out/experiment.yaml")).expect("the export");
    assert!(exported.contains("turns: questions") && exported.contains("return: one"), "{exported}");
    project.ok(&["run", "x.yaml", "--versions", "v@1.0"]);
}
