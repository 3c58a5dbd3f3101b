//! Keys go where the provider said and never come back.
use std::path::PathBuf;
use std::time::Duration;

use super::server::{Act, Server, chunk, chunked, reply};
use super::{Echo, LONG, post, text};
use crate::domain::{Command, Endpoint, Map, Target, Version};
use crate::execute::transport::{MissingKey, Resolved, Sent, Settings, Transport};
use crate::providers::{Header, HeaderValue, PROVIDERS, ProcessCall, Provider, Signing, Wire};

const KEY: &str = "sk-secret/with+signs==";

fn transport() -> Transport {
    Transport::new(Settings::default(), |name| match name {
        "TEST_KEY" => Some(format!("{KEY}\n")),
        "TENANT" => Some("tenant-4711".into()),
        "EMPTY" => Some(" ".into()),
        "PATH" => Some("/usr/bin:/bin".into()),
        _ => None,
    })
}

fn endpoint(api_key_env: Option<&str>, headers: &[(&str, &str)]) -> Endpoint {
    Endpoint {
        name: "mine".into(),
        kind: "openai".into(),
        base_url: None,
        api_key_env: api_key_env.map(Into::into),
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        concurrency: None,
        requests_per_minute: None,
        tokens_per_minute: None,
        options: Map::new(),
    }
}

fn version(target: Target) -> Version {
    let digest = crate::domain::Digest::of(b"");
    Version {
        name: "v1".into(),
        hash: digest,
        signature_hash: digest,
        closure: serde_json::Value::Null,
        description: None,
        tags: Vec::new(),
        metadata: Map::new(),
        target,
        messages: Vec::new(),
        includes: Vec::new(),
        params: Map::new(),
        tools: Vec::new(),
        tool_choice: None,
        response_schema: None,
        stream: false,
        max_turns: 1,
        timeout: None,
        run_timeout: None,
        cost_per_run: None,
    }
}

fn keyed(url: &str) -> Wire {
    let mut call = post(&format!("{url}/${{TENANT}}/x"), "q");
    call.headers.push(Header { name: "authorization".into(), value: HeaderValue::Key { prefix: "Bearer " } });
    let value = HeaderValue::Text("${TENANT} ${UNDECLARED}".into());
    call.headers.push(Header { name: "x-tenant".into(), value });
    Wire::Http(call)
}

#[tokio::test]
async fn a_reply_that_echoes_the_key_is_scrubbed() {
    let server = Server::start(|request| {
        let echo = format!("{{\"error\":\"{}\"}}", request.head.replace("\r\n", " "));
        vec![reply("401 Unauthorized", &format!("x-echo: {KEY}\r\nset-cookie: s=1\r\n"), echo)]
    })
    .await;
    let transport = transport();
    let resolved = transport.resolve(&endpoint(Some("TEST_KEY"), &[("x-tenant", "${TENANT}")])).unwrap();
    let sent = transport.send(&resolved, &Echo, &keyed(&server.url), LONG, &[]).await;
    let head = server.requests().remove(0).head;
    assert!(head.contains(&format!("authorization: Bearer {KEY}")), "{head}");
    assert!(head.contains("x-tenant: tenant-4711 ${UNDECLARED}"), "{head}");
    assert!(head.starts_with("POST /tenant-4711/x "), "{head}");
    let told = format!("{sent:?}");
    assert!(!told.contains("sk-secret") && !told.contains("tenant-4711"), "{told}");
    assert!(sent.result.unwrap_err().message.contains("Bearer [redacted]"));
    let cookie = sent.headers.iter().find(|(name, _)| name == "set-cookie").unwrap();
    assert_eq!(cookie.1, "[redacted]");
    assert!(!format!("{transport:?}{resolved:?}").contains("sk-secret"));
    assert_eq!(transport.scrub(&format!("x {KEY}")), "x [redacted]");
}

/// What comes of a call that a provider of ours makes to a server with the key.
async fn told(provider: &dyn Provider, stream: bool, acts: Vec<Act>) -> Sent {
    let server = Server::always(acts).await;
    let transport = transport();
    let resolved = transport.resolve(&endpoint(Some("TEST_KEY"), &[])).unwrap();
    let mut call = post(&server.url, "q");
    call.stream = stream;
    transport.send(&resolved, provider, &Wire::Http(call), LONG, &[]).await
}

#[tokio::test]
async fn a_secret_that_comes_in_pieces_is_in_neither_the_answer_nor_the_kept_reply() {
    let (half, rest) = KEY.split_at(9);
    let pieces = vec![chunked(), chunk(&format!("so {half}\n")), chunk(&format!("{rest}.\n.\n")), chunk("")];
    let sent = told(&Echo, true, pieces).await;
    assert_eq!(text(&sent), "so [redacted].");
    assert_eq!(sent.reply.unwrap(), b"[redacted: this reply tells a secret once it is read]");
    let openai = (PROVIDERS.find("openai").unwrap().make.make)(&Endpoint::plain("openai", "openai")).unwrap();
    let delta =
        |text: &str| chunk(&format!("data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"));
    let cut = told(&*openai, true, vec![chunked(), delta(half), delta(rest), chunk("")]).await;
    assert!(!String::from_utf8_lossy(cut.reply.as_deref().unwrap()).contains(half), "{cut:?}");
    assert_eq!(cut.result.unwrap_err().partial.unwrap().text, "[redacted]");
    let escaped = format!(
        "{{\"choices\":[{{\"message\":{{\"content\":\"\\u0073{}\"}},\"finish_reason\":\"stop\"}}]}}",
        &KEY[1..]
    );
    let sent = told(&*openai, false, vec![reply("200 OK", "", escaped)]).await;
    assert_eq!(text(&sent), "[redacted]");
    assert!(!String::from_utf8_lossy(&sent.reply.unwrap()).contains(rest));
    // A reply that holds it whole is kept, without it.
    let sent = told(&Echo, true, vec![chunked(), chunk(&format!("{KEY}\n.\n")), chunk("")]).await;
    assert_eq!(sent.reply.unwrap(), b"[redacted]\n.\n");
}

#[tokio::test]
async fn a_message_that_is_cut_short_holds_no_piece_of_a_secret() {
    let openai = (PROVIDERS.find("openai").unwrap().make.make)(&Endpoint::plain("openai", "openai")).unwrap();
    let page = format!("{}{KEY}", "x".repeat(290));
    let sent = told(&*openai, false, vec![reply("502 Bad Gateway", "", page)]).await;
    let message = sent.result.unwrap_err().message;
    assert!(message.len() == 300 && !message.contains("sk-"), "{message}");
}

#[tokio::test]
async fn without_a_key_its_header_is_left_out() {
    let server = Server::always(vec![reply("200 OK", "", "x")]).await;
    let sent = transport().send(&Resolved::keyless("x"), &Echo, &keyed(&server.url), LONG, &[]).await;
    assert_eq!(text(&sent), "x");
    let head = server.requests().remove(0).head;
    assert!(!head.contains("authorization"), "{head}");
    assert!(head.contains("x-tenant: ${TENANT} ${UNDECLARED}"), "nobody declared them: {head}");
}

#[test]
fn a_missing_variable_is_named_before_anything_runs() {
    let transport = transport();
    let missing = |variable: &str, needed_by: &str| {
        Err(MissingKey { variable: variable.into(), instead: Vec::new(), needed_by: needed_by.into() })
    };
    let resolve = |endpoint: &Endpoint| transport.resolve(endpoint).map(|_| ());
    assert_eq!(resolve(&endpoint(Some("ABSENT"), &[])), missing("ABSENT", "mine"));
    assert_eq!(resolve(&endpoint(Some("EMPTY"), &[])), missing("EMPTY", "mine"));
    assert_eq!(resolve(&endpoint(None, &[("x", "a ${ABSENT}")])), missing("ABSENT", "mine"));
    assert_eq!(resolve(&endpoint(None, &[])), Ok(()));
    let env = vec![("A".to_owned(), "${ABSENT}".to_owned())];
    let command = Command { argv: vec!["x".into()], env, cwd: PathBuf::new(), ..Command::default() };
    assert_eq!(transport.admit(&version(Target::Command(command))), missing("ABSENT", "v1"));
    let message = resolve(&endpoint(Some("ABSENT"), &[])).unwrap_err().to_string();
    assert_eq!(message, "`mine` needs the environment variable `ABSENT`, which is not set");
}

/// A transport over these variables, and Bedrock's endpoint at that address.
fn bedrock(url: &str, variables: &'static [(&'static str, &'static str)]) -> (Transport, Endpoint) {
    let transport = Transport::new(Settings::default(), |name| {
        variables.iter().find(|(variable, _)| *variable == name).map(|(_, value)| (*value).to_owned())
    });
    let endpoint = Endpoint {
        base_url: Some(url.to_owned()),
        api_key_env: Some("AWS_BEARER_TOKEN_BEDROCK".into()),
        ..Endpoint::plain("bedrock", "bedrock")
    };
    (transport, endpoint)
}

const PAIR: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI-secret"),
    ("AWS_SESSION_TOKEN", "session-4711"),
    ("AWS_REGION", "eu-west-1"),
];
const BOTH: &[(&str, &str)] = &[
    ("AWS_BEARER_TOKEN_BEDROCK", "bearer-key"),
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "x"),
];

#[tokio::test]
async fn a_pair_of_keys_signs_and_a_bearer_key_goes_first() {
    let server = Server::always(vec![reply("200 OK", "", "in eu-west-1")]).await;
    for (variables, expected) in [
        (PAIR, "authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"),
        (BOTH, "authorization: Bearer bearer-key"),
    ] {
        let (transport, endpoint) = bedrock(&server.url, variables);
        let resolved = transport.resolve(&endpoint).unwrap();
        let mut call = post(&format!("{}/model/m%3A0/converse", server.url), "{}");
        call.headers
            .push(Header { name: "authorization".into(), value: HeaderValue::Key { prefix: "Bearer " } });
        call.sign = Some(Signing { service: "bedrock", region: "${AWS_REGION}".into() });
        let sent = transport.send(&resolved, &Echo, &Wire::Http(call), LONG, &[]).await;
        // A region is no secret: it may stand in an answer.
        assert_eq!(text(&sent), "in eu-west-1");
        let head = server.requests().pop().unwrap().head;
        assert!(head.contains(expected), "{head}");
        let signed = "/eu-west-1/bedrock/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, Signature=";
        assert_eq!(head.contains(signed), variables == PAIR, "{head}");
        assert_eq!(head.contains("x-amz-security-token: session-4711"), variables == PAIR, "{head}");
        assert!(!head.contains("wJalr") && !format!("{resolved:?}").contains("wJalr"), "{head}");
    }
}

#[test]
fn what_is_no_secret_is_told_and_what_is_one_stays_as_written() {
    let (transport, endpoint) = bedrock("https://${AWS_REGION}.example.org", PAIR);
    assert_eq!(transport.plain("${AWS_REGION}"), "${AWS_REGION}", "nobody read it yet");
    transport.resolve(&endpoint).unwrap();
    let told = transport.plain("${AWS_REGION} ${AWS_ACCESS_KEY_ID} ${AWS_SECRET_ACCESS_KEY}");
    assert_eq!(told, "eu-west-1 ${AWS_ACCESS_KEY_ID} ${AWS_SECRET_ACCESS_KEY}");
}

#[test]
fn what_is_missing_of_a_pair_is_named() {
    let says = |variables| {
        let (transport, endpoint) = bedrock("https://bedrock-runtime.${AWS_REGION}.amazonaws.com", variables);
        transport.resolve(&endpoint).map(|_| ()).map_err(|missing| (missing.to_string(), missing.remedy()))
    };
    let half = "`bedrock` needs the environment variable `AWS_SECRET_ACCESS_KEY`, which is not set";
    assert_eq!(says(&PAIR[..1]), Err((half.into(), "export AWS_SECRET_ACCESS_KEY=…".into())));
    let none = "`bedrock` needs the environment variable `AWS_BEARER_TOKEN_BEDROCK` (or `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`), which is not set";
    let remedy = "export AWS_BEARER_TOKEN_BEDROCK=…, or export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…";
    assert_eq!(says(&[]), Err((none.into(), remedy.into())));
    assert_eq!(says(&PAIR[..2]), Ok(()));
    let (transport, endpoint) = bedrock("https://x", PAIR);
    let chosen = Endpoint { api_key_env: Some("MINE".into()), ..endpoint };
    assert_eq!(transport.resolve(&chosen).unwrap_err().variable, "MINE");
}

#[tokio::test]
async fn a_program_is_given_its_secret_and_cannot_give_it_back() {
    let transport = transport();
    let env = vec![("MY_KEY".to_owned(), "${TEST_KEY}".to_owned())];
    let argv: Vec<String> =
        ["sh", "-c", "printf %s \"$MY_KEY\"; echo \"$MY_KEY\" >&2; env | wc -l >&2; exit $CODE"]
            .map(str::to_owned)
            .into();
    let command = Command { argv: argv.clone(), env: env.clone(), cwd: "/".into(), ..Command::default() };
    transport.admit(&version(Target::Command(command))).unwrap();
    for code in ["0", "3"] {
        let mut env = env.clone();
        env.push(("CODE".into(), code.into()));
        let call =
            ProcessCall { argv: argv.clone(), stdin: Vec::new(), env, cwd: "/".into(), persistent: false };
        let sent =
            transport.send(&Resolved::keyless("command"), &Echo, &Wire::Process(call), LONG, &[]).await;
        assert_eq!(sent.reply.as_deref(), Some(&b"[redacted]"[..]));
        assert!(!format!("{sent:?}").contains("sk-secret"), "{sent:?}");
    }
}

#[tokio::test]
async fn what_is_quoted_of_standard_error_holds_no_piece_of_a_secret() {
    let transport = transport();
    let env = vec![("MY_KEY".to_owned(), "${TEST_KEY}".to_owned())];
    let argv: Vec<String> =
        ["sh", "-c", "printf '%s%0395d' \"$MY_KEY\" 0 >&2; exec sleep 60"].map(str::to_owned).into();
    let command = Command { argv: argv.clone(), env: env.clone(), cwd: "/".into(), ..Command::default() };
    transport.admit(&version(Target::Command(command))).unwrap();
    let call = ProcessCall { argv, stdin: Vec::new(), env, cwd: "/".into(), persistent: false };
    let deadline = Duration::from_secs(1);
    let sent =
        transport.send(&Resolved::keyless("command"), &Echo, &Wire::Process(call), deadline, &[]).await;
    let message = sent.result.unwrap_err().message;
    assert!(message.contains("0000") && !message.contains("ns=="), "{message}");
}
