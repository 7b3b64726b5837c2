//! Connections that are no WebSocket: taken over from the engine, with the bytes it has already read, and served by hyper in
//! the thread where they were accepted.

use crate::extract::{PeerAddress, Stopping};
use antiphon_realtime::{HandedOver, HttpHandoff};
use axum::Router;
use axum::body::Body;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tower::ServiceExt as _;

/// HTTP connections open at once; with its buffers one takes some 15 KiB, so this is 150 MB. Long-polls are among them.
pub(crate) const MAX_CONNECTIONS: usize = 10_000;
/// How long a kept-alive connection may wait for its next request, and a slow client may take over its head.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);
/// Bytes of a request's head, and of hyper's read buffer.
const MAX_HEAD: usize = 32 * 1024;
/// The whole answer to one connection too many.
const OVERLOADED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";

/// Serves a router to the connections that the engine hands over.
#[derive(Debug)]
pub struct HttpServer {
    router: Router,
    open: Arc<AtomicUsize>,
}

impl HttpServer {
    /// A server of this router.
    pub fn new(router: Router) -> Self {
        Self {
            router,
            open: Arc::default(),
        }
    }
}

impl HttpHandoff for HttpServer {
    fn take(&self, connection: HandedOver) {
        let (router, open) = (self.router.clone(), Arc::clone(&self.open));
        tokio::task::spawn_local(async move {
            let HandedOver {
                stream,
                read_ahead,
                peer,
                stopping,
                guard: _guard,
            } = connection;
            let Ok(mut stream) = TcpStream::from_std(stream) else {
                return;
            };
            let Some(_open) = Open::new(open) else {
                // Whether it arrives does not matter: the client is told to come back, or finds the connection closed.
                let _sent = stream.write_all(OVERLOADED).await;
                return;
            };
            let (reader, writer) = stream.into_split();
            let io = TokioIo::new(tokio::io::join(
                Cursor::new(read_ahead).chain(reader),
                writer,
            ));
            let waiting = Stopping(stopping.clone());
            let service = service_fn(move |mut request: Request<Incoming>| {
                request.extensions_mut().insert(PeerAddress(peer));
                request.extensions_mut().insert(waiting.clone());
                router.clone().oneshot(request.map(Body::new))
            });
            let serving = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .max_buf_size(MAX_HEAD)
                .serve_connection(io, service)
                .with_upgrades();
            tokio::pin!(serving);
            let ended = tokio::select! {
                ended = &mut serving => ended,
                () = stopping.cancelled() => {
                    serving.as_mut().graceful_shutdown();
                    serving.await
                }
            };
            if let Err(error) = ended {
                tracing::debug!(%peer, %error, "an HTTP connection ended early");
            }
        });
    }
}

/// Counts a connection for as long as it is served.
struct Open(Arc<AtomicUsize>);

impl Open {
    fn new(open: Arc<AtomicUsize>) -> Option<Self> {
        let before = open.fetch_add(1, Ordering::Relaxed);
        let counted = Self(open);
        (before < MAX_CONNECTIONS).then_some(counted)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
