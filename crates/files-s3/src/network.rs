//! Requests to the bucket: over HTTP/1.1, with the program's own TLS, each within a time.
//!
//! Connections belong to a thread of their own. A runtime that stops, or is busy with sockets, never holds a connection that somebody
//! else waits for; and signing and encrypting large files does not keep a shard from its visitors.

use crate::cleaner::{self, Cleaner};
use crate::failure::Fault;
use bytes::Bytes;
use http::Response;
use http_body_util::BodyExt as _;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector as Tcp;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpRequestBody,
    HttpResponse, HttpResponseBody, HttpService,
};
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::time::{Instant, Sleep, sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// How long it may take until an answer begins, a part of a file being sent before it: at 1.5 Mbit/s one is through by then.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);
/// How long an answer may stand still.
const IDLE_BODY_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection is kept for the next request. S3 keeps them for about 20 s.
const IDLE_CONNECTION: Duration = Duration::from_secs(15);
/// How many connections are kept.
const IDLE_CONNECTIONS: usize = 32;
/// How much of a refusal is read: it is a few lines of XML.
const MAX_REFUSAL_BYTES: usize = 64 << 10;
/// The longest text of an error that is kept.
const MAX_ERROR_CHARS: usize = 300;

type Connections = Client<HttpsConnector<Tcp>, HttpRequestBody>;

/// The thread of the connections, and how to ask it. It ends when all clones are gone.
#[derive(Clone)]
pub(crate) struct Network {
    runtime: Handle,
    connections: Connections,
}

impl Network {
    /// Starts the thread.
    pub(crate) fn start() -> io::Result<(Self, Cleaner)> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let network = Self {
            runtime: runtime.handle().clone(),
            connections: connections(),
        };
        let (cleaner, work) = cleaner::channel();
        std::thread::Builder::new()
            .name("antiphon-s3".to_owned())
            .spawn(move || runtime.block_on(work.run()))?;
        Ok((network, cleaner))
    }

    async fn request(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let requesting = self.connections.request(request);
        let within = async { timeout(ANSWER_TIMEOUT, requesting).await };
        // Dropped with the caller's future.
        let answered = AbortOnDropHandle::new(self.runtime.spawn(within)).await;
        match answered {
            Ok(Ok(Ok(response))) => judged(response).await,
            Ok(Ok(Err(error))) => Err(of_client(&error)),
            Ok(Err(_elapsed)) => {
                let fault = Fault::Unreachable(format!("no answer within {ANSWER_TIMEOUT:?}"));
                Err(HttpError::new(HttpErrorKind::Timeout, fault))
            }
            Err(_ended) => Err(Fault::Unreachable("the process ends".to_owned()).into()),
        }
    }
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

#[async_trait::async_trait]
impl HttpService for Network {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        self.request(request).await
    }
}

impl HttpConnector for Network {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

/// An answer as `object_store` may see it: a success, or that something is not there. Else what it means.
async fn judged(response: Response<Incoming>) -> Result<HttpResponse, HttpError> {
    let status = response.status();
    if status.is_success() {
        return Ok(response.map(|body| HttpResponseBody::new(InTime::new(body))));
    }
    let (parts, body) = response.into_parts();
    let body = refusal(InTime::new(body)).await;
    match Fault::of_answer(status, &String::from_utf8_lossy(&body)) {
        Some(fault) => Err(fault.into()),
        None => Ok(Response::from_parts(parts, body.into())),
    }
}

/// The beginning of a refusal's body, as much as comes of it.
async fn refusal(mut body: InTime) -> Vec<u8> {
    let mut read = Vec::new();
    while read.len() < MAX_REFUSAL_BYTES
        && let Some(Ok(frame)) = body.frame().await
    {
        read.extend_from_slice(frame.data_ref().map_or(&[][..], |part| part));
    }
    read.truncate(MAX_REFUSAL_BYTES);
    read
}

/// A body that errs when it stands still.
struct InTime {
    body: Incoming,
    idle: Pin<Box<Sleep>>,
}

impl InTime {
    fn new(body: Incoming) -> Self {
        Self {
            body,
            idle: Box::pin(sleep(IDLE_BODY_TIMEOUT)),
        }
    }
}

impl Body for InTime {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            self.idle.as_mut().reset(Instant::now() + IDLE_BODY_TIMEOUT);
            return Poll::Ready(frame.map(|frame| frame.map_err(|error| interrupted(&error))));
        }
        ready!(self.idle.as_mut().poll(context));
        let fault = Fault::Unreachable(format!("nothing came for {IDLE_BODY_TIMEOUT:?}"));
        Poll::Ready(Some(Err(HttpError::new(HttpErrorKind::Timeout, fault))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Nothing was answered: what was sent may have had its effect, unless there was no connection.
fn of_client(error: &hyper_util::client::legacy::Error) -> HttpError {
    let kind = match error.is_connect() {
        true => HttpErrorKind::Connect,
        false => HttpErrorKind::Interrupted,
    };
    HttpError::new(kind, Fault::Unreachable(chain(error)))
}

fn interrupted(error: &hyper::Error) -> HttpError {
    HttpError::new(HttpErrorKind::Interrupted, Fault::Unreachable(chain(error)))
}

/// An error with what caused it, on one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<_> = std::iter::successors(Some(error), |&error| error.source())
        .map(ToString::to_string)
        .collect();
    texts.join(": ").chars().take(MAX_ERROR_CHARS).collect()
}

fn connections() -> Connections {
    let mut tcp = Tcp::new();
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = HttpsConnectorBuilder::new();
    let builder = match builder.with_provider_and_native_roots(Arc::clone(&provider)) {
        Ok(builder) => builder,
        Err(error) => {
            tracing::warn!(%error, "no certificates of authorities were found on this system: a bucket at https:// cannot be reached");
            let config = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .expect("the provider has the default versions of TLS")
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth();
            HttpsConnectorBuilder::new().with_tls_config(config)
        }
    };
    let connector = builder.https_or_http().enable_http1().wrap_connector(tcp);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_CONNECTION)
        .pool_max_idle_per_host(IDLE_CONNECTIONS)
        .build(connector)
}
