//! What every row of the table must do, whatever it is.
use serde_json::json;

use crate::domain::{
    Attachment, AttachmentKind, Command, Content, Digest, Endpoint, HttpTarget, Message, Part, Reply, Role,
    Target, ToolCall, Version,
};

use super::{PROVIDERS, Provider, ProviderKind, Wire, own, sample};
use std::sync::Arc;

const REPLIES: &str = r#"{"case_id": "c", "output": "x", "latency_ms": 1}"#;

fn endpoint(name: &str) -> Endpoint {
    let mut endpoint = sample::endpoint(name);
    if name == "replay" {
        endpoint.options.insert("replies".into(), json!(REPLIES));
    }
    endpoint
}

fn version(name: &str) -> Version {
    sample::version(match name {
        "command" => Target::Command(Command { argv: vec!["true".into()], ..Command::default() }),
        "http" => Target::Http(HttpTarget {
            url: "http://127.0.0.1:9/".into(),
            method: "POST".into(),
            headers: Vec::new(),
            body: None,
            output: Some("$.x".into()),
            usage: Vec::new(),
        }),
        "replay" => Target::Replay { path: "r.jsonl".into(), digest: Digest::of(b"") },
        _ => Target::Model { provider: name.into(), model: "m".into() },
    })
}

/// Each row's provider, and those that are bound to a version once more that way.
fn every() -> Vec<(&'static str, Arc<dyn Provider>)> {
    let mut all = Vec::new();
    for row in PROVIDERS.rows {
        all.push((row.name, (row.make.make)(&endpoint(row.name)).unwrap()));
        if row.make.kind == ProviderKind::Own {
            all.push((row.name, own::make(&version(row.name), Some(REPLIES)).unwrap()));
        }
    }
    all
}

#[test]
fn every_row_is_described_and_complete() {
    let mut names = std::collections::BTreeSet::new();
    for row in PROVIDERS.rows {
        assert!(names.insert(row.name), "`{}` stands twice", row.name);
        assert!(row.doc.len() > 3 && !row.doc.ends_with('.'), "{}: {:?}", row.name, row.doc);
        assert_eq!(row.make.kind == ProviderKind::Api, row.make.base_url.is_some(), "{}", row.name);
        assert!(row.make.base_url.is_none_or(
            |url| ["http", "${"].iter().any(|start| url.starts_with(start)) && !url.ends_with('/')
        ));
        assert!(
            row.make.api_key_env.is_none_or(|name| name.ends_with("_API_KEY") || name.contains("_TOKEN_"))
        );
    }
}

#[test]
fn every_row_encodes_a_text_call() {
    let case = sample::case("c", json!({"q": "hi"}), Some(json!("secret answer")));
    let messages = [Message::text(Role::System, "Be brief."), Message::text(Role::User, "hi")];
    for (name, provider) in every() {
        let version = version(name);
        assert!(provider.check(&version).iter().all(|remark| !remark.fatal), "{name}");
        let wire = provider.encode(&sample::call(&version, &case, &messages)).unwrap();
        let sent = match wire {
            Wire::Http(http) => http.body,
            Wire::Process(process) => process.stdin,
            Wire::Instant(answer) => {
                assert!(answer.result.is_ok(), "{name}");
                continue;
            }
        };
        assert!(!String::from_utf8_lossy(&sent).contains("secret"), "{name} shows the expected answer");
    }
}

#[test]
fn every_api_tells_a_conversation_with_tools_in_order() {
    let call = |id: &str, name: &str| {
        Part::ToolCall(ToolCall { id: id.into(), name: name.into(), arguments: json!({"n": id}) })
    };
    let result = |id: &str, content: &str| Part::ToolResult { id: id.into(), content: content.into() };
    let messages = [
        Message::text(Role::System, "SYSTEM"),
        Message::text(Role::User, "QUESTION"),
        Message {
            role: Role::Assistant,
            parts: vec![Part::Text("WAIT".into()), call("c1", "find"), call("c2", "sum")],
        },
        Message { role: Role::Tool, parts: vec![result("c1", "FOUND"), result("c2", "SUMMED")] },
        Message::text(Role::Assistant, "ANSWER"),
        Message::text(Role::User, "AND"),
    ];
    let case = sample::case("c", json!({}), None);
    let tool = sample::weather().0;
    for row in PROVIDERS.rows.iter().filter(|row| row.make.kind == ProviderKind::Api) {
        for stream in [false, true] {
            let version = Version { tools: vec![tool.clone()], stream, ..version(row.name) };
            let provider = (row.make.make)(&endpoint(row.name)).unwrap();
            let Wire::Http(http) = provider.encode(&sample::call(&version, &case, &messages)).unwrap() else {
                panic!("{}", row.name)
            };
            let body = String::from_utf8(http.body).unwrap();
            let at =
                |word: &str| body.find(word).unwrap_or_else(|| panic!("{}: no {word} in {body}", row.name));
            let said =
                ["QUESTION", "WAIT", "\"find\"", "\"sum\"", "FOUND", "SUMMED", "ANSWER", "AND"].map(at);
            assert!(said.is_sorted(), "{}: {body}", row.name);
        }
    }
}

#[test]
fn every_api_is_sent_images_and_files_its_own_way_or_refuses() {
    let case = sample::case("c", json!({}), None);
    let sent = |row: &str, options: &[(&str, &str)], attachment: Attachment| {
        let mut endpoint = endpoint(row);
        endpoint.options.extend(options.iter().map(|(key, value)| ((*key).to_owned(), json!(value))));
        let found = PROVIDERS.find(row).unwrap();
        let said = [Part::Text("T".into()), Part::Attachment(attachment), Part::Text("U".into())];
        let messages = [Message { role: Role::User, parts: said.to_vec() }];
        let version = version(row);
        let call = sample::call(&version, &case, &messages);
        (found.make.make)(&endpoint).unwrap().encode(&call).map(|wire| {
            let Wire::Http(http) = wire else { panic!("{row}") };
            let body: serde_json::Value = serde_json::from_slice(&http.body).unwrap();
            body.get("messages").or(body.get("input")).or(body.get("contents")).unwrap()[0].clone()
        })
    };
    let image = || Attachment::of(AttachmentKind::Image, "a/b.jpg", "image/jpeg", b"JPG".to_vec());
    let pdf = || Attachment::of(AttachmentKind::File, "a/b.pdf", "application/pdf", b"PDF".to_vec());
    let text = || Attachment::of(AttachmentKind::File, "a/b.txt", "text/plain", b"TXT".to_vec());
    let url = || Attachment { name: "https://e.org/a.png".into(), content: Content::Url, ..image() };
    let name = format!("file-{}", Digest::of(b"PDF").short());
    let (jpg, pdf_url) = ("data:image/jpeg;base64,SlBH", "data:application/pdf;base64,UERG");
    let responses = [("api", "responses")];
    for row in ["openai", "azure-openai", "groq"] {
        let part = |attachment| sent(row, &[], attachment).unwrap()["content"][1].clone();
        assert_eq!(part(image()), json!({"type": "image_url", "image_url": {"url": jpg}}), "{row}");
        assert_eq!(part(url())["image_url"]["url"], "https://e.org/a.png", "{row}");
        let file = json!({"filename": format!("{name}.pdf"), "file_data": pdf_url});
        assert_eq!(part(pdf()), json!({"type": "file", "file": file}), "{row}");
    }
    assert_eq!(sent("mistral", &[], pdf()).unwrap()["content"][1]["document_url"], pdf_url);
    let part = |attachment| sent("openai", &responses, attachment).unwrap()["content"].clone();
    let (before, after) =
        (json!({"type": "input_text", "text": "T"}), json!({"type": "input_text", "text": "U"}));
    let seen = json!({"type": "input_image", "image_url": jpg, "detail": "auto"});
    assert_eq!(part(image()), json!([before, seen, after]));
    let file = json!({"type": "input_file", "filename": format!("{name}.pdf"), "file_data": pdf_url});
    assert_eq!(part(pdf())[1], file);
    let part = |attachment| sent("anthropic", &[], attachment).unwrap()["content"][1].clone();
    let source = |media: &str, data: &str| json!({"type": "base64", "media_type": media, "data": data});
    assert_eq!(part(image()), json!({"type": "image", "source": source("image/jpeg", "SlBH")}));
    assert_eq!(part(pdf()), json!({"type": "document", "source": source("application/pdf", "UERG")}));
    assert_eq!(part(text())["source"], json!({"type": "text", "media_type": "text/plain", "data": "TXT"}));
    assert_eq!(part(url())["source"], json!({"type": "url", "url": "https://e.org/a.png"}));
    let part = |attachment| sent("gemini", &[], attachment).unwrap()["parts"][1].clone();
    assert_eq!(part(pdf()), json!({"inlineData": {"mimeType": "application/pdf", "data": "UERG"}}));
    let part = |attachment| sent("bedrock", &[], attachment).unwrap()["content"][1].clone();
    assert_eq!(part(image()), json!({"image": {"format": "jpeg", "source": {"bytes": "SlBH"}}}));
    let document = json!({"name": name, "format": "pdf", "source": {"bytes": "UERG"}});
    assert_eq!(part(pdf()), json!({ "document": document }));
    let turn = json!({"role": "user", "content": "TU", "images": ["SlBH"]});
    assert_eq!(sent("ollama", &[], image()).unwrap(), turn);
    let told = |row, attachment| sent(row, &[], attachment).unwrap_err().message;
    assert_eq!(
        told("ollama", pdf()),
        "`ollama` cannot be sent the file `a/b.pdf`: it takes texts and images only"
    );
    for row in ["ollama", "gemini", "bedrock"] {
        assert!(told(row, url()).ends_with("it takes no URLs; name a file"), "{row}");
    }
    assert!(told("openai", text()).contains("PDF files only"));
}

/// The name of the type, which services of one protocol share.
fn translator(provider: &dyn Provider) -> String {
    format!("{provider:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

#[test]
fn no_garbage_makes_a_provider_panic() {
    let big = vec![b'x'; 10 * 1024 * 1024];
    let bodies: [&[u8]; 11] = [
        b"",
        b"<html><body>502</body></html>",
        b"{\"choices\": [{\"message\": {\"con",
        b"null",
        b"[1, 2]",
        b"{\"choices\": 3, \"content\": \"x\", \"usage\": []}",
        b"{\"choices\": [null, {\"message\": 1, \"delta\": []}], \"error\": false}",
        b"{\"choices\": [{\"delta\": {\"content\": [7, {\"type\": \"thinking\", \"thinking\": 7}, {\"type\": \"thinking\", \"thinking\": [7]}]}}]}",
        b"{\"content\": [null, {\"type\": \"tool_use\", \"input\": 7}], \"stop_reason\": 3}",
        b"\xff\xfe\x00",
        &big,
    ];
    let mut seen = std::collections::BTreeSet::new();
    for (_, provider) in every() {
        for body in bodies {
            // The big one is slow to copy, and one service of a protocol shows as much as all.
            if body.len() == big.len() && seen.contains(&translator(&*provider)) {
                continue;
            }
            for status in [200, 204, 301, 404, 429, 500, 599] {
                let reply = Reply::Http { status, headers: Vec::new(), body: body.to_vec() };
                let read = provider.decode(&reply);
                assert!(read.is_err() || status < 300);
            }
            for exit in [Some(0), Some(1), None] {
                let reply = Reply::Process { exit, stdout: body.to_vec(), stderr: body.to_vec() };
                let _ = provider.decode(&reply);
            }
            if let Some(mut stream) = provider.stream() {
                let framed = [b"data: ".as_slice(), body, b"\n\n"].concat();
                if stream.push(body).is_ok() && stream.push(&framed).is_ok() {
                    assert!(stream.finish().is_err(), "garbage is no answer");
                }
            }
        }
        seen.insert(translator(&*provider));
        for status in 100..600 {
            let reply = Reply::Http { status, headers: Vec::new(), body: b"{}".to_vec() };
            let _ = provider.decode(&reply);
        }
    }
}
