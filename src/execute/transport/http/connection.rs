//! One HTTP/1.1 connection, driven by the task that uses it. Must not be shared: one call at a time.
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::client::conn::TrySendError;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

/// What a connection speaks over: TCP, or TLS over it, or TLS through a proxy's TLS.
pub(super) type Stream = Box<dyn Duplex>;

/// Bytes both ways.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// A request whose body is at hand.
pub(super) type Outgoing = Request<Full<Bytes>>;

type Driver = Pin<Box<http1::Connection<TokioIo<Stream>, Full<Bytes>>>>;

/// An open connection.
pub(super) struct Connection {
    sender: SendRequest<Full<Bytes>>,
    /// `None` once it ended.
    driver: Option<Driver>,
    /// Whether a call was made on it before.
    pub(super) reused: bool,
}

impl Connection {
    /// Speaks HTTP over an open stream.
    pub(super) async fn over(stream: Stream) -> hyper::Result<Self> {
        let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
        let mut connection = Self { sender, driver: Some(Box::pin(driver)), reused: false };
        connection.settle().await;
        Ok(connection)
    }

    /// Sends the request; it is written before this future first waits. The error gives it back when nothing of it
    /// was sent.
    pub(super) async fn send(
        &mut self,
        request: Outgoing,
    ) -> Result<Response<Incoming>, Box<TrySendError<Outgoing>>> {
        let reply = self.sender.try_send_request(request);
        drive(&mut self.driver, reply).await.map_err(Box::new)
    }

    /// The next piece of the reply; `None` after the last.
    pub(super) async fn frame(&mut self, body: &mut Incoming) -> Option<hyper::Result<Frame<Bytes>>> {
        drive(&mut self.driver, body.frame()).await
    }

    /// Lets the connection take note of what happened meanwhile; `true` when it is ready for a call.
    pub(super) async fn settle(&mut self) -> bool {
        drive(&mut self.driver, async {}).await;
        self.driver.is_some() && self.sender.is_ready()
    }
}

/// Runs a piece of work together with the connection it waits for. The connection goes first, so that what has
/// arrived is seen at once; an error of its own reaches the work through it.
async fn drive<F: Future>(driver: &mut Option<Driver>, work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|context| {
        if driver.as_mut().is_some_and(|driver| driver.as_mut().poll(context).is_ready()) {
            *driver = None;
        }
        work.as_mut().poll(context)
    })
    .await
}
