//! One POST over the network: to public addresses only unless it is allowed otherwise, without following anything, within 10 s.
//!
//! The address is checked where the connection is made, each time: neither a name that resolves to a private address nor one that
//! has begun to do so since gets through. No proxy is used, since it would do the resolving. TLS is that of `rustls`, with the
//! system's certificates, or those that `SSL_CERT_FILE` names.

use crate::address::is_public;
use bytes::Bytes;
use http::header::HeaderMap;
use http::{Method, Request, Response, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::Name;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::RootCertStore;
use rustls::crypto::aws_lc_rs;
use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::time::timeout;
use tower::Service;

/// How long a whole request may take.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// How long connecting may take. Less, so that a host with a dead address among its others is still reached.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a connection is kept for the next request.
const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// How much of an answer is read, and for how long: only its status matters, but a connection that was read to its end can be
/// used again.
const MAX_ANSWER_BYTES: usize = 16 << 10;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);
/// The longest text of an error that is kept.
const MAX_ERROR_CHARS: usize = 300;

/// A request to be made.
#[derive(Debug)]
pub struct Post {
    /// Where.
    pub url: Uri,
    /// Its headers, besides those that HTTP itself needs.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Whether the address may be one that is not public.
    pub allow_private: bool,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// How its body began, as much as was asked for.
    pub start: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The target is not on the public internet.
    #[error(
        "the address of the target is not public: allow it with allow_private, if that is meant"
    )]
    NotPublic,
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

type HttpClient = Client<HttpsConnector<HttpConnector<Resolver>>, Full<Bytes>>;

/// The network. Certificates are read when the first request is made.
pub struct Network {
    request_timeout: Duration,
    public: OnceLock<HttpClient>,
    any: OnceLock<HttpClient>,
}

impl Default for Network {
    fn default() -> Self {
        Self {
            request_timeout: REQUEST_TIMEOUT,
            public: OnceLock::new(),
            any: OnceLock::new(),
        }
    }
}

impl Network {
    /// Makes a request; answers how its answer began, at most so many bytes of it. Takes at most a bit more than ten seconds. Dropping it
    /// ends the request.
    ///
    /// # Errors
    /// There was no answer.
    pub async fn exchange(&self, post: Post, keep_bytes: usize) -> Result<Answer, PostError> {
        if !post.allow_private && literal_address(&post.url).is_some_and(|ip| !is_public(ip)) {
            // A resolver is not asked about a host that is an address.
            return Err(PostError::NotPublic);
        }
        let client = match post.allow_private {
            true => self
                .any
                .get_or_init(|| client(Resolver { only_public: false })),
            false => self
                .public
                .get_or_init(|| client(Resolver { only_public: true })),
        };
        let mut request = Request::new(Full::new(post.body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = post.url;
        *request.headers_mut() = post.headers;
        match timeout(self.request_timeout, client.request(request)).await {
            Err(_) => Err(PostError::Failed(format!(
                "no answer within {:?}",
                self.request_timeout
            ))),
            Ok(Err(error)) if is_refusal(&error) => Err(PostError::NotPublic),
            Ok(Err(error)) => Err(PostError::Failed(chain(&error))),
            Ok(Ok(answer)) => {
                let status = answer.status().as_u16();
                let headers = answer.headers().clone();
                let mut start = Vec::new();
                // Whatever happens to the rest of it, the target has answered.
                let _read_to_its_end =
                    timeout(ANSWER_TIMEOUT, drain(answer, &mut start, keep_bytes)).await;
                Ok(Answer {
                    status,
                    headers,
                    start,
                })
            }
        }
    }
}

/// The address, if the host of a URL is one and no name.
pub fn literal_address(url: &Uri) -> Option<IpAddr> {
    let host = url.host()?;
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    bare.unwrap_or(host).parse().ok()
}

/// Whether a URL may lead to the public internet, as far as it tells itself: where its host is a name, only its resolver knows.
pub fn may_be_public(url: &str) -> bool {
    let Ok(url) = url.parse::<Uri>() else {
        return false;
    };
    match (literal_address(&url), url.host()) {
        (Some(address), _) => is_public(address),
        (None, Some(host)) => !host.eq_ignore_ascii_case("localhost"),
        (None, None) => false,
    }
}

/// Reads an answer to its end, or as far as it is worth it, and keeps its start.
async fn drain(mut answer: Response<Incoming>, start: &mut Vec<u8>, keep_bytes: usize) {
    let mut read = 0;
    while read < MAX_ANSWER_BYTES
        && let Some(Ok(frame)) = answer.frame().await
    {
        let Some(data) = frame.data_ref() else {
            continue;
        };
        read += data.len();
        let missing = keep_bytes.saturating_sub(start.len());
        start.extend_from_slice(&data[..data.len().min(missing)]);
    }
}

fn client(resolver: Resolver) -> HttpClient {
    let mut http = HttpConnector::new_with_resolver(resolver);
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT_TIMEOUT));
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = HttpsConnectorBuilder::new();
    let builder = match builder.with_provider_and_native_roots(Arc::clone(&provider)) {
        Ok(builder) => builder,
        Err(error) => {
            tracing::warn!(%error, "no certificates of authorities were found on this system: requests to https:// cannot be made");
            let config = rustls::ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .expect("the provider has the default versions of TLS")
                .with_root_certificates(RootCertStore::empty())
                .with_no_client_auth();
            HttpsConnectorBuilder::new().with_tls_config(config)
        }
    };
    let connector = builder.https_or_http().enable_http1().wrap_connector(http);
    Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(IDLE_TIMEOUT)
        // A target has one request at a time.
        .pool_max_idle_per_host(1)
        // Pusher's SDK for PHP looks for `X-Pusher-Key`, and some web servers hand names on as they came.
        .http1_title_case_headers(true)
        .build(connector)
}

/// Asks the system's resolver.
#[derive(Debug, Clone, Copy)]
struct Resolver {
    only_public: bool,
}

/// None of the addresses of a name is public.
#[derive(Debug)]
struct NotPublic;

type ResolverError = Box<dyn Error + Send + Sync>;

impl Service<Name> for Resolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = ResolverError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ResolverError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ResolverError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let only_public = self.only_public;
        Box::pin(async move {
            // The port is that of the URL: the connector sets it.
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let usable: Vec<_> = found
                .filter(|address| !only_public || is_public(address.ip()))
                .collect();
            match usable.is_empty() && only_public {
                true => Err(NotPublic.into()),
                false => Ok(usable.into_iter()),
            }
        })
    }
}

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has no public address")
    }
}

impl Error for NotPublic {}

fn sources<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| error.source())
}

fn is_refusal(error: &(dyn Error + 'static)) -> bool {
    sources(error).any(|error| error.is::<NotPublic>())
}

/// An error with what caused it, on one line. None of them names the URL.
fn chain(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<_> = sources(error).map(ToString::to_string).collect();
    texts.join(": ").chars().take(MAX_ERROR_CHARS).collect()
}

impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Network").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
