//! The transport against a loopback server and real programs. Times are only bounded where nothing but a wait that was
//! put there can reach the bound.
mod http;
mod process;
mod secrets;
mod server;
mod stream;
mod worker;

use std::time::Duration;

use super::{Resolved, Sent, Settings, Transport};
use crate::domain::{Completion, ErrorType, FinishReason, Reply};
use crate::providers::{
    Call, Failure, Header, HeaderValue, HttpCall, Provider, Refusal, StreamDecoder, Wire,
};

/// Long enough never to be reached.
const LONG: Duration = Duration::from_secs(60);

/// Gives back what it is given.
#[derive(Debug)]
struct Echo;

impl Provider for Echo {
    fn encode(&self, _: &Call<'_>) -> Result<Wire, Refusal> {
        Err(Refusal { key: None, message: "a test encodes nothing".into() })
    }

    fn decode(&self, reply: &Reply) -> Result<Completion, Failure> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match reply {
            Reply::Http { status: 200..=299, body, .. } => {
                Ok(Completion { text: text(body), ..Completion::default() })
            }
            Reply::Http { status, body, .. } => Err(Failure::new(ErrorType::Status(*status), text(body))),
            Reply::Process { exit: Some(0), stdout, stderr } => {
                let id = (!stderr.is_empty()).then(|| text(stderr));
                Ok(Completion { text: text(stdout), id, ..Completion::default() })
            }
            Reply::Process { exit, stderr, .. } => {
                Err(Failure::new(ErrorType::Exit, format!("{exit:?}: {}", text(stderr))))
            }
        }
    }

    fn stream(&self) -> Option<Box<dyn StreamDecoder>> {
        Some(Box::new(Lines::default()))
    }
}

/// Lines of a stream: `: …` is a comment, `!…` an error, `.` the end, anything else text.
#[derive(Default)]
struct Lines {
    rest: Vec<u8>,
    text: String,
    done: bool,
}

impl StreamDecoder for Lines {
    fn push(&mut self, bytes: &[u8]) -> Result<bool, Failure> {
        self.rest.extend_from_slice(bytes);
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            match String::from_utf8_lossy(&line).trim_end() {
                "." => self.done = true,
                line if line.starts_with(':') => {}
                line if line.starts_with('!') => return Err(Failure::new(ErrorType::Malformed, line)),
                line => self.text.push_str(line),
            }
        }
        Ok(!self.text.is_empty())
    }

    fn finish(self: Box<Self>) -> Result<Completion, Failure> {
        let completion = Completion {
            text: self.text,
            finish_reason: self.done.then_some(FinishReason::Stop),
            ..Completion::default()
        };
        if self.done {
            return Ok(completion);
        }
        let mut failure = Failure::new(ErrorType::Cut, "no end");
        failure.partial = Some(Box::new(completion));
        Err(failure)
    }
}

/// A transport with an empty environment.
fn transport() -> Transport {
    Transport::new(Settings::default(), |_| None)
}

/// A `POST` of that body.
fn post(url: &str, body: &str) -> HttpCall {
    let header = Header { name: "content-type".into(), value: HeaderValue::Text("text/plain".into()) };
    HttpCall {
        method: "POST".into(),
        url: url.into(),
        headers: vec![header],
        body: body.as_bytes().to_vec(),
        stream: false,
        sign: None,
    }
}

/// Sends without a key.
async fn send(transport: &Transport, call: HttpCall, deadline: Duration) -> Sent {
    transport.send(&Resolved::keyless("test"), &Echo, &Wire::Http(call), deadline, &[]).await
}

/// The kind of the failure.
fn kind(sent: &Sent) -> ErrorType {
    sent.result.as_ref().expect_err("should have failed").kind.clone()
}

/// The text of the answer.
fn text(sent: &Sent) -> &str {
    &sent.result.as_ref().expect("should have succeeded").text
}
