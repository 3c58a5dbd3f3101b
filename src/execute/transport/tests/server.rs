//! A server on loopback that does to each request what a test says, byte by byte.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// One thing done to a connection.
#[derive(Clone)]
pub(super) enum Act {
    /// Writes these bytes.
    Write(Vec<u8>),
    /// Waits.
    Wait(Duration),
    /// Ends the connection.
    Close,
}

/// A request as received.
#[derive(Clone, Debug)]
pub(super) struct Received {
    /// Its first line and headers.
    pub(super) head: String,
    /// Its body.
    pub(super) body: Vec<u8>,
}

/// What was seen.
#[derive(Default)]
pub(super) struct Seen {
    /// Every request, in order.
    pub(super) requests: Vec<Received>,
    /// Connections accepted.
    pub(super) connections: usize,
}

/// A running server; it ends with the test's runtime.
#[derive(Clone)]
pub(super) struct Server {
    /// `http://127.0.0.1:PORT`.
    pub(super) url: String,
    seen: Arc<Mutex<Seen>>,
}

impl Server {
    /// Answers each request by what `acts` says of it.
    pub(super) async fn start(acts: impl Fn(&Received) -> Vec<Act> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { url, seen: Arc::default() };
        let (seen, acts) = (server.seen.clone(), Arc::new(acts));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                seen.lock().unwrap().connections += 1;
                tokio::spawn(serve(stream, seen.clone(), acts.clone()));
            }
        });
        server
    }

    /// Answers everything alike.
    pub(super) async fn always(acts: Vec<Act>) -> Self {
        Self::start(move |_| acts.clone()).await
    }

    /// How many connections were accepted.
    pub(super) fn connections(&self) -> usize {
        self.seen.lock().unwrap().connections
    }

    /// The requests so far.
    pub(super) fn requests(&self) -> Vec<Received> {
        self.seen.lock().unwrap().requests.clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    seen: Arc<Mutex<Seen>>,
    acts: Arc<impl Fn(&Received) -> Vec<Act> + Send + Sync + 'static>,
) {
    let mut buffer = Vec::new();
    while let Some(request) = receive(&mut stream, &mut buffer).await {
        seen.lock().unwrap().requests.push(request.clone());
        for act in acts(&request) {
            match act {
                Act::Write(bytes) => {
                    if stream.write_all(&bytes).await.is_err() {
                        return;
                    }
                }
                Act::Wait(time) => tokio::time::sleep(time).await,
                Act::Close => return,
            }
        }
    }
}

async fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Received> {
    loop {
        if let Some(end) = buffer.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            let whole = end + 4 + length.map_or(0, |length| length.parse::<usize>().unwrap());
            if buffer.len() >= whole {
                let body = buffer[end + 4..whole].to_vec();
                buffer.drain(..whole);
                return Some(Received { head, body });
            }
        }
        if !matches!(stream.read_buf(buffer).await, Ok(1..)) {
            return None;
        }
    }
}

/// A whole reply.
pub(super) fn reply(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Act {
    let body = body.as_ref();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n", body.len()).into_bytes();
    bytes.extend_from_slice(body);
    Act::Write(bytes)
}

/// The head of a reply that comes in chunks.
pub(super) fn chunked() -> Act {
    Act::Write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec())
}

/// One chunk; the empty one is the last.
pub(super) fn chunk(text: &str) -> Act {
    Act::Write(format!("{:x}\r\n{text}\r\n", text.len()).into_bytes())
}
