//! A small HTTP/1.1 server on loopback that answers as a test says. A thread a connection; gone with the test.
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};

/// A request, read whole.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path and query.
    pub path: String,
    /// Header names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Extra headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Waited before answering.
    pub delay: Duration,
    /// Close the connection after this many bytes of the body.
    pub cut: Option<usize>,
}

/// A running server.
pub struct Server {
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// Every request so far.
    pub seen: Arc<Mutex<Vec<Request>>>,
    /// How many requests so far.
    pub count: Arc<AtomicUsize>,
}

impl Server {
    /// Starts one; `answer` is given the request and its number, from 0.
    pub fn start(answer: impl Fn(&Request, usize) -> Response + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let (seen, count) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicUsize::new(0)));
        let (kept, counted, answer) = (seen.clone(), count.clone(), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, counted, answer) = (kept.clone(), counted.clone(), answer.clone());
                std::thread::spawn(move || {
                    serve(&stream, |request| {
                        let number = counted.fetch_add(1, Ordering::SeqCst);
                        kept.lock().expect("the list").push(request.clone());
                        answer(request, number)
                    });
                });
            }
        });
        Self { url, seen, count }
    }

    /// How many requests it has seen.
    pub fn requests(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }
}

impl Request {
    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The text of the last message of a chat request.
    pub fn last_message(&self) -> String {
        let body = self.json();
        let messages = body["messages"].as_array().expect("messages");
        messages.last().expect("a message")["content"].as_str().unwrap_or_default().to_owned()
    }
}

impl Response {
    /// A status with a body.
    pub fn new(status: u16, body: &(impl ToString + ?Sized)) -> Self {
        Self::bytes(status, body.to_string().into_bytes())
    }

    /// A status with a body that may be no text.
    pub fn bytes(status: u16, body: Vec<u8>) -> Self {
        Self { status, headers: Vec::new(), body, delay: Duration::ZERO, cut: None }
    }

    /// An OpenAI chat completion.
    pub fn chat(text: &str, input: u64, output: u64) -> Self {
        Self::new(
            200,
            &json!({
                "id": "chatcmpl-1", "object": "chat.completion", "model": "mock-1",
                "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
                "usage": {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output},
            }),
        )
    }

    /// With a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Answered after a while.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

fn serve(stream: &TcpStream, answer: impl Fn(&Request) -> Response) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let response = answer(&request);
        std::thread::sleep(response.delay);
        let mut head =
            format!("HTTP/1.1 {} X\r\ncontent-length: {}\r\n", response.status, response.body.len());
        for (name, value) in &response.headers {
            head += &format!("{name}: {value}\r\n");
        }
        head += "\r\n";
        let body = &response.body[..response.cut.unwrap_or(response.body.len())];
        let mut stream = stream;
        if stream.write_all(&[head.as_bytes(), body].concat()).is_err() || response.cut.is_some() {
            return;
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Request> {
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|n| *n > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.push((name.to_lowercase(), value.to_owned()));
    }
    let length = headers.iter().find(|(name, _)| name == "content-length").and_then(|(_, n)| n.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    Some(Request { path, headers, body: String::from_utf8_lossy(&body).into_owned() })
}
