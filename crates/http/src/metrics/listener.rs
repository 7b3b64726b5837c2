//! The metrics' own listener: never public by accident, and answering while the others are closed for a stop.
//!
//! Serves `/metrics` and `/live`, to few at a time: who scrapes is a program of the operator.

use super::Metrics;
use crate::pusher::up;
use axum::Router;
use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// Connections served at once. A Prometheus server keeps one open, and there are rarely more than two of those.
const MAX_CONNECTIONS: usize = 16;
/// How long a connection may wait for its next request. Longer than the usual time between two scrapes, a minute.
const HEAD_TIMEOUT: Duration = Duration::from_secs(90);
/// How long to wait after a failure to accept, say for lack of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// An address that is listened on, and not yet served.
#[derive(Debug)]
pub struct MetricsListener {
    listener: std::net::TcpListener,
    address: SocketAddr,
}

impl MetricsListener {
    /// Listens on this address; port 0 lets the system choose.
    ///
    /// # Errors
    /// The address is taken, or not one of this machine.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Self {
            address: listener.local_addr()?,
            listener,
        })
    }

    /// The address with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves the metrics until it is dropped, and then still the connections that are open. Only fails at the start.
    pub async fn serve(self, metrics: Metrics) -> io::Result<()> {
        let listener = TcpListener::from_std(self.listener)?;
        let router = Router::new()
            .route(
                "/metrics",
                get(move || std::future::ready(scraped(&metrics))),
            )
            .route("/live", get(up::live));
        let connections = TaskTracker::new();
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        loop {
            let Ok(place) = Arc::clone(&places).acquire_owned().await else {
                return Ok(());
            };
            let stream = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "cannot accept a connection for metrics");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let router = router.clone();
            connections.spawn(async move {
                let service = service_fn(move |request: Request<Incoming>| {
                    router.clone().oneshot(request.map(Body::new))
                });
                let served = http1::Builder::new()
                    .timer(TokioTimer::new())
                    .header_read_timeout(HEAD_TIMEOUT)
                    .serve_connection(TokioIo::new(stream), service)
                    .await;
                if let Err(error) = served {
                    tracing::debug!(%error, "a connection for metrics ended early");
                }
                drop(place);
            });
        }
    }
}

fn scraped(metrics: &Metrics) -> Response {
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], metrics.text()).into_response()
}
